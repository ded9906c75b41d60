"""The parameters of one fully_shard: gathered together before they are needed, their gradients reduced afterwards.

What is gathered goes into memory that is given back and taken again (a storage of no bytes in between), so that what
autograd saved of a parameter in forward finds the numbers again in backward."""
import mindtorch as torch
from mindtorch import nn

from ... import collectives
from ..._functional_collectives import ReduceOp
from ...objects import all_gather_object
from ...tensor._api import DTensor, wrap
from ...tensor._redistribute import _fitted
from ...tensor.placement_types import Replicate, Shard, _StridedShard
from ._policies import CPUOffloadPolicy


class Layout:
    """The meshes of a fully_shard: of ranks that shard, and of those that replicate, or None."""

    def __init__(self, mesh):
        if mesh.ndim not in (1, 2):
            raise ValueError(f"fully_shard expects a 1D or 2D DeviceMesh but got {mesh}")
        self.mesh = mesh
        self.shard_dim = mesh.ndim - 1
        self.group = mesh.get_group(self.shard_dim)
        self.replicas = mesh.get_group(0) if mesh.ndim == 2 else None
        self.size, self.rank = self.group.size(), self.group.rank()
        self.total = mesh.size()


class ShardedParameter:
    """A parameter, and where modules have it: [(module, name)]."""

    def __init__(self, places, parameter, layout, policy, offload, device, dim):
        self.places, self.layout, self.policy, self.dim = places, layout, policy, dim
        self.offload = isinstance(offload, CPUOffloadPolicy)
        self.device = device
        self.tensor_parallel = parameter._spec if isinstance(parameter, DTensor) else None
        whole = (parameter._local_tensor if self.tensor_parallel else parameter).detach()
        if dim >= whole.ndim and not (whole.ndim == 0 and dim == 0):
            raise ValueError(f"a shard dimension {dim} of a parameter of shape {tuple(whole.shape)}")
        if whole.ndim == 0:
            raise ValueError("fully_shard doesn't support scalar parameters. Change "
                             f"{places[0][1]} to a 1D tensor with numel equal to 1.")
        self.shape, self.dtype = tuple(whole.shape), whole.dtype
        rows, self.begin = Shard.local_shard_size_and_offset(self.shape[dim], layout.size, layout.rank)
        self.chunk = -(-self.shape[dim] // layout.size)
        local = whole.narrow(dim, self.begin, rows).clone(memory_format=torch.contiguous_format)
        if not local.is_meta:
            local = local.to("cpu" if self.offload else device)
        self.sharded = self._as_parameter(local, parameter)
        self.full = self.unsharded = self._work = None
        self._register(self.sharded)

    def _as_parameter(self, local, parameter):
        mesh, placements = self.layout.mesh, [Shard(self.dim)]
        shape = self.shape
        if self.layout.replicas is not None:
            placements = [Replicate(), Shard(self.dim)]
        if self.tensor_parallel:
            inner, root = self.tensor_parallel.mesh, mesh._root
            if inner._root is not root:
                raise ValueError("fully_shard: the mesh of a tensor parallel parameter and this one must be parts of "
                                 f"one mesh, but are of {inner._root} and {root}")
            ways = 1
            for i, p in enumerate(self.tensor_parallel.placements):
                if isinstance(p, Shard) and p.dim == self.dim:
                    ways *= inner.shape[i]
            if ways > 1:
                placements[-1] = _StridedShard(self.dim, split_factor=ways)
            mesh = root[(*mesh.mesh_dim_names, *inner.mesh_dim_names)]
            placements += self.tensor_parallel.placements
            shape = self.tensor_parallel.tensor_meta.shape
        made = nn.Parameter(wrap(local, mesh, tuple(placements), shape), parameter.requires_grad)
        made.__dict__.update({k: v for k, v in parameter.__dict__.items() if k not in (
            "_local_tensor", "_spec", "_is_param")})
        return made

    def _register(self, parameter):
        for module, name in self.places:
            module._parameters[name] = parameter

    def refresh(self):
        """Take over what others put into the module instead: after to_empty() of meta parameters, or .to()."""
        module, name = self.places[0]
        now = module._parameters[name]
        if now is not self.sharded and now is not self.unsharded:
            if not isinstance(now, DTensor) or now.placements != self.sharded.placements:
                raise RuntimeError(f"fully_shard: parameter {name} was replaced by another kind of tensor")
            self.sharded = now
            self._register(now)
        self.dtype = self.sharded.dtype

    # ---- gathering ----
    def start(self, async_op):
        """Begin to gather."""
        if self.sharded._local_tensor.is_meta:
            raise RuntimeError("fully_shard: parameters are on the meta device. Materialize them by "
                               "module.to_empty(device) and initialize them before forward.")
        local = self.sharded._local_tensor.detach()
        dtype = self.policy.param_dtype
        if dtype is not None and dtype != local.dtype and local.is_floating_point():
            local = local.to(dtype)
        local = _fitted(local.to(self.device), self.dim, self.chunk).contiguous()
        room = [self.chunk * self.layout.size if d == self.dim else n for d, n in enumerate(self.shape)]
        if self.full is None or self.full.dtype != local.dtype:
            self.full, self.unsharded = torch.empty(room, dtype=local.dtype, device=self.device), None
        else:
            self.full.untyped_storage().resize_(self.full.numel() * self.full.itemsize)
        if self.dim == 0:
            out = self.full.data
            self._work = (collectives.all_gather_single(out, local, self.layout.group, async_op), None)
        else:
            out = local.new_empty((self.layout.size * local.shape[0], *local.shape[1:]))
            self._work = (collectives.all_gather_single(out, local, self.layout.group, async_op), out)

    def finish(self):
        """Have it gathered, and give it to the modules."""
        work, out = self._work
        if work is not None:
            work.wait()
        if out is not None:
            self.full.data.copy_(torch.cat(out.chunk(self.layout.size, 0), self.dim))
        self._work = None
        if self.unsharded is None:
            local = self.full.narrow(self.dim, 0, self.shape[self.dim])
            if self.tensor_parallel:
                spec = self.tensor_parallel
                local = wrap(local.detach(), spec.mesh, spec.placements, spec.tensor_meta.shape)
            self.unsharded = nn.Parameter(local, self.sharded.requires_grad)
            self.hooked = False
        if self.unsharded.requires_grad != self.sharded.requires_grad:
            self.unsharded.requires_grad_(self.sharded.requires_grad)
        self._register(self.unsharded)

    def release(self):
        """Give the modules the shard again, and the memory back."""
        self._register(self.sharded)
        self.full.untyped_storage().resize_(0)

    # ---- gradients ----
    def take_gradient(self):
        """The gradient of the whole parameter, which it has no longer then."""
        grad = self.unsharded.grad
        self.unsharded.grad = None
        return grad._local_tensor if isinstance(grad, DTensor) else grad

    def no_gradient(self):
        """What a rank adds that has not used the parameter."""
        return torch.zeros(self.shape, dtype=self.full.dtype, device=self.device)

    def reduce(self, grad, options):
        """Begin to add up a gradient over the ranks; what finishes it."""
        group, n = self.layout.group, self.layout.size
        dtype = self.policy.reduce_dtype or grad.dtype
        grad = _fitted(grad.to(dtype), self.dim, self.chunk * n)
        if self.dim:
            grad = torch.cat(grad.chunk(n, self.dim), 0)
        out = grad.new_empty((grad.shape[0] // n, *grad.shape[1:]))
        factor = options.divide_factor
        op = ReduceOp.AVG if factor is None else ReduceOp.SUM
        work = collectives.reduce_scatter_single(out, grad.contiguous(), op, group, async_op=True)

        def finish():
            work.wait()
            made = out
            if self.layout.replicas is not None and options.all_reduce:
                collectives.all_reduce(made, op, self.layout.replicas)
            if options.hook is not None:
                options.hook(made)
            if factor is not None:
                made = made / factor
            local = self.sharded._local_tensor
            if made.shape[self.dim] != local.shape[self.dim]:
                made = made.narrow(self.dim, 0, local.shape[self.dim]).clone()
            made = made.to(local.device, local.dtype)
            local.grad = made if local.grad is None else local.grad.add_(made)

        return finish


class Group:
    """The parameters that one fully_shard has, and what state they are in."""

    def __init__(self, parameters, options):
        self.parameters, self.options = parameters, options
        self.gathering = self.is_unsharded = False
        self.in_backward = self.reduced = False
        self.arrived, self.finishing = 0, []

    def unshard(self, async_op=False):
        """Begin to gather, unless it is done or under way."""
        if self.is_unsharded or self.gathering:
            return
        with torch.no_grad():
            for p in self.parameters:
                p.refresh()
                p.start(async_op)
        self.gathering = True

    def wait(self):
        """Have the parameters gathered."""
        if self.gathering:
            with torch.no_grad():
                for p in self.parameters:
                    p.finish()
            for p in self.parameters:
                if p.unsharded.requires_grad and not p.hooked:
                    p.unsharded.register_post_accumulate_grad_hook(self._arrived)
                    p.hooked = True
            self.gathering, self.is_unsharded = False, True

    def reshard(self):
        """Let go of what was gathered."""
        self.wait()
        if self.is_unsharded:
            for p in self.parameters:
                p.release()
            self.is_unsharded = False

    @property
    def has_frozen(self):
        """Whether some of the parameters need no gradient."""
        return any(not p.unsharded.requires_grad for p in self.parameters)

    def _arrived(self, parameter):
        if not self.in_backward:
            return
        self.arrived += 1
        if self.arrived == sum(p.unsharded.requires_grad for p in self.parameters):
            self.options.root().group_done(self)

    def reduce(self):
        """Begin to reduce the gradients that are there."""
        self.reduced = True
        if not self.options.sync:
            return
        mine = [p.unsharded is not None and p.unsharded.grad is not None for p in self.parameters]
        some = self._of_any_rank(mine)
        with torch.no_grad():
            for p, here, anywhere in zip(self.parameters, mine, some):
                if anywhere:
                    grad = p.take_gradient() if here else p.no_gradient()
                    self.finishing.append(p.reduce(grad, self.options))
                    del grad

    def _of_any_rank(self, mine):
        """Which parameters have a gradient on some rank: a rank that has none adds nothing, instead of taking part in
        the reduction of another parameter."""
        if self.parameters[0].layout.total == 1:
            return mine
        found = mine
        for group in {id(g): g for g in (self.parameters[0].layout.group, self.parameters[0].layout.replicas)
                      if g is not None}.values():
            every = [None] * group.size()
            all_gather_object(every, found, group=group)
            found = [any(column) for column in zip(*every)]
        return found

    def finish_reduce(self):
        """Have them reduced."""
        with torch.no_grad():
            while self.finishing:
                self.finishing.pop(0)()
