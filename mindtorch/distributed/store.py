"""Stores: what a key is set to in one process, every other sees. In one process (HashStore), through a file
(FileStore), through a server (tcp_store.py)."""
import contextlib
import datetime
import fcntl
import os
import struct
import threading
import time

from .errors import DistStoreError, QueueEmptyError

_DEFAULT_TIMEOUT = datetime.timedelta(seconds=300)


def to_bytes(value):
    """A value as stores keep it; TypeError for what is not text or bytes."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"a store keeps str or bytes, got {type(value).__name__}")


def seconds_of(timeout):
    """A timedelta, or a number of seconds, as a number."""
    return timeout.total_seconds() if isinstance(timeout, datetime.timedelta) else float(timeout)


def late(keys, seconds):
    """The error of a wait that took too long."""
    return DistStoreError(f"wait timeout after {int(seconds * 1000)}ms, keys: {', '.join('/' + k for k in keys)}")


class Store:
    """A key-value store. Subclasses of Python programs give at least set, get, add and wait."""

    __module__ = "torch.distributed"

    def __init__(self):
        self._timeout = _DEFAULT_TIMEOUT

    @property
    def timeout(self):
        """How long get and wait wait."""
        return self._timeout

    def set_timeout(self, timeout):
        """Set how long get and wait wait."""
        self._timeout = timeout

    def has_extended_api(self):
        """Whether append, multi_get and multi_set are there."""
        return True

    def multi_get(self, keys):
        """The values of several keys."""
        return [self.get(k) for k in keys]

    def multi_set(self, keys, values):
        """Set several keys."""
        for k, v in zip(keys, values, strict=True):
            self.set(k, v)

    def clone(self):
        """A store on the same keys, for another thread."""
        return self


class _Table:
    """The keys and what is done to them; whoever uses it holds a lock."""

    def __init__(self):
        self.values, self.queues = {}, {}

    def add(self, key, amount):
        old = self.values.get(key, b"0")
        try:
            total = int(old) + amount
        except ValueError:
            raise DistStoreError(f"add: the value of {key} is no number") from None
        self.values[key] = str(total).encode()
        return total

    def compare_set(self, key, expected, desired):
        now = self.values.get(key)
        if now is None and not expected or now == expected:
            self.values[key] = desired
            return desired
        return expected if now is None else now

    def pop(self, key):
        queue = self.queues.get(key)
        return queue.pop(0) if queue else None


class HashStore(Store):
    """A store for the threads of one process."""

    __module__ = "torch.distributed"

    def __init__(self):
        super().__init__()
        self._table, self._changed = _Table(), threading.Condition()

    def set(self, key, value):
        """Set a key."""
        with self._changed:
            self._table.values[key] = to_bytes(value)
            self._changed.notify_all()

    def get(self, key):
        """The value of a key, as bytes, when there is one; DistStoreError when time is over."""
        self.wait([key])
        with self._changed:
            return self._table.values[key]

    def add(self, key, amount):
        """Add to a number, which is 0 at first; the sum."""
        with self._changed:
            total = self._table.add(key, amount)
            self._changed.notify_all()
            return total

    def compare_set(self, key, expected_value, desired_value):
        """Set a key if it has a value, or if there is none and none is expected; its value afterwards."""
        with self._changed:
            value = self._table.compare_set(key, to_bytes(expected_value), to_bytes(desired_value))
            self._changed.notify_all()
            return value

    def wait(self, keys, timeout=None):
        """Wait until all keys are set; DistStoreError when time is over."""
        seconds = seconds_of(self._timeout if timeout is None else timeout)
        with self._changed:
            if not self._changed.wait_for(lambda: all(k in self._table.values for k in keys), seconds):
                raise late([k for k in keys if k not in self._table.values], seconds)

    def check(self, keys):
        """Whether all keys are set."""
        with self._changed:
            return all(k in self._table.values for k in keys)

    def delete_key(self, key):
        """Whether the key was there to be removed."""
        with self._changed:
            return self._table.values.pop(key, None) is not None

    def num_keys(self):
        """How many keys are set."""
        with self._changed:
            return len(self._table.values)

    def append(self, key, value):
        """Add bytes to the end of a value."""
        with self._changed:
            self._table.values[key] = self._table.values.get(key, b"") + to_bytes(value)
            self._changed.notify_all()

    def queue_push(self, key, value):
        """Add to the end of a queue."""
        with self._changed:
            self._table.queues.setdefault(key, []).append(to_bytes(value))
            self._changed.notify_all()

    def queue_pop(self, key, block=True):
        """Take from the front of a queue; QueueEmptyError when it is empty, or stays so while one waits."""
        with self._changed:
            if block:
                self._changed.wait_for(lambda: self._table.queues.get(key), seconds_of(self._timeout))
            value = self._table.pop(key)
        if value is None:
            raise QueueEmptyError(f"queue {key} is empty")
        return value

    def queue_len(self, key):
        """How many wait in a queue."""
        with self._changed:
            return len(self._table.queues.get(key, ()))


class FileStore(Store):
    """A store in a file that all processes reach: records that are added to its end. The last of world_size processes
    removes it."""

    __module__ = "torch.distributed"
    _HEAD = struct.Struct("<II")

    def __init__(self, file_name, world_size=-1):
        super().__init__()
        self._path, self._size = os.fspath(file_name), world_size
        self._values, self._at = {}, 0
        self._lock = threading.Lock()
        self._users = self.add("__users", 1)
        self._gone = False

    path = property(lambda self: self._path)

    @contextlib.contextmanager
    def _open(self):
        with self._lock:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                data = os.pread(fd, max(os.fstat(fd).st_size - self._at, 0), self._at)
                place = 0
                while place + 8 <= len(data):
                    n, m = self._HEAD.unpack_from(data, place)
                    key = data[place + 8: place + 8 + n].decode()
                    value = data[place + 8 + n: place + 8 + n + m]
                    place += 8 + n + m
                    if value[:1] == b"-":
                        self._values.pop(key, None)
                    else:
                        self._values[key] = value[1:]
                self._at += place
                yield fd
            finally:
                os.close(fd)

    def _write(self, fd, key, value):
        record = self._HEAD.pack(len(key.encode()), len(value)) + key.encode() + value
        os.pwrite(fd, record, self._at)
        self._at += len(record)
        if value[:1] == b"-":
            self._values.pop(key, None)
        else:
            self._values[key] = value[1:]

    def set(self, key, value):
        """Set a key."""
        with self._open() as fd:
            self._write(fd, key, b"+" + to_bytes(value))

    def get(self, key):
        """The value of a key, as bytes, when there is one; DistStoreError when time is over."""
        self.wait([key])
        return self._values[key]

    def add(self, key, amount):
        """Add to a number, which is 0 at first; the sum."""
        with self._open() as fd:
            total = int(self._values.get(key, b"0")) + amount
            self._write(fd, key, b"+" + str(total).encode())
            return total

    def compare_set(self, key, expected_value, desired_value):
        """Set a key if it has a value, or if there is none and none is expected; its value afterwards."""
        expected, desired = to_bytes(expected_value), to_bytes(desired_value)
        with self._open() as fd:
            now = self._values.get(key)
            if now is None and not expected or now == expected:
                self._write(fd, key, b"+" + desired)
                return desired
            return expected if now is None else now

    def wait(self, keys, timeout=None):
        """Wait until all keys are set; DistStoreError when time is over."""
        seconds = seconds_of(self._timeout if timeout is None else timeout)
        end = time.monotonic() + seconds
        while not self.check(keys):
            if time.monotonic() > end:
                raise late([k for k in keys if k not in self._values], seconds)
            time.sleep(0.01)

    def check(self, keys):
        """Whether all keys are set."""
        with self._open():
            return all(k in self._values for k in keys)

    def delete_key(self, key):
        """Whether the key was there to be removed."""
        with self._open() as fd:
            there = key in self._values
            if there:
                self._write(fd, key, b"-")
            return there

    def num_keys(self):
        """How many keys are set, one of them the store's own."""
        with self._open():
            return len(self._values)

    def append(self, key, value):
        """Add bytes to the end of a value."""
        with self._open() as fd:
            self._write(fd, key, b"+" + self._values.get(key, b"") + to_bytes(value))

    def __del__(self):
        if self.__dict__.get("_gone") is not False or self._size <= 0:
            return
        self._gone = True
        with contextlib.suppress(OSError):
            if self.add("__left", 1) >= self._size:
                os.unlink(self._path)


