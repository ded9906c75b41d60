"""torch.cuda.nvtx: marks for NVIDIA's profilers, which are not there; RuntimeError as in a build without CUDA."""
import contextlib

__all__ = ["range_push", "range_pop", "range_start", "range_end", "mark", "range"]


def _refuse(*args):
    raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build?")


def range_push(msg):
    """RuntimeError."""
    _refuse(msg)


def range_pop():
    """RuntimeError."""
    _refuse()


def range_start(msg):
    """RuntimeError."""
    _refuse(msg)


def range_end(range_id):
    """RuntimeError."""
    _refuse(range_id)


def mark(msg):
    """RuntimeError."""
    _refuse(msg)


@contextlib.contextmanager
def range(msg, *args, **kwargs):
    """RuntimeError when entered."""
    range_push(msg.format(*args, **kwargs))
    try:
        yield
    finally:
        range_pop()
