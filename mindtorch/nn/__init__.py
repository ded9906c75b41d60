"""torch.nn: layers, their functions, initialisation and tools."""
from . import _reduction, common_types, functional, init, parameter  # noqa: F401
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter  # noqa: F401

from .modules import *  # noqa: F401, F403  isort: skip
from . import modules, parallel, utils  # noqa: F401, E402
from .parallel import DataParallel  # noqa: F401, E402


def factory_kwargs(kwargs):
    """The device, dtype and memory_format among kwargs, also from kwargs['factory_kwargs']; TypeError for others and for one given twice."""
    if kwargs is None:
        return {}
    simple = {"device", "dtype", "memory_format"}
    unexpected = kwargs.keys() - simple - {"factory_kwargs"}
    if unexpected:
        raise TypeError(f"unexpected kwargs {unexpected}")
    made = dict(kwargs.get("factory_kwargs", {}))
    for name in simple & kwargs.keys():
        if name in made:
            raise TypeError(f"{name} specified twice, in **kwargs and in factory_kwargs")
        made[name] = kwargs[name]
    return made
