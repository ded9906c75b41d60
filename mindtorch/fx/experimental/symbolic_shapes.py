"""Questions about symbolic sizes: sizes are numbers here, so every answer is known."""

from mindtorch import _absent


class GuardOnDataDependentSymNode(RuntimeError):
    """A decision that depends on data; it never has to be raised."""


def guard_or_false(a):
    """The truth of a condition."""
    return bool(a)


def guard_or_true(a):
    """The truth of a condition."""
    return bool(a)


def statically_known_true(x):
    """The truth of a condition."""
    return bool(x)


def guard_size_oblivious(expr):
    """The truth of a condition."""
    return bool(expr)


def sym_eq(x, y):
    """Whether two numbers, or lists of them, are equal."""
    if isinstance(x, (list, tuple)) and isinstance(y, (list, tuple)):
        return len(x) == len(y) and all(map(sym_eq, x, y))
    return x == y


def hint_int(a, fallback=None):
    """The number."""
    return int(a)


def guard_int(a):
    """The number."""
    return int(a)


def guard_float(a):
    """The number."""
    return float(a)


def guard_bool(a):
    """The truth value."""
    return bool(a)


def guard_scalar(a):
    """The number itself."""
    return a


def free_symbols(val):
    """set(): there are none."""
    return set()


def free_unbacked_symbols(x):
    """set(): there are none."""
    return set()


def has_free_symbols(val):
    """False."""
    return False


def has_free_unbacked_symbols(x):
    """False."""
    return False


def is_symbolic(val):
    """False: numbers are numbers."""
    return False


def is_concrete_int(a):
    """Whether it is an int."""
    return isinstance(a, int)


def is_concrete_bool(a):
    """Whether it is a bool."""
    return isinstance(a, bool)


ShapeEnv = _absent.klass("torch.fx.experimental.symbolic_shapes.ShapeEnv", "sizes are numbers here")
DimDynamic = _absent.klass("torch.fx.experimental.symbolic_shapes.DimDynamic", "sizes are numbers here")
StatelessSymbolicContext = _absent.klass(
    "torch.fx.experimental.symbolic_shapes.StatelessSymbolicContext", "sizes are numbers here"
)
