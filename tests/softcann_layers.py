"""Layers of the software CANN against NumPy: normalisations, losses, convolutions, poolings, attention."""

import numpy as np
from softcann_call import call
from softcann_numpy import a, b, case, f32, near, out, p, rs, zeros


@case
def normalisations():
    x, w, c = f32(3, 4), f32(4), f32(4)
    m, v = x.mean(1, keepdims=True), x.var(1, keepdims=True)
    n = (x - m) / np.sqrt(v + 1e-5)
    y, mean, rstd = zeros(3, 4), zeros(3, 1), zeros(3, 1)
    call("aclnnLayerNorm", x, [4], w, c, 1e-5, y, mean, rstd)
    near(y, n * w + c), near(mean, m), near(rstd, 1 / np.sqrt(v + 1e-5))
    call("aclnnLayerNorm", x, [4], None, None, 1e-5, y, None, None)
    near(y, n)
    g = f32(3, 4)
    gx, gw, gb = zeros(3, 4), zeros(4), zeros(4)
    call("aclnnLayerNormBackward", g, x, [4], mean, rstd, w, c, [True, True, True], gx, gw, gb)
    e = g * w
    (
        near(gx, rstd * (e - e.mean(1, keepdims=True) - n * (e * n).mean(1, keepdims=True)), 1e-4),
        near(gw, (g * n).sum(0)),
        near(gb, g.sum(0)),
    )
    r = 1 / np.sqrt((x * x).mean(1, keepdims=True) + 1e-6)
    call("aclnnRmsNorm", x, w, 1e-6, y, rstd)
    near(y, x * r * w), near(rstd, r)
    call("aclnnRmsNormGrad", g, x, rstd, w, gx, gw)
    near(gw, (g * x * r).sum(0)), near(gx, r * (e - x * r * r * (e * x).mean(1, keepdims=True)), 1e-4)
    x = f32(2, 4, 3)
    y, mean, rstd = zeros(2, 4, 3), zeros(2, 2), zeros(2, 2)
    call("aclnnGroupNorm", x, w, c, 2, 4, 3, 2, 1e-5, y, mean, rstd)
    q = x.reshape(2, 2, 6)
    want = ((q - q.mean(2, keepdims=True)) / np.sqrt(q.var(2, keepdims=True) + 1e-5)).reshape(2, 4, 3) * w[
        :, None
    ] + c[:, None]
    near(y, want), near(mean, q.mean(2))
    y, mean, rstd, rm, rv = zeros(2, 4, 3), zeros(4), zeros(4), zeros(4), np.ones(4, np.float32)
    call("aclnnBatchNorm", x, w, c, rm, rv, True, 0.1, 1e-5, y, mean, rstd)
    m, v = x.mean((0, 2)), x.var((0, 2))
    n = (x - m[:, None]) / np.sqrt(v[:, None] + 1e-5)
    near(y, n * w[:, None] + c[:, None]), near(mean, m), near(rm, 0.1 * m), near(rv, 0.9 + 0.1 * x.var((0, 2)) * 6 / 5)
    g, gx = f32(2, 4, 3), zeros(2, 4, 3)
    call("aclnnBatchNormBackward", g, x, w, rm, rv, mean, rstd, True, 1e-5, [True, True, True], gx, gw, gb)
    near(gb, g.sum((0, 2))), near(gw, (g * n).sum((0, 2)))
    near(
        gx, (w / np.sqrt(v + 1e-5))[:, None] * (g - g.mean((0, 2))[:, None] - n * (g * n).mean((0, 2))[:, None]), 1e-4
    )


