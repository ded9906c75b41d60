"""Branches and loops as functions: they run at once."""
from mindtorch import overrides


def _predicate(name, value):
    import mindtorch

    if isinstance(value, mindtorch.Tensor):
        if value.numel() != 1:
            raise RuntimeError(f"Expected {name} to be bool or single-element tensor, but got a tensor of "
                               f"{value.numel()} elements")
        return bool(value.item())
    if not isinstance(value, (bool, int, float)):
        raise RuntimeError(f"Expected {name} to be bool or tensor, but got {value}.")
    return bool(value)


def cond(pred, true_fn, false_fn, operands=()):
    """true_fn(*operands) or false_fn(*operands) by a bool or a tensor of one element; RuntimeError for other
    predicates."""
    if not callable(true_fn) or not callable(false_fn):
        raise RuntimeError("Expect both branches to be callable.")
    if not isinstance(operands, (tuple, list)):
        raise RuntimeError("Expect operands to be a tuple of possibly nested dict/list/tuple that only consists of "
                           f"tensor leaves, but got {operands}.")
    relevant = (pred, *operands)
    if overrides.has_torch_function(relevant):
        return overrides.handle_torch_function(cond, relevant, pred, true_fn, false_fn, tuple(operands))
    return true_fn(*operands) if _predicate("pred", pred) else false_fn(*operands)


def while_loop(cond_fn, body_fn, carried_inputs):
    """carried_inputs after body_fn(*carried) as long as cond_fn(*carried)."""
    if not callable(cond_fn) or not callable(body_fn):
        raise RuntimeError("Expect cond_fn and body_fn to be callable.")
    if not isinstance(carried_inputs, (tuple, list)):
        raise RuntimeError("Expect carried_inputs to be a tuple of possibly nested dict/list/tuple that only consists "
                           f"of tensor or int leaves, but got {carried_inputs}.")
    carried = tuple(carried_inputs)
    while _predicate("cond_fn's result", cond_fn(*carried)):
        made = body_fn(*carried)
        made = tuple(made) if isinstance(made, (tuple, list)) else (made,)
        if len(made) != len(carried):
            raise RuntimeError(f"body_fn should return a tuple of {len(carried)} values like carried_inputs, got "
                               f"{len(made)}")
        carried = made
    return carried
