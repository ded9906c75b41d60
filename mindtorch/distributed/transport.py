"""Process groups of CPU tensors: the ctypes face of csrc/communication.

Ranks of one machine talk through shared memory, others through sockets; a store tells them of each other. MindSpore's
MCCL has no float64, uint8, bool and complex numbers, no reduce between CPU processes, cannot be set up twice in a
process, and takes 40 times gloo's time for 64 MB, so it carries no CPU tensors; those of an npu go by hccl.py."""
import ctypes
import json
import os
import pathlib
import secrets
import socket
import weakref

from .errors import DistBackendError, DistNetworkError

_KINDS = ("barrier", "all_reduce", "reduce", "reduce_scatter", "broadcast", "all_gather", "gather", "scatter",
          "all_to_all")
KIND = {name: i for i, name in enumerate(_KINDS)}
COMBINE = {"SUM": 0, "PRODUCT": 1, "MIN": 2, "MAX": 3, "BAND": 4, "BOR": 5, "BXOR": 6}
_INVALID, _TIMEOUT, _LOST, _MISMATCH, _SYSTEM = range(1, 6)
_pointer, _u64, _double, _int = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_double, ctypes.c_int


def _load():
    path = pathlib.Path(__file__).parent.parent / "_lib" / "libmindtorch_communication.so"
    lib = ctypes.CDLL(str(path))
    for name in ("error", "segment_name", "message"):
        getattr(lib, f"mtc_{name}").restype = ctypes.c_char_p
    for name in ("error", "close", "segment_free", "free"):
        getattr(lib, f"mtc_{name}").restype = None if name != "error" else ctypes.c_char_p
    at = ctypes.POINTER(_pointer)
    lib.mtc_segment_make.argtypes = [_int, at]
    lib.mtc_segment_find.argtypes = [ctypes.c_char_p, at]
    lib.mtc_open_shared.argtypes = [_pointer, _int, _double, at]
    lib.mtc_open_sockets.argtypes = [_int, _int, ctypes.POINTER(_int), ctypes.POINTER(_int), at]
    lib.mtc_collective.argtypes = [_pointer, _int, _int, _pointer, _int, _pointer, _int, _int, _int, _double, at]
    lib.mtc_send.argtypes = lib.mtc_receive.argtypes = [_pointer, _int, _int, _pointer, _u64, _double, at]
    lib.mtc_wait.argtypes = [_pointer, _double]
    for name in ("segment_name", "segment_free", "close", "why", "message", "source", "free"):
        getattr(lib, f"mtc_{name}").argtypes = [_pointer]
    return lib


_lib = None


def _library():
    global _lib
    if _lib is None:
        _lib = _load()
    return _lib


def _raise(why, text):
    if why in (_LOST, _SYSTEM):
        raise DistNetworkError(text)
    raise DistBackendError(text)


def _check(why):
    if why:
        _raise(why, _library().mtc_error().decode())


