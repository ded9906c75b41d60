"""Methods for layouts and dtypes that do not exist here, on the dense tensors that do: they answer or refuse as PyTorch
does."""
import mindtorch._C as _C

from ..table.registry import FUNCTIONS, METHODS
from mindtorch._core.warning import warn_once

from .methods import method, prop

_SPARSE = {"values": "sparse", "indices": "sparse coordinate", "coalesce": "sparse coordinate",
           "is_coalesced": "sparse coordinate", "crow_indices": "sparse row compressed",
           "col_indices": "sparse row compressed", "ccol_indices": "sparse column compressed",
           "row_indices": "sparse column compressed"}
_UNSUPPORTED = {"to_sparse": "sparse", "to_sparse_coo": "sparse", "to_sparse_csr": "sparse", "to_sparse_csc": "sparse",
                "to_sparse_bsr": "sparse", "to_sparse_bsc": "sparse", "sparse_mask": "sparse",
                "sparse_resize_": "sparse", "sparse_resize_and_clear_": "sparse", "resize_as_sparse_": "sparse",
                "smm": "sparse", "sspaddmm": "sparse", "_nnz": "sparse", "_indices": "sparse",
                "_values": "sparse", "_coalesced_": "sparse", "_dimI": "sparse", "_dimV": "sparse",
                "to_padded_tensor": "nested", "to_mkldnn": "mkldnn"}


def _refuse_layout(name, layout):
    def refuse(self):
        raise RuntimeError(f"{name} expected {layout} tensor layout but got Strided")

    refuse.__doc__ = f"RuntimeError: the tensor is not {layout}."
    method(name)(refuse)


def _refuse(name, kind):
    def refuse(self, *args, **kwargs):
        raise NotImplementedError(f"Tensor.{name}: {kind} tensors are not supported")

    refuse.__name__, refuse.__doc__ = name, f"NotImplementedError: {kind} tensors are not supported."
    METHODS[name] = refuse


def _refuse_dense(name):
    def refuse(self):
        raise NotImplementedError(f"Could not run 'aten::{name}' with arguments from the 'CPU' backend: the tensor is "
                                  "not quantised")

    refuse.__doc__ = "NotImplementedError: the tensor is not quantised."
    method(name)(refuse)


for _name, _layout in _SPARSE.items():
    _refuse_layout(_name, _layout)
for _name, _kind in _UNSUPPORTED.items():
    _refuse(_name, _kind)
for _name in ("q_scale", "q_zero_point", "q_per_channel_scales", "q_per_channel_zero_points", "q_per_channel_axis",
              "int_repr", "qscheme"):
    _refuse_dense(_name)


def _refuse_device(name):
    def refuse(self, device=None, non_blocking=False, memory_format=None):
        raise AssertionError(f"Torch not compiled with {name.upper()} enabled")

    refuse.__doc__ = f"AssertionError: there are no {name} devices."
    method(name)(refuse)


for _name in ("xpu", "mtia", "ipu"):
    _refuse_device(_name)


@method()
def dense_dim(self):
    """Number of dense dimensions: all of them."""
    return self.ndim


@method()
def sparse_dim(self):
    """Number of sparse dimensions: none."""
    return 0


@method(function=True)
def dequantize(self):
    """The values as float32; a tuple for a list of tensors, one of which must be quantised."""
    if isinstance(self, (list, tuple)):
        if not any(t.is_quantized for t in self):
            raise NotImplementedError("Could not run 'aten::dequantize.tensors' with arguments from the 'CPU' backend: "
                                      "a list needs a quantised tensor")
        return tuple(t.dequantize() for t in self)
    return self.float()


@method()
def _is_view(self):
    """Whether it is a view of another tensor."""
    return self._base is not None


@method()
def const_data_ptr(self):
    """Address of the first element."""
    return self.data_ptr()


@prop
def volatile(self):
    """False; the attribute of old PyTorch."""
    warn_once("volatile", "volatile was removed (Variable.volatile is always False)")
    return False


def _elementwise(name, others):
    def write(self, *arguments):
        *tensors, function = arguments
        if len(tensors) != others or not callable(function):
            raise TypeError(f"{name}() takes {others} tensors and a callable")
        if self.requires_grad:
            raise RuntimeError(
                f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
        if self._device_code:
            raise TypeError(f"{name}() is only implemented on CPU tensors")
        rows = [FUNCTIONS["reshape"](t.expand(self.shape) if t is not self else t, (-1,)).tolist()
                for t in (self, *tensors)]
        _C.check_inplace(self)
        return self.copy_(FUNCTIONS["tensor"]([function(*values) for values in zip(*rows)],
                                              dtype=self.dtype).reshape(self.shape))

    write.__doc__ = "Replace every element by what a Python function makes of it (slow)."
    method(name)(write)


_elementwise("apply_", 0)
_elementwise("map_", 1)
_elementwise("map2_", 2)


def __delitem__(self, index):
    raise TypeError("Tensor does not support deleting items")


METHODS["__delitem__"] = __delitem__
