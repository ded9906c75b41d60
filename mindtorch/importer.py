"""`import torch` gives mindtorch: one finder on sys.meta_path serves the very module objects."""
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys

_PREFIX, _OWN = "torch", "mindtorch"


class _Loader(importlib.abc.Loader):
    def __init__(self, own_name):
        self.own_name = own_name

    def create_module(self, spec):
        module = importlib.import_module(self.own_name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = self.spec  # the import system put torch's spec there


class TorchFinder(importlib.abc.MetaPathFinder):
    """Maps torch and torch.x.y to mindtorch and mindtorch.x.y; unknown submodules are not found."""

    def find_spec(self, name, path=None, target=None):
        if name != _PREFIX and not name.startswith(_PREFIX + "."):
            return None
        own_name = _OWN + name[len(_PREFIX):]
        try:
            own = importlib.util.find_spec(own_name)
        except (ModuleNotFoundError, ValueError):
            own = None
        if own is None:
            if own_name in sys.modules:
                return importlib.machinery.ModuleSpec(name, _Loader(own_name), is_package=hasattr(sys.modules[own_name], "__path__"))
            return None
        spec = importlib.machinery.ModuleSpec(name, _Loader(own_name), origin=own.origin, is_package=own.submodule_search_locations is not None)
        if own.submodule_search_locations is not None:
            spec.submodule_search_locations = list(own.submodule_search_locations)
        return spec


def install():
    """Put the finder first and the name torch into sys.modules; safe to call again."""
    if not any(isinstance(f, TorchFinder) for f in sys.meta_path):
        sys.meta_path.insert(0, TorchFinder())
    sys.modules[_PREFIX] = sys.modules[_OWN]
