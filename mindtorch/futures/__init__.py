"""torch.futures: values that come later, with what to do then."""
import threading


class Future:
    """A value or an error that somebody sets once; callbacks run in the thread that sets it."""

    __module__ = "torch.futures"

    def __init__(self, *, devices=None):
        self._lock, self._event, self._callbacks, self._value, self._error = threading.Lock(
            ), threading.Event(), [], None, None

    def __class_getitem__(cls, item):
        return cls

    def done(self):
        """Whether the value or an error is there."""
        return self._event.is_set()

    def wait(self):
        """The value, waited for; the error is raised."""
        self._event.wait()
        if self._error is not None:
            raise self._error
        return self._value

    def value(self):
        """The value; RuntimeError when it is not there yet."""
        if not self.done():
            raise RuntimeError("value() of a Future that is not complete: call wait() first")
        return self.wait()

    def _finish(self, value, error):
        with self._lock:
            if self.done():
                raise RuntimeError("Future can only be marked completed once, but it was already marked completed")
            self._value, self._error = value, error
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def set_result(self, result):
        """Set the value; RuntimeError the second time."""
        self._finish(result, None)

    def set_exception(self, result):
        """Set an error that wait() raises."""
        if not isinstance(result, Exception):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._finish(None, result)

    def add_done_callback(self, callback):
        """Call callback(self) when done, at once if it is."""
        with self._lock:
            if not self.done():
                self._callbacks.append(callback)
                return
        callback(self)

    def then(self, callback):
        """A Future of callback(self)'s result."""
        made = Future()

        def run(future):
            try:
                made.set_result(callback(future))
            except Exception as error:
                made.set_exception(error)

        self.add_done_callback(run)
        return made


def collect_all(futures):
    """A Future of the list of futures, done when all are; its wait() raises the first error."""
    futures, made = list(futures), Future()
    left, lock = [len(futures)], threading.Lock()

    def one(_):
        with lock:
            left[0] -= 1
            last = left[0] == 0
        if last:
            error = next((f._error for f in futures if f._error is not None), None)
            made._finish(futures, error)

    if not futures:
        made.set_result([])
    for f in futures:
        f.add_done_callback(one)
    return made


def wait_all(futures):
    """Values of all futures; the first error is raised."""
    return [f.wait() for f in collect_all(futures).wait()]
