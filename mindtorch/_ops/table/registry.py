"""A declaration becomes torch.f, Tensor.f, Tensor.f_ and out=.

Three ways to declare:

    pointwise("mul", "input, other", grad={"input": lambda g, other: g * other.conj(), "other": lambda g, input: g *
    input.conj()})
        One element-wise kernel. Promotion, broadcasting, strides, meta tensors and recording happen in the engine.

    @op(grad={"input": lambda g, dim, index, input: ...})
    def gather(input, dim, index): ...
        A forward that runs kernels through `run` and returns fresh tensors; it is not recorded itself. Gradients are
        functions of what they name: `g` (of the first output), `gs` (of all), `result`/`results`, arguments of the
        forward, what it returned in `With`, and `needs`. What no gradient names is not kept.
        A tuple as key gives several gradients at once.

    @op()
    def std(input, ...): ...
        A composition of differentiable functions: nothing else to say.

Gradients are made of public functions, so second derivatives come by themselves.
"""
import functools
import inspect
import types

import mindtorch._C as _C
from mindtorch._core import dtypes, overrides
from mindtorch._core.kernels import run
from mindtorch._core.codes import COMPLEX64, FLOAT16, HALVES

from . import calls, python_functions
from .compiled import compiled
from .numbers import whole_numbers

FUNCTIONS, METHODS, NAMESPACES = {}, {}, {}
TABLE = {}  # name -> Row
COMPOSITIONS = {}  # kernel -> how it is done on Ascend by several launches


class Row:
    """What is known of one op: for audits, documentation and torch.ops. `example` is a call with the result that its
    formula gives, "sumabs(tensor([1.0, -2.0])) -> 3.0"; every audit runs it. `autocast` is a rule of amp/lists.py."""

    def __init__(self, name, kind, family, function, example=None, autocast=None):
        self.name, self.kind, self.family, self.function, self.kernels = name, kind, family, function, set()
        self.example, self.autocast = example, autocast


class _Public:
    """The finished table as attributes, for gradients that use functions of other families: public.where(...)."""

    def __getattr__(self, name):
        function = FUNCTIONS[name]
        setattr(self, name, function)
        return function


public = _Public()


class With:
    """Result of a forward together with values for its gradient: With(out, mean=mean)."""

    def __init__(self, result, **extra):
        self.result, self.extra = result, extra


# How kernels are carried out on Ascend: a row (csrc/engine/ascend/ascend.h has its language) stands beside the op that
# runs the kernel. A name
# that is no kernel of the CPU is one of the device's own, for ops that have another form there.
def kernel_rows(**rows):
    """Enter the rows of kernels: kernel_rows(softmax="aclnnSoftmax T1 i0 T0")."""
    for kernel, row in rows.items():
        _C.kernel_row(kernel, row, -1)


def tried(kernel, tensors, scalars=()):
    """Run a kernel that only devices know; False where the device refuses it, for another way to be taken."""
    try:
        run(kernel, tensors, scalars)
    except _C.Refused:
        return False
    return True


_composed = set()


def composition(kernel, again=True):
    """Declare how a kernel is done on Ascend by several launches: f(tensors, scalars), or NotImplemented for what it
    leaves to the host.
    Where the device refuses a part of it the host does all, unless what was done must not be done `again`."""

    def declare(function):
        if kernel in _composed:
            raise ValueError(f"two compositions for kernel '{kernel}'")
        _composed.add(kernel)

        @functools.wraps(function)
        def unrecorded(tensors, scalars):
            if not _C.is_grad_enabled():
                return function(tensors, scalars)
            _C.set_grad_enabled(False)
            try:
                return function(tensors, scalars)
            finally:
                _C.set_grad_enabled(True)

        COMPOSITIONS[kernel] = function
        _C.kernel_composition(kernel, unrecorded, again)
        return function

    return declare


def instead(kernel, own=False):
    """Declare what gives a kernel's result where no form of its row fits, or a chip refuses its operator:
    f(tensors, scalars), or NotImplemented.

    `own`: MindSpore's own operator does, which is asked first."""

    def declare(function):
        _C.kernel_instead(kernel, function, own)
        return function

    return declare


