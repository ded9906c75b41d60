"""What a worker process does."""
import os
import queue
import random
from dataclasses import dataclass

from . import transfer
from .errors import ExceptionWrapper

PARENT_CHECK_S = 5.0


@dataclass(frozen=True)
class End:
    """A worker's stream is over."""

    worker_id: int


@dataclass(frozen=True)
class Resume:
    """The next epoch of a persistent worker."""


_IterableDatasetStopIteration, _ResumeIteration = End, Resume  # torch's names


class ManagerWatchdog:
    """Tells a worker whether the process that made it still lives."""

    def __init__(self):
        self.manager_pid, self.manager_dead = os.getppid(), False

    def is_alive(self):
        """False from when the parent is another one."""
        self.manager_dead = self.manager_dead or os.getppid() != self.manager_pid
        return not self.manager_dead


class WorkerInfo:
    """id, num_workers, seed and dataset, of the process that asks."""

    def __init__(self, **values):
        self.__dict__.update(values)
        self.__dict__["_fixed"] = True

    def __setattr__(self, key, value):
        raise RuntimeError(f"Cannot assign attributes to {type(self).__name__} objects")

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in self.__dict__.items() if k != '_fixed')})"


_info = None


def get_worker_info():
    """WorkerInfo in a worker, None in the main process."""
    return _info


def _seed(base_seed, worker_id):
    import mindtorch as torch

    seed = base_seed + worker_id
    random.seed(seed)
    torch.manual_seed(seed)
    import numpy as np

    np.random.seed(_generate_state(base_seed, worker_id))
    return seed


def _generate_state(base_seed, worker_id):
    """Four numbers that seed NumPy in a worker."""
    import numpy as np

    return np.random.SeedSequence([worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]).generate_state(4)


def worker_loop(fetcher_class, dataset, indices, results, done, batched, collate, drop_last, base_seed, init, worker_id,
                num_workers, persistent):
    """Fetch what comes through `indices` until None comes; (number, bytes) goes into `results`."""
    import mindtorch as torch

    global _info
    parent = os.getppid()
    try:
        torch.set_num_threads(1)
        _info = WorkerInfo(id=worker_id, num_workers=num_workers, seed=_seed(base_seed, worker_id), dataset=dataset)
        fetcher = failed = None
        try:
            if init is not None:
                init(worker_id)
            fetcher = fetcher_class(dataset, batched, collate, drop_last)
        except Exception:
            failed = ExceptionWrapper(where=f"in DataLoader worker process {worker_id}")
        over = False
        while True:
            try:
                task = indices.get(timeout=PARENT_CHECK_S)
            except queue.Empty:
                if os.getppid() != parent:
                    return
                continue
            if isinstance(task, Resume):
                results.put((task, transfer.dumps(None)))
                over, fetcher = False, fetcher_class(dataset, batched, collate, drop_last)
                continue
            if task is None:
                return
            if done.is_set() or over:
                continue
            number, index = task
            if failed is not None:
                value, failed = failed, None
            else:
                try:
                    value = fetcher.fetch(index)
                except StopIteration as stop:
                    if hasattr(fetcher, "ended"):
                        value, over = End(worker_id), True
                    else:
                        value = ExceptionWrapper((type(stop), stop, stop.__traceback__),
                                                 where=f"in DataLoader worker process {worker_id}")
                except Exception:
                    value = ExceptionWrapper(where=f"in DataLoader worker process {worker_id}")
            try:
                data = transfer.dumps(value)
            except Exception:
                data = transfer.dumps(ExceptionWrapper(where=f"in DataLoader worker process {worker_id}"))
            results.put((number, data))
            del value, data
    except KeyboardInterrupt:
        pass  # the main process raises it
    finally:
        if done.is_set():
            results.cancel_join_thread()
            results.close()
