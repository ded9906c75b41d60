"""Parts of the DataLoader."""
MP_STATUS_CHECK_INTERVAL = 5.0
HAS_NUMPY, IS_WINDOWS, python_exit_status = True, False, False

from . import collate, fetch, pin_memory, signal_handling, worker  # noqa: E402,F401
from .errors import ExceptionWrapper  # noqa: E402,F401
