"""Graphs made faster for inference: batch norms folded into convolutions, dropouts removed."""

import copy

import mindtorch as torch
from mindtorch.fx import Tracer, Transformer, symbolic_trace
from mindtorch.fx.graph_module import GraphModule
from mindtorch.nn.utils.fusion import fuse_conv_bn_eval

__all__ = [
    "matches_module_pattern",
    "replace_node_module",
    "fuse",
    "remove_dropout",
    "extract_subgraph",
    "optimize_for_inference",
]
nn = torch.nn


def _parent_name(target):
    parent, _, name = target.rpartition(".")
    return parent, name


def matches_module_pattern(pattern, node, modules):
    """Whether a step calls a module of the second type on what one of the first type gave."""
    if not node.args:
        return False
    for kind, current in zip(pattern, (node.args[0], node)):
        if not hasattr(current, "op") or current.op != "call_module" or current.target not in modules:
            return False
        if type(modules[current.target]) is not kind:
            return False
    return True


def replace_node_module(node, modules, new_module):
    """Another module where a step's one is."""
    parent, name = _parent_name(node.target)
    modules[node.target] = new_module
    setattr(modules[parent], name, new_module)


def fuse(model, inplace=False, no_trace=False):
    """Batch norms of a module in evaluation mode folded into the convolutions before them."""
    if not inplace:
        model = copy.deepcopy(model)
    if not no_trace or not isinstance(model, GraphModule):
        model = symbolic_trace(model)
    modules = dict(model.named_modules())
    for number in (1, 2, 3):
        pattern = (getattr(nn, f"Conv{number}d"), getattr(nn, f"BatchNorm{number}d"))
        for node in list(model.graph.nodes):
            if not matches_module_pattern(pattern, node, modules) or len(node.args[0].users) > 1:
                continue
            conv, norm = modules[node.args[0].target], modules[node.target]
            if not norm.track_running_stats:
                continue
            replace_node_module(node.args[0], modules, fuse_conv_bn_eval(conv, norm))
            node.replace_all_uses_with(node.args[0])
            model.graph.erase_node(node)
    return GraphModule(model, model.graph)


def remove_dropout(model):
    """The module without its dropouts."""
    traced = symbolic_trace(model)

    class Without(Transformer):
        def call_module(self, target, args, kwargs):
            if isinstance(self.submodules[target], nn.Dropout):
                return args[0]
            return super().call_module(target, args, kwargs)

    return Without(traced).transform()


def extract_subgraph(orig_module, nodes, inputs, outputs):
    """A GraphModule of some steps."""
    from mindtorch.fx.graph import Graph

    graph, values = Graph(), {}
    for node in inputs:
        values[node] = graph.placeholder(node.name)
    for node in nodes:
        values[node] = graph.node_copy(node, values.__getitem__)
    graph.output([values[n] for n in outputs])
    graph.lint()
    return GraphModule(orig_module, graph)


def optimize_for_inference(model, pass_config=None, tracer=Tracer):
    """fuse and remove_dropout, as pass_config says; there is no other layout to convert modules to."""
    config = {
        "conv_bn_fuse": True,
        "remove_dropout": True,
        "mkldnn_layout_optimize": {"heuristic": None},
        **(pass_config or {}),
    }
    if config["mkldnn_layout_optimize"] and config["mkldnn_layout_optimize"].get("heuristic"):
        raise NotImplementedError("optimize_for_inference: mkldnn_layout_optimize needs MKL-DNN tensors")
    if config["conv_bn_fuse"]:
        model = fuse(model)
    if config["remove_dropout"]:
        model = remove_dropout(model)
    return GraphModule(model, tracer().trace(copy.deepcopy(model)))
