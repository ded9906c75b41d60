"""Losses by element, and of distances."""
import math
import warnings

import mindtorch._C as _C
from mindtorch._core.codes import HALVES, INT64

from ..table.checks import cpp_name, need_float
from ..table.registry import FUNCTIONS, NAMESPACES, computed, pointwise
from .classification import cross_entropy
from .loss_reduction import _NUMBER, functional, numbered, reduced, reduction_of


# ---- element-wise ----
def _of_difference(name, bend, ascend=None, ascend_backward=None):
    """loss(input, target, width) of the difference d, whose gradient is a kernel too; bend(d, width) is the second
    derivative."""
    def slope(g, input, target, width):
        return backward(g, input, target, width=width)

    def minus_slope(g, input, target, width):
        return -backward(g, input, target, width=width)

    def bent(g, grad, input, target, width):
        return g * grad * bend(input - target, width)

    def minus_bent(g, grad, input, target, width):
        return -bent(g, grad, input, target, width)

    backward = pointwise(f"_{name}_backward", "grad, input, target, *, width=1.0", kernel=f"{name}_backward",
                         method=False, inplace=False, ascend=ascend_backward,
                         grad={"grad": slope, "input": bent, "target": minus_bent})
    node = "".join(p.capitalize() for p in name.split("_")) + "Backward0"
    return pointwise(f"_{name}", "input, target, *, width=1.0", kernel=name, method=False, inplace=False, node=node,
                     ascend=ascend,
                     grad={"input": slope, "target": minus_slope})


def _within(d, width):
    return (d.abs() < width).to(d.dtype)


_mse = _of_difference("mse_loss", lambda d, width: 2.0, ascend="aclnnMseLoss T1 T2 =0 T0",
                      ascend_backward="aclnnMseLossBackward T1 T2 T3 =0 T0")
_smooth = _of_difference(
    "smooth_l1_loss",
    lambda d, width: _within(d, width) / width,
    ascend="aclnnSmoothL1Loss T1 T2 =0 f1 T0",
    ascend_backward="aclnnSmoothL1LossBackward T1 T2 T3 =0 f1 T0",
)
_huber = _of_difference("huber_loss", _within)


@computed("huber_loss")
def _huber_on_device(input, target, width):
    d = (input - target).abs()
    return FUNCTIONS["where"](d <= width, d * d * 0.5, (d - width / 2) * width)


@computed("huber_loss_backward")
def _huber_backward_on_device(g, input, target, width):
    return (input - target).clamp(-width, width) * g


def _same_sizes(input, target, stacklevel=4):
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=stacklevel,
        )


def _weighted(loss, weight, input, reduction):
    if weight is None:
        return reduced(loss, reduction)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    loss = loss * weight
    return loss if reduction == "none" else loss.sum() if reduction == "sum" else loss.sum() / weight.sum()


def _check_kind(input, target, kernel):
    code = _C.promote_types(input._dtype_code, target._dtype_code)
    need_float(input if input._dtype_code == code else target, kernel)


@functional("mse_loss", ["input", "target", "weight"])
def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Squared differences: their mean, sum, or all of them."""
    reduction = reduction_of(size_average, reduce, reduction)
    _same_sizes(input, target)
    if input.dtype.is_complex or target.dtype.is_complex:
        return _weighted((input - target) * (input - target), weight, input, reduction)
    _check_kind(input, target, "mse_cpu")
    return _weighted(_mse(input, target), weight, input, reduction)


@functional("l1_loss", ["input", "target", "weight"])
def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Absolute differences: their mean, sum, or all of them."""
    reduction = reduction_of(size_average, reduce, reduction)
    _same_sizes(input, target)
    return _weighted((input - target).abs(), weight, input, reduction)


