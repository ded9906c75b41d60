"""Writes torch-stubs from the finished namespace: signatures, docstrings, and the types that types.py knows."""
import ast
import functools
import inspect
import keyword
import pathlib
import textwrap
import types as python_types
import typing

import mindtorch as torch
from mindtorch._ops.table import registry

from . import rooms, types

ROOT = pathlib.Path(__file__).parents[2] / "torch-stubs"
MARK = "# Written by `make stubs` from the finished namespace; don't edit.\n"
_PLAIN = {int: "Int", float: "Float", bool: "Bool", str: "Str", bytes: "Bytes", complex: "Complex", type(None): "None",
          None: "None", typing.Any: "Any", torch.Tensor: "Tensor", torch.dtype: "DType", torch.device: "TorchDevice",
          torch.Size: "Size", torch.Generator: "Generator", torch.layout: "Layout", torch.memory_format: "MemoryFormat",
          list: "list[Any]", tuple: "tuple[Any, ...]", dict: "dict[Any, Any]", object: "Any", type: "type[Any]"}


def annotation(given, scope):
    """An annotation of the source as text; Any for what has no name here."""
    if isinstance(given, str):
        try:
            given = eval(given, scope)
        except Exception:
            return "Any"
    try:
        if given in _PLAIN:
            return _PLAIN[given]
    except TypeError:
        pass
    origin, inner = typing.get_origin(given), typing.get_args(given)
    if origin in (typing.Union, python_types.UnionType):
        parts = list(dict.fromkeys(annotation(a, scope) for a in inner))
        return "Any" if "Any" in parts else " | ".join(parts)
    name = {list: "list", tuple: "tuple", dict: "dict", type: "type"}.get(origin) or {
        "Sequence": "Sequence", "Iterable": "Iterable", "Iterator": "Iterator", "Mapping": "Mapping"}.get(
            getattr(origin, "__name__", ""))
    if name and inner and not any(isinstance(a, typing.TypeVar) for a in inner):
        return f"{name}[{', '.join('...' if a is ... else annotation(a, scope) for a in inner)}]"
    return "Any"


def of_default(value):
    """The type that a default suggests."""
    return {bool: "Bool", int: "Int", float: "Float", str: "Str"}.get(type(value), "Any")


def argument(function, name, default, of_table):
    """The type of an argument that is not annotated."""
    own = types.OWN.get((function, name))
    none = default is None
    if own is None and of_table:
        own = "Int" if name == "dim" and type(default) is int else types.NAMED.get(name)
        if own is None and name in types.TENSORS:
            own = "Tensor"
    if own is None:
        if type(default) is int and name in types.FLOATS:
            return "Float"
        return of_default(default) if default is not inspect.Parameter.empty and not none else "Any"
    return own if not none or own == "Any" or "None" in own or own == "Device" else own + " | None"


def shown(default):
    """A default as an editor shows it."""
    if default is None or type(default) in (bool, int, str):
        return repr(default)
    return repr(default) if type(default) is float and default == default and abs(default) < 1e300 else "..."


def parameters(function, label, first=None, of_table=False, skip=()):
    """The parameters in brackets: `first` replaces the first one, of a method."""
    try:
        given = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ", ".join([*([first] if first else []), "*args: Any", "**kwargs: Any"])
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    parts, star, seen_default = [], False, False
    for i, p in enumerate(given):
        replaced = i == 0 and first and p.kind not in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)
        if replaced or p.name == "_extra" or p.name in skip:
            continue
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        kind = (annotation(p.annotation, scope) if p.annotation is not p.empty
                else argument(label, p.name, p.default, of_table))
        if p.kind is p.VAR_POSITIONAL:
            star = True
            parts.append(f"*{p.name}: {kind}")
        elif p.kind is p.VAR_KEYWORD:
            parts.append(f"**{p.name}: {kind}")
        else:
            if p.annotation is not p.empty and p.default is None and "None" not in kind and kind != "Any":
                kind += " | None"
            name = p.name if not keyword.iskeyword(p.name) else p.name + "_"
            # after a default the engine's functions say by an error what is missing
            fallback = "..." if seen_default and p.default is p.empty and p.kind is not p.KEYWORD_ONLY else None
            seen_default |= p.default is not p.empty and p.kind is not p.KEYWORD_ONLY
            default = fallback or (None if p.default is p.empty else shown(p.default))
            parts.append(f"{name}: {kind}" + (f" = {default}" if default else ""))
    return ", ".join([*([first] if first else []), *parts])


