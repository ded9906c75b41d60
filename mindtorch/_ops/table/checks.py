"""What kernels ask of their operands, in the words that callers match on."""
from mindtorch._core.codes import FLOAT64
from .registry import _CPP_NAMES

MANTISSA = {6: 11, 7: 8, 8: 24, 9: 53}  # bits of the floating dtypes that kernels compute in, by code


def cpp_name(t):
    """The name of a tensor's dtype in messages."""
    return _CPP_NAMES.get(t.dtype._name, t.dtype._name[:1].upper() + t.dtype._name[1:])


def need_float(t, kernel, also=()):
    """NotImplementedError naming the kernel unless t is float16, bfloat16, float32, float64 (or of a code in
    `also`)."""
    if t._dtype_code not in MANTISSA and t._dtype_code not in also:
        raise NotImplementedError(f'"{kernel}" not implemented for \'{cpp_name(t)}\'')


def dense(t):
    """t in contiguous memory; None stays None."""
    return t if t is None or t._contiguous else t.contiguous()


def stats_code(t):
    """The dtype code that statistics of t are kept in: float64 for itself, else float32."""
    return 9 if t._dtype_code == FLOAT64 else 8


def known(*tensors):
    """Whether there are values to look at: tensors on meta have none, and what only checks values is left out for
    them."""
    return all(t._device_code >= 0 for t in tensors)


def need_values(name, *tensors):
    """NotImplementedError on meta, for what has a result whose form depends on values."""
    if not known(*tensors):
        raise NotImplementedError(f"{name}(): the form of the result depends on values, which a meta tensor lacks")


def number(value, function, name):
    """A real number given to a function as a float. TypeError for anything else."""
    if type(value) is not float:
        if isinstance(value, (str, bytes)) or not (hasattr(value, "__float__") or hasattr(value, "__index__")):
            raise TypeError(f"{function}(): argument '{name}' must be float, not {type(value).__name__}")
        value = float(value)
    return value


def need_tensors(function, **given):
    """TypeError for an argument that is no tensor where the function takes nothing else."""
    for place, (name, t) in enumerate(given.items(), 2):
        if not hasattr(t, "_dtype_code"):
            raise TypeError(
                f"{function}(): argument '{name}' (position {place}) must be Tensor, not {type(t).__name__}")


def need_dtype_of(t, like):
    """RuntimeError unless t has the dtype of another tensor; None has every dtype."""
    if t is not None and t._dtype_code != like._dtype_code:
        raise RuntimeError(f"expected scalar type {cpp_name(like)} but found {cpp_name(t)}")
