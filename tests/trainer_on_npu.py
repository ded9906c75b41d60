"""Named by --import-first of trainer_runs.py: its runs say use_cpu=True and generate from tensors of the CPU; on the
npu they run as they are."""
import mindtorch  # noqa: F401
import torch
import transformers
from transformers.generation import GenerationMixin

_prepare, _generate = transformers.TrainingArguments.__post_init__, GenerationMixin.generate


def _on_npu(self):
    self.use_cpu = False
    _prepare(self)
    assert self.device.type == "npu", self.device


def _moved(self, *args, **kwargs):
    assert self.device.type == "npu", self.device
    return _generate(self, *args,
                     **{k: v.to(self.device) if isinstance(v, torch.Tensor) else v for k, v in kwargs.items()})


transformers.TrainingArguments.__post_init__, GenerationMixin.generate = _on_npu, _moved
