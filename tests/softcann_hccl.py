"""One rank of a group over the software CANN's collective library: softcann_hccl.py PART FOLDER, RANK, WORLD_SIZE."""

import ctypes
import os
import pathlib
import sys
import time

import numpy as np
from softcann_call import BFloat16, Refused, check, lib, pointer

PART, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
RANK, SIZE = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
TYPES = {
    name: code
    for code, name in enumerate(
        "int8 int16 int32 float16 float32 int64 uint64 uint8 uint16 uint32 float64 bfloat16".split()
    )
}
SUM, PRODUCT, GREATEST, LEAST = range(4)
TO_DEVICE, TO_HOST = 1, 2
u64 = ctypes.c_uint64


class Memory:
    """An array on the device."""

    def __init__(self, values):
        self.array = values.bits if isinstance(values, BFloat16) else np.ascontiguousarray(values)
        self.at = pointer()
        check(lib.aclrtMalloc(ctypes.byref(self.at), u64(max(self.array.nbytes, 1)), 0))
        self._copy(self.at, self.array.ctypes.data_as(pointer), TO_DEVICE)

    def _copy(self, to, source, kind):
        n = u64(self.array.nbytes)
        check(lib.aclrtMemcpy(to, n, source, n, kind))

    def get(self):
        check(lib.aclrtSynchronizeStream(None))
        self._copy(self.array.ctypes.data_as(pointer), self.at, TO_HOST)
        return self.array


def communicator():
    info, path = ctypes.create_string_buffer(4108), FOLDER / "root"
    if RANK == 0:
        check(lib.HcclGetRootInfo(info))
        (FOLDER / "new").write_bytes(info.raw)
        (FOLDER / "new").rename(path)
    else:
        while not path.exists():
            time.sleep(0.01)
        info.raw = path.read_bytes()
    made = pointer()
    check(lib.HcclCommInitRootInfo(SIZE, info, RANK, ctypes.byref(made)))
    return made


def counts(values):
    return (u64 * len(values))(*values)


def equal(got, want):
    assert np.array_equal(got, np.asarray(want, got.dtype)), (RANK, got, want)


def reductions():
    comm = communicator()
    every = np.arange(SIZE)
    for dtype, code in TYPES.items():
        if dtype in ("uint64", "uint8", "uint16", "uint32", "float64"):
            x = Memory(np.ones(3, dtype))
            refused(5, "not reduced", lib.HcclAllReduce(x.at, x.at, u64(3), code, SUM, comm, None))
            continue
        for op, want in (
            (SUM, every.sum()),
            (PRODUCT, 0),
            (GREATEST, SIZE - 1),
            (LEAST, 0),
        ):
            values = np.full(5, RANK)
            x = Memory(BFloat16(values) if dtype == "bfloat16" else values.astype(dtype))
            result = lib.HcclAllReduce(x.at, x.at, u64(5), code, op, comm, None)
            if op == PRODUCT and dtype in ("int16", "bfloat16"):
                refused(5, "no product", result)
                continue
            check(result)
            equal(x.get(), BFloat16(np.full(5, want)).bits if dtype == "bfloat16" else np.full(5, want))
    # longer than what a stream of bytes holds, and of a length that the ranks do not divide
    n = 3_000_001
    x, y = Memory(np.arange(n, dtype=np.int32) + RANK), Memory(np.zeros(n, np.int32))
    check(lib.HcclAllReduce(x.at, y.at, u64(n), TYPES["int32"], SUM, comm, None))
    equal(y.get(), np.arange(n) * SIZE + every.sum())
    equal(x.get(), np.arange(n) + RANK)
    x, y = Memory(np.arange(4, dtype=np.float32) + RANK), Memory(np.zeros(4, np.float32))
    check(lib.HcclReduce(x.at, y.at, u64(4), TYPES["float32"], SUM, 1, comm, None))
    equal(y.get(), np.arange(4) * SIZE + every.sum() if RANK == 1 else np.zeros(4))
    x, y = Memory(np.arange(2 * SIZE, dtype=np.float32) + RANK), Memory(np.zeros(2, np.float32))
    check(lib.HcclReduceScatter(x.at, y.at, u64(2), TYPES["float32"], SUM, comm, None))
    equal(y.get(), (np.arange(2) + 2 * RANK) * SIZE + every.sum())
    # rank r gets r elements, which lie apart from each other
    places = [10 * r for r in range(SIZE)]
    x, y = Memory(np.arange(10 * SIZE, dtype=np.int64)), Memory(np.zeros(max(RANK, 1), np.int64))
    check(
        lib.HcclReduceScatterV(
            x.at, counts(range(SIZE)), counts(places), y.at, u64(RANK), TYPES["int64"], GREATEST, comm, None
        )
    )
    equal(y.get()[:RANK], np.arange(10 * RANK, 10 * RANK + RANK))


