"""Activation checkpointing: forward keeps no intermediate values, backward computes them again."""
import contextlib
import warnings
import weakref

import mindtorch as torch
import mindtorch._C as _C

__all__ = ["checkpoint", "checkpoint_sequential", "CheckpointError", "CheckpointFunction", "check_backward_validity",
           "detach_variable", "get_device_states", "set_device_states",
           "noop_context_fn", "set_checkpoint_early_stop", "DefaultDeviceType", "set_checkpoint_debug_enabled",
           "CheckpointPolicy", "SelectiveCheckpointContext",
           "create_selective_checkpoint_contexts", "SAC_IGNORED_OPS"]

SAC_IGNORED_OPS = set()
_DEFAULT = "default"


class CheckpointError(RuntimeError):
    """The computation was not the same the second time."""


class _StopRecomputation(Exception):
    """All values are there; the rest of the recomputation is of no use."""


class DefaultDeviceType:
    """The accelerator whose random state is kept besides the CPU's."""

    _device = "cuda"

    @staticmethod
    def set_device_type(device="cuda"):
        DefaultDeviceType._device = device

    @staticmethod
    def get_device_type():
        return DefaultDeviceType._device


def detach_variable(inputs):
    """Tensors of a tuple cut off from the graph, requires_grad kept. RuntimeError for something else than a tuple."""
    if not isinstance(inputs, tuple):
        raise RuntimeError("Only tuple of tensors is supported. Got Unsupported input type: ", type(inputs).__name__)
    out = []
    for value in inputs:
        if isinstance(value, torch.Tensor):
            fresh = value.detach()
            fresh.requires_grad = value.requires_grad
            value = fresh
        out.append(value)
    return tuple(out)


def check_backward_validity(inputs):
    """Warn when no input requires grad: a reentrant checkpoint has no gradient then."""
    if not any(t.requires_grad for t in inputs if isinstance(t, torch.Tensor)):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


def _devices_of(values):
    """Accelerators that hold a tensor among values, nested ones included."""
    found = []

    def visit(value):
        if isinstance(value, torch.Tensor):
            if value.device.type not in ("cpu", "meta") and value.device not in found:
                found.append(value.device)
        elif isinstance(value, dict):
            for v in value.values():
                visit(v)
        elif isinstance(value, (list, tuple)):
            for v in value:
                visit(v)

    visit(values)
    return found


def get_device_states(*args):
    """(indices, random states) of the accelerators that hold the tensors among args."""
    devices = _devices_of(args)
    return [d.index for d in devices], [_module(d.type).get_rng_state(d.index) for d in devices]


def set_device_states(devices, states, *, device_type=None):
    """Put back what get_device_states gave."""
    module = _module(device_type or DefaultDeviceType.get_device_type())
    for device, state in zip(devices, states):
        module.set_rng_state(state, device)


def _module(kind):
    return getattr(torch, kind)


class _Surroundings:
    """Random states and autocast as they are now, to be put back for the recomputation."""

    def __init__(self, values, preserve_rng_state):
        self.rng = None
        if preserve_rng_state:
            self.rng = torch.get_rng_state()
            self.devices, self.states = get_device_states(*values)
            self.kind = next((d.type for d in _devices_of(values)), None)
        from mindtorch.amp import autocast_mode

        self.autocast = autocast_mode.snapshot()

    @contextlib.contextmanager
    def restored(self):
        from mindtorch.amp import autocast_mode

        now = torch.get_rng_state() if self.rng is not None else None
        if self.rng is not None:
            device_now = [_module(self.kind).get_rng_state(d) for d in self.devices]
            torch.set_rng_state(self.rng)
            if self.devices:
                set_device_states(self.devices, self.states, device_type=self.kind)
        try:
            with autocast_mode.restored(self.autocast):
                yield
        finally:
            if now is not None:
                torch.set_rng_state(now)
                if self.devices:
                    set_device_states(self.devices, device_now, device_type=self.kind)


