"""Python text of a graph: names, annotations, statements."""

import builtins
import dataclasses
import enum
import keyword
import math
import re
import types
import typing

import mindtorch as torch
from mindtorch.utils import _pytree as pytree

from . import _pytree as fx_pytree
from ._names import is_from_torch, qualified_name
from .node import Node, _type_repr, dtype_abbrs, map_arg

_BINARY = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "floordiv": "//",
    "truediv": "/",
    "mod": "%",
    "lshift": "<<",
    "rshift": ">>",
    "and_": "&",
    "or_": "|",
    "xor": "^",
    "matmul": "@",
    "pow": "**",
}
_COMPARISONS = ("eq", "ne", "lt", "gt", "le", "ge")
reflectable_magic_methods = {name: f"{{}} {sign} {{}}" for name, sign in _BINARY.items() if name not in _COMPARISONS}
magic_methods = {
    **{name: f"{{}} {_BINARY[name]} {{}}" for name in _COMPARISONS},
    "pos": "+{}",
    "neg": "-{}",
    "invert": "~{}",
    "getitem": "{}[{}]",
    **reflectable_magic_methods,
}
inplace_methods = {
    f"i{name.rstrip('_')}": f"{{}} {_BINARY[name]}= {{}}" for name in _BINARY if name not in _COMPARISONS
}
_GENERICS = {list: typing.List, dict: typing.Dict, set: typing.Set, frozenset: typing.FrozenSet, tuple: typing.Tuple}


class _Builtin(typing.NamedTuple):
    import_str: str
    obj: object


_custom_builtins = {}


def _register_custom_builtin(name, import_str, obj):
    """A name that generated code may use without further ado."""
    _custom_builtins[name] = _Builtin(import_str, obj)


_register_custom_builtin("inf", "from math import inf", math.inf)
_register_custom_builtin("nan", "from math import nan", math.nan)
_register_custom_builtin("NoneType", "NoneType = type(None)", type(None))
_register_custom_builtin("torch", "import torch", torch)
_register_custom_builtin("device", "from torch import device", torch.device)
_register_custom_builtin("fx_pytree", "import torch.fx._pytree as fx_pytree", fx_pytree)
_register_custom_builtin("pytree", "import torch.utils._pytree as pytree", pytree)


class _Namespace:
    """Names in use: every object gets one of its own that is a Python identifier and no keyword or builtin."""

    _numbered = re.compile(r"(.*)_(\d+)\Z")

    def __init__(self):
        self._obj_to_name, self._used_names, self._last = {}, set(), {}

    def create_name(self, candidate, obj):
        """A free name like `candidate`; the one that `obj` has where it has one."""
        if obj is not None and obj in self._obj_to_name:
            return self._obj_to_name[obj]
        candidate = re.sub(r"[^0-9a-zA-Z_]+", "_", candidate) or "_unnamed"
        candidate = "_" + candidate if candidate[0].isdigit() else candidate
        found = self._numbered.match(candidate)
        base, number = (found[1], int(found[2])) if found else (candidate, None)
        if number is None or candidate in self._used_names:
            number = self._last.get(candidate, 0)
            if self._reserved(candidate, obj):
                number += 1
                candidate = f"{base}_{number}"
        while candidate in self._used_names:
            number += 1
            candidate = f"{base}_{number}"
        self._used_names.add(candidate)
        self._last[base] = number or 0
        if obj is not None:
            self._obj_to_name[obj] = candidate
        return candidate

    def associate_name_with_obj(self, name, obj):
        """Give `obj` a name that is in the namespace."""
        self._obj_to_name.setdefault(obj, name)

    def _rename_object(self, obj, name):
        self._obj_to_name[obj] = name
        self._used_names.add(name)

    @staticmethod
    def _reserved(name, obj):
        if name in keyword.kwlist:
            return True
        if hasattr(builtins, name):
            return getattr(builtins, name) is not obj
        return name in _custom_builtins and _custom_builtins[name].obj is not obj


