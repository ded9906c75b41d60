"""Function transforms: derivatives, products with Jacobians, and maps over a dimension."""
import functools

import mindtorch as torch
import mindtorch._C as _C
from mindtorch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

from ._batched import Unbatchable, Watch, core, inserted, levels_of, lifted, removed, running
from ._rearrange import rearrange
from ._vmap import check_randomness, vectorized, vmap

__all__ = ["rearrange", "grad", "grad_and_value", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "vmap",
           "functional_call", "stack_module_state", "functionalize",
           "linearize", "debug_unwrap", "replace_all_batch_norm_modules_"]


def _is_tensor(value):
    return isinstance(value, torch.Tensor)


class _Run:
    """One transform while it runs: results that depend on its own roots alone, or on those of finished ones, lose their
    history."""

    def __init__(self):
        self.live = True

    def track(self, value):
        """A tensor to differentiate by: within the caller's graph where it is in one, else on a root of its own; inside
        of vmap one for every slice."""
        if not _is_tensor(value):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(value)}")
        return lifted(value, running(), self._root)

    def _root(self, t):
        if t.requires_grad:
            return t.view_as(t)
        leaf, made = _C.detach(t).requires_grad_(True), _C.detach(t)
        _C.attach(_ROOT, _same, self, (leaf,), (made,), ())
        return made

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.live = False

    def released(self, tree):
        """Results without the history that only transforms have made."""
        if _foreign_leaves([core(t) for t in tree_leaves(tree) if _is_tensor(t)], (), self):
            return tree
        return tree_map(lambda t: t.detach() if _is_tensor(t) else t, tree)


_ROOT = "TransformRoot"


def _same(node, g):
    return (g,)


def _foreign_leaves(outputs, own, run=None):
    """Whether outputs depend on leaves besides `own` and the roots of `run` and of finished transforms: the caller's,
    whose graph must be kept."""
    mine = {id(t) for t in own}
    stack = [t.grad_fn if t.grad_fn is not None else t for t in outputs if t.requires_grad]
    seen = set()
    while stack:
        node = stack.pop()
        if _is_tensor(node):
            if id(node) not in mine:
                return True
            continue
        if node is None or node in seen:
            continue
        seen.add(node)
        if node.name() == _ROOT:
            if node.context.live and node.context is not run:
                return True
            continue
        for following, _ in node.next_functions:
            if following is None:
                continue
            stack.append(following.variable if following.name() == "AccumulateGrad" else following)
    return False


def _zeros_for_none(grads, inputs):
    return [torch.zeros_like(x) if g is None else g for g, x in zip(grads, inputs)]


def _gradients(outputs, inputs, cotangents):
    pairs = [(o, c) for o, c in zip(outputs, cotangents) if o.requires_grad]
    if not pairs:
        return [torch.zeros_like(x) for x in inputs]
    outputs, cotangents, wanted = [o for o, _ in pairs], [c for _, c in pairs], list(inputs)
    # the graph is of whole batches: so are the cotangents then, and what comes back
    levels = levels_of([*outputs, *inputs])
    for level in levels:
        outputs, cotangents, wanted = ([removed(t, level) for t in ts] for ts in (outputs, cotangents, wanted))
    found = torch.autograd.grad(outputs, wanted, cotangents, create_graph=True, allow_unused=True)
    for level in reversed(levels):
        found = [None if g is None else inserted(g, level) for g in found]
    return _zeros_for_none(found, inputs)


def _positions(argnums, count):
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    if not all(isinstance(n, int) for n in numbers):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if any(not -count <= n < count for n in numbers):
        raise RuntimeError(f"Got argnum={argnums}, but only {count} positional inputs")
    return [n % count for n in numbers]


def _split_aux(result, has_aux, name):
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def _check_tensors(outputs, where):
    for o in outputs:
        if not _is_tensor(o):
            raise RuntimeError(f"{where}: expected f(*primals) to return only tensors, got unsupported type {type(o)}")


def grad_and_value(func, argnums=0, has_aux=False):
    """A function that gives (gradient, value) of a scalar function; with has_aux (gradient, (value, aux))."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        with torch.enable_grad(), _Run() as run:
            args = list(args)
            wanted = _positions(argnums, len(args))
            for n in wanted:
                args[n] = tree_map(run.track, args[n])
            output, aux = _split_aux(func(*args, **kwargs), has_aux, "grad_and_value(f)(*args)")
            if not _is_tensor(output):
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}")
            if output.dim() != 0:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{output.dim()} dims. Maybe you wanted to use "
                    "the vjp or jacrev APIs "
                    "instead?"
                )
            trees = tuple(args[n] for n in wanted)
            leaves, spec = tree_flatten(trees)
            found = tree_unflatten(_gradients((output,), leaves, (torch.ones_like(output),)), spec)
        found = found if isinstance(argnums, tuple) else found[0]
        return run.released((found, (output, aux) if has_aux else output))

    return wrapper


def grad(func, argnums=0, has_aux=False):
    """A function that gives the gradient of a scalar function by its argument(s) `argnums`; with has_aux (gradient,
    aux)."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return wrapper


