"""Leads `import torch` to mindtorch in processes that did not import mindtorch first (spawned workers,
subprocesses)."""
import importlib.util
import os
import sys

del sys.modules["torch"]
if importlib.util.find_spec("mindtorch") is None:
    # another interpreter inherited our path: it gets whatever torch it has
    _here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != _here]
    sys.modules["torch"] = importlib.import_module("torch")
else:
    importlib.import_module("mindtorch")  # puts itself into sys.modules["torch"]
