"""torch.mtia: MTIA devices: none here."""
from mindtorch._devices import absent as _absent_device

globals().update(_absent_device.NAMES)
