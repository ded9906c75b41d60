"""Types of tensors with some sizes unknown."""


class _DynType:
    """A size that may be anything."""

    def __init__(self):
        self.__name__ = "_DynType"

    def __eq__(self, other):
        return isinstance(other, type(self))

    def __hash__(self):
        return hash(type(self))

    def __str__(self):
        return "Dyn"

    __repr__ = __str__


Dyn = _DynType()


class TensorType:
    """TensorType((1, 3, Dyn)): a tensor of these sizes."""

    def __init__(self, dim):
        self.__origin__ = TensorType
        self.__args__ = dim

    @property
    def dims(self):
        return self.__args__

    def __repr__(self):
        return f"TensorType[{self.__args__}]"

    def __eq__(self, other):
        return isinstance(other, TensorType) and list(self.__args__) == list(other.__args__)

    def __hash__(self):
        return hash(tuple(self.__args__))

    @staticmethod
    def __class_getitem__(*args):
        inner = args[0]
        return TensorType(tuple(inner) if isinstance(inner, (tuple, list)) else (inner,))


def is_consistent(t1, t2):
    """Whether two types can be of the same tensor."""
    if t1 == t2 or t1 == Dyn or t2 == Dyn:
        return True
    if isinstance(t1, TensorType) and isinstance(t2, TensorType):
        return len(t1.dims) == len(t2.dims) and all(is_consistent(a, b) for a, b in zip(t1.dims, t2.dims))
    return False


def is_more_precise(t1, t2):
    """Whether the first type says all that the second one does."""
    if t1 == t2 or isinstance(t2, _DynType):
        return True
    if isinstance(t1, TensorType) and isinstance(t2, TensorType):
        return len(t1.dims) == len(t2.dims) and all(is_more_precise(a, b) for a, b in zip(t1.dims, t2.dims))
    return False
