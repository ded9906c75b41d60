"""torch.fx.Interpreter runs a graph step by step; Transformer makes a new one that way."""

import contextlib
import inspect


from . import traceback as fx_traceback
from ._symbolic_trace import Tracer
from .graph import Graph
from .graph_module import GraphModule
from .node import map_aggregate, map_arg
from .proxy import Proxy

__all__ = ["Interpreter", "Transformer"]


class Interpreter:
    """Runs the steps of a graph one by one; a method for each kind of step, for subclasses to override."""

    def __init__(self, module, garbage_collect_values=True, graph=None):
        self.module = module
        self.submodules = dict(module.named_modules())
        self.graph = graph if graph is not None else module.graph
        self.env = {}
        self.name = "Interpreter"
        self.garbage_collect_values = garbage_collect_values
        self.extra_traceback = True
        self.user_to_last_uses = {}
        if garbage_collect_values:
            seen = set()
            for user in reversed(self.graph.nodes):
                for n in user.all_input_nodes:
                    if n not in seen:
                        seen.add(n)
                        self.user_to_last_uses.setdefault(user, []).append(n)

    def run(self, *args, initial_env=None, enable_io_processing=True):
        """What the graph gives for these arguments; steps in `initial_env` are known already."""
        self.env = initial_env if initial_env is not None else {}
        if enable_io_processing:
            args = self.graph.process_inputs(*args)
        self.args_iter = iter(args)
        for node in self.graph.nodes:
            if node in self.env:
                continue
            try:
                self.env[node] = self.run_node(node)
            except Exception as error:
                if self.extra_traceback:
                    self._note(error, node)
                raise
            if self.garbage_collect_values:
                for done in self.user_to_last_uses.get(node, ()):
                    del self.env[done]
            if node.op == "output":
                result = self.env[node]
                return self.graph.process_outputs(result) if enable_io_processing else result
        return None

    def _note(self, error, node):
        text = f"While executing {node.format_node()}"
        if isinstance(node.stack_trace, str):
            text += f"\nOriginal traceback:\n{node.stack_trace}"
        told = error.args[0] if error.args else ""
        if isinstance(error, KeyError):
            error.add_note(text)
        elif not error.args or isinstance(told, str):
            error.args = (f"{told}\n\n{text}" if told else text, *error.args[1:])

    def boxed_run(self, args_list):
        """run, with the arguments in a list that is emptied."""
        values = iter(args_list)
        env = {n: next(values) for n in self.graph.nodes if n.op == "placeholder"}
        args_list.clear()
        return self.run(initial_env=env)

    @contextlib.contextmanager
    def _set_current_node(self, node):
        with fx_traceback.set_current_meta(node):
            yield

    def run_node(self, n):
        """The value of one step."""
        with self._set_current_node(n):
            args, kwargs = self.fetch_args_kwargs_from_env(n)
            return getattr(self, n.op)(n.target, args, kwargs)

    # ---- the kinds of steps ----
    def placeholder(self, target, args, kwargs):
        """The next argument; all that are left for *args; else the default."""
        if target.startswith("*"):
            return list(self.args_iter)
        try:
            return next(self.args_iter)
        except StopIteration:
            if args:
                return args[0]
            raise RuntimeError(
                f"Expected positional argument for parameter {target}, but one was not passed in!"
            ) from None

    def get_attr(self, target, args, kwargs):
        """What the module has at a path."""
        return self.fetch_attr(target)

    def call_function(self, target, args, kwargs):
        """The call of a function."""
        return target(*args, **kwargs)

    def call_method(self, target, args, kwargs):
        """The call of a method of the first argument."""
        return getattr(args[0], target)(*args[1:], **kwargs)

    def call_module(self, target, args, kwargs):
        """The call of a submodule."""
        return (
            self.submodules[target](*args, **kwargs)
            if target in self.submodules
            else self.fetch_attr(target)(*args, **kwargs)
        )

    def output(self, target, args, kwargs):
        """The result."""
        return args[0]

    # ---- values ----
    def fetch_attr(self, target):
        """What the module has at a path; RuntimeError where there is nothing."""
        at = self.module
        parts = target.split(".")
        for i, part in enumerate(parts):
            if not hasattr(at, part):
                raise RuntimeError(f"Node referenced nonexistent target {'.'.join(parts[: i + 1])}")
            at = getattr(at, part)
        return at

    def fetch_args_kwargs_from_env(self, n):
        """The values of a step's arguments."""
        args, kwargs = self.map_nodes_to_values(n.args, n), self.map_nodes_to_values(n.kwargs, n)
        return args, kwargs

    def map_nodes_to_values(self, args, n):
        """Values in place of Nodes."""

        def load(node):
            if node not in self.env:
                raise RuntimeError(
                    f"Node {n} referenced nonexistent value {node}! Run Graph.lint() to diagnose such issues"
                )
            return self.env[node]

        return map_arg(args, load)


class Transformer(Interpreter):
    """Runs a graph on Proxies: what the methods return becomes a new graph."""

    def __init__(self, module):
        super().__init__(module)
        self.new_graph = Graph()
        self.new_graph.set_codegen(module.graph._codegen)

        class TransformerTracer(Tracer):
            def __init__(self, graph):
                super().__init__()
                self.graph, self.tensor_attrs = graph, {}

            def is_leaf_module(self, m, module_qualified_name):
                return True

        self.tracer = TransformerTracer(self.new_graph)
        self.tracer.root = module

    def placeholder(self, target, args, kwargs):
        """An input of the new graph."""
        default = args[0] if args else inspect.Signature.empty
        return Proxy(
            self.new_graph.placeholder(target, default_value=... if default is inspect.Signature.empty else default),
            self.tracer,
        )

    def get_attr(self, target, args, kwargs):
        """The same attribute in the new graph."""
        return self.tracer.create_proxy("get_attr", target, args, kwargs)

    def call_module(self, target, args, kwargs):
        """The call of the submodule in the new graph."""
        module = self.fetch_attr(target)
        return self.tracer.call_module(module, module.forward, args, kwargs)

    def call_function(self, target, args, kwargs):
        """The call of the function in the new graph."""
        return self.tracer.create_proxy("call_function", target, args, kwargs)

    def transform(self):
        """The new GraphModule."""
        with fx_traceback.preserve_node_meta():
            result = super().run(enable_io_processing=False)
        if result is not None:
            made = self.new_graph.output(map_aggregate(result, lambda a: a.node if isinstance(a, Proxy) else a))
            old = next((n for n in self.graph.nodes if n.op == "output"), None)
            if old is not None:
                made.type = old.type
                made.meta.update(old.meta)
        return GraphModule(self.module, self.new_graph)


for _class in (Interpreter, Transformer):
    _class.__module__ = "torch.fx.interpreter"
