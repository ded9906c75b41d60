"""How processes find each other: a URL gives a store, a rank and the number of ranks."""
import contextlib
import os
import urllib.parse

from .errors import DistError
from .store import FileStore
from .tcp_store import TCPStore

_handlers = {}


def register_rendezvous_handler(scheme, handler):
    """Make `handler(url, timeout=..., **kwargs)`, a generator of (store, rank, world size), answer for URLs of a
    scheme. RuntimeError when one does."""
    if scheme in _handlers:
        raise RuntimeError(f"Rendezvous handler for {scheme}:// already registered")
    _handlers[scheme] = handler


def rendezvous(url, rank=-1, world_size=-1, **kwargs):
    """An iterator of (store, rank, world size) for env://, tcp://HOST:PORT, file:///PATH and what is registered."""
    if not isinstance(url, (str, bytes)):
        raise RuntimeError(f"`url` must be a string. {type(url)}: {url}")
    if not isinstance(rank, int):
        raise RuntimeError(f"`rank` must be an integer. {rank}")
    if not isinstance(world_size, int):
        raise RuntimeError(f"`world_size` must be an integer. {world_size}")
    parts = urllib.parse.urlparse(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    if rank != -1:
        query["rank"] = str(rank)
    if world_size != -1:
        query["world_size"] = str(world_size)
    url = parts._replace(query="&".join(f"{k}={v}" for k, v in query.items())).geturl()
    if parts.scheme not in _handlers:
        raise RuntimeError(f"No rendezvous handler for {parts.scheme}://")
    return _handlers[parts.scheme](url, **kwargs)


def _query(url):
    return dict(pair.split("=", 1) for pair in urllib.parse.urlparse(url).query.split("&") if "=" in pair)


def _missing(scheme, what):
    return ValueError(f"Error initializing torch.distributed using {scheme}:// rendezvous: {what}")


_stores = {}  # by address and whether this process serves it


def _create_store(hostname, port, rank, world_size, timeout):
    """The store at an address. A process keeps it: a rank that makes its next default group earlier than another must
    not find a server that is about to end."""
    if not 0 <= port < 2**16:
        raise ValueError(f"port must have value from 0 to 65535 but was {port}.")
    key = hostname, port, rank == 0, os.getpid()
    if key in _stores:
        with contextlib.suppress(DistError):
            _stores[key].set_timeout(timeout)
            _stores[key].check(["init/"])
            return _stores[key]
    made = _new_store(hostname, port, rank, world_size, timeout)
    _stores[key] = made
    return made


def _new_store(hostname, port, rank, world_size, timeout):
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True":  # the launcher serves it
        return TCPStore(hostname, port, world_size, False, timeout, wait_for_workers=False)
    return TCPStore(hostname, port, world_size, rank == 0, timeout, multi_tenant=True)


def _tcp(url, timeout, **kwargs):
    parts, query = urllib.parse.urlparse(url), _query(url)
    if parts.port is None:
        raise _missing("tcp", "port number missing")
    if "rank" not in query:
        raise _missing("tcp", "rank parameter missing")
    if "world_size" not in query:
        raise _missing("tcp", "world size parameter missing")
    rank, size = int(query["rank"]), int(query["world_size"])
    if parts.hostname is None:
        raise _missing("tcp", "host name missing")
    yield _create_store(parts.hostname, parts.port, rank, size, timeout), rank, size


def _env(url, timeout, **kwargs):
    query = _query(url)

    def value(name, given=None):
        if given in query:
            return query[given]
        found = os.environ.get(name)
        if found is None:
            raise _missing("env", f"environment variable {name} expected, but not set")
        return found

    rank, size = int(value("RANK", "rank")), int(value("WORLD_SIZE", "world_size"))
    host, port = value("MASTER_ADDR"), int(value("MASTER_PORT"))
    yield _create_store(host, port, rank, size, timeout), rank, size


def _file(url, timeout, **kwargs):
    parts, query = urllib.parse.urlparse(url), _query(url)
    path = urllib.parse.unquote((parts.netloc or "") + parts.path)
    if not path:
        raise _missing("file", "path missing")
    if "rank" not in query:
        raise _missing("file", "rank parameter missing")
    if "world_size" not in query:
        raise _missing("file", "world size parameter missing")
    rank, size = int(query["rank"]), int(query["world_size"])
    store = FileStore(path, size)
    store.set_timeout(timeout)
    yield store, rank, size


register_rendezvous_handler("tcp", _tcp)
register_rendezvous_handler("env", _env)
register_rendezvous_handler("file", _file)
