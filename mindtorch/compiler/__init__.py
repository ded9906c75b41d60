"""torch.compiler: how programs run through torch.compile. Named backends run them as they are."""

import threading

_state = threading.local()  # counts of what this thread records


def is_compiling():
    """Whether this thread records a program for a backend, or exports it."""
    return getattr(_state, "compiling", 0) > 0


def is_dynamo_compiling():
    """Whether this thread records a program for a backend."""
    return getattr(_state, "compiling", 0) > 0


def is_exporting():
    """Whether this thread exports a program."""
    return getattr(_state, "exporting", 0) > 0


def disable(fn=None, recursive=True, *, reason=None):
    """A function that is never compiled; also a decorator."""
    from mindtorch._dynamo import eval_frame

    return eval_frame.disable(fn, recursive, reason=reason)


def allow_in_graph(fn):
    """The function itself: calls are recorded as what they do."""
    return [allow_in_graph(f) for f in fn] if isinstance(fn, (list, tuple)) else fn


def assume_constant_result(fn):
    """The function itself."""
    return fn


def reset():
    """Forget compiled code."""
    from mindtorch import _dynamo

    _dynamo.reset()


def cudagraph_mark_step_begin():
    """Mark a step: no graphs are captured."""


def list_backends(exclude_tags=("debug", "experimental")):
    """Names of backends, without those with one of the tags."""
    from mindtorch._dynamo import backends

    return backends.list_backends(exclude_tags)


def set_stance(stance="default", *, skip_guard_eval_unsafe=False, force_backend=None):
    """How compiled functions run: called at once, or within a with block or a decorated function."""
    from mindtorch._dynamo import eval_frame

    return eval_frame.set_stance(stance, skip_guard_eval_unsafe=skip_guard_eval_unsafe, force_backend=force_backend)


def compile(*args, **kwargs):
    """torch.compile."""
    from mindtorch import compile as torch_compile

    return torch_compile(*args, **kwargs)


_backend = ["inductor"]


def set_default_backend(backend):
    """The backend of torch.compile where none is named; None for "inductor"."""
    _backend[0] = backend if backend is not None else "inductor"


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


for _n in (
    "keep_portable_guards_unsafe",
    "keep_tensor_guards_unsafe",
    "skip_all_guards_unsafe",
    "skip_guard_on_all_nn_modules_unsafe",
    "skip_guard_on_globals_unsafe",
    "skip_guard_on_inbuilt_nn_modules_unsafe",
):
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
