"""torch.onnx.export: an exported program as an ONNX model, by the packages onnx, onnxscript and onnx_ir."""

import inspect
import os
import warnings

import mindtorch as torch
from mindtorch.fx._names import qualified_name
from mindtorch.fx.node import Node, map_aggregate

from .errors import OnnxExporterError, UnsupportedOperatorError

_NEEDED = ("onnx", "onnx_ir", "onnxscript")


def _packages():
    import importlib.util

    missing = [n for n in _NEEDED if importlib.util.find_spec(n) is None]
    if missing:
        raise ModuleNotFoundError(
            f"torch.onnx.export needs the packages onnx, onnxscript and onnx-ir; not installed: {', '.join(missing)}. "
            "Run: pip install onnx onnxscript",
            name=missing[0],
        )


def _key(node):
    if hasattr(node.target, "_overloadname"):
        tail = "" if node.target._overloadname == "default" else f".{node.target._overloadname}"
        return f"aten::{node.target.overloadpacket.__name__}{tail}"
    if node.op == "call_method":
        return f"Tensor.{node.target}"
    return qualified_name(node.target)


def _shapes_of_axes(model, args, kwargs, dynamic_axes, input_names):
    """The older dynamic_axes={name: {dim: label}} as dynamic_shapes."""
    names = list(inspect.signature(model.forward).bind(*args, **kwargs).arguments)
    shown = dict(zip(input_names or names, names))
    found, dims = dict.fromkeys(names), {}
    for label, axes in dynamic_axes.items():
        if label not in shown:
            continue  # outputs follow
        axes = axes if isinstance(axes, dict) else {a: f"{label}_dim_{a}" for a in axes}
        found[shown[label]] = {axis: dims.setdefault(name, torch.export.Dim(name)) for axis, name in axes.items()}
    return found


def export(
    model,
    args=(),
    f=None,
    *,
    kwargs=None,
    verbose=None,
    input_names=None,
    output_names=None,
    opset_version=None,
    dynamo=True,
    external_data=True,
    dynamic_shapes=None,
    custom_translation_table=None,
    report=False,
    optimize=True,
    verify=False,
    profile=False,
    dump_exported_program=False,
    artifacts_dir=".",
    export_params=True,
    keep_initializers_as_inputs=False,
    dynamic_axes=None,
    training=None,
    operator_export_type=None,
    do_constant_folding=True,
    custom_opsets=None,
    export_modules_as_functions=False,
    autograd_inlining=True,
):
    """An ONNXProgram of a module (or ExportedProgram) for example inputs, written to `f` where one is given.
    `dynamic_shapes` as in
    torch.export; custom_translation_table={operator: function over onnxscript values}; verify=True compares the
    model's results with the
    module's. Needs the packages onnx and onnxscript."""
    _packages()
    unsupported = {
        "report": report,
        "profile": profile,
        "dump_exported_program": dump_exported_program,
        "custom_opsets": custom_opsets,
        "keep_initializers_as_inputs": keep_initializers_as_inputs,
        "export_modules_as_functions": export_modules_as_functions,
    }
    for name, value in unsupported.items():
        if value:
            raise NotImplementedError(f"torch.onnx.export({name}={value!r})")
    if not export_params or operator_export_type not in (None, 0) or training not in (None, 0):
        raise NotImplementedError(
            "torch.onnx.export: export_params=False, operator_export_type and training other than EVAL are not "
            "supported"
        )
    if opset_version not in (None, 18):
        warnings.warn(
            f"opset_version={opset_version}: the model has version 18 of ONNX's operators, which is converted where "
            f"onnx can do that",
            stacklevel=2,
        )
    args = tuple(args) if isinstance(args, (tuple, list)) else (args,)
    kwargs = dict(kwargs or {})
    if args and isinstance(args[-1], dict) and not kwargs and isinstance(model, torch.nn.Module):
        names = list(inspect.signature(model.forward).parameters)
        if set(args[-1]) <= set(names):
            *args, kwargs = args
            args = tuple(args)
    if isinstance(model, torch.export.ExportedProgram):
        program = model
    elif isinstance(model, torch.jit.ScriptFunction | torch.jit.ScriptModule):
        raise NotImplementedError("torch.onnx.export of a recorded ScriptModule: give the module itself")
    else:
        if dynamic_shapes is None and dynamic_axes:
            dynamic_shapes = _shapes_of_axes(model, args, kwargs, dynamic_axes, input_names)
        was = model.training
        model.eval()
        try:
            program = torch.export.export(model, args, kwargs, dynamic_shapes=dynamic_shapes)
        finally:
            model.train(was)
    made = ONNXProgram(_built(program, input_names, output_names, custom_translation_table or {}), program)
    if optimize and do_constant_folding:
        made.optimize()
    if opset_version not in (None, 18):
        import onnx.version_converter

        import onnx_ir as ir

        made.model = ir.from_proto(onnx.version_converter.convert_version(made.model_proto, opset_version))
    if verify:
        made.verify()
    if verbose:
        print(made.model)
    if f is not None:
        made.save(f, external_data=external_data)
    return made


