"""torch.npu: the Ascend device of this process, or emulated ones (MINDTORCH_EMULATE_NPU)."""
from mindtorch import _accelerators

globals().update(_accelerators.namespace("npu"))


def __getattr__(name):
    return _accelerators.late(name, "npu", globals())
