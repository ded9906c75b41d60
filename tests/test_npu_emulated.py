"""The light emulation (MINDTORCH_EMULATE_NPU): memory that the host does not read by accident, its own generators,
devices that do not mix; and torch_npu."""
import os
import pathlib
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).parent.parent


def emulated(script, count=2, **environment):
    env = {k: v for k,
           v in os.environ.items()
           if not k.startswith(("ASCEND", "SOFTCANN"))} | {"MINDTORCH_EMULATE_NPU": str(count), "PYTHONPATH": str(ROOT),
                                                           "OMP_NUM_THREADS": "1"} | environment
    return subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=env, cwd=ROOT, capture_output=True,
                          text=True, timeout=600, check=False)


def passes(script, **settings):
    done = emulated(script, **settings)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def test_the_host_does_not_read_the_device():
    passes("""
        import numpy, torch
        x = torch.randn(3, 4, device="npu")
        for refused in (x.numpy, lambda: numpy.asarray(x), lambda: torch.from_numpy(x.numpy()), x.__dlpack__):
            try:
                refused()
            except (TypeError, BufferError) as error:
                assert "npu:0" in str(error), error
            else:
                raise AssertionError(refused)
        assert isinstance(x.cpu().numpy(), numpy.ndarray) and x.tolist() == x.cpu().tolist()
    """)


def test_what_stays_on_the_device():
    passes("""
        import torch
        x = torch.randn(4, 4, device="npu:1")
        s = torch.randn(200, device="npu:1")
        w = torch.hann_window(16, device="npu:1")
        spectrum = torch.stft(s, 16, window=w, return_complex=True)
        made = [torch.fft.fft(x), torch.fft.rfft(x), torch.fft.irfft(torch.fft.rfft(x)), torch.fft.fft2(x),
                torch.fft.fftshift(x), torch.fft.fftfreq(4, device=x.device), spectrum,
                torch.istft(spectrum, 16, window=w), *torch.linalg.eig(x), torch.linalg.eigvals(x),
                *torch.linalg.eigh(x), *torch.linalg.svd(x), *torch.linalg.qr(x), torch.unique(x),
                *torch.unique(x, return_inverse=True, return_counts=True),
                *torch.unique_consecutive(x, return_inverse=True), x.nonzero(), x[x > 0],
                torch.bincount(x.abs().long().flatten()),
                torch.linalg.solve(x, x), torch.linalg.inv(x), torch.cdist(x, x), x.sort().values, torch.histc(x),
                torch.multinomial(x.abs(), 2), torch.randperm(4, device=x.device)]
        assert all(t.device == x.device for t in made), [t.device for t in made]
        torch.testing.assert_close(spectrum.cpu(), torch.stft(s.cpu(), 16, window=w.cpu(), return_complex=True))
    """)


def test_counts_beyond_what_the_engine_holds():
    for count, words in (
        (20, "holds at most 16 npu devices"),
        ("two", "is the number of devices to emulate, not 'two'"),
    ):
        done = emulated("import torch", count=count)
        assert done.returncode and words in done.stderr, done.stderr


