"""Dispatch keys: torch's names of what an operator's implementation is for, and the few that mean something here."""
import contextlib
import enum
import threading

_FIRST = """
    Undefined CompositeExplicitAutogradNonFunctional CompositeExplicitAutograd CompositeImplicitAutogradNestedTensor
    CompositeImplicitAutograd AutogradNestedTensor AutogradOther Autograd Conjugate ZeroTensor Negative
    BackendSelect ADInplaceOrView PythonTLSSnapshot Python FuncTorchDynamicLayerFrontMode
    FuncTorchDynamicLayerBackMode FuncTorchBatchedDecomposition FuncTorchBatched FuncTorchVmapMode
    FuncTorchGradWrapper PythonDispatcher PreDispatch Functionalize AutocastCPU AutocastMPS AutocastXPU AutocastHPU
    AutocastIPU AutocastCUDA AutocastPrivateUse1 Dense StartOfDenseBackends
    """.split()
_BACKENDS = "CPU CUDA HIP XLA MPS IPU XPU HPU VE Lazy MTIA MAIA PrivateUse1 PrivateUse2 PrivateUse3 Meta".split()
_GROUPS = (("Quantized", "Quantized", "Quantized"), ("Sparse", "Sparse", "Sparse"), ("SparseCsr",) * 3,
           ("NestedTensor",) * 3, ("AutogradFunctionality", "Autograd", "AutogradFunctionality"))
_NAMES = [*_FIRST, *_BACKENDS, "EndOfDenseBackends"]
for _name, _prefix, _whole in _GROUPS:
    _NAMES += [_name, f"StartOf{_whole}Backends", *(_prefix + b for b in _BACKENDS), f"EndOf{_whole}Backends"]

DispatchKey = enum.IntEnum("DispatchKey", _NAMES, start=0, module="torch._C")
DispatchKey.__str__ = lambda self: f"DispatchKey.{self.name}"

# torch.library's spellings of devices -> the device type whose tensors a kernel is for
DEVICES = {"CPU": "cpu", "CUDA": "cuda", "PrivateUse1": "npu", "Meta": "meta"}
_TYPES = """cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu mtia privateuseone
    npu""".split()
_BY_TYPE = {t.lower(): t for t in _BACKENDS} | {"privateuseone": "PrivateUse1", "npu": "PrivateUse1"}
EVERYWHERE = ("CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional")


def parse(text):
    """The name of the key that 'CPU', 'cpu' or 'default' means; RuntimeError for what is no key and no device type."""
    text = getattr(text, "name", text)
    if text in ("default", ""):
        return "CompositeExplicitAutograd"
    if text in DispatchKey.__members__:
        return text
    if text.lower() in _TYPES:
        return _BY_TYPE.get(text.lower(), "Undefined")  # a kernel for those is kept and never asked for
    raise RuntimeError(f"Expected one of {', '.join(_TYPES[:-1])} device type at start of device string: {text}")


class DispatchKeySet:
    """Some keys."""

    def __init__(self, keys=()):
        self._keys = (frozenset((keys,)) if isinstance(keys, DispatchKey)
                      else keys._keys if isinstance(keys, DispatchKeySet) else frozenset(keys))

    def has(self, key):
        """Whether a key is one of them."""
        return key in self._keys

    def add(self, key):
        """The set with a key more."""
        return DispatchKeySet(self._keys | {key})

    def remove(self, key):
        """The set without a key."""
        return DispatchKeySet(self._keys - {key})

    def highestPriorityTypeId(self):
        """The key that torch would serve first."""
        return max(self._keys, default=DispatchKey.Undefined)

    def __or__(self, other):
        return DispatchKeySet(self._keys | other._keys)

    def __and__(self, other):
        return DispatchKeySet(self._keys & other._keys)

    def __sub__(self, other):
        return DispatchKeySet(self._keys - other._keys)

    def __iter__(self):
        return iter(sorted(self._keys, reverse=True))

    def __eq__(self, other):
        return isinstance(other, DispatchKeySet) and self._keys == other._keys

    def __hash__(self):
        return hash(self._keys)

    def __repr__(self):
        return f"DispatchKeySet({', '.join(k.name for k in self)})"


DispatchKeySet.__module__ = "torch._C"


class _Excluded(threading.local):
    names = frozenset()


_excluded = _Excluded()


def excluded():
    """Names of the keys that this thread leaves out."""
    return _excluded.names


class ExcludeDispatchKeyGuard:
    """Context in which this thread's operators of torch.library do without some keys; Autocast keys switch autocast
    off, Autograd ones the recording. Keys that mean nothing here are refused."""

    def __init__(self, keys):
        names = {k.name for k in DispatchKeySet(keys)}
        unknown = [n for n in names if not n.startswith(("Autograd", "Autocast", "ADInplaceOrView"))]
        if unknown:
            raise NotImplementedError(f"torch._C._ExcludeDispatchKeyGuard: operators do not dispatch by {unknown}")
        self._names, self._stack = names, None

    def __enter__(self):
        import mindtorch as torch

        self._before, self._stack = _excluded.names, contextlib.ExitStack()
        _excluded.names = self._before | self._names
        for name, device in (("AutocastCPU", "cpu"), ("AutocastCUDA", "cuda"), ("AutocastPrivateUse1", "npu")):
            if name in self._names and torch.is_autocast_enabled(device):
                self._stack.enter_context(torch.autocast(device, enabled=False))
        if any(n.startswith("Autograd") for n in self._names):
            self._stack.enter_context(torch.no_grad())
        return self

    def __exit__(self, *exc):
        self._stack.close()
        _excluded.names = self._before


class AutoDispatchBelowAutograd(ExcludeDispatchKeyGuard):
    """Context in which operators run their kernels, not what was registered under Autograd."""

    def __init__(self):
        super().__init__([k for k in DispatchKey if k.name.startswith("Autograd")])


def of_tensor(tensor):
    """The keys of a tensor's own."""
    backend = {"cpu": "CPU", "npu": "PrivateUse1", "meta": "Meta"}.get(tensor.device.type, "CUDA")
    kind = ("Quantized" if getattr(tensor, "is_quantized", False)
            else {"sparse_coo": "Sparse", "strided": ""}.get(str(tensor.layout).rpartition(".")[2], "SparseCsr"))
    names = [kind + backend] + ([] if tensor.is_inference() else ["Autograd" + backend, "ADInplaceOrView"])
    return DispatchKeySet(DispatchKey[n] for n in names)
