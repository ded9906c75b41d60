"""Negative binomial distribution."""
import mindtorch as torch
from mindtorch.nn.functional import logsigmoid

from . import constraints
from .binomial import counted_parameters
from .distribution import Distribution
from .gamma import Gamma
from .utils import Probabilities, lazy_property

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Probabilities, Distribution):
    """Successes before `total_count` failures; `probs` is that of a success."""

    arg_constraints = {"total_count": constraints.greater_than_eq(0), "probs": constraints.half_open_interval(0.0, 1.0),
                       "logits": constraints.real}
    support = constraints.nonnegative_integer
    _state = ("total_count", "probs", "logits", "_given")

    def __init__(self, total_count, probs=None, logits=None, validate_args=None):
        counted_parameters(self, total_count, probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    mean = property(lambda self: self.total_count * torch.exp(self.logits))
    mode = property(lambda self: ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0))
    variance = property(lambda self: self.mean / torch.sigmoid(-self.logits))

    @lazy_property
    def _gamma(self):
        return Gamma(concentration=self.total_count, rate=torch.exp(-self.logits), validate_args=False)

    def sample(self, sample_shape=torch.Size()):
        """Poisson counts of gamma rates."""
        with torch.no_grad():
            return torch.poisson(self._gamma.sample(sample_shape=sample_shape))

    def log_prob(self, value):
        """Log probability."""
        self._check(value)
        n = self.total_count
        weight = n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        norm = -torch.lgamma(n + value) + torch.lgamma(1.0 + value) + torch.lgamma(n)
        return weight - norm.masked_fill(n + value == 0.0, 0.0)
