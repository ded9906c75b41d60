"""Function transforms: derivatives, products with Jacobians, and maps over a dimension."""
import functools

import mindtorch as torch
from mindtorch.utils._pytree import _broadcast_to_and_flatten, tree_flatten, tree_leaves, tree_map, tree_structure, tree_unflatten

from ._rearrange import rearrange

__all__ = ["rearrange", "grad", "grad_and_value", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "vmap", "functional_call", "stack_module_state", "functionalize",
           "linearize", "debug_unwrap", "replace_all_batch_norm_modules_"]


def _is_tensor(value):
    return isinstance(value, torch.Tensor)


def _tracked(value):
    """A tensor to differentiate by: within the caller's graph where it is in one, else a leaf of its own."""
    return value.view_as(value) if value.requires_grad else value.detach().requires_grad_(True)


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
    tensors = [t for t in tree_leaves(tree) if _is_tensor(t)]
    if _foreign_leaves(tensors, [t for t in own if t.is_leaf]):
        return tree
    return tree_map(lambda t: t.detach() if _is_tensor(t) else t, tree)


def _zeros_for_none(grads, inputs):
    return [torch.zeros_like(x) if g is None else g for g, x in zip(grads, inputs)]


def _gradients(outputs, inputs, cotangents):
    pairs = [(o, c) for o, c in zip(outputs, cotangents) if o.requires_grad]
    if not pairs:
        return [torch.zeros_like(x) for x in inputs]
    return _zeros_for_none(torch.autograd.grad([o for o, _ in pairs], inputs, [c for _, c in pairs], create_graph=True, allow_unused=True), inputs)


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
                rows = [_gradients((out,), leaves, (unit.view(out.shape),)) for unit in torch.eye(out.numel(), dtype=out.dtype, device=out.device)]
                columns = [torch.stack([r[k] for r in rows]).view(*out.shape, *x.shape) if rows else x.new_zeros((*out.shape, *x.shape)) for k, x in enumerate(leaves)]
                blocks.append(tree_unflatten(columns, spec))
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


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """func over slices of its arguments along in_dims (None: the whole argument each time), results stacked along out_dims.

    func is called once a slice, so it may read values; what it changes in place outside its arguments is changed by every call."""
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        flat, spec = tree_flatten(args)
        dims, count = _mapped(func, in_dims, args, flat, spec)
        if count == 0:  # one call on zeros tells the results' shapes
            flat = [v if d is None else v.new_zeros(v.shape[:d % v.dim()] + (1,) + v.shape[d % v.dim() + 1:]) for v, d in zip(flat, dims)]
        label = getattr(func, "__name__", func)
        stacked = _stacked([_one_call(func, flat, dims, spec, kwargs, i, randomness) for i in range(max(count, 1))], out_dims, label)
        return stacked if count else _emptied(stacked, tuple(out_dims) if isinstance(out_dims, list) else out_dims)

    return wrapper


def _mapped(func, in_dims, args, flat, spec):
    """(dimension to map of each leaf, how many slices). ValueError where in_dims doesn't fit the arguments."""
    where = f"vmap({getattr(func, '__name__', func)}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(f"{where}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, got: {type(in_dims)}.")
    if not args:
        raise ValueError(f"vmap({getattr(func, '__name__', func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function "
                         "with no inputs. "
                         "The latter is unsupported.")
    dims = _broadcast_to_and_flatten(in_dims, spec, is_leaf=lambda v: v is None)
    if dims is None:
        raise ValueError(f"{where}: in_dims is not compatible with the structure of `inputs`. in_dims has structure {tree_structure(in_dims)} but inputs has structure {spec}.")
    sizes = []
    for value, dim in zip(flat, dims):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(f"{where}: Got in_dim={dim} for an input but in_dim must be either an integer dimension or None.")
        if not _is_tensor(value):
            raise ValueError(f"{where}: Got in_dim={dim} for an input but the input is of type {type(value)}. We cannot vmap over non-Tensor arguments, please use None "
                             "as the respective in_dim")
        if not -value.dim() <= dim < value.dim():
            raise ValueError(f"{where}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {value.dim()} so expected in_dim to satisfy "
                             f"-{value.dim()} <= in_dim < {value.dim()}.")
        sizes.append(value.size(dim))
    if not sizes:
        raise ValueError(f"{where}: got no inputs to map over: at least one in_dim must not be None")
    if len(set(sizes)) > 1:
        raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped dimension")
    return dims, sizes[0]


def _emptied(results, out_dims):
    """The results without their one slice."""
    flat, spec = tree_flatten(results)
    dims = _broadcast_to_and_flatten(out_dims, spec, is_leaf=lambda v: v is None)
    return tree_unflatten([v if d is None else v.narrow(d, 0, 0) for v, d in zip(flat, dims)], spec)


def _one_call(func, flat, dims, spec, kwargs, i, randomness):
    state = torch.get_rng_state() if randomness != "different" else None
    if randomness == "same" and i:
        torch.set_rng_state(_one_call.state)
    elif randomness == "same":
        _one_call.state = state
    result = func(*tree_unflatten([v if d is None else v.select(d, i) for v, d in zip(flat, dims)], spec), **kwargs)
    if randomness == "error" and not torch.equal(state, torch.get_rng_state()):
        raise RuntimeError("vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on vmap or perform "
                           "the randomness operation "
                           "out of vmap")
    return result


def _stacked(results, out_dims, label):
    parts = [tree_flatten(r) for r in results]
    spec = parts[0][1]
    dims = _broadcast_to_and_flatten(tuple(out_dims) if isinstance(out_dims, list) else out_dims, spec, is_leaf=lambda v: v is None)
    if dims is None:
        raise ValueError(f"vmap({label}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of `outputs`. out_dims has structure "
                         f"{tree_structure(out_dims)} "
                         f"but outputs has structure {spec}.")
    stacked = []
    for column, dim in zip(zip(*(p[0] for p in parts)), dims):
        if dim is not None and not _is_tensor(column[0]):
            raise ValueError(f"vmap({label}, ...): `{label}` must only return Tensors, got type {type(column[0])}. Did you mean to set out_dims= to None for output?")
        if dim is None and any(c is not column[0] and not (_is_tensor(c) and torch.equal(c, column[0])) and not (not _is_tensor(c) and c == column[0]) for c in column):
            raise ValueError(f"vmap({label}, ...): `{label}` can not return a BatchedTensor when out_dim is None")
        if dim is not None and any(c.shape != column[0].shape for c in column):
            raise RuntimeError(f"vmap: slices of the inputs gave results of different shapes, {tuple(column[0].shape)} and others: operators whose output has a dynamic "
                               "shape cannot be mapped")
        stacked.append(column[0] if dim is None else torch.stack(column, dim))
    return tree_unflatten(stacked, spec)


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
