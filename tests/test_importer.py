"""The name torch: modules, metadata, children, shim."""
import importlib.metadata
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import mindtorch

ROOT = pathlib.Path(mindtorch.__file__).resolve().parent.parent


def python(*arguments, **environment):
    """Run an interpreter; (exit status, stdout, stderr)."""
    made = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd="/",
                          env={**os.environ, **environment}, timeout=120)
    return made.returncode, made.stdout, made.stderr


def test_same_module_objects():
    import torch
    import torch.nn.functional as functional
    from torch.utils.data import DataLoader

    assert torch is mindtorch
    assert functional is importlib.import_module("mindtorch.nn.functional")
    assert DataLoader is importlib.import_module("mindtorch.utils.data").DataLoader


def test_unknown_submodule_and_attribute():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("torch.there_is_no_such_module")
    with pytest.raises(AttributeError):
        mindtorch.there_is_no_such_function  # noqa: B018


def test_spec_and_version():
    assert importlib.util.find_spec("torch") is not None
    assert importlib.util.find_spec("torch.nn") is not None
    assert importlib.util.find_spec("torch.nope") is None
    assert importlib.metadata.version("torch") == "2.13.0+mindspore"
    assert mindtorch.__version__ == "2.13.0+mindspore"


def test_subprocess_of_a_script_finds_torch():
    code = ("import mindtorch, subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', 'import torch; assert "
            "torch.__version__.endswith(\"mindspore\")']).returncode)")
    status, _, error = python("-c", code)
    assert status == 0, error


