"""torch.quantization: the old place of torch.ao.quantization."""
from mindtorch.ao.quantization import *  # noqa: F401,F403
