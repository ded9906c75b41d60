"""Loss functions of torch.nn.functional."""
import math
import warnings

import mindtorch._C as _C
from mindtorch._core import layouts

from ..table.checks import cpp_name, dense, need_dtype_of, need_float, need_tensors, number, stats_code
from ..creation.factories import like, new
from ..table.registry import FUNCTIONS, NAMESPACES, With, composition, computed, kernel_rows, op, pointwise, run

_NUMBER = {"none": 0, "mean": 1, "sum": 2}


def reduction_of(size_average, reduce, reduction):
    """The reduction's name from it or from the two old flags. ValueError for other names."""
    if size_average is not None or reduce is not None:
        size_average, reduce = size_average is not False, reduce is not False
        reduction = "mean" if size_average and reduce else "sum" if reduce else "none"
        warnings.warn(f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
                      stacklevel=4)
    if reduction not in _NUMBER:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduced(loss, reduction):
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def functional(name, tensors):
    return op(name, namespace="nn.functional", out=False, tensors=tensors)


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
    if input._dtype_code in (6, 7):  # rounded after each step, as the reference does
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
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
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


# ---- classes ----
def _class_checks(input, target, weight):
    have, want = input.shape, target.shape
    ndim = len(have)
    if ndim < 1:
        raise ValueError(f"Expected 1 or more dimensions (got {ndim})")
    if ndim == 1 and len(want) == 1 and want[0] != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {want[0]}")
    if ndim != 1 and have[0] != (want[0] if len(want) else 0):
        raise ValueError(f"Expected input batch_size ({have[0]}) to match target batch_size "
                         f"({want[0] if len(want) else 0}).")
    if target._dtype_code not in (1, 5):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {cpp_name(target)}")
    n = have[0 if ndim == 1 else 1]
    if ndim <= 2:
        if len(want) > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if ndim == 2 and (not len(want) or want[0] != have[0]):
            raise RuntimeError(f"size mismatch (got input: {list(have)}, target: {list(want)})")
    elif tuple(want) != (have[0], *have[2:]):
        if ndim == 4 and len(want) == 3:
            raise RuntimeError(f"size mismatch (got input: {list(have)} , target: {list(want)}")
        if ndim == 4:
            raise RuntimeError("only batches of spatial targets supported (3D tensors) but got targets of dimension: "
                               f"{len(want)}")
        raise RuntimeError(f"Expected target size {[have[0], *have[2:]]}, got {list(want)}")
    if weight is not None:
        if weight._numel != n or weight.ndim > 1:
            raise RuntimeError(f"weight tensor should be defined either for all {n} classes or no classes but got "
                               f"weight tensor of shape: {list(weight.shape)}")
        need_dtype_of(weight, input)


def _loss_shape(input, target, reduction):
    return tuple(target.shape) if reduction == 0 and input.ndim > 1 else ()


def _positions(input, target, weight, reduction, ignore):
    """(one-hot targets, validity, weight of each position) for gradients written in public functions."""
    dim = 0 if input.ndim == 1 else 1
    t = target.reshape(()) if input.ndim == 1 else target
    t = t.long()
    valid = t != ignore
    t = FUNCTIONS["where"](valid, t, FUNCTIONS["zeros_like"](t))
    hot = FUNCTIONS["zeros"](input.shape, dtype=input.dtype, device=input.device).scatter(dim, t.unsqueeze(dim), 1.0)
    each = valid.to(input.dtype) if weight is None else weight[t] * valid.to(input.dtype)
    return dim, hot, valid.to(input.dtype), each


def _nll_backward(g, input, target, weight, reduction, ignore, total):
    if _C.needs_grad(g):
        dim, hot, valid, each = _positions(input, target, weight, reduction, ignore)
        scale = each * (g.reshape(each.shape) if reduction == 0 else g / total.to(g.dtype) if reduction == 1 else g)
        return -hot * scale.unsqueeze(dim)
    gx = like(input)
    run("fill", (gx,), (0,))
    run("nll_loss_backward", (gx, dense(g), dense(target), weight, total), (reduction, ignore))
    return gx


