"""Names of context parallelism, which is not there."""
from mindtorch import _absent

from . import context_parallel  # noqa: F401

set_rotate_method = _absent.function("torch.distributed.tensor.experimental._attention.set_rotate_method",
                                     "sequences are not split over ranks")
