"""What is known of a name of torch: from PyTorch's own (torch_api.json.gz, recorded), from the namespace that is
imported here, and from coverage.json, made of tests and declarations (`python -m tests.coverage`)."""
import functools
import gzip
import importlib
import inspect
import json
import pathlib
import re
import sys
import types
import warnings

from .values import UNKNOWN, Literal, Several, Tensor

HERE = pathlib.Path(__file__).parent
_NO_TENSOR = frozenset("""item tolist numpy dim size numel stride storage untyped_storage data_ptr element_size nelement
    is_contiguous backward is_floating_point is_complex get_device storage_offset equal is_pinned ndimension nbytes
    split chunk unbind tensor_split type register_hook""".split())
_OF_NO_TENSOR = frozenset("""shape dtype device layout is_cuda is_sparse requires_grad grad_fn is_leaf ndim name names
    is_quantized is_meta itemsize nbytes output_nr retains_grad""".split())
# layers that give more than a tensor
_SEVERAL = frozenset("LSTM GRU RNN LSTMCell MultiheadAttention".split())
_CASTS = {"float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16", "int": "int32",
          "long": "int64", "bool": "bool", "short": "int16", "char": "int8", "byte": "uint8"}
# changes neither rank nor dtype
_SAME = frozenset("clone detach contiguous cuda cpu requires_grad_ exp log sqrt relu sigmoid tanh neg clamp".split())


