"""Meta tensors: every recorded call again with nothing but geometry; results must have that of the real run, or refuse
as PyTorch refuses."""
import inspect
import pathlib
import subprocess
import sys

import mindtorch  # noqa: F401
import pytest
import torch
from torch import nn

from .parity import layouts, replay
from .parity.gaps import covers

SAMPLES = [s for s in replay.load().samples if "meta" in s]
HUGE = 10**12
pytestmark = pytest.mark.filterwarnings("ignore")


def test_recorded_calls():
    wrong, total = {}, 0
    for sample in SAMPLES:
        if covers(sample["op"], "meta", sample["dtype"]):
            continue
        total += 1
        if found := replay.checks(sample, only=("forward", "meta")).get("meta"):
            wrong.setdefault(sample["op"], f"{sample['dtype']}: {found}")
    assert total > 10000 and not wrong, f"{len(wrong)} operators: {list(wrong.items())[:5]}"


def test_in_place_and_out_forms():
    wrong, total = {}, 0
    for sample in SAMPLES:
        for kind in ("inplace", "out"):
            if sample.get(kind) != 1 or sample["meta"] != 1 or covers(sample["op"], kind, sample["dtype"]):
                continue
            total += 1
            found = replay.guarded(lambda: form(sample, kind))
            if found:
                wrong.setdefault((sample["op"], kind), f"{sample['dtype']}: {found}")
    assert total > 5000 and not wrong, f"{len(wrong)} forms: {list(wrong.items())[:5]}"


@torch.no_grad()
def form(sample, kind):
    """None, or how an in-place or out= form on meta differs from the recorded result."""
    decode, name = replay.load().decode, sample["op"].rpartition(".")[2]
    args, kwargs = replay.mapped(lambda t: layouts.to_meta(torch, t.detach()),
                                 (decode(sample["args"]), decode(sample["kwargs"])))
    expected = list(replay.tensors(decode(sample["result"])))
    if kind == "inplace":
        first = args[0]
        before = first.shape, first.dtype, first.stride()
        if getattr(first, name + "_")(*args[1:], **kwargs) is not first:
            return "another tensor"
        return None if (first.shape, first.dtype, first.stride()) == before and first.is_meta else "other geometry"
    many = isinstance(decode(sample["result"]), (list, tuple))
    targets = [torch.empty(0, dtype=t.dtype, device="meta") for t in expected]
    replay.resolve(sample["op"])(*args, **kwargs, out=tuple(targets) if many else targets[0])
    return next((f"{t.dtype} {list(t.shape)} instead of {e.dtype} {list(e.shape)}" for t,
                 e in zip(targets, expected) if not t.is_meta or t.shape != e.shape or t.dtype != e.dtype), None)


@pytest.mark.parametrize("call", [
    lambda t: t + 1, lambda t: t.relu().sum(-1), lambda t: t.view(10**6, 10**6).t().contiguous(),
    lambda t: (t.view(10**6, 10**6) @ torch.empty(10**6, 3, device="meta")).softmax(0),
    lambda t: t.mul_(2), lambda t: torch.cat((t, t)),
    lambda t: t.view(1000, 1000, 1000, 1000).permute(3, 0, 2, 1).clone(), lambda t: torch.zeros_like(t),
    lambda t: t.sort(),
    lambda t: nn.functional.layer_norm(t.view(10**9, 1000), (1000,)), lambda t: t[::7].cumsum(0),
    lambda t: torch.where(t > 0, t, -t), lambda t: t.to(torch.float64).half(),
    lambda t: nn.functional.conv2d(t.view(10**6, 1, 1000, 1000), torch.empty(8, 1, 3, 3, device="meta")),
    lambda t: torch.fft.rfft(t), lambda t: t.view(10**6, 10**6)[torch.empty(5, dtype=torch.int64, device="meta")]])
def test_no_memory_is_allocated(call):
    result = call(torch.empty(HUGE, device="meta"))
    assert all(t.is_meta for t in replay.tensors(list(result) if isinstance(result, tuple) else result))


