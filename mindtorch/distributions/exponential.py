"""Exponential distribution."""
import mindtorch as torch

from . import constraints
from .exp_family import ExponentialFamily
from .utils import broadcast_all

__all__ = ["Exponential"]


class Exponential(ExponentialFamily):
    """Exponential distribution of rate `rate`."""

    arg_constraints = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0
    _state = ("rate",)

    def __init__(self, rate, validate_args=None):
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.size(), validate_args=validate_args)

    mean = stddev = property(lambda self: self.rate.reciprocal())
    mode = property(lambda self: torch.zeros_like(self.rate))
    variance = property(lambda self: self.rate.pow(-2))

    def rsample(self, sample_shape=torch.Size()):
        """Standard exponential samples over the rate."""
        return torch.empty(self._extended_shape(sample_shape), dtype=self.rate.dtype,
                           device=self.rate.device).exponential_() / self.rate

    def log_prob(self, value):
        """Log density."""
        self._check(value)
        return self.rate.log() - self.rate * value

    def cdf(self, value):
        """Probability of samples up to value."""
        self._check(value)
        return 1 - torch.exp(-self.rate * value)

    def icdf(self, value):
        """Inverse of cdf."""
        return -torch.log1p(-value) / self.rate

    def entropy(self):
        """Entropy."""
        return 1.0 - torch.log(self.rate)

    @property
    def _natural_params(self):
        return (-self.rate,)

    def _log_normalizer(self, x):
        return -torch.log(-x)