@dataclasses.dataclass
class PythonCode:
    """Source of a graph, what its names mean, and which Node stands on which line."""

    src: str
    globals: dict
    _lineno_map: dict | None = None
    _prologue_start: int = 0


def format_target(base, target):
    """self.a.b, with getattr for parts that are no identifiers."""
    for part in target.split("."):
        base = f"{base}.{part}" if part.isidentifier() else f'getattr({base}, "{part}")'
    return base


def described(value, strides=False, device=False):
    """A tensor (or what is known of one) as an annotation: f32[2, 3], with strides and device where asked for."""
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        return None
    kind = dtype_abbrs.get(value.dtype, str(value.dtype).removeprefix("torch."))
    steps = value.stride if not callable(value.stride) else value.stride()
    text = [kind, str(list(value.shape)), str(list(steps)) if strides else "", ""]
    if device and hasattr(value, "device"):
        text[3] = str(value.device)
    return text


_COLORS = {"kind": "\x1b[31m", "shape": "\x1b[34m", "dim": "\x1b[2m"}


def _colored(text, color, on):
    return f"{_COLORS[color]}{text}\x1b[0m" if on else text


class CodeGen:
    """Writes the forward of a graph module; subclasses change its signature and what goes in and out."""

    _func_name = "forward"

    def __init__(self):
        self._body_transformer = None

    def gen_fn_def(self, free_vars, maybe_return_annotation, *, expanded_def=False):
        """The def line."""
        names = free_vars if free_vars and free_vars[0] == "self" else ["self", *free_vars]
        inside = ", ".join(names) if not expanded_def else "\n" + "".join(f"    {n},\n" for n in names)
        return f"def {self._func_name}({inside}){maybe_return_annotation}:"

    def generate_output(self, output_args, *, descs=None, repr_fn=repr):
        """The return statement, without a newline."""
        text = (repr_fn or repr)(output_args)
        return f"return {text}" if not descs else f"return {text}  # {', '.join(map(str, descs))}"

    def process_inputs(self, *args):
        """What the placeholders get of what the caller gave."""
        return args

    def process_outputs(self, outputs):
        """What the caller gets of what the graph gives."""
        return outputs

    def additional_globals(self):
        """[(name, object)]: what else the code needs."""
        return []

    def _gen_python_code(
        self,
        nodes,
        root_module,
        namespace,
        *,
        verbose=False,
        include_stride=False,
        include_device=False,
        colored=False,
        expanded_def=False,
        record_func=False,
        additional_meta=None,
    ):
        writer = _Writer(self, root_module, namespace, verbose, include_stride, include_device, colored)
        writer.additional = additional_meta or []
        return writer.write(list(nodes), expanded_def, record_func)