class CheckpointFunction(torch.autograd.Function):
    """The reentrant kind: a whole backward inside the backward of one node."""

    @staticmethod
    def forward(ctx, run_function, preserve_rng_state, *args):
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.surroundings = _Surroundings(args, preserve_rng_state)
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, torch.Tensor)]
        ctx.inputs = [None if isinstance(a, torch.Tensor) else a for a in args]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        with torch.no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx, *grads):
        if not _C.accumulates_everywhere():
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can "
                "either set use_reentrant=False, or call .backward() without passing the `inputs` argument."
            )
        inputs = list(ctx.inputs)
        for place, t in zip(ctx.places, ctx.saved_tensors):
            inputs[place] = t
        detached = detach_variable(tuple(inputs))
        with ctx.surroundings.restored(), torch.enable_grad():
            outputs = ctx.run_function(*detached)
        if isinstance(outputs, torch.Tensor):
            outputs = (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, grads) if isinstance(o, torch.Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        torch.autograd.backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *(t.grad if isinstance(t, torch.Tensor) else None for t in detached))


def noop_context_fn():
    """Contexts that do nothing, for forward and for the recomputation."""
    return contextlib.nullcontext(), contextlib.nullcontext()


# ---- the kind that works with hooks on saved tensors ----
_early_stop = None
_debug = None


@contextlib.contextmanager
def set_checkpoint_early_stop(enable):
    """Inside, whether recomputations stop as soon as everything needed is there, whatever checkpoint() was told."""
    global _early_stop
    previous, _early_stop = _early_stop, enable
    try:
        yield
    finally:
        _early_stop = previous


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled):
    """Inside, whether checkpoint() compares operators: True is not supported."""
    global _debug
    previous, _debug = _debug, enabled
    try:
        yield
    finally:
        _debug = previous


def _metadata(t):
    return {"shape": t.shape, "dtype": t.dtype, "device": t.device}


class _Holder:
    """Stands in the graph for one value; filled by a recomputation, once a backward."""

    __slots__ = ("values", "index", "__weakref__")

    def __init__(self, index):
        self.values, self.index = {}, index


class _Inputs(torch.autograd.Function):
    """Keeps a checkpoint's tensors as an operator does, so that an outer checkpoint need not keep them."""

    @staticmethod
    def forward(ctx, dummy, *tensors):
        ctx.save_for_backward(*tensors)
        return torch.empty((0,))

    @staticmethod
    def backward(ctx, *grads):
        raise AssertionError("nothing flows here")


class _Frame:
    """One checkpointed call."""

    def __init__(self, function, args, kwargs, surroundings, context, early_stop, compare):
        self.function, self.surroundings, self.context, self.early_stop, self.compare = (
            function, surroundings, context, early_stop, compare)
        values = [*args, *kwargs.values()]
        self.names, self.places = tuple(kwargs), [i for i, v in enumerate(values) if isinstance(v, torch.Tensor)]
        self.others = [None if isinstance(v, torch.Tensor) else v for v in values]
        self.kept = _Inputs.apply(torch.empty((0,), requires_grad=True), *[values[i] for i in self.places])
        self.holders, self.metadata, self.done = [], [], set()

    def pack(self, tensor):
        holder = _Holder(len(self.holders))
        self.holders.append(weakref.ref(holder))
        self.metadata.append(self.compare(tensor))
        return holder

    def unpack(self, holder):
        task = _C.current_task()
        if task == -1:
            task = object()  # a look at saved tensors outside backward: computed for that look alone
        if task not in self.done:
            self.recompute(task)
            if isinstance(task, int):
                self.done.add(task)
                _C.queue_callback(lambda: self.forget(task))
        if task not in holder.values:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was either never recomputed, or "
                "already unpacked once. If you are calling "
                "ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an issue with "
                "details on your use case."
            )
        return holder.values.pop(task)

    def forget(self, task):
        self.done.discard(task)
        for reference in self.holders:
            if (holder := reference()) is not None:
                holder.values.pop(task, None)

    def recompute(self, task):
        values = list(self.others)
        for place, t in zip(self.places, self.kept.grad_fn.saved_tensors):
            values[place] = t
        count = len(values) - len(self.names)
        seen = 0

        def pack(tensor):
            nonlocal seen
            if seen < len(self.holders):
                self.check(seen, tensor)
                holder = self.holders[seen]()
                if holder is not None:
                    holder.values[task] = tensor.detach()
            elif not self.early_stop:
                raise CheckpointError("torch.utils.checkpoint: trying to save more tensors during recomputation than "
                                      "during the original forward pass.")
            seen += 1
            if self.early_stop and seen == len(self.holders):
                raise _StopRecomputation
            return tensor.detach()

        with self.surroundings.restored(), torch.enable_grad(), contextlib.suppress(_StopRecomputation), self.context, \
                torch.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept):
            self.function(*values[:count], **dict(zip(self.names, values[count:])))
        if seen != len(self.holders):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                "recomputation.\n"
                f"Number of tensors saved during forward: {len(self.holders)}\nNumber of tensors saved during "
                f"recomputation: {seen}."
            )

    def check(self, index, tensor):
        now = self.compare(tensor)
        if now != self.metadata[index]:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                "during the forward pass.\n"
                f"tensor at position {index}:\nsaved metadata: {self.metadata[index]}\nrecomputed metadata: {now}"
            )


