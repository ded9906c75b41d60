"""Products of groups and of scaled low-precision matrices, and the rounding of fake quantisation."""
import enum

from mindtorch._core.dtypes import BY_NAME
from mindtorch._core.size import whole
from mindtorch._core.codes import FLOAT16, FLOAT32, INT32, INT64

from ..table.registry import FUNCTIONS, With, _C_tensor, op, public


class ScalingType(enum.IntEnum):
    """How scales belong to a matrix."""

    TensorWise = 0
    RowWise = 1
    BlockWise1x16 = 2
    BlockWise1x32 = 3
    BlockWise1x128 = 4
    BlockWise128x128 = 5


class SwizzleType(enum.IntEnum):
    """How scales are stored."""

    NO_SWIZZLE = 0
    SWIZZLE_32_4_4 = 1


ScalingType.__module__ = SwizzleType.__module__ = "torch.nn.functional"


@op(out=False, method=False, tensors=["input", "mat2", "offs", "bias"])
def _grouped_mm(input, mat2, offs=None, bias=None, out_dtype=None):
    """Products of groups: 3-d by 3-d is a batch; where one side is 2-d, offs (int32) holds the end of each group along
    the shared, row or column dimension.
    Rows or columns after the last end are zero."""
    if input.dtype is not mat2.dtype or not input.dtype.is_floating_point:
        raise RuntimeError(f"Expected inputs of the same floating-point type, got mat_a: {input.dtype}, mat_b: "
                           f"{mat2.dtype}")
    if input.ndim not in (2, 3) or mat2.ndim not in (2, 3):
        raise RuntimeError(f"{'mat_a' if input.ndim not in (2, 3) else 'mat_b'} has to be 2 or 3d")
    if input.shape[-1] != mat2.shape[-2]:
        raise RuntimeError("contraction dimension of mat_a and mat_b must match")
    if bias is not None:
        raise RuntimeError("Bias not supported yet")
    if out_dtype is not None and out_dtype is not input.dtype:
        raise RuntimeError("Grouped gemm output dtype must match input dtype")
    if (offs is not None) != (input.ndim == 2 or mat2.ndim == 2):
        raise RuntimeError("Have to provide offsets if there is a 2d matrix, or no offset if both matrices are 3d")
    if offs is None:
        return public.bmm(input, mat2)
    if offs.ndim != 1:
        raise RuntimeError("offs has to be 1D")
    if offs._dtype_code != INT32:
        raise RuntimeError("Offsets have to be int32")
    ends = offs.tolist()
    starts = [0, *ends[:-1]]
    if any(b > e for b, e in zip(starts, ends)):
        raise RuntimeError("offs has to begin at 0 or above and must not decrease")
    if input.ndim == 2 and mat2.ndim == 2:
        if not ends:
            return input.new_zeros((0, input.shape[0], mat2.shape[1]))
        return public.stack([input[:, b:e] @ mat2[b:e] for b, e in zip(starts, ends)])
    groups = mat2.shape[0] if input.ndim == 2 else input.shape[0]
    if groups != len(ends):
        raise RuntimeError("matrix batch sizes have to match")
    dim = 0 if input.ndim == 2 else 1
    parts = [input[b:e] @ mat2[i] if dim == 0 else input[i] @ mat2[:, b:e] for i,
             (b, e) in enumerate(zip(starts, ends))]
    whole = input.shape[0] if dim == 0 else mat2.shape[1]
    left = whole - (ends[-1] if ends else 0)
    if left > 0:
        parts.append(input.new_zeros((left, mat2.shape[2]) if dim == 0 else (input.shape[1], left)))
    return public.cat(parts, dim)


@op(out=False, namespace="nn.functional", tensors=["mat_a", "mat_b", "offs", "bias"])
def grouped_mm(mat_a, mat_b, *, offs=None, bias=None, out_dtype=None):
    """Products of groups of rows, columns or batches (see torch._grouped_mm)."""
    return FUNCTIONS["_grouped_mm"](mat_a, mat_b, offs, bias, out_dtype)