@functional("smooth_l1_loss", ["input", "target"])
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """Squares / (2 beta) of differences below beta, absolute values - beta / 2 above. RuntimeError for a negative
    beta."""
    reduction = reduction_of(size_average, reduce, reduction)
    _same_sizes(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return reduced((input - target).abs(), reduction)
    _check_kind(input, target, "smooth_l1_cpu")
    return reduced(_smooth(input, target, width=float(beta)), reduction)


@functional("huber_loss", ["input", "target", "weight"])
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """Half squares of differences below delta, delta * (absolute value - delta / 2) above. RuntimeError for a delta
    that is not positive."""
    reduction = reduction_of(None, None, reduction)
    _same_sizes(input, target)
    if not delta > 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _check_kind(input, target, "huber_cpu")
    return _weighted(_huber(input, target, width=float(delta)), weight, input, reduction)


def _bce_slope(g, input, target):
    return g * (input - target) / ((1 - input) * input).clamp_min(1e-12)


_bce_backward = pointwise(
    "_binary_cross_entropy_backward",
    "grad, input, target",
    kernel="binary_cross_entropy_backward",
    method=False,
    inplace=False,
    ascend="aclnnBinaryCrossEntropyBackward T1 T2 T3 - =0 T0",
    grad={
        "grad": lambda g, input, target: _bce_slope(g, input, target),
        "input": lambda g, grad, input, target: (
            g * grad * (input * input - 2 * input * target + target) / (((1 - input) * input) ** 2).clamp_min(1e-12)
        ),
        "target": lambda g, grad, input: -g * grad / ((1 - input) * input).clamp_min(1e-12),
    },
)
_bce = pointwise("_binary_cross_entropy", "input, target", kernel="binary_cross_entropy", method=False, inplace=False,
                 node="BinaryCrossEntropyBackward0",
    ascend="aclnnBinaryCrossEntropy T1 T2 - =0 T0", grad={
    "input": lambda g, input, target: _bce_backward(g, input, target),
    "target": lambda g, input: g * ((-input).log1p().clamp_min(-100) - input.log().clamp_min(-100))})


@functional("binary_cross_entropy", ["input", "target", "weight"])
def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """-(y log x + (1 - y) log(1 - x)) of probabilities x; logarithms are at least -100. ValueError for different sizes,
    RuntimeError outside 0 .. 1."""
    reduction = reduction_of(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is "
                         "deprecated. Please ensure they have the same size.")
    if target._dtype_code != input._dtype_code:
        raise RuntimeError(f"Found dtype {cpp_name(target)} but expected {cpp_name(input)}")
    need_float(input, "binary_cross_entropy")
    loss = _bce(input, target)
    if weight is not None:
        shape = FUNCTIONS["broadcast_shapes"](input.shape, weight.shape)
        if shape != input.shape:
            raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}")
        loss = loss * weight.expand(shape)
    return reduced(loss, reduction)


def _tail(x):
    """log(1 + e^-x)"""
    return -NAMESPACES["nn.functional"]["logsigmoid"](x)


_logits = pointwise(
    "_bce_logits",
    "input, target",
    kernel="bce_logits",
    method=False,
    inplace=False,
    node="BinaryCrossEntropyWithLogitsBackward0",
    grad={"input": lambda g, input, target: g * (input.sigmoid() - target), "target": lambda g, input: g * -input},
    ascend="aclnnBinaryCrossEntropyWithLogits T1 T2 - - =0 T0",
)
_logits_weighted = pointwise("_bce_logits_weighted", "input, target, pos_weight", kernel="bce_logits_weighted",
                             method=False, inplace=False,
                             ascend="aclnnBinaryCrossEntropyWithLogits T1 T2 - T3 =0 T0",
                             node="BinaryCrossEntropyWithLogitsBackward0", grad={
    "input": lambda g, input, target, pos_weight: g
    * (1 - target - (1 + (pos_weight - 1) * target) * (-input).sigmoid()),
    "target": lambda g, input, pos_weight: g * (-input + (pos_weight - 1) * _tail(input)),
    "pos_weight": lambda g, input, target: g * target * _tail(input)})


@functional("binary_cross_entropy_with_logits", ["input", "target", "weight", "pos_weight"])
def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """binary_cross_entropy of sigmoid(input), without its loss of precision; pos_weight multiplies the first term.
    ValueError for different sizes."""
    reduction = reduction_of(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if not target.dtype.is_floating_point:
        target = target.to(input.dtype)
    if input._dtype_code in HALVES:  # rounded after each step, as the reference does
        tail = _tail(input)
        loss = (1 - target) * input + (tail if pos_weight is None else ((pos_weight - 1) * target + 1) * tail)
    else:
        loss = _logits(input, target) if pos_weight is None else _logits_weighted(input, target, pos_weight)
    return reduced(loss if weight is None else loss * weight, reduction)


@functional("kl_div", ["input", "target"])
def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """Kullback-Leibler divergence target * (log target - input), of log-probabilities `input`; "batchmean" divides the
    sum by the batch size."""
    batch = reduction == "batchmean" and size_average is None and reduce is None
    reduction = "sum" if batch else reduction_of(size_average, reduce, reduction)
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides "
            "only by the batch size, and aligns with the "
            "KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major "
            "release.",
            stacklevel=4,
        )
    loss = target.exp() * (target - input) if log_target else FUNCTIONS["xlogy"](target, target) - target * input
    loss = reduced(loss, reduction)
    return loss / input.shape[0] if batch and input.ndim else loss


