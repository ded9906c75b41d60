"""torch.cpu: the device functions of the CPU."""
import contextlib


def is_available():
    """True."""
    return True


def device_count():
    """One."""
    return 1


def current_device():
    """'cpu'."""
    return "cpu"


def set_device(device):
    """There is one CPU device: nothing to choose."""


def synchronize(device=None):
    """Kernels run to completion before they return."""


class Stream:
    """A stream of the CPU: calls finish before they return."""


def current_stream(device=None):
    """The stream in use."""
    return Stream()


def stream(stream):
    """Context that selects a stream."""
    return contextlib.nullcontext()