def result(function, label, of_table):
    """The type of what a function gives."""
    try:
        given = inspect.signature(function).return_annotation
    except (TypeError, ValueError):
        given = inspect.Parameter.empty
    short = label.rpartition(".")[2]
    known = types.RESULTS.get(label) or (None if of_table else types.RESULTS.get(short))
    if known:
        return known
    if not of_table and short.startswith(("is_", "has_")):
        return "Bool"
    if given is not inspect.Parameter.empty:
        return annotation(given, getattr(function, "__globals__", {}))
    return "Tensor" if of_table else "Any"


def body(doc, indent):
    """A docstring, or the dots."""
    if not doc or not isinstance(doc, str):
        return " ..."
    text = inspect.cleandoc(doc).replace("\\", "\\\\").replace('"""', "'''")
    text = text + " " if text.endswith('"') else text
    return "\n" + textwrap.indent(f'"""{text}"""\n...', indent + "    ")


def function(value, name, label, *, method=False, of_table=False, indent=""):
    """A function as text: its forms, or its one signature."""
    doc = body(getattr(value, "__doc__", None), indent)
    forms = types.FORMS.get(("Tensor." if method else "") + label) or types.FORMS.get(label)
    if of_table and name in types.WITH_INDICES and label.startswith("nn."):
        inner = parameters(value, name, None, True, ("out",))
        without, head = "return_indices: Bool = False", "return_indices: Literal"
        heads = [f"({inner.replace(without, head + given)}) -> {gives}" for given, gives
                 in (("[False] = False", "Tensor"), ("[True] = ...", "tuple[Tensor, Tensor]"))]
    elif forms and of_table:
        heads = [f.format(self="self" if method else "input: Tensor", name=label) for f in forms]
    else:
        first = "self" if method else None
        skip = ("out",) if method else ()
        heads = [f"({parameters(value, name, first, of_table, skip)}) -> {result(value, label, of_table)}"]
    several = f"{indent}@overload\n" if len(heads) > 1 else ""
    return "".join(f"{several}{indent}def {name}{h}:{doc if i == 0 else ' ...'}\n" for i, h in enumerate(heads))


def cased(name):
    return name.isidentifier() and not keyword.iskeyword(name)


def tensor():
    """The class Tensor: methods of the table, properties of the engine, operators."""
    lines = ["class Tensor:", '    """A multi-dimensional array of one dtype on one device, with autograd."""',
             "    def __init__(self, *args: Any, **kwargs: Any) -> None: ..."]
    lines += ["    " + line for line in types.OPERATORS]
    text = "\n".join(lines) + "\n"
    hidden = {n for n, v in vars(torch.Tensor).items() if type(v).__name__ == "Hidden"}
    for name in sorted(dir(torch.Tensor)):
        value = inspect.getattr_static(torch.Tensor, name)
        if name.startswith("_") or name in hidden or not cased(name) or not hasattr(torch.Tensor, name):
            continue
        if isinstance(value, (classmethod, staticmethod)):
            text += f"    @{type(value).__name__}\n" + function(value.__func__, name, name, indent="    ")
        elif not hasattr(type(value), "__set__") and (name in registry.METHODS or callable(value)
                                                       and not isinstance(value, type)):
            text += function(value, name, name, method=True, of_table=name in registry.METHODS, indent="    ")
        elif hasattr(type(value), "__get__"):
            kind = types.PROPERTIES.get(name, "Bool" if name.startswith("is_") else "Any")
            text += f"    @property\n    def {name}(self) -> {kind}:{body(value.__doc__, '    ')}\n"
            if name in types.WRITABLE:
                text += f"    @{name}.setter\n    def {name}(self, value: Any) -> None: ...\n"
    return text


def private(cls):
    """Bases that no module shows: what they bring is written into the class itself."""
    return [c for c in cls.__mro__[1:] if c.__module__.split(".")[0] in ("torch", "mindtorch")
            and id(c) not in rooms.homes()]


def bases(cls, place):
    """Full names of the bases that are shown, private ones replaced by theirs."""
    found = []
    for base in cls.__bases__:
        name = reference(base, place)
        found += [name] if name else bases(base, place) if base in private(cls) else []
    return list(dict.fromkeys(found))


@functools.cache
def attributes(cls):
    """{name: type} of what __init__ sets on self and of what the class annotates, private bases' too."""
    found = {}
    for c in (*reversed(private(cls)), cls):
        found.update(own_attributes(c))
    return found


def own_attributes(cls):
    found = {n: annotation(a, vars(__import__("sys").modules.get(cls.__module__, torch)))
             for n, a in vars(cls).get("__annotations__", {}).items() if not n.startswith("_")}
    maker = vars(cls).get("__init__")
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(maker)))
    except (OSError, TypeError, SyntaxError):
        return found
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            values: list = [node.value]
            if isinstance(target, ast.Tuple):
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [None] * len(target.elts)
            for t, v in zip(target.elts if isinstance(target, ast.Tuple) else [target], values):
                if isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id == "self" \
                        and not t.attr.startswith("_"):
                    made = v.func.id if isinstance(v, ast.Call) and isinstance(v.func, ast.Name) else ""
                    found.setdefault(t.attr, "Tensor" if made == "Parameter" else "Any")
    return found


