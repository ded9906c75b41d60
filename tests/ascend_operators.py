"""docs/ascend_operators.md: how each kernel is carried out on Ascend, made of the rows and compositions that stand
beside the ops.

    python -m tests.ascend_operators            writes the table
    python -m tests.ascend_operators --record   runs the tests of the npu first and notes which kernels they make it do
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parent.parent
PAGE = ROOT / "docs" / "ascend_operators.md"
TESTED = ROOT / "tests" / "data" / "ascend_tested.txt"

# Kernels whose op has another form on the device: what it runs there.
OTHER_FORMS = {"nonzero": ("nonzero_matrix",), "random_dropout": ("dropout_bits", "dropout_by_bits"),
               "scaled_mask": ("dropout_by_bits",)}
# Kernels without operands on a device: no work is left for one.
NO_OPERANDS = {
    "native_types": "asks the processor what it can do",
    "random_seed": "state of a generator, kept on the host",
    "random_export": "state of a generator, kept on the host",
    "random_import": "state of a generator, kept on the host",
}
# Why kernels are computed on the host, openly.
WHY = [
    (r"lapack_|blas_", "LAPACK's: Ascend has no operator"),
    (r"igamma|_standard_gamma_grad|_dirichlet_grad", "sums whose length depends on values"),
    (r"random_(gamma|poisson|binomial)", "draws by rejection: Ascend has no operator"),
    (r"lstm", "the CPU's own: an npu runs a layer's single steps"),
    (r"ctc", "not written yet"),
    (r"", "not written yet"),
]
CODES = {"f32": "float32", "f16": "float16", "bf16": "bfloat16", "f64": "float64", "i8": "int8", "i16": "int16",
         "i32": "int32", "i64": "int64", "u8": "uint8", "u16": "uint16", "u32": "uint32",
         "u64": "uint64", "bool": "bool", "c64": "complex64", "c128": "complex128", "c32": "complex32"}


def _operators(row):
    """Names of a row's operators, in their order, each once."""
    return list(dict.fromkeys(word for form in row.split("|") for word in form.split() if word.startswith("aclnn")))


def _dtypes(operators, pages):
    """What the documented contract lists for the first tensor of each operator: what all of them take."""
    common = None
    for name in operators:
        first = next((a for a in pages[name].arguments if a.type in ("tensor", "tensors") and a.dtypes), None)
        if first:
            common = list(first.dtypes) if common is None else [d for d in common if d in first.dtypes]
    return ", ".join(CODES.get(d, d) for d in common or ())


def entries():
    """[(kernel, how, operators or why, dtypes, tested)]; how is 'operator', 'composition', 'other form', 'no operands'
    or 'host'."""
    import mindtorch  # noqa: F401
    import mindtorch._C as _C
    from mindtorch._ops.table import registry
    from mindtorch.softcann import generate

    pages = {o.name: o for o in generate.operators()}
    rows, tested = dict(_C.kernel_rows()), set(TESTED.read_text().split()) if TESTED.exists() else set()
    found = []
    for kernel in sorted(_C.kernel_names()):
        operators = _operators(rows[kernel]) if kernel in rows else []
        text, done = ", ".join(operators), kernel in tested
        if kernel in NO_OPERANDS:
            how, text = "no operands", NO_OPERANDS[kernel]
        elif kernel in registry.COMPOSITIONS:
            how = "composition"
            text = f"several launches ({registry.COMPOSITIONS[kernel].__module__.rpartition('.')[2]}.py)" + (
                f", else {text}" if text else "")
        elif operators:
            how = "operator"
        elif OTHER_FORMS.get(kernel):
            parts = OTHER_FORMS[kernel]
            how, operators = "other form", [name for part in parts for name in _operators(rows[part])]
            text, done = ", ".join(operators), all(part in tested for part in parts)
        else:
            how, text = "host", next(why for pattern, why in WHY if re.match(pattern, kernel))
        found.append((kernel, how, text, _dtypes(operators, pages), done))
    return found


def page():
    """The table's text."""
    found = entries()
    work = [e for e in found if e[1] != "no operands"]
    own = [e for e in work if e[1] != "host"]
    lines = [
        "# How kernels are carried out on Ascend",
        "",
        "Made by `python -m tests.ascend_operators`; do not edit. The dtypes are what CANN's public pages list for the "
        "first tensor (Atlas A2, 910B): halves and small",
        "integers that they leave out are computed in wider ones, other dtypes on the host, which is said once and "
        "counted (`torch.npu.fallbacks()`).",
        "*Tested*: a test makes the kernel run on the software CANN, guard and contract on, and compares with the CPU. "
        "That shows calls of a documented kind, not a chip's numbers.",
        "",
        f"{len(own)} of {len(work)} kernels ({100 * len(own) / len(work):.1f} %) need no help of the host; "
        f"{sum(e[4] for e in own)} of these are tested.",
        "",
        "| kernel | how | operators, or why | dtypes by contract | tested |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {kernel} | {how} | {text} | {dtypes} "
        f"| {'yes' if done else '' if how in ('host', 'no operands') else 'no'} |"
        for kernel, how, text, dtypes, done in found]
    return "\n".join(lines) + "\n"


def record():
    """Run the tests of the npu; which kernels they make it do goes to tests/data."""
    with tempfile.NamedTemporaryFile("r", suffix=".txt") as file:
        # these compare kernel by kernel
        files = sorted(str(p) for p in (ROOT / "tests").glob("test_ascend*.py") if "on_device(" in p.read_text())
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", *files], cwd=ROOT,
                              env=dict(os.environ, MINDTORCH_KERNELS_DONE=file.name), check=False)
        if done.returncode:
            raise SystemExit("tests failed: nothing was recorded")
        TESTED.write_text("\n".join(sorted(set(file.read().split()))) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", action="store_true",
                        help="run the tests first and note which kernels they make the npu do")
    if parser.parse_args().record:
        record()
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