@case
def losses():
    t = b
    for how, f in ((0, lambda x: x), (1, np.mean), (2, np.sum)):
        near(out("MseLoss", a, t, how, shape=np.shape(f(a))), f((a - t) ** 2))
        near(out("L1Loss", a, t, how, shape=np.shape(f(a))), f(np.abs(a - t)))
        q, s = 1 / (1 + np.exp(-t)), 1 / (1 + np.exp(-a))
        near(
            out("BinaryCrossEntropy", s, q, None, how, shape=np.shape(f(a))),
            f(-q * np.log(s) - (1 - q) * np.log(1 - s)),
            1e-4,
        )
        near(
            out("BinaryCrossEntropyWithLogits", a, q, p, None, how, shape=np.shape(f(a))),
            f(p * (-q * np.log(s) - (1 - q) * np.log(1 - s))),
            1e-4,
        )
        g = np.ones((), np.float32) if how else b
        near(out("MseLossBackward", g, a, t, how, like=a), 2 * (a - t) * g / (a.size if how == 1 else 1))
        near(
            out("BinaryCrossEntropyWithLogitsBackward", g, a, q, None, p, how, like=a),
            g * (((p - 1) * q + 1) * s - p * q) / (a.size if how == 1 else 1),
        )
    lp = np.log(np.exp(a) / np.exp(a).sum(1, keepdims=True))
    k, w = np.array([1, 3, 0]), np.abs(f32(4))
    total, picked = zeros(), -w[k] * lp[range(3), k]
    for how, want in ((0, picked), (1, picked.sum() / w[k].sum()), (2, picked.sum())):
        y = np.zeros(np.shape(want), np.float32)
        call("aclnnNLLLoss", lp, k, w, how, -100, y, total)
        near(y, want), near(total, w[k].sum())
        g, hit = (f32(3) if how == 0 else np.ones((), np.float32)), np.eye(4)[k]
        near(
            out("NLLLossBackward", g, lp, k, w, how, -100, total, like=a),
            -hit * w * np.reshape(g, (-1, 1)) / (w[k].sum() if how == 1 else 1),
        )
        if how == 0:
            y = zeros(3)
        z = zeros(3, 4)
        call(
            "aclnnCrossEntropyLoss",
            a,
            k,
            w,
            ("none", "mean", "sum")[how],
            -100,
            0.0,
            0.0,
            False,
            y,
            z,
            zeros(3),
            zeros(3),
        )
        near(y, want), near(z, lp)
        near(
            out(
                "CrossEntropyLossGrad",
                np.reshape(g, (-1,)) if how == 0 else g,
                lp,
                k,
                w,
                None,
                None,
                ("none", "mean", "sum")[how],
                -100,
                0.0,
                0.0,
                like=a,
            ),
            (np.exp(lp) - hit) * w[k][:, None] * np.reshape(g, (-1, 1)) / (w[k].sum() if how == 1 else 1),
        )


def convolve(x, w, stride, padding):
    x = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2)).astype(np.float64)
    k, h, v = w.shape[2], (x.shape[2] - w.shape[2]) // stride + 1, (x.shape[3] - w.shape[3]) // stride + 1
    return np.stack(
        [
            np.einsum("nchw,ochw->no", x[:, :, r * stride : r * stride + k, c * stride : c * stride + k], w)
            for r in range(h)
            for c in range(v)
        ],
        -1,
    ).reshape(x.shape[0], w.shape[0], h, v)


@case
def layers():
    x, w, c = f32(2, 3, 6, 6), f32(4, 3, 3, 3), f32(4)
    want = convolve(x, w, 2, 1)
    near(
        out("Convolution", x, w, c, [2, 2], [1, 1], [1, 1], False, [0, 0], 1, shape=want.shape, last=(0,)),
        want + c[:, None, None],
        1e-4,
    )
    g = f32(*want.shape)
    gx, gw, gb = zeros(2, 3, 6, 6), zeros(4, 3, 3, 3), zeros(4)
    call(
        "aclnnConvolutionBackward",
        g,
        x,
        w,
        [4],
        [2, 2],
        [1, 1],
        [1, 1],
        False,
        [0, 0],
        1,
        [True, True, True],
        0,
        gx,
        gw,
        gb,
    )
    near(gb, g.sum((0, 2, 3)), 1e-4)
    u, v = f32(2, 3, 6, 6), f32(4, 3, 3, 3)
    # gradients as the adjoint of what is linear: <g, conv(u, w)> = <gx, u>, <g, conv(x, v)> = <gw, v>
    (
        near((g * convolve(u, w, 2, 1)).sum(), (gx * u).sum(), 1e-3),
        near((g * convolve(x, v, 2, 1)).sum(), (gw * v).sum(), 1e-3),
    )
    y = out("Convolution", g, w, None, [2, 2], [1, 1], [1, 1], True, [1, 1], 1, shape=(2, 3, 6, 6), last=(0,))
    near(y, gx, 1e-4)
    blocks = x.reshape(2, 3, 3, 2, 3, 2)
    near(out("AvgPool2d", x, [2, 2], [2, 2], [0, 0], False, True, 0, 0, shape=(2, 3, 3, 3)), blocks.mean((3, 5)))
    near(out("AdaptiveAvgPool2d", x, [3, 3], shape=(2, 3, 3, 3)), blocks.mean((3, 5)))
    g = f32(2, 3, 3, 3)
    near(
        out("AvgPool2dBackward", g, x, [2, 2], [2, 2], [0, 0], False, True, 0, 0, like=x),
        np.repeat(np.repeat(g, 2, 2), 2, 3) / 4,
    )
    y, k = zeros(2, 3, 3, 3), zeros(2, 3, 3, 3, d=np.int32)
    call("aclnnMaxPool2dWithIndices", x, [2, 2], [2, 2], [0, 0], [1, 1], False, y, k)
    (
        near(y, blocks.max((3, 5))),
        near(np.take_along_axis(x.reshape(2, 3, 36), k.reshape(2, 3, 9).astype(np.int64), 2).reshape(y.shape), y),
    )
    spread = np.where(x == np.repeat(np.repeat(y, 2, 2), 2, 3), np.repeat(np.repeat(g, 2, 2), 2, 3), 0)
    near(out("MaxPool2dWithIndicesBackward", g, x, k, [2, 2], [2, 2], [0, 0], [1, 1], False, like=x), spread)
    mask = zeros(2, 3, 4, 64, d=np.int8)
    call("aclnnMaxPool2dWithMask", x, [2, 2], [2, 2], [0, 0], [1, 1], False, y, mask)
    near(out("MaxPool2dWithMaskBackward", g, x, mask, [2, 2], [2, 2], [0, 0], [1, 1], False, like=x), spread)


