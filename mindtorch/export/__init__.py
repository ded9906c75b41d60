"""torch.export: not supported; names for isinstance and annotations."""
from mindtorch import _absent

_DIM = _absent.klass("torch.export.Dim", "", AUTO="AUTO", STATIC="STATIC", DYNAMIC="DYNAMIC")
_absent.install("torch.export",
                {"": {"ExportedProgram": "c", "export": "f", "load": "f", "save": "f", "Dim": _DIM,
                      "ShapesCollection": "c", "register_dataclass": "f",
                                      **dict.fromkeys(("AdditionalInputs", "Constraint", "ExportBackwardSignature",
                                                       "ExportGraphSignature", "FlatArgsAdapter",
                                          "ModuleCallEntry", "ModuleCallSignature"), "c")},
                                 "decomp_utils": {"CustomDecompTable": "c"}, "_trace": {"_export": "f"}})
