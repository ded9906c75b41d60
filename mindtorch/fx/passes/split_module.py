"""A graph cut into submodules, by a function that says which part each step belongs to."""

import operator

from mindtorch.fx.graph import Graph
from mindtorch.fx.graph_module import GraphModule
from mindtorch.fx.node import map_arg

__all__ = ["Partition", "split_module"]


class Partition:
    """A part: its steps, what goes in and out, and the parts that it depends on."""

    def __init__(self, name):
        self.name, self.submod_name = name, f"submod_{name}"
        self.node_names, self.inputs, self.outputs, self.dependencies, self.dependents = [], {}, {}, {}, {}
        self.graph = Graph()
        self.environment, self.targets = {}, {}

    def __repr__(self):
        return (
            f"name: {self.name},\n nodes: {self.node_names},\n inputs: {list(self.inputs)},\n outputs: "
            f"{list(self.outputs)},\n "
            f"partitions depended on: {list(self.dependencies)},\n partition dependents: {list(self.dependents)}"
        )


def _find(module, path):
    for part in path.split("."):
        if not hasattr(module, part):
            raise AttributeError(f"Node target {path} not found!")
        module = getattr(module, part)
    return module


def _in_order(parts, keep):
    """Names of the parts, each after those that it needs."""
    waiting = {name: len(part.dependencies) for name, part in parts.items()}
    ready = [name for name, count in waiting.items() if not count]
    order = []
    while ready:
        name = ready.pop(0)
        order.append(name)
        for other in parts[name].dependents:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    if len(order) != len(parts):
        raise RuntimeError("cycle exists between partitions!")
    return list(parts) if keep else order


def split_module(
    m,
    root_m,
    split_callback,
    qualname_map=None,
    keep_original_order=False,
    keep_original_node_name=False,
    keep_original_input_name=True,
    *,
    partition_affix=None,
    tuple_return=False,
):
    """A GraphModule that calls submod_0, submod_1 ...: split_callback(node) says to which part a step belongs."""
    parts, where, base = {}, {}, ("placeholder", "get_attr", "output")
    for node in m.graph.nodes:
        if node.op in base:
            continue
        name = str(split_callback(node))
        if name not in parts:
            parts[name] = Partition(name if partition_affix is None else f"{partition_affix}_{name}")
        parts[name].node_names.append(node.name)
        where[node] = name
    for node in m.graph.nodes:
        mine = where.get(node)

        def need(n, mine=mine):
            theirs = where.get(n)
            if theirs == mine:
                return n
            if theirs is not None:
                parts[theirs].outputs.setdefault(n.name)
                if mine is not None:
                    parts[mine].dependencies.setdefault(theirs)
                    parts[theirs].dependents.setdefault(mine)
            if mine is not None:
                parts[mine].inputs.setdefault(n.name)
            return n

        if node.op not in ("placeholder", "get_attr"):
            map_arg((node.args, node.kwargs), need)
    order = _in_order(parts, keep_original_order)
    nodes = {n.name: n for n in m.graph.nodes}
    for part in parts.values():
        for name in part.inputs:
            label = name if keep_original_input_name else f"arg_{len(part.environment)}"
            made = part.graph.placeholder(label, type_expr=nodes[name].type)
            made.meta = nodes[name].meta.copy()
            part.environment[nodes[name]] = made
    for node in m.graph.nodes:
        if node not in where:
            continue
        part = parts[where[node]]
        target = node.target
        if node.op == "call_module":
            target = target.replace(".", "_")
            part.targets[target] = _find(root_m, node.target)
            if qualname_map is not None:
                qualname_map[f"{part.submod_name}.{target}"] = node.target
        args, kwargs = (map_arg(a, part.environment.__getitem__) for a in (node.args, node.kwargs))
        made = part.graph.create_node(
            node.op,
            target,
            args,
            dict(kwargs),
            type_expr=node.type,
            name=node.name if keep_original_node_name else None,
        )
        made.meta = node.meta.copy()
        part.environment[node] = made
    return _stitched(m, parts, order, nodes, tuple_return)


def _stitched(m, parts, order, nodes, always_tuple):
    graph, values, attributes = Graph(), {}, {}
    for node in m.graph.nodes:
        if node.op == "placeholder":
            values[node] = graph.placeholder(
                node.target, type_expr=node.type, default_value=node.args[0] if node.args else ...
            )
        elif node.op == "get_attr":
            values[node] = graph.get_attr(node.target, type_expr=node.type)
            attributes[node.target] = _find(m, node.target)
        else:
            continue
        values[node].meta = node.meta.copy()
    for name in order:
        part = parts[name]
        results = [part.environment[nodes[n]] for n in part.outputs]
        single = len(results) == 1 and not always_tuple
        if results or always_tuple:
            part.graph.output(results[0] if single else tuple(results))
        attributes[part.submod_name] = GraphModule(part.targets, part.graph, class_name=part.submod_name)
        call = graph.call_module(part.submod_name, tuple(values[nodes[n]] for n in part.inputs))
        if single:
            values[nodes[next(iter(part.outputs))]] = call
            continue
        for place, output in enumerate(part.outputs):
            values[nodes[output]] = graph.call_function(operator.getitem, (call, place))
    for node in m.graph.nodes:
        if node.op == "output":
            graph.output(map_arg(node.args[0], values.__getitem__), node.type).meta = node.meta.copy()
    return GraphModule(attributes, graph)


def split_module_simple(m, node_to_partition, *, partition_affix=None):
    """split_module by a dict."""
    return split_module(m, m, node_to_partition.__getitem__, partition_affix=partition_affix)
