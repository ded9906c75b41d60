"""Optimizers: parameters after 12 steps as recorded from PyTorch 2.13, state_dict, hooks, errors, fused steps."""
import copy
import math
import pickle

import mindtorch  # noqa: F401
import pytest
import torch
from torch import optim
from torch.optim.optimizer import register_optimizer_step_post_hook

# elements 0, 5 and 11 of the first parameter and 4 of the second, after 12 steps of `train`
EXPECTED = {
    "SGD": (lambda p: optim.SGD(p, lr=0.05), [-0.112247854, -0.083331659, 0.036508758, -0.122947313]),
    "SGD_nesterov": (
        lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
        [-0.290741324, -0.275909811, -0.220006496, -0.296343923],
    ),
    "SGD_max": (
        lambda p: optim.SGD(p, lr=0.01, momentum=0.5, dampening=0.1, maximize=True),
        [0.00880319, 0.379564732, 1.585696936, -0.139593914],
    ),
    "Adam": (
        lambda p: optim.Adam(p, lr=0.05, weight_decay=0.1),
        [-0.063558273, -0.175801113, 0.375791401, -0.029750515],
    ),
    "Adam_ams": (
        lambda p: optim.Adam(p, lr=0.05, amsgrad=True, maximize=True),
        [-0.610315442, 0.250813484, 1.599202752, -0.69505316],
    ),
    "AdamW": (
        lambda p: optim.AdamW(p, lr=0.05, weight_decay=0.1),
        [-0.062254906, -0.164723665, 0.334546387, -0.030689673],
    ),
    "AdamW_fused": (
        lambda p: optim.AdamW(p, lr=0.05, weight_decay=0.1, fused=True),
        [-0.062254906, -0.164723665, 0.334546506, -0.030689659],
    ),
    "AdamW_b": (
        lambda p: optim.AdamW(p, lr=0.05, betas=(0.3, 0.7)),
        [-0.220584065, -0.219916865, 0.352043927, -0.219919398],
    ),
    "Adagrad": (
        lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.01, initial_accumulator_value=0.1),
        [-0.083609551, -0.082161948, 0.522984982, -0.086362489],
    ),
    "RMSprop": (lambda p: optim.RMSprop(p, lr=0.02), [-0.216563314, -0.219337434, -0.064872503, -0.21220988]),
    "RMSprop_c": (
        lambda p: optim.RMSprop(p, lr=0.02, momentum=0.8, centered=True, weight_decay=0.1),
        [-0.155482396, -0.290587634, -0.069740087, -0.115431406],
    ),
    "Adadelta": (lambda p: optim.Adadelta(p, weight_decay=0.1), [-0.013645442, 0.138581574, 0.92727989, -0.080644272]),
    "Adamax": (
        lambda p: optim.Adamax(p, lr=0.05, weight_decay=0.1),
        [0.000213269, -0.037403513, 0.460118979, 0.004170375],
    ),
    "NAdam": (
        lambda p: optim.NAdam(p, lr=0.05, weight_decay=0.1),
        [-0.174395338, -0.197467089, 0.43752408, -0.156387463],
    ),
    "NAdam_d": (
        lambda p: optim.NAdam(p, lr=0.05, weight_decay=0.1, decoupled_weight_decay=True),
        [-0.174316242, -0.197919965, 0.394031972, -0.15715304],
    ),
    "RAdam": (
        lambda p: optim.RAdam(p, lr=0.05, weight_decay=0.1),
        [0.085219964, 0.186830044, 0.581061006, 0.047805555],
    ),
    "ASGD": (
        lambda p: optim.ASGD(p, lr=0.05, t0=3, weight_decay=0.1),
        [-0.111928187, -0.085044578, 0.025869839, -0.121888742],
    ),
    "Rprop": (lambda p: optim.Rprop(p, lr=0.05), [-0.282972634, -0.254852653, -0.182167977, -0.251101613]),
    "Adafactor": (
        lambda p: optim.Adafactor(p, lr=0.05, weight_decay=0.1),
        [-0.025620613, 0.093861066, 0.571544647, -0.136284098],
    ),
    "LBFGS": (lambda p: optim.LBFGS(p, lr=0.3, max_iter=3), [-0.188580006, -0.18766652, -0.183989227, -0.188923404]),
}


def parameters(shapes=((3, 4), (5,)), dtype=torch.float32):
    return [torch.nn.Parameter(torch.tensor([math.sin(k + 1.3 * i) for i in range(math.prod(s))],
                                            dtype=dtype).reshape(s)) for k, s in enumerate(shapes)]