_FLOAT, _DOUBLE = 8, 9


def _lifted(t, dtype):
    """An operand of a composition: halves as float32, as the CPU computes them; others as `computed` was asked to."""
    code = getattr(t, "_dtype_code", 99)
    if code < COMPLEX64 and dtype == "double":
        want = _DOUBLE
    elif code in HALVES:
        want = _FLOAT
    else:
        want = dtypes.get_default_dtype().code if code < FLOAT16 and dtype else code
    return t if want == code else METHODS["to"](t, dtypes.DTYPES[want])


def computed(kernel, dtype=None):
    """Declare how an element-wise kernel is computed on Ascend by public functions: f(*operands, *attributes) -> its
    values, or
    NotImplemented. With `dtype` "float" integers come as floating-point numbers, with "double" all that is real as
    float64."""

    def declare(function):
        @composition(kernel)
        def forward(tensors, scalars):
            out, *operands = tensors
            result = function(*(_lifted(t, dtype) for t in operands), *scalars)
            if result is not NotImplemented:
                run("copy", (out, result))
            return result

        return function

    return declare


_LITERALS = (int, float, bool, str, type(None))


class _Source:
    """Writes a Python function with a given signature, and makes the public object of it, which looks at arguments
    before the function gets them (calls.py)."""

    def __init__(self, name, parameters, tensors, namespace, doc, ours=False):
        self.name, self.parameters, self.namespace, self.doc, self.tensors = name, parameters, namespace, doc, tensors
        self.ours = ours  # nobody else calls it: of its arguments only the tensors are looked at

    def build(self, body, scope):
        head, star = [], False
        for p in self.parameters:
            if p.kind is p.VAR_POSITIONAL:
                head.append("*" + p.name)
                star = True
                continue
            if p.kind is p.KEYWORD_ONLY and not star:
                head.append("*")
                star = True
            if p.default is p.empty:
                head.append(p.name)
            elif type(p.default) in _LITERALS and repr(p.default) not in _NOT_WRITTEN:
                head.append(f"{p.name}={p.default!r}")
            else:
                scope["_default_" + p.name] = p.default
                head.append(f"{p.name}=_default_{p.name}")
        source = "\n    ".join([f"def {self.name}({', '.join(head)}):", *body])
        module = "torch" + ("." + self.namespace if self.namespace else "")
        scope["_type"] = type
        exec(compiled(source, f"{module}.{self.name}"), scope)
        function = scope["_self"] = scope[self.name]  # its own name may be an argument's, as in pad(input, pad)
        function.__module__, function.__qualname__, function.__doc__ = module, self.name, self.doc
        kinds = calls.kinds_of(self.parameters, self.tensors)
        if self.ours:
            kinds = bytes(k if p.name in self.tensors else ord(calls.ANYTHING) for p, k in zip(self.parameters, kinds))
        made = calls.make(function, self.parameters, kinds)
        return _named(made, self.name, self.namespace)


_NOT_WRITTEN = ("inf", "-inf", "nan")
# namespaces whose functions have names of their own in __torch_function__: linalg_solve
_PREFIXED = {"linalg": "linalg_", "fft": "fft_", "special": "special_"}


def _named(made, name, namespace, owner=""):
    made.__name__ = "log_sigmoid" if name == "logsigmoid" else _PREFIXED.get(namespace, "") + name
    made.__module__, made.__qualname__ = "torch" + ("." + namespace if namespace else ""), owner + name
    made.__doc__ = made.__wrapped__.__doc__
    return made


_REQUIRED = inspect.Parameter.empty


def _parameters(text):
    """Signature from 'input, other, *, alpha=1'."""
    return list(inspect.signature(eval(f"lambda {text}: None")).parameters.values())


