"""Which functions autocast gives low precision, float32, or the widest type of their arguments. A name with a dot
belongs to that namespace."""
from mindtorch._ops.table.registry import TABLE

_LOW_BOTH = """nn.functional.conv1d nn.functional.conv2d nn.functional.conv3d conv1d conv2d conv3d
nn.functional.conv_tbc nn.functional.conv_transpose1d nn.functional.conv_transpose2d
nn.functional.conv_transpose3d conv_transpose1d conv_transpose2d conv_transpose3d convolution bmm mm matmul baddbmm
addmm addbmm nn.functional.linear linalg.multi_dot linalg.vecdot
linalg.matmul chain_matmul prelu nn.functional.prelu nn.functional.scaled_dot_product_attention __matmul__ __rmatmul__
inner"""
_FP32_CPU = """nn.functional.avg_pool3d nn.functional.binary_cross_entropy grid_sampler nn.functional.grid_sample polar
prod quantile nanquantile stft cdist trace view_as_complex cholesky
cholesky_inverse cholesky_solve inverse lu_solve orgqr ormqr pinverse nn.functional.max_pool3d
nn.functional.max_unpool2d nn.functional.max_unpool3d nn.functional.adaptive_avg_pool3d
nn.functional.mse_loss nn.functional.cosine_embedding_loss nn.functional.nll_loss nn.functional.hinge_embedding_loss
nn.functional.poisson_nll_loss nn.functional.smooth_l1_loss
nn.functional.cross_entropy nn.functional.l1_loss nn.functional.huber_loss nn.functional.margin_ranking_loss
nn.functional.soft_margin_loss nn.functional.triplet_margin_loss
nn.functional.multi_margin_loss nn.functional.ctc_loss nn.functional.kl_div nn.functional.multilabel_margin_loss
nn.functional.binary_cross_entropy_with_logits
nn.functional.multilabel_soft_margin_loss cosine_embedding_loss hinge_embedding_loss poisson_nll_loss
margin_ranking_loss triplet_margin_loss ctc_loss kl_div binary_cross_entropy_with_logits
fft.fft fft.ifft fft.fft2 fft.ifft2 fft.fftn fft.ifftn fft.rfft fft.irfft fft.rfft2 fft.irfft2 fft.rfftn fft.irfftn
fft.hfft fft.ihfft linalg.cond linalg.matrix_rank linalg.solve
linalg.cholesky linalg.svdvals linalg.eigvals linalg.eigvalsh linalg.inv linalg.householder_product linalg.tensorinv
linalg.tensorsolve linalg.qr linalg.cholesky_ex linalg.svd linalg.eig linalg.eigh
linalg.lstsq linalg.inv_ex geqrf lu _lu_with_info qr svd triangular_solve nn.functional.fractional_max_pool2d
nn.functional.fractional_max_pool3d nn.functional.adaptive_max_pool3d"""
# computed as they are, inner calls included: PyTorch has one kernel where we compose
_PLAIN_CPU = "bilinear nn.functional.bilinear"
_PROMOTE_CPU = "stack cat concat concatenate index_copy"
_LOW_ACCELERATOR = "addmv addr mv lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell lstm gru rnn_tanh rnn_relu"
_FP32_ACCELERATOR = """__pow__ __rpow__ __rdiv__ acos asin cosh erfinv exp expm1 log log10 log2 log1p reciprocal rsqrt
sinh tan pow arccos arcsin nn.functional.softplus nn.functional.layer_norm
layer_norm nn.functional.group_norm group_norm nn.functional.rms_norm rms_norm norm nuclear_norm cosine_similarity
nn.functional.cosine_similarity nn.functional.poisson_nll_loss
nn.functional.cosine_embedding_loss nn.functional.nll_loss nn.functional.hinge_embedding_loss nn.functional.kl_div
nn.functional.l1_loss nn.functional.smooth_l1_loss nn.functional.huber_loss
nn.functional.mse_loss nn.functional.margin_ranking_loss nn.functional.multilabel_margin_loss
nn.functional.soft_margin_loss nn.functional.triplet_margin_loss nn.functional.multi_margin_loss
nn.functional.binary_cross_entropy_with_logits nn.functional.cross_entropy dist nn.functional.pdist pdist cdist renorm
logsumexp prod softmax log_softmax nn.functional.softmax
nn.functional.log_softmax nn.functional.softmin cumprod cumsum linalg.vector_norm linalg.matrix_norm linalg.norm sum
stft special.softmax special.log_softmax nn.functional.ctc_loss"""
_PROMOTE_ACCELERATOR = (
    "addcdiv addcmul atan2 arctan2 nn.functional.bilinear bilinear cross linalg.cross dot vdot "
    "nn.functional.grid_sample index_put tensordot"
    " scatter_add cat stack concat concatenate"
)

# PADDING: float32 unless it pads with a constant or circularly. DENSE: low unless the rows are packed or projected
LOW, FP32, PROMOTE, BANNED, PLAIN, PADDING, DENSE = range(7)
# the result keeps a dtype= that was asked for
KEEPS_DTYPE = frozenset(
    "prod softmax log_softmax cumprod cumsum sum nn.functional.softmax nn.functional.log_softmax "
    "nn.functional.softmin linalg.vector_norm".split())


def rules(kind):
    """{name: rule} for a device type, 'cpu' or an accelerator; a row of the table may say its own by autocast=."""
    parts = ((_LOW_BOTH, LOW), (_FP32_CPU, FP32), (_PROMOTE_CPU, PROMOTE), (_PLAIN_CPU, PLAIN), ("lstm", DENSE),
             ("nn.functional.pad", PADDING)) if kind == "cpu" else \
        ((_LOW_BOTH + " " + _LOW_ACCELERATOR, LOW), (_FP32_ACCELERATOR, FP32), (_PROMOTE_ACCELERATOR, PROMOTE),
         ("nn.functional.binary_cross_entropy", BANNED))
    own = {"low": LOW, "fp32": FP32, "promote": PROMOTE}
    return {name: rule for names, rule in parts for name in names.split()} | {
        name: own[row.autocast] for name, row in TABLE.items() if row.autocast}
