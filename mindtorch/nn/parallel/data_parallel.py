"""DataParallel: on one device it passes calls through."""
import mindtorch as torch

from ..modules.module import Module


def _devices(device_ids):
    if not torch.cuda.is_available():
        return []
    return list(range(torch.cuda.device_count())) if device_ids is None else list(device_ids)


class DataParallel(Module):
    """`module` called on the devices it is on; NotImplementedError for more than one."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0) -> None:
        super().__init__()
        ids = _devices(device_ids)
        if len(ids) > 1:
            raise NotImplementedError("DataParallel over several devices is not supported; use DistributedDataParallel")
        self.module = module
        self.device_ids = ids
        if ids:
            self.dim, self.output_device = dim, ids[0] if output_device is None else output_device
            self.src_device_obj = torch.device("cuda", ids[0])
            self.module.to(self.src_device_obj)

    def forward(self, *inputs, **kwargs):
        """The module's result."""
        return self.module(*inputs, **kwargs)


def data_parallel(module, inputs, device_ids=None, output_device=None, dim=0, module_kwargs=None):
    """module(*inputs, **module_kwargs); NotImplementedError for more than one device."""
    if len(_devices(device_ids)) > 1:
        raise NotImplementedError("data_parallel over several devices is not supported")
    inputs = inputs if isinstance(inputs, tuple) else (inputs,) if inputs is not None else ()
    return module(*inputs, **(module_kwargs or {}))
