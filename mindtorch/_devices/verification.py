"""torch.npu.verify() and `python -m mindtorch verify script.py`: the npu beside the CPU, kernel by kernel.

Results that differ from another machine's by some per cent are a fault or rounding; this tells how far each kernel is
from the CPU's over the same operands. What is drawn at random, and what only the device has, is not compared."""
import sys
from typing import NamedTuple

import mindtorch._C as _C

# How far a kernel may be from the CPU's, relative to the largest number of its result: a few roundings of the dtype,
# with sums in another order. Of integers: the share of elements that differ.
TOLERANCES = {"float64": 1e-9, "complex128": 1e-9, "float32": 1e-4, "complex64": 1e-4, "float16": 5e-3,
              "bfloat16": 4e-2}


class Compared(NamedTuple):
    """A kernel in one dtype: how often it ran, and the operands of the call that was farthest from the CPU's."""

    kernel: str
    dtype: str
    calls: int
    distance: float
    operands: str

    @property
    def tolerance(self):
        """How far it may be."""
        return TOLERANCES.get(self.dtype, 0.0)

    @property
    def suspicious(self):
        """Whether rounding does not explain the distance."""
        return not self.distance <= self.tolerance


class Verification:
    """A context; afterwards `rows` has the kernels, the farthest first, and `apart` those that rounding does not
    explain. RuntimeError for a second one inside."""

    _running = False

    def __init__(self, real):
        if not real:
            raise RuntimeError("torch.npu.verify() compares a device with the CPU; an emulated one computes on the CPU")
        self.rows, self.left_out = [], {}

    def __enter__(self):
        if Verification._running:
            raise RuntimeError("torch.npu.verify() is running already")
        _C.verify(True)
        Verification._running = True
        return self

    def __exit__(self, *exc):
        _C.verify(False)
        Verification._running = False
        found = _C.verified()
        self.rows = sorted((Compared(*row) for row in found if row[1]), key=self._order)
        self.left_out = {kernel: calls for kernel, dtype, calls, *_ in found if not dtype}
        return False

    @staticmethod
    def _order(row):
        return not row.suspicious, -row.distance / (row.tolerance or 1), row.kernel

    @property
    def apart(self):
        """The kernels that rounding does not explain."""
        return [row for row in self.rows if row.suspicious]

    def __str__(self):
        lines = [f"{'kernel':26} {'dtype':10} {'calls':>8} {'distance':>9}"]
        for row in self.rows:
            lines.append(f"{row.kernel:26} {row.dtype:10} {row.calls:8} {row.distance:9.1e}"
                         + (f"  ! {row.operands}" if row.suspicious else ""))
        if self.left_out:
            lines.append("not compared (drawn at random, or the device's own): " + ", ".join(
                f"{kernel} {calls}x" for kernel, calls in sorted(self.left_out.items())))
        lines.append(f"{len(self.rows)} kernels beside the CPU's, {len(self.apart)} of them apart beyond rounding")
        return "\n".join(lines)


def command(run, arguments):
    """`python -m mindtorch verify script.py ...`: the script, then the table on stderr; its exit status."""
    import mindtorch

    if not arguments or arguments == ["-m"]:
        print("usage: python -m mindtorch verify (SCRIPT | -m MODULE) [ARGUMENTS]", file=sys.stderr)
        return 2
    try:
        found = mindtorch.npu.verify()
    except RuntimeError as error:
        print(f"mindtorch verify: {error}", file=sys.stderr)
        return 2
    try:
        with found:
            run(arguments)
    finally:
        sys.stdout.flush()
        print(found, file=sys.stderr)
    return 1 if found.apart else 0