def register(
    name, function, *, method=True, function_name=True, namespace=None, aliases=(), kind="composite", family="",
    example=None, autocast=None
):
    """Enter a finished function under its names."""
    if kind == "operator":  # tells of the function that it calls, not of itself
        METHODS[name] = function
        TABLE[name] = Row(name, kind, family, function, example, autocast)
        return function
    if type(function) not in calls.CALLABLES:
        if not hasattr(function, "__code__"):  # a builtin of our own engine
            for n in (name, *aliases):
                (NAMESPACES.setdefault(namespace, {}) if namespace else FUNCTIONS)[n] = function
            TABLE[f"{namespace}.{name}" if namespace else name] = Row(name, kind, family, function, example, autocast)
            return function
        heard = (function_name or namespace) and name not in _UNHEARD
        function = _named(calls.from_code(function, False, calls.TENSORS if heard else calls.ANYTHING), name, namespace)
        overrides.by_hand.add(function)
    for n in (name, *aliases):
        if namespace or function_name:
            binds = n in python_functions.NAMES.get(namespace, ())
            made = function
            home = "torch" + ("." + namespace if namespace else "")
            shared = namespace == "nn.functional" and function.__module__ == "torch"  # torch.conv2d is F.conv2d
            if binds or n != function.__qualname__ or not (shared or function.__module__ == home):
                made = _named(calls.another(function, binds), n, namespace)
            if binds:
                python_functions.PYTHON.add(made)
            if made is not function and function in overrides.by_hand:
                overrides.by_hand.add(made)
            (NAMESPACES.setdefault(namespace, {}) if namespace else FUNCTIONS)[n] = made
        if method and not namespace:
            METHODS[n] = as_method(function, n)
    TABLE[f"{namespace}.{name}" if namespace else name] = Row(name, kind, family, function, example, autocast)
    return function


def as_method(function, name):
    """What Tensor has under a name: the function as a method, without out=."""
    return _named(calls.another(function, True, without=("out",)), name, None, "Tensor.")


# functions that tell no handler of their calls
_UNHEARD = frozenset("""is_tensor is_storage broadcast_shapes from_numpy from_dlpack to_dlpack from_file promote_types
                        can_cast result_type asarray as_tensor""".split())


def under_name(function, name, namespace):
    """A function as another one of a name of its own."""
    return _named(calls.another(function, False), name, namespace)


def finish():
    """What was entered by hand becomes a public object too, each under its own name."""
    for name, entry in METHODS.items():
        if name in ("__neg__", "__abs__", "__pos__"):  # handlers hear of these by the function's name
            METHODS[name] = METHODS[entry._primary.__name__]
        elif type(entry) is _C.Function or (type(entry) is _C.Method and entry.__name__ != name):
            METHODS[name] = as_method(entry, name)
    for name, entry in FUNCTIONS.items():
        if isinstance(entry, types.FunctionType):
            heard = calls.ANYTHING if name in _UNHEARD else calls.TENSORS
            FUNCTIONS[name] = _named(calls.from_code(entry, name in python_functions.NAMES[None], heard), name, None)
            overrides.by_hand.add(FUNCTIONS[name])
        elif type(entry) is _C.Method and name not in python_functions.NAMES[None]:
            FUNCTIONS[name] = under_name(entry, name, None)


# ---- gradients ----
def _rule(grads):
    """(rule for the engine, names it wants saved) from {argument or tuple of arguments: function}."""
    parts = []
    for key, function in grads.items():
        wants = list(inspect.signature(function).parameters)
        parts.append((key if isinstance(key, tuple) else (key,), isinstance(key, tuple), function, wants))
    # results fill the slots from theirs on
    saved = sorted(dict.fromkeys(w for p in parts for w in p[3] if w not in ("g", "gs", "needs")), key="results".__eq__)
    index = {n: i for i, n in enumerate(saved)}
    several_results = saved[-1:] == ["results"]

    def rule(node, *gs):
        values, needs, counts = node.saved, node.needs, node.context
        if several_results:
            values = (*values[: len(saved) - 1], values[len(saved) - 1 :])
        out, at = [], 0
        for part, (keys, several, function, wants) in enumerate(parts):
            n = counts[part]
            wanted = needs[at : at + n]
            at += n
            if not any(wanted):
                out += [None] * n
                continue
            arguments = [gs[0] if w == "g" else gs if w == "gs" else wanted if w == "needs" else values[index[w]]
                         for w in wants]
            r = function(*arguments)
            out += list(r) if several or n > 1 or isinstance(r, list) else [r]
        return tuple(out)

    rule.saved_names = ["self" if n == "input" else n for n in saved]
    return rule, saved, parts


