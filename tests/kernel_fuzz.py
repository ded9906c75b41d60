"""Kernels called with anything: python -m tests.kernel_fuzz --seconds 60 --seed 1 [--kernels conv,pool] [--only INDEX]

A call is made from (seed, index) alone. It is one of three kinds: any tensors and scalars; tensors of one shape, as
element-wise kernels take them; or a call recorded while samples of tests/parity were replayed, with one to three
things about it changed. Calls run in forked children; one that dies, stalls or writes outside its tensors is narrowed
down to a single call and printed. Every tensor lies in a storage with a margin around it whose bytes are compared
afterwards (under a sanitizer the storage is exact: it watches the margins itself).
"""
import argparse
import faulthandler
import mmap
import os
import pathlib
import pickle
import random
import resource
import signal
import struct
import sys
import time

import numpy

import mindtorch as torch
import mindtorch._C as _C

BATCH, STALL, MEMORY = 400, 10, 6 << 30  # calls a child, seconds for one of them, bytes a child may take
SANITIZED = "libasan" in pathlib.Path("/proc/self/maps").read_text()
MARGIN = 0 if SANITIZED else 128
RAW = {"bool": "u1", "uint8": "u1", "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "float16": "f2",
       "float32": "f4", "float64": "f8", "complex64": "c8", "complex128": "c16", "uint16": "u2", "uint32": "u4",
       "uint64": "u8"}
RAW = {getattr(torch, name): code for name, code in RAW.items()}  # what NumPy calls the same elements
DTYPES = [*RAW, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2]
CODE = {d: torch.empty(0, dtype=d)._dtype_code for d in DTYPES}
BY_CODE = {c: d for d, c in CODE.items()}
COMMON = [torch.float32, torch.float32, torch.int64, torch.float64, torch.bool, torch.float16, torch.bfloat16,
          torch.int32, torch.uint8, torch.complex64]
INTS = [0, 1, -1, 2, 3, 4, 5, 7, 8, -2, 16, 63, 64, 100, 127, 255, 1024, 2**16, 2**31 - 1, 2**31, -(2**31), 2**32,
        2**53, 2**61, 2**62, 2**63 - 1, -(2**63), -(2**63) + 1, -(2**62)]
FLOATS = [0.0, -0.0, 0.5, 1.0, -1.0, 1.5, 2.0, 1e-30, 1e30, 1e300, -1e300, float("nan"), float("inf"),
          float("-inf"), 5e-324, 0.1, 100.0, 2.0**63, -(2.0**63)]


