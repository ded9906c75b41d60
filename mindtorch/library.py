"""torch.library: operators of one's own, with gradients, and rules for meta tensors."""
import inspect

from mindtorch._ops.table.aten import ops, register_operator

_DEFINITIONS = {}


def _split(name):
    space, _, rest = name.partition("::")
    if not rest:
        raise ValueError(f"expected the operator's name as 'namespace::name', got {name!r}")
    return space, rest.partition(".")[0]


class CustomOpDef:
    """An operator made by custom_op: callable, and the place to register its other parts."""

    def __init__(self, namespace, name, function, mutates_args, device_types, schema=None):
        self._namespace, self._name, self._qualname = namespace, name, f"{namespace}::{name}"
        self._kernels = {d: function
                         for d in ([device_types] if isinstance(device_types, str) else device_types or [None])}
        self._mutates = tuple(mutates_args) if not isinstance(mutates_args, str) else ()
        self._schema, self._fake, self._backward, self._setup_context, self._vmap = schema, None, None, None, None
        self._signature = inspect.signature(function)
        self.__doc__, self.__name__ = function.__doc__, name
        _DEFINITIONS[self._qualname] = self
        register_operator(namespace, name, self)

    def _tensors(self, args):
        import mindtorch as torch

        for a in args:
            if isinstance(a, torch.Tensor):
                yield a
            elif isinstance(a, (list, tuple)):
                yield from self._tensors(a)

    def _compute(self, *args):
        device = next((t.device.type for t in self._tensors(args)), "cpu")
        if device == "meta":
            if self._fake is None:
                raise NotImplementedError(f"{self._qualname}: no fake implementation was registered for meta tensors; "
                                          "use register_fake")
            return self._fake(*args)
        kernel = self._kernels.get(device, self._kernels.get(None))
        if kernel is None:
            raise NotImplementedError(f"Could not run '{self._qualname}' on device '{device}': it was registered for "
                                      f"{sorted(filter(None, self._kernels))}")
        result = kernel(*args)
        inputs = {t.data_ptr() for t in self._tensors(args) if t.numel()}
        if any(t.numel() and t.data_ptr() in inputs for t in self._tensors((result,))):
            raise RuntimeError(
                f"{self._qualname} (with implementation in {kernel.__module__}): The output of this custom operator "
                "must not also be an input to this custom operator and may not "
                "alias any inputs to this custom operator or other returns. The most common way to trigger this error "
                "is if we have y = custom_op(x) and y and x are the same "
                "Tensor. Please instead return a clone of the offending output tensor(s) (e.g. return x.clone()) or "
                "refactor the custom operator to not return y."
            )
        return result

    def __call__(self, *args, **kwargs):
        import mindtorch as torch

        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        values = tuple(bound.arguments.values())
        if not (torch.is_grad_enabled() and any(t.requires_grad for t in self._tensors(values))):
            return self._compute(*values)
        if self._backward is None:
            if self._mutates:
                return self._compute(*values)
            return _Undifferentiable.apply(self, *values)
        return _function_of(self).apply(*values)

    def register_kernel(self, device_types, fn=None):
        """Implementation for some device types."""

        def put(f):
            for d in [device_types] if isinstance(device_types, str) else device_types or [None]:
                self._kernels[d] = f
            return f

        return put if fn is None else put(fn)

    def register_fake(self, fn):
        """Shapes and dtypes of results, for meta tensors."""
        self._fake = fn
        return fn

    register_abstract = register_fake

    def register_autograd(self, backward, /, *, setup_context=None):
        """Gradient: backward(ctx, *grads), with setup_context(ctx, inputs, output) run after the forward."""
        self._backward, self._setup_context = backward, setup_context

    def register_vmap(self, func=None):
        """Not supported yet."""
        raise NotImplementedError("torch.library: register_vmap")

    def register_torch_dispatch(self, torch_dispatch_class, fn=None, /):
        """Not supported."""
        raise NotImplementedError("torch.library: register_torch_dispatch")

    def __repr__(self):
        return f"<CustomOpDef({self._qualname})>"


def _function_of(definition):
    from mindtorch.autograd import Function

    class Generated(Function):
        @staticmethod
        def forward(ctx, *args):
            result = definition._compute(*args)
            if definition._setup_context is not None:
                definition._setup_context(ctx, args, result)
            return result

        @staticmethod
        def backward(ctx, *grads):
            return definition._backward(ctx, *grads)

    Generated.__name__ = f"GeneratedBackwardFor_{definition._namespace}_{definition._name}"
    return Generated


class _UndifferentiableType:
    """Runs an operator without a gradient: backward through it raises."""

    def apply(self, definition, *values):
        from mindtorch.autograd import Function

        class Undifferentiable(Function):
            @staticmethod
            def forward(ctx, *args):
                return definition._compute(*args)

            @staticmethod
            def backward(ctx, *grads):
                raise RuntimeError(f"Trying to backward through {definition._qualname}.default but no autograd formula "
                                   "was registered. Please use register_autograd to add one.")

        return Undifferentiable.apply(*values)


_Undifferentiable = _UndifferentiableType()


def custom_op(name, fn=None, /, *, mutates_args, device_types=None, schema=None, tags=None):
    """Make an operator 'namespace::name' of a Python function; a decorator without fn."""

    def make(function):
        return CustomOpDef(*_split(name), function, mutates_args, device_types, schema)

    return make if fn is None else make(fn)


triton_op = custom_op


def _definition(op):
    if isinstance(op, CustomOpDef):
        return op
    name = op if isinstance(op, str) else op.name() if hasattr(op, "name") else str(op)
    found = _DEFINITIONS.get("::".join(_split(name)))
    if found is None:
        raise RuntimeError(f"operator {name} does not exist: define it with torch.library.custom_op or "
                           "torch.library.define")
    return found


