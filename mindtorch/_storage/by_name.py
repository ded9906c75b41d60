"""dill and the modules of this library: by name wherever they lie. dill does so for what is installed; of a checkout it
would walk every module, which takes long and gives no stable hash (datasets hashes functions with it)."""
import importlib
import sys
import types


def _ours(module):
    return getattr(module.__spec__, "name", "").partition(".")[0] == "mindtorch"


def teach(dill):
    """Register with dill; modules of others are saved as before."""
    table = dill._dill.Pickler.dispatch
    before = table[types.ModuleType]

    def save_module(pickler, module):
        name = getattr(module, "__name__", "")
        if name.partition(".")[0] in ("mindtorch", "torch") and sys.modules.get(name) is module and _ours(module):
            pickler.save_reduce(importlib.import_module, (name,), obj=module)
        else:
            before(pickler, module)

    table[types.ModuleType] = save_module
