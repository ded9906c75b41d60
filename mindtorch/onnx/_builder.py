"""An ONNX graph of an exported program: each step by the function that onnxscript's library has for its operator.

Those functions are Python over ONNX's operators; while they run, an evaluator of ours notes the operators down."""

import numpy
import onnx
import onnx_ir as ir
from onnx import shape_inference
from onnxscript import evaluator, opset18 as op
from onnxscript.function_libs.torch_lib import ops as _library  # noqa: F401  (fills the registry)
from onnxscript.function_libs.torch_lib.registration import default_registry

import mindtorch as torch

from .errors import OnnxExporterError

DTYPES = {
    torch.float32: ir.DataType.FLOAT,
    torch.float64: ir.DataType.DOUBLE,
    torch.float16: ir.DataType.FLOAT16,
    torch.bfloat16: ir.DataType.BFLOAT16,
    torch.int64: ir.DataType.INT64,
    torch.int32: ir.DataType.INT32,
    torch.int16: ir.DataType.INT16,
    torch.int8: ir.DataType.INT8,
    torch.uint8: ir.DataType.UINT8,
    torch.bool: ir.DataType.BOOL,
    torch.complex64: ir.DataType.COMPLEX64,
    torch.complex128: ir.DataType.COMPLEX128,
}
_OPERATORS = {
    "__add__": "Add",
    "__sub__": "Sub",
    "__mul__": "Mul",
    "__truediv__": "Div",
    "__matmul__": "MatMul",
    "__pow__": "Pow",
    "__lt__": "Less",
    "__le__": "LessOrEqual",
    "__gt__": "Greater",
    "__ge__": "GreaterOrEqual",
    "__and__": "And",
    "__or__": "Or",
}


class Symbolic(ir.Value):
    """A value of the graph; Python's operators on it are ONNX's."""

    @property
    def rank(self):
        return None if self.shape is None else len(self.shape)

    def __neg__(self):
        return op.Neg(self)


def _operator(name, reverse=False):
    def apply(self, other):
        return getattr(op, name)(*((other, self) if reverse else (self, other)))

    return apply


for _method, _name in _OPERATORS.items():
    setattr(Symbolic, _method, _operator(_name))
    if _method in ("__add__", "__sub__", "__mul__", "__truediv__", "__pow__"):
        setattr(Symbolic, "__r" + _method[2:], _operator(_name, True))


def array_of(tensor):
    """A tensor's numbers as ONNX stores them."""
    tensor = tensor.detach().cpu()
    if tensor.dtype == torch.bfloat16:
        import ml_dtypes

        return tensor.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


