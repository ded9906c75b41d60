"""torch.nn.init: numbers recorded from PyTorch 2.13 on CPU, seed 11, with the generator's next 31 bits; and its
checks."""
import mindtorch  # noqa: F401
import pytest
import torch
import torch.nn.init as I

FILLS = [('I.uniform_(T.empty(2, 2))', [0.14904171, 0.48655313, 0.98566151, 0.16840142], 1989508433),
         ('I.normal_(T.empty(2, 2), 1, 2)', [2.4752588, 4.8918581, -0.39908323, -1.6045947], 1804760737),
         ('I.trunc_normal_(T.empty(5), std=0.02)', [0.014752589, 0.038918585, -0.013990832, -0.026045948, -0.010265244],
          54893165),
          ('I.trunc_normal_(T.empty(5), 1, 2, -1, 1.5)', [0.46076086, 1.4923693, -0.39908323, 1.3885565, -0.026524404],
           2090246024),
           ('I.xavier_uniform_(T.empty(2, 3))',
            [-0.76891112, -0.029460611, 1.0640311, -0.7264961, 0.18391085, 0.42415452], 966083853),
            ('I.xavier_normal_(T.empty(2, 3), 2)',
             [0.93303567, 2.4614272, -0.88485789, -1.6472903, -0.64923102, -0.34104478], 54893165),
             ('I.kaiming_uniform_(T.empty(2, 3), a=5**0.5)',
              [-0.40525171, -0.015527105, 0.56079358, -0.38289705, 0.09692952, 0.22354905], 966083853),
              ('I.kaiming_normal_(T.empty(2, 3, 2), mode="fan_out", nonlinearity="relu")',
               [0.52158278, 1.3759797, -0.4946506, -0.92086333, -0.36293119, -0.19064982, 0.17407885, 0.34218687,
                0.31849349, -0.67658341, 1.0615001, -0.22173007], 1691805514),
                ('I.orthogonal_(T.empty(2, 3))',
                 [0.33597767, 0.88633758, -0.31862929, -0.87741029, 0.17153275, -0.44802657], 54893165),
                 ('I.orthogonal_(T.empty(3, 2, 1), gain=2)',
                  [1.2954361, 1.1951083, -1.2285458, 0.085217983, -0.90139902, 1.6013913], 54893165),
                  ('I.sparse_(T.empty(4, 2), 0.4)',
                   [0.0, 0.0, 0.0, 0.0, -0.0051326221, -0.0026961956, 0.0024618467, 0.0048392531], 467017868),]


@pytest.mark.parametrize("text, want, after", FILLS, ids=[s[0] for s in FILLS])
def test_fill(text, want, after):
    torch.manual_seed(11)
    got = eval(text, {"T": torch, "I": I}).flatten().tolist()
    assert torch.empty(1, dtype=torch.int32).random_().item() == after
    assert got == pytest.approx(want, rel=2e-6, abs=2e-7)


def test_constants():
    x = torch.empty(2, 3, requires_grad=True)
    assert I.ones_(x) is x and x.is_leaf and x.requires_grad and x.tolist() == [[1] * 3] * 2
    assert I.zeros_(x).sum().item() == 0 and I.constant_(x, 0.5).sum().item() == 3
    assert I.eye_(torch.empty(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert I.dirac_(torch.empty(4, 2, 3), 2).tolist() == [[[0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]]] * 2


def test_gains_and_fans():
    assert [I.calculate_gain(n) for n in ("linear", "conv2d", "sigmoid", "tanh", "relu",
                                          "selu")] == [1, 1, 1, 5 / 3, 2**0.5, 0.75]
    assert I.calculate_gain("leaky_relu", 0.2) == pytest.approx((2 / 1.04) ** 0.5)
    assert I._calculate_fan_in_and_fan_out(torch.empty(2, 3, 4)) == (12, 8)


def test_truncation_far_from_the_mean():
    x = I.trunc_normal_(torch.empty(1000), 0, 1, 1.5, 3)
    assert x.min().item() >= 1.5 and x.max().item() <= 3


def test_errors():
    for call, text in (
        (lambda: I.eye_(torch.empty(3)), "2 dimensions"),
        (lambda: I.dirac_(torch.empty(3, 3)), "3, 4, or 5"),
        (lambda: I.xavier_uniform_(torch.empty(3)), "fewer than 2"),
        (lambda: I.kaiming_normal_(torch.empty(3, 3), mode="x"), "Mode x not supported"),
        (lambda: I.calculate_gain("x"), "Unsupported nonlinearity"),
        (lambda: I.orthogonal_(torch.empty(3)), "2 or more"),
        (lambda: I.sparse_(torch.empty(3), 0.1), "2 dimensions"),
    ):
        with pytest.raises(ValueError, match=text):
            call()
    with pytest.warns(FutureWarning, match="deprecated"):
        I.uniform(torch.empty(2))