# ---- values ----
def content(rng, dtype, n):
    """n elements of a dtype as bytes."""
    width, kind = dtype.itemsize, rng.random()
    raw = numpy.random.default_rng(rng.getrandbits(32))
    if kind < 0.1:
        return bytes(n * width)
    if kind < 0.2 or dtype not in RAW and dtype is not torch.bfloat16:
        return raw.bytes(n * width)
    if dtype is torch.bool:
        return raw.integers(0, 2, n).astype("u1").tobytes()
    small = raw.integers(0, 6, n)
    code = RAW.get(dtype, "f4")
    with numpy.errstate(all="ignore"):
        if code[0] in "iu":
            values = small.astype(code)
            if kind < 0.35 and n:
                odd = numpy.array(rng.choice(INTS) & 2 ** (8 * width) - 1, "u8").astype(f"u{width}").view(code)
                values[raw.integers(0, n, max(1, n // 4))] = odd
        else:
            values = (small if kind < 0.4 else raw.standard_normal(n)).astype(code)
            if kind < 0.5 and n:
                values[raw.integers(0, n, max(1, n // 4))] = numpy.float64(rng.choice(FLOATS)).astype(code)
    data = values.tobytes()
    return numpy.frombuffer(data, "u2")[1::2].tobytes() if dtype is torch.bfloat16 else data


class Made:
    """A tensor to be: its place in a storage, the storage's bytes as one list that several tensors may share."""

    def __init__(self, dtype, shape, stride, offset, data):
        self.dtype, self.shape, self.stride, self.offset, self.data = dtype, tuple(shape), tuple(stride), offset, data

    def __repr__(self):
        name = str(self.dtype).removeprefix("torch.")
        return f"{name}{list(self.shape)}/{list(self.stride)}+{self.offset} of {len(self.data[0])} bytes"

    def values(self):
        n = int(numpy.prod(self.shape, dtype=numpy.int64))
        if n > 64 or self.dtype not in RAW:
            return f"{n} values"
        flat = numpy.frombuffer(self.data[0], RAW[self.dtype])[self.offset :]
        steps = [s * self.dtype.itemsize for s in self.stride]
        view = numpy.lib.stride_tricks.as_strided(flat, self.shape, steps)
        return str(view.tolist())


def extent(shape, stride):
    return 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, stride))


def dense(shape):
    stride, step = [], 1
    for n in reversed(shape):
        stride.insert(0, step)
        step *= max(n, 1)
    return stride


def laid(rng, dtype, shape, layout=None):
    """A tensor of a shape, somehow in memory."""
    layout = layout or rng.choices(("dense", "turned", "gapped", "expanded", "offset", "any"), (5, 2, 2, 1, 1, 1))[0]
    shape, stride, offset = list(shape), dense(shape), 0
    if layout == "turned":
        order = rng.sample(range(len(shape)), len(shape))
        inner = dense([shape[d] for d in order])
        stride = [inner[order.index(d)] for d in range(len(shape))]
    elif layout == "gapped":
        step = rng.choice((2, 3))
        stride = [s * step for s in stride]
    elif layout == "expanded":
        stride = [0 if rng.random() < 0.6 else s for s in stride]
    elif layout == "offset":
        offset = rng.choice((1, 3, 8))
    elif layout == "any":
        stride = [rng.choice((0, 1, 2, s, s + 1)) for s in stride]
    n = offset + extent(shape, stride)
    return Made(dtype, shape, stride, offset, [content(rng, dtype, n)])


def some_shape(rng):
    rank = rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5))
    shape = [rng.choice((0, 1, 1, 2, 3, 4, 5)) for _ in range(rank)]
    if rank and rng.random() < 0.06:
        shape = [min(n, 2) for n in shape]
        shape[rng.randrange(rank)] = rng.choice((17, 64, 300, 1025, 5000, 70000))
    return shape


def some_dtype(rng):
    return rng.choice(COMMON if rng.random() < 0.7 else DTYPES)


def some_tensor(rng):
    return None if rng.random() < 0.08 else laid(rng, some_dtype(rng), some_shape(rng))


def some_int(rng):
    return rng.choice(INTS) if rng.random() < 0.6 else rng.randint(-3, 6)


def some_scalar(rng):
    kind = rng.random()
    if kind < 0.5:
        return some_int(rng)
    if kind < 0.7:
        return rng.choice(FLOATS)
    if kind < 0.78:
        return rng.random() < 0.5
    if kind < 0.83:
        return None
    if kind < 0.86:
        return complex(rng.choice(FLOATS), rng.choice(FLOATS))
    return tuple(some_int(rng) for _ in range(rng.randrange(7)))


# ---- recorded calls ----
def more_calls():
    """Functions that reach kernels which the samples do not."""
    F, x, w = torch.nn.functional, torch.rand(2, 3, 4), torch.tensor([[0, 2, 1], [3, 0, 2]])
    yield lambda: (torch.binomial(x * 9, x), torch.poisson(x * 30), torch.randperm(7), torch._standard_gamma(x))
    yield lambda: torch.set_rng_state(torch.get_rng_state())
    for mode in ("max", "sum", "mean"):
        rows = torch.rand(4, 5, requires_grad=True)
        yield lambda: F.embedding_bag(w, rows, mode=mode, padding_idx=2).sum().backward()
    for shape in ((1, 2, 3, 8), (2, 1, 40, 16)):
        for given in ({}, {"is_causal": True}, {"attn_mask": torch.rand(shape[2], shape[2])}):
            three = [torch.rand(shape, requires_grad=True) for _ in range(3)]
            yield lambda: F.scaled_dot_product_attention(*three, **given).sum().backward()
    yield lambda: F.dropout(x.clone().requires_grad_(), 0.3).sum().backward()
    yield lambda: (torch.repeat_interleave(w[0]), torch.bernoulli(x), F.prelu(x, x[0, 0, :3]))


def recorded(each=16):
    """{kernel: calls} seen while samples are replayed; kept in a file, since this takes a quarter of a minute."""
    from tests.parity import replay

    here = pathlib.Path(__file__).resolve()
    samples, cache = here.with_name("parity") / "samples.zip", here.parents[1] / "build" / f"kernel_calls_{each}.pickle"
    if cache.exists() and cache.stat().st_mtime > max(samples.stat().st_mtime, here.stat().st_mtime):
        return pickle.loads(cache.read_bytes())
    names, calls, call = {_C.kernel_id(n): n for n in _C.kernel_names()}, {}, _C.call

    def watched(number, tensors, scalars):
        kept = calls.setdefault(names[number], {})
        form = tuple(None if t is None else (t._dtype_code, t.ndim) for t in tensors), tuple(map(type, scalars))
        small = all(t is None or t.untyped_storage().nbytes() <= 1 << 16 for t in tensors)
        if form not in kept and len(kept) < each and small:
            storages = {}
            kept[form] = [None if t is None else copied(t, storages) for t in tensors], [plain(s) for s in scalars]
        return call(number, tensors, scalars)

    def copied(t, storages):
        place = t.untyped_storage()
        data = storages.setdefault(place.data_ptr(), [bytes(place.tolist())])
        return Made(BY_CODE[t._dtype_code], t.shape, t.stride(), t.storage_offset(), data)

    def plain(s):
        if isinstance(s, (tuple, list)):
            return tuple(map(int, s))
        return s if s is None or isinstance(s, (bool, int, float, complex)) else float(s)

    _C.call = watched
    try:
        for row in replay.load().rows:
            replay.checks(row, only=("forward", "grad", "second"))
        for function in more_calls():
            replay.guarded(function)
    finally:
        _C.call = call
    found = {name: list(kept.values()) for name, kept in sorted(calls.items())}
    cache.parent.mkdir(exist_ok=True)
    made = cache.with_suffix(f".{os.getpid()}")
    made.write_bytes(pickle.dumps(found))
    made.replace(cache)
    return pickle.loads(cache.read_bytes())


# ---- calls ----
def changed_tensor(rng, tensors, at):
    """Another operand in place of operand `at`."""
    t, kind = tensors[at], rng.random()
    if t is None or kind < 0.08:
        return some_tensor(rng)
    if kind < 0.14:
        return None
    if kind < 0.3:
        return laid(rng, some_dtype(rng), t.shape)
    if kind < 0.62:
        shape = list(t.shape)
        d = rng.randrange(len(shape) + 1)
        if kind < 0.38 or d == len(shape):
            shape.insert(d, rng.choice((0, 1, 2, 3)))
        elif kind < 0.44:
            del shape[d]
        elif kind < 0.5:
            shape[d] = rng.choice((0, 1, 2, 3, 300))
        else:
            shape[d] = max(0, shape[d] + rng.choice((-1, 1, 1)))
        return laid(rng, t.dtype, shape if numpy.prod(shape) < 1 << 20 else t.shape, rng.choice(("dense", None)))
    if kind < 0.85 or len(tensors) < 2:
        return laid(rng, t.dtype, t.shape, rng.choice(("dense", None)))
    other = rng.choice(tensors)  # the same memory seen once more
    if other is None or extent(t.shape, dense(t.shape)) * t.dtype.itemsize > len(other.data[0]):
        return other
    return Made(t.dtype, t.shape, dense(t.shape), 0, other.data)


def changed_scalar(rng, s):
    kind = rng.random()
    if isinstance(s, tuple) and kind < 0.7:
        s = list(s)
        if kind < 0.1 or not s:
            s.insert(rng.randrange(len(s) + 1), some_int(rng))
        elif kind < 0.2:
            del s[rng.randrange(len(s))]
        else:
            d = rng.randrange(len(s))
            s[d] = s[d] + rng.choice((-1, 1)) if kind < 0.4 else some_int(rng)
        return tuple(s)
    if type(s) is int and kind < 0.4:
        return s + rng.choice((-1, 1, 2))
    if type(s) is int and kind < 0.7:
        return some_int(rng)
    return some_scalar(rng)


def near(rng, calls, name):
    tensors, scalars = rng.choice(calls[name])
    tensors, scalars = list(tensors), list(scalars)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        kind = rng.random()
        if scalars and kind < 0.45:
            at = rng.randrange(len(scalars))
            if kind < 0.04:
                del scalars[at]
            else:
                scalars[at] = changed_scalar(rng, scalars[at])
        elif kind < 0.5:
            scalars.append(some_scalar(rng))
        elif kind < 0.54:
            tensors.append(some_tensor(rng))
        elif kind < 0.58 and tensors:
            del tensors[rng.randrange(len(tensors))]
        elif tensors:
            at = rng.randrange(len(tensors))
            tensors[at] = changed_tensor(rng, tensors, at)
    return tensors, scalars


def alike(rng):
    """Operands of one shape (some broadcast to it), the dtype to compute in, attributes."""
    shape, dtype = some_shape(rng), some_dtype(rng)
    tensors = []
    for k in range(rng.randint(1, 5)):
        own = [1 if k and rng.random() < 0.1 else n for n in shape][rng.choice((0, 0, 0, 0, 1)) if k else 0 :]
        tensors.append(laid(rng, dtype if rng.random() < 0.7 else some_dtype(rng), own))
    scalars = [CODE[dtype] if rng.random() < 0.85 else some_scalar(rng)] if rng.random() < 0.85 else []
    scalars += [some_scalar(rng) for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))]
    return tensors, scalars


