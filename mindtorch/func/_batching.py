"""How operators run on a whole batch: a table of families, then the ones with a way of their own.

A rule gets (level, operator, args, kwargs) with at least one batched argument and answers with a batched result, or
NotImplemented where the case is not its: then the general ways of _batched.py follow, which are right for every
operator."""
import functools
import inspect

import mindtorch as torch
from mindtorch._core import overrides
from mindtorch._ops.table.registry import FUNCTIONS, METHODS, TABLE, public

from ._batched import DYNAMIC, IN_PLACE, RULES, BatchedTensor, DataDependent, Unbatchable, wrap


def rule(names):
    """Enter a rule for operators by their names in the table."""

    def enter(function):
        for name in names.split():
            # torch.where and Tensor.where are two
            for found in (TABLE[name].function, FUNCTIONS.get(name), METHODS.get(name)):
                if found is not None:
                    RULES[getattr(found, "_primary", found)] = function
        return function

    return enter


@functools.cache
def _parameters(func):
    return [(p.name, p.default) for p in inspect.signature(func).parameters.values()
            if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name != "out"]


def named(func, args, kwargs):
    """{parameter: value}, defaults included."""
    names = _parameters(func)
    given = {n: a for (n, _), a in zip(names, args)} | kwargs
    return {n: given.get(n, default) for n, default in names}


def shift(d, n):
    """A dimension of a slice with n dimensions, or several, as dimension of the whole; None when out of range."""
    if isinstance(d, (tuple, list)):
        moved = [shift(k, n) for k in d]
        return None if None in moved else tuple(moved)
    d = d.__index__()
    return d % n + 1 if -n <= d < n else None


def only_first(level, args, kwargs):
    return bool(args) and level.holds(args[0]) and not level.any_held(args[1:]) and not level.any_held(kwargs.values())


def aligned(level, t, ndim):
    """The whole of `t`, or t itself where slices share it, with `ndim` dimensions a slice where it is batched."""
    if not level.holds(t):
        return t
    v = t._value
    return v if t.ndim == ndim else v.reshape(v.shape[0], *[1] * (ndim - t.ndim), *v.shape[1:])


# ---- element by element ----
def _mixed(tensors):
    """Whether dtypes promote; bools do so without regard to dimensions."""
    return len({t.dtype for t in tensors if t.dtype != torch.bool}) > 1


def broadcast(level, func, args, kwargs):
    """Operands broadcast slice against slice."""
    if level.any_held(kwargs.values()) or kwargs.get("out") is not None:
        return NotImplemented
    tensors = [a for a in args if isinstance(a, torch.Tensor)]
    if _mixed(tensors) and any(level.holds(t) and t.ndim == 0 for t in tensors):
        return NotImplemented  # a tensor without dimensions promotes otherwise than a batch of them
    ndim = max(t.ndim for t in tensors)
    return wrap(level, func(*(aligned(level, a, ndim) if isinstance(a, torch.Tensor) else a for a in args), **kwargs))


def overwrite(level, func, args, kwargs):
    """The same, into the first operand."""
    x = args[0]
    if not level.holds(x):
        raise Unbatchable(IN_PLACE)
    tensors = [a for a in args if isinstance(a, torch.Tensor)]
    if (
        level.any_held(kwargs.values())
        or any(t.ndim > x.ndim for t in tensors)
        or (_mixed(tensors) and any(t.ndim == 0 for t in tensors))
    ):
        return NotImplemented
    func(x._value, *(aligned(level, a, x.ndim) if isinstance(a, torch.Tensor) else a for a in args[1:]), **kwargs)
    return x


for _row in list(TABLE.values()):
    if _row.kind == "pointwise":
        RULES[_row.function._primary] = broadcast
        if (_twin := getattr(_row.function, "in_place", None)) is not None:
            RULES[_twin._primary] = overwrite
rule("_copied")(broadcast)
rule("copy_ square_ div_ clamp_ fill_ zero_ deg2rad_ rad2deg_ float_power_ logit_")(overwrite)