def vjp(func, *primals, has_aux=False):
    """(func(*primals), function of a cotangent that gives v^T J for each primal); with has_aux also aux."""
    with torch.enable_grad(), _Run() as run:
        leaves, spec = tree_flatten(primals)
        leaves = [run.track(v) for v in leaves]
        result, aux = _split_aux(func(*tree_unflatten(leaves, spec)), has_aux, "vjp(f, *primals)")
    outputs, out_spec = tree_flatten(result)
    _check_tensors(outputs, "vjp(f, *primals)")

    def pull(cotangents, retain_graph=True, create_graph=None):
        values, given = tree_flatten(cotangents)
        _check_tensors(values, "vjp(f, *primals)(cotangents)")
        if given != out_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {given}, primal "
                f"output: {out_spec}"
            )
        with torch.enable_grad():
            return run.released(tree_unflatten(_gradients(outputs, leaves, values), spec))

    value = run.released(result)
    return (value, pull, run.released(aux)) if has_aux else (value, pull)


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """(func(*primals), J tangents), by two reverse passes; with has_aux also aux."""
    if not isinstance(primals, tuple):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call "
                           "f(*primals).")
    leaves, spec = tree_flatten(primals)
    directions, tangent_spec = tree_flatten(tangents)
    if spec != tangent_spec:
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For example, "
            "if primals is a tuple of 3 tensors, "
            "tangents also must be. "
            f"Got primals with structure {spec} and tangents with structure {tangent_spec}"
        )
    if not leaves:
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to contain at least one Tensor.")
    for name, values in (("primals", leaves), ("tangents", directions)):
        for v in values:
            if not _is_tensor(v):
                raise RuntimeError(f"jvp(f, primals, tangents): Expected {name} to only contain Tensors, got {type(v)}")
    value, push, aux = _pushed(func, spec, leaves, has_aux, "jvp(f, primals, tangents)", strict)
    moved = push(*directions)
    return (value, moved, aux) if has_aux else (value, moved)


def _pushed(func, spec, leaves, has_aux, name, strict=False):
    """(value, function of flat tangents that gives J tangents, aux): the derivative of the reverse pass by its
    cotangents."""
    with torch.enable_grad(), _Run() as run:
        leaves = [run.track(v) for v in leaves]
        result, aux = _split_aux(func(*tree_unflatten(leaves, spec)), has_aux, name)
        outputs, out_spec = tree_flatten(result)
        _check_tensors(outputs, name)
        if strict and not all(o.requires_grad for o in outputs):
            raise RuntimeError(f"{name[:-1]}, strict=True): The output of f is independent of the inputs. This is not "
                               "allowed with strict=True.")
        # any value: the reverse pass is linear in them, but log(g) is not smooth at 0
        probes = [run.track(torch.ones_like(o).detach()) for o in outputs]
        back = _gradients(outputs, leaves, probes)

    def push(*directions):
        for x, v in zip(leaves, directions):
            if x.shape != v.shape:
                raise RuntimeError(
                    "Trying to set a forward gradient that has a different size than that of the original Tensor, this "
                    "is not supported. "
                    f"Tensor is of size {list(x.shape)} while the given forward gradient is of size {list(v.shape)}."
                )
        with torch.enable_grad():
            return run.released(tree_unflatten(_gradients(back, probes, directions), out_spec))

    return run.released(result), push, run.released(aux)


def linearize(func, *primals):
    """(func(*primals), function of tangents that gives J tangents), the function evaluated once."""
    leaves, spec = tree_flatten(primals)
    value, push, _ = _pushed(func, spec, leaves, False, "linearize(f, *primals)")

    def moved(*tangents):
        directions, given = tree_flatten(tangents)
        if given != spec:
            raise RuntimeError(f"Expected the tangents {given} to have the same structure as the primals {spec}.")
        for i, (x, v) in enumerate(zip(leaves, directions)):
            for what in ("shape", "dtype"):
                if getattr(x, what) != getattr(v, what):
                    raise RuntimeError(f"tangent:{i} with {what} {getattr(v, what)} in flattened pytree doesn't match "
                                       f"the {what} {getattr(x, what)} of the corresponding primal.")
        return push(*directions)

    return value, moved


