"""torch.compile: functions and modules that run through a backend.

A named backend that would generate code runs the program as it is. A backend of the user's own gets a GraphModule of
every
set of input shapes, dtypes and flags that comes by, and what it gives back is called instead of the program."""

import copy
import functools
import inspect
import threading
import warnings

import mindtorch as torch
from mindtorch import compiler

from . import backends, config
from .exc import FailOnRecompileLimitHit

_stance = threading.local()
STANCES = (
    "default",
    "force_eager",
    "eager_on_recompile",
    "fail_on_recompile",
    "eager_then_compile",
    "aot_eager_then_compile",
)


is_compiling = compiler.is_compiling


def stance():
    """This thread's stance: its name and the backend it forces."""
    return getattr(_stance, "value", ("default", None))


class set_stance:
    """How compiled functions run: called at once, or within a with block or a decorated function."""

    def __init__(self, stance="default", *, skip_guard_eval_unsafe=False, force_backend=None):
        if skip_guard_eval_unsafe:
            raise NotImplementedError(
                "torch.compiler.set_stance(skip_guard_eval_unsafe=True): guards are always evaluated"
            )
        if force_backend is not None and stance != "default":
            raise RuntimeError("non-default stance cannot have force_backend set")
        self.value, self.before = (stance, force_backend), _get_stance()
        _stance.value = self.value

    def __enter__(self):
        _stance.value = self.value

    def __exit__(self, *exc):
        _stance.value = self.before

    def __call__(self, fn):
        _stance.value = self.before  # a decorator changes nothing by itself
        value = self.value

        @functools.wraps(fn)
        def wrapped(*args, **kwargs):
            before, _stance.value = stance(), value
            try:
                return fn(*args, **kwargs)
            finally:
                _stance.value = before

        return wrapped


def _get_stance():
    return stance()


def innermost_fn(fn):
    """The program inside compiled functions."""
    while hasattr(fn, "_torchdynamo_orig_callable"):
        fn = fn._torchdynamo_orig_callable
    return fn


class _TorchDynamoContext:
    """A way to compile: callable on modules, classes and functions."""

    def __init__(
        self, backend, fullgraph=False, dynamic=None, mode=None, options=None, recompile_limit=None, label=None
    ):
        if dynamic is not None and not isinstance(dynamic, bool):
            raise AssertionError(f"Expected enable to be a bool, got {type(dynamic)}")
        self.name, self.backend, self.label = backend, backends.lookup_backend(backend), label
        self.fullgraph, self.dynamic, self.recompile_limit = fullgraph, dynamic, recompile_limit
        self.options = {}
        if mode and mode != "default":
            self.options["mode"] = mode
        if options:
            self.options["options"] = options

    def __call__(self, fn):
        if isinstance(fn, OptimizedModule):
            fn = fn._orig_mod
        if isinstance(fn, torch.nn.Module):
            return OptimizedModule(fn, self)
        if inspect.isclass(fn):
            fn.__call__ = self(fn.__call__)
            return fn
        if not callable(fn):
            raise AssertionError(f"A callable function is expected, but {type(fn)} is provided.")
        return self._function(innermost_fn(fn))

    def _function(self, fn):
        runner = _Runner(fn, self)

        def compile_wrapper(*args, **kwargs):
            return runner(*args, **kwargs)

        functools.update_wrapper(
            compile_wrapper, fn, assigned=[a for a in functools.WRAPPER_ASSIGNMENTS if hasattr(fn, a)]
        )
        compile_wrapper.__wrapped__ = fn
        compile_wrapper._torchdynamo_orig_callable = fn
        compile_wrapper._torchdynamo_inline = fn
        compile_wrapper._is_torch_compile = True
        compile_wrapper.get_compiler_config = self._config
        return compile_wrapper

    def _config(self):
        from mindtorch._inductor import config as inductor

        return inductor.get_config_copy() if self.name == "inductor" else None


OptimizeContext = _TorchDynamoContext


