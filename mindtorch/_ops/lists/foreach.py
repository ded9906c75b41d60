"""torch._foreach_*: an operation over lists of tensors, and torch._fused_*: optimizer steps over lists.

The lists go through the ordinary operations one tensor at a time; what optimizers spend time on is in the fused
kernels.
"""
import mindtorch._C as _C
from mindtorch._core import overrides

from . import device_lists as lists
from ..table.registry import METHODS, FUNCTIONS as F, register, run, write_in_place

_UNARY = ("abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal "
          "round rsqrt sigmoid sign sin sinh sqrt tan tanh trunc").split()
# name -> (operation on tensors, its in-place method); arguments may be a number, a list of numbers, a tensor or a list
# of tensors
_BINARY = {"add": "add", "sub": "sub", "mul": "mul", "div": "div", "clamp_max": "minimum", "clamp_min": "maximum",
           "maximum": "maximum", "minimum": "minimum", "pow": "pow"}


def _length(name, tensors, *others):
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(f"{name}() received an invalid combination of arguments - got ({type(tensors).__name__}), but "
                        "expected a tuple of Tensors")
    if not tensors:
        raise RuntimeError("Tensor list must have at least one tensor.")
    for i, t in enumerate(tensors):
        if not hasattr(t, "_dtype_code"):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}")
    for o in others:
        if isinstance(o, (list, tuple)) and len(o) != len(tensors):
            if o and hasattr(o[0], "_dtype_code"):
                raise RuntimeError(
                    f"Tensor lists must have the same number of tensors, got {len(tensors)} and {len(o)}")
            raise RuntimeError("Tensor list must have same number of elements as scalar list.")
    return len(tensors)


def _each(value, n):
    return value if isinstance(value, (list, tuple)) else [value] * n


def _enter(name, function, in_place, doc):
    function.__name__ = name + "_" if in_place else name
    function.__doc__ = doc
    function.__module__, function.__qualname__ = "torch", function.__name__
    register(function.__name__, function, method=False, family="foreach")


def _unary(op, in_place):
    name = "_foreach_" + op

    def function(self):
        _length(name, self)
        if in_place:
            method = METHODS[op + "_"]
            for t in self:
                method(t)
            return self if isinstance(self, tuple) else tuple(self)
        single = F[op]
        return tuple(single(t) for t in self)

    _enter(name, function, in_place, f"{op} of every tensor of a list{', in place' if in_place else ''}.")


def _clamped(op, t, other):
    """minimum or maximum with a tensor or a number."""
    return (t.clamp_max(other) if op == "minimum" and not hasattr(other, "_dtype_code") else t.clamp_min(other)
            if op == "maximum" and not hasattr(other, "_dtype_code") else F[op](t, other))


def _binary(short, op, in_place):
    name = "_foreach_" + short
    scaled, bounded = short in ("add", "sub"), op in ("minimum", "maximum")

    def function(self, other=None, *, alpha=1, scalars=None, scalar=None, exponent=None):
        other = next((v for v in (other, scalars, scalar, exponent) if v is not None), None)
        if short == "pow" and not isinstance(self, (list, tuple)):
            return tuple(F["pow"](self, e) for e in other)
        n = _length(name, self, other)
        keywords = {"alpha": alpha} if scaled and alpha != 1 else {}
        if short == "mul" and in_place and self[0]._device_code > 0 and self[0]._remote and hasattr(
            other, "_dtype_code") and not _C.needs_grad(other, *self):
            for t in self:
                _C.check_inplace(t)
            if lists.scale(self, other):
                for t in self:
                    _C.bump_version(t)
                return tuple(self)
        results = []
        for t, o in zip(self, _each(other, n)):
            if bounded:
                if in_place:
                    _C.check_inplace(t)
                r = _clamped(op, t, o)
                results.append(write_in_place(t, r) if in_place else r)
            elif in_place:
                results.append(METHODS[op + "_"](t, o, **keywords))
            else:
                results.append(F[op](t, o, **keywords))
        return tuple(results)

    _enter(name, function, in_place, f"{short} of every tensor of a list with a number, a tensor, or the matching one "
                                     f"of a list{', in place' if in_place else ''}.")


def _ternary(short, in_place):
    name = "_foreach_" + short

    def function(self, tensor1, tensor2, scalars=None, *, value=1):
        factors = value if scalars is None else scalars
        if hasattr(factors, "_dtype_code"):
            if factors.ndim != 1 and (scalars is not None or factors.ndim):
                raise RuntimeError(f"Expected packed scalar Tensor to be of dimension 1. Got {factors.ndim} instead.")
            factors = factors.tolist()
        n = _length(name, self, tensor1, tensor2, factors)
        single = METHODS[short + "_"] if in_place else F[short]
        return tuple(single(t, a, b, value=v) for t, a, b, v in zip(self, tensor1, tensor2, _each(factors, n)))

    _enter(name, function, in_place,
           f"{short} over lists, with one value or one a tensor{', in place' if in_place else ''}.")


def _lerp(in_place):
    def function(self, tensors1, weights=None, *, weight=None):
        weights = weight if weights is None else weights
        n = _length("_foreach_lerp", self, tensors1, weights)
        single = METHODS["lerp_"] if in_place else F["lerp"]
        return tuple(single(t, e, w) for t, e, w in zip(self, tensors1, _each(weights, n)))

    _enter("_foreach_lerp", function, in_place, "lerp over lists, with one weight or one a tensor.")


for _in_place in (False, True):
    for _name in _UNARY:
        _unary(_name, _in_place)
    for _name, _op in _BINARY.items():
        _binary(_name, _op, _in_place)
    for _name in ("addcmul", "addcdiv"):
        _ternary(_name, _in_place)
    _lerp(_in_place)


