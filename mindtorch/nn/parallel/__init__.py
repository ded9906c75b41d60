"""Several devices or processes."""
from .data_parallel import DataParallel, data_parallel  # noqa: F401
from .distributed import DistributedDataParallel  # noqa: F401
from .scatter_gather import gather, parallel_apply, replicate, scatter  # noqa: F401
