"""Saved tensors that may be changed in place: what a backward still needs is copied just before it is overwritten."""
import threading
import weakref

import mindtorch as torch
import mindtorch._C as _C
from mindtorch._core import overrides
from mindtorch._ops.table.numbers import with_plain_numbers

_open = threading.local()


class _Handle:
    """What an operator saved: the tensor itself until somebody is about to overwrite it."""

    __slots__ = ("tensor", "__weakref__")

    def __init__(self, tensor):
        self.tensor = tensor


class allow_mutation_on_saved_tensors:
    """Inside, tensors that operators have saved may be changed in place; backward, which must run inside too, sees what
    they were.
    The context's value has clear(), which forgets everything saved. RuntimeError when nested, AssertionError for a
    backward after the end."""

    _canonical = True

    def __enter__(self):
        if getattr(_open, "context", None) is not None:
            raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
        _open.context = self
        self.closed, self.thread, self.by_storage, self.writing = False, threading.get_ident(), {}, set()
        _C.push_saved_hooks(self._pack, self._unpack)
        overrides.enter(self)
        return self

    def __exit__(self, *exc):
        _open.context = None
        overrides.leave(self)
        _C.pop_saved_hooks()
        self.clear()
        self.closed = True

    def clear(self):
        """Forget what was saved: graphs recorded before cannot run backward any more."""
        for handles in self.by_storage.values():
            for handle in handles:
                handle.tensor = None
        self.by_storage = {}

    def _pack(self, tensor):
        if tensor.layout != torch.strided:
            return _Handle(tensor)
        storage = _C.storage_info(tensor)[2]
        if storage in self.writing:  # by the very operator that is about to overwrite it
            with torch.no_grad(), overrides.Disabled(2):
                return _Handle(tensor.detach().clone())
        handle = _Handle(tensor)
        self.by_storage.setdefault(storage, weakref.WeakSet()).add(handle)
        return handle

    def _unpack(self, handle):
        if self.closed or handle.tensor is None:
            raise AssertionError("Trying to backward outside of the 'allow_mutation_on_saved_tensors' context in which "
                                 "the graph was originally recorded.")
        return handle.tensor

    def _preserve(self, tensor):
        handles = self.by_storage.pop(_C.storage_info(tensor)[2], ())
        copies = {}
        for handle in handles:
            t = handle.tensor
            place = tuple(t.shape), t._strides, t._offset, t._dtype_code
            if place not in copies:
                with torch.no_grad(), overrides.Disabled(2):
                    copies[place] = t.detach().clone()
            handle.tensor = copies[place]

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if changes_arguments(func, kwargs):
            written = list(tensors_in((*args, *kwargs.values())))
            for t in written:
                self._preserve(t)
            before, self.writing = self.writing, {*self.writing, *(_C.storage_info(t)[2] for t in written)}
            try:
                return func(*args, **kwargs)
            finally:
                self.writing = before
        return inside(self, func, args, kwargs)


def changes_arguments(func, kwargs):
    """Whether a call writes to tensors that it is given."""
    name = getattr(func, "__name__", "")
    return kwargs.get("out") is not None or name in ("__setitem__",
                                                     "__set__") or name.endswith("_") and not name.endswith("__")


def tensors_in(values):
    """Strided tensors in arguments and lists of them."""
    for v in values:
        if isinstance(v, torch.Tensor):
            if v.layout == torch.strided:
                yield v
        elif isinstance(v, (list, tuple)):
            yield from tensors_in(v)


def inside(mode, func, args, kwargs):
    """The call, with a mode that hears of the operators a composition is made of."""
    scope = getattr(func, "__globals__", {})
    if "_forward" not in scope or "_rule" in scope or kwargs.get("out") is not None:
        return func(*args, **kwargs)
    overrides.enter(mode)
    try:
        return with_plain_numbers(scope["_forward"])(*args, **kwargs)
    finally:
        overrides.leave(mode)
