"""Comparisons, logic, tests of values, where."""
import math

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.codes import COMPLEXES, UINT8

from ..creation.casts import check_fill
from ..table.registry import FUNCTIONS, SKIP_FIRST, TO_BOOL, computed, op, pointwise, public

for _name, _aliases in {"eq": (), "ne": ("not_equal",), "lt": ("less",), "le": ("less_equal",), "gt": ("greater",),
                        "ge": ("greater_equal",)}.items():
    pointwise(_name, "input, other", kind=TO_BOOL, aliases=_aliases, numbers=("other",),
              ascend="aclnn{0}Scalar T1 N2 T0 | aclnn{0}Tensor T1 T2 T0".format(_name.capitalize()))
for _name in ("and", "or", "xor"):
    pointwise(f"logical_{_name}", "input, other", kind=TO_BOOL, ascend=f"aclnnLogical{_name.capitalize()} T1 T2 T0")
logical_not = pointwise("logical_not", kind=TO_BOOL, ascend="aclnnLogicalNot t1 T0")
for _name, _row in {"isnan": "aclnnNeTensor T1 T1 T0", "isinf": "aclnnIsInf T1 T0", "isfinite": "aclnnIsFinite T1 T0",
                    "isreal": None}.items():
    pointwise(_name, kind=TO_BOOL, inplace=False, ascend=_row)
_is_complex = lambda input: input._dtype_code in COMPLEXES


def _real_only(text, error=RuntimeError):
    def check(input):
        raise error(text)

    return _is_complex, check


isposinf = pointwise("isposinf", kind=TO_BOOL, inplace=False,
                     check=_real_only("isposinf does not support complex inputs."))
isneginf = pointwise("isneginf", kind=TO_BOOL, inplace=False,
                     check=_real_only("isneginf does not support complex inputs."))


@computed("isposinf")
def _isposinf_on_device(x):
    return x == math.inf if x.dtype.is_floating_point else public.zeros_like(x, dtype=dtypes.bool)


@computed("isneginf")
def _isneginf_on_device(x):
    return x == -math.inf if x.dtype.is_floating_point else public.zeros_like(x, dtype=dtypes.bool)


@computed("isreal")
def _isreal_on_device(x):
    return public.imag(x) == 0 if x.dtype.is_complex else public.ones_like(x, dtype=dtypes.bool)


@computed("isinf")
def _isinf_on_device(x):
    if not x.dtype.is_complex:
        return NotImplemented
    return public.logical_or(public.isinf(public.real(x)), public.isinf(public.imag(x)))


signbit = pointwise("signbit", kind=TO_BOOL, inplace=False,
                    check=_real_only("signbit is not implemented for complex tensors.", NotImplementedError))

_where = pointwise("where", "condition, input, other", operands=["condition", "input", "other"], kind=SKIP_FIRST,
                   numbers=("input", "other"), function=False, method=False, inplace=False, grad={
    "input": lambda g, condition: where(condition, g, 0), "other": lambda g, condition: where(condition, 0, g)},
    ascend="aclnnSWhere t1 T2 T3 T0")


@op()
def where(condition, input=None, other=None):
    """input where condition (bool) holds, else other; numbers allowed. With the condition alone: nonzero as a tuple.
    RuntimeError for a condition that is not bool."""
    if input is None and other is None:
        return FUNCTIONS["nonzero"](condition, as_tuple=True)
    if input is None or other is None:
        raise TypeError("where() takes a condition and two values, or the condition alone")
    code = getattr(condition, "_dtype_code", 0)
    if code:
        if code != UINT8:
            raise RuntimeError("where expected condition to be a boolean tensor, but got a tensor with dtype "
                               f"{condition.dtype._name.capitalize()}")
        import warnings

        warnings.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future "
            "version of PyTorch. Use a boolean condition instead.",
            stacklevel=3,
        )
    for value, beside in ((input, other), (other, input)):
        if value.__class__ in (int, float) and hasattr(beside, "_dtype_code"):
            check_fill(value, dtypes.DTYPES[{6: 9, 7: 9}.get(common := _C.result_type(beside, value), common)])
    return _where(condition, input, other)


@op("where", function=False, out=False)
def _where_method(self, condition, other):
    """self where condition holds, else other."""
    return where(condition, self, other)


FUNCTIONS["where"] = where

@op(out=False)
def equal(input, other):
    """Same shape and same values, as a Python bool; RuntimeError for unequal dtypes."""
    if input.shape != other.shape:
        return False
    return bool(public.all(public.eq(input, other)).item()) if input._numel else True
