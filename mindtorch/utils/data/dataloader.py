"""DataLoader: a dataset in batches, fetched here or in worker processes."""
import itertools
import multiprocessing
import multiprocessing.connection
import os
import queue
import time
import warnings
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import mindtorch as torch

from . import _utils
from ._utils import errors, transfer
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = ["DataLoader", "get_worker_info", "default_collate", "default_convert"]

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_worker_init_fn_t, _collate_fn_t = Callable[[int], None], Callable[[list[_T]], Any]
default_collate, default_convert = _utils.collate.default_collate, _utils.collate.default_convert
get_worker_info = _utils.worker.get_worker_info
_JOIN_S = 5.0


class _DatasetKind:
    """Numbers of the two kinds of datasets."""

    Map, Iterable = 0, 1

    @staticmethod
    def create_fetcher(kind, dataset, auto_collation, collate_fn, drop_last):
        return _fetcher(kind)(dataset, auto_collation, collate_fn, drop_last)


def _fetcher(kind):
    return _utils.fetch.MapFetcher if kind == _DatasetKind.Map else _utils.fetch.IterableFetcher


class _InfiniteConstantSampler(Sampler):
    """Nothing to choose in a stream: None for ever."""

    def __iter__(self):
        return itertools.repeat(None)


class DataLoader(Generic[_T_co]):
    """Iterates over a dataset in batches.

    sampler or batch_sampler choose the order; collate_fn makes a batch of samples; num_workers processes fetch ahead
    prefetch_factor batches each, seeded base_seed + id; in_order=False yields batches as they come. ValueError for
    options that exclude each other.
    """

    _iterator = None
    _fixed = False
    _multiprocessing_context = None

    def __init__(self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0,
                 collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None,
                 multiprocessing_context=None, generator=None, *, prefetch_factor=None, persistent_workers=False,
                 pin_memory_device="", in_order=True):
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError("prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to "
                             "enable multiprocessing, otherwise set prefetch_factor to None.")
        if num_workers > 0 and prefetch_factor is None:
            prefetch_factor = 2
        elif prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        self.dataset, self.num_workers, self.prefetch_factor, self.pin_memory, self.pin_memory_device = (
            dataset, num_workers, prefetch_factor, pin_memory, pin_memory_device)
        self.timeout, self.worker_init_fn, self.in_order = timeout, worker_init_fn, in_order
        self.multiprocessing_context = multiprocessing_context
        if isinstance(dataset, IterableDataset):
            self._dataset_kind = _DatasetKind.Iterable
            if shuffle not in {False, None}:
                raise ValueError("DataLoader with IterableDataset: expected unspecified shuffle option, but got "
                                 f"shuffle={shuffle}")
            if sampler is not None:
                raise ValueError("DataLoader with IterableDataset: expected unspecified sampler option, but got "
                                 f"sampler={sampler}")
            if batch_sampler is not None:
                raise ValueError("DataLoader with IterableDataset: expected unspecified batch_sampler option, but got "
                                 f"batch_sampler={batch_sampler}")
        else:
            self._dataset_kind = _DatasetKind.Map
            shuffle = bool(shuffle)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and "
                                 "drop_last")
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None:
            if self._dataset_kind == _DatasetKind.Iterable:
                sampler = _InfiniteConstantSampler()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size, self.drop_last, self.sampler, self.batch_sampler, self.generator = (
            batch_size, drop_last, sampler, batch_sampler, generator)
        self.collate_fn = (collate_fn if collate_fn is not None else default_collate if self._auto_collation
                           else default_convert)
        self.persistent_workers = persistent_workers
        self._fixed = True
        self._IterableDataset_len_called = None
        self._iterator = None
        self.check_worker_number_rationality()

    @property
    def multiprocessing_context(self):
        return self._multiprocessing_context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context):
        if context is not None:
            if self.num_workers == 0:
                raise ValueError("multiprocessing_context can only be used with multi-process loading (num_workers > "
                                 f"0), but got num_workers={self.num_workers}")
            if isinstance(context, str):
                valid = multiprocessing.get_all_start_methods()
                if context not in valid:
                    raise ValueError("multiprocessing_context option should specify a valid start method in "
                                     f"{valid!r}, but got multiprocessing_context={context!r}")
                context = multiprocessing.get_context(context)
            if not isinstance(context, multiprocessing.context.BaseContext):
                raise TypeError("multiprocessing_context option should be a valid context object or a string "
                                f"specifying the start method, but got multiprocessing_context={context}")
        self._multiprocessing_context = context

    def __setattr__(self, name, value):
        if self._fixed and name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset",
                                    "persistent_workers"):
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def _auto_collation(self):
        return self.batch_sampler is not None

    @property
    def _index_sampler(self):
        return self.batch_sampler if self._auto_collation else self.sampler

    def _get_iterator(self):
        return _SingleProcessDataLoaderIter(self) if self.num_workers == 0 else _MultiProcessingDataLoaderIter(self)

    def __iter__(self):
        if not (self.persistent_workers and self.num_workers > 0):
            return self._get_iterator()
        if self._iterator is None or self._iterator._stopped:
            self._iterator = self._get_iterator()
        else:
            self._iterator._reset(self)
        return self._iterator

    def __len__(self):
        if self._dataset_kind != _DatasetKind.Iterable:
            return len(self._index_sampler)
        length = self._IterableDataset_len_called = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)

    def check_worker_number_rationality(self):
        """Warn when there are more workers than processors."""
        if not self.num_workers:
            return
        usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        if usable is not None and self.num_workers > usable:
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max number "
                f"of worker in current system is {usable}, which is smaller than "
                "what this DataLoader is going to create. Please be aware that excessive worker creation might get "
                "DataLoader running slow or even freeze, lower the worker "
                "number to avoid potential slowness/freeze if necessary.",
                stacklevel=3,
            )


