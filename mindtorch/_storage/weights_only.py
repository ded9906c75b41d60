"""A pickle reader that runs no code: it knows a closed list of classes and functions, and refuses everything else."""
import _codecs
import collections
import functools
import struct
from pickle import UnpicklingError

from mindtorch import _utils
from mindtorch._core import devices, dtypes, layouts
from mindtorch._core.size import Size
from mindtorch._core.tensor import Tensor
from mindtorch.nn.parameter import Parameter
from .typed import LEGACY_CLASSES, StorageType, TypedStorage, UntypedStorage

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


_BUILTINS = ("builtins", "__builtin__")


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
    table = {"collections.OrderedDict": collections.OrderedDict, "collections.Counter": collections.Counter,
             "_codecs.encode": _codecs.encode, "torch.Size": Size, "torch.Tensor": Tensor,
             "torch.device": devices.device, "torch.nn.parameter.Parameter": Parameter,
             "torch.storage.UntypedStorage": UntypedStorage,
             "torch.storage.TypedStorage": TypedStorage, "torch.serialization._get_layout": layouts._get_layout,
             "torch._tensor._rebuild_from_type_v2": _utils._rebuild_from_type_v2}
    table |= {f"{home}.{cls.__name__}": cls for home in _BUILTINS for cls in (bytearray, set, complex)}
    table |= {f"torch.{d._name}": d for d in [*dtypes.DTYPES, *dtypes.UNHELD]}
    types = {name: StorageType(name) for name in LEGACY_CLASSES}
    table |= {f"{home}.{name}": made for home in ("torch", "torch.cuda") for name, made in types.items()}
    table |= {f"torch.{scheme._name}": scheme for scheme in layouts.QSCHEMES}
    table |= {f"torch._utils.{name}": getattr(_utils, name) for name in (
        "_rebuild_parameter", "_rebuild_parameter_with_state", "_rebuild_tensor", "_rebuild_tensor_v2",
        "_rebuild_tensor_v3", "_rebuild_meta_tensor_no_storage", "_rebuild_device_tensor_from_numpy",
        "_rebuild_device_tensor_from_cpu_tensor", "_rebuild_sparse_tensor", "_rebuild_qtensor")}
    return table


# ---- calls that need more than a walk through their arguments: check(reader, callee, *arguments) ----
def _filled(u, make, *arguments):
    """Objects of the contents that a file has: not of a size alone, whose memory would show what was there before."""
    first = arguments[0] if arguments else ()
    alias = isinstance(first, Tensor) and make is Tensor and len(arguments) == 1
    nothing = type(first) is int and first == 0
    if (hasattr(first, "__index__") and not alias and not nothing) or (isinstance(first, Size) and make is Tensor):
        raise UnpicklingError(f"a file cannot ask for a {make.__name__} of a size, without contents")
    if isinstance(first, str) and make is bytearray:
        return _encoded(u, make, *arguments)
    u.walk(arguments, (int, float, complex) if isinstance(first, (list, tuple)) else object)
    return make(*arguments)


def _encoded(u, make, text, encoding="utf-8", *errors):
    """Text as bytes in an encoding that takes no more time and room than the text."""
    if not isinstance(text, str) or not isinstance(encoding, str) or encoding.lower().translate(_HYPHENS) not in _TEXT:
        raise UnpicklingError("a file may encode text, as latin1, ascii or utf-8")
    u.walk((text, errors))
    return make(text, encoding, *errors)


def _collected(u, make, *arguments):
    """Collections of what lists and tuples hold, not of the elements of a tensor."""
    if any(isinstance(a, Tensor) for a in arguments):
        raise UnpicklingError(f"a file cannot make a {make.__name__} of a tensor")
    u.walk(arguments)
    return make(*arguments)


def _sizes(u, make, *arguments):
    """Sizes that are numbers of 64 bits."""
    made = _collected(u, make, *arguments)
    if any(not -(2**63) <= n < 2**63 for n in made):
        raise ValueError("Overflow when unpacking long long")
    return made


