"""Matrix products: mm, bmm, matmul, the add... family, vectors, linear layers."""
import math

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.size import LEAST, MOST
from mindtorch._core.warning import warn_once

from ..creation.factories import like, new
from ..table.checks import need_tensors
from ..table.registry import FUNCTIONS, kernel_rows, op, run
from ..shape.views import wrap_dim

kernel_rows(
    matmul="@matrices aclnnMatmul T1 T2 T0 =0 !3 ?0=1 | aclnnAddmm T3 T1 T2 S1 S0 T0 =0 #1=2 | aclnnBaddbmm T3 T1 T2 "
           "S1 S0 T0 =0 #1=3",
    dot="aclnnDot T1 T2 T0",
)

CPP = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
       "float16": "Half", "bfloat16": "BFloat16", "float32": "Float", "float64": "Double",
       "complex64": "ComplexFloat", "complex128": "ComplexDouble", "uint16": "UInt16", "uint32": "UInt32",
       "uint64": "UInt64", "float8_e4m3fn": "Float8_e4m3fn", "float8_e5m2": "Float8_e5m2"}
C_NAMES = {"bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
           "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
           "float32": "float", "float64": "double", "complex64": "c10::complex<float>",
           "complex128": "c10::complex<double>"}


def cpp(t):
    """The name that error messages give a dtype."""
    return CPP[t.dtype._name]


def c_name(t):
    """The C++ name of a dtype, as some error messages have it."""
    return C_NAMES.get(t.dtype._name, t.dtype._name)


def raw(t, shape, stride):
    """The same memory with another geometry, outside the graph."""
    return _C.strided(t, shape, stride, t._offset, -1)


def adjoint(t):
    """Conjugate transpose of the last two dimensions."""
    t = t.transpose(-2, -1)
    return t.conj() if t.dtype.is_complex else t


def _conj(t):
    return t.conj() if t.dtype.is_complex else t


def _number(value, t):
    """alpha or beta for a product in t's dtype: an int for integers. TypeError for what is no number, RuntimeError for
    what the dtype does not hold."""
    value = value.item() if hasattr(value, "item") else value
    if not isinstance(value, (int, float, complex)):
        raise TypeError(f"alpha and beta must be Numbers, not {type(value).__name__}")
    if t.dtype.is_complex or (t.dtype.is_floating_point and not isinstance(value, complex)):
        return value
    if isinstance(value, complex) and not value.imag:
        value = value.real
    if isinstance(value, complex) or not (t.dtype.is_floating_point or LEAST <= value <= MOST):
        raise RuntimeError(f"value cannot be converted to type {'float' if t.dtype.is_floating_point else 'int64_t'} "
                           "without overflow")
    return value if t.dtype.is_floating_point else int(value)


def _times(g, factor):
    factor = factor.conjugate() if isinstance(factor, complex) else factor
    return g if factor == 1 else g * factor


_NO_PRODUCT = {dtypes.code_of(d) for d in (dtypes.bool, dtypes.uint16, dtypes.uint32, dtypes.uint64)}


def _multiply(out, a, b, add=None, alpha=1, beta=1, name="addmm_impl_cpu_"):
    """out = alpha a @ b + beta add; NotImplementedError for dtypes that have no product."""
    if a._dtype_code in _NO_PRODUCT and out._numel and a.shape[-1]:
        raise NotImplementedError(f"\"{name}\" not implemented for '{cpp(a)}'")
    run("matmul", (out, a, b, add), (alpha, beta))
    return out


def _check_mm(a, b):
    if a.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if b.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    _check_inner(a.shape, b.shape)
    if a._dtype_code != b._dtype_code:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {c_name(a)} != {c_name(b)}")


def _check_inner(a, b):
    if a[1] != b[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]})")


@op(grad={"input": lambda g, mat2: mm(g, adjoint(mat2)), "mat2": lambda g, input: mm(adjoint(input), g)})
def mm(input, mat2):
    """Product of two matrices. RuntimeError for other ranks, sizes that do not fit or different dtypes."""
    if not hasattr(mat2, "_dtype_code"):
        need_tensors("mm", mat2=mat2)
    _check_mm(input, mat2)
    return _multiply(like(input, (input.shape[0], mat2.shape[1])), input, mat2)