@functional("poisson_nll_loss", ["input", "target"])
def poisson_nll_loss(
    input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"
):
    """Negative log likelihood of Poisson counts; input is the log of the rate unless log_input is False. `full` adds
    Stirling's term."""
    reduction = reduction_of(size_average, reduce, reduction)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return reduced(loss, reduction)


@functional("gaussian_nll_loss", ["input", "target", "var"])
def gaussian_nll_loss(input, target, var, full: object = False, eps: object = 1e-6, reduction="mean"):
    """Negative log likelihood of normal numbers of mean `input` and variance `var` (at least eps). ValueError for a
    negative variance or sizes that do not fit."""
    if not hasattr(var, "_dtype_code"):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = FUNCTIONS["full"](input.shape, float(var), dtype=input.dtype, device=input.device)
    elif (var.detach() < 0).any().item():
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = var.unsqueeze(-1)
        elif not (tuple(input.shape[:-1]) == tuple(var.shape[:-1]) and var.shape[-1] == 1) and not (
            input.ndim == var.ndim
            and sum(y for x, y in zip(input.shape, var.shape) if x != y)
            == sum(1 for x, y in zip(input.shape, var.shape) if x != y)
        ):
            raise ValueError("var is of incorrect size")
    if reduction not in _NUMBER:
        raise ValueError(reduction + " is not valid")
    at_least = var.clone()
    at_least.detach().clamp_(min=eps)  # the gradient is that of var itself
    loss = 0.5 * (at_least.log() + (input - target) ** 2 / at_least)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduced(loss, reduction)


@functional("hinge_embedding_loss", ["input", "target"])
def hinge_embedding_loss(input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    """input where target is 1, max(0, margin - input) where it is -1."""
    reduction = reduction_of(size_average, reduce, reduction)
    zero = FUNCTIONS["zeros_like"](input)
    where = FUNCTIONS["where"]
    loss = where(target != 1, (margin - input).clamp_min(0), zero) + where(target != -1, input, zero)
    return reduced(loss, reduction)


@functional("soft_margin_loss", ["input", "target"])
def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """log(1 + exp(-target * input))."""
    reduction = reduction_of(size_average, reduce, reduction)
    return reduced((-target * input).exp().log1p(), reduction)


@functional("multilabel_soft_margin_loss", ["input", "target", "weight"])
def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """Binary cross entropy with logits, averaged over the classes."""
    reduction = reduction_of(size_average, reduce, reduction)
    log_sigmoid = NAMESPACES["nn.functional"]["logsigmoid"]
    loss = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduced(loss.sum(input.ndim - 1) / input.shape[input.ndim - 1], reduction)


@functional("margin_ranking_loss", ["input1", "input2", "target"])
def margin_ranking_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    """max(0, -target * (input1 - input2) + margin). RuntimeError for different numbers of dimensions."""
    reduction = reduction_of(size_average, reduce, reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, "
            f"input2: {input2.shape}, target: {target.shape} "
        )
    return reduced((-target * (input1 - input2) + float(margin)).clamp_min(0), reduction)


# ---- distances ----
@functional("cosine_embedding_loss", ["input1", "input2", "target"])
def cosine_embedding_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    """1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1. RuntimeError for sizes that do
    not fit."""
    reduction = reduction_of(size_average, reduce, reduction)
    if target.ndim not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.ndim == 1 and (input1.ndim != 2 or input2.ndim != 2):
        raise RuntimeError("1D target tensor expects 2D input tensors, but found inputs with sizes "
                           f"{list(input1.shape)} and {list(input2.shape)}.")
    if target.ndim == 0 and (input1.ndim != 1 or input2.ndim != 1):
        raise RuntimeError("0D target tensor expects 1D input tensors, but found inputs with sizes "
                           f"{list(input1.shape)} and {list(input2.shape)}.")
    dim, eps = target.ndim, 1e-12
    cosine = ((input1 * input2).sum(dim)
              / (((input1 * input1).sum(dim) + eps) * ((input2 * input2).sum(dim) + eps)).sqrt())
    zero = FUNCTIONS["zeros_like"](cosine)
    where = FUNCTIONS["where"]
    return reduced(where(target == 1, 1 - cosine, zero) + where(target == -1, (cosine - margin).clamp_min(0), zero),
                   reduction)


@functional("triplet_margin_loss", ["anchor", "positive", "negative"])
def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None, reduce=None, reduction="mean"
):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin) with p-norm distances; swap takes the nearer of anchor
    and positive."""
    reduction = reduction_of(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, "
            f"positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    distance = FUNCTIONS["pairwise_distance"]
    near, far = distance(anchor, positive, p, eps), distance(anchor, negative, p, eps)
    if swap:
        far = FUNCTIONS["minimum"](far, distance(positive, negative, p, eps))
    return reduced((float(margin) + near - far).clamp_min(0), reduction)


@functional("triplet_margin_with_distance_loss", ["anchor", "positive", "negative"])
def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    """triplet_margin_loss with any distance function."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function or FUNCTIONS["pairwise_distance"]
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError("The anchor, positive, and negative tensors are expected to have the same number of "
                           f"dimensions, but got: anchor {anchor.ndim}D, "
                           f"positive {positive.ndim}D, and negative {negative.ndim}D inputs")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = FUNCTIONS["minimum"](far, distance(positive, negative))
    return reduced((margin + near - far).clamp_min(0), reduction_of(None, None, reduction))


