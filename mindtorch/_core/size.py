"""torch.Size: a tuple of ints that stays a Size through +, * and slicing."""


class Size(tuple):
    """Shape of a tensor; numel() is the product."""

    __module__ = "torch"
    __slots__ = ()

    def __new__(cls, values=()):
        values = list(values)
        try:
            return tuple.__new__(cls, [v.__index__() for v in values])
        except AttributeError:
            at = next(i for i, v in enumerate(values) if not hasattr(v, "__index__"))
            raise TypeError(f"torch.Size() takes an iterable of 'int' (item {at} is '{type(values[at]).__name__}')") from None

    def numel(self):
        """Number of elements."""
        n = 1
        for s in self:
            n *= s
        return n

    def __getitem__(self, i):
        r = tuple.__getitem__(self, i)
        return tuple.__new__(Size, r) if type(r) is tuple else r

    def __add__(self, other):
        if not isinstance(other, tuple):
            return NotImplemented
        return Size(tuple.__add__(self, other))

    def __radd__(self, other):
        return Size(tuple.__add__(tuple(other), self))

    def __mul__(self, n):
        return Size(tuple.__mul__(self, n))

    __rmul__ = __mul__

    def __repr__(self):
        return f"torch.Size([{', '.join(map(repr, self))}])"

    def __reduce__(self):
        return (Size, (tuple(self),))
