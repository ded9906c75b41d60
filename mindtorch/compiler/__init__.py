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
