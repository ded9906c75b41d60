"""Binomial distribution."""
import mindtorch as torch

from . import constraints
from .distribution import Distribution
from .utils import Probabilities, broadcast_all

__all__ = ["Binomial"]


def counted_parameters(dist, total_count, probs, logits):
    """Keeps total_count and the one of probs and logits that is given, broadcast. ValueError unless exactly one is."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    dist._given, value = ("logits", logits) if probs is None else ("probs", probs)
    dist.total_count, value = broadcast_all(total_count, value)
    dist.total_count = dist.total_count.type_as(value)
    setattr(dist, dist._given, value)


class Binomial(Probabilities, Distribution):
    """Successes in `total_count` trials."""

    arg_constraints = {"total_count": constraints.nonnegative_integer, "probs": constraints.unit_interval,
                       "logits": constraints.real}
    has_enumerate_support = True
    _state = ("total_count", "probs", "logits", "_given")

    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None):
        counted_parameters(self, total_count, probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        """0 to total_count."""
        return constraints.integer_interval(0, self.total_count)

    mean = property(lambda self: self.total_count * self.probs)
    mode = property(lambda self: ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count))
    variance = property(lambda self: self.total_count * self.probs * (1 - self.probs))

    def sample(self, sample_shape=torch.Size()):
        """Counts, in the parameters' dtype."""
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            return torch.binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value):
        """Log probability."""
        self._check(value)
        n, x = self.total_count, self.logits
        choices = torch.lgamma(n + 1) - torch.lgamma(value + 1) - torch.lgamma(n - value + 1)
        return value * x + choices - n * (x.clamp(min=0) + torch.log1p(torch.exp(-x.abs())))

    def _one_count(self, where):
        total = int(self.total_count.max())
        if not bool(self.total_count.min() == total):
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{where}`.")
        return total

    def entropy(self):
        """Entropy, summed over the support."""
        self._one_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(torch.exp(log_prob) * log_prob).sum(0)

    def enumerate_support(self, expand=True):
        """0 to total_count. NotImplementedError for different counts."""
        values = torch.arange(1 + self._one_count("enumerate_support"), dtype=self._param.dtype,
                              device=self._param.device).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1,) + self._batch_shape) if expand else values
