"""Records samples from the real PyTorch (run under the oracle): python tests/parity/record.py [--seed 4711]

For every operator of PyTorch's own test list: arguments, results and gradients of a few small samples per dtype, written
to samples.zip beside this file. Operators with random results and samples that have no form on disk are left out.
"""
import argparse
import pathlib
import warnings
import zlib

import codec
import torch
from torch.testing._internal.common_methods_invocations import op_db

PER_DTYPE = {torch.float32: 6, torch.float64: 2, torch.int64: 2, torch.bfloat16: 1, torch.float16: 1, torch.bool: 1, torch.complex64: 1, torch.int32: 1}
MOST_ELEMENTS = 2500


def resolve(name):
    """torch.<name>, or None."""
    found = torch
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def tensors(value):
    """Tensors in nested values."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for v in value:
            yield from tensors(v)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def run(function, args, kwargs):
    torch.manual_seed(0)
    return function(*args, **kwargs)


def same(a, b):
    return len(a) == len(b) and all(x.shape == y.shape and x.dtype == y.dtype and torch.equal(torch.nan_to_num(x), torch.nan_to_num(y)) for x, y in zip(a, b))


def random_result(function, args, kwargs, first):
    torch.manual_seed(1)
    return not same(list(tensors(function(*args, **kwargs))), first)


def record(writer, op, function, dtype, count):
    """Write up to `count` samples of one op and dtype; how many."""
    torch.manual_seed(zlib.crc32(f"{SEED}{op.name}{op.variant_test_name}{dtype}".encode()))
    differentiable = dtype in (torch.float32,) and op.supports_autograd
    written = 0
    candidates = list(op.sample_inputs("cpu", dtype, requires_grad=differentiable))
    step = max(1, len(candidates) // (count * 2))
    for sample in candidates[::step]:
        if written >= count:
            break
        args, kwargs = (sample.input, *sample.args), sample.kwargs
        if sum(t.numel() for t in tensors([args, kwargs])) > MOST_ELEMENTS:
            continue
        mark = writer.mark()
        try:
            result = run(function, args, kwargs)
            outputs = list(tensors(result))
            if not outputs or sum(t.numel() for t in outputs) > MOST_ELEMENTS * 2 or random_result(function, args, kwargs, [t.detach() for t in outputs]):
                continue
            row = {"op": op.name, "dtype": str(dtype).removeprefix("torch."), "args": writer.encode(args), "kwargs": writer.encode(dict(kwargs)), "result": writer.encode(result)}
            leaves = [t for t in tensors([args, kwargs]) if t.requires_grad]
            roots = [t for t in outputs if t.requires_grad]
            if leaves and roots:
                cotangents = [torch.randn_like(t) if t.is_floating_point() else torch.randn(t.shape, dtype=t.dtype) for t in roots]
                grads = torch.autograd.grad(roots, leaves, cotangents, allow_unused=True)
                row["cotangents"], row["grads"] = writer.encode(cotangents), writer.encode(list(grads))
        except (codec.Unsupported, RuntimeError, NotImplementedError, TypeError, ValueError, IndexError):
            writer.rollback(mark)
            continue
        writer.index.append(row)
        written += 1
    return written


def main():
    global SEED
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=4711)
    SEED = parser.parse_args().seed
    warnings.simplefilter("ignore")
    writer, without = codec.Writer(torch), []
    for op in op_db:
        function = resolve(op.name)
        got = 0
        if callable(function) and not op.name.startswith(("_", "ops.")):
            for dtype, count in PER_DTYPE.items():
                if dtype in op.supported_dtypes("cpu"):
                    got += record(writer, op, function, dtype, count if op.variant_test_name == "" else 1)
        if not got:
            without.append(op.formatted_name)
    path = pathlib.Path(__file__).with_name("samples.zip")
    writer.save(path, torch=torch.__version__, seed=SEED, left_out=without)
    print(f"{len(writer.index)} samples of {len({r['op'] for r in writer.index})} operators, {path.stat().st_size / 2**20:.1f} MiB; left out: {len(without)}")


if __name__ == "__main__":
    main()
