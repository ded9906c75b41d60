"""torch.distributed between CPU processes: collectives against what they must give, groups, objects, messages, faults.

Expected values are formulas; types and texts of errors are those of PyTorch 2.13 with gloo."""

import pytest
from tests.distributed_ranks import free_port, ranks

COLLECTIVES = """
    dist.init_process_group("gloo", timeout=timedelta(seconds=30))
    assert (dist.get_rank(), dist.get_world_size(), dist.get_backend()) == (RANK, SIZE, "gloo")
    every = torch.arange(SIZE)
    R = dist.ReduceOp
    INTEGERS = [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64]
    FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    for dtype in INTEGERS + FLOATS + [torch.bool, torch.complex64, torch.complex128, torch.uint16]:
        mine = torch.tensor([RANK + 1, 2 * RANK, 3, 0]).to(dtype)
        all_ = torch.stack([torch.tensor([r + 1, 2 * r, 3, 0]).to(dtype) for r in range(SIZE)])
        for op in (R.SUM, R.PRODUCT, R.MIN, R.MAX, R.BAND, R.BOR, R.BXOR, R.AVG):
            bits = op in (R.BAND, R.BOR, R.BXOR)
            if dtype.is_floating_point and bits:
                raises(RuntimeError, f"Cannot use ReduceOp.{op.name} with non-integral dtype", dist.all_reduce,
                       mine.clone(), op)
                continue
            if dtype.is_complex and op not in (R.SUM, R.AVG):
                raises(ValueError, f"all_reduce does not support RedOpType.{op.name} on complex tensors",
                       dist.all_reduce, mine.clone(), op)
                continue
            if op is R.AVG and not dtype.is_floating_point and not dtype.is_complex:
                raises(RuntimeError, "result type Float can't be cast to the desired output type", dist.all_reduce,
                       mine.clone(), op)
                continue
            wide = all_.to(torch.complex128 if dtype.is_complex else
                           torch.float64 if dtype.is_floating_point else torch.int64)
            want = wide[0]
            for other in wide[1:]:
                want = {"SUM": lambda a, b: a + b, "AVG": lambda a, b: a + b, "PRODUCT": lambda a, b: a * b,
                        "MIN": torch.minimum, "MAX": torch.maximum, "BAND": lambda a, b: a & b,
                        "BOR": lambda a, b: a | b, "BXOR": lambda a, b: a ^ b}[op.name](want, other)
            if op is R.AVG:
                want = want / SIZE
            t = mine.clone()
            assert dist.all_reduce(t, op) is None
            torch.testing.assert_close(t, want.to(dtype))
            t = mine.clone()
            dist.reduce(t, SIZE - 1, op)
            if RANK == SIZE - 1:
                torch.testing.assert_close(t, want.to(dtype))
            out = torch.zeros(4, dtype=dtype)
            dist.reduce_scatter(out, [mine] * SIZE, op)
            torch.testing.assert_close(out, want.to(dtype))
        t = mine.clone()
        dist.broadcast(t, 1)
        same(t, all_[1])
        outs = [torch.zeros_like(mine) for _ in range(SIZE)]
        dist.all_gather(outs, mine)
        same(torch.stack(outs), all_)
        out = torch.zeros(4 * SIZE, dtype=dtype)
        dist.all_gather_single(out, mine)
        same(out, all_.reshape(-1))
        dist.gather(mine, outs if RANK == 1 else None, dst=1)
        if RANK == 1:
            same(torch.stack(outs), all_)
        out = torch.zeros_like(mine)
        dist.scatter(out, list(all_) if RANK == 0 else None, src=0)
        same(out, mine)
        out = torch.zeros(SIZE, dtype=dtype)
        dist.all_to_all_single(out, torch.full((SIZE,), RANK).to(dtype))
        same(out, every.to(dtype))
    # what does not lie densely, and lengths that nobody divides
    x = torch.zeros(2, 3, dtype=torch.float64).t()
    x += RANK + torch.arange(6.0, dtype=torch.float64).reshape(3, 2)
    dist.all_reduce(x)
    same(x, torch.arange(6.0).reshape(3, 2) * SIZE + every.sum())
    n = 1_000_003
    x = torch.arange(n, dtype=torch.int64) + RANK
    work = dist.all_reduce(x, async_op=True)
    assert work.wait() is True and work.is_completed() and work.is_success() and work.exception() is None
    same(x, torch.arange(n) * SIZE + every.sum())
    outs = [torch.zeros(r + 1) for r in range(SIZE)]
    dist.all_gather(outs, torch.full((RANK + 1,), float(RANK)))
    for r in range(SIZE):
        same(outs[r], torch.full((r + 1,), float(r)))
    out, sizes = torch.zeros(SIZE * (RANK + 1), 2), [RANK + 1] * SIZE
    dist.all_to_all_single(out, torch.cat([torch.full((r + 1, 2), 10.0 * RANK + r) for r in range(SIZE)]), sizes,
                           list(range(1, SIZE + 1)))
    same(out, torch.cat([torch.full((RANK + 1, 2), 10.0 * r + RANK) for r in range(SIZE)]))
    outs = [torch.zeros(2) for _ in range(SIZE)]
    dist.all_to_all(outs, [torch.full((2,), 10.0 * RANK + r) for r in range(SIZE)])
    same(torch.stack(outs)[:, 0], 10.0 * every + RANK)
    dist.all_reduce_coalesced(two := [torch.ones(3), torch.full((2, 2), float(RANK))])
    same(two[0], [SIZE] * 3), same(two[1], torch.full((2, 2), float(every.sum())))
    out = torch.zeros(2)
    dist.reduce_scatter_single(out, torch.arange(2.0 * SIZE) + RANK)
    same(out, (torch.arange(2.0) + 2 * RANK) * SIZE + every.sum())
    x = torch.ones(3)
    future = dist.all_reduce(x, async_op=True).get_future().then(lambda f: f.value()[0] * 2)
    same(future.wait(), [2.0 * SIZE] * 3)
    empty = torch.zeros(0)
    dist.all_reduce(empty), dist.broadcast(empty, 0), dist.barrier()
    p = torch.nn.Parameter(torch.ones(2))
    dist.all_reduce(p)
    same(p.detach(), [SIZE] * 2)
    dist.destroy_process_group()
    assert not dist.is_initialized()
    dist.init_process_group("gloo")  # again
    dist.all_reduce(x := torch.ones(1))
    same(x, [SIZE])
    dist.destroy_process_group()
"""


