"""Kernels of networks by Ascend's operators, over the software CANN: each gives the CPU's results and gradients without
the host's help.

One process a family."""
import pytest

pytest.importorskip("mindtorch.softcann", reason="no software CANN in this checkout")
from .test_ascend import on_device  # noqa: E402


def test_pooling():
    on_device("""
        x1, x2, x3 = R(2, 3, 9), R(2, 3, 8, 9), R(2, 3, 6, 5, 7)
        same(lambda x: (F.max_pool1d(x, 2), F.avg_pool1d(x, 3, 2, 1, ceil_mode=True), F.adaptive_avg_pool1d(x, 4),
                        F.adaptive_max_pool1d(x, 4)), x1)
        same(lambda x: (F.max_pool2d(x, 3, 2, 1), F.max_pool2d(x, 2, ceil_mode=True), F.avg_pool2d(x, 2)), x2)
        same(lambda x: (F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False),
                        F.avg_pool2d(x, 2, divisor_override=3)), x2)
        same(lambda x: (F.adaptive_avg_pool2d(x, 1), F.adaptive_avg_pool2d(x, (3, 4)),
                        F.adaptive_max_pool2d(x, (3, 4))), x2)
        same(lambda x: F.max_pool2d(x, 3, 2, 1),
             torch.randn(2, 3, 8, 9).to(memory_format=torch.channels_last).requires_grad_())
        same(lambda x: F.adaptive_avg_pool2d(x, 2),
             torch.randn(2, 3, 8, 9).to(memory_format=torch.channels_last).requires_grad_())
        same(lambda x: (F.avg_pool3d(x, 2), F.adaptive_avg_pool3d(x, 2)), x3)
        same(lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), torch.randn(2, 3, 8, 8))
        for kw in (dict(kernel_size=2), dict(kernel_size=3, stride=2, padding=1, ceil_mode=True),
                   dict(kernel_size=2, dilation=2)):
            same(lambda a: F.max_pool3d(a, **kw), R(1, 2, 5, 6, 7))
            same(lambda a: F.max_pool3d(a, **kw, return_indices=True)[1], torch.randn(1, 2, 5, 6, 7))
        same(lambda a: F.max_pool2d(a, 2, dilation=2), R(1, 2, 8, 8))
        for f, size, kernel, output in ((F.fractional_max_pool2d, (9, 11), 2, (4, 5)),
                                        (F.fractional_max_pool2d, (7, 7), (3, 2), (1, 6)),
                                        (F.fractional_max_pool3d, (6, 5, 7), (1, 2, 3), (3, 2, 4))):
            same(lambda a, s: f(a, kernel, output_size=output, return_indices=True, _random_samples=s)[0],
                 R(2, 3, *size), torch.rand(2, 3, len(size)))
            same(lambda a, s: f(a, kernel, output_size=output, return_indices=True, _random_samples=s)[1],
                 torch.randn(2, 3, *size), torch.rand(2, 3, len(size)))
        same(lambda a: F.max_pool2d(a, (2, 3), (1, 2), (1, 0), dilation=(1, 2)), R(2, 2, 8, 8))
        same(lambda a: F.max_pool1d(a, 2, dilation=2), R(1, 2, 8))
        same(lambda a: F.max_pool3d(a, 2),
             torch.randn(1, 2, 4, 4, 4).to(memory_format=torch.channels_last_3d).requires_grad_())
    """)


def test_resizing_and_grids():
    on_device("""
        x1, x2, x3 = R(2, 3, 9), R(2, 3, 8, 9), R(2, 3, 6, 5, 7)
        for m in ("nearest", "nearest-exact", "linear"):
            same(lambda x: (F.interpolate(x, 5, mode=m), F.interpolate(x, scale_factor=2.0, mode=m),
                            F.interpolate(x, scale_factor=1.7, mode=m)), x1)
        for m in ("nearest", "nearest-exact", "bilinear", "bicubic", "area"):
            same(lambda x: (F.interpolate(x, (5, 6), mode=m), F.interpolate(x, scale_factor=2, mode=m),
                            F.interpolate(x, scale_factor=1.7, mode=m)), x2)
        for m in ("bilinear", "bicubic"):
            same(lambda x: (F.interpolate(x, (5, 6), mode=m, align_corners=True),
                            F.interpolate(x, (5, 6), mode=m, antialias=True)), x2)
        for m in ("nearest", "trilinear"):
            same(lambda x: (F.interpolate(x, (5, 6, 3), mode=m), F.interpolate(x, scale_factor=2, mode=m)), x3)
        grid = (torch.rand(2, 4, 5, 2) * 2.4 - 1.2).requires_grad_()
        for m in ("bilinear", "nearest", "bicubic"):
            for p in ("zeros", "border", "reflection"):
                same(lambda x, g: F.grid_sample(x, g, mode=m, padding_mode=p, align_corners=False), x2, grid)
        same(lambda x, g: F.grid_sample(x, g, align_corners=True), x2, grid.detach())
        same(lambda x, g: F.grid_sample(x, g, align_corners=True), x3,
             (torch.rand(2, 4, 5, 3, 3) * 2.4 - 1.2).requires_grad_())
    """)