@rule("where")
def where(level, func, args, kwargs):
    return broadcast(level, func, args,
                     kwargs) if len(args) == 3 and not any(a is None for a in args) else NotImplemented


@rule("masked_fill masked_fill_ fill")
def filled(level, func, args, kwargs):
    """A value that differs from slice to slice is no number to fill with: where() chooses."""
    if kwargs or level.holds(args[-1]):
        if kwargs or func.__name__ != "masked_fill":
            return NotImplemented
        with level:
            return torch.where(args[1], args[2].to(args[0].dtype), args[0])
    return (overwrite if func.__name__.endswith("_") else broadcast)(level, func, args, kwargs)


# ---- the whole as it is ----
def direct(level, func, args, kwargs):
    """What concerns each element or the last dimensions only, other arguments unchanged."""
    if not only_first(level, args, kwargs) or any(
        v is torch.channels_last or v is torch.channels_last_3d for v in (*args[1:], *kwargs.values())
    ):
        return NotImplemented
    return wrap(level, func(args[0]._value, *args[1:], **kwargs))


rule(
    "clone detach _to_copy zeros_like ones_like full_like empty_like tril triu constant_pad_nd real imag view_as_real "
    "view_as_complex _conj_physical conj frexp _complex "
    "linalg.cholesky_ex linalg.inv_ex linalg.det linalg.slogdet linalg.qr _eigh _eig _svd linalg.matrix_exp "
    "linalg.lu_factor_ex cholesky_inverse _unit"
)(direct)


@rule("_dropout native_dropout rand_like randn_like randint_like bernoulli poisson bernoulli_ normal_ uniform_ random_ "
      "exponential_ geometric_ cauchy_ log_normal_")
def randomly(level, func, args, kwargs):
    """Other numbers for every slice in one call; the same numbers slice by slice."""
    if level.randomness == "same" or not only_first(level, args, kwargs):
        return NotImplemented
    made = func(args[0]._value, *args[1:], **kwargs)
    return args[0] if func.__name__.endswith("_") else wrap(level, made)


# ---- dimensions as arguments ----
def along(dims, scalars=True):
    """Arguments named in `dims` are dimensions of the first one, which alone is batched."""
    dims = dims.split()

    def run(level, func, args, kwargs):
        if not only_first(level, args, kwargs):
            return NotImplemented
        x, given = args[0], named(func, args, kwargs)
        v, n = x._value, x.ndim
        if not n:
            if not scalars:
                return NotImplemented
            v, n = v.unsqueeze(1), 1
        for name in dims:
            if given[name] is None or given[name] == () and name == "dim":
                given[name] = tuple(range(1, n + 1))
            elif (moved := shift(given[name], n)) is None:
                return NotImplemented  # out of range: a slice says so in the right words
            else:
                given[name] = moved
        names = list(given)
        made = wrap(level, func(v, **{k: given[k] for k in names[1:]}))
        if x.ndim:
            return made
        with level:
            return _without_dimension(made)

    return run


def _without_dimension(made):
    if isinstance(made, torch.Tensor):
        return made.squeeze(0) if made.ndim == 1 else made
    return type(made)(*map(_without_dimension,
                           made)) if hasattr(made, "_fields") else type(made)(map(_without_dimension, made))


for _names, _dims, _scalars in (
        ("sum mean nansum nanmean amax amin any all logsumexp linalg.vector_norm count_nonzero _var _std _var_mean "
         "_std_mean", "dim", True),
        ("cumsum cumprod logcumsumexp _cummax _cummin _softmax _log_softmax _sort _topk _max_dim _min_dim "
         "_kthvalue_dim _median_dim _nanmedian_dim _mode_dim", "dim", True),
        ("select narrow split split_with_sizes unsafe_split unsafe_split_with_sizes chunk unsafe_chunk unbind "
         "tensor_split unflatten index_select _fft_c2c _fft_r2c _fft_c2r glu", "dim", False),
        ("transpose", "dim0 dim1", False), ("swapaxes", "axis0 axis1", False), ("diagonal", "dim1 dim2", False),
        ("movedim", "source destination", False), ("unfold", "dimension", False),
        ("flatten", "start_dim end_dim", False), ("_flip roll", "dims", False)):
    for _name in _names.split():
        if _name in TABLE:
            rule(_name)(along(_dims, _scalars))
