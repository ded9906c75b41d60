"""Function transforms: derivatives, products with Jacobians, and maps over a dimension."""
import functools

import mindtorch as torch
from mindtorch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

from ._batched import Unbatchable, core, inserted, levels_of, lifted, removed, running
from ._rearrange import rearrange
from ._vmap import vmap

__all__ = ["rearrange", "grad", "grad_and_value", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "vmap", "functional_call", "stack_module_state", "functionalize",
           "linearize", "debug_unwrap", "replace_all_batch_norm_modules_"]


def _is_tensor(value):
    return isinstance(value, torch.Tensor)


def _tracked(value):
    """A tensor to differentiate by: within the caller's graph where it is in one, else a leaf of its own; inside of vmap one for every slice."""
    return lifted(value, running(), lambda t: t.view_as(t) if t.requires_grad else t.detach().requires_grad_(True))


def _foreign_leaves(outputs, own):
    """Whether outputs depend on leaves besides `own`: the caller's, whose graph must be kept."""
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
        for following, _ in node.next_functions:
            if following is None:
                continue
            stack.append(following.variable if following.name() == "AccumulateGrad" else following)
    return False


def _released(tree, own):
    """Results without the history that only this transform has made."""
    tensors = [core(t) for t in tree_leaves(tree) if _is_tensor(t)]
    if _foreign_leaves(tensors, [core(t) for t in own if t.is_leaf]):
        return tree
    return tree_map(lambda t: t.detach() if _is_tensor(t) else t, tree)


def _zeros_for_none(grads, inputs):
    return [torch.zeros_like(x) if g is None else g for g, x in zip(grads, inputs)]


def _gradients(outputs, inputs, cotangents):
    pairs = [(o, c) for o, c in zip(outputs, cotangents) if o.requires_grad]
    if not pairs:
        return [torch.zeros_like(x) for x in inputs]
    outputs, cotangents, wanted = [o for o, _ in pairs], [c for _, c in pairs], list(inputs)
    levels = levels_of([*outputs, *inputs])  # the graph is of whole batches: so are the cotangents then, and what comes back
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
        with torch.enable_grad():
            args = list(args)
            wanted = _positions(argnums, len(args))
            for n in wanted:
                args[n] = tree_map(lambda v: _tracked(v) if _is_tensor(v) else v, args[n])
            output, aux = _split_aux(func(*args, **kwargs), has_aux, "grad_and_value(f)(*args)")
            if not _is_tensor(output):
                raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}")
            if output.dim() != 0:
                raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with {output.dim()} dims. Maybe you wanted to use "
                                   "the vjp or jacrev APIs "
                                   "instead?")
            trees = tuple(args[n] for n in wanted)
            leaves, spec = tree_flatten(trees)
            found = tree_unflatten(_gradients((output,), leaves, (torch.ones_like(output),)), spec)
        found = found if isinstance(argnums, tuple) else found[0]
        return _released((found, (output, aux) if has_aux else output), leaves)

    return wrapper


