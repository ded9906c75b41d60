"""Records the public names of PyTorch and how each is called: mindtorch/_tools/torch_api.json.gz.

    .oracle/bin/python tests/coverage/record_api.py

What is kept are facts: a name, what kind of thing it is, the names of its parameters, which of them have a default, and
whether it gives tensors. Functions written in C have no signature that Python could ask for; theirs come from the type
stubs beside them, or from the first line of their documentation.
"""
import ast
import gzip
import importlib
import inspect
import json
import pathlib
import pkgutil
import re
import sys
import types
import warnings

import torch

TARGET = pathlib.Path(__file__).parents[2] / "mindtorch" / "_tools" / "torch_api.json.gz"
HOME = pathlib.Path(torch.__file__).parent
# packages that are tools of PyTorch's own, or that import what is not installed
LEFT_OUT = re.compile(r"torch\.(testing\._internal|utils\.(model_dump|benchmark\.examples|viz|hipify)|contrib|"
                      r"distributed\.(_|benchmarks)|onnx\._internal|fx\.experimental\.migrate|ao\.(pruning|ns))")


def returned(text):
    """T for a tensor, (T) for several, "" for anything else."""
    text = (text or "").replace("torch.", "").replace("_C.", "").strip()
    if text in ("Tensor", "Self", "Parameter"):
        return "T"
    if text.startswith("return_types.") or re.match(r"(tuple|list|Tuple|List)\[Tensor|\(Tensor", text):
        return "(T)"
    return ""


