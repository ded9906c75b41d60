"""`import torch` gives mindtorch: one finder on sys.meta_path serves the very module objects, and the metadata of
torch."""
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import pathlib
import sys
import types

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
        loader = getattr(found, "loader", None)
        loader = loader._loader if isinstance(loader, _Then) else loader
        assert isinstance(loader, importlib.abc.InspectLoader)
        return loader.get_code(self.own_name)


_settled: list = []  # once torch itself is there, which has the first word on what is its own


def settle():
    """What was loaded with torch itself: names of torch first, then those of its public modules, the shortest first."""
    _settled.append(True)
    own = (n for n in sys.modules if n == _OWN or n.startswith(_OWN + "."))
    for name in sorted(own, key=lambda n: (n.count("."), n)):
        if (module := sys.modules.get(name)) is not None:
            speak_as_torch(module)


def speak_as_torch(module):
    """Functions and classes of one of our modules say that they are torch's: their __module__ is the place where torch
    has them, or (of what lies in a private module and is public here) this one."""
    own = module.__spec__.name if module.__spec__ is not None else module.__name__
    here = _PREFIX + own[len(_OWN):]
    for name, value in list(vars(module).items()):
        if not isinstance(value, (type, types.FunctionType)):
            continue
        place = getattr(value, "__module__", None)
        if not isinstance(place, str):
            continue
        there = _PREFIX + place[len(_OWN):] if place.partition(".")[0] == _OWN else place
        private = "._" in there and _OWN + there[len(_PREFIX):] in sys.modules
        public = _settled and private and "._" not in here and getattr(value, "__name__", None) == name
        if there != place and there == here or public and name[0] != "_":
            with contextlib.suppress(AttributeError, TypeError):
                value.__module__ = here


class _Then(importlib.abc.Loader):
    """A loader of another's, and what is done with the module that it has loaded."""

    def __init__(self, loader, then):
        self._loader, self._then = loader, then

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then(module)


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
        if first == _OWN and path is not None:
            spec = importlib.machinery.PathFinder.find_spec(name, path)
            if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
                spec.loader = _Then(spec.loader, speak_as_torch)
            return spec
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

            spec.loader = _Then(spec.loader, by_name.teach)
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
