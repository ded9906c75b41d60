"""Layers: initial weights, values, texts and errors as PyTorch 2.13 has them (literals recorded from it), or by
formula."""
# ruff: noqa: I001  (mindtorch comes first: it makes `import torch` possible)
import mindtorch  # noqa: F401
import copy
import inspect
import pickle
import warnings

import pytest
import torch
from torch import nn


INITIAL = {  # after manual_seed(7)
    "Linear(2,2)": {"weight": [0.049388, -0.425957, 0.225159, 0.221876], "bias": [-0.377932, -0.105979]},
    "Conv1d(1,2,2)": {"weight": [0.049388, -0.425957, 0.225159, 0.221876], "bias": [-0.377932, -0.105979]},
    "Embedding(2,3,padding_idx=0)": {"weight": [0.0, 0.0, 0.0, -1.114344, 1.69079, -0.894828]},
    "LSTM(1,1)": {"weight_ih_l0": [0.069845, -0.602394, 0.318423, 0.313781],
                  "weight_hh_l0": [-0.534477, -0.149877, -0.585828, 0.259473],
                  "bias_ih_l0": [-0.269368, 0.702537, 0.709886, 0.10187],
                  "bias_hh_l0": [-0.426322, -0.587361, -0.10982, -0.281428]},
    "MultiheadAttention(2,1)": {
        "in_proj_weight": [-0.507342, 0.22471, -0.233279, 0.608415, 0.61478, 0.088222, -0.369206, -0.50867, -0.095107,
                           -0.243724, 0.38171, -0.739496],
        "in_proj_bias": [0.0] * 6, "out_proj.weight": [0.049388, -0.425957, 0.225159, 0.221876],
        "out_proj.bias": [0.0, 0.0]},
    "Bilinear(1,2,1)": {"weight": [0.069845, -0.602394], "bias": [0.318423]},
}
TEXTS = {
    "AvgPool1d(3,2,1)": "AvgPool1d(kernel_size=(3,), stride=(2,), padding=(1,))",
    "BatchNorm1d(4)": "BatchNorm1d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)",
    "Conv2d(4,6,(3,2),stride=2,padding=(1,2),groups=2,bias=False,padding_mode='circular')": "Conv2d(4, 6, "
                                                                                            "kernel_size=(3, 2), "
                                                                                            "stride=(2, 2), "
                                                                                            "padding=(1, 2), groups=2, "
                                                                                            "bias=False, "
                                                                                            "padding_mode=circular)",
    "Dropout(0.3,True)": "Dropout(p=0.3, inplace=True)",
    "ELU(1.,True)": "ELU(alpha=1.0, inplace=True)",
    "Embedding(5,3,padding_idx=-1)": "Embedding(5, 3, padding_idx=4)",
    "GELU('tanh')": "GELU(approximate='tanh')",
    "LSTM(3,4,2,dropout=.5,proj_size=2,batch_first=True)": "LSTM(3, 4, proj_size=2, num_layers=2, batch_first=True, "
                                                           "dropout=0.5)",
    "LayerNorm((3,4),bias=False)": "LayerNorm((3, 4), eps=1e-05, elementwise_affine=True, bias=False)",
    "ReLU(True)": "ReLU(inplace=True)",
    "Upsample(scale_factor=2,mode='bilinear')": "Upsample(scale_factor=2.0, mode='bilinear')",
    "ZeroPad2d((1,2,3,4))": "ZeroPad2d((1, 2, 3, 4))",
}
ERRORS = {
    "Conv2d(3,4,1,groups=2)": (ValueError, "in_channels must be divisible by groups"),
    "Conv2d(4,4,1,padding='same',stride=2)": (ValueError, "padding='same' is not supported for strided convolutions"),
    "ConvTranspose2d(4,4,1,padding_mode='circular')": (
        ValueError,
        'Only "zeros" padding mode is supported for ConvTranspose2d',
    ),
    "Dropout(2)": (ValueError, "dropout probability has to be between 0 and 1, but got 2"),
    "Embedding(5,3,padding_idx=5)": (AssertionError, "Padding_idx must be within num_embeddings"),
    "GroupNorm(3,4)": (ValueError, "num_channels (4) must be divisible by num_groups (3)"),
    "HuberLoss(delta=1j)": (TypeError, "delta must be a float or int, got: <class 'complex'>"),
    "LSTM(3,4,proj_size=4)": (ValueError, "proj_size has to be smaller than hidden_size"),
    "RNN(3,4,bias=1)": (TypeError, "bias should be of type bool, got: int"),
    "RNN(0,4)": (ValueError, "input_size must be greater than zero"),
    "GRU(3,4,proj_size=2)": (ValueError, "proj_size argument is only supported for LSTM, not RNN or GRU"),
    "MultiheadAttention(8,3)": (AssertionError, "embed_dim must be divisible by num_heads"),
    "MultiMarginLoss(p=3)": (ValueError, "only p == 1 and p == 2 supported"),
    "Hardtanh(2,1)": (AssertionError, "max_val (1) must be greater than min_val (2)"),
    "AdaptiveLogSoftmaxWithLoss(8,20,[4,4])": (ValueError, "unique, positive integers sorted"),
    "BatchNorm2d(3)(torch.ones(3,3))": (ValueError, "expected 4D input (got 2D input)"),
    "LSTM(3,4)(torch.ones(2,2,2))": (RuntimeError, "input.size(-1) must be equal to input_size. Expected 3, got 2"),
    "LSTM(3,4)(torch.ones(2,2,3),(torch.ones(1,3,4),torch.ones(1,2,4)))": (
        RuntimeError,
        "Expected hidden[0] size (1, 2, 4), got [1, 3, 4]",
    ),
    "GRU(3,4)(torch.ones(2,3),torch.ones(1,2,4))": (
        RuntimeError,
        "For unbatched 2-D input, hx should also be 2-D but got 3-D tensor",
    ),
    "LSTMCell(3,4)(torch.ones(2,3),(torch.ones(2,4),torch.ones(4)))": (
        RuntimeError,
        "Input batch size 2 doesn't match hidden1 batch size 4",
    ),
    "Transformer(8,2,1,1,8)(torch.ones(2,3,8),torch.ones(2,4,8))": (
        RuntimeError,
        "the batch number of src and tgt must be equal",
    ),
}


