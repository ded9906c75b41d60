"""Distributions whose density is exp(<natural parameters, statistics> - log normaliser + carrier)."""
import mindtorch as torch

from .distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Base of exponential families: the entropy follows from the log normaliser's gradient."""

    @property
    def _natural_params(self):
        raise NotImplementedError

    def _log_normalizer(self, *natural_params):
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self):
        raise NotImplementedError

    def entropy(self):
        """Entropy from the Bregman divergence of the log normaliser."""
        natural = [p.detach().requires_grad_() for p in self._natural_params]
        normaliser = self._log_normalizer(*natural)
        gradients = torch.autograd.grad(normaliser.sum(), natural, create_graph=True)
        result = normaliser - self._mean_carrier_measure
        for p, g in zip(natural, gradients):
            result = result - (p * g).reshape(self._batch_shape + (-1,)).sum(-1)
        return result
