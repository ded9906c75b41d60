"""Python's operators on tensors. What cannot be an operand is left to the other side, as Python expects."""
import numpy
from mindtorch._core.codes import BOOL

from ..table.registry import FUNCTIONS, METHODS, as_method, op, register

# operators of which handlers hear by the operator's name; of others by the function's
_OWN_NAMES = frozenset(
    f"__{w}__" for w in "eq rsub floordiv and iand or ior xor ixor lshift ilshift rshift irshift".split())


def _binary(name, function, swapped=False, lazy=False):
    """An operator method that calls a function and turns TypeError into NotImplemented."""
    f = METHODS.get(function) or FUNCTIONS.get(function)
    if name in _OWN_NAMES:
        f = as_method(f, name)
    scope = {"_f": f, "_table": METHODS}
    call = f"{'_table[' + repr(function) + ']' if lazy else '_f'}({'other, self' if swapped else 'self, other'})"
    exec(f"def {name}(self, other):\n    try:\n        return {call}\n    except TypeError:\n        return "
         "NotImplemented", scope)
    made = scope[name]
    made.__doc__ = f"{function} as an operator."
    made.__module__, made.__qualname__ = "torch", "Tensor." + name
    register(name, made, function_name=False, kind="operator", family="operators")


for _word, _function in {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide",
                         "mod": "remainder", "pow": "pow", "and": "bitwise_and", "or": "bitwise_or",
                         "xor": "bitwise_xor", "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift"}.items():
    _binary(f"__{_word}__", _function)
    _binary(f"__i{_word}__", _function + "_")
    if _word in ("add", "mul"):
        _binary(f"__r{_word}__", _function)
    elif _word == "sub":
        _binary("__rsub__", "rsub")
    elif _word != "truediv":
        _binary(f"__r{_word}__", _function, swapped=True)
for _word in ("ne", "lt", "le", "gt", "ge"):
    _binary(f"__{_word}__", _word)
_eq = as_method(METHODS["eq"], "__eq__")


def __eq__(self, other):
    """eq as an operator; arrays are compared element by element too, which the other operators leave to NumPy."""
    try:
        return _eq(self, other)
    except TypeError:
        if isinstance(other, numpy.ndarray) and other.dtype.kind in "biufc":
            return _eq(self, FUNCTIONS["as_tensor"](other, device=self.device))
        return NotImplemented


__eq__.__module__, __eq__.__qualname__ = "torch", "Tensor.__eq__"
register("__eq__", __eq__, function_name=False, kind="operator", family="operators")
_binary("__matmul__", "matmul", lazy=True)
_binary("__rmatmul__", "matmul", swapped=True, lazy=True)
METHODS["__div__"], METHODS["__idiv__"] = METHODS["__truediv__"], METHODS["__itruediv__"]


def _true_divide_of(self, other):
    return self.reciprocal() * other


def __rtruediv__(self, other):
    """other / self."""
    try:
        return _true_divide_of(self, other)
    except TypeError:
        return NotImplemented


METHODS["__rtruediv__"] = METHODS["__rdiv__"] = __rtruediv__


@op(out=False)
def positive(input):
    """The input itself; RuntimeError for bool."""
    if input._dtype_code == BOOL:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def __invert__(self):
    """~self, of integer and bool tensors; TypeError for others."""
    if 6 <= self._dtype_code <= 11:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return FUNCTIONS["bitwise_not"](self)


METHODS.update(__neg__=FUNCTIONS["neg"], __abs__=FUNCTIONS["abs"], __pos__=positive, __invert__=__invert__)
