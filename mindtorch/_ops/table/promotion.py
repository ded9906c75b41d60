"""Type promotion: what dtype a result has."""
import functools

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.codes import COMPLEXES, FLOAT8_E4M3FN

from .registry import op, register


def result_type(tensor1, tensor2):
    """The dtype of an arithmetic result of two tensors or numbers; RuntimeError for quantised ones."""
    if any(getattr(t, "is_quantized", False) for t in (tensor1, tensor2)):
        raise RuntimeError("promoteTypes with quantized numbers is not handled yet; figure out what the correct rules "
                           "should be")
    shells = [t.dtype for t in (tensor1, tensor2) if hasattr(t, "_dtype_code") and dtypes.is_shell(t.dtype)]
    if shells:
        kinds = {t.dtype if hasattr(t, "_dtype_code") else dtypes.DTYPES[_C.result_type(t, t)]
                 for t in (tensor1, tensor2)}
        return shells[0] if len(kinds) == 1 else functools.reduce(promote_types, kinds)
    return dtypes.DTYPES[_C.result_type(tensor1, tensor2)]


def promote_types(type1, type2):
    """The smallest dtype that both convert to safely."""
    if not isinstance(type1, dtypes.dtype) or not isinstance(type2, dtypes.dtype):
        raise TypeError("promote_types() takes two dtypes")
    if type1 is not type2:
        for d, other in ((type1, type2), (type2, type1)):
            if dtypes.is_shell(d):
                return _promoted_shell(d, other)
    elif dtypes.is_shell(type1):
        return type1
    return dtypes.DTYPES[_C.promote_types(dtypes.code_of(type1), dtypes.code_of(type2))]


def _promoted_shell(d, other):
    if d is dtypes.complex32:
        return other if other.is_complex else other.to_complex() if other.is_floating_point else d
    if d.is_floating_point and not (other.is_floating_point or other.is_complex):
        return d
    if d._name.startswith("uint") and (other.is_floating_point or other.is_complex):
        return other
    if d._name.startswith("float8"):
        raise RuntimeError(f"Promotion for Float8 Types is not supported, attempted to promote {d} and {other}")
    raise RuntimeError(f"Promotion from {d} and {other} is unsupported.")


def can_cast(from_, to):
    """Whether torch's casting rules let values of dtype `from_` be stored as dtype `to`."""
    for name, d in (("from_", from_), ("to", to)):
        if not isinstance(d, dtypes.dtype):
            raise TypeError(f"can_cast(): argument '{name}' must be torch.dtype, not {type(d).__name__}")
    if from_.is_complex and not to.is_complex:
        return False
    if from_.is_floating_point and not (to.is_floating_point or to.is_complex):
        return False
    return from_ is dtypes.BY_NAME["bool"] or to is not dtypes.BY_NAME["bool"]


register("result_type", result_type, method=False, family="promotion")
register("promote_types", promote_types, method=False, family="promotion")
register("can_cast", can_cast, method=False, family="promotion")


@op(out=False)
def is_floating_point(input):
    """Whether the dtype is a floating one."""
    return 6 <= input._dtype_code <= 9 or input._dtype_code >= FLOAT8_E4M3FN


@op(out=False)
def is_complex(input):
    """Whether the dtype is complex."""
    return input._dtype_code in COMPLEXES


@op(out=False)
def is_conj(input):
    """Always False: conjugates are made at once, not marked."""
    return False


@op(out=False)
def is_neg(input):
    """Always False: negatives are made at once, not marked."""
    return False


@op(out=False)
def resolve_conj(input):
    """The input itself: there is never a pending conjugate."""
    return input


@op(out=False)
def resolve_neg(input):
    """The input itself: there is never a pending negative."""
    return input


@op(function=False, out=False)
def is_signed(self):
    """Whether the dtype has negative values."""
    return self.dtype.is_signed


@op(out=False)
def is_nonzero(input):
    """Truth of a one-element tensor; RuntimeError for other sizes."""
    if input._numel != 1:
        raise RuntimeError("Boolean value of Tensor with no values is ambiguous" if input._numel == 0
                           else "Boolean value of Tensor with more than one value is ambiguous")
    return bool(input.item())
