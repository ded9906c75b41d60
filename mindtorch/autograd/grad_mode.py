"""Switches of recording: contexts, decorators and functions at once; every one of them belongs to its thread."""
import functools
import inspect
import threading

import mindtorch._C as _C

__all__ = ["no_grad", "enable_grad", "set_grad_enabled", "inference_mode", "set_multithreading_enabled"]


def _decorated_generator(function, make_context):
    """A generator function whose body, and nothing of its caller, runs inside the context."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        generator = function(*args, **kwargs)
        step, argument = generator.send, None
        while True:
            try:
                with make_context():
                    value = step(argument)
            except StopIteration as stop:
                return stop.value
            try:
                argument, step = (yield value), generator.send
            except GeneratorExit:
                with make_context():
                    generator.close()
                raise
            except BaseException as error:
                argument, step = error, generator.throw

    return wrapper


def decorate(make_context, function):
    """`function` run inside a fresh context at each call."""
    if inspect.isclass(function):
        raise TypeError(
            "Cannot decorate classes; it is ambiguous whether or not only the constructor or all methods should have "
            "the context manager applied; additionally, "
            f"decorating a class as a context-manager is not supported: {function.__name__}"
        )
    if inspect.isgeneratorfunction(function):
        return _decorated_generator(function, make_context)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        with make_context():
            return function(*args, **kwargs)

    return wrapper


class _Switch:
    """A context that may also be a decorator."""

    def clone(self):
        return type(self)()

    def __call__(self, function):
        return decorate(self.clone, function)


_recording = threading.local()


def keep_recording(on):
    """While on, no_grad of this thread records all the same: forward mode sends its tangents through the graph."""
    _recording.kept = on


def recording_kept():
    """Whether a graph is to be kept for a recorder of programs."""
    return getattr(_recording, "kept", False)


def _switched(mode):
    _C.set_grad_enabled(mode or recording_kept())


class _Bare(_Switch):
    """A switch without arguments, so that `@no_grad` works like `@no_grad()`."""

    def __new__(cls, function=None):
        made = super().__new__(cls)
        return made if function is None else made(function)

    def __enter__(self):
        self.previous = _C.is_grad_enabled()
        _switched(self._mode)

    def __exit__(self, *exc):
        _C.set_grad_enabled(self.previous)


class no_grad(_Bare):
    """Inside, results do not require gradients."""

    _mode = False


class enable_grad(_Bare):
    """Inside, results require gradients when an operand does, also within no_grad."""

    _mode = True


class set_grad_enabled(_Switch):
    """Switch recording at once by `mode`; as a context, until its end."""

    def __init__(self, mode):
        self.previous = _C.is_grad_enabled()
        self.mode = bool(mode)
        _switched(self.mode)

    def __call__(self, function):
        _C.set_grad_enabled(self.previous)
        return super().__call__(function)

    def __enter__(self):
        _switched(self.mode)

    def __exit__(self, *exc):
        _C.set_grad_enabled(self.previous)

    def __str__(self):
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"

    __repr__ = __str__

    def clone(self):
        return type(self)(self.mode)


class inference_mode(_Switch):
    """no_grad, and tensors made inside can never enter a graph; `mode=False` leaves an outer inference mode."""

    def __new__(cls, mode=True):
        made = super().__new__(cls)
        if isinstance(mode, bool):
            return made
        made.mode = True
        return made(mode)

    def __init__(self, mode=True):
        self.mode = mode

    def __enter__(self):
        if self.mode and recording_kept():
            raise NotImplementedError("inference_mode inside of forward_ad.dual_level is not supported: tangents "
                                      "travel in the graph")
        self.previous = _C.is_inference_enabled(), _C.is_grad_enabled()
        _C.set_inference_enabled(self.mode)
        _C.set_grad_enabled(not self.mode)

    def __exit__(self, *exc):
        _C.set_inference_enabled(self.previous[0])
        _C.set_grad_enabled(self.previous[1])

    def clone(self):
        return type(self)(self.mode)


class set_multithreading_enabled(_Switch):
    """Accepted for its name: backward runs in the calling thread whatever `mode` says, so both settings are
    honoured."""

    def __init__(self, mode):
        self.mode = mode

    def __enter__(self):
        pass

    def __exit__(self, *exc):
        pass

    def clone(self):
        return type(self)(self.mode)


class enforce_grad_layout_policy(_Switch):
    """Accepted for its name: `enable=False` would allow gradients in other layouts than their tensors'; they always
    have the tensors' here."""

    def __init__(self, enable=True):
        self.enable = enable

    def __enter__(self):
        pass

    def __exit__(self, *exc):
        pass

    def clone(self):
        return type(self)(self.enable)
