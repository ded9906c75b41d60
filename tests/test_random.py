"""The generator's streams, state and distributions: numbers recorded from PyTorch 2.13 on CPU, seed 11.

Each row: an expression, its values, and the next 31 bits of the generator, which show how much it drew."""
import copy

import mindtorch  # noqa: F401
import pytest
import torch
import torch.nn.functional as F

T = torch
STREAMS = [('T.rand(4)', [0.14904171, 0.48655313, 0.98566151, 0.16840142], 1989508433),
           ('T.rand(4, dtype=T.float64)', [0.19233373, 0.88529237, 0.67154751, 0.66467949], 1804760737),
           ('T.rand(4, dtype=T.float16)', [0.14904785, 0.48657227, 0.98583984, 0.16845703], 1989508433),
           ('T.rand(4, dtype=T.bfloat16)', [0.14941406, 0.48632812, 0.984375, 0.16796875], 1989508433),
           ('T.randn(5)', [0.73762947, 1.9459292, -0.69954163, -1.3022974, -0.51326221], 54893165),
           ('T.randn(20)',
            [-0.51079756, 1.0282718, -0.35315159, 0.12299132, -0.15462512, -1.0964388, 1.3665977, 0.68928194,
             0.074439183, -0.18429555, 0.79603678, 0.9592343, 2.0175424, -1.1686294, -1.3241942, 1.1267436, 1.9112736,
             0.29790407, -0.70412296, 0.49830028], 1358787243),
             ('T.randn(20, dtype=T.float64)',
              [0.27837985, -1.8736145, 1.4606953, -0.531448, 0.98700151, -1.3279543, -1.1830648, -1.1383774, 0.85016255,
               2.3109229, -0.29509068, 0.14709255, 0.1227432, -1.3252202, -1.3156327, -1.8188362, 1.2529401, 0.39860194,
               1.4444981, -1.995351], 2090246024),
               ('T.randn(20, dtype=T.bfloat16)',
                [-0.51171875, 1.03125, -0.35351562, 0.12304688, 0.24804688, 1.5703125, -1.640625, -1.59375, -0.15429688,
                 -1.09375, 1.3671875, 0.6875, -0.39257812, 0.6171875, 0.75390625, 0.6015625, 2.015625, -1.171875,
                 -1.3203125, 1.125], 87976440),
                 ('T.randn(2, dtype=T.complex64)', [(0.52158278+1.3759797j), (-0.4946506-0.92086333j)], 1804760737),
                 ('T.empty(3, 4).t().uniform_(-1.5, 2)',
                  [-0.97835398, 0.54380202, 0.50242925, 0.20293596, 0.92759705, 1.736938, 1.9498153, 0.54079711,
                   -0.55731779, -0.91059506, -1.0504678, 1.2385991], 54893165),
                   ('T.empty(4, 5).t().normal_()',
                    [0.73762947, -0.26961955, 1.5011879, 0.11565449, 1.9459292, 0.24618466, -0.31357366, 0.38340649,
                     -0.69954163, 0.48392528, -0.23428439, -0.12341587, -1.3022974, 0.45041779, -1.0713092, 0.89288151,
                     -0.51326221, -0.95683342, 0.16479844, -0.48905605], 1112308861),
                     ('T.randint(-3, 100, (5,))', [99, 55, 41, 84, 85], 833720247),
                     ('T.randint(2**40, (3,))', [657423371967, 346452335707, 348726071223], 966083853),
                     ('T.empty(3, dtype=T.int64).random_()',
                      [3325388913236545215, 359254775711865947, 8544873655684927415], 966083853),
                      ('T.empty(3, dtype=T.uint8).random_()', [153, 191, 80], 707468379),
                      ('T.empty(3).random_()', [2500459.0, 8162990.0, 16536652.0], 707468379),
                      ('T.randperm(8)', [1, 3, 2, 5, 0, 4, 7, 6], 1830871372),
                      ('T.empty(10).bernoulli_(0.3)', [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0], 987689860),
                      ('T.bernoulli(T.arange(10.0) / 10)', [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0],
                       2084893522),
                       ('T.empty(4).exponential_(1.5)', [0.14240423, 1.4435792, 0.74224204, 0.72844565], 1804760737),
                       ('T.empty(6, dtype=T.int64).geometric_(0.2)', [8, 1, 2, 2, 3, 9], 54893165),
                       ('T.empty(4).cauchy_()', [-1.4484967, 2.6537924, 0.59797931, 0.56905621], 1804760737),
                       ('T.empty(4).log_normal_()', [11.884784, 133.20087, 0.67093486, 0.20097098], 1804760737),
                       ('T.poisson(T.tensor([0.5, 3.0, 20.0, 200.0]))', [0.0, 4.0, 15.0, 215.0], 987689860),
                       ('T.binomial(T.tensor([5.0, 50.0, 50.0, 500.0]), T.tensor([0.5, 0.1, 0.9, 0.4]))',
                        [3.0, 3.0, 44.0, 197.0], 1366982240),
                        ('T.multinomial(T.tensor([1.0, 2.0, 3.0, 4.0]), 1)', [0], 1804760737),
                        ('T.multinomial(T.tensor([1.0, 2.0, 3.0, 4.0]), 3)', [0, 3, 2], 1804760737),
                        ('T.multinomial(T.tensor([1.0, 2.0, 3.0, 4.0]), 6, True)', [1, 3, 3, 3, 2, 1], 54893165),
                        ('T.normal(T.tensor([1.0, 10.0]), 2.0)', [2.4752588, 13.891858], 1989508433),
                        ('T.normal(0.0, T.tensor([1.0, 10.0]))', [0.73762947, 19.459291], 1989508433),
                        ('F.dropout(T.ones(8), 0.4)',
                         [1.6666666, 0.0, 0.0, 0.0, 1.6666666, 1.6666666, 1.6666666, 1.6666666], 1897545120),
                         ('F.alpha_dropout(T.ones(6), 0.4, True)',
                          [1.4703772, -0.91064203, -0.91064203, -0.91064203, 1.4703772, 1.4703772], 54893165),
                          ('F.dropout2d(T.ones(1, 6, 1, 1), 0.4)', [1.6666666, 0.0, 0.0, 0.0, 1.6666666, 1.6666666],
                           54893165),
                           ('F.gumbel_softmax(T.zeros(3))', [0.77489138, 0.076440416, 0.14866824], 966083853),]