def some_call(seed, index, names, calls):
    """(kernel, tensors to be, scalars) number `index` of a seed."""
    rng = random.Random(f"{seed}:{index}")
    name, kind = rng.choice(names), rng.random()
    if name in calls and kind < 0.8:
        return name, *near(rng, calls, name)
    if kind < 0.75:
        return name, *alike(rng)
    tensors = [some_tensor(rng) for _ in range(rng.randrange(9))]
    return name, tensors, [some_scalar(rng) for _ in range(rng.randrange(9))]


class Storages:
    """Tensors of a call in memory, and whether what lies around them stayed as it was."""

    def __init__(self, tensors):
        self.places, self.tensors = {}, []
        for t in tensors:
            self.tensors.append(None if t is None else self.tensor(t))

    def tensor(self, t):
        place = self.places.get(id(t.data))
        if place is None:
            data = t.data[0]
            margin = MARGIN * b"\xa5"
            whole = torch.frombuffer(bytearray(margin + data + margin or b"\0"), dtype=torch.uint8).clone()
            place = self.places[id(t.data)] = (whole, numpy.zeros(whole.numel(), bool), t.data)
        width, offset = t.dtype.itemsize, t.offset + MARGIN // t.dtype.itemsize
        if 0 not in t.shape:
            own, steps = place[1][offset * width :], (*(s * width for s in t.stride), 1)
            numpy.lib.stride_tricks.as_strided(own, (*t.shape, width), steps)[...] = True
        return torch.empty(0, dtype=t.dtype).set_(place[0].untyped_storage(), offset, t.shape, t.stride)

    def snapshot(self):
        self.before = [w.numpy().copy() for w, _, _ in self.places.values()] if MARGIN else []

    def spilled(self):
        return any(((w.numpy() != b) & ~m).any() for b, (w, m, _) in zip(self.before, self.places.values()))


