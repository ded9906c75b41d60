"""Learning rate schedulers: eleven rates each as recorded from PyTorch 2.13, momentum cycles, state, errors, averages
of weights."""
import warnings

import mindtorch  # noqa: F401
import pytest
import torch
from torch.optim import SGD, lr_scheduler, swa_utils

EXPECTED = {
    "LambdaLR": (lambda o: lr_scheduler.LambdaLR(o, lambda e: 0.9**e),
                 [0.5, 0.45, 0.405, 0.3645, 0.32805, 0.295245, 0.2657205, 0.23914845, 0.215233605, 0.1937102445,
                  0.17433922005]),
    "MultiplicativeLR": (lambda o: lr_scheduler.MultiplicativeLR(o, lambda e: 1/(1+e)),
                         [0.5, 0.25, 0.083333333333, 0.020833333333, 0.004166666667, 0.000694444444, 9.9206349e-05,
                          1.2400794e-05, 1.377866e-06, 1.37787e-07, 1.2526e-08]),
    "StepLR": (lambda o: lr_scheduler.StepLR(o, 3, 0.5), [0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.0625,
                                                          0.0625]),
    "MultiStepLR": (lambda o: lr_scheduler.MultiStepLR(o, [2, 5, 5], 0.5),
                    [0.5, 0.5, 0.25, 0.25, 0.25, 0.0625, 0.0625, 0.0625, 0.0625, 0.0625, 0.0625]),
    "ConstantLR": (lambda o: lr_scheduler.ConstantLR(o, 0.25, 4),
                   [0.125, 0.125, 0.125, 0.125, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]),
    "LinearLR": (lambda o: lr_scheduler.LinearLR(o, 0.25, 0.75, 4),
                 [0.125, 0.1875, 0.25, 0.3125, 0.375, 0.375, 0.375, 0.375, 0.375, 0.375, 0.375]),
    "ExponentialLR": (lambda o: lr_scheduler.ExponentialLR(o, 0.8),
                      [0.5, 0.4, 0.32, 0.256, 0.2048, 0.16384, 0.131072, 0.1048576, 0.08388608, 0.067108864,
                       0.0536870912]),
    "PolynomialLR": (lambda o: lr_scheduler.PolynomialLR(o, 6, 2.0),
                     [0.5, 0.347222222222, 0.222222222222, 0.125, 0.055555555556, 0.013888888889, 0.0, 0.0, 0.0, 0.0,
                      0.0]),
    "CosineAnnealingLR": (lambda o: lr_scheduler.CosineAnnealingLR(o, 4, 0.1),
                          [0.5, 0.441421356237, 0.3, 0.158578643763, 0.1, 0.158578643763, 0.3, 0.441421356237, 0.5,
                           0.441421356237, 0.3]),
    "SequentialLR": (lambda o: lr_scheduler.SequentialLR(o,
                                                         [lr_scheduler.LinearLR(o, 0.1, 1.0, 3),
                                                          lr_scheduler.CosineAnnealingLR(o, 5),
                                                          lr_scheduler.ExponentialLR(o, 0.5)], [3, 8]),
                                                          [0.05, 0.2, 0.35, 0.5, 0.452254248594, 0.327254248594,
                                                           0.172745751406, 0.047745751406, 0.5, 0.25, 0.125]),
    "ChainedScheduler": (lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.ConstantLR(o, 0.1, 2),
                                                                  lr_scheduler.ExponentialLR(o, 0.9)]),
                                                                  [0.05, 0.045, 0.405, 0.3645, 0.32805, 0.295245,
                                                                   0.2657205, 0.23914845, 0.215233605, 0.1937102445,
                                                                   0.17433922005]),
    "CyclicLR": (lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, 3, 2, mode="triangular2"),
                 [0.1, 0.4, 0.7, 1.0, 0.55, 0.1, 0.25, 0.4, 0.55, 0.325, 0.1]),
    "CyclicLR_exp": (lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, 3, mode="exp_range", gamma=0.9, cycle_momentum=False),
                     [0.1, 0.37, 0.586, 0.7561, 0.49366, 0.277147, 0.1, 0.24348907, 0.358280326, 0.4486784401,
                      0.30920706406]),
    "CosineAnnealingWarmRestarts": (lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
                                    [0.5, 0.3775, 0.1325, 0.5, 0.467176223927, 0.3775, 0.255, 0.1325, 0.042823776073,
                                     0.5, 0.491651827441]),
    "OneCycleLR": (lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=12),
                   [0.04, 0.34978965422, 0.879285159122, 0.994415435451, 0.933012969841, 0.81174565395, 0.647378997695,
                    0.462637102667, 0.283060998209, 0.133477530189, 0.034566987425]),
    "OneCycleLR_3": (lambda o: lr_scheduler.OneCycleLR(o, 1.0, epochs=3, steps_per_epoch=4, three_phase=True,
                                                       anneal_strategy="linear"),
                                                       [0.04, 0.409230769231, 0.778461538462, 0.852307692308,
                                                        0.483076923077, 0.113846153846, 0.034483310345, 0.027587448276,
                                                        0.020691586207, 0.013795724138, 0.006899862069]),
    "SWALR": (lambda o: swa_utils.SWALR(o, 0.05, 4), [0.5, 0.434099025767, 0.275, 0.115900974233, 0.05, 0.05, 0.05,
                                                      0.05, 0.05, 0.05, 0.05]),
    "SWALR_linear": (lambda o: swa_utils.SWALR(o, 0.05, 4, "linear"),
                     [0.5, 0.3875, 0.275, 0.1625, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05]),
}


