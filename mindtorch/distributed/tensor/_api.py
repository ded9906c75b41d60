"""DTensor: a tensor whose parts are on the ranks of a mesh, and what makes one.

It is a shell that knows the whole tensor's shape, around the rank's own part, an ordinary tensor on which everything,
autograd included, happens. Calls come through __torch_function__ and are answered by rule (_rules.py)."""
import mindtorch as torch
import mindtorch._C as _C
from mindtorch._core import layouts, overrides
from mindtorch._core.tensor import Tensor

from .. import collectives
from ..device_mesh import DeviceMesh, _mesh_resources
from ._dtensor_spec import DTensorSpec, TensorMeta, contiguous_stride, local_shape_and_offset, normalized
from ._redistribute import dual, move, moved
from .placement_types import Partial, Replicate, Shard

_engine = vars(Tensor)


def _mesh(device_mesh):
    mesh = device_mesh or _mesh_resources.get_current_mesh()
    if not isinstance(mesh, DeviceMesh):
        raise TypeError(f"a mesh is a DeviceMesh, not {type(mesh).__name__}")
    return mesh


class DTensor(Tensor):
    """A tensor whose parts are on the ranks of a mesh: made by distribute_tensor, DTensor.from_local, or by
    torch.distributed.tensor's zeros, randn and their like. Operators give DTensors; what is plain (numbers apart) does
    not mix with them: RuntimeError."""

    __module__ = "torch.distributed.tensor"
    _canonical = "always"  # hears every function, by one name and with all arguments in their places

    def __new__(cls, local_tensor, spec, *, requires_grad=False):
        if type(local_tensor) is DTensor:
            raise TypeError("a DTensor of a DTensor")
        shape = tuple(spec.tensor_meta.shape)
        made = _C.empty(shape, local_tensor._dtype_code, -1)
        made.__class__ = DTensor
        made._spec = spec
        if requires_grad != local_tensor.requires_grad:
            local_tensor = local_tensor.detach().requires_grad_(requires_grad)
        made._local_tensor = local_tensor
        return made

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        from ._rules import answer

        return answer(func, args, kwargs or {})

    # ---- what it is ----
    device_mesh = property(lambda self: self._spec.mesh, doc="The mesh.")
    placements = property(lambda self: self._spec.placements, doc="A placement for each dimension of the mesh.")
    shape = property(lambda self: torch.Size(self._spec.tensor_meta.shape))
    ndim = property(lambda self: len(self._spec.tensor_meta.shape))
    _numel = property(lambda self: self.shape.numel())
    dtype = property(lambda self: self._local_tensor.dtype)
    device = property(lambda self: self._local_tensor.device)
    layout = property(lambda self: layouts.strided)
    _dtype_code = property(lambda self: self._local_tensor._dtype_code)
    _device_code = property(lambda self: self._local_tensor._device_code)
    is_sparse = is_sparse_csr = is_quantized = is_mkldnn = is_mps = is_xpu = is_nested = False
    is_cpu = property(lambda self: self._local_tensor.is_cpu)
    is_cuda = property(lambda self: self._local_tensor.is_cuda)
    is_npu = property(lambda self: self._local_tensor.is_npu)
    is_meta = property(lambda self: self._local_tensor.is_meta)
    itemsize = property(lambda self: self._local_tensor.itemsize)
    nbytes = property(lambda self: self.itemsize * self.shape.numel())
    names = property(lambda self: (None,) * self.ndim)
    T = property(lambda self: torch.permute(self, tuple(reversed(range(self.ndim)))))
    mT = property(lambda self: torch.transpose(self, -2, -1))

    @property
    def H(self):
        """Transposed and conjugated."""
        return self.T.conj() if self.dtype.is_complex else self.T

    mH = H

    # ---- its gradients are those of the rank's part ----
    grad_fn = property(lambda self: self._local_tensor.grad_fn)
    is_leaf = property(lambda self: self._local_tensor.is_leaf)
    retains_grad = property(lambda self: self._local_tensor.retains_grad)
    output_nr = property(lambda self: self._local_tensor.output_nr)
    _version = property(lambda self: self._local_tensor._version)
    _base = property(lambda self: None)
    requires_grad = property(lambda self: self._local_tensor.requires_grad,
                             lambda self, on: self.requires_grad_(on))

    @property
    def grad(self):
        """The gradient as a DTensor, or None. A Partial's is whole on every rank."""
        found = self._local_tensor.grad
        return None if found is None else self._like(found, dual(self.placements))

    @grad.setter
    def grad(self, value):
        if value is not None:
            if not isinstance(value, DTensor):
                raise TypeError(f"assigned grad has type {type(value).__name__}, but that of a DTensor is a DTensor")
            if value.shape != self.shape:
                raise RuntimeError(f"assigned grad has data of a different size: {tuple(value.shape)} for "
                                   f"{tuple(self.shape)}")
            value = value.redistribute(self.device_mesh, dual(self.placements))._local_tensor
        self._local_tensor.grad = value

    @property
    def data(self):
        """The same part, outside of the graph."""
        return self._like(self._local_tensor.data)

    @data.setter
    def data(self, value):
        if not isinstance(value, DTensor):
            raise RuntimeError("the data of a DTensor are a DTensor's")
        self._spec = value._spec
        self._local_tensor.data = value._local_tensor

    def requires_grad_(self, requires_grad=True):
        """Make a leaf of it, or no longer."""
        self._local_tensor.requires_grad_(requires_grad)
        return self

    def retain_grad(self):
        """Keep .grad, although it is no leaf."""
        self._local_tensor.retain_grad()

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        """Accumulate gradients into the leaves."""
        torch.autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def __autograd_root__(self, gradient):
        """(tensor, its gradient) that backward starts from."""
        whole = self
        if any(isinstance(p, Partial) for p in self.placements):
            whole = self._moved(tuple(Replicate() if isinstance(p, Partial) else p for p in self.placements))
        if gradient is None:
            if self.shape.numel() != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            return whole._local_tensor, None
        if not isinstance(gradient, DTensor):
            raise TypeError(f"the gradient of a DTensor is one, but got {type(gradient).__name__}")
        if gradient.shape != self.shape:
            raise RuntimeError(f"Mismatch in shape: grad_output has a shape of {gradient.shape} and output has a "
                               f"shape of {self.shape}.")
        return whole._local_tensor, gradient._moved(whole.placements)._local_tensor

    def __autograd_result__(self, grad):
        """A gradient of the rank's part as one of the whole."""
        return self._like(grad, dual(self.placements))

    def register_hook(self, hook):
        """Call hook(gradient), a DTensor, when the gradient is there; what it returns stands in for it."""
        return self._local_tensor.register_hook(self._hooked(hook))

    def _hooked(self, hook):
        mesh, shape, placements = self.device_mesh, self.shape, dual(self.placements)

        def of_part(grad):
            made = hook(wrap(grad, mesh, placements, shape))
            return None if made is None else move(made._local_tensor, shape, mesh, made.placements, placements)

        return of_part

    def register_post_accumulate_grad_hook(self, hook):
        """Call hook(self) when .grad is there."""
        return self._local_tensor.register_post_accumulate_grad_hook(lambda _: hook(self))

    def detach(self):
        """The same part, outside of the graph."""
        return self._like(self._local_tensor.detach())

    # ---- numbers ----
    def _number(self):
        whole = self
        if not self._spec.is_replicated():
            with torch.no_grad():
                whole = self.redistribute(placements=[Replicate()] * self.device_mesh.ndim)
        return whole._local_tensor

    def item(self):
        """The number, of the whole tensor."""
        return self._number().item()

    def __bool__(self):
        return bool(self._number())

    def __int__(self):
        return int(self._number())

    def __index__(self):
        return self._number().__index__()

    def __float__(self):
        return float(self._number())

    def __complex__(self):
        return complex(self._number())

    def tolist(self):
        """RuntimeError: to_local() or full_tensor() say which numbers."""
        raise RuntimeError(".tolist() is not supported for tensor subclasses, got DTensor")

    def numpy(self, *, force=False):
        """RuntimeError: to_local() or full_tensor() say which numbers."""
        raise RuntimeError(".numpy() is not supported for tensor subclasses.")

    def __array__(self, dtype=None):
        self.numpy()

    def __len__(self):
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self):
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __repr__(self, *, tensor_contents=None):
        return (f"DTensor(local_tensor={_plain_repr(self._local_tensor)}, device_mesh={self.device_mesh}, "
                f"placements={self.placements})")

    __str__ = __repr__

    def __format__(self, spec):
        return format(self._number(), spec) if not self.ndim and spec else repr(self)

    # ---- copies ----
    def _like(self, local, placements=None):
        return wrap(local, self.device_mesh, self.placements if placements is None else placements,
                    self._spec.tensor_meta.shape)

    def __deepcopy__(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                               "protocol at the moment.")
        made = memo[id(self)] = self._like(self._local_tensor.detach().clone())
        self._copy_marks(made)
        return made

    def __copy__(self):
        made = self._like(self._local_tensor.detach())
        self._copy_marks(made)
        return made

    def _copy_marks(self, made):
        if self.requires_grad:
            made.requires_grad_()
        made.__dict__.update({k: v for k, v in self.__dict__.items() if k not in ("_local_tensor", "_spec")})

    def __reduce_ex__(self, protocol):
        return _rebuild_dtensor, (self._local_tensor.detach(), self.device_mesh, self.placements, tuple(self.shape),
                                  self.requires_grad, getattr(self, "_is_param", False))

    # ---- parts and wholes ----
    @staticmethod
    def from_local(local_tensor, device_mesh=None, placements=None, *, run_check=False, shape=None, stride=None,
                   grad_placements=None):
        """The DTensor of which every rank gives its part. The parts are taken as equal in size unless `shape` (and
        `stride`) say what the whole is; run_check compares them over the ranks, and gives all ranks what the first one
        has of a Replicate. Gradients come back to the part as placements, or grad_placements, say. ValueError for
        placements, shapes and strides that do not fit."""
        mesh = _mesh(device_mesh)
        if type(local_tensor) is DTensor:
            raise RuntimeError("the local_tensor argument only accepts torch.Tensor but got "
                               f"{type(local_tensor)} value.")
        if (shape is None) != (stride is None):
            raise RuntimeError(f"Found shape:{shape}, stride:{stride}.", "Please pass both shape and stride at the "
                               "same time.")
        placements = normalized(placements, mesh, local_tensor.ndim)
        if shape is None:
            whole = list(local_tensor.shape)
            for i, p in enumerate(placements):
                if isinstance(p, Shard):
                    whole[p.dim] *= mesh.shape[i]
            shape = tuple(whole)
        if run_check:
            local_tensor = _checked(local_tensor, mesh, placements, shape)
        if grad_placements is not None and tuple(grad_placements) != dual(placements):
            local_tensor = _Regrad.apply(local_tensor, mesh, tuple(shape), dual(placements),
                                         normalized(grad_placements, mesh, len(shape)), True)
        elif local_tensor.requires_grad and torch.is_grad_enabled():
            local_tensor = local_tensor.view_as(local_tensor)
        else:
            local_tensor = local_tensor.detach()
        return wrap(local_tensor, mesh, placements, shape)

    def to_local(self, *, grad_placements=None):
        """This rank's part. `grad_placements` say how its gradient lies over the ranks: as the part itself by default,
        and whole for a Partial."""
        own = dual(self.placements)
        if grad_placements is not None:
            given = normalized(grad_placements, self.device_mesh, self.ndim)
            if given != own:
                return _Regrad.apply(self._local_tensor, self.device_mesh, tuple(self.shape), given, own, False)
        local = self._local_tensor
        return local.view_as(local) if local.requires_grad and torch.is_grad_enabled() else local.detach()

    def redistribute(self, device_mesh=None, placements=None, *, async_op=False, forward_dtype=None,
                     backward_dtype=None):
        """The same tensor in another layout: from Shard to Replicate by all_gather, from Partial to Replicate by
        all_reduce, from Partial to Shard by reduce_scatter, from Shard to Shard by all_to_all. With async_op it has
        ended as well when this returns. RuntimeError for a layout with new Partials."""
        mesh = device_mesh or self.device_mesh
        if mesh != self.device_mesh:
            raise NotImplementedError("redistribute: from one mesh to another")
        if placements is None:
            raise RuntimeError("placements is needed for redistribute!")
        if backward_dtype is not None:
            raise NotImplementedError("redistribute: backward_dtype")
        placements = normalized(placements, mesh, self.ndim)
        for old, new in zip(self.placements, placements):
            if isinstance(new, Partial) and old != new:
                raise RuntimeError(f"Can not redistribute from {old} to {new}, redistributing to Partial is for "
                                   "internal use only!")
        whole = self.to(forward_dtype) if forward_dtype is not None else self
        return whole._moved(placements)

    def _moved(self, placements):
        if tuple(placements) == self.placements:
            return self
        shape = self._spec.tensor_meta.shape
        return wrap(moved(self._local_tensor, shape, self.device_mesh, self.placements, placements), self.device_mesh,
                    placements, shape)

    def full_tensor(self, *, grad_placements=None):
        """The whole tensor, on every rank."""
        whole = self._moved((Replicate(),) * self.device_mesh.ndim)
        return whole.to_local(grad_placements=grad_placements)


