"""Training and generation of small models on the npu, over the software CANN with guard and contract, where nothing may
be computed on the host."""
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
            figures[name] = {{"cpu": cpu, "npu": npu, "launches": torch.npu.launches() - before,
                "generated": made is not None,
                             "same": made is None or torch.allclose(made.double(), again.double(), rtol=1e-4,
                                 atol=1e-4)}}
        assert torch.npu.fallbacks() == {{}}
        print(json.dumps(figures))
    """, environment=ALONE)
    for name, f in figures.items():
        assert f["npu"] == pytest.approx(f["cpu"], rel=1e-5), name
        assert f["launches"] > 100 and f["same"], (name, f)
        assert f["generated"] == (name not in ("bert", "vit", "resnet")), name
        assert f["cpu"][0] != f["cpu"][-1], name


@pytest.mark.parametrize("chip", ["910B", "310B", "310P"])
def test_a_chip_that_refuses_gives_the_same(chip):
    """With what owners report of a chip refused (HARDWARE's table), training and generation end as without."""
    figures = on_device("""
        from tests.programs_models import MODELS, run
        figures = {}
        for name in MODELS:
            (cpu, made), (npu, again) = run(name, "cpu"), run(name, "npu")
            same = made is None or torch.allclose(made.double(), again.double(), rtol=1e-4, atol=1e-4)
            figures[name] = {"cpu": cpu, "npu": npu, "same": same}
        print(json.dumps([figures, torch.npu.refusals(), torch.npu.fallbacks()]))
    """, quirks=chip)
    figures, refused, host = figures
    assert len(figures) == 12
    for name, f in figures.items():
        assert f["npu"] == pytest.approx(f["cpu"], rel=1e-5) and f["same"], (chip, name)
    # a 910B has other ways for all of it; a 310B none for a product of float32; a 310P refuses bfloat16 only
    assert bool(refused) == (chip != "310P") and bool(host) == (chip == "310B"), (refused, host)
    assert set(host) <= {"matmul", "sort", "gather", "where", "group_norm", "batch_norm", "softplus"}, host


def test_dropout_is_that_of_the_seed_and_of_the_checkpoint():
    """Two runs of a seed are equal; layers computed again in the backward drop what they dropped before."""
    figures = on_device("""
        from tests.programs_models import run
        figures = {}
        for name in ("bert", "gpt2", "t5"):
            ways = {"plain": {}, "again": {}, "reentrant": {"checkpointed": True},
                    "not reentrant": {"checkpointed": False}}
            figures[name] = {way: run(name, "npu", 4, dropout=True, **more)[0] for way, more in ways.items()}
            figures[name]["still"] = run(name, "npu", 4)[0]
        print(json.dumps(figures))
    """, environment=ALONE)
    for name, f in figures.items():
        assert f["plain"] == f["again"], name
        assert f["plain"] != pytest.approx(f["still"], rel=1e-4), name
        for way in ("reentrant", "not reentrant"):
            assert f[way] == pytest.approx(f["plain"], rel=1e-6), (name, way)


def test_launches_of_a_training_step():
    """At most 1.1 launches for each kernel that the CPU runs. Those that Python calls are counted; sums of gradients,
    which the engine calls itself, are not:
    recurrent cells have many."""
    figures = on_device("""
        import sys
        from tests.programs_models import MODELS, still

        def steps(name, device):
            torch.manual_seed(0)
            model, batch = MODELS[name]()
            model, batch = still(model).to(device).train(), {k: v.to(device) for k, v in batch.items()}
            optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)

            def step():
                loss = model(**batch)
                loss = loss if torch.is_tensor(loss) else loss.loss
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                return loss.item()

            step()
            return step

        figures = {}
        for name in MODELS:
            kernels = 0

            def count(frame, event, what):
                global kernels
                kernels += event == "c_call" and getattr(what, "__name__",
                                                         "") in ("call",
                                                                 "pointwise") and (what.__module__
                                                                                   or "").startswith("mindtorch")

            on_cpu, on_npu = steps(name, "cpu"), steps(name, "npu")
            sys.setprofile(count)
            on_cpu()
            sys.setprofile(None)
            before = torch.npu.launches()
            on_npu()
            figures[name] = torch.npu.launches() - before, kernels
        print(json.dumps(figures))
    """, environment=ALONE)
    print({name: f"{launches} launches, {kernels} kernels" for name, (launches, kernels) in figures.items()})
    assert figures["bert"][0] <= 1.1 * figures["bert"][1], figures
    # a layer of an LSTM is one kernel of the CPU: on the npu it is steps, of which a GRU has as many
    figures["lstm"] = figures["lstm"][0], figures["gru"][1]
    assert all(launches <= 1.2 * kernels for launches, kernels in figures.values()), figures