def _reading(u, make, *arguments):
    """Functions that read elements: a view may show a few bytes of the file any number of times."""
    for a in arguments:
        for t in a if isinstance(a, (tuple, list)) else (a,):
            u.show(t)
    u.walk(arguments)
    return make(*arguments)


def _with_state(u, make, data, requires_grad, hooks, state):
    return _stateful(u, u.call(_utils._rebuild_parameter, (data, requires_grad, hooks)), state)


def _typed(u, make, function, new_type, arguments, state):
    return _stateful(u, _utils._as_type(u.call(function, arguments), new_type), state)


def _stateful(u, made, state):
    u.walk(state)
    for part in state if isinstance(state, tuple) else (state,):
        if isinstance(part, dict) and ("real" in part or "imag" in part):  # setting these writes the elements
            u.show(made)
    return _utils._with_attributes(made, state)


@functools.cache
def _checks():
    table = {set: _collected, collections.OrderedDict: _collected, collections.Counter: _collected, Size: _sizes,
             Tensor: _filled, UntypedStorage: _filled, TypedStorage: _filled, bytearray: _filled,
             _codecs.encode: _encoded, _utils._rebuild_device_tensor_from_cpu_tensor: _reading,
             _utils._rebuild_sparse_tensor: _reading, _utils._rebuild_parameter_with_state: _with_state,
             _utils._rebuild_from_type_v2: _typed}
    return {id(function): check for function, check in table.items()}


_NO_CODE = ("sys", "os", "posix", "nt")
_TEXT, _HYPHENS = {"latin1", "iso88591", "ascii", "utf8"}, str.maketrans("", "", "-_")
_PLAIN_KEYS = {str, int, bool, float, bytes, type(None)}
_BEGIN_EMPTY = (collections.OrderedDict, collections.Counter, set, bytearray)  # by __new__, whatever it is given
_DICTS = (dict, collections.OrderedDict, collections.Counter)
_PIECE = 1 << 16
_U16, _I32, _U32, _F64 = map(struct.Struct, ("<H", "<i", "<I", ">d"))
_DEEPEST = 200  # containers in containers that are hashed or walked: hash() itself has no guard
_FREELY, _EACH = 1 << 20, 8  # elements that calls may look at: so many, and these for each byte that was read