def _nll(input, target, weight, reduction, ignore):
    need_float(input, "nll_loss_out_frame")
    loss = new(_loss_shape(input, target, reduction), input._dtype_code, input._device_code)
    total = new((), stats_code(input), input._device_code)
    run("nll_loss", (loss, total, dense(input), dense(target), weight), (reduction, ignore))
    return With(loss, total=total)


_NLL_GRAD = {"input": lambda g, input, target, weight, reduction, ignore,
             total: _nll_backward(g, input, target, weight, reduction, ignore, total)}
_nll_rows = op("_nll_loss", method=False, out=False, node="NllLossBackward0", grad=_NLL_GRAD)(_nll)
_nll_planes = op("_nll_loss2d", method=False, out=False, node="NllLoss2DBackward0", grad=_NLL_GRAD)(_nll)


@functional("nll_loss", ["input", "target", "weight"])
def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    """-weight * log-probability of the target class of (N, C, *). IndexError for a class out of bounds."""
    reduction = reduction_of(size_average, reduce, reduction)
    need_tensors("nll_loss_nd", target=target)
    _class_checks(input, target, weight)
    return (_nll_rows if input.ndim <= 2 else _nll_planes)(input, target, weight, _NUMBER[reduction], ignore_index)


def _cross_backward(g, input, target, weight, reduction, ignore, smoothing, lse, total):
    if _C.needs_grad(g, input):
        dim, hot, valid, each = _positions(input, target, weight, reduction, ignore)
        n = input.shape[dim]
        shape = [1] * input.ndim
        shape[dim] = n
        spread = FUNCTIONS["ones"](shape, dtype=input.dtype,
                                   device=input.device) if weight is None else weight.reshape(shape)
        g = g.reshape(each.shape) if reduction == 0 else g / total.to(g.dtype) if reduction == 1 else g
        own, part = ((1 - smoothing) * each).unsqueeze(dim), smoothing / n * valid.unsqueeze(dim)
        p = input.softmax(dim)
        slope = p * (own + part * spread.sum()) - hot * own - part * spread
        return slope * (g.unsqueeze(dim) if reduction == 0 else g)
    gx = like(input)
    run("cross_entropy_backward", (gx, dense(g), dense(input), dense(target), weight, lse, total),
        (reduction, ignore, smoothing))
    return gx


# Ascend's operators know (N, C) and (N, C, H, W), want a weight for every class and statistics of the input's dtype.
kernel_rows(
    nll_loss_of_rows="aclnnNLLLoss T2 T3 T4 i0 i1 T0 T1:1 #2=2 | aclnnNLLLoss2d T2 T3 T4 i0 i1 T0 T1:1 #2=4",
    nll_loss_slope="aclnnNLLLossBackward T1 T2 T3 T4 i0 i1 T5:1 T0 #2=2 | aclnnNLLLoss2dBackward T1 T2 T3 T4 i0 i1 "
                   "T5:1 T0 #2=4",
)


def _ones(x):
    return FUNCTIONS["ones"]((x.shape[1],), dtype=x.dtype, device=x.device)


def _as_planes(t, lead):
    """Sizes behind the first `lead` ones as planes of one row (raw); t is dense."""
    if t is None or t.ndim <= lead:
        return t
    shape = (*t.shape[:lead], 1, t[(0,) * lead]._numel)
    return _C.strided(t, shape, layouts.dense_strides(shape), t._offset, -1)


def _nll_run(kernel, results, operands, target, weight, total, numbers):
    """Over (N, C) or planes: `results` and `operands` have classes where a slope or logarithms stand."""
    classes = operands[-1]
    if classes.ndim < 2:
        return NotImplemented
    shaped = lambda t: _as_planes(t, 2 if t.ndim == classes.ndim else 1)  # noqa: E731
    run(kernel, (*map(shaped, results), *map(shaped, operands), _as_planes(target, 1),
                 _ones(classes) if weight is None else weight, *total), numbers)


@composition("nll_loss")
def _nll_on_device(tensors, scalars):
    loss, total, x, target, weight = tensors
    return _nll_run("nll_loss_of_rows", (loss, total), (x,), target, weight, (), scalars)