@op(grad={"input": lambda g, mat2: bmm(g, adjoint(mat2)), "mat2": lambda g, input: bmm(adjoint(input), g)})
def bmm(input, mat2):
    """Batch of matrix products: [b, m, k] and [b, k, n] to [b, m, n]."""
    if not hasattr(mat2, "_dtype_code"):
        need_tensors("bmm", mat2=mat2)
    _check_bmm(input, mat2)
    return _multiply(like(input, (*input.shape[:2], mat2.shape[2])), input, mat2, name="bmm")


@op(method=False)
def _int_mm(input, mat2):
    """Product of matrices of int8 (the first may be uint8), summed and given in int32."""
    for name, t, allowed in (("self", input, ("int8", "uint8")), ("mat2", mat2, ("int8",))):
        if t.ndim != 2:
            raise RuntimeError(f"int_mm: Expected {name} to be of dimension 2 but got {t.ndim}")
        if t.dtype._name not in allowed:
            raise RuntimeError(f"int_mm_out_cpu: Expected {name} dtype to be {' or '.join(allowed)} but got "
                               f"{C_NAMES.get(t.dtype._name, t.dtype._name)}")
    if input.shape[1] != mat2.shape[0]:
        raise RuntimeError("int_mm_out_cpu: self.size(1) needs to match mat2.size(0) but got "
                           f"{input.shape[1]} and {mat2.shape[0]}")
    return mm(input.to(dtypes.BY_NAME["int32"]), mat2.to(dtypes.BY_NAME["int32"]))


def _check_bmm(a, b):
    if a.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if b.ndim != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    want = [a.shape[0], a.shape[2]]
    if list(b.shape[:2]) != want:
        raise RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: {want} but got: "
                           f"{list(b.shape[:2])}.")
    if a._dtype_code != b._dtype_code:
        raise RuntimeError(f"expected scalar type {cpp(a)} but found {cpp(b)}")


def broadcast_batch(a, b):
    """Common batch shape of two operands' leading dimensions."""
    if a == b:
        return tuple(a)
    n = max(len(a), len(b))
    shape = []
    for d in range(n):
        x = a[d - n + len(a)] if d >= n - len(a) else 1
        y = b[d - n + len(b)] if d >= n - len(b) else 1
        if x != y and x != 1 and y != 1:
            raise RuntimeError(f"The size of tensor a ({x}) must match the size of tensor b ({y}) at non-singleton "
                               f"dimension {d}")
        shape.append(y if x == 1 else x)
    return tuple(shape)


def _lead(t, ndim):
    """t with leading dimensions of size 1 up to a rank, outside the graph."""
    n = ndim - t.ndim
    return raw(t, (1,) * n + tuple(t.shape), (0,) * n + tuple(t._strides)) if n else t


def _matmul_right_gradient(g, input, other):
    if other.ndim == 2:  # one product over all rows
        k, n = input.shape[-1], g.shape[-1]
        rows = g._numel // n if n else input._numel // (k or 1)
        return mm(adjoint(input.reshape(rows, k)),
                  g.reshape(rows, n)) if k and n else new((k, n), g._dtype_code, g._device_code)
    return _batched(adjoint(input), g)


@op("_matmul_nd", grad={"input": lambda g, other: _batched(g, adjoint(other)), "other": _matmul_right_gradient},
    method=False, function=False, node="BmmBackward0", out=False)
