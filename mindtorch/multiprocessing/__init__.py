"""torch.multiprocessing: Python's multiprocessing, with spawn() and tensors that stay the same memory."""
from multiprocessing import *  # noqa: F403
from multiprocessing import get_context, reduction as _reduction  # noqa: F401

from .reductions import init_reductions  # noqa: F401
from .spawn import (  # noqa: F401
    ProcessContext, ProcessException, ProcessExitedException, ProcessRaisedException, SpawnContext, spawn,
    start_processes)


def set_sharing_strategy(new_strategy):
    """file_descriptor or file_system; descriptors travel in either case, and no files are left. ValueError for
    others."""
    if new_strategy not in get_all_sharing_strategies():
        raise ValueError(f"unknown sharing strategy {new_strategy!r}")
    global _strategy
    _strategy = new_strategy


_strategy = "file_descriptor"


def get_sharing_strategy():
    """The strategy that was set."""
    return _strategy


def get_all_sharing_strategies():
    """Names that set_sharing_strategy takes."""
    return {"file_descriptor", "file_system"}