class Unpickler:
    """Reads one pickle of a file; `persistent_load` turns persistent ids into storages."""

    def __init__(self, file, *, encoding="utf-8"):
        self._readline, self._read, self.encoding = file.readline, file.read, encoding
        self.persistent_load = None
        self.got, self.spent = 0, 0  # bytes of the pickle; elements of containers that calls looked at
        self.held, self.shown, self.storages = 0, 0, {}  # bytes of storages; elements of tensors that calls looked at

    def read(self, n):
        """Exactly n bytes. Many come piece by piece: room for what a file merely claims is made before reading."""
        data = self._read(n) if n <= _PIECE else self._pieces(n)
        if len(data) < n:
            raise EOFError("pickle data was truncated" if data else "Ran out of input")
        self.got += n
        return data

    def _pieces(self, n):
        data = bytearray()
        while len(data) < n and (more := self._read(min(n - len(data), max(len(data), _PIECE)))):
            data += more
        return bytes(data)

    def load(self):
        """The object; UnpicklingError for anything outside the closed list."""
        self.stack, self.outer, self.memo = [], [], {}
        users = _users_globals()
        self.allowed = _default_globals() | users
        self.callable = {id(obj) for obj in self.allowed.values()}
        self.user_types = {obj for obj in users.values() if isinstance(obj, type)}
        read = self._read
        while code := read(1):
            self.got += 1
            if code == b".":  # STOP
                return self.stack.pop()
            action = _ACTIONS.get(code)
            if action is None:
                raise UnpicklingError(f"Unsupported operand {code[0]}")
            action(self)
        raise EOFError("Ran out of input")

    def byte(self):
        """The next byte of the pickle as a number."""
        if not (data := self._read(1)):
            raise EOFError("Ran out of input")
        self.got += 1
        return data[0]

    def number(self, form):
        """The next number of the pickle."""
        return form.unpack(self.read(form.size))[0]

    def line(self):
        """The next line as text."""
        return self._readline()[:-1].decode("utf-8")

    # ---- marks: what stands below one is out of reach ----
    def mark(self):
        self.outer.append(self.stack)
        self.stack = []

    def since_mark(self):
        items, self.stack = self.stack, self.outer.pop()
        return items

    # ---- names and calls ----
    def find(self):
        module, name = self.line(), self.line()
        full = _normal(f"{module}.{name}")
        if full not in self.allowed:
            if (top := module.split(".")[0]) in _NO_CODE:
                raise UnpicklingError(f"Trying to load unsupported GLOBAL {full} whose module {top} is blocked.")
            raise UnpicklingError(
                f"Unsupported global: GLOBAL {module}.{name} was not an allowed global by default. Please use "
                f"`torch.serialization.add_safe_globals([{name}])` or the "
                f"`torch.serialization.safe_globals([{name}])` context manager to allowlist this global if you trust "
                "this "
                "class/function."
            )
        self.stack.append(self.allowed[full])

    def reduce(self):
        arguments, function = self.stack.pop(), self.stack[-1]
        self.stack[-1] = self.call(function, arguments)

    def call(self, function, arguments):
        """function(*arguments) of an allowed function, whose check sees the arguments first."""
        if id(function) not in self.callable:
            raise UnpicklingError(f"Trying to call reduce for unrecognized function of type {type(function).__name__}")
        if not isinstance(arguments, (tuple, list)):
            raise TypeError(f"the arguments of a call must be a tuple, not {type(arguments).__name__}")
        if check := _checks().get(id(function)):
            return check(self, function, *arguments)
        self.walk(arguments)
        return function(*arguments)

    def new_object(self):
        arguments, cls = self.stack.pop(), self.stack.pop()
        if id(cls) not in self.callable or not isinstance(cls, type):
            raise UnpicklingError(f"Trying to create new object for unrecognized class of type {type(cls).__name__}")
        if cls in self.user_types:
            self.stack.append(cls.__new__(cls, *arguments))
        elif cls is TypedStorage:
            raise UnpicklingError("a storage is made by a call")
        else:  # the listed classes are whole only after a call; collections and sets begin empty, as from __new__
            self.stack.append(self.call(cls, () if cls in _BEGIN_EMPTY else arguments))

    def spend(self, n):
        """Count n elements that a call looks at; UnpicklingError when they are out of proportion to the pickle."""
        self.spent += n
        if self.spent > _FREELY + _EACH * self.got:
            raise UnpicklingError("the pickle repeats a part too often")

    def show(self, t):
        """Count the elements of a tensor that a call reads; UnpicklingError when the file has by far less."""
        self.shown += t.numel() if isinstance(t, Tensor) else 0
        if self.shown > _FREELY + _EACH * self.held:
            raise UnpicklingError("the pickle repeats the elements of a storage too often")

    def walk(self, value, leaves=object):
        """Refuses what would lead a walker too deep, or through more than the file can mean, and other leaves."""
        level, depth = [value], 0
        while level:
            if depth > _DEEPEST:
                raise UnpicklingError("the pickle nests containers too deep")
            below = []
            for x in level:
                if isinstance(x, (tuple, list)):
                    self.spend(1 + len(x))
                    below += x
                elif isinstance(x, dict):
                    self.spend(1 + 2 * len(x))
                    for pair in x.items():
                        below += pair
                elif isinstance(x, (str, bytes, bytearray, set)):
                    self.spend(len(x))
                elif leaves is not object and not isinstance(x, leaves):
                    raise UnpicklingError(f"a {type(x).__name__} where a number belongs")
            level, depth = below, depth + 1

    def set_items(self, items):
        target = self.stack[-1]
        if type(target) not in _DICTS and type(target) not in self.user_types:
            raise UnpicklingError(f"Can only set items of dicts, but got {type(target)}")
        for i in range(0, len(items), 2):
            key, target_value = items[i], items[i + 1]
            if type(key) not in _PLAIN_KEYS:
                self.walk(key)
            target[key] = target_value

    def append(self, items):
        target = self.stack[-1]
        if type(target) is not list:
            raise UnpicklingError(f"Can only append to lists, but got {type(target)}")
        target.extend(items)

    def build(self):
        state, obj = self.stack.pop(), self.stack[-1]
        kind = type(obj)
        if kind in self.user_types:
            if hasattr(obj, "__setstate__"):
                obj.__setstate__(state)
            else:
                _utils._set_obj_state(obj, state)
        elif kind is Tensor:
            _utils._point(obj, state)
        elif kind is Parameter:
            obj.__setstate__(state)
        elif kind in (collections.OrderedDict, collections.Counter):
            if not isinstance(state, (dict, list, tuple)):
                raise TypeError(f"attributes of a dict must be a dict, not {type(state).__name__}")
            self.walk(state)
            obj.__dict__.update(state)
        else:
            raise UnpicklingError("Can only build Tensor, Parameter, OrderedDict or types allowlisted via "
                                  f"`add_safe_globals`, but got {kind}")

    def persistent(self):
        pid = self.stack.pop()
        if type(pid) is not tuple or self.persistent_load is None:
            raise UnpicklingError(f"persistent_load id must be a tuple, but got {type(pid)}")
        if not isinstance(pid[0], (str, bytes)) or pid[0] not in ("storage", b"storage"):
            raise UnpicklingError("Only persistent_load of storage is allowed")
        made = self.persistent_load(pid)
        if self.storages.setdefault(id(made._untyped_storage), made) is made:
            self.held += made.nbytes() if made.device.type == "cpu" else 0
        self.stack.append(made)

    def memorise(self, key):
        self.memo[key] = self.stack[-1]

    def tuple_of(self, n):
        items = tuple(self.stack[-n:])
        if len(items) < n:
            raise IndexError("a pickle takes more from the stack than there is")
        self.stack[-n:] = [items]