class _Runner:
    """Calls a program, or what a backend made of it for inputs like these."""

    def __init__(self, fn, context):
        self.fn, self.context, self.entries, self.warned = fn, context, [], False

    def __call__(self, *args, **kwargs):
        how, forced = stance()
        backend = backends.lookup_backend(forced) if forced is not None else self.context.backend
        if how == "force_eager" or config.disable or (backend is None and how in ("default", "eager_on_recompile")):
            return self.fn(*args, **kwargs)
        if how not in STANCES:
            raise RuntimeError(f"invalid torch.compile stance '{how}'")
        if is_compiling():
            return self.fn(*args, **kwargs)
        for entry in self.entries:
            if entry.fits(args, kwargs, backend):
                return entry.run(args, kwargs)
        if how == "fail_on_recompile":
            code = getattr(innermost_fn(self.fn), "__code__", None)
            where = (
                f" filename: '{code.co_filename}', function name: '{code.co_name}', line number: {code.co_firstlineno}"
                if code
                else ""
            )
            raise RuntimeError(f"Detected recompile when torch.compile stance is 'fail_on_recompile'.{where}")
        if backend is None or (how == "eager_on_recompile" and self.entries):
            return self.fn(*args, **kwargs)
        limit = self.context.recompile_limit or config.recompile_limit
        if len(self.entries) >= limit:
            if self.context.fullgraph:
                raise FailOnRecompileLimitHit(
                    f"Hard failure due to fullgraph=True: the function was compiled {limit} times"
                )
            if not self.warned:
                self.warned = True
                warnings.warn(
                    f"torch._dynamo hit config.recompile_limit ({limit}) for {self.context.label or self.fn}: it "
                    f"runs uncompiled from now on",
                    stacklevel=3,
                )
            return self.fn(*args, **kwargs)
        from ._capture import Entry

        flags = compiler._state
        flags.compiling = getattr(flags, "compiling", 0) + 1
        try:
            entry = Entry(self.fn, args, kwargs, backend)
        finally:
            flags.compiling -= 1
        entry.compile(backend, self.context.options)
        self.entries.append(entry)
        return entry.run(args, kwargs)


class OptimizedModule(torch.nn.Module):
    """A compiled module: `_orig_mod` is the module itself, and what this object has not is asked of it."""

    _opt_mod_attributes = {
        "_orig_mod",
        "dynamo_ctx",
        "_runner",
        "training",
        "__dict__",
        "forward",
        "get_compiler_config",
    }

    def __init__(self, mod, dynamo_ctx=None):
        super().__init__()
        self._modules["_orig_mod"] = mod
        self.__dict__["dynamo_ctx"] = dynamo_ctx or _TorchDynamoContext("inductor")
        self.__dict__["_runner"] = _Runner(mod.__call__, self.dynamo_ctx)
        self.__dict__["_ready"] = True
        self.__dict__.pop("training", None)

    def forward(self, *args, **kwargs):
        """The module's result."""
        return self._runner(*args, **kwargs)

    @property
    def training(self):
        """The module's."""
        return self._modules["_orig_mod"].training

    @training.setter
    def training(self, value):
        if "_ready" in self.__dict__:
            self._modules["_orig_mod"].training = value

    def __getattr__(self, name):
        if name == "_orig_mod":
            return self.__dict__["_modules"]["_orig_mod"]
        return getattr(self._orig_mod, name)

    def __setattr__(self, name, value):
        if "_ready" not in self.__dict__ or name in type(self)._opt_mod_attributes or name in self.__dict__:
            super().__setattr__(name, value)
            return
        setattr(self._orig_mod, name, value)

    def __delattr__(self, name):
        if name in self.__dict__:
            super().__delattr__(name)
            return
        delattr(self._orig_mod, name)

    def __dir__(self):
        return [*dir(type(self)), *dir(self._orig_mod)]

    def __getstate__(self):
        state = self.__dict__.copy()
        state.pop("_runner", None)
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__dict__["_runner"] = _Runner(self._orig_mod.__call__, self.dynamo_ctx)

    def __deepcopy__(self, memo):
        made = OptimizedModule(copy.deepcopy(self._orig_mod, memo), self.dynamo_ctx)
        memo[id(self)] = made
        return made


for _class in (OptimizedModule, _TorchDynamoContext):
    _class.__module__ = "torch._dynamo.eval_frame"


def _check_inductor(mode, options):
    from mindtorch._inductor import config as inductor, list_mode_options

    modes = ("default", "lite", "reduce-overhead", "max-autotune-no-cudagraphs", "max-autotune")
    if mode is not None and mode not in modes:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(list_mode_options())}")
    known = inductor.get_config_copy()
    for key, value in (options or {}).items():
        name = key.replace("-", "_")
        if name not in known:
            raise RuntimeError(f"Unexpected optimization option {key}, known options are {list(known)}")
        if known[name] is not None and type(value) is not type(known[name]):
            raise RuntimeError(
                f"Unexpected type of attr {key}, got {type(value).__name__} should be {type(known[name]).__name__}"
            )