@case
def attention():
    B, N, G, S, T, D = 2, 4, 2, 3, 5, 8
    q, k, v, dy = f32(B, N, S, D), f32(B, G, T, D), f32(B, G, T, D), f32(B, N, S, D)
    hide = np.zeros((1, 1, S, T), bool)
    hide[..., 3:] = rs.rand(S, 2) > 0.5
    kk, vv = np.repeat(k, N // G, 1), np.repeat(v, N // G, 1)
    scores = np.where(hide, -np.inf, q @ kk.transpose(0, 1, 3, 2) * 0.3)
    top = scores.max(3, keepdims=True)
    soft = np.exp(scores - top)
    total = soft.sum(3, keepdims=True)
    soft /= total
    grads = [soft.transpose(0, 1, 3, 2) @ dy]
    gp = dy @ vv.transpose(0, 1, 3, 2)
    gs = soft * (gp - (gp * soft).sum(3, keepdims=True)) * 0.3
    grads = [gs @ kk, (gs.transpose(0, 1, 3, 2) @ q), *grads]
    grads[1:] = [g.reshape(B, G, N // G, T, D).sum(2) for g in grads[1:]]
    forms = {
        "BNSD": lambda x: x.copy(),
        "BSND": lambda x: x.transpose(0, 2, 1, 3).copy(),
        "BSH": lambda x: x.transpose(0, 2, 1, 3).reshape(B, x.shape[2], -1).copy(),
        "SBH": lambda x: x.transpose(2, 0, 1, 3).reshape(x.shape[2], B, -1).copy(),
    }
    for layout, form in forms.items():
        y, high, sums, none = np.zeros_like(form(q)), zeros(B, N, S, 8), zeros(B, N, S, 8), None
        numbers = (0.3, 1.0, 65536, 65536, N, layout, 0, 0)
        call(
            "aclnnFlashAttentionScore",
            form(q),
            form(k),
            form(v),
            none,
            none,
            none,
            hide,
            none,
            *numbers,
            high,
            sums,
            none,
            y,
        )
        near(y, form((soft @ vv).astype(np.float32))), near(high[..., :1], top), near(sums[..., 7:], total)
        made = [np.zeros_like(form(g.astype(np.float32))) for g in grads]
        call(
            "aclnnFlashAttentionScoreGrad",
            form(q),
            form(k),
            form(v),
            form(dy),
            none,
            none,
            none,
            hide,
            high,
            sums,
            none,
            y,
            none,
            *numbers,
            *made,
            none,
        )
        for got, want in zip(made, grads):
            near(got, form(want), 1e-4)
    y, high, sums = zeros(B, N, S, D), zeros(B, N, S, 8), zeros(B, N, S, 8)
    triangle = np.triu(np.ones((2048, 2048), bool), 1)
    call(
        "aclnnFlashAttentionScore",
        q,
        k,
        v,
        None,
        None,
        None,
        triangle,
        None,
        0.3,
        1.0,
        65536,
        65536,
        N,
        "BNSD",
        0,
        2,
        high,
        sums,
        None,
        y,
    )
    scores = np.where(np.triu(np.ones((S, T), bool), 1), -np.inf, q @ kk.transpose(0, 1, 3, 2) * 0.3)
    soft = np.exp(scores - scores.max(3, keepdims=True))
    near(y, soft / soft.sum(3, keepdims=True) @ vv)
