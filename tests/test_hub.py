"""torch.hub without a network: folders, cached files, file addresses. Expectations are PyTorch 2.13's."""
import hashlib
import os

import pytest
import torch

CONF = """
dependencies = [{}]
from math import sqrt
_private = 1

def tiny(n=3):
    "a small layer"
    import torch
    return torch.nn.Linear(n, 2)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "hubconf.py").write_text(CONF.format("'numpy'"))
    before = torch.hub.get_dir()
    torch.hub.set_dir(str(tmp_path / "hub"))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    yield tmp_path
    torch.hub.set_dir(before)


def test_entry_points_of_a_folder(folder):
    assert torch.hub.load(str(folder), "tiny", source="local", n=4).in_features == 4
    for wrong, error, text in ((dict(model="nope"), RuntimeError, "Cannot find callable nope in hubconf"),
                               (dict(model="_private"), RuntimeError, "Cannot find callable _private in hubconf"),
                               (dict(model=5), ValueError, "should be a string of function name"),
                               (dict(model="tiny", source="where"), ValueError, 'Unknown source: "where"')):
        with pytest.raises(error, match=text):
            torch.hub.load(str(folder), **{"source": "local", **wrong})
    with pytest.raises(FileNotFoundError):
        torch.hub.load(str(folder / "nowhere"), "tiny", source="local")
    (folder / "hubconf.py").write_text(CONF.format("'numpy', 'not_there_at_all'"))
    with pytest.raises(RuntimeError, match="Missing dependencies: not_there_at_all"):
        torch.hub.load(str(folder), "tiny", source="local")


def test_a_repository_of_github_lies_in_the_cache_under_its_name(folder):
    cached = folder / "hub" / "pytorch_some_main"
    cached.mkdir()
    (cached / "hubconf.py").write_text(CONF.format(""))
    assert torch.hub.load("pytorch/some", "tiny", verbose=False).out_features == 2
    assert "tiny" in torch.hub.list("pytorch/some", verbose=False)
    assert torch.hub.help("pytorch/some", "tiny") == "a small layer"
    with pytest.raises(Exception, match="Untrusted repository"):
        torch.hub.load("someone/else", "tiny", trust_repo=False)
    with pytest.raises(ValueError):
        torch.hub.load("a/b/c", "tiny", trust_repo=True)


def test_weights_by_address(folder):
    path = folder / "hub" / "checkpoints" / "w.pth"
    torch.save({"a": torch.ones(1)}, path)
    assert torch.hub.load_state_dict_from_url("https://example.invalid/w.pth", progress=False)["a"].item() == 1
    address = "file://" + str(path)
    got = torch.hub.load_state_dict_from_url(address, model_dir=str(folder / "m"), file_name="z.pth", progress=False)
    assert got["a"].item() == 1 and os.listdir(folder / "m") == ["z.pth"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    torch.hub.download_url_to_file(address, str(folder / "copy"), digest[:8], progress=False)
    assert (folder / "copy").read_bytes() == path.read_bytes()
    with pytest.raises(RuntimeError, match=f'expected "ffff", got "{digest}"'):
        torch.hub.download_url_to_file(address, str(folder / "other"), "ffff", progress=False)
    assert not [n for n in os.listdir(folder) if n.startswith("other") or n.endswith(".partial")]
    with pytest.raises(OSError):
        torch.hub.load_state_dict_from_url("file:///nowhere/w2.pth", progress=False)
    with pytest.raises(OSError):
        torch.ops.load_library(str(path))