def _node_name(name):
    return "".join(p[:1].upper() + p[1:] for p in name.strip("_").split("_")) + "Backward0"


def record(name, rule, saved, parts, arguments, results, extra):
    """Hang the results on a node."""
    inputs, counts, needed = [], [], set()
    for keys, several, function, wants in parts:
        before = len(inputs)
        for k in keys:
            v = arguments[k]
            inputs.extend(v if isinstance(v, (list, tuple)) else (v,))
        counts.append(len(inputs) - before)
        if _C.needs_grad(inputs[before:]):
            needed.update(wants)
    values = []
    for n in saved:
        if n not in needed:
            values.append(None)
        elif n == "result":
            values.append(results[0])
        elif n == "results":
            values.extend(results)  # one by one: the engine knows outputs again; as a tuple they would own their node
        else:
            values.append(extra[n] if n in extra else arguments[n])
    return _C.attach(name, rule, tuple(counts), tuple(inputs), tuple(results), tuple(values))


@functools.cache
def _C_tensor():
    from mindtorch._core.tensor import Tensor

    return Tensor


def _finish(result, recording, name, rule, saved, parts, arguments):
    extra = {}
    if type(result) is With:
        result, extra = result.result, result.extra
    if recording:
        record(name, rule, saved, parts, arguments, result if isinstance(result, (tuple, list)) else (result,), extra)
    return result


# ---- declarations ----
def op(name=None, *, grad=None, method=True, function=True, namespace=None, inplace=False, out=True, aliases=(),
       node=None, tensors=None, apart=(), fast=None, example=None, autocast=None):
    """Declare an op by its forward (see the module's text). `apart` names the tensors that out= must not share memory
    with;
    when the first of them is `input`, out= must have its dtype too. out="dtype": out='s dtype stands in for dtype=;
    out="exact": out= must have the result's dtype. `node` is the name of the node, or makes it of the arguments that it
    names.
    `fast`, the engine's form of the whole op, answers None where it leaves the case to the forward. `example` and
    `autocast`: see Row."""

    def declare(forward):
        label = name or forward.__name__
        parameters = list(inspect.signature(forward).parameters.values())
        checked = (tensors if tensors is not None
                   else [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY)
                         and p.default in (p.empty, None)])
        ours = False
        if tensors is None and grad and not (function or method or namespace):  # ours alone: what else it gets is known
            keys = {k for several in grad for k in (several if isinstance(several, tuple) else (several,))}
            checked, ours = [n for n in checked if n in keys], True
        call = ", ".join((f"*{p.name}" if p.kind is p.VAR_POSITIONAL else f"{p.name}={p.name}"
                          if p.kind is p.KEYWORD_ONLY else p.name) for p in parameters)
        names = [p.name for p in parameters]
        full = list(parameters)
        if out and "out" not in names:
            full.append(inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None))
        source = _Source(label, full, checked, namespace, forward.__doc__, ours)
        scope = {"_forward": forward, "_C": _C}
        body = []
        if out and "out" not in names:
            scope["_into"] = into
            rest = f", ({', '.join(apart)},), {apart[0] == 'input'}" if apart else ""
            inner = call.replace("dtype=dtype",
                                 "dtype=out.dtype if dtype is None else dtype") if out == "dtype" else call
            rest += ", same=True" if out == "exact" else ""
            body += ["if out is not None:", f"    return _into({label}, out, lambda: {label}({inner}){rest})"]
        if fast:
            scope["_fast"] = fast
            only = "".join(f"if {p.name} is None: " for p in parameters if p.kind is p.KEYWORD_ONLY)
            body += ["_r = None", f"{only}_r = "
                                  f"_fast({', '.join(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)})",
                                  "if _r is not None: return _r"]
        if function or method or namespace:
            body += whole_numbers(label, parameters, scope)
        if grad is None:
            body.append(f"return _forward({call})")
        else:
            rule, saved, parts = _rule(grad)
            differentiable = ", ".join(k for keys, *_ in parts for k in keys)
            scope.update(_rule=rule, _saved=saved, _parts=parts, _finish=_finish, _name=node or _node_name(label))
            named = f"_name({', '.join(inspect.signature(node).parameters)})" if callable(node) else "_name"
            arguments = "{" + ", ".join(f"{n!r}: {n}" for n in names) + "}"
            body += [
                f"if not _C.needs_grad({differentiable}): return _finish(_forward({call}), False, None, None, None, "
                "None, None)",
                "_C.set_grad_enabled(False)",
                "try:",
                f"    _result = _forward({call})",
                "finally:",
                "    _C.set_grad_enabled(True)",
                f"return _finish(_result, True, {named}, _rule, _saved, _parts, {arguments})",
            ]
        built = source.build(body, scope)
        register(label, built, method=method, function_name=function, namespace=namespace, aliases=aliases,
                 kind="composite" if grad is None else "kernel",
            family=(forward.__module__ or "").rpartition(".")[2], example=example, autocast=autocast)
        if inplace:
            built.in_place = declare_inplace(label, built, parameters, checked, method, function, namespace, aliases,
                                             forward.__doc__, composed=grad is None)
        return built

    return declare


