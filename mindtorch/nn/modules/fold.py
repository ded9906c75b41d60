"""Sliding blocks: Unfold takes them out, Fold adds them up."""
import mindtorch.nn.functional as F  # noqa: F401  (in the declarations)

from ._declare import layers
from .module import Module  # noqa: F401

layer = layers(globals())
_ARGUMENTS = "kernel_size: int | tuple, dilation: int | tuple = 1, padding: int | tuple = 0, stride: int | tuple = 1"
_SHOWN = "kernel_size={kernel_size}, dilation={dilation}, padding={padding}, stride={stride}"
Fold = layer(
    "Fold",
    "output_size: int | tuple, " + _ARGUMENTS,
    "F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)",
    shows="output_size={output_size}, " + _SHOWN,
)
Unfold = layer("Unfold", _ARGUMENTS, "F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)",
               shows=_SHOWN)
