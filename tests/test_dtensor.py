"""DeviceMesh, DTensor and tensor parallelism. Expected are the whole tensors' results, which each rank computes too,
the curve of one process, or what PyTorch says."""

from tests.distributed_ranks import ROOT, ranks

MESH = """
    from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
    from torch.distributed.tensor import *
    from torch.distributed.tensor import parallel as tp
    from torch import nn
    import copy, io, pickle
    F = nn.functional
    R, S, P = Replicate(), Shard, Partial()
"""


def on_ranks(script, n=2, **options):
    import textwrap

    return ranks(textwrap.dedent(MESH) + textwrap.dedent(script) + "\ndist.barrier()\n", n, **options)


def test_mesh():
    on_ranks("""
        m = init_device_mesh("cpu", (2, 2), mesh_dim_names=("dp", "tp"))
        assert repr(m) == "DeviceMesh((dp=2, tp=2), 'cpu', stride=(2, 1))"
        assert (m.shape, m.ndim, m.size(), m.size(0), m.device_type) == ((2, 2), 2, 4, 2, "cpu")
        assert m.mesh.tolist() == [[0, 1], [2, 3]] and m.mesh.dtype is torch.int32
        assert m.get_coordinate() == (RANK // 2, RANK % 2) and m.get_rank() == RANK
        assert repr(m["dp"]) == "DeviceMesh((dp=2), 'cpu', stride=(2,))"
        assert m["dp"].mesh.tolist() == [RANK % 2, RANK % 2 + 2] and m["dp"] == m["dp"] and m["dp", "tp"] is m
        assert dist.get_process_group_ranks(m.get_group("tp")) == m["tp"].mesh.tolist()
        assert m.get_local_rank("dp") == m["dp"].get_local_rank() == RANK // 2 and len(m.get_all_groups()) == 2
        raises(RuntimeError, "Found the DeviceMesh have 2 dimensions", m.get_group)
        raises(KeyError, "Mesh dimension 'x' does not exist", m.get_group, "x")
        raises(IndexError, "list index out of range", m.get_group, 5)
        raises(KeyError, "Valid mesh_dim_names are ['dp', 'tp']", m.__getitem__, "x")
        raises(KeyError, "should be in ascending order", m.__getitem__, ("tp", "dp"))
        raises(RuntimeError, "Cannot slice a DeviceMesh without", init_device_mesh("cpu", (4,)).__getitem__, "dp")
        raises(RuntimeError, "Each mesh_dim_name must be unique", init_device_mesh, "cpu", (2, 2),
               mesh_dim_names=("a", "a"))
        raises(RuntimeError, "should have same length", init_device_mesh, "cpu", (2, 2), mesh_dim_names=("a",))
        raises(RuntimeError, "default world size 4, but found 8 ranks", init_device_mesh, "cpu", (2, 4))
        raises(RuntimeError, "Device type with index", init_device_mesh, "cpu:0", (4,))
        flat = m._flatten()
        assert repr(flat) == "DeviceMesh((dp_tp=4), 'cpu', stride=(1,))" and m["dp_tp"] == flat
        raises(ValueError, "dp already exists", m._flatten, "dp")
        dist.all_reduce(t := torch.ones(1), group=flat.get_group())
        same(t, [4])
        dist.all_reduce(t := torch.tensor([RANK]), group=m.get_group("dp"))
        same(t, [RANK % 2 * 2 + 2])
        few = DeviceMesh("cpu", [2, 3])
        assert few.get_coordinate() == ((RANK - 2,) if RANK > 1 else None)
        if RANK < 2:
            raises(IndexError, "list index out of range", few.get_group)
        three = init_device_mesh("cpu", (2, 1, 2), mesh_dim_names=("pp", "dp", "tp"))
        inner = three["dp", "tp"]._flatten("both")
        assert repr(inner) == "DeviceMesh((both=2), 'cpu', stride=(1,))"
        assert repr(three["pp", "both"]) == "DeviceMesh((pp=2, both=2), 'cpu', stride=(2, 1))"
        assert repr(init_device_mesh("cpu", (4,), mesh_dim_names=("w",))._unflatten(0, (2, 2), ("a", "b"))) == (
            "DeviceMesh((a=2, b=2), 'cpu', stride=(2, 1))")
        again = pickle.loads(pickle.dumps(m["tp"]))
        assert again == m["tp"] and again.get_group() is m.get_group("tp")
        mine = DeviceMesh.from_group([m.get_group("dp"), m.get_group("tp")], "cpu", mesh=m.mesh,
                                     mesh_dim_names=("x", "y"))
        assert mine["y"].get_group() is m.get_group("tp") and DeviceMesh.from_group(dist.group.WORLD, "cpu").size() == 4
        with m["tp"]:
            assert zeros(4).device_mesh == m["tp"]
    """, 4)


