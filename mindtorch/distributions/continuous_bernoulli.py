"""Continuous Bernoulli distribution."""
import math

import mindtorch as torch
from mindtorch.nn.functional import binary_cross_entropy_with_logits

from . import constraints
from .exp_family import ExponentialFamily
from .utils import Probabilities, binary_parameters, broadcast_all, clamp_probs

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(Probabilities, ExponentialFamily):
    """Density proportional to p^x (1 - p)^(1 - x) on [0, 1]; Taylor series where p lies within `lims`."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0
    _state = ("probs", "logits", "_given", "_lims")

    def __init__(self, probs=None, logits=None, lims=(0.499, 0.501), validate_args=None):
        number = binary_parameters(self, probs, logits)
        if probs is not None:
            if validate_args is not None and not bool(self.arg_constraints["probs"].check(self.probs).all()):
                raise ValueError("The parameter probs has invalid values")
            self.probs = clamp_probs(self.probs)
        self._lims = lims
        super().__init__(torch.Size() if number else self._param.size(), validate_args=validate_args)

    def _outside_unstable_region(self):
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut_probs(self):
        return torch.where(self._outside_unstable_region(), self.probs, torch.full_like(self.probs, self._lims[0]))

    def _cases(self, general, series):
        """A formula of probs away from 1/2, and a series around it."""
        return torch.where(self._outside_unstable_region(), general(self._cut_probs()), series)

    def _cont_bern_log_norm(self):
        x = (self.probs - 0.5).pow(2)
        return self._cases(lambda p: torch.log(torch.abs(torch.log1p(-p) - torch.log(p)))
                           - torch.log(torch.abs(1 - 2 * p)), math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self):
        """Mean."""
        x = self.probs - 0.5
        return self._cases(lambda p: p / (2.0 * p - 1.0) + 1.0 / (torch.log1p(-p) - torch.log(p)),
                           0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.pow(2)) * x)

    stddev = property(lambda self: torch.sqrt(self.variance))

    @property
    def variance(self):
        """Variance."""
        x = (self.probs - 0.5).pow(2)
        return self._cases(lambda p: p * (p - 1.0) / (1.0 - 2.0 * p).pow(2) + 1.0
                           / (torch.log1p(-p) - torch.log(p)).pow(2), 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape=torch.Size()):
        """By the inverse of the distribution function."""
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype,
                                    device=self.probs.device))

    def log_prob(self, value):
        """Log density."""
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none") + self._cont_bern_log_norm()

    def cdf(self, value):
        """Probability of samples up to value."""
        self._check(value)
        inside = self._cases(lambda p: (torch.pow(p, value) * torch.pow(1.0 - p, 1.0 - value) + p - 1.0)
                             / (2.0 * p - 1.0), value)
        return torch.where(torch.le(value, 0.0), 0.0, torch.where(torch.ge(value, 1.0), 1.0, inside))

    def icdf(self, value):
        """Inverse of cdf."""
        return self._cases(lambda p: (torch.log1p(-p + value * (2.0 * p - 1.0)) - torch.log1p(-p))
                           / (torch.log(p) - torch.log1p(-p)), value)

    def entropy(self):
        """Entropy."""
        zero, one = torch.log1p(-self.probs), torch.log(self.probs)
        return self.mean * (zero - one) - self._cont_bern_log_norm() - zero

    @property
    def _natural_params(self):
        return (self.logits,)

    def _log_normalizer(self, x):
        outside = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        cut = torch.where(outside, x, torch.full_like(x, self._lims[0] - 0.5))
        return torch.where(outside, torch.log(torch.abs(torch.special.expm1(cut))) - torch.log(torch.abs(cut)),
                           0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0)
