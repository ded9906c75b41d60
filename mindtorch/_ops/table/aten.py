"""torch.ops: operators by namespace, name and overload; aten's are those of the table."""
import functools
import os
import pathlib
import types

from .registry import FUNCTIONS, METHODS, NAMESPACES


@functools.cache
def _aten_overloads():
    """{name: overloads} of PyTorch's aten."""
    text = (pathlib.Path(__file__).parent / "aten_overloads.txt").read_text(encoding="utf-8")
    return {name: rest.split() for name, _, rest in (line.partition(" ") for line in text.splitlines())}


class OpOverload:
    """One overload of an operator; calling it calls the operator."""

    def __init__(self, packet, overload, operator=None):
        self.overloadpacket = self._overloadpacket = packet
        self._overloadname, self._operator, self.tags = overload, operator, []
        self.__name__ = f"{packet.__name__}.{overload}"
        self.__module__ = f"torch.ops.{packet.namespace}"
        if operator is not None:
            self._schema = operator.schema

    def __call__(self, /, *args, **kwargs):
        return (self._operator or self.overloadpacket._function)(*args, **kwargs)

    @property
    def _op(self):
        return self._operator or self.overloadpacket._function

    @property
    def namespace(self):
        """The library's name."""
        return self.overloadpacket.namespace

    @property
    def _opname(self):
        return self.overloadpacket.__name__

    def name(self):
        """'namespace::name.overload', without the overload when it is the default one."""
        tail = "" if self._overloadname == "default" else "." + self._overloadname
        return f"{self.overloadpacket.namespace}::{self.overloadpacket.__name__}{tail}"

    def has_kernel_for_dispatch_key(self, key):
        """Whether there is an implementation under a key."""
        return has_kernel(self.name(), key)

    def __deepcopy__(self, memo=None):
        return self

    def __reduce__(self):
        return _overload_of, (self.namespace, self._opname, self._overloadname)

    def __repr__(self):
        return (f"<OpOverload(op='{self.overloadpacket.namespace}.{self.overloadpacket.__name__}', "
                f"overload='{self._overloadname}')>")

    def __str__(self):
        return f"{self.overloadpacket.namespace}.{self.overloadpacket.__name__}.{self._overloadname}"


def _overload_of(namespace, name, overload=None):
    packet = getattr(getattr(ops, namespace), name)
    return packet if overload is None else getattr(packet, overload)


class OpOverloadPacket:
    """All overloads of an operator."""

    def __init__(self, namespace, name, function=None):
        self.namespace, self.__name__, self._function, self._overloads = namespace, name, function, {}
        self._qualified_op_name = f"{namespace}::{name}"
        self.__module__ = f"torch.ops.{namespace}"

    def __call__(self, /, *args, **kwargs):
        if self._function is not None:
            return self._function(*args, **kwargs)
        made = list(self._overloads.values())
        if len(made) == 1:
            return made[0](*args, **kwargs)
        reasons = []
        for overload in made:
            try:
                overload._schema._bind(args, kwargs)
            except RuntimeError as error:
                reasons.append(str(error))
                continue
            return overload(*args, **kwargs)
        raise RuntimeError(f"No overload of '{self._qualified_op_name}' fits the arguments:\n" + "\n".join(reasons))

    def overloads(self):
        """Names of the overloads."""
        if self.namespace == "aten":
            return list(_aten_overloads().get(self.__name__, ["default"]))
        return list(self._overloads) or ["default"]

    def __getattr__(self, overload):
        if overload.startswith("__"):
            raise AttributeError(overload)
        if overload not in self._overloads:
            known = _aten_overloads().get(self.__name__) if self.namespace == "aten" else None
            if self._function is None or (known is not None and overload not in known):
                raise AttributeError(f"The underlying op of '{self.namespace}.{self.__name__}' has no overload name "
                                     f"'{overload}'")
            self._overloads[overload] = OpOverload(self, overload)
        return self._overloads[overload]

    def __iter__(self):
        return iter(self.overloads())

    def __deepcopy__(self, memo=None):
        return self

    def __reduce__(self):
        return _overload_of, (self.namespace, self.__name__)

    def __str__(self):
        return f"{self.namespace}.{self.__name__}"

    def __repr__(self):
        return f"<OpOverloadPacket(op='{self.namespace}.{self.__name__}')>"


# aten's names that differ from the public ones
_ATEN = {"_to_copy": ("method", "to"), "_unsafe_view": ("method", "view"), "_local_scalar_dense": ("method", "item"),
         "sym_size": ("method", "size"),
         "sym_numel": ("method", "numel"), "sym_stride": ("method", "stride"), "index": ("method", "__getitem__"),
         "slice": ("function", "slice_aten"), "_fft_c2c": ("function", "_fft_c2c")}


def _find(name):
    kind, public = _ATEN.get(name, ("function", name))
    if kind == "method" and public in METHODS:
        return METHODS[public]
    for table in (FUNCTIONS, METHODS, *(NAMESPACES.get(space, {}) for space in ("nn.functional", "special", "aten"))):
        if public in table:
            return table[public]
    for space in ("linalg", "fft", "special"):
        if public.startswith(space + "_") and public[len(space) + 1:] in NAMESPACES.get(space, {}):
            return NAMESPACES[space][public[len(space) + 1:]]
    return None


class _Namespace(types.ModuleType):
    """torch.ops.<namespace>"""

    def __init__(self, name):
        super().__init__(f"torch.ops.{name}")
        self._name, self.name = name, name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        function = _find(name) if self._name == "aten" else None
        if function is None:
            raise AttributeError(f"'_OpNamespace' '{self._name}' object has no attribute '{name}'")
        packet = OpOverloadPacket(self._name, name, function)
        setattr(self, name, packet)
        return packet

    def _enter(self, name, overload, operator):
        packet = vars(self).get(name)
        if packet is None:
            packet = OpOverloadPacket(self._name, name)
            setattr(self, name, packet)
        packet._overloads[overload] = OpOverload(packet, overload, operator)

    def _leave(self, name, overload):
        packet = vars(self)[name]
        del packet._overloads[overload]
        if not packet._overloads:
            delattr(self, name)


class _Ops(types.ModuleType):
    """torch.ops"""

    def __init__(self):
        super().__init__("torch.ops")
        self.loaded_libraries = set()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = _Namespace(name)
        setattr(self, name, made)
        return made

    def load_library(self, path):
        """OSError: such libraries are built against PyTorch's C++ interface, which is not there; packages that can do
        without theirs catch it."""
        if not os.path.exists(path):
            raise OSError(f"{path}: cannot open shared object file: No such file or directory")
        raise OSError(f"{path}: libraries built against PyTorch's C++ interface cannot be loaded by mindtorch")


ops = _Ops()


def is_own(qualname):
    """Whether 'aten::name.overload' is an operator that torch itself has."""
    space, _, rest = qualname.partition("::")
    return space == "aten" and rest.partition(".")[0] in _aten_overloads()


def has_kernel(qualname, key):
    """Whether an operator has an implementation under a dispatch key; RuntimeError for operators that are not there."""
    from . import dispatch_keys, operators

    operator = operators.BY_NAME.get(operators.plain_name(qualname))
    if operator is not None:
        return operator.has_kernel(key)
    space, _, rest = qualname.partition("::")
    if not is_own(qualname) or _find(rest.partition(".")[0]) is None:
        raise RuntimeError(f"operator {qualname} does not exist")
    from mindtorch._core import devices

    key = dispatch_keys.parse(key)
    return key in ("CPU", "Meta", "AutogradCPU") or "PrivateUse1" in key and devices.npu_count() > 0