def train(make, params, steps=12):
    optimizer = make(params)
    for t in range(steps):
        def closure():
            optimizer.zero_grad()
            loss = sum(((p - 0.3) ** 2 * (1 + 0.1 * t)).sum() + (p.sin() * 0.2 * t).sum() for p in params)
            loss.backward()
            return loss

        if isinstance(optimizer, optim.LBFGS):
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()
    return optimizer


@pytest.mark.parametrize("name", EXPECTED)
def test_parameters_after_twelve_steps_are_those_of_pytorch(name):
    make, expected = EXPECTED[name]
    params = parameters()
    train(make, params)
    flat = [x for p in params for x in p.detach().reshape(-1).tolist()]
    assert [flat[i] for i in (0, 5, 11, 16)] == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - {"LBFGS"}))
def test_state_dict_resumes_the_run(name):
    make = EXPECTED[name][0]
    params = parameters()
    first = train(make, params, 3)
    copies = [torch.nn.Parameter(p.detach().clone()) for p in params]
    second = make(copies)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for p, q in zip(params, copies):
        p.grad, q.grad = torch.ones_like(p), torch.ones_like(q)
    first.step()
    second.step()
    assert all(torch.equal(p, q) for p, q in zip(params, copies))


@pytest.mark.parametrize("cls, settings",
                         [(optim.AdamW, {"lr": 0.02, "weight_decay": 0.1}),
                          (optim.Adam, {"amsgrad": True, "maximize": True}), (optim.SGD, {"lr": 0.1, "momentum": 0.9}),
                                           (optim.Adagrad, {"lr": 0.1})])
def test_fused_steps_equal_tensor_operations(cls, settings):
    """A strided parameter, a transposed gradient and differentiable=True, which takes the step in tensor operations."""
    runs = []
    for flags in ({}, {"fused": True}, {"foreach": True}, {"differentiable": True}):
        torch.manual_seed(0)
        base = torch.randn(6, 4)
        p = base.t().contiguous() if "differentiable" in flags else torch.nn.Parameter(base.t())
        leaf = p.detach().clone()
        optimizer = cls([p], **settings, **flags)
        for i in range(5):
            grad = (leaf * (i + 1)).sin()
            p.grad = grad.t().contiguous().t() if i % 2 else grad.contiguous()
            optimizer.step()
        runs.append(p.detach().contiguous())
    for r in runs[1:]:
        torch.testing.assert_close(r, runs[0], rtol=1e-6, atol=1e-6)


def test_large_lists_are_split_over_threads_correctly():
    torch.manual_seed(0)
    params = [torch.nn.Parameter(torch.randn(n)) for n in (3, 70_000, 1, 12_345, 0, 5)]
    before = [p.detach().clone() for p in params]
    for p in params:
        p.grad = torch.ones_like(p)
    optim.AdamW(params, lr=0.1, weight_decay=0.5).step()
    for p, b in zip(params, before):  # after one step Adam moves by lr, whatever the gradient
        torch.testing.assert_close(p.detach(), b * 0.95 - 0.1, rtol=1e-5, atol=1e-5)


def test_half_precision_rounds_once_when_fused():
    for fused, expected in ((True, 0.9), (False, 0.9)):
        p = torch.nn.Parameter(torch.ones(3, dtype=torch.bfloat16))
        p.grad = torch.full((3,), 2.0, dtype=torch.bfloat16)
        optim.Adam([p], lr=0.1, fused=fused).step()
        assert p.tolist() == pytest.approx([expected] * 3, rel=5e-3)


def test_found_inf_skips_a_fused_step_and_grad_scale_divides():
    p = torch.nn.Parameter(torch.ones(2))
    optimizer = optim.SGD([p], lr=1.0, fused=True)
    p.grad = torch.full((2,), 8.0)
    optimizer.grad_scale, optimizer.found_inf = torch.tensor(4.0), torch.tensor(1.0)
    optimizer.step()
    assert p.tolist() == [1, 1]
    optimizer.found_inf = torch.tensor(0.0)
    optimizer.step()
    assert p.tolist() == [-1, -1] and p.grad.tolist() == [2, 2]