def test_dtensor():
    on_ranks("""
        m = init_device_mesh("cpu", (2,), mesh_dim_names=("tp",))
        whole = torch.arange(10.0).view(5, 2)
        d = distribute_tensor(whole, m, [S(0)])
        rows = slice(0, 3) if RANK == 0 else slice(3, 5)
        same(d.to_local(), whole[rows])
        if RANK == 0:
            assert str(d).replace("\\n        ", " ") == (
                "DTensor(local_tensor=tensor([[0., 1.], [2., 3.], [4., 5.]]), device_mesh=DeviceMesh((tp=2), 'cpu', "
                "stride=(1,)), placements=(Shard(dim=0),))")
        p = nn.Parameter(d)
        assert isinstance(p, nn.Parameter) and isinstance(p, torch.Tensor) and type(p) is DTensor and p.is_leaf
        assert p.shape == (5, 2) and p.stride() == (2, 1) and p.numel() == 10 and len(p) == 5 and p.dtype == whole.dtype
        assert p.requires_grad and not p.detach().requires_grad and p.grad is None and p.device.type == "cpu"
        assert repr(d.redistribute(placements=[S(1)]).placements) == "(Shard(dim=1),)"
        same(d.redistribute(placements=[S(1)]).to_local(), whole[:, RANK: RANK + 1])
        same(d.full_tensor(), whole)
        assert d.sum().item() == 45.0 and d.sum().placements == (P,) and d.mean().item() == 4.5 and bool(d.sum() > 0)
        part = DTensor.from_local(torch.full((3,), RANK + 1.0), m, [Partial("avg")])
        same(part.full_tensor(), [1.5] * 3)
        assert DTensor.from_local(torch.ones(3, 4), m, [S(1)]).shape == (3, 8)
        raises(ValueError, "Inconsistent tensor metadata", DTensor.from_local, torch.ones(3 - RANK, 4), m, [S(0)],
               run_check=True)
        own = DTensor.from_local(torch.ones(3 - RANK, 4), m, [S(0)], shape=torch.Size((5, 4)), stride=(4, 1))
        same(own.full_tensor(), torch.ones(5, 4))
        raises(RuntimeError, "got mixed torch.Tensor and DTensor", lambda: d + whole)
        raises(RuntimeError, "got mixed torch.Tensor and DTensor", lambda: whole + d)
        raises(RuntimeError, "different meshes", lambda: d + distribute_tensor(
            whole, init_device_mesh("cpu", (1, 2)), [R, R]))
        raises(RuntimeError, "redistributing to Partial is for internal", d.redistribute, placements=[P])
        raises(IndexError, "Dimension out of range", distribute_tensor, whole, m, [S(2)])
        raises(ValueError, "must have the same length", distribute_tensor, whole, m, [S(0), R])
        # what writes, or draws, and has no rule is refused by name
        raises(NotImplementedError, "index_add_", d.index_add_, 0, distribute_tensor(torch.tensor([0]), m), d[:1])
        raises(NotImplementedError, "bernoulli", torch.bernoulli, d)
        raises(NotImplementedError, "__setitem__", d.__setitem__, 0, 1.0)
        # a view that needed another layout is a copy, and says so when it is written into
        e = d.clone()
        e[:, 1].zero_()
        same(e.full_tensor(), whole * torch.tensor([1.0, 0.0]))
        raises(RuntimeError, "is a copy of its numbers", e[0].zero_)
        raises(RuntimeError, "is a copy of its numbers", e[1:3].unsqueeze(0).add_, 1)
        from torch.distributed.tensor.experimental import implicit_replication, local_map
        with implicit_replication():
            same((d + whole).full_tensor(), 2 * whole)
        twice = local_map(lambda t: t * 2, out_placements=[S(0)], in_placements=([S(0)],))
        even = distribute_tensor(whole[:4], m, [S(0)])
        same(twice(even).full_tensor(), 2 * whole[:4])
        raises(ValueError, "mismatched placements", twice, even.redistribute(placements=[S(1)]))

        # gradients: of what comes from outside, of what goes there, and hooks
        x = torch.ones(2, requires_grad=True)
        (DTensor.from_local(x, m, [P]).full_tensor() * 3).sum().backward()
        same(x.grad, [3, 3])
        x.grad = None
        (DTensor.from_local(x, m, [R]).to_local(grad_placements=[P]) * (RANK + 1)).sum().backward()
        same(x.grad, [3, 3])
        seen = []
        p.register_hook(lambda g: seen.append((type(g), g.placements)))
        p.register_post_accumulate_grad_hook(lambda q: seen.append(q is p))
        (p * p).sum().backward()
        assert seen == [(DTensor, (S(0),)), True] and p.grad.placements == (S(0),)
        same(p.grad.full_tensor(), 2 * whole)
        (g,) = torch.autograd.grad((p * p).sum(), [p])
        assert isinstance(g, DTensor) and torch.equal(g.full_tensor(), 2 * whole)
        total = nn.utils.clip_grad_norm_([p], 1.0)
        torch.testing.assert_close(total.full_tensor(), (2 * whole).norm())
        for kind in (torch.optim.AdamW, torch.optim.SGD, torch.optim.Adagrad, torch.optim.RMSprop):
            for more in ({}, {"momentum": 0.9}) if kind is torch.optim.SGD else ({},):
                a, b = nn.Parameter(whole.clone()), nn.Parameter(distribute_tensor(whole, m, [S(0)]))
                for t in (a, b):
                    o = kind([t], lr=0.1, **more)
                    for _ in range(3):
                        o.zero_grad()
                        (t * t).sum().backward()
                        o.step()
                torch.testing.assert_close(b.full_tensor(), a.detach())
                assert all(v.placements == (S(0),) for v in o.state[b].values() if isinstance(v, DTensor))
        # random numbers are those of one process, whatever the layout
        torch.manual_seed(3)
        want = [torch.randn(5, 3), torch.rand(4), F.dropout(torch.ones(5, 2))]
        torch.manual_seed(3 if RANK == 0 else 8)
        same(randn(5, 3, device_mesh=m, placements=[S(0)]).full_tensor(), want[0])
        same(rand(4, device_mesh=m, placements=[R]).to_local(), want[1])
        same(F.dropout(ones(5, 2, device_mesh=m, placements=[S(0)])).full_tensor(), want[2])
        torch.manual_seed(3)
        lin = nn.Linear(3, 5)
        torch.manual_seed(3)
        meta = nn.Linear(3, 5, device="meta")
        meta = distribute_module(meta, m, lambda n, sub, mesh: [sub.register_parameter(
            k, nn.Parameter(distribute_tensor(v, mesh, [S(0)]))) for k, v in list(sub.named_parameters())])
        meta.to_empty(device="cpu").reset_parameters()
        same(meta.weight.full_tensor(), lin.weight.detach())
        for name, given in (("orthogonal_", ()), ("constant_", (2.0,)), ("trunc_normal_", ()), ("xavier_normal_", ())):
            torch.manual_seed(3)
            fill = getattr(nn.init, name)
            want = fill(torch.empty(5, 3), *given)
            torch.manual_seed(3)
            same(fill(nn.Parameter(empty(5, 3, device_mesh=m, placements=[S(0)])), *given).full_tensor().detach(), want)
        class Twice(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g * 2

        same(Twice.apply(d).full_tensor(), whole * 2)
        raises(NotImplementedError, "Twice.apply", Twice.apply, p)
        raises(NotImplementedError, "CheckpointFunction.apply", torch.utils.checkpoint.checkpoint, torch.relu, p,
               use_reentrant=True)
        net = nn.Sequential(nn.BatchNorm1d(2))
        distribute_module(net, m, lambda n, sub, mesh: [sub._buffers.__setitem__(k, distribute_tensor(v, mesh, [S(0)]))
                                                        for k, v in list(sub._buffers.items()) if v.ndim])
        raises(NotImplementedError, "running statistics", net, d)
        # copies
        q = copy.deepcopy(p)
        assert isinstance(q, nn.Parameter) and q.placements == p.placements and q._local_tensor is not p._local_tensor
        same(pickle.loads(pickle.dumps(d)).full_tensor(), whole)
        lin = distribute_module(lin.double(), m)
        assert {k: v.placements for k, v in lin.state_dict().items()} == {"weight": (R,), "bias": (R,)}
        lin.float().load_state_dict(lin.state_dict())
        assert lin.weight.dtype is torch.float32 and type(lin.weight) is DTensor
    """)


