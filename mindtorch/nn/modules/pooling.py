"""Pooling layers."""
import mindtorch.nn.functional as F  # noqa: F401  (in the declarations)

from ._declare import layers
from .module import Module
from .utils import _ntuple, _pair, _single, _triple

layer = layers(globals())
_SIZES = {1: _single, 2: _pair, 3: _triple}


class _MaxPoolNd(Module):
    __constants__ = ["kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"]
    return_indices: bool
    ceil_mode: bool

    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices: bool = False, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding, self.dilation = (kernel_size,
                                                                      kernel_size if stride is None else stride,
                                                                      padding, dilation)
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def extra_repr(self):
        return (f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
                f"dilation={self.dilation}, ceil_mode={self.ceil_mode}")


class _MaxUnpoolNd(Module):
    _dims = 0

    def __init__(self, kernel_size, stride=None, padding=0) -> None:
        super().__init__()
        sizes = _SIZES[self._dims]
        self.kernel_size, self.stride, self.padding = sizes(kernel_size), sizes(
            kernel_size if stride is None else stride), sizes(padding)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPoolNd(Module):
    __constants__ = ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"]

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _LPPoolNd(Module):
    __constants__ = ["norm_type", "kernel_size", "stride", "ceil_mode"]

    def __init__(self, norm_type: float, kernel_size, stride=None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def extra_repr(self):
        return (f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
                f"ceil_mode={self.ceil_mode}")


class _AdaptiveMaxPoolNd(Module):
    __constants__ = ["output_size", "return_indices"]

    def __init__(self, output_size, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def extra_repr(self):
        return f"output_size={self.output_size}"


class _AdaptiveAvgPoolNd(Module):
    __constants__ = ["output_size"]

    def __init__(self, output_size) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self):
        return f"output_size={self.output_size}"


def _over_dims(name, forward, inputs="input"):
    """The 1d, 2d and 3d layers of a family that differ by their functional."""
    return [layer(f"{name}{d}d", base=f"_{name}Nd", inputs=inputs, forward=forward.format(d=d)) for d in (1, 2, 3)]


MaxPool1d, MaxPool2d, MaxPool3d = _over_dims(
    "MaxPool",
    "F.max_pool{d}d(input, self.kernel_size, self.stride, self.padding, self.dilation, ceil_mode=self.ceil_mode, "
    "return_indices=self.return_indices)",
)
MaxUnpool1d, MaxUnpool2d, MaxUnpool3d = _over_dims(
    "MaxUnpool",
    "F.max_unpool{d}d(input, indices, self.kernel_size, self.stride, self.padding, output_size)",
    inputs="input, indices, output_size=None",
)
MaxUnpool1d._dims, MaxUnpool2d._dims, MaxUnpool3d._dims = 1, 2, 3
LPPool1d, LPPool2d, LPPool3d = _over_dims("LPPool", "F.lp_pool{d}d(input, float(self.norm_type), self.kernel_size, "
                                                    "self.stride, self.ceil_mode)")
AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d = _over_dims("AdaptiveMaxPool",
                                                                     "F.adaptive_max_pool{d}d(input, self.output_size, "
                                                                     "self.return_indices)")
AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d = _over_dims("AdaptiveAvgPool",
                                                                     "F.adaptive_avg_pool{d}d(input, self.output_size)")

_AVERAGE = "kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True"
_averaged = ("F.avg_pool{}d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, "
             "self.count_include_pad{})")
AvgPool1d = layer("AvgPool1d", _AVERAGE, _averaged.format(1, ""), base="_AvgPoolNd", constants=(),
                  check="kernel_size, stride, padding = _single(kernel_size), _single(kernel_size if stride is None "
                        "else stride), _single(padding)")
AvgPool2d, AvgPool3d = (layer(f"AvgPool{d}d", _AVERAGE + ", divisor_override: int | None = None",
                              _averaged.format(d, ", self.divisor_override"), base="_AvgPoolNd",
                              check="stride = kernel_size if stride is None else stride") for d in (2, 3))


class _FractionalMaxPoolNd(Module):
    __constants__ = ["kernel_size", "return_indices", "output_size", "output_ratio"]
    _dims = 0

    def __init__(
        self, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None
    ) -> None:
        super().__init__()
        sizes, name = _ntuple(self._dims), type(self).__name__
        self.kernel_size, self.return_indices = sizes(kernel_size), return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = sizes(output_size) if output_size is not None else None
        self.output_ratio = sizes(output_ratio) if output_ratio is not None else None
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")


FractionalMaxPool2d, FractionalMaxPool3d = (
    layer(
        f"FractionalMaxPool{d}d",
        base="_FractionalMaxPoolNd",
        forward=f"F.fractional_max_pool{d}d(input, self.kernel_size, self.output_size, self.output_ratio, "
                "self.return_indices, "
        f"_random_samples=self._random_samples)",
    )
    for d in (2, 3)
)
FractionalMaxPool2d._dims, FractionalMaxPool3d._dims = 2, 3
__all__ = [_n for _n in dir() if _n[0].isupper() and _n != "Module"]
