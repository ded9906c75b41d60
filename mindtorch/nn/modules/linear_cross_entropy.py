"""The name under which the loss is found too."""
from .loss import LinearCrossEntropyLoss  # noqa: F401
