"""A pickle reader that runs no code: it knows a closed list of classes and functions, and refuses everything else."""
import _codecs
import collections
import datetime
import functools
import struct
from pickle import UnpicklingError

from mindtorch._core import devices, dtypes, layouts

_user = []


def add(safe_globals):
    """Allow more classes and functions: objects, or (object, 'module.name')."""
    _user.extend(safe_globals)


def clear():
    """Forget what was allowed by add."""
    _user.clear()


def listed():
    """What was allowed by add."""
    return list(_user)


class allowing:
    """add for the duration of a with block."""

    def __init__(self, safe_globals):
        self.given = list(safe_globals)

    def __enter__(self):
        self.before = list(_user)
        _user.extend(self.given)

    def __exit__(self, *exc):
        _user[:] = self.before


def _normal(name):
    return name.replace("numpy._core.", "numpy.core.")


def _users_globals():
    found = {}
    for entry in _user:
        obj, name = entry if isinstance(entry, tuple) else (entry, f"{entry.__module__}.{entry.__qualname__}")
        if not isinstance(name, str):
            raise TypeError(f"Expected a (global, name) pair of an object and its full path, got {entry}")
        found[_normal(name)] = obj
        if name.startswith("builtins."):
            found["__builtin__." + name[9:]] = obj
    return found


@functools.cache
def _default_globals():
    import mindtorch as torch
    from mindtorch import _utils, serialization, storage
    from mindtorch.nn.parameter import Buffer, Parameter

    table = {"collections.OrderedDict": collections.OrderedDict, "collections.Counter": collections.Counter, "datetime.timedelta": datetime.timedelta, "_codecs.encode": _codecs.encode,
             "builtins.bytearray": bytearray, "builtins.set": set, "builtins.complex": complex, "__builtin__.bytearray": bytearray, "__builtin__.set": set, "__builtin__.complex": complex,
             "torch.Size": torch.Size, "torch.Tensor": torch.Tensor, "torch.nn.parameter.Parameter": Parameter, "torch.nn.parameter.Buffer": Buffer, "torch.device": devices.device,
             "torch.storage.UntypedStorage": storage.UntypedStorage, "torch.storage.TypedStorage": storage.TypedStorage, "torch.UntypedStorage": storage.UntypedStorage,
             "torch._tensor._rebuild_from_type_v2": _utils._rebuild_from_type_v2, "torch.serialization._get_layout": serialization._get_layout}
    table |= {f"torch.{d._name}": d for d in [*dtypes.DTYPES, *dtypes.UNHELD]}
    table |= {f"torch.{name}": d for name, d in dtypes.ALIASES.items()}
    table |= {f"torch.{name}": cls for name, cls in storage.LEGACY_CLASSES.items()}
    table |= {f"torch.{scheme._name}": scheme for scheme in layouts.QSCHEMES}
    table |= {f"torch._utils.{n}": getattr(_utils, n) for n in ("_rebuild_parameter", "_rebuild_parameter_with_state", "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3",
                                                              "_rebuild_meta_tensor_no_storage", "_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor",
                                                              "_rebuild_sparse_tensor", "_rebuild_qtensor")}
    return table


_MARK = object()
_NO_CODE = ("sys", "os", "posix", "nt", "subprocess", "builtins")