@pytest.mark.parametrize("text, want, after", STREAMS, ids=[s[0] for s in STREAMS])
def test_stream(text, want, after):
    torch.manual_seed(11)
    got = eval(text, {"T": torch, "F": F}).flatten().tolist()
    assert torch.empty(1, dtype=torch.int32).random_().item() == after
    assert got == pytest.approx(want, rel=2e-6, abs=2e-7)


def test_state_is_restored_with_the_cached_normal():
    torch.manual_seed(5)
    torch.randn(3)
    state = torch.get_rng_state()
    assert state.shape == (5056,) and state.dtype is torch.uint8
    first = [torch.randn(3), torch.rand(700), torch.randn(1)]
    torch.set_rng_state(state)
    assert all(torch.equal(a, b) for a, b in zip(first, [torch.randn(3), torch.rand(700), torch.randn(1)]))


def test_state_layout():
    # 624 words after seed, counters and position; words drawn since the last renewal are counted down
    torch.manual_seed(7)
    words = torch.get_rng_state().view(torch.int64)
    assert words[:4].tolist() == [7, (1 << 32) + 1, 0, 7] and words[4].item() == 4097098180
    torch.rand(8)
    words = torch.get_rng_state().view(torch.int64)
    assert words[1].item() == (1 << 32) + 617 and words[2].item() == 8


