"""Bits of integer and bool tensors."""
from ..table.registry import computed, pointwise, public

EITHER = ("input", "other")

for _name in ("and", "or", "xor"):
    pointwise(f"bitwise_{_name}", "input, other", numbers=EITHER,
              ascend="aclnnBitwise{0}Scalar T1 N2 T0 | aclnnBitwise{0}Tensor T1 T2 T0".format(_name.capitalize()))
pointwise("bitwise_left_shift", "input, other", numbers=EITHER, ascend="aclnnLeftShift T1 T2 T0")
pointwise("bitwise_right_shift", "input, other", numbers=EITHER)
pointwise("gcd", "input, other", ascend="aclnnGcd T1 T2 T0")
pointwise("lcm", "input, other")


@computed("bitwise_right_shift")
def _right_shift_on_device(x, n):
    """A division by 2^n in two steps, since 2^n itself may be too large."""
    of = x if hasattr(x, "_dtype_code") else n
    most = 8 * of.dtype.itemsize - 1
    n = public.where(public.logical_or(n < 0, n > most), most,
                     n) if hasattr(n, "_dtype_code") else most if n < 0 or n > most else n
    half = n // 2
    if not hasattr(n, "_dtype_code"):
        return public.floor_divide(public.floor_divide(x, 1 << half), 1 << (n - half))
    one = public.ones_like(n)
    return public.floor_divide(public.floor_divide(x, public.bitwise_left_shift(one, half)),
                               public.bitwise_left_shift(one, n - half))


@computed("lcm")
def _lcm_on_device(a, b):
    common = public.gcd(a, b)
    return public.abs(public.floor_divide(a, public.where(common == 0, 1, common)) * b)


bitwise_not = pointwise("bitwise_not", ascend="aclnnBitwiseNot T1 T0")