def _machine():
    """What two processes must agree in to share memory."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return f"{file.read().strip()} {os.stat('/proc/self/ns/pid').st_ino} {os.getuid()}"


class Job:
    """An operation on its way, and the memory that it needs until it has ended."""

    def __init__(self, handle, keep):
        self._handle, self._keep, self._ended, self._source = handle, keep, False, -1
        self._failure = None

    def wait(self, seconds):
        """Whether it has ended after at most that time; raises what went wrong."""
        if not self._ended and _library().mtc_wait(self._handle, seconds):
            lib = _library()
            why = lib.mtc_why(self._handle)
            if why:
                self._failure = why, lib.mtc_message(self._handle).decode()
            self._source = lib.mtc_source(self._handle)
            self._ended, self._keep = True, None
            lib.mtc_free(self._handle)
        if self._failure:
            _raise(*self._failure)
        return self._ended

    def ended(self):
        """Whether it has ended, well or not."""
        try:
            return self.wait(0)
        except RuntimeError:
            return True

    @property
    def source(self):
        """The rank that a message came from."""
        return self._source


class Transport:
    """The ranks of a group, connected. `store` is of the group alone."""

    def __init__(self, store, rank, size, seconds):
        self.rank, self.size, self.seconds = rank, size, seconds
        self._pending = []
        handle = _pointer()
        lib = _library()
        shared = self._agree(store, seconds)
        if shared:
            segment = _pointer()
            if rank == 0:
                _check(lib.mtc_segment_make(size, segment))
                store.set("memory", lib.mtc_segment_name(segment))
            else:
                _check(lib.mtc_segment_find(store.get("memory"), segment))
            try:
                _check(lib.mtc_open_shared(segment, rank, seconds, handle))
            finally:
                lib.mtc_segment_free(segment)
        else:
            lanes = [_connect(store, rank, size, seconds, lane) for lane in ("collectives", "messages")]
            fds = [(_int * size)(*lane) for lane in lanes]
            _check(lib.mtc_open_sockets(rank, size, *fds, handle))
        self._handle = handle
        self._close = weakref.finalize(self, lib.mtc_close, handle)
        self._close.atexit = False  # a process that ends does not wait for the others

    def _agree(self, store, seconds):
        """Whether all ranks are on one machine, and may share memory."""
        if self.size == 1:
            return True
        # by default whatever works; sockets for tests, and where shared memory is scarce
        way = os.environ.get("MINDTORCH_TRANSPORT", "auto")
        if way not in ("auto", "shared", "sockets"):
            raise ValueError(f"MINDTORCH_TRANSPORT must be auto, shared or sockets, got {way}")
        store.set(f"machine{self.rank}", "-" if way == "sockets" or self.size > 64 else _machine())
        machines = {store.get(f"machine{r}") for r in range(self.size)}
        if way == "shared" and len(machines) > 1:
            raise DistBackendError("MINDTORCH_TRANSPORT=shared, but the ranks are on several machines")
        return len(machines) == 1 and machines != {b"-"}

    def collective(self, name, inputs, outputs, dtype, combine, root, keep, wait, seconds=None):
        """inputs, outputs: [(address, bytes)]. None when it has ended, otherwise a Job."""
        flat_in = (_u64 * max(2 * len(inputs), 1))(*(n for part in inputs for n in part))
        flat_out = (_u64 * max(2 * len(outputs), 1))(*(n for part in outputs for n in part))
        made = None if wait else _pointer()
        _check(_library().mtc_collective(
            self._handle, KIND[name], len(inputs), flat_in, len(outputs), flat_out, dtype, combine, root,
            self.seconds if seconds is None else seconds, made))
        return None if wait else self._job(made, keep)

    def send(self, to, tag, address, size, keep, seconds=None):
        """A Job."""
        made = _pointer()
        _check(_library().mtc_send(self._handle, to, tag, address, size, seconds or self.seconds, made))
        return self._job(made, keep)

    def receive(self, source, tag, address, size, keep, seconds=None):
        """A Job; source -1: whoever sends with the tag."""
        made = _pointer()
        _check(_library().mtc_receive(self._handle, source, tag, address, size, seconds or self.seconds, made))
        return self._job(made, keep)

    def _job(self, handle, keep):
        job = Job(handle, keep)
        # the memory must stay also when the caller drops the job
        self._pending = [j for j in self._pending if not j.ended()] + [job]
        return job

    def close(self):
        """Let go of the other ranks."""
        self._close()


def _connect(store, rank, size, seconds, lane):
    """File descriptors of connected sockets, by rank; -1 for this one. The lower rank listens."""
    found = [-1] * size
    key = secrets.token_hex(16)
    host = os.environ.get("MINDTORCH_HOST") or _own_address(store)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.settimeout(seconds)
        listener.bind((host, 0))
        listener.listen(size)
        store.set(f"{lane}{rank}", json.dumps([host, listener.getsockname()[1], key]))
        for other in range(rank):
            there, port, its_key = json.loads(store.get(f"{lane}{other}"))
            made = socket.create_connection((there, port), timeout=seconds)
            made.sendall(its_key.encode() + rank.to_bytes(4, "little"))
            found[other] = made.detach()
        for _ in range(rank + 1, size):
            try:
                made, address = listener.accept()
            except TimeoutError:
                lacking = [r for r in range(rank + 1, size) if found[r] < 0]
                raise DistNetworkError(f"ranks {lacking} did not connect to rank {rank} within {seconds:g} s") from None
            made.settimeout(seconds)
            hello = b""
            while len(hello) < 36:
                part = made.recv(36 - len(hello))
                if not part:
                    raise DistNetworkError(f"a connection from {address} ended at once")
                hello += part
            if hello[:32] != key.encode():
                raise DistNetworkError(f"a connection from {address} is not of this group")
            found[int.from_bytes(hello[32:], "little")] = made.detach()
    return found


def _own_address(store):
    """The address by which the other ranks reach this machine: the one that reaches the store."""
    host = getattr(store, "host", None)
    if host is None:
        return "127.0.0.1"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, getattr(store, "port", 1)))
        return probe.getsockname()[0]
