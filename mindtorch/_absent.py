"""Names of features that are not there: importing them works, using them says so.

A program may import a class for an isinstance check or an annotation without using it; calling or constructing it must
fail loudly. `install` makes whole submodules from a table.
"""
import sys
import types


def _refusal(name, reason):
    return f"{name} is not supported by mindtorch{': ' + reason if reason else ''} (docs/errors.md#not-supported)"


def function(name, reason=""):
    """A function that raises NotImplementedError when called."""

    def absent(*args, **kwargs):
        raise NotImplementedError(_refusal(name, reason))

    absent.__name__ = absent.__qualname__ = name.rpartition(".")[2]
    absent.__module__ = name.rpartition(".")[0]
    absent.__doc__ = _refusal(name, reason) + ". NotImplementedError when called."
    absent.__mindtorch_absent__ = True
    return absent


class _Absent(type):
    def __call__(cls, *args, **kwargs):
        raise NotImplementedError(_refusal(f"{cls.__module__}.{cls.__qualname__}", cls._reason))


def klass(name, reason="", bases=(), **members):
    """A class that no object can be made of; isinstance and subclassing work."""
    module, _, label = name.rpartition(".")
    told = _refusal(name, reason) + ". NotImplementedError when constructed."
    return _Absent(label, bases, {"__module__": module, "_reason": reason, "__mindtorch_absent__": True,
                                  "__doc__": told, **members})


def install(root, table, reason=""):
    """Make submodules of `root` ('torch.distributed') from {submodule: {name: object or kind}}.

    Kinds: 'f' absent function, 'c' absent class, anything else is the object itself. '' is the root module."""
    own_root = "mindtorch" + root[len("torch"):]
    for submodule, names in table.items():
        own_name = f"{own_root}.{submodule}" if submodule else own_root
        module = sys.modules.get(own_name)
        if module is None:
            module = types.ModuleType(own_name, f"Names of {root}.{submodule}; what is not supported raises when used.")
            module.__path__ = []
            sys.modules[own_name] = module
            parent, _, label = own_name.rpartition(".")
            if parent not in sys.modules:
                install(root, {parent[len(own_root) + 1:]: {}})
            setattr(sys.modules[parent], label, module)
        public = f"{root}.{submodule}" if submodule else root
        for name, kind in names.items():
            if name not in vars(module):
                setattr(module, name, function(f"{public}.{name}", reason) if kind == "f"
                        else klass(f"{public}.{name}", reason) if kind == "c" else kind)
