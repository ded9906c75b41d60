"""What a loader's process notices of workers that die."""
import os
import signal
import threading

IS_WINDOWS = False
_workers, _SIGCHLD_handler_set = {}, False


def _set_worker_pids(loader, pids):
    """Watch the workers of a loader, given by a number of its own."""
    _workers[loader] = set(pids)


def _remove_worker_pids(loader):
    _workers.pop(loader, None)


def _error_if_any_worker_fails():
    """RuntimeError when a watched worker has ended with an error."""
    for pids in list(_workers.values()):
        for pid in sorted(pids):
            try:
                ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                continue
            if ended is None or ended.si_code == os.CLD_EXITED and ended.si_status == 0:
                continue
            pids.clear()
            if ended.si_code == os.CLD_EXITED:
                raise RuntimeError(f"DataLoader worker (pid {pid}) exited unexpectedly with exit code "
                                   f"{ended.si_status}. Details are lost due to multiprocessing. Rerunning with "
                                   "num_workers=0 may give better error trace.")
            raise RuntimeError(f"DataLoader worker (pid {pid}) is killed by signal: "
                               f"{signal.strsignal(ended.si_status)}. ")


def _set_SIGCHLD_handler():
    """Look after the workers whenever a child ends; only the main thread can set it."""
    global _SIGCHLD_handler_set
    if _SIGCHLD_handler_set or threading.current_thread() is not threading.main_thread():
        return
    before = signal.getsignal(signal.SIGCHLD)
    before = before if callable(before) else None

    def handler(number, frame):
        _error_if_any_worker_fails()
        if before is not None:
            before(number, frame)

    signal.signal(signal.SIGCHLD, handler)
    _SIGCHLD_handler_set = True


def _set_worker_signal_handlers():
    """In a worker: an end that is asked for is no error."""
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