_roll = RULES[TABLE["roll"].function._primary]
RULES[TABLE["roll"].function._primary] = lambda level, func, args, kwargs: NotImplemented if named(
    func, args, kwargs)["dims"] in (None, (), []) else _roll(level, func, args, kwargs)


@rule("argmax argmin prod")
def flattened(level, func, args, kwargs):
    """Reductions by one dimension or by all of them at once."""
    if not only_first(level, args, kwargs):
        return NotImplemented
    given = named(func, args, kwargs)
    if given["dim"] is not None:
        return _by_one(level, func, args, kwargs)
    x = args[0]
    v, keep = x._value.reshape(level.count, -1), given["keepdim"]
    made = func(v, dim=1, **{k: g for k, g in list(given.items())[1:] if k not in ("dim", "keepdim")})
    return wrap(level, made.reshape(level.count, *[1] * x.ndim) if keep else made)


_by_one = along("dim")


@rule("_max_all _min_all")
def extreme(level, func, args, kwargs):
    """max() and min() of everything."""
    x = args[0]
    return wrap(level,
                (public.amax if func.__name__ == "_max_all" else public.amin)(x._value.reshape(level.count, -1), 1))


# ---- shapes ----
def _many(args):
    """Sizes or dimensions given one by one or as a sequence."""
    return tuple(args[0]) if len(args) == 1 and not hasattr(args[0], "__index__") else args


@rule("view reshape")
def sizes(level, func, args, kwargs):
    if kwargs.get("dtype") is not None or args[1:] and isinstance(args[1], torch.dtype):
        return direct(level, func, args, kwargs) if args[0].ndim else NotImplemented
    size = _many(args[1:])
    if -1 in size and 0 in args[0].shape:
        return NotImplemented
    return wrap(level, func(args[0]._value, level.count, *size))


@rule("expand broadcast_to")
def expand(level, func, args, kwargs):
    size = _many(args[1:])
    if len(size) < args[0].ndim or -1 in size[: len(size) - args[0].ndim]:
        return NotImplemented
    return wrap(level, aligned(level, args[0], len(size)).expand(level.count, *size))


@rule("_repeat")
def repeat(level, func, args, kwargs):
    repeats = tuple(args[1])
    return wrap(level, func(aligned(level, args[0], len(repeats)), (1, *repeats)))


@rule("permute")
def permute(level, func, args, kwargs):
    dims = shift(_many(args[1:]), args[0].ndim)
    return NotImplemented if dims is None else wrap(level, func(args[0]._value, 0, *dims))


@rule("unsqueeze")
def unsqueeze(level, func, args, kwargs):
    dim = shift(named(func, args, kwargs)["dim"], args[0].ndim + 1)
    return NotImplemented if dim is None else wrap(level, func(args[0]._value, dim))


@rule("squeeze")
def squeeze(level, func, args, kwargs):
    x, dim = args[0], named(func, args, kwargs)["dim"]
    dims = (tuple(d + 1 for d, n in enumerate(x.shape) if n == 1) if dim is None else () if not x.ndim
            else shift(dim if isinstance(dim, (tuple, list)) else (dim,), x.ndim))
    return NotImplemented if dims is None else wrap(level, func(x._value, dims))


@rule("t")
def t(level, func, args, kwargs):
    x = args[0]
    return (NotImplemented if x.ndim > 2
            else wrap(level, x._value.transpose(1, 2) if x.ndim == 2 else x._value.view_as(x._value)))


