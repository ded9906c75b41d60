"""Losses of classes: negative log-likelihood, cross-entropy, margins."""
import mindtorch._C as _C
from mindtorch._core import layouts
from mindtorch._core.codes import FLOAT32, INT64, SINGLE_AND_DOUBLE, UINT8, UP_TO_SINGLE

from ..table.checks import cpp_name, dense, need_dtype_of, need_float, need_tensors, number, stats_code
from ..creation.factories import like, new
from ..table.registry import FUNCTIONS, With, composition, kernel_rows, op, run
from .loss_reduction import _NUMBER, functional, reduced, reduction_of


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
    if target._dtype_code not in (UINT8, INT64):
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
    return t if t is None or t._dtype_code == FLOAT32 else t.float()


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
    if x.ndim < 2 or x._dtype_code not in UP_TO_SINGLE:
        return NotImplemented
    y, w = _logarithms(x), _float(weight)
    made = loss if loss._dtype_code == FLOAT32 else new(loss.shape, 8, loss._device_code)
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
    if x.ndim < 2 or x._dtype_code not in UP_TO_SINGLE:
        return NotImplemented
    y, w, g = _logarithms(x), _float(weight), _float(g)
    slope = like(y)
    _nll_run("nll_loss_slope", (slope,), (g, y), target, w, (total,), (reduction, ignore))
    if smoothing:
        each = (target != ignore).float().mul(-smoothing / y.shape[1]) * (g / total if reduction == 1 else g)
        slope = slope * (1 - smoothing) + (each.unsqueeze(1) if w is None else each.unsqueeze(1) * _by_class(w, y))
    made = gx if gx._dtype_code == FLOAT32 else like(y)
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
    if input._dtype_code not in SINGLE_AND_DOUBLE:
        raise NotImplementedError(f'"{kernel}" not implemented for \'{cpp_name(input)}\'')


def _need_classes(target):
    if target._dtype_code != INT64:
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