class _Writer:
    """One run of code generation."""

    def __init__(self, codegen, root, namespace, verbose, strides, device, colored):
        self.codegen, self.root, self.namespace = codegen, root, namespace
        self.verbose, self.strides, self.device, self.colored = verbose, strides, device, colored
        self.globals, self.free, self.body, self.returned, self.wrapped = {}, [], [], "", {}
        self.where = None
        for name, entry in _custom_builtins.items():
            self.name_of(name, entry.obj)
        for name, obj in codegen.additional_globals():
            self.name_of(name, obj)

    def name_of(self, hint, obj):
        """How the code calls an object; it enters the globals unless torch has it."""
        if obj is not torch.device and is_from_torch(obj, hint):
            return hint
        hint = hint.replace(".", "_")
        if self.globals.get(hint, self) is obj:
            return hint
        name = self.namespace.create_name(hint, obj if _hashable(obj) else None)
        self.globals[name] = obj
        return name

    def type_repr(self, kind):
        """An annotation; its parts become globals where they have to."""
        if kind == ():
            return "()"
        text = _type_repr(kind)
        origin = getattr(kind, "__origin__", None)
        if origin is None:
            return self.name_of(text, kind)
        if not isinstance(kind, types.GenericAlias):
            origin = _GENERICS.get(origin, origin)
        label = self.name_of(_type_repr(origin), origin)
        return f"{label}[{','.join(self.type_repr(a) for a in getattr(kind, '__args__', ()))}]"

    def text(self, arg):
        """An argument as an expression."""
        if isinstance(arg, Node):
            return repr(arg)
        if isinstance(arg, tuple) and not isinstance(arg, torch.Size):
            inside = ", ".join(self.text(a) for a in arg) + ("," if len(arg) == 1 else "")
            return (
                self.name_of(qualified_name(type(arg)), type(arg)) if hasattr(arg, "_fields") else ""
            ) + f"({inside})"
        if isinstance(arg, list):
            return "[" + ", ".join(self.text(a) for a in arg) + "]"
        if isinstance(arg, dict):
            return "{" + ", ".join(f"{self.text(k)}: {self.text(v)}" for k, v in arg.items()) + "}"
        if isinstance(arg, slice):
            return f"slice({self.text(arg.start)}, {self.text(arg.stop)}, {self.text(arg.step)})"
        if isinstance(arg, enum.Enum):
            return f"{self.name_of(type(arg).__name__, type(arg))}.{arg.name}"
        if isinstance(arg, torch.Tensor):
            return f"Tensor(size={list(arg.shape)}, dtype={arg.dtype})"
        if isinstance(arg, type | types.FunctionType | types.BuiltinFunctionType) or hasattr(
            type(arg), "_primary") or hasattr(arg, "_overloadname"):
            return self.name_of(qualified_name(arg), arg)
        return repr(arg)

    def arguments(self, args, kwargs):
        return ", ".join([*map(self.text, args), *(f"{k} = {self.text(v)}" for k, v in kwargs.items())])

    # ---- statements ----
    def write(self, nodes, expanded, record):
        last = _last_uses(nodes)
        started = []
        for number, node in enumerate(nodes):
            if self.verbose:
                self.origin(node)
            self.body.append(f"# COUNTER: {number}\n")
            if node.op == "output" and record:
                self.body.append(f"{self.recorder('exit')}\n")
            self.statement(node)
            self.forget(node, last)
            if node.op == "placeholder":
                started.append(node)
        if record:
            at = next((i for i, n in enumerate(nodes) if n.op != "placeholder"), len(nodes))
            place = self.body.index(f"# COUNTER: {at}\n") if at < len(nodes) else len(self.body)
            self.body.insert(place, f"{self.recorder('enter')}\n")
        if not nodes:
            self.body.append("pass\n")
        if self.codegen._body_transformer:
            self.body = self.codegen._body_transformer(self.body)
        head = "\n".join(f'torch.fx._symbolic_trace.wrap("{name}")' for name in self.wrapped)
        definition = self.codegen.gen_fn_def(self.free, self.returned, expanded_def=expanded)
        start = f"\n{head}\n\n{definition}".count("\n")
        lines, numbers = [], {}
        at = None
        for line in "".join(self.body).lstrip("\n").split("\n"):
            found = re.fullmatch(r"# COUNTER: (\d+)", line)
            if found:
                at = int(found[1])
                continue
            if not line and not lines:
                continue
            lines.append("    " + line)
            numbers[start + 1 + len(lines)] = at
        code = "\n".join(lines)
        return PythonCode(f"\n{head}\n\n{definition}\n{code}", self.globals, numbers, start)

    def recorder(self, what):
        if what == "enter":
            return "rf = torch.profiler.record_function('## ENTER_GRAPH_FORWARD ##'); rf.__enter__()"
        return "rf.__exit__(None, None, None)"

    def origin(self, node):
        """A comment on where the program made a step, when it changes."""
        if node.op in ("placeholder", "output"):
            return
        trace = node.stack_trace
        if trace == self.where and self.where is not None or (not trace and self.where == ""):
            return
        summary = parse_stack_trace(trace) if trace else None
        if trace and summary is None:
            return
        self.where = trace or ""
        comment = summary or "No stacktrace found for following nodes"
        self.body.append("\n" + _colored(f"# {comment}", "dim", self.colored) + "\n")

    def annotation(self, node):
        """': type' for the statement of a Node."""
        text = "" if node.type is None else f" : {self.type_repr(node.type)}"
        if self.verbose:
            value = node.meta.get("val", node.meta.get("tensor_meta", node.meta.get("example_value")))
            parts = described(value, self.strides, self.device)
            if parts is None and isinstance(value, (list, tuple)) and value and "val" in node.meta:
                parts = None
            if parts is not None:
                if self.colored:
                    parts = [
                        _colored(parts[0], "kind", 1),
                        _colored(parts[1], "shape", 1),
                        *(_colored(p, "dim", 1) for p in parts[2:]),
                    ]
                text = f': "{"".join(parts)}"'
            for key in self.additional:
                if key in node.meta:
                    text += f"  # {key}: {node.meta[key]}" if node.op != "placeholder" else ""
        return text

    def statement(self, node):
        kind = self.annotation(node) if node.op != "output" else ""
        name = repr(node)
        if node.op == "placeholder":
            default = f" = {self.text(node.args[0])}" if node.args else ""
            self.free.append(f"{node.target}{kind}{default}")
            raw = node.target.replace("*", "")
            if raw != name:
                self.body.append(f"{name} = {raw}\n")
            return
        if node.op == "output":
            if node.type is not None:
                self.returned = f" -> {self.type_repr(node.type)}"
            self.body.append(self.codegen.generate_output(node.args[0], repr_fn=self.text) + "\n")
            return
        if node.op == "call_function":
            self.body.append(self.call(node, name, kind))
            return
        if node.op == "call_method":
            called = f"{format_target(repr(node.args[0]), node.target)}({self.arguments(node.args[1:], node.kwargs)})"
        elif node.op == "call_module":
            called = f"{format_target(self.root, node.target)}({self.arguments(node.args, node.kwargs)})"
        elif node.op == "get_attr":
            called = format_target(self.root, node.target)
        else:
            raise NotImplementedError(f"node: {node.op} {node.target}")
        self.body.append(f"{name}{kind} = {called}")

    def call(self, node, name, kind):
        target, args = node.target, node.args
        label = getattr(target, "__name__", "")
        if getattr(target, "__module__", None) == "_operator" and not node.kwargs:
            if label in magic_methods:
                return f"{name}{kind} = {magic_methods[label].format(*map(self.text, args))}"
            if label in inplace_methods:
                return f"{inplace_methods[label].format(*map(self.text, args))};  {name}{kind} = {self.text(args[0])}"
        called = self.name_of(qualified_name(target), target)
        if (
            target is getattr
            and isinstance(args, tuple)
            and len(args) == 2
            and isinstance(args[1], str)
            and args[1].isidentifier()
        ):
            return f"{name}{kind} = {format_target(self.text(args[0]), args[1])}"
        if node.meta.get("is_wrapped", False):
            self.wrapped.setdefault(called)
        return f"{name}{kind} = {called}({self.arguments(args, node.kwargs)})"

    def forget(self, node, last):
        """Drop what nobody needs any longer behind the statement."""
        if node.op in ("placeholder", "output"):
            return
        done = [*last.get(node, ()), *(() if node.users else (node,))]
        if not done:
            self.body.append("\n")
            return
        self.body.append(";  " + _colored(" = ".join([*map(repr, done), "None"]), "dim", self.colored) + "\n")


