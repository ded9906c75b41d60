"""Tensors that stand for a batch: what vmap's function sees is one slice, what is computed is all of them.

A BatchedTensor shows the shape of a slice and keeps the whole, batch first, in `_value`. While a Level (one running
vmap) is
entered, every operator comes by it: with a row in RULES it runs once on the whole; a composition runs as its parts;
anything
else runs once a slice and is stacked. No kernel accepts a BatchedTensor, so nothing can compute on the one slice by
mistake.
Differentiation happens in the whole tensors: gradients by something that every slice shares are not gradients by
slices, so
func.grad and its relatives first give every slice a copy of its own (lifted).
"""
import collections
import threading

import mindtorch as torch
import mindtorch._C as _C
from mindtorch._core import generator as _generator
from mindtorch._core import overrides
from mindtorch._ops.table.numbers import with_plain_numbers
from mindtorch._ops.table.registry import FUNCTIONS, METHODS, NAMESPACES, TABLE
from mindtorch.utils._pytree import tree_flatten, tree_unflatten

RULES = {}  # operator -> rule(level, operator, args, kwargs) -> result, or NotImplemented for the general ways
_one_by_one = set()  # compositions that turned out to need values: next time without an attempt


class Unbatchable(RuntimeError):
    """This cannot be done for a whole batch at once."""


class DataDependent(Unbatchable):
    """A value was asked for that differs from slice to slice."""


IN_PLACE = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args "
    "that has more elements than `self`. This happened due to "
    "`other` being vmapped over but `self` not being vmapped over in a vmap. Please try to use out-of-place operators "
    "instead of inplace arithmetic."
)
DYNAMIC = "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over {}."
RANDOM_ERROR = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation "
    "out of vmap"
)


class BatchedTensor(torch.Tensor):
    """A slice to look at; operators reach the whole."""

    shape, dtype, device, ndim, is_meta = (vars(torch.Tensor)[n]
                                           for n in ("shape", "dtype", "device", "ndim", "is_meta"))
    requires_grad = property(lambda self: core(self).requires_grad)
    grad_fn = property(lambda self: core(self).grad_fn)
    is_leaf = property(lambda self: core(self).is_leaf)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise RuntimeError("Either your tensor may have escaped from inside a function being vmapped and this is a "
                           "user error, or an operator was called on it by a way that vmap does not see")

    def __repr__(self):
        return f"BatchedTensor(lvl={self._level.depth}, bdim=0, value=\n{self._value!r}\n)"

    __hash__ = torch.Tensor.__hash__


_C.set_opaque(BatchedTensor, Unbatchable)


def core(t):
    """The plain tensor inside."""
    while type(t) is BatchedTensor:
        t = t._value
    return t


def wrap(level, value):
    """`value`, batch first, as seen by the function of that level; results of other kinds are wrapped throughout."""
    if not isinstance(value, torch.Tensor):
        if isinstance(value, (tuple, list)):
            parts = [wrap(level, v) for v in value]
            return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        return value
    plain = value._slice if type(value) is BatchedTensor else value
    shape, stride = tuple(plain.shape), plain._strides
    made, inner = (_C.strided(plain, shape[1:], stride[1:], plain._offset, -1) for _ in range(2))
    made.__class__ = BatchedTensor
    made._level, made._value, made._slice = level, value, inner
    return made


def running():
    """The levels of this thread, outermost first."""
    return [mode for mode in overrides.stack() if isinstance(mode, Level)]


def lifted(value, levels, finish):
    """`value` with a copy for every slice of all levels, finish() applied to the plain tensor inside."""
    if not levels:
        return finish(value)
    level = levels[-1]
    whole = value._value if level.holds(value) else level.spread(value)
    return wrap(level, lifted(whole, levels[:-1], finish))


def levels_of(tensors):
    """Levels that the tensors belong to, innermost first."""
    found = set()
    for t in tensors:
        while type(t) is BatchedTensor:
            found.add(t._level)
            t = t._value
    return sorted(found, key=lambda level: -level.depth)


