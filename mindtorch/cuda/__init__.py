"""torch.cuda: another name for torch.npu."""
from mindtorch import _absent
from mindtorch._devices import late as _late, mapped as _mapped

globals().update(_mapped.NAMES)

graph = _absent.klass("torch.cuda.graph", "graph capture needs a CUDA device")
CUDAGraph = _absent.klass("torch.cuda.CUDAGraph", "graph capture needs a CUDA device")
power_draw = _absent.function("torch.cuda.power_draw")
utilization = _absent.function("torch.cuda.utilization")


def __getattr__(name):
    return _late.find(name, "cuda", globals())