def _plain_repr(local):
    local = local.detach()
    return str(local.item()) if not local.ndim and not local.is_meta else repr(local)


class _Regrad(torch.autograd.Function):
    """A part whose gradient comes in one layout and is wanted in another; coming from outside (`scatter`), the wanted
    one may have Partials."""

    @staticmethod
    def forward(ctx, local, mesh, shape, comes, wanted, inwards):
        ctx.of = mesh, shape, comes, wanted
        return local.view_as(local)

    @staticmethod
    def backward(ctx, grad):
        mesh, shape, comes, wanted = ctx.of
        return moved(grad, shape, mesh, comes, wanted), None, None, None, None, None


def _checked(local, mesh, placements, shape):
    """What run_check wants: parts that fit, equal Replicates."""
    want, _ = local_shape_and_offset(shape, mesh, placements)
    seen = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(seen, (tuple(shape), tuple(want) == tuple(local.shape)))
    mine = [seen[r] for r in mesh._ranks.reshape(-1).tolist()]
    if len({s for s, _ in mine}) > 1 or not all(ok for _, ok in mine):
        raise ValueError("Inconsistent tensor metadata (including shape and stride) across ranks.")
    for i, p in enumerate(placements):
        if isinstance(p, Replicate):
            made = local.detach().clone(memory_format=torch.contiguous_format)
            collectives.broadcast(made, group=mesh.get_group(i), group_src=0)
            if local.requires_grad:
                with torch.no_grad():
                    local.copy_(made)
            else:
                local = made
    return local


