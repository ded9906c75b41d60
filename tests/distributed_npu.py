"""One rank of torch.distributed with npu tensors, over the software CANN."""

import os
import sys

import torch
import torch.distributed as dist

RANK, SIZE = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
DEVICE = f"npu:{os.environ['LOCAL_RANK']}"


def T(values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype, device=DEVICE)


def same(got, want):
    assert got.device.type == "npu" and torch.equal(got.cpu(), torch.as_tensor(want).to(got.dtype)), (RANK, got, want)


def collectives():
    dist.init_process_group("nccl")
    assert dist.get_backend() in ("nccl", "hccl")
    every, total = list(range(SIZE)), SIZE * (SIZE - 1) // 2
    for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.int32, torch.int64, torch.float64, torch.bool):
        t = T([RANK, 1, 2], dtype)
        dist.all_reduce(t)
        same(t, [total, SIZE, 2 * SIZE])
    t = T([RANK + 1.0])
    dist.all_reduce(t, dist.ReduceOp.AVG)
    same(t, [total / SIZE + 1])
    whole = torch.zeros(4, 3, device=DEVICE)
    dist.all_reduce(whole[1:3].add_(1))  # a part of a larger tensor
    same(whole, [[0] * 3, [SIZE] * 3, [SIZE] * 3, [0] * 3])
    x = torch.zeros(2, 3, device=DEVICE).t()
    x += RANK
    dist.all_reduce(x)
    same(x, torch.full((3, 2), float(total)))
    for dtype in (torch.float32, torch.bool, torch.complex64):
        t = T([RANK, 1], dtype)
        dist.broadcast(t, 1)
        same(t, torch.tensor([1, 1]).to(dtype))
        outs = [torch.zeros(2, dtype=dtype, device=DEVICE) for _ in every]
        dist.all_gather(outs, T([RANK, 1], dtype))
        for r in every:
            same(outs[r], torch.tensor([r, 1]).to(dtype))
    out = torch.zeros(2 * SIZE, device=DEVICE)
    work = dist.all_gather_single(out, T([RANK, -RANK]), async_op=True)
    work.wait()
    same(out, [v for r in every for v in (r, -r)])
    out = torch.zeros(2, device=DEVICE)
    dist.reduce_scatter_single(out, torch.arange(2.0 * SIZE, device=DEVICE) + RANK)
    same(out, (torch.arange(2.0) + 2 * RANK) * SIZE + total)
    out = torch.zeros(SIZE, device=DEVICE)
    dist.all_to_all_single(out, torch.arange(float(SIZE), device=DEVICE) + 10 * RANK)
    same(out, [10.0 * r + RANK for r in every])
    t = T([RANK + 1.0])
    dist.reduce(t, 1)
    if RANK == 1:
        same(t, [total + SIZE])
    out = torch.zeros(1, device=DEVICE)
    dist.scatter(out, [T([10.0 * r]) for r in every] if RANK == 0 else None, 0)
    same(out, [10.0 * RANK])
    outs = [torch.zeros(1, device=DEVICE) for _ in every]
    dist.gather(out, outs if RANK == 1 else None, 1)
    if RANK == 1:
        same(torch.cat(outs), [10.0 * r for r in every])
    got = torch.zeros(1, device=DEVICE)
    ops = [dist.P2POp(dist.isend, T([float(RANK)]), (RANK + 1) % SIZE),
           dist.P2POp(dist.irecv, got, (RANK - 1) % SIZE)]
    for w in dist.batch_isend_irecv(ops):
        w.wait()
    same(got, [(RANK - 1) % SIZE])
    pair = dist.new_group([0, 1])
    if RANK < 2:
        dist.all_reduce(t := T([1.0]), group=pair)
        same(t, [2])
        if RANK == 0:
            dist.send(t, 1, group=pair)
        else:
            dist.recv(got, 0, group=pair)
            same(got, [2])
    objects = [None] * SIZE
    dist.all_gather_object(objects, RANK)
    assert objects == every
    dist.barrier()
    dist.all_reduce(t := torch.ones(2))  # the group's backend is the npu's
    raise AssertionError("CPU tensors in a group of npu tensors")


