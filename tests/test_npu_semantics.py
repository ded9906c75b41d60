"""The npu's streams, events, pinned memory, memory figures, faults, number, and what a chip refuses, over the software
CANN; every script in a process of its own."""
import os
import subprocess
import sys

import pytest

from tests.test_ascend import ROOT, on_device, softcann

softcann  # noqa: B018  (skips where there is none)


def test_streams_events_and_pinned_memory():
    # a stream of the software CANN is a thread: a wait that somebody forgot reads what is not there yet
    on_device("""
        side, first = torch.npu.Stream(), torch.npu.current_stream()
        assert side != first and first == torch.npu.default_stream() and torch.cuda.Stream is torch.npu.Stream
        assert isinstance(side, torch.Stream)
        assert isinstance(torch.Stream(), torch.npu.Stream) and side.device == torch.device("npu", 0)
        assert side.npu_stream not in (0, first.npu_stream)
        host = torch.randn(400, 400)
        pinned = host.pin_memory()
        assert pinned.is_pinned() and pinned[3:].is_pinned() and not host.is_pinned() and torch.equal(
            pinned, host) and pinned.pin_memory() is pinned
        assert torch.empty(3,
                           pin_memory=True).is_pinned() and pinned.untyped_storage().is_pinned() and pinned.t(
                               ).pin_memory().stride() == (1, 400)
        x = pinned.to("npu", non_blocking=True)
        with torch.npu.stream(side):
            assert torch.npu.current_stream() == side
            side.wait_stream(first)
            z = x
            for _ in range(30):
                z = (z @ x) * 0.05
            back = z.to("cpu", non_blocking=True)
            event = side.record_event()
            assert back.is_pinned() and not side.query() and not event.query()
        assert torch.npu.current_stream() == first
        first.wait_event(event)
        y = z + 0
        event.synchronize()
        assert event.query() and torch.equal(y.cpu(), back)
        w = host
        for _ in range(30):
            w = (w @ host) * 0.05
        torch.testing.assert_close(back, w, rtol=1e-4, atol=1e-4)

        a, b = (torch.npu.Event(enable_timing=True) for _ in range(2))
        for refused in (lambda: a.elapsed_time(b), lambda: a.elapsed_time(torch.npu.Event())):
            try:
                refused()
            except ValueError as error:
                assert "Both events must be" in str(error)
            else:
                raise AssertionError("no time is known")
        a.record()
        for _ in range(20):
            y = x @ x
        b.record()
        try:
            a.elapsed_time(b)
        except RuntimeError as error:
            assert "completed" in str(error)
        b.synchronize()
        assert 0.5 < a.elapsed_time(b) < 60000 and torch.npu.Event().query()

        # memory that another stream uses is not given to others before that stream has come so far
        for _ in range(20):
            t = torch.ones(400, 400, device="npu")
            side.wait_stream(first)
            with torch.npu.stream(side):
                u = t
                for _ in range(8):
                    u = (u @ x) * 0.05
                total = (u + t).sum()
            t.record_stream(side)
            where = t.data_ptr()
            del t
            spoilt = torch.full((400, 400), 7.0, device="npu")
            assert spoilt.data_ptr() != where
            side.synchronize()
        torch.npu.synchronize()
        del spoilt, u
        before = torch.npu.memory_allocated()
        v = torch.empty(400, 400, device="npu")
        assert torch.npu.memory_allocated() <= before + v.nbytes + 512

        # backward follows the stream of forward and is followed by it
        w = (torch.randn(300, 300, device="npu") * 0.05).requires_grad_()
        with torch.npu.stream(side):
            side.wait_stream(first)
            loss = ((w @ w) @ w).sum()
        loss.backward()
        c = w.detach().cpu().requires_grad_()
        ((c @ c) @ c).sum().backward()
        torch.testing.assert_close(w.grad.cpu(), c.grad)

        import threading
        seen = []
        torch.npu.set_stream(side)
        thread = threading.Thread(target=lambda: seen.append((torch.npu.current_stream(),
                                                              (torch.ones(3, device="npu") + 1).tolist())))
        thread.start(), thread.join()
        assert seen == [(first, [2.0] * 3)] and torch.npu.current_stream() == side
        with torch.npu.stream(None):
            assert torch.npu.current_stream() == side
        torch.npu.set_stream(first)
    """)