@functional("linear_cross_entropy", ["input", "linear_weight", "target", "linear_bias", "weight"])
def linear_cross_entropy(input, linear_weight, target, *, linear_bias=None, weight=None, reduction="mean",
                         ignore_index=None, label_smoothing=0.0, options=None):
    """cross_entropy of linear(input, linear_weight, linear_bias) for a vector or a matrix of inputs. `options` says how
    to save memory: nothing is
    chunked here, but halves are then computed in float32 where the reference's chunks are."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    classes = tuple(linear_weight.shape[:-1])
    if len(classes) > 1 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {input.shape[0]}), "
            f"got unbatched input with shape ({input.shape[0]},)"
        )
    flat = linear_weight if linear_weight.ndim == 2 else linear_weight.reshape(-1, linear_weight.shape[-1])
    kind = input.dtype
    if options is not None and kind.itemsize == 2 and target._dtype_code == INT64 and len(
        classes) == 1 and not label_smoothing:
        input, flat, linear_bias, weight = (None if t is None else t.float()
                                            for t in (input, flat, linear_bias, weight))
    logits = NAMESPACES["nn.functional"]["linear"](input, flat,
                                                   None if linear_bias is None else linear_bias.reshape(-1))
    if len(classes) > 1:
        logits = logits.reshape(*input.shape[:-1], *classes)
    return cross_entropy(logits, target, weight, ignore_index=-100 if ignore_index is None else ignore_index,
                         reduction=reduction, label_smoothing=label_smoothing).to(kind)


# ---- the same under torch, with numbers for reductions ----
for _row in (
    (
        "input, target, weight=None, pos_weight=None, reduction=1",
        "binary_cross_entropy_with_logits",
        "input, target, weight, pos_weight=pos_weight",
    ),
    ("input1, input2, target, margin=0.0, reduction=1", "cosine_embedding_loss", "input1, input2, target, margin"),
    ("input, target, margin=1.0, reduction=1", "hinge_embedding_loss", "input, target, margin"),
    ("input, target, reduction=1, *, log_target=False", "kl_div", "input, target, log_target=log_target"),
    ("input1, input2, target, margin=0.0, reduction=1", "margin_ranking_loss", "input1, input2, target, margin"),
    ("input, target, log_input, full, eps, reduction", "poisson_nll_loss", "input, target, log_input, full, eps=eps"),
    (
        "anchor, positive, negative, margin=1.0, p=2.0, eps=1e-06, swap=False, reduction=1",
        "triplet_margin_loss",
        "anchor, positive, negative, margin, p, eps, swap",
    ),
):
    numbered(*_row)