class Api:
    """Questions about names under torch; a name is a dotted path."""

    def __init__(self):
        with gzip.open(HERE / "torch_api.json.gz") as file:
            recorded = json.load(file)
        self.version, self.recorded = recorded["version"], recorded["names"]
        self.coverage = json.loads((HERE / "coverage.json").read_text(encoding="utf8"))
        self._resolved = {}

    # ---- PyTorch's side ----

    def entry(self, path):
        """What was recorded of a name; None when PyTorch has none. Members of classes too."""
        found = self.recorded.get(path)
        for _ in range(4):
            if found is None or found[0] != "alias":
                break
            found = self.recorded.get(found[1])
        if found is not None and found[0] != "alias":
            return found
        parent, _, label = path.rpartition(".")
        return self.member(parent, label) if parent and parent != "torch" else None

    def canonical(self, path):
        """The name under which a thing was recorded."""
        found = self.recorded.get(path)
        return found[1] if found and found[0] == "alias" else path

    def member(self, owner, label):
        """The entry of a method or attribute of a class, inherited ones too."""
        of = self.recorded.get(self.canonical(owner))
        if not of or of[0] not in ("class", "module"):
            return None
        for each in (of, *(self.recorded.get(base) for base in of[3])):
            if each and len(each) > 4 and label in each[4]:
                return each[4][label]
        return None

    def kind(self, path):
        """'function', 'class', 'module' (a layer), 'package', 'value', or ''."""
        found = self.entry(path)
        if found is None:
            return ""
        return {"f": "function", "class": "class", "module": "module", "module_": "package"}.get(found[0], "value")

    def gives(self, path):
        """'T' when calling it gives a tensor."""
        found = self.entry(path)
        return found[2] if found and found[0] == "f" and len(found) > 2 else ""

    def is_tensor_class(self, path):
        """Tensor and Parameter, under any name."""
        return self.canonical(path) in ("torch.Tensor", "torch.nn.Parameter", "torch.nn.parameter.Parameter",
                                        "torch.FloatTensor", "torch.LongTensor", "torch.IntTensor", "torch.BoolTensor",
                                        "torch.HalfTensor", "torch.ByteTensor", "torch.DoubleTensor")

    def result_of_layer(self, path):
        """What calling an object of a layer's class gives."""
        return UNKNOWN if path.rpartition(".")[2] in _SEVERAL or self.canonical(path) in (
            "torch.nn.Module", "torch.nn.ModuleList", "torch.nn.DataParallel") or not self.canonical(path).startswith(
                "torch.nn.") or ".parallel." in path else Tensor()

    def attribute_of_tensor(self, name, held):
        """What an attribute of a tensor is."""
        if name in ("grad", "data", "real", "imag"):
            return Tensor(held.dtype if name != "imag" else "", held.rank)
        if name in ("T", "mT", "H", "mH"):
            return Tensor(held.dtype, held.rank)
        return UNKNOWN

    def result_of_method(self, name, held, args, keywords):
        """What a method of a tensor gives."""
        if name in ("split", "chunk", "unbind", "tensor_split"):
            return Several((Tensor(held.dtype),))
        if name in _NO_TENSOR:
            return UNKNOWN
        if name in _CASTS:
            return Tensor(_CASTS[name], held.rank)
        if name in _SAME:
            return held
        if name in ("view", "reshape") and args and all(isinstance(a, Literal) and isinstance(a.value, int)
                                                        for a in args):
            return Tensor(held.dtype, len(args))
        if name == "permute":
            return held
        if name == "unsqueeze":
            return Tensor(held.dtype, held.rank + 1 if held.rank >= 0 else -1)
        if name in ("max", "min", "sort", "topk", "median", "mode", "kthvalue", "cummax", "cummin"):
            if args or "dim" in keywords or name in ("sort", "topk"):
                return Several((Tensor(held.dtype), Tensor("int64")))
            return Tensor(held.dtype, 0)
        found = self.member("torch.Tensor", name)
        return Tensor() if found and found[0] == "f" and len(found) > 2 and found[2] == "T" else UNKNOWN

    def names_of(self, path):
        """What `from path import *` brings, as recorded."""
        before = path + "."
        return [n[len(before):] for n in self.recorded if n.startswith(before) and "." not in n[len(before):]]

    # ---- our side ----

    def resolve(self, path):
        """(object, '') or (None, why): the thing itself in the namespace that is imported here."""
        if path not in self._resolved:
            self._resolved[path] = self._find(path)
        return self._resolved[path]

    def _find(self, path):
        import mindtorch

        found, parts = mindtorch, path.split(".")[1:]
        for i, part in enumerate(parts):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    if isinstance(found, types.ModuleType) and part not in vars(found):
                        own = "mindtorch." + ".".join(parts[:i + 1])
                        try:
                            importlib.import_module(own)
                        except ModuleNotFoundError as error:
                            if not own.startswith(error.name or own):
                                raise
                        if own in sys.modules and part not in vars(found):
                            found = sys.modules[own]
                            continue
                    if not isinstance(found, (types.ModuleType, type)):  # torch.multiprocessing.spawn is both
                        own = "mindtorch." + ".".join(parts[:i])
                        if own not in sys.modules and not hasattr(found, part):
                            try:
                                importlib.import_module(own)
                            except ImportError:
                                pass
                        found = sys.modules.get(own, found)
                    place, made = found, isinstance(found, types.ModuleType) and part not in vars(found)
                    before = set(vars(found)) if made else ()
                    found = inspect.getattr_static(found, part) if isinstance(found, type) else getattr(found, part)
                    for new in set(vars(place)) - set(before) if made else ():  # made when asked for: no trace is left
                        if not isinstance(vars(place)[new], types.ModuleType):
                            del vars(place)[new]
            except AttributeError:
                return None, "missing"
            except Exception as error:  # a property that needs a device, a module that needs a package
                return None, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            if isinstance(found, (staticmethod, classmethod)):
                found = found.__func__
        return found, ""

    def exists(self, path):
        """Whether the name is here."""
        return self.resolve(path)[1] != "missing"

    @functools.cache  # noqa: B019  (one Api a process)
    def _fields(self, path):
        """Names that the methods of a class here give to self."""
        found = set()
        for cls in getattr(self.resolve(path)[0], "__mro__", ()):
            if cls.__module__.partition(".")[0] in ("torch", "mindtorch"):
                for method in vars(cls).values():
                    if inspect.isfunction(method):
                        try:
                            text = inspect.getsource(method)
                        except OSError:
                            continue
                        found.update(re.findall(r"self\.(\w+)\b(?=[\w\s.,]*=[^=])", text))
                found.update(vars(cls).get("__annotations__", ()))
                found.update(vars(cls).get("__slots__", ()), vars(cls).get("_fields", ()))
        return found

    def sets(self, path, label):
        """Whether objects of a class here have an attribute that the class has not."""
        return label in self._fields(path)

    @functools.cache  # noqa: B019
    def signature(self, path):
        """The signature here, without self; None when nothing says it."""
        found = self.resolve(path)[0]
        try:
            return inspect.signature(found)
        except (TypeError, ValueError):
            return None


@functools.cache
def api():
    """The one of this process."""
    return Api()