def test_windows_and_borders():
    on_device("""
        x1, x2, x3 = R(2, 3, 9), R(2, 3, 8, 9), R(2, 3, 6, 5, 7)
        same(lambda x: (F.unfold(x, 3), F.unfold(x, (2, 3), dilation=2, padding=1, stride=2)), x2)
        same(lambda x: F.unfold(x, 3), R(3, 8, 9))
        same(lambda x: (F.fold(x, (4, 5), 2), F.fold(x, (4, 5), 2, padding=0)), R(2, 12, 12))
        for mode in ("constant", "reflect", "replicate", "circular"):
            same(lambda x: F.pad(x, (1, 2, 2, 1), mode=mode), x2)
            same(lambda x: F.pad(x, (1, 2), mode=mode), x1)
        same(lambda x: F.pad(x, (1, -2), value=3.0), x1)
    """)


def test_normalization():
    on_device("""
        same(lambda x: (F.softmax(x, 1), F.softmax(x, 0)), torch.randn(4, 5, dtype=torch.float64).requires_grad_())
        for n in (1, 2, 4):
            same(lambda x, w, b: (F.group_norm(x, n, w, b), F.group_norm(x, n)), R(3, 4, 5, 2), R(4), R(4))
        same(lambda x, w, b: F.group_norm(x, 2, w, b), R(3, 4), R(4), R(4))
        same(lambda x, w, b: F.instance_norm(x, weight=w, bias=b), R(3, 4, 5), R(4), R(4))
        same(lambda x, w: (F.rms_norm(x, (5,), w), F.rms_norm(x, (4, 5))), R(3, 4, 5), R(5))
        def bn(x, w, b, train):
            m, v = torch.zeros(4, device=x.device), torch.ones(4, device=x.device)
            y = F.batch_norm(x, m, v, w, b, train, 0.1)
            return y, m, v
        for train in (True, False):
            same(lambda x, w, b: bn(x, w, b, train), R(3, 4, 5, 2), R(4), R(4))
            same(lambda x, w, b: bn(x, w, b, train),
                 torch.randn(3, 4, 5, 2).to(memory_format=torch.channels_last).requires_grad_(), R(4), R(4))
            same(lambda x: bn(x, None, None, train), R(3, 4))
            # nobody asks for the input's gradient
            same(lambda x, w, b: bn(x, w, b, train), torch.randn(3, 4, 5), R(4), R(4))
            same(lambda x, w, b: bn(x, w, b, train), R(3, 4, 5), torch.ones(4), torch.zeros(4))
        same(lambda x, w, b: F.group_norm(x, 2, w, b), torch.randn(3, 4, 5), R(4), R(4))
    """)


def test_classes_and_their_losses():
    on_device("""
        t = torch.tensor([1, 2, -100, 4, 0, 3])
        for red in ("mean", "sum", "none"):
            for s in (0.0, 0.1):
                same(lambda x, y, w: (F.cross_entropy(x, y, None, reduction=red, label_smoothing=s),
                                      F.cross_entropy(x, y, w, reduction=red, label_smoothing=s)), R(6, 5), t,
                                      torch.rand(5))
                same(lambda x, y: F.cross_entropy(x, y, reduction=red, label_smoothing=s), R(2, 5, 3), t.reshape(2, 3))
                same(lambda x, y: F.cross_entropy(x, y, reduction=red, label_smoothing=s), R(1, 5, 3, 2),
                     t.reshape(1, 3, 2))
            same(lambda x, y: F.nll_loss(x, y, reduction=red), R(2, 5, 3), t.reshape(2, 3))
        same(lambda x, y: F.cross_entropy(x, y), R(6, 5), torch.rand(6, 5))
        same(lambda a, b: (torch.isin(a, b), torch.isin(a, b, invert=True), torch.isin(a, 3)),
             torch.arange(12).reshape(3, 4), torch.tensor([2, 5]))
    """)


