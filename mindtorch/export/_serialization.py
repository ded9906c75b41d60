"""torch.export.save and load: exported programs in a zip of our own kind."""

import dataclasses
import os
import pathlib

import mindtorch as torch
from mindtorch.fx import _serialize
from mindtorch.fx._program_files import ProgramFile
from mindtorch.fx.graph_module import GraphModule
from mindtorch.utils import _pytree as pytree

from . import graph_signature as signature
from .dynamic_shapes import INFINITE, Symbol, ValueRanges
from .exported_program import ExportedProgram, Guard, ModuleCallEntry, ModuleCallSignature

_FILE = ProgramFile("torch.export.load", "an exported program", "mindtorch.export 1", "program/exported.json",
                    "program/tensors.pt", "program/extra/")


def _argument(arg):
    return {"kind": type(arg).__name__, "name": arg.name, "value": _serialize.encoded(getattr(arg, "value", None))}


def _argument_of(data):
    if data["kind"] == "ConstantArgument":
        return signature.ConstantArgument(data["name"], _serialize.decoded(data["value"], {}))
    return signature.TensorArgument(data["name"])


def save(ep, f, *, extra_files=None, opset_version=None, pickle_protocol=2):
    """Write an ExportedProgram to a file or a stream; extra_files is {name: text}."""
    if not isinstance(ep, ExportedProgram):
        raise TypeError(
            f"The 'ep' parameter must be an instance of 'ExportedProgram', got '{type(ep).__name__}' instead."
        )
    if opset_version:
        raise NotImplementedError("torch.export.save(opset_version=...): operators have no versions")
    call = ep.module_call_graph[0].signature
    data = {
        "graph": _serialize.to_json(ep.graph),
        "inputs": [
            {"kind": s.kind.name, "arg": _argument(s.arg), "target": s.target, "persistent": s.persistent}
            for s in ep.graph_signature.input_specs
        ],
        "outputs": [
            {"kind": s.kind.name, "arg": _argument(s.arg), "target": s.target} for s in ep.graph_signature.output_specs
        ],
        "in_spec": pytree.treespec_dumps(call.in_spec),
        "out_spec": pytree.treespec_dumps(call.out_spec),
        "names": call.forward_arg_names,
        "ranges": [
            [s.name, r.lower, None if r.upper == INFINITE else r.upper] for s, r in ep.range_constraints.items()
        ],
        "guards": [{**dataclasses.asdict(g), "value": _serialize.encoded(g.value)} for g in ep._guards],
        "parameters": {n: p.requires_grad for n, p in ep.named_parameters()},
    }
    tensors = {
        "state": {k: v.detach() for k, v in ep.state_dict.items()},
        "constants": {k: v.detach() for k, v in ep.constants.items()},
    }
    _FILE.write(f, data, tensors, extra_files, pickle_protocol=pickle_protocol)


def load(f, *, extra_files=None, expected_opset_version=None):
    """An ExportedProgram of torch.export.save."""
    if expected_opset_version:
        raise NotImplementedError("torch.export.load(expected_opset_version=...): operators have no versions")
    if isinstance(f, (str, os.PathLike)):
        f = pathlib.Path(f)
    data, tensors, found = _FILE.read(f, extra_files, lambda names: (
        "torch.export.load: this archive was not written by mindtorch's torch.export.save; programs that PyTorch "
        "exported can't be read. Export the module anew"))
    if extra_files:
        extra_files.update({n: text.decode() for n, text in found.items()})
    state = {
        k: torch.nn.Parameter(v, data["parameters"][k]) if k in data["parameters"] else v
        for k, v in tensors["state"].items()
    }
    inputs = [
        signature.InputSpec(signature.InputKind[s["kind"]], _argument_of(s["arg"]), s["target"], s["persistent"])
        for s in data["inputs"]
    ]
    outputs = [
        signature.OutputSpec(signature.OutputKind[s["kind"]], _argument_of(s["arg"]), s["target"])
        for s in data["outputs"]
    ]
    guards = [Guard(**{**g, "value": _serialize.decoded(g["value"], {})}) for g in data["guards"]]
    call = ModuleCallSignature(
        [], [], pytree.treespec_loads(data["in_spec"]), pytree.treespec_loads(data["out_spec"]), data["names"]
    )
    ranges = {Symbol(n): ValueRanges(low, INFINITE if high is None else high) for n, low, high in data["ranges"]}
    graph = _serialize.from_json(data["graph"])
    return ExportedProgram(
        GraphModule(torch.nn.Module(), graph),
        graph,
        signature.ExportGraphSignature(inputs, outputs),
        state,
        ranges,
        [ModuleCallEntry("", call)],
        None,
        tensors["constants"],
        guards=guards,
    )