def grad(func, argnums=0, has_aux=False):
    """A function that gives the gradient of a scalar function by its argument(s) `argnums`; with has_aux (gradient, aux)."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return wrapper


def vjp(func, *primals, has_aux=False):
    """(func(*primals), function of a cotangent that gives v^T J for each primal); with has_aux also aux."""
    with torch.enable_grad():
        leaves, spec = tree_flatten(primals)
        leaves = [_tracked(v) for v in leaves]
        result, aux = _split_aux(func(*tree_unflatten(leaves, spec)), has_aux, "vjp(f, *primals)")
    outputs, out_spec = tree_flatten(result)
    _check_tensors(outputs, "vjp(f, *primals)")

    def pull(cotangents, retain_graph=True, create_graph=None):
        values, given = tree_flatten(cotangents)
        _check_tensors(values, "vjp(f, *primals)(cotangents)")
        if given != out_spec:
            raise RuntimeError(f"Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. cotangents: {given}, primal "
                               f"output: {out_spec}")
        with torch.enable_grad():
            found = tree_unflatten(_gradients(outputs, leaves, values), spec)
        found = _released(found, leaves)
        return found

    value = _released(result, leaves)
    return (value, pull, _released(aux, leaves)) if has_aux else (value, pull)


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """(func(*primals), J tangents), by two reverse passes; with has_aux also aux."""
    if not isinstance(primals, tuple):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    leaves, spec = tree_flatten(primals)
    directions, tangent_spec = tree_flatten(tangents)
    if spec != tangent_spec:
        raise RuntimeError("jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 tensors, "
                           "tangents also must be. "
                           f"Got primals with structure {spec} and tangents with structure {tangent_spec}")
    value, push, aux = _pushed(func, spec, leaves, has_aux, "jvp(f, primals, tangents)")
    moved = push(*directions)
    return (value, moved, aux) if has_aux else (value, moved)


def _pushed(func, spec, leaves, has_aux, name):
    """(value, function of flat tangents that gives J tangents, aux): the derivative of the reverse pass by its cotangents."""
    with torch.enable_grad():
        leaves = [_tracked(v) for v in leaves]
        result, aux = _split_aux(func(*tree_unflatten(leaves, spec)), has_aux, name)
        outputs, out_spec = tree_flatten(result)
        _check_tensors(outputs, name)
        probes = [torch.zeros_like(o, requires_grad=True) for o in outputs]
        back = _gradients(outputs, leaves, probes)
    own = [*leaves, *probes]

    def push(*directions):
        for x, v in zip(leaves, directions):
            if x.shape != v.shape:
                raise RuntimeError("Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. "
                                   f"Tensor is of size {list(x.shape)} while the given forward gradient is of size {list(v.shape)}.")
        with torch.enable_grad():
            return _released(tree_unflatten(_gradients(back, probes, directions), out_spec), own)

    return _released(result, own), push, _released(aux, own)


def linearize(func, *primals):
    """(func(*primals), function of tangents that gives J tangents), the function evaluated once."""
    leaves, spec = tree_flatten(primals)
    value, push, _ = _pushed(func, spec, leaves, False, "linearize(f, *primals)")

    def moved(*tangents):
        directions, given = tree_flatten(tangents)
        if given != spec:
            raise RuntimeError(f"Expected the tangents {given} to have the same structure as the primals {spec}.")
        return push(*directions)

    return value, moved


def _rows(pull, units, chunk_size=None):
    """Results of pull(unit) stacked: all units at once where every operator of the backward can, else one by one."""
    if len(units) > 2:
        try:
            return vmap(pull, chunk_size=chunk_size, randomness="same")(units)
        except Unbatchable:
            pass
    return [torch.stack(column) for column in zip(*map(pull, units))]


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None, _preallocate_and_copy=False):
    """A function that gives the Jacobian by its argument(s) `argnums`: for each output and input a tensor of shape output.shape + input.shape."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        with torch.enable_grad():
            args = list(args)
            wanted = _positions(argnums, len(args))
            for n in wanted:
                args[n] = tree_map(lambda v: _tracked(v) if _is_tensor(v) else v, args[n])
            result, aux = _split_aux(func(*args, **kwargs), has_aux, "jacrev")
            leaves, spec = tree_flatten(tuple(args[n] for n in wanted) if isinstance(argnums, tuple) else args[wanted[0]])
            outputs, out_spec = tree_flatten(result)
            _check_tensors(outputs, "vjp(f, *primals)")
            blocks = []
            for out in outputs:
                units = torch.eye(out.numel(), dtype=out.dtype, device=out.device).view(out.numel(), *out.shape)
                columns = _rows(lambda unit, out=out: tuple(_gradients((out,), leaves, (unit,))), units, chunk_size) if len(units) else [x.new_zeros((0, *x.shape)) for x in leaves]
                blocks.append(tree_unflatten([c.reshape(*out.shape, *x.shape) for c, x in zip(columns, leaves)], spec))
            jacobian = tree_unflatten(blocks, out_spec)
        jacobian = _released(jacobian, leaves)
        return (jacobian, _released(aux, leaves)) if has_aux else jacobian

    return wrapper


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    """The same Jacobian as jacrev; there is no forward mode here, so it costs what jacrev costs."""
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func, argnums=0):
    """A function that gives the second derivatives of a scalar function."""
    return jacrev(jacrev(func, argnums), argnums)


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """module(*args, **kwargs) with parameters and buffers (names to tensors; one dict or several) in place of its own, for this call."""
    dicts = parameter_and_buffer_dicts if isinstance(parameter_and_buffer_dicts, (list, tuple)) else (parameter_and_buffer_dicts,)
    if not all(isinstance(d, dict) for d in dicts):
        raise ValueError(f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(parameter_and_buffer_dicts)}")
    given = {}
    for d in dicts:
        if repeated := given.keys() & d.keys():
            raise ValueError(f"{sorted(repeated)} appeared in multiple dictionaries; behavior of functional call is ambiguous")
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
    """NotImplementedError: there is no rewriting of in-place operators."""
    raise NotImplementedError("torch.func.functionalize is not supported")
