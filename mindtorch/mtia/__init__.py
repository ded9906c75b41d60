"""torch.mtia: MTIA devices: none here."""
from mindtorch import _accelerators

globals().update(_accelerators.namespace("mtia"))
