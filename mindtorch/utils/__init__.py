"""Utilities around tensors and modules; submodules are imported when first touched."""
import importlib

_SUBMODULES = frozenset("data checkpoint hooks _pytree dlpack tensorboard cpp_extension model_zoo collect_env benchmark backend_registration deterministic _python_dispatch _device _contextlib "
                        "_foreach_utils _import_utils _typing_utils _traceback _triton viz weak mkldnn mobile_optimizer throughput_benchmark bundled_inputs cpp_backtrace show_pickle serialization "
                        "flop_counter module_tracker file_baton hipify jit".split())


def __getattr__(name):
    if name in _SUBMODULES:
        try:
            return importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    raise AttributeError(f"module 'torch.utils' has no attribute '{name}'")


def set_module(obj, mod):
    """Give a class or function the module name that users know it by."""
    if not isinstance(mod, str):
        raise TypeError("The mod argument should be a string")
    obj.__module__ = mod
