"""An optimizer on borrowed parameters and state."""
import contextlib
from collections import defaultdict

__all__ = ["swap_in_optimizer_params_and_state"]


@contextlib.contextmanager
def swap_in_optimizer_params_and_state(optimizer, swapin_parameters, swapin_optim_state):
    """Inside, `optimizer` works on the given parameters (by name, in the optimizer's order) and on state in the shape
    of a state_dict;
    its own come back at the end. Tensors of the given state are changed in place. ValueError when counts differ."""
    given = list(swapin_parameters.values())
    groups, packed = optimizer.param_groups, swapin_optim_state["param_groups"]
    if sum(len(g["params"]) for g in groups) != len(given) or len(groups) != len(packed):
        raise ValueError(f"the optimizer has {sum(len(g['params']) for g in groups)} parameters in {len(groups)} "
                         f"groups, but {len(given)} parameters in {len(packed)} groups were given")
    saved_state, saved_groups = optimizer.state, [dict(g) for g in groups]
    at, by_number = 0, {}
    try:
        for group, new in zip(groups, packed):
            members = given[at : at + len(group["params"])]
            at += len(members)
            by_number.update(zip(new["params"], members))
            group.update({k: v for k, v in new.items() if k != "params"})
            group["params"] = members
        optimizer.state = defaultdict(dict, {by_number.get(k, k): dict(v) if isinstance(v, dict) else v for k,
                                             v in swapin_optim_state["state"].items()})
        yield
    finally:
        optimizer.state = saved_state
        for group, old in zip(groups, saved_groups):
            group.clear()
            group.update(old)