def close(t, values, atol=2e-6):
    """Compare a tensor with a flat list."""
    have = t.detach().flatten().tolist()
    assert len(have) == len(values)
    assert all(abs(a - b) <= atol + 1e-5 * abs(b) for a, b in zip(have, values)), (have, values)


def ramp(module):
    """The module with parameters that are ramps."""
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view(p.shape) * (1 if i % 2 == 0 else -0.7))
    return module


def made(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval("nn." + text)


@pytest.mark.parametrize("text", INITIAL)
def test_same_seed_same_weights(text):
    torch.manual_seed(7)
    state = made(text).state_dict()
    assert list(state) == list(INITIAL[text])
    for name, values in INITIAL[text].items():
        close(state[name], values)


@pytest.mark.parametrize("text", TEXTS)
def test_repr(text):
    assert repr(made(text)) == TEXTS[text]


@pytest.mark.parametrize("text", ERRORS)
def test_errors(text):
    kind, message = ERRORS[text]
    with pytest.raises(kind) as caught:
        made(text)
    assert message in str(caught.value)


X = [i * 2 / 11 - 1 for i in range(12)]


def x(*shape):
    return torch.tensor(X).view(shape)


def test_rnn():
    o, h = ramp(nn.RNN(2, 2))(x(3, 2, 2))
    close(o, [0.451326, -0.40177, 0.239213, -0.181307, 0.112132, 0.146005, -0.17647, 0.324854, -0.402856, 0.446048,
              -0.634924, 0.600068])
    close(h, [-0.402856, 0.446048, -0.634924, 0.600068])


def test_lstm_bidirectional_projected():
    o, (h, c) = ramp(nn.LSTM(2, 2, 2, bidirectional=True, proj_size=1))(x(3, 2, 2))
    close(o, [0.004857, -0.007081, 0.005173, -0.006757, 0.007591, -0.005861, 0.008247, -0.005503, 0.00962, -0.003714,
              0.010415, -0.00348])
    close(h, [0.015202, 0.038241, -0.021603, -0.010123, 0.00962, 0.010415, -0.007081, -0.006757])
    close(c, [0.021671, 0.066289, 0.043692, 0.145669, 0.035205, 0.124575, 0.016741, 0.062269, 0.016757, 0.052151,
              0.01764, 0.05574, 0.017651, 0.054805, 0.016973, 0.052524])


def test_gru_packed():
    packed = nn.utils.rnn.pack_padded_sequence(x(3, 2, 2), [1, 3], enforce_sorted=False)
    o, h = ramp(nn.GRU(2, 2, bidirectional=True))(packed)
    close(o.data, [-0.05392, -0.092455, 0.058308, 0.015352, -0.146684, -0.25764, -0.146684, -0.25764, 0.139445,
                   0.187595, 0.29042, 0.373439, 0.399157, 0.476362, 0.345986,
        0.375759])
    close(h, [-0.146684, -0.25764, 0.399157, 0.476362, -0.146684, -0.25764, 0.058308, 0.015352])


def test_packed_equals_padded_gradient():
    torch.manual_seed(0)
    lstm, data, lengths = nn.LSTM(2, 3, bidirectional=True), torch.randn(4, 3, 2), [4, 2, 1]
    out, _ = lstm(nn.utils.rnn.pack_padded_sequence(data, lengths))
    nn.utils.rnn.pad_packed_sequence(out)[0].sum().backward()
    packed = [p.grad.clone() for p in lstm.parameters()]
    lstm.zero_grad()
    sum(lstm(data[:n, i])[0].sum() for i, n in enumerate(lengths)).backward()
    for a, p in zip(packed, lstm.parameters()):
        assert torch.allclose(a, p.grad, atol=1e-6)


def test_lstm_cell():
    h, c = ramp(nn.LSTMCell(2, 2))(x(3, 2, 2)[0])
    close(h, [-0.023684, -0.058689, -0.011678, -0.034156])
    close(c, [-0.062536, -0.177834, -0.026685, -0.082963])


def test_recurrent_copies_keep_their_own_weights():
    first = nn.LSTM(2, 3)
    for second in (copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        assert second._flat_weights[0] is second.weight_ih_l0 and second.weight_ih_l0 is not first.weight_ih_l0
    first.double()
    assert first(torch.ones(1, 1, 2, dtype=torch.float64))[0].dtype is torch.float64


def test_multihead_attention():
    mask = torch.tensor([[False, False, True], [False, True, False]])
    q = x(3, 2, 2)
    o, w = ramp(nn.MultiheadAttention(2, 2, add_bias_kv=True))(q, q, q, key_padding_mask=mask)
    close(o, [0.630445, -0.715538, 0.400817, -0.463804, 0.599855, -0.72099, 0.37288, -0.459828, 0.562223, -0.723795,
              0.346119, -0.457908])
    close(w, [0.352607, 0.333761, 0.0, 0.313632, 0.342926, 0.336605, 0.0, 0.320469, 0.330384, 0.331544, 0.0, 0.338072,
              0.352753, 0.0, 0.330459, 0.316788, 0.337393, 0.0,
        0.333733, 0.328874,
              0.323707, 0.0, 0.329694, 0.3466])


def test_encoder_inference_gives_zeros_for_padding():
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, 0.0, batch_first=True), 1)
    data, padding = torch.ones(2, 3, 4), torch.tensor([[False, False, True], [False, False, False]])
    with torch.no_grad():
        trained = encoder(data, src_key_padding_mask=padding)
        inferred = encoder.eval()(data, src_key_padding_mask=padding)
    assert trained[0, 2].abs().sum() > 0 and inferred[0, 2].abs().sum() == 0
    assert torch.allclose(trained[~padding], inferred[~padding])


