"""Recurrent networks over public ops: rnn_tanh, rnn_relu, gru, lstm and their cells. A layer of lstm on the CPU is one
kernel."""
import mindtorch as torch
import mindtorch._C as _C
from mindtorch._core import overrides

from ..creation.factories import like, new
from ..table.checks import dense
from ..table.registry import FUNCTIONS, With, op, register, run


def _linear(x, weight, bias):
    return torch.nn.functional.linear(x, weight, bias)


# ---- one step: (projected input, state, layer weights) -> new state; a state is a tuple whose first part is the output
# ----
def _simple(function):
    def step(x, state, weights):
        return (function(x + _linear(state[0], weights["hh"], weights.get("bias_hh"))),)

    return step


def _gru_step(x, state, weights):
    h = state[0]
    hidden = _linear(h, weights["hh"], weights.get("bias_hh"))
    xr, xz, xn = x.chunk(3, -1)
    hr, hz, hn = hidden.chunk(3, -1)
    r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
    n = torch.tanh(xn + r * hn)
    return ((h - n) * z + n,)


def _lstm_step(x, state, weights):
    h, c = state
    i, f, g, o = (x + _linear(h, weights["hh"], weights.get("bias_hh"))).chunk(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    h = torch.sigmoid(o) * torch.tanh(c)
    return (_linear(h, weights["hr"], None) if "hr" in weights else h, c)


# ---- all steps of an lstm's layer at once ----
def _layer_gradients(gs, x, h, c, w, b, reverse, cells, gates, needs):
    if _C.is_grad_enabled() and _C.needs_grad(*gs, x, h, c, w, b):  # for second derivatives all must be in the graph
        return _second(gs, (x, h, c, w, b), reverse, needs)
    gx, gh, gc, before = like(x), like(h), like(c), like(cells) if needs[3] else None
    run("lstm_backward",
        (gx, gh, gc, before, *(None if g is None else dense(g) for g in gs), gates, cells, h, c, w), (reverse,))
    gw = gx.flatten(0, 1).t().mm(before.flatten(0, 1)) if needs[3] else None
    return gx, gh, gc, gw, gx.sum((0, 1)) if needs[4] else None


def _second(gs, inputs, reverse, needs):
    """Gradients that can be differentiated again: those of the single steps."""
    x, h, c, w, b = inputs
    outputs, cells = [], []
    for step in reversed(x.unbind(0)) if reverse else x.unbind(0):
        h, c = _lstm_step(step, (h, c), {"hh": w, "bias_hh": b})
        outputs.append(h)
        cells.append(c)
    made = [torch.stack(m[::-1] if reverse else m) for m in (outputs, cells)]
    asked = [(m, g) for m, g in zip(made, gs) if g is not None]
    found = iter(torch.autograd.grad([m for m, _ in asked], [t for t, n in zip(inputs, needs) if n],
                                     [g for _, g in asked], create_graph=True, allow_unused=True))
    return tuple(next(found) if n else None for n in needs)


@op("_lstm_layer", function=False, method=False, out=False, node="LstmLayerBackward0",
    grad={("x", "h", "c", "w", "b"): _layer_gradients})
def _layer(x, h, c, w, b, reverse):
    """Outputs and cell states (T, N, H) of dense x (T, N, 4H), the inputs' products, by states (N, H)."""
    out = new((*x.shape[:2], h.shape[1]), x._dtype_code, x._device_code)
    cells, gates = like(out), like(x)
    run("lstm", (out, cells, gates, x, h, c, w, b), (reverse,))
    return With((out, cells), gates=gates, cells=cells)  # the outputs may be changed before backward


_PLAIN = None  # classes of tensors whose operators nobody watches


def _whole_layer(x, state, weights, reverse):
    """What _run gives, by one kernel; None where only single steps do: projections, other devices, dtypes and tensors
    whose operators somebody watches."""
    global _PLAIN
    if _PLAIN is None:
        _PLAIN = (torch.Tensor, torch.nn.Parameter)
    if overrides.modes or "hr" in weights:
        return None
    h, c, w, b = *state, weights["hh"], weights.get("bias_hh")
    for t in (x, h, c, w) if b is None else (x, h, c, w, b):
        if type(t) not in _PLAIN or t._device_code or t._dtype_code != x._dtype_code:
            return None
    n = x.shape[1], w.shape[1]
    if x._dtype_code not in (8, 9) or tuple(h.shape) != n or tuple(c.shape) != n or tuple(w.shape) != (4 * n[1], n[1]):
        return None
    if x.shape[2] != 4 * n[1] or b is not None and tuple(b.shape) != (4 * n[1],):
        return None
    x, h, c, w = (t if t._contiguous else t.contiguous() for t in (x, h, c, w))
    out, cells = _layer(x, h, c, w, b if b is None or b._contiguous else b.contiguous(), reverse)
    last = 0 if reverse else -1
    return out, (out[last], cells[last])


def _step_of(kind):
    if kind in ("rnn_tanh", "rnn_relu"):
        return _simple(torch.tanh if kind == "rnn_tanh" else torch.relu)
    return _gru_step if kind == "gru" else _lstm_step


# ---- one layer in one direction ----
def _run(step, projected, state, weights, reverse):
    """Outputs (T, N, H) and the last state over a dense (T, N, G) input."""
    if step is _lstm_step and (made := _whole_layer(projected, state, weights, reverse)) is not None:
        return made
    steps = projected.unbind(0)
    outputs = []
    for x in reversed(steps) if reverse else steps:
        state = step(x, state, weights)
        outputs.append(state[0])
    return torch.stack(outputs[::-1] if reverse else outputs), state


def _run_packed(step, projected, batch_sizes, state, weights, reverse):
    """The same over packed rows; sequences end (or, in reverse, begin) as the batch size changes."""
    parts = projected.split(batch_sizes)
    outputs = []
    if reverse:
        current = tuple(s[:batch_sizes[-1]] for s in state)
        for x, n in zip(reversed(parts), reversed(batch_sizes)):
            have = current[0].size(0)
            if n > have:
                current = tuple(torch.cat([c, s[have:n]]) for c, s in zip(current, state))
            current = step(x, current, weights)
            outputs.append(current[0])
        return torch.cat(outputs[::-1]), current
    current, ended = state, []
    for x, n in zip(parts, batch_sizes):
        if n < current[0].size(0):
            ended.append(tuple(c[n:] for c in current))
            current = tuple(c[:n] for c in current)
        current = step(x, current, weights)
        outputs.append(current[0])
    ended.append(current)
    return torch.cat(outputs), tuple(torch.cat(p) for p in zip(*reversed(ended)))


def _weights(params, has_biases, directions, num_layers, projected):
    """One dict a layer and direction."""
    names = ["ih", "hh"] + (["bias_ih", "bias_hh"] if has_biases else []) + (["hr"] if projected else [])
    if len(params) != len(names) * directions * num_layers:
        raise RuntimeError("got an incorrect number of RNN parameters")
    groups = [params[i:i + len(names)] for i in range(0, len(params), len(names))]
    return [dict(zip(names, g)) for g in groups]


def _network(
    kind, input, batch_sizes, states, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
):
    step = _step_of(kind)
    directions = 2 if bidirectional else 1
    projected = kind == "lstm" and states[0].size(2) != states[1].size(2)
    weights = _weights(params, has_biases, directions, num_layers, projected)
    x = input.transpose(0, 1) if batch_first else input
    if input.dim() != (3 if batch_sizes is None else 2):
        raise RuntimeError(f"{kind}: expected an input of {3 if batch_sizes is None else 2} dimensions, got "
                           f"{input.dim()}")
    if any(s.dim() != 3 for s in states):
        raise RuntimeError(f"{kind}: expected hidden states of 3 dimensions")
    if batch_sizes is not None and any(s.size(1) != batch_sizes[0] for s in states):
        raise RuntimeError(f"The size of tensor a ({states[0].size(1)}) must match the size of tensor b "
                           f"({batch_sizes[0]}) at non-singleton dimension 0")
    if batch_sizes is None and x.size(0) == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    if input.dtype != states[0].dtype and not (overrides.modes and torch.is_autocast_enabled(input.device.type)):
        name = {"float64": "Double", "float32": "Float", "float16": "Half", "bfloat16": "BFloat16"}
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {name.get(str(states[0].dtype)[6:], states[0].dtype)} "
            "and "
            f"{name.get(str(input.dtype)[6:], input.dtype)}"
        )
    per_layer = [tuple(s[i] for s in states) for i in range(num_layers * directions)]
    finals = []
    for level in range(num_layers):
        outputs = []
        for direction in range(directions):
            at = level * directions + direction
            w = weights[at]
            given = _linear(x, w["ih"], w.get("bias_ih"))
            if batch_sizes is None:
                out, final = _run(step, given, per_layer[at], w, direction == 1)
            else:
                out, final = _run_packed(step, given, batch_sizes, per_layer[at], w, direction == 1)
            outputs.append(out)
            finals.append(final)
        x = outputs[0] if directions == 1 else torch.cat(outputs, -1)
        if dropout and train and level < num_layers - 1:
            x = torch.dropout(x, dropout, True)
    last = tuple(torch.stack(parts) for parts in zip(*finals))
    return (x.transpose(0, 1) if batch_first else x, *last)