@rule("as_strided")
def as_strided(level, func, args, kwargs):
    given = named(func, args, kwargs)
    v = args[0]._value
    if type(v) is BatchedTensor:
        return NotImplemented
    return wrap(level, func(v, (level.count, *given["size"]), (v.stride(0), *given["stride"]), given["storage_offset"]))


@rule("diag_embed")
def diag_embed(level, func, args, kwargs):
    given = named(func, args, kwargs)
    dims = shift((given["dim1"], given["dim2"]), args[0].ndim + 1)
    return NotImplemented if dims is None else wrap(level, func(args[0]._value, given["offset"], *dims))


@rule("cat")
def cat(level, func, args, kwargs):
    given = named(func, args, kwargs)
    tensors, n = given["tensors"], given["tensors"][0].ndim
    if any(x.ndim != n for x in tensors) or not n or (dim := shift(given["dim"], n)) is None:
        return NotImplemented
    return wrap(level, func([level.whole(x) for x in tensors], dim))


@rule("new_zeros new_ones new_empty")
def new(level, func, args, kwargs):
    given = _many(args[1:]) if args[1:] else tuple(kwargs["size"])
    return wrap(level, func(args[0]._value, (level.count, *given), **{k: v for k, v in kwargs.items() if k != "size"}))


@rule("new_full")
def new_full(level, func, args, kwargs):
    given = named(func, args, kwargs)
    return (NotImplemented if level.holds(given["fill_value"])
            else wrap(level,
                      func(args[0]._value, (level.count, *given["size"]),
                           **{k: v for k, v in list(given.items())[2:]})))


@rule("_embed")
def embed(level, func, args, kwargs):
    g, part = args
    with level:
        whole = g.new_zeros(part.shape)
        part.take(whole).copy_(g)
    return whole


# ---- several tensors, each with its batch ----
def together(tensors, dim=None):
    """Arguments named in `tensors` all get a batch; `dim` names a dimension of the first."""
    tensors = tensors.split()

    def run(level, func, args, kwargs):
        given = named(func, args, kwargs)
        ndim = given[tensors[0]].ndim
        if (
            any(level.any_held([v]) for k, v in given.items() if k not in tensors)
            or not ndim
            or any(isinstance(given[k], torch.Tensor) and given[k].ndim != ndim for k in tensors)
        ):
            return NotImplemented
        for k in tensors:
            if isinstance(given[k], torch.Tensor):
                given[k] = level.whole(given[k])
        if dim is not None:
            given[dim] = shift(given[dim], ndim)
            if given[dim] is None:
                return NotImplemented
        first = next(iter(given))
        made = func(given.pop(first), **{k: v for k, v in given.items() if v is not inspect.Parameter.empty})
        return wrap(level, made)

    return run


rule("gather")(together("input index", "dim"))
rule("scatter scatter_add scatter_reduce")(together("input index src", "dim"))
rule("_softmax_backward_data _log_softmax_backward_data")(together("grad_output output", "dim"))
rule("_solve")(together("a b"))
rule("_solve_triangular")(together("a b"))
rule("_cholesky_solve")(together("b factor"))


@rule("index_add index_copy")
def at_index(level, func, args, kwargs):
    """Rows that every slice has at the same places."""
    given = named(func, args, kwargs)
    x = given["input"]
    if level.any_held([given["index"]]) or not x.ndim or given["source"].ndim != x.ndim or (
        dim := shift(given["dim"], x.ndim)) is None:
        return NotImplemented
    extra = {"alpha": given["alpha"]} if "alpha" in given else {}
    return wrap(level, func(level.whole(x), dim, given["index"], level.whole(given["source"]), **extra))