def _built(program, input_names, output_names, table):
    import onnx_ir as ir
    from onnxscript import evaluator

    from . import _builder

    rules = {}
    missing = []
    for node in program.graph.nodes:
        if node.op in ("placeholder", "output"):
            continue
        key = _key(node)
        rules[node] = table.get(node.target)
        if rules[node] is None:
            rules[node] = _builder.function_for(_without_change(node, key))
        if rules[node] is None:
            missing.append(key)
    if missing:
        raise UnsupportedOperatorError("', '".join(sorted(set(missing))))
    recorder, values, inputs, initializers = _builder.Evaluator(), {}, [], []
    specs = {s.arg.name: s for s in program.graph_signature.input_specs}
    names = iter(input_names or ())
    for node in program.graph.nodes:
        if node.op != "placeholder":
            continue
        spec = specs[node.name]
        if spec.kind is not torch.export.graph_signature.InputKind.USER_INPUT:
            tensor = program._held(spec.target)
            value = _builder.Symbolic(name=spec.target)
            array = _builder.array_of(tensor)
            value.const_value = ir.Tensor(array, name=spec.target)
            value.dtype, value.shape = ir.DataType.from_numpy(array.dtype), ir.Shape(array.shape)
            initializers.append(value)
        elif "val" not in node.meta:
            value = spec.arg.value
        else:
            shell, dims = node.meta["val"], node.meta.get("dims", {})
            value = _builder.Symbolic(name=next(names, node.name))
            value.dtype = _builder.DTYPES[shell.dtype]
            value.shape = ir.Shape([dims.get(i, n) for i, n in enumerate(shell.shape)])
            inputs.append(value)
        values[node] = value

    def given(a):
        value = values[a] if isinstance(a, Node) else a
        return int(_builder.DTYPES[value]) if isinstance(value, torch.dtype) else value

    with evaluator.default_as(recorder):
        for node in program.graph.nodes:
            if node.op in ("placeholder", "output"):
                continue
            args, kwargs = map_aggregate(node.args, given), map_aggregate(node.kwargs, given)
            ignored = {k for k, v in kwargs.items() if v is None or k in ("layout", "device", "pin_memory")}
            args = tuple(list(a) if isinstance(a, list) else a for a in args)
            try:
                values[node] = rules[node](*args, **{k: v for k, v in kwargs.items() if k not in ignored})
            except OnnxExporterError:
                raise
            except Exception as error:
                raise OnnxExporterError(
                    f"step {node.format_node()} could not be written as ONNX: {type(error).__name__}: {error}"
                ) from error
            if isinstance(values[node], _builder.Symbolic):
                _describe(values[node], node, _builder)
        results = [v for v in map_aggregate(program.graph.output_node().args[0], given) if isinstance(v, ir.Value)]
        produced, outputs = set(), []
        for place, value in enumerate(results):
            if value.producer() is None or id(value) in produced:
                from onnxscript import opset18

                value = opset18.Identity(value)
            produced.add(id(value))
            outputs.append(value)
    for value, name in zip(outputs, output_names or [a.name for a in program.graph.output_node().all_input_nodes]):
        value.name = name
    kept = {id(v) for v in outputs}
    for step in recorder.nodes:
        for value in step.outputs[1:]:  # results that nobody wants are not computed
            if not value.uses() and id(value) not in kept:
                value.name = ""
    graph = ir.Graph(
        inputs,
        outputs,
        nodes=recorder.nodes,
        initializers=[*initializers, *recorder.constants.values()],
        opset_imports=recorder.versions,
        name="main_graph",
    )
    return ir.Model(graph, ir_version=10, producer_name="mindtorch")


_FRESH = {
    "zeros",
    "ones",
    "full",
    "empty",
    "zeros_like",
    "ones_like",
    "full_like",
    "empty_like",
    "clone",
    "new_zeros",
    "new_ones",
    "new_full",
    "arange",
    "add",
    "mul",
    "sub",
    "div",
}


