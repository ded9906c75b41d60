"""torch._tensor: where pickles and consumers look for the class and its helpers."""
from mindtorch._core.tensor import Tensor
from mindtorch._utils import _rebuild_from_type_v2

__all__ = ["Tensor", "_rebuild_from_type_v2"]


def _convert(ret, cls):
    """A result of a tensor function as the subclass that it was called with; in tuples and lists too."""
    if cls is Tensor:
        return ret
    if isinstance(ret, Tensor) and not isinstance(ret, cls):
        return ret.as_subclass(cls)
    return type(ret)(_convert(r, cls) for r in ret) if isinstance(ret, (tuple, list)) else ret