# ---- products ----
def product(level, a, b):
    """matmul of two operands of which at least one is batched."""
    held = level.holds(a), level.holds(b)
    if not a.ndim or not b.ndim:
        return NotImplemented
    if held == (True, False) and b.ndim <= 2:
        return wrap(level, torch.matmul(a._value, b))
    if held == (False, True) and b.ndim == 1 and a.ndim <= 2:
        return wrap(level, torch.matmul(b._value, a if a.ndim == 1 else a.mT))
    ndim = max(a.ndim, b.ndim, 2)
    left, right = a.ndim == 1, b.ndim == 1
    x = (a._value if held[0] else a).unsqueeze(-2) if left else a._value if held[0] else a
    y = (b._value if held[1] else b).unsqueeze(-1) if right else b._value if held[1] else b
    x, y = (v.reshape(v.shape[0], *[1] * (ndim + 1 - v.ndim), *v.shape[1:]) if h else v for v, h in zip((x, y), held))
    made = torch.matmul(x, y)
    made = made.squeeze(-1) if right else made
    return wrap(level, made.squeeze(-1 if right else -2) if left else made)


_RANKS = {"mm": (2, 2), "bmm": (3, 3), "mv": (2, 1), "dot": (1, 1)}


@rule("matmul mm bmm mv dot _matmul_nd")
def matmul(level, func, args, kwargs):
    a, b = args
    ranks = _RANKS.get(func.__name__)
    if ranks is not None and (a.ndim, b.ndim) != ranks or a.dtype != b.dtype:
        return NotImplemented
    if func.__name__ in ("dot", "bmm") and a.shape[0] != b.shape[0]:
        return NotImplemented
    return product(level, a, b)


@rule("addmm baddbmm addmv")
def add_product(level, func, args, kwargs):
    given = named(func, args, kwargs)
    x, a, b = list(given.values())[:3]
    if len({v.dtype for v in (x, a, b)}) > 1 or x.dtype.is_complex or not x.dtype.is_floating_point:
        return NotImplemented
    with level:
        made = torch.matmul(a, b)
        made = made if given["alpha"] == 1 else made * given["alpha"]
        return made if given["beta"] == 0 else made + (x if given["beta"] == 1 else x * given["beta"])


@rule("nn.functional.linear")
def linear(level, func, args, kwargs):
    given = named(func, args, kwargs)
    x, w, b = given["input"], given["weight"], given["bias"]
    if w.ndim != 2 or not x.ndim or len({v.dtype for v in (x, w, b) if v is not None}) > 1:
        return NotImplemented
    if not level.holds(w) and not level.holds(b):
        return wrap(level, func(x._value, w, b))
    with level:
        made = torch.matmul(x, w.mT)
        return made if b is None else made + b


# ---- indexing ----
def _places(level, indices):
    """Index tensors for the whole: which slice, then the same indices in every slice or its own."""
    ndim = max(i.ndim for i in indices)
    slices = torch.arange(level.count).reshape(level.count, *[1] * ndim)
    return [slices, *(aligned(level, i, ndim) for i in indices)]


def _plain_indices(indices):
    """Whether all are integer tensors: they pick from the first dimensions."""
    return bool(indices) and all(isinstance(i, torch.Tensor) and i.dtype in (torch.int64, torch.int32) for i in indices)


@rule("index")
def index(level, func, args, kwargs):
    x, indices = args[0], list(args[1])
    while indices and indices[-1] is None:
        indices.pop()
    if not _plain_indices(indices):
        return NotImplemented
    return wrap(level, func(level.whole(x), tuple(_places(level, indices))))


@rule("index_put")
def index_put(level, func, args, kwargs):
    given = named(func, args, kwargs)
    indices, values, x = list(given["indices"]), given["values"], given["input"]
    while indices and indices[-1] is None:
        indices.pop()
    if not _plain_indices(indices) or not isinstance(values, torch.Tensor):
        return NotImplemented
    ndim = max(i.ndim for i in indices) + x.ndim - len(indices)
    if values.ndim > ndim:
        return NotImplemented
    return wrap(level, func(level.whole(x), tuple(_places(level, indices)), aligned(level, values, ndim),
                            given["accumulate"]))


def _basic(key):
    return all(k is None or k is Ellipsis or isinstance(k, slice) or type(k) is int for k in key)


