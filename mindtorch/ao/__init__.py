"""torch.ao: quantisation, as far as it is there."""
from . import quantization  # noqa: F401
