"""torch.cuda: another name for torch.npu."""
from mindtorch import _absent, _accelerators

globals().update(_accelerators.namespace("cuda"))

graph = _absent.klass("torch.cuda.graph", "graph capture needs a CUDA device")
CUDAGraph = _absent.klass("torch.cuda.CUDAGraph", "graph capture needs a CUDA device")
power_draw = _absent.function("torch.cuda.power_draw")
utilization = _absent.function("torch.cuda.utilization")
reset_peak_memory_stats = _accelerators.reset_peak
reset_max_memory_allocated = _accelerators.reset_peak


def __getattr__(name):
    # typed constructors (torch.cuda.FloatTensor) and submodules that import the whole namespace come late
    if name.endswith("Tensor"):
        from mindtorch import _state

        classes = _state.legacy_tensor_classes("cuda")
        if name in classes:
            globals().update(classes)
            return classes[name]
    if name == "default_generators":
        import mindtorch

        return (mindtorch.default_generator,) * device_count()  # noqa: F821  (from the namespace)
    if name in ("amp", "random"):
        import importlib

        return importlib.import_module("mindtorch.cuda." + name)
    raise AttributeError(f"module 'torch.cuda' has no attribute '{name}'")
