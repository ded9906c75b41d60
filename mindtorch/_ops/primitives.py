"""The path through MindSpore's primitives: what Ascend runs, and what MINDTORCH_FAST=0 runs on the CPU.

A row of the table names a kernel; here a kernel names its primitive. On the CPU the primitive comes back to the same
kernel through MindSpore's plugin interface (csrc/kernels/plugin.cc), so both paths compute the same.
"""
import contextlib
import io

import mindspore
import mindspore.ops.auto_generate.gen_ops_prim as prims

import mindtorch._C as _C
from mindtorch._core import dtypes

# kernels whose primitive takes the same operands, all of one dtype
ELEMENTWISE = {
    "abs": "abs_op", "neg": "neg_op", "exp": "exp_op", "exp2": "exp2_op", "expm1": "expm1_op", "log": "log_op", "log2": "log2_op", "log10": "log10_op", "log1p": "log1p_op",
    "sqrt": "sqrt_op", "rsqrt": "rsqrt_op", "square": "square_op", "reciprocal": "reciprocal_op", "sin": "sin_op", "cos": "cos_op", "tan": "tan_op", "asin": "asin_ext_op",
    "acos": "acos_ext_op", "atan": "atan_ext_op", "sinh": "sinh_op", "cosh": "cosh_op", "asinh": "asinh_ext_op", "acosh": "acosh_ext_op", "atanh": "atanh_op", "tanh": "tanh_op",
    "sigmoid": "sigmoid_op", "erf": "erf_op", "erfc": "erfc_op", "ceil": "ceil_op", "floor": "floor_op", "trunc": "trunc_op", "frac": "frac_op", "sign": "sign_op", "relu": "relu_op",
    "silu": "silu_op", "logical_not": "logical_not_op", "mul": "mul_op", "div": "div_op", "pow": "pow_op", "atan2": "atan2_ext_op", "maximum": "maximum_op", "minimum": "minimum_op",
    "eq": "equal_op", "ne": "not_equal_op", "lt": "less_op", "le": "less_equal_op", "gt": "greater_op", "ge": "greater_equal_op", "logical_and": "logical_and_op", "logical_or": "logical_or_op",
    "logical_xor": "logical_xor_op", "bitwise_and": "bitwise_and_tensor_op", "bitwise_or": "bitwise_or_tensor_op", "bitwise_xor": "bitwise_xor_tensor_op", "logaddexp": "logaddexp_op",
    "logaddexp2": "logaddexp2_op", "remainder": "remainder_tensor_tensor_op", "fmod": "fmod_tensor_op",
}
# primitives that take alpha as their third argument
WITH_ALPHA = {"add": "add_ext_op", "sub": "sub_ext_op"}
USED = {}  # kernel -> calls that went through a primitive
REFUSED = {}  # (kernel, dtype) -> MindSpore's words: its inference takes no such dtype, so the kernel is called directly


def _operand(value, code):
    """A tensor of the common dtype, from a tensor or a number."""
    if isinstance(value, mindspore.Tensor):
        return value if value._dtype_code == code else prims.cast_op(value, dtypes.to_mindspore_dtype(dtypes.DTYPES[code])) if hasattr(prims, "cast_op") else value.to(dtypes.DTYPES[code])
    made = _C.empty((), code, 0)
    _C.call(_C.kernel_id("fill"), (made,), (value,))
    return made


def _primitive(kernel, result, operands, attributes, code):
    """Compute an element-wise kernel by its primitive; False when there is none for it."""
    name = ELEMENTWISE.get(kernel) or WITH_ALPHA.get(kernel)
    if name is None or (kernel, code) in REFUSED:
        return False
    given = [_operand(o, code) for o in operands]
    if kernel in WITH_ALPHA:
        given.append(attributes[0] if attributes else 1)
    elif attributes:
        return False
    try:
        made = getattr(prims, name)(*given)
    except (TypeError, RuntimeError, ValueError) as error:
        REFUSED[kernel, code] = str(error).splitlines()[0]
        return False
    prims.inplace_copy_op(result, made)
    USED[kernel] = USED.get(kernel, 0) + 1
    return True


def install():
    """Send element-wise kernels through primitives from here on."""
    one = mindspore.Tensor([1.0])
    for _ in range(2):
        # under NumPy 2 the first number that MindSpore converts raises, and no later one does
        with contextlib.suppress(SystemError, ImportError), contextlib.redirect_stderr(io.StringIO()):
            prims.add_ext_op(one, one, 1)
    _C.set_primitive_path(_primitive)