@pytest.mark.parametrize("n, way", [(2, "auto"), (3, "auto"), (3, "sockets")])
def test_collectives(n, way):
    ranks(COLLECTIVES, n, environment={"MINDTORCH_TRANSPORT": way})


def test_groups_and_objects():
    ranks("""
        dist.init_process_group("gloo")
        first, last = dist.new_group([0, 1]), dist.new_group([2, 1])
        if RANK < 2:
            dist.all_reduce(x := torch.ones(1), group=first)
            same(x, [2])
            assert dist.get_rank(first) == RANK and dist.get_world_size(first) == 2
        else:
            assert first == dist.GroupMember.NON_GROUP_MEMBER and dist.get_rank(first) == -1
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                assert dist.all_reduce(torch.ones(1), group=first) is None
            said = str(seen[0].message)
            assert "Running all_reduce on global rank 2 which does not belong to the given group" in said
        if RANK:
            dist.broadcast(x := torch.tensor([float(RANK)]), src=2, group=last)
            same(x, [2])
            dist.broadcast(x := torch.tensor([float(RANK)]), group_src=0, group=last)
            same(x, [1])
            assert dist.get_process_group_ranks(last) == [1, 2] and dist.get_global_rank(last, 1) == 2
            assert dist.get_group_rank(last, 2) == 1
            raises(ValueError, "Global rank 0 is not part of group", dist.get_group_rank, last, 0)
        if RANK != 1:
            pair = dist.new_group([0, 2], use_local_synchronization=True)
            dist.all_reduce(x := torch.ones(1), group=pair)
            same(x, [2])
        got = [None] * SIZE
        dist.all_gather_object(got, {"rank": RANK, "text": "x" * 1000 * RANK})
        assert got == [{"rank": r, "text": "x" * 1000 * r} for r in range(SIZE)]
        dist.gather_object(RANK, got if RANK == 1 else None, dst=1)
        assert RANK != 1 or got == [0, 1, 2]
        got = [RANK, None]
        dist.broadcast_object_list(got, src=2)
        assert got == [2, None]
        one = [None]
        dist.scatter_object_list(one, ["a", "b", "c"] if RANK == 1 else None, src=1)
        assert one == ["abc"[RANK]]
        if RANK == 0:
            dist.send_object_list([1, {"a": torch.ones(2)}], 2)
        elif RANK == 2:
            got = [None, None]
            assert dist.recv_object_list(got) == 0 and got[0] == 1 and got[1]["a"].tolist() == [1, 1]
        mine, groups = dist.new_subgroups(1)
        assert dist.get_process_group_ranks(mine) == [RANK] and len(groups) == 3
        part = dist.split_group(split_ranks=[[0, 2], [1]])
        assert dist.get_process_group_ranks(part) == ([1] if RANK == 1 else [0, 2])
        W = dist.group.WORLD
        raises(ValueError, "the new group's world size should be less or equal", dist.new_group, [0, 1, 2, 3])
        raises(ValueError, "Rank -1 is out of range", dist.new_group, [0, -1])
        raises(ValueError, "must not contain duplicate entries", dist.new_group, [0, 0])
        raises(ValueError, "twice", dist.init_process_group, "gloo")
        raises(RuntimeError, "invalid root rank: 7", dist.broadcast, torch.ones(1), src=7)
        raises(RuntimeError, "invalid root rank: 9", dist.reduce, torch.ones(1), dst=9)
        raises(TypeError, "Expected parameter `tensor` of type torch.Tensor", dist.all_reduce, [1])
        raises(TypeError, "Expected parameter `tensor_list` of type List", dist.all_gather, torch.ones(1),
               torch.ones(1))
        raises(RuntimeError, "expected length 3, got 1", dist.all_gather, [torch.ones(1)], torch.ones(1))
        raises(ValueError, "different dtypes", dist.all_gather, [torch.ones(1)] * 3, torch.ones(1).int())
        raises(RuntimeError, "3", dist.all_gather_single, torch.ones(2), torch.ones(1))
        raises(RuntimeError, "Tensor's dim 0 does not divide equally", dist.all_to_all_single, torch.ones(4),
               torch.ones(4))
        raises(ValueError, "rank should not be the same", dist.send, torch.ones(1), dst=RANK)
        raises(ValueError, "Global rank 5 is not part", dist.get_group_rank, W, 5)
        dist.destroy_process_group(W)
        raises(ValueError, "Default process group has not been initialized", dist.all_reduce, torch.ones(1))
    """, 3)


