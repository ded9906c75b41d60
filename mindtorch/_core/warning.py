"""Warnings that are given at the first occasion only, as PyTorch's core gives them."""
import warnings

_given = set()
_always = [False]


def warn_once(key, text, stacklevel=4, category=UserWarning):
    """Warn at the first occasion of this key, or at every one after set_warn_always(True)."""
    if key not in _given or _always[0]:
        _given.add(key)
        warnings.warn(text, category, stacklevel=stacklevel)


def set_warn_always(b):
    """Whether warnings that are given once are repeated. RuntimeError for what is no bool."""
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    _always[0] = b


def is_warn_always_enabled():
    """What set_warn_always said."""
    return _always[0]
