"""Runs a script over the software CANN, in this process, with a report at the end whether it uses the device or not.

Started by its path, with the environment that mindtorch.softcann.environment() makes: MindSpore is not there yet.
"""

import os
import runpy
import sys


def main():
    beside = os.path.join(os.environ["SOFTCANN_HOME"], "python")
    if beside not in sys.path:  # PYTHONPATH was set anew
        sys.path.append(beside)
    import softcann_process

    softcann_process.preload()
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
