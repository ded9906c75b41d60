"""Finds the places of a graph that look like a pattern graph."""

import copy
import dataclasses
import inspect

import mindtorch as torch
from mindtorch.fx.node import Node
from mindtorch.utils import _pytree as pytree

__all__ = ["SubgraphMatcher", "InternalMatch"]


@dataclasses.dataclass
class InternalMatch:
    """A place: which Node of the graph (or which literal) stands for which of the pattern."""

    anchors: list
    nodes_map: dict = dataclasses.field(default_factory=dict)
    placeholder_nodes: list = dataclasses.field(default_factory=list)
    returning_nodes: list = dataclasses.field(default_factory=list)
    name_node_map: dict = dataclasses.field(default_factory=dict)

    def __copy__(self):
        return InternalMatch(
            list(self.anchors),
            self.nodes_map.copy(),
            self.placeholder_nodes.copy(),
            self.returning_nodes.copy(),
            self.name_node_map.copy(),
        )


def _get(graph, target):
    at = graph.owning_module
    for part in target.split("."):
        at = getattr(at, part, None)
    return at


class SubgraphMatcher:
    """match(graph) gives all places that look like `pattern`; its placeholders stand for anything."""

    def __init__(
        self,
        pattern,
        match_output=False,
        match_placeholder=False,
        remove_overlapping_matches=True,
        ignore_literals=False,
    ):
        if not len(pattern.nodes):
            raise ValueError("SubgraphMatcher cannot be initialized with an empty pattern")
        self.pattern, self.match_output, self.match_placeholder = pattern, match_output, match_placeholder
        self.remove_overlapping_matches, self.ignore_literals = remove_overlapping_matches, ignore_literals
        for node in pattern.nodes:
            if node.op != "output" and not node.users and node.op != "placeholder":
                raise AssertionError("SubgraphMatcher cannot be used with a pattern that has dead code")
        self.pattern_placeholder_nodes = [n for n in pattern.nodes if n.op == "placeholder"]
        output = pattern.output_node()
        self.pattern_returning_nodes = output.all_input_nodes
        self.pattern_anchors = [output] if match_output else [n for n in output.all_input_nodes if len(n.users) == 1]

    def match(self, graph, node_name_match=""):
        """The matches, in the order of the graph."""
        partial = [InternalMatch(list(self.pattern_anchors))]
        for anchor in self.pattern_anchors:
            candidates = [n for n in graph.nodes if self._nodes_are_equal(anchor, n, node_name_match)]
            grown = []
            for match in partial:
                for candidate in candidates:
                    tried = copy.copy(match)
                    if self._match_nodes(anchor, candidate, tried, node_name_match):
                        grown.append(tried)
            partial = grown
        found = []
        for match in partial:
            if match.nodes_map and self._is_contained(match.nodes_map):
                match.placeholder_nodes = [match.nodes_map[p] for p in self.pattern_placeholder_nodes]
                match.returning_nodes = [match.nodes_map[p] for p in self.pattern_returning_nodes]
                found.append(match)
        return self._remove_overlapping_matches(found) if self.remove_overlapping_matches else found

    def _match_attributes(self, pn, gn):
        mine, theirs = _get(pn.graph, pn.target), _get(gn.graph, gn.target)
        return type(mine) is type(theirs) and (isinstance(mine, torch.Tensor) or mine is theirs or mine == theirs)

    def _nodes_are_equal(self, pn, gn, node_name_match=""):
        if not self.match_placeholder and pn.op == "placeholder":
            return True
        if node_name_match and node_name_match in gn.name:
            return True
        if pn.op != gn.op:
            return False
        if pn.op in ("placeholder", "output"):
            return True
        return self._match_attributes(pn, gn) if pn.op == "get_attr" else pn.target == gn.target

    def _match_literals(self, pn, gn, match):
        if isinstance(pn, Node):
            if pn.op != "placeholder":
                return False
            if pn in match.nodes_map:
                return match.nodes_map[pn] is gn or match.nodes_map[pn] == gn
            match.nodes_map[pn] = gn
            return True
        if isinstance(gn, Node):
            return False
        return self.ignore_literals or (type(gn) is type(pn) and gn == pn)

    def _match_nodes(self, pn, gn, match, node_name_match=""):
        if pn in match.nodes_map:
            return match.nodes_map[pn] is gn
        if any(v is gn for v in match.nodes_map.values()):
            if pn.op != "placeholder":
                return False
        if not self._nodes_are_equal(pn, gn, node_name_match):
            return False
        saved = match.nodes_map.copy()
        match.nodes_map[pn] = gn
        if pn.op == "placeholder":
            return True
        if self._match_arguments(pn, gn, match, node_name_match):
            return True
        match.nodes_map = saved
        return False

    def _match_arguments(self, pn, gn, match, node_name_match):
        (mine, mine_spec), (theirs, their_spec) = (_flat(n.args, n.kwargs) for n in (pn, gn))
        if mine_spec != their_spec or len(mine) != len(theirs):
            named = [_named(n) for n in (pn, gn)]
            if None in named:
                return False
            keys = [k for k in named[0] if k in named[1]]
            if len(keys) != len(named[0]) or len(keys) != len(named[1]):
                return False
            (mine, mine_spec), (theirs, their_spec) = (_flat((), {k: n[k] for k in keys}) for n in named)
            if mine_spec != their_spec:
                return False
        for a, b in zip(mine, theirs):
            both = isinstance(a, Node) and isinstance(b, Node)
            if not (self._match_nodes(a, b, match, node_name_match) if both else self._match_literals(a, b, match)):
                return False
        return True

    def _is_contained(self, nodes_map):
        # steps inside of the place are used by nobody outside
        inside = {gn for gn in nodes_map.values() if isinstance(gn, Node)}
        for pn, gn in nodes_map.items():
            if pn.op == "placeholder" or pn in self.pattern_returning_nodes or not isinstance(gn, Node):
                continue
            if any(user not in inside for user in gn.users):
                return False
        return True

    def _remove_overlapping_matches(self, matches):
        kept, taken = [], set()
        for match in matches:
            nodes = {gn for pn, gn in match.nodes_map.items() if pn.op not in ("placeholder", "output")}
            if not nodes & taken:
                kept.append(match)
                taken |= nodes
        return kept


def _flat(args, kwargs):
    plain = _thawed((args, kwargs))
    return pytree.tree_flatten(plain, is_leaf=lambda x: isinstance(x, Node) or isinstance(x, slice))


def _thawed(a):
    if isinstance(a, tuple):
        return tuple(_thawed(x) for x in a)
    if isinstance(a, list):
        return [_thawed(x) for x in a]
    if isinstance(a, dict):
        return {k: _thawed(v) for k, v in sorted(a.items(), key=lambda e: str(e[0]))}
    return a


def _named(node):
    # arguments by their names, with defaults, where the function says them
    if node.op != "call_function":
        return None
    try:
        bound = inspect.signature(node.target).bind(*node.args, **node.kwargs)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return {k: v for k, v in bound.arguments.items() if k != "_extra"}
