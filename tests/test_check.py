"""python -m mindtorch check: what it says of lines is what happens when they run."""
import json
import textwrap

import pytest

import mindtorch as torch
from mindtorch._tools import check, refusals
from mindtorch._tools.api import api
from mindtorch._tools.decide import ASCEND, DIFFERENT, OPEN, RAISES, SKIPPED, VERDICTS, WORKS


def findings(tmp_path, text, **how):
    (tmp_path / "script.py").write_text(textwrap.dedent(text))
    return check.examine([tmp_path / "script.py"], **how).findings


def verdicts(tmp_path, text, **how):
    """{line: worst verdict}"""
    worst = {}
    for f in findings(tmp_path, text, **how):
        worst[f.line] = min(worst.get(f.line, f.kind), f.kind, key=VERDICTS.index)
    return worst


# line by line: (code, verdict); those that raise and those that work are run as well
LINES = [
    ("torch.add(torch.ones(2), 1, alpha=2)", WORKS),
    ("F.softmax(torch.ones(2, 3), dim=-1)", WORKS),
    ("nn.Linear(2, 3)(torch.ones(1, 2)).sum().backward()", WORKS),
    ("torch.ones(2).mean(axis=0)", WORKS),
    ("torch.ones(2, 3).reshape(shape=(3, 2))", WORKS),
    ("torch.finfo(torch.float32).min", WORKS),
    ("torch.optim.AdamW(nn.Linear(2, 2).parameters(), lr=1e-3, fused=True)", WORKS),
    ("torch.gather(torch.ones(2, 2), 0, torch.zeros(2, 2, dtype=torch.long), sparse_grad=False)", WORKS),
    ("torch.gather(torch.ones(2, 2), 0, torch.zeros(2, 2, dtype=torch.long), sparse_grad=True)", RAISES),
    ("torch.add(torch.ones(2), 1, beta=2)", RAISES),
    ("torch.nothing_of_the_kind(3)", RAISES),
    ("torch._C._jit_set_nvfuser_enabled(False)", RAISES),
    ("torch.quantized_lstm_cell(torch.ones(2))", RAISES),
    ("torch.ao.quantization.quantize_dynamic(nn.Linear(1, 1))", RAISES),
    ("torch.zeros(2, dtype=torch.complex32)", DIFFERENT),
    ("nn.functional.relu()", RAISES),
    ("torch.profiler.profile(execution_trace_observer=3)", RAISES),
]


@pytest.mark.parametrize("line, verdict", LINES, ids=lambda v: v[:60] if isinstance(v, str) else "")
def test_a_line_does_what_is_said(line, verdict, tmp_path):
    text = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n" + line + "\n"
    assert verdicts(tmp_path, text)[4] == verdict
    scope = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    if verdict == RAISES:
        with pytest.raises((AttributeError, TypeError, NotImplementedError, RuntimeError)):
            exec(line, scope)
    else:
        exec(line, scope)


def test_refusals_are_read_from_the_sources():
    told = refusals.of("torch.gather", torch.gather)
    assert told == [("(sparse_grad)", "gather(): sparse_grad=True is not supported: gradients are dense")]
    told = refusals.of("torch.profiler.profile", torch.profiler.profile)
    assert told[0][0] == "(execution_trace_observer is not None)"


def test_values_are_followed(tmp_path):
    found = verdicts(tmp_path, """\
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(3, 4)

            def forward(self, x: torch.Tensor):
                h = self.layer(x)
                h.no_such_thing()
                return h.view(-1).relu()

        def known():
            return torch.ones(3)

        for part in known().split(1):
            part.neither_this()
        if torch.ones(1) > 0:
            y = torch.ones(2)
        else:
            y = torch.zeros(2)
        y.nor_that()
        model = Net()
        """)
    assert {line for line, kind in found.items() if kind == OPEN} == {11, 18, 23}
    assert found[12] == WORKS


def test_lines_that_are_not_reached(tmp_path):
    found = verdicts(tmp_path, """\
        from typing import TYPE_CHECKING
        import torch
        try:
            from torch.nothing import this
        except ImportError:
            this = None
        if TYPE_CHECKING:
            torch.nothing_1
        if hasattr(torch, "nothing_2"):
            torch.nothing_2()
        if torch.backends.mps.is_available():
            torch.nothing_3()
        try:
            import flash_attn
        except ImportError:
            pass
        torch.nothing_4()
        """)
    assert {line for line, kind in found.items() if kind == SKIPPED} >= {4, 8, 10, 12, 14}
    assert [line for line, kind in found.items() if kind == RAISES] == [17]


