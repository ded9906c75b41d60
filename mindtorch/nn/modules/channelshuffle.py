"""Channels of several groups interleaved."""
import mindtorch.nn.functional as F  # noqa: F401  (in the declarations)

from ._declare import layers
from .module import Module  # noqa: F401

layer = layers(globals())
ChannelShuffle = layer("ChannelShuffle", "groups: int", "F.channel_shuffle(input, self.groups)",
                       shows="groups={groups}")
