"""fully_shard: when the parameters of a module are gathered, let go of, and their gradients reduced."""
import functools
import weakref

import mindtorch as torch
from mindtorch import nn

from ...device_mesh import init_device_mesh
from ...groups import get_world_size, has_npu
from ._params import Group, Layout, ShardedParameter
from ._policies import MixedPrecisionPolicy, OffloadPolicy


class UnshardHandle:
    """What unshard(async_op=True) gives."""

    __module__ = "torch.distributed.fsdp"

    def __init__(self, group=None):
        self._group = group

    def wait(self):
        """Have the parameters gathered."""
        if self._group is not None:
            self._group.wait()
            self._group = None


def _tensors(value):
    from mindtorch.nn.parallel.distributed import _tensors as found

    return found(value)


def _cast(value, dtype):
    from mindtorch.utils import _pytree

    return _pytree.tree_map(
        lambda t: t.to(dtype) if isinstance(t, torch.Tensor) and t.is_floating_point() else t, value)


class _Options:
    """What the setters of an FSDPModule set."""

    def __init__(self):
        self.sync = self.all_reduce = True
        self.reshard_after_backward = True
        self.divide_factor = self.hook = None
        self.root = None


class State:
    """What fully_shard keeps of a module."""

    def __init__(self, modules, mesh, reshard_after_forward, policy, offload):
        self.modules = [weakref.ref(m) for m in modules]
        self.mesh, self.policy, self.offload = mesh, policy, offload
        self.automatic = reshard_after_forward is None
        self.reshard_after_forward = reshard_after_forward is not False
        self.options, self.group = _Options(), None
        self.root = None
        self.running = 0
        self.unshard_in_backward = True
        self.forward_prefetch, self.backward_prefetch = [], None
        self.cast_root = self.follow = False  # what the wrapper asks for: cast as a root, fetch who comes next

    def begin(self):
        """The first forward: whoever comes first is the root of all below it."""
        if self.root is not None:
            return
        states = [s for ref in self.modules for m in ref().modules() if (s := _state_of(m)) is not None]
        for s in dict.fromkeys([self, *states]):
            if s.root is not None and s is not self and s.root is not s:
                raise RuntimeError("FSDP state has already been lazily initialized for a module inside: FSDP requires "
                                   "running forward through the root module first")
            s.root = self
            s.options.root = weakref.ref(self)
        if self.automatic:
            self.reshard_after_forward = False
        self.order, self.active, self.called_back, self.last_reduced = [], [], False, None

    # ---- forward ----
    def before(self, module, args, kwargs):
        """Pre-forward hook."""
        self.begin()
        root = self.root
        if self is root and not root.active:
            root.order = []
        cast = self.policy.cast_forward_inputs or (self.cast_root and self is root)
        if self.policy.param_dtype is not None and cast:
            args, kwargs = _cast(args, self.policy.param_dtype), _cast(kwargs, self.policy.param_dtype)
        if self.group is not None:
            self.group.unshard()  # in backward too: activations may be computed anew there
            self.group.wait()
            for s in self.forward_prefetch:
                if s.group is not None:
                    s.group.unshard(True)
            if torch.is_grad_enabled() and self.group.has_frozen:
                args, kwargs = self._entered(args, kwargs)
        self.running += 1
        return args, kwargs

    def _entered(self, args, kwargs):
        """Inputs whose gradients tell that the module's backward is over: parameters without gradients tell nothing."""
        from mindtorch.utils import _pytree

        leaves, spec = _pytree.tree_flatten((args, kwargs))
        at = [i for i, t in enumerate(leaves) if type(t) is torch.Tensor and t.requires_grad]
        if not at:
            return args, kwargs
        made = _Entry.apply(self, *(leaves[i] for i in at))
        for i, t in zip(at, made):
            leaves[i] = t
        return _pytree.tree_unflatten(leaves, spec)

    def after(self, module, args, output):
        """Forward hook."""
        self.running -= 1
        if self.policy.output_dtype is not None:
            output = _cast(output, self.policy.output_dtype)
        if self.running or (self.group is not None and self.group.in_backward):
            return output
        if torch.is_grad_enabled():
            for t in _tensors(output):
                if t.requires_grad:
                    t.register_hook(self._backward_begins)
            order = self.root.order
            if self.follow and order:
                order[-1].forward_prefetch = [self]
            order.append(self)
        if self.group is not None and self.reshard_after_forward:
            self.group.reshard()
        return output

    # ---- backward ----
    def _backward_begins(self, grad):
        root = self.root
        if not root.called_back:
            root.called_back = True
            torch.autograd.Variable._execution_engine.queue_callback(root.backward_ends)
        group = self.group
        if group is None or group.in_backward:
            return
        group.in_backward, group.reduced, group.arrived = True, False, 0
        root.active.append(self)
        if self.unshard_in_backward:
            group.unshard()
        group.wait()
        if root.last_reduced is not None:  # whose gradients would be in memory beside those that come now
            root.last_reduced.finish_reduce()
        nexts = self.backward_prefetch
        if nexts is None:
            at = root.order.index(self) if self in root.order else 0
            nexts = root.order[at - 1: at] if at else []
        for s in nexts:
            if s.group is not None and not s.group.in_backward:
                s.group.unshard(True)

    def group_done(self, group):
        """All gradients of a group are there (called on the root)."""
        if group.reduced:
            return
        if group.options.reshard_after_backward and not group.has_frozen:
            group.reshard()
        group.reduce()
        self.last_reduced = group

    def backward_ends(self):
        """The end of a backward, on the root."""
        for s in self.active:
            group = s.group
            self.group_done(group)
            if group.options.reshard_after_backward:
                group.reshard()
        for s in self.active:
            s.group.finish_reduce()
            s.group.in_backward = False
        for s in self.order:
            if s.group is not None and s.group.gathering:  # fetched, but no gradient came by
                s.group.reshard()
        self.active, self.order, self.called_back, self.last_reduced = [], [], False, None