class Evaluator:
    """Notes operators down as nodes of `nodes`."""

    def __init__(self):
        self.nodes, self.constants, self.versions = [], {}, {"": 18}

    # ---- what the library calls ----
    def eval_op(self, op, args, kwargs):
        """A node for an operator."""
        schema = op.op_schema
        inputs, attributes = list(args), {}
        places = [i.name for i in schema.inputs]
        for name, value in kwargs.items():
            if name in places:
                inputs += [None] * (places.index(name) + 1 - len(inputs))
                inputs[places.index(name)] = value
            elif value is not None:
                attributes[name] = value
        return self.node(schema, self._typed(schema, inputs), attributes)

    def eval_function(self, function, args, kwargs):
        """A function of the library: its operators."""
        return function.function(*args, **kwargs)

    # ---- values ----
    def _typed(self, schema, inputs):
        # a Python number takes on the type that the operator asks for
        types = {}
        places = [schema.inputs[min(i, len(schema.inputs) - 1)] for i in range(len(inputs))] if schema.inputs else []
        for place, value in zip(places, inputs):
            if isinstance(value, ir.Value) and value.dtype is not None:
                types.setdefault(place.type_str, value.dtype)
        return [
            v if v is None or isinstance(v, ir.Value) else self.constant(v, types.get(p.type_str))
            for p, v in zip(places, inputs)
        ]

    def constant(self, value, dtype=None):
        """A value for numbers, lists of them, arrays and tensors."""
        if isinstance(value, (list, tuple)) and any(isinstance(v, ir.Value) for v in value):
            parts = [
                op.Reshape(v, [1]) if isinstance(v, ir.Value) else self.constant([v], ir.DataType.INT64) for v in value
            ]
            parts = [op.Cast(p, to=ir.DataType.INT64) if p.dtype != ir.DataType.INT64 else p for p in parts]
            return op.Concat(*parts, axis=0)
        if isinstance(value, torch.Tensor):
            array = array_of(value)
        elif isinstance(value, (numpy.ndarray, numpy.generic)):
            array = numpy.asarray(value)
        elif isinstance(value, (ir.TensorProtocol, onnx.TensorProto)):
            array = value.numpy() if isinstance(value, ir.TensorProtocol) else onnx.numpy_helper.to_array(value)
        else:
            array = numpy.asarray(value)
            if dtype is None:
                dtype = {
                    "b": ir.DataType.BOOL,
                    "i": ir.DataType.INT64,
                    "f": ir.DataType.FLOAT,
                    "c": ir.DataType.COMPLEX64,
                }.get(array.dtype.kind)
            if array.size == 0:
                array = array.astype(numpy.int64)
        if dtype is not None:
            array = array.astype(dtype.numpy())
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            made = Symbolic(name=f"constant_{len(self.constants)}")
            made.const_value = ir.Tensor(array, name=made.name)
            made.dtype, made.shape = ir.DataType.from_numpy(array.dtype), ir.Shape(array.shape)
            self.constants[key] = made
        return self.constants[key]

    def node(self, schema, inputs, attributes):
        """One node; its results have types and shapes where ONNX can tell them."""
        while inputs and inputs[-1] is None:
            inputs.pop()
        made = [_attribute(n, v) for n, v in attributes.items()]
        count = attributes.get("num_outputs") or len(
            schema.outputs
        )  # optional results too: the library takes them apart
        if schema.name == "BatchNormalization" and not attributes.get("training_mode"):
            count = 1
        if schema.name == "Split" and "num_outputs" not in attributes:
            lengths = inputs[1].const_value if len(inputs) > 1 and inputs[1] is not None else None
            count = len(lengths.numpy()) if lengths is not None else count
        outputs = [Symbolic(name=f"v{len(self.nodes)}_{i}") for i in range(count)]
        node = ir.Node(schema.domain, schema.name, inputs, made, outputs=outputs, version=schema.since_version)
        self._infer(schema, node)
        self.nodes.append(node)
        return outputs[0] if count == 1 else tuple(outputs)

    def _infer(self, schema, node):
        types, data = {}, {}
        for value in node.inputs:
            if value is None:
                continue
            if value.dtype is None:
                return
            dims = None if value.shape is None else [d if isinstance(d, int) else str(d) for d in value.shape]
            types[value.name] = onnx.helper.make_tensor_type_proto(int(value.dtype), dims)
            if value.const_value is not None:
                data[value.name] = onnx.numpy_helper.from_array(value.const_value.numpy(), value.name)
        try:
            found = shape_inference.infer_node_outputs(schema, ir.to_proto(node), types, data)
        except (onnx.shape_inference.InferenceError, RuntimeError, ValueError):
            return  # ONNX can't tell: the value stays without a shape
        for value in node.outputs:
            kind = found.get(value.name)
            if kind is not None and kind.HasField("tensor_type"):
                value.dtype = ir.DataType(kind.tensor_type.elem_type)
                if kind.tensor_type.HasField("shape"):
                    value.shape = ir.Shape(
                        [
                            d.dim_value if d.HasField("dim_value") else d.dim_param or None
                            for d in kind.tensor_type.shape.dim
                        ]
                    )


def _attribute(name, value):
    if isinstance(value, ir.Attr):
        return value
    if isinstance(value, ir.DataType):
        return ir.AttrInt64(name, int(value))
    if isinstance(value, bool):
        return ir.AttrInt64(name, int(value))
    if isinstance(value, onnx.TensorProto):
        return ir.AttrTensor(name, ir.serde.deserialize_tensor(value))
    return ir.convenience.convert_attribute(name, value)


# ---- operators that the library leaves to others ----
def _batch_norm(x, weight, bias, mean, var, training, momentum, eps, cudnn_enabled=False):
    if training:
        raise OnnxExporterError("batch_norm in training mode: call model.eval() before the export")
    channels = x.shape[1]
    weight = numpy.ones(channels, "float32") if weight is None else weight
    bias = numpy.zeros(channels, "float32") if bias is None else bias
    return op.BatchNormalization(x, weight, bias, mean, var, epsilon=eps)


def _dropout(x, p, train):
    if train:
        raise OnnxExporterError("dropout in training mode: call model.eval() before the export")
    return op.Identity(x)