def _batched(input, other):
    """Product over broadcast batch dimensions; both operands have two dimensions or more. The engine sums gradients to
    the operands' shapes."""
    if input._dtype_code != other._dtype_code:
        if input.ndim == 2 or other.ndim == 2:
            raise RuntimeError(
                f"expected m1 and m2 to have the same dtype, but got: {c_name(input)} != {c_name(other)}")
        raise RuntimeError(f"expected scalar type {cpp(input)} but found {cpp(other)}")
    a, b = input.shape, other.shape
    if other.ndim == 2:
        if a[-1] != b[0]:
            rows = 1
            for s in a[:-1]:
                rows *= s
            _check_inner((rows, a[-1]), b)
        batch = tuple(a[:-2])
    else:
        batch = broadcast_batch(a[:-2], b[:-2])
        if a[-1] != b[-2]:
            count = 1
            for s in batch:
                count *= s
            raise RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: [{count}, {a[-1]}] but "
                               f"got: [{count}, {b[-2]}].")
    out = like(input, (*batch, a[-2], b[-1]))
    return _multiply(out, _lead(input, out.ndim), _lead(other, out.ndim), name="bmm")


@op(tensors=["input", "other"])
def matmul(input, other):
    """Matrix product of any ranks: vectors, matrices, and batches that broadcast. RuntimeError when sizes do not
    fit."""
    if not hasattr(other, "_dtype_code") or not hasattr(input, "_dtype_code"):
        need_tensors("matmul", other=other, input=input)
    a, b = input.ndim, other.ndim
    if a == 2 and b == 2:
        return mm(input, other)
    if not a or not b:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    if a == 1:
        if b == 1:
            return dot(input, other)
        if b == 2:
            return mm(input.unsqueeze(0), other).squeeze(0)
        return _batched(input.unsqueeze(0), other).squeeze(-2)
    if b == 1:
        return mv(input, other) if a == 2 else mv(_rows(input), other).reshape(input.shape[:-1])
    return _batched(input, other)


NUMERIC_ERROR = "size mismatch, got input ({}), mat ({}x{}), vec ({})"


# ---- vectors ----
def _check_dot(a, b):
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a._dtype_code != b._dtype_code:
        raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {cpp(a)} and {cpp(b)}")
    if a.shape != b.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.shape[0]}] and src [{b.shape[0]}] to have the same number "
            f"of elements, but got {a.shape[0]} and {b.shape[0]} "
            "elements respectively"
        )
    if a.dtype._name in ("bool", "uint16", "uint32", "uint64"):
        raise NotImplementedError(f"\"dot\" not implemented for '{cpp(a)}'")


@op(grad={"input": lambda g, tensor: g * _conj(tensor), "tensor": lambda g, input: g * _conj(input)},
    tensors=["input", "tensor"])
def dot(input, tensor):
    """Sum of products of two vectors of one length and dtype."""
    if not hasattr(tensor, "_dtype_code"):
        need_tensors("dot", tensor=tensor)
    _check_dot(input, tensor)
    out = like(input, ())
    run("dot", (out, input, tensor))
    return out


@op(tensors=["input", "other"])
def vdot(input, other):
    """dot with the first vector conjugated."""
    _check_dot(input, other)
    return dot(_conj(input), other)


@op(grad={"input": lambda g, vec: outer(g, _conj(vec)), "vec": lambda g, input: mv(adjoint(input), g)})
def mv(input, vec):
    """Matrix times vector: [m, k] and [k] to [m]."""
    if not hasattr(vec, "_dtype_code"):
        need_tensors("mv", vec=vec)
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {vec.ndim}, {input.ndim}, {vec.ndim}")
    if input.shape[1] != vec.shape[0]:
        raise RuntimeError(NUMERIC_ERROR.format(input.shape[0], *input.shape, vec.shape[0]))
    if input._dtype_code != vec._dtype_code:
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {cpp(vec)}, {cpp(input)}, and "
                           f"{cpp(vec)}")
    out = like(input, (input.shape[0],))
    _multiply(raw(out, (*out.shape, 1), (1, 1)), input, raw(vec, (*vec.shape, 1), (*vec._strides, 1)),
              name="addmv_impl_cpu")
    return out


@op(aliases=("ger",), tensors=["input", "vec2"])
def outer(input, vec2):
    """All products of two vectors: [n] and [m] to [n, m]; dtypes promote."""
    if input.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D argument self, but got {input.ndim}-D")
    if vec2.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D argument vec2, but got {vec2.ndim}-D")
    return input.unsqueeze(1) * vec2