def perform(name, tensors, scalars):
    """Make and run a call: None, or the exception it ended in. SystemError when it wrote outside."""
    made, error = Storages(tensors), None
    made.snapshot()
    try:
        _C.call(_C.kernel_id(name), tuple(made.tensors), tuple(scalars))
    except (RuntimeError, IndexError, TypeError, ValueError, NotImplementedError, OverflowError, MemoryError) as e:
        error = e
    if made.spilled():
        raise SystemError("written outside its tensors")
    return error


def text(name, tensors, scalars, values=False):
    shown = [repr(t) + (" = " + t.values() if values and t else "") for t in tensors]
    return f"{name}({', '.join(shown)}; {', '.join(map(repr, scalars))})"


# ---- children ----
class Batch:
    """Calls [begin, end) in a forked child; afterwards `died` is the number of the call in which it ended, and how."""

    def __init__(self, seed, names, calls, begin, end, log):
        shared = mmap.mmap(-1, 64)  # number of the call being made, and counts of what came of them
        self.died = None
        pid = os.fork()
        if not pid:
            self.child(seed, names, calls, begin, end, shared, log)
        last, since = None, time.monotonic()
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            now = struct.unpack_from("q", shared)[0]
            if done:
                break
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > STALL:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                self.died = (now, f"no answer in {STALL} s")
                break
            time.sleep(0.005)
        self.counts = struct.unpack_from("2q", shared, 8)
        if self.died is None and status:
            code = os.waitstatus_to_exitcode(status)
            told = "written outside its tensors" if code == 77 else f"exit {code}"
            self.died = (now, signal.Signals(-code).name if code < 0 else told)

    @staticmethod
    def child(seed, names, calls, begin, end, shared, log):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.dup2(2, 1)
        faulthandler.enable()
        if not SANITIZED:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        good = 0
        for index in range(begin, end):
            name, tensors, scalars = some_call(seed, index, names, calls)
            struct.pack_into("q", shared, 0, index)
            try:
                good += perform(name, tensors, scalars) is None
            except SystemError:
                os._exit(77)
            struct.pack_into("2q", shared, 8, index - begin + 1, good)
        os._exit(0)


