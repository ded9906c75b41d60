"""Names that whole libraries read at import, and that what bears them does its work; the figures are PyTorch's."""
import datetime
import importlib
import io
import pickle

import pytest
import torch

NAMES = """hub._get_torch_home hub.HASH_REGEX hub.urlparse _custom_ops.custom_op _C.DispatchKeySet _C.DispatchKey
    _C._ExcludeDispatchKeyGuard utils.model_zoo.tqdm types._dtype types._size types._device _tensor._convert
    jit._script_if_tracing onnx.symbolic_helper.parse_args ao.quantization.QuantStub quantization.QuantStub
    optim.optimizer.ParamsT utils.data.datapipes.datapipe.IterDataPipe utils.data._utils.HAS_NUMPY
    utils.data._utils.worker._IterableDatasetStopIteration utils.data._utils.signal_handling._set_worker_pids
    utils.data.dataloader._collate_fn_t utils.data.graph_settings.apply_sharding set_vital _C._has_xpu _int_mm
    _dynamo.utils.warn_once _disable_dynamo _C._TensorMeta PyTorchFileReader autograd._profiler_enabled
    profiler.kineto_available distributed.fsdp.OptimStateKeyType distributed.algorithms.Joinable
    distributed.constants.default_pg_timeout utils.collect_env.main __config__.show
    cuda.nvtx.range_push""".split()


@pytest.mark.parametrize("name", NAMES)
def test_there(name):
    module, value = "torch", torch
    for part in name.split("."):
        module += "." + part
        value = getattr(value, part) if hasattr(value, part) else importlib.import_module(module)


def test_small_ones():
    assert torch.distributed.constants.default_pg_timeout == datetime.timedelta(minutes=30)
    assert isinstance(torch.Tensor, torch._C._TensorMeta) and torch.types._dtype is torch.dtype
    with pytest.raises(RuntimeError, match="NVTX functions not installed"):
        importlib.import_module("torch.cuda.nvtx").range_push("x")

    class Sub(torch.Tensor):
        pass

    from torch._tensor import _convert
    made = _convert((torch.ones(1), [torch.ones(2)], 3), Sub)
    assert type(made[0]) is Sub and type(made[1][0]) is Sub and made[2] == 3
    from torch.distributions.utils import _standard_normal, _sum_rightmost
    assert _sum_rightmost(torch.ones(2, 3, 4), 2).tolist() == [12, 12]
    assert _standard_normal((2, 3), torch.float64, "cpu").dtype is torch.float64
    from torch.multiprocessing import _get_thread_name, _set_thread_name
    before = _get_thread_name()
    _set_thread_name("mtname")
    assert _get_thread_name() == "mtname"
    _set_thread_name(before)


def test_int_mm():
    a = torch.tensor([[127, -128, 3]], dtype=torch.int8)
    b = torch.tensor([[127, 1], [-128, 2], [5, -7]], dtype=torch.int8)
    got = torch._int_mm(a, b)
    assert got.dtype is torch.int32 and got.tolist() == [[32528, -150]]
    with pytest.raises(RuntimeError, match="Expected self dtype to be int8 or uint8 but got float"):
        torch._int_mm(a.float(), b)
    with pytest.raises(RuntimeError, match="needs to match mat2.size"):
        torch._int_mm(a, b[:2])


def test_fused_or_foreach():
    from torch.optim.optimizer import _default_to_fused_or_foreach as choose
    p = [torch.ones(1, requires_grad=True)]
    assert choose(p, False, False) == (False, False) and choose(p, False, True) == (True, False)
    assert choose([torch.ones(1, dtype=torch.int64)], False, True) == (False, False)
    assert choose(p, True, True) == (False, False)


def test_records_of_files(tmp_path):
    path = str(tmp_path / "a.pt")
    torch.save({"w": torch.arange(6.0)}, path)
    for source in (path, io.BytesIO(open(path, "rb").read())):
        reader = torch.PyTorchFileReader(source)
        assert {"data.pkl", "data/0", "version"} <= set(reader.get_all_records())
        assert reader.has_record("data/0") and not reader.has_record("data/9")
        assert reader.get_storage_from_record("data/0", 24, torch.uint8).untyped_storage().nbytes() == 24
        assert len(reader.get_record("data/0")) == 24 and len(reader.serialization_id()) == 40
        with open(path, "rb") as f:
            f.seek(reader.get_record_offset("data/0"))
            assert f.read(24) == reader.get_record("data/0")
    writer = torch._C.PyTorchFileWriter(str(tmp_path / "b.pt"))
    writer.write_record("x", b"abc", 3)
    writer.write_end_of_file()
    assert torch.PyTorchFileReader(str(tmp_path / "b.pt")).get_record("x") == b"abc"


def test_stubs_of_quantisation():
    wrapped = torch.ao.quantization.QuantWrapper(torch.nn.Linear(2, 3))
    x = torch.ones(1, 2)
    assert torch.equal(wrapped(x), wrapped.module(x))
    assert sorted(n for n, _ in wrapped.named_children()) == ["dequant", "module", "quant"]


