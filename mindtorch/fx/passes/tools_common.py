"""Questions about steps, and a graph put in order."""

import mindtorch as torch
from mindtorch.fx._names import qualified_name
from mindtorch.fx.graph import Graph

__all__ = ["get_acc_ops_name", "get_node_target", "is_node_output_tensor", "legalize_graph", "stable_topological_sort"]


def get_acc_ops_name(k):
    """A short name of a target."""
    if isinstance(k, str):
        return k
    module = (k.__module__ or "").replace("torch._ops", "torch.ops")
    return f"acc_ops.{k.__name__}" if "acc_ops" in module else f"{module}.{k.__name__}"


def get_node_target(submodules, node):
    """The type of a module, or the name of a function or method."""
    if node.op == "call_module":
        return torch.typename(submodules[node.target])
    if node.op == "call_function":
        return qualified_name(node.target)
    if node.op != "call_method":
        raise AssertionError(f"Expect op types of call_module, call_function, call_method, got {node.op}")
    return node.target


def is_node_output_tensor(node):
    """Whether shape propagation found a tensor."""
    kind = node.meta.get("type")
    return kind is not None and issubclass(kind, torch.Tensor)


def stable_topological_sort(gm):
    """Every step after what it uses, else in the order that it had; gives gm."""
    placed, waiting = {}, list(gm.graph.nodes)
    made = Graph()
    while waiting:
        left = []
        for node in waiting:
            if all(n in placed for n in node.all_input_nodes):
                placed[node] = made.node_copy(node, placed.__getitem__)
            else:
                left.append(node)
        if len(left) == len(waiting):
            raise RuntimeError(f"Input graph has cycles, unable to add {left}")
        waiting = left
    made._codegen = gm.graph._codegen
    gm.graph = made
    return gm


def legalize_graph(gm):
    """Every step after what it uses; gives gm."""
    return stable_topological_sort(gm)
