"""torch.jit.trace: what a module or function does with example inputs, as a graph that runs for others like them."""

import functools
import inspect
import warnings

import mindtorch as torch
from mindtorch.fx._record import NotRecordable, Recorder, Untouched
from mindtorch.fx._sizes import Sizes
from mindtorch.utils import _pytree as pytree

from ._flags import doing
from ._program import Program, parameter_names
from ._script import RecursiveScriptModule, ScriptFunction, ScriptModule, TopLevelTracedModule


class TracerWarning(Warning):
    """Something in a recorded program depends on values."""

    __module__ = "torch.jit"

    @staticmethod
    def ignore_lib_warnings():
        """Nothing: our own code does not ask for values of what is recorded."""


class TracingCheckError(Exception):
    """A recorded program gave other results than the original."""

    __module__ = "torch.jit"

    def __init__(self, graph_diff_error, tensor_compare_error, extra_msg=None):
        self.message = "Tracing failed sanity checks!\n" + "".join(
            m + "\n" for m in (extra_msg, graph_diff_error, tensor_compare_error) if m
        )
        super().__init__(self.message)


_CONVERSIONS = {
    "__bool__": "boolean",
    "is_nonzero": "boolean",
    "item": "number",
    "__int__": "integer",
    "__float__": "float",
    "__index__": "index",
    "tolist": "list",
    "numpy": "NumPy array",
    "__array__": "NumPy array",
    "__complex__": "complex",
}


def _on_value(function, tensor):
    name = getattr(function, "__name__", "")
    if name == "__iter__":
        text = (
            "Iterating over a tensor might cause the trace to be incorrect. Passing a tensor of different shape "
            "won't change the number of "
            "iterations executed (and might lead to errors or silently give incorrect results)."
        )
    else:
        kind = _CONVERSIONS.get(name, "number")
        kind = kind if kind == "NumPy array" else "Python " + kind
        text = (
            f"Converting a tensor to a {kind} might cause the trace to be incorrect. We can't record the data flow "
            f"of Python values, so this "
            "value will be treated as a constant in the future. This means that the trace might not generalize to "
            "other inputs!"
        )
    warnings.warn(text, TracerWarning, stacklevel=_user_level())


def _user_level():
    # the program's own line
    frame, level = inspect.currentframe(), 0
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if level > 1 and not name.startswith(("mindtorch", "torch")):
            return level
        frame, level = frame.f_back, level + 1
    return 2


def _type_name(value):
    if isinstance(value, torch.Tensor):
        return "Tensor"
    if isinstance(value, tuple):
        return f"Tuple[{', '.join(map(_type_name, value))}]"
    if isinstance(value, list):
        return f"List[{_type_name(value[0]) if value else 'Tensor'}]"
    return type(value).__name__


def _record(function, name, args, kwargs, holder, strict, receiver=None):
    """The Program of a call, and what the call gave."""
    leaves = pytree.tree_leaves((args, kwargs))
    if not all(isinstance(v, torch.Tensor) for v in leaves):
        raise RuntimeError(
            f"Type '{_type_name((*args, *kwargs.values()))}' cannot be traced. Only Tensors and (possibly nested) "
            f"Lists, Dicts, and "
            "Tuples of Tensors can be traced"
        )
    names = [*parameter_names(function, len(args)), *kwargs]
    values = [*args, *kwargs.values()]
    paths = (
        {}
        if holder is None
        else {
            id(t): n
            for n, t in (
                *holder.named_parameters(remove_duplicate=False),
                *holder.named_buffers(remove_duplicate=False),
            )
        }
    )
    constants = {}

    def outside(tensor):
        path = paths.get(id(tensor))
        if path is None:
            path = f"_constant{len(constants)}"
            constants[path] = tensor.detach() if not isinstance(tensor, torch.nn.Parameter) else tensor
        return recorder.graph.get_attr(path)

    recorder = Recorder(outside, _on_value)
    recorder.sizes = Sizes()
    recorder.sizes.recorder = recorder
    specs = []
    fresh = []
    for label, value in zip(names, values):
        flat, spec = pytree.tree_flatten(value)
        specs.append(spec)
        # tensors of their own, so that an input which is a parameter too, or given twice, is an input each time
        twins = [t.view_as(t) if id(t) in paths or id(t) in recorder.nodes else t for t in flat]
        for i, t in enumerate(twins):
            recorder.bind(t, recorder.graph.placeholder(label if spec.is_leaf() else f"{label}_{i}"))
        fresh.append(pytree.tree_unflatten(twins, spec))
    try:
        with doing("tracing"):
            result = recorder.run(function, *fresh[: len(args)], **dict(zip(kwargs, fresh[len(args) :])))
    except NotRecordable as error:
        raise RuntimeError(f"torch.jit.trace: {error}") from error
    _check_result(result, strict)
    flat, out_spec = pytree.tree_flatten(result)
    recorder.finish(tuple(flat))
    return Program(name, names, specs, recorder.graph, out_spec, receiver), result, constants


