"""Schemas of operators: 'space::name.overload(Tensor x, int n=2, *, float? z=None) -> (Tensor, Tensor[])', read and
written, and what a call means by one."""
import inspect
import re

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*([eE][-+]?\d+)?|\.\d+|inf|nan)$")
_SHOWN = {"SymInt": "int", "ScalarType": "int", "Scalar": "number", "Layout": "int", "MemoryFormat": "int"}


class SchemaType(str):
    """A type of a schema, as it was written; prints as torch prints it."""

    __slots__ = ()

    @property
    def optional(self):
        """Whether None is a value."""
        return self.endswith("?")

    def inner(self):
        """The type of T?, or of the elements of T[]; None for others."""
        if self.endswith("?"):
            return SchemaType(self[:-1])
        return SchemaType(self[:self.rindex("[")]) if self.endswith("]") else None

    getElementType = inner

    def kind(self):
        """'TensorType', 'OptionalType', 'ListType' ..."""
        return ("OptionalType" if self.endswith("?") else "ListType" if self.endswith("]")
                else {"str": "StringType", "Scalar": "NumberType", "Device": "DeviceObjType"}.get(
                    str.__str__(self), str.__str__(self)[:1].upper() + str.__str__(self)[1:] + "Type"))

    def __str__(self):
        if self.endswith("?"):
            return f"Optional[{self.inner()}]"
        return f"List[{self.inner()}]" if self.endswith("]") else _SHOWN.get(str.__str__(self), str.__str__(self))

    __repr__ = __str__


class AliasInfo:
    """Which arguments a value shares memory with, and whether it is written to: the (a!) of Tensor(a!)."""

    def __init__(self, text):
        before, _, after = text.partition("->")
        self.is_write = before.strip().endswith("!")
        self.before_set = {s.strip().rstrip("!") for s in before.split("|")}
        self.after_set = {s.strip().rstrip("!") for s in after.split("|")} if after else set(self.before_set)
        self._text = text.replace(" ", "")


class Argument:
    """One argument or result."""

    def __init__(self, name, kind, alias, default, kwarg_only, written):
        self.name, self.type, self.alias_info, self.kwarg_only = name, kind, alias, kwarg_only
        self.real_type, self._default, self._written = kind, default, written
        size = re.search(r"\[(\d+)\]", str.__str__(kind))
        self.N = int(size[1]) if size else None

    @property
    def default_value(self):
        """The default, None where there is none."""
        return self._default[0] if self._default else None

    def has_default_value(self):
        """Whether it may be left out."""
        return self._default is not None

    @property
    def is_write(self):
        """Whether the operator writes to it."""
        return self.alias_info is not None and self.alias_info.is_write

    @property
    def is_out(self):
        """Whether it is a place for a result."""
        return self.kwarg_only and self.is_write


class FunctionSchema:
    """name, overload_name, arguments and returns of an operator."""

    def __init__(self, name, overload_name, arguments, returns, written):
        self.name, self.overload_name, self.arguments, self.returns = name, overload_name, arguments, returns
        self._written = written
        self.signature = inspect.Signature([
            inspect.Parameter(a.name,
                              inspect.Parameter.KEYWORD_ONLY if a.kwarg_only
                              else inspect.Parameter.POSITIONAL_OR_KEYWORD,
                              default=a.default_value if a.has_default_value() else inspect.Parameter.empty)
            for a in arguments])

    @property
    def is_mutable(self):
        """Whether an argument is written to."""
        return any(a.is_write for a in self.arguments)

    def __str__(self):
        return self.name + (f".{self.overload_name}" if self.overload_name else "") + self._written

    __repr__ = __str__

    def __eq__(self, other):
        return isinstance(other, FunctionSchema) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    def _bind(self, args, kwargs):
        """(positional values, keyword-only values) with the defaults filled in; RuntimeError when they do not fit."""
        positional = [a for a in self.arguments if not a.kwarg_only]
        if len(args) > len(positional):
            raise RuntimeError(f"{self._label()}() takes {len(positional)} positional argument(s) but "
                               f"{len(args)} was/were given.  Declaration: {self}")
        given = {a.name: v for a, v in zip(positional, args)}
        for name, value in kwargs.items():
            if name in given:
                raise RuntimeError(f"{self._label()}() got multiple values for argument '{name}'. Declaration: {self}")
            given[name] = value
        first, named = [], {}
        for at, a in enumerate(self.arguments):
            if a.name in given:
                value = given.pop(a.name)
                if not fits(a.type, value):
                    raise RuntimeError(
                        f"{self._label()}() Expected a value of type '{a.type!s}' for argument '{a.name}' but instead "
                        f"found type '{type(value).__name__}'.\nPosition: {at}\nValue: {value!r}\nDeclaration: {self}")
                value = float(value) if a.type in ("float", "float?") and type(value) is int else value
            elif a.has_default_value():
                value = a.default_value
            else:
                raise RuntimeError(f"{self._label()}() is missing value for argument '{a.name}'. Declaration: {self}")
            if a.kwarg_only:
                named[a.name] = value
            else:
                first.append(value)
        if given:
            raise RuntimeError(f"Unknown keyword argument '{next(iter(given))}' for operator '{self._label()}'. "
                               f"Schema: {self}")
        return tuple(first), named

    def _without_defaults(self, first, named):
        """What a kernel is called with: trailing arguments that have their default value stay away, so that a kernel
        need not name them."""
        positional = [a for a in self.arguments if not a.kwarg_only]
        end = len(first)
        while end and _is_default(positional[end - 1], first[end - 1]):
            end -= 1
        by_name = {a.name: a for a in self.arguments}
        return first[:end], {n: v for n, v in named.items() if not _is_default(by_name[n], v)}

    def _label(self):
        return self.name + (f".{self.overload_name}" if self.overload_name else "")


