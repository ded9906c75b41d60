"""torch._jit_internal: what modules import from TorchScript's helpers; code runs as plain Python."""

from typing import Any, Dict, Final, List, Optional, Tuple, Union  # noqa: F401

from mindtorch.jit import export, ignore, is_scripting, is_tracing, unused  # noqa: F401
from mindtorch.jit._flags import modifier_of as get_torchscript_modifier  # noqa: F401

from mindtorch.jit.annotations import (  # noqa: F401
    BroadcastingList1,
    BroadcastingList2,
    BroadcastingList3,
    BroadcastingList4,
    BroadcastingList5,
    BroadcastingList6,
    BroadcastingListCls,
)


def boolean_dispatch(arg_name, arg_index, default, if_true, if_false, module_name, func_name):
    """A function that calls if_true or if_false by a bool argument."""

    def chosen(*args, **kwargs):
        flag = kwargs.get(arg_name, args[arg_index] if arg_index < len(args) else default)
        return (if_true if flag else if_false)(*args, **kwargs)

    chosen.__name__ = func_name or "chosen"
    return chosen


def _overload(func):
    return func


_overload_method = _overload