class _Entry(torch.autograd.Function):
    @staticmethod
    def forward(ctx, state, *tensors):
        ctx.state = state
        return tuple(t.view_as(t) for t in tensors)

    @staticmethod
    def backward(ctx, *grads):
        group = ctx.state.group
        if group.in_backward:
            ctx.state.root.group_done(group)
            if group.options.reshard_after_backward:
                group.reshard()
        return (None, *grads)


def _state_of(module):
    return module.__dict__.get("_fsdp_state")


def _get_module_fsdp_state(module):
    """What fully_shard keeps of a module, or None."""
    return _state_of(module)


class FSDPModule:
    """What fully_shard makes of a module's class: class FSDPLinear(FSDPModule, Linear)."""

    __module__ = "torch.distributed.fsdp"

    def __new__(cls, *args, **kwargs):
        """A plain one of the class that was sharded."""
        plain = cls.__mro__[2]
        made = plain.__new__(plain)
        made.__init__(*args, **kwargs)
        return made

    def _get_fsdp_state(self):
        state = _state_of(self)
        if state is None:
            raise AssertionError(f"No FSDP state found on {self}")
        return state

    def _states(self, recurse=True):
        if not recurse:
            return [self._get_fsdp_state()]
        return list(dict.fromkeys(s for m in self.modules() if (s := _state_of(m)) is not None))

    def unshard(self, async_op=False):
        """Gather this module's parameters (not those of modules inside that are sharded by themselves); with async_op
        a handle to wait for it."""
        state = self._get_fsdp_state()
        if state.group is None:
            return UnshardHandle() if async_op else None
        state.group.unshard(async_op)
        if async_op:
            return UnshardHandle(state.group)
        state.group.wait()
        return None

    def reshard(self):
        """Let go of what was gathered of this module."""
        group = self._get_fsdp_state().group
        if group is not None:
            group.reshard()

    def set_is_last_backward(self, is_last_backward):
        """Gradients are complete at the end of every backward here, so that nothing is to be said of the last one."""
        if not isinstance(is_last_backward, bool):
            raise TypeError("set_is_last_backward expects a bool")

    def set_requires_gradient_sync(self, requires_gradient_sync, *, recurse=True):
        """Whether backward reduces gradients; without, they stay whole on every rank until a backward that does."""
        for s in self._states(recurse):
            s.options.sync = requires_gradient_sync

    def set_requires_all_reduce(self, requires_all_reduce, *, recurse=True):
        """Whether backward reduces gradients between replicas of a 2D mesh."""
        for s in self._states(recurse):
            s.options.all_reduce = requires_all_reduce

    def set_reshard_after_forward(self, reshard_after_forward, recurse=True):
        """Whether parameters are let go of after forward."""
        if not isinstance(reshard_after_forward, bool):
            raise ValueError(f"reshard_after_forward should be a bool, got {type(reshard_after_forward)}")
        for s in self._states(recurse):
            s.automatic, s.reshard_after_forward = False, reshard_after_forward

    def set_reshard_after_backward(self, reshard_after_backward, *, recurse=True):
        """Whether parameters are let go of after backward."""
        for s in self._states(recurse):
            s.options.reshard_after_backward = reshard_after_backward

    def set_modules_to_forward_prefetch(self, modules):
        """FSDP modules whose parameters this one begins to gather in forward."""
        self._get_fsdp_state().forward_prefetch = _sharded(modules)

    def set_modules_to_backward_prefetch(self, modules):
        """FSDP modules whose parameters this one begins to gather in backward; by default the one before it."""
        self._get_fsdp_state().backward_prefetch = _sharded(modules)

    def set_all_reduce_hook(self, hook, *, stream=None):
        """Call hook(gradient) on what was reduced, before it is added to .grad."""
        if stream is not None:
            raise NotImplementedError("set_all_reduce_hook: stream")
        self._get_fsdp_state().options.hook = hook

    def set_gradient_divide_factor(self, factor):
        """By what the sum of gradients over the ranks is divided; by their number by default."""
        self._get_fsdp_state().options.divide_factor = factor

    def set_reduce_scatter_divide_factor(self, factor):
        """The old name of set_gradient_divide_factor."""
        self.set_gradient_divide_factor(factor)

    def set_unshard_in_backward(self, unshard_in_backward):
        """Whether backward gathers parameters; without, what autograd saved must not be used."""
        self._get_fsdp_state().unshard_in_backward = unshard_in_backward

    def reset_iter_state(self):
        """Forget a forward whose backward will not come."""
        for s in self._states():
            s.running = 0
            if s.group is not None:
                s.group.in_backward, s.group.finishing = False, []
                s.group.reshard()
        root = self._get_fsdp_state()
        if root.root is root:
            root.active, root.order, root.called_back, root.last_reduced = [], [], False, None

    def _apply(self, *args, **kwargs):
        for s in self._states():
            if s.group is not None:
                s.group.reshard()
        made = super()._apply(*args, **kwargs)
        for s in self._states():
            for p in s.group.parameters if s.group is not None else ():
                p.refresh()
        return made


