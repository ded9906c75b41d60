"""torch.multiprocessing: Python's multiprocessing, with spawn() and tensors that stay the same memory."""
import threading as _threading
from multiprocessing import *  # noqa: F403
from multiprocessing import get_context, reduction as _reduction  # noqa: F401

from .reductions import init_reductions  # noqa: F401
from .spawn import (  # noqa: F401
    ProcessContext, ProcessException, ProcessExitedException, ProcessRaisedException, SpawnContext, spawn,
    start_processes)


def _set_thread_name(name):
    """Name this thread for the system's tools, in at most 15 bytes."""
    with open(f"/proc/self/task/{_threading.get_native_id()}/comm", "wb") as f:
        f.write(name.encode()[:15])


def _get_thread_name():
    with open(f"/proc/self/task/{_threading.get_native_id()}/comm", encoding="utf-8", errors="replace") as f:
        return f.read().rstrip("\n")


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