def _scaled(a, b, scale_a, scale_b, bias, dtype):
    if a.ndim != 2 or b.ndim != 2:
        raise RuntimeError(f"{'mat_a' if a.ndim != 2 else 'mat_b'} must be a matrix")
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({a.shape[0]}x{a.shape[1]} and "
                           f"{b.shape[0]}x{b.shape[1]})")
    for s, n, shape in ((scale_a, a.shape[0], (a.shape[0], 1)), (scale_b, b.shape[1], (1, b.shape[1]))):
        if s._dtype_code != FLOAT32 or (s._numel != 1 and tuple(s.shape) != shape):
            raise ValueError("Invalid scaling configuration: a scale must be a float32 tensor with one element or of "
                             f"shape {shape}, got {tuple(s.shape)} of {s.dtype}")
    out = ((a.float() @ b.float()) * (scale_a.reshape(()) if scale_a._numel == 1 else scale_a)
           * (scale_b.reshape(()) if scale_b._numel == 1 else scale_b))
    return (out if bias is None else out + bias.float()).to(dtype)


@op(method=False, tensors=["input", "mat2", "scale_a", "scale_b", "bias", "scale_result"])
def _scaled_mm(input, mat2, scale_a, scale_b, bias=None, scale_result=None, out_dtype=None, use_fast_accum=False):
    """(input @ mat2) * scale_a * scale_b + bias, summed in float32; scales of one element, or one a row and one a
    column. use_fast_accum is about GPUs: sums are exact here."""
    dtype = input.dtype if out_dtype is None else out_dtype
    if scale_result is None:
        return _scaled(input, mat2, scale_a, scale_b, bias, dtype)
    return (_scaled(input, mat2, scale_a, scale_b, bias, BY_NAME["float32"]) * scale_result).to(dtype)


def _only(value, name):
    value = value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value
    if isinstance(value, (list, tuple)):
        raise NotImplementedError(f"scaled_mm: two levels of {name}")
    return value


def _recipes(scale_a, recipe_a, scale_b, recipe_b, swizzle_a, swizzle_b, contraction_dim):
    for recipe in (_only(recipe_a, "scale_recipe_a"), _only(recipe_b, "scale_recipe_b")):
        if recipe not in (ScalingType.TensorWise, ScalingType.RowWise):
            raise NotImplementedError(f"scaled_mm: {ScalingType(recipe)!r}; TensorWise and RowWise are supported")
    for s in (swizzle_a, swizzle_b):
        if s is not None and _only(s, "swizzle") != SwizzleType.NO_SWIZZLE:
            raise NotImplementedError(f"scaled_mm: {s!r}")
    if len(contraction_dim):
        raise NotImplementedError("scaled_mm: contraction_dim")
    return _only(scale_a, "scale_a"), _only(scale_b, "scale_b")


@op(out=False, namespace="nn.functional", tensors=["mat_a", "mat_b", "bias"])
def scaled_mm(mat_a, mat_b, scale_a, scale_recipe_a, scale_b, scale_recipe_b, swizzle_a=None, swizzle_b=None, bias=None,
              output_dtype=BY_NAME["bfloat16"], contraction_dim=(),
    use_fast_accum=False):
    """Product of scaled matrices by TensorWise or RowWise scales, summed in float32."""
    a, b = _recipes(scale_a, scale_recipe_a, scale_b, scale_recipe_b, swizzle_a, swizzle_b, contraction_dim)
    a = a.reshape(-1, 1) if a.ndim == 1 and a._numel > 1 else a
    b = b.reshape(1, -1) if b._numel > 1 and tuple(b.shape) != (1, mat_b.shape[1]) else b
    return _scaled(mat_a, mat_b, a, b, bias, mat_a.dtype if output_dtype is None else output_dtype)


