"""The modules of the torch namespace that have a stub, and where each name is at home."""
import functools
import importlib
import inspect
import pkgutil
import sys
import types
import warnings

import mindtorch as torch

# written in plain Python with nothing made at import: their stubs point at the source
PLAIN = set("""compiler distributed export func futures fx hub jit library masked multiprocessing nested numa onnx
    overrides profiler signal sparse testing torch_version accelerator cpu mps mtia xpu""".split())
# not of the torch namespace
APART = set("softcann selftest importer shim torch_npu types".split())


@functools.cache
def modules():
    """{name under torch: module} of all that gets a generated stub; "" is torch itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in pkgutil.walk_packages(torch.__path__, "mindtorch."):
            parts = each.name.split(".")[1:]
            if not any(p.startswith("_") for p in parts) and parts[0] not in APART | PLAIN:
                importlib.import_module(each.name)
    ours = {n.partition(".")[2]: m for n, m in sorted(sys.modules.items())
            if n.split(".")[0] == "mindtorch" and isinstance(m, types.ModuleType)}
    found = {n: m for n, m in ours.items() if not any(p.startswith("_") for p in n.split("."))}
    return {n: m for n, m in found.items() if n.split(".")[0] not in APART | PLAIN}


def plain():
    """{name under torch: is a package} of what points at its source."""
    specs = {n: importlib.util.find_spec("mindtorch." + n) for n in PLAIN}
    folders = {n: spec.submodule_search_locations for n, spec in specs.items() if spec}
    found = {n: folder is not None for n, folder in folders.items()}
    for name, folder in folders.items():
        for inner in pkgutil.walk_packages(folder or [], name + ".", onerror=lambda n: None):
            if not any(p.startswith("_") for p in inner.name.split(".")):
                found[inner.name] = inner.ispkg
    return found


def public(module):
    """{name: value} that a module shows."""
    listed = set(getattr(module, "__all__", ()))
    return {n: v for n, v in sorted(vars(module).items())
            if n in listed or n == "__version__" or not n.startswith("_") and n != "torch" and not foreign(v)}


def foreign(value):
    """Whether a value was only imported here, from Python or another package."""
    if isinstance(value, types.ModuleType):
        first, *parts = value.__name__.split(".")
        return type(value) is types.ModuleType and (first not in ("torch", "mindtorch") or any(
            p.startswith("_") or p in APART for p in parts))
    home = getattr(value, "__module__", None)
    return isinstance(home, str) and callable(value) and home.split(".")[0] not in ("torch", "mindtorch")


@functools.cache
def homes():
    """{id of a function or class: (module under torch, name)} where it is declared once; elsewhere it is imported."""
    claims = {}
    for place, module in modules().items():
        for name, value in public(module).items():
            if not (inspect.isclass(value) or callable(value)) or isinstance(value, types.ModuleType):
                continue
            said = (getattr(value, "__module__", None) or "").partition(".")[2]
            own = getattr(value, "__name__", None)
            rank = (said != place or own != name, own != name, place.count(".") + bool(place), place, name)
            if id(value) not in claims or rank < claims[id(value)][0]:
                claims[id(value)] = (rank, place, name)
    return {i: (place, name) for i, (_, place, name) in claims.items()}
