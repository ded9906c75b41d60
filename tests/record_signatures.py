"""Write down what PyTorch's public functions and classes are called with: run by the reference's interpreter.

    python tests/record_signatures.py > tests/data/signatures.json

{module: {name: signatures}}. A Python function or class has one signature, as inspect gives it; a builtin one for each
overload that its operator has. A signature is a list of parameters: "name", "name=default", with "*" before those that
are given by name only, "*name" and "**name" as in Python. None: there is nothing that tells.
"""
import importlib
import inspect
import json
import sys
import warnings

import torch

warnings.simplefilter("ignore")
# what real scripts use; the rest of the packages below torch is PyTorch's own business
MODULES = """
torch torch.Tensor torch.nn torch.nn.functional torch.nn.init torch.nn.parameter torch.nn.utils torch.nn.utils.rnn
torch.nn.utils.parametrize torch.nn.utils.parametrizations torch.nn.utils.prune torch.nn.attention torch.optim
torch.optim.lr_scheduler torch.optim.swa_utils torch.optim.optimizer torch.autograd torch.autograd.functional
torch.autograd.graph torch.autograd.forward_ad torch.autograd.profiler torch.amp torch.cuda torch.cuda.amp torch.cpu
torch.cpu.amp torch.utils.data torch.utils.checkpoint torch.utils.dlpack torch.utils.hooks torch.utils.tensorboard
torch.utils.collect_env torch.linalg torch.fft torch.special torch.sparse torch.signal.windows torch.distributions
torch.distributions.transforms torch.distributions.constraints torch.distributions.utils torch.distributed torch.jit
torch.fx torch.func torch.library torch.overrides torch.random torch.serialization torch.storage torch.nested
torch.multiprocessing torch.masked torch.types torch.hub torch.profiler torch.export torch.onnx torch.backends
torch.backends.cuda torch.backends.cudnn torch.backends.mkldnn torch.backends.mkl torch.backends.openmp torch.testing
torch.accelerator torch.mps torch.xpu torch.futures torch.compiler torch.futures
""".split()


def parameter(p):
    text = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "") + p.name
    return text if p.default is p.empty else f"{text}={shown(p.default)}"


def shown(value):
    """A default as text that does not change from run to run."""
    if value is None or isinstance(value, (bool, int, float, str, torch.dtype, torch.device, torch.layout,
                                           torch.memory_format)):
        return repr(value)
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(shown, value))})"
    return getattr(value, "__name__", type(value).__name__)


def of_python(value):
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return None
    made, star = [], False
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            star = True
        elif p.kind is p.KEYWORD_ONLY and not star:
            made.append("*")
            star = True
        made.append(parameter(p))
    return made


def schemas():
    found = {}
    for s in torch._C._jit_get_all_schemas():
        space, _, name = s.name.partition("::")
        if space == "aten":
            found.setdefault(name, []).append(s)
    return found


SCHEMAS = schemas()
PREFIX = {"torch.linalg": "linalg_", "torch.fft": "fft_", "torch.special": "special_", "torch.sparse": "_sparse_"}


def of_schema(module, name):
    """Every overload of the operator, but those that give way to others: out=, lists of names, scripts' own."""
    overloads = []
    for s in SCHEMAS.get(PREFIX.get(module, "") + name, ()):
        if "out" in s.overload_name or any(str(a.type) in ("Dimname", "List[Dimname]") or "str?[]" in str(a.type)
                                           for a in s.arguments):
            continue
        if any(a.is_out for a in s.arguments) or (s.arguments and str(s.arguments[0].type) not in ("Tensor",
               "List[Tensor]") and module == "torch.Tensor"):
            continue
        if not any("Tensor" in str(x.type) for x in (*s.returns, *s.arguments)) or any(
                str(a.type) in ("t", "List[t]") for a in s.arguments):
            continue  # numbers and lists of scripts
        made, star = [], False
        for i, a in enumerate(s.arguments):
            if a.kwarg_only and not star:
                made.append("*")
                star = True
            key = "input" if a.name == "self" and module != "torch.Tensor" else a.name
            made.append(f"{key}={shown(a.default_value)}" if a.has_default_value() else key)
        if made not in overloads:
            overloads.append(made)
    return overloads or None


def describe(module, name, value):
    if isinstance(value, type):
        return [of_python(value)] if of_python(value) is not None else None
    if inspect.isfunction(value):
        made = of_python(value)
        return None if made is None else [made]
    if inspect.isbuiltin(value) or inspect.ismethoddescriptor(value) or type(value).__name__ == "method-wrapper":
        return of_schema(module, name)
    return None


def public(owner):
    return sorted(n for n in dir(owner) if not n.startswith("_"))


def main():
    table, seen = {}, {torch.Tensor}
    for module in MODULES:
        try:
            owner = torch.Tensor if module == "torch.Tensor" else importlib.import_module(module)
        except ImportError:
            continue
        names = table[module] = {}
        exported = set(getattr(owner, "__all__", ()))
        for name in public(owner):
            value = inspect.getattr_static(owner, name) if module == "torch.Tensor" else getattr(owner, name, None)
            if inspect.ismodule(value):
                continue
            home = getattr(value, "__module__", None) or ""
            if name not in exported and callable(value) and not home.startswith("torch") and home != "":
                continue  # what a module imports from Python's library
            if isinstance(value, type) and module in ("torch", "torch.cuda", "torch.sparse", "torch.jit") and (
                    name not in exported or type(value).__name__ == "tensortype"):
                continue  # classes of the scripts' compiler, and tensor types of old
            if name not in exported and not callable(value) and module != "torch.Tensor" and not isinstance(
                    value, (torch.dtype, torch.layout, torch.memory_format, float, int, str, bool)):
                continue
            names[name] = describe(module, name, value)
            if (isinstance(value, type) and module != "torch.Tensor" and home.startswith("torch")
                    and value not in seen and (module != "torch" or name in exported)
                    and type(value).__name__ in ("type", "ABCMeta")):
                seen.add(value)
                for n in sorted(n for n in vars(value) if not n.startswith("_")):
                    entry = inspect.getattr_static(value, n)
                    entry = getattr(value, n) if isinstance(entry, classmethod) else getattr(entry, "__func__", entry)
                    names[f"{name}.{n}"] = [of_python(entry)] if of_python(entry) and inspect.isroutine(entry) else None
    for module, names in table.items():
        # what tells nothing but that it is there: one line of names
        table[module] = {n: v for n, v in names.items() if v is not None} | {
            "": " ".join(n for n, v in names.items() if v is None)}
    json.dump(table, sys.stdout, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    main()
