"""torch._dynamo: names that programs decorate with; nothing is compiled."""
from mindtorch import _absent
from mindtorch.compiler import allow_in_graph, assume_constant_result, disable, is_compiling, reset  # noqa: F401


def mark_static_address(tensor, guard=True):
    """Nothing to mark: addresses matter to compiled graphs only."""


def mark_static(tensor, index=None):
    """Nothing to mark: shapes are always what they are."""


mark_dynamic = maybe_mark_dynamic = mark_static


def graph_break(msg=""):
    """Nothing to break."""


def is_dynamo_supported():
    """False."""
    return False


def optimize(*args, **kwargs):
    """A decorator that returns the function: eager."""
    return lambda fn: fn


def list_backends(exclude_tags=()):
    """['eager']"""
    return ["eager"]


class _Config:
    """Switches of a compiler that is not here; they can be set and read."""

    capture_scalar_outputs = False
    skip_fwd_side_effects_in_bwd_under_checkpoint = False
    suppress_errors = False
    cache_size_limit = recompile_limit = 8
    verbose = False


config = _Config()
_absent.install("torch._dynamo", {"eval_frame": {"OptimizedModule": "c", "_TorchDynamoContext": "c"},
                                  "_trace_wrapped_higher_order_op": {"TransformGetItemToIndex": None}, "exc": {},
                                  "utils": {}})


class TransformGetItemToIndex:
    """Context in which indexing by 0-dim tensors may be traced; eager indexing needs nothing."""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


import sys as _sys

_sys.modules["mindtorch._dynamo._trace_wrapped_higher_order_op"].TransformGetItemToIndex = TransformGetItemToIndex
