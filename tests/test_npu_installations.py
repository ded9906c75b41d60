"""Installations and chips that lack something, over the software CANN: what is not there is gone round or named."""
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

import pytest

from tests.test_ascend import ROOT, softcann


def over_a_cann_without(names, folder, script):
    """A script over a software CANN whose libraries do not have these functions."""
    env = softcann.environment(guard=True, contract=True)
    whole, top = env["SOFTCANN_HOME"], str(folder / "latest")
    shutil.copytree(whole, top)
    for library in pathlib.Path(top, "lib64").iterdir():
        text = before = library.read_bytes()
        for name in names:
            text = text.replace(f"\0{name}\0".encode(), b"\0" + b"_" * len(name) + b"\0")
        assert library.name != "libascendcl.so" or text != before, names
        library.write_bytes(text)
    env = {k: v.replace(whole, top) for k, v in env.items()}
    env |= {"PYTHONPATH": os.pathsep.join((str(ROOT), env["PYTHONPATH"])), "OMP_NUM_THREADS": "1", "GLOG_v": "3"}
    path = folder / "script.py"
    path.write_text("import mindtorch, torch, warnings\n" + textwrap.dedent(script))
    done = subprocess.run([sys.executable, softcann.RUNNER, str(path)], env=env, cwd=ROOT, capture_output=True,
                          text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout + done.stderr


def test_an_operator_is_lacking(tmp_path):
    """As in an older CANN: the ladder, and a training run that is the CPU's."""
    lacking = ("aclnnAddmm", "aclnnGeluV2GetWorkspaceSize", "aclnnGeluBackwardV2", "aclnnLayerNorm", "aclnnTril")
    over_a_cann_without(lacking, tmp_path, """
        from tests.programs_npu import train
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            cpu, npu = train("cpu", 8), train("npu", 8)
        assert all(abs(c - n) <= 1e-5 * abs(c) for c, n in zip(cpu, npu)), (cpu, npu)
        found = {k: (way, words) for k, (count, way, words) in torch.npu.refusals().items()}
        for name in ("aclnnAddmm", "aclnnGeluV2", "aclnnGeluBackwardV2"):
            assert found[name] == ("a composition", f"this CANN has no {name}"), found
        assert set(torch.npu.fallbacks()) == {"group_norm", "triangle"}, torch.npu.fallbacks()
        assert sum("this CANN has no aclnnGeluV2" in str(w.message) for w in said) == 1, [str(w.message) for w in said]
    """)


@pytest.mark.parametrize("name, words", [
    ("aclCreateTensor", "this CANN lacks aclCreateTensor: 8.0 or later is needed"),
    ("aclInit", "the npu cannot be started: this CANN lacks aclInit, which MindSpore 2.10 calls"),
])  # fmt: skip
def test_what_every_call_needs_is_lacking(name, words, tmp_path):
    over_a_cann_without([name], tmp_path, f"""
        for _ in range(2):
            try:
                torch.ones(2).to("npu")
            except RuntimeError as error:
                assert {words!r} in str(error), error
            else:
                raise AssertionError("it was made")
        assert (torch.ones(2) + 1).tolist() == [2, 2]
    """)


def test_mindspores_back_end_does_not_load(tmp_path):
    """A version that it does not know: the CPU computes, and says so at the import."""
    said = over_a_cann_without(["aclrtMalloc"], tmp_path, """
        assert not torch.npu.is_available()
        assert (torch.ones(2) + 1).tolist() == [2, 2]
    """)
    assert said.count("mindtorch computes on the CPU although there is Ascend here (ASCEND_HOME_PATH, ") == 1, said
    assert "of a version that this MindSpore does not know" in said


def test_whoever_has_a_card_is_told_that_it_is_not_used(tmp_path, monkeypatch):
    from mindtorch._core import runtime

    for name in ("ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME", "ASCEND_RT_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    for name in ("null", "davinci_manager_docker", "davincix"):
        (tmp_path / name).touch()
    assert runtime.signs_of_ascend(tmp_path) == [] == runtime.signs_of_ascend(tmp_path / "nowhere")
    monkeypatch.setenv("ASCEND_RT_VISIBLE_DEVICES", "0")
    assert runtime.signs_of_ascend(tmp_path) == ["ASCEND_RT_VISIBLE_DEVICES"]
    (tmp_path / "davinci0").touch()
    (tmp_path / "davinci1").touch()
    assert runtime.signs_of_ascend(tmp_path) == [str(tmp_path / "davinci0")]
    # what Trainer is asked for without a word: it trains on the CPU then
    env = {k: v for k, v in os.environ.items() if not k.startswith("ASCEND")} | {"PYTHONPATH": str(ROOT)}
    shown = {"ASCEND_RT_VISIBLE_DEVICES": "0"}
    for more, words in ((shown, "(ASCEND_RT_VISIBLE_DEVICES): no CANN was found"), ({}, None),
                        (shown | {"MINDTORCH_EMULATE_NPU": "1"}, None)):
        done = subprocess.run([sys.executable, "-c", "import mindtorch"], env=env | more, capture_output=True,
                              text=True, timeout=300, check=True, cwd=ROOT)
        assert words in done.stderr if words else "computes on the CPU" not in done.stderr, done.stderr
