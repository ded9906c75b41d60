"""RNN, LSTM and GRU, and their cells."""
import math
import numbers
import warnings
import weakref

import mindtorch as torch
from mindtorch.nn import init
from mindtorch.nn.parameter import Parameter
from mindtorch.nn.utils.rnn import PackedSequence

from .module import Module

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def apply_permutation(tensor, permutation, dim=1):
    """tensor.index_select(dim, permutation) (deprecated)."""
    return tensor.index_select(dim, permutation)


def _permuted(tensor, permutation):
    return tensor.index_select(1, permutation)


class RNNBase(Module):
    """Weights, checks and packing that RNN, LSTM and GRU share."""

    __constants__ = ["mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout",
                     "bidirectional", "proj_size"]
    __jit_unused_properties__ = ["all_weights"]

    def __init__(self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0,
        bidirectional: bool = False,
                 proj_size: int = 0, device=None, dtype=None) -> None:
        super().__init__()
        self.mode, self.input_size, self.hidden_size, self.num_layers, self.bias, self.batch_first = (
            mode, input_size, hidden_size, num_layers, bias, batch_first)
        self.dropout, self.bidirectional, self.proj_size = float(dropout), bidirectional, proj_size
        self._flat_weight_refs = []
        if not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1 or isinstance(dropout, bool):
            raise ValueError("dropout should be a number in range [0, 1] representing the probability of an element "
                             "being zeroed")
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and "
                f"num_layers={num_layers}",
                stacklevel=2,
            )
        for name, value, kind in (("input_size", input_size, int), ("hidden_size", hidden_size, int),
                                  ("bias", bias, bool), ("batch_first", batch_first, bool)):
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        for name, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if mode not in _GATES:
            raise ValueError("Unrecognized RNN mode: " + mode)
        rows, width = _GATES[mode] * hidden_size, proj_size or hidden_size
        directions = 2 if bidirectional else 1
        self._flat_weights_names, self._all_weights = [], []
        for level in range(num_layers):
            for direction in range(directions):
                suffix = f"_l{level}" + ("_reverse" if direction else "")
                shapes = {"weight_ih": (rows, input_size if level == 0 else width * directions),
                          "weight_hh": (rows, width)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(torch.empty(shape, device=device, dtype=dtype)))
                names = [name + suffix for name in shapes]
                self._flat_weights_names.extend(names)
                self._all_weights.append(names)
        self._init_flat_weights()
        self.reset_parameters()

    def _init_flat_weights(self):
        self._flat_weights = [getattr(self, name, None) for name in self._flat_weights_names]
        self._flat_weight_refs = [weakref.ref(w) if w is not None else None for w in self._flat_weights]
        self.flatten_parameters()

    def __setattr__(self, name, value):
        names = self.__dict__.get("_flat_weights_names")
        if names is not None and "_flat_weights" in self.__dict__ and name in names:
            self._flat_weights[names.index(name)] = value
        super().__setattr__(name, value)

    def flatten_parameters(self):
        """Nothing to do: weights need no common memory here."""

    def _apply(self, fn, recurse=True):
        self._flat_weight_refs = []
        made = super()._apply(fn, recurse)
        self._init_flat_weights()
        return made

    def reset_parameters(self):
        """Everything uniform in +-1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    # ---- checks ----
    def check_input(self, input, batch_sizes):
        """ValueError or RuntimeError for an input of another dtype or size."""
        if not torch._C._is_any_autocast_enabled() and input.dtype != self._flat_weights[0].dtype:
            have, want = input.dtype, self._flat_weights[0].dtype
            raise ValueError(f"RNN input dtype ({have}) does not match weight dtype ({want}). Convert input: "
                             f"input.to({want}), or convert model: model.to({have})")
        dims = 2 if batch_sizes is not None else 3
        if input.dim() != dims:
            raise RuntimeError(f"input must have {dims} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got "
                               f"{input.size(-1)}")

    def _expected(self, input, batch_sizes, width):
        batch = int(batch_sizes[0]) if batch_sizes is not None else input.size(0 if self.batch_first else 1)
        return self.num_layers * (2 if self.bidirectional else 1), batch, width

    def get_expected_hidden_size(self, input, batch_sizes):
        """(layers * directions, batch, output width)."""
        return self._expected(input, batch_sizes, self.proj_size or self.hidden_size)

    def check_hidden_size(self, hx, expected_hidden_size, msg="Expected hidden size {}, got {}"):
        """RuntimeError for a state of another size."""
        if tuple(hx.size()) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def _weights_have_changed(self):
        return any((ref() if ref is not None else None) is not getattr(self, name, None) for ref,
                   name in zip(self._flat_weight_refs, self._flat_weights_names))

    def check_forward_args(self, input, hidden, batch_sizes):
        """check_input and check_hidden_size."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx, permutation):
        """The state with its batch in another order."""
        return hx if permutation is None else _permuted(hx, permutation)

    # ---- the call ----
    def _parts(self, hx):
        return (hx,)

    def _whole(self, parts):
        return parts[0]

    def _check_hidden_dim(self, hx, batched):
        want = 3 if batched else 2
        if hx.dim() != want:
            raise RuntimeError(f"For {'batched 3-D' if batched else 'unbatched 2-D'} input, hx should also be {want}-D "
                               f"but got {hx.dim()}-D tensor")

    def _widths(self):
        return (self.proj_size or self.hidden_size,)

    def forward(self, input, hx=None):
        """(output, last state) of an input (L, N, in), (N, L, in) with batch_first, (L, in) or packed."""
        if self._weights_have_changed():  # someone put other tensors in their places
            self._init_flat_weights()
        packed = input if isinstance(input, PackedSequence) else None
        batch_sizes = sorted_indices = unsorted_indices = None
        batched = True
        if packed is not None:
            input, batch_sizes, sorted_indices, unsorted_indices = packed
        else:
            if input.dim() not in (2, 3):
                raise ValueError(f"{self._said}: Expected input to be 2D or 3D, got {input.dim()}D instead")
            batched = input.dim() == 3
            if not batched:
                input = input.unsqueeze(0 if self.batch_first else 1)
        if hx is None:
            layers, batch, _ = self._expected(input, batch_sizes, 0)
            hx = self._whole(tuple(torch.zeros(layers, batch, w, dtype=input.dtype, device=input.device)
                                   for w in self._widths()))
        else:
            if packed is None:
                self._check_hidden_dim(hx, batched)
                if not batched:
                    hx = self._whole(tuple(h.unsqueeze(1) for h in self._parts(hx)))
            hx = self.permute_hidden(hx, sorted_indices)
        self.check_forward_args(input, hx, batch_sizes)
        function = getattr(torch, self.mode.lower())
        options = (self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        result = function(input, hx, *options,
                          self.batch_first) if batch_sizes is None else function(input, batch_sizes, hx, *options)
        output, hidden = result[0], self._whole(tuple(result[1:]))
        if packed is not None:
            output = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
        elif not batched:
            output = output.squeeze(0 if self.batch_first else 1)
            hidden = self._whole(tuple(h.squeeze(1) for h in self._parts(hidden)))
        return output, self.permute_hidden(hidden, unsorted_indices)

    @property
    def _said(self):
        return self.mode if self.mode in ("LSTM", "GRU") else "RNN"

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        for name, default in (("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False),
                              ("dropout", 0), ("bidirectional", False)):
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text

    def __getstate__(self):
        state = super().__getstate__()
        state["_flat_weight_refs"] = []
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        self.__dict__.setdefault("proj_size", 0)
        if "all_weights" in state:
            self._all_weights = state["all_weights"]
        self._flat_weights_names = [name for group in self._all_weights for name in group]
        self._flat_weights = [getattr(self, name, None) for name in self._flat_weights_names]
        self._flat_weight_refs = [weakref.ref(w) if w is not None else None for w in self._flat_weights]

    @property
    def all_weights(self):
        """Parameters, one list a layer and direction."""
        return [[getattr(self, name) for name in group] for group in self._all_weights]

    def _replicate_for_data_parallel(self):
        replica = super()._replicate_for_data_parallel()
        replica._flat_weights = replica._flat_weights[:]
        replica._flat_weights_names = replica._flat_weights_names[:]
        return replica


class RNN(RNNBase):
    """Elman network: h' = tanh or relu(W_ih x + b_ih + W_hh h + b_hh)."""

    def __init__(self, *args, **kwargs):
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:
            self.nonlinearity = args[3]
            args = args[:3] + args[4:]
        else:
            self.nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if self.nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{self.nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__("RNN_" + self.nonlinearity.upper(), *args, **kwargs)


class LSTM(RNNBase):
    """Long short-term memory; with proj_size the output is projected."""

    def __init__(self, *args, **kwargs):
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input, batch_sizes):
        """(layers * directions, batch, hidden_size)."""
        return self._expected(input, batch_sizes, self.hidden_size)

    def check_forward_args(self, input, hidden, batch_sizes):
        """check_input and check_hidden_size of both states."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden[0], self.get_expected_hidden_size(input, batch_sizes),
                               "Expected hidden[0] size {}, got {}")
        self.check_hidden_size(hidden[1], self.get_expected_cell_size(input, batch_sizes),
                               "Expected hidden[1] size {}, got {}")

    def permute_hidden(self, hx, permutation):
        """Both states with their batch in another order."""
        return hx if permutation is None else tuple(_permuted(h, permutation) for h in hx)

    def _parts(self, hx):
        return hx

    def _whole(self, parts):
        return parts

    def _check_hidden_dim(self, hx, batched):
        want = 3 if batched else 2
        if hx[0].dim() != want or hx[1].dim() != want:
            raise RuntimeError(f"For {'batched 3-D' if batched else 'unbatched 2-D'} input, hx and cx should also be "
                               f"{want}-D but got ({hx[0].dim()}-D, {hx[1].dim()}-D) tensors")

    def _widths(self):
        return (self.proj_size or self.hidden_size, self.hidden_size)


class GRU(RNNBase):
    """Gated recurrent units."""

    def __init__(self, *args, **kwargs):
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


class RNNCellBase(Module):
    """Weights of one step."""

    __constants__ = ["input_size", "hidden_size", "bias"]

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device=None, dtype=None) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(torch.empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(torch.empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(torch.empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self):
        """Everything uniform in +-1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _function(self):
        raise NotImplementedError

    def _states(self, hx):
        return (hx,)

    def _said(self, i):
        return "hidden"

    def forward(self, input, hx=None):
        """The next state from an input (N, in) or (in)."""
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        if hx is not None:
            for i, h in enumerate(self._states(hx)):
                if h.dim() not in (1, 2):
                    raise ValueError(f"{name}: Expected {self._said(i)} to be 1D or 2D, got {h.dim()}D instead")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            zeros = torch.zeros(input.size(0), self.hidden_size, dtype=input.dtype, device=input.device)
            hx = (zeros, zeros) if isinstance(self, LSTMCell) else zeros
        elif not batched:
            hx = tuple(h.unsqueeze(0) for h in hx) if isinstance(self, LSTMCell) else hx.unsqueeze(0)
        new = self._function()(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        if not batched:
            new = tuple(h.squeeze(0) for h in new) if isinstance(self, LSTMCell) else new.squeeze(0)
        return new

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.__dict__.get("nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text


class RNNCell(RNNCellBase):
    """One step of RNN."""

    __constants__ = ["input_size", "hidden_size", "bias", "nonlinearity"]

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device=None, dtype=None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=1, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity

    def _function(self):
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return torch.rnn_tanh_cell if self.nonlinearity == "tanh" else torch.rnn_relu_cell


class LSTMCell(RNNCellBase):
    """One step of LSTM: (h, c)."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=4, device=device, dtype=dtype)

    def _function(self):
        return torch.lstm_cell

    def _states(self, hx):
        return hx

    def _said(self, i):
        return f"hx[{i}]"


class GRUCell(RNNCellBase):
    """One step of GRU."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=3, device=device, dtype=dtype)

    def _function(self):
        return torch.gru_cell
