"""Rarely used ops, sparse tensors and small names; expected values were computed by the reference."""
import json
import pathlib

import pytest

import mindtorch  # noqa: F401
import torch

from tests import class_names

X = torch.arange(24.0).reshape(2, 3, 4)
Y = torch.tensor([1.0, 4, 9, 16, 20, 22])


def close(got, want):
    torch.testing.assert_close(got, torch.tensor(want, dtype=got.dtype), rtol=1e-4, atol=1e-4)


def test_renorm():
    close(torch.renorm(X, 2, 0, 5)[:, 0], [[0.0, 0.2223, 0.4446, 0.6668], [0.9710, 1.0520, 1.1329, 1.2138]])
    close(torch.renorm(X, float("inf"), 1, 2.0)[0],
          [[0.0, 0.1333, 0.2667, 0.4], [0.4211, 0.5263, 0.6316, 0.7368], [0.6957, 0.7826, 0.8696, 0.9565]])
    with pytest.raises(RuntimeError, match="at least 2 dimensions"):
        torch.renorm(Y, 2, 0, 1.0)


def test_gradient():
    close(torch.gradient(Y)[0], [3.0, 4, 6, 5.5, 3, 2])
    close(torch.gradient(Y, edge_order=2)[0], [2.0, 4, 6, 5.5, 3, 1])
    place = torch.tensor([0.0, 1, 3, 4, 6, 9])
    close(torch.gradient(Y, spacing=(place,))[0], [3.0, 2.8333, 5.5, 5.3333, 1.4667, 0.6667])
    close(torch.gradient(Y, spacing=(place,), edge_order=2)[0], [3.1667, 2.8333, 5.5, 5.3333, 1.4667, -0.1333])
    assert [g[0, 0, 0].item() for g in torch.gradient(X, dim=(0, 2), spacing=2.0)] == [6.0, 0.5]
    with pytest.raises(RuntimeError, match="edge_order=1 and edge_order=2"):
        torch.gradient(X, edge_order=3)


def test_segment_reduce():
    assert torch.segment_reduce(Y, "prod", offsets=torch.tensor([0, 2, 2, 6]),
                                initial=2).tolist() == [8.0, 2.0, 126720.0]
    assert torch.segment_reduce(Y, "max", lengths=torch.tensor([0, 2, 4])).tolist() == [float("-inf"), 4.0, 22.0]
    assert torch.segment_reduce(X, "sum", lengths=torch.tensor([[1, 2], [3, 0]]),
                                axis=1)[:, :, 0].tolist() == [[0.0, 12.0], [48.0, 0.0]]
    data = Y.clone().requires_grad_()
    torch.segment_reduce(data, "mean", lengths=torch.tensor([2, 4])).sum().backward()
    assert data.grad.tolist() == [0.5, 0.5, 0.25, 0.25, 0.25, 0.25]


def test_hash():
    assert torch.hash_tensor(X).item() == 4609434218613702656 and torch.hash_tensor(X).dtype is torch.uint64
    assert torch.hash_tensor(-X.int()).item() == 18446744073709551592
    assert (torch.hash_tensor(X.double() + 0.5, (0, 1)).tolist()
            == [9222809086901354496, 9214927787553456128, 5066549580791808, 8444249301319680])


def test_embedding_bag_of_four():
    w, i = Y.reshape(3, 2), torch.tensor([0, 1, 2, 1])
    out, bag, size, top = torch.embedding_bag(w, i, torch.tensor([0, 2, 2]), mode=2)
    assert (out.tolist(), bag.tolist(), size.tolist(),
            top.tolist()) == ([[9.0, 16.0], [0.0, 0.0], [20.0, 22.0]], [0, 0, 2, 2], [2, 0, 2],
                              [[1, 1], [0, 0], [2, 2]])
    assert torch.embedding_bag(w, i, torch.tensor([0, 2]))[1].tolist() == []


def test_products_of_groups():
    a, ends = torch.arange(12.0).reshape(3, 4), torch.tensor([1, 3], dtype=torch.int32)
    b = torch.stack([torch.eye(4), 2 * torch.eye(4)])
    assert torch.equal(torch.nn.functional.grouped_mm(a, b, offs=ends), a * torch.tensor([[1.0], [2], [2]]))
    ones = torch.ones(16, 16).to(torch.float8_e4m3fn)
    got = torch._scaled_mm(ones, ones.t(), torch.tensor(2.0), torch.tensor(3.0))
    assert got.dtype is torch.float8_e4m3fn and got.float().unique().tolist() == [96.0]


def test_fake_quantize():
    x = (Y / 7).requires_grad_()
    out = torch.fake_quantize_per_tensor_affine(x, 0.1, 3, 0, 20)
    close(out.detach(), [0.1, 0.6, 1.3, 1.7, 1.7, 1.7])
    out.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]


