"""Exceptions that cross a process boundary."""
import sys
import traceback


class KeyErrorMessage(str):
    """A message that KeyError shows as it is, without quotes."""

    def __repr__(self):
        return str(self)


class ExceptionWrapper:
    """The type and the traceback of an exception; reraise() raises its like."""

    def __init__(self, exc_info=None, where="in background"):
        kind, value, trace = exc_info or sys.exc_info()
        self.exc_type, self.exc_msg, self.where = kind, "".join(traceback.format_exception(kind, value, trace)), where

    def reraise(self):
        message = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            message = KeyErrorMessage(message)
        elif getattr(self.exc_type, "message", None):
            raise self.exc_type(message=message)
        try:
            exception = self.exc_type(message)
        except Exception:
            raise RuntimeError(message) from None
        raise exception
