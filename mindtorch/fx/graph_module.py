"""torch.fx.GraphModule: a module whose forward is the code of a graph."""

import copy
import itertools
import linecache
import pathlib
import traceback
import types
import warnings

import mindtorch as torch

from ._codegen import _custom_builtins, _PyTreeCodeGen
from .graph import Graph

__all__ = ["reduce_graph_module", "reduce_package_graph_module", "GraphModule"]
FX_GRAPH_MODULE_FILE_PREFIX = "fx_generated_"
_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"
_numbers = itertools.count()
_HOOKS = ("_replace_hooks", "_create_node_hooks", "_erase_node_hooks", "_deepcopy_hooks")


def _forward_from_src(src, globals, co_fields=None):
    return _method_from_src("forward", src, globals, co_fields)


def _method_from_src(method_name, src, globals, co_fields=None):
    scope = dict(globals)
    _exec_with_source(src, scope, co_fields)
    return scope[method_name]


def _exec_with_source(src, globals, co_fields=None):
    # linecache gives tracebacks the generated lines
    name = f"<eval_with_key>.{next(_numbers)}"
    if co_fields:
        name += f" from {co_fields['co_filename']}:{co_fields['co_firstlineno']} in {co_fields['co_name']}"
    linecache.cache[name] = (len(src), None, src.splitlines(keepends=True), name)
    exec(compile(src, name, "exec"), globals)


def _import_line(name, obj):
    if name in _custom_builtins and _custom_builtins[name].obj is obj:
        return _custom_builtins[name].import_str
    if isinstance(obj, types.ModuleType):
        return f"import {_public(obj.__name__)} as {name}"
    module, label = (
        getattr(obj, "__module__", None),
        getattr(obj, "__qualname__", None) or getattr(obj, "__name__", None),
    )
    if module is None or label is None:
        raise RuntimeError(f"cannot import {obj!r}, which the code calls {name}")
    if module == "builtins":
        return f"{name} = {label}" if name != label else ""
    path, _, last = label.rpartition(".")
    if path:
        owner, _, rest = label.partition(".")
        return f"from {_public(module)} import {owner} as _{name}_owner; {name} = _{name}_owner.{rest}"
    return f"from {_public(module)} import {last} as {name}"


def _public(module):
    return module.removeprefix("mind") if module.startswith("mindtorch") else module


def _format_import_block(globals, importer=None):
    """Import statements that make the globals anew."""
    return "\n".join(dict.fromkeys(_import_line(n, o) for n, o in globals.items()))


class _CodeOnlyModule(torch.nn.Module):
    def __init__(self, body):
        super().__init__()
        self.__dict__ = body


def reduce_graph_module(body, import_block):
    """A GraphModule of a pickle: what it held, and the imports of its code."""
    code = body.get("_code") or body.get("code")
    return _deserialize_graph_module(_forward_from_src(import_block + code, {}), body)


def reduce_package_graph_module(importer, body, generated_module_name):
    """A GraphModule of a torch.package archive."""
    return _deserialize_graph_module(importer.import_module(generated_module_name).forward, body)


def _deserialize_graph_module(forward, body, graph_module_cls=None):
    from ._symbolic_trace import Tracer

    shell = _CodeOnlyModule(body)
    shell.__class__ = type("GraphModule", (_CodeOnlyModule,), {"forward": forward})
    name = body.pop("_graphmodule_cls_name", "GraphModule")
    shell.__class__.__name__ = name
    base = body.get("_tracer_cls") or Tracer

    class KeepModules(base):
        def is_leaf_module(self, m, module_qualified_name):
            return True

    codegen = body.pop("_graphmodule_codegen", None)
    graph = KeepModules().trace(shell, **(body.get("_tracer_extras") or {}))
    graph._tracer_cls = body.get("_tracer_cls")
    if codegen is not None:
        graph._codegen = codegen
    made = (graph_module_cls or GraphModule)(shell, graph, class_name=name)
    known = vars(made)
    for key, value in body.items():
        if key not in known:
            setattr(made, key, value)
    made.meta = body.get("meta", {})
    return made


# ---- attributes by path ----
def _walk(module, path, make=False):
    *prefix, name = path.split(".")
    for part in prefix:
        inner = getattr(module, part, None)
        if inner is None:
            if not make:
                return None, name
            inner = torch.nn.Module()
            setattr(module, part, inner)
        module = inner
    return module, name


def _copy_attr(from_module, to_module, target):
    source, name = _walk(from_module, target)
    if source is None:
        return
    _assign_attr(getattr(source, name), to_module, target)


