"""torch.fx.Graph: the steps of a program in order."""

import contextlib
import copy
import re
import warnings

from ._codegen import (  # noqa: F401
    CodeGen,
    PythonCode,
    _BoxedCodeGen,
    _custom_builtins,
    _Namespace,
    _PyTreeCodeGen,
    _PyTreeInfo,
    _register_custom_builtin,
    format_target as _format_target,
    inplace_methods,
    magic_methods,
    parse_stack_trace as _parse_stack_trace,
    reflectable_magic_methods,
)
from .node import Argument, Node, Target, _legal_ops, _type_repr, dtype_abbrs, map_arg  # noqa: F401

__all__ = ["PythonCode", "CodeGen", "Graph"]


def _snake_case(s):
    """'Conv2d' -> 'conv2d', 'someWord' -> 'some_word', 'already_so' stays."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", s).lower()


class _node_list:
    """The Nodes of a graph in order; steps may be added or erased while it is walked."""

    def __init__(self, graph, direction="_next"):
        if direction not in ("_next", "_prev"):
            raise AssertionError(f"direction must be '_next' or '_prev', got {direction}")
        self.graph, self.direction = graph, direction

    def __len__(self):
        return self.graph._len

    def __iter__(self):
        root, at = self.graph._root, getattr(self.graph._root, self.direction)
        while at is not root:
            if not at._erased:
                yield at
            at = getattr(at, self.direction)

    def __reversed__(self):
        return _node_list(self.graph, "_prev" if self.direction == "_next" else "_next")


class _InsertPoint:
    def __init__(self, graph, new_insert):
        self.graph, self.before = graph, graph._insert
        graph._insert = new_insert

    def __enter__(self):
        return None

    def __exit__(self, *exc):
        self.graph._insert = self.before


class Graph:
    """Steps (Nodes) in the order in which they run; python_code gives them as a function."""

    def __init__(self, owning_module=None, tracer_cls=None, tracer_extras=None):
        self._root = Node(self, "", "root", "", (), {})
        self._used_names = {}
        self._insert = self._root.prepend
        self._len = 0
        self._graph_namespace = _Namespace()
        self._owning_module = owning_module
        self._tracer_cls, self._tracer_extras = tracer_cls, tracer_extras
        self._codegen = CodeGen()
        self._order = None

    @property
    def owning_module(self):
        """The GraphModule that this graph belongs to, or None."""
        return self._owning_module

    @owning_module.setter
    def owning_module(self, module):
        self._owning_module = module

    @property
    def nodes(self):
        """The Nodes in order."""
        return _node_list(self)

    def _places(self):
        # {Node: its place}; counted anew after a change of the order
        if self._order is None or len(self._order) != self._len:
            self._order = {n: i for i, n in enumerate(self.nodes)}
        return self._order

    def output_node(self):
        """The Node of the result."""
        found = next(iter(reversed(self.nodes)))
        if found.op != "output":
            raise AssertionError(f"Expected last node to be 'output', got {found.op}")
        return found

    def find_nodes(self, *, op, target=None, sort=True):
        """Nodes with an op, for functions also with a target; in order when `sort`."""
        if op == "call_function" and target is None:
            raise AssertionError("target must not be None for op='call_function'")
        return [n for n in self.nodes if n.op == op and (target is None or n.target == target)]

    # ---- steps ----
    def create_node(self, op, target, args=None, kwargs=None, name=None, type_expr=None):
        """A new step at the insert point. The public face of it: placeholder, call_function ..."""
        if op not in _legal_ops:
            raise AssertionError(f"op '{op}' is not in _legal_ops")
        args, kwargs = () if args is None else args, {} if kwargs is None else kwargs
        if not isinstance(args, tuple):
            raise AssertionError(f"args must be a tuple, got {type(args)}")
        if not isinstance(kwargs, dict):
            raise AssertionError(f"kwargs must be a dict, got {type(kwargs)}")
        name = self._graph_namespace.create_name(name if name is not None else self._target_to_str(target), None)
        made = Node(self, name, op, target, args, kwargs, type_expr)
        for hook in getattr(self.owning_module, "_create_node_hooks", None) or ():
            hook(made)
        self._graph_namespace.associate_name_with_obj(name, made)
        self._insert(made)
        self._len += 1
        return made

    def _target_to_str(self, target):
        if callable(target):
            name = getattr(target, "__name__", None) or type(target).__name__
            name = {"<lambda>": "_lambda_"}.get(name, name)
            name = name.removesuffix(".default") + "_default" if name.endswith(".default") else name
        else:
            name = target
        if len(name) > 4 and name.startswith("__") and name.endswith("__"):
            name = name[2:-2]
        return _snake_case(name.replace(".", "_"))

    def placeholder(self, name, type_expr=None, default_value=...):
        """An input; `default_value` is what it is where the caller gives none."""
        return self.create_node(
            "placeholder", name, () if default_value is ... else (default_value,), type_expr=type_expr
        )

    def get_attr(self, qualified_name, type_expr=None):
        """Something that the module holds, by its path."""
        owner = self.owning_module
        if owner is not None and not _has_path(owner, qualified_name):
            warnings.warn(
                "Attempted to insert a get_attr Node with no underlying reference in the owning GraphModule! "
                "Call GraphModule.add_submodule to add the necessary submodule, GraphModule.add_parameter to "
                "add the necessary Parameter, or nn.Module.register_buffer to add the necessary buffer",
                stacklevel=2,
            )
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_module(self, module_name, args=None, kwargs=None, type_expr=None):
        """A call of a submodule, by its path."""
        owner = self.owning_module
        if not isinstance(module_name, str):
            raise AssertionError(f"Expected target to be str, got {type(module_name)}")
        if owner is not None:
            owner.get_submodule(module_name)  # AttributeError where there is none
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def call_method(self, method_name, args=None, kwargs=None, type_expr=None):
        """A call of a method of the first argument."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_function(self, the_function, args=None, kwargs=None, type_expr=None, name=None):
        """A call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name=name, type_expr=type_expr)

    def output(self, result, type_expr=None):
        """The result of the graph."""
        return self.create_node("output", "output", (result,), type_expr=type_expr)

    def node_copy(self, node, arg_transform=lambda x: x):
        """A step like one of another graph; arg_transform says which Node here stands for one there."""
        args, kwargs = map_arg(node.args, arg_transform), map_arg(node.kwargs, arg_transform)
        made = self.create_node(node.op, node.target, args, dict(kwargs), node.name, node.type)
        made.meta = copy.copy(node.meta)
        return made

    def graph_copy(self, g, val_map, return_output_node=False):
        """All steps of another graph at the insert point; val_map has what stands for which. Gives the result."""
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                result = map_arg(node.args[0], val_map.__getitem__)
                return result if not return_output_node else (result, node)
            val_map[node] = self.node_copy(node, val_map.__getitem__)
        return None

    def erase_node(self, to_erase):
        """Take a step out. RuntimeError while others use it."""
        if to_erase.users:
            raise RuntimeError(
                f"Tried to erase Node {to_erase} but it still had {len(to_erase.users)} "
                f"users in the graph: {to_erase.users}!"
            )
        if to_erase.graph is not self:
            raise RuntimeError(f"Attempting to remove {to_erase} from wrong graph!")
        if to_erase._erased:
            warnings.warn(f"erase_node({to_erase}) on an already erased node", stacklevel=2)
            return
        for hook in getattr(self.owning_module, "_erase_node_hooks", None) or ():
            hook(to_erase)
        before, after = to_erase._prev, to_erase._next
        before._next, after._prev = after, before  # the step keeps its own neighbours: a walk goes on from it
        to_erase._erased = True
        self._order = None
        self._len -= 1
        to_erase._take(map_arg(to_erase._args, lambda n: None), map_arg(to_erase._kwargs, lambda n: None))

    def inserting_before(self, n=None):
        """with ...: new steps go before a Node (without one: before all)."""
        if n is None:
            return self.inserting_after(self._root)
        if n.graph is not self:
            raise AssertionError("Node to insert before is not in graph.")
        return _InsertPoint(self, n.prepend)

    def inserting_after(self, n=None):
        """with ...: new steps go right after a Node (without one: after all)."""
        if n is None:
            return self.inserting_before(self._root)
        if n.graph is not self:
            raise AssertionError("Node to insert after is not in graph.")
        return _InsertPoint(self, n.append)

    # ---- passes ----
    def eliminate_dead_code(self, is_impure_node=None):
        """Take out steps that nobody uses; whether there was one."""
        self.lint()
        impure = is_impure_node or (lambda n: n.is_impure())
        changed = False
        for node in reversed(self.nodes):
            if not node.users and not impure(node):
                self.erase_node(node)
                changed = True
        from .graph_module import GraphModule

        owner = self.owning_module
        for name, module in owner.named_children() if owner is not None else ():
            if isinstance(module, GraphModule):
                changed |= bool(module.graph.eliminate_dead_code(is_impure_node))
        return changed

    def lint(self):
        """RuntimeError for a graph that is not well formed: a Node of another graph, used before its definition, a
        name twice, a target that is not there."""
        names, defined = set(), set()
        for node in self.nodes:
            if node.op not in _legal_ops:
                raise RuntimeError(f"Node {node} had unknown opcode {node.op}!")
            if node.graph is not self:
                raise RuntimeError(f"Node '{node}' does not belong to this Graph!")

            def check(n, user=node):
                if n.graph is not self:
                    raise RuntimeError(
                        f"Argument '{n}' of Node '{user}' does not belong to this Graph, but was used as an "
                        f"argument! If you are copying nodes from another graph, make sure to use ``arg_transform`` on "
                        f"node_copy() to remap values\n{self}"
                    )
                if n not in defined:
                    raise RuntimeError(
                        f"Argument '{n}' of Node '{user}' was used before it has been defined! Please check "
                        f"that Nodes in the graph are topologically ordered\n{self}"
                    )
                return n

            map_arg(node.args, check)
            map_arg(node.kwargs, check)
            defined.add(node)
            if node.name in names:
                raise RuntimeError(f"Node redefined name {node.name}!")
            names.add(node.name)
        if self.owning_module is not None:
            for node in self.nodes:
                self._lint_target(node)

    def _lint_target(self, node):
        if node.op == "call_function" and not callable(node.target):
            raise ValueError(
                f"Node {node} target {node.target} has type {type(node.target)} but a Callable is expected"
            )
        if node.op not in ("get_attr", "call_module"):
            return
        at = self.owning_module
        parts = node.target.split(".")
        for i, part in enumerate(parts):
            found = getattr(at, part, self)
            if found is self:
                raise RuntimeError(
                    f"Node {node} target {node.target} references nonexistent attribute {part} of {'.'.join(parts[:i])}"
                )
            at = found

    # ---- text ----
    def python_code(
        self,
        root_module,
        *,
        verbose=False,
        include_stride=False,
        include_device=False,
        colored=False,
        expanded_def=False,
        record_func=False,
        additional_meta=None,
    ):
        """The graph as a function whose module is called `root_module`: PythonCode(src, globals)."""
        namespace = _Namespace()

        def named(node):
            return namespace.create_name(node.name, node)

        shown = {}
        for node in self.nodes:
            shown[node] = node._repr_fn
            node._repr_fn = named
        try:
            return self._codegen._gen_python_code(
                self.nodes,
                root_module,
                namespace,
                verbose=verbose,
                include_stride=include_stride,
                include_device=include_device,
                colored=colored,
                expanded_def=expanded_def,
                record_func=record_func,
                additional_meta=additional_meta,
            )
        finally:
            for node, function in shown.items():
                node._repr_fn = function

    def __str__(self):
        lines = [n.format_node() for n in self.nodes]
        return "graph():" + "".join(f"\n    {line}" for line in lines if line)

    def print_tabular(self):
        """Print the steps as a table; needs the package tabulate."""
        try:
            from tabulate import tabulate
        except ImportError:
            print(
                "`print_tabular` relies on the library `tabulate`, which could not be found on this machine. Run "
                "`pip install tabulate` to install the library."
            )
            raise
        rows = [[n.op, n.name, n.target, n.args, n.kwargs] for n in self.nodes]
        print(tabulate(rows, headers=["opcode", "name", "target", "args", "kwargs"]))

    # ---- code generation ----
    def set_codegen(self, codegen):
        """Let another CodeGen write the code."""
        self._codegen = codegen

    def on_generate_code(self, make_transformer):
        """Register a function over the lines of generated code: make_transformer(former one) -> lines -> lines. With
        the
        result as a context the former one comes back at its end."""
        former = self._codegen._body_transformer
        self._codegen._body_transformer = make_transformer(former)

        @contextlib.contextmanager
        def restored():
            try:
                yield
            finally:
                self._codegen._body_transformer = former

        return restored()

    def process_inputs(self, *args):
        """What the placeholders get of what the caller gives."""
        return self._codegen.process_inputs(*args)

    def process_outputs(self, out):
        """What the caller gets of what the graph gives."""
        return self._codegen.process_outputs(out)

    # ---- copies ----
    def __deepcopy__(self, memo=None):
        memo = {} if memo is None else memo
        made = Graph(tracer_cls=self._tracer_cls, tracer_extras=copy.deepcopy(self._tracer_extras, memo))
        memo[id(self)] = made
        values = {}
        result = made.graph_copy(self, values, return_output_node=True)
        made._codegen = copy.deepcopy(self._codegen, memo)
        if result is not None:
            output, old = result
            node = made.output(output, old.type)
            node.meta = copy.copy(old.meta)
            values[old] = node
        for old, new in values.items():
            if old.name != new.name:
                new.name = old.name
            memo[id(old)] = new
        return made

    def _clear_nodes(self):
        for node in reversed(list(self.nodes)):
            node.users.clear()
            self.erase_node(node)


def _has_path(module, path):
    for part in path.split("."):
        if not hasattr(module, part):
            return False
        module = getattr(module, part)
    return True


Graph.__module__ = "torch.fx.graph"