def reference(cls, place):
    """A class as a base, by its full name; None where it has no place here."""
    if cls in (object, typing.Generic):
        return None
    home = rooms.homes().get(id(cls))
    if home:
        return home[1] if home[0] == place else ".".join(p for p in ("torch", *home) if p)
    return cls.__name__ if cls.__module__ == "builtins" and cls not in (int, float, str) else None


def forward(cls, name):
    """Layers give one tensor unless their text says otherwise."""
    return name == "forward" and cls.__module__.split(".")[1:3] == ["nn", "modules"]


def a_class(cls, name, place):
    """A class as text."""
    if cls is torch.Tensor:
        return tensor()
    above = ", ".join(bases(cls, place))
    text = f"class {name}{f'({above})' if above else ''}:\n"
    text += body(cls.__doc__, "").removeprefix("\n").removesuffix("\n    ...").removeprefix(" ...")
    lines, members = [], {}
    for c in (*reversed(private(cls)), cls):
        # the first optimizer of a class puts a wrapped `step` there, which may be that of a class above
        members.update({n: v for n, v in vars(c).items()
                        if not getattr(v, "hooked", False) or v.__qualname__.startswith(c.__name__ + ".")})
    names = {n: v for n, v in members.items() if (not n.startswith("_") or n in (
        "__init__", "__call__", "__enter__", "__exit__", "__len__", "__iter__", "__getitem__", "__setitem__",
        "__contains__",
        "__add__", "__or__", "__delitem__", "__iadd__", "__next__", "__dir__")) and cased(n)}
    if "__init__" not in names and "__new__" in members and isinstance(members["__new__"], staticmethod):
        text += f"\n    def __init__({parameters(members['__new__'].__func__, name, 'self')}) -> None: ..."
    for n, kind in attributes(cls).items():
        if n not in names:
            lines.append(f"    {n}: {kind}\n")
    for n, v in names.items():
        if cls is torch.nn.Module and n == "__call__":
            continue
        if isinstance(v, (classmethod, staticmethod)):
            f = v.__func__
            head = "cls" if isinstance(v, classmethod) else None
            lines.append(f"    @{type(v).__name__}\n    def {n}({parameters(f, n, head)}) -> "
                         f"{result(f, '', False)}:{body(f.__doc__, '    ')}\n")
        elif isinstance(v, property):
            lines.append(f"    @property\n    def {n}(self) -> {property_type(v, cls)}:{body(v.__doc__, '    ')}\n")
            if v.fset:
                lines.append(f"    @{n}.setter\n    def {n}(self, value: Any) -> None: ...\n")
        elif cls is torch.nn.Module and n == "forward":
            lines.append(f"    {n}: Callable[..., Any]\n")
        elif callable(v) and not inspect.isclass(v):
            kind = types.MEMBERS.get(n) or types.MEMBERS.get(f"{name}.{n}") or (
                "Tensor" if forward(cls, n) and not several(v) else result(v, "", False))
            lines.append(f"    def {n}({parameters(v, n, 'self')}) -> {kind}:"
                         + (" ..." if n == "__init__" else body(v.__doc__, "    ")) + "\n")
        elif hasattr(type(v), "__get__") and not inspect.isclass(v):
            lines.append(f"    @property\n    def {n}(self) -> Any: ...\n")
        elif n not in attributes(cls):
            lines.append(f"    {n}: ClassVar[Any]\n")
        else:
            lines.append(f"    {n}: {attributes(cls)[n]}\n")
    if cls is torch.nn.Module:
        lines.append("    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...\n"
                     "    def __getattr__(self, name: Str) -> Any: ...\n"
                     "    def __setattr__(self, name: Str, value: Any) -> None: ...\n")
    if hasattr(cls, "_fields") and issubclass(cls, tuple):
        fields = "".join(f"    {f}: Tensor\n" for f in cls._fields)
        return f"class {name}(NamedTuple):\n{fields}"
    return text + ("\n" if text[-1] != "\n" else "") + ("".join(lines) or "    ...\n")


