"""Autocast casts by its lists, keeps casted weights once, and GradScaler skips steps with an overflow."""
import warnings

import mindtorch  # noqa: F401
import pytest
import torch

BF16, F16, F32, F64 = torch.bfloat16, torch.float16, torch.float32, torch.float64


def test_lists():
    a, low = torch.ones(2, 2), torch.ones(2, 2, dtype=BF16)
    with torch.autocast("cpu"):
        assert torch.matmul(a, a).dtype is BF16 and (a @ a).dtype is BF16 and torch.mm(a, low).dtype is BF16
        assert low.prod().dtype is F32  # of the float32 list
        assert torch.cat([low, a]).dtype is F32 and torch.stack([low, low]).dtype is BF16  # promotion
        assert (a + a).dtype is F32 and torch.matmul(a.double(), a.double()).dtype is F64  # in no list; float64 stays
    assert torch.matmul(a, a).dtype is F32


def test_dtype_nesting_and_decorator():
    a = torch.ones(2, 2)

    @torch.autocast("cpu", dtype=F16)
    def f():
        return a @ a

    assert f().dtype is F16
    with torch.autocast("cpu"):
        with torch.autocast("cpu", enabled=False):
            assert (a @ a).dtype is F32 and not torch.is_autocast_enabled("cpu")
        assert (a @ a).dtype is BF16 and torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") is BF16
    with pytest.warns(UserWarning, match="target dtype is not supported"):
        with torch.autocast("cpu", dtype=F64):
            assert (a @ a).dtype is F32


def test_functions_called_inside_compositions_are_cast():
    x, w = torch.ones(2, 3), torch.ones(4, 3)
    with torch.autocast("cpu"):
        assert torch.nn.functional.linear(x, w, torch.ones(4)).dtype is BF16


def test_exceptions_of_the_lists():
    low = torch.ones(1, 4, 4, dtype=BF16)
    with torch.autocast("cpu"):
        assert torch.nn.functional.pad(low, (1, 1), mode="reflect").dtype is F32
        assert torch.nn.functional.pad(low, (1, 1)).dtype is BF16
        assert torch.nn.functional.bilinear(torch.ones(2, 2), torch.ones(2, 2), torch.ones(3, 2, 2)).dtype is F32
        assert torch.mm(torch.ones(2, 2), torch.ones(2, 2), out=torch.empty(2, 2)).dtype is F32


def test_gradients_have_the_weights_dtype_and_the_cache_casts_once():
    w = torch.ones(2, 2, requires_grad=True)
    x = torch.ones(2, 2)
    with torch.autocast("cpu"):
        first, second = x @ w, x @ w
    casts = {first.grad_fn.next_functions[1][0], second.grad_fn.next_functions[1][0]}
    assert len(casts) == 1 and casts.pop().name() == "ToCopyBackward0"
    (first + second).float().sum().backward()
    assert w.grad.dtype is F32 and w.grad.tolist() == [[4, 4], [4, 4]]
    with torch.autocast("cpu", cache_enabled=False):
        first, second = x @ w, x @ w
    assert first.grad_fn.next_functions[1][0] is not second.grad_fn.next_functions[1][0]


def test_threads_do_not_share():
    import threading

    a, seen = torch.ones(2, 2), []
    with torch.autocast("cpu"):
        t = threading.Thread(target=lambda: seen.append((a @ a).dtype))
        t.start()
        t.join()
    assert seen == [F32]


def test_custom_fwd_bwd():
    class Mul(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=F32)
        def forward(ctx, a, b):
            assert not torch.is_autocast_enabled("cpu")
            ctx.save_for_backward(a, b)
            return a @ b

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            return g @ b.t(), a.t() @ g

    a = torch.ones(2, 2, requires_grad=True)
    with torch.autocast("cpu"):
        y = Mul.apply(a.bfloat16(), a)
    assert y.dtype is F32
    y.sum().backward()
    assert a.grad.dtype is F32 and a.grad.tolist() == [[4, 4], [4, 4]]


class Plain:
    """The least that GradScaler needs of an optimizer."""

    def __init__(self, *parameters):
        self.param_groups = [{"params": list(parameters)}]
        self.steps = 0

    def step(self):
        self.steps += 1
        return "stepped"


def test_grad_scaler():
    w = torch.ones(2, requires_grad=True)
    optimizer, scaler = Plain(w), torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    scaler.scale((w * 2).sum()).backward()
    assert w.grad.tolist() == [16, 16]
    scaler.unscale_(optimizer)
    assert w.grad.tolist() == [2, 2]
    with pytest.raises(RuntimeError, match="unscale_\\(\\) has already been called"):
        scaler.unscale_(optimizer)
    assert scaler.step(optimizer) == "stepped"
    scaler.update()
    w.grad = torch.tensor([float("inf"), 1.0])
    assert scaler.step(optimizer) is None and optimizer.steps == 1
    scaler.update()
    assert scaler.get_scale() == 4.0
    for _ in range(2):
        w.grad = torch.ones(2)
        scaler.step(optimizer)
        scaler.update()
    assert scaler.get_scale() == 8.0
    state = scaler.state_dict()
    assert state == {"scale": 8.0, "growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 2,
                     "_growth_tracker": 0}
    other = torch.amp.GradScaler("cpu")
    other.load_state_dict(state)
    assert other.get_scale() == 8.0
    off = torch.amp.GradScaler("cpu", enabled=False)
    assert off.scale(w) is w and off.state_dict() == {} and off.step(optimizer) == "stepped"


def test_cpu_names_are_those_of_amp_for_the_cpu():
    import torch.cpu.amp

    with pytest.warns(FutureWarning, match="torch.amp.autocast"):
        context = torch.cpu.amp.autocast()
    with context:
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.bfloat16
    with pytest.warns(FutureWarning, match="torch.amp.GradScaler"):
        scaler = torch.cpu.amp.GradScaler(init_scale=4.0)
    assert scaler.scale(torch.tensor(2.0)).item() == 8.0


@pytest.mark.parametrize("device", ["cpu", "cuda", "npu"])
def test_amp_of_a_device_has_its_parts(device):
    """One place makes them: names, modules, signatures and, where PyTorch has it, the advice to use torch.amp."""
    import importlib
    import inspect
    import pickle

    amp = importlib.import_module(f"torch.{device}.amp")
    assert importlib.import_module(f"torch.{device}.amp.autocast_mode").autocast is amp.autocast
    assert importlib.import_module(f"torch.{device}.amp.grad_scaler").GradScaler is amp.GradScaler
    assert amp.autocast.__module__ == f"torch.{device}.amp.autocast_mode"
    assert issubclass(amp.autocast, torch.amp.autocast)
    assert pickle.loads(pickle.dumps(amp.GradScaler)) is amp.GradScaler
    wanted = torch.bfloat16 if device == "cpu" else torch.float16
    assert inspect.signature(amp.autocast).parameters["dtype"].default is wanted
    assert hasattr(amp, "custom_fwd") == hasattr(amp, "custom_bwd") == (device != "cpu")
    calls = [lambda: amp.autocast(enabled=False), lambda: amp.GradScaler(enabled=False)]
    if device != "cpu":
        calls += [lambda: amp.custom_fwd(cast_inputs=torch.float32), lambda: amp.custom_fwd(lambda ctx, x: x),
                  lambda: amp.custom_bwd(lambda ctx, x: x)]
    for call in calls:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            call()
        assert [f"`torch.{device}.amp." in str(w.message) for w in said if w.category is FutureWarning] == (
            [] if device == "npu" else [True])
