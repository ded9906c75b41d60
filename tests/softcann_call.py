"""Calls operators of the software CANN from NumPy through their C entry points. For processes with its environment."""

import ctypes
import importlib.util
import os
import pathlib
import sys

import numpy as np

_PACKAGE = pathlib.Path(__file__).parent.parent / "mindtorch" / "softcann"
_spec = importlib.util.spec_from_file_location("softcann_generate", _PACKAGE / "generate.py")
generate = importlib.util.module_from_spec(_spec)
sys.modules["softcann_generate"] = generate
_spec.loader.exec_module(generate)
OPERATORS = {o.name: o for o in generate.operators()}
CODES = {
    "float32": 0,
    "float16": 1,
    "int8": 2,
    "int32": 3,
    "uint8": 4,
    "int16": 6,
    "uint16": 7,
    "uint32": 8,
    "int64": 9,
    "uint64": 10,
    "float64": 11,
    "bool": 12,
    "complex64": 16,
    "complex128": 17,
}
_INTEGERS = {
    "int64": ctypes.c_int64,
    "int32": ctypes.c_int32,
    "int8": ctypes.c_int8,
    "uint8": ctypes.c_uint8,
    "uint64": ctypes.c_uint64,
    "bool": ctypes.c_bool,
}
pointer = ctypes.c_void_p
lib = ctypes.CDLL(os.path.join(os.environ["SOFTCANN_HOME"], "lib64", "libascendcl.so"), ctypes.RTLD_GLOBAL)
for _name in (
    "aclCreateTensor",
    "aclCreateScalar",
    "aclCreateIntArray",
    "aclCreateBoolArray",
    "aclCreateFloatArray",
    "aclCreateTensorList",
):
    getattr(lib, _name).restype = pointer
lib.aclGetRecentErrMsg.restype = lib.softcann_report.restype = ctypes.c_char_p


class Refused(Exception):
    """A call came back with a code."""

    def __init__(self, code):
        self.code, self.text = code, lib.aclGetRecentErrMsg().decode()
        super().__init__(f"{code}: {self.text}")


class BFloat16:
    """An array of bfloat16: its bits, and float32 values."""

    def __init__(self, values):
        bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
        self.bits = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16).reshape(np.shape(values))

    def values(self):
        return (self.bits.astype(np.uint32) << 16).view(np.float32)


def check(code):
    if code:
        raise Refused(code)


def numbers(values):
    return (ctypes.c_int64 * max(len(values), 1))(*values)


class Call:
    """One call: its descriptors, and the device memory behind its arrays, a storage once for all its views."""

    def __init__(self):
        self.storages, self.arrays, self.held = {}, [], []

    def memory(self, owner):
        key = owner.__array_interface__["data"][0]
        if key not in self.storages:
            at = pointer()
            check(lib.aclrtMalloc(ctypes.byref(at), ctypes.c_size_t(max(owner.nbytes, 1)), 0))
            if owner.nbytes:
                check(
                    lib.aclrtMemcpy(at, ctypes.c_size_t(owner.nbytes), pointer(key), ctypes.c_size_t(owner.nbytes), 1)
                )
            self.storages[key] = (at, owner)
        return self.storages[key][0]

    def tensor(self, array):
        code = 27 if isinstance(array, BFloat16) else CODES[array.dtype.name]
        array = array.bits if isinstance(array, BFloat16) else array
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        at = self.memory(owner)
        size = array.itemsize
        offset = (
            (array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]) // size if array.size else 0
        )
        made = lib.aclCreateTensor(
            numbers(array.shape),
            ctypes.c_uint64(array.ndim),
            code,
            numbers([s // size for s in array.strides]),
            ctypes.c_int64(offset),
            2,
            numbers([owner.size]),
            ctypes.c_uint64(1),
            at,
        )
        self.held.append(made)
        return made

    def argument(self, a, value):
        if a.type == "tensor":
            return pointer(None) if value is None else pointer(self.tensor(value))
        if a.type == "tensors":
            made = [self.tensor(v) for v in value]
            return pointer(lib.aclCreateTensorList((pointer * max(len(made), 1))(*made), ctypes.c_uint64(len(made))))
        if a.type == "scalar":
            if value is None:
                return pointer(None)
            kind = np.asarray(value)
            return pointer(lib.aclCreateScalar(kind.ctypes.data_as(pointer), CODES[kind.dtype.name]))
        if a.type == "ints":
            return (
                pointer(None)
                if value is None
                else pointer(lib.aclCreateIntArray(numbers(value), ctypes.c_uint64(len(value))))
            )
        if a.type == "bools":
            return pointer(
                lib.aclCreateBoolArray((ctypes.c_bool * max(len(value), 1))(*value), ctypes.c_uint64(len(value)))
            )
        if a.type == "text":
            return ctypes.c_char_p(value.encode())
        if a.type in ("double", "float"):
            return ctypes.c_double(value) if a.type == "double" else ctypes.c_float(value)
        return _INTEGERS[a.type](value)

    def plan(self, name, *values):
        operator = OPERATORS[name]
        if len(values) != len(operator.arguments):
            raise TypeError(f"{name} takes {[a.name for a in operator.arguments]}")
        size, executor = ctypes.c_uint64(), pointer()
        arguments = [self.argument(a, v) for a, v in zip(operator.arguments, values)]
        check(getattr(lib, name + "GetWorkspaceSize")(*arguments, ctypes.byref(size), ctypes.byref(executor)))
        self.arguments = arguments
        return executor

    def finish(self):
        check(lib.aclrtSynchronizeStream(None))
        for at, owner in self.storages.values():
            if owner.nbytes:
                check(
                    lib.aclrtMemcpy(
                        owner.ctypes.data_as(pointer),
                        ctypes.c_size_t(owner.nbytes),
                        at,
                        ctypes.c_size_t(owner.nbytes),
                        2,
                    )
                )
            check(lib.aclrtFree(at))


def shape_of(tensor):
    sizes, rank = ctypes.POINTER(ctypes.c_int64)(), ctypes.c_uint64()
    check(lib.aclGetViewShape(tensor, ctypes.byref(sizes), ctypes.byref(rank)))
    return tuple(sizes[i] for i in range(rank.value))


def call(name, *values):
    """Runs an operator; arrays that it writes are changed in place. Gives the call, whose descriptors tell shapes."""
    made = Call()
    try:
        executor = made.plan(name, *values)
        check(getattr(lib, name)(None, ctypes.c_uint64(0), executor, None))
    finally:
        made.finish()
    return made