MESSAGES = """
    dist.init_process_group("gloo")
    n = 600_000  # more than what is under way at once
    big, got = torch.full((n,), float(RANK)), torch.zeros(n)
    works = [dist.isend(big, 1 - RANK), dist.irecv(got, 1 - RANK)]
    assert all(w.wait() for w in works)
    same(got, torch.full((n,), 1.0 - RANK))
    if RANK == 0:  # by tag, in another order than they come
        for tag in (3, 1, 2):
            dist.send(torch.full((2,), float(tag)), 1, tag=tag)
        dist.recv(x := torch.zeros(1), 1)
    else:
        for tag in (1, 2, 3):
            dist.recv(x := torch.zeros(2), 0, tag=tag)
            same(x, [tag] * 2)
        dist.send(torch.ones(1), 0)
    x = torch.zeros(2, 2).t()
    if RANK == 0:
        dist.send(torch.arange(4.0).reshape(2, 2), 1)
    else:
        assert dist.recv(x) == 0  # from anybody
        same(x, torch.arange(4.0).reshape(2, 2))
    ops = [dist.P2POp(dist.isend, torch.full((3,), float(RANK)), 1 - RANK),
           dist.P2POp(dist.irecv, got := torch.zeros(3), 1 - RANK)]
    for w in dist.batch_isend_irecv(ops):
        w.wait()
    same(got, [1.0 - RANK] * 3)
    raises(ValueError, "Expected ``op`` to be of type", dist.P2POp, dist.broadcast, torch.ones(1), 1 - RANK)
    if RANK == 0:
        dist.send(torch.ones(3), 1)
    else:
        raises(RuntimeError, "rank 0 sends 12 bytes where 8 bytes are to be received", dist.recv, torch.zeros(2), 0)
    dist.barrier()
    with dist.distributed_c10d._coalescing_manager(async_ops=True) as manager:
        manager.append(dist.all_reduce(x := torch.ones(1), async_op=True))
    manager.wait()
    same(x, [2])
"""


