"""SummaryWriter: every file that it writes is read back and compared with the reference's."""
import json
import pathlib

import mindtorch  # noqa: F401
import numpy as np
import pytest
import torch

pytest.importorskip("tensorboard", reason="SummaryWriter writes through the package tensorboard")

from torch.utils.tensorboard import SummaryWriter, summary  # noqa: E402

from tests import summary_cases as cases  # noqa: E402

RECORDED = json.loads((pathlib.Path(__file__).parent / "data" / "summary.json").read_text())


@pytest.mark.parametrize("name", cases.CALLS)
def test_files_say_what_the_references_say(name):
    assert json.loads(json.dumps(cases.written(cases.CALLS[name]))) == RECORDED["calls"][name]


@pytest.mark.parametrize("name", cases.ERRORS)
def test_what_is_refused(name):
    assert cases.outcome(cases.ERRORS[name]) == RECORDED["errors"][name]


def events(folder):
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    return [Event.FromString(raw) for path in pathlib.Path(folder).glob("*tfevents*")
            for raw in RawEventFileLoader(str(path)).Load()]


def test_a_graph_names_the_modules_and_their_calls(tmp_path, capsys):
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(model, torch.ones(1, 2), verbose=True)
    assert "linear" in capsys.readouterr().out and model.training
    graph = GraphDef.FromString(next(e.graph_def for e in events(tmp_path) if e.graph_def))
    nodes = {n.name: n for n in graph.node}
    assert nodes["0/weight"].op == "Parameter"
    assert list(nodes["call/linear"].input) == ["input/input_1", "0/weight", "0/bias"]
    assert list(nodes["call/relu"].input) == ["call/linear"]


def test_a_graph_of_an_onnx_file(tmp_path):
    onnx = pytest.importorskip("onnx", reason="the file is written by the package onnx")
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    kind = onnx.TensorProto.FLOAT
    x, y = (onnx.helper.make_tensor_value_info(n, kind, [2]) for n in "xy")
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [x], [y])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "m.onnx")
    with SummaryWriter(tmp_path / "log") as writer:
        writer.add_onnx_graph(str(tmp_path / "m.onnx"))
    found = GraphDef.FromString(next(e.graph_def for e in events(tmp_path / "log") if e.graph_def))
    assert [(n.op, list(n.input)) for n in found.node][-1] == ("Relu", ["x"])


def test_a_video_is_an_animation_of_its_frames():
    import io

    from PIL import Image

    frames = torch.stack([torch.full((3, 4, 6), v) for v in (0.0, 0.5, 1.0)]).unsqueeze(0)
    picture = summary.video("v", frames, fps=2).value[0].image
    film = Image.open(io.BytesIO(picture.encoded_image_string))
    assert (film.n_frames, film.size, picture.height, picture.width) == (3, (6, 4), 4, 6)
    film.seek(2)
    assert (np.asarray(film.convert("RGB")) == 255).all()
    two = summary.video("v", frames.repeat(2, 1, 1, 1, 1)).value[0].image
    assert (two.height, two.width) == (4, 12)


def test_a_figure_is_drawn_and_closed(tmp_path):
    matplotlib = pytest.importorskip("matplotlib", reason="figures come from matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    before = len(pyplot.get_fignums())
    with SummaryWriter(tmp_path) as writer:
        writer.add_figure("one", pyplot.figure(figsize=(2, 1), dpi=50))
        writer.add_figure("two", [pyplot.figure(figsize=(2, 1), dpi=50) for _ in range(2)])
        assert len(pyplot.get_fignums()) == before
    sizes = {v.tag: (v.image.height, v.image.width) for e in events(tmp_path) for v in e.summary.value}
    assert sizes == {"one": (50, 100), "two": (50, 200)}
