"""Steps that came from the same module or function of the program."""

import dataclasses

__all__ = ["get_source_partitions", "check_subgraphs_connected", "SourcePartition"]


@dataclasses.dataclass
class SourcePartition:
    """Steps of one source, what they take, give and hold."""

    nodes: list
    source: object
    input_nodes: list = dataclasses.field(default_factory=list)
    output_nodes: list = dataclasses.field(default_factory=list)
    params: list = dataclasses.field(default_factory=list)


def get_source_partitions(graph, wanted_sources, filter_fn=None):
    """{source: partitions} of steps whose source_fn_stack ends with a wanted source."""
    groups = {}
    for node in graph.nodes:
        stack = node.meta.get("source_fn_stack")
        if not stack:
            continue
        name, source = stack[-1]
        if source in wanted_sources:
            groups.setdefault(source, {}).setdefault(name, []).append(node)

    def partition(source, nodes):
        inside, inputs, outputs, params = set(nodes), [], [], []
        for node in nodes:
            for n in node.all_input_nodes:
                if n not in inside and n not in inputs:
                    (params if n.op == "get_attr" else inputs).append(n)
            if any(user not in inside for user in node.users):
                outputs.append(node)
            if node.op == "get_attr":
                params.append(node)
        return SourcePartition(nodes, source, inputs, outputs, params)

    found = {source: [partition(source, nodes) for nodes in names.values()] for source, names in groups.items()}
    if filter_fn is not None:
        found = {s: [p for p in ps if all(map(filter_fn, p.nodes))] for s, ps in found.items()}
        found = {s: ps for s, ps in found.items() if ps}
    return found


def check_subgraphs_connected(subgraph1, subgraph2):
    """Whether the second takes what the first gives."""
    return any(n in subgraph1.output_nodes for n in subgraph2.input_nodes)
