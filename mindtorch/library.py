"""torch.library: operators of one's own, with gradients, and rules for meta tensors."""
import inspect

from mindtorch._ops.aten import ops, register_operator

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
        self._kernels = {d: function for d in ([device_types] if isinstance(device_types, str) else device_types or [None])}
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
                raise NotImplementedError(f"{self._qualname}: no fake implementation was registered for meta tensors; use register_fake")
            return self._fake(*args)
        kernel = self._kernels.get(device, self._kernels.get(None))
        if kernel is None:
            raise NotImplementedError(f"Could not run '{self._qualname}' on device '{device}': it was registered for {sorted(filter(None, self._kernels))}")
        result = kernel(*args)
        inputs = {t.data_ptr() for t in self._tensors(args) if t.numel()}
        if any(t.numel() and t.data_ptr() in inputs for t in self._tensors((result,))):
            raise RuntimeError(f"{self._qualname} (with implementation in {kernel.__module__}): The output of this custom operator must not also be an input to this custom operator and may not "
                               "alias any inputs to this custom operator or other returns. The most common way to trigger this error is if we have y = custom_op(x) and y and x are the same "
                               "Tensor. Please instead return a clone of the offending output tensor(s) (e.g. return x.clone()) or refactor the custom operator to not return y.")
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
                raise RuntimeError(f"Trying to backward through {definition._qualname}.default but no autograd formula was registered. Please use register_autograd to add one.")

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
        raise RuntimeError(f"operator {name} does not exist: define it with torch.library.custom_op or torch.library.define")
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
            value = float(value) if any(c in value for c in ".e") else int(value) if value.lstrip("-").isdigit() else value.strip("'\"")
        made.append(inspect.Parameter(declared.split()[-1], inspect.Parameter.KEYWORD_ONLY if keyword else inspect.Parameter.POSITIONAL_OR_KEYWORD,
                                      default=value if equals else inspect.Parameter.empty))
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


_DEVICES = {"default": None, "CPU": "cpu", "cpu": "cpu", "CUDA": "cuda", "cuda": "cuda", "npu": "npu", "PrivateUse1": "npu", "CompositeExplicitAutograd": None, "CompositeImplicitAutograd": None}


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
        return impl(name, dispatch_key or self.dispatch_key or "default", fn)


def opcheck(*args, **kwargs):
    """Not supported."""
    raise NotImplementedError("torch.library.opcheck")


def get_ctx():
    """Context of a fake implementation: sizes that depend on data cannot be symbolic here."""
    raise NotImplementedError("torch.library.get_ctx")


__all__ = ["CustomOpDef", "Library", "custom_op", "define", "impl", "impl_abstract", "ops", "opcheck", "register_autograd", "register_fake", "register_kernel", "triton_op"]
