"""torch.cuda.streams: the classes of streams and events."""
from mindtorch._devices.streams import Event, ExternalStream, Stream  # noqa: F401