def _check_mask(level, key):
    if any(isinstance(k, torch.Tensor) and level.holds(k) and k.dtype in (torch.bool, torch.uint8) for k in key):
        raise RuntimeError("vmap: We do not support batching operators that can support dynamic shape. Attempting to "
                           "batch over indexing with a boolean mask.")


@rule("__getitem__")
def getitem(level, func, args, kwargs):
    x, key = args
    key = (tuple(key) if isinstance(key, (tuple, list))
           and not (isinstance(key, list) and all(isinstance(k, (int, bool)) for k in key)) else (key,))
    _check_mask(level, key)
    if _basic(key):
        return wrap(level, func(x._value, (slice(None), *key)))
    if _plain_indices(key):
        return wrap(level, func(level.whole(x), tuple(_places(level, key))))
    return NotImplemented


@rule("__setitem__")
def setitem(level, func, args, kwargs):
    x, key, value = args
    key = tuple(key) if isinstance(key, tuple) else (key,)
    if not level.holds(x):
        raise Unbatchable(IN_PLACE)
    _check_mask(level, key)
    if not _basic(key):
        return NotImplemented
    if isinstance(value, torch.Tensor):
        with overrides.Disabled(2), torch.no_grad():
            ndim = func_slice(x._slice, key).ndim
        if value.ndim > ndim:
            return NotImplemented
        value = aligned(level, value, ndim)
    func(x._value, (slice(None), *key), value)
    return None


func_slice = METHODS["__getitem__"]


@rule("embedding")
def embedding(level, func, args, kwargs):
    given = named(func, args, kwargs)
    if level.holds(given["weight"]) or given["sparse"] or given["scale_grad_by_freq"]:
        return NotImplemented
    return wrap(level, func(given["weight"], given["indices"]._value, given["padding_idx"]))


# ---- what cannot be known of a batch ----
def geometry(level, func, args, kwargs):
    """What all slices have in common."""
    with overrides.Disabled(2):
        return func(args[0]._slice, *args[1:], **kwargs)


rule("size stride dim numel element_size is_floating_point is_complex is_signed get_device is_contiguous "
     "storage_offset __len__ is_inference is_tensor")(geometry)


def refusing(message, error=DataDependent):
    def run(level, func, args, kwargs):
        raise error(message.format(func.__name__))

    return run


rule("item __int__ __float__ __complex__ __index__")(
    refusing(
        "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a "
        "Tensor, please try to rewrite what you're doing with other operations. "
        "If error is occurring somewhere inside PyTorch internals, please file a bug report."
    )
)
rule("__bool__ is_nonzero")(
    refusing(
        "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support "
        "that yet, please file an issue at "
        "https://github.com/pytorch/pytorch/issues ."
    )
)
rule("tolist numpy_ __array__ data_ptr untyped_storage storage")(refusing("Cannot access data pointer of Tensor that "
                                                                          "doesn't have storage"))
rule("nonzero argwhere masked_select unique unique_consecutive _unique2")(
    refusing(DYNAMIC.format("aten::{}"), RuntimeError))
rule("equal")(refusing("Batching rule not implemented for aten::{}. We could not generate a fallback."))
rule("allclose")(refusing("vmap over torch.{} isn't supported yet. Please file an issue at "
                          "https://github.com/pytorch/pytorch/issues if you need this feature."))
rule("requires_grad_")(
    refusing(
        "You are attempting to call Tensor.{}() (or perhaps using torch.autograd.functional.* APIs) inside of a "
        "function being transformed by a functorch transform. "
        "This is unsupported, please attempt to use the functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) "
        "or call requires_grad_() outside of a function "
        "being transformed instead.",
        RuntimeError,
    )
)
rule("resize_ resize_as_ set_ storage_type share_memory_")(refusing("Batching rule not implemented for aten::{}; the "
                                                                    "fallback path doesn't work on out= or view ops.",
                                                                    RuntimeError))

from . import _batching_nn  # noqa: E402,F401  (layers and losses)
