"""Training and generation of small models on the npu, over the software CANN with guard and contract, where nothing may be computed on the host."""
import pytest

pytest.importorskip("mindtorch.softcann", reason="no software CANN in this checkout")
pytest.importorskip("transformers", reason="no transformers in this environment")
from .test_ascend import on_device  # noqa: E402

ALONE = {"MINDTORCH_NO_FALLBACK": "1"}
# families that start up together: a process costs seconds
GROUPS = [("bert", "vit", "resnet", "unet"), ("gpt2", "llama", "lora"), ("t5", "whisper"), ("mamba", "lstm", "gru")]


@pytest.mark.parametrize("names", GROUPS, ids="-".join)
def test_losses_and_what_is_generated_are_those_of_the_cpu(names):
    figures = on_device(f"""
        from tests.programs_models import run
        figures = {{}}
        for name in {names!r}:
            (cpu, made), before = run(name, "cpu"), torch.npu.launches()
            npu, again = run(name, "npu")
            figures[name] = {{"cpu": cpu, "npu": npu, "launches": torch.npu.launches() - before, "generated": made is not None,
                             "same": made is None or torch.allclose(made.double(), again.double(), rtol=1e-4, atol=1e-4)}}
        assert torch.npu.fallbacks() == {{}}
        print(json.dumps(figures))
    """, environment=ALONE)
    for name, f in figures.items():
        assert f["npu"] == pytest.approx(f["cpu"], rel=1e-5), name
        assert f["launches"] > 100 and f["same"], (name, f)
        assert f["generated"] == (name not in ("bert", "vit", "resnet")), name
        assert f["cpu"][0] != f["cpu"][-1], name