RANDOM = """
        import torch
        from torch.utils.checkpoint import checkpoint
        torch.manual_seed(1)
        d = "npu"
        device = torch.device(d, torch.npu.current_device())
        def draws(n=3):
            return [torch.rand(4, device=d).tolist(),
                    torch.nn.functional.dropout(torch.ones(64, device=d), 0.5).tolist(),
                    torch.randn(3, device=d).tolist()][:n]
        # its own stream: the CPU's does not move, and is not moved by
        cpu = torch.get_rng_state()
        first = draws()
        assert torch.equal(cpu, torch.get_rng_state())
        torch.rand(9)
        second = draws()
        assert first != second
        for seed in (torch.npu.manual_seed, torch.cuda.manual_seed, torch.npu.manual_seed_all,
                     torch.cuda.manual_seed_all, torch.manual_seed):
            cpu = torch.get_rng_state()
            seed(1)
            assert draws() == first and (seed is torch.manual_seed or torch.equal(cpu, torch.get_rng_state())), seed
        for get, put in ((torch.npu.get_rng_state, torch.npu.set_rng_state),
                         (torch.cuda.get_rng_state, torch.cuda.set_rng_state),
                         (lambda: torch.cuda.get_rng_state_all(), torch.cuda.set_rng_state_all),
                         (torch.npu.random.get_rng_state, torch.npu.random.set_rng_state)):
            state = get()
            one = draws()
            put(state)
            assert draws() == one, get
        generator = torch.npu.default_generators[device.index]
        assert generator.device == device and torch.cuda.default_generators[device.index] is generator
        state = generator.get_state()
        one = draws()
        generator.set_state(state)
        assert draws() == one and generator.initial_seed() == torch.npu.initial_seed() == 1
        for devices, kind in (([device], "npu"), ([device.index], "cuda"), (None, "npu")):
            state = torch.npu.get_rng_state()
            with torch.random.fork_rng(devices, device_type=kind):
                torch.manual_seed(77)
                draws()
            assert torch.equal(state, torch.npu.get_rng_state())
        seeds = set()
        for _ in range(3):
            torch.cuda.seed()
            seeds.add(torch.cuda.initial_seed())
        torch.cuda.seed_all()
        assert len(seeds) == 3 and 1 not in seeds
        own = torch.Generator(device=d).manual_seed(5)
        a = torch.rand(4, device=d, generator=own).tolist()
        assert torch.rand(4, device=d, generator=own.manual_seed(5)).tolist() == a and own.device == device
        try:
            torch.rand(4, generator=own)
        except RuntimeError as error:
            assert "Expected a 'cpu' device type for generator but found 'npu'" in str(error)
        else:
            raise AssertionError("a generator of another device was taken")
        # a state that went through a file and back to the device ("RNG state must be a torch.ByteTensor" is what
        # PyTorch says of that)
        import io
        f = io.BytesIO()
        torch.save({"rng": torch.npu.get_rng_state()}, f)
        f.seek(0)
        one = draws()
        torch.npu.set_rng_state(torch.load(f)["rng"])
        assert draws() == one
        # what is recomputed drops what it dropped
        torch.manual_seed(3)
        layer = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Dropout(0.4),
                                    torch.nn.Linear(32, 8), torch.nn.Dropout(0.4)).to(d)
        x = torch.randn(16, 8).to(d)
        def gradients(**how):
            torch.manual_seed(9)
            layer.zero_grad()
            y = x.clone().requires_grad_()
            out = checkpoint(layer, y, **how) if how else layer(y)
            out.square().sum().backward()
            return [y.grad.tolist(), *(p.grad.tolist() for p in layer.parameters())]
        plain = gradients()
        assert gradients() == plain and gradients(use_reentrant=False) == plain and gradients(
            use_reentrant=True) == plain
        assert gradients(use_reentrant=False, preserve_rng_state=False) != plain
"""


def test_random_numbers_of_an_emulated_device():
    passes(RANDOM)


def test_random_numbers_of_the_device():
    from tests.test_ascend import on_device

    on_device(RANDOM)