def _refusing(name):
    def setter(self, *args, **kwargs):
        raise NotImplementedError(f"FSDPModule.{name}")

    setter.__name__ = name
    setter.__doc__ = "NotImplementedError: collectives cannot be exchanged here."
    return setter


for _name in ("set_custom_all_gather", "set_custom_reduce_scatter", "set_symm_mem_for_comm",
              "set_allocate_memory_from_process_group_for_comm", "set_force_sum_reduction_for_comms",
              "set_post_optim_event", "set_reduce_scatter_unused_params", "set_reduce_scatter_max_input_buffers",
              "set_separate_reduce_scatter_group"):
    setattr(FSDPModule, _name, _refusing(_name))


def _sharded(modules):
    for m in modules:
        if not isinstance(m, FSDPModule):
            raise ValueError(f"prefetching is between FSDPModules, but got {type(m)}")
    return [m._get_fsdp_state() for m in modules]


_classes = {}


def _sharded_class(cls):
    if cls not in _classes:
        _classes[cls] = type(f"FSDP{cls.__name__}", (FSDPModule, cls), {"__module__": cls.__module__})
    return _classes[cls]


def _managed(modules, ignored):
    """{parameter: [(module, name)]} of modules, without those that are sharded by themselves."""
    found, seen = {}, set()

    def visit(module, top):
        if module in seen or (not top and _state_of(module) is not None):
            return
        seen.add(module)
        for name, p in module._parameters.items():
            if p is not None and p not in ignored:
                found.setdefault(p, []).append((module, name))
        for child in module.children():
            visit(child, False)

    for m in modules:
        visit(m, True)
    return found


