"""Bits of integer and bool tensors."""
from .registry import pointwise

EITHER = ("input", "other")

for _name in ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"):
    pointwise(_name, "input, other", numbers=EITHER)
for _name in ("gcd", "lcm"):
    pointwise(_name, "input, other")
bitwise_not = pointwise("bitwise_not")
