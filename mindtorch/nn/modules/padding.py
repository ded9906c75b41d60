"""Padding layers: sizes from the last dimension on."""
import mindtorch.nn.functional as F

from .module import Module
from .utils import _ntuple


class _PadNd(Module):
    __constants__ = ["padding"]
    _mode = "constant"

    def __init__(self, padding) -> None:
        super().__init__()
        self.padding = self._sizes(padding)

    def forward(self, input):
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self):
        return f"{self.padding}"


class _ConstantPadNd(_PadNd):
    __constants__ = ["padding", "value"]

    def __init__(self, padding, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self):
        return f"padding={self.padding}, value={self.value}"


class _ReflectionPadNd(_PadNd):
    _mode = "reflect"


class _ReplicationPadNd(_PadNd):
    _mode = "replicate"


class _CircularPadNd(_PadNd):
    def forward(self, input):
        dims = len(self.padding) // 2
        if input.dim() not in (dims + 1, dims + 2):
            raise ValueError(f"expected {dims + 1}D or {dims + 2}D input (got {input.dim()}D input)")
        return F.pad(input, self.padding, "circular")


def _pad(kind, dims):
    name, base = f"{kind}Pad{dims}d", globals()[f"_{kind}PadNd"]
    return type(base)(name, (base,), {"__module__": __name__, "_sizes": staticmethod(_ntuple(2 * dims)),
                                      "__doc__": f"{kind} padding of the last {dims} dimensions."})


ConstantPad1d, ConstantPad2d, ConstantPad3d = (_pad("Constant", _d) for _d in (1, 2, 3))
ReflectionPad1d, ReflectionPad2d, ReflectionPad3d = (_pad("Reflection", _d) for _d in (1, 2, 3))
ReplicationPad1d, ReplicationPad2d, ReplicationPad3d = (_pad("Replication", _d) for _d in (1, 2, 3))
CircularPad1d, CircularPad2d, CircularPad3d = (_pad("Circular", _d) for _d in (1, 2, 3))


def _zero_pad(dims):
    base = globals()[f"ConstantPad{dims}d"]

    def __init__(self, padding) -> None:
        base.__init__(self, padding, 0.0)

    name = f"ZeroPad{dims}d"
    return type(base)(name, (base,), {"__module__": __name__, "__init__": __init__, "extra_repr": _PadNd.extra_repr,
                                      "__doc__": f"Zeros around the last {dims} dimensions."})


ZeroPad1d, ZeroPad2d, ZeroPad3d = (_zero_pad(_d) for _d in (1, 2, 3))
__all__ = [f"{_k}Pad{_d}d" for _k in ("Constant", "Reflection", "Replication", "Circular", "Zero") for _d in (1, 2, 3)]