class _BaseDataLoaderIter:
    """One pass over a DataLoader."""

    def __init__(self, loader):
        self._dataset, self._dataset_kind, self._len_called = (loader.dataset, loader._dataset_kind,
                                                               loader._IterableDataset_len_called)
        self._auto_collation, self._drop_last, self._index_sampler = (loader._auto_collation, loader.drop_last,
                                                                      loader._index_sampler)
        self._num_workers, self._collate_fn, self._timeout = loader.num_workers, loader.collate_fn, loader.timeout
        self._persistent_workers = loader.persistent_workers
        self._pin = loader.pin_memory and torch.accelerator.is_available()
        if loader.pin_memory and not self._pin:
            warnings.warn("'pin_memory' argument is set as true but no accelerator is found, then device pinned memory "
                          "won't be used.", stacklevel=4)
        self._sampler_iter = iter(self._index_sampler)
        self._base_seed = torch.empty((), dtype=torch.int64).random_(generator=loader.generator).item()
        self._num_yielded = 0

    def __iter__(self):
        return self

    def _reset(self, loader):
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._len_called = loader._IterableDataset_len_called

    def __next__(self):
        data = self._next_data()
        if self._pin:
            data = _utils.pin_memory.pin_memory(data)
        self._num_yielded += 1
        if (
            self._dataset_kind == _DatasetKind.Iterable
            and self._len_called is not None
            and self._num_yielded > self._len_called
        ):
            warnings.warn(
                f"Length of IterableDataset {self._dataset} was reported to be {self._len_called} (when accessing "
                f"len(dataloader)), but {self._num_yielded} samples have been "
                "fetched. ",
                stacklevel=2,
            )
        return data

    def __len__(self):
        return len(self._index_sampler)

    def __getstate__(self):
        raise NotImplementedError("{} cannot be pickled", type(self).__name__)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Fetches in this process."""

    def __init__(self, loader):
        super().__init__(loader)
        if self._timeout != 0 or self._num_workers != 0:
            raise AssertionError("timeout needs workers")
        self._fetch = _fetcher(self._dataset_kind)(self._dataset, self._auto_collation, self._collate_fn,
                                                   self._drop_last)

    def _next_data(self):
        return self._fetch.fetch(next(self._sampler_iter))


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """Hands index lists to workers round robin and takes their batches in order."""

    def __init__(self, loader):
        super().__init__(loader)
        self._prefetch_factor, self._in_order = loader.prefetch_factor, loader.in_order
        context = loader.multiprocessing_context or multiprocessing.get_context()
        self._workers, self._index_queues, self._stopped = [], [], False
        self._results = context.Queue()
        self._done = context.Event()
        for i in range(self._num_workers):
            indices = context.Queue()
            indices.cancel_join_thread()
            process = context.Process(target=_utils.worker.worker_loop, daemon=True, args=(
                _fetcher(self._dataset_kind), self._dataset, indices, self._results, self._done, self._auto_collation,
                self._collate_fn, self._drop_last, self._base_seed,
                loader.worker_init_fn, i, self._num_workers, self._persistent_workers))
            process.start()
            self._index_queues.append(indices)
            self._workers.append(process)
        self._owner = os.getpid()
        self._start(loader)

    def _start(self, loader):
        self._sent = self._taken = 0
        self._where, self._arrived = {}, {}  # batch number -> worker; -> batch
        self._outstanding = [0] * self._num_workers
        self._active = [True] * self._num_workers
        self._next_worker = itertools.cycle(range(self._num_workers))
        for _ in range(self._prefetch_factor * self._num_workers):
            self._send()

    def _reset(self, loader):
        super()._reset(loader)
        for indices in self._index_queues:
            indices.put(_utils.worker.Resume())
        waiting = self._num_workers
        while waiting:
            number, data = self._receive()
            transfer.loads(data)  # also frees the memory of batches of an epoch that was left early
            waiting -= isinstance(number, _utils.worker.Resume)
        self._start(loader)

    def _send(self):
        try:
            index = next(self._sampler_iter)
        except StopIteration:
            return
        for _ in range(self._num_workers):
            worker = next(self._next_worker)
            if self._active[worker] and (self._in_order or self._outstanding[worker] < self._prefetch_factor or not any(
                    a and o < self._prefetch_factor for a, o in zip(self._active, self._outstanding))):
                break
        else:
            return
        self._index_queues[worker].put((self._sent, index))
        self._where[self._sent] = worker
        self._outstanding[worker] += 1
        self._sent += 1

    def _receive(self):
        """The next (number, bytes); RuntimeError when time is out or a worker has died."""
        deadline = time.monotonic() + self._timeout if self._timeout > 0 else None
        while True:
            try:
                return self._results.get(timeout=0 if self._results._reader.poll(0) else 0.001)
            except queue.Empty:
                pass
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds")
            alive = [w.sentinel for w, a in zip(self._workers, self._active) if a or self._persistent_workers]
            wait = _utils.MP_STATUS_CHECK_INTERVAL if left is None else min(left, _utils.MP_STATUS_CHECK_INTERVAL)
            ready = multiprocessing.connection.wait([self._results._reader, *alive], timeout=wait)
            if self._results._reader in ready or self._results._reader.poll(0.05 if ready else 0):
                continue
            dead = [w for w, a in zip(self._workers, self._active) if a and not w.is_alive()]
            if dead:
                for w in dead:
                    self._active[self._workers.index(w)] = False
                pids = ", ".join(str(w.pid) for w in dead)
                raise RuntimeError(
                    f"DataLoader worker (pid(s) {pids}) exited unexpectedly with exit code(s) "
                    f"{', '.join(str(w.exitcode) for w in dead)}. Details are lost due to "
                    "multiprocessing. Rerunning with num_workers=0 may give better error trace."
                )

    def _next_data(self):
        if self._stopped:
            raise StopIteration
        try:
            return self._next_batch()
        except StopIteration:
            if not self._persistent_workers:
                self._shutdown_workers()
            raise
        except (KeyboardInterrupt, RuntimeError):
            # after an interrupt a queue may be in the middle of a message
            if any(not w.is_alive() for w in self._workers):
                self._shutdown_workers()
            raise

    def _next_batch(self):
        while True:
            if self._in_order:
                while self._taken < self._sent and self._taken not in self._where:
                    self._taken += 1  # the worker had come to its end
                if self._taken >= self._sent:
                    raise StopIteration
                if self._taken in self._arrived:
                    self._where.pop(self._taken)
                    value = self._arrived.pop(self._taken)
                    self._taken += 1
                    return self._deliver(value)
            elif not self._where:
                raise StopIteration
            number, data = self._receive()
            value = transfer.loads(data)
            if isinstance(number, _utils.worker.Resume):
                continue
            self._outstanding[self._where[number]] -= 1
            if isinstance(value, _utils.worker.End):
                self._retire(value.worker_id, number)
                continue
            if self._in_order:
                self._arrived[number] = value
            else:
                self._where.pop(number)
                return self._deliver(value)

    def _retire(self, worker, number):
        """A stream has ended: what was asked of that worker and not answered will not come."""
        self._active[worker] = False
        if not self._persistent_workers:
            self._index_queues[worker].put(None)
        for n in [n for n, w in self._where.items() if w == worker and n >= number and n not in self._arrived]:
            del self._where[n]
        self._send()

    def _deliver(self, value):
        self._send()
        if isinstance(value, errors.ExceptionWrapper):
            value.reraise()
        return value

    def _shutdown_workers(self):
        if self._stopped or os.getpid() != self._owner:
            return
        self._stopped = True
        self._done.set()
        for indices in self._index_queues:
            indices.put(None)
        deadline = time.monotonic() + _JOIN_S
        while any(w.is_alive() for w in self._workers) and time.monotonic() < deadline:
            # a worker may wait for room in the pipe; bytes and not messages, since an interrupt may have come in the
            # middle of one
            if self._results._reader.poll(0.02):
                os.read(self._results._reader.fileno(), 1 << 16)
        for w in self._workers:
            if w.is_alive():
                w.terminate()
            w.join()
            transfer.remove_left(w.pid)
        for q in (*self._index_queues, self._results):
            q.cancel_join_thread()
            q.close()

    def __del__(self):
        if getattr(self, "_owner", None) is not None:
            self._shutdown_workers()
