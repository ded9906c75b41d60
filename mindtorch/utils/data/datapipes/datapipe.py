"""torch.utils.data.datapipes.datapipe: the base classes of pipes."""
from mindtorch.utils.data.dataset import IterDataPipe, MapDataPipe

__all__ = ["IterDataPipe", "MapDataPipe"]