def test_process_stays_small():
    code = (
        "import resource, mindtorch, torch\nt = torch.empty(10**12, device='meta', requires_grad=True)\nbefore = "
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for _ in range(20): ((t * 2).exp().view(10**6, -1).softmax(-1).sum()).backward()\n"
        "assert t.grad.is_meta and t.grad.shape == t.shape\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - "
        "before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          cwd=pathlib.Path(__file__).parents[1], timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < 20_000  # KiB


@pytest.mark.parametrize("call", [lambda t: t.nonzero(), lambda t: t[t > 0], lambda t: t.unique(),
                                  lambda t: torch.masked_select(t, t > 0), lambda t: torch.bincount(t.long()),
                                  lambda t: torch.repeat_interleave(t, t.long()), lambda t: torch.equal(t, t),
                                  lambda t: t.cpu(), lambda t: t.tolist()])
def test_what_depends_on_values_refuses(call):
    with pytest.raises(NotImplementedError):
        call(torch.empty(4, device="meta"))


@pytest.mark.parametrize("call", [lambda t: t.item(), lambda t: float(t), lambda t: bool(t), lambda t: int(t)])
def test_numbers_of_meta_tensors_refuse(call):
    with pytest.raises(RuntimeError, match="cannot be called on meta tensors"):
        call(torch.empty((), device="meta"))


SPECIAL = {"Module", "Container", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "Sequential",
           "Parameter", "UninitializedParameter", "UninitializedBuffer", "Buffer"}
GUESSES = {"in_features": 4, "out_features": 4, "in1_features": 3, "in2_features": 3, "in_channels": 4,
           "out_channels": 4, "kernel_size": 2, "num_features": 4, "input_size": 4, "hidden_size": 4,
           "num_embeddings": 6, "embedding_dim": 4, "d_model": 4, "nhead": 2, "embed_dim": 4, "num_heads": 2,
           "normalized_shape": (4,), "num_groups": 2, "num_channels": 4, "padding": 1,
           "lower": 0.1, "upper": 0.3, "threshold": 0.5, "value": 0.0, "output_size": 2, "upscale_factor": 2,
           "downscale_factor": 2, "groups": 2, "n_classes": 20, "cutoffs": [5, 10],
           "size": 3, "dim": 0, "unflattened_size": (2, 2), "norm_type": 2, "num_layers": 1, "mode": "RNN_TANH",
           "bias": True, "num_chunks": 4, "fold": 1}
MORE = {**dict.fromkeys(("RNN", "LSTM", "GRU"), {"input_size": 4, "hidden_size": 4}),
        **dict.fromkeys(("FractionalMaxPool2d", "FractionalMaxPool3d"), {"output_size": 2})}


def modules():
    """(name, class) of the layers that numbers alone construct."""
    for name, c in sorted(vars(nn).items()):
        if inspect.isclass(c) and issubclass(c,
                                             nn.Module) and name not in SPECIAL and not name.startswith(
                                                 ("Transformer", "Container", "_")):
            needed = [p for p in inspect.signature(c.__init__).parameters.values() if p.default is p.empty
                      and p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"]
            if all(p.name in GUESSES for p in needed):
                yield pytest.param(c, {**{p.name: GUESSES[p.name] for p in needed}, **MORE.get(name, {})}, id=name)


@pytest.mark.parametrize("make, arguments",
                         [*modules(), pytest.param(lambda: nn.Transformer(8, 2, 1, 1, 16), {}, id="Transformer"),
                                             pytest.param(lambda: nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)), {},
                                                          id="Sequential")])
def test_modules_on_meta(make, arguments):
    real = make(**arguments)
    with torch.device("meta"):
        empty = make(**arguments)
    state = real.state_dict()
    if any(isinstance(p, nn.parameter.UninitializedTensorMixin) for p in real.parameters()):
        assert all(p.is_meta for p in empty.parameters())
        return
    assert all(t.is_meta for t in (*empty.parameters(), *empty.buffers()))
    assert [(k, v.shape, v.dtype, v.stride()) for k,
            v in empty.state_dict().items()] == [(k, v.shape, v.dtype, v.stride()) for k, v in state.items()]
    empty.load_state_dict(state, assign=True)
    assert not any(p.is_meta for p in empty.parameters())
    assert all(a.data_ptr() == b.data_ptr() for a, b in zip(empty.state_dict().values(), state.values())
               if isinstance(a, torch.Tensor))
    with torch.device("meta"):
        again = make(**arguments)
    filled = again.to_empty(device="cpu")
    assert not any(t.is_meta for t in (*filled.parameters(), *filled.buffers()))
    filled.load_state_dict(state)
    assert all(torch.equal(a, b) for a, b in zip(filled.state_dict().values(), state.values())
               if isinstance(a, torch.Tensor))


def test_a_whole_model_on_meta():
    with torch.device("meta"):
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(10**4, 100, 10**5, batch_first=True), 3)
        out = model(torch.empty(64, 10**5, 10**4))
    assert out.is_meta and out.shape == (64, 10**5, 10**4)
    out.sum().backward()
    assert all(p.grad.is_meta and p.grad.shape == p.shape for p in model.parameters())
