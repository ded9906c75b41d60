"""What this thread does with a program, and marks on functions for that."""

import threading

_local = threading.local()


class doing:
    """with doing("tracing"): is_tracing() is true in this thread."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.before = getattr(_local, self.what, False)
        setattr(_local, self.what, True)

    def __exit__(self, *exc):
        setattr(_local, self.what, self.before)


def is_tracing():
    """Whether this thread records a program with torch.jit.trace."""
    return getattr(_local, "tracing", False)


def is_scripting():
    """Whether this thread runs a scripted program."""
    return getattr(_local, "scripting", False)


def _marked(fn, modifier):
    target = fn.fget if isinstance(fn, property) else fn
    target._torchscript_modifier = modifier
    return fn


def unused(fn):
    """A method that a scripted program must not reach: there it raises."""
    return _marked(fn, "unused (ignored and replaced with raising of an exception)")


def ignore(drop=False, **kwargs):
    """A function that stays Python in a scripted program; drop=True: one that raises there."""
    if callable(drop):
        return _marked(drop, "ignore (leave as a call to Python, cannot be torch.jit.save'd)")
    if not isinstance(drop, bool):
        raise RuntimeError(f"Argument to @torch.jit.ignore must be a bool or a function but got {drop}")
    if set(kwargs) - {"drop_on_export"}:
        raise TypeError(f"ignore() got an unexpected keyword argument {next(iter(kwargs))!r}")
    return unused if drop or kwargs.get("drop_on_export") else lambda fn: ignore(fn)


def export(fn):
    """A method that a scripted module has besides forward."""
    return _marked(fn, "export (compile this function even if nothing calls it)")


def modifier_of(fn):
    """What unused, ignore and export said of a function."""
    return getattr(fn, "_torchscript_modifier", "default (compile if called from a exported function / forward)")