def test_groups_state_and_representation():
    a, b = parameters(((2,), (3,)))
    optimizer = optim.AdamW([{"params": [a], "lr": 0.5}, {"params": [b]}], lr=0.1)
    assert [g["lr"] for g in optimizer.param_groups] == [0.5, 0.1]
    a.grad = torch.ones(2)
    optimizer.step()
    saved = optimizer.state_dict()
    assert list(saved["state"]) == [0] and sorted(saved["state"][0]) == ["exp_avg", "exp_avg_sq", "step"]
    assert [g["params"] for g in saved["param_groups"]] == [[0], [1]]
    assert saved["state"][0]["step"].item() == 1 and saved["state"][0]["step"].dtype is torch.float32
    assert repr(optim.SGD([a], lr=0.5)).splitlines()[:4] == ["SGD (", "Parameter Group 0", "    dampening: 0",
                                                             "    differentiable: False"]
    optimizer.zero_grad(set_to_none=False)
    assert a.grad.tolist() == [0, 0]
    optimizer.zero_grad()
    assert a.grad is None
    assert optim.SGD([a], lr=0.1).state_dict()["state"] == {}
    named = optim.SGD([("weight", a)], lr=0.1)
    assert named.param_groups[0]["param_names"] == ["weight"]


def test_copies_and_pickles():
    p = parameters(((2,),))[0]
    optimizer = optim.Adam([p], lr=0.5)
    p.grad = torch.ones(2)
    optimizer.step()
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        q = other.param_groups[0]["params"][0]
        assert q is not p and other.state[q]["exp_avg"].tolist() == optimizer.state[p]["exp_avg"].tolist()
        q.grad = torch.ones(2)
        other.step()
        assert other.state[q]["step"].item() == 2 and optimizer.state[p]["step"].item() == 1


def test_hooks():
    p = parameters(((2,),))[0]
    optimizer, seen = optim.SGD([p], lr=0.1), []
    handles = [
        optimizer.register_step_pre_hook(lambda o, a, k: seen.append("before")),
        optimizer.register_step_post_hook(lambda o, a, k: seen.append("after")),
        register_optimizer_step_post_hook(lambda o, a, k: seen.append("everywhere")),
    ]
    optimizer.register_state_dict_post_hook(lambda o, s: {**s, "extra": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, s: seen.append("load"))
    optimizer.step()
    assert seen == ["before", "after", "everywhere"]
    for h in handles:
        h.remove()
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
    assert seen[3:] == ["load"] and optimizer.state_dict()["extra"] == 1


@pytest.mark.parametrize("call, error, text", [
    (lambda p: optim.SGD([], lr=1), ValueError, "empty parameter list"),
    (lambda p: optim.SGD(p, lr=1), TypeError, "iterable of Tensors"),
    (lambda p: optim.SGD([1], lr=1), TypeError, "is int"),
    (lambda p: optim.Adam([p], lr=-1), ValueError, "Invalid learning rate: -1"),
    (lambda p: optim.Adam([p], betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
    (lambda p: optim.SGD([p], nesterov=True), ValueError, "Nesterov"),
    (lambda p: optim.SGD([p * 2]), ValueError, "non-leaf"),
    (lambda p: optim.Adam([p], fused=True, foreach=True), RuntimeError, "together"),
    (lambda p: optim.SGD([{"params": [p]}, {"params": [p]}]), ValueError, "more than one parameter group"),
    (lambda p: optim.Muon([p]), ValueError, "2D"),
    (lambda p: optim.Adam([p]).load_state_dict({"state": {}, "param_groups": []}), ValueError,
     "different number of parameter groups"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call(parameters(((2,),))[0])


def test_foreach_lists():
    a, b = [torch.ones(2), torch.full((3,), 4.0)], [torch.ones(2), torch.ones(3)]
    assert [t.tolist() for t in torch._foreach_add(a, b, alpha=2)] == [[3, 3], [6, 6, 6]]
    torch._foreach_mul_(a, [2.0, 0.5])
    assert [t.tolist() for t in a] == [[2, 2], [2, 2, 2]]
    assert [t.item() for t in torch._foreach_norm(a)] == pytest.approx([math.sqrt(8), math.sqrt(12)])
    torch._foreach_addcdiv_(a, b, b, value=3.0)
    assert torch._foreach_sqrt(torch._foreach_sub(a, 1))[0].tolist() == [2, 2]
    with pytest.raises(RuntimeError):
        torch._foreach_add(a, b[:1])


@pytest.mark.parametrize("n, total, product",
                         [(5, 170.0, -9520.0), (29, 502.0, 3053.57080078125), (100, 1292.8570556640625, 114639.1875),
                          (1000, 14214.28515625, 902469.5)])
def test_sums_and_dots_are_added_in_the_order_of_pytorch(n, total, product):
    """To the last bit, recorded from it: line searches of L-BFGS take another turn otherwise."""
    x = torch.tensor([((i * 7919) % 1000 - 400) / 7 for i in range(n)])
    y = torch.tensor([((i * 104729) % 997 - 300) / 3 for i in range(n)])
    assert (x.sum().item(), x.dot(y).item()) == (total, product)