@op(tensors=["input", "other"])
def inner(input, other):
    """Sum of products over the last dimension of both; a 0-dim operand multiplies."""
    if not input.ndim or not other.ndim:
        return input * other
    if input._dtype_code != other._dtype_code:
        raise RuntimeError("both inputs should have same dtype")
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError("inner() the last dimension must match on both input tensors but got shapes "
                           f"{list(input.shape)} and {list(other.shape)}")
    return tensordot(input, other, [[-1], [-1]])


# ---- sums with products ----
def _expanded(t, shape):
    """t broadcast to a shape outside the graph; RuntimeError as expand has it."""
    if tuple(t.shape) == tuple(shape):
        return t
    n, have = len(shape) - t.ndim, t.shape
    if n < 0:
        raise RuntimeError(
            f"expand(torch.{cpp(t)}Tensor{{{list(have)}}}, size={list(shape)}): the number of sizes provided "
            f"({len(shape)}) must be greater or equal to the number of dimensions in "
            f"the tensor ({t.ndim})"
        )
    stride = [0] * len(shape)
    for d in range(t.ndim - 1, -1, -1):
        if have[d] == shape[n + d]:
            stride[n + d] = t._strides[d]
        elif have[d] != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[n + d]}) must match the existing size ({have[d]}) at "
                f"non-singleton dimension {n + d}.  Target sizes: {list(shape)}.  "
                f"Tensor sizes: {list(have)}"
            )
    return raw(t, shape, stride)


def _sum_product(input, a, b, shape, alpha, beta, name="addmm_impl_cpu_"):
    alpha, beta = _number(alpha, a), _number(beta, a)
    add = _expanded(input, shape)
    return _multiply(like(a, shape), a, b, None if beta == 0 else add, alpha, beta, name)


def _same_dtype(input, a, b):
    for t, u in ((input, a), (input, b)):
        if t._dtype_code != u._dtype_code:
            raise RuntimeError(f"self and mat2 must have the same dtype, but got {cpp(input)} and {cpp(b)}")


@op(grad={"input": lambda g, beta: _times(g, beta), "mat1": lambda g, mat2, alpha: _times(mm(g, adjoint(mat2)), alpha),
          "mat2": lambda g, mat1, alpha: _times(mm(adjoint(mat1), g), alpha)}, inplace=True,
          tensors=["input", "mat1", "mat2"])
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * mat1 @ mat2; input broadcasts and is not read when beta is 0."""
    for name, t in (("mat1", mat1), ("mat2", mat2)):
        if t.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {t.ndim}-D tensor")
    _check_inner(mat1.shape, mat2.shape)
    _same_dtype(input, mat1, mat2)
    return _sum_product(input, mat1, mat2, (mat1.shape[0], mat2.shape[1]), alpha, beta)


@op(grad={"input": lambda g, beta: _times(g, beta),
          "batch1": lambda g, batch2, alpha: _times(bmm(g, adjoint(batch2)), alpha),
          "batch2": lambda g, batch1, alpha: _times(bmm(adjoint(batch1), g), alpha)}, inplace=True,
          tensors=["input", "batch1", "batch2"])
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta * input + alpha * bmm(batch1, batch2); input broadcasts and is not read when beta is 0."""
    _check_bmm(batch1, batch2)
    if input._dtype_code != batch1._dtype_code:
        low = {"float32": "float", "float64": "double"}
        a, b, c = (low.get(t.dtype._name, t.dtype._name) for t in (input, batch1, batch2))
        raise RuntimeError(f"Input dtypes must be the same, got: input {a}, batch1: {b}, batch2: {c}")
    return _sum_product(input, batch1, batch2, (*batch1.shape[:2], batch2.shape[2]), alpha, beta, "baddbmm")


