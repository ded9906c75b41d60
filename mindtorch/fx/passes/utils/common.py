"""Graphs compared, and lifted into submodules."""

import mindtorch as torch
from mindtorch.fx.graph_module import GraphModule

from .matcher_utils import SubgraphMatcher

__all__ = ["HolderModule", "lift_subgraph_as_module", "compare_graphs"]


class HolderModule(torch.nn.Module):
    """A module of modules, by name."""

    def __init__(self, d):
        super().__init__()
        for name, module in d.items():
            self.add_module(name, module)


def lift_subgraph_as_module(gm, subgraph, comp_name="", class_name="GraphModule"):
    """(a GraphModule of steps of gm, {its targets: gm's})."""
    targets, names = {}, {}
    for node in subgraph.nodes:
        if node.op not in ("call_module", "get_attr"):
            continue
        at = gm
        for part in node.target.split("."):
            if not hasattr(at, part):
                raise RuntimeError(f"Node referenced nonexistent target {node.target}")
            at = getattr(at, part)
        targets[node.target] = at
        names[f"{comp_name}.{node.target}" if comp_name else node.target] = node.target
    return GraphModule(targets, subgraph, class_name), names


def compare_graphs(left, right):
    """Whether two graphs have the same steps."""
    return bool(SubgraphMatcher(left, match_output=True, match_placeholder=True).match(right))
