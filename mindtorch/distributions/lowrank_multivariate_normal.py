"""Multivariate normal distribution with a covariance of low rank plus a diagonal."""
import math

import mindtorch as torch

from . import constraints
from .distribution import Distribution
from .multivariate_normal import batch_mahalanobis, half_log_det
from .utils import lazy_property

__all__ = ["LowRankMultivariateNormal"]


def capacitance_factor(w, d):
    """Cholesky factor of I + W^T D^-1 W."""
    k = w.mT @ (w / d.unsqueeze(-1))
    return torch.linalg.cholesky(k + torch.eye(k.shape[-1], dtype=k.dtype, device=k.device))


def log_det(d, capacitance):
    """Log determinant of W W^T + D."""
    return 2 * half_log_det(capacitance) + d.log().sum(-1)


def mahalanobis(w, d, x, capacitance):
    """x^T (W W^T + D)^-1 x, by the matrix inversion lemma."""
    scaled = x / d
    return (x * scaled).sum(-1) - batch_mahalanobis(capacitance, (w.mT @ scaled.unsqueeze(-1)).squeeze(-1))


class LowRankMultivariateNormal(Distribution):
    """Normal vectors of mean `loc` and covariance cov_factor cov_factor^T + diag(cov_diag)."""

    arg_constraints = {"loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
                       "cov_diag": constraints.independent(constraints.positive, 1)}
    support = constraints.real_vector
    has_rsample = True
    _state = ("loc", "cov_factor", "cov_diag")

    def __init__(self, loc, cov_factor, cov_diag, validate_args=None):
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m")
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        try:
            batch_shape = torch.broadcast_shapes(loc.shape[:-1], cov_diag.shape[:-1], cov_factor.shape[:-2])
        except RuntimeError as e:
            raise ValueError(f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag "
                             f"{cov_diag.shape}") from e
        self.loc, self.cov_diag = loc.expand(batch_shape + event_shape), cov_diag.expand(batch_shape + event_shape)
        self.cov_factor = cov_factor.expand(batch_shape + cov_factor.shape[-2:])
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        self._capacitance_tril = capacitance_factor(cov_factor, cov_diag)
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        """The same distribution over a larger batch."""
        new = super().expand(batch_shape, _instance)
        for name in ("_unbroadcasted_cov_factor", "_unbroadcasted_cov_diag", "_capacitance_tril"):
            setattr(new, name, self.__dict__[name])
        return new

    mean = mode = property(lambda self: self.loc)

    @lazy_property
    def variance(self):
        """Diagonal of the covariance."""
        return (self._unbroadcasted_cov_factor.pow(2).sum(-1)
                + self._unbroadcasted_cov_diag).expand(self._batch_shape + self._event_shape)

    def _square(self, matrix):
        return matrix.expand(self._batch_shape + self._event_shape * 2)

    @lazy_property
    def scale_tril(self):
        """Lower Cholesky factor of the covariance."""
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        k = scaled @ scaled.mT
        return self._square(root * torch.linalg.cholesky(k + torch.eye(k.shape[-1], dtype=k.dtype, device=k.device)))

    @lazy_property
    def covariance_matrix(self):
        """Covariance."""
        w = self._unbroadcasted_cov_factor
        return self._square(w @ w.mT + torch.diag_embed(self._unbroadcasted_cov_diag))

    @lazy_property
    def precision_matrix(self):
        """Inverse of the covariance."""
        d = self._unbroadcasted_cov_diag
        a = torch.linalg.solve_triangular(self._capacitance_tril, self._unbroadcasted_cov_factor.mT / d.unsqueeze(-2),
                                          upper=False)
        return self._square(torch.diag_embed(d.reciprocal()) - a.mT @ a)

    def rsample(self, sample_shape=torch.Size()):
        """loc + W eps + sqrt(D) eps'."""
        shape = self._extended_shape(sample_shape)
        like = {"dtype": self.loc.dtype, "device": self.loc.device}
        factors = torch.empty(shape[:-1] + self.cov_factor.shape[-1:], **like).normal_()
        own = torch.empty(shape, **like).normal_()
        return self.loc + (self._unbroadcasted_cov_factor
                           @ factors.unsqueeze(-1)).squeeze(-1) + self._unbroadcasted_cov_diag.sqrt() * own

    def _log_det(self):
        return log_det(self._unbroadcasted_cov_diag, self._capacitance_tril)

    def log_prob(self, value):
        """Log density."""
        self._check(value)
        distance = mahalanobis(self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag, value - self.loc,
                               self._capacitance_tril)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + distance)

    def entropy(self):
        """Entropy."""
        entropy = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._log_det())
        return entropy if len(self._batch_shape) == 0 else entropy.expand(self._batch_shape)
