"""Records samples from the real PyTorch (run under the oracle): python tests/parity/record.py [--seed 4711] [--samples
3] [--out FILE]

For every operator of PyTorch's own test list and a few samples per dtype: arguments, results with their strides,
gradients
of first and second order, which results are views; whether the method, the in-place form, out= and meta tensors do the
same; the strides of results when the arguments lie in memory in other orders; wrong calls with the class of their
error.
Then modules and optimizers. What has no form on disk is counted in the header, with the reason.
"""
import argparse
import collections
import math
import pathlib
import sys
import types
import warnings
import zipfile
import zlib

import codec
import layouts
import torch
from torch.testing._internal import common_device_type
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import DecorateInfo

# shares of --samples; the first row of a dtype that an operator has is the one that is never left out
SHARES = {torch.float32: 2.0, torch.float64: 1.0, torch.int64: 0.7, torch.bfloat16: 0.5, torch.float16: 0.5,
          torch.bool: 0.5, torch.complex64: 0.5, torch.int32: 0.3, torch.complex128: 0.3,
          torch.uint8: 0.3, torch.int8: 0.3, torch.int16: 0.3}
DIFFERENTIABLE = (torch.float32, torch.float64, torch.complex64)
WIDER = {torch.float16: torch.float32, torch.bfloat16: torch.float32, torch.float32: torch.float64,
         torch.complex64: torch.complex128}
MOST_ELEMENTS = 2500
# The samples of these carry the arguments in another order than the function takes them: positions in the sample.
POSITIONS = {"polygamma": (1, 0), "special.polygamma": (1, 0), "einsum": (1, 0), "nn.functional.embedding": (1, 0),
             "where": (1, 0, 2)}
# Everything a call may raise: what makes a sample unusable is counted, never fatal.
FAILURES = (codec.Unsupported, RuntimeError, NotImplementedError, TypeError, ValueError, IndexError, AssertionError,
            AttributeError, KeyError)


def resolve(name):
    """torch.<name> or Tensor.<name>, whichever can be called; an attribute as a function."""
    if isinstance(getattr(torch.Tensor, name, None), types.GetSetDescriptorType):
        return lambda t: getattr(t, name)
    for found in (torch, torch.Tensor):
        for part in name.split("."):
            found = getattr(found, part, None)
        if callable(found):
            return found
    return None


def tensors(value):
    """Tensors in nested values."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for v in value:
            yield from tensors(v)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def mapped(function, value):
    """Nested values with every tensor replaced."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, (list, tuple)):
        return type(value)(*(mapped(function, v)
                             for v in value)) if hasattr(value,
                                                         "_fields") else type(value)(mapped(function, v) for v in value)
    return {k: mapped(function, v) for k, v in value.items()} if isinstance(value, dict) else value


def fresh(value):
    """Copies with the same strides, as leaves."""
    return mapped(lambda t: layouts.copy(torch, t.detach()).requires_grad_(t.requires_grad), value)


def run(function, args, kwargs, seed=0):
    torch.manual_seed(seed)
    return function(*args, **kwargs)


def same(a, b):
    """Whether two lists of tensors agree in all but strides."""
    return (len(a) == len(b)
            and all(x.shape == y.shape and x.dtype == y.dtype
                    and torch.equal(torch.nan_to_num(x.detach()), torch.nan_to_num(y.detach())) for x, y in zip(a, b)))


def geometry(value):
    return [[list(t.shape), str(t.dtype), list(t.stride())] for t in tensors(value)]


def tolerances(op):
    """{dtype name: [relative, absolute]} where the operator's own tests are looser than the default."""
    found = {}
    for d in op.decorators:
        if isinstance(d, DecorateInfo) and d.device_type in (None, "cpu"):
            for inner in d.decorators:
                if isinstance(inner, common_device_type.toleranceOverride):
                    for dtype, t in inner.d.items():
                        old = found.get(str(dtype).removeprefix("torch."), [0, 0])
                        found[str(dtype).removeprefix("torch.")] = [max(old[0], t.rtol), max(old[1], t.atol)]
    return found


