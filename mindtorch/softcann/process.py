"""What a process needs to run over the software CANN: its libraries before MindSpore's, and a report at the end.

`build()` puts this file beside the libraries as `softcann_process`, with a sitecustomize that calls `watch()`: every
Python process that inherits the environment of a run is part of it, workers that a script starts too.
"""

import atexit
import ctypes
import importlib.machinery
import importlib.util
import os
import sys

_loaded = False


def preload():
    """Libraries by their full paths, into the global scope: LD_LIBRARY_PATH would reach MindSpore's choice of a
    target."""
    global _loaded
    if _loaded:
        return
    _loaded = True
    libraries = os.path.join(os.environ["SOFTCANN_HOME"], "lib64")
    first = ctypes.CDLL(os.path.join(libraries, "libascendcl.so"), ctypes.RTLD_GLOBAL)
    for name in sorted(os.listdir(libraries)):
        if name.endswith(".so"):
            ctypes.CDLL(os.path.join(libraries, name), ctypes.RTLD_GLOBAL)
    first.softcann_report.restype = ctypes.c_char_p
    pid = os.getpid()

    def report():  # registered before MindSpore's own, so that it runs last: whatever is still queued was waited for
        if os.getpid() != pid:
            return
        first.aclrtSynchronizeDeviceWithTimeout(10000)
        sys.stdout.flush()
        sys.stderr.write(first.softcann_report().decode())
        sys.stderr.flush()

    atexit.register(report)


class _Before:
    """Finds nothing; is asked before MindSpore is imported."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "mindspore":
            sys.meta_path.remove(_Before)
            preload()
        return None


def watch(customize):
    """Preload when MindSpore is imported, if ever; then the sitecustomize that this one (a path) hides."""
    if not _loaded and os.environ.get("SOFTCANN_HOME"):
        sys.meta_path.insert(0, _Before)
    here = os.path.realpath(os.path.dirname(customize))
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize",
                                                    [p for p in sys.path if os.path.realpath(p) != here])
    if spec and spec.loader:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)