def _states(kind, hx, name):
    """The hidden states as a tuple: two for lstm, else one. TypeError for what are no tensors."""
    several = kind.startswith("lstm")
    states = tuple(hx) if several and isinstance(hx, (tuple, list)) else (hx,)
    if not all(isinstance(s, torch.Tensor) for s in states) or several and not isinstance(hx, (tuple, list)):
        raise TypeError(f"{kind}(): argument '{name}' must be {'tuple of Tensors' if several else 'Tensor'}, not "
                        f"{type(hx).__name__}")
    if several and len(states) != 2:
        raise RuntimeError(f"{kind} expects two hidden states")
    return states


def _batch_sizes(sizes):
    """How many sequences reach each step; RuntimeError unless they are whole numbers above zero that do not grow."""
    if sizes.dtype is not torch.int64:
        raise RuntimeError(f"expected scalar type Long but found {sizes.dtype}")
    if sizes.dim() != 1 or not sizes.numel():
        raise RuntimeError("batch_sizes must be a vector that is not empty")
    sizes = sizes.tolist()
    if sizes[-1] < 0 or any(a < b for a, b in zip(sizes, sizes[1:])):
        raise RuntimeError(f"batch_sizes must not grow nor be negative, got {sizes}")
    return sizes


def _declare(kind):
    several = kind == "lstm"

    def function(*args, **kwargs):
        names_dense = ("input", "hx", "params", "has_biases", "num_layers", "dropout", "train", "bidirectional",
                       "batch_first")
        names_packed = ("data", "batch_sizes", "hx", "params", "has_biases", "num_layers", "dropout", "train",
                        "bidirectional")
        packed = "data" in kwargs or "batch_sizes" in kwargs or (len(args) > 3 and isinstance(args[3], (tuple, list)))
        names = names_packed if packed else names_dense
        if len(args) > len(names) or len(args) + len(kwargs) != len(names) or any(
            k not in names[len(args):] for k in kwargs):
            raise TypeError(f"{kind}() received an invalid combination of arguments - got "
                            f"({', '.join(type(a).__name__ for a in (*args, *kwargs.values()))})")
        if overrides.modes and (result := overrides.autocast(FUNCTIONS[kind], args, kwargs)) is not NotImplemented:
            return result
        given = dict(zip(names, args), **kwargs)
        x = given["data" if packed else "input"]
        if not isinstance(x, torch.Tensor) or not isinstance(given["params"], (tuple, list)):
            raise TypeError(f"{kind}() received an invalid combination of arguments - got "
                            f"({', '.join(type(a).__name__ for a in given.values())})")
        states = _states(kind, given["hx"], "hx")
        if not all(isinstance(p, torch.Tensor) for p in given["params"]):
            at, p = next((i, p) for i, p in enumerate(given["params"]) if not isinstance(p, torch.Tensor))
            raise TypeError(f"expected Tensor as element {at} in argument {names.index('params')}, but got "
                            f"{type(p).__name__}")
        sizes = _batch_sizes(given["batch_sizes"]) if packed else None
        return _network(kind, x, sizes, states, list(given["params"]), given["has_biases"], given["num_layers"],
                        given["dropout"], given["train"], given["bidirectional"],
                        given.get("batch_first", False))

    function.__name__ = function.__qualname__ = kind
    function.__module__ = "torch"
    function.__doc__ = (
        f"{kind}(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first), or (data, "
        "batch_sizes, hx, ...) over packed rows: "
        f"(output, {'h_n, c_n' if several else 'h_n'})."
    )
    register(kind, function, method=False, family="recurrent")