class Recorder:
    """Writes rows; `why` counts what could not be recorded."""

    def __init__(self, seed, samples):
        self.seed, self.samples, self.writer, self.why = seed, samples, codec.Writer(torch), collections.Counter()

    def attempt(self, what, function):
        """A row or None; tensors of a failed one are forgotten."""
        mark = self.writer.mark()
        try:
            row = function()
        except FAILURES as error:
            row = None
            self.why[f"{what}: {type(error).__name__}"] += 1
        if row is None:
            self.writer.rollback(mark)
        else:
            self.writer.index.append(row)
        return row

    # ---- operators ----
    def operator(self, op, function, dtype):
        """Rows of one operator and dtype; how many."""
        torch.manual_seed(zlib.crc32(f"{self.seed}{op.name}{op.variant_test_name}{dtype}".encode()))
        count = max(1, round(self.samples * SHARES[dtype] * (1 if op.variant_test_name == "" else 0.5)))
        differentiable = dtype in DIFFERENTIABLE and op.supports_autograd and dtype in op.supported_backward_dtypes(
            "cpu") and not op.name.endswith("_")
        pools = [list(op.sample_inputs("cpu", dtype, requires_grad=differentiable)), []]
        if self.samples > 3:
            try:
                pools[1] = [s for _,
                            s in zip(range(500), op.reference_inputs("cpu", dtype, requires_grad=differentiable))]
            except FAILURES as error:  # some lists cannot be made for every dtype
                self.why[f"{op.name} reference inputs: {type(error).__name__}"] += 1
        done = 0
        for n, pool in zip((count, count // 3), pools):
            got = 0
            order = [pool[i] for i in torch.randperm(len(pool)).tolist()]
            for sample in order[: 3 * n + 4]:
                if got >= n:
                    break
                row = self.attempt(f"{op.name} {str(dtype)[6:]}", lambda: self.sample(op, function, dtype, sample, got))
                got += row is not None
            done += got
        return done

    @staticmethod
    def arguments(op, sample):
        """(args, kwargs) in the function's own order."""
        args = (sample.input, *sample.args)
        order = POSITIONS.get(op.name, ())
        return (*(args[i] for i in order), *args[len(order):]), dict(sample.kwargs)

    def sample(self, op, function, dtype, sample, index):
        """One row, or None when the sample is too large."""
        args, kwargs = self.arguments(op, sample)
        if sum(t.numel() for t in tensors([args, kwargs])) > MOST_ELEMENTS:
            return None
        row = {"op": op.name, "dtype": str(dtype).removeprefix("torch."), "args": self.writer.encode(args),
               "kwargs": self.writer.encode(kwargs)}
        given = list(tensors([args, kwargs]))
        result = run(function, args, kwargs)
        outputs = list(tensors(result))
        if sum(t.numel() for t in outputs) > MOST_ELEMENTS * 2:
            return None
        args, kwargs = fresh(args), fresh(kwargs)
        given = list(tensors([args, kwargs]))
        result = run(function, args, kwargs)
        outputs = list(tensors(result))
        row["result"] = self.writer.encode(result)
        random = not same(list(tensors(run(function, fresh(args), fresh(kwargs), 1))), outputs)
        if random:
            row["random"] = 1
        if tolerances(op).get(row["dtype"]):
            row["tolerance"] = tolerances(op)[row["dtype"]]
        with torch.no_grad():
            aliases = [any(o.untyped_storage().data_ptr() == t.untyped_storage().data_ptr() != 0 for t in given)
                       for o in outputs]
            if any(aliases):
                row["views"] = [int(a) for a in aliases]
        noise = [self.noise(function, args, kwargs, dtype, outputs)]
        leaves = [t for t in given if t.requires_grad]
        roots = [t for t in outputs if t.requires_grad]
        if leaves and roots and not random:
            second = op.supports_gradgrad and dtype is torch.float64
            cotangents = [torch.randn_like(t).contiguous().requires_grad_(second) for t in roots]
            grads = torch.autograd.grad(roots, leaves, cotangents, allow_unused=True, create_graph=second,
                                        retain_graph=True)
            row["cotangents"], row["grads"] = self.writer.encode([c.detach() for c in cotangents]), self.writer.encode(
                [None if g is None else g.detach() for g in grads])
            noise.append(self.noise(function, args, kwargs, dtype, [g for g in grads if g is not None], cotangents))
            if second:
                self.second(row, grads, leaves, cotangents)
        noise = [n for n in noise if n]
        if noise:
            row["noise"] = max(noise)
        self.forms(row, op, fresh(args), fresh(kwargs), outputs, random)
        if not random and not op.name.endswith("_"):
            self.orders(row, function, args, kwargs, index)
        return row

    def second(self, row, grads, leaves, cotangents):
        """Gradients of the gradients, to the arguments and the cotangents."""
        roots = [g for g in grads if g is not None and g.requires_grad]
        if not roots:
            return
        try:
            again = [torch.randn_like(g).contiguous() for g in roots]
            found = torch.autograd.grad(roots, [*leaves, *cotangents], again, allow_unused=True)
        except (RuntimeError, NotImplementedError):
            return
        row["cotangents2"], row["grads2"] = self.writer.encode(again), self.writer.encode(
            [None if g is None else g.detach() for g in found])

    def noise(self, function, args, kwargs, dtype, outputs, cotangents=None):
        """How many tolerances the reference's own result is away from that of the next wider dtype (at most 64), or
        None."""
        if dtype not in WIDER:
            return None
        def widened(t):
            return t.detach().to(WIDER[dtype] if t.dtype is dtype else t.dtype).requires_grad_(t.requires_grad)

        worst = 0.0
        try:
            given = mapped(widened, [args, kwargs])
            exact = list(tensors(run(function, *given)))
            if cotangents is not None:
                leaves, roots = [t for t in tensors(given) if t.requires_grad], [t for t in exact if t.requires_grad]
                exact = [g
                         for g in torch.autograd.grad(roots, leaves,
                                                      [c.detach().to(r.dtype) for c,
                                                       r in zip(cotangents, roots, strict=True)], allow_unused=True)
                                                       if g is not None]
            for have, want in zip(outputs, exact, strict=True):
                have = have.detach()
                if not (have.is_floating_point() or have.is_complex()) or not have.numel() or have.shape != want.shape:
                    continue
                relative, absolute = {torch.bfloat16: (1.6e-2, 1e-5),
                                      torch.float16: (1e-3, 1e-5)}.get(have.dtype, (1.3e-6, 1e-5))
                away = (have.to(want.dtype) - want).abs() / (absolute + relative * want.abs())
                away = torch.nan_to_num(away.detach(), 0.0, 0.0, 0.0)
                worst = max(worst, float(away.max()))
        except FAILURES:
            return None
        return min(64, math.ceil(worst)) if worst > 1 else None

    def forms(self, row, op, args, kwargs, outputs, random):
        """Whether the method, the in-place form, out= and meta tensors do as the function does: 1, or the class of the
        error."""

        def form(name, function, accept=()):
            try:
                row[name] = int(function())
            except FAILURES as error:
                row[name] = type(error).__name__
            if not row[name] or row[name] in accept:
                del row[name]

        name = op.name.rpartition(".")[2]
        plain = [t.detach() for t in outputs]
        agree = (lambda found: geometry(found)
                 == geometry(plain)) if random else (lambda found: same(list(tensors(found)), plain))
        with torch.no_grad():
            if isinstance(args[0],
                          torch.Tensor) and "." not in op.name and callable(
                              getattr(torch.Tensor, name,
                                      None)) and resolve(op.name) is not getattr(torch.Tensor, name):
                form("method", lambda: agree(run(getattr(args[0], name), args[1:], kwargs)), ("TypeError",))
            if isinstance(args[0],
                          torch.Tensor) and op.inplace_variant and callable(getattr(torch.Tensor, name + "_", None)):
                def in_place():
                    first = layouts.copy(torch, args[0].detach())
                    before = first.stride(), first.data_ptr()
                    back = run(getattr(first, name + "_"), args[1:], kwargs)
                    if back is not first or not (
                        random or (first.shape == plain[0].shape and same([first], [plain[0].to(first.dtype)]))
                    ):
                        return 0
                    return 1 if (first.stride(), first.data_ptr()) == before else 2  # 2: with other geometry

                form("inplace", in_place, ("TypeError",))
            if op.supports_out and plain and "out" not in kwargs:
                def out():
                    targets = [torch.empty(0, dtype=t.dtype) for t in plain]
                    run(resolve(op.name), args,
                        {**kwargs, "out": targets[0] if len(targets) == 1 and isinstance(outputs, list)
                         and not self.many(row) else tuple(targets)})
                    return agree(targets)

                form("out", out, ("TypeError",))
        given = mapped(lambda t: layouts.to_meta(torch, t), [args, kwargs])
        if given[1].get("device") is not None or not list(tensors(given)):
            given[1]["device"] = "meta"
        form("meta", lambda: (run(resolve(op.name), *given), 1)[1])

    @staticmethod
    def many(row):
        return isinstance(row["result"], dict) and ("u" in row["result"] or "l" in row["result"])

    def orders(self, row, function, args, kwargs, index):
        """Strides of the results for arguments that lie otherwise in memory; no values, they are the same."""
        found = {}
        for order in layouts.ORDERS:
            moved = mapped(lambda t: layouts.laid(torch, t.detach(), order), [args, kwargs])
            if [t.stride() for t in tensors(moved)] == [t.stride() for t in tensors([args, kwargs])]:
                continue
            try:
                with torch.no_grad():
                    found[order] = [list(t.stride()) for t in tensors(run(function, *moved))]
            except FAILURES:
                continue
        if found:
            row["orders"] = found

    def errors(self, op, function, most):
        """Wrong calls of the operator's own list."""
        if op.error_inputs_func is None:
            return
        for i, wrong in enumerate(op.error_inputs("cpu")):
            if i >= most:
                break
            self.attempt(f"{op.name} errors", lambda: self.error(op, function, wrong.sample_input))

    def error(self, op, function, sample):
        args, kwargs = self.arguments(op, sample)
        if sum(t.numel() for t in tensors([args, kwargs])) > MOST_ELEMENTS:
            return None
        places = [t.untyped_storage().data_ptr() for t in tensors([args, kwargs]) if t.numel()]
        if len(set(places)) < len(places):
            raise codec.Unsupported("shared memory")  # the copies on disk share none
        row = {"op": op.name, "dtype": "error", "args": self.writer.encode(args), "kwargs": self.writer.encode(kwargs)}
        try:
            run(function, args, kwargs)
        except FAILURES as error:
            return {**row, "error": type(error).__name__}
        return None

    # ---- modules and optimizers ----
    def module(self, info, dtype, training, most):
        """Rows of one module class."""
        torch.manual_seed(zlib.crc32(f"{self.seed}{info.name}{dtype}{training}".encode()))
        for i, given in enumerate(
            info.module_inputs_func(info, device="cpu", dtype=dtype, requires_grad=True, training=training)
        ):
            if i >= most:
                break
            if given.forward_input is not None:
                self.attempt(info.name, lambda: self.one_module(info, given, dtype, training))

    def one_module(self, info, given, dtype, training):
        made, called = given.constructor_input, given.forward_input
        if info.module_cls.__name__.startswith("Lazy"):
            return None
        module = info.module_cls(*made.args, **made.kwargs)
        module.train(training)
        args, kwargs = fresh(called.args), fresh(dict(called.kwargs))
        if sum(t.numel() for t in tensors([args, kwargs, list(module.parameters())])) > 2 * MOST_ELEMENTS:
            return None
        row = {
            "module": f"nn.{info.module_cls.__name__}",
            "dtype": str(dtype).removeprefix("torch."),
            "training": training,
            "init_args": self.writer.encode(made.args),
            "init": self.writer.encode(dict(made.kwargs)),
            "state": self.writer.encode(dict(module.state_dict())),
            "args": self.writer.encode(args),
            "kwargs": self.writer.encode(kwargs),
        }
        result = run(module, args, kwargs)
        row["result"], row["after"] = self.writer.encode(result), self.writer.encode(dict(module.state_dict()))
        if not same(list(tensors(run(module, args, kwargs, 1))), list(tensors(result))) and training:
            row["random"] = 1
        leaves = [t for t in tensors([args, kwargs])
                  if t.requires_grad] + [p for p in module.parameters() if p.requires_grad]
        roots = [t for t in tensors(result) if t.requires_grad]
        if leaves and roots and "random" not in row:
            cotangents = [torch.randn_like(t) for t in roots]
            grads = torch.autograd.grad(roots, leaves, cotangents, allow_unused=True)
            row["cotangents"], row["grads"] = self.writer.encode(cotangents), self.writer.encode(list(grads))
        return row

    def optimizer(self, info, dtype):
        """Three steps of every choice of arguments."""
        torch.manual_seed(zlib.crc32(f"{self.seed}{info.optim_cls.__name__}".encode()))
        for given in info.optim_inputs_func(device="cpu", dtype=dtype):
            self.attempt(info.optim_cls.__name__, lambda: self.one_optimizer(info, dict(given.kwargs), dtype))

    def one_optimizer(self, info, kwargs, dtype):
        shapes = ((3, 2), (4, 3)) if info.optim_cls.__name__ == "Muon" else ((3, 2), (5,), ())
        params = [torch.randn(s, dtype=dtype).requires_grad_() for s in shapes]
        row = {"optimizer": info.optim_cls.__name__, "dtype": str(dtype).removeprefix("torch."),
               "kwargs": self.writer.encode(kwargs), "params": self.writer.encode([p.detach().clone() for p in params])}
        chosen, steps, after = info.optim_cls(params, **kwargs), [], []
        for _ in range(3):
            grads = [torch.randn_like(p) for p in params]
            for p, g in zip(params, grads):
                p.grad = g.clone()
            chosen.step((lambda: torch.tensor(1.0)) if info.optim_cls.__name__ == "LBFGS" else None)
            steps.append(grads)
            after.append([p.detach().clone() for p in params])
        row["steps"], row["after"] = self.writer.encode(steps), self.writer.encode(after)
        row["keys"] = sorted({k for s in chosen.state_dict()["state"].values() if isinstance(s, dict) for k in s}
                             | {"group." + k for k in chosen.state_dict()["param_groups"][0]})
        return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=4711)
    parser.add_argument("--samples", type=float, default=3,
                        help="samples of float32 are twice this number, others fewer; above 3 reference inputs too")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).with_name("samples.zip"))
    parser.add_argument("--ops", default="", help="only operators with this in their name")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    recorder, without = Recorder(given.seed, given.samples), []
    for op in op_db:
        # random fills are listed without their underscore
        op.name += "_" if resolve(op.name) is None and resolve(op.name + "_") else ""
        function = resolve(op.name)
        got = 0
        if (
            given.ops not in op.name
            or (op.name.startswith("_") and not op.name.startswith("__"))
            or op.name.startswith(("ops.", "jiterator"))
        ):
            continue
        if function is not None:
            for dtype in SHARES:
                if dtype in op.supported_dtypes("cpu"):
                    got += recorder.operator(op, function, dtype)
            recorder.errors(op, function, 2 * given.samples)
        if not got:
            without.append(op.formatted_name)
    if not given.ops:
        from torch.testing._internal.common_modules import module_db
        from torch.testing._internal.common_optimizers import optim_db

        for info in module_db:
            for training in (True, False):
                recorder.module(info, torch.float32, training, 2 * given.samples)
        for info in optim_db:
            recorder.optimizer(info, torch.float32)
    recorder.writer.save(given.out, zipfile.ZIP_LZMA if given.samples <= 3 else zipfile.ZIP_DEFLATED,
                         torch=torch.__version__, seed=given.seed, left_out=without, why=dict(recorder.why))
    rows = recorder.writer.index
    print(
        f"{len(rows)} samples of {len({r['op'] for r in rows if 'op' in r})} operators, "
        f"{len({r['module'] for r in rows if 'module' in r})} modules, "
        f"{len({r['optimizer'] for r in rows if 'optimizer' in r})} optimizers; {given.out.stat().st_size / 2**20:.1f} "
        f"MiB; operators left out: {len(without)}"
    )


if __name__ == "__main__":
    sys.exit(main())
