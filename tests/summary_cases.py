"""Everything that a SummaryWriter can write, read back as text; recorded from the reference: python
tests/summary_cases.py > tests/data/summary.json (with its interpreter, tensorboard and pillow)."""
import io
import json
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

T = torch
RAMP = (torch.arange(3 * 8 * 8).reshape(3, 8, 8) / 191).float()
CALLS = {
    "scalar": lambda w: w.add_scalar("a/b", 1.5, 3),
    "scalar of a tensor": lambda w: w.add_scalar("t", T.tensor([2.5]), 4, walltime=7.0),
    "scalar in new style": lambda w: w.add_scalar("n", 1.25, 1, new_style=True),
    "scalar in double precision": lambda w: w.add_scalar("d", 0.1, 1, double_precision=True),
    "scalar in both": lambda w: w.add_scalar("nd", 0.1, 1, new_style=True, double_precision=True),
    "scalars": lambda w: w.add_scalars("run", {"x": 1.0, "y": np.float32(2)}, 5),
    "tensor": lambda w: w.add_tensor("tensor", T.arange(6.0).reshape(2, 3), 1),
    "histogram": lambda w: w.add_histogram("h", T.arange(50.0) / 7 - 2, 2),
    "histogram by number": lambda w: w.add_histogram("h10", np.arange(50.0) / 7, 2, bins=10),
    "histogram by rule": lambda w: w.add_histogram("ha", np.arange(50.0) / 7, 2, bins="auto", max_bins=3),
    "histogram raw": lambda w: w.add_histogram_raw("hr", 0.0, 2.0, 3, 4.0, 5.0, [1.0, 2.0], [1, 2], 6),
    "image": lambda w: w.add_image("i", RAMP, 1),
    "image of bytes": lambda w: w.add_image("ib", (RAMP * 255).to(T.uint8).numpy(), 1),
    "image HWC": lambda w: w.add_image("ihwc", RAMP.permute(1, 2, 0), 1, dataformats="HWC"),
    "image HW": lambda w: w.add_image("ihw", RAMP[0], 1, dataformats="HW"),
    "image of one channel": lambda w: w.add_image("i1", RAMP[:1], 1),
    "images": lambda w: w.add_images("is", T.stack([RAMP] * 5), 1),
    "images NHWC": lambda w: w.add_images("isl", T.stack([RAMP] * 2).permute(0, 2, 3, 1), 1, dataformats="NHWC"),
    "boxes": lambda w: w.add_image_with_boxes("box", RAMP.repeat(1, 5, 5), T.tensor([[2.0, 3, 20, 30], [5, 5, 9, 9]]),
                                              1),
    "boxes, scaled": lambda w: w.add_image_with_boxes("box2", RAMP.repeat(1, 5, 5), np.array([[2.0, 3, 20, 30]]), 1,
                                                      rescale=0.5),
    "audio": lambda w: w.add_audio("s", T.linspace(-1.2, 1.2, 50), 1, sample_rate=8000),
    "text": lambda w: w.add_text("t", "**bold**", 1),
    "pr": lambda w: w.add_pr_curve("pr", T.tensor([1, 0, 1, 1, 0]), T.tensor([0.9, 0.4, 0.6, 0.2, 0.1]), 1,
                                   num_thresholds=7),
    "pr with weights": lambda w: w.add_pr_curve("prw", np.array([1, 0, 1]), np.array([0.9, 0.4, 0.6]), 1,
                                                num_thresholds=5, weights=np.array([1.0, 2.0, 0.5])),
    "pr raw": lambda w: w.add_pr_curve_raw("prr", *(np.arange(3) + i for i in range(4)), np.array([0.5, 0.6, 0.7]),
                                           np.array([0.7, 0.6, 0.5]), 1, num_thresholds=3),
    "lines": lambda w: w.add_custom_scalars_multilinechart(["a", "b"], category="c", title="t"),
    "margins": lambda w: w.add_custom_scalars_marginchart(["a", "b", "c"]),
    "layout": lambda w: w.add_custom_scalars({"A": {"one": ["Multiline", ["x", "y"]],
                                                    "two": ["Margin", ["a", "b", "c"]]},
                                              "B": {"three": ["Multiline", ["z"]]}}),
    "mesh": lambda w: w.add_mesh("m", T.arange(12.0).reshape(1, 4, 3), T.ones(1, 4, 3, dtype=T.uint8),
                                 T.tensor([[[0, 1, 2], [1, 2, 3]]]), {"lights": [{"cls": "A"}]}, 1),
    "mesh of points": lambda w: w.add_mesh("m2", T.arange(12.0).reshape(1, 4, 3), global_step=1),
    "hparams": lambda w: w.add_hparams({"lr": 0.1, "n": 3, "on": True, "name": "x"}, {"acc": 0.5, "loss": 1},
                                       run_name="r", global_step=2),
    "hparams of few values": lambda w: w.add_hparams({"lr": 0.1, "on": True, "s": "a"}, {"acc": 0.5},
                                                     {"lr": [0.1, 0.2], "on": [True], "s": ["a", "b"]}, run_name="q"),
    "embedding": lambda w: w.add_embedding(T.arange(12.0).reshape(4, 3), ["a", "b", "c", "d"],
                                           T.stack([RAMP] * 4), 3, "e"),
    "embedding with columns": lambda w: w.add_embedding(T.arange(6.0).reshape(2, 3), [["a", 1], ["b", 2]], tag="f/g",
                                                        metadata_header=["x", "y"]),
}
ERRORS = {
    "empty histogram": lambda w: w.add_histogram("h", T.zeros(0)),
    "other bins": lambda w: w.add_histogram_raw("h", 0, 1, 1, 1, 1, [1.0], [1, 2]),
    "other dataformats": lambda w: w.add_image("i", RAMP, dataformats="HW"),
    "hparams that are none": lambda w: w.add_hparams([1], {"a": 1}),
    "hparam of another type": lambda w: w.add_hparams({"a": [1]}, {"a": 1}, run_name="z"),
    "domain of another name": lambda w: w.add_hparams({"a": 1}, {"m": 1}, {"a": 3}, run_name="y"),
    "labels for other boxes": lambda w: w.add_image_with_boxes("b", RAMP, T.ones(2, 4), labels=["a"]),
    "embedding of other length": lambda w: w.add_embedding(T.ones(2, 3), ["a"]),
    "two-dimensional mesh": lambda w: w.add_mesh("m", T.ones(4, 3)),
    "margins of two": lambda w: w.add_custom_scalars_marginchart(["a", "b"]),
    "words for a number": lambda w: w.add_scalar("a", "text that is no number and no name"),
}


