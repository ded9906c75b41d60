"""Tensors of dtypes that MindSpore cannot hold: 8-bit floats of other layouts, pairs of halves, integers of a few
bits, bits. They lie in memory as integers of the same width (the carrier), so that views, copies, storages and files
are those of any tensor; what reads their numbers widens them first, and what PyTorch does not compute is refused.
"""
import functools
import math

import mindtorch._C as _C
from mindtorch._core import devices, dtypes, overrides
from mindtorch._core.tensor import Tensor

from ..creation import casts
from ..table.registry import METHODS, public

_CARRIERS = {1: dtypes.uint8, 2: dtypes.uint16, 4: dtypes.int32}
SHELLS = {d: _CARRIERS[d.itemsize] for d in dtypes.UNHELD if not d._name.startswith(("qint", "quint"))}
_COMPLEX = dtypes.complex32
# name: (bits of the mantissa, bias of the exponent) of floats whose only NaN is the negative zero
_WITHOUT_INFINITY = {"float8_e4m3fnuz": (3, 8), "float8_e5m2fnuz": (2, 16)}
_EXPONENTS = "float8_e8m0fnu"  # powers of two


def _label(d):
    if d is _COMPLEX:
        return "ComplexHalf"
    return d._name.replace("uint", "UInt") if d._name[0] == "u" else d._name.capitalize()


def refuse(name, d):
    """NotImplementedError, as PyTorch has no kernel for the dtype either."""
    raise NotImplementedError(f"\"{name}\" not implemented for '{_label(d)}'")


# ---- numbers ----
@functools.cache
def _values(name):
    """The value of each byte."""
    if name == _EXPONENTS:
        return [2.0 ** (b - 127) for b in range(255)] + [math.nan]
    digits, bias = _WITHOUT_INFINITY[name]

    def value(b):
        e, m = (b & 0x7f) >> digits, b & ((1 << digits) - 1)
        size = (m / (1 << digits) + 1) * 2.0 ** (e - bias) if e else m * 2.0 ** (1 - bias - digits)
        return math.nan if b == 0x80 else -size if b & 0x80 else size

    return [value(b) for b in range(256)]


def _table(values, device):
    return public.tensor(values, dtype=dtypes.float32, device=device)


def widened(x):
    """The numbers of a shell as float32, of pairs of halves as complex64; NotImplementedError for bits and integers."""
    ints, d = plain(x), x.dtype
    if d is _COMPLEX:
        halves = ints.contiguous().unsqueeze(-1).view(dtypes.float16)
        return public.view_as_complex(halves.float().contiguous())
    if not d.is_floating_point or d._name.startswith("float4"):
        refuse("copy_", d)
    return _table(_values(d._name), ints.device)[ints.to(dtypes.int64)]


def narrowed(x, d):
    """A dense tensor's numbers as a shell, each the nearest there is; NotImplementedError for bits and integers."""
    if d is _COMPLEX:
        pairs = public.view_as_real(x.to(dtypes.complex64).contiguous()).to(dtypes.float16)
        return hold(pairs.contiguous().view(dtypes.int32).squeeze(-1), d)
    if not d.is_floating_point or d._name.startswith("float4"):
        refuse("copy_", d)
    x = x.to(dtypes.float32)
    if d._name == _EXPONENTS:
        bits = x.contiguous().view(dtypes.int32)
        exponent, mantissa = (bits >> 23) & 0xff, bits & 0x7fffff
        half = 0x400000
        up = (mantissa > half) | ((mantissa == half) & (exponent > 0))
        return hold(public.where(exponent == 255, 255, exponent + up).to(dtypes.uint8), d)
    values = _values(d._name)[:128]
    between = _table([(a + b) / 2 for a, b in zip(values, values[1:])], x.device)
    size = x.abs().contiguous()
    low, high = public.searchsorted(between, size), public.searchsorted(between, size, right=True)
    code = public.where((low != high) & (low % 2 == 1), high, low)  # between two: to the even one
    code = public.where(x.signbit() & (code > 0), code + 128, code)
    lost = ~(size < values[127] + (values[127] - values[126]) / 2)
    return hold(public.where(lost, 128, code).to(dtypes.uint8), d)


