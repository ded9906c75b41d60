"""TCPStore: a store that one process serves and the others reach by its address."""
import contextlib
import datetime
import errno
import os
import selectors
import socket
import struct
import threading
import time
import weakref

from .errors import DistNetworkError, DistStoreError, QueueEmptyError
from .store import _Table, Store, late, seconds_of, to_bytes

_LENGTH = struct.Struct("<I")
_MAGIC = b"mindtorch-store-1"


def _pack(fields):
    """Fields (bytes) as one message."""
    body = b"".join(_LENGTH.pack(len(f)) + f for f in fields)
    return _LENGTH.pack(len(body)) + body


def _unpack(body):
    fields, place = [], 0
    while place < len(body):
        (n,) = _LENGTH.unpack_from(body, place)
        fields.append(bytes(body[place + 4: place + 4 + n]))
        place += 4 + n
    return fields


class _Client:
    """A connection, as the server sees it."""

    def __init__(self, connection):
        self.connection, self.data, self.greeted = connection, bytearray(), False
        self.waiting = None  # (answers when possible, when it gives up, what it says then)


class _Server:
    """Serves the keys, in a thread of its own."""

    def __init__(self, listener):
        self.listener, self.table = listener, _Table()
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)
        self.wake, self._end = socket.socketpair()
        self.selector.register(self.wake, selectors.EVENT_READ)
        self.clients = set()
        self.thread = threading.Thread(target=self._run, name="TCPStore", daemon=True)
        self.thread.start()

    def close(self):
        """Ends the service."""
        with contextlib.suppress(OSError):
            self._end.send(b"x")
        if threading.current_thread() is not self.thread:
            self.thread.join(5)

    def _run(self):
        while True:
            now = time.monotonic()
            ends = [c.waiting[1] for c in self.clients if c.waiting]
            for key, _ in self.selector.select(max(min(ends) - now, 0) if ends else None):
                if key.fileobj is self.wake:
                    for client in list(self.clients):
                        self._drop(client)
                    self.listener.close()
                    return
                if key.fileobj is self.listener:
                    with contextlib.suppress(OSError):
                        connection, _ = self.listener.accept()
                        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        client = _Client(connection)
                        self.clients.add(client)
                        self.selector.register(connection, selectors.EVENT_READ, client)
                else:
                    self._read(key.data)
            self._answer_waiting()

    def _drop(self, client):
        self.clients.discard(client)
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(client.connection)
        client.connection.close()

    def _read(self, client):
        try:
            data = client.connection.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        client.data += data
        while len(client.data) >= 4:
            (n,) = _LENGTH.unpack_from(client.data)
            if len(client.data) < 4 + n:
                if not client.greeted and n > 64:  # somebody else's protocol
                    self._drop(client)
                return
            fields = _unpack(memoryview(client.data)[4:4 + n])
            del client.data[:4 + n]
            if not client.greeted:
                if fields != [_MAGIC]:
                    self._drop(client)
                    return
                client.greeted = True
                continue
            try:
                answer = self._do(client, fields[0].decode(), fields[1:])
            except (DistStoreError, ValueError, IndexError) as error:
                answer = [b"error", str(error).encode()]
            if answer is not None:
                self._send(client, answer)

    def _send(self, client, fields):
        try:
            client.connection.sendall(_pack(fields))
        except OSError:
            self._drop(client)

    def _answer_waiting(self):
        now = time.monotonic()
        for client in list(self.clients):
            if client.waiting:
                attempt, end, otherwise = client.waiting
                answer = attempt()
                if answer is None and now >= end:
                    answer = otherwise
                if answer is not None:
                    client.waiting = None
                    self._send(client, answer)

    def _later(self, client, attempt, seconds, otherwise):
        answer = attempt()
        if answer is None:
            client.waiting = attempt, time.monotonic() + seconds, otherwise
        return answer

    def _do(self, client, what, fields):
        values, queues = self.table.values, self.table.queues
        if what in ("get", "wait", "pop"):
            seconds, names = float(fields[0]), [f.decode() for f in fields[1:]]
            if what == "pop":
                def attempt():
                    value = self.table.pop(names[0])
                    return None if value is None else [b"ok", value]
            else:
                def attempt():
                    if not all(k in values for k in names):
                        return None
                    return [b"ok", *(values[k] for k in names)] if what == "get" else [b"ok"]
            return self._later(client, attempt, seconds, [b"late"])
        key = fields[0].decode() if fields else ""
        if what == "set":
            values.update(zip((f.decode() for f in fields[::2]), fields[1::2]))
            return [b"ok"]
        if what == "add":
            return [b"ok", str(self.table.add(key, int(fields[1]))).encode()]
        if what == "compare_set":
            return [b"ok", self.table.compare_set(key, fields[1], fields[2])]
        if what == "check":
            return [b"ok", b"1" if all(f.decode() in values for f in fields) else b"0"]
        if what == "delete":
            return [b"ok", b"1" if values.pop(key, None) is not None else b"0"]
        if what == "count":
            return [b"ok", str(len(values)).encode()]
        if what == "append":
            values[key] = values.get(key, b"") + fields[1]
            return [b"ok"]
        if what == "push":
            queues.setdefault(key, []).append(fields[1])
            return [b"ok"]
        if what == "length":
            return [b"ok", str(len(queues.get(key, ()))).encode()]
        if what == "keys":
            return [b"ok", *(k.encode() for k in values)]
        raise DistStoreError(f"there is no operation {what}")


