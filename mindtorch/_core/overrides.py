"""__torch_function__: which calls leave the fast path, and to whom they go."""
import threading

import mindtorch._C as _C

# types that never override; Tensor and Parameter join
plain = {int, float, bool, complex, type(None), str, tuple, list}
operands = {int, float, bool, complex}  # of these, what may stand for a first operand
dispatching = set()  # classes with __torch_dispatch__: wrappers that answer operator by operator
below = []  # as long as something asks for what such a tensor itself is
wrappers = set()  # types without memory of their own: they answer even where subclasses are not asked
# As long as the modes of all threads together, and the device types that they cast on: whether a call has to look. A
# mode is for the thread that entered it, and stands in its stack.
modes = []


class _Local(threading.local):
    def __init__(self):
        self.disabled, self.stack = 0, []


_local = _Local()


def register(kind):
    """A tensor type whose calls nobody hears of."""
    plain.add(kind)
    operands.add(kind)
    _C.usual_type(kind)


def disabled() -> int:
    """2: all overriding off; 1: subclasses off, modes on."""
    return _local.disabled


class Disabled:
    """Context in which subclasses (and, at level 2, modes) are not consulted."""

    def __init__(self, level=1):
        self.level = level

    def __enter__(self):
        self.saved = disabled()
        _local.disabled = max(self.saved, self.level)

    def __exit__(self, *exc):
        _local.disabled = self.saved


def overloaded(values):
    """Arguments with a __torch_function__ of their own, subclasses before their bases, once a type."""
    found = []
    for v in values:
        if isinstance(v, (tuple, list)):
            found.extend(t for t in overloaded(v) if type(t) not in map(type, found))
            continue
        kind = type(v)
        if kind in plain or getattr(kind, "__torch_function__", None) is None or isinstance(v, type):
            continue
        if kind.__torch_function__ is disabled_implementation or any(type(t) is kind for t in found):
            continue
        at = next((i for i, t in enumerate(found) if issubclass(kind, type(t))), len(found))
        found.insert(at, v)
    return found


def disabled_implementation(func, types, args=(), kwargs=None):
    """Stands in for __torch_function__ where a class wants none: plain tensors come out."""
    with Disabled():
        return func(*args, **(kwargs or {}))


def autocast(func, args, kwargs):
    """Casts arguments as autocast asks; amp puts the real one here."""
    return NotImplemented


def batched_function(function, args):
    """A custom Function on tensors that stand for a batch; func puts the real one here."""
    return NotImplemented


def stack():
    """This thread's modes, innermost last."""
    return _local.stack


def enter(mode):
    """Make a mode this thread's innermost one."""
    _local.stack.append(mode)
    modes.append(True)


def leave(mode):
    """End a mode that this thread entered; those inside it stay."""
    here = _local.stack
    del here[next(i for i in range(len(here) - 1, -1, -1) if here[i] is mode)]
    modes.pop()


def canonical(func, args, kwargs):
    """The call as our own handlers know it; the table puts the real one here."""
    return func, args, kwargs


by_hand = set()  # functions that know what to do with tensors of our own classes, which hear nothing of them
spelled = canonical  # of a function that PyTorch writes in Python: (args, kwargs) as it tells of them
python_functions = ()


def answer_operators(cls, func, types, args, kwargs):
    """A call as operators for a class with __torch_dispatch__; utils puts the real one here."""
    return NotImplemented


def _ask(handler, func, types, args, kwargs):
    if type(handler) in dispatching and disabled():  # the class has had its __torch_function__
        return type(handler)._answer_operators(func, types, args, kwargs)
    if getattr(type(handler), "_canonical", False):
        return handler.__torch_function__(*_canonical(func, types, args, kwargs))
    if func in python_functions:
        args, kwargs = spelled(func, args, kwargs)
    return handler.__torch_function__(func, types, args, kwargs)


def _canonical(func, types, args, kwargs):
    func, args, kwargs = canonical(func, args, kwargs)
    return func, types, args, kwargs


def dispatch(func, relevant, args, kwargs):
    """Ask the innermost mode, then the overloaded arguments; NotImplemented when nobody overrides."""
    off = disabled()
    candidates = overloaded(relevant)
    if candidates and func in by_hand:
        candidates = [c for c in candidates if getattr(type(c), "_canonical", False) is not True]
    if off:
        candidates = [c for c in candidates if type(c) in wrappers]
        if below:
            candidates = [c for c in candidates if type(c) not in dispatching]
        if off == 2 and not candidates:
            return autocast(func, args, kwargs) if modes else NotImplemented
    types = tuple(type(c) for c in candidates)
    here = _local.stack
    if here and off < 2:
        mode = here.pop()
        modes.pop()  # the handler's own calls need not look for it
        try:
            result = _ask(mode, func, types, args, kwargs)
        finally:
            modes.append(True)
            here.append(mode)
        if result is not NotImplemented:
            return result
    elif not candidates:
        return autocast(func, args, kwargs) if modes else NotImplemented
    for c in candidates:
        result = _ask(c, func, types, args, kwargs)
        if result is not NotImplemented:
            return result
    if not candidates:
        raise TypeError(f"Multiple dispatch failed for '{func.__name__}'; all __torch_function__ handlers returned "
                        "NotImplemented")
    raise TypeError(f"no implementation found for '{func.__module__}.{func.__name__}' on types that implement "
                    f"__torch_function__: {list(types)}")


class DisableTorchFunctionSubclass(Disabled):
    """Context in which no subclass's __torch_function__ is asked; modes still are."""

    def __init__(self):
        super().__init__(1)


class DisableTorchFunction(Disabled):
    """Context in which no __torch_function__ is asked, neither of subclasses nor of modes."""

    def __init__(self):
        super().__init__(2)


DisableTorchFunction.__module__ = DisableTorchFunctionSubclass.__module__ = "torch._C"
