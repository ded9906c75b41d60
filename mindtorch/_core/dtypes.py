"""torch.dtype and its family. Codes are those of the engine (csrc/kernels/kernel.h)."""
import mindspore

__all__ = ["dtype", "DTYPES", "finfo", "iinfo", "to_mindspore_dtype", "from_mindspore_dtype", "get_default_dtype",
           "set_default_dtype"]


class dtype:
    """Element type of a tensor; one object a type, compared by identity."""

    __slots__ = ("_name", "code", "itemsize", "is_floating_point", "is_complex", "is_signed", "_old", "__weakref__")
    __module__ = "torch"

    def __init__(self, name, code, itemsize, kind, old=None):
        self._name, self.code, self.itemsize, self._old = name, code, itemsize, old
        self.is_floating_point, self.is_complex = kind == "f", kind == "c"
        self.is_signed = kind in "fci" and name != "float8_e8m0fnu"

    def __repr__(self):
        return "torch." + self._name

    def __reduce__(self):
        return self._name

    def to_real(self):
        """The real type of the same precision."""
        return {"complex64": float32, "complex128": float64, "complex32": float16}.get(self._name, self)

    def to_complex(self):
        """The complex type of the same precision."""
        return {"float16": complex32, "float32": complex64, "float64": complex128,
                "bfloat16": complex64}.get(self._name, self)


def _make(rows):
    return [dtype(*row) for row in rows]


# the order is the engine's; a code of -1 is a name that MindSpore cannot hold
(bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128, uint16, uint32,
 uint64, float8_e4m3fn, float8_e5m2) = DTYPES = _make([
    ("bool", 0, 1, "b"), ("uint8", 1, 1, "u"), ("int8", 2, 1, "i"), ("int16", 3, 2, "i"), ("int32", 4, 4, "i"),
    ("int64", 5, 8, "i"),
    ("float16", 6, 2, "f"), ("bfloat16", 7, 2, "f"), ("float32", 8, 4, "f"), ("float64", 9, 8, "f"),
    ("complex64", 10, 8, "c"), ("complex128", 11, 16, "c"),
    ("uint16", 12, 2, "u"), ("uint32", 13, 4, "u"), ("uint64", 14, 8, "u"), ("float8_e4m3fn", 15, 1, "f"),
    ("float8_e5m2", 16, 1, "f")])
UNHELD = _make([(n, -1, s, k) for n, s, k in [
    ("complex32", 4, "c"), ("float8_e4m3fnuz", 1, "f"), ("float8_e5m2fnuz", 1, "f"), ("float8_e8m0fnu", 1, "f"),
    ("float4_e2m1fn_x2", 1, "f"),
    ("qint8", 1, "i"), ("quint8", 1, "u"), ("qint32", 4, "i"), ("quint4x2", 1, "u"), ("quint2x4", 1, "u"),
    ("bits8", 1, "u"), ("bits16", 2, "u"), ("bits1x8", 1, "u"),
    ("bits2x4", 1, "u"), ("bits4x2", 1, "u"), *((f"uint{i}", 1, "u") for i in range(1, 8)),
    *((f"int{i}", 1, "i") for i in range(1, 8))]])
complex32 = UNHELD[0]
ALIASES = {"half": float16, "float": float32, "double": float64, "short": int16, "int": int32, "long": int64,
           "chalf": complex32, "cfloat": complex64, "cdouble": complex128}
BY_NAME = {d._name: d for d in DTYPES + UNHELD} | ALIASES

_to_mindspore = {d.code: getattr(mindspore, {"bool": "bool_"}.get(d._name, d._name), None) for d in DTYPES}
_from_mindspore = {str(v): DTYPES[k] for k, v in _to_mindspore.items() if v is not None}


def to_mindspore_dtype(d):
    """The mindspore dtype for a torch dtype."""
    return _to_mindspore[d.code]


def from_mindspore_dtype(d):
    """The torch dtype for a mindspore dtype (a torch dtype passes through); TypeError for others."""
    if isinstance(d, dtype):
        return d
    found = _from_mindspore.get(str(d))
    if found is None:
        raise TypeError(f"{d} has no torch counterpart")
    return found