def test_run_script(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys, torch\nfrom torch import nn\nprint(torch.ones(2).sum().item(), sys.argv[1:], "
                      "__name__)\n")
    status, out, error = python("-m", "mindtorch", "run", str(script), "a", "--b")
    assert status == 0, error
    assert out.strip() == "2.0 ['a', '--b'] __main__"


def test_real_torch_imported_before_is_a_clear_error(tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("__version__ = '2.13.0'\n")
    status, _, error = python("-c",
                              f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import torch; import mindtorch")
    assert status != 0 and "real PyTorch is already imported" in error


SHIM = """
import sys, sysconfig, importlib
sys.path.insert(0, {root!r})
from mindtorch import shim
shim._folder = lambda: {folder!r}
before = shim.state()
{action}
print(before, shim.state())
"""


def shim(folder, action):
    return python("-c", SHIM.format(root=str(ROOT), folder=str(folder), action=action))


def test_shim_installs_and_goes_without_trace(tmp_path):
    status, out, error = shim(tmp_path, "shim.install()")
    assert (status, out.strip()) == (0, "none ours"), error
    names = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    records = [(tmp_path / f"{name}-2.13.0+mindspore.dist-info" / "RECORD").read_text()
               for name in ("torch", "torch_npu")]
    assert {line.split(",")[0] for record in records for line in record.splitlines()} == names
    # a plain `import torch` with nothing but the shim on the path
    status, out, error = python(
        "-c",
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\nimport torch.nn as nn, torch\n"
        "print(torch.__version__, nn.Linear(2, 3).weight.shape)",
        PYTHONPATH="",
    )
    assert (status, out.strip()) == (0, "2.13.0+mindspore torch.Size([3, 2])"), error
    # what a process asks that imports neither of the two: is it there, and which; then the module itself
    status, out, error = python(
        "-c",
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n"
        "import importlib.metadata as m, importlib.util as u\n"
        "print(m.version('torch'), m.version('torch-npu'), u.find_spec('torch_npu') is not None, "
        "'torch' in sys.modules)\n"
        "import torch_npu, torch\nprint(torch_npu.npu is torch.npu, m.version('torch_npu'))",
        PYTHONPATH="",
    )
    wanted = "2.13.0+mindspore 2.13.0+mindspore True False\nTrue 2.13.0+mindspore"
    assert (status, out.strip()) == (0, wanted), error
    status, out, error = shim(tmp_path, "shim.remove()")
    assert (status, out.strip()) == (0, "ours none"), error
    assert list(tmp_path.iterdir()) == []


def test_constraints_name_this_torch_and_its_companions():
    status, out, error = python("-m", "mindtorch", "shim", "constraints")
    assert status == 0, error
    lines = [line for line in out.splitlines() if not line.startswith("#")]
    assert lines[:2] == ["torch==2.13.0+mindspore", "torch-npu==2.13.0+mindspore"]
    assert [line.split("=")[0].rstrip("<>") for line in lines[2:]] == ["torchvision", "torchaudio"]


def test_pip_runs_with_the_constraints_and_keeps_other_ones(tmp_path):
    action = ("import subprocess, os, types; seen = []\n"
              "def run(command, env):\n"
              " seen.append((command[1:], [open(p).read() for p in env['PIP_CONSTRAINT'].split()],"
              " env['PIP_CONSTRAINT']))\n return types.SimpleNamespace(returncode=7)\n"
              "subprocess.run = run; os.environ['PIP_CONSTRAINT'] = os.devnull\n"
              "status = shim.pip(['install', 'timm'])\n"
              "command, texts, paths = seen[0]\n"
              "assert (status, command) == (7, ['-m', 'pip', 'install', 'timm']), (status, command)\n"
              "assert texts == ['', shim.constraints()] and not os.path.exists(paths.split()[1])")
    status, out, error = shim(tmp_path, action)
    assert (status, out.strip()) == (0, "none ours"), error
    assert "was written into" in error


def test_a_replaced_torch_is_noticed_at_import(tmp_path):
    status, out, error = shim(tmp_path, "shim.install()\nshim.warn_if_replaced()")
    assert status == 0 and "replaced" not in error, error
    # what pip does when it upgrades torch: the files of the shim's record go, the real ones come
    for name in ("torch", "torch-2.13.0+mindspore.dist-info"):
        shutil.rmtree(tmp_path / name)
    info = tmp_path / "torch-2.14.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.14.1\n")
    (info / "INSTALLER").write_text("pip\n")
    (tmp_path / "torch").mkdir()
    place = f"import sysconfig; sysconfig.get_path = lambda name, *a, **k: {str(tmp_path)!r}\n"
    status, out, error = python("-c", place + f"import sys; sys.path.insert(0, {str(ROOT)!r}); import mindtorch")
    assert status == 0 and error.count("pip has replaced mindtorch's torch distribution") == 1, error
    assert "by PyTorch 2.14.1" in error


@pytest.mark.parametrize("name", ["torch", "torch_npu"])
def test_shim_refuses_beside_a_real_torch(tmp_path, name):
    info = tmp_path / f"{name}-2.13.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.13.0\n")
    (info / "INSTALLER").write_text("pip\n")
    status, _, error = shim(tmp_path, "shim.install()")
    assert status != 0 and f"real {name} is installed" in error
    assert [p.name for p in tmp_path.iterdir()] == [info.name]


def test_public_objects_say_that_they_are_torchs():
    import torch

    wrong = []
    for name in ("", ".nn", ".nn.init", ".nn.utils.rnn", ".optim", ".optim.lr_scheduler", ".autograd", ".utils.data",
                 ".utils.checkpoint", ".distributions", ".serialization", ".storage", ".hub", ".library", ".compiler",
                 ".func", ".amp", ".overrides", ".fx", ".jit", ".linalg", ".special", ".fft", ".random", ".export"):
        module = importlib.import_module("torch" + name)
        for label, value in vars(module).items():
            if label[0] != "_" and isinstance(value, (type, type(python))):
                place = value.__module__ or ""
                if place.startswith("mindtorch"):
                    wrong.append(f"torch{name}.{label}: {place}")
    assert not wrong
    assert torch.__name__ == "torch" and torch.OutOfMemoryError.__module__ == "torch"
    assert torch.nn.Linear.__module__ == "torch.nn.modules.linear" and torch.optim.SGD.__module__ == "torch.optim.sgd"
    assert torch.nn.init.normal_.__module__ == "torch.nn.init"
    with pytest.raises(AttributeError, match="module 'torch' has no attribute 'nothing'"):
        torch.nothing


def test_modules_run_under_torchs_name_and_ours():
    for name in ("torch.utils.collect_env", "mindtorch.utils.collect_env"):
        status, out, error = python("-m", name, PYTHONPATH=str(ROOT))
        assert status == 0 and out, error
