"""torch.nn: layers, their functions, initialisation and tools."""
import sys as _sys

from . import _reduction, common_types, functional, init, parameter  # noqa: F401
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter  # noqa: F401

from .modules import *  # noqa: F403  isort: skip
from . import attention, modules, parallel, utils  # noqa: F401
from .parallel import DataParallel  # noqa: F401

# classes say that they are of torch.nn.modules.x: inspect and pickle look there
_sys.modules.update({_n.removeprefix("mind"): _m for _n,
                     _m in list(_sys.modules.items()) if _n.startswith("mindtorch.nn.")})


def factory_kwargs(kwargs):
    """The device, dtype and memory_format among kwargs, also from kwargs['factory_kwargs']; TypeError for others and
    for one given twice."""
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
