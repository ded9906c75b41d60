"""Sizes of steps, and exchange of targets."""

from typing import NamedTuple

from .shape_prop import ShapeProp, TensorMetadata

__all__ = ["replace_target_nodes_with", "size_bytes", "get_size_of_all_nodes", "get_tensor_meta", "get_size_of_node"]


class size_bytes(NamedTuple):
    """Bytes of a step's result, and with its parameters."""

    output_size: int
    total_size: int


def replace_target_nodes_with(fx_module, old_op, old_target, new_op, new_target):
    """Other op and target for all steps that have the old ones."""
    for node in list(fx_module.graph.nodes):
        if node.op == old_op and node.target == old_target:
            with fx_module.graph.inserting_before(node):
                made = fx_module.graph.create_node(
                    new_op, new_target, node.args, dict(node.kwargs), node.name, node.type
                )
            node.replace_all_uses_with(made)
            fx_module.graph.erase_node(node)
    fx_module.recompile()


def get_size_of_all_nodes(fx_module, args=None):
    """Leave size_bytes in every step, by a run on `args` where shapes are not known."""
    if args is not None:
        ShapeProp(fx_module).propagate(*args)
    for node in fx_module.graph.nodes:
        if node.op == "output":
            break
        node.size_bytes = get_size_of_node(fx_module, node)


def get_tensor_meta(node):
    """The tensor_meta of a step; RuntimeError where it is not known."""
    meta = node.meta.get("tensor_meta")
    if not isinstance(meta, TensorMetadata):
        raise RuntimeError(
            f"Node {node} has no tensor metadata associated with it! Check that shape propagation has run."
        )
    return meta


def _bytes(meta):
    return meta.shape.numel() * meta.dtype.itemsize


def get_size_of_node(fx_module, node):
    """size_bytes of one step."""
    inside = (
        sum(p.nelement() * p.element_size() for p in fx_module.get_submodule(node.target).parameters())
        if node.op == "call_module"
        else 0
    )
    out = _bytes(get_tensor_meta(node))
    return size_bytes(out, out + inside)
