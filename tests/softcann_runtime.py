"""Parts of the software CANN's runtime, one a process since the environment sets faults: softcann_runtime.py PART."""

import ctypes
import sys
import time

import numpy as np
from softcann_call import Call, OPERATORS, Refused, call, check, lib, numbers, pointer

f32 = np.float32


def refused(code, part, function):
    try:
        function()
    except Refused as error:
        assert error.code == code and part in error.text, error
        return
    raise AssertionError(f"not refused: {code} {part}")


def add(x):
    y = np.zeros_like(x)
    call("aclnnAdds", x, 1.0, 1.0, y)
    return y


def entries():
    """Both phases of every operator of the data file are there."""
    for name in OPERATORS:
        getattr(lib, name), getattr(lib, name + "GetWorkspaceSize")


def addresses():
    """aclSetTensorAddr sets the tensor that its index names, and refuses an index that names another."""
    made = Call()
    x, y, z, other = (np.full(3, v, f32) for v in (1, 2, 0, 9))
    executor = made.plan("aclnnMul", x, y, z)
    check(lib.aclSetAclOpExecutorRepeatable(executor))
    tx, ty, tz = made.arguments
    at = made.memory(other)
    run = lambda: lib.aclnnMul(None, ctypes.c_uint64(0), executor, None)  # noqa: E731
    check(run())
    check(lib.aclSetTensorAddr(executor, ctypes.c_size_t(1), ty, at))
    for index, tensor, part in ((0, ty, "another tensor"), (3, tx, "no index 3"), (2, tx, "another tensor")):
        code = lib.aclSetTensorAddr(executor, ctypes.c_size_t(index), tensor, at)
        assert code == 161002 and part in lib.aclGetRecentErrMsg().decode(), lib.aclGetRecentErrMsg()
    check(lib.aclrtSynchronizeStream(None))
    check(run())
    made.finish()
    assert (z == 9).all(), z


def outside():
    """Nothing outside a tensor: views that leave their storage, freed storage, memory of the host, unknown dtypes."""
    host = np.zeros(4, f32)

    def tensor(at, shape, strides, offset, storage, dtype=0):
        n = len(shape)
        return pointer(
            lib.aclCreateTensor(
                numbers(shape),
                ctypes.c_uint64(n),
                dtype,
                numbers(strides),
                ctypes.c_int64(offset),
                2,
                numbers([storage]),
                ctypes.c_uint64(1),
                at,
            )
        )

    def one(t):
        size, executor = ctypes.c_uint64(), pointer()
        check(lib.aclnnInplaceZeroGetWorkspaceSize(t, ctypes.byref(size), ctypes.byref(executor)))
        check(lib.aclnnInplaceZero(None, size, executor, None))
        check(lib.aclrtSynchronizeStream(None))

    at = pointer()
    check(lib.aclrtMalloc(ctypes.byref(at), ctypes.c_size_t(16), 0))
    one(tensor(at, [4], [1], 0, 4))
    for shape, strides, offset in (
        ([5], [1], 0),
        ([4], [1], 1),
        ([2, 2], [3, 1], 0),
        ([2], [-1], 0),
        ([2], [2**62], 0),
    ):
        refused(161002, "argument selfRef", lambda t=tensor(at, shape, strides, offset, 4): one(t))
    refused(161002, "negative size", lambda: one(tensor(at, [-1], [1], 0, 4)))
    refused(161002, "dtype 99 is unknown", lambda: one(tensor(at, [4], [1], 0, 4, 99)))
    refused(507015, "freed or never allocated", lambda: one(tensor(at, [5000], [1], 0, 5000)))
    refused(507015, "not memory of the device", lambda: one(tensor(pointer(host.ctypes.data), [4], [1], 0, 4)))
    check(lib.aclrtFree(at))
    refused(507015, "freed or never allocated", lambda: one(tensor(at, [4], [1], 0, 4)))
    assert lib.aclrtMemcpy(host.ctypes.data_as(pointer), ctypes.c_size_t(16), at, ctypes.c_size_t(16), 2) == 107000


def launch():  # SOFTCANN_FAULTS=launch:2
    x = np.zeros(3, f32)
    assert (add(x) == 1).all()
    refused(507015, "aclnnAdds: launch 2 fails", lambda: add(x))
    assert (add(x) == 1).all()
    assert "as it was told to" in lib.softcann_report().decode()


def memory():  # SOFTCANN_FAULTS=memory:1000000
    at = pointer()
    assert (
        lib.aclrtMalloc(ctypes.byref(at), ctypes.c_size_t(2000000), 0) == 207001
        and b"out of memory" in lib.aclGetRecentErrMsg()
    )
    for _ in range(3):
        check(lib.aclrtMalloc(ctypes.byref(at), ctypes.c_size_t(900000), 0))
        check(lib.aclrtFree(at))
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    check(lib.aclrtGetMemInfo(0, ctypes.byref(free), ctypes.byref(total)))
    assert free.value == total.value == 1000000


def hang():  # SOFTCANN_FAULTS=hang:1:0.6
    made = Call()
    x, y = np.zeros(3, f32), np.zeros(3, f32)
    executor = made.plan("aclnnAdds", x, 1.0, 1.0, y)
    check(lib.aclnnAdds(None, ctypes.c_uint64(0), executor, None))
    assert lib.aclrtSynchronizeStreamWithTimeout(None, 50) == 507046
    refused(507014, "longer than an operator may", lambda: check(lib.aclrtSynchronizeStream(None)))


def streams():  # SOFTCANN_FAULTS=hang:1:0.4
    """Streams do not wait for each other unless told to; events have times."""
    one, two, event, later = (pointer() for _ in range(4))
    for s in (one, two):
        check(lib.aclrtCreateStream(ctypes.byref(s)))
    for e in (event, later):
        check(lib.aclrtCreateEvent(ctypes.byref(e)))
    made = Call()
    x = np.zeros(3, f32)
    at = made.memory(x)

    def go(stream, value):
        executor = made.plan("aclnnInplaceFillScalar", x, value)
        check(lib.aclnnInplaceFillScalar(None, ctypes.c_uint64(0), executor, stream))

    def read(stream):
        y = np.zeros(3, f32)
        check(lib.aclrtMemcpyAsync(y.ctypes.data_as(pointer), ctypes.c_size_t(12), at, ctypes.c_size_t(12), 2, stream))
        return y[0]

    check(lib.aclrtRecordEvent(later, two))
    start = time.time()
    go(one, 5.0)  # hangs for a while and fails
    go(one, 7.0)
    assert time.time() - start < 0.3, "a launch waited for the stream"
    check(lib.aclrtRecordEvent(event, one))
    done = ctypes.c_int()
    check(lib.aclrtQueryEventStatus(event, ctypes.byref(done)))
    assert done.value == 0 and read(two) == 0, "without a wait the other stream sees what was"
    check(lib.aclrtStreamWaitEvent(two, event))
    assert read(two) == 7, "with it, what is"
    took = ctypes.c_float()
    check(lib.aclrtEventElapsedTime(ctypes.byref(took), later, event))
    assert 300 < took.value < 5000, took.value
    assert lib.aclrtSynchronizeStream(one) == 507014
    check(lib.aclrtSynchronizeStream(one))


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print("done")
