"""Convolutions of one to three dimensions, transposed and lazy ones."""
import math

import mindtorch as torch
import mindtorch.nn.functional as F
from mindtorch.nn import init
from mindtorch.nn.parameter import Parameter, UninitializedParameter

from ._declare import layers
from .lazy import LazyModuleMixin
from .module import Module
from .utils import _ntuple, _pair, _reverse_repeat_tuple, _single, _triple  # noqa: F401

layer = layers(globals())


class _ConvNd(Module):
    __constants__ = ["stride", "padding", "dilation", "groups", "padding_mode", "output_padding", "in_channels",
                     "out_channels", "kernel_size"]
    __annotations__ = {"bias": torch.Tensor | None}
    _dims = 0
    in_channels: int
    out_channels: int
    kernel_size: tuple
    stride: tuple
    padding: str | tuple
    dilation: tuple
    transposed: bool
    output_padding: tuple
    groups: int
    padding_mode: str
    weight: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, in_channels, out_channels, kernel_size, stride, padding, dilation, transposed, output_padding,
                 groups, bias, padding_mode, device=None, dtype=None) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'same', 'valid'}}")
            if padding == "same" and any(s != 1 for s in stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        modes = {"zeros", "reflect", "replicate", "circular"}
        if padding_mode not in modes:
            raise ValueError(f"padding_mode must be one of {modes}, but got padding_mode='{padding_mode}'")
        self.in_channels, self.out_channels, self.kernel_size, self.stride, self.padding, self.dilation = (
            in_channels, out_channels, kernel_size, stride, padding, dilation)
        self.transposed, self.output_padding, self.groups, self.padding_mode = (transposed, output_padding, groups,
                                                                                padding_mode)
        # the form that F.pad takes: from the last dimension on, (before, after) each
        if isinstance(padding, str):
            totals = [d * (k - 1) if padding == "same" else 0 for d, k in zip(dilation, kernel_size)]
            self._reversed_padding_repeated_twice = [side for total in reversed(totals)
                                                     for side in (total // 2, total - total // 2)]
        else:
            self._reversed_padding_repeated_twice = _reverse_repeat_tuple(padding, 2)
        channels = (in_channels, out_channels // groups) if transposed else (out_channels, in_channels // groups)
        self.weight = Parameter(torch.empty((*channels, *kernel_size), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(torch.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        """Weight and bias uniform in +-1/sqrt(fan in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for name, default in (("padding", (0,) * len(self.padding)), ("dilation", (1,) * len(self.dilation)),
                              ("output_padding", (0,) * len(self.output_padding)), ("groups", 1)):
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        if self.bias is None:
            text += ", bias=False"
        return text + (f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "")

    def __setstate__(self, state):
        super().__setstate__(state)
        self.__dict__.setdefault("padding_mode", "zeros")


class _DirectConvNd(_ConvNd):
    """What Conv1d, Conv2d and Conv3d share."""

    def _conv_forward(self, input, weight, bias):
        convolve = getattr(F, f"conv{self._dims}d")
        if self.padding_mode != "zeros":
            return convolve(F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode), weight, bias,
                            self.stride, (0,) * self._dims, self.dilation, self.groups)
        return convolve(input, weight, bias, self.stride, self.padding, self.dilation, self.groups)

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class _ConvTransposeNd(_ConvNd):
    def __init__(self, in_channels, out_channels, kernel_size, stride, padding, dilation, transposed, output_padding,
                 groups, bias, padding_mode, device=None, dtype=None) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, transposed, output_padding,
                         groups, bias, padding_mode, device=device, dtype=dtype)

    def _output_padding(self, input, output_size, stride, padding, kernel_size, num_spatial_dims, dilation=None):
        """The output padding that leads to output_size; ValueError when none does."""
        if output_size is None:
            return _ntuple(num_spatial_dims)(self.output_padding)
        batched = num_spatial_dims + 2
        lead = input.dim() - num_spatial_dims
        if len(output_size) == lead + num_spatial_dims:
            output_size = output_size[lead:]
        if len(output_size) != num_spatial_dims:
            raise ValueError(
                f"ConvTranspose{num_spatial_dims}D: for {input.dim()}D input, output_size must have {num_spatial_dims} "
                f"or {lead + num_spatial_dims} elements "
                f"(got {len(output_size)})"
            )
        dilation = (1,) * batched if dilation is None else dilation
        smallest = [(input.size(d + lead) - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel_size[d] - 1) + 1
                    for d in range(num_spatial_dims)]
        largest = [m + stride[d] - 1 for d, m in enumerate(smallest)]
        if any(not low <= size <= high for size, low, high in zip(output_size, smallest, largest)):
            raise ValueError(f"requested an output size of {output_size}, but valid sizes range from {smallest} to "
                             f"{largest} (for an input of {input.size()[2:]})")
        return [size - low for size, low in zip(output_size, smallest)]

    def forward(self, input, output_size=None):
        if not isinstance(self.padding, tuple):
            raise AssertionError("self.padding must be a tuple")
        extra = self._output_padding(input, output_size, self.stride, self.padding, self.kernel_size, self._dims,
                                     self.dilation)
        return getattr(F, f"conv_transpose{self._dims}d")(input, self.weight, self.bias, self.stride, self.padding,
                                                          extra, self.groups, self.dilation)


class _LazyConvXdMixin(LazyModuleMixin):
    """Takes in_channels from the first input."""

    weight: UninitializedParameter

    def reset_parameters(self):
        """As the base, once there is something to reset."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input, *args, **kwargs):
        """Take the weight's shape from the input."""
        if self.has_uninitialized_params():
            self.in_channels = self._get_in_channels(input)
            if self.in_channels % self.groups != 0:
                raise ValueError("in_channels must be divisible by groups")
            channels = (self.in_channels,
                        self.out_channels // self.groups) if self.transposed else (
                            self.out_channels, self.in_channels // self.groups)
            self.weight.materialize((*channels, *self.kernel_size))
            if self.bias is not None:
                self.bias.materialize((self.out_channels,))
            self.reset_parameters()

    def _get_in_channels(self, input):
        n = self._get_num_spatial_dims()
        if input.dim() not in (n + 1, n + 2):
            raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {type(self).__name__}, "
                               f"but got input of size: {input.shape}")
        return input.shape[1] if input.dim() == n + 2 else input.shape[0]

    def _get_num_spatial_dims(self):
        return self._dims

    def _become_lazy(self, out_channels, bias, device, dtype):
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)


_TAIL = "padding_mode: str = 'zeros', device=None, dtype=None"
_DIRECT = "kernel_size, stride=1, padding=0, dilation=1, groups: int = 1, bias: bool = True, " + _TAIL
_TRANSPOSED = ("kernel_size, stride=1, padding=0, output_padding=0, groups: int = 1, bias: bool = True, dilation=1, "
               + _TAIL)
_ALL = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding", "groups", "bias",
        "dilation", "padding_mode", "device", "dtype")


def _declare(d, transposed):
    """(ConvNd, LazyConvNd) of d dimensions."""
    name, parse = f"Conv{'Transpose' if transposed else ''}{d}d", ("_single", "_pair", "_triple")[d - 1]
    arguments = _TRANSPOSED if transposed else _DIRECT
    padding = f"{parse}(padding)" if transposed else f"padding if isinstance(padding, str) else {parse}(padding)"
    plain = layer(
        name,
        "in_channels: int, out_channels: int, " + arguments,
        base="_ConvTransposeNd" if transposed else "_DirectConvNd",
        constants=(),
        drop=_ALL,
        init=f"super().__init__(in_channels, out_channels, {parse}(kernel_size), {parse}(stride), {padding}, "
             f"{parse}(dilation), {transposed}, "
        f"{parse}({'output_padding' if transposed else '0'}), groups, bias, padding_mode, device=device, dtype=dtype)",
        doc=f"{'Transposed c' if transposed else 'C'}onvolution over {d} dimensions; input (N, C, ...) or (C, ...).",
    )
    passed = ", ".join(("stride", "padding", "output_padding", "groups", "False", "dilation") if transposed
                       else ("stride", "padding", "dilation", "groups", "False"))
    lazy = layer(
        "Lazy" + name,
        "out_channels: int, " + arguments,
        base=f"_LazyConvXdMixin, {name}",
        constants=(),
        drop=_ALL,
        init=f"super().__init__(0, 0, kernel_size, {passed}, padding_mode, device, dtype); "
             "self._become_lazy(out_channels, bias, device, dtype)",
        doc=f"A {name} that takes in_channels from its first input.",
    )
    plain._dims, lazy.cls_to_become = d, plain
    return plain, lazy


Conv1d, LazyConv1d = _declare(1, False)
Conv2d, LazyConv2d = _declare(2, False)
Conv3d, LazyConv3d = _declare(3, False)
ConvTranspose1d, LazyConvTranspose1d = _declare(1, True)
ConvTranspose2d, LazyConvTranspose2d = _declare(2, True)
ConvTranspose3d, LazyConvTranspose3d = _declare(3, True)
