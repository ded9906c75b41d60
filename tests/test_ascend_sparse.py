"""Sparse tensors on the npu: indices and values lie there, results are the CPU's."""
from tests.test_ascend import on_device


def test_sparse_tensors_live_on_the_device():
    on_device('''
        def dense(t):
            return t.to_dense() if t.layout is not torch.strided else t

        def sparse_same(f, *tensors, gradients=True):
            """f gives the CPU's results; what is sparse has all its parts on the npu."""
            found = {}
            for device in ("cpu", "npu"):
                xs = [t.detach().to(device, copy=True).requires_grad_(t.requires_grad) for t in tensors]
                results = flat(f(*xs))
                for r in results:
                    if r.layout is torch.sparse_coo:
                        parts = (r._indices(), r._values())
                    elif r.layout in (torch.sparse_csr, torch.sparse_bsr):
                        parts = (r.crow_indices(), r.col_indices(), r.values())
                    elif r.layout in (torch.sparse_csc, torch.sparse_bsc):
                        parts = (r.ccol_indices(), r.row_indices(), r.values())
                    else:
                        parts = (r,)
                    assert {p.device.type for p in parts} == {device} == {r.device.type}, (device, parts)
                results = [dense(r) for r in results]
                if gradients and any(x.requires_grad for x in xs):
                    sum(r.sum() for r in results if r.requires_grad).backward()
                    results += [dense(x.grad) for x in xs if x.requires_grad]
                found[device] = [r.detach().cpu() for r in results]
            for c, n in zip(found["cpu"], found["npu"], strict=True):
                torch.testing.assert_close(n, c)

        at, values = torch.tensor([[0, 1, 2, 1], [1, 0, 3, 0]]), R(4)
        matrix = torch.randn(3, 4).relu().requires_grad_()

        def coo(v, **more):
            return torch.sparse_coo_tensor(at.to(v.device), v, (3, 4), **more)

        sparse_same(lambda v: (coo(v), coo(v).coalesce(), coo(v).t()), values)
        # without a device the indices go where the values are
        sparse_same(lambda v: torch.sparse_coo_tensor(at, v, (3, 4)), values)
        sparse_same(lambda v: torch.sparse_coo_tensor([[0, 1, 2, 1], [1, 0, 3, 0]], v), values)
        sparse_same(lambda m: (m.to_sparse(), m.to_sparse(1), m.to_sparse_csr(), m.to_sparse_csc(),
                               m.to_sparse_csr().to_sparse_coo()), matrix)
        sparse_same(lambda m: (m.to_sparse_bsr((3, 2)), m.to_sparse_bsc((1, 2)),
                               m.to_sparse_bsr((3, 2)).to_sparse_coo()), matrix.detach())
        sparse_same(lambda m, d: (torch.sparse.mm(m.to_sparse(), d), m.to_sparse() @ d,
                                  torch.smm(m.detach().to_sparse(), d), torch.hspmm(m.detach().to_sparse(), d),
                                  torch.sparse.mm(m.to_sparse(), m.to_sparse().t())),
                    matrix, R(4, 2))
        for reduce in ("sum", "mean", "amax", "amin"):
            sparse_same(lambda m, d: torch.sparse.mm(m.to_sparse_csr(), d, reduce), matrix, R(4, 2))
        sparse_same(lambda a, b: (a.to_sparse() + b.to_sparse(), a.to_sparse() * b.to_sparse(), a + b.to_sparse(),
                                  a.to_sparse() * 2, a.to_sparse() / 2), matrix, R(3, 4))
        sparse_same(lambda m: (torch.sparse.sum(m.to_sparse()), torch.sparse.sum(m.to_sparse(), 0),
                               torch.sparse.softmax(m.to_sparse(), 1), torch.sparse.log_softmax(m.to_sparse(), 0)),
                    matrix)
        sparse_same(lambda m: (m.to_sparse().select(0, 1),
                               m.to_sparse().index_select(1, torch.tensor([2, 0], device=m.device)),
                               torch.cat([m.to_sparse(), m.to_sparse()], 1), m.to_sparse().narrow_copy(1, 1, 2)),
                    matrix)
        sparse_same(lambda d: torch.sparse.spdiags(d, torch.tensor([-1, 0, 2]), (4, 4)), torch.randn(3, 4))
        sparse_same(lambda s, a, b: torch.sparse.sampled_addmm(s.to_sparse_csr(), a, b),
                    matrix.detach(), R(3, 2), R(2, 4))
        sparse_same(lambda m: (torch.zeros_like(m.to_sparse()), m.to_sparse().double(), m.to_sparse().clone()), matrix)

        for name, there in (("npu", "npu"), ("cuda", "npu"), ("cpu", "cpu")):
            for s in (coo(values.detach()), matrix.detach().to_sparse_csr()):
                back = s.to("npu")
                moved = (back.to(name), getattr(back, name)())
                for m in moved:
                    assert m.device.type == there and torch.equal(m.to_dense().cpu(), s.to_dense()), (name, m)
                    assert m._indices().device.type == there if m.is_sparse else m.crow_indices().device.type == there
        a = coo(values.detach().to("npu"))
        a.copy_(coo(torch.ones(4)))
        assert a._indices().device.type == "npu" and torch.equal(a.to_dense().cpu(), coo(torch.ones(4)).to_dense())

        def step(device):
            torch.manual_seed(3)
            layer = torch.nn.Embedding(6, 3, sparse=True).to(device)
            optimizer = torch.optim.SparseAdam(layer.parameters(), lr=0.1)
            for _ in range(3):
                optimizer.zero_grad()
                layer(torch.tensor([1, 4, 1], device=device)).pow(2).sum().backward()
                assert layer.weight.grad._indices().device.type == device
                optimizer.step()
            return layer.weight.detach().cpu()

        torch.testing.assert_close(step("npu"), step("cpu"))
        leaf = coo(values.detach().to("npu")).requires_grad_()
        (leaf.to_dense() * 2).sum().backward()
        assert leaf.grad._indices().device.type == "npu"
    ''')
