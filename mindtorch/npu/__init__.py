"""torch.npu: the Ascend device of this process, or emulated ones (MINDTORCH_EMULATE_NPU)."""
from mindtorch._devices import late as _late, mapped as _mapped

globals().update(_mapped.NAMES)


def __getattr__(name):
    return _late.find(name, "npu", globals())