for _kind in ("rnn_tanh", "rnn_relu", "gru", "lstm"):
    _declare(_kind)


# ---- cells ----
def _check_cell(input, states, weight, gates):
    width, hidden = weight.size(1), weight.size(0) // gates
    if input.size(1) != width:
        raise RuntimeError(f"input has inconsistent input_size: got {input.size(1)} expected {width}")
    for i, h in enumerate(states):
        if h.size(0) != input.size(0):
            raise RuntimeError(f"Input batch size {input.size(0)} doesn't match hidden{i} batch size {h.size(0)}")
        if h.size(1) != hidden:
            raise RuntimeError(f"hidden{i} has inconsistent hidden_size: got {h.size(1)}, expected {hidden}")


def _cell(kind, gates):
    def cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
        if overrides.modes:
            given = (input, hx, w_ih, w_hh, b_ih, b_hh)
            if (result := overrides.autocast(FUNCTIONS[f"{kind}_cell"], given, {})) is not NotImplemented:
                return result
        states = _states(f"{kind}_cell", hx, "hx")
        _check_cell(input, states, w_ih, gates)
        weights = {"hh": w_hh} if b_hh is None else {"hh": w_hh, "bias_hh": b_hh}
        new = _step_of(kind)(_linear(input, w_ih, b_ih), states, weights)
        return new if kind == "lstm" else new[0]

    cell.__name__ = cell.__qualname__ = f"{kind}_cell"
    cell.__module__ = "torch"
    cell.__doc__ = (f"One step of {kind}: {'(h, c)' if kind == 'lstm' else 'h'} from input (N, in) and state (N, "
                    "hidden); RuntimeError for sizes that don't fit.")
    register(f"{kind}_cell", cell, method=False, family="recurrent")


for _kind, _gates in (("rnn_tanh", 1), ("rnn_relu", 1), ("gru", 3), ("lstm", 4)):
    _cell(_kind, _gates)
