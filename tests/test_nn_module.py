"""nn.Module and containers: registration, state, conversion, hooks, copies."""
# ruff: noqa: I001  (mindtorch comes first: it makes `import torch` possible)
import mindtorch  # noqa: F401
import copy
import pickle

import pytest
import torch
from torch import nn
from torch.nn.modules import module as modules



class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(2, 3)
        self.register_buffer("b", torch.ones(2))
        self.register_parameter("n", None)
        self.register_buffer("temporary", torch.zeros(1), persistent=False)

    def forward(self, x, scale=1.0):
        return self.l(x) * scale


def test_registration_rules():
    m = Model()
    assert list(m.state_dict()) == ["b", "l.weight", "l.bias"]
    for call, kind, message in (
        (lambda: m.register_buffer("", None), KeyError, "buffer name can't be empty string"),
        (lambda: m.register_parameter("a.b", None), KeyError, "parameter name can't contain"),
        (lambda: m.add_module("l", 3), TypeError, "int is not a Module subclass"),
        (lambda: m.register_buffer("l", torch.ones(1)), KeyError, "attribute 'l' already exists"),
        (
            lambda: m.register_parameter("q", torch.ones(1)),
            TypeError,
            "cannot assign 'torch.FloatTensor' object to parameter 'q' (torch.nn.Parameter or None required)",
        ),
        (
            lambda: setattr(m, "l", 3),
            TypeError,
            "cannot assign 'int' as child module 'l' (torch.nn.Module or None expected)",
        ),
        (
            lambda: setattr(m, "n", torch.ones(1)),
            TypeError,
            "cannot assign 'torch.FloatTensor' as parameter 'n' (torch.nn.Parameter or None expected)",
        ),
        (
            lambda: setattr(m, "b", 3),
            TypeError,
            "cannot assign 'int' as buffer 'b' (torch.nn.Buffer, torch.Tensor or None expected)",
        ),
        (lambda: m.nothing, AttributeError, "'Model' object has no attribute 'nothing'"),
        (lambda: m.get_submodule("l.weight"), AttributeError, "`weight` is not an nn.Module"),
        (lambda: m.get_buffer("l.weight"), AttributeError, "`weight` is not a buffer"),
        (lambda: nn.Module()(1), NotImplementedError, 'Module [Module] is missing the required "forward" function'),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert message in caught.value.args[0]
    m.b = nn.Parameter(torch.zeros(2))
    assert "b" in m._parameters and "b" not in m._buffers
    m.b = None
    assert m.b is None
    m.extra = nn.Buffer(torch.ones(1), persistent=False)
    assert "extra" in m._buffers and "extra" in m._non_persistent_buffers_set
    del m.extra
    assert not hasattr(m, "extra")

    class TooEarly(nn.Module):
        def __init__(self):
            self.l = nn.ReLU()

    with pytest.raises(AttributeError, match="cannot assign module before Module.__init__"):
        TooEarly()


def test_shared_modules_are_seen_once():
    s = nn.Linear(2, 2)
    m = nn.ModuleList([s, s])
    assert [n for n, _ in m.named_parameters()] == ["0.weight", "0.bias"]
    assert [n for n, _ in m.named_parameters(remove_duplicate=False)] == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert [n for n, _ in m.named_modules()] == ["",
                                                 "0"] and list(m.state_dict()) == ["0.weight", "0.bias", "1.weight",
                                                                                   "1.bias"]


def test_load_state_dict_messages():
    m = Model()
    with pytest.raises(RuntimeError) as caught:
        m.load_state_dict({"l.weight": torch.zeros(2, 2), "l.bias": torch.zeros(3), "x": 1})
    assert str(caught.value) == (
        'Error(s) in loading state_dict for Model:\n\tMissing key(s) in state_dict: "b". \n\tUnexpected key(s) in '
        'state_dict: "x". \n\t'
        "size mismatch for l.weight: copying a param with shape torch.Size([2, 2]) from checkpoint, the shape in "
        "current model is torch.Size([3, 2])."
    )
    result = m.load_state_dict({"q": 1}, strict=False)
    assert result.missing_keys == ["b", "l.weight", "l.bias"] and result.unexpected_keys == ["q"]
    assert repr(m.load_state_dict(m.state_dict())) == "<All keys matched successfully>"
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like"):
        m.load_state_dict(3)


def test_load_assign():
    m, w = nn.Linear(2, 2), torch.zeros(2, 2)
    bias = nn.Parameter(torch.ones(2))
    m.load_state_dict({"weight": w, "bias": bias}, assign=True)
    assert m.bias is bias and m.weight.data_ptr() == w.data_ptr() and isinstance(
        m.weight, nn.Parameter) and m.weight.requires_grad


def test_extra_state_and_state_hooks():
    class Extra(nn.Module):
        def get_extra_state(self):
            return {"a": 1}

        def set_extra_state(self, state):
            self.got = state

    e = Extra()
    e.load_state_dict(e.state_dict())
    assert e.got == {"a": 1} and list(e.state_dict()) == ["_extra_state"]
    with pytest.raises(RuntimeError, match="Missing key"):
        e.load_state_dict({})
    m = nn.Linear(1, 1)
    seen = []
    m.register_state_dict_pre_hook(lambda module, prefix, keep: seen.append(prefix))
    m._register_state_dict_hook(lambda module, state, prefix, metadata: state.update(more=1))
    m.register_load_state_dict_post_hook(lambda module, keys: keys.unexpected_keys.clear())
    assert list(m.state_dict(prefix="q.")) == ["q.weight", "q.bias", "more"] and seen == ["q."]
    m.load_state_dict(m.state_dict())
    m.register_state_dict_post_hook(lambda *a: 3)
    with pytest.raises(RuntimeError, match="state_dict post-hook must return None"):
        m.state_dict()


def test_conversion_keeps_identity():
    m = nn.Linear(2, 2)
    w, before = m.weight, m.weight.tolist()
    w.grad = torch.ones(2, 2)
    m.double()
    assert m.weight is w and w.dtype is torch.float64 and w.grad.dtype is torch.float64 and w.tolist() == before
    m.to(torch.float16).float()
    assert m.weight is w and w.dtype is torch.float32
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        m.double()
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)
    assert m.weight is not w and w.dtype is torch.float32
    with pytest.raises(TypeError, match="only accepts floating point or complex dtypes"):
        m.to(torch.int64)
    b = nn.BatchNorm1d(2).half()
    assert b.running_mean.dtype is torch.float16 and b.num_batches_tracked.dtype is torch.int64