def test_generators():
    g = torch.Generator().manual_seed(3)
    a = torch.rand(4, generator=g)
    torch.manual_seed(3)
    assert torch.equal(a, torch.rand(4)) and g.initial_seed() == 3 and g.device == torch.device("cpu")
    clone, copied = g.clone_state(), copy.deepcopy(g)
    want = torch.randn(3, generator=g)
    assert torch.equal(want, torch.randn(3, generator=clone)) and torch.equal(want, torch.randn(3, generator=copied))
    assert torch.manual_seed(-1).initial_seed() == 2**64 - 1
    with pytest.raises(ValueError, match="Overflow"):
        torch.manual_seed(2**64)
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        g.set_state(torch.zeros(5056, dtype=torch.uint8))
    with pytest.raises(RuntimeError, match="size to be 10"):
        g.set_state(torch.zeros(10, dtype=torch.uint8))
    assert g.seed() == g.initial_seed()


def test_fork_rng():
    torch.manual_seed(1)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        torch.rand(5)
    inside = torch.rand(2)
    torch.manual_seed(1)
    assert torch.equal(inside, torch.rand(2))


def test_errors():
    x, whole = torch.empty(3), torch.empty(3, dtype=torch.int64)
    for call, error, text in (
        (lambda: x.uniform_(2, 1), RuntimeError, "from=2 > to=1"),
        (lambda: x.normal_(0, -1), RuntimeError, "std >= 0.0"),
        (lambda: whole.normal_(), NotImplementedError, "normal_kernel_cpu"),
        (lambda: torch.randint(5, 5, (2,)), RuntimeError, "'from' to be less than 'to'"),
        (lambda: torch.randint(0, 300, (2,), dtype=torch.uint8), RuntimeError, "out of bounds for unsigned char"),
        (lambda: x.bernoulli_(1.5), RuntimeError, "p to be in"),
        (lambda: torch.bernoulli(torch.tensor([2.0])), RuntimeError, "p_in >= 0"),
        (lambda: torch.multinomial(torch.tensor([0.0, 1.0]), 3), RuntimeError, "n_sample > prob_dist"),
        (lambda: torch.multinomial(torch.tensor([-1.0, 1.0]), 1), RuntimeError, "element < 0"),
        (lambda: torch.empty(1).expand(3).uniform_(), RuntimeError, "single memory location"),
        (lambda: torch.poisson(torch.tensor([-1.0])), RuntimeError, "non-negative"),
        (lambda: torch.rand(3, requires_grad=True).uniform_(), RuntimeError, "leaf Variable"),
        (lambda: F.dropout(x, 1.5), ValueError, "between 0 and 1"),
    ):
        with pytest.raises(error, match=text):
            call()


def test_gradients_do_not_pass():
    x = torch.ones(3, requires_grad=True)
    y = (x * 2).clone()
    y.uniform_()
    (y.sum() + torch.bernoulli(x * 0.5).sum() + torch.normal(x, 1.0).sum()).backward()
    assert x.grad.tolist() == [0, 0, 0]


def test_dropout_gradient_and_edges():
    x = torch.ones(1000, requires_grad=True)
    y = F.dropout(x, 0.25)
    y.sum().backward()
    assert torch.equal(x.grad,
                       y.detach()) and len(set(x.grad.tolist())) == 2 and x.grad.max().item() == pytest.approx(4 / 3)
    assert F.dropout(x, 0.5, training=False) is x and F.dropout(x, 0.0) is x and F.dropout(x, 1.0).sum().item() == 0
    z = torch.ones(1000)
    assert F.dropout(z, 0.5, inplace=True) is z and set(z.tolist()) == {0.0, 2.0}


def test_large_is_uniform():
    torch.manual_seed(0)
    x = torch.rand(200001)
    assert abs(x.mean().item() - 0.5) < 3e-3 and 0 <= x.min().item() and x.max().item() < 1
    n = torch.randn(100003)
    assert abs(n.mean().item()) < 0.02 and abs(n.std().item() - 1) < 0.01