def declare_inplace(
    name, built, parameters, checked, method, function, namespace, aliases, doc, direct=None, composed=False
):
    """name_: compute, write into self, continue self's history from the result. A composition keeps self in nodes of
    its own: it gets a copy where they are made."""
    call = ", ".join(f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else ("*" if p.kind is p.VAR_POSITIONAL else "")
                     + p.name for p in parameters)
    first = parameters[0].name
    scope = {"_function": built, "_write": write_in_place, "_C": _C, "_direct": direct}
    body = [f"_C.check_inplace({first})"]
    if direct:
        operands = ", ".join(checked)
        attributes = ", ".join(p.name for p in parameters if p.name not in checked)
        body += [f"if not _C.needs_grad({operands}):",
                 f"    return _direct({first}, ({operands},), ({attributes}{',' if attributes else ''}))"]
    if composed:
        scope["_methods"] = METHODS
        body.append(f"if _C.needs_grad({', '.join(checked)}): return _write({first}, "
                    f"_function(_methods['clone']({first}){call[len(first):]}))")
    body += [f"return _write({first}, _function({call}))"]
    source = _Source(name + "_", parameters, checked, namespace, doc)
    made = source.build(body, scope)
    return register(name + "_", made, method=method, function_name=function, namespace=namespace,
                    aliases=tuple(a + "_" for a in aliases), kind="inplace")


def write_in_place(self, result):
    """self takes result's values and history; RuntimeError when its shape or dtype cannot hold them."""
    if result.shape != self.shape:
        raise RuntimeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape "
                           f"{list(result.shape)}")
    check_castable(result.dtype, self.dtype)
    if result is self:
        return self
    _C.protect_saved(self, result)
    run("copy", (self, result))
    _C.bump_version(self)
    if _C.is_grad_enabled() and result.requires_grad:
        _C.rebase(self, result)
    return self


_CPP_NAMES = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
              "float16": "Half", "bfloat16": "BFloat16", "float32": "Float",
              "float64": "Double", "complex64": "ComplexFloat", "complex128": "ComplexDouble", "uint16": "UInt16",
              "uint32": "UInt32", "uint64": "UInt64"}


