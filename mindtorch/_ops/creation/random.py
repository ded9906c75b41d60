"""Random numbers: in-place fillers, factories, and draws from given parameters."""
import math

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, layouts
from mindtorch._core.generator import draw, state_for
from mindtorch._core.size import listed, whole
from mindtorch._core.codes import BOOL, FLOAT64, INT64, SINGLE_AND_DOUBLE

from . import factories as creation
from ..table.checks import MANTISSA as _MANTISSA, cpp_name, need_float
from ..table.registry import (
    FUNCTIONS, composition, fill_out, kernel_rows, op, pointwise, register, run, write_in_place)

_REAL_OF = {10: 8, 11: 9}  # complex codes -> codes of their parts
_WHOLE = {1: (0, 255, "unsigned char"), 2: (-128, 127, "signed char"), 3: (-(2**15), 2**15 - 1, "short"),
          4: (-(2**31), 2**31 - 1, "int"), 5: (-(2**63), 2**63 - 1, "long")}
_C_NAMES = {0: "bool", 6: "c10::Half", 7: "c10::BFloat16", 8: "float", 9: "double"}


# Ascend's operators make their numbers from a seed, which our generator of the device draws: its state says what comes.
kernel_rows(
    uniform_fill="aclnnInplaceUniform T0 d0 d1 i2 =0 *",
    normal_fill="aclnnInplaceNormal T0 f0 f1 i2 =0 *",
    integers_fill="aclnnInplaceRandom T0 i0 i1 i2 =0 *",
    bernoulli_fill="aclnnInplaceBernoulli T0 S0 i1 =0 *",
    permutation_fill="aclnnRandperm i0 i1 =0 T0 *",
    bernoulli_each="aclnnInplaceBernoulliTensor T0 T1 i0 =0 *",
    choice_fill="aclnnMultinomial T1 i0 =1 i1 =0 T0 *",
)


@composition("random_uniform")
def _uniform_on_device(tensors, scalars):
    run("uniform_fill", tensors[:1], (*scalars, draw(tensors[1])))


@composition("random_normal")
def _normal_on_device(tensors, scalars):
    run("normal_fill", tensors[:1], (*scalars, draw(tensors[1])))


@composition("random_integers")
def _integers_on_device(tensors, scalars):
    base, span, _ = scalars
    if not 0 < span < 2**63 or base + span >= 2**63:
        return NotImplemented
    run("integers_fill", tensors[:1], (base, base + span, draw(tensors[1])))


@composition("random_bernoulli")
def _bernoulli_on_device(tensors, scalars):
    run("bernoulli_fill", tensors[:1], (*scalars, draw(tensors[1])))


@composition("random_bernoulli_each")
def _bernoulli_each_on_device(tensors, scalars):
    t, p, state = tensors
    run("bernoulli_each", (t, p), (draw(state),))


@composition("random_permutation")
def _permutation_on_device(tensors, scalars):
    run("permutation_fill", tensors[:1], (tensors[0]._numel, draw(tensors[1])))


@composition("random_choice")
def _choice_on_device(tensors, scalars):
    out, weights, state = tensors
    run("choice_fill", (out, weights), (out.shape[-1], draw(state)))


@composition("random_transform")
def _transform_on_device(tensors, scalars):
    (t, state), (kind, a, b) = tensors, scalars
    x = _C.empty(t.shape, 8, t._device_code)
    if kind == 3:
        run("normal_fill", (x,), (0.0, 1.0, draw(state)))
        x.mul_(b).add_(a).exp_()
    else:
        run("uniform_fill", (x,), (dtypes.finfo(x.dtype).tiny, 1.0, draw(state)))  # 0 has no logarithm
        if kind == 0:
            x.log_().mul_(-1 / a)
        elif kind == 1:
            x.log_().div_(math.log1p(-a) if a < 1 else -math.inf).ceil_()
        else:
            x.sub_(0.5).mul_(math.pi).tan_().mul_(b).add_(a)
    run("copy", (t, x))


def _check_memory(t):
    if any(n > 1 and s == 0 for n, s in zip(t.shape, t._strides)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )


def _parts(t):
    """A complex tensor as its real numbers, on the same memory."""
    return _C.strided(t, (*t.shape, 2), (*(2 * s for s in t._strides), 1), 2 * t._offset, _REAL_OF[t._dtype_code])


def _fill_uniform(t, generator, low, high):
    if t._dtype_code in _REAL_OF:
        t = _parts(t)
    need_float(t, "check_uniform_bounds")
    limit = dtypes.finfo(t.dtype).max
    for value, label in ((low, "from"), (high, "to")):
        if not -limit <= value <= limit:
            raise RuntimeError(f"{label} is out of bounds for {_C_NAMES[t._dtype_code]}")
    if high - low > limit:
        raise RuntimeError(f"uniform_ expects to-from <= std::numeric_limits<{cpp_name(t)}>::max(), but found "
                           f"to={high:g} and from={low:g} which result in to-from to exceed the limit")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    run("random_uniform", (t, state_for(generator, t)), (float(low), float(high)))


def _fill_normal(t, generator, mean, std):
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    if t._dtype_code in _REAL_OF:
        t, std = _parts(t), std / math.sqrt(2)
    need_float(t, "normal_kernel_cpu")
    run("random_normal", (t, state_for(generator, t)), (float(mean), float(std)))


def _fill_integers(t, generator, base, span):
    all_bits = span == 2**64  # the draw itself
    signed = (span + 2**63) % 2**64 - 2**63  # a number of 64 bits, as which the kernel takes it
    run("random_integers", (t, state_for(generator, t)), (0 if all_bits else base, signed, span >= 2**28))


def _fill_random(t, generator, low, high):
    code = t._dtype_code
    if code not in _WHOLE and code not in _C_NAMES:
        raise NotImplementedError(f'"random_kernel_cpu" not implemented for \'{cpp_name(t)}\'')
    first, last, name = (_WHOLE.get(code)
                         or ((0, 1, "bool") if code == BOOL
                             else (-(2 ** _MANTISSA[code]), 2 ** _MANTISSA[code], _C_NAMES[code])))
    if low is None and high is None:
        if code == INT64:  # 63 bits of a wide draw
            run("random_integers", (t, state_for(generator, t)), (0, 2**63, True))
        else:
            run("random_integers", (t, state_for(generator, t)), (0, last + 1, code == FLOAT64))
        return
    low = 0 if low is None else whole(low, "random_", "from")
    high = high if high is None else whole(high, "random_", "to")
    if high is None:
        end = last + 1
        if low >= end:
            raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={end}")
    else:
        end = high
        if low >= end:
            raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={end}")
        if code in _MANTISSA:
            limit = dtypes.finfo(t.dtype).max
            first, last = -limit, limit
        for value, label in ((low, "from"), (end - 1, "to - 1")):
            if not first <= value <= last:
                raise RuntimeError(f"{label} is out of bounds for {name}")
        if code in _MANTISSA and not (-(2 ** _MANTISSA[code]) <= low and end - 1 <= 2 ** _MANTISSA[code]):
            import warnings

            label = "from" if low < -(2 ** _MANTISSA[code]) else "to - 1"
            warnings.warn(
                f"{label} is out of bounds [-(2^{_MANTISSA[code]}), 2^{_MANTISSA[code]}]. Due to precision limitations "
                f"{name} can support discrete uniform "
                "distribution only within this range. This warning will become an error in version 1.7 release, please "
                "fix the code in advance",
                stacklevel=4,
            )
    _fill_integers(t, generator, low, end - low)


def _fill_bernoulli(t, generator, p):
    if hasattr(p, "_dtype_code"):
        if p._dtype_code not in _MANTISSA:
            raise NotImplementedError(f'"bernoulli_tensor_cpu_p_" not implemented for \'{cpp_name(p)}\'')
        run("random_bernoulli_each", (t, p.detach().expand(t.shape), state_for(generator, t)))
        return
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    run("random_bernoulli", (t, state_for(generator, t)), (float(p),))


def _transform(kind):
    def fill(t, generator, a, b=0.0):
        run("random_transform", (t, state_for(generator, t)), (kind, float(a), float(b)))

    return fill


_exponential, _geometric, _cauchy, _log_normal = map(_transform, range(4))


