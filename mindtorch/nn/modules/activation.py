"""Activations and multi-head attention."""
import mindtorch as torch
import mindtorch.nn.functional as F
from mindtorch.nn.init import constant_, xavier_normal_, xavier_uniform_
from mindtorch.nn.parameter import Parameter

from ._declare import layers
from .linear import NonDynamicallyQuantizableLinear
from .module import Module

layer = layers(globals())
_INPLACE = "inplace: bool = False"

# ---- one functional, its arguments ----
Threshold = layer(
    "Threshold",
    f"threshold: float, value: float, {_INPLACE}",
    "F.threshold(input, self.threshold, self.value, self.inplace)",
    shows="threshold={threshold}, value={value}",
)
ReLU = layer("ReLU", _INPLACE, "F.relu(input, inplace=self.inplace)", shows="")
RReLU = layer(
    "RReLU",
    f"lower: float = 1.0 / 8, upper: float = 1.0 / 3, {_INPLACE}",
    "F.rrelu(input, self.lower, self.upper, self.training, self.inplace)",
    shows="lower={lower}, upper={upper}",
)
Hardtanh = layer(
    "Hardtanh",
    f"min_val: float = -1.0, max_val: float = 1.0, {_INPLACE}, min_value: float | None = None, max_value: float | None "
    "= None",
    "F.hardtanh(input, self.min_val, self.max_val, self.inplace)",
    shows="min_val={min_val}, max_val={max_val}",
    constants=("min_val", "max_val", "inplace"),
    check="min_val, max_val = _hardtanh_bounds(min_val, max_val, min_value, max_value)",
    drop=("min_value", "max_value"),
)
ReLU6 = layer("ReLU6", _INPLACE, base="Hardtanh", init="super().__init__(0.0, 6.0, inplace)", shows="", constants=())
Sigmoid = layer("Sigmoid", forward="torch.sigmoid(input)")
Hardsigmoid = layer("Hardsigmoid", _INPLACE, "F.hardsigmoid(input, self.inplace)")
Tanh = layer("Tanh", forward="torch.tanh(input)")
SiLU = layer("SiLU", _INPLACE, "F.silu(input, inplace=self.inplace)", shows="")
Mish = layer("Mish", _INPLACE, "F.mish(input, inplace=self.inplace)", shows="")
Hardswish = layer("Hardswish", _INPLACE, "F.hardswish(input, self.inplace)")
ELU = layer("ELU", f"alpha: float = 1.0, {_INPLACE}", "F.elu(input, self.alpha, self.inplace)", shows="alpha={alpha}")
CELU = layer("CELU", f"alpha: float = 1.0, {_INPLACE}", "F.celu(input, self.alpha, self.inplace)",
             shows="alpha={alpha}")
SELU = layer("SELU", _INPLACE, "F.selu(input, self.inplace)", shows="")
GLU = layer("GLU", "dim: int = -1", "F.glu(input, self.dim)", shows="dim={dim}")
GELU = layer("GELU", "approximate: str = 'none'", "F.gelu(input, approximate=self.approximate)",
             shows="approximate={approximate!r}")
Hardshrink = layer("Hardshrink", "lambd: float = 0.5", "F.hardshrink(input, self.lambd)", shows="{lambd}")
LeakyReLU = layer(
    "LeakyReLU",
    f"negative_slope: float = 1e-2, {_INPLACE}",
    "F.leaky_relu(input, self.negative_slope, self.inplace)",
    shows="negative_slope={negative_slope}",
    constants=("inplace", "negative_slope"),
)
LogSigmoid = layer("LogSigmoid", forward="F.logsigmoid(input)")
Softplus = layer("Softplus", "beta: float = 1.0, threshold: float = 20.0",
                 "F.softplus(input, self.beta, self.threshold)", shows="beta={beta}, threshold={threshold}")
Softshrink = layer("Softshrink", "lambd: float = 0.5", "F.softshrink(input, self.lambd)", shows="{lambd}")
Softsign = layer("Softsign", forward="F.softsign(input)")
Tanhshrink = layer("Tanhshrink", forward="F.tanhshrink(input)")
Softmin = layer("Softmin", "dim: int | None = None", "F.softmin(input, self.dim, _stacklevel=5)", shows="dim={dim}")
Softmax = layer("Softmax", "dim: int | None = None", "F.softmax(input, self.dim, _stacklevel=5)", shows="dim={dim}")
LogSoftmax = layer("LogSoftmax", "dim: int | None = None", "F.log_softmax(input, self.dim, _stacklevel=5)",
                   shows="dim={dim}")


