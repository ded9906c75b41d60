"""The base of all distributions."""
import warnings

import mindtorch as torch

from . import constraints
from .utils import lazy_property

__all__ = ["Distribution"]


class Distribution:
    """Batch shape, event shape and checked parameters; subclasses add sampling and densities."""

    has_rsample = False
    has_enumerate_support = False
    _validate_args = __debug__
    _state = None  # attributes that expand() carries over: tensors and distributions grow, the rest is kept

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("mindtorch."):
            cls.__module__ = "torch" + cls.__module__[len("mindtorch"):]

    @staticmethod
    def set_default_validate_args(value):
        """Whether distributions made from now on check their arguments. ValueError for anything but a bool."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    def __init__(self, batch_shape=torch.Size(), event_shape=torch.Size(), validate_args=None):
        self._batch_shape, self._event_shape = batch_shape, event_shape
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self):
        try:
            checks = self.arg_constraints
        except NotImplementedError:
            checks = {}
            warnings.warn(
                f"{self.__class__} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or "
                "initialize the distribution with "
                "`validate_args=False` to turn off validation.",
                stacklevel=3,
            )
        for name, constraint in checks.items():
            if constraints.is_dependent(constraint) or (
                name not in self.__dict__ and isinstance(getattr(type(self), name), lazy_property)
            ):
                continue
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} "
                    f"to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    def _get_checked_instance(self, cls, _instance=None):
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(f"Subclass {self.__class__.__name__} of {cls.__name__} that defines a custom "
                                      "__init__ method must also define a custom .expand() method.")
        return self.__new__(type(self)) if _instance is None else _instance

    def expand(self, batch_shape, _instance=None):
        """The same distribution over a larger batch, sharing memory. NotImplementedError where a subclass does not say
        how."""
        owner = next((c for c in type(self).__mro__ if "_state" in c.__dict__), None)
        if owner._state is None:
            raise NotImplementedError
        new = self._get_checked_instance(next(c for c in type(self).__mro__
                                              if c.__module__.startswith("torch.distributions")), _instance)
        batch_shape, old = torch.Size(batch_shape), len(self._batch_shape)
        for name in owner._state:
            if name not in self.__dict__:
                continue
            value = self.__dict__[name]
            if isinstance(value, torch.Tensor):
                value = value.expand(batch_shape + value.shape[old:])
            elif isinstance(value, Distribution):
                value = value.expand(batch_shape + value.batch_shape[old:])
            setattr(new, name, value)
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @property
    def batch_shape(self):
        """Shape of the parameters' batch."""
        return self._batch_shape

    @property
    def event_shape(self):
        """Shape of one sample of one member of the batch."""
        return self._event_shape

    @property
    def arg_constraints(self):
        """Constraint of each parameter, by name."""
        raise NotImplementedError

    @property
    def support(self):
        """Constraint of the samples."""
        raise NotImplementedError

    @property
    def mean(self):
        """Mean."""
        raise NotImplementedError

    @property
    def mode(self):
        """Most probable value."""
        raise NotImplementedError(f"{self.__class__} does not implement mode")

    @property
    def variance(self):
        """Variance."""
        raise NotImplementedError

    @property
    def stddev(self):
        """Square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape=torch.Size()):
        """Samples of shape sample_shape + batch_shape + event_shape, without gradients."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape=torch.Size()):
        """Samples that gradients flow through to the parameters."""
        raise NotImplementedError

    def sample_n(self, n):
        """sample((n,)); deprecated."""
        warnings.warn("sample_n will be deprecated. Use .sample((n,)) instead", UserWarning, stacklevel=2)
        return self.sample(torch.Size((n,)))

    def log_prob(self, value):
        """Logarithm of the density or probability of each value."""
        raise NotImplementedError

    def cdf(self, value):
        """Probability of samples up to value."""
        raise NotImplementedError

    def icdf(self, value):
        """Inverse of cdf."""
        raise NotImplementedError

    def enumerate_support(self, expand=True):
        """All values of a discrete distribution along a new first dimension."""
        raise NotImplementedError

    def entropy(self):
        """Entropy of each member of the batch, in nats."""
        raise NotImplementedError

    def perplexity(self):
        """exp of the entropy."""
        return torch.exp(self.entropy())

    def _extended_shape(self, sample_shape=torch.Size()):
        return torch.Size(sample_shape) + self._batch_shape + self._event_shape

    def _validate_sample(self, value):
        if not isinstance(value, torch.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        first = value.dim() - len(self._event_shape)
        if value.size()[first:] != self._event_shape:
            raise ValueError(f"The right-most size of value must match event_shape: {value.size()} vs "
                             f"{self._event_shape}.")
        expected = self._batch_shape + self._event_shape
        for i, j in zip(reversed(value.size()), reversed(expected)):
            if i != 1 and j != 1 and i != j:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {value.size()} vs "
                                 f"{expected}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `support` to enable sample validation. Please initialize the "
                "distribution with "
                "`validate_args=False` to turn off validation.",
                stacklevel=3,
            )
            return
        if not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the "
                f"support ({support!r}) of the distribution {self!r}, "
                f"but found invalid values:\n{value}"
            )

    def _check(self, value):
        if self._validate_args:
            self._validate_sample(value)

    def __repr__(self):
        shown = ((n, self.__dict__[n]) for n in self.arg_constraints if n in self.__dict__)
        return f"{self.__class__.__name__}({', '.join(f'{n}: {v if v.numel() == 1 else v.size()}' for n, v in shown)})"


Distribution.__module__ = "torch.distributions.distribution"
