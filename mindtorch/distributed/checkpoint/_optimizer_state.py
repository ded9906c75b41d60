"""An optimizer's state by names of parameters, as checkpoints have it, and by numbers, as optimizers do."""
import mindtorch as torch

from ..tensor._api import DTensor, distribute_tensor

_WRAPPERS = ("_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_orig_mod.")


def clean(name):
    """A parameter's name without those of wrappers."""
    for part in _WRAPPERS:
        name = name.replace(part, "")
    return name


def unwrapped(model):
    """The module in a DistributedDataParallel."""
    from mindtorch.nn.parallel import DistributedDataParallel

    return model.module if isinstance(model, DistributedDataParallel) else model


def names_of(model):
    """{id of a parameter: its name}"""
    return {id(p): clean(n) for n, p in unwrapped(model).named_parameters()}


def mapped(value, f):
    """A nest of dicts and lists with f of its tensors."""
    if isinstance(value, torch.Tensor):
        return f(value)
    if isinstance(value, dict):
        return {k: mapped(v, f) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(v, f) for v in value)
    return value


def _numbered(model, optimizer):
    """Names of an optimizer's parameters, in its order. KeyError for those that are none of the model's."""
    names, found = names_of(model), []
    for group in optimizer.param_groups:
        for p in group["params"]:
            if id(p) not in names:
                raise KeyError("the optimizer has a parameter that is none of the model's")
            found.append(names[id(p)])
    return found


def by_names(model, optimizer, given=None):
    """A state dict of an optimizer with names in the place of numbers."""
    state = optimizer.state_dict() if given is None else given
    names = _numbered(model, optimizer)
    return {"state": {names[k] if isinstance(k, int) else k: dict(v) for k, v in state["state"].items()},
            "param_groups": [{**g, "params": [names[k] if isinstance(k, int) else k for k in g["params"]]}
                             for g in state["param_groups"]]}


def by_numbers(model, optimizer, named):
    """What an optimizer's load_state_dict takes, of a state dict with names; whole tensors become parts where the
    parameters are. Groups are found by their parameters. KeyError for parameters that it does not know."""
    names = _numbered(model, optimizer)
    parameters = dict(zip(names, (p for g in optimizer.param_groups for p in g["params"])))
    number = {n: i for i, n in enumerate(names)}

    def placed(name, value):
        p = parameters[name]
        if isinstance(p, DTensor) and isinstance(value, torch.Tensor) and not isinstance(value, DTensor) and (
                value.shape == p.shape and value.ndim):
            return distribute_tensor(value.detach().to(p.device), p.device_mesh, p.placements, src_data_rank=None)
        # an optimizer takes step counters as they are: two must not count on one
        return value.detach().clone() if isinstance(value, torch.Tensor) and not value.ndim else value

    state = {number[n]: {k: placed(n, v) for k, v in values.items()} for n, values in named["state"].items()
             if n in number}
    groups = []
    for group in optimizer.param_groups:
        mine = [names[i] for i in range(len(groups) and sum(len(g["params"]) for g in groups), sum(
            len(g["params"]) for g in groups) + len(group["params"]))]
        saved = next((g for g in named["param_groups"] if mine and mine[0] in g["params"]), None)
        if saved is None and mine:
            raise KeyError(f"there is no param_group of parameter {mine[0]} in the state")
        groups.append({**(saved or group), "params": [number[n] for n in mine]})
    return {"state": state, "param_groups": groups}


def begun(optimizer):
    """Have state in an optimizer that has made no step yet: by one that changes nothing."""
    if optimizer.state or not any(g["params"] for g in optimizer.param_groups):
        return
    every = [p for g in optimizer.param_groups for p in g["params"]]
    if any(p.grad is not None for p in every):
        raise RuntimeError("an optimizer without state is given some by a step without gradients, but there are "
                           "gradients: zero_grad() first")
    rates = [g["lr"] for g in optimizer.param_groups]
    for g in optimizer.param_groups:
        g["lr"] = torch.tensor(0.0) if isinstance(g["lr"], torch.Tensor) else 0.0
    for p in every:
        if p.requires_grad:
            p.grad = torch.zeros_like(p.detach())
    try:
        optimizer.step()
    finally:
        for g, rate in zip(optimizer.param_groups, rates):
            g["lr"] = rate
        optimizer.zero_grad()
