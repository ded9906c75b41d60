"""torch.utils.tensorboard: SummaryWriter over the writer and the protocol that the package tensorboard ships."""
from .summary import tensor_proto as _tensor_proto  # noqa: F401  (says what is missing before anything else)
from .writer import FileWriter, SummaryWriter  # noqa: F401

from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: E402,F401
