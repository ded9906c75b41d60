"""Losses, norms, softmax, distances and activations called with what does not fit: exceptions, and no memory but the
tensors' own."""
import mindtorch._C as _C
import pytest
import torch
import torch.nn.functional as F

from .child import outcome, verdict
from .safety_names import NAMES, bf16, c64, f16, f64, i32, i64, inf, nan, seq, u8  # noqa: F401  (the table's words)

# What the reference raises for each; `None` where any exception will do: it reads or writes outside, dies, never ends,
# or has no such check.
RAISES = {
    "losses": r"""
F.cross_entropy(ones(5), torch.tensor([1,2,3]))  ValueError
F.cross_entropy(ones(5), torch.tensor([1,2,3,0,1]), reduction='none')  RuntimeError
F.nll_loss(ones(5), torch.tensor([1,2,3,0,1]), reduction='none')  ValueError
F.nll_loss(ones(5), torch.tensor([1,2]), reduction='none')  ValueError
F.cross_entropy(ones(3,5), torch.tensor([1,2]))  ValueError
F.cross_entropy(ones(3,5), torch.tensor(1))  ValueError
F.cross_entropy(ones(3,5), torch.tensor([1,2,5]))  IndexError
F.cross_entropy(ones(3,5), torch.tensor([1,2,-1]))  IndexError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), weight=ones(4))  RuntimeError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), weight=ones(5,1))  RuntimeError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), weight=ones(5,dtype=f64))  RuntimeError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), weight=torch.tensor(1.))  RuntimeError
F.cross_entropy(ones(3,5), torch.tensor([1.,2,3]))  RuntimeError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3],dtype=i32))  RuntimeError
F.cross_entropy(ones(3,5), torch.tensor([True,False,True]))  RuntimeError
F.cross_entropy(ones(3,0), torch.tensor([0,0,0]))  IndexError
F.cross_entropy(ones(0), empty(0,dtype=i64))  RuntimeError
F.cross_entropy(ones(0), torch.tensor(0))  IndexError
F.cross_entropy(torch.tensor(1.), torch.tensor(0))  RuntimeError
F.cross_entropy(torch.tensor(1.), torch.tensor(1.))  IndexError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), ignore_index=1.5)  TypeError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), ignore_index=2**70)  ValueError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), ignore_index=None)  TypeError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), label_smoothing=None)  TypeError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), label_smoothing='a')  TypeError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), reduction=None)  ValueError
F.cross_entropy(ones(3,5), torch.tensor([1,2,3]), reduction=1)  ValueError
F.cross_entropy(ones(3,5), None)  TypeError
F.cross_entropy(None, torch.tensor([1,2,3]))  TypeError
F.cross_entropy(ones(3,5), [1,2,3])  TypeError
F.cross_entropy(ones(3,5,2), torch.ones(3,3,dtype=i64))  RuntimeError
F.cross_entropy(ones(3,5,2), torch.ones(3,dtype=i64))  RuntimeError
F.cross_entropy(ones(3,5,2,2), torch.ones(3,2,dtype=i64))  RuntimeError
F.cross_entropy(ones(3,5,2,2), torch.ones(3,2,3,dtype=i64))  RuntimeError
F.cross_entropy(ones(3,5), ones(3,5), weight=ones(4))  RuntimeError
F.cross_entropy(ones(3,5), ones(3,5), weight=ones(5,1))  RuntimeError
F.cross_entropy(ones(3,5), ones(3,5,dtype=i64))  RuntimeError
F.cross_entropy(ones(3,5), ones(3,5), ignore_index=1)  RuntimeError
F.cross_entropy(ones(3,5,dtype=i64), torch.tensor([1,2,3]))  NotImplementedError
F.cross_entropy(ones(3,5,dtype=c64), torch.tensor([1,2,3]))  NotImplementedError
F.cross_entropy(ones(3,5).half(), torch.tensor([1,2,7]))  IndexError
F.nll_loss(ones(3,5), torch.tensor([1,2,7]))  IndexError
F.nll_loss(ones(3,5,dtype=i64), torch.tensor([1,2,3]))  NotImplementedError
F.nll_loss(ones(3,5), torch.tensor([1,2,3]), weight=ones(4))  RuntimeError
F.nll_loss(ones(3,5), torch.tensor([1,2,3]), weight=ones(5,1))  RuntimeError
F.nll_loss(ones(3,5), torch.tensor([1,2,3]), weight=torch.tensor(1.))  RuntimeError
F.nll_loss(ones(3,0), torch.tensor([0,0,0]))  IndexError
F.nll_loss(torch.tensor(1.), torch.tensor(0))  ValueError
F.nll_loss(ones(3,5), torch.tensor([1,2,3]), ignore_index=1.5)  TypeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,7]))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,-1]))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2]))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1.,2,3]))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,3],dtype=i32))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,3],dtype=u8))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,3]), weight=ones(4))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,3]), weight=ones(5,dtype=f64))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,3]), weight=ones(5,1))  ValueError
F.multi_margin_loss(ones(5), torch.tensor([1,2]))  RuntimeError
F.multi_margin_loss(torch.tensor(1.), torch.tensor(1))  RuntimeError
F.multi_margin_loss(ones(3,0), torch.tensor([0,0,0]))  RuntimeError
F.multi_margin_loss(ones(0), torch.tensor(0))  RuntimeError
F.multi_margin_loss(ones(3,5,2), torch.tensor([0,0,0]))  RuntimeError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,3]), p=1.5)  ValueError
F.multi_margin_loss(ones(3,5), torch.tensor([1,2,3]), margin='a')  TypeError
F.multi_margin_loss(ones(3,5), None)  TypeError
F.multilabel_margin_loss(ones(3,5), None)  TypeError
F.multilabel_margin_loss(ones(3,5), torch.full((3,5),7))  RuntimeError
F.multilabel_margin_loss(ones(3,5), torch.full((3,5),-2))  RuntimeError
F.multilabel_margin_loss(ones(3,5), torch.full((3,5),1.))  RuntimeError
F.multilabel_margin_loss(ones(3,5), torch.full((3,5),1,dtype=i32))  RuntimeError
F.multilabel_margin_loss(ones(3,5), torch.full((3,4),1))  RuntimeError
F.multilabel_margin_loss(ones(3,0), empty(3,0,dtype=i64))  RuntimeError
F.multilabel_margin_loss(ones(0), empty(0,dtype=i64))  RuntimeError
F.multilabel_margin_loss(ones(2,3,4), torch.zeros(2,3,4,dtype=i64))  RuntimeError
F.multilabel_margin_loss(ones(3,5).half(), torch.full((3,5),1))  NotImplementedError
F.multilabel_margin_loss(ones(3,5,dtype=i64), torch.full((3,5),1))  NotImplementedError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,5]), torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,-1]), \
    torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), torch.tensor([2,3]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), \
    torch.tensor([2,-1]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,4,4]), \
    torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), \
    torch.tensor([2,2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(3,2,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(3,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(4,dtype=i64), torch.tensor([4,4]), torch.tensor([5,-1]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(5,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4.,4]), \
    torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), \
    torch.tensor([2.,2]))  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), (4.0,4), (2,2))  TypeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), [[4,4]], [2,2])  TypeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.full((2,2),3), torch.tensor([4,4]), torch.tensor([2,2]))  None
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.full((2,2),-1), torch.tensor([4,4]), torch.tensor([2,2]))  None
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]), \
    blank=3)  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]), \
    blank=1.5)  TypeError
F.ctc_loss(seq(4,2,3).log_softmax(2), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]), \
    blank=-1)  RuntimeError
F.ctc_loss(seq(4,2,3).log_softmax(2).half(), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), \
    torch.tensor([2,2]))  NotImplementedError
F.ctc_loss(seq(4,2,3).long(), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]))  NotImplementedError
F.ctc_loss(seq(4), torch.ones(2,dtype=i64), torch.tensor(4), torch.tensor(2))  RuntimeError
F.ctc_loss(seq(4,2,3,2), torch.ones(2,dtype=i64), torch.tensor(4), torch.tensor(2))  RuntimeError
F.ctc_loss(seq(4,2,3), torch.ones(2,2,2,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3), torch.tensor(1), torch.tensor([4,4]), torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(0,2,3), torch.ones(2,2,dtype=i64), torch.tensor([0,0]), torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,0,3), torch.ones(0,2,dtype=i64), torch.tensor([],dtype=i64), torch.tensor([],dtype=i64))  RuntimeError
F.ctc_loss(seq(4,2,0), torch.ones(2,2,dtype=i64), torch.tensor([4,4]), torch.tensor([2,2]))  RuntimeError
F.ctc_loss(seq(4,2,3), torch.ones(2,2,dtype=i64), None, torch.tensor([2,2]))  TypeError
F.ctc_loss(seq(4,2,3), None, torch.tensor([4,4]), torch.tensor([2,2]))  TypeError
F.mse_loss(ones(3), None)  AttributeError
F.mse_loss(ones(3), ones(2))  RuntimeError
F.l1_loss(ones(3), ones(3), reduction='a')  ValueError
F.smooth_l1_loss(ones(3), ones(3), beta=None)  TypeError
F.huber_loss(ones(3), ones(3), delta=nan)  RuntimeError
F.binary_cross_entropy(ones(3), ones(3)*2)  RuntimeError
F.binary_cross_entropy(ones(3)*2, ones(3))  RuntimeError
F.binary_cross_entropy(ones(3), ones(3), weight=ones(2))  RuntimeError
F.binary_cross_entropy(ones(3,2), ones(3,2), weight=ones(2,3,2))  RuntimeError
F.binary_cross_entropy_with_logits(ones(3), ones(3), pos_weight=ones(2))  RuntimeError
F.binary_cross_entropy_with_logits(ones(3), ones(3), weight=ones(2))  RuntimeError
F.kl_div(ones(3), ones(2))  RuntimeError
F.cosine_embedding_loss(ones(3,2), ones(3,2), ones(2))  RuntimeError
F.gaussian_nll_loss(ones(3), ones(3), ones(2))  ValueError
F.gaussian_nll_loss(ones(3), ones(3), -ones(3))  ValueError
F.triplet_margin_loss(ones(3,2), ones(3,2), ones(3,2), p='a')  TypeError
""",
    "norms": r"""
F.batch_norm(seq(4,3), ones(2), ones(3))  RuntimeError
F.batch_norm(seq(4,3), ones(3,1), ones(3))  RuntimeError
F.batch_norm(seq(4,3), ones(1,3), ones(1,3))  RuntimeError
F.batch_norm(seq(4,3), torch.tensor(1.), torch.tensor(1.))  RuntimeError
F.batch_norm(seq(4,1), torch.tensor(1.), torch.tensor(1.))  RuntimeError
F.batch_norm(seq(4,1), torch.tensor(1.), torch.tensor(1.),training=True)  RuntimeError
F.batch_norm(seq(4,3), ones(3), ones(3), weight=ones(2))  RuntimeError
F.batch_norm(seq(4,3), ones(3), ones(3), weight=ones(3,dtype=f64))  RuntimeError
F.batch_norm(seq(4,3), ones(3,dtype=f64), ones(3,dtype=f64))  RuntimeError
F.batch_norm(seq(4,3), ones(3,dtype=i64), ones(3,dtype=i64))  RuntimeError
F.batch_norm(seq(4,3), ones(3,dtype=i64), ones(3,dtype=i64),training=True)  RuntimeError
F.batch_norm(seq(4,3), ones(3), None)  RuntimeError
F.batch_norm(seq(4,3), None, None)  RuntimeError
F.batch_norm(seq(4), ones(4), ones(4))  RuntimeError
F.batch_norm(torch.tensor(1.), ones(4), ones(4))  RuntimeError
F.batch_norm(seq(1,3), ones(3), ones(3), training=True)  ValueError
F.batch_norm(seq(4,3), ones(3), ones(3), training=True, momentum=None)  TypeError
F.batch_norm(seq(4,3), ones(3), ones(3), training=True, momentum='a')  TypeError
F.batch_norm(seq(4,3), ones(3), ones(3), training=True, eps='a')  TypeError
F.batch_norm(seq(4,3), ones(3), ones(3), eps=-1.)  ValueError
F.batch_norm(seq(4,3).long(), ones(3), ones(3))  NotImplementedError
F.batch_norm(seq(4,3,dt=c64), ones(3), ones(3))  NotImplementedError
torch.native_batch_norm(seq(0,3), None, None, None, None, True, 0.1, 1e-5)  RuntimeError
torch.native_batch_norm(seq(4,3), ones(2), ones(3), ones(3), ones(3), True, 0.1, 1e-5)  None
torch.batch_norm(seq(4,3), None, None, ones(3), None, True, 0.1, 1e-5, False)  ValueError
F.layer_norm(seq(4,3), 3)  TypeError
F.layer_norm(seq(4,3), (4,))  RuntimeError
F.layer_norm(seq(4,3), ())  RuntimeError
F.layer_norm(seq(4,3), (3.0,))  TypeError
F.layer_norm(seq(4,3), 3.0)  TypeError
F.layer_norm(seq(4,3), None)  TypeError
F.layer_norm(seq(4,3), (-1,))  RuntimeError
F.layer_norm(seq(4,3), (4,3,2))  RuntimeError
F.layer_norm(seq(4,3), (3,), ones(2))  RuntimeError
F.layer_norm(seq(4,3), (3,), ones(3,1))  RuntimeError
F.layer_norm(seq(4,3), (3,), ones(3), ones(2))  RuntimeError
F.layer_norm(seq(4,3), (3,), ones(3,dtype=f64))  RuntimeError
F.layer_norm(seq(4,3), (3,), eps=None)  TypeError
F.layer_norm(seq(4,3), (3,), eps='a')  TypeError
F.layer_norm(torch.tensor(1.), (1,))  RuntimeError
F.layer_norm(seq(4,3).long(), (3,))  NotImplementedError
torch.native_layer_norm(seq(4,3), (4,), None, None, 1e-5)  RuntimeError
torch.native_layer_norm(seq(4,3), (3,), ones(2), None, 1e-5)  RuntimeError
F.group_norm(seq(2,4,3), 3)  RuntimeError
F.group_norm(seq(2,4,3), -2)  RuntimeError
F.group_norm(seq(2,4,3), 2.0)  TypeError
F.group_norm(seq(2,4,3), None)  TypeError
F.group_norm(seq(2,4,3), 2, ones(3))  RuntimeError
F.group_norm(seq(2,4,3), 2, ones(4,1))  RuntimeError
F.group_norm(seq(2,4,3), 2, ones(4), ones(3))  RuntimeError
F.group_norm(seq(4), 2)  RuntimeError
F.group_norm(seq(2,4,3), 2**62)  RuntimeError
torch.native_group_norm(seq(2,4,3), None, None, 3, 4, 3, 2, 1e-5)  RuntimeError
torch.native_group_norm(seq(2,4,3), None, None, 2, 3, 3, 2, 1e-5)  RuntimeError
torch.native_group_norm(seq(2,4,3), None, None, 2, 4, 5, 2, 1e-5)  RuntimeError
torch.native_group_norm(seq(2,4,3), None, None, 2, 4, 3, 3, 1e-5)  RuntimeError
torch.native_group_norm(seq(2,4,3), None, None, 2, 4, 3, 0, 1e-5)  RuntimeError
torch.native_group_norm(seq(2,4,3), ones(3), None, 2, 4, 3, 2, 1e-5)  RuntimeError
torch.native_group_norm(seq(2,4,3), None, None, 2**62, 4, 3, 2, 1e-5)  RuntimeError
F.instance_norm(seq(2,3,4), ones(2), ones(3))  RuntimeError
F.instance_norm(seq(2,3,4), ones(3), None)  ValueError
F.instance_norm(seq(2,3,4), weight=ones(2))  RuntimeError
F.instance_norm(seq(2,3,4), weight=ones(3,1))  RuntimeError
F.instance_norm(seq(2,3), ones(3), ones(3))  ValueError
F.instance_norm(seq(3), ones(3), ones(3))  ValueError
F.instance_norm(seq(2,3,1))  ValueError
F.instance_norm(seq(2,3,4), None, None, use_input_stats=False)  RuntimeError
F.rms_norm(seq(4,3), (4,))  RuntimeError
F.rms_norm(seq(4,3), ())  RuntimeError
F.rms_norm(seq(4,3), (3.0,))  TypeError
F.rms_norm(seq(4,3), (3,), ones(2))  RuntimeError
F.rms_norm(seq(4,3), (3,), eps='a')  TypeError
F.rms_norm(seq(4,3).long(), (3,))  NotImplementedError
F.local_response_norm(seq(2,4,3), 0)  RuntimeError
F.local_response_norm(seq(2,4,3), -1)  RuntimeError
F.local_response_norm(seq(2,4,3), 2.5)  TypeError
F.local_response_norm(seq(4,3), 2)  ValueError
F.normalize(seq(4,3), dim=5)  IndexError
F.normalize(seq(4,3), p='a')  RuntimeError
F.softmax(seq(4,3), 2)  IndexError
F.softmax(seq(4,3), -3)  IndexError
F.softmax(seq(4,3), 1.0)  TypeError
F.softmax(seq(4,3), 2**70)  ValueError
F.softmax(seq(4,3), 'a')  TypeError
F.softmax(torch.tensor(1.), 1)  IndexError
F.softmax(seq(4,3).long(), 0)  NotImplementedError
F.softmax(seq(4,3), 0, dtype=i64)  NotImplementedError
F.log_softmax(seq(4,3), 2)  IndexError
F.log_softmax(seq(4,3), 0.5)  TypeError
torch.softmax(seq(4,3), None)  TypeError
torch.softmax(seq(4,3), True)  TypeError
torch._softmax(seq(4,3), 2, False)  IndexError
torch._softmax(seq(4,3), 0, True)  RuntimeError
torch._softmax_backward_data(seq(4,3), seq(4,2), 1, torch.float32)  RuntimeError
torch._softmax_backward_data(seq(4,3), seq(4,3), 2, torch.float32)  IndexError
torch._softmax_backward_data(seq(4,3).double(), seq(4,3), 1, torch.float32)  RuntimeError
torch._softmax_backward_data(seq(4), seq(4,3), 1, torch.float32)  RuntimeError
torch._softmax_backward_data(seq(4,3).long(), seq(4,3).long(), 1, torch.int64)  NotImplementedError
torch._log_softmax_backward_data(seq(4,3), seq(4,2), 1, torch.float32)  None
torch._log_softmax_backward_data(seq(4,3), seq(4,3), 1.5, torch.float32)  TypeError
torch._log_softmax_backward_data(seq(4,3).half(), seq(4,3), 1, torch.float32)  RuntimeError
F.gumbel_softmax(seq(4,3), dim=3)  IndexError
F.gumbel_softmax(seq(4,3), tau='a')  TypeError
torch.norm_except_dim(seq(4,3), 2, 5)  IndexError
torch.norm_except_dim(seq(4,3), 2.5, 0)  TypeError
torch.norm_except_dim(torch.tensor(1.), 2, 0)  IndexError
torch._weight_norm(seq(4,3), ones(2,1), 0)  None
torch._weight_norm(seq(4,3), ones(4,1), 7)  IndexError
F.dropout(seq(4,3), 2.)  ValueError
F.dropout(seq(4,3), 'a')  TypeError
F.dropout(seq(4,3), nan)  RuntimeError
F.dropout(seq(4,3), None)  TypeError
torch.native_dropout(seq(4,3), 2., True)  RuntimeError
torch.native_dropout(seq(4,3), -1., True)  RuntimeError
torch.native_dropout(seq(4,3), nan, True)  RuntimeError
torch.dropout(seq(4,3), nan, True)  RuntimeError
F.feature_alpha_dropout(seq(3), 0.5, True)  RuntimeError
F.dropout1d(seq(3), 0.5, True)  RuntimeError
F.glu(seq(4,3), 1)  RuntimeError
F.glu(seq(4,4), 2)  IndexError
F.glu(seq(4,4), 1.0)  TypeError
F.glu(torch.tensor(1.), 0)  RuntimeError
F.prelu(seq(4,3), ones(2))  RuntimeError
F.prelu(seq(4,3), ones(3,1))  RuntimeError
F.prelu(seq(4,3), ones(3,dtype=f64))  RuntimeError
F.prelu(seq(4,3), ones(0))  RuntimeError
F.prelu(torch.tensor(1.), ones(2))  RuntimeError
F.rrelu(seq(4,3), 'a', 1.)  TypeError
F.rrelu(seq(4,3), 0.5, 0.1)  RuntimeError
F.threshold(seq(4,3), 'a', 1.)  TypeError
F.hardtanh(seq(4,3), 'a', 1.)  TypeError
F.hardtanh(seq(4,3), 2, 1.)  ValueError
F.leaky_relu(seq(4,3), 'a')  TypeError
F.leaky_relu(seq(4,3), None)  TypeError
F.elu(seq(4,3), None)  TypeError
F.celu(seq(4,3), 0)  RuntimeError
F.softplus(seq(4,3), 'a')  TypeError
F.softshrink(seq(4,3), 'a')  TypeError
F.hardshrink(seq(4,3), 'a')  TypeError
F.gelu(seq(4,3), approximate=1)  TypeError
F.pairwise_distance(seq(4,3), seq(4,2))  RuntimeError
F.pairwise_distance(seq(4,3), seq(4,3), p='a')  TypeError
F.cosine_similarity(seq(4,3), seq(4,3), dim=3)  IndexError
F.cosine_similarity(seq(4,3), seq(4,3), dim=1.5)  TypeError
F.cosine_similarity(seq(4,3), seq(4,2))  RuntimeError
torch.cdist(seq(4,3), seq(4,2))  RuntimeError
torch.cdist(seq(4,3), seq(4,3), p=-1)  RuntimeError
torch.cdist(seq(4,3), seq(4,3), p=nan)  RuntimeError
torch.cdist(seq(4,3), seq(4,3), p='a')  TypeError
torch.cdist(seq(4,3).half(), seq(4,3).half())  NotImplementedError
torch.cdist(seq(4,3,dt=bf16), seq(4,3,dt=bf16))  NotImplementedError
torch.cdist(seq(4,3).half(), seq(4,3))  NotImplementedError
torch.cdist(seq(4,3,dt=f64), seq(4,3))  RuntimeError
torch.cdist(seq(4,3).half(), seq(4,3).half(), p=1)  NotImplementedError
torch.cdist(seq(4,3).half(), seq(4,0).half(), p=1)  RuntimeError
torch.cdist(seq(3), seq(4,3))  RuntimeError
torch.cdist(seq(2,4,3), seq(3,4,3))  RuntimeError
torch.cdist(seq(4,3).long(), seq(4,3).long())  RuntimeError
torch.cdist(seq(4,3,dt=c64), seq(4,3,dt=c64))  RuntimeError
F.pdist(seq(4,3).half())  NotImplementedError
F.pdist(seq(4,3,dt=bf16))  NotImplementedError
F.pdist(seq(4))  RuntimeError
F.pdist(seq(4,3), p=-1)  RuntimeError
F.pdist(seq(4,3), p=nan)  RuntimeError
F.pdist(seq(4,3), p='a')  TypeError
F.pdist(seq(4,3).long())  RuntimeError
torch._pdist_backward(ones(6), seq(4,3), 2., ones(6))  AttributeError
torch._pdist_forward(seq(4,3).half())  AttributeError
F.batch_norm(seq(4,3,dt=f16), ones(3).half(), ones(3))  RuntimeError
F.batch_norm(seq(4,3,dt=f16), ones(3,dtype=f64), ones(3,dtype=f64))  RuntimeError
F.batch_norm(seq(4,3,dt=f16), ones(3,dtype=bf16), ones(3,dtype=bf16))  RuntimeError
F.batch_norm(seq(4,3,dt=bf16), ones(3), ones(3), weight=ones(3,dtype=bf16))  RuntimeError
F.batch_norm(seq(4,3,dt=bf16), ones(3), ones(3), weight=ones(3), bias=ones(3,dtype=bf16))  RuntimeError
F.batch_norm(seq(4,3,dt=bf16), ones(3,dtype=bf16), ones(3,dtype=bf16), weight=ones(3,dtype=bf16), \
    bias=ones(3))  RuntimeError
F.batch_norm(seq(4,3,dt=f64), ones(3), ones(3))  RuntimeError
F.batch_norm(seq(4,3,dt=f64), ones(3,dtype=f64), ones(3,dtype=f64), weight=ones(3))  RuntimeError
F.batch_norm(seq(4,3), ones(3), ones(3,dtype=f64))  RuntimeError
F.batch_norm(seq(4,3), ones(3).half(), ones(3).half())  RuntimeError
F.batch_norm(seq(4,3), ones(3), ones(3), weight=ones(3).half())  RuntimeError
F.batch_norm(seq(4,3), ones(3), ones(3), bias=ones(3).double())  RuntimeError
F.batch_norm(seq(4,3), None, None, weight=ones(3).double(), training=True)  RuntimeError
F.batch_norm(seq(4,3,dt=f16), None, None, weight=ones(3).double(), training=True)  RuntimeError
F.batch_norm(seq(4,3,dt=f16), None, None, weight=ones(3), bias=ones(3).half(), training=True)  RuntimeError
F.batch_norm(seq(4,3), ones(3), None, training=True)  ValueError
F.batch_norm(seq(4,3), None, ones(3), training=True)  ValueError
F.batch_norm(seq(4,3), None, ones(3))  RuntimeError
F.batch_norm(seq(4), None, None, training=True)  IndexError
torch.batch_norm(seq(4), None, None, None, None, True, 0.1, 1e-5, False)  IndexError
torch.batch_norm(seq(4), ones(4), None, None, None, True, 0.1, 1e-5, False)  RuntimeError
torch.native_batch_norm(seq(4,3), None, None, None, None, False, 0.1, 1e-5)  None
torch.native_batch_norm(seq(4), None, None, None, None, True, 0.1, 1e-5)  IndexError
torch.native_batch_norm(seq(4,3), None, None, ones(3), None, True, 0.1, 1e-5)  ValueError
torch.native_batch_norm(seq(4,3), None, None, ones(2), ones(2), True, 0.1, 1e-5)  None
torch.native_batch_norm(seq(4,3), None, None, ones(3,1), ones(3,1), True, 0.1, 1e-5)  RuntimeError
torch.native_batch_norm(seq(4,3), None, None, ones(3,dtype=f64), ones(3,dtype=f64), True, 0.1, 1e-5)  RuntimeError
torch.native_batch_norm(seq(2,3,0), None, None, None, None, True, 0.1, 1e-5)  RuntimeError
torch.native_batch_norm(seq(2,0,3), None, None, None, None, True, 0.1, 1e-5)  RuntimeError
F.instance_norm(seq(2,3,4), None, ones(3), use_input_stats=False)  RuntimeError
F.instance_norm(seq(2,3,4), ones(3), None, use_input_stats=False)  RuntimeError
F.instance_norm(seq(2,3,4), ones(3,1), ones(3,1))  RuntimeError
F.layer_norm(seq(4,3,dt=f64), (3,), ones(3))  RuntimeError
F.layer_norm(seq(4,3,dt=f16), (3,), ones(3).half(), ones(3))  RuntimeError
F.layer_norm(seq(4,3,dt=f16), (3,), ones(3,dtype=bf16))  RuntimeError
torch.layer_norm(seq(4,3), 3)  TypeError
torch.layer_norm(seq(4,3), [True])  TypeError
torch.layer_norm(seq(4,1), [True])  TypeError
torch.layer_norm(seq(4,3), torch.tensor([3]))  TypeError
torch.rms_norm(seq(4,3), 3)  TypeError
F.multilabel_margin_loss(ones(3,5,dtype=bf16), torch.full((3,5),1))  NotImplementedError
F.multi_margin_loss(ones(3,5,dtype=bf16), torch.full((3,),1))  NotImplementedError
F.multi_margin_loss(ones(3,5).half(), torch.full((3,),1))  NotImplementedError
F.multi_margin_loss(ones(3,5).long(), torch.full((3,),1))  NotImplementedError
torch.cdist(seq(4,3), seq(4,3,dt=f64))  RuntimeError
torch.cdist(seq(40,3), seq(40,3,dt=f64))  RuntimeError
torch.cdist(seq(40,3), seq(40,3,dt=f64),p=1)  RuntimeError
torch.cdist(seq(4,3), seq(4,3).half())  RuntimeError
torch.cdist(seq(40,3).half(), seq(40,3))  RuntimeError
F.pdist(seq(2,3).half())  NotImplementedError
""",
}


