"""torch.library: operators of one's own, with gradients, and rules for meta tensors."""
import contextlib
import inspect
import re
import weakref

from mindtorch._ops.table import dispatch_keys, operators, schemas
from mindtorch._ops.table.aten import ops

_FUNCTIONS = weakref.WeakValueDictionary()  # "namespace::name" -> CustomOpDef


def _split(name):
    space, _, rest = name.partition("::")
    if not rest:
        raise ValueError(f"expected the operator's name as 'namespace::name', got {name!r}")
    if "." in space:
        raise ValueError(f"the namespace of {name!r} has a '.'")
    return space, rest


class CustomOpDef:
    """An operator made by custom_op: callable, and the place to register its other parts."""

    def __init__(self, namespace, name, schema, fn, tags=None):
        self._namespace, self._name, self._qualname = namespace, name, f"{namespace}::{name}"
        self._schema, self._init_fn, self._tags = schema, fn, tags
        self._operator = operators.define(namespace, schemas.parse(name + schema), of_function=True, replace=True)
        self._opoverload = self._operator.overload()
        self.__doc__, self.__name__ = fn.__doc__, name
        _FUNCTIONS[self._qualname] = self

    def __call__(self, *args, **kwargs):
        return self._operator(*args, **kwargs)

    def register_kernel(self, device_types, fn=None, /):
        """Implementation for some device types; None: for all."""
        return register_kernel(self, device_types, fn)

    def register_fake(self, fn, /):
        """Shapes and dtypes of results, for meta tensors."""
        return register_fake(self, fn)

    register_abstract = register_fake

    def register_autograd(self, backward, /, *, setup_context=None):
        """Gradient: backward(ctx, *grads), with setup_context(ctx, inputs, output) run after the forward."""
        register_autograd(self, backward, setup_context=setup_context)

    def register_vmap(self, func=None):
        """Not supported yet."""
        raise NotImplementedError("torch.library: register_vmap")

    def register_autocast(self, device_type, cast_inputs):
        """Under autocast of a device type, cast floating inputs to a dtype first."""
        register_autocast(self, device_type, cast_inputs)

    def register_torch_dispatch(self, torch_dispatch_class, fn=None, /):
        """What is done for tensors of a class."""
        return register_torch_dispatch(self, torch_dispatch_class, fn)

    def __repr__(self):
        return f"<CustomOpDef({self._qualname})>"


def custom_op(name, fn=None, /, *, mutates_args, device_types=None, schema=None, tags=None):
    """Make an operator 'namespace::name' of a Python function; a decorator without fn. ValueError when the schema can't
    be inferred from annotations."""

    def make(function):
        space, rest = _split(name)
        text = infer_schema(function, mutates_args=mutates_args) if schema is None else schema
        made = CustomOpDef(space, rest, text, function, tags)
        if schema is not None:
            written = {a.name for a in made._operator.schema.arguments if a.is_write}
            if mutates_args != "unknown" and written != set(mutates_args):
                operators.forget(made._operator)
                raise ValueError(f"Attempted to create a custom op with `mutates_args={mutates_args}` and `schema="
                                 f"{schema}. The schema suggests that the op mutates {written} which is different "
                                 "from what was provided to us in `mutates_args`. Please make these consistent.")
        made.register_kernel(device_types, function)
        return made

    return make if fn is None else make(fn)


triton_op = custom_op


def _qualname(op):
    if isinstance(op, CustomOpDef):
        return op._qualname
    name = op if isinstance(op, str) else op.name() if callable(getattr(op, "name", None)) else str(op)
    _split(name)
    return operators.plain_name(name)


def _operator(op):
    found = operators.BY_NAME.get(_qualname(op))
    if found is None:
        raise RuntimeError(f"operator {_qualname(op)} does not exist: define it with torch.library.custom_op or "
                           "torch.library.define")
    return found


def register_fake(op, func=None, /, *, lib=None, _stacklevel=1, allow_override=False):
    """Rule for meta tensors of an operator."""

    def put(f):
        operators.implement(_qualname(op), "Meta", f)
        return f

    return put if func is None else put(func)


impl_abstract = register_fake


def register_autograd(op, backward, /, *, setup_context=None, lib=None):
    """Gradient of an operator: backward(ctx, *grads), with setup_context(ctx, inputs, output) run after the forward."""
    operator = _operator(op)
    if operator.schema.is_mutable and not operator.of_function:
        raise RuntimeError(f"Cannot register autograd formula for non-functional operator {operator.qualname} with "
                           f"schema {operator.schema}. Please create a functional operator and register an autograd "
                           "formula for that.")
    operator.backward, operator.setup_context = backward, setup_context


