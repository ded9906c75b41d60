"""Runs a script until its N-th optimiser step and writes a digest of what every operator gave, forward and backward.

    python recorder.py [--steps N] [--out FILE] [--only-run] SCRIPT [ARGUMENTS]

It stands alone: it needs `torch`, this one or PyTorch's, and NumPy, so that it can be copied to where PyTorch is. A
digest is four numbers whatever the tensor's size: its length as a vector, the sums of its elements by two fixed
patterns of signs, and how many of them are not finite. Of tensors that differ by rounding the digests differ by
rounding."""
import argparse
import json
import os
import runpy
import sys
import weakref

import numpy

_SIZE = 1 << 16
_SIGNS = [numpy.where(numpy.random.RandomState(seed).rand(_SIZE) < 0.5, numpy.float32(-1), numpy.float32(1))
          for seed in (1, 2)]
_SIGNS = [s.astype(numpy.float32) for s in _SIGNS]
_QUIET = frozenset("""__get__ __set__ __delete__ size dim numel stride is_contiguous is_floating_point is_complex
    element_size data_ptr storage_offset __len__ __repr__ __format__ item tolist numpy __bool__ __int__ __float__
    __index__ __hash__ get_device nelement register_hook requires_grad_ is_same_size untyped_storage storage backward
    __setstate__ __reduce_ex__ __deepcopy__ retain_grad _version is_tensor is_storage type_as_string
    empty empty_like empty_strided new_empty empty_permuted
    """.split())
_HERE = os.path.dirname(os.path.abspath(__file__))


_RANDOM = frozenset("""dropout dropout_ dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout
    feature_dropout scaled_dot_product_attention""".split())


def undrawn(name, args, kwargs):
    """Arguments of a call that drops elements, changed so that it drops none."""
    if name == "scaled_dot_product_attention":
        return (*args[:4], *([0.0] if len(args) > 4 else []), *args[5:]), {
            k: 0.0 if k == "dropout_p" else v for k, v in kwargs.items()}
    if len(args) > 1:
        return (args[0], 0.0, *args[2:]), kwargs
    return args, dict(kwargs, p=0.0)


class Enough(BaseException):
    """The wanted number of steps was done: not an error that a script should catch."""


def digest(t):
    """[dtype, shape, length, two sums, not finite] of a tensor."""
    t = t.detach()
    dtype, shape = str(t.dtype).rpartition(".")[2], list(t.shape)
    if t.device.type == "meta" or getattr(t, "layout", None) is not None and "strided" not in str(t.layout):
        return [dtype, shape, 0.0, 0.0, 0.0, 0]
    if dtype == "bfloat16" or dtype.startswith("float8"):
        t = t.float()
    if t.device.type != "cpu":
        t = t.cpu()
    a = numpy.asarray(t.resolve_conj().numpy() if t.is_complex() else t.numpy())
    if a.dtype.kind == "c":
        a = numpy.ascontiguousarray(a).view(a.real.dtype)
    a = a.reshape(-1) if a.flags.c_contiguous else numpy.ascontiguousarray(a).reshape(-1)
    if a.dtype.kind in "biu":
        exact = a.astype(numpy.int64, copy=False)
        signs = numpy.resize(_SIGNS[0], exact.size) if exact.size > _SIZE else _SIGNS[0][:exact.size]
        return [dtype, shape, float(numpy.abs(exact.astype(numpy.float64)).sum()), float(exact @ signs.astype(
            numpy.int64)), float((exact * numpy.arange(1, exact.size + 1)).sum() & 0xffffffffff), 0]
    if a.dtype == numpy.float16:
        a = a.astype(numpy.float32)
    square = first = second = 0.0
    for at in range(0, a.size, _SIZE):  # block by block: what is read stays in the cache
        block = a[at:at + _SIZE]
        square += float(numpy.dot(block, block))
        if block.dtype == numpy.float32 and block.size == _SIZE:
            first += float(numpy.dot(block, _SIGNS[0]))
            second += float(numpy.dot(block, _SIGNS[1]))
        else:
            first += float(numpy.dot(block, _SIGNS[0][:block.size]))
            second += float(numpy.dot(block, _SIGNS[1][:block.size]))
    odd = 0
    if not numpy.isfinite(square):
        finite = numpy.isfinite(a)
        odd = int(a.size - finite.sum())
        a = numpy.where(finite, a, 0).astype(numpy.float64)
        square, first = float(a @ a), float(a.sum())
        second = first
    return [dtype, shape, square ** 0.5, first, second, odd]


