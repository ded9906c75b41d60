"""vmap: a function of slices as a function of the whole."""
import functools

import mindtorch as torch
from mindtorch.utils._pytree import _broadcast_to_and_flatten, tree_flatten, tree_structure, tree_unflatten

from ._batched import Level, Unbatchable, wrap


def check_randomness(randomness):
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """func over slices of its arguments along in_dims (None: the whole argument each time), results stacked along
    out_dims.

    func is called once (once a chunk of chunk_size slices) on tensors that look like one slice; values of them cannot
    be read. RuntimeError for random numbers
    unless randomness is 'different' or 'same'; ValueError where in_dims or out_dims do not fit."""
    check_randomness(randomness)
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    if not all(d is None or isinstance(d, int) for d in tree_flatten(out_dims, is_leaf=lambda v: v is None)[0]):
        raise ValueError(
            f"vmap({getattr(func, '__name__', func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a "
            "python collection of ints representing where in the "
            "outputs the vmapped dimension should appear."
        )
    mapped = vectorized(func, in_dims, out_dims, randomness, chunk_size)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        try:
            return mapped(*args, **kwargs)
        except Unbatchable as error:
            raise RuntimeError(str(error)) from None

    return wrapper


def vectorized(func, in_dims=0, out_dims=0, randomness="error", chunk_size=None):
    """vmap whose arguments are known to be right; Unbatchable where an operator cannot do a batch."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        flat, spec = tree_flatten(args)
        dims, count = _mapped(func, in_dims, args, flat, spec)
        label = getattr(func, "__name__", func)
        if count == 0:  # one call on zeros tells the results' shapes
            flat = [v if d is None else v.new_zeros(v.shape[:d % v.dim()] + (1,) + v.shape[d % v.dim() + 1:]) for v,
                    d in zip(flat, dims)]
        whole = [v if d is None else v.movedim(d, 0) for v, d in zip(flat, dims)]
        step = max(count, 1) if chunk_size is None else chunk_size
        if step >= count:
            made, at = _chunk(func, whole, dims, spec, kwargs, max(count, 1), randomness, out_dims, label)
            if not count:
                flat, spec = tree_flatten(made)
                made = tree_unflatten([v if d is None else v.narrow(d, 0, 0) for v, d in zip(flat, at)], spec)
            return made
        state, parts = torch.get_rng_state() if randomness == "same" else None, []
        for start in range(0, count, step):
            if state is not None:
                torch.set_rng_state(state)
            size = min(step, count - start)
            made, at = _chunk(func, [v if d is None else v.narrow(0, start, size) for v, d in zip(whole, dims)], dims,
                              spec, kwargs, size, randomness, out_dims, label)
            parts.append(tree_flatten(made))
        return tree_unflatten([column[0] if d is None else torch.cat(column, d) for d,
                               column in zip(at, zip(*(p[0] for p in parts)))], parts[0][1])

    return wrapper


def _chunk(func, whole, dims, spec, kwargs, count, randomness, out_dims, label):
    """(results, their batch dimensions) of one call."""
    level = Level(count, randomness)
    with level:
        result = func(*tree_unflatten([v if d is None else wrap(level, v) for v, d in zip(whole, dims)], spec),
                      **kwargs)
    flat, spec = tree_flatten(result)
    at = _broadcast_to_and_flatten(tuple(out_dims) if isinstance(out_dims, list) else out_dims, spec,
                                   is_leaf=lambda v: v is None)
    if at is None:
        raise ValueError(
            f"vmap({label}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            "`outputs`. out_dims has structure "
            f"{tree_structure(out_dims)} but outputs has structure {spec}."
        )
    return tree_unflatten([_unwrapped(level, v, d, label) for v, d in zip(flat, at)], spec), at


def _unwrapped(level, value, dim, label):
    if dim is None:
        if level.holds(value):
            raise ValueError(f"vmap({label}, ...): `{label}` can not return a BatchedTensor when out_dim is None")
        return value
    if not isinstance(value, torch.Tensor):
        raise ValueError(f"vmap({label}, ...): `{label}` must only return Tensors, got type {type(value)}. Did you "
                         "mean to set out_dims= to None for output?")
    return level.whole(value).movedim(0, dim)


def _mapped(func, in_dims, args, flat, spec):
    """(dimension to map of each leaf, how many slices). ValueError where in_dims doesn't fit the arguments."""
    where = f"vmap({getattr(func, '__name__', func)}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(f"{where}: expected `in_dims` to be int or a (potentially nested) tuple matching the "
                         f"structure of inputs, got: {type(in_dims)}.")
    if not args:
        raise ValueError(
            f"vmap({getattr(func, '__name__', func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you "
            "are trying to vmap over a function "
            "with no inputs. "
            "The latter is unsupported."
        )
    dims = _broadcast_to_and_flatten(in_dims, spec, is_leaf=lambda v: v is None)
    if dims is None:
        raise ValueError(f"{where}: in_dims is not compatible with the structure of `inputs`. in_dims has structure "
                         f"{tree_structure(in_dims)} but inputs has structure {spec}.")
    sizes = []
    for value, dim in zip(flat, dims):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(f"{where}: Got in_dim={dim} for an input but in_dim must be either an integer dimension "
                             "or None.")
        if not isinstance(value, torch.Tensor):
            raise ValueError(
                f"{where}: Got in_dim={dim} for an input but the input is of type {type(value)}. We cannot vmap over "
                "non-Tensor arguments, please use None "
                "as the respective in_dim"
            )
        if not -value.dim() <= dim < value.dim():
            raise ValueError(
                f"{where}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {value.dim()} "
                "so expected in_dim to satisfy "
                f"-{value.dim()} <= in_dim < {value.dim()}."
            )
        sizes.append(value.size(dim))
    if not sizes:
        raise ValueError(f"{where}: got no inputs to map over: at least one in_dim must not be None")
    if len(set(sizes)) > 1:
        raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} "
                         "for the mapped dimension")
    return dims, sizes[0]
