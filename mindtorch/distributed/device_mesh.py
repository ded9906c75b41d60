"""Ranks as a grid: DeviceMesh, its dimensions by name, and the process group of each.

A mesh is a choice of dimensions of its root, each dimension one or (flattened) several of the root's; the ranks of a
choice are those that agree with this process in all other dimensions. Groups are made when a dimension is, by all
ranks in one order, and kept by name, so that a mesh can be copied and pickled."""
import math
import threading

import numpy

import mindtorch

from .groups import (
    ProcessGroup, _get_default_group, _resolve_process_group, get_process_group_ranks, get_rank, get_world_size,
    init_process_group, is_initialized, new_group)

__all__ = ["DeviceMesh", "init_device_mesh"]


class _Meshes(threading.local):
    """The meshes that were entered by `with`, innermost last."""

    def __init__(self):
        self.stack = []

    def get_current_mesh(self):
        """The innermost mesh; RuntimeError when there is none."""
        if not self.stack:
            raise RuntimeError("No device mesh is currently active!")
        return self.stack[-1]

    def get_root_mesh(self, mesh):
        """The mesh that a mesh was cut out of; itself when it was not."""
        return mesh._root


_mesh_resources = _Meshes()


def _ready(device_type, size):
    """Have a default group, and the rank's own card."""
    if not is_initialized():
        init_process_group()
    if size > get_world_size():
        raise RuntimeError(f"Mesh should not be bigger than default world size {get_world_size()}, but found {size} "
                           "ranks!")
    if device_type in ("npu", "cuda"):
        import os

        if "LOCAL_RANK" in os.environ and mindtorch.npu.is_available():
            mindtorch.npu.set_device(int(os.environ["LOCAL_RANK"]))


def _backend(override):
    """The backend's name of an override: a name, or a name and None."""
    if isinstance(override, tuple):
        name, options = override
        if options is not None:
            raise NotImplementedError("a mesh's backend_override with options")
        return name
    if override is not None and not isinstance(override, str):
        raise NotImplementedError("a mesh's backend_override with options")
    return override


def _overrides(override, ndim, names):
    """A backend's name or None for each dimension, of {dimension or its name: backend}."""
    found = [None] * ndim
    for key, value in (override or {}).items():
        if isinstance(key, str):
            if names is None or key not in names:
                raise RuntimeError(f"Found invalid keys in backend_override: got {[key]}, expected integers in range "
                                   f"[0, {ndim}) or one of {list(names or ())}")
            key = names.index(key)
        if not 0 <= key < ndim:
            raise RuntimeError(f"Found invalid keys in backend_override: got {[key]}, expected integers in range "
                               f"[0, {ndim}) or one of {list(names or ())}")
        found[key] = _backend(value)
    return found