class Unpickler:
    """Reads one pickle of a file; `persistent_load` turns persistent ids into storages."""

    def __init__(self, file, *, encoding="bytes"):
        self.readline, self.read, self.encoding = file.readline, self._exactly(file.read), encoding
        self.memo, self.persistent_load = {}, None

    @staticmethod
    def _exactly(read):
        def exact(n):
            data = read(n)
            if len(data) < n:
                raise EOFError("Ran out of input") if not data else UnpicklingError("pickle data was truncated")
            return data

        return exact

    def load(self):
        """The object; UnpicklingError for anything outside the closed list."""
        self.stack = []
        self.allowed = _default_globals() | _users_globals()
        self.user_types = {obj for obj in _users_globals().values() if isinstance(obj, type)}
        while True:
            code = self.read(1)[0]
            if code == 0x2E:  # STOP
                return self.stack.pop()
            action = _ACTIONS.get(code)
            if action is None:
                raise UnpicklingError(f"Unsupported operand {code}")
            try:
                action(self)
            except (KeyError, IndexError, ValueError, struct.error) as e:
                raise UnpicklingError(f"the pickle is damaged: {type(e).__name__} {e}") from e

    # ---- the stack ----
    def _pop_mark(self):
        at = len(self.stack) - 1
        while at >= 0 and self.stack[at] is not _MARK:
            at -= 1
        if at < 0:
            raise UnpicklingError("a mark is missing")
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def _number(self, form):
        return struct.unpack(form, self.read(struct.calcsize(form)))[0]

    def _find(self, module, name):
        full = _normal(f"{module}.{name}")
        if full in self.allowed:
            return self.allowed[full]
        if module.split(".")[0] in _NO_CODE and module != "builtins":
            raise UnpicklingError(f"Trying to load unsupported GLOBAL {full} whose module {module.split('.')[0]} is blocked.")
        raise UnpicklingError(f"Unsupported global: GLOBAL {module}.{name} was not an allowed global by default. Please use `torch.serialization.add_safe_globals([{name}])` or the "
                              f"`torch.serialization.safe_globals([{name}])` context manager to allowlist this global if you trust this class/function.")

    def _global(self):
        module, name = self.readline()[:-1].decode("utf-8"), self.readline()[:-1].decode("utf-8")
        self.stack.append(self._find(module, name))

    def _is_allowed(self, f):
        return any(f is g for g in self.allowed.values())

    def _reduce(self):
        arguments, function = self.stack.pop(), self.stack.pop()
        if not self._is_allowed(function):
            raise UnpicklingError(f"Trying to call reduce for unrecognized function {function}")
        if not isinstance(arguments, tuple):
            raise UnpicklingError("the arguments of a call must be a tuple")
        if isinstance(function, dtypes.dtype):
            raise UnpicklingError("a dtype cannot be called")
        self.stack.append(function(*arguments))

    def _newobj(self):
        arguments, cls = self.stack.pop(), self.stack.pop()
        if not self._is_allowed(cls) or not isinstance(cls, type):
            raise UnpicklingError(f"Trying to create new object for unrecognized class {cls}")
        self.stack.append(cls.__new__(cls, *arguments))

    def _build(self):
        from mindtorch._core.tensor import Tensor
        from mindtorch._utils import _set_obj_state

        state, obj = self.stack.pop(), self.stack[-1]
        kind = type(obj)
        if kind in self.user_types:
            if hasattr(obj, "__setstate__"):
                obj.__setstate__(state)
            else:
                _set_obj_state(obj, state)
        elif isinstance(obj, Tensor):
            obj.set_(*state) if isinstance(state, tuple) and len(state) == 4 else obj.__setstate__(state)
        elif kind in (collections.OrderedDict, collections.Counter):
            obj.__dict__.update(state)
        else:
            raise UnpicklingError(f"Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`, but got {kind}")

    def _append(self, items):
        target = self.stack[-1]
        if type(target) is not list:
            raise UnpicklingError(f"Can only append to lists, but got {type(target)}")
        target.extend(items)

    def _set(self, items):
        target = self.stack[-1]
        if type(target) not in (dict, collections.OrderedDict, collections.Counter) and type(target) not in self.user_types:
            raise UnpicklingError(f"Can only set items of dicts, but got {type(target)}")
        for k, v in zip(items[::2], items[1::2]):
            target[k] = v

    def _persistent(self):
        pid = self.stack.pop()
        if type(pid) is not tuple or not pid or (pid[0] if isinstance(pid[0], str) else bytes(pid[0]).decode("ascii")) != "storage" or self.persistent_load is None:
            raise UnpicklingError(f"persistent_load id must be a tuple that begins with 'storage', but got {pid!r}")
        self.stack.append(self.persistent_load(pid))

    def _text(self, data):
        return data if self.encoding == "bytes" else data.decode(self.encoding)

    def _protocol(self):
        if (version := self.read(1)[0]) not in (2, 3, 4, 5):
            raise UnpicklingError(f"unsupported pickle protocol: {version}")

    def _drop_mark_to(self, make):
        self.stack.append(make(self._pop_mark()))

    def _pop(self):
        if self.stack[-1] is _MARK:
            raise UnpicklingError("cannot pop a mark")
        self.stack.pop()


def _push(function):
    return lambda u: u.stack.append(function(u))


