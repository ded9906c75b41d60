"""The npu as MindSpore's Ascend target, over the software CANN: its memory is out of the host's reach (guard), calls
outside the documented contract are refused.

What passes here shows that our calls are of a documented kind and arrive; a chip's numbers and speed it cannot show.
Every check runs in a process of its own,
since a process has the device or has it not."""
import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap

import pytest

softcann = pytest.importorskip("mindtorch.softcann", reason="no software CANN in this checkout")
ROOT = pathlib.Path(__file__).parent.parent

COMPARE = '''
import atexit, json, mindtorch, os, torch, warnings
import torch.nn.functional as F

# which kernels the tests make the device do: tests/ascend_operators.py
if where := os.environ.get("MINDTORCH_KERNELS_DONE"):
    atexit.register(lambda: open(where, "a").write("".join(f"{k}\\n" for k in mindtorch._C.device_kernels())))

def flat(r):
    return [y for x in r for y in flat(x)] if isinstance(r, (tuple, list)) else [r]

def run(f, device, tensors):
    torch.manual_seed(5)
    xs = [t.detach().to(device, copy=True).requires_grad_(t.requires_grad) for t in tensors]
    results = flat(f(*xs))
    if any(x.requires_grad for x in xs):
        weights = [torch.linspace(0.5, 1.5, max(r.numel(), 1)).reshape(r.shape).to(device)
                   for r in results if r.requires_grad]
        torch.autograd.backward([r for r in results if r.requires_grad], weights)
    results += [x.grad for x in xs if x.requires_grad]
    assert all(r is None or r.device.type == device for r in results), [r.device for r in results]
    return [None if r is None else r.detach().cpu() for r in results]

def same(f, *tensors, launches=None):
    """f gives the CPU's results and gradients on the npu, without the host's help."""
    want = run(f, "cpu", tensors)
    before, count = dict(torch.npu.fallbacks()), torch.npu.launches()
    have = run(f, "npu", tensors)
    assert torch.npu.fallbacks() == before, (torch.npu.fallbacks(), before)
    if launches is not None:
        assert torch.npu.launches() - count == launches, torch.npu.launches() - count
    for w, h in zip(want, have):
        torch.testing.assert_close(h, w, rtol=1e-5, atol=1e-5, equal_nan=True)

def R(*shape):
    return torch.randn(*shape).requires_grad_()

torch.manual_seed(1)
'''


