"""What is done on the npu where a chip refuses the operator of a kernel's row: MindSpore's own operator, whose authors
know the chips, then a composition.

Each gives its result to the first tensor, as the kernel would, and answers the shape that it has where that depends on
values. What neither of the two can do is computed on the host."""
import functools
import math

from ..creation.casts import convert
from ..table.registry import FUNCTIONS, instead, run


def _mint(path):
    import mindspore

    return functools.reduce(getattr, path.split("."), mindspore.mint)


def _own_pointwise(kernel, path, attributes=()):
    """An element-wise kernel: scalars are the dtype that is computed in, then the kernel's attributes, which the
    operator takes under these names."""

    @instead(kernel, own=True)
    def own(tensors, scalars):
        out, *operands = tensors
        operands = [x.item() if x._device_code == 0 else x if x._dtype_code == scalars[0] else convert(x, scalars[0])
                    for x in operands]
        run("copy", (out, _mint(path)(*operands, **dict(zip(attributes, scalars[1:])))))


# ---- the same as MindSpore's ----
for _name in (
    "abs exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin cos tanh erf sigmoid neg square reciprocal isfinite "
    "maximum minimum pow mul lerp eq ne lt le gt ge logical_and logical_or "
    "logical_xor"
).split():
    _own_pointwise(_name, _name)
for _name, _path in {"relu": "nn.functional.relu", "silu": "nn.functional.silu", "div": "div"}.items():
    _own_pointwise(_name, _path)
for _name in ("add", "sub"):
    _own_pointwise(_name, _name, ("alpha",))


# ---- adapted ----
@instead("masked_fill", own=True)
def _masked_fill(tensors, scalars):
    out, x, mask, value = tensors
    import mindspore

    run("copy",
        (out,
         mindspore.Tensor.masked_fill(convert(x, scalars[0]), mask,
                                      value.item() if value._device_code == 0 else value)))


@instead("where", own=True)
def _where(tensors, scalars):
    out, condition, *branches = tensors
    run("copy",
        (out,
         _mint("where")(condition, *(x.item() if x._device_code == 0 else convert(x, scalars[0]) for x in branches))))


@instead("matmul", own=True)
def _matmul(tensors, scalars):
    out, a, b, *addend = tensors
    if addend and addend[0] is not None or scalars and scalars[0] not in (None, 1):
        return NotImplemented
    run("copy", (out, _mint("matmul")(a, b)))


@instead("softmax", own=True)
def _softmax(tensors, scalars):
    run("copy", (tensors[0], _mint("nn.functional.softmax")(tensors[1], scalars[0])))


@instead("log_softmax", own=True)
def _log_softmax(tensors, scalars):
    run("copy", (tensors[0], _mint("nn.functional.log_softmax")(tensors[1], scalars[0])))


@instead("cat", own=True)
def _cat(tensors, scalars):
    run("copy", (tensors[0], _mint("cat")(list(tensors[1:]), scalars[0])))


@instead("index_select", own=True)
def _index_select(tensors, scalars):
    out, x, index = tensors
    run("copy", (out, _mint("index_select")(x, scalars[0], index)))


@instead("embedding", own=True)
def _embedding(tensors, scalars):
    out, weight, index = tensors
    run("copy", (out, _mint("nn.functional.embedding")(index, weight)))


@instead("nonzero_matrix", own=True)
def _nonzero(tensors, scalars):
    room, x = tensors
    found = _mint("nonzero")(x)
    run("copy", (room[: found.shape[0]], found))
    return found.shape


# ---- composed ----
@instead("softmax_backward")
def _softmax_slope(tensors, scalars):
    out, g, y = tensors
    terms = FUNCTIONS["mul"](g, y)
    run("copy",
        (out, FUNCTIONS["sub"](terms, FUNCTIONS["mul"](y, FUNCTIONS["sum"](terms, scalars[0], keepdim=True)))))


