"""Drawings of graphs, by the package pydot."""

__all__ = ["FxGraphDrawer"]
_COLORS = {"call_module": "LemonChiffon1", "placeholder": "AliceBlue", "output": "PowderBlue", "get_attr": "LightGrey"}


class FxGraphDrawer:
    """get_dot_graph() gives a pydot.Dot of a graph module. Needs the package pydot."""

    def __init__(
        self,
        graph_module,
        name,
        ignore_getattr=False,
        ignore_parameters_and_buffers=False,
        skip_node_names_in_args=True,
        parse_stack_trace=False,
        dot_graph_shape=None,
        normalize_args=False,
    ):
        try:
            import pydot
        except ImportError:
            raise RuntimeError(
                "FXGraphDrawer requires the pydot package to be installed. Please install pydot through your favorite "
                "Python package manager."
            ) from None
        self._pydot, self._name, self.shape = pydot, name, dot_graph_shape or "record"
        self._skip_names, self._traces, self._normalize = skip_node_names_in_args, parse_stack_trace, normalize_args
        self._dots = {}
        self._dots[name] = self._drawn(graph_module, name, ignore_getattr, ignore_parameters_and_buffers)

    def get_dot_graph(self, submod_name=None):
        """The drawing, or that of a submodule that is a graph module."""
        return self._dots[self._name if submod_name is None else submod_name]

    def get_main_dot_graph(self):
        """The drawing of the whole."""
        return self._dots[self._name]

    def get_all_dot_graphs(self):
        """All drawings by name."""
        return self._dots

    def _label(self, gm, node):
        parts = [f"name=%{node.name}", f"op_code={node.op}"]
        args, kwargs = node.args, node.kwargs
        if self._normalize:
            made = node.normalized_arguments(gm)
            args, kwargs = made if made is not None else (args, kwargs)
        if node.op == "call_module":
            parts.append(f"{type(gm.get_submodule(node.target)).__name__}")
        parts.append(f"target={node._pretty_print_target(node.target)}")
        if not self._skip_names or not all(hasattr(a, "op") for a in args):
            parts.append(f"args={args}")
        if kwargs:
            parts.append(f"kwargs={dict(kwargs)}")
        parts.append(f"num_users={len(node.users)}")
        meta = node.meta.get("tensor_meta")
        if hasattr(meta, "shape"):
            parts += [f"dtype={meta.dtype}", f"shape={tuple(meta.shape)}"]
        if self._traces and node.stack_trace:
            from mindtorch.fx._codegen import parse_stack_trace

            parts.append(parse_stack_trace(node.stack_trace) or "")
        text = "|".join(
            p.replace("|", "\\|").replace("{", "\\{").replace("}", "\\}").replace("<", "\\<").replace(">", "\\>")
            for p in parts
        )
        return "{" + text + "}"

    def _drawn(self, gm, name, no_getattr, no_parameters):
        dot = self._pydot.Dot(name, rankdir="TB")
        for node in gm.graph.nodes:
            if no_getattr and node.op == "get_attr":
                continue
            dot.add_node(
                self._pydot.Node(
                    node.name,
                    label=self._label(gm, node),
                    shape=self.shape,
                    style='"filled,rounded"',
                    fillcolor=_COLORS.get(node.op, "DarkOliveGreen3"),
                    fontcolor="#000000",
                )
            )
            if node.op == "call_module":
                module = gm.get_submodule(node.target)
                if hasattr(module, "graph"):
                    inner = f"{name}_{node.target}"
                    self._dots[inner] = self._drawn(module, inner, no_getattr, no_parameters)
                elif not no_parameters:
                    for label, value in (*module.named_parameters(), *module.named_buffers()):
                        inner = f"{node.name}.{label}"
                        dot.add_node(
                            self._pydot.Node(inner, label=f"{{{inner}|{tuple(value.shape)}}}", shape=self.shape)
                        )
                        dot.add_edge(self._pydot.Edge(inner, node.name))
        for node in gm.graph.nodes:
            for user in node.users:
                if not (no_getattr and node.op == "get_attr"):
                    dot.add_edge(self._pydot.Edge(node.name, user.name))
        return dot