def test_attention():
    on_device("""
        S, q, k, v = F.scaled_dot_product_attention, R(2, 4, 5, 8), R(2, 4, 7, 8), R(2, 4, 7, 8)
        before = torch.npu.launches()
        S(*(t.detach().to("npu") for t in (q, k, v)))
        assert torch.npu.launches() == before + 1
        same(lambda q, k, v: (S(q, k, v), S(q, k, v, is_causal=True), S(q, k, v, scale=0.3), S(q[0], k[0], v[0])), q, k,
             v)
        mask = torch.rand(2, 1, 5, 7) > 0.3
        mask[0, 0, 1] = False
        for m in (mask, mask[:, :, :1], mask[0, 0], torch.rand(2, 4, 5, 7) > 0.3, torch.rand(1, 4, 5, 7) > 0.3,
                  torch.randn(2, 1, 5, 7), R(2, 4, 5, 7)):
            same(lambda q, k, v, m: S(q, k, v, m, scale=0.3), q, k, v, m)
        changed = mask.to("npu")
        first = S(*(t.detach().to("npu") for t in (q, k, v)), changed)
        changed[0, 0, 1] = True  # a mask is looked at again where it was written
        assert not torch.equal(first.cpu(), S(*(t.detach().to("npu") for t in (q, k, v)), changed).cpu())
        same(lambda q, k, v: S(q, k, v, enable_gqa=True), q, R(2, 2, 7, 8), R(2, 2, 7, 8))
        same(lambda *a: S(*(t.transpose(1, 2) for t in a), is_causal=True).transpose(1, 2).reshape(2, 5, 32),
             R(2, 5, 4, 8), R(2, 5, 4, 8), R(2, 5, 4, 8))
        same(lambda q, k, v: S(q, k, v), q, k, R(2, 4, 7, 6))

        def twice(q, k, v):
            slope = torch.autograd.grad(S(q, k, v).sin().sum(), q, create_graph=True)[0]
            return torch.autograd.grad((slope ** 2).sum(), (q, k, v))

        for _ in range(2):
            same(twice, q, k, v)

        def dropped(fused):
            torch.npu.manual_seed(4)
            found, attention._flashable = attention._flashable, attention._flashable if fused else lambda *a: False
            a = [t.detach().to("npu").requires_grad_() for t in (q, k, v)]
            y = S(*a, dropout_p=0.3)
            attention._flashable = found
            return [t.detach().cpu() for t in (y, *torch.autograd.grad(y.sin().sum(), a))]

        from mindtorch._ops.nn import attention
        for one, other in zip(dropped(True), dropped(False)):  # the operator's dropout is that of its own mask
            torch.testing.assert_close(one, other)
    """)


