"""torch.xpu: Intel GPUs: none here."""
from mindtorch import _accelerators

globals().update(_accelerators.namespace("xpu"))