def register_kernel(op, device_types, func=None, /, *, lib=None):
    """Implementation of an operator for device types; None or "default": for all."""

    def put(f):
        _operator(op)
        for t in [device_types] if isinstance(device_types, str) or device_types is None else device_types:
            operators.implement(_qualname(op), "default" if t is None else t, f)
        return f

    return put if func is None else put(func)


def define(qualname, schema, *, lib=None, tags=()):
    """Declare an operator by its schema; implementations follow with impl (or are there already). ValueError for what
    is no schema, RuntimeError when the operator is there."""
    if not isinstance(qualname, str):
        raise ValueError(f"define(qualname, schema): expected qualname to be instance of str, got {type(qualname)}")
    space, name = _split(qualname)
    if not re.match(r"\s*\(.*\)\s+->\s+.*", schema, re.DOTALL):
        raise ValueError('define(qualname, schema, ...): expected schema to look like e.g. "(Tensor x) -> Tensor" but '
                         f'got "{schema}"')
    operator = operators.define(space, schemas.parse(name + schema.strip()))
    if lib is not None:
        lib._defined.append(operator)


def impl(qualname, types, func=None, *, lib=None):
    """Implementation of an operator for device types or dispatch keys; the operator may be defined later. RuntimeError
    for what is neither."""

    def put(f):
        for t in [types] if isinstance(types, (str, dispatch_keys.DispatchKey)) else types:
            operators.implement(_qualname(qualname), t, f)
        return f

    return put if func is None else put(func)


class Library:
    """A group of operators of one namespace: define(schema), impl(name, fn, key)."""

    def __init__(self, ns, kind, dispatch_key=""):
        if kind not in ("DEF", "IMPL", "FRAGMENT"):
            raise ValueError(f"Unsupported kind: {kind}")
        self.ns, self.kind, self.dispatch_key, self._defined = ns, kind, dispatch_key, []

    def define(self, schema, alias_analysis="", *, tags=()):
        """Declare an operator by its schema."""
        if alias_analysis not in ("", "FROM_SCHEMA", "CONSERVATIVE"):
            raise RuntimeError(f"Invalid alias_analysis type {alias_analysis}")
        made = schemas.parse(schema)
        name = made.name  # without the overload, as torch gives it
        self._defined.append(operators.define(self.ns, made))
        return name

    def impl(self, op_name, fn, dispatch_key="", *, with_keyset=False, allow_override=False):
        """Implement an operator for a dispatch key; with_keyset: fn gets the keys of its arguments first."""
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found type {type(fn)}")
        name = op_name if isinstance(op_name, str) else op_name.name()
        name = name if "::" in name else f"{self.ns}::{name}"
        if name.partition("::")[0] != self.ns:
            raise RuntimeError(f"{name} is not of the namespace {self.ns}")
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        operators.implement(operators.plain_name(name), key, _with_keys(fn) if with_keyset else fn)

    def fallback(self, fn, dispatch_key="", *, with_keyset=False):
        """NotImplementedError: there are no kernels for all operators at once."""
        if fn is not fallthrough_kernel:
            raise NotImplementedError("torch.library.Library.fallback: a kernel for all operators of a dispatch key")

    def _register_fake(self, op_name, fn, _stacklevel=1, *, allow_override=False):
        self.impl(op_name, fn, "Meta")

    def _destroy(self):
        for operator in self._defined:
            operators.forget(operator)
        self._defined.clear()

    def __repr__(self):
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"


def _with_keys(fn):
    def kernel(*args, **kwargs):
        keys = dispatch_keys.DispatchKeySet()
        for t in operators.tensors_in((*args, *kwargs.values())):
            keys |= dispatch_keys.of_tensor(t)
        return fn(keys, *args, **kwargs)

    return kernel


@contextlib.contextmanager
def _scoped_library(*args, **kwargs):
    made = Library(*args, **kwargs)
    try:
        yield made
    finally:
        made._destroy()


_SCHEMA_TYPES = {int: "SymInt", float: "float", bool: "bool", str: "str"}


def _schema_type(annotation, owner):
    import types
    import typing

    import mindtorch as torch

    plain = {**_SCHEMA_TYPES, torch.Tensor: "Tensor", torch.dtype: "ScalarType", torch.device: "Device"}
    if annotation in plain:
        return plain[annotation]
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        rest = [a for a in inner if a is not type(None)]
        if set(rest) == {int, float, bool}:
            return "Scalar" + ("?" if len(rest) < len(inner) else "")
        if len(rest) == 1 and len(inner) == 2:
            return _schema_type(rest[0], owner) + "?"
    if origin in (list, tuple) or (origin is not None and getattr(origin, "__name__", "") == "Sequence"):
        return _schema_type(inner[0], owner) + "[]"
    raise ValueError(f"infer_schema(func): {owner} has unsupported type {annotation}.")


