"""torch.onnx: models written as ONNX, by the packages onnx and onnxscript."""

import enum
import sys
import types

from mindtorch import _absent

from . import errors
from .errors import OnnxExporterError

_REGISTERED = {}
producer_name, producer_version = "mindtorch", "1"


class TrainingMode(enum.IntEnum):
    """In which mode a model is exported."""

    EVAL = 0
    PRESERVE = 1
    TRAINING = 2


class OperatorExportTypes(enum.IntEnum):
    """What becomes of operators of PyTorch's own."""

    ONNX = 0
    ONNX_ATEN = 1
    ONNX_ATEN_FALLBACK = 2
    ONNX_FALLTHROUGH = 3


class TensorProtoDataType(enum.IntEnum):
    """ONNX's numbers of dtypes."""

    (
        UNDEFINED,
        FLOAT,
        UINT8,
        INT8,
        UINT16,
        INT16,
        INT32,
        INT64,
        STRING,
        BOOL,
        FLOAT16,
        DOUBLE,
        UINT32,
        UINT64,
        COMPLEX64,
        COMPLEX128,
        BFLOAT16,
    ) = range(17)


def is_in_onnx_export():
    """False: models are exported as programs."""
    return False


def register_custom_op_symbolic(symbolic_name, symbolic_fn, opset_version):
    """Keep how the older exporter would write an operator. export takes custom_translation_table for that."""
    if "::" not in symbolic_name:
        raise OnnxExporterError(
            f"Failed to register operator {symbolic_name}. The symbolic name must match the format domain::name, and "
            f"should "
            "start with a letter and contain only alphanumerical characters"
        )
    _REGISTERED[(symbolic_name, opset_version)] = symbolic_fn


def unregister_custom_op_symbolic(symbolic_name, opset_version):
    """Forget register_custom_op_symbolic."""
    _REGISTERED.pop((symbolic_name, opset_version), None)


def export(*args, **kwargs):
    """torch.onnx.export; see _export.export."""
    from ._export import export as made

    return made(*args, **kwargs)


def __getattr__(name):
    if name in ("ONNXProgram", "symbolic_helper", "_export"):
        import importlib

        if name == "ONNXProgram":
            from ._export import ONNXProgram

            return ONNXProgram
        return importlib.import_module(f"mindtorch.onnx.{name}")
    raise AttributeError(f"module 'torch.onnx' has no attribute '{name}'")


class _Symbolic(types.ModuleType):
    """Operators as the older exporter writes them into a TorchScript graph: there are none."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent.function(
            f"{self.__name__.removeprefix('mind')}.{name}", "the exporter over TorchScript is not there"
        )


for _version in range(7, 24):
    _name = f"{__name__}.symbolic_opset{_version}"
    sys.modules[_name] = globals()[f"symbolic_opset{_version}"] = _Symbolic(_name)
_absent.install(
    "torch.onnx", {"": {"ExportableModule": "c", "InputObserver": "c", "JitScalarType": "c"}, "utils": {}, "ops": {}}
)
