"""torch.fx: programs as graphs that Python can look at and change."""

from . import _pytree  # noqa: F401
from . import immutable_collections, node, proxy, graph, graph_module  # noqa: F401, I001
from . import _symbolic_trace, traceback, interpreter, subgraph_rewriter  # noqa: F401
from ._symbolic_trace import PH, ProxyableClassMeta, Tracer, symbolic_trace, wrap
from .graph import CodeGen, Graph
from .graph_module import GraphModule
from .interpreter import Interpreter, Transformer
from .node import Node, has_side_effect, map_arg
from .proxy import Proxy
from .subgraph_rewriter import replace_pattern

__all__ = [
    "CodeGen",
    "Graph",
    "GraphModule",
    "Interpreter",
    "Node",
    "PH",
    "Proxy",
    "ProxyableClassMeta",
    "Tracer",
    "Transformer",
    "has_side_effect",
    "map_arg",
    "replace_pattern",
    "symbolic_trace",
    "wrap",
]
PHBase = _symbolic_trace.PHBase
