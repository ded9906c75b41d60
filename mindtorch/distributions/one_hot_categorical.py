"""Categorical distribution over one-hot vectors."""
import mindtorch as torch

from . import constraints
from .categorical import Categorical
from .distribution import Distribution

__all__ = ["OneHotCategorical", "OneHotCategoricalStraightThrough"]


class OneHotCategorical(Distribution):
    """One-hot vectors by probabilities or logits along the last dimension."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.one_hot
    has_enumerate_support = True
    _state = ("_categorical",)

    def __init__(self, probs=None, logits=None, validate_args=None):
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    def _new(self, *args, **kwargs):
        return self._categorical._new(*args, **kwargs)

    _param = property(lambda self: self._categorical._param)
    probs = property(lambda self: self._categorical.probs)
    logits = property(lambda self: self._categorical.logits)
    param_shape = property(lambda self: self._categorical.param_shape)
    mean = property(lambda self: self.probs)
    variance = property(lambda self: self.probs * (1 - self.probs))
    mode = property(lambda self: self._hot(self.probs.argmax(dim=-1)))

    def _hot(self, index):
        return torch.nn.functional.one_hot(index, num_classes=self.param_shape[-1]).to(self.probs)

    def sample(self, sample_shape=torch.Size()):
        """One-hot vectors in the parameters' dtype."""
        return self._hot(self._categorical.sample(torch.Size(sample_shape)))

    def log_prob(self, value):
        """Log probability."""
        self._check(value)
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self):
        """Entropy."""
        return self._categorical.entropy()

    def enumerate_support(self, expand=True):
        """All one-hot vectors."""
        n = self.event_shape[0]
        values = torch.eye(n, dtype=self._param.dtype,
                           device=self._param.device).view((n,) + (1,) * len(self.batch_shape) + (n,))
        return values.expand((n,) + self.batch_shape + (n,)) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """rsample gives one-hot vectors with the probabilities' gradient."""

    has_rsample = True

    def rsample(self, sample_shape=torch.Size()):
        """Samples that pass gradients to the probabilities."""
        samples = self.sample(sample_shape)
        return samples + (self.probs - self.probs.detach())