def _interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    kinds = {"nearest": "nearest", "bilinear": "linear", "linear": "linear", "trilinear": "linear", "bicubic": "cubic"}
    if mode not in kinds or recompute_scale_factor or antialias:
        raise OnnxExporterError(
            f"interpolate(mode={mode!r}, recompute_scale_factor=..., antialias=...) has no form in ONNX here"
        )
    rank = len(input.shape) - 2
    way = "align_corners" if align_corners else "asymmetric" if mode == "nearest" else "pytorch_half_pixel"
    named = dict(mode=kinds[mode], coordinate_transformation_mode=way, nearest_mode="floor", cubic_coeff_a=-0.75)
    if scale_factor is not None:
        scales = [
            float(s) for s in (scale_factor if isinstance(scale_factor, (list, tuple)) else [scale_factor] * rank)
        ]
        return op.Resize(input, None, numpy.array([1.0, 1.0, *scales], "float32"), None, **named)
    sizes = list(size) if isinstance(size, (list, tuple)) else [size] * rank
    shape = op.Shape(input, start=0, end=2)
    return op.Resize(
        input, None, None, op.Concat(shape, evaluator.default().constant(sizes, ir.DataType.INT64), axis=0), **named
    )


def _index(x, indices):
    if len(indices) != 1 or indices[0].dtype == ir.DataType.BOOL:
        raise OnnxExporterError("indexing by several tensors, or by a mask, has no form in ONNX here")
    return op.Gather(x, indices[0], axis=0)


def _item(values, place):
    if isinstance(values, ir.Value):
        return _index(values, [place] if isinstance(place, ir.Value) else list(place))
    return values[place]


def _norm(input, p="fro", dim=None, keepdim=False, dtype=None, out=None):
    if p not in ("fro", 2, 2.0) or dtype is not None:
        raise OnnxExporterError(f"norm(p={p}) has no form in ONNX here")
    axes = None if dim is None else [dim] if isinstance(dim, int) else list(dim)
    return op.ReduceL2(input, *(() if axes is None else (axes,)), keepdims=int(keepdim))


def _normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    return op.Div(input, op.Max(_norm(input, p, dim, True), numpy.array(eps, "float32")))


def _pieces(x, lengths, dim):
    if not all(isinstance(n, int) for n in lengths):
        raise OnnxExporterError("split along a size that varies has no form in ONNX here")
    found = op.Split(x, lengths, axis=dim)
    return found if isinstance(found, tuple) else (found,)


def _split(x, split_size, dim=0):
    size = x.shape[dim]
    if not isinstance(size, int):
        raise OnnxExporterError("split along a size that varies has no form in ONNX here")
    return _pieces(x, [min(split_size, size - i) for i in range(0, size, split_size)], dim)


def _chunk(x, chunks, dim=0):
    size = x.shape[dim]
    return _split(x, -(-size // chunks) if isinstance(size, int) else 1, dim)


def _unbind(x, dim=0):
    return tuple(op.Squeeze(p, [dim]) for p in _split(x, 1, dim))


def _cast(x, dtype, non_blocking=False, copy=False, memory_format=None):
    return op.Cast(x, to=dtype)


def _tensor(data, dtype=None, requires_grad=False):
    return evaluator.default().constant(data, None if dtype is None else ir.DataType(dtype))


OWN = {
    "aten::split.Tensor": _split,
    "aten::split_with_sizes": lambda x, sizes, dim=0: _pieces(x, list(sizes), dim),
    "aten::split.sizes": lambda x, sizes, dim=0: _pieces(x, list(sizes), dim),
    "aten::chunk": _chunk,
    "aten::unbind.int": _unbind,
    "aten::to.dtype": _cast,
    "torch.tensor": _tensor,
    "aten::batch_norm": _batch_norm,
    "aten::dropout": _dropout,
    "torch.nn.functional.interpolate": _interpolate,
    "aten::index.Tensor": _index,
    "torch.norm": _norm,
    "torch.nn.functional.normalize": _normalize,
    "torch.einsum": lambda equation, *operands: op.Einsum(*operands, equation=equation),
    "_operator.getitem": _item,
    "aten::numpy_T": lambda x: op.Transpose(x, perm=list(range(len(x.shape)))[::-1]),
    "_operator.add": lambda a, b: op.Add(a, b),
    "_operator.sub": lambda a, b: op.Sub(a, b),
    "_operator.mul": lambda a, b: op.Mul(a, b),
    "_operator.floordiv": lambda a, b: op.Div(a, b),
    "_operator.mod": lambda a, b: op.Mod(a, b),
}


def function_for(key):
    """What builds the ONNX of an operator; None where nothing does."""
    if key in OWN:
        return OWN[key]
    for name in (key, key.removesuffix(".default")):
        if name in default_registry:
            found = default_registry[name]
            choices = [*found.overloads, *getattr(found, "privates", ())]
            return choices[0] if choices else None
    return None
