"""torch.linalg: what the table holds under this name."""
from mindtorch._ops.linalg.factorisations import LinAlgError
from mindtorch._ops.table.registry import NAMESPACES

globals().update(NAMESPACES["linalg"])
__all__ = ["LinAlgError", *sorted(NAMESPACES["linalg"])]
