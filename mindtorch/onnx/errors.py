"""Errors of torch.onnx."""


class OnnxExporterError(RuntimeError):
    """A model could not be written as ONNX."""


class OnnxExporterWarning(UserWarning):
    """Something about an export that one should know."""


class UnsupportedOperatorError(OnnxExporterError):
    """An operator that has no form in ONNX."""

    def __init__(self, name, version=None, supported_version=None):
        super().__init__(f"Exporting the operator '{name}' to ONNX is not supported.")


class SymbolicValueError(OnnxExporterError):
    """A value that is not as an operator needs it."""


for _class in (OnnxExporterError, OnnxExporterWarning, UnsupportedOperatorError, SymbolicValueError):
    _class.__module__ = "torch.onnx.errors"
