"""Distances between rows."""
import mindtorch.nn.functional as F  # noqa: F401  (in the declarations)

from ._declare import layers
from .module import Module  # noqa: F401

layer = layers(globals())
PairwiseDistance = layer("PairwiseDistance", "p: float = 2.0, eps: float = 1e-6, keepdim: bool = False",
                         "F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)",
                         inputs="x1, x2", check="self.norm = p", drop=("p",), constants=("norm", "eps", "keepdim"))
CosineSimilarity = layer("CosineSimilarity", "dim: int = 1, eps: float = 1e-8",
                         "F.cosine_similarity(x1, x2, self.dim, self.eps)", inputs="x1, x2")
