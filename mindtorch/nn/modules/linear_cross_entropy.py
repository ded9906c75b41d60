"""Cross entropy of a linear layer."""
import mindtorch as torch
import mindtorch.nn.functional as F

from .linear import Linear
from .linear_cross_entropy_options import LinearCrossEntropyOptions  # noqa: F401
from .loss import _WeightedLoss


def linear_cross_entropy(input, linear_weight, target, *, linear_bias=None, weight=None, reduction="mean",
                         ignore_index=None, label_smoothing=0.0, options=None, out_features=()):
    """cross_entropy(linear(input)) for input (N, in) or (in). RuntimeError for other shapes, or an acc_dtype that the
    input's dtype doesn't go with."""
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if input.size(-1) != linear_weight.size(-1):
        raise RuntimeError("expected equal input and linear_weight last dimensions (in_features), got "
                           f"{input.size(-1)} and {linear_weight.size(-1)}, respectively")
    half = input.dtype in (torch.float16, torch.bfloat16)
    accumulate = getattr(options, "acc_dtype", None)
    if accumulate is not None and accumulate != input.dtype and not (half and accumulate == torch.float32):
        raise RuntimeError("linear_cross_entropy supports float32 acc_dtype with float16/bfloat16 inputs, but got "
                           f"{accumulate} acc_dtype and {input.dtype} inputs.")
    logits = F.linear(input, linear_weight, linear_bias)
    if out_features:
        logits = logits.unflatten(-1, (-1, *out_features))
    return F.cross_entropy(logits, target, weight=weight, ignore_index=-100 if ignore_index is None else ignore_index,
                           reduction=reduction, label_smoothing=label_smoothing)


class LinearCrossEntropyLoss(_WeightedLoss):
    """Cross entropy of linear(input): the projection belongs to the loss."""

    __constants__ = ["num_classes", "out_features", "reduction", "ignore_index", "label_smoothing"]

    def __init__(self, in_features: int, num_classes: int, *, out_features=(), bias: bool = False, device=None,
                 dtype=None, reduction: str = "mean", weight=None, ignore_index=None,
                 label_smoothing: float = 0.0, options=None) -> None:
        super().__init__(weight=weight, reduction=reduction)
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        self.num_classes, self.out_features, self.ignore_index, self.label_smoothing, self.options = (
            num_classes, out_features, ignore_index, label_smoothing, options)
        width = num_classes
        for n in out_features:
            width *= n
        self.linear = Linear(in_features, width, bias=bias, device=device, dtype=dtype)

    def forward(self, input, target):
        return linear_cross_entropy(input, self.linear.weight, target, linear_bias=self.linear.bias, weight=self.weight,
                                    reduction=self.reduction, ignore_index=self.ignore_index,
                                    label_smoothing=self.label_smoothing, options=self.options,
                                    out_features=self.out_features)

    def extra_repr(self):
        rest = ", ".join(f"{n}={getattr(self, n)}" for n in ("reduction", "ignore_index", "label_smoothing", "options"))
        return (f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
                f"out_features={self.out_features}, bias={self.linear.bias is not None}, {rest}")


LinearCrossEntropyLoss.__module__ = "torch.nn.modules.loss"
