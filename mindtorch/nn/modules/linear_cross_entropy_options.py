"""Options of the linear cross entropy."""
from dataclasses import dataclass

import mindtorch as torch

_METHODS, _POLICIES = ("auto", "aspect_ratio"), ("auto", "accurate", "balanced", "compact")


@dataclass(slots=True)
class LinearCrossEntropyOptions:
    """How the logits may be computed in chunks of the batch to save memory; the values do not depend on it.
    ValueError for sizes, methods, policies or dtypes that there are not."""

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: torch.dtype | None = None

    def __post_init__(self):
        size = self.batch_chunk_size
        if size is not None and (not isinstance(size, int) or size <= 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size}")
        if self.chunking_method is not None and self.chunking_method.partition(":")[0] not in _METHODS:
            raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        if self.acc_policy not in _POLICIES:
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        allowed = (None, torch.float16, torch.bfloat16, torch.float32, torch.float64)
        if self.acc_dtype not in allowed:
            raise ValueError(f"acc_dtype must be one of {{{', '.join(map(str, allowed))}}}, got {self.acc_dtype}. Pass "
                             "acc_dtype=None to let the op pick automatically.")


LinearCrossEntropyOptions.__module__ = "torch.nn.modules.linear_cross_entropy_options"