def _foreach_norm(self, ord=2, dtype=None):
    """The vector norm of every tensor of a list."""
    from ..table.registry import NAMESPACES

    _length("_foreach_norm", self)
    if self[0]._device_code > 0 and self[0]._remote and dtype is None and not _C.needs_grad(*self) and (
        made := lists.norms(self, ord)) is not None:
        return made
    norm = NAMESPACES["linalg"]["vector_norm"]
    return tuple(norm(t, ord, dtype=dtype) for t in self)


def _foreach_powsum(self, ord=2, dtype=None):
    """The sum of |x|^ord of every tensor of a list."""
    _length("_foreach_powsum", self)
    return tuple((t if dtype is None else t.to(dtype)).abs().pow(ord).sum() for t in self)


def _foreach_max(self):
    """The largest element of every tensor of a list."""
    _length("_foreach_max", self)
    return tuple(t.max() for t in self)


def _foreach_mm(self, mat2):
    """Matrix products of the pairs of two lists."""
    _length("_foreach_mm", self, mat2)
    return tuple(F["mm"](a, b) for a, b in zip(self, mat2))


def _foreach_clone(self, *, memory_format=None):
    """Copies of all tensors of a list."""
    _length("_foreach_clone", self)
    return tuple(t.clone(memory_format=memory_format) for t in self)


def _foreach_zero_(self):
    """Zeros in every tensor of a list."""
    _length("_foreach_zero_", self)
    for t in self:
        t.zero_()
    return tuple(self)


def _foreach_copy_(self, src, non_blocking=False):
    """Copies a list into another, tensor by tensor."""
    _length("_foreach_copy_", self, src)
    for t, s in zip(self, src):
        t.copy_(s)
    return tuple(self)


for _function in (_foreach_norm, _foreach_powsum, _foreach_max, _foreach_mm, _foreach_clone, _foreach_zero_,
                  _foreach_copy_):
    _function.__module__ = "torch"
    register(_function.__name__, _function, method=False, family="foreach")


# ---- fused optimizer steps ----
def _parts(lists):
    """The ranks' own parts of DTensors, which must be laid out as their parameters are."""
    for members in lists[1:]:
        for p, t in zip(lists[0], members):
            here, there = getattr(t, "placements", None), getattr(p, "placements", None)
            if t is not None and t.ndim and here != there:
                raise RuntimeError(f"an optimizer's step: state or gradient in the layout {here} for a parameter in "
                                   f"{there}")
    return [[getattr(t, "_local_tensor", t) for t in members] for members in lists]


def fused(kernel, lists, numbers, grad_scale=None, found_inf=None, stepwise=False):
    """Run an optimizer kernel over lists of equal length (an empty list: not used); versions of all but the gradients
    move."""
    n = len(lists[0])
    if not n:
        return
    plain = overrides.plain
    if any(type(t) not in plain for t in lists[0]):
        lists = _parts(lists)
    flat = []
    for members in lists:
        flat += members or [None] * n
    if flat[0]._device_code < 0:
        return
    run(kernel, (*flat, grad_scale, found_inf), (n, stepwise, *numbers))
    bump = _C.bump_version
    for k, members in enumerate(lists):
        if k != 1 or grad_scale is not None:
            for t in members:
                bump(t)


def _number(lr):
    return lr.item() if hasattr(lr, "item") else lr


def _as_many(n, **lists):
    for name, members in lists.items():
        if len(members) != n:
            raise RuntimeError(f"Expected {name}.size() == n_tensors to be true, but got false.")


def _adam(decoupled):
    name = "_fused_adamw_" if decoupled else "_fused_adam_"

    def function(self, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs, state_steps, *, lr, beta1, beta2, weight_decay,
                 eps, amsgrad, maximize, grad_scale=None, found_inf=None):
        _as_many(len(self), grads=grads, exp_avgs=exp_avgs, exp_avg_sqs=exp_avg_sqs, state_steps=state_steps)
        if amsgrad:
            _as_many(len(self), max_exp_avg_sqs=max_exp_avg_sqs)
        fused(
            "adam",
            (self, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs if amsgrad else [], state_steps),
            (_number(lr), _number(beta1), _number(beta2), weight_decay, eps, bool(maximize), decoupled, False),
            grad_scale,
            found_inf,
        )

    _enter(name[:-1], function, True, f"One {'AdamW' if decoupled else 'Adam'} step over lists of float tensors; "
                                      "state_steps count this step already.")


_adam(False)
_adam(True)


def _fused_sgd_(self, grads, momentum_buffer_list, *, weight_decay, momentum, lr, dampening, nesterov, maximize,
                is_first_step, grad_scale=None, found_inf=None):
    """One SGD step over lists of float tensors."""
    _as_many(len(self), grads=grads)
    if momentum:
        _as_many(len(self), momentum_buffer_list=momentum_buffer_list)
    fused(
        "sgd",
        (self, grads, momentum_buffer_list if momentum else []),
        (_number(lr), weight_decay, momentum, dampening, bool(nesterov), bool(maximize), bool(is_first_step)),
        grad_scale,
        found_inf,
    )


def _fused_adagrad_(
    self, grads, state_sums, state_steps, *, lr, lr_decay, weight_decay, eps, maximize, grad_scale=None, found_inf=None
):
    """One Adagrad step over lists of float tensors; state_steps count this step already."""
    _as_many(len(self), grads=grads, state_sums=state_sums, state_steps=state_steps)
    fused("adagrad", (self, grads, state_sums, state_steps),
          (_number(lr), lr_decay, weight_decay, eps, bool(maximize), False), grad_scale, found_inf)


for _function in (_fused_sgd_, _fused_adagrad_):
    _function.__module__ = "torch"
    register(_function.__name__, _function, method=False, family="foreach")