def reason(log):
    """The sanitizer's last word, if it had one."""
    lines = pathlib.Path(log).read_text(errors="replace").splitlines()
    marks = ("runtime error", "ERROR: AddressSanitizer", "SUMMARY", "terminate called", "what()")
    wanted = [line for line in lines if any(m in line for m in marks)]
    frames = [line.strip() for line in lines if line.lstrip().startswith("#") and "kernels/" in line][:3]
    return " | ".join([*wanted[:2], *frames])


def fuzz(seed, seconds, kernels, show=print, limit=None):
    """Calls of a seed for some seconds, or the first `limit`: (how many, how many that computed, findings as texts)."""
    calls, names = recorded(), chosen(kernels)
    log = f"/tmp/kernel_fuzz.{os.getpid()}.log"
    end, begin, made, good, findings = time.monotonic() + seconds, 0, 0, 0, []
    while time.monotonic() < end and (limit is None or begin < limit):
        last = begin + BATCH if limit is None else min(limit, begin + BATCH)
        batch = Batch(seed, names, calls, begin, last, log)
        made, good = made + batch.counts[0], good + batch.counts[1]
        if not batch.died:
            begin = last
            continue
        at, how = batch.died
        why, first = reason(log), at
        while first > begin and not Batch(seed, names, calls, first, at + 1, log).died:
            first -= 1  # an earlier call of the batch broke something
        which = f"--seed {seed}{f' --kernels {kernels}' if kernels else ''} --only {first}"
        which += "" if first == at else f" (to {at})"
        line = f"{which}: {how}: {text(*some_call(seed, first, names, calls))} {why}"
        findings.append(line)
        if show:
            show(line, flush=True)
        begin = at + 1
    pathlib.Path(log).unlink(missing_ok=True)
    return made, good, findings


def chosen(kernels=None):
    """Sorted names of kernels; of those in which a part of `kernels` (by commas; =name for one alone) occurs."""
    parts = [p for p in (kernels or "").split(",") if p]
    wanted = lambda n: any(n == p[1:] if p[0] == "=" else p in n for p in parts)
    return [n for n in sorted(_C.kernel_names()) if not parts or wanted(n)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--kernels", help="parts of names; =name for exactly one")
    parser.add_argument("--only", type=int, help="run this call alone, in this process, and show it")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.only is not None:
        call = some_call(given.seed, given.only, chosen(given.kernels), recorded())
        print(text(*call, values=True), flush=True)
        faulthandler.enable()
        print(repr(perform(*call)))
        return
    made, good, findings = fuzz(given.seed, given.seconds, given.kernels)
    print(f"{made} calls of {len(chosen(given.kernels))} kernels, {good} computed, {len(findings)} findings")
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
