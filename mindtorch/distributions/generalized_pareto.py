"""Generalised Pareto distribution."""
import math

import mindtorch as torch

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """Exceedances over `loc`: tails of power -1 / concentration, exponential for concentration 0, bounded below 0."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True
    _state = ("loc", "scale", "concentration")

    def __init__(self, loc, scale, concentration, validate_args=None):
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    def _cases(self, when_zero, general):
        """Two formulas: for concentration 0, and for others (given a concentration that is never 0)."""
        zero = torch.isclose(self.concentration, torch.zeros_like(self.concentration))
        return torch.where(zero, when_zero, general(torch.where(zero, 1.0, self.concentration)))

    def _z(self, x):
        return (x - self.loc) / self.scale

    def rsample(self, sample_shape=torch.Size()):
        """By the inverse of the distribution function."""
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device))

    def log_prob(self, value):
        """Log density."""
        self._check(value)
        z = self._z(value)
        return self._cases(-z, lambda k: -(1 + 1 / k) * torch.log1p(k * z)) - torch.log(self.scale)

    def log_survival_function(self, value):
        """Log probability of samples above value."""
        self._check(value)
        z = self._z(value)
        return self._cases(-z, lambda k: -torch.log1p(k * z) / k)

    def log_cdf(self, value):
        """Logarithm of cdf."""
        self._check(value)
        return torch.log1p(-torch.exp(self.log_survival_function(value)))

    def cdf(self, value):
        """Probability of samples up to value."""
        return torch.exp(self.log_cdf(value))

    def icdf(self, value):
        """Inverse of cdf."""
        left = torch.log1p(-value)
        return self.loc + self.scale * self._cases(-left, lambda k: torch.expm1(-k * left) / k)

    @property
    def mean(self):
        """Mean; nan for concentrations from 1 on."""
        k = self.concentration
        return (self.loc + self.scale / (1 - k)).masked_fill(k >= 1, math.nan)

    @property
    def variance(self):
        """Variance; nan for concentrations from 1/2 on."""
        k = self.concentration
        return (self.scale**2 / ((1 - k) ** 2 * (1 - 2 * k))).masked_fill(k >= 0.5, math.nan)

    mode = property(lambda self: self.loc)

    def entropy(self):
        """Entropy."""
        return torch.log(self.scale) + self.concentration + 1

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        """From loc on; up to loc - scale / concentration below 0."""
        top = torch.where(self.concentration < 0, self.loc - self.scale / self.concentration, math.inf)
        return constraints.interval(self.loc, top)