def movements():
    comm = communicator()
    every, code = np.arange(SIZE), TYPES["float64"]
    x = Memory(np.full(3, RANK, np.float64))
    check(lib.HcclBroadcast(x.at, u64(3), code, SIZE - 1, comm, None))
    equal(x.get(), np.full(3, SIZE - 1))
    x, y = Memory(np.array([RANK, -RANK], np.float64)), Memory(np.zeros(2 * SIZE))
    check(lib.HcclAllGather(x.at, y.at, u64(2), code, comm, None))
    equal(y.get(), np.stack([every, -every], 1).ravel())
    x, y = Memory(np.full(max(RANK, 1), RANK, np.float64)), Memory(np.zeros(10 * SIZE))
    places = counts([10 * r for r in range(SIZE)])
    check(lib.HcclAllGatherV(x.at, u64(RANK), y.at, counts(every), places, code, comm, None))
    want = np.zeros((SIZE, 10))
    for r in range(SIZE):
        want[r, :r] = r
    equal(y.get(), want.ravel())
    x, y = Memory(every + 0.5 if RANK == 2 % SIZE else np.zeros(SIZE)), Memory(np.zeros(1))
    check(lib.HcclScatter(x.at, y.at, u64(1), code, 2 % SIZE, comm, None))
    equal(y.get(), [RANK + 0.5])
    x, y = Memory(10.0 * RANK + every), Memory(np.zeros(SIZE))
    check(lib.HcclAlltoAll(x.at, u64(1), code, y.at, u64(1), code, comm, None))
    equal(y.get(), 10 * every + RANK)
    # rank i sends i + 1 elements to everybody
    x, y = Memory(np.full((RANK + 1) * SIZE, float(RANK))), Memory(np.zeros(SIZE * (SIZE + 1) // 2))
    matrix = counts([i + 1 for i in range(SIZE) for _ in range(SIZE)])
    check(lib.HcclAlltoAllVC(x.at, matrix, code, y.at, code, comm, None))
    want = np.repeat(every, every + 1)
    equal(y.get(), want)
    y = Memory(np.zeros(len(want)))
    starts = [r * (r + 1) // 2 for r in range(SIZE)]
    sent, apart = counts([RANK + 1] * SIZE), counts([(RANK + 1) * r for r in range(SIZE)])
    check(lib.HcclAlltoAllV(x.at, sent, apart, code, y.at, counts(every + 1), counts(starts), code, comm, None))
    equal(y.get(), want)
    check(lib.HcclBarrier(comm, None))


class Item(ctypes.Structure):
    _fields_ = [
        ("direction", ctypes.c_int),
        ("data", pointer),
        ("count", u64),
        ("type", ctypes.c_int),
        ("peer", ctypes.c_uint32),
    ]


def messages():
    comm = communicator()
    n, code = 500_000, TYPES["float32"]  # more than what is under way at once
    x, y = Memory(np.full(n, RANK, np.float32)), Memory(np.zeros(n, np.float32))
    following, before = (RANK + 1) % SIZE, (RANK - 1) % SIZE
    items = (Item * 2)(Item(0, x.at, n, code, following), Item(1, y.at, n, code, before))
    check(lib.HcclBatchSendRecv(items, 2, comm, None))
    equal(y.get(), np.full(n, before))
    if RANK == 0:
        check(lib.HcclSend(x.at, u64(3), code, 1, comm, None))
        check(lib.HcclRecv(y.at, u64(n), code, 1, comm, None))
        equal(y.get()[:2], [9, 9])
    elif RANK == 1:
        check(lib.HcclRecv(y.at, u64(3), code, 0, comm, None))
        equal(y.get()[:4], [0, 0, 0, before])
        z = Memory(np.full(n, 9, np.float32))
        check(lib.HcclSend(z.at, u64(n), code, 0, comm, None))
        check(lib.aclrtSynchronizeStream(None))
    # a group of the last two, of which the last is number 0
    if RANK >= SIZE - 2:
        part, members = pointer(), (ctypes.c_uint32 * 2)(SIZE - 1, SIZE - 2)
        own = SIZE - 1 - RANK
        check(
            lib.HcclCreateSubCommConfig(
                ctypes.byref(comm), 2, members, u64(7), own, None, ctypes.byref(part)
            )
        )
        size, rank = ctypes.c_uint32(), ctypes.c_uint32()
        check(lib.HcclGetRankSize(part, ctypes.byref(size)))
        check(lib.HcclGetRankId(part, ctypes.byref(rank)))
        assert (size.value, rank.value) == (2, own)
        z = Memory(np.full(2, RANK, np.float32))
        check(lib.HcclBroadcast(z.at, u64(2), code, 0, part, None))
        equal(z.get(), [SIZE - 1] * 2)
        check(lib.HcclCommDestroy(part))


def refused(code, part, result):
    text = lib.aclGetRecentErrMsg().decode()
    assert result == code and part in text, (code, part, result, text)


def refusals():
    comm = communicator()
    x, host = Memory(np.zeros(4, np.float32)), np.zeros(4, np.float32)
    code = TYPES["float32"]
    refused(1, "no rank 9", lib.HcclBroadcast(x.at, u64(4), code, 9, comm, None))
    refused(1, "no data type 99", lib.HcclBroadcast(x.at, u64(4), 99, 0, comm, None))
    refused(1, "no reduction 4", lib.HcclAllReduce(x.at, x.at, u64(4), code, 4, comm, None))
    refused(1, "host memory", lib.HcclBroadcast(host.ctypes.data_as(pointer), u64(4), code, 0, comm, None))
    refused(1, "not one allocation", lib.HcclBroadcast(x.at, u64(5000), code, 0, comm, None))
    refused(2, "null pointer", lib.HcclBroadcast(None, u64(4), code, 0, comm, None))
    refused(1, "no communicator", lib.HcclBarrier(pointer(16), None))
    odd = pointer(x.at.value + 2)
    refused(5, "aligned", lib.HcclBroadcast(odd, u64(2), code, 0, comm, None))


def failed(code, part):
    try:
        check(lib.aclrtSynchronizeStream(None))
    except Refused as error:
        assert error.code == code and part in error.text, error
        return
    raise AssertionError("no failure")


def different():
    comm = communicator()
    x = Memory(np.zeros(4, np.float32))
    code = TYPES["float32"]
    if RANK == 0:
        check(lib.HcclAllReduce(x.at, x.at, u64(4), code, SUM, comm, None))
        failed(507015, "rank 1 of the group calls all_reduce of 3 float32 by sum where rank 0 calls all_reduce of 4")
        error = ctypes.c_int()
        check(lib.HcclGetCommAsyncError(comm, ctypes.byref(error)))
        assert error.value
        check(lib.HcclBarrier(comm, None))
        failed(507015, "an earlier operation of the communicator failed")
    else:
        check(lib.HcclAllReduce(x.at, x.at, u64(3), code, SUM, comm, None))
        failed(507015, "rank 0 of the group calls all_reduce of 4")


def absent():
    """The last rank does not take part in the second operation, as the fault tells it."""
    comm = communicator()
    x = Memory(np.ones(4, np.float32))
    check(lib.HcclAllReduce(x.at, x.at, u64(4), TYPES["float32"], SUM, comm, None))
    equal(x.get(), [SIZE] * 4)
    check(lib.HcclAllReduce(x.at, x.at, u64(4), TYPES["float32"], SUM, comm, None))
    if RANK != SIZE - 1:
        where = f"all_reduce, call 2 of the group of {SIZE} on rank {RANK}"
        failed(107020, f"{where}: rank {SIZE - 1} did not come within 1 s")
    else:
        check(lib.aclrtSynchronizeStream(None))
        time.sleep(2)


def ended():
    comm = communicator()
    check(lib.HcclBarrier(comm, None))
    check(lib.aclrtSynchronizeStream(None))
    if RANK == SIZE - 1:
        os._exit(0)
    check(lib.HcclBarrier(comm, None))
    failed(507015, f"rank {SIZE - 1} has ended")


def late():
    """A rank that never comes is named when the time to connect is over."""
    if RANK == SIZE - 1:
        return
    try:
        communicator()
    except Refused as error:
        assert error.code == 9 and f"rank {SIZE - 1} of {SIZE} has not come" in error.text, error
        return
    raise AssertionError("no failure")


if __name__ == "__main__":
    globals()[PART]()
    print("done")