def wrap(local, mesh, placements, shape):
    """A DTensor around a rank's part."""
    shape = tuple(shape)
    spec = DTensorSpec(mesh, placements, TensorMeta(torch.Size(shape), contiguous_stride(shape), local.dtype))
    made = _C.empty(shape, local._dtype_code, -1)
    made.__class__ = DTensor
    made._spec, made._local_tensor = spec, local
    return made


def _rebuild_dtensor(local, mesh, placements, shape, requires_grad, is_parameter):
    if not isinstance(mesh, DeviceMesh):
        raise TypeError("a DTensor without a mesh")
    made = wrap(local, mesh, normalized(placements, mesh, len(shape)), shape)
    if requires_grad:
        made.requires_grad_()
    if is_parameter:
        made._is_param = True
    return made


def distribute_tensor(tensor, device_mesh=None, placements=None, *, src_data_rank=0):
    """A DTensor of a whole tensor: every rank gets its part of what the rank src_data_rank of the mesh dimension has
    (None: of its own). A leaf that needs a gradient gives a leaf. RuntimeError for what is no leaf, or is a DTensor of
    another layout; ValueError for placements that do not fit."""
    mesh = _mesh(device_mesh)
    if not tensor.is_leaf:
        raise RuntimeError("`distribute_tensor` should be used to distribute leaf tensors! but found non-leaf tensor!")
    placements = normalized(placements, mesh, tensor.ndim)
    if isinstance(tensor, DTensor):
        if tensor.device_mesh != mesh:
            raise ValueError(f"Cannot distribute a DTensor with device mesh {tensor.device_mesh} to a different device "
                             f"mesh {mesh}.")
        if tensor.placements != placements:
            raise ValueError(f"Cannot distribute a DTensor with placements {tensor.placements} to a different "
                             f"placements {placements}. do you want to call `redistribute` instead?")
        return tensor
    if mesh.get_coordinate() is None:
        return wrap(tensor.new_empty((0,)), mesh, placements, tensor.shape)
    local = tensor.detach()
    if mesh.device_type in ("cpu", "npu", "cuda") and not local.is_meta:
        here = torch.device("npu" if mesh.device_type == "cuda" else mesh.device_type)
        local = local if local.device.type == here.type else local.to(here)
    if src_data_rank is not None and not local.is_meta:
        local = local.clone(memory_format=torch.contiguous_format)
        for i in range(mesh.ndim):
            if mesh.shape[i] > 1:
                collectives.broadcast(local, group=mesh.get_group(i), group_src=src_data_rank)
    for i, p in enumerate(placements):
        if isinstance(p, Partial):
            if p.reduce_op not in Partial.LINEAR_REDUCE_OPS:
                raise RuntimeError(f"distribute_tensor: a term of {p}")
            local = local / mesh.shape[i] if p.reduce_op == "sum" else local
    shards = tuple(p if isinstance(p, Shard) else Replicate() for p in placements)
    if local.is_meta:
        local = local.new_empty(local_shape_and_offset(tensor.shape, mesh, placements)[0])
    else:
        local = move(local, tensor.shape, mesh, (Replicate(),) * mesh.ndim, shards)
    made = wrap(local, mesh, placements, tensor.shape)
    if tensor.requires_grad:
        made.requires_grad_()
    if isinstance(tensor, torch.nn.Parameter):
        made._is_param = True
    return made