def test_methods_of_what_is_not_known(tmp_path):
    found = {f.line: f for f in findings(tmp_path, """\
        import torch
        def f(a, b, c):
            a.unsqueeze(0)
            b.split(",")
            c.backward(words="of another class")
        """) if f.name.startswith("(unknown)")}
    assert found[3].kind == WORKS and 5 not in found


def test_differences_and_ascend(tmp_path):
    text = """\
        import torch
        a = torch.randn(3, 3)
        torch.linalg.svd(a)
        torch.compile(a)
        torch.fft.fft(a)
        torch.matmul(a, a)
        """
    found = verdicts(tmp_path, text)
    assert (found[3], found[4], found[5], found[6]) == (ASCEND, DIFFERENT, ASCEND, WORKS)
    assert "lapack_svd" in next(f.why for f in findings(tmp_path, text) if f.kind == ASCEND)
    assert verdicts(tmp_path, text, device="cpu")[3] == WORKS


def test_advice(tmp_path):
    found = {f.rule: f for f in findings(tmp_path, """\
        import torch, flash_attn
        import bitsandbytes as bnb
        from apex import amp
        import triton
        from torch.utils.cpp_extension import load
        x = torch.ones(3, dtype=torch.float64).to("cuda")
        x.to(0)
        torch.device("mps")
        torch.tensor(0, device=torch.device("mlu", 3))
        """)}
    assert {"flash-attn", "bitsandbytes", "apex", "triton", "compiled-extension", "wide-dtype", "cuda-text",
            "integer-device", "other-device"} <= set(found)
    assert found["other-device"].line == 9
    assert all(r["reference"] and r["says"] and r["verdict"] in VERDICTS for r in check.Advice().rules)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "html"])
def test_reports_and_status(form, tmp_path, capsys):
    (tmp_path / "good.py").write_text("import torch\ntorch.ones(3)\n")
    (tmp_path / "bad.py").write_text("import torch\ntorch.nothing(3)\n")
    assert check.command([str(tmp_path / "good.py"), "--format", form]) == 0
    capsys.readouterr()
    assert check.command([str(tmp_path), "--format", form, "--output", str(tmp_path / "out")]) == 1
    text = (tmp_path / "out").read_text()
    if form == "text":
        assert "bad.py:2:1: error: torch.nothing" in text and "     2 | torch.nothing(3)\n       | ^^^^" in text
        assert "raises at 1 line if" in text
    elif form == "json":
        rows = json.loads(text)["findings"]
        assert [(r["line"], r["kind"]) for r in rows if r["kind"] == RAISES] == [(2, RAISES)]
    elif form == "sarif":
        run = json.loads(text)["runs"][0]
        assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
        assert run["results"][0]["level"] == "error" and json.loads(text)["version"] == "2.1.0"
    else:
        assert "torch.nothing(3)" in text and "raises" in text
    with pytest.raises(SystemExit) as stopped:
        check.command([str(tmp_path / "not there.py")])
    assert stopped.value.code == 2


def test_imports_are_followed(tmp_path):
    package = tmp_path / "helper"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("import torch\ndef f():\n    torch.nothing()\n")
    script = tmp_path / "script.py"
    script.write_text("import torch\nfrom helper import f\nf()\n")
    assert not [f for f in check.examine([script]).findings if f.kind == RAISES]
    assert check.examine([script]).unread == {"helper"}
    followed = check.examine([script], follow=1)
    assert [f.line for f in followed.findings if f.kind == RAISES] == [3] and not followed.unread


def test_what_is_shipped_is_current():
    from tests.coverage import generate

    # stale: run `python -m tests.coverage`, after changes of tests/parity/gaps.py
    assert generate.text(api().coverage["ascend"]) == generate.TARGET.read_text(encoding="utf8")


def test_the_first_step_is_tried(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent("""\
        import sys
        import torch
        w = torch.nn.Linear(2, 1)
        o = torch.optim.SGD(w.parameters(), lr=0.1)
        for _ in range(10 ** 9):
            w(torch.ones(1, 2)).sum().backward()
            if "fail" in sys.argv:
                raise ValueError("in the first step")
            o.step()
        """))
    assert check.first_step(str(script), [], 100) == "ran"
    assert check.first_step(str(script), ["fail"], 100) == "failed: ValueError: in the first step"
