"""FullyShardedDataParallel (FSDP1): a wrapper around what fully_shard does.

Parameters keep their names and shapes, as DTensors, whether use_orig_params is given or not; there are no flat ones."""
import contextlib
import copy

import mindtorch as torch
from mindtorch import nn

from .. import collectives
from ..checkpoint import _optimizer_state
from ..device_mesh import DeviceMesh, init_device_mesh
from ..groups import ProcessGroup, get_rank, get_world_size, group_of, has_npu
from ..tensor._api import DTensor, distribute_tensor
from . import _fully_shard as fsdp2
from .api import (  # noqa: F401
    BackwardPrefetch, CPUOffload, FullOptimStateDictConfig, FullStateDictConfig, LocalOptimStateDictConfig,
    LocalStateDictConfig, MixedPrecision, OptimStateDictConfig, OptimStateKeyType, ShardedOptimStateDictConfig,
    ShardedStateDictConfig, ShardingStrategy, StateDictConfig, StateDictSettings, StateDictType)
from .wrap import wrapped_inside

_INNER = "_fsdp_wrapped_module"
_CONFIGS = {StateDictType.FULL_STATE_DICT: (FullStateDictConfig, FullOptimStateDictConfig),
            StateDictType.SHARDED_STATE_DICT: (ShardedStateDictConfig, ShardedOptimStateDictConfig),
            StateDictType.LOCAL_STATE_DICT: (LocalStateDictConfig, LocalOptimStateDictConfig)}


