"""State dicts of models and optimizers under names that do not depend on how they are distributed."""
import dataclasses
import gc

import mindtorch as torch
from mindtorch.nn.modules.module import _IncompatibleKeys

from .. import collectives
from ..groups import get_rank, is_initialized
from ..tensor._api import DTensor, distribute_tensor
from . import _optimizer_state
from ._optimizer_state import clean, mapped, unwrapped

__all__ = ["StateDictOptions", "get_model_state_dict", "get_optimizer_state_dict", "get_state_dict",
           "set_model_state_dict", "set_optimizer_state_dict", "set_state_dict"]


@dataclasses.dataclass
class StateDictOptions:
    """What a state dict is of: whole tensors (full_state_dict; with cpu_offload on the first rank only), on the CPU,
    without parameters that are not trained; strict as in load_state_dict; with broadcast_from_rank0 the first rank has
    what is loaded; flatten_optimizer_state_dict: "state.name.exp_avg" as keys."""

    full_state_dict: bool = False
    cpu_offload: bool = False
    ignore_frozen_params: bool = False
    keep_submodule_prefixes: bool = True
    strict: bool = True
    broadcast_from_rank0: bool = False
    flatten_optimizer_state_dict: bool = False
    dsd_fqn_modifiers: str = "_fqn_modifiers"


def _checked(options):
    options = options or StateDictOptions()
    if options.broadcast_from_rank0 and not options.full_state_dict:
        raise ValueError("full_state_dict must be True when broadcast_from_rank0 is True.")
    return options


def _sharded(model):
    """The state of a model, FSDP's as DTensors, under clean names."""
    import contextlib

    from ..fsdp.api import StateDictType
    from ..fsdp.fully_sharded_data_parallel import FullyShardedDataParallel as FSDP

    with contextlib.ExitStack() as stack:
        if FSDP.fsdp_modules(model):
            stack.enter_context(FSDP.state_dict_type(model, StateDictType.SHARDED_STATE_DICT))
        return {clean(k): v for k, v in unwrapped(model).state_dict().items()}


def _as_wanted(value, options):
    if options.full_state_dict:
        value = mapped(value, lambda t: t.full_tensor() if isinstance(t, DTensor) else t)
    if options.cpu_offload:
        if options.full_state_dict and is_initialized() and get_rank() != 0:
            return {}
        value = mapped(value, lambda t: t.cpu() if t.ndim or not isinstance(t, DTensor) else t)
    return value


def get_model_state_dict(model, *, submodules=None, options=None):
    """A model's state, as DTensors where it is distributed or as options say."""
    options = _checked(options)
    state = _sharded(model)
    if options.ignore_frozen_params:
        for name, p in unwrapped(model).named_parameters():
            if not p.requires_grad:
                state.pop(clean(name), None)
    if submodules is not None:
        prefixes = [clean(n) + "." for n, m in unwrapped(model).named_modules() if m in submodules]
        state = {k if options.keep_submodule_prefixes else k[len(prefix):]: v for k, v in state.items()
                 for prefix in prefixes if k.startswith(prefix)}
    return _as_wanted(state, options)


def _everywhere(state, like):
    """A state dict that the first rank has, as one that all have: whole tensors come one by one."""
    made = {}
    first = get_rank() == 0
    for name, own in like.items():
        if not isinstance(own, torch.Tensor):
            box = [state.get(name) if first else None]
            torch.distributed.broadcast_object_list(box, 0)
            made[name] = box[0]
            continue
        have = [name in state] if first else [None]
        torch.distributed.broadcast_object_list(have, 0)
        if not have[0]:
            continue
        device = own.device
        value = state[name].to(device, own.dtype) if first else torch.empty(own.shape, dtype=own.dtype, device=device)
        collectives.broadcast(value := value.contiguous(), 0)
        made[name] = _part(value, own)
    return made


def _part(value, own):
    if isinstance(own, DTensor) and isinstance(value, torch.Tensor) and not isinstance(value, DTensor):
        return distribute_tensor(value.detach().to(own.device), own.device_mesh, own.placements, src_data_rank=None)
    return value


