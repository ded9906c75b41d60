"""torch.jit: recorded programs (trace) and programs that run as Python (script)."""

import contextlib
import typing

from mindtorch import _absent
from mindtorch.futures._calls import fork, wait  # noqa: F401
from mindtorch.futures import Future  # noqa: F401

from . import _flags, annotations, frontend  # noqa: F401
from ._flags import export, ignore, is_scripting, is_tracing, unused  # noqa: F401

_LATER = {
    "_script": "Error RecursiveScriptModule ScriptFunction ScriptMethod ScriptModule TopLevelTracedModule "
    "TracedModule script script_if_tracing script_method",
    "_trace": "TracerWarning TracingCheckError freeze optimize_for_inference run_frozen_optimizations trace "
    "trace_module",
    "_serialization": "load save",
}
_WHERE = {name: module for module, names in _LATER.items() for name in names.split()}


def __getattr__(name):
    """What records programs is imported when first used."""
    import importlib

    if name in _WHERE:
        value = globals()[name] = getattr(importlib.import_module(f"mindtorch.jit.{_WHERE[name]}"), name)
        return value
    if name in (*_LATER, "_program"):
        return importlib.import_module(f"mindtorch.jit.{name}")
    if name == "_script_if_tracing":
        return __getattr__("script_if_tracing")
    raise AttributeError(f"module 'torch.jit' has no attribute '{name}'")


Final = typing.Final


def annotate(the_type, the_value):
    """The value."""
    return the_value


def isinstance(obj, target_type):
    """Whether a value has a type, that of what containers hold too."""
    return annotations.fits(obj, target_type) if typing.get_origin(target_type) is not None else _is(obj, target_type)


def _is(obj, target_type):
    import builtins

    kinds = target_type if builtins.isinstance(target_type, tuple) else (target_type,)
    return any(annotations.fits(obj, k) if typing.get_origin(k) else builtins.isinstance(obj, k) for k in kinds)


def interface(obj):
    """The class itself."""
    return obj


def _overload(func):
    """A declaration of another signature: the function itself."""
    return func


_overload_method = _overload


class Attribute(typing.NamedTuple):
    """A value with its type."""

    value: typing.Any
    type: typing.Any


Attribute.__module__ = "torch.jit"
_optimized = [True]


@contextlib.contextmanager
def optimized_execution(should_optimize):
    """Context that would switch optimizations of scripts; recorded steps are carried out as they are."""
    before, _optimized[0] = _optimized[0], bool(should_optimize)
    try:
        yield
    finally:
        _optimized[0] = before


@contextlib.contextmanager
def fuser(name):
    """Context that would choose who fuses steps: nobody does. ValueError for unknown names."""
    if name not in ("fuser0", "fuser1", "fuser2", "fuser3"):
        raise Exception(f"unrecognized fuser option (name: {name})")
    yield


class _State:
    @staticmethod
    def enabled():
        return False


_state = _State
_fusion = [False, [("STATIC", 2), ("DYNAMIC", 10)]]


def enable_onednn_fusion(enabled):
    """Remember a switch of a compiler that is not here."""
    _fusion[0] = bool(enabled)


def onednn_fusion_enabled():
    """What enable_onednn_fusion said."""
    return _fusion[0]


def set_fusion_strategy(strategy):
    """Remember how a compiler would fuse; gives the former strategy."""
    before, _fusion[1] = _fusion[1], list(strategy)
    return before


def export_opnames(m):
    """Names of the operators in a recorded module."""
    from mindtorch.fx._names import qualified_name

    names = {
        n.target if n.op == "call_method" else qualified_name(n.target).rpartition(".")[2]
        for p in m._programs.values()
        for n in p.graph.nodes
        if n.op in ("call_function", "call_method")
    }
    return sorted(f"aten::{n}" for n in names)


CompilationUnit = _absent.klass(
    "torch.jit.CompilationUnit", "TorchScript source can't be compiled; use torch.jit.trace"
)


class strict_fusion(contextlib.ContextDecorator):
    """Context in which a compiler would have to fuse everything; nothing is compiled."""

    def __enter__(self):
        return None

    def __exit__(self, *exc):
        return None


def last_executed_optimized_graph():
    """NotImplementedError: steps are not optimized."""
    raise NotImplementedError("torch.jit.last_executed_optimized_graph: recorded steps are carried out as they are")


def jit_module_from_flatbuffer(f):
    """NotImplementedError: there are no flatbuffers of TorchScript."""
    raise NotImplementedError("torch.jit.jit_module_from_flatbuffer: TorchScript of PyTorch can't be run")


save_jit_module_to_flatbuffer = jit_module_from_flatbuffer


def _copy_to_script_wrapper(fn):
    return fn


def _drop(fn):
    return unused(fn)