class DeviceMesh:
    """Ranks as a grid: DeviceMesh("cpu", [[0, 1], [2, 3]], mesh_dim_names=("dp", "tp")). mesh["tp"] is the part that
    this process is in, and mesh.get_group("tp") its process group. RuntimeError and ValueError for ranks that are not
    there or come twice, names that do not fit, names that are not known (KeyError)."""

    __module__ = "torch.distributed.device_mesh"

    def __init__(self, device_type, mesh=None, *, mesh_dim_names=None, backend_override=None, _init_backend=True):
        if mesh is None:
            raise TypeError("DeviceMesh: the ranks, as a tensor or lists of numbers")
        if isinstance(mesh, mindtorch.Tensor):
            mesh = mesh.detach().cpu().numpy()
        ranks = numpy.asarray(mesh, dtype=numpy.int32)
        self._start(device_type, ranks, mesh_dim_names)
        if _init_backend:
            _ready(device_type, ranks.size)
            backends = list(backend_override) if isinstance(backend_override, tuple) else [None] * ranks.ndim
            self._make_groups([_backend(b) for b in backends])
        self._find(get_rank())

    def _start(self, device_type, ranks, names):
        if names is not None:
            names = tuple(names)
            if len(names) != ranks.ndim:
                raise RuntimeError("mesh_shape and mesh_dim_names should have same length! Found len(mesh_dim_names): "
                                   f"{len(names)} and len(mesh_shape):{ranks.ndim}.")
        self._device_type, self._names = device_type, names
        self._root, self._all = self, ranks
        self._dims = tuple((d,) for d in range(ranks.ndim))
        self._group_names, self._flattened = [None] * ranks.ndim, {}

    # ---- the ranks of a choice of the root's dimensions ----
    def _grids(self):
        """All meshes of this choice of dimensions, that is one for each choice in the others: (number, *shape)."""
        mine = [d for dims in self._dims for d in dims]
        all_ranks = self._root._all
        others = [d for d in range(all_ranks.ndim) if d not in mine]
        return all_ranks.transpose(*others, *mine).reshape(-1, *self._sizes())

    def _sizes(self):
        return tuple(math.prod(self._root._all.shape[d] for d in dims) for dims in self._dims)

    def _find(self, rank):
        """Which of the meshes is this process's, and where it is there."""
        self._rank = rank
        grids = self._grids()
        at = numpy.argwhere(grids == rank)
        self._ranks = grids[at[0][0]] if len(at) else grids[0]
        self._coordinate = tuple(int(i) for i in at[0][1:]) if len(at) else None

    def _make_groups(self, backends):
        """The groups of all dimensions. Every process makes all of them, in one order."""
        mine = get_rank()
        if len(self._dims) == 1 and self._all.size == get_world_size() and backends[0] is None and (
                self._all.tolist() == list(range(self._all.size))):
            self._group_names = [_get_default_group().group_name]
            return
        self._group_names = [_groups_of(self._all, d, mine, b, (self._names or [f"mesh_dim_{i}" for i in range(
            len(self._dims))])[d]) for d, b in enumerate(backends)]

    # ---- what it is ----
    @property
    def device_type(self):
        """The type of device that its ranks compute on."""
        return self._device_type

    @property
    def mesh(self):
        """The ranks, int32 on the CPU."""
        return mindtorch.from_numpy(numpy.ascontiguousarray(self._ranks))

    @property
    def mesh_dim_names(self):
        """Names of its dimensions, or None."""
        return self._names

    @property
    def ndim(self):
        """Number of dimensions."""
        return self._ranks.ndim

    @property
    def shape(self):
        """Sizes of its dimensions."""
        return tuple(self._ranks.shape)

    def size(self, mesh_dim=None):
        """Number of ranks, in all or along a dimension."""
        return self._ranks.size if mesh_dim is None else self.shape[self._dimension(mesh_dim)]

    def _dimension(self, mesh_dim):
        if not isinstance(mesh_dim, str):
            return mesh_dim
        if self._names is None or mesh_dim not in self._names:
            raise KeyError(f"Mesh dimension '{mesh_dim}' does not exist.",
                           f"Available mesh dimensions are: mesh_dim_names={self._names}")
        return self._names.index(mesh_dim)

    def get_rank(self):
        """This process's rank in the default group."""
        return get_rank()

    def get_coordinate(self):
        """Where this process is in the mesh, None when it is not in it."""
        return self._coordinate

    def get_local_rank(self, mesh_dim=None):
        """Where this process is along a dimension; RuntimeError when it is not said which of several."""
        return self.get_group(self._one(mesh_dim)).rank()

    def _one(self, mesh_dim, more=()):
        if mesh_dim is None:
            if self.ndim > 1:
                raise RuntimeError(f"Found the DeviceMesh have {self.ndim} dimensions",
                                   "Optional kwarg `mesh_dim` needs to be specified when device_mesh.ndim > 1.", *more)
            return 0
        return mesh_dim

    def get_group(self, mesh_dim=None):
        """The process group of a dimension; RuntimeError when it is not said which of several, KeyError for a name
        and IndexError for a number that is not there."""
        if not is_initialized():
            raise RuntimeError("DeviceMesh process groups not initialized!")
        at = self._dimension(self._one(mesh_dim, (
            "If you want to get the list of all the ProcessGroups in the DeviceMesh,please use `get_all_groups()` "
            "instead.",)))
        name = self._group_names[at]
        if name is None:
            raise IndexError("list index out of range" if self._coordinate is None
                             else "DeviceMesh process groups not initialized!")
        return _resolve_process_group(name)

    def get_all_groups(self):
        """The process groups of all dimensions."""
        return [self.get_group(d) for d in range(self.ndim)]

    # ---- parts of it ----
    def __getitem__(self, mesh_dim_names):
        if not self._names:
            raise RuntimeError("Cannot slice a DeviceMesh without mesh_dim_names!")
        names = (mesh_dim_names,) if isinstance(mesh_dim_names, str) else tuple(mesh_dim_names)
        if names == self._names:
            return self
        known = dict(zip(self._names, zip(self._dims, self._group_names)))
        flattened = self._root._flattened if self is self._root else {}
        dims, groups = [], []
        for name in names:
            if name in known:
                one, group = known[name]
            elif name in flattened:
                one, group = flattened[name]._dims[0], flattened[name]._group_names[0]
            else:
                raise KeyError(f"Invalid mesh_dim_names {names} specified. Valid mesh_dim_names are "
                               f"{[*self._names, *flattened]}.")
            dims.append(one)
            groups.append(group)
        if any(a and b and max(a) >= min(b) for a, b in zip(dims, dims[1:])):
            raise KeyError(f"Invalid mesh_dim_names {names} specified. Mesh dim indices should be in ascending order.")
        return self._part(tuple(dims), names, groups)

    def _part(self, dims, names, groups):
        made = object.__new__(DeviceMesh)
        made._device_type, made._names, made._root, made._dims = self._device_type, names, self._root, dims
        made._group_names, made._flattened, made._all = list(groups), {}, None
        made._find(self._rank)
        return made

    def _flatten(self, mesh_dim_name=None, backend_override=None):
        """A mesh of one dimension of all its ranks, known to the root by the name (the names joined by "_" by
        default). ValueError for a name that is another dimension's."""
        root, rank = self._root, get_rank()
        name = "_".join(self._names or ()) if mesh_dim_name is None else mesh_dim_name
        if name in (root._names or ()):
            if self.ndim == 1 and self._names == (name,):
                return self
            raise ValueError(f"{name} already exists for submesh of the {root}. ",
                             f"The mesh_dim_names of submesh and flattened mesh are {self._names}. Please specify "
                             "another valid mesh_dim_name.")
        dims = (tuple(d for dims in self._dims for d in dims),)
        if name in root._flattened:
            if root._flattened[name]._dims != dims:
                raise ValueError(f"Flatten mesh with mesh_dim_name {name} has been created before, of other "
                                 "dimensions. Please specify another valid mesh_dim_name.")
            return root._flattened[name]
        if self.ndim == 1:
            made = self._part(dims, (name,), self._group_names)
        else:
            made = self._part(dims, (name,), [None])
            made._group_names = [_groups_of(made._grids(), 1, rank, _backend(backend_override), name)]
        root._flattened[name] = made
        return made

    def _unflatten(self, dim, mesh_sizes, mesh_dim_names, backend_override=None):
        """A mesh with one dimension as several. ValueError when the sizes do not fit."""
        at = self._dimension(dim)
        if math.prod(mesh_sizes) != self.shape[at]:
            raise ValueError(f"The product of mesh_sizes={tuple(mesh_sizes)} is not the size {self.shape[at]} of the "
                             "dimension")
        if len(mesh_sizes) != len(mesh_dim_names):
            raise RuntimeError("mesh_dim_names must have same length as mesh_sizes in _unflatten!")
        if self._root is not self:
            raise NotImplementedError("_unflatten of a part of a mesh: unflatten the whole one and cut it then")
        names = None if self._names is None else (*self._names[:at], *mesh_dim_names, *self._names[at + 1:])
        made = object.__new__(DeviceMesh)
        made._start(self._device_type, self._all.reshape(*self._all.shape[:at], *mesh_sizes, *self._all.shape[at + 1:]),
                    names if names is not None else tuple(mesh_dim_names))
        made._group_names = [*self._group_names[:at], *(None for _ in mesh_sizes), *self._group_names[at + 1:]]
        backends = _overrides(backend_override, len(mesh_sizes), tuple(mesh_dim_names))
        for i, name in enumerate(mesh_dim_names):
            made._group_names[at + i] = _groups_of(made._all, at + i, get_rank(), backends[i], name)
        made._find(get_rank())
        return made

    @staticmethod
    def from_group(group, device_type, mesh=None, *, mesh_dim_names=None):
        """A mesh of groups that are there: of one, its ranks by default, or of one for each dimension of `mesh`.
        ValueError when groups and ranks do not fit."""
        if isinstance(group, ProcessGroup):
            ranks = get_process_group_ranks(group)
            if mesh is not None and numpy.asarray(mesh).tolist() != ranks:
                raise ValueError(f"Invalid mesh {mesh} for ProcessGroup with ranks {ranks}")
            mesh, groups = ranks, [group]
        else:
            groups = list(group)
            if not groups:
                raise ValueError("Expects at least one ProcessGroup to be specified")
            if mesh is None:
                raise ValueError("Must pass mesh if passing multiple ProcessGroups")
        made = DeviceMesh(device_type, mesh, mesh_dim_names=mesh_dim_names, _init_backend=False)
        if made.ndim != len(groups):
            raise ValueError("Expects mesh with ndim equal to number of ProcessGroups but got mesh "
                             f"{made.mesh.tolist()} and {len(groups)} ProcessGroups")
        made._group_names = [g.group_name for g in groups]
        return made

    # ---- as a value ----
    def __repr__(self):
        sizes = (f"({', '.join(f'{n}={s}' for n, s in zip(self._names, self.shape))})" if self._names
                 else str(self.shape))
        return f"DeviceMesh({sizes}, '{self._device_type}', stride={self._stride()})"

    def _stride(self):
        shape = self._root._all.shape
        steps = [math.prod(shape[d + 1:]) for d in range(len(shape))]
        found = []
        for dims in self._dims:
            real = [d for d in dims if shape[d] > 1]
            near = all(math.prod(shape[a + 1: b]) == 1 for a, b in zip(real, real[1:]))
            found.append(() if not real else steps[real[-1]] if near else tuple(steps[d] for d in real))
        return tuple(found)

    def __eq__(self, other):
        if self is other:
            return True
        return (isinstance(other, DeviceMesh) and self._device_type == other._device_type
                and self._names == other._names and self.shape == other.shape
                and self._ranks.tolist() == other._ranks.tolist())

    def __hash__(self):
        return hash((self._device_type, self._names, self.shape, tuple(self._ranks.reshape(-1).tolist())))

    def __enter__(self):
        _mesh_resources.stack.append(self)
        return self

    def __exit__(self, *exc):
        _mesh_resources.stack.pop()


