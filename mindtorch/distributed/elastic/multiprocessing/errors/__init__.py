"""Errors of workers, brought to whoever started them."""
import dataclasses
import functools
import json
import os
import signal
import time
import traceback


@dataclasses.dataclass
class ProcessFailure:
    """A worker that ended badly."""

    local_rank: int
    pid: int
    exitcode: int
    error_file: str = "<N/A>"
    rank: int = -1
    message: str = ""
    timestamp: float = dataclasses.field(default_factory=time.time)

    def __post_init__(self):
        if not self.message and os.path.isfile(self.error_file):
            try:
                with open(self.error_file, encoding="utf-8") as file:
                    self.message = json.load(file)["message"]["message"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                self.message = f"the error file cannot be read: {error}"
        if not self.message:
            self.message = (f"Signal {-self.exitcode} ({self.signal_name()}) received by PID {self.pid}"
                            if self.exitcode < 0 else
                            "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html")

    def signal_name(self):
        """SIGKILL and the like, or <N/A>."""
        return signal.Signals(-self.exitcode).name if self.exitcode < 0 else "<N/A>"


class ChildFailedError(Exception):
    """Workers failed: a dict of them by their ranks."""

    def __init__(self, name, failures):
        self.name, self.failures = name, failures
        super().__init__(self.format_msg())

    def get_first_failure(self):
        """(rank, failure) of the first."""
        return min(self.failures.items(), key=lambda item: item[1].timestamp)

    def format_msg(self):
        """The failures as text, the first of them last."""
        first = self.get_first_failure()[0]
        lines = [f"{self.name} FAILED"]
        for rank, failure in sorted(self.failures.items(), key=lambda item: item[0] == first):
            lines += ["Root cause (first observed failure):" if rank == first else "Another failure:",
                      f"  time      : {time.strftime('%Y-%m-%d_%H:%M:%S', time.localtime(failure.timestamp))}",
                      f"  rank      : {rank} (local_rank: {failure.local_rank})",
                      f"  exitcode  : {failure.exitcode} (pid: {failure.pid})",
                      f"  error_file: {failure.error_file}", f"  traceback : {failure.message}"]
        return "\n".join(["", "=" * 60, *lines, "=" * 60])


def record(fn, error_handler=None):
    """The function, whose error is left in the launcher's file before it goes on."""
    @functools.wraps(fn)
    def run(*args, **kwargs):
        try:
            return fn(*args, **kwargs)
        except SystemExit:
            raise
        except ChildFailedError:
            raise
        except Exception as error:
            path = os.environ.get("TORCHELASTIC_ERROR_FILE")
            if path:
                text = {"message": f"{type(error).__name__}: {error}",
                        "extraInfo": {"py_callstack": traceback.format_exc(), "timestamp": str(int(time.time()))}}
                with open(path, "w", encoding="utf-8") as file:
                    json.dump({"message": text}, file)
            raise

    return run