def _hardtanh_bounds(min_val, max_val, min_value, max_value):
    import warnings

    for name, given in (("min_value", min_value), ("max_value", max_value)):
        if given is not None:
            warnings.warn(f"keyword argument `{name}` is deprecated and rename to `{name[:-2]}`", FutureWarning,
                          stacklevel=4)
    min_val, max_val = min_val if min_value is None else min_value, max_val if max_value is None else max_value
    if not max_val > min_val:
        raise AssertionError(f"max_val ({max_val}) must be greater than min_val ({min_val})")
    return min_val, max_val


class Softmax2d(Module):
    """Softmax over the channels of (N, C, H, W) or (C, H, W); ValueError for other inputs."""

    def forward(self, input):
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3, _stacklevel=5)


class PReLU(Module):
    """max(0, x) + weight * min(0, x), one weight or one a channel."""

    __constants__ = ["num_parameters"]

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(torch.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self):
        """Fill the weight with the initial value."""
        constant_(self.weight, self.init)

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"


class MultiheadAttention(Module):
    """Attention of several heads between query, key and value of (L, N, E), (N, L, E) with batch_first, or (L, E)."""

    __constants__ = ["batch_first"]

    def __init__(self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None,
                 vdim=None, batch_first=False, device=None,
        dtype=None) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                             f"num_heads={num_heads} instead")
        how = {"device": device, "dtype": dtype}
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads, self.dropout, self.batch_first = num_heads, dropout, batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        if self._qkv_same_embed_dim:
            self.in_proj_weight = Parameter(torch.empty((3 * embed_dim, embed_dim), **how))
            for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
                self.register_parameter(name, None)
        else:
            for name, width in (("q_proj_weight", embed_dim), ("k_proj_weight", self.kdim),
                                ("v_proj_weight", self.vdim)):
                setattr(self, name, Parameter(torch.empty((embed_dim, width), **how)))
            self.register_parameter("in_proj_weight", None)
        if bias:
            self.in_proj_bias = Parameter(torch.empty(3 * embed_dim, **how))
        else:
            self.register_parameter("in_proj_bias", None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **how)
        self.bias_k = Parameter(torch.empty((1, 1, embed_dim), **how)) if add_bias_kv else None
        self.bias_v = Parameter(torch.empty((1, 1, embed_dim), **how)) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self):
        for name in (
            ("in_proj_weight",) if self._qkv_same_embed_dim else ("q_proj_weight", "k_proj_weight", "v_proj_weight")
        ):
            xavier_uniform_(getattr(self, name))
        if self.in_proj_bias is not None:
            constant_(self.in_proj_bias, 0.0)
            constant_(self.out_proj.bias, 0.0)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                xavier_normal_(bias)

    def __setstate__(self, state):
        state.setdefault("_qkv_same_embed_dim", True)  # very old pickles
        super().__setstate__(state)

    def forward(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
                average_attn_weights=True, is_causal=False):
        """(output, weights or None); masks are True or -inf where nothing is attended to."""
        turned = self.batch_first and query.dim() == 3
        if turned:
            query, key, value = _turn_together(query, key, value)
        separate = {} if self._qkv_same_embed_dim else {
            "use_separate_proj_weight": True, "q_proj_weight": self.q_proj_weight, "k_proj_weight": self.k_proj_weight,
            "v_proj_weight": self.v_proj_weight}
        output, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout,
                self.out_proj.weight,
            self.out_proj.bias, training=self.training, key_padding_mask=key_padding_mask, need_weights=need_weights,
            attn_mask=attn_mask,
                average_attn_weights=average_attn_weights,
            is_causal=is_causal, **separate)
        return (output.transpose(1, 0) if turned else output), weights

    def merge_masks(self, attn_mask, key_padding_mask, query):
        """(one mask for both, its type): type 0 attention only, 1 padding only, 2 both, None neither."""
        kind, merged = None, None
        if key_padding_mask is not None:
            kind, merged = 1, key_padding_mask
        if attn_mask is not None:
            batch, length = query.shape[0], query.shape[1]
            kind = 2
            expanded = (attn_mask.view(batch, -1, length, length) if attn_mask.dim() == 3
                        else attn_mask.view(1, 1, length, length).expand(batch, self.num_heads, -1, -1))
            merged = expanded
            if key_padding_mask is not None:
                merged = expanded + key_padding_mask.view(batch, 1, 1, length).expand(-1, self.num_heads, -1, -1)
        return merged, kind


def _turn_together(query, key, value):
    """All three with the first two dimensions swapped; the same object stays the same object, so that its projection is
    done once."""
    if key is value:
        if query is key:
            query = key = value = query.transpose(1, 0)
        else:
            query, key = (x.transpose(1, 0) for x in (query, key))
            value = key
        return query, key, value
    return tuple(x.transpose(1, 0) for x in (query, key, value))