def _assign_attr(from_obj, to_module, target):
    owner, name = _walk(to_module, target, make=True)
    if isinstance(from_obj, torch.Tensor) and not isinstance(from_obj, torch.nn.Parameter):
        owner.register_buffer(name, from_obj)
    else:
        setattr(owner, name, from_obj)


def _del_attr(model, attr_name):
    delattr(*_walk(model, attr_name))


def _get_attr(model, attr_name):
    owner, name = _walk(model, attr_name)
    return getattr(owner, name)


def _has_attr(model, attr_name):
    owner, name = _walk(model, attr_name)
    return owner is not None and hasattr(owner, name)


def _print_readable(
    module,
    module_name,
    print_output=True,
    include_stride=False,
    include_device=False,
    colored=False,
    expanded_def=False,
    additional_meta=None,
):
    graph = module.graph
    code = graph.python_code(
        "self",
        verbose=True,
        include_stride=include_stride,
        include_device=include_device,
        colored=colored,
        expanded_def=expanded_def,
        additional_meta=additional_meta,
    ).src
    lines = code.lstrip("\n").rstrip(" ").split("\n")
    text = f"class {module_name}(torch.nn.Module):\n" + "\n".join(
        "    " + line if line.strip() else "" for line in lines
    )
    for name, child in module.named_children():
        if hasattr(child, "graph"):
            inner = _print_readable(child, name, False, include_stride, include_device, colored, False, additional_meta)
            text += (
                "\n"
                + "\n".join("    " + line if line.strip() else "" for line in inner.rstrip("\n").split("\n"))
                + "\n"
            )
    if print_output:
        print(text)
    return text


class _WrappedCall:
    """Calls forward; an error in generated code says which line of it failed."""

    def __init__(self, cls, cls_call):
        self.cls, self.cls_call = cls, cls_call

    def __call__(self, obj, *args, **kwargs):
        try:
            if self.cls_call is not None:
                return self.cls_call(obj, *args, **kwargs)
            return super(self.cls, obj).__call__(*args, **kwargs)
        except Exception as error:
            if not error.__traceback__:
                raise
            inner = traceback.TracebackException(type(error), error, error.__traceback__).stack[-1]
            if not inner.filename.startswith("<eval_with_key>"):
                raise
            lines = "".join(linecache.getlines(inner.filename)).splitlines(keepends=True)
            mark = "~" * max(len(line) for line in lines[inner.lineno - 2 : inner.lineno + 1]) + "~~~ <--- HERE\n"
            near = (
                "".join(lines[max(inner.lineno - 2, 0) : inner.lineno])
                + mark
                + "".join(lines[inner.lineno : inner.lineno + 2])
            )
            error.add_note(
                f"Call using an FX-traced Module, line {inner.lineno} of the traced Module's generated forward "
                f"function:\n{near}"
            )
            raise


