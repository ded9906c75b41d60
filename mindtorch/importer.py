"""`import torch` gives mindtorch: one finder on sys.meta_path serves the very module objects, and the metadata of
torch."""
import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import pathlib
import sys

TORCH_VERSION = "2.13.0"
VERSION = TORCH_VERSION + "+mindspore"
_PREFIX, _OWN = "torch", "mindtorch"
_SERVED = {_PREFIX: _OWN, "torch_npu": _OWN + ".torch_npu"}  # the second is what scripts for Ascend import beside it
_REDIRECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_redirect")


def metadata(name):
    """What the distribution of that name says of itself."""
    return (f"Metadata-Version: 2.1\nName: {name}\nVersion: {VERSION}\nSummary: The {name} namespace, served by "
            "mindtorch over MindSpore\n")


class _Loader(importlib.abc.Loader):
    def __init__(self, own_name):
        self.own_name = own_name

    def create_module(self, spec):
        module = importlib.import_module(self.own_name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = self.spec  # the import system put torch's spec there

    def get_code(self, name):
        """For python -m."""
        found = importlib.util.find_spec(self.own_name)
        assert found is not None and isinstance(found.loader, importlib.abc.InspectLoader)
        return found.loader.get_code(self.own_name)


class _Distribution(importlib.metadata.Distribution):
    def __init__(self, served):
        self.served = served

    def read_text(self, filename):
        return metadata(self.served) if filename in ("METADATA", "PKG-INFO") else None

    def locate_file(self, path):
        return pathlib.Path(_REDIRECT) / path


class TorchFinder(importlib.abc.MetaPathFinder):
    """Maps torch and torch.x.y to mindtorch and mindtorch.x.y, torch_npu to mindtorch.torch_npu; unknown submodules are
    not found."""

    def find_spec(self, name, path=None, target=None):
        if name == "dill":
            return self._dill_spec()
        first = name.partition(".")[0]
        if first not in _SERVED:
            return None
        own_name = _SERVED[first] + name[len(first):]
        loaded = sys.modules.get(own_name)
        try:
            own = importlib.util.find_spec(own_name)
        except (ModuleNotFoundError, ValueError):
            own = None
        if own is None:
            return (None if loaded is None
                    else importlib.machinery.ModuleSpec(name, _Loader(own_name),
                                                        is_package=hasattr(loaded, "__path__")))
        folders = own.submodule_search_locations
        spec = importlib.machinery.ModuleSpec(name, _Loader(own_name), origin=own.origin,
                                              is_package=folders is not None)
        if folders is not None:
            spec.submodule_search_locations = list(folders)
        spec.has_location = own.has_location
        return spec

    def _dill_spec(self):
        """dill's spec, found by those behind us; our modules are made known to it when it is loaded."""
        spec = importlib.machinery.PathFinder.find_spec("dill")
        if spec is not None and spec.loader is not None:
            from mindtorch._storage import by_name

            spec.loader = by_name.Loader(spec.loader)  # type: ignore[assignment]
        return spec

    @staticmethod
    def find_distributions(context=None):
        """importlib.metadata's question; an installed shim answers it by itself."""
        wanted = None if context is None or context.name is None else context.name.lower().replace("-", "_")
        for name in _SERVED:
            if wanted in (None, name) and not any(
                    entry and os.path.isdir(os.path.join(entry, f"{name}-{VERSION}.dist-info")) for entry in sys.path):
                yield _Distribution(name)


def install():
    """Put the finder first, the name torch into sys.modules, and a way to us into the path of child processes."""
    if not any(isinstance(f, TorchFinder) for f in sys.meta_path):
        sys.meta_path.insert(0, TorchFinder())
    sys.modules[_PREFIX] = sys.modules[_OWN]
    if "dill" in sys.modules:
        from mindtorch._storage import by_name

        by_name.teach(sys.modules["dill"])
    if _REDIRECT not in sys.path:
        sys.path.append(_REDIRECT)
    inherited = os.environ.get("PYTHONPATH", "")
    if _REDIRECT not in inherited.split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(p for p in (inherited, _REDIRECT) if p)