def _hashable(obj):
    try:
        hash(obj)
    except TypeError:
        return False
    return True


def _last_uses(nodes):
    """{user: Nodes that nobody after it uses}."""
    seen, last = set(), {}
    for user in reversed(nodes):

        def note(n, user=user):
            if n not in seen:
                seen.add(n)
                last.setdefault(user, []).append(n)
            return n

        map_arg(user.args, note)
        map_arg(user.kwargs, note)
    return last


_FRAME = re.compile(r'^File "(.+)", line (\d+), in (.+)$')


def parse_stack_trace(trace):
    """'File: path:line in function, code: text' of the innermost frame, or None."""
    lines = trace.strip().split("\n")
    for at in range(len(lines) - 1, -1, -1):
        found = _FRAME.match(lines[at].strip())
        if found:
            code = lines[at + 1].strip() if at + 1 < len(lines) else ""
            return f"File: {found[1]}:{found[2]} in {found[3]}, code: {code}"
    return None


class _PyTreeInfo(typing.NamedTuple):
    """The signature as the user wrote it, and the shapes of what goes in and out."""

    orig_args: list
    in_spec: object
    out_spec: object


class _PyTreeCodeGen(CodeGen):
    """Code for callers who pass containers: their leaves are the placeholders."""

    def __init__(self, pytree_info):
        super().__init__()
        self.pytree_info = pytree_info

    def process_inputs(self, *inputs):
        return pytree.tree_leaves(inputs)

    def process_outputs(self, out):
        if self.pytree_info is None or self.pytree_info.out_spec is None:
            return out
        return pytree.tree_unflatten(out if isinstance(out, (list, tuple)) else [out], self.pytree_info.out_spec)

    def gen_fn_def(self, free_vars, maybe_return_annotation, *, expanded_def=False):
        if self.pytree_info is None:
            return super().gen_fn_def(free_vars, maybe_return_annotation, expanded_def=expanded_def)
        given = list(self.pytree_info.orig_args)
        if given and given[0] == "self":
            given.pop(0)
            if free_vars and free_vars[0] == "self":
                free_vars = free_vars[1:]
        head = super().gen_fn_def(given, maybe_return_annotation, expanded_def=expanded_def)
        if not free_vars:
            return head
        names = [re.split(r"\s*[:=]", v)[0] for v in free_vars]
        return f"{head}\n    {self.bindings(given, names)}"

    def bindings(self, given, names):
        """The statement that takes the containers apart."""
        spec = self.pytree_info.in_spec
        whole = f"[{', '.join(given)}]"
        if spec.type is tuple and spec.num_children == 2 and spec.child(0).type is tuple and spec.child(1).type is dict:
            positional = spec.child(0).num_children
            named = ", ".join(f"'{k}':{v}" for k, v in zip(spec.child(1).context, given[positional:]))
            whole = f"([{', '.join(given[:positional])}], {{{named}}})"
        return f"{', '.join(names)}, = fx_pytree.tree_flatten_spec({whole}, self._in_spec)"

    def generate_output(self, output_args, *, descs=None, repr_fn=repr):
        if self.pytree_info is None or self.pytree_info.out_spec is None:
            return super().generate_output(output_args, descs=descs, repr_fn=repr_fn)
        text = (repr_fn or repr)(output_args)
        if not isinstance(output_args, (list, tuple)):
            text = f"[{text}]"
        return f"return pytree.tree_unflatten({text}, self._out_spec)"


class _BoxedCodeGen(CodeGen):
    """Code that takes one list and empties it."""

    def gen_fn_def(self, free_vars, maybe_return_annotation, *, expanded_def=False):
        names = [re.split(r"\s*[:=]", v)[0] for v in free_vars if v != "self"]
        head = f"def {self._func_name}(self, args_list){maybe_return_annotation}:"
        if not names:
            return head
        return (
            f"{head}\n    args_iter = iter(args_list)\n"
            + "\n".join(f"    {n} = next(args_iter)" for n in names)
            + "\n    args_list.clear()"
        )


for _class in (CodeGen, PythonCode, _PyTreeCodeGen, _PyTreeInfo, _BoxedCodeGen, _Namespace):
    _class.__module__ = "torch.fx.graph"
