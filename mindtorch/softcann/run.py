"""Runs a script over the software CANN, in this process: preloads its libraries, prints the report at the end.

Started by its path, with the environment that mindtorch.softcann.environment() makes: MindSpore is not there yet.
"""

import atexit
import ctypes
import os
import runpy
import sys


def _preload(top):
    # By their full paths, into the global scope: LD_LIBRARY_PATH would make Ascend the default target of every process
    # that inherits it.
    libraries = os.path.join(top, "lib64")
    first = ctypes.CDLL(os.path.join(libraries, "libascendcl.so"), ctypes.RTLD_GLOBAL)
    for name in sorted(os.listdir(libraries)):
        if name.endswith(".so"):
            ctypes.CDLL(os.path.join(libraries, name), ctypes.RTLD_GLOBAL)
    first.softcann_report.restype = ctypes.c_char_p
    return first


def main():
    library = _preload(os.environ["SOFTCANN_HOME"])
    pid = os.getpid()

    def report():  # registered first, so that it runs last: whatever is still queued was waited for
        if os.getpid() != pid:
            return
        library.aclrtSynchronizeDeviceWithTimeout(10000)
        sys.stdout.flush()
        sys.stderr.write(library.softcann_report().decode())
        sys.stderr.flush()

    atexit.register(report)
    arguments = sys.argv[1:]
    if arguments[0] == "-m":
        sys.path[0] = os.getcwd()
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
