"""A distribution pushed through invertible transforms."""
import mindtorch as torch

from . import constraints
from .distribution import Distribution
from .independent import Independent
from .transforms import ComposeTransform, Transform
from .utils import sum_rightmost

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """Distribution of transforms(x) for x of a base distribution."""

    arg_constraints = {}

    def __init__(self, base_distribution, transforms, validate_args=None):
        if isinstance(transforms, Transform):
            self.transforms = [transforms]
        elif isinstance(transforms, list):
            if not all(isinstance(t, Transform) for t in transforms):
                raise ValueError("transforms must be a Transform or a list of Transforms")
            self.transforms = transforms
        else:
            raise ValueError(f"transforms must be a Transform or list, but was {transforms}")
        shape = base_distribution.batch_shape + base_distribution.event_shape
        base_events = len(base_distribution.event_shape)
        transform = ComposeTransform(self.transforms)
        if len(shape) < transform.domain.event_dim:
            raise ValueError(f"base_distribution needs to have shape with size at least {transform.domain.event_dim}, "
                             f"but got {base_distribution}.")
        forward_shape = transform.forward_shape(shape)
        fitting = transform.inverse_shape(forward_shape)
        if shape != fitting:
            base_distribution = base_distribution.expand(fitting[: len(fitting) - base_events])
        more = transform.domain.event_dim - base_events
        self.base_dist = Independent(base_distribution, more) if more > 0 else base_distribution
        events = transform.codomain.event_dim + max(base_events - transform.domain.event_dim, 0)
        cut = len(forward_shape) - events
        super().__init__(forward_shape[:cut], forward_shape[cut:], validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        """The same distribution over a larger batch."""
        new = self._get_checked_instance(next(c for c in type(self).__mro__
                                              if c.__module__.startswith("torch.distributions")), _instance)
        new.transforms = self.transforms
        transform = ComposeTransform(self.transforms)
        shape = transform.inverse_shape(torch.Size(batch_shape) + self.event_shape)
        new.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        for name in self._state or ():
            setattr(new, name, self.__dict__[name].expand(batch_shape))
        Distribution.__init__(new, torch.Size(batch_shape), self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property(is_discrete=False)
    def support(self):
        """The last transform's codomain."""
        if not self.transforms:
            return self.base_dist.support
        support, events = self.transforms[-1].codomain, len(self.event_shape)
        return constraints.independent(support, events - support.event_dim) if events > support.event_dim else support

    has_rsample = property(lambda self: self.base_dist.has_rsample)

    def _pushed(self, x):
        for transform in self.transforms:
            x = transform(x)
        return x

    def sample(self, sample_shape=torch.Size()):
        """Transformed samples of the base, without gradients."""
        with torch.no_grad():
            return self._pushed(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape=torch.Size()):
        """Transformed samples of the base."""
        return self._pushed(self.base_dist.rsample(sample_shape))

    def log_prob(self, value):
        """The base's log density at the preimage, less the logarithm of the Jacobian."""
        self._check(value)
        events, y, result = len(self.event_shape), value, 0.0
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            events += transform.domain.event_dim - transform.codomain.event_dim
            result = result - sum_rightmost(transform.log_abs_det_jacobian(x, y), events - transform.domain.event_dim)
            y = x
        return result + sum_rightmost(self.base_dist.log_prob(y), events - len(self.base_dist.event_shape))

    def _monotonize_cdf(self, value):
        sign = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return value if isinstance(sign, int) and sign == 1 else sign * (value - 0.5) + 0.5

    def cdf(self, value):
        """The base's at the preimage, turned where the transforms decrease."""
        for transform in self.transforms[::-1]:
            value = transform.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._monotonize_cdf(self.base_dist.cdf(value))

    def icdf(self, value):
        """Inverse of cdf."""
        return self._pushed(self.base_dist.icdf(self._monotonize_cdf(value)))