def compile(
    model=None,
    *,
    fullgraph=False,
    dynamic=None,
    backend=None,
    mode=None,
    options=None,
    name=None,
    disable=False,
    recompile_limit=None,
    isolate_recompiles=False,
    shapes_spec=None,
):
    """A module, function or class that runs through a backend; without a model, a decorator. "inductor" and the other
    named
    backends run it as it is: speed aside, the results are those of compiled code. `name` is for messages; every
    function
    keeps its own recordings, so that isolate_recompiles holds in any case."""
    if shapes_spec is not None:
        raise NotImplementedError("torch.compile(shapes_spec=...)")
    if model is None:
        return functools.partial(
            compile,
            fullgraph=fullgraph,
            dynamic=dynamic,
            backend=backend,
            mode=mode,
            options=options,
            name=name,
            disable=disable,
            recompile_limit=recompile_limit,
        )
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    backend = compiler.get_default_backend() if backend is None else backend
    if backend == "inductor":
        _check_inductor(mode, options)
    if disable:
        return model
    return _TorchDynamoContext(backend, fullgraph, dynamic, mode, options, recompile_limit, name)(model)


def optimize(
    backend="inductor",
    *,
    nopython=False,
    dynamic=None,
    disable=False,
    guard_export_fn=None,
    guard_fail_fn=None,
    rebuild_ctx=None,
):
    """compile by its older name: a function over functions and modules."""
    for name, value in (
        ("guard_export_fn", guard_export_fn),
        ("guard_fail_fn", guard_fail_fn),
        ("rebuild_ctx", rebuild_ctx),
    ):
        if value is not None:
            raise NotImplementedError(f"torch._dynamo.optimize({name}=...)")
    if disable:
        return lambda fn: fn
    return _TorchDynamoContext(backend, nopython, dynamic)


def optimize_assert(backend, **kwargs):
    """optimize for one graph."""
    return optimize(backend, nopython=True, **kwargs)


def disable(fn=None, recursive=True, wrapping=True, *, reason=None):
    """A function (or module) that is never compiled; also a decorator."""
    if fn is None:
        return lambda f: disable(f, recursive, wrapping, reason=reason)
    if not callable(fn):
        raise AssertionError(f"A callable function is expected, but {type(fn)} is provided.")
    if isinstance(fn, torch.nn.Module):
        return OptimizedModule(fn, _TorchDynamoContext("eager"))
    if inspect.isclass(fn) or not wrapping:
        return fn
    fn = innermost_fn(fn)

    def disabled(*args, **kwargs):
        return fn(*args, **kwargs)

    functools.update_wrapper(disabled, fn, assigned=[a for a in functools.WRAPPER_ASSIGNMENTS if hasattr(fn, a)])
    disabled._torchdynamo_orig_callable = fn
    disabled._torchdynamo_disable = True
    disabled._torchdynamo_disable_msg, disabled._torchdynamo_disable_recursive = reason, recursive
    return disabled


def is_dynamo_supported():
    """True: torch.compile may be called."""
    return True


is_inductor_supported = is_dynamo_supported


def explain(f, *extra_args, **extra_kwargs):
    """A function of inputs: what would be compiled for them."""

    def inner(*args, **kwargs):
        from ._capture import Entry

        entry = Entry(innermost_fn(f) if not isinstance(f, OptimizedModule) else f._orig_mod, args, kwargs, None)
        ops = [[n.target for n in entry.module.graph.nodes if n.op in ("call_function", "call_method", "call_module")]]
        return ExplainOutput([entry.module], 1, 0, [], len(ops[0]), ops)

    return inner(*extra_args, **extra_kwargs) if extra_args or extra_kwargs else inner


class ExplainOutput:
    """What explain found."""

    def __init__(
        self,
        graphs,
        graph_count,
        graph_break_count,
        break_reasons,
        op_count,
        ops_per_graph=None,
        out_guards=None,
        compile_times=None,
    ):
        self.graphs, self.graph_count, self.graph_break_count = graphs, graph_count, graph_break_count
        self.break_reasons, self.op_count, self.ops_per_graph = break_reasons, op_count, ops_per_graph
        self.out_guards, self.compile_times = out_guards, compile_times

    def __repr__(self):
        return f"ExplainOutput(graphs={self.graphs}, graph_count={self.graph_count}, op_count={self.op_count})"

    def __str__(self):
        return (
            f"Graph Count: {self.graph_count}\nGraph Break Count: {self.graph_break_count}\nOp Count: {self.op_count}\n"
            f"Break Reasons:\nOps per Graph: {self.ops_per_graph}\n"
        )