def test_what_is_not_there_says_so():
    if hasattr(torch, "__mindtorch__"):
        with pytest.raises(NotImplementedError, match="torch.ao.quantization.quantize_dynamic"):
            torch.ao.quantization.quantize_dynamic(torch.nn.Linear(1, 1))


def test_reports():
    from torch.utils import collect_env
    assert collect_env.run("echo a; exit 3") == (3, "a", "")
    assert str(torch.__version__) in collect_env.pretty_str(collect_env.get_env_info())
    assert "Build settings" in torch.__config__.show() and "get_num_threads" in torch.__config__.parallel_info()


def test_pipes_shard():
    from torch.utils.data import IterDataPipe
    from torch.utils.data.graph_settings import apply_sharding

    class Source(IterDataPipe):
        def __iter__(self):
            yield from range(10)

    class Part(IterDataPipe):
        def __init__(self, source):
            self.source, self.of = source, (1, 0)

        def apply_sharding(self, count, at):
            self.of = count, at

        def is_shardable(self):
            return True

        def __iter__(self):
            yield from (x for i, x in enumerate(self.source) if i % self.of[0] == self.of[1])

    assert list(apply_sharding(Part(Source()), 3, 1)) == [1, 4, 7]
    with pytest.raises(RuntimeError, match="Sharding twice on a single pipeline"):
        apply_sharding(Part(Part(Source())), 3, 1)


def test_custom_ops():
    from torch import _custom_ops
    _custom_ops.custom_op("mtnames::cube", "(Tensor x) -> Tensor")
    _custom_ops.impl("mtnames::cube")(lambda x: x ** 3) if hasattr(torch, "__mindtorch__") else _custom_ops.impl(
        "mtnames::cube", device_types="cpu")(lambda x: x ** 3)
    _custom_ops.impl_save_for_backward("mtnames::cube")(lambda inputs, output: inputs.x)
    _custom_ops.impl_backward("mtnames::cube")(lambda ctx, saved, g: {"x": 3 * saved ** 2 * g})
    x = torch.tensor([2.0], requires_grad=True)
    torch.ops.mtnames.cube(x).backward()
    assert x.grad.item() == 12


def _by_name(counts):
    return {m: {str(k): v for k, v in c.items()} for m, c in counts.items()}


def test_flops_of_layers():
    from torch.utils.flop_counter import FlopCounterMode
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Conv1d(2, 5, 3, padding=1),
                                torch.nn.LSTM(4, 6, batch_first=True))
    with FlopCounterMode(display=False) as counter:
        model(torch.ones(7, 2, 3))[0].sum().backward()
    got = _by_name(counter.get_flop_counts())
    assert got["Global"] == {"aten.addmm": 336, "aten.convolution": 1680, "aten.convolution_backward": 3360,
                             "aten.mm": 336}
    assert got["Sequential.0"] == {"aten.addmm": 336, "aten.mm": 336}
    assert got["Sequential.1"] == {"aten.convolution": 1680, "aten.convolution_backward": 3360}
    assert counter.get_total_flops() == 5712


def test_flops_of_products():
    from torch.utils.flop_counter import FlopCounterMode
    with FlopCounterMode(display=False) as counter:
        a, b = torch.randn(3, 4, requires_grad=True), torch.randn(4, 5, requires_grad=True)
        torch.einsum("ij,jk->ik", a, b).sum().backward()
        torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 4, 5))
        torch.baddbmm(torch.ones(1), torch.ones(2, 3, 4), torch.ones(2, 4, 5))
        torch.nn.functional.linear(torch.ones(2, 3, 4), torch.ones(5, 4))
        torch.ones(4) @ torch.ones(4), torch.ones(3, 4) @ torch.ones(4), torch.mv(torch.ones(3, 4), torch.ones(4))
        torch.addmm(torch.ones(1), torch.ones(2, 3), torch.ones(3, 4))
        torch.nn.ConvTranspose2d(3, 4, 3)(torch.ones(1, 3, 5, 5)).sum().backward()
    assert _by_name(counter.get_flop_counts())["Global"] == {
        "aten.bmm": 600, "aten.baddbmm": 240, "aten.mm": 240, "aten.addmm": 48, "aten.convolution": 5400,
        "aten.convolution_backward": 5400}
    q = torch.randn(2, 4, 8, 16, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        torch.nn.functional.scaled_dot_product_attention(q, q, q).sum().backward()
    assert counter.get_total_flops() == 0


def test_signals_of_workers():
    import os
    import time
    from torch.utils.data._utils import signal_handling
    child = os.fork()
    if not child:
        os._exit(7)
    time.sleep(0.2)
    signal_handling._set_worker_pids(1, (child,))
    with pytest.raises(RuntimeError, match=f"pid.* {child}.* exited unexpectedly with exit code 7"):
        signal_handling._error_if_any_worker_fails()
    signal_handling._remove_worker_pids(1)
    os.waitpid(child, 0)


def test_operators_are_values():
    assert pickle.loads(pickle.dumps(torch.dtype)) is torch.dtype