def register_fake(op, func=None, /, *, lib=None, _stacklevel=1, allow_override=False):
    """Rule for meta tensors of an operator."""

    def put(f):
        _definition(op).register_fake(f)
        return f

    return put if func is None else put(func)


impl_abstract = register_fake


def register_autograd(op, backward, /, *, setup_context=None, lib=None):
    """Gradient of an operator."""
    _definition(op).register_autograd(backward, setup_context=setup_context)


def register_kernel(op, device_types, func=None, /, *, lib=None):
    """Implementation of an operator for device types."""
    return _definition(op).register_kernel(device_types, func)


def _parameters_of(schema):
    """(name, inspect.Signature) from 'name(Tensor x, int n=1) -> Tensor'."""
    name, _, rest = schema.partition("(")
    inner, depth, parts = rest.rpartition("->")[0].rstrip().removesuffix(")"), 0, [""]
    for c in inner:
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    made, keyword = [], False
    for part in (p.strip() for p in parts if p.strip()):
        if part == "*":
            keyword = True
            continue
        declared, equals, default = part.partition("=")
        value = {"None": None, "True": True, "False": False}.get(default, default)
        if isinstance(value, str) and equals:
            value = (float(value) if any(c in value for c in ".e") else int(value) if value.lstrip("-").isdigit()
                     else value.strip("'\""))
        made.append(
            inspect.Parameter(
                declared.split()[-1],
                inspect.Parameter.KEYWORD_ONLY if keyword else inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=value if equals else inspect.Parameter.empty,
            )
        )
    return name.strip(), inspect.Signature(made)


def define(qualname, schema, *, lib=None, tags=()):
    """Declare an operator by its schema; implementations follow with impl."""
    if not schema.lstrip().startswith("("):
        raise ValueError(f"expected a schema like '(Tensor x) -> Tensor', got {schema!r}")
    _, signature = _parameters_of("f" + schema.strip())

    def missing(*args):
        raise NotImplementedError(f"Could not run '{qualname}': no implementation was registered")

    missing.__signature__ = signature
    definition = CustomOpDef(*_split(qualname), missing, (), None, schema)
    definition._kernels = {}


_DEVICES = {"default": None, "CPU": "cpu", "cpu": "cpu", "CUDA": "cuda", "cuda": "cuda", "npu": "npu",
            "PrivateUse1": "npu", "CompositeExplicitAutograd": None,
    "CompositeImplicitAutograd": None}


def impl(qualname, types, func=None, *, lib=None):
    """Implementation of a declared operator for device types or dispatch keys."""

    def put(f):
        for t in [types] if isinstance(types, str) else types:
            if t == "Meta":
                _definition(qualname).register_fake(f)
            elif t in _DEVICES:
                _definition(qualname)._kernels[_DEVICES[t]] = f
            else:
                raise NotImplementedError(f"torch.library.impl: dispatch key {t}")
        return f

    return put if func is None else put(func)


class Library:
    """A group of operators of one namespace: define(schema), impl(name, fn, key)."""

    def __init__(self, ns, kind, dispatch_key=""):
        if kind not in ("DEF", "IMPL", "FRAGMENT"):
            raise ValueError(f"Unsupported kind: {kind}")
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key

    def define(self, schema, alias_analysis="", *, tags=()):
        """Declare an operator by its schema."""
        name = schema.partition("(")[0].strip()
        define(f"{self.ns}::{name}", schema[schema.index("("):])
        return name

    def impl(self, op_name, fn, dispatch_key="", *, with_keyset=False, allow_override=False):
        """Implement an operator for a dispatch key."""
        name = op_name if isinstance(op_name, str) else op_name.name()
        name = name if "::" in name else f"{self.ns}::{name}"
        impl(name, dispatch_key or self.dispatch_key or "default", fn)


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
    _definition(op).register_vmap(func)


def register_torch_dispatch(op, torch_dispatch_class, func=None, /, *, lib=None):
    """NotImplementedError: __torch_dispatch__ is not supported."""
    _definition(op).register_torch_dispatch(torch_dispatch_class, func)


def fallthrough_kernel():
    """NotImplementedError: an implementation that does nothing, for impl."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")


def wrap_triton(triton_kernel, /):
    """NotImplementedError: there are no Triton kernels."""
    raise NotImplementedError("torch.library.wrap_triton: Triton kernels need a GPU")


def get_kernel(op, dispatch_key):
    """The implementation of an operator of one's own for a dispatch key ('CPU', 'CUDA' ...); RuntimeError when there is
    none."""
    definition, key = _definition(op), str(dispatch_key).rpartition(".")[2]
    kernel = definition._kernels.get(_DEVICES.get(key), definition._kernels.get(None))
    if kernel is None:
        raise RuntimeError(f"No kernel for {definition._qualname} and dispatch key {dispatch_key}")
    return kernel


def register_autocast(op, device_type, cast_inputs, /, *, lib=None):
    """Under autocast of a device type, cast floating inputs of an operator to a dtype first."""
    import mindtorch as torch

    definition = _definition(op)
    inner = definition._compute
    if device_type not in ("cpu", "cuda", "npu"):
        raise ValueError(f"Unknown device type: {device_type}")

    def cast(value):
        return (value.to(cast_inputs) if isinstance(value, torch.Tensor) and value.is_floating_point()
                and value.dtype is not torch.float64 else value)

    def compute(*args):
        if not torch.is_autocast_enabled(device_type):
            return inner(*args)
        with torch.autocast(device_type, enabled=False):
            return inner(*(type(a)(map(cast, a)) if isinstance(a, (list, tuple)) else cast(a) for a in args))

    definition._compute = compute


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
