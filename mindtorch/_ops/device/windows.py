"""Windows whose places are drawn, which Ascend has no operator for."""
import math

from mindtorch._core import dtypes
from mindtorch._core.codes import HALVES

from ..table.registry import FUNCTIONS as F, METHODS, composition, run


def _begins(sample, size, kernel, count):
    """Where `count` windows along a dimension begin, (N, C, count): equal steps that a sample shifts; the last one ends
    at the end."""
    if count == 1:
        return F["full"]((*sample.shape, 1), size - kernel, dtype=dtypes.int64, device=sample.device)
    sample = sample.unsqueeze(-1)
    step = F["true_divide"](F["full"]((), size - kernel, dtype=sample.dtype, device=sample.device), count - 1)
    steps = F["arange"](count - 1, device=sample.device)
    found = ((steps + sample) * step).long() - (sample * step).long()
    return F["cat"]((found, F["full_like"](found[..., :1], size - kernel)), -1)


@composition("fractional_max_pool")
def _fractional_max_pool(tensors, scalars):
    out, indices, x, samples = (t.detach() for t in tensors)
    (kernel,) = scalars
    n = len(kernel)
    if not out._numel or bool(F["logical_or"](samples < 0, samples >= 1).any()):
        return NotImplemented  # the host says what is wrong with them
    if samples._dtype_code in HALVES:
        samples = METHODS["float"](samples)
    at = 0
    for d in range(n):
        size, count = x.shape[2 + d], out.shape[2 + d]
        # in two dimensions the first sample is for the width
        begins = _begins(samples[..., n - 1 - d if n == 2 else d], size, kernel[d], count)
        places = begins.unsqueeze(-1) + F["arange"](kernel[d], device=x.device)  # (N, C, count, kernel)
        before, behind = [1] * (2 * d), [1] * (2 * (n - 1 - d))
        at = at * size + places.reshape(*x.shape[:2], *before, count, kernel[d], *behind)
    outer = (0, 1, *range(2, 2 + 2 * n, 2), *range(3, 3 + 2 * n, 2))
    at = at.permute(outer).reshape(*x.shape[:2], -1, math.prod(kernel))
    seen = x.reshape(*x.shape[:2], -1).gather(2, at.flatten(2)).reshape(at.shape)
    chosen = seen.argmax(-1, keepdim=True)
    run("copy", (out, seen.gather(3, chosen).reshape(out.shape)))
    run("copy", (indices, at.gather(3, chosen).reshape(out.shape)))
    return None
