"""What a chip refuses at run time ends no run: dense operands, MindSpore's own operator, a composition, the host;
remembered, said once, counted.

The software CANN imitates what owners report of chips (its quirks); it puts the device out of order when it is asked
eight times for what it refused."""
import pytest

from tests.test_ascend import on_device

def ladder(body, quirks):
    return on_device('''
        place = ["cpu"]
        def run(f, device, tensors):
            torch.manual_seed(5)
            place[0] = device
            return [r.cpu() for r in flat(f())]

        def T(*shape):
            return torch.randn(*shape).to(place[0])

        def said_of(f, times=9):
            """The warnings of f, which runs several times, and the refusals that it adds."""
            before = dict(torch.npu.refusals())
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                for _ in range(times):
                    for w, h in zip(run(f, "cpu", ()), run(f, "npu", ())):
                        torch.testing.assert_close(h, w, rtol=1e-5, atol=1e-5)
            return ([str(w.message) for w in said if "refused" in str(w.message)],
                    {k: v for k, v in torch.npu.refusals().items() if v != before.get(k)})

        def expect(f, operator, instead, times=9):
            said, new = said_of(f, times)
            mine = {k: v for k, v in new.items() if k.startswith(operator + "(") or k == operator}
            assert len(mine) == 1, (operator, new)
            (count, way, words), = mine.values()
            assert instead in way and count >= times and operator in words, mine
            assert sum(operator + "(" in s or operator + " " in s for s in said) == 1, said
    ''' + body, quirks=quirks)


def test_operands_are_made_dense():
    ladder(
        '''
        expect(lambda: F.silu(T(4, 6)[:, :3]), "aclnnSilu", "dense operands")
        expect(lambda: -T(4, 6)[:, 3:], "aclnnNeg", "dense operands")
        expect(lambda: T(2, 3, 4) @ T(2, 5, 4).transpose(1, 2), "aclnnMatmul", "dense operands")
        # what is dense is not touched by that
        before = dict(torch.npu.refusals())
        run(lambda: (F.silu(T(4, 3)), -T(4, 3), T(2, 3, 4) @ T(2, 4, 5), torch.cat((T(4, 6)[:, :3], T(4, 3)), -1)),
            "npu", ())
        assert torch.npu.refusals() == before and torch.npu.fallbacks() == {}
    ''',
        "910B",
    )


def test_mindspores_operator_then_a_composition_then_the_host():
    ladder(
        '''
        expect(lambda: T(4, 6).masked_fill(T(4, 6) > 0, 2.0), "aclnnSWhere", "MindSpore's own operator")
        assert torch.npu.fallbacks() == {}
        expect(lambda: T(4, 6) * 1.5, "aclnnMuls", "another operator or a wider dtype")
        expect(lambda: -T(4, 6), "aclnnNeg", "a composition")
        expect(lambda: F.silu(T(4, 6)), "aclnnSilu", "a composition")
        expect(lambda: (torch.lerp(T(4, 6), T(4, 6), 0.3), torch.lerp(T(4, 6), T(4, 6), 0.8)), "aclnnLerp",
               "a composition")
        assert torch.npu.fallbacks() == {}
        expect(lambda: torch.exp(T(4, 6)), "aclnnExp", "the host")
        assert torch.npu.fallbacks() == {"exp": 9}, torch.npu.fallbacks()
        # by operator, dtypes, ranks and layouts; the kernel's name is said once
        said, new = said_of(lambda: torch.exp(T(4, 6, 2)))
        assert not said and [k for k in new if "3-D" in k] == list(new), (said, new)
        assert torch.npu.fallbacks() == {"exp": 18}
    ''',
        "aclnnSWhere:561103,aclnnNeg:561103,aclnnSilu:561103,aclnnLerps:561103,aclnnLerp:561103,aclnnMuls:561103,"
        "aclnnExp:561103",
    )