def test_meta_and_to_empty():
    m = nn.Linear(2, 2, device="meta")
    assert m.weight.is_meta
    with pytest.raises(NotImplementedError, match="to_empty"):
        m.to("cpu")
    assert m.to_empty(device="cpu").weight.shape == (2, 2) and not m.weight.is_meta


def test_modes_and_gradients():
    m = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout()))
    assert not m.eval()[1][0].training and m.train()[1][0].training
    with pytest.raises(ValueError, match="training mode is expected to be boolean"):
        m.train("x")
    m(torch.ones(1, 2)).sum().backward()
    m.zero_grad(set_to_none=False)
    assert m[0].weight.grad.abs().sum() == 0
    m.zero_grad()
    assert m[0].weight.grad is None
    assert not any(p.requires_grad for p in m.requires_grad_(False).parameters())


def test_forward_hooks():
    m, order, x = Model(), [], torch.ones(1, 2)
    a = m.register_forward_hook(lambda *k: order.append("second"))
    b = m.register_forward_hook(lambda *k: order.append("first"), prepend=True)
    c = m.register_forward_hook(lambda module, args, kwargs, out: order.append(kwargs), with_kwargs=True)
    m(x, scale=2.0)
    assert order == ["first", "second", {"scale": 2.0}]
    for h in (a, b, c):
        h.remove()
    h = m.register_forward_hook(lambda module, args, out: out * 0)
    assert m(x).abs().sum() == 0
    h.remove()
    h = m.register_forward_pre_hook(lambda module, args, kwargs: (args, {"scale": 0.0}), with_kwargs=True)
    assert m(x).abs().sum() == 0
    h.remove()
    m.register_forward_pre_hook(lambda module, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match="forward pre-hook must return None or a tuple of"):
        m(x)


def test_always_call_hook_runs_on_errors():
    class Bad(nn.Module):
        def forward(self, x):
            raise ValueError("bad")

    m, hits = Bad(), []
    m.register_forward_hook(lambda module, args, out: hits.append(out), always_call=True)
    m.register_forward_hook(lambda module, args, out: hits.append("never"))
    with pytest.raises(ValueError, match="bad"):
        m(1)
    assert hits == [None]