@instead("nonzero_matrix")
def _counted(tensors, scalars):
    room, x = tensors
    chosen = FUNCTIONS["ne"](x, 0).reshape(-1)
    counted = FUNCTIONS["cumsum"](chosen, 0)
    found = int(counted[-1])
    # each chosen place goes where it is counted, others behind the last
    to = FUNCTIONS["where"](chosen, FUNCTIONS["sub"](counted, 1), x._numel)
    places = FUNCTIONS["arange"](x._numel, device=x.device)
    places = FUNCTIONS["scatter"](places.new_zeros(x._numel + 1), 0, to, places)[:found]
    for d in reversed(range(x.ndim)):
        run("copy", (room[:found, d], FUNCTIONS["remainder"](places, x.shape[d])))
        places = FUNCTIONS["div"](places, x.shape[d], rounding_mode="floor")
    return found, x.ndim


@instead("dropout_by_bits")
def _dropout_by_bits(tensors, scalars):
    out, x, bits = tensors
    kept = FUNCTIONS["bitwise_and"](bits.reshape(-1, 1),
                                    FUNCTIONS["tensor"]([1 << k for k in range(8)], dtype=bits.dtype,
                                                        device=bits.device)) != 0
    kept = kept.reshape(-1)[: x._numel].reshape(x.shape)
    p = scalars[0]
    run("copy", (out, FUNCTIONS["mul"](FUNCTIONS["mul"](x, kept.to(x.dtype)), 1 / (1 - p) if p < 1 else 0.0)))


def _composed(kernel):
    """f(operands in the dtype that is computed in, attributes) for an element-wise kernel."""

    def declare(function):
        @instead(kernel)
        def other(tensors, scalars):
            out, *operands = tensors
            made = function(*(x if x._device_code == 0 or x._dtype_code == scalars[0] else convert(x, scalars[0])
                              for x in operands), *scalars[1:])
            run("copy", (out, made))

        return function

    return declare


@instead("matmul")
def _product_and_sum(tensors, scalars):
    """Where an operator is lacking that adds to a product."""
    out, a, b, addend = tensors
    alpha, beta = scalars
    if addend is None and alpha == 1:
        return NotImplemented
    run("matmul", (out, a, b, None), (1, 1))
    if alpha != 1:
        run("copy", (out, FUNCTIONS["mul"](out, alpha)))
    if addend is not None and beta != 0:
        run("copy", (out, FUNCTIONS["add"](out, addend, alpha=beta)))


def _normal(x):
    """The distribution function of the normal distribution."""
    return FUNCTIONS["mul"](FUNCTIONS["add"](FUNCTIONS["erf"](FUNCTIONS["mul"](x, math.sqrt(0.5))), 1), 0.5)


@_composed("gelu_none")
def _gelu(x):
    return FUNCTIONS["mul"](x, _normal(x))


@_composed("gelu_none_backward")
def _gelu_backward(g, x):
    falling = FUNCTIONS["exp"](FUNCTIONS["mul"](FUNCTIONS["mul"](x, x), -0.5))
    density = FUNCTIONS["mul"](falling, 1 / math.sqrt(2 * math.pi))
    return FUNCTIONS["mul"](g, FUNCTIONS["add"](_normal(x), FUNCTIONS["mul"](x, density)))


@_composed("neg")
def _neg(x):
    return FUNCTIONS["mul"](x, -1)


@_composed("silu")
def _silu(x):
    return FUNCTIONS["mul"](x, FUNCTIONS["sigmoid"](x))


@_composed("isinf")
def _isinf(x):
    return FUNCTIONS["eq"](FUNCTIONS["abs"](x), float("inf"))


@_composed("lerp")
def _lerp(a, b, weight):
    # from the nearer end, as the kernel does it
    step = FUNCTIONS["sub"](b, a)
    weight = weight.item() if weight._device_code == 0 else weight
    if isinstance(weight, float):
        return FUNCTIONS["add"](a, step,
                                alpha=weight) if abs(weight) < 0.5 else FUNCTIONS["sub"](b, step, alpha=1 - weight)
    near = FUNCTIONS["add"](a, FUNCTIONS["mul"](weight, step))
    far = FUNCTIONS["sub"](b, FUNCTIONS["mul"](FUNCTIONS["rsub"](weight, 1), step))
    return FUNCTIONS["add"](near,
                            FUNCTIONS["mul"](FUNCTIONS["sub"](far, near),
                                             FUNCTIONS["ge"](FUNCTIONS["abs"](weight), 0.5)))
