"""Reductions, scans, order, statistics, places and masks on the npu over the software CANN against the CPU, without the
host's help."""
from .test_ascend import on_device

FORBIDDEN = {"MINDTORCH_NO_FALLBACK": "1"}
DATA = """
    inf, nan = float("inf"), float("nan")
    x, few = R(4, 5, 3), torch.randint(-3, 4, (6, 7))
    holes = torch.tensor([[1.0, nan, 3.0, nan, -2.0], [nan, nan, nan, 0.5, 0.25], [4.0, 2.0, 2.0, 1.0, 1.0]])
    dtypes = [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.uint8]
"""


def test_reductions():
    on_device(DATA + """
    same(lambda a: (a.aminmax(dim=1), a.amin((0, 2)), a.amax(), a.max(), a.min(1), a.max(2, keepdim=True)), x)
    same(lambda a: (a.argmax(), a.argmin(1), a.argmax(0, keepdim=True), a.max(), a.min(0)), few)
    same(lambda a: (a.count_nonzero(), a.count_nonzero(1), a.prod(), a.prod(1), a.aminmax()), few)
    same(lambda a: (a.prod(), a.prod(1), a.prod(2, keepdim=True)), x)
    same(lambda a: (a.nansum(), a.nansum(1), a.nanmean(0), a.nansum(0, dtype=torch.float64)), holes)
    same(lambda a: (a.var(), a.std(1), a.var((0, 2), keepdim=True), a.std(0, correction=0), *torch.var_mean(a, 1),
                    *torch.std_mean(a, (1, 2), correction=2)), x)
    same(lambda a: (a.var(1), a.std(), torch.var_mean(a, 0, correction=0.5)[0], a[:1].var(0)), x.detach().double())
    same(lambda a: (a.max(0), a.min(0), a.argmax(), a.prod(), a.aminmax(), a.var(correction=0)), torch.tensor(2.5))
    for dtype in dtypes[1:]:
        same(lambda a: (a.max(1), a.min(1), a.argmin(0), a.amax(1), a.aminmax()), few.abs().to(dtype))
    for dtype in dtypes[1:3]:
        same(lambda a: (a.var(1), a.std(), a.prod(0), a.nansum(1)), x.detach().to(dtype))
    """, environment=FORBIDDEN)


def test_scans():
    on_device(DATA + """
    same(lambda a: (a.cumprod(1), a.logcumsumexp(2), *a.cummax(1), *a.cummin(0), a.cumsum(1)), x)
    same(lambda a: (a.cumprod(1), *a.cummax(1), *a.cummin(0), a.cumsum(0)), few)
    same(lambda a: (a.cumprod(0), a.logcumsumexp(0), *a.cummax(0)), torch.tensor(2.0))
    for dtype in dtypes[1:3]:
        same(lambda a: (a.cumprod(1), a.logcumsumexp(1), a.cumsum(1)), x.detach().to(dtype))
    same(lambda a: a.diff(), few)
    """, environment=FORBIDDEN)


def test_order():
    on_device(DATA + """
    for dtype in dtypes:
        t = torch.randperm(42).reshape(6, 7).to(dtype)
        same(lambda a: (*a.sort(1), *a.sort(0, descending=True), *a.topk(3, 1), *a.topk(2, 0, largest=False),
                        *a.kthvalue(2, 1), *a.median(0), a.median(), a.argsort(1)), t)
    same(lambda a: (a.median(), a.nanmedian(), a.median(1)[0], a.nanmedian(1)[0]), holes)
    same(lambda a: (*a.mode(1), *a.mode(0), a.unique(), *a.unique(return_inverse=True, return_counts=True),
                    *a.unique_consecutive(return_inverse=True, return_counts=True)), few)
    same(lambda a: (*a.unique(dim=0, return_inverse=True, return_counts=True), a.unique(dim=1),
                    a.unique_consecutive(dim=0)), torch.randint(0, 2, (9, 2)))
    same(lambda a: (a.quantile(0.3), a.quantile(0.7, 1), a.nanquantile(0.5, 0)), x.detach())
    same(lambda s, v: (torch.searchsorted(s, v), torch.searchsorted(s, v, right=True, out_int32=True),
                       torch.bucketize(v, s[0])), torch.randn(3, 6).sort(1)[0], torch.randn(3, 4))
    same(lambda a, b: (torch.isin(a, b), torch.isin(a, b, invert=True), torch.isin(a, b[:0]), torch.isin(a, 2)), few,
         torch.tensor([2, -1, 2]))
    """, environment=FORBIDDEN)


