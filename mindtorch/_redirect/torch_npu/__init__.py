"""Leads `import torch_npu` to mindtorch in processes that did not import mindtorch first (spawned workers,
subprocesses)."""
import importlib.util
import os
import sys

del sys.modules["torch_npu"]
if importlib.util.find_spec("mindtorch") is None:
    # another interpreter inherited our path: it gets whatever torch_npu it has
    _here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != _here]
    sys.modules["torch_npu"] = importlib.import_module("torch_npu")
else:
    importlib.import_module("mindtorch")  # its finder serves torch_npu too
    importlib.import_module("torch_npu")
