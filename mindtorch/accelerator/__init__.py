"""torch.accelerator: the npu when there is one."""
from mindtorch._core import devices as _devices

from mindtorch import npu as _npu


def is_available():
    """Whether there is an accelerator."""
    return _npu.is_available()


def device_count():
    """Number of accelerators."""
    return _npu.device_count()


def current_accelerator(check_available=False):
    """torch.device of the accelerator's type without an index, or None."""
    return _devices.device(_devices.accelerator_type()) if is_available() else None


def current_device_index():
    """Index of the current accelerator."""
    return _npu.current_device()


def set_device_index(device):
    """Make an accelerator the current one."""
    _npu.set_device(device)


current_device_idx, set_device_idx = current_device_index, set_device_index
synchronize, current_stream, set_stream, empty_cache = (_npu.synchronize, _npu.current_stream, _npu.set_stream,
                                                        _npu.empty_cache)
memory_allocated, max_memory_allocated, memory_reserved, max_memory_reserved, memory_stats = (
    _npu.memory_allocated, _npu.max_memory_allocated, _npu.memory_reserved, _npu.max_memory_reserved, _npu.memory_stats)
reset_peak_memory_stats, get_memory_info, device_index = _npu.reset_peak_memory_stats, _npu.mem_get_info, _npu.device


def _present():
    if not is_available():
        raise RuntimeError("Cannot access accelerator device when none is available.")


def empty_host_cache():
    """Give cached memory of the host back."""
    _present()
    _npu.empty_cache()


def get_device_capability(device=None):
    """{'supported_dtypes': set of dtypes} of a device."""
    from mindtorch._core import dtypes

    _present()
    return {"supported_dtypes": set(dtypes.DTYPES)}


def reset_accumulated_memory_stats(device_index=None):
    """Totals over time are not counted: nothing to reset."""
    _present()