def test_optimizers_and_clipping():
    launches = on_device("""
        from torch import nn

        def trained(device, make, dtype=torch.float32, most=5.0, steps=3):
            torch.manual_seed(2)
            sizes = [(3, 4), (5,), (), (2, 3, 4, 5), (300, 300)]
            data = [torch.randn(s, dtype=dtype) for s in sizes]
            data[3] = data[3].to(memory_format=torch.channels_last)
            p = [nn.Parameter(t.to(device)) for t in data]
            optimizer, norms = make(p), []
            for _ in range(steps):
                for t in p:
                    g = torch.randn(t.shape, dtype=dtype)
                    t.grad = (g if t.ndim < 4 else g.to(memory_format=torch.channels_last)).to(device)
                norms.append(nn.utils.clip_grad_norm_(p, most, norm_type=2.0).cpu())
                before = torch.npu.launches()
                optimizer.step()
            return [t.detach().cpu() for t in p], norms, torch.npu.launches() - before

        o, counts = torch.optim, {}
        for name, make in {
                "adamw": lambda p: o.AdamW(p, lr=0.1), "adam": lambda p: o.Adam(p, lr=0.1),
                "decay": lambda p: o.Adam(p, lr=0.1, weight_decay=0.1),
                "amsgrad": lambda p: o.AdamW(p, lr=0.1, amsgrad=True),
                "maximize": lambda p: o.AdamW(p, lr=0.1, maximize=True),
                "fused": lambda p: o.AdamW(p, lr=0.1, fused=True),
                "sgd": lambda p: o.SGD(p, lr=0.1),
                "momentum": lambda p: o.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1, dampening=0.2),
                "nesterov": lambda p: o.SGD(p, lr=0.1, momentum=0.9, nesterov=True, maximize=True),
                "adagrad": lambda p: o.Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.1),
                "rmsprop": lambda p: o.RMSprop(p, lr=0.01, momentum=0.9), "adadelta": lambda p: o.Adadelta(p),
                "adamax": lambda p: o.Adamax(p), "nadam": lambda p: o.NAdam(p),
                "radam": lambda p: o.RAdam(p)}.items():
            want, wanted, _ = trained("cpu", make)
            have, norms, counts[name] = trained("npu", make)
            for a, b in zip(want + wanted, have + norms):
                torch.testing.assert_close(b, a, msg=lambda m: f"{name}: {m}")
        for dtype in (torch.float16, torch.bfloat16):
            want, have = (trained(d, lambda p: o.AdamW(p, lr=0.1, eps=1e-3, betas=(0.9, 0.9)), dtype, 1e3)[0]
                          for d in ("cpu", "npu"))
            for a, b in zip(want, have):
                # a step in lists rounds after each of its operations, the CPU's once: two units of the last place of
                # what the parameters passed through, but where a second moment is a subnormal half: there its
                # rounding decides up to a fifth of the step, lr = 0.1
                unit = torch.finfo(dtype).eps
                apart = (b.float() - a.float()).abs() > unit * (1 + 2 * a.float().abs())
                assert apart.float().mean() < 2e-3, apart.float().mean()
                torch.testing.assert_close(b, a, rtol=2e-2, atol=2e-2)
        # a fused step of halves rounds what it stores and nothing else
        for name, make in {
                "adamw": lambda p: o.AdamW(p, lr=0.1, eps=1e-3, fused=True),
                "decay": lambda p: o.Adam(p, lr=0.1, eps=1e-3, weight_decay=0.1, fused=True),
                "amsgrad": lambda p: o.AdamW(p, lr=0.1, eps=1e-3, amsgrad=True, fused=True),
                "nesterov": lambda p: o.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.3, nesterov=True, fused=True),
                "sgd": lambda p: o.SGD(p, lr=0.1, weight_decay=0.3, fused=True),
                "adagrad": lambda p: o.Adagrad(p, lr=0.1, eps=1e-3, weight_decay=0.3, fused=True)}.items():
            for dtype in (torch.float16, torch.bfloat16):
                found = {}
                for device in ("cpu", "npu"):
                    torch.manual_seed(4)
                    p = [nn.Parameter(torch.randn(n, 40).to(device, dtype)) for n in (5, 7)]
                    optimizer = make(p)
                    for _ in range(4):
                        for t in p:
                            t.grad = torch.randn(t.shape).to(device, dtype)
                        optimizer.step()
                    found[device] = torch.cat([t.detach().flatten() for t in p]).cpu()
                equal = (found["cpu"] == found["npu"]).float().mean().item()
                assert equal > 0.98, (name, dtype, equal)
        assert torch.npu.fallbacks() == {}, torch.npu.fallbacks()

        # a scaler's overflow leaves parameters as they are
        p = [nn.Parameter(torch.ones(3, device="npu")), nn.Parameter(torch.ones(2, device="npu"))]
        optimizer = o.AdamW(p, lr=0.1, fused=True)
        scaler = torch.amp.GradScaler("npu", init_scale=4.0)
        for bad, same_as in ((float("inf"), 1.0), (1.0, None)):
            optimizer.zero_grad()
            scaler.scale((p[0] * bad).sum() + p[1].sum()).backward()
            scaler.step(optimizer)
            scaler.update()
            assert same_as is None or bool((p[0] == same_as).all())
        assert bool((p[0] < 1).all())
        print(json.dumps(counts))
    """)
    assert launches["sgd"] == 1 and launches["adamw"] <= 12, launches


LAYERS = """
        from torch import nn

        def compared(layer, *inputs, slack=1):
            import copy
            want, have = [], []
            for device, found in (("cpu", want), ("npu", have)):
                own = copy.deepcopy(layer).to(device).train()
                made = [y for y in flat(own(*(x.to(device) for x in inputs))) if y.requires_grad]
                sum((y.float() * torch.linspace(0.5, 1.5, y.numel(), device=device).reshape(y.shape)).sum()
                    for y in made).backward()
                found += [t.detach().cpu() for t in (*made, *(p.grad for p in own.parameters()))]
            for w, h in zip(want, have):
                rtol = {torch.float16: 1e-3, torch.bfloat16: 1.6e-2, torch.float32: 1.3e-6}[w.dtype]
                torch.testing.assert_close(h, w, rtol=slack * rtol, atol=slack * 1e-5, msg=lambda m: f"{layer}: {m}")

        line, plane, volume = torch.randn(2, 4, 9), torch.randn(2, 4, 9, 8), torch.randn(2, 4, 5, 6, 7)
"""


