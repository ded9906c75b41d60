"""torch._inductor: there is no compiler; its switches can be set and read."""
import sys
import types

from mindtorch.compiler import cudagraph_mark_step_begin  # noqa: F401

config = types.ModuleType(__name__ + ".config", "Switches of a compiler that is not here.")
sys.modules[config.__name__] = config


def list_mode_options(mode=None, dynamic=None):
    """{}: modes set no options."""
    return {} if mode is not None else {m: {} for m in ("default", "reduce-overhead", "max-autotune-no-cudagraphs",
                                                        "max-autotune")}


def list_options():
    """[]: there are no options."""
    return []
