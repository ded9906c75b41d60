"""Half-Cauchy distribution."""
import math

import mindtorch as torch

from ._folded import Folded
from .cauchy import Cauchy

__all__ = ["HalfCauchy"]


class HalfCauchy(Folded):
    """Absolute values of Cauchy numbers of median 0."""

    _base = Cauchy
    mean = property(lambda self: torch.full(self._extended_shape(), math.inf, dtype=self.scale.dtype,
                                            device=self.scale.device))
    variance = property(lambda self: self.base_dist.variance)
