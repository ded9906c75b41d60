"""Categorical distribution."""
import mindtorch as torch

from . import constraints
from .distribution import Distribution
from .utils import Probabilities

__all__ = ["Categorical"]


def class_parameters(dist, probs, logits):
    """Keeps normalised probs or logits; returns the batch shape. ValueError unless exactly one is given, with a last
    dimension."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    name, value = ("logits", logits) if probs is None else ("probs", probs)
    if value.dim() < 1:
        raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
    setattr(dist, name, value - value.logsumexp(dim=-1, keepdim=True) if name == "logits"
            else value / value.sum(-1, keepdim=True))
    dist._given = name
    dist._num_events = value.size()[-1]
    return value.size()[:-1]


class Categorical(Probabilities, Distribution):
    """Indices from 0 on, with probabilities or logits along the last dimension."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True
    _binary = False
    _state = ("probs", "logits", "_given", "_num_events")

    def __init__(self, probs=None, logits=None, validate_args=None):
        super().__init__(class_parameters(self, probs, logits), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        """Indices of the classes."""
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self):
        """nan: classes have no order."""
        return torch.full(self._extended_shape(), torch.nan, dtype=self.probs.dtype, device=self.probs.device)

    variance = mean
    mode = property(lambda self: self.probs.argmax(dim=-1))

    def sample(self, sample_shape=torch.Size()):
        """int64 indices."""
        sample_shape = torch.Size(sample_shape)
        rows = self.probs.reshape(-1, self._num_events)
        return torch.multinomial(rows, sample_shape.numel(), True).T.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value):
        """Log probability."""
        self._check(value)
        value = value.long().unsqueeze(-1)
        value, logits = torch.broadcast_tensors(value, self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self):
        """Entropy."""
        logits = torch.clamp(self.logits, min=torch.finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand=True):
        """All indices."""
        values = torch.arange(self._num_events, dtype=torch.long,
                              device=self._param.device).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1,) + self._batch_shape) if expand else values
