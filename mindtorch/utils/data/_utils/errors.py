"""Exceptions that cross a process boundary."""
from mindtorch._utils import ExceptionWrapper, KeyErrorMessage

__all__ = ["ExceptionWrapper", "KeyErrorMessage"]