@composition("nll_loss_backward")
def _nll_slope_on_device(tensors, scalars):
    gx, g, target, weight, total = tensors  # the slope is the same for all inputs: any stands for them
    return _nll_run("nll_loss_slope", (gx,), (g, gx), target, weight, (total,), scalars)


def _float(t):
    return t if t is None or t._dtype_code == 8 else t.float()


def _logarithms(x):
    """log softmax in float32; the sum of many halves' weights would be no half."""
    x = _float(x)
    y = like(x)
    run("log_softmax", (y, x), (1,))
    return y


def _by_class(weight, y):
    return weight.reshape(-1, *(1,) * (y.ndim - 2))


@composition("cross_entropy")
def _cross_entropy_on_device(tensors, scalars):
    loss, _, total, x, target, weight = tensors
    reduction, ignore, smoothing = scalars
    if x.ndim < 2 or x._dtype_code not in (6, 7, 8):
        return NotImplemented
    y, w = _logarithms(x), _float(weight)
    made = loss if loss._dtype_code == 8 else new(loss.shape, 8, loss._device_code)
    _nll_run("nll_loss_of_rows", (made, total), (y,), target, w, (), (reduction, ignore))
    if smoothing:
        spread = (y if w is None
                  else y * _by_class(w, y)).sum(1).mul((target != ignore).float()).mul(-smoothing / y.shape[1])
        spread = spread if reduction == 0 else spread.sum() / total if reduction == 1 else spread.sum()
        made = made * (1 - smoothing) + spread
    if made is not loss:
        run("copy", (loss, made))


@composition("cross_entropy_backward")
def _cross_entropy_slope_on_device(tensors, scalars):
    gx, g, x, target, weight, _, total = tensors
    reduction, ignore, smoothing = scalars
    if x.ndim < 2 or x._dtype_code not in (6, 7, 8):
        return NotImplemented
    y, w, g = _logarithms(x), _float(weight), _float(g)
    slope = like(y)
    _nll_run("nll_loss_slope", (slope,), (g, y), target, w, (total,), (reduction, ignore))
    if smoothing:
        each = (target != ignore).float().mul(-smoothing / y.shape[1]) * (g / total if reduction == 1 else g)
        slope = slope * (1 - smoothing) + (each.unsqueeze(1) if w is None else each.unsqueeze(1) * _by_class(w, y))
    made = gx if gx._dtype_code == 8 else like(y)
    run("log_softmax_backward", (made, slope, y), (1,))
    if made is not gx:
        run("copy", (gx, made))


@op("_cross_entropy", method=False, out=False, node="NllLossBackward0", grad={
    "input": lambda g, input, target, weight, reduction, ignore, smoothing, lse,
    total: _cross_backward(g, input, target, weight, reduction, ignore, smoothing, lse, total)})
def _cross_entropy(input, target, weight, reduction, ignore, smoothing):
    loss = new(_loss_shape(input, target, reduction), input._dtype_code, input._device_code)
    code, device = stats_code(input), input._device_code
    lse, total = new(target.shape, code, device), new((), code, device)
    run("cross_entropy", (loss, lse, total, dense(input), dense(target), weight), (reduction, ignore, smoothing))
    return With(loss, lse=lse, total=total)


@functional("cross_entropy", ["input", "target", "weight"])
def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean", label_smoothing=0.0
):
    """-log softmax(input) at the target class of (N, C, *), or summed with the target's probabilities when shapes
    agree. IndexError for a class out of bounds."""
    reduction = reduction_of(size_average, reduce, reduction)
    if not hasattr(target, "_dtype_code"):
        need_tensors("cross_entropy_loss", target=target)
    if type(label_smoothing) is not float:
        label_smoothing = number(label_smoothing, "cross_entropy_loss", "label_smoothing")
    if not 0 <= label_smoothing <= 1 and label_smoothing == label_smoothing:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if input.shape == target.shape:
        return _probabilities(input, target, weight, ignore_index, reduction, label_smoothing)
    need_float(input, "log_softmax_lastdim_kernel_impl")
    _class_checks(input, target, weight)
    if input.dtype.itemsize == 2:
        return _in_halves(input, target, weight, ignore_index, reduction, label_smoothing)
    return _cross_entropy(input, target, weight, _NUMBER[reduction], ignore_index, label_smoothing)


