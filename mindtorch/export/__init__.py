"""torch.export: a module's steps as a graph of its own, with what must hold of its inputs."""

from mindtorch import _absent
from mindtorch.fx.passes.infra.pass_base import PassResult  # noqa: F401
from mindtorch.utils._pytree import register_dataclass as _register

from . import dynamic_shapes, exported_program, graph_signature  # noqa: F401
from ._serialization import load, save
from ._trace import export
from .dynamic_shapes import AdditionalInputs, Constraint, Dim, ShapesCollection, dims
from .exported_program import ExportedProgram, ModuleCallEntry, ModuleCallSignature, default_decompositions
from .graph_signature import ExportBackwardSignature, ExportGraphSignature

__all__ = [
    "AdditionalInputs",
    "Constraint",
    "CustomDecompTable",
    "Dim",
    "ExportBackwardSignature",
    "ExportGraphSignature",
    "ExportedProgram",
    "FlatArgsAdapter",
    "ModuleCallEntry",
    "ModuleCallSignature",
    "ShapesCollection",
    "UnflattenedModule",
    "default_decompositions",
    "dims",
    "draft_export",
    "export",
    "load",
    "register_dataclass",
    "save",
    "unflatten",
]


def register_dataclass(cls, *, serialized_type_name=None):
    """Make a dataclass a container of inputs and outputs."""
    _register(cls, serialized_type_name=serialized_type_name or f"{cls.__module__}.{cls.__qualname__}")


_absent.install(
    "torch.export",
    {
        "": {"draft_export": "f", "unflatten": "f", "UnflattenedModule": "c", "FlatArgsAdapter": "c"},
        "decomp_utils": {"CustomDecompTable": "c"},
        "unflatten": {"UnflattenedModule": "c", "InterpreterModule": "c"},
    },
)
CustomDecompTable = decomp_utils.CustomDecompTable  # noqa: F821
unflatten = _absent.function("torch.export.unflatten", "submodules are not kept apart in exported graphs")
draft_export, UnflattenedModule, FlatArgsAdapter = (
    globals()[n] for n in ("draft_export", "UnflattenedModule", "FlatArgsAdapter")
)
for _object in (export, save, load, register_dataclass):
    _object.__module__ = "torch.export"
