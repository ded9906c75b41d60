"""torch.compiler: there is no compiler; what it decorates runs eagerly."""


def is_compiling():
    """False: nothing is ever traced."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def _identity(fn=None, *args, **kwargs):
    """The function itself: it runs eagerly as it is."""
    return fn if fn is not None else _identity


def disable(fn=None, recursive=True, *, reason=None):
    """The function itself: nothing is compiled."""
    return fn if fn is not None else lambda f: f


def allow_in_graph(fn):
    """The function itself."""
    return fn


def assume_constant_result(fn):
    """The function itself."""
    return fn


def reset():
    """Forget compiled code: there is none."""


def cudagraph_mark_step_begin():
    """Mark a step: no graphs are captured."""


def list_backends(exclude_tags=()):
    """['eager']"""
    return ["eager"]


class set_stance:
    """Context or call that chooses how to compile: every stance is eager here."""

    def __init__(self, stance="default", **kwargs):
        self.stance = stance

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def __call__(self, fn):
        return fn


def compile(*args, **kwargs):
    """torch.compile."""
    from mindtorch import compile as torch_compile

    return torch_compile(*args, **kwargs)


_backend = ["inductor"]


def set_default_backend(backend):
    """Remember a backend's name: every one runs eagerly here."""
    _backend[0] = backend


def get_default_backend():
    """What set_default_backend said."""
    return _backend[0]


def nested_compile_region(fn=None, options=None):
    """The function itself."""
    return fn if fn is not None else lambda f: f


def wrap_numpy(fn):
    """A function of NumPy arrays as one of tensors."""
    import functools

    import mindtorch as torch
    from mindtorch.utils import _pytree

    @functools.wraps(fn)
    def wrapped(*args, **kwargs):
        args, kwargs = _pytree.tree_map_only(torch.Tensor, lambda t: t.numpy(), (args, kwargs))
        import numpy

        return _pytree.tree_map_only(numpy.ndarray, torch.as_tensor, fn(*args, **kwargs))

    return wrapped


def substitute_in_graph(
    original_fn, *, can_constant_fold_through=False, skip_signature_check=False, is_embedded_type=False
):
    """A decorator that leaves the function as it is: nothing is traced."""
    return lambda fn: fn


def set_enable_guard_collectives(enabled):
    """False, the former setting: there are no guards."""
    return False


def _no_guards(name):
    def keep(guard_entries):
        """A choice of guards; there are none."""
        return [not name.startswith("skip_all") for _ in guard_entries]

    keep.__name__ = name
    return keep


for _n in ("keep_portable_guards_unsafe", "keep_tensor_guards_unsafe", "skip_all_guards_unsafe",
           "skip_guard_on_all_nn_modules_unsafe", "skip_guard_on_globals_unsafe",
           "skip_guard_on_inbuilt_nn_modules_unsafe"):
    globals()[_n] = _no_guards(_n)


def save_cache_artifacts():
    """None: nothing was compiled."""


def load_cache_artifacts(serialized_artifacts):
    """None: nothing is compiled."""


def load_compiled_function(file, *, f_globals=None, external_data=None):
    """NotImplementedError: there are no compiled functions."""
    raise NotImplementedError("torch.compiler.load_compiled_function: there is no compiler")


class _Config:
    job_id = None
    dynamic_sources = unbacked_sources = ""
    cache_key_tag = ""
    force_disable_caches = False


config = _Config()
