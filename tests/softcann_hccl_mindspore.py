"""One rank of MindSpore's own communication over its Ascend back end: softcann_hccl_mindspore.py PART."""

import contextlib
import os
import sys
from datetime import timedelta

import mindspore as ms
import mindspore.mint.distributed as dist
import numpy as np
from mindspore import Tensor

PART = sys.argv[1]
RANK, SIZE = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
TOTAL = SIZE * (SIZE + 1) // 2


def T(values, dtype=np.float32):
    return Tensor(np.asarray(values, dtype))


def equal(tensor, want):
    got = tensor.astype(ms.float32).asnumpy()
    assert np.array_equal(got, np.asarray(want, np.float32)), (RANK, got, want)


def collectives():
    for dtype in (np.float32, np.float16, np.int32, np.int64, np.int8):
        t = T([RANK + 1] * 5, dtype)
        dist.all_reduce(t)
        equal(t, [TOTAL] * 5)
    t = T([RANK + 1.0] * 5).astype(ms.bfloat16)
    dist.all_reduce(t, "max")
    equal(t, [SIZE] * 5)
    t = T([RANK])
    dist.broadcast(t, 1)
    equal(t, [1])
    o = T(np.zeros(2 * SIZE))
    dist.all_gather_into_tensor(o, T([RANK, RANK + 10]))
    equal(o, np.stack([np.arange(SIZE), np.arange(SIZE) + 10], 1).ravel())
    o = T(np.zeros(2))
    dist.reduce_scatter_tensor(o, T(np.arange(2 * SIZE) + RANK))
    equal(o, (np.arange(2) + 2 * RANK) * SIZE + TOTAL - SIZE)
    o = T(np.zeros(SIZE))
    dist.all_to_all_single(o, T(np.arange(SIZE) + 100 * RANK))
    equal(o, np.arange(SIZE) * 100 + RANK)
    t = T([RANK + 1.0])
    dist.reduce(t, 0)
    if RANK == 0:
        equal(t, [TOTAL])
    dist.barrier()
    o = T([0])
    pair = [dist.P2POp("isend", T([RANK]), (RANK + 1) % SIZE), dist.P2POp("irecv", o, (RANK - 1) % SIZE)]
    for handle in dist.batch_isend_irecv(pair):
        handle.wait()
    equal(o, [(RANK - 1) % SIZE])
    if RANK < 2:
        part = dist.new_group([0, 1])
        t = T([RANK + 1.0])
        dist.all_reduce(t, group=part)
        equal(t, [3])
        if RANK == 0:
            dist.send(t, 1)
        else:
            o = T([0])
            dist.recv(o, 0)
            equal(o, [3])
    o = T([0])
    dist.scatter(o, [T([10 * k + RANK]) for k in range(SIZE)] if RANK == 0 else [], 0)
    equal(o, [10 * RANK])
    objects = [None] * SIZE
    dist.all_gather_object(objects, {"rank": RANK})
    assert objects == [{"rank": k} for k in range(SIZE)], objects
    t = T([RANK + 1.0])
    dist.all_reduce(t, async_op=True).wait()
    equal(t, [TOTAL])


def absent():
    t = T([1.0])
    dist.all_reduce(t)
    equal(t, [SIZE])
    if RANK == 1:
        os._exit(0)
    try:
        dist.all_reduce(t)
        t.asnumpy()
    except RuntimeError as error:
        assert "rank 1 has ended" in str(error), error
        os._exit(0)  # what comes at the end of a process waits for the group
    raise AssertionError("no failure")


ms.set_device("Ascend", int(os.environ["LOCAL_RANK"]))
with contextlib.suppress(SystemError, ImportError):  # under NumPy 2 MindSpore's first such call fails, later ones work
    T([1]).reshape(-1)
address = f"tcp://127.0.0.1:{os.environ['MASTER_PORT']}"
dist.init_process_group(init_method=address, world_size=SIZE, rank=RANK, timeout=timedelta(seconds=60))
globals()[PART]()
dist.destroy_process_group()