def test_adaptive_log_softmax():
    m = ramp(nn.AdaptiveLogSoftmaxWithLoss(2, 5, [2, 3], div_value=1.0))
    o = m(x(6, 2), torch.tensor([0, 1, 2, 3, 4, 0]))
    close(o.output, [-0.769699, -1.290353, -1.444979, -1.916292, -1.686053, -2.32814])
    close(o.loss, [1.572586])
    assert torch.allclose(m.log_prob(x(6, 2)).exp().sum(1), torch.ones(6))
    assert m.predict(x(6, 2)).tolist() == m.log_prob(x(6, 2)).argmax(1).tolist()


def test_cross_map_lrn_and_its_own_gradient():
    data = torch.tensor([1.5410, -0.2934, -2.1788, 0.5684, -1.0845, -1.3986]).view(1, 6, 1, 1).requires_grad_()
    y = nn.CrossMapLRN2d(4, 2.0, 0.75, 1.0)(data)
    y.sum().backward()
    close(y, [0.8443, -0.0934, -0.6755, 0.1625, -0.3897, -0.5186], 1e-4)
    close(data.grad, [0.1338, 0.3658, 0.7139, 0.3843, 0.0755, 0.1536], 1e-4)


def test_batch_norm_cumulative_average():
    b = nn.BatchNorm1d(2, momentum=None)
    b(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    b(torch.tensor([[1.0, 2.0], [3.0, 8.0]]))
    close(b.running_mean, [2.0, 4.5])
    close(b.running_var, [2.0, 13.0])
    assert b.num_batches_tracked.item() == 2
    before = b.running_mean.clone()
    b.eval()(torch.ones(2, 2))
    assert torch.equal(b.running_mean, before)


def test_lazy_modules_become_ordinary():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linear, conv, norm = nn.LazyLinear(3).double(), nn.LazyConv2d(3, 2), nn.LazyBatchNorm1d()
        other = nn.LazyLinear(3)
    assert nn.parameter.is_lazy(linear.weight) and linear.has_uninitialized_params()
    assert linear(torch.ones(2, 4, dtype=torch.float64)).shape == (2, 3) and type(linear) is nn.Linear
    assert linear.weight.dtype is torch.float64
    conv(torch.ones(1, 5, 4, 4))
    norm(torch.ones(3, 2))
    assert type(conv) is nn.Conv2d and conv.weight.shape == (3, 5, 2, 2) and type(norm) is nn.BatchNorm1d
    assert norm.running_mean.shape == (2,)
    other.load_state_dict({"weight": torch.ones(3, 2), "bias": torch.zeros(3)})
    assert other(torch.ones(1, 2)).tolist() == [[2.0, 2.0, 2.0]] and type(other) is nn.Linear


def test_declared_layers_are_ordinary_classes():
    assert list(inspect.signature(nn.ELU).parameters) == ["alpha", "inplace"]
    assert nn.ELU.__module__ == "torch.nn.modules.activation"
    assert "F.elu(input, self.alpha, self.inplace)" in inspect.getsource(
        nn.ELU.forward) and "class Linear(Module)" in inspect.getsource(nn.Linear)

    class Mine(nn.Dropout):
        def __init__(self):
            super().__init__(0.25)

    assert Mine().p == 0.25 and pickle.loads(
        pickle.dumps(nn.CrossEntropyLoss(label_smoothing=0.1))).label_smoothing == 0.1
    assert nn.BCEWithLogitsLoss(pos_weight=torch.ones(3)).state_dict().keys() == {"pos_weight"}


def test_sync_batch_norm_converts():
    m = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm1d(3), nn.ReLU()))
    assert type(m[0]) is nn.SyncBatchNorm and m(torch.ones(2, 3)).shape == (2, 3)