def _in_halves(input, target, weight, ignore_index, reduction, smoothing):
    """Cross entropy in two steps, the logarithms of the probabilities being halves too."""
    dim = 0 if input.ndim == 1 else 1
    logs = input.log_softmax(dim)
    own = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not smoothing:
        return own
    valid = target != ignore_index
    spread = logs if weight is None else logs * weight.reshape([-1 if d == dim else 1 for d in range(logs.ndim)])
    spread = (-spread.sum(dim)).masked_fill(~valid, 0)
    if reduction == "mean":
        spread = spread.masked_select(valid).mean() if weight is None else spread.sum() / weight.gather(
            0, target.long().masked_select(valid)).sum()
    elif reduction == "sum":
        spread = spread.sum()
    return (1 - smoothing) * own + spread * (smoothing / input.shape[dim])


def _probabilities(input, target, weight, ignore_index, reduction, smoothing):
    if not target.dtype.is_floating_point:
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {cpp_name(target)}")
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    if not input.ndim:
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    dim = 0 if input.ndim == 1 else 1
    n = input.shape[dim]
    if weight is not None and (weight.ndim != 1 or weight._numel != n):
        raise RuntimeError(f"cross_entropy: weight tensor should be defined either for all {n} classes or no classes "
                           f"but got weight tensor of shape: {list(weight.shape)}")
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / n
    loss = input.log_softmax(dim) * target
    if weight is not None:
        shape = [1] * input.ndim
        shape[dim] = n
        loss = loss * weight.reshape(shape)
    if reduction == "none":
        return -loss.sum(dim)
    return -loss.sum() / (input._numel // n if n else 0) if reduction == "mean" else -loss.sum()


def _margin_shape(input, reduction):
    return (input.shape[0],) if input.ndim == 2 else ()


def _margin_rows(input):
    """How many samples a vector or a matrix of scores is of; RuntimeError for anything else."""
    if input.ndim > 2 or input._numel == 0 and input.shape[-1] == 0:
        raise RuntimeError("Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
                           f"{list(input.shape)}")
    return input.shape[0] if input.ndim == 2 else 1


def _need_single(input, kernel):
    if input._dtype_code not in (8, 9):
        raise NotImplementedError(f'"{kernel}" not implemented for \'{cpp_name(input)}\'')


def _need_classes(target):
    if target._dtype_code != 5:
        raise RuntimeError(f"expected scalar type Long but found {cpp_name(target)}")


def _mean_of_some(loss, reduction):
    # the mean of no samples is zero here, not undefined
    return loss.sum() if reduction == "mean" and not loss._numel else reduced(loss, reduction)


def _by_rows(g, slope):
    return g.unsqueeze(-1) * slope if g.ndim else g * slope


def _no_second_margin():
    raise RuntimeError("derivative for aten::multi_margin_loss_backward is not implemented")


@op("_multi_margin_slope", method=False, out=False, grad={"input": lambda g: _no_second_margin()})
def _slope_of(input, slope):
    """The kernel's slope as something that depends on the input: a second derivative through it is refused, not
    zero."""
    return slope.detach()


@op("_multi_margin_loss", method=False, out=False, node="MultiMarginLossBackward0",
    grad={"input": lambda g, slope, input: _by_rows(g, _slope_of(input, slope))})
def _multi_margin(input, target, p, margin, weight):
    loss = new(_margin_shape(input, 0), input._dtype_code, input._device_code)
    slope = like(input)
    run("multi_margin", (loss, slope, dense(input), dense(target), weight), (p, margin))
    return With(loss, slope=slope)


@composition("multi_margin")
def _multi_margin_on_device(tensors, scalars):
    loss, slope, x, target, weight = (t if t is None else t.detach() for t in tensors)
    p, margin = scalars
    rows, classes = (1, x._numel) if x.ndim < 2 else x.shape
    table, places = x.reshape(rows, classes), target.reshape(rows, 1)
    z = (table - table.gather(1, places) + margin).clamp_min(0).scatter(1, places, 0.0)
    scale = 1.0 / classes if weight is None else weight.index_select(0, places.reshape(-1)).reshape(rows, 1) / classes
    run("copy", (loss, ((z if p == 1 else z * z) * scale).sum(1).reshape(loss.shape)))
    if slope is not None:
        back = (z > 0).to(x.dtype) * scale if p == 1 else z * 2 * scale
        run("copy", (slope, back.scatter(1, places, -back.sum(1, keepdim=True)).reshape(slope.shape)))


@functional("multi_margin_loss", ["input", "target", "weight"])
def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"):
    """Mean over the other classes of max(0, margin - x[target] + x[i]) ** p, p in (1, 2). ValueError for other p."""
    reduction = reduction_of(size_average, reduce, reduction)
    if p != 1 and p != 2:
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    need_tensors("multi_margin_loss", target=target)
    rows = _margin_rows(input)
    if target.ndim > 1 or target._numel != rows:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            "size). "
            f"Expected target size [{rows}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    if weight is not None and weight._numel != (classes := input.shape[-1] if input.ndim else 1):
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    _need_single(input, "multi_margin_loss_cpu_kernel")
    need_dtype_of(weight, input)
    _need_classes(target)
    loss = _mean_of_some(_multi_margin(input, target, int(p), number(margin, "multi_margin_loss", "margin"), weight),
                         reduction)
    return loss.reshape(1) if reduction == "none" and input.ndim == target.ndim == 1 else loss


@op("_multilabel_margin_loss", method=False, out=False, node="MultilabelMarginLossBackward0",
    grad={"input": lambda g, slope: _by_rows(g, slope)})
def _multilabel_margin(input, target):
    loss = new(_margin_shape(input, 0), input._dtype_code, input._device_code)
    slope, is_target = like(input), like(input)
    run("multilabel_margin", (loss, slope, is_target, dense(input), dense(target)))
    return With(loss, slope=slope)


@composition("multilabel_margin")
def _multilabel_margin_on_device(tensors, scalars):
    """All pairs of a target (up to the first -1) and another class at once."""
    loss, slope, is_target, x, target = (t.detach() for t in tensors)
    rows, classes = (1, x._numel) if x.ndim < 2 else x.shape
    table, places = x.reshape(rows, classes), target.reshape(rows, classes)
    named = ((places < 0).cumsum(1) == 0)
    at = places.clamp_min(0)
    times = FUNCTIONS["zeros_like"](table).scatter_add(1, at, named.to(x.dtype))  # a class may be named twice
    others = (times == 0).to(x.dtype)
    z = (1 - table.unsqueeze(2) + table.unsqueeze(1)).clamp_min(0) * times.unsqueeze(2) * others.unsqueeze(1)
    pairs = (z > 0).to(x.dtype) * times.unsqueeze(2)
    run("copy", (loss, (z.sum((1, 2)) / classes).reshape(loss.shape)))
    run("copy", (slope, ((pairs.sum(1) - pairs.sum(2)) / classes).reshape(slope.shape)))
    run("copy", (is_target, (times > 0).reshape(is_target.shape)))


@functional("multilabel_margin_loss", ["input", "target"])
def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """Mean of max(0, 1 - x[target] + x[other]) over a row's targets (up to the first -1) and its other classes."""
    reduction = reduction_of(size_average, reduce, reduction)
    need_tensors("multilabel_margin_loss", target=target)
    _margin_rows(input)
    if target.shape != input.shape and not (input.ndim <= 1 and target.ndim <= 1 and target._numel == input._numel):
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    _need_single(input, "multilabel_margin_loss_forward_out_frame")
    _need_classes(target)
    return _mean_of_some(_multilabel_margin(input, target), reduction)


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
    if options is not None and kind.itemsize == 2 and target._dtype_code == 5 and len(
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
def numbered(signature, name, call):
    scope = {"__name__": __name__, "_f": NAMESPACES["nn.functional"][name], "_names": ("none", "mean", "sum")}
    exec(f"def {name}({signature}):\n    return _f({call}, reduction=_names[reduction])", scope)
    scope[name].__doc__ = f"torch.nn.functional.{name} with reduction 0 none, 1 mean, 2 sum."
    op(name, method=False, out=False)(scope[name])


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