def several(f):
    """Whether a forward has a return that is not one expression of a tensor."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(f)))
    except (OSError, TypeError, SyntaxError):
        return True
    returned = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return)]
    return not returned or any(isinstance(v, (ast.Tuple, ast.IfExp, ast.Name)) or v is None for v in returned)


def property_type(v, cls):
    given = getattr(v.fget, "__annotations__", {}).get("return", inspect.Parameter.empty)
    return "Any" if given is inspect.Parameter.empty else annotation(given, getattr(v.fget, "__globals__", {}))


def constant(value):
    """The type of a value that a module shows."""
    found = {torch.dtype: "DType", torch.device: "TorchDevice", torch.layout: "Layout",
             torch.memory_format: "MemoryFormat", torch.Generator: "Generator", torch.Tensor: "Tensor"}
    return found.get(type(value)) or of_default(value)


def module(place, value):
    """The text of one module's stub."""
    lines = [MARK, f'"""{first_line(value)}"""\n' if first_line(value) else "",
             f"from torch._typing import {', '.join(a for a in _aliases() if place or a not in vars(value))}\n",
             "import torch\n"]
    lines.append("from torch import Size as Size, return_types as return_types\n" if place
                 else "from torch import return_types as return_types\n")
    shown_modules = {n for n in rooms.modules() | rooms.plain()
                     if n and n.rpartition(".")[0] == place}
    for inner in sorted(shown_modules):
        short = inner.rpartition(".")[2]
        if not inspect.isclass(getattr(value, short, None)) and not inspect.isfunction(getattr(value, short, None)):
            lines.append(f"from torch{'.' + place if place else ''} import {short} as {short}\n")
    names = rooms.public(value) if place else {**rooms.public(value), **{
        n: getattr(value, n) for n in ("vmap", "GradScaler") if n not in vars(value)}}
    for name, v in names.items():
        if not cased(name) or name in ("Tensor",) and place == "" and v is not torch.Tensor:
            continue
        if isinstance(v, python_types.ModuleType):
            if type(v) is not python_types.ModuleType:
                lines.append(f"{name}: Any\n")
                continue
            inner = v.__name__.partition(".")[2]
            if inner in rooms.modules() and inner.rpartition(".")[0] != place:
                above = "torch" + ("." + inner.rpartition(".")[0] if "." in inner else "")
                lines.append(f"from {above} import {inner.rpartition('.')[2]} as {name}\n")
            continue
        if not callable(v) or isinstance(v, (torch.dtype, torch.layout, torch.memory_format, torch.Tensor)):
            lines.append(f"{name}: {constant(v)}\n")
            continue
        home = rooms.homes().get(id(v), (place, name))
        if home != (place, name):
            if home[0] == place:
                lines.append(f"{name} = {home[1]}\n")
            else:
                lines.append(f"from torch{'.' + home[0] if home[0] else ''} import {home[1]} as {name}\n")
        elif inspect.isclass(v):
            lines.append("\n" + a_class(v, name, place))
        else:
            label = f"{place}.{name}" if place else name
            of_table = v in _table()
            lines.append(function(v, name, label, of_table=of_table))
    text = "".join(lines)
    return text


@functools.cache
def _table():
    return {*registry.FUNCTIONS.values(), *(f for space in registry.NAMESPACES.values() for f in space.values())}


@functools.cache
def _aliases():
    """Names of _typing.pyi; imported one by one, since what a star brings an editor would offer as torch's own."""
    tree = ast.parse(types.ALIASES)
    return [a.asname for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names if a.asname] + [
        ast.unparse(n.target) for n in tree.body if isinstance(n, ast.AnnAssign)]


def first_line(value):
    doc = (value.__doc__ or "").strip().split("\n")[0]
    return doc.replace("\\", "\\\\").replace('"""', "'''")


@functools.cache
def texts():
    """{path under torch-stubs: text}"""
    folders = {n for n, m in rooms.modules().items() if hasattr(m, "__path__") or not n
               or any(k.startswith(n + ".") for k in rooms.modules())}
    found = {"_typing.pyi": MARK + types.ALIASES, "py.typed": "partial\n"}
    for place, value in rooms.modules().items():
        path = place.replace(".", "/")
        found[f"{path}/__init__.pyi".lstrip("/") if place in folders else path + ".pyi"] = module(place, value)
    for place, package in rooms.plain().items():
        path = place.replace(".", "/")
        found[path + ("/__init__.pyi" if package else ".pyi")] = f"{MARK}from mindtorch.{place} import *\n"
    return found


def present():
    """{path: text} of what lies there."""
    return {str(p.relative_to(ROOT)): p.read_text(encoding="utf8") for p in ROOT.rglob("*") if p.is_file()}


def differences():
    """Paths of files that are missing, too much, or say something else."""
    have, want = present(), texts()
    return sorted(p for p in have | want if have.get(p) != want.get(p))


def write():
    have, want = present(), texts()
    for path in have.keys() - want.keys():
        (ROOT / path).unlink()
    for path, text in want.items():
        if have.get(path) != text:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf8")
