"""torch.onnx.export: models against the modules that they came from, run by onnxruntime and by onnx's reference
evaluator."""

import importlib.util

import pytest

import torch
import torch.nn.functional as F
from torch import nn


class Picture(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.pool = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.MaxPool2d(2)
        self.linear, self.drop = nn.Linear(8 * 4 * 4, 5), nn.Dropout()

    def forward(self, x):
        h = self.pool(F.relu(self.norm(self.conv(x))))
        h = h.view(h.shape[0], -1)
        return F.softmax(self.linear(self.drop(h)), -1), h.mean()


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.layer = nn.Embedding(20, 16), nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.norm, self.out = nn.LayerNorm(16), nn.Linear(16, 20)

    def forward(self, ids, mask):
        return self.out(self.norm(F.gelu(self.layer(self.embedding(ids), src_key_padding_mask=mask))))


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def close(program, module, *args):
    want = [t for t in torch.utils._pytree.tree_leaves(module(*args)) if isinstance(t, torch.Tensor)]
    for got in (program(*args), program.call_reference(*args)):
        assert len(got) == len(want)
        for a, b in zip(got, want):
            assert a.shape == b.shape and torch.allclose(a, b, atol=1e-5), (a - b).abs().max()


def test_pictures(tmp_path):
    import onnx

    module = Picture()
    program = torch.onnx.export(
        module,
        (torch.randn(2, 3, 8, 8),),
        tmp_path / "m.onnx",
        input_names=["image"],
        output_names=["classes", "mean"],
        dynamic_shapes={"x": {0: torch.export.Dim("batch")}},
        verify=True,
    )
    assert module.training
    for rows in (1, 5):
        close(program, module.eval(), torch.randn(rows, 3, 8, 8))
    stored = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(stored, full_check=True)
    assert [i.name for i in stored.graph.input] == ["image"] and [o.name for o in stored.graph.output] == [
        "classes",
        "mean",
    ]
    assert (
        stored.graph.input[0].type.tensor_type.shape.dim[1].dim_value == 3
        and stored.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    )


def test_text():
    module, ids = Text().eval(), torch.randint(0, 20, (2, 7))
    mask = torch.zeros(2, 7, dtype=torch.bool)
    mask[1, 5:] = True
    program = torch.onnx.export(
        module, (ids, mask), dynamic_axes={"ids": {0: "batch"}, "mask": {0: "batch"}}, verify=True
    )
    close(program, module, torch.randint(0, 20, (3, 7)), torch.zeros(3, 7, dtype=torch.bool))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.permute(0, 2, 1)[:, 1:, ::2] + 1,
        lambda x: torch.cat([x, x * 2], 1).sum(-1, keepdim=True),
        lambda x: (x > 0).to(torch.float32) * x.abs().sqrt(),
        lambda x: x.transpose(1, 2) @ x,
        lambda x: torch.where(x > 0, x, 0.5),
        lambda x: x.clamp(-1, 1).pow(2).mean((1, 2)),
        lambda x: x.max(-1)[0],
        lambda x: x.split(2, 1)[1],
        lambda x: F.interpolate(x[:, None], scale_factor=2),
        lambda x: F.interpolate(x[:, None], scale_factor=2, mode="bilinear"),
        lambda x: torch.einsum("bij,bkj->bik", x, x),
        lambda x: F.normalize(x, dim=-1),
        lambda x: x.index_select(1, torch.tensor([0, 2])),
        lambda x: F.log_softmax(x, -1),
        lambda x: F.silu(x) + F.leaky_relu(x, 0.2),
        lambda x: x.unsqueeze(1).expand(-1, 3, -1, -1).reshape(-1, 4),
        lambda x: F.layer_norm(x, (4,)),
        lambda x: F.pad(x, (1, 2)),
        lambda x: x.argmax(-1),
        lambda x: torch.stack([x, -x], 0),
        lambda x: x.cumsum(1),
        lambda x: torch.tanh(x) / 3 - x,
    ],
    ids=range(22),
)
def test_operators(function):
    module, x = Function(function), torch.randn(2, 6, 4)
    close(torch.onnx.export(module, (x,)), module, torch.randn(2, 6, 4))


def test_errors(tmp_path):
    x = torch.randn(3, 3)
    with pytest.raises(
        torch.onnx.errors.UnsupportedOperatorError, match="Exporting the operator '.*geqrf.*' to ONNX is not supported"
    ):
        torch.onnx.export(Function(lambda a: torch.geqrf(a)[0]), (x,))
    with pytest.raises(NotImplementedError, match="profile"):
        torch.onnx.export(Function(torch.relu), (x,), profile=True)
    program = torch.onnx.export(Function(torch.relu), (x,))
    with pytest.raises(ValueError, match="the model takes 1 tensors"):
        program(x, x)
    program.exported_program = torch.export.export(Function(lambda a: a + 1), (x,))
    with pytest.raises(torch.onnx.OnnxExporterError, match="output 0 of the ONNX model differs"):
        program.verify()


def test_translation_of_ones_own():
    from onnxscript import opset18 as op

    module, x = Function(lambda a: torch.relu(a)), torch.randn(3)
    made = torch.onnx.export(
        module,
        (x,),
        custom_translation_table={torch.ops.aten.relu.default: lambda a: op.Neg(op.Min(op.Neg(a), op.Sub(a, a)))},
    )
    assert torch.allclose(made(x)[0], torch.relu(x)) and not any(n.op_type == "Relu" for n in made.model.graph)


def test_without_the_packages(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *args: None)
    with pytest.raises(ModuleNotFoundError, match="torch.onnx.export needs the packages onnx, onnxscript and onnx-ir"):
        torch.onnx.export(Function(torch.relu), (torch.ones(2),))


def test_names_that_libraries_take():
    from torch.onnx import register_custom_op_symbolic, symbolic_opset11, unregister_custom_op_symbolic
    from torch.onnx.symbolic_helper import parse_args

    @parse_args("v", "f")
    def written(g, boxes, threshold):
        return g, boxes, threshold

    assert written(1, 2, 3) == (1, 2, 3)
    register_custom_op_symbolic("mine::op", written, 11)
    unregister_custom_op_symbolic("mine::op", 11)
    with pytest.raises(torch.onnx.OnnxExporterError, match="Failed to register operator op"):
        register_custom_op_symbolic("op", written, 11)
    with pytest.raises(NotImplementedError, match="torch.onnx.symbolic_opset11.unsqueeze"):
        symbolic_opset11.unsqueeze(None, None, 0)
    assert torch.onnx.TensorProtoDataType.FLOAT == 1 and not torch.onnx.is_in_onnx_export()
