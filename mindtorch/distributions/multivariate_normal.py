"""Multivariate normal distribution."""
import math

import mindtorch as torch

from . import constraints
from .distribution import Distribution
from .utils import lazy_property

__all__ = ["MultivariateNormal"]


def batch_mahalanobis(factor, x):
    """x^T (L L^T)^-1 x for lower triangular factors L; batches broadcast."""
    solved = torch.linalg.solve_triangular(factor, x.unsqueeze(-1), upper=False)
    return solved.squeeze(-1).pow(2).sum(-1)


def precision_to_scale_tril(precision):
    """Lower Cholesky factor of the inverse: L^-T with rows and columns turned."""
    turned = torch.linalg.cholesky(torch.flip(precision, (-2, -1)))
    upper = torch.flip(turned, (-2, -1)).mT
    return torch.linalg.solve_triangular(upper,
                                         torch.eye(precision.shape[-1], dtype=precision.dtype, device=precision.device),
                                         upper=False)


def half_log_det(factor):
    """Half the log determinant of L L^T."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


class ByMatrix:
    """covariance_matrix, precision_matrix and scale_tril, made from the Cholesky factor when first read."""

    @lazy_property
    def scale_tril(self):
        """Lower Cholesky factor of the covariance."""
        return self._unbroadcasted_scale_tril.expand(self._batch_shape + self._event_shape[-1:] * 2)

    @lazy_property
    def covariance_matrix(self):
        """Covariance."""
        factor = self._unbroadcasted_scale_tril
        return (factor @ factor.mT).expand(self._batch_shape + self._event_shape[-1:] * 2)

    @lazy_property
    def precision_matrix(self):
        """Inverse of the covariance."""
        return torch.cholesky_inverse(self._unbroadcasted_scale_tril).expand(
            self._batch_shape + self._event_shape[-1:] * 2)


def one_matrix(**given):
    """(name, matrix) of the only one given. ValueError for none or several."""
    named = [(n, v) for n, v in given.items() if v is not None]
    if len(named) != 1:
        raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
    return named[0]


class MultivariateNormal(ByMatrix, Distribution):
    """Normal vectors of mean `loc`, by covariance, precision or lower Cholesky factor."""

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True
    _state = ("loc", "scale_tril", "covariance_matrix", "precision_matrix")

    def __init__(self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None):
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        name, matrix = one_matrix(covariance_matrix=covariance_matrix, precision_matrix=precision_matrix,
                                  scale_tril=scale_tril)
        if matrix.dim() < 2:
            label = "scale_tril matrix" if name == "scale_tril" else name
            raise ValueError(f"{label} must be at least two-dimensional, with optional leading batch dimensions")
        batch_shape = torch.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand(batch_shape + (-1, -1)))
        self.loc = loc.expand(batch_shape + (-1,))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        self._unbroadcasted_scale_tril = matrix if name == "scale_tril" else torch.linalg.cholesky(
            matrix) if name == "covariance_matrix" else precision_to_scale_tril(matrix)

    def expand(self, batch_shape, _instance=None):
        """The same distribution over a larger batch."""
        new = super().expand(batch_shape, _instance)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril
        return new

    mean = mode = property(lambda self: self.loc)

    @property
    def variance(self):
        """Diagonal of the covariance."""
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape=torch.Size()):
        """loc + L eps."""
        eps = torch.empty(self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device).normal_()
        return self.loc + torch.matmul(self._unbroadcasted_scale_tril, eps.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value):
        """Log density."""
        self._check(value)
        distance = batch_mahalanobis(self._unbroadcasted_scale_tril, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi)
                       + distance) - half_log_det(self._unbroadcasted_scale_tril)

    def entropy(self):
        """Entropy."""
        entropy = (0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi))
                   + half_log_det(self._unbroadcasted_scale_tril))
        return entropy if len(self._batch_shape) == 0 else entropy.expand(self._batch_shape)
