"""torch.fx: graphs of symbolic tracing are not supported; the names are there for annotations and isinstance."""
from mindtorch import _absent


def wrap(fn_or_name):
    """The function itself: it marks leaves of a tracing that never happens."""
    return fn_or_name


def _compatibility(is_backward_compatible=False):
    return lambda fn: fn


_names = {n: "c" for n in ("GraphModule", "Node", "Proxy", "Graph", "Tracer", "Interpreter",
                           "Transformer")} | {"symbolic_trace": "f", "replace_pattern": "f"}
_absent.install("torch.fx", {
    "": _names, "node": {"Node": "c", "map_aggregate": "f", "map_arg": "f"},
    "proxy": {"ParameterProxy": "c", "Proxy": "c"}, "graph_module": {"GraphModule": "c"}, "graph": {"Graph": "c"},
    "_symbolic_trace": {"is_fx_tracing": lambda: False, "is_fx_symbolic_tracing": lambda: False},
    "_compatibility": {"compatibility": _compatibility},
    "_pytree": {"register_pytree_flatten_spec": lambda cls, flatten_fn_spec, flatten_fn_exact_match_spec=None: None,
                "tree_flatten_spec": "f", "_dict_flatten_spec": "f"},
    "passes.infra.pass_base": {"PassResult": "c"},
    "experimental.symbolic_shapes": {"guard_or_false": bool, "guard_or_true": bool,
                                     "GuardOnDataDependentSymNode": type("GuardOnDataDependentSymNode", (RuntimeError,),
                                                                         {}),
                                     "free_symbols": lambda value: set(), "free_unbacked_symbols": lambda value: set(),
                                     "statically_known_true": bool, "guard_size_oblivious": bool,
                                     "is_symbolic": lambda value: False, "ShapeEnv": "c"}})
