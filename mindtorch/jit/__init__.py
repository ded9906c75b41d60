"""torch.jit: scripting is Python itself here; tracing and saved programs are not supported."""
from mindtorch import _absent


def is_tracing():
    """False."""
    return False


def is_scripting():
    """False."""
    return False


def script(obj, *args, **kwargs):
    """The object itself: a scripted function computes what the Python one does."""
    return obj


def unused(fn):
    """The function itself."""
    return fn


def script_if_tracing(fn):
    """The function itself: nothing is ever traced."""
    return fn


def ignore(drop=False, **kwargs):
    """The function itself, with or without arguments to the decorator."""
    return drop if callable(drop) else lambda fn: fn


def export(fn):
    """The function itself."""
    return fn


def annotate(the_type, value):
    """The value."""
    return value


def isinstance(obj, target_type):
    """Python's isinstance."""
    import builtins

    return builtins.isinstance(obj, target_type)


def interface(obj):
    """The class itself."""
    return obj


class Final:
    """Annotation of constants; Final[T] is T."""

    def __class_getitem__(cls, item):
        return item


class _Optimize:
    def __init__(self, on=True):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


optimized_execution = _Optimize
trace, trace_module, freeze, load, save, optimize_for_inference = (
    _absent.function("torch.jit." + n)
    for n in ("trace", "trace_module", "freeze", "load", "save", "optimize_for_inference")
)
from mindtorch._misc import fork, wait  # noqa: E402,F401
from mindtorch.futures import Future  # noqa: E402,F401

ScriptModule, ScriptFunction, RecursiveScriptModule, TopLevelTracedModule, TracedModule, Attribute = (
    _absent.klass("torch.jit." + n) for n in ("ScriptModule", "ScriptFunction", "RecursiveScriptModule",
                                              "TopLevelTracedModule", "TracedModule", "Attribute"))


class _State:
    @staticmethod
    def enabled():
        return False


_state = _State


class Error(RuntimeError):
    """Something failed in a TorchScript program."""


_fusion = [False]


def enable_onednn_fusion(enabled):
    """Remember a switch of a compiler that is not here."""
    _fusion[0] = bool(enabled)


def onednn_fusion_enabled():
    """What enable_onednn_fusion said."""
    return _fusion[0]


def set_fusion_strategy(strategy):
    """[]: the former strategy; nothing is fused."""
    return []


def export_opnames(m):
    """NotImplementedError: there are no TorchScript programs."""
    raise NotImplementedError("torch.jit.export_opnames: there are no TorchScript programs")


CompilationUnit = _absent.klass("torch.jit.CompilationUnit", "there are no TorchScript programs")


class strict_fusion(_Optimize):
    """Context in which a compiler would have to fuse everything; nothing is compiled."""

    def __init__(self):
        super().__init__()
