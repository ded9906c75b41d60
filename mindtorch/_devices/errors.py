"""What devices raise."""


class OutOfMemoryError(RuntimeError):
    """Memory could not be had."""


class AcceleratorError(RuntimeError):
    """A device failed."""


class NoDevice(AssertionError, RuntimeError):
    """There is no device: torch.cuda's error and torch_npu's."""
