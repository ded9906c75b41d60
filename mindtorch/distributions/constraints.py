"""Sets that parameters and samples lie in; `constraint.check(value)` says which elements do."""
import inspect

import mindtorch as torch

__all__ = ["Constraint", "boolean", "cat", "corr_cholesky", "dependent", "dependent_property", "greater_than",
           "greater_than_eq", "half_open_interval", "independent",
           "integer_interval", "interval", "is_dependent", "less_than", "lower_cholesky", "lower_triangular",
           "MixtureSameFamilyConstraint", "multinomial", "nonnegative",
           "nonnegative_integer", "one_hot", "positive", "positive_definite", "positive_integer",
           "positive_semidefinite", "real", "real_vector", "simplex", "square", "stack",
           "symmetric", "unit_interval"]


class Constraint:
    """A set: whether it is discrete, how many dimensions an event has, and which values are in it."""

    is_discrete = False
    event_dim = 0

    def check(self, value):
        """Bool tensor: whether each event of `value` is in the set."""
        raise NotImplementedError

    def __repr__(self):
        return self.__class__.__name__[1:] + "()"


class _Dependent(Constraint):
    """Depends on other parameters; cannot be checked by itself."""

    def __init__(self, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        self._is_discrete, self._event_dim = is_discrete, event_dim

    @property
    def is_discrete(self):
        if self._is_discrete is NotImplemented:
            raise NotImplementedError(".is_discrete cannot be determined statically")
        return self._is_discrete

    @property
    def event_dim(self):
        if self._event_dim is NotImplemented:
            raise NotImplementedError(".event_dim cannot be determined statically")
        return self._event_dim

    def __call__(self, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        return _Dependent(is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
                          event_dim=self._event_dim if event_dim is NotImplemented else event_dim)

    def check(self, x):
        raise ValueError("Cannot determine validity of dependent constraint")


def is_dependent(constraint):
    """Whether a constraint depends on parameters."""
    return isinstance(constraint, _Dependent)


class _DependentProperty(property, _Dependent):
    """A property that gives the constraint of an instance, and on the class stands for a dependent one."""

    def __init__(self, fn=None, *, is_discrete=NotImplemented, event_dim=NotImplemented):
        property.__init__(self, fn)
        _Dependent.__init__(self, is_discrete=is_discrete, event_dim=event_dim)

    def __call__(self, fn):
        return _DependentProperty(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


dependent_property = _DependentProperty


class _IndependentConstraint(Constraint):
    """The last dimensions of a base constraint count as one event."""

    def __init__(self, base_constraint, reinterpreted_batch_ndims):
        self.base_constraint, self.reinterpreted_batch_ndims = base_constraint, reinterpreted_batch_ndims

    @property
    def is_discrete(self):
        return self.base_constraint.is_discrete

    @property
    def event_dim(self):
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value):
        result = self.base_constraint.check(value)
        if result.dim() < self.reinterpreted_batch_ndims:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        return result.reshape(result.shape[: result.dim() - self.reinterpreted_batch_ndims] + (-1,)).all(-1)

    def __repr__(self):
        return f"{self.__class__.__name__[1:]}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Constraint):
    """The support of a mixture: that of its components."""

    def __init__(self, base_constraint):
        self.base_constraint = base_constraint

    @property
    def is_discrete(self):
        return self.base_constraint.is_discrete

    @property
    def event_dim(self):
        return self.base_constraint.event_dim

    def check(self, value):
        inside = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        return inside.reshape(inside.shape[: inside.dim() - self.event_dim]
                              + (-1,)).all(-1) if self.event_dim else inside.all(-1)

    def __repr__(self):
        return f"{self.__class__.__name__}({self.base_constraint!r})"


def _class(label, **members):
    """A constraint's class, under its name in this module so that it can be pickled."""
    words = "".join(" " + c.lower() if c.isupper() else c for c in label).strip()
    members.setdefault("__doc__", f"The set of values that {words} names, within its bounds where it has some.")
    made = globals()["_" + label] = type("_" + label, (Constraint,), {"__module__": __name__, **members})
    return made


def _simple(label, check, event_dim=0, is_discrete=False):
    return _class(label, check=lambda self, value: check(value), event_dim=event_dim, is_discrete=is_discrete)()


def _parametrised(label, names, check, show, is_discrete=False):
    signature = inspect.Signature([inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in names])

    def __init__(self, *values, **named):
        vars(self).update(signature.bind(*values, **named).arguments)

    return _class(label, __init__=__init__, check=check, is_discrete=is_discrete,
                  __repr__=lambda self: f"{label}({show(self)})")


boolean = _simple("Boolean", lambda v: (v == 0) | (v == 1), is_discrete=True)
one_hot = _simple("OneHot", lambda v: ((v == 0) | (v == 1)).all(-1) & v.sum(-1).eq(1), 1, True)
_IntegerInterval = _parametrised(
    "IntegerInterval",
    ("lower_bound", "upper_bound"),
    lambda s, v: (v % 1 == 0) & (s.lower_bound <= v) & (v <= s.upper_bound),
    lambda s: f"lower_bound={s.lower_bound}, upper_bound={s.upper_bound}",
    True,
)
_IntegerLessThan = _parametrised("IntegerLessThan", ("upper_bound",), lambda s, v: (v % 1 == 0) & (v <= s.upper_bound),
                                 lambda s: f"upper_bound={s.upper_bound}", True)
_IntegerGreaterThan = _parametrised("IntegerGreaterThan", ("lower_bound",),
                                    lambda s, v: (v % 1 == 0) & (v >= s.lower_bound),
                                    lambda s: f"lower_bound={s.lower_bound}", True)
_GreaterThan = _parametrised("GreaterThan", ("lower_bound",), lambda s, v: s.lower_bound < v,
                             lambda s: f"lower_bound={s.lower_bound}")
_GreaterThanEq = _parametrised("GreaterThanEq", ("lower_bound",), lambda s, v: s.lower_bound <= v,
                               lambda s: f"lower_bound={s.lower_bound}")
_LessThan = _parametrised("LessThan", ("upper_bound",), lambda s, v: v < s.upper_bound,
                          lambda s: f"upper_bound={s.upper_bound}")
_Interval = _parametrised(
    "Interval",
    ("lower_bound", "upper_bound"),
    lambda s, v: (s.lower_bound <= v) & (v <= s.upper_bound),
    lambda s: f"lower_bound={s.lower_bound}, upper_bound={s.upper_bound}",
)
_HalfOpenInterval = _parametrised(
    "HalfOpenInterval",
    ("lower_bound", "upper_bound"),
    lambda s, v: (s.lower_bound <= v) & (v < s.upper_bound),
    lambda s: f"lower_bound={s.lower_bound}, upper_bound={s.upper_bound}",
)


def _matrix(check):
    return lambda v: check(v).reshape(v.shape[:-2] + (-1,)).all(-1)


def _is_square(v):
    return torch.full(v.shape[:-2], v.shape[-2] == v.shape[-1], dtype=torch.bool, device=v.device)


def _is_symmetric(v):
    square_check = _is_square(v)
    return square_check if not bool(square_check.all()) else torch.isclose(v, v.mT, atol=1e-6).all(-2).all(-1)


def _is_definite(v, at_least=None):
    symmetric_check = _is_symmetric(v)
    if not bool(symmetric_check.all()):
        return symmetric_check
    return torch.linalg.cholesky_ex(v).info.eq(0) if at_least is None else torch.linalg.eigvalsh(v).ge(at_least).all(-1)


def _is_corr_cholesky(v):
    tolerance = torch.finfo(v.dtype).eps * v.size(-1) * 10
    return lower_cholesky.check(v) & (torch.linalg.norm(v.detach(), dim=-1) - 1).abs().le(tolerance).all(-1)


real = _simple("Real", lambda v: v == v)
simplex = _simple("Simplex", lambda v: (v >= 0).all(-1) & ((v.sum(-1) - 1).abs() < 1e-6), 1)
lower_triangular = _simple("LowerTriangular", _matrix(lambda v: v.tril() == v), 2)
lower_cholesky = _simple("LowerCholesky",
                         lambda v: _matrix(lambda m: m.tril() == m)(v) & (v.diagonal(dim1=-2, dim2=-1) > 0).all(-1), 2)
corr_cholesky = _simple("CorrCholesky", _is_corr_cholesky, 2)
square = _simple("Square", _is_square, 2)
symmetric = _simple("Symmetric", _is_symmetric, 2)
positive_semidefinite = _simple("PositiveSemidefinite", lambda v: _is_definite(v, 0), 2)
positive_definite = _simple("PositiveDefinite", _is_definite, 2)


class _Multinomial(Constraint):
    """Counts of a number of trials: whole, not negative, at most that many together."""

    is_discrete, event_dim = True, 1

    def __init__(self, upper_bound):
        self.upper_bound = upper_bound

    def check(self, x):
        return (x >= 0).all(dim=-1) & (x.sum(dim=-1) <= self.upper_bound)


class _Joined(Constraint):
    """Constraints of the parts of a value along one dimension."""

    def __init__(self, cseq, dim=0, lengths=None):
        self.cseq, self.dim = list(cseq), dim
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)

    @property
    def is_discrete(self):
        return any(c.is_discrete for c in self.cseq)


class _Cat(_Joined):
    """Constraints of pieces that lie one after the other along a dimension."""

    @property
    def event_dim(self):
        return max(c.event_dim for c in self.cseq)

    def check(self, value):
        checks, start = [], 0
        for c, n in zip(self.cseq, self.lengths):
            checks.append(c.check(value.narrow(self.dim, start, n)))
            start += n
        return torch.cat(checks, self.dim)


class _Stack(_Joined):
    """Constraints of the slices along a dimension."""

    @property
    def event_dim(self):
        deepest = max(c.event_dim for c in self.cseq)
        return deepest + 1 if self.dim + deepest < 0 else deepest

    def check(self, value):
        return torch.stack([c.check(value.select(self.dim, i)) for i, c in enumerate(self.cseq)], self.dim)


dependent = _Dependent()
independent, multinomial, cat, stack = _IndependentConstraint, _Multinomial, _Cat, _Stack
nonnegative_integer, positive_integer, integer_interval = _IntegerGreaterThan(
    0), _IntegerGreaterThan(1), _IntegerInterval
real_vector = independent(real, 1)
positive, nonnegative, greater_than, greater_than_eq, less_than = _GreaterThan(0.0), _GreaterThanEq(
    0.0), _GreaterThan, _GreaterThanEq, _LessThan
unit_interval, interval, half_open_interval = _Interval(0.0, 1.0), _Interval, _HalfOpenInterval