def _check_result(result, strict):
    if result is None:
        raise RuntimeError(
            "The traced function didn't return any values! Side-effects are not captured in traces, so it would be a "
            "no-op."
        )
    leaves = pytree.tree_leaves(result)
    if not leaves or not all(isinstance(v, torch.Tensor) for v in leaves):
        raise RuntimeError(
            "Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from traced functions"
        )
    if strict and isinstance(result, (list, dict)):
        kind = type(result).__name__
        raise RuntimeError(
            f"Encountering a {kind} at the output of the tracer might cause the trace to be incorrect, this is only "
            f"valid if the "
            "container structure does not change based on the module's inputs. Consider using a constant container "
            "instead (e.g. "
            "for `list`, use a `tuple` instead. for `dict`, use a `NamedTuple` instead). If you absolutely need this "
            "and know "
            "the side effects, pass strict=False to trace() to allow this behavior."
        )


_RANDOM = {
    "rand",
    "randn",
    "randint",
    "randperm",
    "bernoulli",
    "multinomial",
    "normal",
    "poisson",
    "rand_like",
    "randn_like",
    "randint_like",
    "bernoulli_",
    "uniform_",
    "normal_",
    "exponential_",
    "random_",
    "log_normal_",
    "cauchy_",
    "geometric_",
    "gumbel_softmax",
    "rrelu",
}


def _warn_of_random(graph):
    found = []
    for node in graph.nodes:
        name = node.target if node.op == "call_method" else getattr(node.target, "__name__", "")
        if name in _RANDOM or "dropout" in name and node.kwargs.get("training", True) and node.kwargs.get("p", 1) != 0:
            found.append(node.format_node())
    if found:
        shown = "\n\t".join(found[:20])
        warnings.warn(
            f"Trace had nondeterministic nodes. Did you forget call .eval() on your model? Nodes:\n\t{shown}\nThis "
            f"may cause errors in "
            "trace checking. To disable trace checking, pass check_trace=False to torch.jit.trace()",
            TracerWarning,
            stacklevel=5,
        )