_servers = weakref.WeakValueDictionary()  # by port, for stores that share one


def _listen(port, fd):
    if fd is not None:
        return socket.socket(fileno=os.dup(fd))
    family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(("", port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        code = getattr(error, "errno", 0) or 0
        if family == socket.AF_INET6 and code in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            listener = socket.socket(socket.AF_INET)
            listener.bind(("", port))
            listener.listen(1024)
            return listener
        raise DistNetworkError(
            f"The server socket has failed to listen on any local network address. port: {port}, useIpv6: "
            f"{str(family == socket.AF_INET6).lower()}, code: {-code}, name: {errno.errorcode.get(code, '?')}, "
            f"message: {os.strerror(code).lower() if code else error}") from None
    return listener


class TCPStore(Store):
    """A store behind an address. The process with is_master=True serves it; with a world_size and wait_for_workers it
    waits until that many have come. port 0: one that is free."""

    __module__ = "torch.distributed"

    def __init__(self, host_name, port, world_size=None, is_master=False, timeout=datetime.timedelta(seconds=300),
                 wait_for_workers=True, multi_tenant=False, master_listen_fd=None, use_libuv=True):
        super().__init__()
        self._timeout = timeout
        self._host, self._size = host_name, world_size
        self._lock, self._server = threading.Lock(), None
        if is_master:
            shared = _servers.get(port) if multi_tenant and port else None
            self._server = shared or _Server(_listen(port, master_listen_fd))
            port = self._server.listener.getsockname()[1]
            if multi_tenant:
                _servers[port] = self._server
            if shared is None:
                weakref.finalize(self, self._server.close)
        self._port = port
        self._connection = self._connect()
        if world_size is not None and world_size > 0 and wait_for_workers:
            self._wait_for_workers()

    host = property(lambda self: self._host)
    port = property(lambda self: self._port)
    libuvBackend = property(lambda self: False)

    def _connect(self):
        end, pause = time.monotonic() + seconds_of(self._timeout), 0.01
        host = "localhost" if self._server else self._host
        while True:
            try:
                made = socket.create_connection((host, self._port), timeout=max(end - time.monotonic(), 0.1))
                break
            except (OSError, OverflowError) as error:
                if time.monotonic() + pause > end:
                    raise DistNetworkError(
                        f"The client socket has timed out after {int(seconds_of(self._timeout) * 1000)}ms while trying "
                        f"to connect to ({self._host}, {self._port}): {error}") from None
                time.sleep(pause)
                pause = min(pause * 2, 0.5)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(None)
        made.sendall(_pack([_MAGIC]))
        return made

    def _wait_for_workers(self):
        came = self.add("init/", 1)
        if self._server is None:
            return
        end = time.monotonic() + seconds_of(self._timeout)
        while came < self._size:
            if time.monotonic() > end:
                raise DistStoreError(f"Timed out after {int(seconds_of(self._timeout)) + 1} seconds waiting for "
                                     f"clients. {came}/{self._size} clients joined.")
            time.sleep(0.01)
            came = self.add("init/", 0)

    def _receive(self, n):
        data = bytearray()
        while len(data) < n:
            part = self._connection.recv(n - len(data))
            if not part:
                raise DistNetworkError(f"the server of the store at {self._host}:{self._port} has ended")
            data += part
        return data

    def _ask(self, what, *fields):
        with self._lock:
            try:
                self._connection.sendall(_pack([what.encode(), *fields]))
                answer = _unpack(self._receive(_LENGTH.unpack(self._receive(4))[0]))
            except OSError as error:
                raise DistNetworkError(f"the server of the store at {self._host}:{self._port}: {error}") from None
        if answer[0] == b"error":
            raise DistStoreError(answer[1].decode())
        return answer

    def set(self, key, value):
        """Set a key."""
        self._ask("set", key.encode(), to_bytes(value))

    def multi_set(self, keys, values):
        """Set several keys."""
        self._ask("set", *(f for k, v in zip(keys, values, strict=True) for f in (k.encode(), to_bytes(v))))

    def get(self, key):
        """The value of a key, as bytes, when there is one; DistStoreError when time is over."""
        return self.multi_get([key])[0]

    def multi_get(self, keys):
        """The values of several keys."""
        seconds = seconds_of(self._timeout)
        answer = self._ask("get", str(seconds).encode(), *(k.encode() for k in keys))
        if answer[0] == b"late":
            raise late(keys, seconds)
        return answer[1:]

    def wait(self, keys, timeout=None):
        """Wait until all keys are set; DistStoreError when time is over."""
        seconds = seconds_of(self._timeout if timeout is None else timeout)
        if self._ask("wait", str(seconds).encode(), *(k.encode() for k in keys))[0] == b"late":
            raise late(keys, seconds)

    def add(self, key, amount):
        """Add to a number, which is 0 at first; the sum."""
        return int(self._ask("add", key.encode(), str(amount).encode())[1])

    def compare_set(self, key, expected_value, desired_value):
        """Set a key if it has a value, or if there is none and none is expected; its value afterwards."""
        return self._ask("compare_set", key.encode(), to_bytes(expected_value), to_bytes(desired_value))[1]

    def check(self, keys):
        """Whether all keys are set."""
        return self._ask("check", *(k.encode() for k in keys))[1] == b"1"

    def delete_key(self, key):
        """Whether the key was there to be removed."""
        return self._ask("delete", key.encode())[1] == b"1"

    def num_keys(self):
        """How many keys are set."""
        return int(self._ask("count")[1])

    def list_keys(self):
        """The keys that are set."""
        return [k.decode() for k in self._ask("keys")[1:]]

    def append(self, key, value):
        """Add bytes to the end of a value."""
        self._ask("append", key.encode(), to_bytes(value))

    def queue_push(self, key, value):
        """Add to the end of a queue."""
        self._ask("push", key.encode(), to_bytes(value))

    def queue_pop(self, key, block=True):
        """Take from the front of a queue; QueueEmptyError when it is empty, or stays so while one waits."""
        answer = self._ask("pop", str(seconds_of(self._timeout) if block else 0).encode(), key.encode())
        if answer[0] == b"late":
            raise QueueEmptyError(f"queue {key} is empty")
        return answer[1]

    def queue_len(self, key):
        """How many wait in a queue."""
        return int(self._ask("length", key.encode())[1])

    def clone(self):
        """A store on the same keys, with a connection of its own, for another thread."""
        return TCPStore(self._host if self._server is None else "localhost", self._port, timeout=self._timeout,
                        wait_for_workers=False)

    def __repr__(self):
        return f"<torch.distributed.TCPStore {self._host}:{self._port}>"