def distribute_module(module, device_mesh=None, partition_fn=None, input_fn=None, output_fn=None):
    """Make DTensors of a module's parameters and buffers: by partition_fn(name, module, mesh), which registers them,
    and Replicate for what it leaves. input_fn(module, inputs, mesh) and output_fn(module, outputs, mesh) stand before
    and after forward."""
    mesh = _mesh(device_mesh)
    if getattr(module, "_distribute_module_applied", False):
        raise RuntimeError("distribute_module should only be called once on a module, but it has already been called "
                           "on this module!")
    for name, sub in module.named_modules():
        if partition_fn is not None:
            partition_fn(name, sub, mesh)
        for key, p in sub._parameters.items():
            if p is not None and not isinstance(p, DTensor):
                sub.register_parameter(key, torch.nn.Parameter(distribute_tensor(p.data, mesh), p.requires_grad))
        for key, b in sub._buffers.items():
            if b is not None and not isinstance(b, DTensor):
                sub._buffers[key] = distribute_tensor(b, mesh)
    if input_fn is not None:
        module.register_forward_pre_hook(lambda sub, inputs: input_fn(sub, inputs, mesh))
    if output_fn is not None:
        module.register_forward_hook(lambda sub, inputs, outputs: output_fn(sub, outputs, mesh))
    module._distribute_module_applied = True
    return module


overrides.wrappers.add(DTensor)
