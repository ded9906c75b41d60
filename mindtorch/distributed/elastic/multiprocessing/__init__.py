"""What workers and their launcher tell each other."""
from .errors import ChildFailedError, ProcessFailure, record  # noqa: F401
