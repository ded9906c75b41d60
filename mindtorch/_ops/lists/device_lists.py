"""Ascend's operators over lists of tensors: one launch for many small ones, and optimizer steps written in them."""
import contextlib

import mindtorch._C as _C
from mindtorch._core import layouts
from mindtorch._core.codes import BFLOAT16

from ..creation.casts import convert
from ..creation.factories import new
from ..table.registry import FUNCTIONS as F, composition, kernel_rows, run, tried

kernel_rows(
    list_norm="aclnnForeachNorm L1/2 S0 L0/2",
    list_scaled="aclnnForeachMulScalar L2 T1 L2",  # by a tensor; the first result is the first of the list
    list_mul="aclnnForeachMulScalarV2 L1/2 S0 L0/2",
    list_add_number="aclnnForeachAddScalarV2 L1/2 S0 L0/2",
    list_sqrt="aclnnForeachSqrt L1/2 L0/2",
    list_add="aclnnForeachAddListV2 L1/3 L2/3 S0 L0/3",
    list_addcmul="aclnnForeachAddcmulScalarV2 L1/4 L2/4 L3/4 S0 L0/4",
    list_addcdiv="aclnnForeachAddcdivScalarV2 L1/4 L2/4 L3/4 S0 L0/4",
)
kernel_rows(adamw_step="aclnnApplyAdamWV2 T0 T1 T2 - T3 T4 f0 f1 f2 f3 f4 =0 i5 *")

_MOST = 48  # tensors a launch: some operators document 50
_SMALL = 1 << 16  # elements up to which a launch is the cost of a tensor rather than its memory
FLOATS = (6, 7, 8)

_SINGLE = {
    "list_mul": lambda out, x, by: F["mul"](x, by, out=out),
    "list_add_number": lambda out, x, number: F["add"](x, number, out=out),
    "list_sqrt": lambda out, x: F["sqrt"](x, out=out),
    "list_add": lambda out, x, y, alpha: F["add"](x, y, alpha=alpha, out=out),
    "list_addcmul": lambda out, x, a, b, value: F["addcmul"](x, a, b, value=value, out=out),
    "list_addcdiv": lambda out, x, a, b, value: F["addcdiv"](x, a, b, value=value, out=out),
}


def _flat(row):
    """Tensors that lie alike and without gaps in an order that is dense, for the operators want it so; None for
    others."""
    if all(t._contiguous for t in row):
        return row
    first = row[0]._strides
    if any(t._strides != first for t in row) or layouts.preserved_strides(row[0].shape, first) != first:
        return None
    return tuple(_C.strided(t, (t._numel,), (1,), t._offset, -1) for t in row)


def over(kernel, lists, *numbers):
    """Run a kernel over lists of equal length, results first; tensors with gaps, and what the device refuses, one by
    one."""
    dense, rest = [], []
    for row in zip(*lists):
        flat = _flat(row)
        (rest if flat is None else dense).append(flat or row)
    for at in range(0, len(dense), _MOST):
        part = dense[at : at + _MOST]
        if len(part) == 1 or not tried(kernel, tuple(t for column in zip(*part) for t in column), numbers):
            rest += part
    for row in rest:
        _SINGLE[kernel](*row, *numbers)


def norms(tensors, order):
    """Vector norms of tensors of one dtype, or None for what Ascend's operator does not do."""
    first = tensors[0]
    if (
        order not in (1, 2)
        or first._dtype_code not in FLOATS
        or any(t._dtype_code != first._dtype_code or not t._remote for t in tensors)
    ):
        return None
    made = new((len(tensors),), first._dtype_code, first._device_code)
    every = tuple(_C.strided(made, (), (), k, -1) for k in range(len(tensors)))
    for at in range(0, len(tensors), _MOST):
        if not tried("list_norm", (*every[at : at + _MOST], *tensors[at : at + _MOST]), (float(order),)):
            return None
    return every


