"""Layer, group, root-mean-square and local response normalisation."""
import numbers

import mindtorch as torch
import mindtorch.nn.functional as F
from mindtorch.autograd import Function
from mindtorch.nn import init
from mindtorch.nn.parameter import Parameter

from ._declare import layers
from .module import Module

layer = layers(globals())
_LRN = "{size}, alpha={alpha}, beta={beta}, k={k}"
LocalResponseNorm = layer("LocalResponseNorm", "size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0",
    "F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)",
                          shows=_LRN)
CrossMapLRN2d = layer("CrossMapLRN2d", "size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1",
    "_CrossMapLRN.apply(input, self.size, self.alpha, self.beta, self.k)", shows=_LRN,
                      constants=())


class _CrossMapLRN(Function):
    """input / (k + alpha/size * sum of squares of channels around) ** beta, for (N, C, H, W). The running sum that
    defines the forward never lets go of channel 0,
    and the gradient's window is another one than the forward's: both are what this layer is known for."""

    @staticmethod
    def forward(ctx, input, size, alpha, beta, k):
        if input.dim() != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.dim()}D instead.")
        reach, channels = int((size - 1) / 2 + 1), input.size(1)
        squares = input.pow(2)
        window = _channel_window(squares, reach - 1, 2 * reach - 1)
        if channels > reach:
            window[:, reach:] += squares[:, :1]
        scale = window.mul_(alpha / size).add_(k)
        output = scale.pow(-beta) * input
        ctx.save_for_backward(input, output, scale)
        ctx.size, ctx.alpha, ctx.beta = size, alpha, beta
        return output

    @staticmethod
    def backward(ctx, g):
        input, output, scale = ctx.saved_tensors
        before = int(ctx.size - (ctx.size - 1) / 2)
        if before > ctx.size - 1:
            raise RuntimeError(f"start ({before}) + length ({input.size(1)}) exceeds dimension size "
                               f"({input.size(1) + ctx.size - 1}).")
        ratios = _channel_window(g * output / scale, before, ctx.size)
        return g * scale.pow(-ctx.beta) - input * ratios * (2 * ctx.alpha * ctx.beta / ctx.size), None, None, None, None


def _channel_window(x, before, size):
    """Sums over `size` channels, from `before` channels before each on."""
    padded = F.pad(x, (0, 0, 0, 0, before, size - 1 - before))
    return sum(padded.narrow(1, i, x.size(1)) for i in range(size))


def _shape(normalized_shape):
    return tuple((normalized_shape,) if isinstance(normalized_shape, numbers.Integral) else normalized_shape)


class LayerNorm(Module):
    """Normalisation over the last dimensions, normalized_shape."""

    __constants__ = ["normalized_shape", "eps", "elementwise_affine"]

    def __init__(self, normalized_shape, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True,
                 device=None, dtype=None) -> None:
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = _shape(normalized_shape), eps, elementwise_affine
        for name, wanted in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            self.register_parameter(name, Parameter(torch.empty(self.normalized_shape, device=device, dtype=dtype))
                                    if wanted else None)
        self.reset_parameters()

    def reset_parameters(self):
        """Weight 1, bias 0."""
        if self.elementwise_affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
                f"bias={self.bias is not None}")


class GroupNorm(Module):
    """Normalisation over groups of channels; ValueError when the groups don't divide them."""

    __constants__ = ["num_groups", "num_channels", "eps", "affine"]

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device=None,
                 dtype=None, *, bias: bool = True) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(name, Parameter(torch.empty(num_channels, device=device, dtype=dtype)) if wanted
                                    else None)
        self.reset_parameters()

    def reset_parameters(self):
        """Weight 1, bias 0."""
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
                f"bias={self.bias is not None}")


class RMSNorm(Module):
    """Division by the root mean square over the last dimensions, normalized_shape."""

    __constants__ = ["normalized_shape", "eps", "elementwise_affine"]

    def __init__(
        self, normalized_shape, eps: float | None = None, elementwise_affine: bool = True, device=None, dtype=None
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = _shape(normalized_shape), eps, elementwise_affine
        self.register_parameter("weight", Parameter(torch.empty(self.normalized_shape, device=device, dtype=dtype))
                                if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self):
        """Weight 1."""
        if self.elementwise_affine:
            init.ones_(self.weight)

    def forward(self, x):
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
