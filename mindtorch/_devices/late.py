"""What torch.npu and torch.cuda have besides: typed constructors (torch.cuda.FloatTensor), and submodules that are
imported when first asked for."""
import importlib

from mindtorch import _legacy_classes


def find(name, kind, namespace):
    """The value of torch.<kind>.<name>; AttributeError for names that are not there."""
    if name.endswith("Tensor"):
        classes = _legacy_classes.legacy_tensor_classes(kind)
        if name in classes:
            namespace.update(classes)
            return classes[name]
    if name in ("amp", "random", "memory", "streams") or (name, kind) == ("nvtx", "cuda"):
        return importlib.import_module(f"mindtorch.{kind}.{name}")
    raise AttributeError(f"module 'torch.{kind}' has no attribute '{name}'")