@pytest.mark.parametrize("family", RAISES)
def test_what_does_not_fit_raises(family):
    wrong = []
    for code, wanted in (line.rsplit(None, 1) for line in RAISES[family].replace("\\\n", "").splitlines() if line):
        got = verdict(code.strip(), NAMES)
        if not got.endswith("Error") or got == "NameError" or wanted not in ("None", got):
            wrong.append(f"{code}: {got}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


# Operands that are not what the others say: (kernel, tensors, scalars)
def tensor(*shape, dtype=torch.float32):
    return torch.ones(shape, dtype=dtype)


KERNELS = [
    ("softmax", (tensor(2, 3), tensor(2, 9)), (1,)),
    ("softmax", (tensor(2, 3), tensor(2, 3)), (2,)),
    ("softmax", (tensor(2, 3), tensor(2, 3)), (1.0,)),
    ("softmax_backward", (tensor(9, 3), tensor(2, 3), tensor(9, 3)), (1,)),
    ("log_softmax", (tensor(2, 3), tensor(2, 3, dtype=f64)), (1,)),
    ("group_norm", (tensor(2, 3), tensor(2), tensor(2), tensor(2, 3), None, None), (200, 1, 3, 1, 1e-5)),
    ("group_norm", (tensor(2, 3), tensor(2), tensor(2), tensor(2, 3), None, None), (2**62, 1, 2**62, 2, 1e-5)),
    ("group_norm", (tensor(2, 3), tensor(1), tensor(2), tensor(2, 3), None, None), (2, 1, 3, 1, 1e-5)),
    ("group_norm", (tensor(2, 3), tensor(2), tensor(2), tensor(2, 3), None, None), (2, 0, 3, 1, 1e-5)),
    ("group_norm", (tensor(2, 3), tensor(2), tensor(2), tensor(2, 3), tensor(1), None), (2, 1, 3, 1, 1e-5)),
    (
        "group_norm_backward",
        (tensor(2, 3), None, None, tensor(9, 3), tensor(2, 3), tensor(2), tensor(2), None),
        (9, 1, 3, 1),
    ),
    ("rms_norm", (tensor(2, 3), tensor(2), tensor(2, 3), tensor(2)), (2, 3, 1e-5)),
    ("rms_norm_backward", (tensor(2, 3), tensor(2), tensor(2, 3), tensor(2, 3), tensor(2), None), (2, 3)),
    (
        "batch_norm",
        (tensor(4, 3), tensor(3), tensor(3), tensor(4, 3), None, None, tensor(2), tensor(3)),
        (4, 3, 1, True, 0.1, 1e-5),
    ),
    (
        "batch_norm",
        (tensor(4, 3), tensor(3), tensor(3), tensor(4, 3), None, None, None, None),
        (4, 3, 1, False, 0.1, 1e-5),
    ),
    (
        "batch_norm_backward",
        (tensor(4, 3), None, None, tensor(2, 3), tensor(4, 3), tensor(3), tensor(3), None),
        (4, 3, 1, True),
    ),
    ("cross_entropy", (tensor(), tensor(2), tensor(), tensor(2, 3), tensor(2, dtype=i64) * 9, None), (1, -100, 0.0)),
    ("cross_entropy", (tensor(), tensor(2), tensor(), tensor(2, 3), tensor(2, dtype=f64), None), (1, -100, 0.0)),
    ("cross_entropy", (tensor(), tensor(1), tensor(), tensor(2, 3), tensor(2, dtype=i64), None), (1, -100, 0.0)),
    (
        "cross_entropy_backward",
        (tensor(2, 3), tensor(), tensor(2, 3), tensor(2, dtype=i64) * 9, None, tensor(2), tensor()),
        (1, -100, 0.0),
    ),
    ("nll_loss", (tensor(), tensor(), tensor(2, 3), tensor(9, dtype=i64), None), (1, -100)),
    ("nll_loss_backward", (tensor(2, 3), tensor(), tensor(2, dtype=i64) * 9, None, tensor()), (1, -100)),
    ("nll_loss_backward", (tensor(2, 3), tensor(), tensor(2, dtype=i64), tensor(2), tensor()), (1, -100)),
    ("multi_margin", (tensor(2), tensor(2, 3), tensor(2, 3), tensor(2, dtype=i64) * 3, None), (1, 1.0)),
    ("multilabel_margin", (tensor(2), tensor(2, 3), tensor(2, 3), tensor(2, 3), None), ()),
    (
        "ctc",
        (tensor(2), None, tensor(4, 2, 3), tensor(2, 2, dtype=i64), tensor(2, dtype=i64) * 9, tensor(2, dtype=i64)),
        (0, False),
    ),
    (
        "ctc",
        (tensor(2), None, tensor(4, 2, 3), tensor(2, 2, dtype=i64), tensor(2, dtype=i64), tensor(2, dtype=i64) * 9),
        (0, False),
    ),
    (
        "ctc",
        (tensor(2), None, tensor(4, 2, 3), tensor(2, 2, dtype=i64) * 9, tensor(2, dtype=i64), tensor(2, dtype=i64)),
        (0, False),
    ),
    ("cdist", (tensor(2, 2), tensor(2, 3), tensor(2, 9)), (2.0,)),
    ("cdist", (tensor(2, 2, dtype=f16), tensor(2, 3, dtype=f16), tensor(2, 3, dtype=f16)), (2.0,)),
    ("cdist_backward", (tensor(2, 3), tensor(2, 2), tensor(9, 3), tensor(2, 3), tensor(2, 2)), (2.0,)),
    (
        "adam",
        (*[tensor(3)] * 2, tensor(2), tensor(3), None, tensor(), None, None),
        (1, False, 0.1, 0.9, 0.99, 0.0, 1e-8, False, False, False),
    ),
    (
        "adam",
        (*[tensor(3)] * 4, None, tensor(), None, None),
        (5, False, 0.1, 0.9, 0.99, 0.0, 1e-8, False, False, False),
    ),
    (
        "adam",
        (*[tensor(3)] * 4, None, tensor(0), None, None),
        (1, False, 0.1, 0.9, 0.99, 0.0, 1e-8, False, False, False),
    ),
    ("sgd", (tensor(3), tensor(3, dtype=f16), None, None, None), (1, False, 0.1, 0.0, 0.0, 0.0, False, False, False)),
    ("adagrad", (tensor(3), tensor(3), tensor(2), tensor(), None, None), (1, False, 0.1, 0.0, 0.0, 1e-8, False, False)),
]


@pytest.mark.parametrize("kernel, tensors, scalars", KERNELS)
def test_kernels_compare_their_operands(kernel, tensors, scalars):
    got = outcome(lambda: _C.call(_C.kernel_id(kernel), tensors, scalars))
    assert got.startswith("raised"), got


def test_running_statistics_of_any_step_move():
    mean, var = torch.zeros(6)[::2], torch.ones(6)[::2]
    F.batch_norm(seq(4, 3), mean, var, training=True, momentum=1.0)
    assert torch.allclose(mean, seq(4, 3).mean(0)) and torch.allclose(var, seq(4, 3).var(0))
