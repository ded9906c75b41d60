"""What owners of Ascend machines run into, as they report it (a test for every kind): over the software CANN."""
import os
import re
import subprocess
import sys

from tests.test_ascend import ROOT, on_device, softcann


def test_dtypes_that_chips_refuse():
    on_device("""
        warnings.simplefilter("ignore")
        # rotary embeddings in float64, as diffusers has them, and repeat_interleave of doubles
        def rotary(device):
            place = torch.arange(6, dtype=torch.float64, device=device)
            steps = 1.0 / (100.0 ** (torch.arange(0, 8, 2, dtype=torch.float64, device=device) / 8))
            angles = torch.outer(place, steps)
            return [angles.cos().repeat_interleave(2, dim=1).float(), angles.sin().repeat_interleave(2, dim=1),
                    torch.polar(torch.ones_like(angles), angles), torch.cat((angles, angles), -1)]
        for c, n in zip(rotary("cpu"), rotary("npu")):
            assert n.device.type == "npu" and n.dtype == c.dtype
            torch.testing.assert_close(n.cpu(), c, rtol=1e-6, atol=1e-6)
        for dtype in (torch.uint64, torch.uint32, torch.uint16):
            x = torch.tensor([1, 2, 200], dtype=dtype)
            assert torch.equal((x.to("npu") + 1).cpu(), x + 1) and torch.equal((x.to("npu") == 2).cpu(), x == 2), dtype
        # int64 and bool in where and masks
        i, b, f = torch.arange(6).reshape(2,
                                          3), torch.tensor([[True, False, True],
                                                            [False, True, True]]), torch.randn(2, 3)
        for made in (lambda i, b, f: torch.where(b, i, 0), lambda i, b, f: torch.where(b, i, f),
                     lambda i, b, f: torch.where(b, 1.5, i), lambda i, b, f: torch.where(b, b, i),
                     lambda i, b, f: b * i,
                     lambda i, b, f: b + f, lambda i, b, f: (1 - b.long()) * -1e4,
                     lambda i, b, f: i.masked_fill(b, -100), lambda i, b, f: f.masked_fill(i > 2, float("-inf")),
                     lambda i, b, f: b & (i > 1),
                     lambda i, b, f: b.sum(-1), lambda i, b, f: b.cumsum(-1), lambda i, b, f: b.all(),
                     lambda i, b, f: (b.int() @ b.t().int())):
            want, have = made(i, b, f), made(i.to("npu"), b.to("npu"), f.to("npu"))
            assert have.dtype == want.dtype and torch.equal(have.cpu(), want), (want, have)
    """)


def test_the_host_path_is_said_once_by_name_with_the_count_at_the_end():
    script = "import torch\nx = torch.rand(3, 3).to('npu')\nfor _ in range(5): torch.linalg.svdvals(x)\n(x + 1).cpu()"
    env = softcann.environment(guard=True, contract=True)
    env["PYTHONPATH"] = os.pathsep.join((str(ROOT), env.get("PYTHONPATH", "")))
    path = ROOT / "build" / "says_once.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    done = subprocess.run([sys.executable, softcann.RUNNER, str(path)], env=env, cwd=ROOT, capture_output=True,
                          text=True, timeout=300, check=False)
    path.unlink()
    assert done.returncode == 0, done.stderr
    said = re.findall(r"kernel '(\w+)' .* is computed on the host; the rest stays on the device", done.stderr)
    end = re.search(r"^mindtorch: on the host for want of an Ascend operator: (.*); all else ran on the npu",
                    done.stderr, re.M)
    assert said and len(set(said)) == len(said) and sorted(end[1].split(", ")) == sorted(
        f"{name} 5x" for name in said), done.stderr


