"""What an asynchronous operation gives back."""
from mindtorch.futures import Future

from .store import seconds_of

_EVER = 1e8


class Work:
    """An operation on its way. `after` is done once, by whoever learns first that the operation has ended: copies to
    where the results belong, divisions of averages."""

    __module__ = "torch.distributed"

    def __init__(self, job=None, after=None, result=(), timeout=None):
        self._job, self._after, self._result, self._timeout = job, after, result, timeout
        self._error, self._future = None, None

    def wait(self, timeout=None):
        """True when it has ended; RuntimeError when it failed, or has not ended when the time is over."""
        seconds = seconds_of(timeout) if timeout is not None else _EVER
        if not self._attempt(seconds):
            raise RuntimeError(f"Timed out waiting {int(seconds * 1000)}ms for an operation of the process group to "
                               "complete")
        if self._error is not None:
            raise self._error
        return True

    def _attempt(self, seconds):
        if self._job is not None:
            try:
                if not self._job.wait(seconds):
                    return False
            except RuntimeError as error:
                self._error = error
            self._job = None
        if self._after is not None and self._error is None:
            after, self._after = self._after, None
            after()
        if self._future is not None and not self._future._event.is_set():
            self._settle()
        return True

    def _settle(self):
        if self._error is not None:
            self._future.set_exception(self._error)
        else:
            self._future.set_result(list(self._result))

    def is_completed(self):
        """Whether it has ended."""
        return self._attempt(0)

    def is_success(self):
        """Whether it has ended well."""
        return self._attempt(0) and self._error is None

    def exception(self):
        """What went wrong, or None."""
        self._attempt(0)
        return self._error

    def synchronize(self):
        """Wait."""
        self.wait()

    def result(self):
        """The tensors that were written."""
        self.wait()
        return list(self._result)

    def source_rank(self):
        """The rank that a message came from."""
        return self._source

    _source = -1

    def get_future(self):
        """A future of the tensors that were written. What is to be done then() is done by whoever waits."""
        if self._future is None:
            self._future = _WorkFuture(self)
            if self._job is None and self._after is None:
                self._settle()
        return self._future


class _WorkFuture(Future):
    """A future that ends with an operation; asking it asks the operation."""

    def __init__(self, work):
        super().__init__()
        self._work, self._asking = work, False

    def done(self):
        """Whether it has ended."""
        if not self._event.is_set() and not self._asking:
            self._asking = True
            try:
                self._work.is_completed()
            finally:
                self._asking = False
        return self._event.is_set()

    def _finish(self, value, error):
        self._asking = True
        super()._finish(value, error)

    def wait(self):
        """The result."""
        self._work._attempt(_EVER)
        return super().wait()

    def add_done_callback(self, callback):
        """Call back when it has ended, in the thread that learns of it."""
        if not self.done():
            self._asking = True
            try:
                super().add_done_callback(callback)
            finally:
                self._asking = False
        else:
            callback(self)

    def then(self, callback):
        """A future of what the callback makes of this one."""
        return _Chained(self, super().then(callback))


class _Chained:
    """A future after another: waiting for it waits for that."""

    def __init__(self, before, own):
        self._before, self._own = before, own

    def done(self):
        """Whether it has ended."""
        return self._before.done() and self._own.done()

    def wait(self):
        """The result."""
        try:
            self._before.wait()
        except Exception:  # noqa: BLE001, S110  (the callback sees it, and its own result says what comes of it)
            pass
        return self._own.wait()

    def value(self):
        """The result of an ended one."""
        self.done()
        return self._own.value()

    def then(self, callback):
        """A future of what the callback makes of this one."""
        return _Chained(self, self._own.then(callback))

    def add_done_callback(self, callback):
        """Call back when it has ended."""
        self._own.add_done_callback(callback)
