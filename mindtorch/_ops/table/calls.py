"""Calls of public functions and methods that are not plain: mindtorch._C.Function and Method hand them over here.

What every parameter takes without a second look is one letter (`kinds`); what is of another kind is settled here, by
one rule for all: a tensor of one element where a number is meant becomes that number, a keyword in NumPy's spelling the
parameter of that name, and what can be neither raises TypeError with torch's words.
"""
import inspect

import numpy

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, overrides

from .python_functions import PYTHON

ANYTHING, OPERAND, TENSOR, TENSORS, NUMBER, FLAG, DTYPE = "oxtlnbd"

# Numbers of any kind wherever they occur (whole numbers: numbers.py); a default that is a float says the same.
NUMBERS = frozenset("""
    alpha beta value negative_slope lambd eps p threshold min_val max_val margin momentum std mean
    fill_value rtol atol rcond tol lower upper gamma base delta weight_decay nan posinf neginf step label_smoothing
    sample_rate std_dev periodic_scale tau sigma low high""".split())
# flags that only Python code looks at: whatever has a truth value will do
LOOSE_FLAGS = frozenset("inplace return_indices center use_separate_proj_weight get_infos".split())
# flags without a default
FLAGS = frozenset("align_corners upper training onesided return_complex".split())

# Other names of parameters: NumPy's, those of an operator's other overloads, and those that its documentation uses.
_OTHER_NAMES = {
    "axis": ("dim", "dims"), "keepdims": ("keepdim",), "x": ("input",), "a": ("input",), "x1": ("input",),
    "x2": ("other",), "self": ("input",), "input": ("self", "A", "a", "x"), "A": ("input",), "b": ("B",),
    "sections": ("indices_or_sections",), "indices": ("indices_or_sections",),
    "tensor_indices_or_sections": ("indices_or_sections",), "input2": ("L", "tau"), "input3": ("other",),
    "mat2": ("mat",), "sparse": ("mat1",), "dense": ("mat2",), "test_element": ("test_elements",),
    "element": ("elements",), "tensor": ("tensor1", "input"), "scalar": ("tensor1",), "scalar1": ("tensor1",),
    "scalar2": ("tensor2",), "other": ("B", "src", "tensor2"), "from": ("from_",), "value": ("src",), "s": ("stream",),
    "axis0": ("dim0",), "axis1": ("dim1",), "implicit": (),
}


def name_for(names, key, given=()):
    """The parameter that a keyword means, None when there is none that is not given already."""
    if key in names:
        return key
    return next((n for n in _OTHER_NAMES.get(key, ()) if n in names and n not in given), None)


def kinds_of(parameters, tensors, lists=("tensors", "indices", "values", "operands", "out", "args")):
    """The letters of a function's parameters; `tensors` names those that may be tensors of any class."""
    first = tensors[:1] == ["input"] and parameters[0].default is inspect.Parameter.empty
    letters = []
    for p in parameters:
        if p.name in tensors or p.name == "out":
            letters.append(OPERAND if first and p.name == "input" else TENSORS if p.name in lists else TENSOR)
        elif p.name == "dtype":
            letters.append(DTYPE)
        elif p.annotation is not p.empty and p.annotation is not float:
            letters.append(ANYTHING)
        elif type(p.default) is bool or p.name in FLAGS and p.default in (p.empty, None):
            letters.append(ANYTHING if p.name in LOOSE_FLAGS else FLAG)
        elif p.annotation is float or type(p.default) is float or (
            p.name in NUMBERS and not isinstance(p.default, str)
        ):
            letters.append(NUMBER)
        else:
            letters.append(ANYTHING)
    return "".join(letters).encode()


def make(function, parameters, kinds, *, binds=False, primary=None):
    """The public object of a Python function."""
    names = tuple(p.name for p in parameters)
    positional = sum(p.kind is not p.KEYWORD_ONLY for p in parameters)
    spreads = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return _C.make_callable(function, names, kinds, positional, spreads, binds, primary)


def from_code(function, binds, positional=ANYTHING):
    """The public object of a function that was written by hand; `positional` is the kind of what positions reach."""
    code = function.__code__
    n = code.co_argcount
    spreads = bool(code.co_flags & inspect.CO_VARARGS)
    names, only = code.co_varnames[:n], code.co_varnames[n:n + code.co_kwonlyargcount]
    star = (code.co_varnames[n + code.co_kwonlyargcount],) if spreads else ()
    defaults = function.__kwdefaults__ or {}
    kinds = positional * (n + spreads) + "".join(
        DTYPE if k == "dtype" else FLAG if type(defaults.get(k)) is bool and k not in LOOSE_FLAGS else ANYTHING
        for k in only)
    return _C.make_callable(function, (*names, *star, *only), kinds.encode(), n + spreads, spreads, binds, None)


def another(made, binds, without=()):
    """The same function as another object, a method or a function of its own name."""
    keep = [i for i, n in enumerate(made._names) if n not in without]
    if len(keep) == len(made._names):
        names, kinds = made._names, made._kinds
    else:
        names, kinds = tuple(made._names[i] for i in keep), bytes(made._kinds[i] for i in keep)
    return _C.make_callable(made.__wrapped__, names, kinds, made._positional, made._spreads, binds, made._primary)


