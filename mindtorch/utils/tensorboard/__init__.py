"""torch.utils.tensorboard: SummaryWriter over the writer that the tensorboard package ships."""
from .writer import FileWriter, SummaryWriter  # noqa: F401
