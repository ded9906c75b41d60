"""Channels to space and back."""
import mindtorch.nn.functional as F  # noqa: F401  (in the declarations)

from ._declare import layers
from .module import Module  # noqa: F401

layer = layers(globals())
PixelShuffle = layer("PixelShuffle", "upscale_factor: int", "F.pixel_shuffle(input, self.upscale_factor)",
                     shows="upscale_factor={upscale_factor}")
PixelUnshuffle = layer("PixelUnshuffle", "downscale_factor: int", "F.pixel_unshuffle(input, self.downscale_factor)",
                       shows="downscale_factor={downscale_factor}")