def on_device(script, environment=(), compare=True, **settings):
    """Run a script on the software CANN; its last line as JSON."""
    env = softcann.environment(**{"guard": True, "contract": True} | settings)
    env.update(PYTHONPATH=f"{ROOT}:{env.get('PYTHONPATH', '')}", OMP_NUM_THREADS="1", GLOG_v="3", **dict(environment))
    text = (COMPARE if compare else "") + textwrap.dedent(script)
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([sys.executable, softcann.RUNNER, file.name], env=env, cwd=ROOT, capture_output=True,
                              text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else None


def test_operators_of_each_kind():
    on_device("""
        same(lambda a, b: a + b, torch.randn(4, 5), torch.randn(5), launches=1)
        same(lambda a: (a + 1.5, 2 - a, a * 3, 3 / a, a / 2), R(4, 5))
        same(lambda a, b: (a + b, a + 1.5), torch.arange(6).reshape(2, 3), torch.randn(2, 3))
        same(lambda a: a * torch.tensor(2.5), R(3))
        same(lambda a, b: (a > b, a == 0, a < 1.5, a != b), torch.randn(4, 5), torch.randn(4, 5), launches=4)

        def in_place(a, b):
            v = a.clone()
            v[1:3, ::2].add_(b)
            v[:, 1].mul_(2)
            v[0] = 3
            v[1:, 1:] = b[:1, :1]
            return v

        same(in_place, torch.randn(4, 5), torch.randn(2, 3))
        same(lambda a, b: (a.half().add_(b), a.half() @ b.half().t()), torch.randn(4, 5), torch.randn(4, 5))
        same(lambda a: (a.sum(), a.sum(0), a.sum((0, 2), keepdim=True), a.mean(-1), a.amax(1)), R(3, 4, 5))
        same(lambda a: (a.sum(), (a > 2).sum(0), (a > 2).any()), torch.arange(12).reshape(3, 4))
        same(lambda a, b: a @ b, torch.randn(4, 5), torch.randn(5, 6), launches=1)
        same(lambda a, b: a @ b.transpose(-1, -2), R(2, 3, 4, 5), R(2, 3, 6, 5))
        same(lambda x, w, b: F.linear(x, w, b), torch.randn(2, 3, 5), torch.randn(6, 5), torch.randn(6), launches=1)
        same(lambda x, w, b: F.linear(x, w, b), R(2, 3, 5), R(6, 5), R(6))
        same(lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2.0), R(4, 6), R(4, 5), R(5, 6))
        same(lambda w, i: F.embedding(i, w), R(7, 4), torch.tensor([[1, 2, 2], [6, 0, 1]]))
        same(lambda a, i: a.index_select(1, i), torch.randn(3, 5), torch.tensor([4, 0, 0]), launches=1)
        same(lambda a: (a.softmax(-1), a.log_softmax(1)), R(3, 4, 5))
        same(lambda x, w, b: F.layer_norm(x, (5,), w, b), R(3, 4, 5), R(5), R(5))
        for f in (F.gelu, lambda x: F.gelu(x, approximate="tanh"), F.relu, torch.tanh, torch.sigmoid, F.silu, torch.exp,
                  torch.sqrt):
            same(f, torch.rand(4, 5).add(0.1).requires_grad_())
        same(lambda x, y: F.cross_entropy(x, y), R(6, 5), torch.tensor([1, 2, -100, 4, 0, 3]))
        same(lambda a, b: (torch.cat((a, b), 1), *a.split(2, 1)), R(3, 4), R(3, 5))
        same(lambda a: (a.half(), a.long(), a.bool(), a.t().contiguous()), torch.randn(4, 5) * 3)
        same(lambda a: (torch.zeros(3, device=a.device), torch.arange(5, device=a.device),
                        torch.arange(0, 1, 0.1, device=a.device)), torch.randn(2))
        same(lambda a: (a.masked_fill(a > 0, float("-inf")), torch.where(a > 0, a, 0.0), a.tril()), torch.randn(4, 5))
        same(lambda a: a.nonzero(), torch.randn(4, 5))
        same(lambda a: (a[:0] + 1, a[:0].sum()), torch.randn(3, 4))
    """)


def test_indices_order_and_running_sums():
    on_device("""
        i, j, wide = torch.tensor([2, 0, -1, 2]), torch.tensor([[1, 0, 1, 3]] * 3), torch.randn(3, 4, 5)

        def put(x, i):
            x = x.clone()
            x[i] = 7.0
            x[:, i] += 1.5
            x[i, :, i] = x[0, 0, 0]
            x[x > 2] = 0.0
            return x

        for index in ((i,), (slice(None), i), (i, i), (i, slice(None), i), (slice(None), i, i), (i[:, None], i),
                      (slice(1), None, j)):
            same(lambda x: x[tuple(d.to(x.device) if torch.is_tensor(d) else d for d in index)], R(3, 4, 5))
        same(lambda x: x.transpose(0, 2)[i.to(x.device)], R(3, 4, 5))
        same(put, wide, i.abs())
        same(lambda x, v: x.index_put((i.to(x.device), i.to(x.device)), v, accumulate=True), R(3, 4, 5), R(4, 5))
        same(lambda x, v: (x.index_add(1, i.abs().to(x.device), v),
                           x.index_copy(1, i.abs()[1:3].to(x.device), v[:, :2]),
                           x.index_fill(2, i.abs().to(x.device), 3.0)), R(3, 4, 5), R(3, 4, 5))
        same(lambda x: x.gather(1, j.to(x.device)), R(3, 4))
        same(lambda x, v: (x.scatter(1, j[:, :1].to(x.device), v[:, :1]), x.scatter_add(1, j.to(x.device), v),
                           x.scatter(1, j.to(x.device), 2.0)), R(3, 4), R(3, 4))
        same(lambda x: (x.cumsum(1), x.half().cumsum(0)), R(3, 4))
        same(lambda x: (x.cumsum(1), x.bool().cumsum(0)), torch.arange(12).reshape(3, 4), launches=4)
        same(lambda x: (*x.sort(1), *x.sort(0, descending=True), *x.topk(2), *x.topk(3, 0, largest=False),
                        x.argsort(0)), R(3, 4))
        same(lambda x: (*x.max(1), *x.min(0, keepdim=True), x.argmax(1), x.argmin(0, keepdim=True), x.argmax()),
             R(3, 4))
    """, environment={"MINDTORCH_NO_FALLBACK": "1"})


def test_layers():
    on_device("""
        for n, conv, up in ((1, F.conv1d, F.conv_transpose1d), (2, F.conv2d, F.conv_transpose2d),
                            (3, F.conv3d, F.conv_transpose3d)):
            same(lambda x, w, b: conv(x, w, b, stride=2, padding=1, dilation=1, groups=2), R(2, 4, *[5, 6, 4][:n]),
                 R(6, 2, *[3, 2, 1][:n]), R(6))
            same(lambda x, w, b: up(x, w, b, stride=2, padding=1, output_padding=1), R(2, 4, *[3] * n),
                 R(4, 3, *[3] * n), R(3))
        same(lambda x, w, b: F.conv2d(x.to(memory_format=torch.channels_last), w, b), R(2, 4, 5, 6), R(6, 4, 3, 2),
             R(6))

        def batch(training):
            def f(x, w, b):
                mean, var = torch.full((4,), 0.2, device=x.device), torch.full((4,), 1.5, device=x.device)
                return F.batch_norm(x, mean, var, w, b, training, 0.3), mean, var
            return f

        same(batch(True), R(3, 4, 5, 2), R(4), R(4))
        same(lambda x: torch.cat([y.flatten() for y in batch(False)(x, None, None)]), torch.randn(3, 4, 5))
        same(lambda x, w, b: batch(False)(x, w, b)[0].sum(), torch.randn(3, 4), torch.randn(4), torch.randn(4))
        same(lambda x, w: F.rms_norm(x, (5,), w), R(3, 4, 5), R(5))
        for f in (F.mish, F.leaky_relu, F.elu, F.selu, F.softplus, F.hardswish, F.hardtanh, F.hardsigmoid):
            same(f, torch.linspace(-4, 4, 20).requires_grad_())
        same(lambda x, y: (x.floor(), x.ceil(), x.trunc(), x.frac(), x.sign(), x // y, x % y, x % 2, x // 2, 3 % y,
                           x.fmod(2), torch.xlogy(x, y)), torch.randn(9) * 3, torch.rand(9) + 0.5)
        same(lambda x, y: (x // y, x % y, x % 4, x // 4), torch.arange(-5, 5), torch.full((10,), 3))
        same(lambda x, y: (F.smooth_l1_loss(x, y, beta=0.3), F.mse_loss(x, y),
                           F.binary_cross_entropy_with_logits(x, y)), R(9), torch.rand(9))
        same(lambda x: (x.logsumexp(1), x.logsumexp((0, 1)), x.prod(1), x.prod(0, keepdim=True)), R(3, 4))
    """, environment={"MINDTORCH_NO_FALLBACK": "1"})


def test_losses_and_attention():
    on_device("""
        y, weight = torch.tensor([1, 2, -100, 4, 0, 3]), torch.rand(5)
        for reduction in ("none", "mean", "sum"):
            same(lambda x, w: F.nll_loss(x.log_softmax(1), y.to(x.device), w, reduction=reduction), R(6, 5), weight)
            same(lambda x: F.nll_loss(x, y.to(x.device), reduction=reduction), R(6, 5))
            same(lambda x, w: F.cross_entropy(x, y.to(x.device), w, reduction=reduction), R(6, 5), weight)
        q, k, v = R(2, 4, 6, 8), R(2, 4, 7, 8), R(2, 4, 7, 3)
        same(lambda q, k, v: F.scaled_dot_product_attention(q, k, v), q, k, v)
        same(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), q, k, v)
        same(lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m, scale=0.3), q, k, v, torch.rand(6, 7) > 0.2)
        same(lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m), q, k, v, torch.randn(2, 1, 6, 7))
        same(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True), q, R(2, 2, 7, 8), R(2, 2, 7, 3))
    """, environment={"MINDTORCH_NO_FALLBACK": "1"})


def test_reads_by_the_host_copy_or_refuse():
    on_device("""
        import copy, io, pickle
        import mindtorch._C as C
        import mindtorch
        assert torch.npu.is_available() and torch.npu.device_count() == 1 and torch.cuda.device_count() == 1
        assert not C.device_started()
        base = torch.arange(12.0).reshape(3, 4)
        x = base.to("npu")
        assert C.device_started() and x.device == torch.device("npu", 0) and (x.t() + 1).device == x.device
        assert torch.equal(x.t()[1:].cpu(), base.t()[1:]) and x[1,
                                                                2].item() == 6 and x[:, 1].tolist(
                                                                    ) == [1, 5,
                                                                          9] and float(x[0, 1]) == 1 and bool(x[0, 1])
        assert repr(x[:2, :2]) == "tensor([[0., 1.],\\n        [4., 5.]], device='npu:0')", repr(x[:2, :2])
        for refused in (x.numpy, lambda: __import__("numpy").asarray(x), lambda: x.untyped_storage()[1:3]):
            try:
                refused()
            except (TypeError, NotImplementedError):
                continue
            raise AssertionError(refused)
        y = copy.deepcopy(x)
        assert y.device == x.device and torch.equal(y.cpu(), base)
        f = io.BytesIO()
        torch.save({"x": x, "view": x[1:]}, f)
        f.seek(0)
        back = torch.load(f)
        assert back["view"].device == x.device and torch.equal(back["view"].cpu(), base[1:])
        x.untyped_storage().resize_(64)
        assert torch.equal(x.cpu(), base)
        to = torch.zeros(4, 3, dtype=torch.float64)
        to.copy_(x.t())
        assert torch.equal(to, base.t().double())
        x[:, 1] = torch.tensor([7, 8, 9])
        assert x[:, 1].tolist() == [7, 8, 9]
        for mixed in (lambda: x + base, lambda: torch.nn.functional.linear(x, base), lambda: x.add_(base)):
            try:
                mixed()
            except RuntimeError as error:
                assert "same device" in str(error), error
                continue
            raise AssertionError("two devices met")
        try:
            torch.empty(3, device="npu:1")
        except RuntimeError as error:
            assert "invalid device ordinal" in str(error)
        assert 0 < torch.npu.memory_allocated() <= torch.npu.max_memory_allocated() <= torch.npu.memory_reserved(
            ) <= torch.npu.mem_get_info()[1]
    """)


def test_random_state_of_the_device():
    on_device("""
        x = torch.ones(1000, device="npu")
        torch.npu.manual_seed(3)
        first = F.dropout(x, 0.3)
        torch.npu.manual_seed(3)
        assert torch.equal(first.cpu(), F.dropout(x, 0.3).cpu())
        state = torch.npu.get_rng_state()
        a, cpu = F.dropout(x, 0.5), torch.get_rng_state()
        torch.npu.set_rng_state(state)
        assert torch.equal(a.cpu(), F.dropout(x, 0.5).cpu()) and torch.equal(cpu, torch.get_rng_state())
        kept = (a.cpu() != 0)
        assert 400 < kept.sum() < 600 and torch.equal(a.cpu(), kept * 2.0)
        x.requires_grad_()
        y = F.dropout(x, 0.5)
        y.sum().backward()
        assert torch.equal(x.grad.cpu(), y.detach().cpu())
    """)


def test_random_fills_are_the_devices():
    on_device("""
        def draws():
            g = torch.Generator("npu").manual_seed(4)
            return [torch.rand(1000, device="npu"), torch.randn(1000, device="npu"),
                    torch.randint(3, 9, (1000,), device="npu"), torch.randperm(1000, device="npu"),
                    torch.empty(1000, device="npu").bernoulli_(0.3),
                    torch.empty(1000, device="npu").uniform_(-1, 3, generator=g),
                    torch.empty(1000, device="npu").exponential_(2.0),
                    torch.multinomial(torch.tensor([0.1, 0.0, 0.9], device="npu"), 1000, replacement=True),
                    torch.multinomial(torch.rand(3, 7, device="npu"), 4)]

        torch.npu.manual_seed(3)
        cpu = torch.get_rng_state()
        first = [x.cpu() for x in draws()]
        torch.npu.manual_seed(3)
        state = torch.npu.get_rng_state()
        second = [x.cpu() for x in draws()]
        assert torch.equal(cpu, torch.get_rng_state()) and not torch.equal(state, torch.npu.get_rng_state())
        assert all(torch.equal(a, b) for a, b in zip(first, second))
        third = [x.cpu() for x in draws()]
        assert all(torch.equal(a, b) == (k == 5) for k, (a, b) in enumerate(zip(first, third)))
        u, n, i, p, b, w, e, m, few = first
        assert 0 <= u.min() and u.max() < 1 and abs(u.mean()
                                                    - 0.5) < 0.05 and abs(n.mean()) < 0.15 and abs(n.std() - 1) < 0.1
        assert set(i.tolist()) == set(range(3,
                                            9)) and i.dtype == torch.int64 and sorted(p.tolist()) == list(
                                                range(1000)) and abs(b.mean() - 0.3) < 0.07
        assert -1 <= w.min() < -0.9 and 2.9 < w.max() < 3 and 0 < e.min() and abs(e.mean() - 0.5) < 0.07 and set(
            m.tolist()) == {0, 2} and (m == 0).sum() < 150
        assert all(len(set(row)) == 4 for row in few.tolist())
    """, environment={"MINDTORCH_NO_FALLBACK": "1"})


def test_host_path_is_said_once_counted_and_forbidden():
    script = """
        x = torch.randn(4, 4).to("npu")
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            want = [torch.linalg.det(x.cpu()), torch.igamma(x.cpu().abs(), x.cpu().abs())]
            for _ in range(3):
                have = [torch.linalg.det(x), torch.igamma(x.abs(), x.abs())]
        assert all(torch.allclose(h.cpu(), w) for h, w in zip(have, want)) and have[1].device.type == "npu"
        counts = torch.npu.fallbacks()
        said = [str(w.message) for w in said if "computed on the host" in str(w.message)]
        assert counts and len(said) == len(counts) and all(n % 3 == 0 for n in counts.values()), (said, counts)
        print(json.dumps(counts))
    """
    assert on_device(script)
    on_device("""
        x = torch.randn(4, 4).to("npu")
        x @ x + 1
        try:
            torch.igamma(x.abs(), x.abs())
        except RuntimeError as error:
            assert "MINDTORCH_NO_FALLBACK" in str(error)
        else:
            raise AssertionError("computed on the host")
    """, environment={"MINDTORCH_NO_FALLBACK": "1"})


def test_what_the_device_refuses_is_done_on_the_host():
    counts = on_device("""
        warnings.simplefilter("ignore")
        i, y = torch.tensor([2, 0]), torch.tensor([1, 0, 2])
        z, x = torch.randn(3, 4, dtype=torch.complex64), torch.randn(3, 4, dtype=torch.float64)
        assert torch.equal(z.to("npu")[i.to("npu")].cpu(), z[i])
        assert torch.equal(z.to("npu").index_put((i.to("npu"),), z[:2].to("npu")).cpu(), z.index_put((i,), z[:2]))
        assert torch.allclose(F.cross_entropy(x.to("npu"), y.to("npu")).cpu(), F.cross_entropy(x, y))
        assert torch.equal(x.to("npu").sort(1)[0].cpu(), x.sort(1)[0])
        print(json.dumps(torch.npu.fallbacks()))
    """)
    assert {"put_rows", "cross_entropy", "sort"} <= set(counts), counts
    on_device("""
        try:
            torch.ones(3, 4, dtype=torch.float64, device="npu").sort()
        except RuntimeError as error:
            assert "aclnnSort" in str(error) and "MINDTORCH_NO_FALLBACK" in str(error)
        else:
            raise AssertionError("computed on the host")
    """, environment={"MINDTORCH_NO_FALLBACK": "1"})


def test_training_gives_the_losses_of_the_cpu():
    figures = on_device("""
        from tests.programs_npu import train
        cpu = train("cpu", steps=20)
        before = torch.npu.launches()
        npu = train("npu", steps=20)
        print(json.dumps({"cpu": cpu, "npu": npu, "launches": torch.npu.launches() - before,
                          "dropout": train("npu", 3, 0.1) == train("npu", 3, 0.1)}))
    """, environment={"MINDTORCH_NO_FALLBACK": "1"})
    assert figures["cpu"] == pytest.approx(figures["npu"], rel=1e-5)
    assert figures["cpu"][-1] < figures["cpu"][0] and figures["dropout"]
    assert figures["launches"] < 20 * 320, figures["launches"]


def test_ends_and_forks():
    on_device("""
        import os
        x = torch.ones(3, device="npu")
        child = os.fork()
        if not child:
            try:
                torch.ones(2) + 1
                x + 1
            except RuntimeError as error:
                os._exit(0 if "forked" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

        class Late:
            def __init__(self, x):
                self.x = x

            def __del__(self):
                try:
                    self.x + 1
                except RuntimeError:
                    pass

        import sys
        sys.late = Late(x)
    """)