def test_operators():
    for n in (2, 4):
        said = ranks((ROOT / "tests" / "dtensor_operators.py").read_text(encoding="utf-8"), n, head="", timeout=120)
        assert int(said[0].split()[-2]) > 400, said[0]


def test_strided():
    """A dimension that two mesh dimensions split in either order."""
    on_ranks("""
        from torch.distributed.tensor.placement_types import _StridedShard
        m = init_device_mesh("cpu", (2, 2))
        whole = torch.arange(22.0).view(11, 2)
        orders = [[S(0), S(0)], [_StridedShard(0, split_factor=2), S(0)], [S(0), S(1)], [R, S(0)], [S(0), R],
                  [S(1), S(0)], [R, R]]
        for a in orders:
            d = distribute_tensor(whole, m, a)
            for b in orders:
                e = d.redistribute(placements=b)
                same(e.full_tensor(), whole)
                same(e.to_local(), distribute_tensor(whole, m, b).to_local())
        # the second mesh dimension first: 6 and 5 rows, then 3 and 3, 3 and 2
        strided = distribute_tensor(whole, m, orders[1]).to_local()[:, 0] / 2
        same(strided, [[0, 1, 2], [6, 7, 8], [3, 4, 5], [9, 10]][RANK])
    """, 4)


TP = """
    from tests.small_llama import *
    mesh = init_device_mesh("cpu", (SIZE,))
    one = reference()[1]
    for loss_parallel in (False, True):
        torch.manual_seed(0)
        net = tensor_parallel(Llama(), mesh, loss_parallel)
        o, losses = torch.optim.AdamW(net.parameters(), 3e-3), []
        for step in range(20):
            x, y = batch(step)
            o.zero_grad()
            with tp.loss_parallel() if loss_parallel else torch.enable_grad():
                loss = loss_of(net(x), distribute_tensor(y, mesh) if loss_parallel else y)
                loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            o.step()
            losses.append(loss.item())
        torch.testing.assert_close(torch.tensor(losses), torch.tensor(one), rtol=1e-5, atol=0)
        assert net.layers[0].attention.wq.weight.to_local().shape == (32 // SIZE, 32)
"""


