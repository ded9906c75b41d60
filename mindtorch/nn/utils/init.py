"""Modules made without initialising them."""
import inspect

import mindtorch as torch


def skip_init(module_cls, *args, **kwargs):
    """A module whose parameters are uninitialised memory. RuntimeError for a class without a device argument."""
    if not issubclass(module_cls, torch.nn.Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    device = kwargs.pop("device", "cpu")
    return module_cls(*args, **kwargs, device="meta").to_empty(device=device)
