"""Calls that succeed, as lines of Python: for what the recording does not hold. The lines of the leak audit are used
too."""
import ast
import functools
import pathlib

AUDIT = pathlib.Path(__file__).parents[1] / "audit_calls.py"
# functions whose arguments are not those of the call under test
MAKERS = {"t", "S", "fx", "Index", "Float", "Array", "Length", "words", "leaf", "rooted", "grown", "expanded", "turned",
          "offset", "stepped"}
FIXED = {"module": (0,), "trained": (0,), "called": (1,), "drawn": (0,)}  # arguments that say what is called

LINES = """
torch.autograd.functional.jacobian(identity, (t('float32', 3),))
torch.autograd.functional.hessian(lambda x: x.pow(3).sum(), t('float32', 3))
torch.autograd.functional.vjp(torch.sin, t('float32', 3), t('float32', 3))
torch.autograd.functional.jvp(torch.sin, t('float32', 3), t('float32', 3))
torch.autograd.functional.hvp(lambda x: x.pow(3).sum(), t('float32', 3), t('float32', 3))
torch.autograd.functional.vhp(torch.sum, t('float32', 3), t('float32', 3))
torch.func.grad(torch.sum)(t('float32', 3)), torch.func.vmap(torch.sin, 0, 0)(t('float32', 3, 2))
torch.func.vmap(torch.add, in_dims=(0, None), out_dims=1)(t('float32', 3, 2), t('float32', 2))
torch.func.jacrev(torch.sin)(t('float32', 3))
torch.func.jacfwd(torch.sin)(t('float32', 3)), torch.func.vjp(torch.sin, t('float32', 3))[1](t('float32', 3))
torch.func.jvp(torch.sin, (t('float32', 3),), (t('float32', 3),))
torch.func.linearize(torch.sin, t('float32', 3))[1](t('float32', 3))
torch.func.hessian(torch.sum)(t('float32', 3))
torch.func.functional_call(nn.Linear(3, 2), {'weight': t('float32', 2, 3)}, (t('float32', 4, 3),))
torch.func.stack_module_state([nn.Linear(3, 2), nn.Linear(3, 2)])
torch.vmap(torch.cumsum, in_dims=(0, None))(t('float32', 3, 2), 0)
torch.vmap(torch.index_select, in_dims=(0, None, 0))(t('float32', 3, 5), 0, t('int64', 3, 2))
torch.vmap(F.conv2d)(t('float32', 3, 1, 2, 4, 4), t('float32', 3, 2, 2, 2, 2))
torch.autograd.grad(t('float32', 3, g=1).pow(2).sum(), LEAVES, grad_outputs=None)
torch.autograd.grad([(t('float32', 3, g=1) * 2)], LEAVES, [t('float32', 3)], retain_graph=True, create_graph=True, \
    allow_unused=True)
torch.autograd.backward(t('float32', 3, g=1) * 2, t('float32', 3), inputs=LEAVES)
torch.autograd.grad(t('float32', 3, g=1) * 2, LEAVES, t('float32', 4, 3), is_grads_batched=True)
(t('float32', 3, g=1) * 2).backward(t('float32', 3))
called(grown(t('float32', 3)), 'register_hook', constant), grown(t('float32', 3)).grad_fn(t('float32', 3))
grown(t('float32', 3)).grad_fn.register_hook(identity)
within(torch.autograd.forward_ad.dual_level()), within(torch.autograd.graph.saved_tensors_hooks(identity, identity))
torch.autograd.graph.get_gradient_edge(grown(t('float32', 3)))
drawn(torch.utils.data.SequentialSampler(range(5)))
drawn(torch.utils.data.RandomSampler(range(5), replacement=True, num_samples=4, generator=torch.Generator()))
drawn(torch.utils.data.SubsetRandomSampler([1, 2, 3]))
drawn(torch.utils.data.WeightedRandomSampler([1.0, 2.0, 3.0], 4, replacement=True))
drawn(torch.utils.data.BatchSampler(range(5), 2, False))
drawn(torch.utils.data.distributed.DistributedSampler(range(5), num_replicas=2, rank=0))
torch.utils.data.random_split(range(5), [2, 3]), torch.utils.data.TensorDataset(t('float32', 3), t('float32', 3, 2))[1]
torch.utils.data.Subset(range(5), [1, 2])[0], torch.utils.data.ConcatDataset([range(3), range(2)])[4]
torch.utils.data.StackDataset(range(3), range(3))[1]
torch.utils.data.default_collate([t('float32', 3), t('float32', 3)]), torch.utils.data.default_convert(np.ones(3))
torch.utils.data._utils.collate.default_collate([1, 2.5])
torch.distributions.Normal(t('float32', 3), torch.ones(3)).sample((2,))
torch.distributions.Normal(t('float32', 3), torch.ones(3)).rsample((2,))
torch.distributions.Normal(t('float32', 3), torch.ones(3)).log_prob(t('float32', 3))
torch.distributions.Bernoulli(probs=torch.tensor([0.3, 0.5])).sample((2,))
torch.distributions.Categorical(probs=torch.ones(3, 4)).sample((2,))
torch.distributions.Categorical(logits=t('float32', 3, 4)).log_prob(t('int64', 3))
torch.distributions.Beta(1.0, 2.0).sample((2,)), torch.distributions.Gamma(torch.ones(3), 2.0).rsample((2,))
torch.distributions.Dirichlet(torch.ones(3)).rsample((2,))
torch.distributions.MultivariateNormal(t('float32', 3), torch.eye(3)).rsample((2,))
torch.distributions.MultivariateNormal(t('float32', 3), scale_tril=torch.eye(3)).log_prob(t('float32', 3))
torch.distributions.Binomial(4, torch.tensor([0.3])).sample((2,))
torch.distributions.Multinomial(4, torch.ones(3)).sample((2,))
torch.distributions.LowRankMultivariateNormal(t('float32', 3), t('float32', 3, 1), torch.ones(3)).rsample((2,))
torch.distributions.Wishart(4.0, torch.eye(2)).sample((2,)), torch.distributions.LKJCholesky(3, 1.0).sample((2,))
torch.distributions.VonMises(0.0, 1.0).sample((2,))
torch.distributions.Independent(torch.distributions.Normal(t('float32', 3), torch.ones(3)), 1).log_prob(t('float32', 3))
torch.distributions.MixtureSameFamily(torch.distributions.Categorical(torch.ones(3)), \
    torch.distributions.Normal(t('float32', 3), torch.ones(3))).sample((2,))
torch.distributions.Uniform(0.0, 1.0).sample((2,)), torch.distributions.Poisson(2.0).sample((2,))
torch.distributions.Geometric(0.5).sample((2,)), torch.distributions.StudentT(3.0).sample((2,))
torch.distributions.OneHotCategorical(torch.ones(3)).sample((2,))
torch.distributions.RelaxedBernoulli(0.5, 0.5).rsample((2,))
torch.distributions.Exponential(1.0).icdf(torch.tensor(0.5))
torch.distributions.Laplace(0.0, 1.0).cdf(torch.tensor(0.5))
torch.distributions.kl_divergence(torch.distributions.Normal(0.0, 1.0), torch.distributions.Normal(1.0, 1.0))
torch.distributions.Weibull(1.0, 1.0).expand((2, 3)).sample()
torch.distributions.TransformedDistribution(torch.distributions.Normal(0.0, 1.0), \
    [torch.distributions.ExpTransform()]).sample((2,)), torch.distributions.StickBreakingTransform()(t('float32', \
        3)), torch.distributions.CorrCholeskyTransform()(t('float32', 3)), \
            torch.distributions.ReshapeTransform((6,), (2, 3))(t('float32', 6))
torch.UntypedStorage(8), torch.UntypedStorage([1, 2, 3]), torch.UntypedStorage(8)[2], torch.UntypedStorage(8)[1:3]
called(torch.UntypedStorage(8), '__setitem__', 2, 7), called(torch.UntypedStorage(8), '__setitem__', slice(1, 3), 7)
called(torch.UntypedStorage(8), 'resize_', 4)
called(torch.UntypedStorage(8), 'copy_', torch.UntypedStorage(8)), called(torch.UntypedStorage(8), 'fill_', 1)
called(torch.UntypedStorage(8), 'byteswap', torch.float32), called(torch.UntypedStorage(8), 'nbytes')
called(torch.UntypedStorage(8), 'tolist'), called(torch.UntypedStorage(8), 'to', device='cpu')
torch.TypedStorage([1.0, 2.0], dtype=torch.float32), torch.FloatStorage(3), torch.FloatStorage([1.0, 2.0])[1]
called(torch.FloatStorage(3), '__setitem__', 1, 2.0), called(torch.FloatStorage(3), 'resize_', 5)
called(torch.FloatStorage(3), 'fill_', 5)
torch.TypedStorage(wrap_storage=torch.UntypedStorage(8), dtype=torch.float32, _internal=True)
torch.UntypedStorage.from_buffer(bytes(16), byte_order='little', dtype=torch.float32)
torch.FloatStorage.from_buffer(bytes(16), 'native')
torch.frombuffer(bytearray(16), dtype=torch.float32, count=2, offset=4)
torch.frombuffer(memoryview(bytearray(16))[4:], dtype=torch.int16)
torch.empty(0).set_(torch.UntypedStorage(16), 0, (2,), (1,)), torch.empty(0).set_(torch.UntypedStorage(16))
torch.empty(0).set_(t('float32', 4)), torch.empty(0).set_(t('float32', 8).untyped_storage(), 1, (2, 2), (2, 1))
torch.tensor([1]).new().set_(torch.LongStorage(4), 1, (2,), (1,))
torch._utils._rebuild_tensor(torch.FloatStorage(4), 0, (2, 2), (2, 1))
torch._utils._rebuild_tensor_v2(torch.FloatStorage(4), 0, (2, 2), (2, 1), False, {})
torch._utils._rebuild_tensor_v3(torch.UntypedStorage(16), 0, (2, 2), (2, 1), False, {}, torch.float32)
torch._utils._rebuild_parameter(t('float32', 3), True, {})
torch._utils._rebuild_parameter_with_state(t('float32', 3), True, {}, {'a': 1})
torch._utils._rebuild_qtensor(torch.QUInt8Storage(4), 0, (2, 2), (2, 1), (torch.per_tensor_affine, 0.1, 2), False, {})
torch._utils._rebuild_sparse_tensor(torch.sparse_coo, (t('int64', 2, 1), t('float32', 1), (4, 4)))
torch._utils._rebuild_meta_tensor_no_storage(torch.float32, (2, 3), (3, 1), False)
torch._utils._rebuild_device_tensor_from_numpy(np.ones(3), torch.float32, 'cpu', False)
torch._tensor._rebuild_from_type_v2(torch._utils._rebuild_tensor_v2, torch.Tensor, (torch.FloatStorage(4), 0, (2, \
    2), (2, 1), False, {}), {}), called(t('float32', 3), '__setstate__', (torch.FloatStorage(4), 0, (2, 2), (2, 1)))
torch.nested.nested_tensor([t('float32', 2, 3), t('float32', 1, 3)])
torch.nested.as_nested_tensor([t('float32', 2, 3), t('float32', 1, 3)], layout=torch.jagged)
torch.nested.nested_tensor_from_jagged(t('float32', 5, 2), torch.tensor([0, 2, 5]))
torch.nested.narrow(t('float32', 3, 5), 1, t('int64', 3), torch.tensor([1, 2, 3]), layout=torch.jagged)
torch.nested.to_padded_tensor(nested(t('float32', 2, 3)), 0.0, (2, 4, 4)), nested(t('float32', 2, 3)).unbind()
jagged(t('float32', 2, 3)).sum(1), jagged(t('float32', 2, 3)) + jagged(t('float32', 2, 3))
torch.nested.masked_select(t('float32', 3, 5), t('bool', 3, 5))
nested(t('float32', 2, 3)).to_padded_tensor(0.0), nested(t('float32', 2, 3)).transpose(1, 2)
torch.sparse_coo_tensor(t('int64', 2, 3), t('float32', 3), (5, 5))
torch.sparse_coo_tensor(t('int64', 2, 3), t('float32', 3, 2), (5, 5, 2), is_coalesced=True)
torch.sparse_coo_tensor(t('int64', 2, 3), t('float32', 3), (5, 5)).coalesce()
torch.sparse_coo_tensor(t('int64', 2, 3), t('float32', 3), (5, 5)).to_dense()
torch.sparse_csr_tensor(torch.tensor([0, 1, 3]), torch.tensor([0, 0, 2]), t('float32', 3), (2, 3))
torch.sparse_csr_tensor(torch.tensor([0, 1, 3]), torch.tensor([0, 0, 2]), t('float32', 3), (2, 3), \
    check_invariants=False).to_dense(), torch.sparse_csc_tensor(torch.tensor([0, 1, 3]), torch.tensor([0, 0, 2]), \
        t('float32', 3), (3, 2))
torch.sparse_bsr_tensor(torch.tensor([0, 1, 2]), torch.tensor([0, 1]), t('float32', 2, 2, 2), (4, 4)).to_dense()
torch.sparse_compressed_tensor(torch.tensor([0, 1, 2]), torch.tensor([0, 1]), t('float32', 2), (2, 2), \
    layout=torch.sparse_csr), torch.sparse.mm(sparse(t('float32', 3, 3)), t('float32', 3, 2))
torch.sparse.addmm(t('float32', 3, 2), sparse(t('float32', 3, 3)), t('float32', 3, 2), beta=0.5, alpha=2.0)
torch.sparse.sum(sparse(t('float32', 3, 3)), 0), torch.sparse.softmax(sparse(t('float32', 3, 3)), 1)
torch.sparse.log_softmax(sparse(t('float32', 3, 3)), dim=1)
torch.sparse.spdiags(t('float32', 2, 3), torch.tensor([0, 1]), (3, 3))
torch.sparse.sampled_addmm(csr(t('float32', 3, 3)), t('float32', 3, 2), t('float32', 2, 3), beta=1.0, alpha=1.0)
sparse(t('float32', 3, 3)) @ t('float32', 3, 2), csr(t('float32', 3, 3)) @ t('float32', 3, 2)
sparse(t('float32', 3, 3)).index_select(0, torch.tensor([0, 2])), sparse(t('float32', 3, 3)).transpose(0, 1).coalesce()
called(sparse(t('float32', 3, 3)), 'sparse_resize_', (4, 4), 2, 0)
called(sparse(t('float32', 3, 3)), 'sparse_resize_and_clear_', (4, 4), 2, 0)
called(sparse(t('float32', 3, 3)), 'sparse_mask', sparse(t('float32', 3, 3)))
t('float32', 4, 4)[1:3, ::2], t('float32', 4, 4)[torch.tensor([0, 1]), 2], t('float32', 4, 4)[t('bool', 4, 4)]
t('float32', 4, 4)[None, ..., 1], t('float32', 4, 4)[[0, 1], [1, 2]]
called(t('float32', 4, 4), '__getitem__', (slice(0, 2), torch.tensor([1, 2])))
called(t('float32', 4, 4, g=1), '__getitem__', (t('int64', 2), None, 1))
called(t('float32', 4, 4), '__setitem__', (slice(0, 2), 1), 5.0)
called(t('float32', 4, 4), '__setitem__', t('bool', 4, 4), 2.0)
called(t('float32', 4, 4), '__setitem__', (torch.tensor([0, 1]), slice(None)), t('float32', 2, 4))
called(grown(t('float32', 4, 4)), '__setitem__', (0, slice(1, 3)), t('float32', 2, g=1))
torch.from_dlpack(t('float32', 3)), torch.from_dlpack(torch.to_dlpack(t('float32', 3)))
torch.from_numpy(np.ones((2, 3))), torch.as_tensor(np.arange(4)), torch.asarray([1, 2], dtype=torch.float32)
torch.tensor([[1, 2], [3, 4]], dtype=torch.float64), torch.tensor(np.ones(3), device='cpu', requires_grad=True)
np.asarray(t('float32', 3)), np.add(np.ones(3), t('float32', 3)), np.from_dlpack(t('float32', 3))
np.concatenate([t('float32', 3), t('float32', 2)]), called(t('float32', 3), '__array__', np.float64)
called(t('float32', 3), 'numpy', force=True), called(t('float32', 3), '__dlpack__', stream=None, max_version=(1, 0))
torch.Tensor(2, 3), torch.Tensor([1.0, 2.0]), torch.Tensor(t('float32', 3)), torch.Tensor(torch.FloatStorage(3))
torch.FloatTensor([1.0, 2.0]), torch.LongTensor(2, 3), torch.Tensor._make_subclass(Subclass, t('float32', 3), True)
nn.Parameter(t('float32', 3), requires_grad=True)
called(t('float32', 3), 'new', 2, 3), called(t('float32', 3), 'new_tensor', [1, 2])
called(t('float32', 3), 'new_empty_strided', (2, 3), (3, 1)), called(t('float32', 2, 3), 'stride', 1)
called(t('float32', 2, 3), 'size', 1), called(t('float32', 2, 3), 'to', torch.float64, copy=True)
called(t('float32', 2, 3), 'type', torch.int64), called(t('float32', 2, 3), 'tolist')
called(torch.Generator(), 'manual_seed', 5), called(torch.Generator(), 'set_state', torch.Generator().get_state())
torch.randint(0, 5, (3,), generator=torch.Generator()), torch.randperm(5, generator=torch.Generator())
torch.get_rng_state(), torch.multinomial(torch.ones(3), 2, generator=torch.Generator())
nn.utils.rnn.pack_padded_sequence(t('float32', 4, 2, 3), [4, 2], enforce_sorted=True)
nn.utils.rnn.pad_packed_sequence(nn.utils.rnn.pack_padded_sequence(t('float32', 4, 2, 3), [4, 2]), batch_first=True, \
    padding_value=0.0, total_length=5), nn.utils.rnn.pad_sequence([t('float32', 2, 3), t('float32', 1, 3)], \
        batch_first=True, padding_value=0.0, padding_side='left')
nn.utils.rnn.PackedSequence(t('float32', 5, 3), torch.tensor([2, 2, 1]), None, None)
module(nn.LSTM, ((3, 2), {'num_layers': 2}), nn.utils.rnn.pack_padded_sequence(t('float32', 4, 2, 3), [4, 2]))
module(nn.LSTM, ((3, 2), {'bidirectional': True, 'proj_size': 1}), t('float32', 4, 2, 3, g=1), (t('float32', 2, 2, \
    1), t('float32', 2, 2, 2))), module(nn.GRU, ((3, 2), {}), t('float32', 4, 2, 3, g=1), t('float32', 1, 2, 2)), \
        module(nn.RNN, ((3, 2), {}), t('float32', 4, 2, 3, g=1)), module(nn.MultiheadAttention, ((4, 2), {}), \
            t('float32', 3, 1, 4), t('float32', 3, 1, 4), t('float32', 3, 1, 4))
module(nn.TransformerEncoderLayer, ((4, 2, 8), {}), t('float32', 3, 1, 4))
module(nn.TransformerDecoderLayer, ((4, 2, 8), {}), t('float32', 3, 1, 4), t('float32', 3, 1, 4))
module(nn.Transformer, ((4, 2, 1, 1, 8), {}), t('float32', 3, 1, 4), t('float32', 3, 1, 4))
module(nn.EmbeddingBag, ((5, 3), {}), t('int64', 4), torch.tensor([0, 2]))
module(nn.AdaptiveLogSoftmaxWithLoss, ((4, 6, [2, 4]), {}), t('float32', 3, 4), t('int64', 3))
module(nn.Embedding, ((5, 3), {'padding_idx': 0, 'max_norm': 1.0}), t('int64', 4))
module(nn.Bilinear, ((2, 3, 4), {}), t('float32', 5, 2), t('float32', 5, 3))
module(nn.Unflatten, ((1, (2, 2)), {}), t('float32', 3, 4)), module(nn.Flatten, ((1, 2), {}), t('float32', 2, 3, 4))
F.scaled_dot_product_attention(t('float32', 1, 2, 3, 4, g=1), t('float32', 1, 2, 3, 4, g=1), t('float32', 1, 2, 3, \
    4, g=1), attn_mask=t('bool', 3, 3), dropout_p=0.0, is_causal=False, scale=0.5, enable_gqa=False), \
        F.multi_head_attention_forward(t('float32', 3, 1, 4), t('float32', 3, 1, 4), t('float32', 3, 1, 4), 4, 2, \
            t('float32', 12, 4), t('float32', 12), None, None, False, 0.0, t('float32', 4, 4), t('float32', 4))
F.ctc_loss(t('float32', 6, 2, 4, g=1).log_softmax(2), torch.tensor([[1, 2], [3, 1]]), torch.tensor([6, 6]), \
    torch.tensor([2, 2]), blank=0, reduction='none'), torch.ctc_loss(t('float32', 6, 2, 4, g=1).log_softmax(2), \
        torch.tensor([1, 2, 3, 1]), (6, 6), (2, 2), 0, 1, True), F.embedding_bag(t('int64', 6), t('float32', 5, 3, \
            g=1), torch.tensor([0, 2]), mode='sum', per_sample_weights=t('float32', 6), include_last_offset=False)
F.cross_entropy(t('float32', 3, 4, g=1), t('int64', 3) % 4, weight=torch.ones(4), ignore_index=-100, \
    label_smoothing=0.1), F.nll_loss(t('float32', 3, 5, g=1), t('int64', 3), torch.ones(5)), \
        F.multi_margin_loss(t('float32', 3, 5, g=1), t('int64', 3), 1, 1.0, torch.ones(5)), \
            F.multilabel_margin_loss(t('float32', 3, 5, g=1), t('int64', 3, 5)), F.gaussian_nll_loss(t('float32', 3, \
                g=1), t('float32', 3), torch.ones(3))
torch.stft(t('float32', 32), 8, 4, 8, torch.ones(8), True, 'reflect', False, True, True)
torch.istft(torch.stft(t('float32', 32), 8, 4, 8, torch.ones(8), return_complex=True), 8, 4, 8, torch.ones(8), \
    length=30), torch.histogramdd(t('float32', 4, 2), [2, 3], range=[0.0, 1.0, 0.0, 1.0]), \
        torch.histogram(t('float32', 4), 3, range=(0.0, 2.0), weight=t('float32', 4)), torch.bincount(t('int64', 4), \
            t('float32', 4), 6)
torch.lobpcg(torch.eye(9), 2, niter=2)
torch.linalg.ldl_solve(*torch.linalg.ldl_factor(torch.eye(3))[:2], t('float32', 3, 2))
torch.linalg.lu_solve(*torch.linalg.lu_factor(torch.eye(3)), t('float32', 3, 2))
torch.lu_unpack(*torch.linalg.lu_factor(torch.eye(3)))
torch.ormqr(t('float32', 3, 3), t('float32', 3), t('float32', 3, 2)), torch.geqrf(t('float32', 3, 2))
torch.cholesky_solve(t('float32', 3, 2), torch.eye(3)), torch.triangular_solve(t('float32', 3, 2), torch.eye(3))
torch.linalg.solve_triangular(torch.eye(3), t('float32', 3, 2), upper=True)
torch.linalg.householder_product(t('float32', 3, 2), t('float32', 2)), torch.linalg.pinv(t('float32', 3, 2), rtol=0.1)
torch.linalg.matrix_rank(t('float32', 3, 2), atol=0.1)
torch.linalg.lstsq(t('float32', 3, 2), t('float32', 3, 1), rcond=0.1, driver='gels')
within(torch.amp.autocast('cpu', dtype=torch.bfloat16))
torch.utils.checkpoint.checkpoint(torch.sin, t('float32', 3, g=1), use_reentrant=False)
torch.utils.checkpoint.checkpoint_sequential([torch.sin, torch.cos], 2, t('float32', 3, g=1), use_reentrant=False)
nn.utils.clip_grad_norm_([rooted(t('float32', 3))], 1.0, 2.0), nn.utils.parameters_to_vector([t('float32', 3)])
nn.utils.vector_to_parameters(t('float32', 3), [t('float32', 3)])
nn.init.orthogonal_(t('float32', 3, 2)), nn.init.trunc_normal_(t('float32', 3, 2), 0.0, 1.0, -2.0, 2.0)
nn.init.kaiming_uniform_(t('float32', 3, 2), 0.1, 'fan_in', 'relu'), nn.init.sparse_(t('float32', 3, 2), 0.3)
nn.init.dirac_(t('float32', 3, 2, 3), 1), nn.init.eye_(t('float32', 3, 2)), torch.utils.data.get_worker_info()
torch.nn.utils.stateless.functional_call(nn.Linear(3, 2), {}, t('float32', 3))
torch.masked.sum(t('float32', 3, 2), 1, mask=t('bool', 3, 2))
torch.masked.softmax(t('float32', 3, 2), 1, mask=t('bool', 3, 2)), torch.set_rng_state(torch.get_rng_state())
torch.quantize_per_channel(t('float32', 3, 2), torch.ones(3), torch.zeros(3), 0, torch.qint8)
trained(torch.optim.SGD, [t('float32', 3, g=1)], [t('float32', 3)], lr=0.1, momentum=0.9)
trained(torch.optim.Adam, [t('float32', 3, g=1)], [t('float32', 3)], foreach=True)
trained(torch.optim.AdamW, [t('float32', 3, g=1)], [t('float32', 3)], fused=True)
trained(torch.optim.SparseAdam, [t('float32', 3, 2, g=1)], [sparse(t('float32', 3, 2))])
trained(torch.optim.LBFGS, [t('float32', 3, g=1)], [t('float32', 3)], lr=0.1, max_iter=3, history_size=2)
torch.promote_types(torch.int8, torch.float16), torch.result_type(t('int64', 2), 1.5)
torch.can_cast(torch.int8, torch.float16), torch.broadcast_shapes((2, 1), (3,))
torch.broadcast_tensors(t('float32', 2, 1), t('float32', 3))
torch.meshgrid(t('float32', 2), t('float32', 3), indexing='ij'), torch.cartesian_prod(t('float32', 2), t('float32', 3))
torch.combinations(t('float32', 4), 2, True), torch.block_diag(t('float32', 2, 2), t('float32', 1, 3))
torch.einsum('ij,jk->ik', t('float32', 2, 3), t('float32', 3, 2))
torch.tensordot(t('float32', 2, 3), t('float32', 3, 2), ([1], [0]))
"""


