"""Iterable pipes."""
from .combinatorics import ShufflerIterDataPipe as Shuffler  # noqa: F401