class GraphModule(torch.nn.Module):
    """A module made of a graph and of what the graph names in `root` (a module, or {path: object})."""

    def __new__(cls, *args, **kwargs):
        # a class of its own: forward belongs to the class
        for base in cls.__mro__:
            if base.__qualname__.split(".")[-1] != "GraphModuleImpl":
                cls = base
                break
        return super().__new__(
            type("GraphModuleImpl", (cls,), {"__qualname__": "GraphModule.__new__.<locals>.GraphModuleImpl"})
        )

    def __init__(self, root, graph, class_name="GraphModule"):
        super().__init__()
        self.__class__.__name__ = class_name
        if isinstance(root, torch.nn.Module):
            if hasattr(root, "training"):
                self.training = root.training
            for node in graph.nodes:
                if node.op in ("get_attr", "call_module"):
                    _copy_attr(root, self, node.target)
        elif isinstance(root, dict):
            targets = []
            for node in graph.nodes:
                if node.op in ("get_attr", "call_module"):
                    if node.target not in root:
                        raise RuntimeError(
                            f"Node {node} referenced target {node.target} but that target was not provided in ``root``!"
                        )
                    targets.append(node.target)
            for target in sorted(dict.fromkeys(targets), key=lambda t: t.count(".")):
                _assign_attr(root[target], self, target)
        else:
            raise RuntimeError(f"Unsupported type {root} passed for root!")
        self.graph = graph
        self._tracer_cls = (
            graph._tracer_cls if graph._tracer_cls and "<locals>" not in graph._tracer_cls.__qualname__ else None
        )
        self._tracer_extras = graph._tracer_extras or {}
        self.meta = {}
        for name in _HOOKS:
            setattr(self, name, [])

    @property
    def graph(self):
        """The graph; after a change of it call recompile()."""
        return self._graph

    @graph.setter
    def graph(self, g):
        if not isinstance(g, Graph):
            raise AssertionError(f"Expected a Graph instance, but got {type(g)}")
        self._graph = g
        g.owning_module = self
        self.recompile()

    @property
    def code(self):
        """The Python source of forward."""
        if not hasattr(self, "_code"):
            raise RuntimeError("Code has not been generated! Please report a bug to PyTorch")
        return self._code

    def recompile(self):
        """Make the code anew from the graph; gives PythonCode."""
        codegen = self._graph._codegen
        if isinstance(codegen, _PyTreeCodeGen) and codegen.pytree_info is not None:
            self._in_spec, self._out_spec = codegen.pytree_info.in_spec, codegen.pytree_info.out_spec
        made = self._graph.python_code("self")
        self._code, self._lineno_map, self._prologue_start = made.src, made._lineno_map, made._prologue_start
        cls = type(self)
        fields = getattr(self._graph, "_co_fields", None)
        cls.forward = _forward_from_src(self._code, made.globals, fields)
        # the class above decides how a module is called
        if "_wrapped_call" not in vars(cls):
            cls._wrapped_call = _WrappedCall(cls, vars(cls).get("__call__"))

            def call_wrapped(self, *args, **kwargs):
                return self._wrapped_call(self, *args, **kwargs)

            cls.__call__ = call_wrapped
        return made

    def _recompile_submodules(self):
        return [(name, m.recompile()) for name, m in self.named_modules() if isinstance(m, GraphModule)]

    # ---- submodules ----
    def add_submodule(self, target, m):
        """Put a module at a path, with empty modules on the way; False where something else is in the way."""
        *prefix, name = target.split(".")
        owner = self
        for part in prefix:
            inner = getattr(owner, part, None)
            if inner is None:
                inner = torch.nn.Module()
                setattr(owner, part, inner)
            if not isinstance(inner, torch.nn.Module):
                return False
            owner = inner
        owner.add_module(name, m)
        return True

    def delete_submodule(self, target):
        """Take a submodule away; False where there is none."""
        owner, name = _walk(self, target)
        if (
            owner is None
            or not isinstance(owner, torch.nn.Module)
            or not isinstance(getattr(owner, name, None), torch.nn.Module)
        ):
            return False
        delattr(owner, name)
        return True

    def delete_all_unused_submodules(self):
        """Take away the submodules that no step uses."""
        used = set()
        for node in self.graph.nodes:
            if node.op not in ("call_module", "get_attr"):
                continue
            parts = node.target.split(".")
            used.update(".".join(parts[: i + 1]) for i in range(len(parts)))
            if node.op == "call_module":
                try:
                    inner = self.get_submodule(node.target)
                except AttributeError:
                    continue
                used.update(f"{node.target}.{n}" for n, _ in inner.named_modules() if n)
        for name in [n for n, _ in self.named_modules() if n and n not in used]:
            self.delete_submodule(name)

    # ---- text and files ----
    def print_readable(
        self,
        print_output=True,
        include_stride=False,
        include_device=False,
        colored=False,
        *,
        fast_sympy_print=False,
        expanded_def=False,
        additional_meta=None,
    ):
        """The module as a class, with shapes and places of origin where they are known; also of the modules inside.
        Sizes are
        numbers here, so that `fast_sympy_print` has nothing to shorten."""
        return _print_readable(
            self, self._get_name(), print_output, include_stride, include_device, colored, expanded_def, additional_meta
        )

    def __str__(self):
        return "\n".join(
            [super().__str__(), self._code, "# To see more debug info, please use `graph_module.print_readable()`"]
        )

    def to_folder(self, folder, module_name="FxModule"):
        """Write a Python package with a class of that name and its state."""
        folder = pathlib.Path(folder)
        folder.mkdir(exist_ok=True, parents=True)
        torch.save(self.state_dict(), folder / "state_dict.pt")
        code = self._graph.python_code("self")
        lines, pickled = [], []
        for name, module in self.named_children():
            text = repr(module)
            if (
                type(module).__module__.startswith("torch.nn.modules")
                and not list(module.children())
                and "\n" not in text
            ):
                lines.append(f"setattr(self, {name!r}, {text})")
                continue
            torch.save(module, folder / f"{name}.pt")
            pickled.append(name)
            shown = text.replace("\n", " ")
            lines.append(
                f"setattr(self, {name!r}, torch.load(r'{folder / (name + '.pt')}', weights_only=False)) # {shown}"
            )
        for name, buffer in self._buffers.items():
            if buffer is not None:
                lines.append(f"self.register_buffer({name!r}, torch.empty({list(buffer.shape)}, dtype={buffer.dtype}))")
        for name, parameter in self._parameters.items():
            if parameter is not None:
                empty = f"torch.empty({list(parameter.shape)}, dtype={parameter.dtype})"
                lines.append(f"setattr(self, {name!r}, torch.nn.Parameter({empty}))")
        lines.append(f"self.load_state_dict(torch.load(r'{folder / 'state_dict.pt'}'))")
        body = "\n".join("        " + line for line in lines)
        forward = "\n".join("    " + line if line else line for line in code.src.split("\n"))
        text = (
            f"\nimport torch\n{_format_import_block(code.globals)}\n\nfrom torch.nn import *\n"
            f"class {module_name}(torch.nn.Module):\n"
            f"    def __init__(self):\n        super().__init__()\n{body}\n\n{forward}\n"
        )
        (folder / "module.py").write_text(text)
        (folder / "__init__.py").write_text("from .module import *")
        if pickled:
            warnings.warn(
                "Was not able to save the following children modules as reprs -saved as pickled files instead: "
                f"{pickled}",
                stacklevel=2,
            )

    # ---- copies ----
    def __reduce__(self):
        body = self.__dict__.copy()
        code = self.recompile()
        body["_code"] = code.src
        codegen = body["_graph"]._codegen
        if isinstance(codegen, _PyTreeCodeGen):
            body["_graphmodule_codegen"] = codegen
        del body["_graph"]
        body["_graphmodule_cls_name"] = type(self).__name__
        for name in _HOOKS:
            body.pop(name, None)
        return (reduce_graph_module, (body, _format_import_block(code.globals)))

    def __reduce_package__(self, exporter):
        body = self.__dict__.copy()
        body["_graphmodule_cls_name"] = type(self).__name__
        del body["_graph"]
        name = f"fx-generated._{exporter.get_unique_id()}"
        code = self.recompile()
        exporter.save_source_string(name, _format_import_block(code.globals) + code.src)
        return (reduce_package_graph_module, (body, name))

    def _deepcopy_init(self):
        return GraphModule.__init__

    def __deepcopy__(self, memo):
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        shell = _CodeOnlyModule(copy.deepcopy({k: v for k, v in self.__dict__.items() if k not in _HOOKS}, memo))
        self._deepcopy_init()(made, shell, shell.__dict__["_graph"], self.__class__.__name__)
        for name in (
            "_state_dict_hooks",
            "_load_state_dict_pre_hooks",
            "_load_state_dict_post_hooks",
            "_state_dict_pre_hooks",
            "_non_persistent_buffers_set",
            "_forward_hooks",
            "_forward_pre_hooks",
            "_backward_hooks",
            "_backward_pre_hooks",
        ):
            if name in self.__dict__:
                setattr(made, name, copy.deepcopy(self.__dict__[name], memo))
        made.meta = copy.copy(self.meta)
        for name in self.meta.get(_USER_PRESERVED_ATTRIBUTES_KEY, ()):
            setattr(made, name, self.meta[_USER_PRESERVED_ATTRIBUTES_KEY][name])
        for hook in self._deepcopy_hooks:
            hook(made)
        return made

    def __copy__(self):
        made = GraphModule(self, self.graph, self._get_name())
        made.meta = self.meta
        return made

    def _replicate_for_data_parallel(self):
        made = self.__copy__()
        made._is_replica = True
        return made

    # ---- hooks ----
    def _hook(name):
        def register(self, f):
            if not callable(f):
                raise AssertionError(f"{name[1:-7]}_node hook must be a callable.")
            getattr(self, name).append(f)

        def unregister(self, f):
            getattr(self, name).remove(f)

        return register, unregister

    _register_replace_node_hook, _unregister_replace_node_hook = _hook("_replace_hooks")
    _register_create_node_hook, _unregister_create_node_hook = _hook("_create_node_hooks")
    _register_erase_node_hook, _unregister_erase_node_hook = _hook("_erase_node_hooks")
    _register_deepcopy_hook, _unregister_deepcopy_hook = _hook("_deepcopy_hooks")
    del _hook


for _object in (GraphModule, reduce_graph_module, reduce_package_graph_module):
    _object.__module__ = "torch.fx.graph_module"