def _groups_of(ranks, dim, mine, backend, name):
    """The name of this process's group among those along a dimension; all of them are made."""
    found = None
    for line in numpy.moveaxis(ranks, dim, -1).reshape(-1, ranks.shape[dim]).tolist():
        group = new_group(line, backend=backend, group_desc=f"mesh_{name}")
        if mine in line:
            found = group.group_name
    return found


def init_device_mesh(device_type, mesh_shape, *, mesh_dim_names=None, backend_override=None):
    """A DeviceMesh of the first ranks: init_device_mesh("cpu", (2, 4), mesh_dim_names=("dp", "tp")). Starts the default
    group when there is none. RuntimeError for names that do not fit the shape or come twice, shapes of more ranks than
    there are, a device with a number."""
    shape = tuple(mesh_shape)
    if mesh_dim_names is not None:
        if len(set(mesh_dim_names)) != len(mesh_dim_names):
            raise RuntimeError("Each mesh_dim_name must be unique. Found repeated mesh_dim_name in mesh_dim_names "
                               f"{tuple(mesh_dim_names)}")
        if len(mesh_dim_names) != len(shape):
            raise RuntimeError("mesh_shape and mesh_dim_names should have same length! Found len(mesh_dim_names): "
                               f"{len(mesh_dim_names)} and len(mesh_shape):{len(shape)}.")
    if any(n <= 0 for n in shape):
        raise RuntimeError(f"a mesh of shape {shape}: sizes are positive")
    if device_type and not device_type.isalpha():
        raise RuntimeError(f"Device type with index is not supported but got {device_type}. ",
                           "If you maintained a 'torch.device' object, it's recommended to pass in 'device.type'.")
    backends = _overrides(backend_override, len(shape), mesh_dim_names)
    ranks = numpy.arange(math.prod(shape), dtype=numpy.int32).reshape(shape)
    return DeviceMesh(device_type, ranks, mesh_dim_names=mesh_dim_names, backend_override=tuple(backends))


def _get_device_handle(device_type="cuda"):
    """The module of a device type, torch.npu for "npu"; None for the CPU."""
    return None if device_type == "cpu" else getattr(mindtorch, device_type, None)
