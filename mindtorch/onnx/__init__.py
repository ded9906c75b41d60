"""torch.onnx: not supported."""
from mindtorch import _absent

_absent.install("torch.onnx",
                {"": {"export": "f", "ONNXProgram": "c", "ExportableModule": "c", "InputObserver": "c",
                      "OnnxExporterError": type("OnnxExporterError",
    (RuntimeError,), {}), "is_in_onnx_export": lambda: False}, "utils": {},
    "symbolic_helper": {"cast_pytorch_to_onnx": {}},
                                "symbolic_opset9": {"masked_fill": "f", "softmax": "f"},
                                "symbolic_opset12": {"dropout": "f"}, "errors": {}})
