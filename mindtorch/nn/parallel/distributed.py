"""DistributedDataParallel."""
import mindtorch as torch

from ..modules.module import Module


class DistributedDataParallel(Module):
    """A module whose gradients are averaged over processes. ValueError without a process group; NotImplementedError in
    one of several processes."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0, broadcast_buffers=True, init_sync=True,
                 process_group=None, bucket_cap_mb=None,
        find_unused_parameters=False,
                 check_reduction=False, gradient_as_bucket_view=False, static_graph=False,
                 delay_all_reduce_named_params=None, param_to_hook_all_reduce=None, mixed_precision=None,
                 device_mesh=None, skip_all_reduce_unused_params=False) -> None:
        super().__init__()
        if not (torch.distributed.is_available() and torch.distributed.is_initialized()) and process_group is None:
            raise ValueError("Default process group has not been initialized, please make sure to call "
                             "init_process_group.")
        raise NotImplementedError("DistributedDataParallel is not supported yet")