@op(inplace=True, tensors=["input", "batch1", "batch2"])
def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta * input + alpha * the sum of all products of two batches of matrices."""
    for name, t in (("batch1", batch1), ("batch2", batch2)):
        if t.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    b, m, k = batch1.shape
    if batch2.shape[0] != b:
        raise RuntimeError(f"batch1 and batch2 must have same number of batches, got {b} and {batch2.shape[0]}")
    if batch2.shape[1] != k:
        raise RuntimeError(f"Incompatible matrix sizes for bmm ({m}x{k} and {batch2.shape[1]}x{batch2.shape[2]})")
    if batch1.dtype.itemsize == 2 and b:  # halves are rounded after every product
        for i in range(b):
            input = addmm(input, batch1[i], batch2[i], beta=beta if i == 0 else 1, alpha=alpha)
        return input
    return addmm(input, batch1.permute(1, 0, 2).reshape(m, b * k), batch2.reshape(b * k, batch2.shape[2]), beta=beta,
                 alpha=alpha)


@op(grad={"input": lambda g, beta: _times(g, beta), "mat": lambda g, vec, alpha: _times(outer(g, _conj(vec)), alpha),
          "vec": lambda g, mat, alpha: _times(mv(adjoint(mat), g), alpha)},
    inplace=True, tensors=["input", "mat", "vec"])
def addmv(input, mat, vec, *, beta=1, alpha=1):
    """beta * input + alpha * mat @ vec; input broadcasts."""
    if mat.ndim != 2 or vec.ndim != 1 or input.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != vec.shape[0] or (input.ndim and input.shape[0] not in (1, mat.shape[0])):
        raise RuntimeError(NUMERIC_ERROR.format(input.shape[0] if input.ndim else 1, *mat.shape, vec.shape[0]))
    if not input._dtype_code == mat._dtype_code == vec._dtype_code:
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {cpp(input)}, {cpp(mat)}, and "
                           f"{cpp(vec)}")
    out, n = like(mat, (mat.shape[0],)), mat.shape[0]
    alpha, beta = _number(alpha, mat), _number(beta, mat)
    add = _expanded(input, (n,))
    add = None if beta == 0 else raw(add, (n, 1), (*add._strides, 1))
    _multiply(raw(out, (n, 1), (1, 1)), mat, raw(vec, (*vec.shape, 1), (*vec._strides, 1)), add, alpha, beta,
              "addmv_impl_cpu")
    return out


@op(inplace=True, tensors=["input", "vec1", "vec2"])
def addr(input, vec1, vec2, *, beta=1, alpha=1):
    """beta * input + alpha * outer(vec1, vec2); dtypes promote, input is not read when beta is 0."""
    for name, t in (("vec1", vec1), ("vec2", vec2)):
        if t.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {t.ndim}-D")
    shape = (vec1.shape[0], vec2.shape[0])
    _expanded(input, shape)
    if input.dtype._name == "bool" and vec1.dtype._name == "bool" and vec2.dtype._name == "bool":
        product = outer(vec1, vec2)
        product = product if alpha else FUNCTIONS["zeros_like"](product)
        return product | input.expand(shape) if beta else product
    for name, value in (("alpha", alpha), ("beta", beta)):
        if isinstance(value, float) and not any(
            t.dtype.is_floating_point or t.dtype.is_complex for t in (input, vec1, vec2)
        ):
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    if vec1.dtype.itemsize == 2 and vec1.dtype.is_floating_point:  # in halves the factors are halves too
        alpha, beta = (FUNCTIONS["tensor"](float(v), dtype=vec1.dtype).item() for v in (alpha, beta))
    product = outer(vec1 if alpha == 1 else vec1 * alpha, vec2)
    if beta == 0:
        wide = _C.promote_types(product._dtype_code, input._dtype_code)
        return product if wide == product._dtype_code else product.to(FUNCTIONS["empty"](0, dtype=input.dtype).dtype)
    return (input if beta == 1 else input * beta) + product


# ---- linear layers ----
def _rows(t):
    """All leading dimensions as one, sharing memory where strides allow it."""
    return t.reshape(math.prod(t.shape[:-1]), t.shape[-1])


@op("linear", namespace="nn.functional", node="AddmmBackward0", out=False, tensors=["input", "weight", "bias"], grad={
    "input": lambda g, weight: g @ _conj(weight), "weight": lambda g, input: mm(_rows(g).t(), _conj(_rows(input))),
    "bias": lambda g: g})  # which the engine sums to the bias's shape: its values are not kept
def _linear(input, weight, bias):
    (n, k), (row, column), shape = weight.shape, weight._strides, input.shape
    out, lead = like(input, (*shape[:-1], n)), (1,) * (len(shape) - 2)
    transposed = _C.strided(weight, (*lead, k, n), (*(0 for _ in lead), column, row), weight._offset, -1)
    if len(shape) == 1:
        _multiply(_lead(out, 2), _lead(input, 2), transposed, bias)
    else:
        _multiply(out, input, transposed, bias)
    return out


@op(namespace="nn.functional", tensors=["input", "weight", "bias"])
def linear(input, weight, bias=None):
    """input @ weight.T + bias: [..., in] and [out, in] to [..., out]; RuntimeError when sizes or dtypes do not fit."""
    if not hasattr(weight, "_dtype_code"):
        need_tensors("linear", weight=weight)
    if weight.ndim == 2 and input.ndim:
        code, (n, k) = input._dtype_code, weight.shape
        if (
            input.shape[-1] == k
            and weight._dtype_code == code
            and (bias is None or (bias._dtype_code == code and bias.shape == (n,)))
        ):
            return _linear(input, weight, bias)
        rows = input._numel // (input.shape[-1] or 1)
        if input.shape[-1] != weight.shape[1]:
            _check_inner((rows, input.shape[-1]), (weight.shape[1], weight.shape[0]))
        if input._dtype_code != weight._dtype_code:
            raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {c_name(input)} != "
                               f"{c_name(weight)}")
        if bias is not None:
            if bias._dtype_code != input._dtype_code:
                raise RuntimeError(f"self and mat2 must have the same dtype, but got {cpp(bias)} and {cpp(weight)}")
            _expanded(bias, ((rows,) if input.ndim != 2 else (input.shape[0],)) + (weight.shape[0],) if bias.ndim < 2
                      else (*input.shape[:-1], weight.shape[0]))
        return _linear(input, weight, bias)
    if not input.ndim:
        raise RuntimeError(f"both arguments to linear need to be at least 1D, but they are 0D and {weight.ndim}D")
    if weight.ndim < 2 and bias is not None:
        raise RuntimeError(f"mat2 must be a matrix, got {weight.ndim}-D tensor")
    return matmul(input, weight.t())


@op(namespace="nn.functional", tensors=["input1", "input2", "weight", "bias"], out=False)
def bilinear(input1, input2, weight, bias=None):
    """x1 W x2 + b for every output: [..., i], [..., j] and [out, i, j] to [..., out]."""
    if input1.ndim != input2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}")
    for d in range(input1.ndim - 1):
        if input1.shape[d] != input2.shape[d]:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {d}: got {input1.shape[d]} and "
                               f"{input2.shape[d]}")
    for name, t, at in (("input1", input1, 1), ("input2", input2, 2)):
        if t.shape[-1] != weight.shape[at]:
            raise RuntimeError(f"bilinear(): {name} size does not match weight size: got {t.shape[-1]} but expected "
                               f"{weight.shape[at]}")
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected "
                           f"{weight.shape[0]}")
    o, i, j = weight.shape
    x, y = input1.reshape(-1, i), input2.reshape(-1, j)
    left = mm(x, weight.permute(1, 0, 2).reshape(i, o * j)).reshape(-1, o, j)
    result = bmm(left, y.unsqueeze(-1)).squeeze(-1).reshape(*input1.shape[:-1], o)
    return result if bias is None else result + bias


FUNCTIONS["bilinear"] = bilinear


# ---- several factors ----
def _chain(tensors):
    """Product of matrices in the order with the fewest multiplications."""
    n = len(tensors)
    size = [t.shape[0] for t in tensors] + [tensors[-1].shape[1]]
    cost = [[0] * n for _ in range(n)]
    cut = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], cut[i][j] = min((cost[i][k] + cost[k + 1][j] + size[i] * size[k + 1] * size[j + 1], k)
                                        for k in range(i, j))

    def build(i, j):
        return tensors[i] if i == j else mm(build(i, cut[i][j]), build(cut[i][j] + 1, j))

    return build(0, n - 1)


@op(namespace="linalg", tensors=["tensors"])
def multi_dot(tensors):
    """Product of two or more matrices (the first and last may be vectors) in the cheapest order."""
    tensors = list(tensors)
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    first, last = tensors[0], tensors[-1]
    for at, t in ((0, first), (len(tensors) - 1, last)):
        if t.ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {'first' if not at else 'last'} tensor must be 1D or 2D but got "
                               f"{t.ndim}D")
    for i, t in enumerate(tensors[1:-1], 1):
        if t.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {t.ndim}D")
    for i, t in enumerate(tensors):
        if t._dtype_code != first._dtype_code:
            raise RuntimeError(f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {cpp(first)} and "
                               f"tensor {i} {cpp(t)}")
    matrices = [first.unsqueeze(0) if first.ndim == 1 else first, *tensors[1:-1],
                last.unsqueeze(1) if last.ndim == 1 else last]
    for i in range(len(tensors) - 1):
        if matrices[i].shape[1] != matrices[i + 1].shape[0]:
            raise RuntimeError(f"multi_dot(): tensors {i} and {i + 1} with shapes {list(tensors[i].shape)} and "
                               f"{list(tensors[i + 1].shape)} cannot be multiplied")
    result = _chain(matrices)
    if first.ndim == 1:
        result = result.squeeze(0)
    return result.squeeze(-1) if last.ndim == 1 else result


@op(method=False)
def chain_matmul(*matrices):
    """Product of matrices in the cheapest order; use linalg.multi_dot in new code."""
    warn_once("chain_matmul", "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use "
              "torch.linalg.multi_dot instead, which accepts a list of two or more tensors rather than multiple "
              "parameters.")
    for i, t in enumerate(matrices):
        if t.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {t.ndim}, expected 2 instead.")
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices)


@op(method=False, tensors=["a", "b"])
def tensordot(a, b, dims: object = 2):
    """Sum of products over pairs of dimensions: the last `dims` of a with the first of b, or two lists of
    dimensions."""
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if not isinstance(dims, (tuple, list)) and not hasattr(dims, "__index__"):
        raise RuntimeError("tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] "
                           f"containing two lists, but got dims={dims}")
    if isinstance(dims, (tuple, list)) and len(dims) == 2 and not all(isinstance(d, int) for d in dims):
        left, right = (list(d) for d in dims)
    elif isinstance(dims, (tuple, list)):
        left, right = ([d] if isinstance(d, int) else list(d)
                       for d in dims) if len(dims) == 2 else (list(range(-dims[0], 0)), list(range(dims[0])))
    else:
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        left, right = list(range(-dims, 0)), list(range(dims))
    if len(left) != len(right):
        raise RuntimeError("both dimension lists should have same length")
    if a._dtype_code != b._dtype_code:
        raise RuntimeError("both inputs should have same dtype")
    given = list(zip(left, right))
    left, right = [wrap_dim(d, a.ndim) for d in left], [wrap_dim(d, b.ndim) for d in right]
    count = 1
    for i, (x, y) in enumerate(zip(left, right)):
        if a.shape[x] == 1 != b.shape[y]:
            b = b.sum(y, keepdim=True, dtype=b.dtype)
        elif b.shape[y] == 1 != a.shape[x]:
            a = a.sum(x, keepdim=True, dtype=a.dtype)
        elif a.shape[x] != b.shape[y]:
            raise RuntimeError(f"contracted dimensions need to match, but first has size {a.shape[x]} in dim "
                               f"{given[i][0]} and second has size {b.shape[y]} in dim {given[i][1]}")
        count *= a.shape[x]
    keep_a, keep_b = [d for d in range(a.ndim) if d not in left], [d for d in range(b.ndim) if d not in right]
    shape_a, shape_b = [a.shape[d] for d in keep_a], [b.shape[d] for d in keep_b]
    rows = columns = 1
    for s in shape_a:
        rows *= s
    for s in shape_b:
        columns *= s
    return mm(a.permute(keep_a + left).reshape(rows, count),
              b.permute(right + keep_b).reshape(count, columns)).reshape(shape_a + shape_b)