def _mesh_of(process_group, strategy, device_mesh, kind):
    hybrid = strategy in (ShardingStrategy.HYBRID_SHARD, ShardingStrategy._HYBRID_SHARD_ZERO2)
    if device_mesh is not None:
        if not isinstance(device_mesh, DeviceMesh) or device_mesh.ndim != (2 if hybrid else 1):
            raise ValueError(f"FSDP with {strategy} expects a device_mesh of {2 if hybrid else 1} dimensions")
        mesh = device_mesh
    elif hybrid:
        import os

        if isinstance(process_group, tuple):
            shard, replicate = process_group
            size = shard.size()
            if get_world_size() != size * replicate.size():
                raise ValueError("FSDP: process groups that are not the rows and columns of all ranks")
        else:
            size = int(os.environ.get("LOCAL_WORLD_SIZE", get_world_size()))
        mesh = init_device_mesh(kind, (get_world_size() // size, size))
    elif isinstance(process_group, ProcessGroup) and process_group is not group_of(None):
        mesh = DeviceMesh.from_group(process_group, kind)
    else:
        mesh = init_device_mesh(kind, (get_world_size(),))
    if strategy is ShardingStrategy.NO_SHARD:
        ranks = mesh.mesh.reshape(-1, 1)
        mesh = DeviceMesh(kind, ranks)
    return mesh


class FullyShardedDataParallel(nn.Module):
    """A module whose parameters are sharded over a group: FSDP(module, auto_wrap_policy=...). sharding_strategy says
    what is let go of between uses, and whether there are replicas; mixed_precision the dtypes; sync_module_states gives
    all ranks what the first one has. ValueError for groups, meshes and modules that do not fit."""

    def __init__(self, module, process_group=None, sharding_strategy=None, cpu_offload=None, auto_wrap_policy=None,
                 backward_prefetch=BackwardPrefetch.BACKWARD_PRE, mixed_precision=None, ignored_modules=None,
                 param_init_fn=None, device_id=None, sync_module_states=False, forward_prefetch=False,
                 limit_all_gathers=True, use_orig_params=False, ignored_states=None, device_mesh=None):
        super().__init__()
        if isinstance(module, FullyShardedDataParallel):
            raise ValueError("FSDP: the module is wrapped already")
        strategy = sharding_strategy or ShardingStrategy.FULL_SHARD
        ignored_modules, ignored = list(ignored_modules or ()), []
        for thing in ignored_states or ():
            (ignored_modules if isinstance(thing, nn.Module) else ignored).append(thing)
        for m in ignored_modules:
            if isinstance(m, FullyShardedDataParallel):
                raise ValueError("`ignored_modules` should not include FSDP modules")
        ignored += [p for m in ignored_modules for p in m.parameters()]
        skipped = {m for i in ignored_modules for m in i.modules()}
        kind = "npu" if has_npu() else "cpu"
        if device_id is not None:
            where = torch.device("npu", device_id) if isinstance(device_id, int) else torch.device(device_id)
            kind = "npu" if where.type == "cuda" else where.type
        where = torch.device("npu", torch.npu.current_device()) if kind == "npu" else torch.device("cpu")
        self._materialize(module, param_init_fn, where, skipped)
        if device_id is not None and not (cpu_offload and cpu_offload.offload_params):
            module.to(where)
        mesh = _mesh_of(process_group, strategy, device_mesh, kind)
        group = group_of(process_group) if isinstance(process_group, ProcessGroup) else None
        if sync_module_states:
            for t in [*module.parameters(), *module.buffers()]:
                if not isinstance(t, DTensor):
                    with torch.no_grad():
                        collectives.broadcast(t.detach(), group=group, group_src=0)
        if auto_wrap_policy is not None:
            options = dict(process_group=process_group, sharding_strategy=strategy, cpu_offload=cpu_offload,
                           backward_prefetch=backward_prefetch, mixed_precision=mixed_precision,
                           ignored_modules=ignored_modules, forward_prefetch=forward_prefetch,
                           limit_all_gathers=limit_all_gathers, use_orig_params=use_orig_params,
                           ignored_states=ignored, device_mesh=device_mesh)
            if ignored_modules:
                options["ignored_states"] = None
            kept = tuple(mixed_precision._module_classes_to_ignore) if mixed_precision else ()

            def wrapper(child, **more):
                if kept and isinstance(child, kept):
                    more = {"mixed_precision": None, **more}
                return FullyShardedDataParallel(child, **{**options, **more})

            wrapped_inside(module, auto_wrap_policy, wrapper, skipped)
        if mixed_precision is not None and mixed_precision.keep_low_precision_grads:
            raise NotImplementedError("FSDP: keep_low_precision_grads")
        policy = fsdp2.MixedPrecisionPolicy()
        if mixed_precision is not None:
            policy = fsdp2.MixedPrecisionPolicy(mixed_precision.param_dtype, mixed_precision.reduce_dtype, None,
                                                mixed_precision.cast_forward_inputs)
            if mixed_precision.buffer_dtype is not None:
                for sub in module.modules():
                    for name, b in sub._buffers.items():
                        if b is not None and b.is_floating_point():
                            sub._buffers[name] = b.to(mixed_precision.buffer_dtype)
        offload = fsdp2.CPUOffloadPolicy() if cpu_offload is not None and cpu_offload.offload_params else (
            fsdp2.OffloadPolicy())
        keep = strategy in (ShardingStrategy.SHARD_GRAD_OP, ShardingStrategy._HYBRID_SHARD_ZERO2,
                            ShardingStrategy.NO_SHARD)
        fsdp2.fully_shard(module, mesh=mesh, reshard_after_forward=False if keep else None, mp_policy=policy,
                          offload_policy=offload, ignored_params=set(ignored))
        self._fsdp_wrapped_module = module
        state = module._get_fsdp_state()
        state.cast_root = mixed_precision is not None and mixed_precision.cast_root_forward_inputs
        state.follow = forward_prefetch
        if backward_prefetch is not BackwardPrefetch.BACKWARD_PRE:
            state.backward_prefetch = []
        self.sharding_strategy, self.mixed_precision, self.cpu_offload = strategy, mixed_precision, cpu_offload
        self.process_group, self._device_mesh = group_of(process_group if group else None), mesh
        self._use_orig_params, self.limit_all_gathers = use_orig_params, limit_all_gathers
        self._state_dict_settings = StateDictSettings(StateDictType.FULL_STATE_DICT, FullStateDictConfig(),
                                                      FullOptimStateDictConfig())
        self._register_state_dict_hook(_after_state_dict)
        self._register_load_state_dict_pre_hook(_before_load, with_module=True)

    @staticmethod
    def _materialize(module, param_init_fn, where, skipped):
        for sub in module.modules():
            own = [*sub.parameters(recurse=False), *sub.buffers(recurse=False)]
            if sub in skipped or not any(t.is_meta for t in own):
                continue
            if param_init_fn is not None:
                param_init_fn(sub)
            else:
                sub.to_empty(device=where, recurse=False)
                sub.reset_parameters()

    @property
    def module(self):
        """The wrapped module."""
        return self._fsdp_wrapped_module

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == _INNER:
                raise
            return getattr(self._fsdp_wrapped_module, name)

    def __getitem__(self, key):
        return self._fsdp_wrapped_module[key]

    def forward(self, *args, **kwargs):
        """The module's result, with its parameters gathered."""
        return self._fsdp_wrapped_module(*args, **kwargs)

    @property
    def _is_root(self):
        state = self.module._get_fsdp_state()
        return None if state.root is None else state.root is state

    def check_is_root(self):
        """Whether no FSDP module is around this one. Known from the first forward on; begins as that does."""
        state = self.module._get_fsdp_state()
        state.begin()
        return state.root is state

    @staticmethod
    def fsdp_modules(module, root_only=False):
        """The FSDP modules in a module; with root_only those that are in no other one."""
        found = [m for m in module.modules() if isinstance(m, FullyShardedDataParallel)]
        if not root_only:
            return found
        inner = {m for f in found for m in f.modules() if m is not f}
        return [f for f in found if f not in inner]

    def apply(self, fn):
        """fn(submodule) of all, with whole parameters, whose changes stay."""
        with self.summon_full_params(self):
            return super().apply(fn)

    def named_parameters(self, *args, **kwargs):
        """Names and parameters; with use_orig_params under the names of the wrapped module."""
        for name, p in super().named_parameters(*args, **kwargs):
            yield (name.replace(_INNER + ".", "") if self._use_orig_params else name), p

    def named_buffers(self, *args, **kwargs):
        """Names and buffers; with use_orig_params under the names of the wrapped module."""
        for name, b in super().named_buffers(*args, **kwargs):
            yield (name.replace(_INNER + ".", "") if self._use_orig_params else name), b

    @contextlib.contextmanager
    def no_sync(self):
        """Within it backward keeps whole gradients on every rank; the first backward after it reduces them."""
        states = [f.module._get_fsdp_state() for f in self.fsdp_modules(self)]
        before = [s.options.sync for s in states]
        for s in states:
            s.options.sync = False
        try:
            yield
        finally:
            for s, on in zip(states, before):
                s.options.sync = on

    @torch.no_grad()
    def clip_grad_norm_(self, max_norm, norm_type=2.0):
        """Scale gradients so that the norm of all of them is at most max_norm; what it was."""
        total = nn.utils.clip_grad_norm_(list(self.parameters()), max_norm, norm_type)
        return total.full_tensor() if isinstance(total, DTensor) else total

    # ---- whole parameters ----
    @staticmethod
    @contextlib.contextmanager
    def summon_full_params(module, recurse=True, writeback=True, rank0_only=False, offload_to_cpu=False,
                           with_grads=False):
        """Within it parameters are whole; what is written into them stays with writeback. rank0_only: only on the first
        rank. NotImplementedError for writeback with rank0_only, ValueError for offload_to_cpu of a device's."""
        if writeback and rank0_only:
            raise NotImplementedError("writeback=True and rank0_only=True is not supported: other ranks would not know "
                                      "of what the first one writes")
        if offload_to_cpu and any(p.device.type != "cpu" for p in module.parameters()):
            raise NotImplementedError("summon_full_params: offload_to_cpu of a device's parameters")
        every = FullyShardedDataParallel.fsdp_modules(module)
        if not recurse:
            every = [module] if isinstance(module, FullyShardedDataParallel) else []
        groups = [g for f in every if (g := f.module._get_fsdp_state().group) is not None]
        mine = not rank0_only or get_rank() == 0
        for g in groups:
            if g.in_backward:
                raise AssertionError("summon_full_params within a backward")
            grads = [p.sharded.grad for p in g.parameters] if with_grads else []
            whole = [None if x is None else x.full_tensor() for x in grads]
            g.unshard()
            g.wait()
            for p, x in zip(g.parameters, whole):
                p.unsharded.grad = x if mine else None
            if not mine:
                g.reshard()
        try:
            yield
        finally:
            for g in groups if mine else ():
                for p in g.parameters:
                    if writeback:
                        with torch.no_grad():
                            local = p.sharded._local_tensor
                            now = p.unsharded._local_tensor if p.tensor_parallel else p.unsharded
                            local.detach().copy_(now.detach().narrow(p.dim, p.begin, local.shape[p.dim]))
                            if with_grads and p.sharded.grad is not None and p.unsharded.grad is not None:
                                p.sharded._local_tensor.grad.copy_(p.unsharded.grad.narrow(
                                    p.dim, p.begin, local.shape[p.dim]))
                    if with_grads:
                        p.unsharded.grad = None
                g.reshard()

    # ---- state dicts ----
    @staticmethod
    def set_state_dict_type(module, state_dict_type, state_dict_config=None, optim_state_dict_config=None):
        """What state_dict() and load_state_dict() of the FSDP modules in a module are of; what it was before."""
        own, of_optimizer = _CONFIGS[state_dict_type]
        made = StateDictSettings(state_dict_type, state_dict_config or own(), optim_state_dict_config or of_optimizer())
        if type(made.state_dict_config) is not own or type(made.optim_state_dict_config) is not of_optimizer:
            raise RuntimeError(f"Expected state_dict_config of type {own} and optim_state_dict_config of type "
                               f"{of_optimizer}")
        if state_dict_type is StateDictType.LOCAL_STATE_DICT:
            raise NotImplementedError("LOCAL_STATE_DICT: there are no flat parameters here")
        before = FullyShardedDataParallel.get_state_dict_type(module)
        for f in FullyShardedDataParallel.fsdp_modules(module):
            f._state_dict_settings = made
        return before

    @staticmethod
    def get_state_dict_type(module):
        """What state_dict() is of; AssertionError when the FSDP modules differ."""
        found = [f._state_dict_settings for f in FullyShardedDataParallel.fsdp_modules(module)]
        if not found:
            return StateDictSettings(StateDictType.FULL_STATE_DICT, FullStateDictConfig(), FullOptimStateDictConfig())
        if any(s != found[0] for s in found):
            raise AssertionError("All FSDP modules must have the same state dict settings")
        return copy.copy(found[0])

    @staticmethod
    @contextlib.contextmanager
    def state_dict_type(module, state_dict_type, state_dict_config=None, optim_state_dict_config=None):
        """set_state_dict_type for the time of a `with`."""
        every = FullyShardedDataParallel.fsdp_modules(module)
        before = [f._state_dict_settings for f in every]
        FullyShardedDataParallel.set_state_dict_type(module, state_dict_type, state_dict_config,
                                                     optim_state_dict_config)
        try:
            yield
        finally:
            for f, s in zip(every, before):
                f._state_dict_settings = s

    @staticmethod
    def optim_state_dict(model, optim, optim_state_dict=None, group=None):
        """An optimizer's state by names of parameters: of whole tensors or DTensors, as set_state_dict_type says. With
        rank0_only an empty dict on other ranks."""
        settings = FullyShardedDataParallel.get_state_dict_type(model)
        config, full = settings.optim_state_dict_config, settings.state_dict_type is StateDictType.FULL_STATE_DICT
        made = _optimizer_state.by_names(model, optim, optim_state_dict)
        if full:
            made = _optimizer_state.mapped(made, lambda t: t.full_tensor() if isinstance(t, DTensor) else t)
        if getattr(config, "rank0_only", False) and get_rank(group) != 0:
            return {}
        return _optimizer_state.mapped(made, lambda t: t.cpu() if config.offload_to_cpu else t)

    @staticmethod
    def optim_state_dict_to_load(model, optim, optim_state_dict, is_named_optimizer=False, load_directly=False,
                                 group=None):
        """What optim_state_dict gave as what the optimizer's load_state_dict takes; done at once with load_directly."""
        made = _optimizer_state.by_numbers(model, optim, optim_state_dict)
        if load_directly:
            optim.load_state_dict(made)
        return made

    @staticmethod
    def full_optim_state_dict(model, optim, optim_input=None, rank0_only=True, group=None):
        """optim_state_dict of whole tensors."""
        with FullyShardedDataParallel.state_dict_type(model, StateDictType.FULL_STATE_DICT, None,
                                                      FullOptimStateDictConfig(rank0_only=rank0_only)):
            return FullyShardedDataParallel.optim_state_dict(model, optim, group=group)

    @staticmethod
    def sharded_optim_state_dict(model, optim, group=None):
        """optim_state_dict of DTensors."""
        with FullyShardedDataParallel.state_dict_type(model, StateDictType.SHARDED_STATE_DICT):
            return FullyShardedDataParallel.optim_state_dict(model, optim, group=group)

    @staticmethod
    def shard_full_optim_state_dict(full_optim_state_dict, model, optim_input=None, optim=None):
        """What full_optim_state_dict gave as what the optimizer's load_state_dict takes."""
        return _optimizer_state.by_numbers(model, optim, full_optim_state_dict)

    @staticmethod
    def scatter_full_optim_state_dict(full_optim_state_dict, model, optim_input=None, optim=None, group=None):
        """shard_full_optim_state_dict of what only the first rank has."""
        box = [full_optim_state_dict if get_rank(group) == 0 else None]
        torch.distributed.broadcast_object_list(box, group=group, group_src=0)
        return _optimizer_state.by_numbers(model, optim, box[0])


def _after_state_dict(module, state, prefix, metadata):
    """The names of the wrapped module, and whole tensors if they are wanted."""
    settings = module._state_dict_settings
    full = settings.state_dict_type is StateDictType.FULL_STATE_DICT
    config = settings.state_dict_config
    drop = full and config.rank0_only and get_rank() != 0
    inner = f"{prefix}{_INNER}."
    for key in [k for k in state if k.startswith(prefix)]:
        value = state.pop(key)
        name = prefix + key[len(inner):] if key.startswith(inner) else key
        if isinstance(value, torch.Tensor):
            if full and isinstance(value, DTensor):
                value = value.full_tensor()
            if config.offload_to_cpu:
                value = value.cpu()
        if not drop:
            state[name] = value


def _before_load(module, state, prefix, metadata, strict, missing, unexpected, errors):
    """The names of what is wrapped, and DTensors of whole tensors."""
    for key in [k for k in state if k.startswith(prefix)]:
        state[f"{prefix}{_INNER}.{key[len(prefix):]}"] = state.pop(key)
    group = module.module._get_fsdp_state().group
    own = {id(p.sharded): p.sharded for p in group.parameters} if group is not None else {}
    for name, p in module.module.named_parameters():
        key = f"{prefix}{_INNER}.{name.replace(_INNER + '.', '')}"
        value = state.get(key)
        if id(p) in own and isinstance(value, torch.Tensor) and not isinstance(value, DTensor):
            state[key] = distribute_tensor(value.detach(), p.device_mesh, p.placements, src_data_rank=None)


FullyShardedDataParallel.__module__ = "torch.distributed.fsdp"