def infer_schema(prototype_function, /, *, mutates_args, op_name=None, tags=()):
    """'(Tensor x, SymInt n) -> Tensor' from a function's annotations; ValueError for what has none or cannot be
    said."""
    import typing

    hints, parts, star = typing.get_type_hints(prototype_function), [], False
    parameters = inspect.signature(prototype_function).parameters
    unknown = set() if isinstance(mutates_args, str) else set(mutates_args) - set(parameters)
    if unknown:
        raise ValueError(f"infer_schema: mutates_args names {sorted(unknown)}, which are not arguments")
    letter = 0
    for name, p in parameters.items():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            raise ValueError("infer_schema(func): We do not support positional-only args, varargs, or varkwargs.")
        if name not in hints:
            raise ValueError(f"infer_schema(func): Parameter {name} must have a type annotation.")
        kind = _schema_type(hints[name], f"Parameter {name}")
        if (mutates_args == "unknown" and kind.startswith("Tensor")) or (
            not isinstance(mutates_args, str) and name in mutates_args
        ):
            if not kind.startswith("Tensor"):
                raise ValueError(f"infer_schema(func): Parameter {name} is in mutable_args but only Tensors or "
                                 "collections of Tensors can be mutated")
            kind = f"Tensor(a{letter}!)" + kind[len("Tensor"):]
        letter += 1
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        default = ("" if p.default is p.empty
                   else "=" + (f'"{p.default}"' if isinstance(p.default, str) else str(p.default)))
        parts.append(f"{kind} {name}{default}")
    result = hints.get("return", None)
    if result is type(None):
        result = None
    made = (
        "()"
        if result is None
        else _schema_type(result, "Return")
        if typing.get_origin(result) is not tuple
        else "(" + ", ".join(_schema_type(r, "Return") for r in typing.get_args(result)) + ")"
    )
    return f"{op_name or ''}({', '.join(parts)}) -> {made}"


def register_vmap(op, func=None, /, *, lib=None):
    """NotImplementedError: maps call operators once a slice."""
    raise NotImplementedError("torch.library: register_vmap")


def register_torch_dispatch(op, torch_dispatch_class, func=None, /, *, lib=None):
    """What an operator does for tensors of a class: func(class, operator, types, args, kwargs)."""
    import mindtorch as torch

    operator = _operator(op)
    if not isinstance(torch_dispatch_class, type) or not issubclass(torch_dispatch_class, torch.Tensor):
        raise NotImplementedError("torch.library.register_torch_dispatch: for modes, see TorchDispatchMode")

    def put(f):
        operator.dispatched.append((torch_dispatch_class, f))
        return f

    return put if func is None else put(func)


def fallthrough_kernel():
    """Stands for an implementation that does nothing, for impl; it is never called."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")


fallthrough_kernel._mindtorch_fallthrough = True


def wrap_triton(triton_kernel, /):
    """NotImplementedError: there are no Triton kernels."""
    raise NotImplementedError("torch.library.wrap_triton: Triton kernels need a GPU")


def get_kernel(op, dispatch_key):
    """The implementation of an operator of one's own for a dispatch key ('CPU', 'CUDA' ...); RuntimeError when there is
    none."""
    operator, key = _operator(op), dispatch_keys.parse(dispatch_key)
    try:
        return operator.kernel(dispatch_keys.DEVICES.get(key))
    except NotImplementedError:
        raise RuntimeError(f"No kernel for {operator.qualname} and dispatch key {dispatch_key}") from None


def register_autocast(op, device_type, cast_inputs, /, *, lib=None):
    """Under autocast of a device type, cast floating inputs of an operator to a dtype first."""
    import mindtorch as torch

    operator = _operator(op)
    if device_type not in ("cpu", "cuda", "npu"):
        raise ValueError(f"Unknown device type: {device_type}")

    def cast(value):
        if isinstance(value, (list, tuple)):
            return type(value)(map(cast, value))
        return (value.to(cast_inputs) if isinstance(value, torch.Tensor) and value.is_floating_point()
                and value.dtype is not torch.float64 else value)

    operator.autocast[device_type] = lambda *args, **kwargs: operator(
        *map(cast, args), **{n: cast(v) for n, v in kwargs.items()})


def opcheck(*args, **kwargs):
    """Not supported."""
    raise NotImplementedError("torch.library.opcheck")


def get_ctx():
    """Context of a fake implementation: sizes that depend on data cannot be symbolic here."""
    raise NotImplementedError("torch.library.get_ctx")


__all__ = ["infer_schema", "register_vmap", "register_torch_dispatch", "fallthrough_kernel", "wrap_triton",
           "get_kernel", "register_autocast", "CustomOpDef", "Library",
    "custom_op", "define", "impl", "impl_abstract", "ops", "opcheck", "register_autograd", "register_fake",
    "register_kernel", "triton_op"]
