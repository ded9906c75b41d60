"""DistributedDataParallel: a module whose gradients are averaged over processes."""
import contextlib
import dataclasses

import mindtorch as torch
from mindtorch.distributed import reducer as _reducer
from mindtorch.distributed.groups import group, group_of

from ..modules.module import Module


def _tensors(value):
    """The tensors in what forward returned."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [t for v in value for t in _tensors(v)]
    if isinstance(value, dict):
        return [t for v in value.values() for t in _tensors(v)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [t for f in dataclasses.fields(value) for t in _tensors(getattr(value, f.name))]
    return []


class DistributedDataParallel(Module):
    """A module in every process of a group, with the same parameters: backward averages gradients over the processes,
    bucket by bucket while it runs."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0, broadcast_buffers=True, init_sync=True,
                 process_group=None, bucket_cap_mb=None, find_unused_parameters=False, check_reduction=False,
                 gradient_as_bucket_view=False, static_graph=False, delay_all_reduce_named_params=None,
                 param_to_hook_all_reduce=None, mixed_precision=None, device_mesh=None,
                 skip_all_reduce_unused_params=False):
        super().__init__()
        for name, value in (("delay_all_reduce_named_params", delay_all_reduce_named_params),
                            ("param_to_hook_all_reduce", param_to_hook_all_reduce),
                            ("mixed_precision", mixed_precision), ("device_mesh", device_mesh),
                            ("skip_all_reduce_unused_params", skip_all_reduce_unused_params)):
            if value:
                raise NotImplementedError(f"DistributedDataParallel: {name}")
        self.process_group = group_of(process_group)
        ignored = set(getattr(module, "_ddp_params_and_buffers_to_ignore", ()))
        self.parameters_to_ignore = ignored
        named = [(n, p) for n, p in module.named_parameters() if p.requires_grad and n not in ignored]
        if not named:
            raise RuntimeError("DistributedDataParallel is not needed when a module doesn't have any parameter that "
                               "requires a gradient.")
        kinds = {p.device.type for _, p in named}
        if device_ids is not None and len(device_ids) > 1:
            raise ValueError(f"device_ids can only be None or contain a single element, but got {device_ids}")
        if len(kinds) != 1:
            raise ValueError("DistributedDataParallel's input module must be on the same type of devices, but input "
                             f"module parameters locate in {kinds}.")
        if (device_ids or output_device is not None) and (kinds == {"cpu"} or len({p.device for _, p in named}) != 1):
            raise ValueError("DistributedDataParallel device_ids and output_device arguments only work with "
                             f"single-device/multiple-device GPU modules or CPU modules, but got device_ids "
                             f"{device_ids}, output_device {output_device}, and module parameters "
                             f"{ {p.device for _, p in named} }.")
        self.module, self.dim = module, dim
        self.device, self.device_type = named[0][1].device, next(iter(kinds))
        self.device_ids = [torch.device(self.device_type, d) if isinstance(d, int) else torch.device(d)
                           for d in device_ids] if device_ids else None
        self.output_device = output_device
        self.broadcast_buffers, self.find_unused_parameters = broadcast_buffers, find_unused_parameters
        self.gradient_as_bucket_view, self.static_graph = gradient_as_bucket_view, static_graph
        self.bucket_bytes_cap = int((25 if bucket_cap_mb is None else bucket_cap_mb) * 1024 * 1024)
        self.require_backward_grad_sync = self.require_forward_param_sync = True
        self._comm_hooks, self._join = [], None
        self.modules_buffers = [b for n, b in module.named_buffers() if n not in ignored]
        if init_sync:
            _reducer.verify_shapes([p for _, p in named], self.process_group)
            state = [t for n, t in module.state_dict(keep_vars=True).items()
                     if isinstance(t, torch.Tensor) and n not in ignored]
            _reducer.broadcast_coalesced(state, self.process_group)
        self.reducer = _reducer.Reducer(named, self.process_group,
                                        None if bucket_cap_mb is None else self.bucket_bytes_cap,
                                        find_unused_parameters, static_graph, gradient_as_bucket_view)

    def forward(self, *inputs, **kwargs):
        """The module's result; what is to come back in backward is made ready for."""
        if self._join is not None:
            self._join.notify(self)
        if torch.is_grad_enabled() and self.require_backward_grad_sync:
            self.reducer.check_finished()
        if self.require_forward_param_sync and self.broadcast_buffers and self.training:
            self._sync_buffers()
        if self.device_ids:
            inputs, kwargs = _moved(inputs, self.device_ids[0]), _moved(kwargs, self.device_ids[0])
        output = self.module(*inputs, **kwargs)
        sync = torch.is_grad_enabled() and self.require_backward_grad_sync
        self.require_forward_param_sync = sync
        self.reducer.sync = self.require_backward_grad_sync
        if sync:
            self.reducer.prepare(_tensors(output) if self.find_unused_parameters else ())
        return output

    def _sync_buffers(self):
        buffers = [b for n, b in self.module.named_buffers() if n not in self.parameters_to_ignore]
        if buffers:
            root = 0 if self._join is None else self._join.root
            _reducer.broadcast_coalesced(buffers, self.process_group, root)

    @contextlib.contextmanager
    def no_sync(self):
        """Gradients of backward passes in the block stay the process's own, and are added up; the first one after the
        block averages the sums."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        self.reducer.sync = False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before
            self.reducer.sync = before

    def register_comm_hook(self, state, hook):
        """Let hook(state, bucket) reduce a bucket instead: it returns a future of the reduced buffer."""
        if not callable(hook):
            raise TypeError("Communication hook must be callable.")
        if self._comm_hooks:
            raise RuntimeError("register_comm_hook or register_builtin_comm_hook can only be called once.")
        self._comm_hooks.append((hook, state))
        self.reducer.hook = state, hook

    def _register_builtin_comm_hook(self, comm_hook_type):
        from mindtorch.distributed.algorithms.ddp_comm_hooks import default_hooks

        hook = {"ALLREDUCE": default_hooks.allreduce_hook, "FP16_COMPRESS": default_hooks.fp16_compress_hook}
        self.register_comm_hook(self.process_group, hook[comm_hook_type.name])

    def _set_static_graph(self):
        self.static_graph = self.reducer.static_graph = True

    @contextlib.contextmanager
    def join(self, divide_by_initial_world_size=True, enable=True, throw_on_early_termination=False):
        """For inputs of several lengths: processes that have none left take part in what the others reduce."""
        from mindtorch.distributed.algorithms.join import Join

        with Join([self], enable, throw_on_early_termination,
                  divide_by_initial_world_size=divide_by_initial_world_size):
            yield

    def join_hook(self, **kwargs):
        """What this module does for processes that still have inputs."""
        from mindtorch.distributed.algorithms.join import DDPJoinHook

        return DDPJoinHook(self, kwargs.get("divide_by_initial_world_size", True))

    join_device = property(lambda self: self.device)
    join_process_group = property(lambda self: self.process_group)

    def train(self, mode=True):
        """Training mode of the module too."""
        super().train(mode)
        return self

    @staticmethod
    def _set_params_and_buffers_to_ignore_for_model(module, params_and_buffers_to_ignore):
        module._ddp_params_and_buffers_to_ignore = params_and_buffers_to_ignore

    def _get_ddp_logging_data(self):
        g = self.process_group
        return {"world_size": g.size(), "rank": g.rank(), "module_name": type(self.module).__name__,
                "find_unused_parameters": self.find_unused_parameters, "bucket_cap_bytes": self.bucket_bytes_cap,
                "broadcast_buffers": self.broadcast_buffers, "backend_name": str(g.name()),
                "iteration": self.reducer.steps,
                "gradient_as_bucket_view": self.gradient_as_bucket_view, "static_graph": self.static_graph,
                "bucket_sizes": ", ".join(str(b.flat.numel() * b.flat.element_size()) for b in self.reducer.buckets)}

    def __getstate__(self):
        if self.process_group is not group.WORLD:
            raise RuntimeError("DDP Pickling/Unpickling are only supported when using DDP with the default process "
                               "group. That is, when you have called init_process_group and have not passed "
                               "process_group argument to DDP constructor")
        state = dict(self.__dict__)
        for name in ("process_group", "reducer", "_join"):
            state.pop(name, None)
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        self.process_group, self._join = group_of(), None
        named = [(n, p) for n, p in self.module.named_parameters()
                 if p.requires_grad and n not in self.parameters_to_ignore]
        self.reducer = _reducer.Reducer(named, self.process_group, self.bucket_bytes_cap, self.find_unused_parameters,
                                        self.static_graph, self.gradient_as_bucket_view)


def _moved(value, device):
    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_moved(v, device) for v in value))
    if isinstance(value, (list, tuple)):
        return type(value)(_moved(v, device) for v in value)
    if isinstance(value, dict):
        return type(value)((k, _moved(v, device)) for k, v in value.items())
    return value