@functools.cache
def audit():
    """(names of the leak audit's fixtures -> (code of the value, position in it), its helpers' code, its lines)"""
    tree = ast.parse(AUDIT.read_text())
    values, helpers, text = {}, [], ""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in ("leaf", "words", "each", "read"):
            node.decorator_list = []
            helpers.append(node)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            goal = node.targets[0]
            if isinstance(goal, ast.Name) and goal.id == "CALLS":
                text = node.value.value
                break
            if isinstance(goal, ast.Name) and goal.id not in ("scratch", "READER", "LEAVES"):
                values[goal.id] = (node.value, None)
            elif isinstance(goal, ast.Tuple):
                for i, g in enumerate(goal.elts):
                    values[g.id] = (node.value.elts[i], None) if isinstance(node.value, ast.Tuple) else (node.value, i)
    return values, helpers, text


class Fixtures(ast.NodeTransformer):
    """Names of fixtures become fx('name'): a fresh one every time."""

    def visit_Name(self, node):
        if node.id in audit()[0] and isinstance(node.ctx, ast.Load) and node.id not in ("F", "aten"):
            return ast.copy_location(ast.Call(ast.Name("fx", ast.Load()), [ast.Constant(node.id)], []), node)
        return node


def parts(line):
    """The calls of a line: its items where it is a tuple."""
    tree = ast.parse(line.strip(), mode="eval").body
    return tree.elts if isinstance(tree, ast.Tuple) else [tree]


@functools.cache
def lines():
    """[tree of an expression]"""
    found = [p for line in LINES.strip().splitlines() for p in parts(line)]
    for line in audit()[2].strip().splitlines():
        for part in parts(line):
            names = {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}
            if not names & {"refused", "scratch", "LEAVES", "TABLE", "setattr"}:
                found.append(ast.fix_missing_locations(Fixtures().visit(part)))
    return found