def test_torch_npu_is_there():
    passes("""
        import torch, torch_npu, sys
        from torch_npu.optim import NpuFusedAdamW
        assert torch_npu.npu is torch.npu and sys.modules["torch_npu"] is sys.modules["mindtorch.torch_npu"]
        torch.manual_seed(0)
        def shown(layout, t):
            return {"BNSD": t, "BSND": t.transpose(1, 2), "BSH": t.transpose(1, 2).flatten(2),
                    "SBH": t.permute(2, 0, 1, 3).flatten(2)}[layout]
        q, k, v = (torch.randn(2, 4, 6, 8, device="npu") for _ in range(3))
        mask = torch.rand(6, 6, device="npu") > 0.7
        mask[:, 0] = False
        want = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=~mask, scale=0.3)
        causal = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3)
        for layout in ("BNSD", "BSND", "BSH", "SBH"):
            args = [shown(layout, t) for t in (q, k, v)]
            torch.testing.assert_close(torch_npu.npu_fusion_attention(*args, 4, layout, atten_mask=mask, scale=0.3)[0],
                                       shown(layout, want))
            torch.testing.assert_close(torch_npu.npu_fusion_attention(*args, 4, layout, sparse_mode=3, scale=0.3)[0],
                                       shown(layout, causal))
        flat = [t.transpose(1, 2).flatten(0, 1) for t in (q, k, v)]
        out = torch_npu.npu_fusion_attention(*flat, 4, "TND", sparse_mode=3, scale=0.3, actual_seq_qlen=[6, 12],
                                             actual_seq_kvlen=[6, 12])[0]
        torch.testing.assert_close(out, causal.transpose(1, 2).flatten(0, 1))
        for refused in ({"prefix": [1]}, {"sparse_mode": 7}, {"padding_mask": mask}, {"pre_tockens": 3}):
            try:
                torch_npu.npu_fusion_attention(q, k, v, 4, "BNSD", **refused)
            except NotImplementedError:
                continue
            raise AssertionError(refused)
        w = torch.nn.Parameter(torch.ones(3, device="npu"))
        opt = NpuFusedAdamW([w], lr=0.1)
        w.sum().backward()
        opt.step()
        assert (w < 1).all()
    """)
    # also in a process that starts with it, and where there is no npu
    passes("import subprocess, sys, mindtorch\nassert subprocess.run([sys.executable, '-c', 'import torch_npu, torch; "
           "assert torch_npu.npu is torch.npu']).returncode == 0", count=0)


def test_gradient_scaling_stays_on_the_device():
    from tests.test_ascend import on_device

    on_device("""
        import mindtorch._C as C
        from torch.amp import GradScaler, autocast
        def train(device, steps=8):
            torch.manual_seed(0)
            net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4)).to(device)
            opt = torch.optim.SGD(net.parameters(), lr=0.1)
            scaler, log = GradScaler(device, init_scale=2.0**12, growth_interval=3), []
            for step in range(steps):
                x = torch.randn(6, 8).to(device)
                opt.zero_grad()
                with autocast(device, dtype=torch.float16):
                    out = net(x)
                    loss = out.float().square().mean() * (1e30 if step == 4 else 1.0)
                    assert out.dtype == torch.float16 and out.device.type == device
                scaler.scale(loss).backward()
                scaler.step(opt)
                scaler.update()
                log.append((float(loss), scaler.get_scale()))
            return log
        cpu, npu = train("cpu"), train("npu")
        assert [s for _, s in cpu] == [s for _, s in npu] and cpu[4][1] == cpu[3][1] / 2, (cpu, npu)
        for (a, _), (b, _) in zip(cpu, npu):
            assert abs(a - b) <= 1e-2 * abs(a), (cpu, npu)

        # the check itself reads nothing
        grads = [torch.ones(5, device="npu"), torch.full((3,), float("inf"), device="npu")]
        found, inv = torch.zeros((), device="npu"), torch.tensor(0.5).to("npu")
        def copies():
            from ctypes import CDLL, c_char_p
            import os, re
            library = CDLL(os.environ["SOFTCANN_HOME"] + "/lib64/libascendcl.so")
            library.softcann_report.restype = c_char_p
            return int(re.search(rb"copies device to host (\\d+)", library.softcann_report())[1])
        scale, tracker = torch.tensor(8.0).to("npu"), torch.zeros((), dtype=torch.int32, device="npu")
        torch.npu.synchronize()
        before, by_host = copies(), dict(torch.npu.fallbacks())
        torch._amp_foreach_non_finite_check_and_unscale_(grads, found, inv)
        torch._amp_update_scale_(scale, tracker, found, 2.0, 0.5, 3)
        torch.npu.synchronize()
        assert copies() == before and torch.npu.fallbacks() == by_host, (copies(), before, torch.npu.fallbacks())
        assert found.item() == 1 and grads[0].tolist() == [0.5] * 5 and scale.item() == 4
    """)