@op(out=False, namespace="nn.functional", tensors=["mat_a", "mat_b", "bias", "offs"])
def scaled_grouped_mm(mat_a, mat_b, scale_a, scale_recipe_a, scale_b, scale_recipe_b, swizzle_a=None, swizzle_b=None,
                      bias=None, offs=None, output_dtype=BY_NAME["bfloat16"],
    contraction_dim=(),
                      use_fast_accum=False):
    """Products of groups of scaled matrices with a scale a row of mat_a and a column of each group of mat_b, summed in
    float32."""
    a, b = _recipes(scale_a, scale_recipe_a, scale_b, scale_recipe_b, swizzle_a, swizzle_b, contraction_dim)
    if mat_a.ndim == 2 and mat_b.ndim == 2:
        raise NotImplementedError("scaled_grouped_mm: two 2-d matrices")
    a = a.unsqueeze(-1) if a.ndim == mat_a.ndim - 1 else a
    b = b.unsqueeze(-2) if b.ndim == mat_b.ndim - 1 else b
    out = FUNCTIONS["_grouped_mm"](mat_a.float() * a, mat_b.float() * b, offs, bias, None)
    return out.to(mat_a.dtype if output_dtype is None else output_dtype)


# ---- fake quantisation ----
def _check_range(low, high):
    if low > high:
        raise RuntimeError("`quant_min` should be less than or         equal to `quant_max`.")


def _quantised(input, scale, zero, low, high):
    q = public.round(input * scale.reciprocal() if isinstance(scale, _C_tensor()) else input * (1.0 / scale)) + zero
    return With((q.clamp(low, high) - zero) * scale, mask=(q >= low) & (q <= high))


_PASS = {"input": lambda g, mask: g * mask}


@op(out=False, method=False, grad=_PASS, tensors=["input"])
def fake_quantize_per_tensor_affine(input, scale, zero_point, quant_min, quant_max):
    """input rounded to scale * (integer - zero_point) with the integer in [quant_min, quant_max]; gradients pass where
    nothing was cut off."""
    _check_range(quant_min, quant_max)
    scale, zero_point = (t.item() if isinstance(t, _C_tensor()) else t for t in (scale, zero_point))
    zero_point, quant_min, quant_max = (whole(v, "fake_quantize_per_tensor_affine", n) for v,
                                        n in ((zero_point, "zero_point"), (quant_min, "quant_min"),
                                              (quant_max, "quant_max")))
    if not quant_min <= zero_point <= quant_max:
        raise RuntimeError("`zero_point` must be between `quant_min` and `quant_max`.")
    return _quantised(input, scale, zero_point, quant_min, quant_max)


@op(out=False, method=False, grad=_PASS, tensors=["input", "scale", "zero_point"])
def fake_quantize_per_channel_affine(input, scale, zero_point, axis, quant_min, quant_max):
    """fake_quantize_per_tensor_affine with a scale and zero point for every index of axis."""
    axis, quant_min, quant_max = (whole(v, "fake_quantize_per_channel_affine", n) for v,
                                  n in ((axis, "axis"), (quant_min, "quant_min"), (quant_max, "quant_max")))
    if scale._dtype_code != FLOAT32:
        raise RuntimeError(f"Scale must be Float, found {scale.dtype._name.capitalize()}")
    if zero_point._dtype_code not in (INT32, FLOAT16, FLOAT32):
        raise RuntimeError("Zero-point must be Int32, Float or Half, found "
                           f"{'Long' if zero_point._dtype_code == INT64 else zero_point.dtype._name.capitalize()}")
    _check_range(quant_min, quant_max)
    if (
        zero_point._dtype_code == INT32
        and zero_point._numel
        and not (quant_min <= zero_point.min().item() and zero_point.max().item() <= quant_max)
    ):
        raise RuntimeError("`zero_point` must be between `quant_min` and `quant_max`.")
    if not 0 <= axis < input.ndim:
        raise RuntimeError("`axis` must be between 0 and number of dimensions of input")
    if scale.ndim != 1 or scale.shape != zero_point.shape or scale.shape[0] != input.shape[axis]:
        raise RuntimeError("dimensions of scale and zero-point are not consistent with input tensor")
    shape = [1] * input.ndim
    shape[axis] = -1
    return _quantised(input, scale.reshape(shape).to(input.dtype), zero_point.reshape(shape).to(input.dtype), quant_min,
                      quant_max)
