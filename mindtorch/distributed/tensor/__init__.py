"""torch.distributed.tensor: tensors whose parts are on the ranks of a mesh."""
from ..device_mesh import DeviceMesh, init_device_mesh  # noqa: F401
from . import _dtensor_spec, placement_types  # noqa: F401
from ._api import DTensor, distribute_module, distribute_tensor
from ._factories import empty, full, ones, rand, randn, zeros
from .placement_types import Partial, Placement, Replicate, Shard

__all__ = ["DTensor", "distribute_tensor", "distribute_module", "Shard", "Replicate", "Partial", "Placement", "ones",
           "empty", "full", "rand", "randn", "zeros"]

for _name in ("distribute_tensor", "distribute_module", "ones", "empty", "full", "rand", "randn", "zeros"):
    globals()[_name].__module__ = "torch.distributed.tensor"
