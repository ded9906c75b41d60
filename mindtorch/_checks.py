"""Checks that programs call (torch._check and its like), and numbers that may be symbolic: here they never are."""
import math


class _Symbolic:
    """A number that stands for one known later: sizes here are always known, so only code that makes its own ever sees
    one."""

    def __init__(self, node):
        self.node = node

    def __repr__(self):
        return str(self.node)


SymInt, SymFloat, SymBool = (type(n, (_Symbolic,), {"__module__": "torch", "__doc__": _Symbolic.__doc__})
                             for n in ("SymInt", "SymFloat", "SymBool"))


def sym_int(a):
    """int() of a number."""
    return int(a)


def sym_float(a):
    """float() of a number."""
    return float(a)


def sym_not(a):
    """not a."""
    return not a


def sym_max(a, b):
    """The larger one."""
    return max(a, b)


def sym_min(a, b):
    """The smaller one."""
    return min(a, b)


def sym_ite(b, t, f):
    """t if b else f."""
    return t if b else f


def sym_sum(args):
    """Sum of numbers."""
    return sum(args)


def sym_sqrt(a):
    """Square root of a number."""
    return math.sqrt(a)


def _assert(condition, message):
    """AssertionError with the message unless the condition holds."""
    from mindtorch import overrides

    if overrides.has_torch_function((condition,)):
        return overrides.handle_torch_function(_assert, (condition,), condition, message)
    assert condition, message


def _check_with(error, cond, message=None):
    if not cond:
        raise error(message() if callable(message) else message
                    or "Expected cond to be True, but got False. (Could this error message be improved?  If so, "
                       "please report an enhancement request.)")


def _check(cond, message=None):
    """RuntimeError unless cond."""
    _check_with(RuntimeError, cond, message)


def _check_index(cond, message=None):
    """IndexError unless cond."""
    _check_with(IndexError, cond, message)


def _check_value(cond, message=None):
    """ValueError unless cond."""
    _check_with(ValueError, cond, message)


def _check_type(cond, message=None):
    """TypeError unless cond."""
    _check_with(TypeError, cond, message)


def _check_not_implemented(cond, message=None):
    """NotImplementedError unless cond."""
    _check_with(NotImplementedError, cond, message)


def _check_is_size(i, message=None, *, max=None):
    """RuntimeError for a negative size."""
    _check(i >= 0 and (max is None or i <= max), message)


def _check_tensor_all_with(error, cond, message=None):
    """The given error unless every element of a bool tensor is true."""
    import mindtorch

    if not isinstance(cond, mindtorch.Tensor):
        raise TypeError(f"cond must be a tensor, but got {type(cond)}")
    if cond.dtype is not mindtorch.bool:
        raise TypeError(f"cond tensor must have dtype torch.bool, but got {cond.dtype}")
    _check_with(error, bool(cond.all().item()), message)


def _check_tensor_all(cond, message=None):
    """RuntimeError unless every element of a bool tensor is true."""
    _check_tensor_all_with(RuntimeError, cond, message)


def sym_constrain_range(size, *, min=None, max=None):
    """RuntimeError unless min <= size <= max."""
    low, high = -(1 << 63) if min is None else min, (1 << 63) - 1 if max is None else max
    if high < low:
        raise RuntimeError(f"Max must be greater than or equal to Min. Got min={low} max={high}")
    if not low <= size <= high:
        raise RuntimeError(f"Invalid value range for {size} between [{low}, {high}].")


def sym_constrain_range_for_size(size, *, min=None, max=None):
    """sym_constrain_range of a number that is a size."""
    sym_constrain_range(size, min=0 if min is None else min, max=max)


def sym_fresh_size(*args, **kwargs):
    """RuntimeError: sizes are never symbolic."""
    raise RuntimeError("sym_fresh_size: numbers are never symbolic")