def test_lobpcg():
    values, vectors = torch.lobpcg(torch.diag(torch.arange(1.0, 10)), 2)
    close(values, [9.0, 8.0])
    close(vectors.abs()[-2:], [[0.0, 1.0], [1.0, 0.0]])


def test_control_flow():
    assert torch.cond(torch.tensor(False), lambda a: a + 1, lambda a: a - 1, (Y,))[0] == 0
    assert torch.while_loop(lambda i: i < 3, lambda i: (i + 1,), (torch.tensor(0),))[0] == 3
    from torch._higher_order_ops import associative_scan

    a, b = associative_scan(lambda a, b: (a[0] * b[0], b[0] * a[1] + b[1]), (torch.arange(1.0, 6), torch.arange(5.0)),
                            0, reverse=True)
    assert (a.tolist(), b.tolist()) == ([120.0, 120.0, 60.0, 20.0, 5.0], [119.0, 119.0, 59.0, 19.0, 4.0])
    future = torch.jit.fork(lambda a: a * 2, 4) if hasattr(torch.jit.fork,
                                                           "__wrapped__") else torch.fork(lambda a: a * 2, 4)
    assert torch.wait(future.then(lambda f: f.wait() + 1)) == 9


def test_swap_tensors():
    a, b = torch.nn.Parameter(torch.ones(2)), torch.zeros(3)
    b.note = 1
    torch.utils.swap_tensors(a, b)
    assert type(a) is torch.Tensor and a.tolist() == [0.0, 0.0, 0.0] and a.note == 1 and not a.requires_grad
    assert type(b) is torch.nn.Parameter and b.tolist() == [1.0, 1.0] and b.requires_grad and not hasattr(b, "note")
    c = torch.ones(2, requires_grad=True)
    d = c * 2
    torch.utils.swap_tensors(c, torch.zeros(2))
    with pytest.raises(RuntimeError, match="poisoned by swap_tensors"):
        d.sum().backward()


def test_peak_of_memory():
    t = torch.empty(1 << 20)
    del t
    mindtorch._C.reset_peak_memory()
    held, peak = mindtorch._C.memory_stats()
    assert held == peak


INDICES, VALUES = torch.tensor([[0, 1, 1, 1], [2, 0, 2, 2]]), torch.tensor([3.0, 4, 5, 6])


def sparse():
    return torch.sparse_coo_tensor(INDICES, VALUES, (2, 3))


def test_sparse_layouts():
    s = sparse()
    assert s.is_sparse and s.layout is torch.sparse_coo and s._nnz() == 4 and s.to_dense().tolist(
        ) == [[0.0, 0, 3], [4, 0, 11]]
    c = s.coalesce()
    assert c.indices().tolist() == [[0, 1, 1], [2, 0, 2]] and c.values().tolist() == [3.0, 4.0, 11.0]
    with pytest.raises(RuntimeError, match="uncoalesced"):
        s.indices()
    r = s.to_sparse_csr()
    assert (r.crow_indices().tolist(), r.col_indices().tolist()) == ([0, 1, 3], [2, 0, 2])
    k = s.to_sparse_csc()
    assert (k.ccol_indices().tolist(), k.row_indices().tolist(),
            k.values().tolist()) == ([0, 1, 1, 3], [1, 0, 1], [4.0, 3.0, 11.0])
    m = torch.arange(16.0).reshape(4, 4)
    for layout in (torch.sparse_coo, torch.sparse_csr, torch.sparse_csc):
        assert torch.equal(m.to_sparse(layout=layout).to_dense(), m)
    assert torch.equal(m.to_sparse_bsr((2, 2)).to_dense(), m) and torch.equal(m.to_sparse_bsc((2, 4)).to_dense(), m)


def test_sparse_operations():
    s, ones = sparse(), torch.ones(3, 2)
    for product in (torch.sparse.mm(s, ones), s @ ones, torch.mm(s, ones), s.to_sparse_csr() @ ones):
        assert product.tolist() == [[3.0, 3.0], [15.0, 15.0]]
    assert torch.sparse.mm(s, s.t()).values().tolist() == [9.0, 33.0, 33.0, 137.0]
    assert torch.sparse.sum(s, 0).to_dense().tolist() == [4.0, 0.0, 14.0]
    close(torch.sparse.softmax(s, 1).values(), [1.0, 9.1105e-04, 9.9909e-01])
    assert (torch.ones(2, 3) + s).tolist() == [[1.0, 1, 4], [5, 1, 12]]
    assert s.pow(2).values().tolist() == [9.0, 16.0, 121.0]
    with pytest.raises(NotImplementedError):
        torch.exp(s)
    with pytest.raises(RuntimeError, match="not supported. Use add"):
        s + torch.ones(2, 3)