def fully_shard(module, *, mesh=None, reshard_after_forward=None, shard_placement_fn=None,
                mp_policy=MixedPrecisionPolicy(), offload_policy=OffloadPolicy(), ignored_params=None,
                dp_mesh_dims=None):
    """Shard the parameters of a module (or of several, as one) over the ranks of a mesh: they are DTensors of Shard(0)
    (or of shard_placement_fn(parameter)), gathered before forward and backward and let go of after them; gradients are
    averaged and sharded. Apply it to the modules inside first, then to the whole: each is gathered by itself.
    reshard_after_forward=False keeps what was gathered until backward is over, and so does the root by default. Over a
    mesh of two dimensions the first one replicates. Returns the module, whose class becomes an FSDPModule. ValueError
    for lists of modules (ModuleList, ModuleDict), scalars, meshes that do not fit."""
    modules = [module] if isinstance(module, nn.Module) else list(module)
    for m in modules:
        if isinstance(m, (nn.ModuleList, nn.ModuleDict)):
            raise ValueError(f"fully_shard does not support containers that do not implement forward: {m}")
        if _state_of(m) is not None:
            raise AssertionError("fully_shard has already been applied to this module")
    if dp_mesh_dims is not None:
        raise NotImplementedError("fully_shard: dp_mesh_dims")
    if reshard_after_forward is not None and not isinstance(reshard_after_forward, bool):
        raise NotImplementedError("fully_shard: reshard_after_forward to a smaller number of ranks")
    ignored = {id(p) for p in ignored_params or ()}
    places = _managed(modules, _Ids(ignored))
    if mesh is None:
        mesh = init_device_mesh("npu" if has_npu() else "cpu", (get_world_size(),))
    layout = Layout(mesh)
    device = torch.device("npu" if mesh.device_type == "cuda" else mesh.device_type)
    if device.type == "npu":
        device = torch.device("npu", torch.npu.current_device())
    state = State(modules, mesh, reshard_after_forward, mp_policy, offload_policy)
    parameters = []
    for p, where in places.items():
        dim = 0
        if shard_placement_fn is not None and (placed := shard_placement_fn(p)) is not None:
            if not isinstance(placed, torch.distributed.tensor.Shard):
                raise NotImplementedError(f"fully_shard: shard_placement_fn gave {placed}")
            dim = placed.dim % p.ndim
        parameters.append(ShardedParameter(where, p, layout, mp_policy, offload_policy, device, dim))
    del places
    if parameters:
        state.group = Group(parameters, state.options)
    for m in modules:
        for child in m.modules():
            for name, b in child._buffers.items():
                if b is not None and not b.is_meta and b.device.type != device.type:
                    child._buffers[name] = b.to(device)
    for m in modules:
        m._fsdp_state = state
        m.__class__ = _sharded_class(type(m))
        m.register_forward_pre_hook(state.before, prepend=True, with_kwargs=True)
        m.register_forward_hook(state.after)
        m.register_state_dict_pre_hook(_whole_state)
        m.register_load_state_dict_pre_hook(_whole_state)
    return module


class _Ids:
    """Membership by identity."""

    def __init__(self, ids):
        self.ids = ids

    def __contains__(self, value):
        return id(value) in self.ids


def _whole_state(module, *args):
    group = _state_of(module).group
    if group is not None:
        group.reshard()


def register_fsdp_forward_method(module, method_name):
    """Have another method of an FSDP module gather its parameters as forward does; nothing for other modules.
    ValueError for a name that is none of the module's."""
    if not isinstance(module, FSDPModule):
        return
    if not hasattr(module, method_name):
        raise ValueError(f"{type(module)} does not have a method {method_name}")
    method = getattr(type(module), method_name)

    @functools.wraps(method)
    def wrapped(*args, **kwargs):
        state = module._get_fsdp_state()
        args, kwargs = state.before(module, args, kwargs)
        return state.after(module, args, method(module, *args, **kwargs))

    setattr(module, method_name, wrapped)


__all__ = ["FSDPModule", "UnshardHandle", "fully_shard", "register_fsdp_forward_method"]