def removed(t, level):
    """`t` with that level's batch as its first dimension."""
    if type(t) is not BatchedTensor:
        return level.spread(t)
    if t._level is level:
        return t._value
    if t._level.depth < level.depth:
        return level.spread(t)
    return wrap(t._level, removed(t._value, level).movedim(0, 1))


def inserted(t, level):
    """The reverse of removed: the first dimension becomes that level's batch."""
    if type(t) is BatchedTensor and t._level.depth > level.depth:
        return wrap(t._level, inserted(t._value.movedim(1, 0), level))
    return wrap(level, t)


class Watch:
    """While entered, random numbers that this thread draws are an error if `randomness` says so."""

    def __init__(self, randomness):
        self.randomness, self.thread = randomness, threading.get_ident()

    def __enter__(self):
        _generator.watchers.append(self)
        return self

    def __exit__(self, *exc):
        _generator.watchers.remove(self)

    def drawn(self):
        """A random number is about to be drawn."""
        if self.randomness == "error" and self.thread == threading.get_ident():
            raise RuntimeError(RANDOM_ERROR)


class Level(Watch):
    """One vmap while it runs."""

    _canonical = True

    def __init__(self, count, randomness):
        super().__init__(randomness)
        self.count, self.depth = count, len(running()) + 1

    def __enter__(self):
        overrides.enter(self)
        return super().__enter__()

    def __exit__(self, *exc):
        overrides.leave(self)
        super().__exit__(*exc)

    def holds(self, value):
        return type(value) is BatchedTensor and value._level is self

    def whole(self, value):
        """The batch of a tensor: its own, or the same tensor for every slice."""
        return value._value if self.holds(value) else self.spread(value)

    def spread(self, value):
        return value.unsqueeze(0).expand(self.count, *value.shape)

    def any_held(self, values):
        for v in values:
            if type(v) is BatchedTensor:
                if v._level is self:
                    return True
            elif type(v) in (list, tuple) and self.any_held(v) or type(v) is dict and self.any_held(v.values()):
                return True
        return False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if not (self.any_held(args) or self.any_held(kwargs.values())):
            return self.shared(func, args, kwargs)
        rule = RULES.get(func)
        if rule is not None:
            result = rule(self, func, args, kwargs)
            if result is not NotImplemented:
                return result
        return self.general(func, args, kwargs)

    def shared(self, func, args, kwargs):
        """An operator that no slice differs in, unless it draws random numbers."""
        if self.randomness == "different":
            if func in RANDOM:
                if func.__name__.endswith("_"):
                    raise RuntimeError(
                        "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear "
                        "like same randomness. If this is necessary for your "
                        "usage, please file an issue with functorch."
                    )
                return self.joined([func(*args, **kwargs) for _ in range(self.count)])
            if (
                (forward := _composition(func)) is not None
                and kwargs.get("out") is None
                and any(isinstance(a, torch.Tensor) for a in args)
            ):
                with self:
                    return forward(*args, **kwargs)
        return func(*args, **kwargs)

    def general(self, func, args, kwargs):
        """A composition as its parts, anything else slice by slice."""
        if kwargs.get("out") is not None:
            raise RuntimeError(f"Batching rule not implemented for aten::{func.__name__}.out; the fallback path "
                               "doesn't work on out= or view ops.")
        forward = _composition(func)
        if forward is not None and func not in _one_by_one and not func.__name__.endswith("_"):
            try:
                with self:
                    return forward(*args, **kwargs)
            except Unbatchable:
                _one_by_one.add(func)
        elif (
            forward is None and getattr(func, "__name__", "") == "__get__" and hasattr(func.__self__, "getter")
        ):  # a property such as mT
            with self:
                return func.__self__.getter(*args)
        return self.slices(func, args, kwargs)

    def slices(self, func, args, kwargs):
        """func once a slice."""
        flat, spec = tree_flatten((args, kwargs))
        # its offset is absolute: every slice needs memory of its own
        lone = getattr(func, "__name__", "").startswith("as_strided")
        places = [i for i, v in enumerate(flat) if self.holds(v)]
        in_place = getattr(func, "__name__",
                           "").endswith("_") and not func.__name__.startswith("__") or getattr(
                               func, "__name__", "") == "__setitem__"
        if in_place and not self.holds(args[0]):
            raise Unbatchable(IN_PLACE)
        state, results = torch.get_rng_state() if self.randomness == "same" else None, []
        for i in range(self.count):
            if state is not None:
                torch.set_rng_state(state)
            given = list(flat)
            for p in places:
                given[p] = flat[p]._value.select(0, i).clone() if lone else flat[p]._value.select(0, i)
            one_args, one_kwargs = tree_unflatten(given, spec)
            results.append(func(*one_args, **one_kwargs))
        return args[0] if in_place else self.joined(results)

    def joined(self, results):
        """Results of the slices as one."""
        first = results[0]
        if isinstance(first, torch.Tensor):
            if any(r.shape != first.shape for r in results):
                raise RuntimeError(DYNAMIC.format("an operator whose slices gave results of different shapes: its "
                                                  "output has a dynamic shape"))
            return wrap(self, torch.stack(results))
        if isinstance(first, (tuple, list)) and not isinstance(first, torch.Size):
            if any(len(r) != len(first) for r in results):
                raise RuntimeError(DYNAMIC.format("an operator whose slices gave different numbers of results: its "
                                                  "output has a dynamic shape"))
            parts = [self.joined(column) for column in zip(*results)]
            return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
        if any(r != first for r in results):
            raise DataDependent("vmap: an operator gave different Python values for different slices; such values "
                                "cannot be batched")
        return first


