"""What the embedding projector reads: tables of vectors and their labels, a sheet of pictures, its configuration."""
import math
import os

import numpy

from .summary import make_image, make_np


def write_metadata(folder, labels, header):
    """The labels of points, a line each; with a header, a column for each of its names."""
    rows = ["\t".join(str(cell) for cell in (row if header else [row])) for row in ([header] if header else [])
            + list(labels)]
    with open(os.path.join(folder, "metadata.tsv"), "w", encoding="utf8") as file:
        file.write("".join(row.replace("\n", " ") + "\n" for row in rows))


def write_tensors(folder, points):
    """The vectors, a line each."""
    with open(os.path.join(folder, "tensors.tsv"), "w", encoding="utf8") as file:
        file.write("".join("\t".join(str(x) for x in row) + "\n" for row in points.tolist()))


def write_sprite(folder, pictures):
    """All pictures (N, C, H, W) on a square sheet. AssertionError unless they are square."""
    array = make_np(pictures)
    n, channels, height, width = array.shape
    if height != width:
        raise AssertionError("Image should be square, see tensorflow/tensorboard#670")
    across = math.ceil(math.sqrt(n))
    sheet = numpy.zeros((across * across, channels, height, width), numpy.float32)
    sheet[:n] = array if array.dtype != numpy.uint8 else array.astype(numpy.float32) / 255
    sheet = sheet.reshape(across, across, channels, height, width).transpose(0, 3, 1, 4, 2)
    sheet = (sheet.reshape(across * height, across * width, channels) * 255).clip(0, 255).astype(numpy.uint8)
    sheet = numpy.repeat(sheet, 3, -1) if channels == 1 else sheet
    with open(os.path.join(folder, "sprite.png"), "wb") as file:
        file.write(make_image(sheet).encoded_image_string)