def scale(tensors, by):
    """Multiply tensors of one dtype by one of no dimensions, in place; False where nothing was done."""
    code, flat = tensors[0]._dtype_code, [_flat((t,)) for t in tensors]
    if by.ndim or not by._remote or code not in FLOATS or None in flat or any(t._dtype_code != code or not t._remote
                                                                              for t in tensors):
        return False
    wanted = 8 if code == BFLOAT16 else code
    if by._dtype_code != wanted:
        return False
    for at in range(0, len(tensors), _MOST):
        part = [t for t, in flat[at : at + _MOST]]
        if not tried("list_scaled", (part[0], by, *part)):
            if not at:
                return False
            for t in part:
                run("mul", (t, t, by), (code,))
    return True


# ---- optimizer steps ----
def _fresh(tensors):
    """Memory for as many tensors that lie alike."""
    return [_C.empty_strided(t.shape, layouts.preserved_strides(t.shape, t._strides), t._dtype_code, t._device_code)
            for t in tensors]


def _unscaled(grads, scale_tensor):
    """Gradients divided by the scale of a gradient scaler, in place."""
    if scale_tensor is not None:
        by = scale_tensor.detach().reshape(()).reciprocal()
        for g in grads:
            _C.detach(g).mul_(by.to(g.dtype))


def _signed(grads, maximize):
    if not maximize:
        return grads
    made = _fresh(grads)
    over("list_mul", (made, grads), -1.0)
    return made


def _decayed(grads, parameters, decay):
    if not decay:
        return grads
    made = _fresh(grads)
    over("list_add", (made, grads, parameters), decay)
    return made


def _stopped(found):
    return found is not None and found.item() == 1


def _by_step(steps, chosen, advance, key):
    """Places of parameters of one step, and of one key, together: {(step, key): places}; None where a step lies on the
    device."""
    groups = {}
    for k in chosen:
        if steps[k]._remote:
            return None
        groups.setdefault((steps[k].item() + bool(advance), key(k)), []).append(k)
    return groups


def _usable(lists):
    return all(t is None or t._dtype_code in FLOATS for members in lists for t in members)


_HALVES, _FLOAT32 = (6, 7), 8


@contextlib.contextmanager
def _rounded_once(lists, stepwise, stored):
    """Lists of one dtype for a step, halves as float32 unless it rounds each operation (`stepwise`): what is `stored`,
    by number, is rounded at the end."""
    if stepwise or lists[0][0]._dtype_code not in _HALVES:
        yield lists
        return
    wide = [[None if t is None else convert(t, _FLOAT32) for t in members] for members in lists]
    yield wide
    for k in stored:
        for t, w in zip(lists[k], wide[k]):
            if t is not None:
                run("copy", (t, w))


@composition("adam", again=False)
def _adam(tensors, scalars):
    """Small parameters together, each large one by Ascend's fused operator, which counts steps from 0, in a tensor, and
    whose decay is AdamW's."""
    n, stepwise, lr, beta1, beta2, decay, eps, maximize, decoupled, advance = scalars
    *lists, steps = (tensors[k * n : k * n + n] for k in range(6))
    parameters, grads, first, second, largest = lists
    unusual = largest[0] is not None or (decay and not decoupled)
    groups = _by_step(steps, range(n), advance,
                      lambda k: (parameters[k]._dtype_code, unusual or parameters[k]._numel <= _SMALL))
    if not _usable(lists) or (groups is None and unusual):
        return NotImplemented
    if _stopped(tensors[6 * n + 1]):
        return None
    _unscaled(grads, tensors[6 * n])
    for (step, (_, together)), places in (groups or {(None, (0, False)): list(range(n))}).items():
        chosen = [[members[k] for k in places] for members in lists]
        if together and (unusual or len(places) > 1):
            with _rounded_once(chosen, stepwise, (0, 2, 3, 4)) as members:
                _adam_together(*members, step, lr, beta1, beta2, decay, eps, maximize, decoupled)
            continue
        for k in places:
            p, m, v, g = parameters[k], first[k], second[k], grads[k]
            operands = (p, m, v, g) if p.ndim else (_C.strided(t, (1,), (1,), t._offset, -1) for t in (p, m, v, g))
            run("adamw_step", (*operands, steps[k] if advance else steps[k] - 1),
                (lr, beta1, beta2, decay, eps, maximize))
    if advance:
        for step in steps:
            step.add_(1)
    return None


