"""From a constraint to a transform of unconstrained numbers onto it: biject_to (one to one) and transform_to (any)."""
import numbers

from . import constraints, transforms

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """Functions that make transforms, by the constraint's class."""

    def __init__(self):
        self._registry = {}
        super().__init__()

    def register(self, constraint, factory=None):
        """Enter a factory for a class of constraints, as a function or as a decorator. TypeError for other keys."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not (isinstance(kind, type) and issubclass(kind, constraints.Constraint)):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {kind}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint):
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to, transform_to = ConstraintRegistry(), ConstraintRegistry()
_BOTH = (biject_to, transform_to)


def _enter(kinds, factory, registries=_BOTH):
    for registry in registries:
        for kind in kinds:
            registry.register(kind, factory)


def _interval(constraint):
    low, high = constraint.lower_bound, constraint.upper_bound
    if isinstance(low, numbers.Number) and isinstance(high, numbers.Number) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


_enter([constraints.real], lambda c: transforms.identity_transform)
_enter([constraints.greater_than, constraints.greater_than_eq],
       lambda c: transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(c.lower_bound, 1)]))
_enter([constraints.less_than],
       lambda c: transforms.ComposeTransform([transforms.ExpTransform(),
                                              transforms.AffineTransform(c.upper_bound, -1)]))
_enter([constraints.interval, constraints.half_open_interval], _interval)
_enter([constraints.simplex], lambda c: transforms.StickBreakingTransform(), [biject_to])
_enter([constraints.simplex], lambda c: transforms.SoftmaxTransform(), [transform_to])
_enter([constraints.lower_cholesky], lambda c: transforms.LowerCholeskyTransform(), [transform_to])
_enter([constraints.positive_definite, constraints.positive_semidefinite],
       lambda c: transforms.PositiveDefiniteTransform(), [transform_to])
_enter([constraints.corr_cholesky], lambda c: transforms.CorrCholeskyTransform())
for _r in _BOTH:
    _enter([constraints.independent],
           lambda c, r=_r: transforms.IndependentTransform(r(c.base_constraint), c.reinterpreted_batch_ndims), [_r])
    _enter([constraints.cat], lambda c, r=_r: transforms.CatTransform([r(part) for part in c.cseq], c.dim, c.lengths),
           [_r])
    _enter([constraints.stack], lambda c, r=_r: transforms.StackTransform([r(part) for part in c.cseq], c.dim), [_r])
