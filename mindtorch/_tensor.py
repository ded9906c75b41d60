"""torch._tensor: where pickles and consumers look for the class and its helpers."""
from mindtorch._core.tensor import Tensor
from mindtorch._utils import _rebuild_from_type_v2

__all__ = ["Tensor", "_rebuild_from_type_v2"]