def _is_default(argument, value):
    if not argument.has_default_value():
        return False
    default = argument.default_value
    return value is default or (type(value) is type(default) and isinstance(value, (int, float, str, list))
                                and value == default)


def fits(kind, value):
    """Whether a value can stand for an argument of a type; types that are not known take everything."""
    from mindtorch._core import devices, dtypes
    from mindtorch._core.tensor import Tensor

    if kind.endswith("?"):
        return value is None or fits(SchemaType(kind[:-1]), value)
    if kind.endswith("]"):
        inner = kind.inner()
        if isinstance(value, (list, tuple)):
            return all(fits(inner, v) for v in value)
        return not kind.endswith("[]") and inner in ("int", "SymInt", "float", "bool") and fits(inner, value)
    scalar = isinstance(value, Tensor) and value.ndim == 0
    if kind == "Tensor":
        return isinstance(value, Tensor)
    if kind in ("int", "SymInt"):
        return scalar or hasattr(value, "__index__") and not isinstance(value, (bool, Tensor))
    if kind == "float":
        return scalar or hasattr(value, "__float__") and not isinstance(value, (bool, str, Tensor))
    if kind == "Scalar":
        return scalar or isinstance(value, (int, float, complex)) or hasattr(value, "__float__") and not isinstance(
            value, Tensor)
    plain = {"bool": (bool,), "str": (str,), "ScalarType": (dtypes.dtype,), "Device": (devices.device, str, int)}
    return isinstance(value, plain[kind]) if kind in plain else True


def _pieces(text):
    """The parts between commas that are in no brackets."""
    depth, quoted, parts = 0, "", [""]
    for c in text:
        if quoted or c in "\"'":
            quoted = "" if c == quoted else quoted or c
        depth += (c in "([") - (c in ")]") if not quoted else 0
        if c == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts if p.strip()]


def _default(text, kind):
    if text in ("None", "True", "False"):
        return {"None": None, "True": True, "False": False}[text]
    if text[:1] in "\"'":
        return text[1:-1]
    if text.startswith("["):
        return [_default(p, kind.inner() or kind) for p in _pieces(text[1:-1])]
    if _NUMBER.match(text):
        number = float(text) if re.search(r"[.en]", text.lower()) or kind.startswith("float") else int(text)
        return [number] * int(re.search(r"\[(\d+)\]", kind)[1]) if re.search(r"\[\d+\]", kind) else number
    return {"contiguous_format": 0, "strided": 0, "Mean": 1, "Sum": 2}.get(text, text)


def _kind(text):
    """(SchemaType, AliasInfo or None, the rest, the type as written) of the begin of "Tensor(a!)[]? name=1"."""
    found = re.match(r"([A-Za-z_][\w.]*|\(\))(\(([^()]*)\))?((?:\[\d*\]|\?|\([^()]*\))*)", text)
    if not found:
        raise RuntimeError(f"expected a type in a schema but found {text!r}")
    tail, alias = found[4], found[3]
    inner = re.search(r"\(([^()]*)\)", tail)
    if inner and alias is None:
        alias = inner[1]
    return (SchemaType(found[1] + re.sub(r"\([^()]*\)", "", tail)), AliasInfo(alias) if alias else None,
            text[found.end():].strip(), found[0])


def parse(text):
    """FunctionSchema of a written one; RuntimeError for what is none."""
    head, bracket, rest = text.strip().partition("(")
    inner, arrow, result = rest.rpartition("->")
    inner, result = inner.strip(), result.strip()
    if not bracket or not arrow or not inner.endswith(")") or not re.match(r"[\w:.]+$", head.strip()):
        raise RuntimeError(f"expected an operator's schema like 'name(Tensor x) -> Tensor', got {text!r}")
    arguments, written, keyword = [], [], False
    for piece in _pieces(inner[:-1]):
        if piece == "*":
            keyword = True
            written.append(piece)
            continue
        kind, alias, name, spelled = _kind(piece)
        name, equals, default = (p.strip() for p in name.partition("="))
        if not name.isidentifier():
            raise RuntimeError(f"expected an argument with a name in a schema but found {piece!r}")
        value = (_default(default, kind),) if equals else None
        arguments.append(Argument(name, kind, alias, value, keyword, spelled))
        written.append(f"{spelled} {name}" + ("=" + _shown(value[0], kind) if equals else ""))
    pieces = _pieces(result[1:-1]) if result.startswith("(") else [result]
    returns, shown = [], []
    for piece in pieces:
        kind, alias, name, spelled = _kind(piece)
        returns.append(Argument(name, kind, alias, None, False, spelled))
        shown.append(spelled + (f" {name}" if name else ""))
    name, _, overload = head.strip().partition(".")
    made = shown[0] if len(shown) == 1 and not result.startswith("(") else f"({', '.join(shown)})"
    return FunctionSchema(name, overload, arguments, returns, f"({', '.join(written)}) -> {made}")


def _shown(value, kind):
    """A default as torch writes it."""
    if isinstance(value, list):
        if re.search(r"int\[\d+\]", kind) and len(set(value)) == 1:
            return str(value[0])
        return f"[{', '.join(_shown(v, kind) for v in value)}]"
    if isinstance(value, float):
        text = f"{value:.17g}"
        return text + "." if text.lstrip("-").isdigit() else text
    return f'"{value}"' if isinstance(value, str) else str(value)