def train():
    """The losses of two processes are those of one with both batches."""
    from torch import nn

    dist.init_process_group("cpu:gloo,npu:hccl")
    net = lambda: nn.Sequential(nn.Linear(6, 64), nn.Tanh(), nn.Linear(64, 2))  # noqa: E731
    torch.manual_seed(0)
    one = net().to(DEVICE)
    torch.manual_seed(RANK)
    many = nn.parallel.DistributedDataParallel(net().to(DEVICE), device_ids=[int(os.environ["LOCAL_RANK"])])
    a, b = torch.optim.AdamW(one.parameters(), 1e-2), torch.optim.AdamW(many.parameters(), 1e-2)
    for step in range(10):
        g = torch.Generator().manual_seed(step)
        x = torch.randn(4 * SIZE, 6, generator=g).to(DEVICE)
        y = torch.randn(4 * SIZE, 2, generator=g).to(DEVICE)
        mine = slice(4 * RANK, 4 * RANK + 4)
        a.zero_grad(), b.zero_grad()
        whole = nn.functional.mse_loss(one(x), y)
        part = nn.functional.mse_loss(many(x[mine]), y[mine])
        whole.backward(), part.backward()
        a.step(), b.step()
        dist.all_reduce(total := part.detach().clone(), dist.ReduceOp.AVG)
        torch.testing.assert_close(total.cpu(), whole.detach().cpu())
    assert not torch.npu.fallbacks(), torch.npu.fallbacks()


def shards():
    """fully_shard and tensor parallel on two cards give the losses of one; DTensors and checkpoints are of the npu."""
    import tempfile

    import torch.distributed.checkpoint as dcp
    from torch import nn
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
    from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
    from torch.distributed.tensor import parallel as tp

    dist.init_process_group("cpu:gloo,npu:hccl")
    mesh = init_device_mesh("npu", (SIZE,))
    whole = torch.arange(10.0).view(5, 2)
    d = distribute_tensor(whole, mesh, [Shard(0)])
    assert d.device.type == "npu" and d.to_local().shape[0] == (3, 2)[RANK]
    same(d.full_tensor(), whole)
    same(d.redistribute(placements=[Shard(1)]).to_local(), whole[:, RANK: RANK + 1])
    same((d @ distribute_tensor(whole.t(), mesh, [Replicate()])).full_tensor(), whole @ whole.t())
    same(d.sum().full_tensor(), 45.0)

    def net():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 64), nn.Tanh(), nn.Linear(64, 3)).to(DEVICE)

    def curve(model, mine):
        o, losses = torch.optim.AdamW(model.parameters(), 1e-2), []
        for step in range(5):
            g = torch.Generator().manual_seed(step)
            x, y = (torch.randn(8, n, generator=g).to(DEVICE)[mine] for n in (6, 3))
            o.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            o.step()
            total = loss.detach().clone()
            if mine != slice(None):
                dist.all_reduce(total, dist.ReduceOp.AVG)
            losses.append(total.item())
        return torch.tensor(losses)

    one, half = curve(net(), slice(None)), slice(4 * RANK, 4 * RANK + 4)
    sharded = net()
    for layer in (sharded[0], sharded[2]):
        fully_shard(layer)
    fully_shard(sharded)
    assert type(sharded[0].weight) is DTensor and sharded[0].weight.device.type == "npu"
    torch.testing.assert_close(curve(sharded, half), one)
    split = tp.parallelize_module(net(), mesh, {"0": tp.ColwiseParallel(), "2": tp.RowwiseParallel()})
    torch.testing.assert_close(curve(split, slice(None)), one)
    # parameters and activations of 8 bits: a step of the loss, of about 1, is 1/128; five steps of training on them
    low = fully_shard(net(), mp_policy=MixedPrecisionPolicy(torch.bfloat16, torch.float32))
    torch.testing.assert_close(curve(low, half), one, rtol=0, atol=5 / 128)
    box = [tempfile.mkdtemp() if RANK == 0 else None]
    dist.broadcast_object_list(box, 0)
    state = sharded.state_dict()
    want = [t.full_tensor().cpu() for t in state.values()]
    dcp.save(state, checkpoint_id=box[0])
    for t in state.values():
        t.detach().zero_()
    dcp.load(state, checkpoint_id=box[0])
    for t, w in zip(state.values(), want):
        same(t.full_tensor(), w)
    assert not torch.npu.fallbacks(), torch.npu.fallbacks()


def absent():
    """A rank that has ended is named."""
    dist.init_process_group("nccl")
    dist.all_reduce(t := T([1.0]))
    same(t, [SIZE])
    if RANK == 1:
        os._exit(0)
    try:
        dist.all_reduce(t)
        torch.npu.synchronize()
        t.cpu()
    except RuntimeError as error:
        assert "rank 1 has ended" in str(error), error
        os._exit(0)
    raise AssertionError("no error")


try:
    globals()[sys.argv[1]]()
except RuntimeError as error:
    if "No backend type associated with device type cpu" not in str(error):
        raise
dist.destroy_process_group()