def test_sparse_gradient():
    v = VALUES.clone().requires_grad_()
    torch.sparse.mm(torch.sparse_coo_tensor(INDICES, v, (2, 3)), torch.ones(3, 2)).sum().backward()
    assert v.grad.tolist() == [2.0, 2.0, 2.0, 2.0]


def test_small_names():
    assert torch._C.device is torch.device and torch._C._nn._parse_to(torch.float16)[1] is torch.float16
    assert not torch.utils._python_dispatch.is_traceable_wrapper_subclass(Y)
    with pytest.raises(RuntimeError, match=r"Invalid value range for 8 between \[1, 5\]"):
        torch.sym_constrain_range(8, min=1, max=5)
    with pytest.raises(NotImplementedError, match="quantised"):
        torch.quantized_lstm_cell(Y)


def test_rearrange():
    shape = lambda pattern, **sizes: tuple(torch.func.rearrange(X, pattern, **sizes).shape)  # noqa: E731
    assert shape("a b c -> (a c) b") == (8, 3) and shape("a b (c d) -> a 1 d b c", d=2) == (2, 1, 2, 3, 2)
    assert shape("a ... -> ... a") == (3, 4, 2) and shape("... -> (...)") == (24,)
    assert torch.equal(torch.func.rearrange(X, "a b c -> (c a) b"), X.permute(2, 0, 1).reshape(8, 3))
    with pytest.raises(ValueError, match="only on one side"):
        shape("a b c -> a b")


def test_block_mask_from_lists():
    from torch.nn.attention.flex_attention import BlockMask

    mask = BlockMask.from_kv_blocks(torch.tensor([[[1, 1]]]), torch.tensor([[[[0, 1], [1, 0]]]]),
                                    torch.tensor([[[0, 1]]]), torch.tensor([[[[0, 1], [0, 1]]]]), BLOCK_SIZE=2,
                                    mask_mod=lambda b, h, q, k: q >= k)
    assert mask.mask()[0, 0].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]


def test_infer_schema():
    def f(x: torch.Tensor, n: int, s: float = 1.5, z: torch.Tensor | None = None) -> torch.Tensor: ...

    assert (torch.library.infer_schema(f, mutates_args={"x"}, op_name="g")
            == "g(Tensor(a0!) x, SymInt n, float s=1.5, Tensor? z=None) -> Tensor")


def test_distributed_of_one_rank():
    from torch import distributed

    assert distributed.get_default_backend_for_device("cpu") == "gloo" and issubclass(
        distributed.DistStoreError, distributed.DistError)
    assert distributed.tensor.placement_types.Shard.local_shard_size_and_offset(10, 4, 3) == (1, 9)
    assert torch.nn.parallel.gather([torch.ones(2), torch.zeros(1)], "cpu").tolist() == [1.0, 1.0, 0.0]


def test_aten_assertions():
    with pytest.raises(RuntimeError, match="single nonzero value, but got zero"):
        torch.ops.aten._assert_async(torch.tensor(0))
    with pytest.raises(RuntimeError, match=r"Tensor sizes mismatch! Expected: \[5\], Got: \[6\]"):
        torch.ops.aten._assert_tensor_metadata(Y, [5])
    assert not torch.ops.aten._is_all_true(Y > 2)


def test_shuffler():
    from torch.utils.data.datapipes.iter.combinatorics import ShufflerIterDataPipe
    from torch.utils.data.graph_settings import apply_shuffle_settings

    pipe = ShufflerIterDataPipe(range(20)).set_seed(3)
    order = list(pipe)
    assert sorted(order) == list(range(20)) and order != list(range(20))
    assert list(apply_shuffle_settings(pipe, False)) == list(range(20))


# Names beyond the reference's, and why.
MORE_NAMES = {
    "npu": "torch_npu gives it to tensors and modules",
    "is_npu": "torch_npu gives it to tensors",
    "code": "of dtype, from which nobody derives",
    "param_shape": "of Geometric, which its relatives have in the reference too",
}


def test_classes_have_no_names_that_a_subclass_may_collide_with():
    record = json.loads((pathlib.Path(__file__).parent / "data" / "class_names.json").read_text())
    ours = {**class_names.classes(), **class_names.objects()}
    given = {n for n, f in vars(torch.nn.Module).items()  # by transformers, when other tests have imported it
             if getattr(f, "__module__", "").startswith("transformers.")}
    more = {label: sorted(names) for label in record if label in ours
            if (names := {n for n in class_names.public(ours[label]) if n not in given}
                - class_names.recorded(record, label) - MORE_NAMES.keys())}
    assert not more