def test_tensor_parallel():
    on_ranks(TP, 2, timeout=120)


def test_parallel_styles():
    on_ranks("""
        m = init_device_mesh("cpu", (2,))
        raises(NotImplementedError, "only support nn.Linear and nn.Embedding", tp.parallelize_module, nn.ReLU(), m,
               tp.ColwiseParallel())
        raises(ValueError, "one dimension", tp.parallelize_module, nn.ReLU(), init_device_mesh("cpu", (1, 2)), {})
        raises(TypeError, "Expect Union", tp.parallelize_module, nn.ReLU(), m, 3)
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
        x = torch.randn(5, 4)
        dist.broadcast(x, 0)
        want = net(x)
        net = tp.parallelize_module(net, m, {"0": tp.ColwiseParallel(), "2": tp.RowwiseParallel()})
        torch.testing.assert_close(net(x), want)
        assert net[0].weight.placements == (S(0),) and net[2].weight.placements == (S(1),)
        assert net[0].bias.placements == (S(0),) and net[2].bias.placements == (R,)
        out = tp.parallelize_module(nn.Identity(), m, tp.PrepareModuleOutput(
            output_layouts=R, desired_output_layouts=S(0)))(x)
        same(out, x[:3] if RANK == 0 else x[3:])
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            tp.parallelize_module(nn.Sequential(nn.ReLU()), m, {"nothing": tp.ColwiseParallel()})
        assert "could not be resolved" in str(said[0].message)
    """)