_default = float32


def get_default_dtype():
    """The dtype of float literals and factories: float32 unless set."""
    return _default


def set_default_dtype(d):
    """Set the default floating dtype: float16, bfloat16, float32 or float64; TypeError for others."""
    from mindtorch import _C

    global _default
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d
    _C.set_default_dtype(d.code)


def code_of(d):
    """Engine code of a dtype; NotImplementedError for names that MindSpore cannot hold."""
    if d is None:
        return _default.code
    if d is builtin_float:
        return 9
    if d is builtin_int:
        return 5
    if d is builtin_bool:
        return 0
    if d is builtin_complex:
        return 11
    if not isinstance(d, dtype):
        raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(d).__name__}")
    if d.code < 0:
        raise NotImplementedError(f"{d} tensors are not supported: MindSpore has no such type")
    return d.code


# What makes, casts and views tensors of dtypes that MindSpore cannot hold: _ops/shells puts it here.
shells = {}


def is_shell(d):
    """Whether tensors of this dtype lie in memory as integers of its width."""
    return type(d) is dtype and d.code < 0 and d in shells["carriers"]


import builtins  # noqa: E402  (the module's own names shadow bool)

builtin_float, builtin_int, builtin_bool, builtin_complex = (builtins.float, builtins.int, builtins.bool,
                                                             builtins.complex)

# name: (bits, mantissa bits, min exponent, max exponent, decimal digits)
_FLOATS = {"float16": (16, 10, -14, 15), "bfloat16": (16, 7, -126, 127), "float32": (32, 23, -126, 127),
           "float64": (64, 52, -1022, 1023),
           "float8_e4m3fn": (8, 3, -6, 8), "float8_e5m2": (8, 2, -14, 15), "float8_e4m3fnuz": (8, 3, -7, 7),
           "float8_e5m2fnuz": (8, 2, -15, 15), "float8_e8m0fnu": (8, 0, -127, 127)}


# Python's classes of numbers stand for dtypes wherever one is given
PYTHON_TYPES = {builtin_float: BY_NAME["float64"], builtin_int: BY_NAME["int64"], builtin_bool: BY_NAME["bool"],
                builtin_complex: BY_NAME["complex128"]}


class finfo:
    """Limits of a floating dtype (IEEE 754 layout): bits, eps, max, min, tiny, smallest_normal, resolution."""

    __module__ = "torch"

    def __init__(self, type=None):
        d = get_default_dtype() if type is None else PYTHON_TYPES.get(type, type)
        d = d.to_real() if d.is_complex else d
        if not d.is_floating_point or d._name not in _FLOATS:
            raise TypeError("torch.finfo() requires a floating point input type. Use torch.iinfo to handle "
                            "'torch.finfo'")
        self.bits, mantissa, low, high = _FLOATS[d._name]
        self.dtype = d._name
        self.eps = 2.0**-mantissa if d._name != "float8_e5m2fnuz" else 0.125  # PyTorch's figure
        top = 2 - 2.0**-mantissa if d._name != "float8_e4m3fn" else 1.75
        self.max = top * 2.0**high
        self.min = -self.max if d.is_signed else 2.0**low
        self.tiny = self.smallest_normal = 2.0**low
        digits = {0: 0, 2: 0, 3: 0, 7: 2, 10: 3, 23: 6, 52: 15}[mantissa]
        self.resolution = builtins.float(f"1e-{digits}")

    def __repr__(self):
        return (f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
                f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})")


_INTEGERS = {"bool", "qint8", "quint8", "qint32", "quint4x2", "quint2x4",
             *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}


class iinfo:
    """Limits of an integer dtype: bits, min, max."""

    __module__ = "torch"

    def __init__(self, type):
        type = PYTHON_TYPES.get(type, type)
        if type.is_floating_point or type.is_complex:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        if type._name not in _INTEGERS:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        if type is bool:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        self.dtype, self.bits = type._name, type.itemsize * 8
        self.min, self.max = (-(2 ** (self.bits - 1)),
                              2 ** (self.bits - 1) - 1) if type.is_signed else (0, 2**self.bits - 1)

    def __repr__(self):
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