# ---- the class ----
def hold(ints, d):
    """The carrier's tensor seen as one of the shell's dtype: the same memory."""
    made = _C.detach(ints)
    made.__class__ = ShellTensor
    made._element = d
    return made


def plain(x):
    """The carrier's tensor of a shell: the same memory."""
    with overrides.Disabled(2):
        return _C.detach(x)


def make(shape, d, device=None, strides=None):
    """Uninitialised memory."""
    carrier, place = SHELLS[d].code, devices.code_of(device)
    made = _C.empty(shape, carrier, place) if strides is None else _C.empty_strided(shape, strides, carrier, place)
    return hold(made, d)


def cast(x, d, device=None, copy=False, memory_format=None):
    """A dense tensor or a shell as a shell."""
    if isinstance(x, ShellTensor):
        moved = casts.convert(plain(x), x._dtype_code, x._device_code if device is None else devices.code_of(device),
                              memory_format, copy or d is not x.dtype and not _same_bits(d, x.dtype))
        if d is x.dtype:
            return x if moved._pointer == x._pointer and device is None and not copy else hold(moved, d)
        return narrowed(widened(hold(moved, x.dtype)), d)
    return narrowed(x if device is None else x.to(device), d)


def _same_bits(a, b):
    return a.itemsize == b.itemsize


def view_as(x, d):
    """x.view(dtype) where either dtype is a shell's."""
    ints = plain(x) if isinstance(x, ShellTensor) else x
    seen = METHODS["view"](ints, SHELLS.get(d, d))
    return hold(seen, d) if d in SHELLS else seen


def fill(x, value):
    """Every element is this number."""
    plain(x).copy_(plain(narrowed(public.tensor(value), x.dtype)))
    return x


class ShellTensor(Tensor):
    """A tensor of a dtype that lies in memory as integers."""

    __module__ = "torch"
    shape, ndim, is_leaf, grad_fn, grad, retains_grad, output_nr, is_meta, device = (
        vars(Tensor)[n] for n in ("shape", "ndim", "is_leaf", "grad_fn", "_grad", "retains_grad", "output_nr",
                                  "is_meta", "device"))
    dtype = property(lambda self: self._element)
    requires_grad = property(lambda self: False, lambda self, on: self.requires_grad_(on))

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return _answer(func, args, dict(kwargs or {}))

    def requires_grad_(self, requires_grad=True):
        """Itself; RuntimeError when it is to require grad."""
        if requires_grad:
            raise RuntimeError(f"tensors of {self.dtype} do not require gradients here")
        return self

    def __reduce_ex__(self, protocol):
        from mindtorch._storage import pickling

        return pickling._reduce_plain(self)

    def __deepcopy__(self, memo):
        import copy

        memo[id(self)] = made = hold(copy.deepcopy(plain(self), memo), self.dtype)
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made

    def __repr__(self, *, tensor_contents=None):
        from mindtorch._tensor_str import _tensor_str, _with_suffixes

        ints = plain(self)
        suffixes = [f"device='{self.device}'"] if self._device_code else []
        if self._device_code < 0 or not self._numel:
            suffixes.append(f"size={tuple(self.shape)}")
            text = "..." if self._device_code < 0 else "[]"
        else:
            text = _tensor_str(widened(self) if _has_numbers(self.dtype) else ints, 7)
        shown = _with_suffixes("tensor(" + (tensor_contents or text), [*suffixes, f"dtype={self.dtype}"], 7)
        return ("Parameter containing:\n" if getattr(self, "_is_param", False) else "") + shown

    __str__ = __repr__


def _has_numbers(d):
    return d is _COMPLEX or (d.is_floating_point and not d._name.startswith("float4"))