@pytest.mark.parametrize("way", ["auto", "sockets"])
def test_messages(way):
    ranks(MESSAGES, environment={"MINDTORCH_TRANSPORT": way})


def test_ways_to_meet():
    ranks("""
        raises(ValueError, "rank parameter missing", dist.init_process_group, "gloo", "tcp://127.0.0.1:1")
        raises(RuntimeError, "No rendezvous handler for ftp://", dist.init_process_group, "gloo", "ftp://x")
        if RANK == 0:
            environment = dict(os.environ)
            del os.environ["MASTER_PORT"]
            raises(ValueError, "environment variable MASTER_PORT expected, but not set", dist.init_process_group,
                   "gloo")
            os.environ.update(environment)
        path, port = os.environ["FOLDER"] + "/store", int(os.environ["MASTER_PORT"])
        for url in (f"tcp://127.0.0.1:{port}", f"file://{path}", f"tcp://localhost:{port}", "env://"):
            dist.init_process_group("gloo", url, rank=RANK, world_size=SIZE)
            dist.all_reduce(x := torch.ones(1))
            same(x, [SIZE])
            dist.destroy_process_group()
        store = dist.TCPStore("localhost", int(os.environ["OTHER_PORT"]), SIZE, RANK == 0, timedelta(seconds=20))
        dist.init_process_group("gloo", store=dist.PrefixStore("mine", store), rank=RANK, world_size=SIZE)
        dist.barrier()
        dist.destroy_process_group()
        store.set("done", "1") if RANK else store.get("done")
    """, environment={"OTHER_PORT": str(free_port())})


def test_faults():
    """Who is missing is named, within the timeout; nobody waits for ever."""
    texts = ranks("""
        dist.init_process_group("gloo", timeout=timedelta(seconds=2))
        dist.all_reduce(torch.ones(1))
        if RANK == 2:
            time.sleep(6)
            os._exit(0)
        start = time.monotonic()
        raises(RuntimeError, f"all_reduce, call 3 of the group of 3 on rank {RANK}: rank 2 did not come within 2 s",
               dist.all_reduce, torch.ones(1))
        assert 1.5 < time.monotonic() - start < 4
        raises(RuntimeError, "an earlier operation of the group failed", dist.barrier)
        os._exit(0)
    """, 3)
    assert texts
    ranks("""
        dist.init_process_group("gloo", timeout=timedelta(seconds=30))
        if RANK == 1:
            os.kill(os.getpid(), 9)
        start = time.monotonic()
        if RANK == 0:
            raises(RuntimeError, "recv: rank 1 has ended", dist.recv, torch.ones(1), 1)
        raises(RuntimeError, "rank 1 has ended", dist.all_reduce, torch.ones(1))
        assert time.monotonic() - start < 10
        os._exit(0)
    """, 3, fails=[1])
    ranks("""
        dist.init_process_group("gloo", timeout=timedelta(seconds=5))
        if RANK == 0:
            raises(RuntimeError, "rank 1", dist.all_reduce, torch.ones(1))
        else:
            raises(RuntimeError,
                   "rank 0 of the group calls all_reduce of 1 float32 by sum where rank 1 calls broadcast",
                   dist.broadcast, torch.ones(1), 0)
        os._exit(0)
    """)
    ranks("""
        if RANK == 1:
            sys.exit()
        raises(RuntimeError, "1/2", dist.init_process_group, "gloo", timeout=timedelta(seconds=1))
        # a port that somebody has
        import socket
        with socket.socket() as s:
            s.bind(("", 0))
            s.listen()
            raises(RuntimeError, "EADDRINUSE", dist.TCPStore, "localhost", s.getsockname()[1], 1, True)
        raises(RuntimeError, "The client socket has timed out", dist.TCPStore, "localhost", 1, 1, False,
               timedelta(seconds=0.3))
    """)