def set_model_state_dict(model, model_state_dict, *, options=None):
    """Load what get_model_state_dict gave; the keys that were missing and unexpected."""
    options = _checked(options)
    inner = unwrapped(model)
    own = {k: v for k, v in inner.state_dict(keep_vars=True).items()} if not _fsdp1(model) else None
    names = {clean(k): k for k in own} if own is not None else None
    like = _sharded(model)
    if options.broadcast_from_rank0:
        given = _everywhere(model_state_dict, like)
        if not model_state_dict and get_rank() == 0:
            raise ValueError("set_model_state_dict: the first rank has nothing to broadcast")
    else:
        given = {k: _part(v, like.get(k)) for k, v in model_state_dict.items()}
    if names is None:
        from ..fsdp.api import StateDictType
        from ..fsdp.fully_sharded_data_parallel import FullyShardedDataParallel as FSDP

        with FSDP.state_dict_type(model, StateDictType.SHARDED_STATE_DICT):
            return inner.load_state_dict(given, strict=options.strict)
    if options.ignore_frozen_params:
        for name, p in inner.named_parameters():
            if not p.requires_grad:
                given.setdefault(clean(name), like.get(clean(name)))
    found = inner.load_state_dict({names.get(k, k): v for k, v in given.items()}, strict=options.strict)
    return _IncompatibleKeys([clean(k) for k in found.missing_keys], found.unexpected_keys)


def _fsdp1(model):
    from ..fsdp.fully_sharded_data_parallel import FullyShardedDataParallel as FSDP

    return bool(FSDP.fsdp_modules(model))


def _every(optimizers):
    return [optimizers] if isinstance(optimizers, torch.optim.Optimizer) else list(optimizers)


def _flat(state):
    made = {f"state.{n}.{k}": v for n, values in state["state"].items() for k, v in values.items()}
    for group in state["param_groups"]:
        for name in group["params"]:
            for key, value in group.items():
                if key != "params":
                    made[f"param_groups.{name}.{key}"] = value
    return made


def _nested(flat, model, optimizers):
    state, groups = {}, []
    names = _optimizer_state.names_of(model)
    for o in optimizers:
        for group in o.param_groups:
            mine = [names[id(p)] for p in group["params"]]
            made = {"params": mine}
            for key in group:
                if key != "params" and mine and f"param_groups.{mine[0]}.{key}" in flat:
                    made[key] = flat[f"param_groups.{mine[0]}.{key}"]
            groups.append(made)
            for name in mine:
                prefix = f"state.{name}."
                values = {k[len(prefix):]: v for k, v in flat.items() if k.startswith(prefix) and "." not in k[len(
                    prefix):]}
                if values:
                    state[name] = values
    return {"state": state, "param_groups": groups}


def get_optimizer_state_dict(model, optimizers, *, submodules=None, options=None):
    """The state of optimizers of a model, by names of parameters. An optimizer that has made no step gets state first,
    so that there is something to load into."""
    options = _checked(options)
    made = {"state": {}, "param_groups": []}
    for o in _every(optimizers):
        _optimizer_state.begun(o)
        one = _optimizer_state.by_names(model, o)
        made["state"].update(one["state"])
        made["param_groups"] += one["param_groups"]
    if submodules is not None:
        prefixes = tuple(clean(n) + "." for n, m in unwrapped(model).named_modules() if m in submodules)
        made["state"] = {k: v for k, v in made["state"].items() if k.startswith(prefixes)}
        made["param_groups"] = [{**g, "params": [n for n in g["params"] if n.startswith(prefixes)]}
                                for g in made["param_groups"]]
    return _as_wanted(_flat(made) if options.flatten_optimizer_state_dict else made, options)


def set_optimizer_state_dict(model, optimizers, optim_state_dict, *, options=None):
    """Load what get_optimizer_state_dict gave."""
    options, optimizers = _checked(options), _every(optimizers)
    for o in optimizers:
        _optimizer_state.begun(o)
    if options.broadcast_from_rank0:
        whole = dataclasses.replace(options, broadcast_from_rank0=False, cpu_offload=False, full_state_dict=False,
                                    flatten_optimizer_state_dict=True)
        like = get_optimizer_state_dict(model, optimizers, options=whole)
        given = optim_state_dict
        if given and "param_groups" in given:
            given = _flat(given)
        optim_state_dict = _everywhere(given, like)
    if "param_groups" not in optim_state_dict:
        optim_state_dict = _nested(optim_state_dict, model, optimizers)
    for o in optimizers:
        o.load_state_dict(_optimizer_state.by_numbers(model, o, optim_state_dict))


def get_state_dict(model, optimizers, *, submodules=None, options=None):
    """(model's state, optimizers' state)"""
    gc.collect()
    return (get_model_state_dict(model, submodules=submodules, options=options),
            get_optimizer_state_dict(model, optimizers, submodules=submodules, options=options))


def set_state_dict(model, optimizers, *, model_state_dict, optim_state_dict, options=None):
    """Load what get_state_dict gave; the keys of the model that were missing and unexpected."""
    found = set_model_state_dict(model, model_state_dict, options=options)
    set_optimizer_state_dict(model, optimizers, optim_state_dict, options=options)
    return found
