"""torch.save and torch.load. data/from_torch*.pt were written by PyTorch 2.13."""
import io
import pathlib
import pickle
import zipfile
from collections import OrderedDict

import mindtorch as torch
import numpy as np
import pytest
from mindtorch.nn.parameter import Parameter

DATA = pathlib.Path(__file__).parent / "data"


class Evil:
    ran = False

    def __reduce__(self):
        return (setattr, (Evil, "ran", True))


class Config:
    def __init__(self, rate):
        self.rate = rate


def check(d):
    assert d["w"].tolist() == np.arange(12.0).reshape(3, 4).tolist()
    d["w"][1, 0] = 100.0  # views go on sharing memory
    assert d["row"].tolist() == [100, 5, 6, 7] and d["t"].stride() == (1, 4) and d["t"][0].tolist() == [0, 100, 8]
    assert type(d["p"]) is Parameter and d["p"].requires_grad and d["p"].tolist() == [1, 1]
    assert type(d["state"]) is OrderedDict and d["state"]["a"].dtype is torch.int64 and d["state"]["b"].item() is True
    assert type(d["size"]) is torch.Size and d["size"] == (1, 2) and d["dtype"] is torch.float16
    assert d["device"] == torch.device("cpu")
    assert d["half"].dtype is torch.bfloat16 and d["half"].item() == 1.5 and d["complex"].tolist() == [1 + 2j]
    assert d["plain"] == [1, 2.5, "x", None, True, 2**70] and d["empty"].shape == (0,) and d["leaf"].requires_grad
    if "meta" in d:
        assert d["meta"].is_meta and d["meta"].shape == (2, 3) and d["u16"].tolist() == [1, 65535]


def reload(obj, **how):
    b = io.BytesIO()
    torch.save(obj, b, **how)
    b.seek(0)
    return torch.load(b)


@pytest.mark.parametrize("name", ["from_torch.pt", "from_torch_legacy.pt"])
@pytest.mark.parametrize("how",
                         [{}, {"weights_only": False}, {"map_location": "cpu"}, {"map_location": lambda s, location: s},
                          {"map_location": {"cuda:0": "cpu"}}])
def test_files_of_pytorch(name, how):
    check(torch.load(DATA / name, **how))


def test_round_trips():
    check(torch.load(DATA / "from_torch.pt", mmap=True))
    check(reload(torch.load(DATA / "from_torch.pt")))
    check(reload(torch.load(DATA / "from_torch_legacy.pt"), _use_new_zipfile_serialization=False))


def test_file_layout(tmp_path):
    path = tmp_path / "model.bin"
    torch.save({"a": torch.ones(3), "b": torch.ones(100)}, path)
    with zipfile.ZipFile(path) as z:
        names = z.namelist()
        assert {"model/data.pkl", "model/byteorder", "model/version", "model/data/0",
                "model/data/1"} <= set(names) and z.testzip() is None
        assert z.read("model/version") == b"3\n" and b"ctorch\nFloatStorage\n" in z.read(
            "model/data.pkl") and b"ctorch._utils\n_rebuild_tensor_v2\n" in z.read("model/data.pkl")
        data = path.read_bytes()
        for i in z.infolist():
            if "/data/" in i.filename:
                start = (i.header_offset + 30
                         + int.from_bytes(data[i.header_offset + 26 : i.header_offset + 28],
                                          "little")
                                          + int.from_bytes(data[i.header_offset + 28 : i.header_offset + 30], "little"))
                assert start % 64 == 0
    t = torch.load(path, mmap=True)["b"]
    t[0] = 5  # a private mapping: the file stays as it is
    assert torch.load(path)["b"][0].item() == 1


def test_meta_and_map_location():
    assert torch.load(DATA / "from_torch.pt", map_location="meta")["w"].is_meta
    with pytest.raises(RuntimeError, match="don't know how to restore data location"):
        torch.load(DATA / "from_torch.pt", map_location="foo")


