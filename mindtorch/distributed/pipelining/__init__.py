"""torch.distributed.pipelining: a model in stages, one on each rank. Stages are given; models are not cut here."""
import enum

from mindtorch import _absent

from .schedules import Schedule1F1B, ScheduleGPipe
from .stage import PipelineStage

__all__ = ["PipelineStage", "Schedule1F1B", "ScheduleGPipe", "SplitPoint", "pipeline", "build_stage"]
_WHY = "give the stages' modules to PipelineStage"
pipeline = _absent.function("torch.distributed.pipelining.pipeline", _WHY)
build_stage = _absent.function("torch.distributed.pipelining.build_stage", _WHY)


class SplitPoint(enum.Enum):
    """Where a pipeline is cut."""

    BEGINNING = 1
    END = 2


SplitPoint.__module__ = "torch.distributed.pipelining"