def test_statistics():
    on_device(DATA + """
    same(lambda a: (a.histc(6), a.histc(4, -1, 1), a.half().histc(5, -2, 2), a.bfloat16().histc(5, -2, 2)), x.detach())
    same(lambda a, w: (a.bincount(), a.bincount(minlength=9), a.bincount(w), a.int().bincount(w.double())),
         torch.tensor([1, 0, 3, 3, 5]), torch.randn(5))
    same(lambda a: torch.histogram(a, 5)[0], x.detach())
    same(lambda a, w: (torch.histogram(a, torch.tensor([-1.0, 0.0, 0.5, 2.0], device=a.device), weight=w)[0],
                       torch.histogram(a, 4, range=(-1.0, 1.0))[0]), x.detach(), x.detach().abs())
    same(lambda a: torch.histogramdd(a, [2, 3])[0], torch.randn(12, 2))
    for p in (0.0, 1.0, 2.0, 3.0, inf):
        same(lambda a, b: torch.cdist(a, b, p=p, compute_mode="donot_use_mm_for_euclid_dist"), R(2, 4, 3), R(2, 5, 3))
    same(lambda a: F.pdist(a), R(5, 3))
    """, environment=FORBIDDEN)


def test_places():
    on_device(DATA + """
    i = torch.tensor([2, 0, 3, 0, 1])
    same(lambda a, i: (a.index_select(0, i), a[i], a[:, i[1:3]], a.take(i), a[i, i], a[..., i % 3]), x, i)
    same(lambda a, i: (a.index_fill(0, i, 7.0), a.index_copy(0, i[:2], a[:2].detach() * 2),
                       a.index_add(0, i, torch.ones_like(a[i]), alpha=2)), x, i)
    for reduce in ("prod", "mean", "amax", "amin"):
        same(lambda a, i, s: (a.index_reduce(0, i, s, reduce), a.index_reduce(0, i, s, reduce, include_self=False)),
             torch.randn(4, 3), i, torch.randn(5, 3))
        same(lambda a, i, s: a.index_reduce(0, i, s, reduce), few[:4], i, few[:5] + 3)
    for reduce in ("sum", "prod", "mean", "amax", "amin"):
        at = torch.randint(0, 4, (5, 3))
        same(lambda a, at, s: (a.scatter_reduce(0, at, s, reduce),
                               a.scatter_reduce(0, at, s, reduce, include_self=False)), R(4, 3), at, R(5, 3))
        same(lambda a, at, s: a.scatter_reduce(0, at, s, reduce), torch.arange(12).reshape(4, 3), at,
             torch.arange(15).reshape(5, 3))
    same(lambda a, at, s: (a.gather(0, at), a.scatter(0, at[:1], s[:1]), a.scatter_add(0, at, s),
                           a.scatter(0, at[:1], 2.5)), R(5, 3), torch.randint(0, 5, (5, 3)), R(5, 3))
    same(lambda a, i: (a.put(i, torch.ones(5, device=a.device)),
                       a.put(i, torch.ones(5, device=a.device), accumulate=True)), torch.randn(4, 3),
                       torch.tensor([0, 11, 3, 0, 3]))
    same(lambda a, r: (a.repeat_interleave(r, 0), a.repeat_interleave(2), torch.repeat_interleave(r)),
         torch.randn(3, 2), torch.tensor([2, 0, 3]))
    same(lambda a: (torch.tril_indices(4, 5, 1, device=a.device), torch.triu_indices(4, 3, -1, device=a.device),
                    torch.linspace(0, 3, 7, device=a.device),
                    torch.logspace(0, 2, 5, device=a.device),
                    torch.linspace(1, 9, 4, dtype=torch.int64, device=a.device),
                    torch.linspace(0, 1, 0, device=a.device)), torch.randn(2))
    try:
        torch.ones(3, device="npu").take(torch.tensor([4], device="npu"))
    except IndexError as error:
        assert "out of range" in str(error)
    else:
        raise AssertionError("an index out of range was taken")
    """, environment=FORBIDDEN)


def test_masks():
    on_device(DATA + """
    same(lambda a, m: (a.masked_select(m), a.masked_fill(m, 2.0), a[m], a.masked_scatter(m, a.detach() * 3)), x,
         torch.randn(4, 5, 3) > 0)
    same(lambda a, m: a.masked_select(m), torch.randn(3, 9000), torch.rand(9000) > 0.5)
    same(lambda a: (a.nonzero(), a.argwhere(), *a.nonzero(as_tuple=True)), few)

    def put(a, m):
        b = a.clone()
        b[m] = 5
        b[~m] = a[~m] * 2
        return b

    same(put, torch.randn(4, 5), torch.randn(4, 5) > 0)
    """, environment=FORBIDDEN)


