"""How tensors print: as PyTorch prints them."""
import contextlib
import math

import mindtorch._C as _C
from mindtorch._core import dtypes, overrides

from mindtorch._ops.creation.casts import convert

_PROFILES = {
    "default": dict(precision=4, threshold=1000, edgeitems=3, linewidth=80),
    "short": dict(precision=2, threshold=1000, edgeitems=2, linewidth=80),
    "full": dict(precision=4, threshold=math.inf, edgeitems=3, linewidth=80),
}


class _PrintOptions:
    precision, threshold, edgeitems, linewidth, sci_mode = 4, 1000, 3, 80, None


PRINT_OPTS = _PrintOptions()


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None):
    """Set how tensors print; profile is 'default', 'short' or 'full', single options override it."""
    chosen = dict(_PROFILES.get(profile, {}))
    chosen.update((k, v) for k,
                  v in dict(precision=precision, threshold=threshold, edgeitems=edgeitems, linewidth=linewidth).items()
                  if v is not None)
    for k, v in chosen.items():
        setattr(PRINT_OPTS, k, v)
    PRINT_OPTS.sci_mode = sci_mode


def get_printoptions():
    """The present options as a dict."""
    return {k: getattr(PRINT_OPTS, k) for k in ("precision", "threshold", "edgeitems", "linewidth", "sci_mode")}


@contextlib.contextmanager
def printoptions(**kwargs):
    """set_printoptions for the duration of a with block."""
    old = get_printoptions()
    set_printoptions(**kwargs)
    try:
        yield
    finally:
        set_printoptions(**old)


class _Formatter:
    """Decides one width and notation for all numbers of a tensor."""

    def __init__(self, values, kind):
        self.float, self.whole, self.scientific, self.width = kind == "f", True, False, 1
        if not self.float:
            self.width = max((len(str(v)) for v in values), default=1)
            return
        seen = [v for v in values if v and math.isfinite(v)]
        if seen:
            largest, smallest = max(map(abs, seen)), min(map(abs, seen))
            self.whole = all(v == math.ceil(v) for v in seen)
            self.scientific = largest / smallest > 1000 or largest > 1e8 or (not self.whole and smallest < 1e-4)
            if PRINT_OPTS.sci_mode is not None:
                self.scientific = PRINT_OPTS.sci_mode
            if self.scientific:
                self.width = max(len(f"{v:.{PRINT_OPTS.precision}e}") for v in seen)
            elif self.whole:
                self.width = max(len(f"{v:.0f}") for v in seen) + 1
            else:
                self.width = max(len(f"{v:.{PRINT_OPTS.precision}f}") for v in seen)

    def __call__(self, v):
        if not self.float:
            text = str(v)
        elif self.scientific:
            text = f"{v:{self.width}.{PRINT_OPTS.precision}e}"
        elif self.whole:
            text = f"{v:.0f}" + ("." if math.isfinite(v) else "")
        else:
            text = f"{v:.{PRINT_OPTS.precision}f}"
        return " " * (self.width - len(text)) + text


class _ComplexFormatter:
    def __init__(self, values):
        self.real, self.imaginary = _Formatter([v.real for v in values], "f"), _Formatter([v.imag for v in values], "f")
        self.width = self.real.width + self.imaginary.width + 1

    def __call__(self, v):
        imaginary = (self.imaginary(v.imag) + "j").lstrip()
        return self.real(v.real) + ("" if imaginary[0] in "+-" else "+") + imaginary


def _shown(t, summarize):
    """Nested lists of what is printed; Ellipsis where elements are left out."""
    if not summarize:
        return t.tolist()
    edge = PRINT_OPTS.edgeitems

    def walk(shape, strides, offset):
        if len(shape) == 1 and shape[0] <= 2 * edge or not shape:
            return _C.tolist(_C.strided(t, shape, strides, offset, -1))
        if len(shape) == 1:
            if not edge:
                return [...]
            return [*_C.tolist(_C.strided(t, (edge,), strides, offset, -1)), ...,
                    *_C.tolist(_C.strided(t, (edge,), strides, offset + (shape[0] - edge) * strides[0], -1))]
        rows = range(shape[0]) if shape[0] <= 2 * edge else [*range(edge), ..., *range(shape[0] - edge, shape[0])]
        return [r if r is ... else walk(shape[1:], strides[1:], offset + r * strides[0]) for r in rows]

    return walk(tuple(t.shape), t._strides, t._offset)