def check_castable(have, want):
    """RuntimeError unless a result of dtype `have` may be stored in a tensor of dtype `want`."""
    if (
        (have.is_complex and not want.is_complex)
        or (have.is_floating_point and not (want.is_floating_point or want.is_complex))
        or (want._name == "bool" and have._name != "bool")
    ):
        raise RuntimeError(f"result type {_CPP_NAMES.get(have._name, have._name)} can't be cast to the desired output "
                           f"type {_CPP_NAMES.get(want._name, want._name)}")


_CPP_TYPES = {"float32": "float", "float64": "double", "int64": "long int", "int32": "int", "int16": "short int",
              "int8": "signed char", "uint8": "unsigned char", "float16": "c10::Half",
              "bfloat16": "c10::BFloat16", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>"}


def check_same_dtype(out, result):
    """RuntimeError unless out= has just the dtype of what it is to hold."""
    if out._dtype_code != result._dtype_code:
        have, want = (_CPP_TYPES.get(t.dtype._name, t.dtype._name) for t in (out, result))
        raise RuntimeError(f"Expected out tensor to have dtype {want}, but got {have} instead")


def into(function, out, compute, apart=(), exact=False, same=False):
    """The out= form: compute outside the graph, resize out when needed, copy."""
    outs = out if isinstance(out, (tuple, list)) else (out,)
    if apart:
        from ..shape.mutation import check_overlap

        for o in outs:
            check_overlap(o, [t for a in apart for t in (a if isinstance(a, (tuple, list)) else (a,))])
            if exact and o._dtype_code != apart[0]._dtype_code:
                name = {"float32": "float", "float64": "double"}
                raise RuntimeError("Expected out tensor to have dtype "
                                   f"{name.get(apart[0].dtype._name, apart[0].dtype._name)}, but got "
                                   f"{name.get(o.dtype._name, o.dtype._name)} instead")
    if _C.is_grad_enabled() and any(o.requires_grad for o in outs):
        raise RuntimeError(f"{function.__name__}(): functions with out=... arguments don't support automatic "
                           "differentiation, but one of the arguments requires grad.")
    mode = _C.is_grad_enabled()
    _C.set_grad_enabled(False)
    try:
        results = compute()
    finally:
        _C.set_grad_enabled(mode)
    many = isinstance(results, (tuple, list))
    for o, r in zip(outs, results if many else (results,)):
        if same:
            check_same_dtype(o, r)
        fill_out(o, r)
    if many and hasattr(type(results), "_fields"):
        return type(results)(*outs)
    return tuple(outs) if many else out


def fill_out(out, result):
    """Copy a result into a given tensor as out= does."""
    check_castable(result.dtype, out.dtype)
    if out._device_code != result._device_code:
        raise RuntimeError(f"Expected out tensor to have device {result.device}, but got {out.device} instead")
    if out.shape != result.shape:
        if out._numel:
            import warnings

            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does not "
                f"match the required output shape {list(result.shape)}. "
                "This behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they "
                "have zero elements.",
                stacklevel=3,
            )
        out.resize_(result.shape)
    run("copy", (out, result))
    _C.bump_version(out)
    return out


INT_TO_FLOAT, TO_BOOL, COMPLEX_TO_REAL, KEEP_FIRST, SKIP_FIRST, NUMBERS_ALONE = 1, 2, 4, 8, 16, 32
_NUMBERS = 256  # from this bit up: operands that may be Python numbers


