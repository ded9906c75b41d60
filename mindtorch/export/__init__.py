"""torch.export: not supported; names for isinstance and annotations."""
from mindtorch import _absent

_absent.install("torch.export", {"": {"ExportedProgram": "c", "export": "f", "load": "f", "save": "f", "Dim": "c", "ShapesCollection": "c", "register_dataclass": "f"},
                                 "decomp_utils": {"CustomDecompTable": "c"}, "_trace": {"_export": "f"}})