def _leaves(x):
    if isinstance(x, list):
        for y in x:
            yield from _leaves(y)
    elif x is not ...:
        yield x


def _layout(data, dims, indent, form):
    """Text of nested lists, broken into lines."""
    if dims == 0:
        return form(data)
    if dims == 1:
        if data == [...]:
            return "[...]"
        per_line = max(1, math.floor((PRINT_OPTS.linewidth - indent) / (form.width + 2)))
        texts = [" ..." if v is ... else form(v) for v in data]
        lines = [texts[i : i + per_line] for i in range(0, len(texts), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(", ".join(line) for line in lines) + "]"
    parts = ["..." if v is ... else _layout(v, dims - 1, indent + 1, form) for v in data]
    return "[" + ("," + "\n" * (dims - 1) + " " * (indent + 1)).join(parts) + "]"


def _tensor_str(t, indent):
    """The numbers of a tensor as text."""
    if not t._numel:
        return "[]"
    t = _C.detach(t)
    if t._device_code > 0:
        t = convert(t, t._dtype_code, 0)
    if t.dtype.is_floating_point and t.dtype.itemsize < 4:
        t = convert(t, dtypes.float32.code)
    data = _shown(t, t._numel > PRINT_OPTS.threshold)
    values = list(_leaves(data))
    form = _ComplexFormatter(values) if t.dtype.is_complex else _Formatter(values,
                                                                           "f" if t.dtype.is_floating_point else "i")
    return _layout(data, t.ndim, indent, form)


def _with_suffixes(text, suffixes, indent):
    parts, line = [text], len(text) - text.rfind("\n") + 1
    for s in suffixes:
        if line + len(s) + 2 > PRINT_OPTS.linewidth:
            parts.append(",\n" + " " * indent + s)
            line = indent + len(s)
        else:
            parts.append(", " + s)
            line += len(s) + 2
    return "".join(parts) + ")"


def _grad_fn_name(t):
    try:
        node = t.grad_fn
    except RuntimeError:  # a view whose base was changed where that is forbidden
        return "Invalid"
    return None if node is None else type(node).__name__


def _parameter():
    from mindtorch.nn.parameter import Parameter

    return Parameter


def _str(self, *, tensor_contents=None):
    """repr of a tensor."""
    with overrides.Disabled(2):
        from mindtorch._core.tensor import Tensor

        parameter = type(self).__name__ == "Parameter" and type(self).__module__ in (
            "torch.nn.parameter", "mindtorch.nn.parameter")
        prefix = "tensor(" if type(self) is Tensor or parameter else type(self).__name__ + "("
        indent, suffixes, default = len(prefix), [], dtypes.get_default_dtype()
        usual = self.dtype in (default, dtypes.complex128 if default is dtypes.float64 else dtypes.complex64,
                               dtypes.int64, dtypes.bool)
        if self._device_code:
            suffixes.append(f"device='{self.device}'")
        if self._device_code < 0:
            suffixes.append(f"size={tuple(self.shape)}")
            if self.dtype is not default:
                suffixes.append(f"dtype={self.dtype}")
            text = "..." if tensor_contents is None else tensor_contents
        elif not self._numel:
            if self.ndim != 1:
                suffixes.append(f"size={tuple(self.shape)}")
            if self.dtype is not default:
                suffixes.append(f"dtype={self.dtype}")
            text = "[]" if tensor_contents is None else tensor_contents
        else:
            if not usual:
                suffixes.append(f"dtype={self.dtype}")
            text = _tensor_str(self, indent) if tensor_contents is None else tensor_contents
        name = _grad_fn_name(self)
        if name is not None:
            suffixes.append(f"grad_fn=<{name}>")
        elif self.requires_grad:
            suffixes.append("requires_grad=True")
        shown = _with_suffixes(prefix + text, suffixes, indent)
        # a parameter that is a tensor of somebody's class says both
        return f"Parameter({shown})" if prefix != "tensor(" and isinstance(self, _parameter()) else shown