def _compare(function, program, holder, inputs, tolerance):
    """TracerWarning where the program gives another result than the function."""
    args, kwargs = inputs
    _warn_of_random(program.graph)
    tensors = [t for t in pytree.tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
    buffers = list(holder.buffers()) if isinstance(holder, torch.nn.Module) else []
    state = torch.get_rng_state()
    results = []
    for run in (lambda: function(*args, **kwargs), lambda: program(holder, args, kwargs)):
        recorder = Recorder(None, None)
        with Untouched([*tensors, *buffers], (), recorder), torch.no_grad():
            torch.set_rng_state(state)
            results.append([t.clone() for t in pytree.tree_leaves(run())])
    for number, (want, got) in enumerate(zip(*results), 1):
        try:
            torch.testing.assert_close(
                got.double() if got.is_floating_point() else got,
                want.double() if want.is_floating_point() else want,
                rtol=tolerance,
                atol=torch.testing._comparison.default_tolerances(want, got)[1]
                if hasattr(torch.testing, "_comparison")
                else tolerance,
                equal_nan=True,
            )
        except AssertionError as error:
            warnings.warn(
                f"Output nr {number}. of the traced function does not match the corresponding output of the Python "
                f"function. Detailed "
                f"error:\n{error}",
                TracerWarning,
                stacklevel=4,
            )


def trace(
    func,
    example_inputs=None,
    optimize=None,
    check_trace=True,
    check_inputs=None,
    check_tolerance=1e-5,
    strict=True,
    _force_outplace=False,
    _module_class=None,
    _compilation_unit=None,
    example_kwarg_inputs=None,
    _store_inputs=True,
):
    """A ScriptModule (or ScriptFunction) of what a module (or function) does with example inputs. Sizes of inputs are
    computed anew for
    others; Python decides once, with a TracerWarning where values of tensors are asked for."""
    warnings.warn(
        "`torch.jit.trace` is deprecated. Please switch to `torch.compile` or `torch.export`.",
        DeprecationWarning,
        stacklevel=2,
    )
    if optimize is not None:
        warnings.warn(
            "`optimize` is deprecated and has no effect. Use `with torch.jit.optimized_execution()` instead",
            FutureWarning,
            stacklevel=2,
        )
    if _force_outplace:
        raise NotImplementedError("torch.jit.trace(_force_outplace=True)")
    if isinstance(func, (ScriptModule, ScriptFunction)):
        warnings.warn(
            "The input to trace is already a ScriptModule, tracing it is a no-op. Returning the object as is.",
            stacklevel=2,
        )
        return func
    if isinstance(func, torch.nn.Module):
        if example_inputs is None:
            if not isinstance(example_kwarg_inputs, dict):
                raise RuntimeError("example_kwarg_inputs should be a dict")
            example_inputs = example_kwarg_inputs
        return trace_module(
            func,
            {"forward": example_inputs},
            None,
            check_trace,
            None if check_inputs is None else [{"forward": i} for i in check_inputs],
            check_tolerance,
            strict,
            example_inputs_is_kwarg=example_kwarg_inputs is not None,
        )
    owner = getattr(func, "__self__", None)
    if inspect.ismethod(func) and isinstance(owner, torch.nn.Module) and func.__name__ == "forward":
        return trace(
            owner,
            example_inputs,
            check_trace=check_trace,
            check_inputs=check_inputs,
            check_tolerance=check_tolerance,
            strict=strict,
            example_kwarg_inputs=example_kwarg_inputs,
        )
    if not callable(func):
        raise RuntimeError("Could not get name of python class object")
    args, kwargs = _inputs(example_inputs, example_kwarg_inputs)
    name = getattr(func, "__name__", type(func).__name__)
    program, _, constants = _record(func, "_lambda" if name == "<lambda>" else name, args, kwargs, None, strict)
    made = ScriptFunction(program=program)
    made._holder = torch.nn.Module()
    for path, tensor in constants.items():
        object.__setattr__(made._holder, path, tensor)
    if check_trace:
        for inputs in ((args, kwargs), *(_inputs(i, None) for i in check_inputs or ())):
            _compare(func, program, made._holder, inputs, check_tolerance)
    return made


def _inputs(example_inputs, example_kwarg_inputs):
    if example_inputs is None:
        if not isinstance(example_kwarg_inputs, dict):
            raise RuntimeError("example_kwarg_inputs should be a dict")
        return (), dict(example_kwarg_inputs)
    if isinstance(example_inputs, (torch.Tensor, dict)):
        return (example_inputs,), {}
    return tuple(example_inputs), {}


def trace_module(
    mod,
    inputs,
    optimize=None,
    check_trace=True,
    check_inputs=None,
    check_tolerance=1e-5,
    strict=True,
    _force_outplace=False,
    _module_class=None,
    _compilation_unit=None,
    example_inputs_is_kwarg=False,
    _store_inputs=True,
):
    """A ScriptModule of several methods: inputs is {method: example inputs}."""
    if not isinstance(mod, torch.nn.Module):
        raise AttributeError("expected torch.nn.Module as the first argument")
    if not isinstance(inputs, dict):
        raise AttributeError("expected a dictionary of (method_name, input) pairs")
    if _force_outplace:
        raise NotImplementedError("torch.jit.trace_module(_force_outplace=True)")
    made = (_module_class or TopLevelTracedModule)(mod)
    for name, example in inputs.items():
        method = mod if name == "forward" else getattr(mod, name)
        args, kwargs = ((), dict(example)) if example_inputs_is_kwarg else _inputs(example, None)
        signed = mod.forward if name == "forward" else method
        run = functools.wraps(signed)(lambda *a, _method=method, **k: _method(*a, **k))
        program, _, constants = _record(run, name, args, kwargs, mod, strict, f"__torch__.{made.original_name}")
        for path, tensor in constants.items():
            fresh = path if path not in made.__dict__ else f"{path}_{name}"
            for node in program.graph.nodes:
                if node.op == "get_attr" and node.target == path:
                    node.target = fresh
            object.__setattr__(made, fresh, tensor)
        made._programs[name] = program
        if check_trace:
            for given in [(args, kwargs), *(_inputs(i[name], None) for i in check_inputs or ())]:
                _compare(method, program, made, given, check_tolerance)
    return made


def freeze(mod, preserved_attrs=None, optimize_numerics=True):
    """A recorded module in evaluation mode with its parameters as constants. Steps stay as they are:
    `optimize_numerics` has nothing to
    fold that would change numbers."""
    if not isinstance(mod, ScriptModule):
        raise RuntimeError(
            "Freezing expects a ScriptModule as input. Please use torch.jit.script or torch.jit.trace to script your "
            "'nn.Module'."
        )
    if mod.training:
        raise RuntimeError(
            "Freezing is currently only implemented for modules in eval mode. Please call .eval() on your module "
            "before freezing."
        )
    if not isinstance(mod, RecursiveScriptModule) or mod._python is not None:
        raise NotImplementedError("torch.jit.freeze: a scripted module runs as Python. Use torch.jit.trace")
    import copy

    kept = set(preserved_attrs or ())
    unknown = [n for n in kept if n not in mod._programs and not hasattr(mod, n)]
    if unknown:
        raise RuntimeError(f"{unknown[0]} is not an attribute of the module")
    made = RecursiveScriptModule()
    made.__dict__["_original_name"], made.__dict__["training"] = mod.original_name, False
    constants = {}
    for name, program in mod._programs.items():
        if name != "forward" and name not in kept:
            continue
        program = copy.deepcopy(program)
        for node in program.graph.nodes:
            if node.op == "get_attr":
                value = mod
                for part in node.target.split("."):
                    value = getattr(value, part)
                path = constants.setdefault(id(value), f"_frozen{len(constants)}")
                object.__setattr__(made, path, value.detach().clone() if isinstance(value, torch.Tensor) else value)
                node.target = path
        made._programs[name] = program
    for name in kept - set(mod._programs):
        value = getattr(mod, name)
        made.register_buffer(name, value) if isinstance(value, torch.Tensor) else setattr(made, name, value)
    return made


def run_frozen_optimizations(mod, optimize_numerics=True, preserved_methods=None):
    """Nothing: recorded steps are carried out as they are."""


def optimize_for_inference(mod, other_methods=None):
    """The frozen module."""
    if not isinstance(mod, ScriptModule):
        raise RuntimeError(
            "optimize_for_inference expects ScriptModule as input. Please use torch.jit.script or torch.jit.trace to "
            "script your "
            "'nn.Module'."
        )
    return freeze(mod.eval(), preserved_attrs=other_methods) if mod._parameters or list(mod.children()) else mod


def is_trace_failure(error):
    """Whether an error came from tracing."""
    return isinstance(error, NotRecordable)