def optimizer(**settings):
    return SGD([torch.nn.Parameter(torch.ones(2))], lr=0.5, momentum=0.9, **settings)


@pytest.mark.parametrize("name", EXPECTED)
def test_rates_and_resuming(name):
    make, expected = EXPECTED[name]
    o = optimizer()
    s = make(o)
    found = []
    for _ in range(11):
        found.append(s.get_last_lr()[0])
        o.step()
        s.step()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-11)
    o2 = optimizer()
    s2 = make(o2)
    s2.load_state_dict(s.state_dict())
    o2.load_state_dict(o.state_dict())
    for a, b in ((o, s), (o2, s2)):
        a.step()
        b.step()
    assert o.param_groups[0]["lr"] == o2.param_groups[0]["lr"]


def test_momentum_cycles():
    o = optimizer()
    s = lr_scheduler.OneCycleLR(o, 1.0, total_steps=12)
    for _ in range(3):
        o.step()
        s.step()
    assert o.param_groups[0]["momentum"] == pytest.approx(0.850558458689) and sorted(
        o.param_groups[0])[:3] == ["base_momentum", "dampening", "differentiable"]
    for _ in range(9):
        s.step()
    with pytest.raises(ValueError, match="Tried to step 13 times"):
        s.step()


def test_plateau():
    o = optimizer()
    s = lr_scheduler.ReduceLROnPlateau(o, patience=1, cooldown=1, factor=0.5)
    rates = []
    for metric in (1, 2, 3, 4, 5, 0.5, 0.6, 0.7, 0.8, 0.49999, 9, 9, 9):
        s.step(metric)
        rates.append(o.param_groups[0]["lr"])
    assert rates == [0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.0625, 0.0625, 0.0625]


def test_tensor_rates_keep_their_identity():
    rate = torch.tensor(0.5)
    o = SGD([torch.nn.Parameter(torch.ones(1))], lr=rate)
    s = lr_scheduler.ExponentialLR(o, 0.5)
    o.step()
    s.step()
    assert o.param_groups[0]["lr"] is rate and rate.item() == 0.25 and s.base_lrs[0].item() == 0.5


def test_warnings():
    o = optimizer()
    s = lr_scheduler.StepLR(o, 1)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        s.step()
    with pytest.warns(UserWarning, match="epoch parameter"):
        s.step(3)
    with pytest.warns(UserWarning, match="get_last_lr"):
        s.get_lr()
    o = optimizer()
    s = lr_scheduler.StepLR(o, 1)
    o.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        s.step()


@pytest.mark.parametrize("call, error", [
    (lambda o: lr_scheduler.StepLR(3, 1), TypeError), (lambda o: lr_scheduler.LambdaLR(o, [abs, abs]), ValueError),
    (lambda o: lr_scheduler.ConstantLR(o, 1.5), ValueError),
    (lambda o: lr_scheduler.SequentialLR(o, [], []), ValueError),
    (lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=2), ValueError),
    (lambda o: lr_scheduler.OneCycleLR(o, 0.1), ValueError),
    (lambda o: lr_scheduler.StepLR(o, 1, last_epoch=2), KeyError),
    (lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.2, mode="x"), ValueError),
    (lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(o, 1), lr_scheduler.StepLR(optimizer(), 1)]),
     ValueError)])
def test_errors(call, error):
    with pytest.raises(error):
        call(optimizer())


def test_averaged_models():
    model = torch.nn.Linear(2, 1)
    plain, moving = swa_utils.AveragedModel(model), swa_utils.AveragedModel(model,
                                                                            multi_avg_fn=swa_utils.get_ema_multi_avg_fn(
                                                                                0.9))
    for value in (1.0, 2.0, 6.0):
        with torch.no_grad():
            for p in model.parameters():
                p.fill_(value)
        plain.update_parameters(model)
        moving.update_parameters(model)
    assert plain.module.weight.tolist() == [[3, 3]] and plain.n_averaged.item() == 3
    assert moving.module.bias.item() == pytest.approx((1 * 0.9 + 2 * 0.1) * 0.9 + 6 * 0.1)