def seen(path):
    """A file as text: events without their times, pictures by their pixels, all else as it is."""
    from google.protobuf import text_format
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    if "tfevents" not in path.name:
        data = path.read_bytes()
        return pixels(data) if path.suffix == ".png" else data.hex() if path.suffix == ".bytes" else data.decode()
    found = []
    for raw in RawEventFileLoader(str(path)).Load():
        event = Event.FromString(raw)
        event.ClearField("source_metadata")
        times = event.wall_time == 7.0
        event.ClearField("wall_time")
        extra = []
        for value in event.summary.value:
            if value.HasField("image"):
                extra.append(pixels(value.image.encoded_image_string))
                value.image.ClearField("encoded_image_string")
            if value.metadata.plugin_data.plugin_name == "hparams":
                extra.append(hparams(value.metadata.plugin_data.content))
                value.metadata.plugin_data.ClearField("content")
        if event.WhichOneof("what") != "file_version":
            found.append([text_format.MessageToString(event), times, extra])
    return found


def hparams(content):
    from google.protobuf import text_format
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    data = HParamsPluginData.FromString(content)
    if data.WhichOneof("data") == "session_start_info":
        data.session_start_info.ClearField("start_time_secs")
    if data.WhichOneof("data") == "session_end_info":
        data.session_end_info.ClearField("end_time_secs")
    return text_format.MessageToString(data)


def pixels(data):
    from PIL import Image

    picture = np.asarray(Image.open(io.BytesIO(data))).astype(np.int64)
    weights = np.arange(1, picture.size + 1).reshape(picture.shape) % 251
    return [list(picture.shape), int(picture.sum()), int((picture * weights).sum())]


def written(call):
    """The files that a call leaves, and what is in them."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with SummaryWriter(folder) as writer:
            call(writer)
        root = pathlib.Path(folder)
        files = sorted(p for p in root.rglob("*") if p.is_file())
        return {"/".join(p.relative_to(root).with_name("events" if "tfevents" in p.name else p.name).parts): seen(p)
                for p in files}


def outcome(call):
    try:
        written(call)
        return "nothing"
    except Exception as error:
        return type(error).__name__


if __name__ == "__main__":
    json.dump({"calls": {name: written(call) for name, call in CALLS.items()},
               "errors": {name: outcome(call) for name, call in ERRORS.items()}}, sys.stdout, indent=0)