def test_results_whose_size_depends_on_values():
    """nonzero asks the device how many there are: refused, it is counted by other means there."""
    ladder(
        """
        expect(lambda: torch.nonzero(T(4, 6) > 0), "aclnnNonzero", "a composition")
        expect(lambda: torch.nonzero(T(4, 6, 5)[:, 2:].relu()), "aclnnNonzero", "a composition")
        for f in (lambda: torch.nonzero(T(3, 0)), lambda: torch.nonzero(torch.tensor(3, device=place[0])),
                  lambda: torch.nonzero(torch.tensor(0.0, device=place[0])), lambda: T(2, 3).nonzero(as_tuple=True),
                  lambda: torch.nonzero(T(7) * 0), lambda: torch.argwhere(T(5, 1, 2) < 0)):
            for w, h in zip(run(f, "cpu", ()), run(f, "npu", ())):
                assert torch.equal(w, h), (w, h)
        assert torch.npu.fallbacks() == {}, torch.npu.fallbacks()
    """,
        "aclnnNonzero:561103",
    )
    ladder(
        """
        # a part of the composition that is refused too goes to the host, openly
        expect(lambda: torch.nonzero(T(4, 6)), "aclnnNonzero", "a composition")
        assert torch.npu.fallbacks() == {"cumsum": 9}, torch.npu.fallbacks()
    """,
        "aclnnNonzero:561103,aclnnCumsum:561103",
    )


@pytest.mark.parametrize("chip", ["910B", "310B"])
def test_training_on_a_chip_that_refuses(chip):
    on_device("""
        from tests.programs_npu import train
        cpu, npu = train("cpu", steps=12), train("npu", steps=12)
        assert all(abs(c - n) <= 1e-5 * abs(c) for c, n in zip(cpu, npu)), (cpu, npu)
        assert train("npu", 3, 0.1) == train("npu", 3, 0.1)
        assert torch.npu.refusals(), "the chip refused nothing"
    """, quirks=chip)


def test_a_chip_without_bfloat16():
    on_device("""
        assert not torch.npu.is_bf16_supported() and torch.npu.get_device_name() == "Ascend310P3"
        x = torch.randn(4, 5)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            y = x.to("npu").to(torch.bfloat16)
        assert torch.equal(y.cpu(), x.bfloat16()) and y.device.type == "npu"
        assert sum("copy" in str(w.message) and "computed on the host" in str(w.message)
                   for w in said) == 1, [str(w.message) for w in said]
        assert not torch.cuda.is_bf16_supported()
    """, quirks="310P")


def test_bfloat16_where_the_chip_has_none_is_said_clearly():
    on_device("""
        import tempfile
        import mindtorch._C as C
        from transformers import TrainingArguments
        made = [torch.autocast(d, dtype=torch.bfloat16) for d in ("npu", "cuda")]
        off = torch.autocast("npu", dtype=torch.bfloat16, enabled=False)
        assert not C.device_started()
        for context in made:
            try:
                with context:
                    raise AssertionError("entered")
            except RuntimeError as error:
                assert "does not support bfloat16. Please switch dtype to float16. (Ascend310P3)" in str(error), error
        assert not torch.is_autocast_enabled("npu")
        x = torch.ones(2, 3, device="npu")
        with off:
            assert (x @ x.t()).dtype is torch.float32
        with torch.autocast("npu"):
            assert (x @ x.t()).dtype is torch.float16
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert (x.cpu() @ x.cpu().t()).dtype is torch.bfloat16
        with tempfile.TemporaryDirectory() as folder:
            assert TrainingArguments(folder, report_to=[], fp16=True).device.type == "npu"
            for flag in ("bf16", "bf16_full_eval"):
                try:
                    TrainingArguments(folder, report_to=[], **{flag: True})
                except ValueError as error:
                    assert "doesn't support bf16" in str(error), error
                else:
                    raise AssertionError(flag)
    """, quirks="310P")