def test_memory_of_the_device():
    on_device("""
        assert torch.npu.memory_allocated() == 0 and not torch.npu.is_initialized()
        free, total = torch.npu.mem_get_info()
        assert total == 300_000_000 and 0 < free <= total and torch.npu.is_initialized()
        kept = []
        try:
            while True:
                kept.append(torch.zeros(1 << 22, device="npu"))
        except torch.OutOfMemoryError as error:
            text = str(error)
        assert isinstance(torch.cuda.OutOfMemoryError,
                          type) and "Tried to allocate 16777216 bytes" in text and "out of memory" in text, text
        held = torch.npu.memory_allocated()
        assert len(kept) << 24 <= held <= torch.npu.memory_reserved() <= total and torch.npu.mem_get_info()[0] < 1 << 25
        kept.clear()
        # what is kept in pieces of one size does for another one
        large = torch.zeros(60_000_000, device="npu")
        assert large[-1].item() == 0
        del large
        assert torch.npu.memory_allocated() == 0 and torch.npu.max_memory_allocated() >= held
        torch.npu.empty_cache()
        assert torch.npu.memory_reserved() == 0 and torch.npu.mem_get_info()[0] == total
        torch.npu.reset_peak_memory_stats()
        x = torch.ones(1000, device="npu")
        assert 4000 <= torch.npu.max_memory_allocated() <= 8192 and torch.npu.memory_stats(
            )["allocated_bytes.all.current"] == torch.npu.memory_allocated()
    """, faults="memory:300000000")


@pytest.mark.parametrize("faults, words",
                         [("launch:20", "launch 20 fails as it was told to"),
                          ("hang:20:1.5", "launch 20 took longer than an operator may")])
def test_a_launch_that_fails_or_hangs(faults, words):
    on_device(f"""
        x = torch.randn(64, 64).to("npu")
        for wait in (lambda: y.cpu(), torch.npu.synchronize):
            for _ in range(40):
                y = x @ x
            try:
                wait()
            except RuntimeError as error:
                assert str(error).startswith("the npu failed") and "aclnnMatmul: {words}" in str(
                    error) and "\\n" not in str(error), error
                break
        else:
            raise AssertionError("nothing failed")
        # later work is done
        torch.testing.assert_close((x @ x).cpu(), x.cpu() @ x.cpu())
    """, faults=faults)


