"""Backends of torch.compile by name. Those that would compile run the program as it is: its results are the same."""

from .exc import InvalidBackend

# names that stand for a program that runs as Python does
EAGER = (
    "inductor",
    "eager",
    "eager_noexcept",
    "eager_debug",
    "aot_eager",
    "aot_eager_decomp_partition",
    "aot_eager_default_partitioner",
    "aot_eager_decomp_partition_with_mode",
    "pre_dispatch_eager",
    "cudagraphs",
)
_DEBUG = frozenset(EAGER) - {"inductor", "cudagraphs"}
_registered = {}


def register_backend(compiler_fn=None, name=None, tags=()):
    """Give a backend(graph_module, example_inputs) a name; also a decorator."""
    if compiler_fn is None:
        return lambda fn: register_backend(fn, name, tags)
    if not callable(compiler_fn):
        raise AssertionError("compiler_fn must be callable")
    name = name or compiler_fn.__name__
    if name in _registered or name in EAGER:
        raise AssertionError(f"duplicate name: {name}")
    _registered[name] = (compiler_fn, frozenset(tags))
    return compiler_fn


register_debug_backend = register_experimental_backend = register_backend


def lookup_backend(compiler_fn):
    """A backend by its name; None for a name that runs the program as it is. InvalidBackend for others."""
    if not isinstance(compiler_fn, str):
        return compiler_fn
    if compiler_fn in EAGER:
        return None
    if compiler_fn in _registered:
        return _registered[compiler_fn][0]
    from importlib.metadata import entry_points

    for entry in entry_points(group="torch_dynamo_backends"):
        if entry.name == compiler_fn:
            return entry.load()
    raise InvalidBackend(compiler_fn)


def list_backends(exclude_tags=("debug", "experimental")):
    """Names of backends, without those with one of the tags."""
    out = set(exclude_tags or ())
    names = [n for n in EAGER if not ("debug" in out and n in _DEBUG)]
    return sorted([*names, *(n for n, (_, tags) in _registered.items() if not tags & out)])
