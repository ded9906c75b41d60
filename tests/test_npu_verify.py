"""torch.npu.verify(): every kernel of the npu beside the CPU's, over the software CANN, which computes wrongly on
request."""
import os
import subprocess
import sys

from tests.test_ascend import ROOT, on_device, softcann


def test_what_is_right_is_found_to_be():
    on_device("""
        from tests.programs_models import run
        from tests.programs_npu import train
        plain = train("npu", 3, 0.1)
        with torch.npu.verify() as found:
            assert train("npu", 3, 0.1) == plain
            run("resnet", "npu")
            run("t5", "npu")
        assert not found.apart, str(found)
        kernels = {row.kernel for row in found.rows}
        assert {"matmul", "adam", "group_norm_backward", "convolution", "batch_norm", "softmax", "gelu_none"} <= kernels
        assert sum(row.calls for row in found.rows) > 1000 and "embedding" in found.left_out
        before = [row.calls for row in found.rows]
        train("npu", 1)
        assert [row.calls for row in found.rows] == before
        x = torch.randn(300, 300, device="npu", dtype=torch.float16)
        with torch.npu.verify() as found:
            x.add_(x.clone().t())
            torch.where(x > 0, x, float("inf")).nan_to_num()
            (x @ x).sum(0)
            torch.randn(3, device="npu")
            i = torch.arange(6, device="npu")
            i.view(2, 3).t()[1:] += 5
        assert not found.apart and {row.dtype for row in found.rows} >= {"float16", "int64", "bool"}, str(found)
    """)


def test_what_is_wrong_is_named():
    on_device("""
        x = torch.randn(4, 6, device="npu")
        with torch.npu.verify() as found:
            for _ in range(3):
                y = torch.tanh(x[:, ::2]) + x[:, 1::2]
            y.sum()
        (row,) = found.apart
        assert (row.kernel, row.dtype, row.calls) == ("tanh", "float32", 3) and 0.005 < row.distance < 0.02, row
        assert found.rows[0] is row and "float32 4x3 strided" in row.operands
        assert {r.kernel for r in found.rows} == {"tanh", "add", "sum"}
        text = str(found)
        assert "tanh" in text.splitlines()[1] and "!" in text.splitlines()[1] and "1 of them" in text, text
    """, faults="wrong:aclnnTanh")


def test_command(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import torch, sys\n"
                      "print(sys.argv[1], torch.nn.functional.gelu(torch.ones(3, device='npu')).sum().item())")
    for faults, status in ((None, 0), ("wrong:aclnnGeluV2", 1)):
        env = softcann.environment(guard=True, contract=True, faults=faults)
        env["PYTHONPATH"] = os.pathsep.join((str(ROOT), env["PYTHONPATH"]))
        command = [sys.executable, softcann.RUNNER, "-m", "mindtorch", "verify", str(script), "given"]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == status and done.stdout.startswith("given 2.5"), done.stdout + done.stderr
        assert ("! float32 3, float32 3" in done.stderr) == bool(status), done.stderr
    done = subprocess.run([sys.executable, "-m", "mindtorch", "verify", str(script)], cwd=ROOT, capture_output=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, timeout=300, check=False)
    assert done.returncode == 2 and "no npu device" in done.stderr, done.stderr