class Recorder:
    """What is written of a run: one JSON line an event."""

    def __init__(self, torch, out, steps, only_run):
        self.torch, self.out, self.steps, self.only_run = torch, out, steps, only_run
        self.step, self.count, self.made, self.leaves, self.names, self.stack = 0, 0, {}, {}, {}, []
        self.package = os.path.dirname(os.path.abspath(torch.__file__))
        self.busy, self.last_loss, self.still = False, None, False

    def write(self, **row):
        self.out.write(json.dumps(dict(row, s=self.step), separators=(",", ":")) + "\n")

    # ---- operators ----

    def tensors(self, value, depth=0):
        if isinstance(value, self.torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)) and depth < 3:
            for v in value:
                yield from self.tensors(v, depth + 1)
        elif isinstance(value, dict) and depth < 3:
            for v in value.values():
                yield from self.tensors(v, depth + 1)

    def came_from(self, t):
        """What a tensor is the result of: [event, number]; of a leaf its name and digest."""
        known = self.made.get(id(t))
        if known and known[0]() is t and known[3] == t._version:
            return [known[1], known[2]]
        key = (id(t), t._version, self.step)
        if key not in self.leaves:
            self.leaves[key] = digest(t)
        return [self.names.get(id(t), ""), self.leaves[key]]

    def place(self):
        frame = sys._getframe(2)
        while frame is not None:
            name = frame.f_code.co_filename
            if not name.startswith((self.package, _HERE, "<")):
                return f"{name}:{frame.f_lineno}"
            frame = frame.f_back
        return ""

    def operator(self, func, args, kwargs):
        name = getattr(func, "__name__", str(func))
        if name in _QUIET or self.busy:
            return func(*args, **kwargs)
        if self.still and name in _RANDOM:
            args, kwargs = undrawn(name, args, kwargs)
        given = list(self.tensors([args, kwargs]))
        before = [self.came_from(t) for t in given]
        result = func(*args, **kwargs)
        results = list(self.tensors(result))
        if not results and name.endswith("_"):
            results = given[:1]
        if not results or name == "__setitem__" and not given:
            return result
        index, self.count = self.count, self.count + 1
        self.write(e="f", i=index, op=name, m=self.stack[-1] if self.stack else "", at=self.place(), inputs=before,
                   out=[digest(t) for t in results])
        for k, t in enumerate(results):
            self.made[id(t)] = (weakref.ref(t), index, k, t._version)
            if any(t is g for g in given):
                continue  # changed in place: its gradient is seen where it was made
            if self.torch.is_grad_enabled() and t.requires_grad and not t.is_leaf:
                t.register_hook(self.hook(index, k))
        return result

    def hook(self, index, k):
        def gradient(g):
            if g is not None and not self.busy:
                self.busy = True
                try:
                    self.write(e="b", i=index, k=k, out=[digest(g)])
                finally:
                    self.busy = False

        return gradient

    # ---- modules, losses, steps ----

    def enter(self, module, args):
        if not self.stack:
            self.torch_names(module)
        self.stack.append(self.names.get(id(module), type(module).__name__))

    def leave(self, module, args, result):
        if self.stack:
            self.stack.pop()

    def torch_names(self, root):
        if id(root) in self.names:
            return
        for name, module in root.named_modules():
            self.names.setdefault(id(module), f"{name} ({type(module).__name__})" if name else type(module).__name__)
        for name, parameter in root.named_parameters():
            self.names[id(parameter)] = name

    def loss(self, tensors):
        found = list(self.tensors(tensors))
        mark = (self.step, self.count, id(found[0])) if found else None
        if found and not self.busy and mark != self.last_loss:
            self.last_loss = mark
            self.write(e="l", v=float(found[0].detach().float().sum().cpu()), of=self.came_from(found[0]))

    def weights(self, optimizer, kind):
        for group in optimizer.param_groups:
            for i, p in enumerate(group["params"]):
                t = p.grad if kind == "g" else p
                if t is not None:
                    self.write(e=kind, name=self.names.get(id(p), f"parameter {i}"), out=[digest(t)])

    def before_step(self, optimizer, args, kwargs):
        self.busy = True
        if not self.only_run:
            self.weights(optimizer, "g")

    def after_step(self, optimizer, args, kwargs):
        if not self.only_run:
            self.weights(optimizer, "w")
        self.busy = False
        self.step += 1
        self.made.clear()
        self.leaves.clear()
        self.out.flush()
        if self.step >= self.steps:
            raise Enough

    def install(self):
        """Hooks for modules, losses and steps; the mode that sees operators."""
        from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
        from torch.overrides import TorchFunctionMode

        torch, recorder = self.torch, self
        register_optimizer_step_pre_hook(self.before_step)
        register_optimizer_step_post_hook(self.after_step)
        inner, of_tensor = torch.autograd.backward, torch.Tensor.backward

        def backward(tensors, *args, **kwargs):
            recorder.loss(tensors)
            return inner(tensors, *args, **kwargs)

        def method(tensor, *args, **kwargs):
            recorder.loss(tensor)
            saved = torch.autograd.backward
            torch.autograd.backward = inner  # PyTorch's method calls it: the loss is written once
            try:
                return of_tensor(tensor, *args, **kwargs)
            finally:
                torch.autograd.backward = saved

        if self.only_run:
            return None
        torch.autograd.backward, torch.Tensor.backward = backward, method
        torch.nn.modules.module.register_module_forward_pre_hook(self.enter)
        torch.nn.modules.module.register_module_forward_hook(self.leave, always_call=True)

        class Watch(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                return recorder.operator(func, args, kwargs or {})

        return Watch()


def run(script, arguments):
    """The script as if it had been started by itself."""
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--out", default=os.devnull)
    parser.add_argument("--only-run", action="store_true", help="write nothing, stop after the steps")
    parser.add_argument("--move", metavar="DEVICE", help="move the outermost module, and what it is given, there")
    parser.add_argument("--no-dropout", action="store_true", help="drop nothing: devices draw numbers of their own")
    parser.add_argument("--compile", action="store_true", help="run the outermost module through torch.compile")
    parser.add_argument("script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(argv)
    if "mindtorch" in sys.modules or __spec__ is not None:
        import mindtorch  # noqa: F401  (takes the name torch)
    import torch

    path = options.out
    if os.environ.get("RANK") and path != os.devnull:  # a process of several
        path += "." + os.environ["RANK"]
    with open(path, "w", encoding="utf8") as out:
        recorder = Recorder(torch, out, options.steps, options.only_run)
        recorder.still = options.no_dropout
        mode = recorder.install()
        if options.compile:
            compiled(torch)
        if options.move:
            moved(torch, options.move)
        numpy.seterr(all="ignore")
        try:
            if mode is None:
                run(options.script, options.arguments)
            else:
                with mode:
                    run(options.script, options.arguments)
        except Enough:
            print(f"mindtorch: stopped after step {recorder.step}", file=sys.stderr)
        if hasattr(torch, "__mindtorch__") and torch.npu.is_available():
            recorder.write(e="d", launches=torch.npu.launches())
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def moved(torch, device):
    """The first module that is called outside of another one moves to the device, and what it is given."""
    plain, state = torch.nn.Module.__call__, {"inside": False, "done": set()}

    def across(value):
        if isinstance(value, torch.Tensor):
            return value.to(device)
        if isinstance(value, (list, tuple)):
            return type(value)(across(v) for v in value)
        return {k: across(v) for k, v in value.items()} if type(value) is dict else value

    def call(self, *args, **kwargs):
        if state["inside"]:
            return plain(self, *args, **kwargs)
        state["inside"] = True
        try:
            if id(self) not in state["done"]:
                self.to(device)
                state["done"].add(id(self))
            return plain(self, *across(args), **across(kwargs))
        finally:
            state["inside"] = False

    torch.nn.Module.__call__ = call


def compiled(torch):
    """The first module that is called outside of another one is captured and runs as what was captured."""
    plain = torch.nn.Module.__call__
    state = {"inside": False, "made": {}}

    def call(self, *args, **kwargs):
        if state["inside"]:
            return plain(self, *args, **kwargs)
        state["inside"] = True
        try:
            if id(self) not in state["made"]:
                state["made"][id(self)] = torch.compile(lambda *a, **k: plain(self, *a, **k),
                                                        backend=lambda graph, inputs: graph.forward)
            return state["made"][id(self)](*args, **kwargs)
        finally:
            state["inside"] = False

    torch.nn.Module.__call__ = call


if __name__ == "__main__":
    main()