def test_code_in_a_pickle_does_not_run(tmp_path):
    path = tmp_path / "evil.pt"
    torch.save({"x": Evil()}, path)
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(path)
    with open(path, "wb") as f:
        pickle.dump(Evil(), f)
    with pytest.raises((pickle.UnpicklingError, RuntimeError)):
        torch.load(path)
    assert not Evil.ran
    assert torch.serialization.get_unsafe_globals_in_checkpoint(
        save_to(tmp_path / "e2.pt", Evil())) == ["__builtin__.setattr", f"{Evil.__module__}.Evil"]


def save_to(path, obj):
    torch.save(obj, path)
    return path


@pytest.mark.parametrize("pickled", [
    # attributes of an allowed function
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x08\x00\x00\x00__name__X\x01\x00\x00\x00xsb.",
    b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.", b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.",
    b"\x80\x02cbuiltins\ngetattr\n.",
    b"\x80\x02]K\x01\x85R.", b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93.",
])
def test_closed_reader(pickled):
    from mindtorch._storage import weights_only as _weights_only

    with pytest.raises(pickle.UnpicklingError):
        _weights_only.load(io.BytesIO(pickled))


def test_safe_globals():
    path = io.BytesIO()
    torch.save(Config(0.5), path)
    for use in (
        torch.serialization.safe_globals([Config]),
        torch.serialization.safe_globals([(Config, f"{Config.__module__}.Config")]),
    ):
        path.seek(0)
        with use:
            assert torch.load(path).rate == 0.5
        path.seek(0)
        with pytest.raises(pickle.UnpicklingError, match="Unsupported global"):
            torch.load(path)
    assert torch.serialization.get_safe_globals() == []


def test_numpy_random_state():
    from numpy._core import multiarray  # NumPy 1.26 has this name too, on demand

    b = io.BytesIO()
    np.random.seed(3)
    torch.save({"numpy": np.random.get_state()}, b)
    b.seek(0)
    with torch.serialization.safe_globals([multiarray._reconstruct, np.ndarray, np.dtype, type(np.dtype(np.uint32))]):
        state = torch.load(b)["numpy"]
    wanted = np.random.rand()
    np.random.set_state(state)
    assert np.random.rand() == wanted


def test_damaged_files():
    b = io.BytesIO()
    torch.save({"a": torch.arange(1000.0)}, b)
    good = b.getvalue()
    for size in (100, len(good) // 2, len(good) - 10):
        with pytest.raises(RuntimeError, match="central directory"):
            torch.load(io.BytesIO(good[:size]))
    bad = bytearray(good)
    bad[good.index(np.arange(5.0, 9.0, dtype=np.float32).tobytes())] ^= 1
    with pytest.raises(RuntimeError, match="CRC"):
        torch.load(io.BytesIO(bytes(bad)))
    old = (DATA / "from_torch_legacy.pt").read_bytes()
    for size in (0, 10, 100, 300, len(old) - 10):
        with pytest.raises((EOFError, pickle.UnpicklingError, RuntimeError)):
            torch.load(io.BytesIO(old[:size]))
    with pytest.raises(EOFError):
        torch.load(io.BytesIO(b""))
    with pytest.raises(KeyError):  # the pickle asks for what it has not memorised, as in PyTorch
        torch.load(io.BytesIO(b"hello world"))


def test_wrong_arguments(tmp_path):
    with pytest.raises(RuntimeError, match="Parent directory"):
        torch.save(1, tmp_path / "none" / "x.pt")
    with pytest.raises(AttributeError):
        torch.save(1, 3)
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "none")
    with pytest.raises(ValueError, match="mmap"):
        torch.load(io.BytesIO(b"PK"), mmap=True)
    with pytest.raises(RuntimeError, match="different types"):
        x = torch.ones(4)
        torch.save([x, x.view(torch.int32)], io.BytesIO())


def test_attributes_and_subclasses():
    p = Parameter(torch.ones(2))
    p.tag = 3
    q = reload(p)
    assert q.tag == 3 and type(q) is Parameter
    x = torch.ones(2)
    x.tag = "t"
    assert reload(x).tag == "t"