def test_losses():
    on_device(DATA + """
    a, b, p = R(4, 6), R(4, 6), torch.rand(4, 6).mul(0.9).add(0.05).requires_grad_()
    same(lambda a, b: (F.huber_loss(a, b), F.huber_loss(a, b, delta=0.3, reduction="none"),
                       F.smooth_l1_loss(a, b, beta=0.5), F.l1_loss(a, b), F.mse_loss(a, b)), a, b)
    same(lambda a, b: (F.binary_cross_entropy(a, b), F.binary_cross_entropy(a, b, weight=b.detach())), p,
         torch.rand(4, 6))
    same(lambda a, b, w: (F.binary_cross_entropy_with_logits(a, b),
                          F.binary_cross_entropy_with_logits(a, b, pos_weight=w)), a, torch.rand(4, 6), torch.rand(6))
    target = torch.tensor([0, 5, 2, 2])
    for k in (1, 2):
        same(lambda a, t, w: (F.multi_margin_loss(a, t, p=k),
                              F.multi_margin_loss(a, t, p=k, weight=w, reduction="none")), a, target, torch.rand(6))
    same(lambda a, t: F.multilabel_margin_loss(a, t), a,
         torch.tensor([[1, 3, -1, 0, 0, 0], [5, 0, 1, 2, 3, 4], [-1, 1, 1, 1, 1, 1], [2, -1, 2, -1, 0, 0]]))
    same(lambda a, b: (F.kl_div(a.log_softmax(1), b.softmax(1), reduction="batchmean"), F.poisson_nll_loss(a, b.exp()),
                       F.gaussian_nll_loss(a, b, a.exp())), a, b)
    same(lambda a, b: (F.soft_margin_loss(a, b.sign()), F.hinge_embedding_loss(a, b.sign()),
                       F.cosine_embedding_loss(a, b, torch.tensor([1, -1, 1, -1], device=a.device))), a, b.detach())
    same(lambda a, b, c: (F.triplet_margin_loss(a, b, c), F.margin_ranking_loss(a, b, c.sign())), a, b,
         R(4, 6).detach())
    """, environment=FORBIDDEN)


def test_steps_of_optimizers():
    on_device(DATA + """
    def steps(make, dtype=torch.float32):
        def f(a, g):
            p = torch.nn.Parameter(a.detach().to(dtype).clone())
            o = make([p])
            for k in range(3):
                p.grad = (g * (k + 1)).to(dtype)
                o.step()
            return p.detach(), *[v for v in o.state[p].values() if hasattr(v, "shape") and v.ndim]
        return f

    a, g = torch.randn(4, 5), torch.randn(4, 5)
    # numbers that bfloat16 holds: the CPU rounds factors to it, a device need not
    for dtype in (torch.float32, torch.bfloat16):
        same(steps(lambda p: torch.optim.SGD(p, 0.125), dtype), a, g)
        same(steps(lambda p: torch.optim.SGD(p, 0.125, momentum=0.5, weight_decay=0.25, nesterov=True), dtype), a, g)
    same(steps(lambda p: torch.optim.Adagrad(p, 0.1, weight_decay=0.1, maximize=True)), a, g)
    same(steps(lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, dampening=0.2, maximize=True)), a, g)
    same(steps(lambda p: torch.optim.Adagrad(p, 0.1, lr_decay=0.1)), a, g)
    """, environment=FORBIDDEN)


def test_random_numbers():
    on_device(DATA + """
    t = torch.empty(20000, device="npu")
    torch.manual_seed(3)
    for fill, mean, deviation in ((lambda: t.exponential_(2.0), 0.5, 0.5), (lambda: t.geometric_(0.25), 4.0, 12**0.5),
                                  (lambda: t.log_normal_(0.0, 0.5), 1.1331, 0.6039),
                                  (lambda: t.cauchy_(1.0, 2.0).sub_(1).div_(2).atan_(), 0.0, 0.9069),
                                  (lambda: t.uniform_(1, 3), 2.0, 0.57735), (lambda: t.normal_(1.0, 2.0), 1.0, 2.0),
                                  (lambda: t.bernoulli_(0.25), 0.25, 0.4330),
                                  (lambda: t.bernoulli_(torch.full_like(t, 0.25)), 0.25, 0.4330),
                                  (lambda: t.random_(0, 10), 4.5, 2.8723)):
        x = fill().cpu()
        assert abs(x.mean() - mean) < 0.06 * max(deviation,
                                                 1) and abs(x.std()
                                                            - deviation) < 0.06 * max(deviation, 1), (
                                                                x.mean(), x.std(), mean, deviation)
    p = torch.randperm(50, device="npu").cpu()
    assert p.sort()[0].tolist() == list(range(50)) and p.tolist() != list(range(50))
    assert torch.randint(0, 3, (40,), dtype=torch.int32, device="npu").unique().tolist() == [0, 1, 2]
    drawn = torch.multinomial(torch.tensor([0.0, 1.0, 3.0], device="npu"), 4000, replacement=True).cpu()
    assert drawn.min() == 1 and 2800 < (drawn == 2).sum() < 3200
    """, environment=FORBIDDEN)


def test_what_lapack_computes_stays_on_the_device():
    on_device("""
        warnings.simplefilter("ignore")
        a, tau = torch.geqrf(torch.randn(4, 3))
        found = []
        for device in ("cpu", "npu"):
            given = [t.detach().to(device, copy=True).requires_grad_() for t in (a, tau, torch.ones(4, 2))]
            y = torch.ormqr(*given)
            y.sum().backward()
            assert y.device.type == device and all(t.grad.device.type == device for t in given)
            found.append([y.detach().cpu(), *(t.grad.cpu() for t in given)])
        torch.testing.assert_close(*found)
    """)