def _without_change(node, key):
    """The operator that gives what a change in place leaves: values of ONNX don't change. Only for tensors that
    nobody else sees."""
    name, dot, overload = key.partition(".")
    if not name.startswith("aten::") or not name.endswith("_") or name.endswith("__"):
        return key
    changed = node.args[0]
    made = getattr(getattr(changed.target, "overloadpacket", None), "__name__", "")
    if changed.op != "call_function" or made.rstrip("_") not in _FRESH and not made.endswith("_"):
        raise OnnxExporterError(
            f"step {node.format_node()} changes a tensor in place that may be seen elsewhere: write it without"
        )
    return name[:-1] + dot + overload


def _describe(value, node, builder):
    # what is known of the step is known of the value
    shell = node.meta.get("val")
    if isinstance(shell, torch.Tensor) and shell.dtype in builder.DTYPES:
        import onnx_ir as ir

        value.dtype = builder.DTYPES[shell.dtype]
        if value.shape is None:
            value.shape = ir.Shape([None] * shell.dim())


class ONNXProgram:
    """An ONNX model (`model`, of the package onnx_ir) and the program that it came from; calling it runs the model."""

    def __init__(self, model, exported_program):
        self.model, self.exported_program = model, exported_program
        self._session = None

    @property
    def model_proto(self):
        """The model as onnx.ModelProto."""
        import onnx_ir as ir

        return ir.to_proto(self.model)

    def optimize(self):
        """Fold constants and remove what nobody needs."""
        from onnxscript import optimizer

        optimizer.optimize(self.model)
        self._session = None

    def save(self, destination, *, include_initializers=True, keep_initializers_as_inputs=False, external_data=None):
        """Write the model to a file; with external_data weights beside it, as for models over 2 GB."""
        if not include_initializers or keep_initializers_as_inputs:
            raise NotImplementedError("ONNXProgram.save(include_initializers=False, keep_initializers_as_inputs=True)")
        import onnx
        import onnx_ir as ir

        onnx.checker.check_model(self.model_proto)
        size = sum(v.const_value.nbytes for v in self.model.graph.initializers.values())
        if external_data and size > 1 << 20 or size > 1 << 31:
            ir.save(self.model, destination, external_data=f"{os.path.basename(destination)}.data")
        else:
            ir.save(self.model, destination)

    def _feeds(self, args, kwargs):
        leaves = [t for t in torch.utils._pytree.tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        from ._builder import array_of

        names = [v.name for v in self.model.graph.inputs]
        if len(leaves) != len(names):
            raise ValueError(f"the model takes {len(names)} tensors ({names}), got {len(leaves)}")
        return {n: array_of(t) for n, t in zip(names, leaves)}

    def call_reference(self, *args, **kwargs):
        """The model's results by onnx's reference evaluator."""
        from onnx.reference import ReferenceEvaluator

        found = ReferenceEvaluator(self.model_proto).run(None, self._feeds(args, kwargs))
        return [torch.from_numpy(numpy_copy(v)) for v in found]

    def __call__(self, *args, **kwargs):
        """The model's results by onnxruntime, or by onnx's reference evaluator where that is not installed."""
        import importlib.util

        if importlib.util.find_spec("onnxruntime") is None:
            return self.call_reference(*args, **kwargs)
        import onnxruntime

        if self._session is None:
            self._session = onnxruntime.InferenceSession(
                self.model_proto.SerializeToString(), providers=["CPUExecutionProvider"]
            )
        return [torch.from_numpy(numpy_copy(v)) for v in self._session.run(None, self._feeds(args, kwargs))]

    def verify(self, rtol=1e-3, atol=1e-4):
        """OnnxExporterError where the model gives other results than the module for the example inputs."""
        args, kwargs = self.exported_program.example_inputs
        with torch.no_grad():
            want = [
                t
                for t in torch.utils._pytree.tree_leaves(self.exported_program.module()(*args, **kwargs))
                if isinstance(t, torch.Tensor)
            ]
        for number, (a, b) in enumerate(zip(self(*args, **kwargs), want)):
            if a.shape != b.shape or not torch.allclose(a.double(), b.double(), rtol=rtol, atol=atol, equal_nan=True):
                raise OnnxExporterError(f"output {number} of the ONNX model differs from the module's")


def numpy_copy(value):
    """An array of one's own."""
    import numpy

    return numpy.array(value)


for _object in (export, ONNXProgram):
    _object.__module__ = "torch.onnx"
