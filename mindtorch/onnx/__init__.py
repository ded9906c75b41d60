"""torch.onnx: not supported."""
from mindtorch import _absent

_absent.install("torch.onnx", {"": {"export": "f", "ONNXProgram": "c", "is_in_onnx_export": lambda: False}, "utils": {}, "symbolic_helper": {}})
