"""torch.Stream, torch.Event and the module of a device type, whatever the device is."""
import importlib

from mindtorch._core import devices


class Stream:
    """torch.Stream(device): a queue of work of an accelerator, or of the CPU, where calls finish before they return."""

    def __new__(cls, device=None, *, priority=0):
        from mindtorch import cpu, npu

        if device is not None and devices.device(device).type == "cpu" or not npu.is_available():
            return cpu.Stream()
        return npu.Stream(device, priority)


class Event:
    """torch.Event(device): a point in time of a stream. RuntimeError without an accelerator."""

    def __new__(cls, device=None, *, enable_timing=False, blocking=False, interprocess=False):
        from mindtorch import npu

        if not npu.is_available():
            raise RuntimeError("torch.Event needs an accelerator")
        return npu.Event(enable_timing, blocking, interprocess)


def get_device_module(device=None):
    """torch.npu, torch.cpu ...: the module of a device type (by default the accelerator's). RuntimeError for a type
    without one."""
    name = devices.device(device).type if device is not None else devices.accelerator_type() or "cpu"
    try:
        return importlib.import_module("mindtorch." + name)
    except ModuleNotFoundError:
        raise RuntimeError(f"Invalid device string: '{device}'") from None


def get_device(input, /):
    """Number of the tensor's device; -1 for cpu."""
    return input.get_device()