# ---- what they answer ----
_MOVES = set("""view reshape permute transpose swapaxes swapdims movedim moveaxis t T mT squeeze unsqueeze
flatten unflatten expand expand_as broadcast_to narrow select index_select gather take take_along_dim
__getitem__ cat concat concatenate stack hstack vstack dstack split chunk unbind tensor_split unfold diagonal
as_strided contiguous clone detach detach_ data alias flip roll rot90 repeat tile repeat_interleave
masked_select where view_as reshape_as cpu cuda npu pin_memory empty_like new_empty new_empty_strided resize_
set_ squeeze_ unsqueeze_ transpose_ t_ requires_grad_ ravel atleast_1d atleast_2d atleast_3d index_copy_
share_memory_ as_subclass __iter__ unsafe_chunk unsafe_split meshgrid narrow_copy select_scatter slice_scatter
positive conj resolve_conj resolve_neg""".split())
_MEMORY = set("""data_ptr stride storage_offset size dim ndimension numel nelement element_size is_contiguous
untyped_storage is_pinned is_shared get_device __len__ is_set_to nbytes itemsize _version _base layout is_cpu
is_cuda is_npu is_sparse is_quantized is_nested is_mkldnn is_sparse_csr names name is_inference __hash__
_is_view has_names is_mps is_xpu is_xla is_vulkan is_ipu is_maia is_mtia volatile register_hook
_backward_hooks is_same_size retain_grad _dtype_code""".split())
_NUMBERS = set("""eq ne lt le gt ge isnan isinf isfinite tolist item __float__ __int__ __bool__ __complex__
__eq__ __ne__ __format__ isclose allclose""".split())
_CASTS = {"float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16, "bfloat16": dtypes.bfloat16,
          "int": dtypes.int32, "long": dtypes.int64, "short": dtypes.int16, "char": dtypes.int8, "byte": dtypes.uint8,
          "bool": dtypes.bool, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128}
# of pairs of halves PyTorch computes these, and more on devices
_COMPLEX_ONES = set("""add sub mul div neg abs angle reciprocal sigmoid exp sqrt pow __add__ __sub__ __mul__
__truediv__ __radd__ __rsub__ __rmul__ __neg__ real imag conj_physical""".split())


