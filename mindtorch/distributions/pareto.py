"""Pareto distribution."""
import math

from . import constraints
from .exponential import Exponential
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, ExpTransform
from .utils import broadcast_all

__all__ = ["Pareto"]


class Pareto(TransformedDistribution):
    """Power law from `scale` on, of exponent `alpha`."""

    arg_constraints = {"alpha": constraints.positive, "scale": constraints.positive}
    _state = ("scale", "alpha")

    def __init__(self, scale, alpha, validate_args=None):
        self.scale, self.alpha = broadcast_all(scale, alpha)
        super().__init__(Exponential(self.alpha, validate_args=validate_args),
                         [ExpTransform(), AffineTransform(loc=0, scale=self.scale)], validate_args=validate_args)

    mean = property(lambda self: (self.alpha * self.scale / (self.alpha - 1)).masked_fill(self.alpha <= 1, math.inf))
    mode = property(lambda self: self.scale)

    @property
    def variance(self):
        """Variance; inf for alpha up to 2."""
        a = self.alpha
        return (self.scale.pow(2) * a / ((a - 1).pow(2) * (a - 2))).masked_fill(a <= 2, math.inf)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        """From scale on."""
        return constraints.greater_than_eq(self.scale)

    def entropy(self):
        """Entropy."""
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())
