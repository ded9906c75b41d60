"""torch.distributions: parametrised distributions, their constraints and transforms."""
from . import constraints  # noqa: F401