def _rows(pull, units, chunk_size=None):
    """Results of pull(unit) stacked: all units at once where every operator of the backward can, else one by one."""
    if len(units) > 2:
        try:
            return vectorized(pull, randomness="same", chunk_size=chunk_size)(units)
        except Unbatchable:
            pass
    return [torch.stack(column) for column in zip(*map(pull, units))]


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None, _preallocate_and_copy=False):
    """A function that gives the Jacobian by its argument(s) `argnums`: for each output and input a tensor of shape
    output.shape + input.shape."""

    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        with torch.enable_grad(), _Run() as run:
            args = list(args)
            wanted = _positions(argnums, len(args))
            for n in wanted:
                args[n] = tree_map(run.track, args[n])
            result, aux = _split_aux(func(*args, **kwargs), has_aux, "jacrev")
            leaves, spec = tree_flatten(tuple(args[n] for n in wanted) if isinstance(argnums, tuple)
                                        else args[wanted[0]])
            outputs, out_spec = tree_flatten(result)
            _check_tensors(outputs, "vjp(f, *primals)")
            blocks = []
            for out in outputs:
                units = torch.eye(out.numel(), dtype=out.dtype, device=out.device).view(out.numel(), *out.shape)
                columns = _rows(lambda unit, out=out: tuple(_gradients((out,), leaves, (unit,))), units,
                                chunk_size) if len(units) else [x.new_zeros((0, *x.shape)) for x in leaves]
                blocks.append(tree_unflatten([c.reshape(*out.shape, *x.shape) for c, x in zip(columns, leaves)], spec))
            jacobian = tree_unflatten(blocks, out_spec)
        jacobian = run.released(jacobian)
        return (jacobian, run.released(aux)) if has_aux else jacobian

    return wrapper


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    """The same Jacobian as jacrev, computed as jacrev does; func is called once, so random numbers are the same for
    every column ('same'), or an error."""
    if randomness == "different":
        raise NotImplementedError("jacfwd: randomness='different' is not supported, the function is called once for "
                                  "all columns")
    reverse = jacrev(func, argnums, has_aux=has_aux)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        check_randomness(randomness)
        with Watch(randomness):
            return reverse(*args, **kwargs)

    return wrapper


def hessian(func, argnums=0):
    """A function that gives the second derivatives of a scalar function."""
    return jacrev(jacrev(func, argnums), argnums)


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """module(*args, **kwargs) with parameters and buffers (names to tensors; one dict or several) in place of its own,
    for this call."""
    dicts = (parameter_and_buffer_dicts if isinstance(parameter_and_buffer_dicts, (list, tuple))
             else (parameter_and_buffer_dicts,))
    if not all(isinstance(d, dict) for d in dicts):
        raise ValueError("Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
                         f"{type(parameter_and_buffer_dicts)}")
    given = {}
    for d in dicts:
        if repeated := given.keys() & d.keys():
            raise ValueError(f"{sorted(repeated)} appeared in multiple dictionaries; behavior of functional call is "
                             "ambiguous")
        given.update(d)
    from mindtorch.nn.utils.stateless import _functional_call

    return _functional_call(module, given, args, kwargs, tie_weights=tie_weights, strict=strict)


def stack_module_state(models):
    """(parameters, buffers) of like modules, stacked along a new first dimension; for vmap over functional_call."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")

    def stacked(dicts):
        out = {}
        for name in dicts[0]:
            values = [d[name] for d in dicts]
            needs = values[0].requires_grad
            if any(v.requires_grad != needs for v in values):
                raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
            joined = torch.stack([v.detach() for v in values])
            out[name] = joined.requires_grad_(needs) if needs else joined
        return out

    return stacked([dict(m.named_parameters()) for m in models]), stacked([dict(m.named_buffers()) for m in models])


def debug_unwrap(tensor, *, recurse=True):
    """The tensor itself: transforms here work on plain tensors."""
    if not _is_tensor(tensor):
        raise TypeError(f"debug_unwrap: expected a tensor, got {type(tensor)}")
    return tensor


def replace_all_batch_norm_modules_(root):
    """Batch normalisation without running statistics, throughout a module, in place."""
    for module in root.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


def functionalize(func, *, remove="mutations"):
    """func itself as far as one can see: its results, and what it changes of its arguments. There is no tracer here
    that would see operators without in-place changes.
    RuntimeError for `remove` other than 'mutations' and 'mutations_and_views'."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are:\n"
            "     remove='mutations': operators that change a tensor are replaced\n     remove='mutations_and_views': "
            "views as well"
        )

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        return func(*args, **kwargs)

    return wrapper
