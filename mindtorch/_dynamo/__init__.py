"""torch._dynamo: what stands behind torch.compile."""

import sys as _sys
import types as _types
from collections import namedtuple as _namedtuple

from . import _settings, exc  # noqa: F401
from ._config_module import install as _install

config = _install(
    "mindtorch._dynamo.config",
    _settings.DYNAMO,
    "Switches of torch.compile.",
    {
        "cache_size_limit": "recompile_limit",
        "accumulated_cache_size_limit": "accumulated_recompile_limit",
        "fail_on_cache_limit_hit": "fail_on_recompile_limit_hit",
    },
)

from . import backends, eval_frame, utils  # noqa: E402, F401
from .backends import list_backends, lookup_backend, register_backend  # noqa: E402, F401
from .eval_frame import (  # noqa: E402, F401
    OptimizedModule,
    disable,
    explain,
    is_compiling,
    is_dynamo_supported,
    is_inductor_supported,
    optimize,
    optimize_assert,
    set_stance,
)

backends.registry = _sys.modules["mindtorch._dynamo.backends.registry"] = backends
backends.__path__ = []


def reset():
    """Forget compiled code: each function keeps its own, which is made anew for new inputs anyway."""
    utils.counters.clear()


reset_code_caches = reset


def mark_static_address(t, guard=True):
    """Nothing to mark: addresses matter to compiled graphs only."""


def mark_static(t, index=None):
    """Nothing to mark: shapes are always what they are."""


mark_dynamic = maybe_mark_dynamic = mark_unbacked = mark_static


def graph_break(msg=""):
    """Leave the graph here: Unsupported while a program is recorded for a backend, which gets one graph only."""
    if is_compiling():
        raise exc.Unsupported(
            f"Call to `torch._dynamo.graph_break()`\n  Explanation: {msg or 'the program asked for it'}"
        )


def allow_in_graph(fn):
    """The function itself: calls are recorded as what they do."""
    return [allow_in_graph(f) for f in fn] if isinstance(fn, (list, tuple)) else fn


def disallow_in_graph(fn):
    """The function itself."""
    return fn


forbid_in_graph = nonstrict_trace = disallow_in_graph


def assume_constant_result(fn):
    """The function itself."""
    return fn


def substitute_in_graph(
    original_fn, *, can_constant_fold_through=False, skip_signature_check=False, is_embedded_type=False
):
    """A decorator that leaves the function as it is."""
    return lambda fn: fn


def run(fn=None):
    """The function itself."""
    return fn if fn is not None else lambda f: f


def export(f, *extra_args, **extra_kwargs):
    """A function of inputs that gives (graph module, guards)."""

    def inner(*args, **kwargs):
        from mindtorch.export import export as make

        return _ExportResult(make(f, args, kwargs).graph_module, set())

    return inner(*extra_args, **extra_kwargs) if extra_args or extra_kwargs else inner


_ExportResult = _namedtuple("ExportResult", ["graph_module", "guards"])


class TransformGetItemToIndex:
    """Context in which indexing by 0-dim tensors may be traced; eager indexing needs nothing."""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


def _module(name, **members):
    made = _types.ModuleType(f"{__name__}.{name}", f"Names of torch._dynamo.{name}.")
    made.__dict__.update(members)
    _sys.modules[made.__name__] = made
    return made


_trace_wrapped_higher_order_op = _module(
    "_trace_wrapped_higher_order_op", TransformGetItemToIndex=TransformGetItemToIndex
)
external_utils = _module("external_utils", is_compiling=is_compiling)
decorators = _module(
    "decorators",
    disable=disable,
    allow_in_graph=allow_in_graph,
    set_stance=set_stance,
    mark_dynamic=mark_dynamic,
    mark_static=mark_static,
    mark_static_address=mark_static_address,
    mark_unbacked=mark_unbacked,
    run=run,
    assume_constant_result=assume_constant_result,
    substitute_in_graph=substitute_in_graph,
    graph_break=graph_break,
)
testing = _module("testing", same=utils.same, reset=reset)


class CompileCounter:
    """A backend that counts graphs and steps and runs them as they are."""

    def __init__(self):
        self.clear()

    def __call__(self, gm, example_inputs):
        self.frame_count += 1
        self.op_count += sum("call" in n.op for n in gm.graph.nodes)
        return gm.forward

    def clear(self):
        """Count anew."""
        self.frame_count = self.op_count = 0


testing.CompileCounter = CompileCounter


def skip_frame(msg=""):
    """Leave the function as it is: Unsupported while a program is recorded for a backend, which gets one graph only."""
    if is_compiling():
        raise exc.Unsupported(
            f"Call to `torch._dynamo.skip_frame()`\n  Explanation: {msg or 'the program asked for it'}"
        )


def dont_skip_tracing(fn=None):
    """The function itself: all that a program calls is recorded."""
    return fn if fn is not None else lambda f: f


def patch_dynamo_config(arg1=None, arg2=None, **kwargs):
    """config.patch: other switches within a with block or a decorated function."""
    return config.patch(arg1, arg2, **kwargs)


def get_recursion_limit():
    """Python's limit, which recording goes by."""
    return _sys.getrecursionlimit()


reset_code = reset_code_caches
