"""torch.ops: operators by namespace, name and overload; aten's are those of the table."""
import os
import types

from .registry import FUNCTIONS, METHODS, NAMESPACES


class OpOverload:
    """One overload of an operator; calling it calls the operator."""

    def __init__(self, packet, overload):
        self.overloadpacket, self._overloadname = packet, overload
        self.__name__ = f"{packet.__name__}.{overload}"
        self.__module__ = f"torch.ops.{packet.namespace}"

    def __call__(self, *args, **kwargs):
        return self.overloadpacket(*args, **kwargs)

    def name(self):
        """'namespace::name.overload', without the overload when it is the default one."""
        tail = "" if self._overloadname == "default" else "." + self._overloadname
        return f"{self.overloadpacket.namespace}::{self.overloadpacket.__name__}{tail}"

    def __repr__(self):
        return (f"<OpOverload(op='{self.overloadpacket.namespace}.{self.overloadpacket.__name__}', "
                f"overload='{self._overloadname}')>")

    def __str__(self):
        return f"{self.overloadpacket.namespace}.{self.overloadpacket.__name__}.{self._overloadname}"


class OpOverloadPacket:
    """All overloads of an operator."""

    def __init__(self, namespace, name, function):
        self.namespace, self.__name__, self._function, self._overloads = namespace, name, function, {}
        self.__module__ = f"torch.ops.{namespace}"

    def __call__(self, *args, **kwargs):
        return self._function(*args, **kwargs)

    def overloads(self):
        """Names of the overloads asked for so far."""
        return list(self._overloads) or ["default"]

    def __getattr__(self, overload):
        if overload.startswith("__"):
            raise AttributeError(overload)
        if overload not in self._overloads:
            self._overloads[overload] = OpOverload(self, overload)
        return self._overloads[overload]

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
        self._name, self._registered = name, {}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        function = self._registered.get(name)
        if function is None and self._name == "aten":
            function = _find(name)
        if function is None:
            raise AttributeError(f"'_OpNamespace' '{self._name}' object has no attribute '{name}'")
        packet = OpOverloadPacket(self._name, name, function)
        setattr(self, name, packet)
        return packet


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


def register_operator(namespace, name, function):
    """Enter an operator of a library's own; RuntimeError when it is there."""
    space = getattr(ops, namespace)
    if name in space._registered:
        raise RuntimeError(f"operator {namespace}::{name} is registered already")
    space._registered[name] = function