@pytest.mark.parametrize("options", [{}, dict(bidirectional=True, num_layers=2), dict(bias=False, batch_first=True)])
def test_a_layer_of_lstm_is_its_cells(options):
    """All steps by one kernel against lstm_cell step by step; the output changed in place."""
    torch.manual_seed(3)
    layer = nn.LSTM(3, 4, **options).double()
    both, depth = 1 + layer.bidirectional, layer.num_layers
    given = torch.randn(5, 5, 3, dtype=torch.float64, requires_grad=True)
    state = torch.randn(2, depth * both, 5, 4, dtype=torch.float64, requires_grad=True)
    parameters = list(layer.parameters())

    def by_cells(x):
        x, last = x.transpose(0, 1) if layer.batch_first else x, []
        per = len(parameters) // (depth * both)
        for level in range(depth):
            outs = []
            for way in range(both):
                at = level * both + way
                h, c = state[0, at], state[1, at]
                w = parameters[at * per:(at + 1) * per] + [None, None][:4 - per]
                steps = [None] * 5
                for t in range(5)[::-1 if way else 1]:
                    h, c = steps[t] = torch.lstm_cell(x[t], (h, c), *w)
                outs.append(torch.stack([s[0] for s in steps]))
                last.append((h, c))
            x = torch.cat(outs, -1)
        return (x.transpose(0, 1) if layer.batch_first else x), *(torch.stack(s) for s in zip(*last, strict=True))

    def gradients(out, h, c):
        weight = torch.arange(out.numel(), dtype=torch.float64).view(out.shape).cos()
        out.mul_(weight)
        return torch.autograd.grad(out.sum() + (h * c).sum() + c.sum(), [given, state, *parameters])

    found, expected = layer(given, (state[0], state[1])), by_cells(given)
    found = (found[0], *found[1])
    for a, b in zip(found, expected, strict=True):
        assert torch.allclose(a, b, rtol=1e-12, atol=1e-12)
    for a, b in zip(gradients(*found), gradients(*expected), strict=True):
        assert torch.allclose(a, b, rtol=1e-11, atol=1e-12)


def test_lstm_has_second_derivatives():
    layer = nn.LSTM(2, 2).double()
    inputs = [torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True), *layer.parameters()]

    def run(x, *parameters):
        named = dict(zip([n for n, _ in layer.named_parameters()], parameters, strict=True))
        return torch.func.functional_call(layer, named, (x,))[0]

    assert torch.autograd.gradgradcheck(run, inputs)