# ---- what the caller wrote and what the function takes ----
def renamed(made, args, kwargs):
    """kwargs under the function's own names; TypeError for unknown ones."""
    names, given = made._names, {}
    spread = names[made._positional - 1] if made._spreads else None
    for key, value in kwargs.items():
        if key == spread:
            if len(args) >= made._positional or value is None:
                raise TypeError(f"{made.__name__}() got an unexpected keyword argument '{key}'")
            args = (*args, *(value if value and isinstance(value, (tuple, list)) else (value,)))
            continue
        if key not in names:
            name = name_for(names, key, kwargs)
            if name is None:
                if not made.__wrapped__.__code__.co_flags & inspect.CO_VARKEYWORDS:
                    raise TypeError(f"{made.__name__}() got an unexpected keyword argument '{key}'")
                name = key
            key = name
        given[key] = value
    return args, given


def _name_of(value):
    return "numpy.ndarray" if isinstance(value, numpy.ndarray) else type(value).__name__


def _number(value, made, name, place):
    """A number from what stands for one."""
    if value is None or isinstance(value, (int, float, complex)):
        return value
    if hasattr(value, "_dtype_code"):
        if value.ndim == 0 and not value.requires_grad:
            return value.item()
    elif isinstance(value, numpy.generic):
        return value.item()
    elif not isinstance(value, (str, bytes, list, tuple, dict, numpy.ndarray)):
        return value  # the function knows what else it takes
    raise TypeError(f"{made.__name__}(): argument '{name}'{place} must be Number, not {_name_of(value)}")


def _flag(value, made, name, place):
    if isinstance(value, numpy.bool_):
        return bool(value)
    if value is None or isinstance(value, bool):
        return value
    raise TypeError(f"{made.__name__}(): argument '{name}'{place} must be bool, not {_name_of(value)}")


def _settled(letter, value, made, name, place):
    if letter == NUMBER:
        return _number(value, made, name, place)
    if letter == FLAG:
        return _flag(value, made, name, place)
    if letter == DTYPE and isinstance(value, type):
        return dtypes.PYTHON_TYPES.get(value, value)
    if letter == OPERAND and (value is None or isinstance(value, (str, bytes, list, tuple, dict, set, numpy.ndarray))):
        raise TypeError(f"{made.__name__}(): argument 'input' (position 1) must be Tensor, not {_name_of(value)}")
    return value


def settle(made, args, kwargs):
    """The answer of a call with arguments that the function itself need not know."""
    args, kwargs = renamed(made, args, kwargs)
    names, kinds, last = made._names, made._kinds.decode(), made._positional - 1
    args = [a if i > last else _settled(kinds[i], a, made, names[i], f" (position {i + 1})")
            for i, a in enumerate(args)]
    for key, value in kwargs.items():
        if key in names:
            kwargs[key] = _settled(kinds[names.index(key)], value, made, key, "")
    return made.__wrapped__(*args, **kwargs)


def bound(made, args, kwargs):
    """(positional arguments, keyword arguments) with every default filled in, out= only where it is given."""
    args, kwargs = renamed(made, args, kwargs)
    names, n = made._names, made._positional - made._spreads
    function = made.__wrapped__
    code, defaults = function.__code__, function.__defaults__ or ()
    filled, least = list(args), code.co_argcount - len(defaults)
    for i in range(len(args), n):
        if names[i] in kwargs:
            filled.append(kwargs.pop(names[i]))
        elif i >= least:
            filled.append(defaults[i - least])
        else:
            break  # the function itself says what is missing
    only = {k: v for k, v in (function.__kwdefaults__ or {}).items() if k != "out"}
    return tuple(filled), {**only, **kwargs}


def canonical(made, args, kwargs):
    """(function, args, kwargs) as our own handlers know calls: one object a function, all arguments in their places."""
    if type(made) not in CALLABLES:
        return made, args, kwargs or {}
    return made._primary, *bound(made, args, kwargs or {})


def spelled(made, args, kwargs):
    """How a function that PyTorch writes in Python tells of its call: what must be given by position, the rest by
    name."""
    filled, only = bound(made, args, kwargs)
    if made._spreads:
        return filled, only
    least = made.__wrapped__.__code__.co_argcount - len(made.__wrapped__.__defaults__ or ())
    names = made._names
    return filled[:least], {**dict(zip(names[least:], filled[least:])), **only}


def signature(made):
    """What inspect.signature tells of a function; of a method that its first argument is self, and no out=."""
    told = inspect.signature(made.__wrapped__)
    if not made.__qualname__.startswith("Tensor."):
        return told
    kept = [p for p in told.parameters.values() if p.name in made._names]
    if kept and kept[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        kept[0] = kept[0].replace(name="self")
    return told.replace(parameters=kept)


CALLABLES = (_C.Function, _C.Method)
overrides.canonical, overrides.spelled, overrides.python_functions = canonical, spelled, PYTHON
_C.set_call_hooks(overrides.modes, overrides.dispatch, settle, signature, dtypes.dtype, devices.device)