def _without_reentry(function, preserve_rng_state, context_fn, determinism_check, early_stop, args, kwargs):
    comparisons = {_DEFAULT: _metadata, "none": lambda t: None}
    if determinism_check not in comparisons:
        raise ValueError(f"determinism_check should be one of {list(comparisons)}, but got {determinism_check}")
    forward_context, recompute_context = context_fn()
    if not torch.is_grad_enabled():
        with forward_context:
            return function(*args, **kwargs)
    frame = _Frame(function, args, kwargs, _Surroundings((args, kwargs), preserve_rng_state), recompute_context,
                   early_stop if _early_stop is None else _early_stop,
                   comparisons[determinism_check])
    with torch.autograd.graph.saved_tensors_hooks(frame.pack, frame.unpack), forward_context:
        return function(*args, **kwargs)


def checkpoint(function, *args, use_reentrant=None, context_fn=noop_context_fn, determinism_check=_DEFAULT, debug=False,
               early_stop=True, **kwargs):
    """function(*args, **kwargs), whose intermediate values are computed again in backward instead of being kept.

    preserve_rng_state (True): draw the same random numbers again. use_reentrant: True for the old kind, which runs a
    backward inside the backward; False for the kind that follows saved tensors. CheckpointError when both runs differ.
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, "
            "calling checkpoint without use_reentrant will raise an "
            "exception. use_reentrant=False is recommended, but if you need to preserve the current default behavior, "
            "you can pass use_reentrant=True. Refer to docs for more "
            "details on the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if torch.compiler.is_compiling():  # a recorded graph has the steps once; what it keeps is its own affair
        return function(*args, **kwargs)
    if debug or _debug:
        raise NotImplementedError("torch.utils.checkpoint.checkpoint: debug=True is not supported")
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    return _without_reentry(function, preserve, context_fn, determinism_check, early_stop, args, kwargs)


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    """Run the children of a Sequential (or a list of functions) in `segments` parts, all but the last of them
    checkpointed."""
    if use_reentrant is None:
        warnings.warn("torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed "
                      "explicitly.", stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def part(start, end):
        def run(value):
            for f in functions[start : end + 1]:
                value = f(value)
            return value

        return run

    size, end = len(functions) // segments, -1
    for start in range(0, size * (segments - 1), size):
        end = start + size - 1
        input = checkpoint(part(start, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return part(end + 1, len(functions) - 1)(input)


from ._selective import CheckpointPolicy, SelectiveCheckpointContext, create_selective_checkpoint_contexts  # noqa: E402
