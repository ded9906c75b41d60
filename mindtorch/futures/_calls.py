"""Calls with a Future as their result: they run at once."""
from . import Future


def fork(func, *args, **kwargs):
    """A Future with the result of a call: it runs at once."""
    future = Future()
    try:
        future.set_result(func(*args, **kwargs))
    except Exception as error:
        future.set_exception(error)
    return future


def wait(future):
    """A Future's value."""
    return future.wait()