def test_layers_in_three_precisions():
    on_device(LAYERS + """
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            for layer, x in ((nn.Conv1d(4, 6, 3, 2, 1), line), (nn.Conv2d(4, 6, 3, 2, 1, groups=2), plane),
                             (nn.Conv2d(4, 4, 3, dilation=2, groups=4, bias=False), plane),
                             (nn.Conv3d(4, 6, 3, padding=1), volume), (nn.Conv2d(4, 6, (3, 2), padding="same"), plane),
                             (nn.ConvTranspose1d(4, 6, 3, 2, 1, 1), line),
                             (nn.ConvTranspose2d(4, 6, 3, 2, 1, groups=2), plane),
                             (nn.ConvTranspose3d(4, 6, 3, 2), volume), (nn.BatchNorm2d(4), plane),
                             (nn.BatchNorm1d(4), line),
                             (nn.InstanceNorm2d(4, affine=True), plane), (nn.LayerNorm(8), plane),
                             (nn.GroupNorm(2, 4), plane), (nn.RMSNorm(8), plane),
                             (nn.Conv2d(4, 6, 3).to(memory_format=torch.channels_last),
                              plane.to(memory_format=torch.channels_last))):
                # the reference rounds a batch's statistics to the halves, the operator keeps them in float32
                rounded = dtype is not torch.float32 and isinstance(layer, nn.modules.batchnorm._NormBase)
                compared(layer.to(dtype), x.to(dtype), slack=8 if rounded else 1)
        same(lambda x, w,
             b: torch.autograd.grad((torch.autograd.grad(F.conv2d(x, w, b).sin().sum(), x,
                                                         create_graph=True)[0] ** 2).sum(), (x, w)), R(1, 2, 5, 5),
                                                         R(3, 2, 3, 3), R(3))
        assert torch.npu.fallbacks() == {}, torch.npu.fallbacks()
    """)


def test_recurrent_attentive_and_embedding_layers():
    on_device(LAYERS + """
        for kind in (nn.RNN, nn.LSTM, nn.GRU):
            compared(kind(5, 6, 2, bidirectional=True, batch_first=True), torch.randn(3, 4, 5))
        compared(nn.LSTM(5, 6, proj_size=3), torch.randn(3, 4, 5))

        class Packed(nn.Module):
            def __init__(self):
                super().__init__()
                self.cells = nn.LSTM(5, 6)

            def forward(self, x):
                packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([4, 3, 1]))
                return nn.utils.rnn.pad_packed_sequence(self.cells(packed)[0])[0]

        compared(Packed(), torch.randn(4, 3, 5))
        compared(nn.MultiheadAttention(8, 2, batch_first=True), *[torch.randn(2, 5, 8)] * 3)
        compared(nn.Transformer(8, 2, 1, 1, 16, dropout=0.0), torch.randn(5, 2, 8), torch.randn(6, 2, 8))
        for layer in (nn.Embedding(10, 4, padding_idx=2), nn.Embedding(10, 4, scale_grad_by_freq=True),
                      nn.Embedding(10, 4, max_norm=1.0), nn.EmbeddingBag(10, 4, mode="sum"),
                      nn.EmbeddingBag(10, 4, mode="mean")):
            compared(layer, torch.tensor([[1, 2, 2], [4, 0, 9]]))
        for pi in (None, 2):
            same(lambda w, i: F.embedding_bag(i, w, mode="max", padding_idx=pi), R(10, 4),
                 torch.tensor([[1, 2, 2], [4, 0, 9], [2, 2, 2]]))
            same(lambda w, i: F.embedding_bag(i, w, torch.tensor([0, 2, 2], device=i.device), mode="max",
                                              padding_idx=pi), R(10, 4), torch.tensor([1, 2, 2, 4, 9]))
            same(lambda w, i: F.embedding_bag(i, w, torch.tensor([0, 2, 2], device=i.device), mode="mean",
                                              padding_idx=pi), R(10, 4), torch.tensor([1, 2, 2, 4, 9]))
        assert torch.npu.fallbacks() == {}, torch.npu.fallbacks()
    """)
