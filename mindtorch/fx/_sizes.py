"""Sizes of recorded tensors as numbers that remember where they come from, so that a graph computes them anew."""

import operator

import mindtorch as torch

_INT = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
}
_COMPARE = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


class _Traced:
    # shared by the two kinds of numbers
    def _init(self, sizes, make):
        self._sizes, self._make, self._node = sizes, make, None
        return self

    def _at(self):
        """The Node of the number; it is made when it is first used."""
        if self._node is None:
            self._node = self._make()
        return self._node

    def _from(self, function, value, *operands):
        sizes = self._sizes

        def make():
            args = tuple(o._at() if isinstance(o, _Traced) else o for o in operands)
            made = sizes.recorder.graph.call_function(function, args)
            made.meta["val"] = value
            return made

        return sizes.number(value, make)

    def __neg__(self):
        return self._from(operator.neg, -self._plain(), self)

    def __reduce__(self):
        return (type(self).__mro__[2], (self._plain(),))


class TracedInt(_Traced, int):
    """An int that a graph computes."""

    __hash__ = int.__hash__

    def _plain(self):
        return int.__int__(self)

    def __pow__(self, other, modulo=None):
        return (
            self._from(operator.pow, self._plain() ** _plain(other), self, other)
            if _is_number(other) and modulo is None
            else NotImplemented
        )


class TracedFloat(_Traced, float):
    """A float that a graph computes."""

    __hash__ = float.__hash__

    def _plain(self):
        return float.__float__(self)

    def __floor__(self):
        import math

        return self._from(math.floor, math.floor(self._plain()), self)

    def __ceil__(self):
        import math

        return self._from(math.ceil, math.ceil(self._plain()), self)

    def __trunc__(self):
        return self._from(int, int(self._plain()), self)


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _plain(value):
    return value._plain() if isinstance(value, _Traced) else value


def _operators(kind):
    for name, function in _INT.items():

        def forward(self, other, function=function):
            return (
                self._from(function, function(self._plain(), _plain(other)), self, other)
                if _is_number(other)
                else NotImplemented
            )

        def backward(self, other, function=function):
            return (
                self._from(function, function(_plain(other), self._plain()), other, self)
                if _is_number(other)
                else NotImplemented
            )

        setattr(kind, f"__{name}__", forward)
        setattr(kind, f"__r{name}__", backward)
    for name, function in _COMPARE.items():

        def compare(self, other, function=function):
            answer = function(self._plain(), _plain(other))
            if _is_number(other) and self._sizes.on_compare is not None:
                self._sizes.on_compare(function, self, other, answer)
            return answer

        setattr(kind, f"__{name}__", compare)
    kind.__hash__ = int.__hash__ if kind is TracedInt else float.__hash__


_operators(TracedInt)
_operators(TracedFloat)


class TracedSize(torch.Size):
    """A Size of numbers that a graph computes."""

    def __new__(cls, numbers):
        return tuple.__new__(cls, numbers)

    def __getitem__(self, index):
        found = tuple.__getitem__(self, index)
        return TracedSize(found) if isinstance(index, slice) else found

    def __add__(self, other):
        return TracedSize((*self, *other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other):
        return TracedSize((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, count):
        return TracedSize(tuple(self) * int(count))

    __rmul__ = __mul__

    def numel(self):
        """The product."""
        total = 1
        for number in self:
            total = total * number
        return total

    def __reduce__(self):
        return (torch.Size, ([_plain(n) for n in self],))


def _size_step(recorder, node, dim, value):
    if recorder.aten:
        made = recorder.graph.call_function(torch.ops.aten.sym_size.int, (node, dim), name="sym_size_int")
    else:
        made = recorder.graph.call_method("size", (node, dim))
    made.meta["val"] = value
    return made


class Sizes:
    """What a Recorder asks about sizes. `on_compare(function, number, other, answer)` hears of decisions that sizes
    make."""

    def __init__(self, on_compare=None):
        self.on_compare, self.made, self.known = on_compare, False, {}

    def number(self, value, make):
        """A number with a Node."""
        self.made = True
        kind = TracedInt if isinstance(value, int) else TracedFloat
        return kind.__new__(kind, value)._init(self, make)

    def node_of(self, value):
        """The Node of a number, or None."""
        return value._at() if isinstance(value, _Traced) else None

    def plain(self, value):
        """Nested data with plain numbers."""
        if isinstance(value, _Traced):
            return value._plain()
        if isinstance(value, torch.Size):
            return torch.Size([_plain(v) for v in value])
        if isinstance(value, tuple):
            made = [self.plain(v) for v in value]
            return type(value)(*made) if hasattr(value, "_fields") else tuple(made)
        if isinstance(value, list):
            return [self.plain(v) for v in value]
        if type(value) is dict:
            return {k: self.plain(v) for k, v in value.items()}
        if isinstance(value, slice):
            return slice(*(self.plain(v) for v in (value.start, value.stop, value.step)))
        return value

    def _size(self, tensor, dim, value):
        recorder, node = self.recorder, self.recorder.node_of(tensor)
        key = (node, dim)
        if key not in self.known:
            self.known[key] = self.number(value, lambda: _size_step(recorder, node, dim, value))
        return self.known[key]

    def _follows(self, tensor):
        return id(tensor) in self.recorder.nodes or id(tensor) in self.recorder.pending

    def answer(self, recorder, name, args, kwargs, out):
        """What `size` gives for a tensor that is followed."""
        if name != "size" or not args or not self._follows(args[0]):
            return out
        if isinstance(out, int):
            dim = args[1] if len(args) > 1 else kwargs.get("dim")
            return self._size(args[0], int(dim) % args[0].dim(), out)
        return self._shape(args[0], out)

    def _shape(self, tensor, shape):
        return TracedSize([self._size(tensor, i, n) for i, n in enumerate(shape)])

    def patch(self, patcher, recorder):
        """Let tensor.shape tell as size() does while the recorder runs."""
        self.recorder = recorder
        original = vars(torch.Tensor)["shape"]
        sizes = self

        def shape(tensor):
            plain = original.__get__(tensor)
            if recorder.paused or not recorder.is_mine() or not sizes._follows(tensor):
                return plain
            return sizes._shape(tensor, plain)

        patcher.patch_method(torch.Tensor, "shape", property(shape))
