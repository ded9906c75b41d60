"""A graph cut into submodules by tags that its steps carry."""

import mindtorch as torch
from mindtorch.fx._symbolic_trace import symbolic_trace  # noqa: F401
from mindtorch.fx.graph_module import GraphModule

from .split_module import split_module

__all__ = ["getattr_recursive", "setattr_recursive", "split_by_tags"]


def getattr_recursive(obj, name):
    """What lies at a dotted path; None where there is nothing."""
    for part in name.split("."):
        if not hasattr(obj, part):
            return None
        obj = getattr(obj, part)
    return obj


def setattr_recursive(obj, attr, value):
    """Set what lies at a dotted path."""
    *prefix, name = attr.split(".")
    for part in prefix:
        obj = getattr(obj, part)
    setattr(obj, name, value)


def split_by_tags(gm, tags, return_fqn_mapping=False, return_tuple=False, GraphModuleCls=GraphModule):
    """A GraphModule that calls one submodule a tag, named by it; steps carry theirs in `node.tag`."""
    names = {}
    for node in gm.graph.nodes:
        if node.op not in ("placeholder", "get_attr", "output"):
            tag = getattr(node, "tag", None)
            if tag not in tags:
                raise AssertionError(f"Node {node.format_node()} has tag {tag!r}, which is not among {tags}")
    split = split_module(
        gm, gm, lambda n: n.tag, qualname_map=names, keep_original_order=True, tuple_return=return_tuple
    )
    for node in list(split.graph.nodes):
        if node.op == "call_module" and node.target.startswith("submod_"):
            new = node.target.removeprefix("submod_")
            split.add_submodule(new, split.get_submodule(node.target))
            old, node.target = node.target, new
            node._rename(new)
            split.delete_submodule(old)
            type(split.get_submodule(new)).__name__ = new
    split.recompile()
    if not issubclass(GraphModuleCls, torch.nn.Module):
        raise TypeError(f"{GraphModuleCls} is no class of modules")
    made = split if GraphModuleCls is GraphModule else GraphModuleCls(split, split.graph)
    names = {k.removeprefix("submod_"): v for k, v in names.items()}
    return (made, names) if return_fqn_mapping else made