def test_one_process():
    ranks("""
        dist.init_process_group("gloo")
        dist.all_reduce(x := torch.ones(2))
        same(x, [1, 1])
        raises(RuntimeError, "invalid root rank: 7", dist.broadcast, x, src=7)
        raises(ValueError, "world size should be less or equal", dist.new_group, [0, 1, 2])
        dist.all_gather(out := [torch.zeros(2)], x)
        same(out[0], x)
        dist.barrier()
        dist.destroy_process_group()
        raises(RuntimeError, "no GPUs found", dist.init_process_group, "nccl")
        raises(ValueError, "UCC", dist.init_process_group, "ucc")
    """, 1)


def test_gradients_through_collectives():
    """Values and gradients as recorded from PyTorch, for ranks that hold [0, 1, 2, 3] + rank."""
    ranks("""
        import torch.distributed.nn.functional as F, torch.distributed._functional_collectives as fc
        dist.init_process_group("gloo")
        W, w = dist.group.WORLD, torch.arange(1.0, 5.0)
        parts = lambda x: list(x.split(2))
        zeros = lambda: [torch.zeros(2) for _ in range(SIZE)]
        summed, both = [1, 3, 5, 7], [[0, 1, 2, 3], [1, 2, 3, 4]]
        rows, back = [[[0, 1], [1, 2]], [[2, 3], [3, 4]]], [[1, 2, 2, 4], [2, 4, 4, 8]]
        crossed = [[0, 1, 1, 2], [2, 3, 3, 4]], [[1, 2, 2, 4], [3, 4, 6, 8]]
        joined = [both[0] + both[1]] * 2, [[3, 6, 9, 12], [15, 18, 21, 24]]
        halves = [[1, 3], [5, 7]], [[1, 2, 2, 4]] * 2
        for f, values, grads in (
                (lambda x: F.all_reduce(x), [summed] * 2, [[3, 6, 9, 12]] * 2),
                (lambda x: F.all_gather(x), [both] * 2, [[3, 6, 9, 12], [6, 12, 18, 24]]),
                (lambda x: F.broadcast(x, 0), [both[0]] * 2, [[3, 6, 9, 12], [0] * 4]),
                (lambda x: F.reduce_scatter(torch.zeros(2), parts(x)), *halves),
                (lambda x: F.all_to_all(zeros(), parts(x)), rows, back),
                (lambda x: F.all_to_all_single(torch.zeros(4), x), *crossed),
                (lambda x: F.gather(x, 0), [both, [[0] * 4] * 2], [[1, 2, 3, 4], [2, 4, 6, 8]]),
                (lambda x: F.scatter([x * 1, x * 2], 0), [[0, 1, 2, 3], [0, 2, 4, 6]], [[5, 10, 15, 20], [0] * 4]),
                (lambda x: fc.all_reduce(x, "sum", W), [summed] * 2, [[3, 6, 9, 12]] * 2),
                (lambda x: fc.all_gather_tensor(x, 0, W), *joined),
                (lambda x: fc.all_gather_tensor_autograd(x, 0, W), *joined),
                (lambda x: fc.reduce_scatter_tensor(x, "sum", 0, W), *halves),
                (lambda x: fc.all_to_all_single_autograd(x, None, None, W), *crossed)):
            x = (torch.arange(4.0) + RANK).requires_grad_()
            y = f(x)
            ys = list(y) if isinstance(y, tuple) else [y]
            got = torch.stack(ys) if isinstance(y, tuple) else y
            same(got.detach(), values[RANK])
            factors = [torch.arange(1.0, v.numel() + 1) * (RANK + 1) * (i + 1) for i, v in enumerate(ys)]
            sum((v * f).sum() for v, f in zip(ys, factors)).backward()
            same(x.grad, grads[RANK])
        F.reduce(x := (torch.arange(4.0) + RANK).requires_grad_(), 0).mul(w * (RANK + 1)).sum().backward()
        same(x.grad, [1, 2, 3, 4])
        x = torch.arange(4.0).reshape(2, 2) + RANK
        same(fc.all_gather_tensor(x, 1, W), [[0, 1, 1, 2], [2, 3, 3, 4]])
        same(fc.reduce_scatter_tensor(x, "sum", 1, W), [[[1], [5]], [[3], [7]]][RANK])
        same(fc.permute_tensor(torch.tensor([RANK]), [1, 0], W), [1 - RANK])
    """)