def _map(f, value):
    if isinstance(value, (tuple, list)):
        parts = [_map(f, v) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return f(value)


def _elements(values):
    found = set()
    _map(lambda v: found.add(v.dtype) if isinstance(v, ShellTensor) else None, list(values))
    return found


def _name(func):
    name = getattr(func, "__name__", str(func))
    return getattr(func.__self__, "__name__", name) if name in ("__get__", "__set__") else name


def _answer(func, args, kwargs):
    name = _name(func)
    given = _elements((*args, *kwargs.values()))
    d = next(iter(given))
    if name in _HANDLERS:
        return _HANDLERS[name](d, *args, **kwargs)
    if name in _CASTS:
        return casts.convert(_wide(args[0]), _CASTS[name].code, None, *args[1:], **kwargs)
    if name in _MEMORY:
        return func(*_map(_plain_of, list(args)), **kwargs)
    if name in _MOVES:
        if len(given) > 1:
            raise RuntimeError(f"\"{name}\" takes tensors of one dtype, got {sorted(map(str, given))}")
        result = func(*_map(_plain_of, list(args)), **{k: _map(_plain_of, v) for k, v in kwargs.items()})
        if name.endswith("_") and not name.startswith("__"):
            return args[0]
        carrier = SHELLS[d].code
        return _map(lambda t: hold(t, d) if isinstance(t, Tensor) and t._dtype_code == carrier else t, result)
    if name in _NUMBERS and _has_numbers(d):
        return func(*_map(_wide, list(args)), **{k: _map(_wide, v) for k, v in kwargs.items()})
    if name in _COMPLEX_ONES and given == {_COMPLEX}:
        result = func(*_map(_wide, list(args)), **{k: _map(_wide, v) for k, v in kwargs.items()})
        return result.half() if result.dtype is dtypes.float32 else narrowed(result, d)
    if name in ("abs", "__abs__") and d._name in _WITHOUT_INFINITY:
        return narrowed(widened(args[0]).abs(), d)
    refuse(name, d)


def _plain_of(v):
    return plain(v) if isinstance(v, ShellTensor) else v


def _wide(v):
    return widened(v) if isinstance(v, ShellTensor) else v


def _to(d, x, *args, **kwargs):
    if not isinstance(x, ShellTensor):  # dense.to(shell)
        return cast(x, d, args[0].device) if args else cast(x, kwargs["other"].dtype, kwargs["other"].device)
    device, dtype, later, copy, memory_format = casts.parse_to(*args, **kwargs)
    dtype = x.dtype if dtype is None else dtype
    if dtype in SHELLS:
        return cast(x, dtype, device, copy, memory_format)
    return widened(x).to(device=device or x.device, dtype=dtype, memory_format=memory_format)


def _type(d, x, dtype=None, non_blocking=False):
    return f"torch.{_label(d)}Tensor" if dtype is None else _to(d, x, dtype)


def _copy(d, x, src, non_blocking=False):
    if not isinstance(x, ShellTensor):
        return x.copy_(widened(src))
    source = src if isinstance(src, ShellTensor) and src.dtype is x.dtype else narrowed(_wide(src), x.dtype)
    plain(x).copy_(plain(source))
    return x


def _set(d, x, index, value):
    target = plain(x)
    if isinstance(value, ShellTensor) and value.dtype is x.dtype:
        target[index] = plain(value)
    else:
        target[index] = plain(narrowed(_wide(value) if isinstance(value, Tensor) else public.tensor(value), x.dtype))


def _like(value):
    def make_like(d, x, *args, dtype=None, device=None, **kwargs):
        number = value if value is not None else args[0] if args else kwargs.pop("fill_value")
        dtype = x.dtype if dtype is None else dtype
        made = public.empty_like(plain(x) if dtype in SHELLS else widened(x), dtype=SHELLS.get(dtype, dtype),
                                 device=device or x.device, **kwargs)
        return fill(hold(made, dtype), number) if dtype in SHELLS else made.fill_(number)

    return make_like


def _new(value):
    def make_new(d, x, *given, size=None, fill_value=None, dtype=None, device=None, **kwargs):
        given = list(given)  # as the method was written, or with its defaults filled in
        if size is None:
            several = isinstance(given[0], int)
            count = next((i for i, v in enumerate(given) if type(v) is not int), len(given)) if several else 1
            size, given = tuple(given[:count]) if several else given[0], given[count:]
        number = value if value is not None else fill_value if fill_value is not None else given.pop(0)
        dtype = next((v for v in (dtype, *given) if isinstance(v, dtypes.dtype)), x.dtype)
        device = next((v for v in (device, *given) if isinstance(v, (str, devices.device))), x.device)
        return public.full(tuple(size), number, dtype=dtype, device=device, **kwargs)

    return make_new


def _no_numpy(d, x, *args, **kwargs):
    raise TypeError(f"Got unsupported ScalarType {_label(d)}")


_HANDLERS = {
    "to": _to, "type": _type, "type_as": lambda d, x, other: _to(d, x, other), "copy_": _copy, "__setitem__": _set,
    "fill_": lambda d, x, value: fill(x, value), "zero_": lambda d, x: fill(x, 0), "numpy": _no_numpy,
    "__array__": _no_numpy, "zeros_like": _like(0), "ones_like": _like(1), "full_like": _like(None),
    "new_zeros": _new(0), "new_ones": _new(1), "new_full": _new(None),
    "chalf": lambda d, x, **k: cast(x, _COMPLEX), "storage": lambda d, x: x.untyped_storage(),
    "view_as_real": lambda d, x: plain(x).contiguous().unsqueeze(-1).view(dtypes.float16) if d is _COMPLEX else refuse(
        "view_as_real", d),
    "is_floating_point": lambda d, x: d.is_floating_point, "is_complex": lambda d, x: d.is_complex,
    "is_signed": lambda d, x: d.is_signed, "is_conj": lambda d, x: False, "is_neg": lambda d, x: False,
    "result_type": lambda d, a, b: a.dtype if getattr(b, "dtype", None) is a.dtype else refuse("result_type", d),
    "view": lambda d, x, *size, dtype=None: view_as(x, dtype or size[0]) if dtype is not None or (
        size and isinstance(size[0], dtypes.dtype)) else hold(plain(x).view(*size), d),
}
overrides.wrappers.add(ShellTensor)
dtypes.shells.update(cast=cast, make=make, fill=fill, view=view_as, narrow=narrowed, hold=hold,
                    carriers=SHELLS)
