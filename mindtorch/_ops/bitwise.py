"""Bits of integer and bool tensors."""
from .registry import pointwise

EITHER = ("input", "other")

for _name in ("and", "or", "xor"):
    pointwise(f"bitwise_{_name}", "input, other", numbers=EITHER, ascend="aclnnBitwise{0}Scalar T1 N2 T0 | aclnnBitwise{0}Tensor T1 T2 T0".format(_name.capitalize()))
for _name in ("bitwise_left_shift", "bitwise_right_shift"):
    pointwise(_name, "input, other", numbers=EITHER)
for _name in ("gcd", "lcm"):
    pointwise(_name, "input, other")
bitwise_not = pointwise("bitwise_not", ascend="aclnnBitwiseNot T1 T0")
