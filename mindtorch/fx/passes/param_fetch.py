"""What the modules of a graph hold, left in the steps that call them."""

import mindtorch as torch

__all__ = ["default_matching", "extract_attrs_for_lowering", "lift_lowering_attrs_to_nodes"]
_NAMES = {
    torch.nn.Linear: (1, "weight bias"),
    torch.nn.Conv2d: (1, "weight bias kernel_size stride padding dilation groups padding_mode"),
    torch.nn.BatchNorm2d: (2, "weight bias running_mean running_var eps"),
    torch.nn.ReLU: (1, "inplace"),
    torch.nn.MaxPool2d: (1, "kernel_size stride padding dilation return_indices ceil_mode"),
    torch.nn.AdaptiveAvgPool2d: (1, "output_size"),
}


def default_matching(name, target_version):
    """The name itself."""
    return name


def extract_attrs_for_lowering(mod):
    """{name: value} of a module of a known type; RuntimeError for others."""
    if type(mod) not in _NAMES:
        raise RuntimeError(f"No matching found for module type {type(mod)}")
    _, names = _NAMES[type(mod)]
    return {"name": torch.typename(mod), **{n: getattr(mod, n) for n in names.split()}}


def lift_lowering_attrs_to_nodes(fx_module):
    """Leave attrs_for_lowering in every step that calls a module."""
    from mindtorch.fx.graph_module import GraphModule

    for node in fx_module.graph.nodes:
        if node.op == "call_module":
            module = fx_module.get_submodule(node.target)
            if isinstance(module, GraphModule):
                lift_lowering_attrs_to_nodes(module)
            else:
                node.attrs_for_lowering = extract_attrs_for_lowering(module)
