"""Utilities around tensors and modules; submodules are imported when first touched."""
import importlib
import os

from mindtorch import _absent

_absent.install("torch.utils",
                {"_sympy": {}, "_sympy.numbers": {"IntInfinity": "c", "NegativeIntInfinity": "c", "int_oo": "c"},
                 "_sympy.value_ranges": {"ValueRanges": "c",
    "bound_sympy": "f"}},
                "numbers are never symbolic")
_SUBMODULES = frozenset(
    "data checkpoint hooks _pytree dlpack tensorboard cpp_extension model_zoo collect_env benchmark "
    "backend_registration deterministic _python_dispatch _device _contextlib "
    "_foreach_utils _import_utils _typing_utils _traceback _triton viz weak mkldnn mobile_optimizer "
    "throughput_benchmark bundled_inputs cpp_backtrace show_pickle serialization "
    "flop_counter module_tracker file_baton hipify jit".split()
)


def __getattr__(name):
    if name in _SUBMODULES:
        try:
            return importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    raise AttributeError(f"module 'torch.utils' has no attribute '{name}'")


def _poisoned(*args):
    raise RuntimeError(
        "Trying to execute AccumulateGrad node that was poisoned by swap_tensors: backward through a tensor that was "
        "swapped after the forward. "
        "For a module with `torch.__future__.set_swap_module_params_on_conversion(True)` "
        "change device or dtype before the forward, or after both forward and backward."
    )


def _check_swappable(t, name):
    import weakref

    import mindtorch._C as engine

    # the engine's own reference, by which a tensor finds its Python object, does not count
    if len(weakref.getweakrefs(t)) > engine.use_count(t)[2]:
        raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    holders, accumulates, _ = engine.use_count(t)
    if holders > 1 + accumulates:
        raise RuntimeError(f"Expected use_count of {name} to be 1 or 2 with an AccumulateGrad node but got {holders} "
                           "make sure you are not holding references to the tensor in other places.")
    if accumulates:
        from mindtorch.autograd.graph import get_gradient_edge

        get_gradient_edge(t).node.register_prehook(_poisoned)


def swap_tensors(t1, t2):
    """Two tensor objects exchange everything: contents, class, attributes. RuntimeError when weak references or views
    hold one of them."""
    import copyreg

    import mindtorch._C as engine

    if set(copyreg._slotnames(type(t1))) != set(copyreg._slotnames(type(t2))):
        raise RuntimeError("Cannot swap t1 and t2 if they have different slots")
    for t, name in ((t1, "t1"), (t2, "t2")):
        _check_swappable(t, name)
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    first, second = dict(t1.__dict__), dict(t2.__dict__)
    t1.__dict__.clear()
    t2.__dict__.clear()
    t1.__dict__.update(second)
    t2.__dict__.update(first)
    engine.swap(t1, t2)


def rename_privateuse1_backend(backend_name):
    """RuntimeError unless the name is npu, which the device of its own has already."""
    if backend_name != "npu":
        raise RuntimeError("torch.register_privateuse1_backend() has already been set! Current backend: npu, not "
                           f"{backend_name}")


def generate_methods_for_privateuse1_backend(
    for_tensor=True, for_module=True, for_packed_sequence=True, for_storage=False, unsupported_dtype=None
):
    """The npu methods (Tensor.npu, Tensor.is_npu ...) are there already; RuntimeError as in PyTorch when they are asked
    for again."""
    raise RuntimeError("The custom device module of npu has already been registered with the methods of tensors, "
                       "modules and storages")


def get_cpp_backtrace(frames_to_skip=0, maximum_number_of_frames=64):
    """'': there is no trace of native frames."""
    return ""


ThroughputBenchmark = _absent.klass("torch.utils.ThroughputBenchmark", "use torch.utils.benchmark.Timer")
cmake_prefix_path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "share", "cmake")


def set_module(obj, mod):
    """Give a class or function the module name that users know it by."""
    if not isinstance(mod, str):
        raise TypeError("The mod argument should be a string")
    obj.__module__ = mod
