"""torch.cuda: another name for torch.npu."""
from mindtorch import _absent, _accelerators

globals().update(_accelerators.namespace("cuda"))

graph = _absent.klass("torch.cuda.graph", "graph capture needs a CUDA device")
CUDAGraph = _absent.klass("torch.cuda.CUDAGraph", "graph capture needs a CUDA device")
power_draw = _absent.function("torch.cuda.power_draw")
utilization = _absent.function("torch.cuda.utilization")


def __getattr__(name):
    return _accelerators.late(name, "cuda", globals())