class PrefixStore(Store):
    """Another store, whose keys have something before them."""

    __module__ = "torch.distributed"

    def __init__(self, prefix, store):
        super().__init__()
        self._prefix, self._store = prefix, store

    underlying_store = property(lambda self: self._store)
    timeout = property(lambda self: self._store.timeout)
    host = property(lambda self: getattr(self._store, "host", None))
    port = property(lambda self: getattr(self._store, "port", None))

    def _name(self, key):
        return f"{self._prefix}/{key}"

    def set_timeout(self, timeout):
        """Set how long get and wait wait."""
        self._store.set_timeout(timeout)

    def set(self, key, value):
        """Set a key."""
        self._store.set(self._name(key), value)

    def get(self, key):
        """The value of a key."""
        return self._store.get(self._name(key))

    def add(self, key, amount):
        """Add to a number."""
        return self._store.add(self._name(key), amount)

    def compare_set(self, key, expected_value, desired_value):
        """Set a key if it has a value."""
        return self._store.compare_set(self._name(key), expected_value, desired_value)

    def wait(self, keys, timeout=None):
        """Wait until all keys are set."""
        names = [self._name(k) for k in keys]
        if timeout is None:
            self._store.wait(names)
        else:
            self._store.wait(names, timeout)

    def check(self, keys):
        """Whether all keys are set."""
        return self._store.check([self._name(k) for k in keys])

    def delete_key(self, key):
        """Whether the key was there to be removed."""
        return self._store.delete_key(self._name(key))

    def num_keys(self):
        """How many keys the store has, of all prefixes."""
        return self._store.num_keys()

    def append(self, key, value):
        """Add bytes to the end of a value."""
        self._store.append(self._name(key), value)

    def queue_push(self, key, value):
        """Add to the end of a queue."""
        self._store.queue_push(self._name(key), value)

    def queue_pop(self, key, block=True):
        """Take from the front of a queue."""
        return self._store.queue_pop(self._name(key), block)

    def queue_len(self, key):
        """How many wait in a queue."""
        return self._store.queue_len(self._name(key))

    def clone(self):
        """A store on the same keys, for another thread."""
        return PrefixStore(self._prefix, self._store.clone())
