"""torch.fx.replace_pattern: other steps where a graph looks like a pattern."""

import copy
import dataclasses
from typing import NamedTuple

import mindtorch as torch

from ._symbolic_trace import symbolic_trace
from .graph import Graph
from .graph_module import GraphModule
from .node import Node

__all__ = ["Match", "replace_pattern", "replace_pattern_with_filters", "ReplacedPatterns"]


class Match(NamedTuple):
    """A place that was replaced: where it began, and which Node stood for which of the pattern."""

    anchor: Node
    nodes_map: dict


@dataclasses.dataclass
class ReplacedPatterns:
    """A Match, with the Nodes that came instead."""

    anchor: Node
    nodes_map: dict
    replacements: list


def _replace_attributes(gm, replacement):
    """Give gm what the replacement names and gm has not."""
    gm.delete_all_unused_submodules()
    if isinstance(replacement, GraphModule):
        replacement.graph.lint()

    def read(module, path):
        for part in path.split("."):
            module = getattr(module, part, None)
            if module is None:
                return None
        return module

    for node in gm.graph.nodes:
        if node.op not in ("call_module", "get_attr") or read(gm, node.target) is not None:
            continue
        found = read(replacement, node.target)
        if found is None:
            raise RuntimeError(
                'Attempted to create a "',
                node.op,
                '" node during subgraph rewriting '
                f"with target {node.target}, but the referenced attribute does not exist in the replacement "
                f"GraphModule",
            )
        from .graph_module import _assign_attr

        _assign_attr(copy.deepcopy(found), gm, node.target)


def replace_pattern(gm, pattern, replacement):
    """Steps like `replacement` wherever the graph looks like `pattern` (functions or modules with the same inputs);
    gives the Matches."""
    return [Match(m.anchor, m.nodes_map) for m in _replace_pattern(gm, pattern, replacement)]


def replace_pattern_with_filters(
    gm,
    pattern,
    replacement=None,
    match_filters=None,
    ignore_literals=False,
    replacement_callback=None,
    node_name_match="",
):
    """replace_pattern where all of match_filters(match, graph, pattern graph) agree; the replacement may come from
    replacement_callback(match, graph, pattern graph)."""
    return _replace_pattern(
        gm, pattern, replacement, match_filters, ignore_literals, replacement_callback, node_name_match
    )


def _as_graph(source):
    if isinstance(source, GraphModule):
        return source.graph
    return source if isinstance(source, Graph) else symbolic_trace(source).graph


def _replace_pattern(
    gm,
    pattern,
    replacement=None,
    match_filters=None,
    ignore_literals=False,
    replacement_callback=None,
    node_name_match="",
):
    from .passes.utils.matcher_utils import SubgraphMatcher

    graph, pattern_graph = gm.graph, _as_graph(pattern)
    matcher = SubgraphMatcher(pattern_graph, remove_overlapping_matches=True, ignore_literals=ignore_literals)
    places = [
        m
        for m in matcher.match(graph, node_name_match=node_name_match)
        if all(f(m, graph, pattern_graph) for f in match_filters or ())
    ]
    if replacement is None and replacement_callback is None:
        raise AssertionError("Must provide either replacement GraphModule or replacement callback")
    common = _as_graph(replacement) if replacement is not None else None
    done, changed = [], {}
    for match in places:
        other = replacement_callback(match, graph, pattern_graph) if common is None else common
        placeholders = [n for n in other.nodes if n.op == "placeholder"]
        if len(match.placeholder_nodes) != len(placeholders):
            raise AssertionError(f"expected {len(match.placeholder_nodes)} placeholders, got {len(placeholders)}")
        values = {
            p: changed.get(g, g) if isinstance(g, Node) else g for p, g in zip(placeholders, match.placeholder_nodes)
        }
        users = {u for n in match.returning_nodes for u in n.users}
        if not users:
            raise AssertionError("the result of a pattern has no user")
        first = next(n for n in graph.nodes if n in users)
        with graph.inserting_before(first):
            result = graph.graph_copy(other, values)
        results = (
            [result] if isinstance(result, Node) else list(result) if isinstance(result, (tuple, list)) else [result]
        )
        if len(results) != len(match.returning_nodes):
            raise AssertionError(f"expected {len(match.returning_nodes)} results, got {len(results)}")
        made = [values[n] for n in other.nodes if n.op not in ("placeholder", "output")]
        for old, new in zip(match.returning_nodes, results):
            old.replace_all_uses_with(new)
            changed[old] = new
        for node in reversed(pattern_graph.nodes):
            if node.op not in ("placeholder", "output"):
                graph.erase_node(match.nodes_map[node])
        done.append(ReplacedPatterns(match.anchors[0], match.nodes_map, made))
    gm.recompile()
    if isinstance(replacement, torch.nn.Module):
        _replace_attributes(gm, replacement)
    return done


for _object in (Match, ReplacedPatterns, replace_pattern, replace_pattern_with_filters):
    _object.__module__ = "torch.fx.subgraph_rewriter"