def of_arguments(arguments):
    """Names of an ast.arguments: '/' '*' as in a signature, a trailing '=' where there is a default."""
    plain = [*arguments.posonlyargs, *arguments.args]
    first = len(plain) - len(arguments.defaults)
    names = [a.arg + ("=" if i >= first else "") for i, a in enumerate(plain)]
    if arguments.vararg:
        names.append("*" + arguments.vararg.arg)
    elif arguments.kwonlyargs:
        names.append("*")
    names += [a.arg + ("=" if d is not None else "") for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    return names + (["**" + arguments.kwarg.arg] if arguments.kwarg else [])


def of_signature(function):
    names, star = [], False
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            names.append("*" + p.name)
            star = True
        elif p.kind is p.VAR_KEYWORD:
            names.append("**" + p.name)
        else:
            if p.kind is p.KEYWORD_ONLY and not star:
                names.append("*")
                star = True
            names.append(p.name + ("" if p.default is p.empty else "="))
    note = inspect.signature(function).return_annotation
    note = getattr(note, "__name__", None) if isinstance(note, type) else str(note)
    return names, returned(note)


def stubs(path, inside=None):
    """{name: ([parameters of each overload], what it gives)} of a .pyi file, or of a class in it."""
    body = ast.parse((HOME / path).read_text(encoding="utf8")).body
    if inside:
        body = next(n for n in body if isinstance(n, ast.ClassDef) and n.name == inside).body
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            forms, gives = found.setdefault(node.name, ([], []))
            forms.append(of_arguments(node.args))
            gives.append(returned(ast.unparse(node.returns)) if node.returns else "")
    return {n: (forms, gives[0] if len(set(gives)) == 1 else "T" if "T" in gives and "" not in gives else gives[0])
            for n, (forms, gives) in found.items()}


VARIABLE = stubs("_C/_VariableFunctions.pyi")
TENSOR = stubs("_C/__init__.pyi", "TensorBase")
NN = stubs("_C/_nn.pyi")
FUNCTIONAL = stubs("nn/functional.pyi") if (HOME / "nn/functional.pyi").exists() else {}


def documented(function):
    """The signature in the first line of a docstring."""
    for line in (inspect.getdoc(function) or "").splitlines()[:3]:
        found = re.match(r"\s*(?:\w+\.)*(\w+)\((.*)\)\s*(?:->\s*(.*))?$", line)
        if found:
            text = re.sub(r"=<[^>]*>", "=None", found[2])
            try:
                tree = ast.parse(f"def f({text}): pass").body[0]
            except SyntaxError:
                return None
            return [of_arguments(tree.args)], returned(found[3])
    return None


def called(name, value):
    """(overloads, gives) or None when nothing says how it is called."""
    short = name.rpartition(".")[2]
    if isinstance(value, (types.BuiltinFunctionType, types.MethodDescriptorType)) or not hasattr(value, "__code__"):
        for place, known in (("torch.Tensor.", TENSOR), ("torch.nn.functional.", FUNCTIONAL | NN),
                             ("torch.", VARIABLE)):
            if name.startswith(place) and "." not in name[len(place):] and short in known:
                return known[short]
    if name.startswith("torch.nn.functional.") and short in FUNCTIONAL:
        return FUNCTIONAL[short]
    try:
        names, gives = of_signature(value)
        if names[-2:] == ["*args", "**kwargs"] and len(names) == 2 and (better := documented(value)):
            return better
        return [names], gives
    except (TypeError, ValueError):
        return documented(value)


def class_entry(name, cls, classes):
    kind = "module" if issubclass(cls, torch.nn.Module) else "class"
    try:
        forms = [of_signature(cls)[0]]
    except (TypeError, ValueError):
        forms = (documented(cls) or ([], ""))[0]
    members = {}
    for label in dir(cls):
        if label.startswith("_") or hasattr(object, label):
            continue
        home = next((c for c in cls.__mro__ if label in vars(c)), None)
        if home is None or not (home.__module__ or "").startswith("torch"):
            continue
        if home is not cls and home in classes:  # said where it is declared
            continue
        raw = vars(home)[label]
        raw = raw.__func__ if isinstance(raw, (classmethod, staticmethod)) else raw
        if callable(raw) and not inspect.isclass(raw):
            found = called(f"{name}.{label}", raw)
            members[label] = ["f", found[0] if found else [], found[1] if found else ""]
        else:
            members[label] = ["v"]
    return [kind, forms, "", [classes[c] for c in cls.__mro__[1:] if c in classes], members]


def modules():
    yield torch
    for each in pkgutil.walk_packages(torch.__path__, "torch.", onerror=lambda n: None):
        parts = each.name.split(".")[1:]
        if any(p.startswith("_") for p in parts) or LEFT_OUT.match(each.name):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield importlib.import_module(each.name)
        except BaseException as error:
            print(f"left out {each.name}: {type(error).__name__}", file=sys.stderr)


def main():
    names, classes = {}, {}
    found = {m.__name__: m for m in modules()}
    found.update({n: m for n, m in sys.modules.items() if n.startswith("torch.") and isinstance(m, types.ModuleType)
                  and not any(p.startswith("_") for p in n.split(".")) and not LEFT_OUT.match(n)})
    for place, module in sorted(found.items()):
        listed = getattr(module, "__all__", ())
        listed = set(listed) if isinstance(listed, (list, tuple)) else set()
        names[place] = ["module_", sorted(listed)]
        for label in sorted(set(dir(module)) | listed):
            if label.startswith("__") or label.startswith("_") and label not in listed:
                continue
            try:
                value = getattr(module, label)
            except Exception:
                continue
            name = f"{place}.{label}"
            if isinstance(value, types.ModuleType):
                if value.__name__.startswith("torch"):
                    names.setdefault(name, ["module_"] if value.__name__ == name else ["alias", value.__name__])
                continue
            home = getattr(value, "__module__", None) or ""
            if label not in listed and isinstance(home, str) and home and not home.startswith("torch") and callable(
                    value) and not isinstance(value, types.BuiltinFunctionType):
                continue
            if inspect.isclass(value):
                if not (value.__module__ or "").startswith("torch"):
                    continue
                own = f"{value.__module__}.{value.__qualname__}"
                names[name] = value
                names.setdefault(own, value)
                rank = lambda n: (n.count("."), not value.__module__.startswith(n.rpartition(".")[0]), n)  # noqa: E731
                if value not in classes or rank(name) < rank(classes[value]):
                    classes[value] = name
            elif callable(value):
                told = called(name, value)
                names[name] = ["f", told[0] if told else [], told[1] if told else ""]
            else:
                names[name] = ["v"]
    for name, value in list(names.items()):
        if inspect.isclass(value) and classes[value] != name:
            names[name] = ["alias", classes[value]]
        elif inspect.isclass(value):
            names[name] = class_entry(name, value, classes)
    tensor = names["torch.Tensor"][4]
    for label, (forms, gives) in TENSOR.items():
        if label not in tensor or not tensor[label][1:2] or not tensor[label][1]:
            tensor[label] = ["f", forms, gives]
    text = json.dumps({"version": torch.__version__.partition("+")[0], "names": dict(sorted(names.items()))},
                      separators=(",", ":"))
    with open(TARGET, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(text.encode())
    print(len(names), "names,", TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
