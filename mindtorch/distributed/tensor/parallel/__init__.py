"""Tensor parallelism: modules whose parameters and activations are split over ranks."""
from .api import parallelize_module
from .loss import loss_parallel
from .style import (
    ColwiseParallel, ParallelStyle, PrepareModuleInput, PrepareModuleInputOutput, PrepareModuleOutput, RowwiseParallel,
    SequenceParallel)

__all__ = ["ColwiseParallel", "ParallelStyle", "PrepareModuleInput", "PrepareModuleInputOutput", "PrepareModuleOutput",
           "RowwiseParallel", "SequenceParallel", "parallelize_module", "loss_parallel"]