def _fill_exponential(t, generator, lambd):
    if t._dtype_code not in _MANTISSA:
        raise RuntimeError("Exponential distribution is a continuous probability distribution. dtype must be a "
                           f"floating point but you specified {cpp_name(t)}")
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    _exponential(t, generator, lambd)


def _fill_geometric(t, generator, p):
    need_float(t, "geometric_cpu", _WHOLE)
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    _geometric(t, generator, p)


def _fill_cauchy(t, generator, median, sigma):
    if t._dtype_code not in _MANTISSA:
        name = _WHOLE.get(t._dtype_code, (0, 0, cpp_name(t)))[2].replace("long", "long int")
        raise RuntimeError("Cauchy distribution is a continuous probability distribution. dtype must be a floating "
                           f"point but you specified {name}")
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    _cauchy(t, generator, median, sigma)


def _fill_log_normal(t, generator, mean, std):
    need_float(t, "log_normal_cpu")
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    _log_normal(t, generator, mean, std)


@op("_forget", grad={"input": lambda g: FUNCTIONS["zeros_like"](g)}, method=False, out=False)
def _forget(input, fresh):
    """`fresh`, which does not depend on the input's values."""
    return fresh


def _in_place(name, node, signature, fill, doc, objects=()):
    """Declare Tensor.name_: `fill(t, generator, *parameters)` with what `signature` names; `objects` are not numbers
    alone."""
    import inspect

    parameters = inspect.signature(eval(f"lambda {signature}: None")).parameters
    call = ", ".join(parameters)
    scope = {"_fill": fill, "_apply": _apply, "_node": node}
    exec(f"def {name}(self, {signature}, *, generator=None):\n    return _apply(self, _fill, generator, {call})", scope)
    made = scope[name]
    made.__doc__, made.__module__ = doc, __name__
    made.__annotations__ = {n: object for n in objects}
    return op(name, function=False, out=False, tensors=["self", "generator"])(made)


def _apply(self, fill, generator, *parameters):
    _C.check_inplace(self)
    _check_memory(self)
    if _C.needs_grad(self, *parameters):
        fresh = creation.FUNCTIONS["empty_like"](self.detach())
        fill(fresh, generator, *parameters)
        return write_in_place(self, _forget(self, fresh))
    fill(self, generator, *parameters)
    _C.bump_version(self)
    return self


_in_place("uniform_", "Uniform", "from_=0.0, to=1.0", _fill_uniform, "Fill with numbers from [from, to).")
_in_place("normal_", "Normal", "mean=0.0, std=1.0", _fill_normal, "Fill with normal numbers. RuntimeError for std < 0.")
_in_place("bernoulli_", "Bernoulli", "p=0.5", _fill_bernoulli,
          "Fill with 1 with probability p (a number or a tensor), else 0.", objects=("p",))
_in_place("exponential_", "Exponential", "lambd=1.0", _fill_exponential,
          "Fill with exponentially distributed numbers of rate lambd > 0.")
_in_place("geometric_", "Geometric", "p", _fill_geometric,
          "Fill with the number of trials up to the first success of probability 0 < p < 1.")
_in_place("cauchy_", "Cauchy", "median=0.0, sigma=1.0", _fill_cauchy,
          "Fill with Cauchy-distributed numbers, sigma > 0.")
_in_place("log_normal_", "LogNormal", "mean=1.0, std=2.0", _fill_log_normal,
          "Fill with exp of normal numbers of this mean and std > 0.")


_ALONE = object()


@op("random_", function=False, out=False, tensors=["self", "generator"])
def random_(self, from_: object = _ALONE, to: object = _ALONE, *, generator=None):
    """Fill with integers: random_() with all that the dtype holds exactly, random_(to) with those of [0, to),
    random_(from, to or None) with those of [from, to)."""
    if from_ is None:
        raise TypeError("random_(): argument 'from' (position 1) must be int, not NoneType")
    if to is _ALONE:
        from_, to = (None, None) if from_ is _ALONE else (0, whole(from_, "random_", "to"))
    elif from_ is _ALONE:
        from_ = 0 if to is not None else None
    return _apply(self, _fill_random, generator, from_, to)