def test_backward_hooks():
    m = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    x = torch.ones(3, 2, requires_grad=True)
    m(x).sum().backward()
    plain = x.grad.clone()
    seen = []
    h = m[0].register_full_backward_hook(lambda module, gi, go: seen.append((gi[0].shape, go[0].shape))
                                         or (gi[0] * 10,))
    x.grad = None
    m(x).sum().backward()
    assert seen == [((3, 2), (3, 2))] and torch.allclose(x.grad, plain * 10)
    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full backward hooks"):
        m[0].register_backward_hook(lambda *a: None)
    h.remove()
    m[0].register_full_backward_pre_hook(lambda module, go: (go[0] * 3,))
    x.grad = None
    m(x).sum().backward()
    assert torch.allclose(x.grad, plain * 3)


def test_global_hooks():
    seen = []
    handles = [
        modules.register_module_forward_pre_hook(lambda m, a: seen.append("pre")),
        modules.register_module_forward_hook(lambda m, a, o: seen.append(type(m).__name__)),
        modules.register_module_parameter_registration_hook(lambda m, n, p: seen.append(n)),
    ]
    nn.Linear(1, 1)(torch.ones(1, 1))
    for h in handles:
        h.remove()
    nn.Linear(1, 1)(torch.ones(1, 1))
    assert seen == ["weight", "bias", "pre", "Linear"]


def test_copies():
    m = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    m[0].weight.grad = torch.ones(3, 2)
    for other in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        assert torch.equal(other[0].weight,
                           m[0].weight) and other[0].weight is not m[0].weight and repr(other) == repr(m)
        assert list(other.state_dict()) == list(m.state_dict())


def test_sequential():
    s = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.ReLU(), nn.Tanh())
    assert repr(s[1:3]) == "Sequential(\n  (1): Tanh()\n  (2): ReLU()\n)"
    del s[1]
    assert [type(m).__name__ for m in s] == ["ReLU", "ReLU", "Tanh"] and list(s._modules) == ["0", "1", "2"]
    s.insert(1, nn.GELU()).append(nn.SiLU())
    assert len(s + s) == 10 and len(s * 2) == 10 and s.pop(1).__class__ is nn.GELU
    for call, kind in (
        (lambda: s[9], IndexError),
        (lambda: s + 3, ValueError),
        (lambda: s * 0, ValueError),
        (lambda: s.insert(0, 3), AssertionError),
        (lambda: nn.Sequential(3), TypeError),
    ):
        with pytest.raises(kind):
            call()


def test_module_list_and_dict():
    m = nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()])
    assert repr(m) == "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n)"
    m.insert(1, nn.GELU())
    assert m.pop(-1).__class__ is nn.Tanh and len(m[0:2]) == 2 and len(m + [nn.ReLU()]) == 4
    d = nn.ModuleDict({"a": nn.ReLU()})
    d.update([("b", nn.Tanh())])
    assert list(d) == ["a", "b"] and "a" in d and d.pop("a").__class__ is nn.ReLU
    with pytest.raises(KeyError):
        d["zz"]
    with pytest.raises(TypeError, match="should be called with an iterable"):
        m.extend(3)


def test_parameter_containers():
    p = nn.ParameterList([torch.ones(2), 3])
    assert isinstance(p[0], nn.Parameter) and p[1] == 3 and len(list(p.parameters())) == 1
    assert repr(p) == ("ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2]\n"
                       "    (1): Object of type: int\n)")
    d = nn.ParameterDict({"b": torch.ones(1), "a": torch.ones(2)})
    assert list(d) == ["a",
                       "b"] and list((d | {"c": 3}).keys()) == ["a", "b", "c"] and list(d.state_dict()) == ["a", "b"]
    assert d.pop("a").shape == (2,) and d.get("q", 4) == 4
    with pytest.raises(RuntimeError, match="ParameterList should not be called"):
        p()


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_load_state_dict_pre_hook(Hooked.hook)

    @staticmethod
    def hook(*args):
        pass


def test_modules_with_hooks_of_loading_pickle():
    import pickle

    again = pickle.loads(pickle.dumps(Hooked()))
    hook, = again._load_state_dict_pre_hooks.values()
    assert hook.module() is again and hook.hook is Hooked.hook