def test_libraries_count_and_choose_devices():
    on_device("""
        import mindtorch._C as C
        from accelerate.utils import get_max_memory, is_npu_available
        assert not C.device_started()
        assert is_npu_available() and torch.npu.device_count() == 1
        memory = get_max_memory()
        assert memory[0] == torch.npu.mem_get_info(0)[0] or memory[0] > 0
        for _ in range(2):
            torch.npu.set_device(0)
            torch.npu.set_device("npu:0")
        with torch.npu.device(0), torch.cuda.device("cuda:0"), torch.accelerator.device_index(0):
            assert torch.ones(2, device="cuda").device == torch.device("npu", 0)
        # Trainer does not wrap a model, and says which device it has
        from transformers import TrainingArguments
        import tempfile
        with tempfile.TemporaryDirectory() as out:
            args = TrainingArguments(out, report_to=[])
            assert (args.n_gpu <= 1 and args.device.type == "npu" and args.parallel_mode.value != "not_distributed"
                    or args.n_gpu in (0, 1))
        assert torch.accelerator.current_accelerator().type == "npu" and torch.accelerator.is_available(
            ) and torch.accelerator.current_device_index() == 0
        torch.accelerator.synchronize()
        with torch.accelerator.current_stream():
            pass
    """)


def test_resume_restores_the_state_of_the_device():
    on_device("""
        import io
        torch.npu.manual_seed(4)
        torch.nn.functional.dropout(torch.ones(8, device="npu"), 0.5)
        f = io.BytesIO()
        torch.save({"cpu": torch.get_rng_state(), "npu": torch.npu.get_rng_state_all(),
                    "cuda": torch.cuda.random.get_rng_state_all()}, f)
        want = [torch.rand(3).tolist(), torch.nn.functional.dropout(torch.ones(64, device="npu"), 0.5).tolist()]
        f.seek(0)
        kept = torch.load(f)
        torch.set_rng_state(kept["cpu"])
        torch.npu.set_rng_state_all(kept["npu"])
        assert want == [torch.rand(3).tolist(), torch.nn.functional.dropout(torch.ones(64, device="npu"), 0.5).tolist()]
        torch.set_rng_state(kept["cpu"])
        torch.cuda.random.set_rng_state_all(kept["cuda"])
        assert want == [torch.rand(3).tolist(), torch.nn.functional.dropout(torch.ones(64, device="npu"), 0.5).tolist()]
        # map_location moves states too, and PyTorch refuses those
        f.seek(0)
        moved = torch.load(f, map_location="npu:0")
        try:
            torch.set_rng_state(moved["cpu"])
        except TypeError as error:
            assert "RNG state must be a torch.ByteTensor" in str(error)
        else:
            raise AssertionError("a state on the device was taken")
    """)


def test_memory_is_not_kept_and_matmuls_are_not_shortened():
    on_device("""
        x = torch.randn(300, 300)
        a = x.to("npu")
        # weights in a second dtype live no longer than they are used
        before = torch.npu.memory_allocated()
        for _ in range(3):
            with torch.autocast("npu", dtype=torch.bfloat16):
                a @ a
        assert torch.npu.memory_allocated() == before
        torch.npu.empty_cache()
        assert torch.npu.memory_reserved() < before + (1 << 22)
        torch.testing.assert_close((a @ a).cpu(), x @ x, rtol=1e-6, atol=1e-5)
        assert not torch.backends.cuda.matmul.allow_tf32
    """)


def test_workers_that_touch_the_device():
    """They were forked from a process that has it: the sentence, through the loader, and no hang."""
    on_device("""
        from torch.utils.data import DataLoader, Dataset
        class There(Dataset):
            def __init__(self):
                self.rows = torch.arange(8.0, device="npu")
            def __len__(self):
                return 8
            def __getitem__(self, i):
                return self.rows[i]
        assert [b.tolist() for b in DataLoader(There(), batch_size=4)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
        try:
            list(DataLoader(There(), batch_size=4, num_workers=2))
        except RuntimeError as error:
            assert "Cannot re-initialize NPU in forked subprocess" in str(error) and "spawn" in str(error), error
        else:
            raise AssertionError("a worker used the device")
        assert (torch.ones(2, device="npu") + 1).tolist() == [2, 2]
    """)