def _push(function):
    def push(u):
        value = function(u)  # which may leave a mark, and with it this stack
        u.stack.append(value)

    return push


def _long(u):
    return int.from_bytes(u.read(u.byte()), "little", signed=True)


def _text(u):
    data = u.read(u.byte())
    return data if u.encoding == "bytes" else data.decode(u.encoding)


# The opcodes of protocol 2 that PyTorch's own weights_only reader knows.
_ACTIONS = {code.encode("latin1"): action for code, action in {
    "\x80": lambda u: u.read(1), "c": Unpickler.find, "R": Unpickler.reduce, "\x81": Unpickler.new_object,
    "b": Unpickler.build, "Q": Unpickler.persistent, "(": Unpickler.mark,
    "a": lambda u: u.append((u.stack.pop(),)), "e": lambda u: u.append(u.since_mark()),
    "s": lambda u: u.set_items([u.stack.pop(), u.stack.pop()][::-1]), "u": lambda u: u.set_items(u.since_mark()),
    ")": _push(lambda u: ()), "]": _push(lambda u: []), "}": _push(lambda u: {}), "\x8f": _push(lambda u: set()),
    "t": _push(lambda u: tuple(u.since_mark())), "\x85": lambda u: u.tuple_of(1), "\x86": lambda u: u.tuple_of(2),
    "\x87": lambda u: u.tuple_of(3), "N": _push(lambda u: None), "\x88": _push(lambda u: True),
    "\x89": _push(lambda u: False), "K": _push(lambda u: u.byte()), "M": _push(lambda u: u.number(_U16)),
    "J": _push(lambda u: u.number(_I32)), "G": _push(lambda u: u.number(_F64)), "\x8a": _push(_long),
    "X": _push(lambda u: u.read(u.number(_U32)).decode("utf-8", "surrogatepass")), "U": _push(_text),
    "h": _push(lambda u: u.memo[u.byte()]), "j": _push(lambda u: u.memo[u.number(_U32)]),
    "q": lambda u: u.memorise(u.byte()), "r": lambda u: u.memorise(u.number(_U32)),
}.items()}


def load(file, *, encoding="utf-8"):
    """One pickle of a file, by the closed list."""
    return Unpickler(file, encoding=encoding).load()