def _tuple_of(n):
    def make(u):
        items = tuple(u.stack[-n:])
        del u.stack[-n:]
        u.stack.append(items)

    return make


def _pairs(items):
    return dict(zip(items[::2], items[1::2]))


def _stack_global(u):
    name, module = u.stack.pop(), u.stack.pop()
    if not (isinstance(name, str) and isinstance(module, str)):
        raise UnpicklingError("STACK_GLOBAL requires str")
    u.stack.append(u._find(module, name))


def _set_one(u):
    value, key = u.stack.pop(), u.stack.pop()
    u._set([key, value])


def _int_line(u):
    line = u.readline()[:-1]
    return {b"00": False, b"01": True}.get(line) if line in (b"00", b"01") else int(line)


_ACTIONS = {
    ord("c"): Unpickler._global, 0x93: _stack_global, ord("R"): Unpickler._reduce, 0x81: Unpickler._newobj, ord("b"): Unpickler._build, ord("Q"): Unpickler._persistent,
    ord("a"): lambda u: u._append([u.stack.pop()]), ord("e"): lambda u: u._append(u._pop_mark()), ord("s"): _set_one, ord("u"): lambda u: u._set(u._pop_mark()),
    ord("("): lambda u: u.stack.append(_MARK), ord("t"): lambda u: u._drop_mark_to(tuple), ord("l"): lambda u: u._drop_mark_to(list), ord("d"): lambda u: u._drop_mark_to(_pairs),
    ord(")"): _push(lambda u: ()), ord("]"): _push(lambda u: []), ord("}"): _push(lambda u: {}), 0x8F: _push(lambda u: set()), 0x91: lambda u: u._drop_mark_to(frozenset),
    0x85: _tuple_of(1), 0x86: _tuple_of(2), 0x87: _tuple_of(3), ord("N"): _push(lambda u: None), 0x88: _push(lambda u: True), 0x89: _push(lambda u: False),
    ord("K"): _push(lambda u: u._number("<B")), ord("M"): _push(lambda u: u._number("<H")), ord("J"): _push(lambda u: u._number("<i")), ord("G"): _push(lambda u: u._number(">d")),
    ord("I"): _push(_int_line), ord("L"): _push(lambda u: int(u.readline()[:-1].rstrip(b"L"))), ord("F"): _push(lambda u: float(u.readline()[:-1])),
    0x8A: _push(lambda u: int.from_bytes(u.read(u._number("<B")), "little", signed=True)), 0x8B: _push(lambda u: int.from_bytes(u.read(u._number("<i")), "little", signed=True)),
    ord("X"): _push(lambda u: u.read(u._number("<I")).decode("utf-8", "surrogatepass")), 0x8C: _push(lambda u: u.read(u._number("<B")).decode("utf-8", "surrogatepass")),
    0x8D: _push(lambda u: u.read(u._number("<Q")).decode("utf-8", "surrogatepass")), ord("U"): _push(lambda u: u._text(u.read(u._number("<B")))),
    ord("T"): _push(lambda u: u._text(u.read(u._number("<i")))), ord("C"): _push(lambda u: u.read(u._number("<B"))), ord("B"): _push(lambda u: u.read(u._number("<I"))),
    0x8E: _push(lambda u: u.read(u._number("<Q"))), 0x96: _push(lambda u: bytearray(u.read(u._number("<Q")))),
    ord("h"): _push(lambda u: u.memo[u._number("<B")]), ord("j"): _push(lambda u: u.memo[u._number("<I")]), ord("g"): _push(lambda u: u.memo[int(u.readline()[:-1])]),
    ord("q"): lambda u: u.memo.__setitem__(u._number("<B"), u.stack[-1]), ord("r"): lambda u: u.memo.__setitem__(u._number("<I"), u.stack[-1]),
    ord("p"): lambda u: u.memo.__setitem__(int(u.readline()[:-1]), u.stack[-1]), 0x94: lambda u: u.memo.__setitem__(len(u.memo), u.stack[-1]),
    0x80: Unpickler._protocol, 0x95: lambda u: u.read(8), ord("0"): Unpickler._pop, ord("1"): Unpickler._pop_mark, ord("2"): lambda u: u.stack.append(u.stack[-1]),
}


def load(file, *, encoding="utf-8"):
    """One pickle of a file, by the closed list."""
    return Unpickler(file, encoding=encoding).load()