def _adam_together(p, g, m, v, largest, step, lr, beta1, beta2, decay, eps, maximize, decoupled):
    g = _signed(g, maximize)
    if decay and decoupled:
        over("list_mul", (p, p), 1 - lr * decay)
    elif decay:
        g = _decayed(g, p, decay)
    over("list_mul", (m, m), beta1)
    over("list_add", (m, m, g), 1 - beta1)
    over("list_mul", (v, v), beta2)
    over("list_addcmul", (v, v, g, g), 1 - beta2)
    if largest[0] is not None:
        for top, now in zip(largest, v):
            F["maximum"](top, now, out=top)
        v = largest
    under, root = _fresh(v), (1 - beta2**step) ** 0.5
    over("list_sqrt", (under, v))
    over("list_add_number", (under, under), eps * root)  # both sides of the fraction times the root of the correction
    over("list_addcdiv", (p, p, m, under), -lr * root / (1 - beta1**step))


@composition("sgd", again=False)
def _sgd(tensors, scalars):
    n, stepwise, lr, decay, momentum, dampening, nesterov, maximize, is_first = scalars
    lists = [tensors[k * n : k * n + n] for k in range(3)]
    parameters, grads, buffers = lists
    if not _usable(lists):
        return NotImplemented
    if _stopped(tensors[3 * n + 1]):
        return None
    _unscaled(grads, tensors[3 * n])
    for code in {p._dtype_code for p in parameters}:
        chosen = [[members[k] for k in range(n) if parameters[k]._dtype_code == code] for members in lists]
        with _rounded_once(chosen, stepwise, (0, 2)) as members:
            _sgd_together(*members, lr, decay, momentum, dampening, nesterov, maximize, is_first)
    return None


def _sgd_together(p, g, b, lr, decay, momentum, dampening, nesterov, maximize, is_first):
    g = _decayed(_signed(g, maximize), p, decay)
    if b[0] is not None:
        if is_first:
            over("list_mul", (b, g), 1.0)
        else:
            over("list_mul", (b, b), momentum)
            over("list_add", (b, b, g), 1 - dampening)
        if nesterov:
            ahead = _fresh(g)
            over("list_add", (ahead, g, b), momentum)
            g = ahead
        else:
            g = b
    over("list_add", (p, p, g), -lr)


@composition("adagrad", again=False)
def _adagrad(tensors, scalars):
    n, stepwise, lr, lr_decay, decay, eps, maximize, advance = scalars
    *lists, steps = (tensors[k * n : k * n + n] for k in range(4))
    parameters, grads, sums = lists
    groups = _by_step(steps, range(n), advance, lambda k: parameters[k]._dtype_code)
    if not _usable(lists) or groups is None:
        return NotImplemented
    if _stopped(tensors[4 * n + 1]):
        return None
    _unscaled(grads, tensors[4 * n])
    for (step, _), places in groups.items():
        with _rounded_once([[members[k] for k in places] for members in lists], stepwise, (0, 2)) as (p, g, s):
            g = _decayed(_signed(g, maximize), p, decay)
            over("list_addcmul", (s, s, g, g), 1.0)
            under = _fresh(s)
            over("list_sqrt", (under, s))
            over("list_add_number", (under, under), eps)
            over("list_addcdiv", (p, p, g, under), -lr / (1 + (step - 1) * lr_decay))
    if advance:
        for step in steps:
            step.add_(1)
    return None