# ---- factories ----
def _made(fill, size, generator, out, dtype, layout, device, requires_grad, pin_memory, *parameters):
    if out is not None:
        out.resize_(listed(size, fill.__name__, "size"))
        fill(out, generator, *parameters)
        _C.bump_version(out)
        return out
    t = creation.empty(*size, dtype=dtype, layout=layout, device=device, pin_memory=pin_memory)
    fill(t, generator, *parameters)
    if requires_grad:
        t.requires_grad = True
    return t


def rand(*size, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Numbers from [0, 1) in a tensor of the given sizes."""
    return _made(_fill_uniform, size, generator, out, dtype, layout, device, requires_grad, pin_memory, 0.0, 1.0)


def randn(*size, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Standard normal numbers in a tensor of the given sizes."""
    return _made(_fill_normal, size, generator, out, dtype, layout, device, requires_grad, pin_memory, 0.0, 1.0)


def randint(*args, low=None, high=None, size=None, generator=None, out=None, dtype=None, layout=None, device=None,
            requires_grad=False, pin_memory=False):
    """Integers from [low, high) (low defaults to 0) in a tensor of the given size; int64 unless dtype says else.
    RuntimeError for an empty range."""
    args = list(args)
    if size is None:
        if len(args) < 2 - (high is not None):
            raise TypeError("randint() received an invalid combination of arguments")
        size = args.pop()
        if not isinstance(size, (tuple, list)):
            raise TypeError(f"randint(): argument 'size' (position {len(args) + 1}) must be tuple of ints, not "
                            f"{type(size).__name__}")
    if high is None:
        if not args:
            raise TypeError("randint() received an invalid combination of arguments")
        high = args.pop()
    if args:
        low = args.pop()
    if args:
        raise TypeError("randint() received an invalid combination of arguments")
    low = 0 if low is None else low
    low, high = whole(low, "randint", "low"), whole(high, "randint", "high")
    return _made(_fill_random, (tuple(size),), generator, out, dtypes.int64 if dtype is None and out is None else dtype,
                 layout, device, requires_grad, pin_memory, low, high)


def randperm(
    n, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """A random order of 0 .. n-1, int64 unless dtype says else. RuntimeError when the dtype cannot count to n."""
    n = whole(n, "randperm", "n")

    def fill(t, generator):
        code = t._dtype_code
        if code in _WHOLE and n - 1 > _WHOLE[code][1]:
            raise RuntimeError(f"value cannot be converted to type {t.dtype._name}_t without overflow")
        if code in _MANTISSA and n > 2 ** _MANTISSA[code] + 1:
            raise RuntimeError(f"n cannot be greater than {2 ** _MANTISSA[code] + 1} for {cpp_name(t)} type.")
        if code not in _WHOLE and code not in _MANTISSA:
            raise NotImplementedError(f'"randperm" not implemented for \'{cpp_name(t)}\'')
        run("random_permutation", (t, state_for(generator, t)))

    return _made(fill, ((n,),), generator, out, dtypes.int64 if dtype is None and out is None else dtype, layout,
                 device, requires_grad, pin_memory)


rand, randn, randint, randperm = (register(f.__name__, f, method=False, kind="factory", family="random")
                                  for f in (rand, randn, randint, randperm))


def _empty_like(t, dtype, layout, device, memory_format):
    creation._check_layout(layout)
    code = t._dtype_code if dtype is None else dtypes.code_of(dtype)
    place = t._device_code if device is None else devices.code_of(device)
    if memory_format is None or memory_format is layouts.preserve_format:
        stride = layouts.preserved_strides(t.shape, t._strides)
    else:
        stride = layouts.dense_strides(t.shape, memory_format)
    return _C.empty_strided(t.shape, stride, code, place)


def _like(name, fill, doc):
    def like(input, *, generator=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False,
             memory_format=None):
        t = _empty_like(input, dtype, layout, device, memory_format)
        fill(t, generator, 0.0, 1.0)
        return creation._finish(creation._pinned(t, pin_memory), requires_grad)

    like.__doc__ = doc
    op(name, method=False, out=False, tensors=["input"])(like)


_like("rand_like", _fill_uniform, "rand of the input's shape, dtype, device and memory order.")
_like("randn_like", _fill_normal, "randn of the input's shape, dtype, device and memory order.")


@op(method=False, out=False, tensors=["input"])
def randint_like(input, low=None, high=None, *, generator=None, dtype=None, layout=None, device=None,
                 requires_grad=False, pin_memory=False, memory_format=None):
    """randint of the input's shape, dtype, device and memory order; with one number the range is [0, it)."""
    if high is None:
        low, high = 0, low
    low = 0 if low is None else low
    t = _empty_like(input, dtype, layout, device, memory_format)
    _fill_random(t, generator, whole(low, "randint_like", "low"), whole(high, "randint_like", "high"))
    return creation._finish(creation._pinned(t, pin_memory), requires_grad)


def _zero(g):
    return FUNCTIONS["zeros_like"](g)


def _zeros_of(g, t):
    return FUNCTIONS["zeros"](t.shape, dtype=g.dtype, device=g.device)


@op(grad={"mean": lambda g, mean: _zeros_of(g, mean), "std": lambda g, std: _zeros_of(g, std)}, method=False, out=False)
def _normal(mean, std, generator, shape, code, device):
    t = _C.empty(shape, code, device)
    _fill_normal(t, generator, 0.0, 1.0)
    return t.mul_(std).add_(mean)


def normal(mean=0.0, std=1.0, size=None, *, generator=None, out=None, dtype=None, layout=None, device=None,
           requires_grad=False, pin_memory=False):
    """Normal numbers whose mean and std are numbers (then `size` is needed) or tensors, which broadcast. RuntimeError
    for a negative std."""
    if size is not None:  # then both are numbers, tensors of no dimension too
        mean, std = (v.item() if hasattr(v, "_dtype_code") and v.ndim == 0 and not v.requires_grad else v
                     for v in (mean, std))
    tensors = [v for v in (mean, std) if hasattr(v, "_dtype_code")]
    if not tensors:
        if size is None:
            raise TypeError(
                "normal() received an invalid combination of arguments - got (float, float), but expected one of: "
                "(Tensor mean, Tensor std), (Tensor mean, float std), "
                "(float mean, Tensor std), (float mean, float std, tuple of ints size)"
            )
        return _made(_fill_normal, (tuple(size) if not hasattr(size, "__index__") else (size,),), generator, out, dtype,
                     layout, device, requires_grad, pin_memory, mean, std)
    if size is not None:
        raise TypeError("normal() received an invalid combination of arguments: size goes with a mean and std that are "
                        "numbers")
    if hasattr(std, "_dtype_code"):
        if std.dtype.is_complex:
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if std._numel and std._device_code >= 0 and (std.detach() < 0).any().item():
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    shape = FUNCTIONS["broadcast_shapes"](*(t.shape for t in tensors))
    if out is not None:  # drawn in the memory order of `out`
        return out.resize_(shape).normal_(generator=generator).mul_(std).add_(mean)
    return _normal(mean, std, generator, tuple(shape), tensors[0]._dtype_code, tensors[0]._device_code)


op("normal", method=False, out=False, tensors=["mean", "std"])(normal)


# ---- draws from parameters ----
@op(grad={"input": lambda g: _zero(g)}, inplace=False)
def bernoulli(input, p=None, *, generator=None, out=None):
    """1 with the probability that each element (or p) gives, else 0."""
    if out is not None:
        _check_memory(out)
        out.resize_(input.shape)
        _fill_bernoulli(out, generator, input.detach() if p is None else p)  # in the memory order of `out`
        _C.bump_version(out)
        return out
    if p is not None and hasattr(p, "_dtype_code") and p.ndim == 0 and not p.requires_grad:
        p = p.item()
    if p is not None and hasattr(p, "_dtype_code"):
        raise TypeError("bernoulli() received an invalid combination of arguments - got (Tensor, p=Tensor)")
    # dense in logical order, whatever the layout of the probabilities
    t = _C.empty(input.shape, input._dtype_code, input._device_code)
    _fill_bernoulli(t, generator, input if p is None else p)
    return t


@op(grad={"input": lambda g: _zero(g)}, method=False, out=False)
def poisson(input, generator=None):
    """Poisson numbers whose rates are the input's elements. RuntimeError for a negative rate."""
    need_float(input, "poisson_cpu")
    t = creation.like(input)
    run("random_poisson", (t, input, state_for(generator, t)))
    return t


_NO_SECOND = "second derivatives of samples are not known"


def _refuse(g):
    raise NotImplementedError(_NO_SECOND)


def _need_wide(t, name):
    if t._dtype_code not in SINGLE_AND_DOUBLE:
        raise NotImplementedError(f'"{name}" not implemented for \'{cpp_name(t)}\'')


_sample_slope = pointwise("_standard_gamma_grad", "input, output", grad={"input": _refuse, "output": _refuse},
                          method=False, inplace=False)
pointwise("_dirichlet_grad", "x, alpha, total", grad={"x": _refuse, "alpha": _refuse, "total": _refuse}, method=False,
          inplace=False)


@op(grad={"input": lambda g, input, result: g * _sample_slope(input, result)}, method=False, out=False)
def _standard_gamma(input, generator=None):
    """Gamma numbers of rate 1 whose shapes are the input's elements; gradients by the distribution function."""
    _need_wide(input, "gamma_cpu")
    t = creation.like(input)
    run("random_gamma", (t, input, state_for(generator, t)), (dtypes.finfo(input.dtype).tiny,))
    return t


@op(method=False, out=False)
def _sample_dirichlet(input, generator=None):
    """Points of the simplex, Dirichlet-distributed with the concentrations along the last dimension; no gradient."""
    _need_wide(input, "dirichlet")
    gammas = _C.empty(input.shape, 9, input._device_code)
    run("random_gamma", (gammas, input.detach(), state_for(generator, gammas)), (dtypes.finfo(dtypes.float64).tiny,))
    info = dtypes.finfo(input.dtype)
    return (gammas / gammas.sum(-1, True)).clamp(info.tiny, 1 - info.eps / 2).to(input.dtype)


@op(grad={"count": lambda g, count: _zeros_of(g, count), "prob": lambda g, prob: _zeros_of(g, prob)}, method=False,
    out=False)
def binomial(count, prob, generator=None):
    """Numbers of successes in `count` trials of probability `prob`; both broadcast. RuntimeError for different
    dtypes."""
    _need_wide(count, "binomial_cpu")
    if count._dtype_code != prob._dtype_code:
        raise RuntimeError(f"Found dtype {cpp_name(prob)} but expected {cpp_name(count)}")
    shape = FUNCTIONS["broadcast_shapes"](count.shape, prob.shape)
    t = _C.empty(tuple(shape), count._dtype_code, count._device_code)
    run("random_binomial", (t, count.detach(), prob.detach(), state_for(generator, t)))
    return t


@op()
def multinomial(input, num_samples, replacement=False, *, generator=None, out=None):
    """Indices (int64) drawn by weight from a vector or from each row of a matrix. RuntimeError for weights that are
    negative, infinite or all zero."""
    if out is not None:
        if out._dtype_code != INT64:
            raise RuntimeError(f"multinomial expects Long tensor out, got: {cpp_name(out)}")
        return fill_out(out, multinomial(input, num_samples, replacement, generator=generator))
    if input.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if input._dtype_code not in _MANTISSA:
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {cpp_name(input)}")
    num_samples = whole(num_samples, "multinomial", "num_samples")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    n = input.shape[-1]
    if not replacement and num_samples > n:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    x = input.detach()
    shape = (*x.shape[:-1], num_samples)
    if not n and math.prod(shape):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if x._numel == 0 or x._device_code < 0:
        return _C.empty(shape, 5, x._device_code)
    if not replacement or num_samples == 1:
        if not ((x >= 0) & (x < math.inf)).all().item():
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        if (x.sum(-1) == 0).any().item():
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
        q = _empty_like(x, None, None, None, None)
        _exponential(q, generator, 1.0)
        q = x / q
        return q.argmax(-1, keepdim=True) if num_samples == 1 else q.topk(num_samples)[1]
    made = _C.empty(shape, 5, x._device_code)
    weights = (x if x._dtype_code == FLOAT64 else x.to(dtypes.float32)).contiguous()
    run("random_choice", (made, weights, state_for(generator, made)))
    return made