def test_one_device_a_process():
    script = """
        import os
        import mindtorch._C as C
        own = int(os.environ.get("OWN", 0))
        assert torch.npu.device_count() == torch.cuda.device_count() == torch.accelerator.device_count() == 1
        assert torch.npu.current_device() == own and torch.cuda.current_device() == own
        torch.npu.manual_seed_all(3)
        torch.npu.set_device(own)
        torch.npu.set_device(torch.device("npu", own))
        torch.npu.set_device("cuda")
        assert not C.device_started(), "nothing but a use of the device starts it"
        for refused in (lambda: torch.empty(2, device=f"npu:{own + 1}"), lambda: torch.npu.set_device(own + 1),
                        lambda: torch.ones(2).to(own + 1),
                        lambda: torch.npu.mem_get_info(own + 1), lambda: torch.Generator(f"npu:{own + 1}")):
            try:
                refused()
            except RuntimeError as error:
                assert f"npu:{own}, not npu:{own + 1}" in str(error) and "LOCAL_RANK" in str(error), error
            else:
                raise AssertionError("another device was used")
        assert not C.device_started()
        x = torch.ones(2, device="npu")
        assert x.device == torch.device("npu", own) and torch.ones(2,
                                                                   device=f"cuda:{own}").device == x.device and x.to(
                                                                       own) is x and x.get_device() == own
        assert torch.npu.mem_get_info(own) and torch.npu.get_device_properties(
            x.device).total_memory and torch.npu.get_rng_state(own).numel()
        try:
            x + torch.ones(2)
        except RuntimeError as error:
            assert f"npu:{own} and cpu" in str(error), error
        assert x.grad is None and (x + 1).tolist() == [2, 2] and torch.npu.current_stream().device_index == own
        from ctypes import CDLL, byref, c_int
        number = c_int(-1)
        CDLL(os.environ["SOFTCANN_HOME"] + "/lib64/libascendcl.so").aclrtGetDevice(byref(number))
        assert number.value == own, number
    """
    on_device(script)
    on_device(script, environment={"LOCAL_RANK": "1", "OWN": "1", "ASCEND_RT_VISIBLE_DEVICES": "4,5"})
    # a launcher that shows each process its own card
    on_device(script, environment={"LOCAL_RANK": "3", "ASCEND_RT_VISIBLE_DEVICES": "3"})


def test_a_device_in_use_is_said_and_nothing_is_lost():
    on_device("""
        x = torch.ones(3)
        for _ in range(2):
            try:
                x.to("npu")
            except RuntimeError as error:
                assert str(error).startswith("the npu cannot be started: ") and "in use" in str(error), error
            else:
                raise AssertionError("started")
        assert (x + 1).tolist() == [2, 2, 2]
    """, faults="busy")


@pytest.mark.parametrize("home, words", [(None, "ASCEND_HOME_PATH is not set"), ("/nowhere", "could not load its "
                                                                                             "Ascend back end over the "
                                                                                             "CANN at /nowhere")])
def test_no_usable_cann(home, words):
    env = {k: v for k,
           v in os.environ.items()
           if not k.startswith(("ASCEND", "SOFTCANN", "MINDTORCH"))} | ({"ASCEND_HOME_PATH": home} if home else {})
    script = (
        "import torch\nassert not torch.npu.is_available() and torch.npu.device_count() == 0 and "
        "torch.accelerator.current_accelerator() is None\n"
        "try:\n    torch.ones(2).to('npu')\nexcept RuntimeError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], env=env | {"PYTHONPATH": str(ROOT)}, cwd=ROOT,
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0 and words in done.stdout, done.stdout + done.stderr


def test_forks_threads_and_workers():
    on_device("""
        import os, threading
        from torch.utils.data import DataLoader, TensorDataset
        x = torch.ones(3, device="npu")
        results = []
        threads = [threading.Thread(target=lambda: results.append((x * 2).sum().item())) for _ in range(4)]
        [t.start() for t in threads], [t.join() for t in threads]
        assert results == [6.0] * 4
        data = DataLoader(TensorDataset(torch.arange(8.0)), batch_size=2, num_workers=2, pin_memory=True)
        batches = [b for b, in data]
        assert all(b.is_pinned() for b in batches) and sum(b.to("npu", non_blocking=True).sum().item()
                                                           for b in batches) == 28
        child = os.fork()
        if not child:
            try:
                assert torch.npu._is_in_bad_fork()
                torch.ones(2) + 1
                for use in (lambda: x + 1, x.cpu, lambda: torch.ones(2, device="npu"), torch.npu.Stream,
                            torch.npu.synchronize, lambda: torch.ones(2).pin_memory()):
                    try:
                        use()
                    except RuntimeError as error:
                        assert "forked" in str(error) and "spawn" in str(error), error
                    else:
                        os._exit(3)
                os._exit(0)
            except BaseException:
                import traceback
                traceback.print_exc()
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert (x + 1).tolist() == [2, 2, 2]
    """)