def _compositions():
    """{operator declared without a gradient of its own: its forward}"""
    functions = ([row.function for row in TABLE.values()]
                 + [f for space in (FUNCTIONS, METHODS, *NAMESPACES.values()) for f in space.values()])
    scopes = ((getattr(f, "_primary", f), getattr(f, "__globals__", {})) for f in functions)
    return {f: scope["_forward"] for f, scope in scopes if "_forward" in scope and "_rule" not in scope}


_composed = _compositions()


def _composition(func):
    forward = _composed.get(func)
    return forward and with_plain_numbers(forward)


RANDOM = {getattr(row.function, "_primary", row.function) for row in TABLE.values()
          if row.family == "random"} | {TABLE[n].function._primary for n in ("_dropout", "native_dropout")}



def _custom(function, args):
    """A custom Function: by its own vmap, or slice by slice where it asks for a generated rule."""
    levels = levels_of([a for a in args if isinstance(a, torch.Tensor)])
    if not levels:
        return NotImplemented
    level, base = levels[0], torch.autograd.Function
    own, more = (function.vmap is not base.vmap,
                 "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html")
    if function.setup_context is base.setup_context:
        raise RuntimeError("In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, "
                           f"...), it must override the setup_context staticmethod. {more}")
    if own and function.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {function.__name__}, but it has both generate_vmap_rule=True and an overriden "
            "vmap staticmethod. Please set generate_vmap_rule=False "
            f"or delete the overriden vmap staticmethod to avoid ambiguity. {more}"
        )
    if function.generate_vmap_rule:
        return level.slices(function.apply, args, {})
    if not own:
        raise RuntimeError(
            f"You tried to vmap over {function.__name__}, but it does not have vmap support. Please override and "
            "implement the vmap staticmethod or set "
            f"generate_vmap_rule=True. {more}"
        )
    given = tuple(a._value if level.holds(a) else a for a in args)
    made, dims = function.vmap(VmapInfo(level.count, level.randomness),
                               tuple(0 if level.holds(a) else None for a in args), *given)
    if not isinstance(made, tuple):
        return made if dims is None else wrap(level, made.movedim(dims, 0))
    dims = dims if isinstance(dims, tuple) else (dims,) * len(made)
    return tuple(m if d is None else wrap(level, m.movedim(d, 0)) for m, d in zip(made, dims))


VmapInfo = collections.namedtuple("VmapInfo", ["batch_size", "randomness"])
overrides.batched_function = _custom

from . import _batching  # noqa: E402,F401  (the rules)
