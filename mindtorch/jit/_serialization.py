"""torch.jit.save and load: recorded programs in a zip of our own kind: their graphs as JSON, their tensors by
torch.save."""

import os
import warnings

import mindtorch as torch
from mindtorch.fx import _serialize
from mindtorch.fx._program_files import ProgramFile
from mindtorch.utils import _pytree as pytree

from ._program import Program
from ._script import RecursiveScriptModule, ScriptFunction, ScriptModule

_FILE = ProgramFile("torch.jit.load", "a recorded program", "mindtorch.jit 1", "program/program.json",
                    "program/tensors.pt", "program/extra/")


def _refuse_python(m):
    raise RuntimeError(
        f"torch.jit.save: {type(m).__name__} runs as Python and can't be saved. Record it with torch.jit.trace(module, "
        "example_inputs), or save its state_dict with torch.save"
    )


def _described(module):
    if module is None:
        return None
    if module._python is not None:
        _refuse_python(module)
    return {
        "name": module.original_name,
        "training": module.training,
        "children": {n: _described(c) for n, c in module._modules.items()},
        "parameters": {n: None if p is None else p.requires_grad for n, p in module._parameters.items()},
        "buffers": {n: n not in module._non_persistent_buffers_set for n in module._buffers},
        "constants": [
            n for n, v in vars(module).items() if n.startswith(("_constant", "_frozen")) and isinstance(v, torch.Tensor)
        ],
    }


def _program_json(program):
    return {
        "name": program.name,
        "parameters": program.parameters,
        "in_specs": [pytree.treespec_dumps(s) for s in program.in_specs],
        "out_spec": pytree.treespec_dumps(program.out_spec),
        "receiver": program.receiver,
        "graph": _serialize.to_json(program.graph),
    }


def _program(data):
    return Program(
        data["name"],
        data["parameters"],
        [pytree.treespec_loads(s) for s in data["in_specs"]],
        _serialize.from_json(data["graph"]),
        pytree.treespec_loads(data["out_spec"]),
        data["receiver"],
    )


def _tensors(module, prefix=""):
    found = {}
    for table in (module._parameters, module._buffers):
        found.update({prefix + n: None if v is None else v.detach() for n, v in table.items()})
    found.update(
        {
            prefix + n: v
            for n, v in vars(module).items()
            if n.startswith(("_constant", "_frozen")) and isinstance(v, torch.Tensor)
        }
    )
    for name, child in module._modules.items():
        if child is not None:
            found.update(_tensors(child, f"{prefix}{name}."))
    return found


def save(m, f, _extra_files=None):
    """Write a recorded module or function to a file or a stream; _extra_files is {name: text or bytes}."""
    if isinstance(m, ScriptFunction):
        if m._program is None:
            _refuse_python(m)
        holder = m._holder
        data = {"kind": "function", "programs": {"forward": _program_json(m._program)}}
        tensors = {n: v for n, v in vars(holder).items() if n.startswith("_constant")}
    elif isinstance(m, ScriptModule):
        if not isinstance(m, RecursiveScriptModule):
            _refuse_python(m)
        if m._exported.keys() - m._programs.keys():
            warnings.warn(
                f"torch.jit.save: {', '.join(m._exported)} run as Python and are left out; record them with "
                f"torch.jit.trace_module",
                stacklevel=2,
            )
        data = {
            "kind": "module",
            "module": _described(m),
            "programs": {n: _program_json(p) for n, p in m._programs.items()},
        }
        tensors = _tensors(m)
    else:
        raise AttributeError(f"'{type(m).__name__}' object has no attribute 'save'")
    _FILE.write(f, data, tensors, _extra_files)


def _foreign(names):
    if any(n.endswith("constants.pkl") for n in names):
        return ("torch.jit.load: this is a TorchScript archive of PyTorch, whose code mindtorch can't run. Load the "
                "weights with torch.load(..., weights_only=False) in PyTorch and save their state_dict, or record the "
                "model anew with torch.jit.trace")
    return ("PytorchStreamReader failed locating file constants.pkl: file not found. torch.jit.load reads what "
            "torch.jit.save wrote; for a state_dict use torch.load")


def load(f, map_location=None, _extra_files=None, _restore_shapes=False):
    """A module or function of torch.jit.save."""
    if isinstance(f, (str, os.PathLike)):
        if not os.path.exists(f):
            raise ValueError(f"The provided filename {f} does not exist")
        if os.path.isdir(f):
            raise ValueError(f"The provided filename {f} is a directory")
    data, tensors, found = _FILE.read(f, _extra_files, _foreign, map_location)
    for name in _extra_files or ():
        _extra_files[name] = found.get(name, b"")
    programs = {n: _program(p) for n, p in data["programs"].items()}
    if data["kind"] == "function":
        made = ScriptFunction(program=programs["forward"])
        made._holder = torch.nn.Module()
        for name, value in tensors.items():
            object.__setattr__(made._holder, name, value)
        return made
    made = _module(data["module"], tensors, "")
    made._programs.update(programs)
    return made


def _module(data, tensors, prefix):
    if data is None:
        return None
    made = RecursiveScriptModule()
    made.__dict__["_original_name"], made.__dict__["training"] = data["name"], data["training"]
    for name, grad in data["parameters"].items():
        made.register_parameter(
            name, None if grad is None else torch.nn.Parameter(tensors[prefix + name], requires_grad=grad)
        )
    for name, persistent in data["buffers"].items():
        made.register_buffer(name, tensors[prefix + name])
        made._non_persistent_buffers_set.update(() if persistent else (name,))
    for name in data["constants"]:
        object.__setattr__(made, name, tensors[prefix + name])
    for name, child in data["children"].items():
        made._modules[name] = _module(child, tensors, f"{prefix}{name}.")
    return made