def pointwise(name, signature="input", *, kernel=None, grad=None, kind=0, method=True, function=True, namespace=None,
              inplace=True, aliases=(), operands=None, node=None, doc=None,
    check=None, numbers=(), ascend=None, example=None, autocast=None):
    """Declare an element-wise op by its kernel. `operands` (default: parameters without default) are tensors (those in
    `numbers` may be Python numbers too), the remaining parameters attributes of the kernel. `check(*operands,
    **attributes)`
    may raise first; as a pair (condition, function) it is called where the condition, a function of arguments that it
    names, holds. `ascend` is the
    kernel's row: operand 0 is the result, scalar 0 the dtype that is computed in, attributes follow."""
    parameters = _parameters(signature)
    operands = operands or [p.name for p in parameters if p.default is p.empty]
    attributes = [p.name for p in parameters if p.name not in operands]
    rule, uses = None, ()
    if grad is not None:
        wants = {k: list(inspect.signature(f).parameters) for k, f in grad.items()}
        assert "result" not in operands, f"{name}: 'result' in a gradient means the op's own result"
        bit = {n: 1 << i for i, n in enumerate(operands)} | {"result": 1 << 15}
        uses = tuple(sum(bit.get(w, 0) for w in wants.get(o, ())) for o in operands)
        parts = [(i, grad[o],
                  [("g" if w == "g" else operands.index(w) if w in operands else len(operands) if w == "result"
                    else ("a", attributes.index(w))) for w in wants[o]])
                 if o in grad else None for i, o in enumerate(operands)]

        # one expression an operand, compiled: this runs for every element-wise node of every backward
        def place(w):
            return "g" if w == "g" else f"given[{w[1]}]" if type(w) is tuple else f"saved[{w}]"

        calls = [
            f"f{p[0]}({', '.join(map(place, p[2]))}) if needs[{p[0]}] else None" if p else "None" for p in parts]
        rule = eval(f"lambda node, g: (lambda saved, needs, given: ({', '.join(calls)},))(node.saved, node.needs, "
                    "node.context)", {f"f{p[0]}": p[1] for p in parts if p})
        rule.saved_names = ["self" if o == "input" else o for o in operands] + ["result"]
    kind |= sum(_NUMBERS << i for i, o in enumerate(operands) if o in numbers)
    condition, check = check if isinstance(check, tuple) else (None, check)
    when = f"if _when({', '.join(inspect.signature(condition).parameters)}): " if condition else ""
    if ascend:
        _C.kernel_row(kernel or name, ascend, kind)
    spec = _C.define_pointwise(name, _C.kernel_id(kernel or name), kind, node or _node_name(name), rule, uses)
    source_parameters = [*parameters, inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)]
    doc = doc or f"Element-wise {name}; operands broadcast and promote."
    source = _Source(name, source_parameters, operands, namespace, doc)
    given = f"({', '.join(operands)},)"
    rest = f"({''.join(a + ', ' for a in attributes)})"
    scope = {"_pointwise": _C.pointwise, "_spec": spec, "_out": _pointwise_out, "_check": check, "_when": condition}
    body = [f"{when}_check({', '.join([*operands, *(f'{a}={a}' for a in attributes)])})"] if check else []
    body += [f"if out is None: return _pointwise(_spec, {given}, {rest}, None)",
             f"return _out(_spec, {given}, {rest}, out, {name!r})"]
    built = source.build(body, scope)
    register(name, built, method=method, function_name=function, namespace=namespace, aliases=aliases, kind="pointwise",
             example=example, autocast=autocast)
    TABLE[f"{namespace}.{name}" if namespace else name].kernels.add(kernel or name)
    if inplace:
        names = ", ".join([*operands, *attributes])
        lines = [f"({names},) = (*operands, *attributes)",
                 f"{when}_check({', '.join([*operands, *(f'{a}={a}' for a in attributes)])})"] if check else []
        source = "\n    ".join(["def direct(self, operands, attributes):", *lines,
                                "return _pointwise(_spec, operands, attributes, self)"])
        exec(compiled(source, f"torch.{name}_ without gradient"),
             direct_scope := {"_check": check, "_when": condition, "_pointwise": _C.pointwise, "_spec": spec})
        direct = direct_scope["direct"]
        built.in_place = declare_inplace(name, built, parameters, operands, method, function, namespace, aliases, doc,
                                         direct)
    return built


def _pointwise_out(spec, operands, attributes, out, name):
    tensor = _C_tensor()
    if not isinstance(out, tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if _C.needs_grad(out, *operands):
        raise RuntimeError(f"{name}(): functions with out=... arguments don't support automatic differentiation, but "
                           "one of the arguments requires grad.")
    return fill_out(out, _C.pointwise(spec, operands, attributes, None))
