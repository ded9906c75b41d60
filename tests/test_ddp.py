"""DistributedDataParallel: the curve of one process with the whole batch, and what it raises and leaves alone.

What is expected is one process's training on all the inputs, or a formula; types and texts of errors are PyTorch's."""

import json

from tests.distributed_ranks import ranks

MODEL = """
    from torch import nn
    from torch.nn.parallel import DistributedDataParallel as DDP
    dist.init_process_group("gloo", timeout=timedelta(seconds=30))

    class Net(nn.Module):
        def __init__(self, spare=False):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(6, 300), nn.Linear(300, 300), nn.Linear(300, 2)
            self.spare = nn.Linear(6, 2) if spare else None

        def forward(self, x, use_spare=False):
            y = self.c(torch.tanh(self.b(torch.relu(self.a(x)))))
            return y + self.spare(x) if use_spare else y

    def data(step):
        g = torch.Generator().manual_seed(step)
        return torch.randn(4 * SIZE, 6, generator=g), torch.randn(4 * SIZE, 2, generator=g)

    def mine(t):
        return t[4 * RANK: 4 * RANK + 4]

    def reference(steps, optimizer=lambda p: torch.optim.AdamW(p, 1e-3)):
        torch.manual_seed(0)
        net = Net()
        o, losses = optimizer(net.parameters()), []
        for step in range(steps):
            x, y = data(step)
            o.zero_grad()
            loss = nn.functional.mse_loss(net(x), y)
            loss.backward()
            o.step()
            losses.append(loss.item())
        return net, losses

    def train(steps, hook=None, optimizer=lambda p: torch.optim.AdamW(p, 1e-3), **options):
        torch.manual_seed(RANK)  # the first rank's parameters are everybody's
        net = DDP(Net(), **options)
        if hook is not None:
            net.register_comm_hook(*hook)
        o, losses = optimizer(net.parameters()), []
        for step in range(steps):
            x, y = data(step)
            o.zero_grad()
            loss = nn.functional.mse_loss(net(mine(x)), mine(y))
            loss.backward()
            o.step()
            dist.all_reduce(total := loss.detach().clone())
            losses.append(total.item() / SIZE)
        return net, losses

    def agree(one, many, rtol=None):
        # a hook that sends halves rounds every gradient to them: rtol is then ten steps' worth of a half's step
        atol = None if rtol is None else 1e-5
        torch.testing.assert_close(torch.tensor(many), torch.tensor(one), rtol=rtol, atol=atol)
"""


def ddp(script, n=2, **options):
    import textwrap

    return ranks(textwrap.dedent(MODEL) + textwrap.dedent(script), n, **options)


def test_curve():
    ddp("""
        net, one = reference(20)
        many = train(20)
        agree(one, many[1])
        for p, q in zip(net.parameters(), many[0].parameters()):
            torch.testing.assert_close(q, p)
        assert len(many[0].reducer.buckets) == 1 and list(many[0].state_dict())[0] == "module.a.weight"
        # several buckets, views of them as gradients, a graph that stays
        agree(one, train(20, bucket_cap_mb=0.01, gradient_as_bucket_view=True)[1])
        agree(one, train(20, static_graph=True)[1])
        agree(one, train(20, find_unused_parameters=True)[1])
    """, 3)


def test_gradients_are_reduced_while_backward_runs():
    ddp("""
        torch.manual_seed(0)
        net = DDP(Net(), bucket_cap_mb=0.01)
        done = []
        first = list(net.parameters())[0]
        first.register_post_accumulate_grad_hook(
            lambda p: done.append([b.result is not None for b in net.reducer.buckets]))
        net(torch.randn(4, 6)).sum().backward()
        # when the gradient of the first layer comes, the last layer's bucket has been given to the other processes
        assert done == [[True, False]], done
    """)


def test_no_sync_and_accumulation():
    ddp("""
        torch.manual_seed(0)
        one = Net()
        x, y = data(0)
        nn.functional.mse_loss(one(x), y).backward()
        torch.manual_seed(0)
        net = DDP(Net())
        x, y = mine(x), mine(y)
        with net.no_sync():
            (nn.functional.mse_loss(net(x[:2]), y[:2]) / 2).backward()
        own = net.module.a.weight.grad.clone()
        every = [torch.zeros_like(own) for _ in range(SIZE)]
        dist.all_gather(every, own)
        assert not torch.equal(every[0], every[1])
        (nn.functional.mse_loss(net(x[2:]), y[2:]) / 2).backward()
        for p, q in zip(one.parameters(), net.parameters()):
            torch.testing.assert_close(q.grad, p.grad)
    """)


def test_unused_parameters():
    ddp("""
        torch.manual_seed(0)
        net = DDP(Net(spare=True))
        net(torch.ones(1, 6)).sum().backward()
        raises(RuntimeError, "Expected to have finished reduction in the prior iteration", net, torch.ones(1, 6))
        net = DDP(Net(spare=True), find_unused_parameters=True)
        net(torch.ones(1, 6)).sum().backward()
        assert net.module.spare.weight.grad is None and net.module.a.weight.grad is not None
        net(torch.ones(1, 6), use_spare=RANK == 0).sum().backward()  # one process uses it
        same(net.module.spare.weight.grad, torch.full((2, 6), 1 / SIZE))
        net = DDP(Net(spare=True), static_graph=True)
        for _ in range(3):
            net(torch.ones(1, 6)).sum().backward()
        assert net.module.spare.weight.grad is None or not net.module.spare.weight.grad.any()
    """)


def test_buffers():
    ddp("""
        torch.manual_seed(RANK)
        net = DDP(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)))
        same_as_first = lambda t: (dist.broadcast(u := t.clone(), 0), torch.equal(u, t))[1]
        assert all(same_as_first(t.detach()) for t in net.state_dict().values())
        for step in range(3):
            net(torch.randn(5, 3)).sum().backward()
        net(torch.randn(5, 3))
        assert same_as_first(net.module[1].running_mean) == (RANK == 0)  # each its own until the next forward
        before = net.module[1].running_mean.clone()
        dist.broadcast(before, 0)
        net.eval()
        net(torch.randn(5, 3))
        net.train()
        net.module[1].momentum = 0.0
        net(torch.randn(5, 3))
        same(net.module[1].running_mean, before)
        assert net.module[1].num_batches_tracked.item() == 5
    """)


def test_hooks():
    ddp("""
        from torch.distributed.algorithms.ddp_comm_hooks import default_hooks, powerSGD_hook
        one = reference(10)[1]
        agree(one, train(10, (None, default_hooks.allreduce_hook))[1])
        agree(one, train(10, (None, default_hooks.fp16_compress_hook))[1], 1e-2)
        agree(one, train(10, (None, default_hooks.bf16_compress_wrapper(default_hooks.allreduce_hook)))[1], 5e-2)
        state = powerSGD_hook.PowerSGDState(None, matrix_approximation_rank=4, start_powerSGD_iter=2)
        losses = train(40, (state, powerSGD_hook.powerSGD_hook))[1]
        assert state.iter == 40 and state.error_dict and sum(losses[-8:]) < sum(losses[:8])
        net = DDP(Net())
        future = torch.futures.Future()
        net.register_comm_hook(None, lambda s, b: (future.set_result(torch.full_like(b.buffer(), 7.0)), future)[1])
        net(torch.ones(1, 6)).sum().backward()
        assert (net.module.b.bias.grad == 7).all()
        raises(RuntimeError, "can only be called once", net.register_comm_hook, None, default_hooks.allreduce_hook)
    """)


def test_join():
    ddp("""
        torch.manual_seed(0)
        net = DDP(Net())
        o = torch.optim.SGD(net.parameters(), 0.01)
        steps = 0
        with net.join():
            for step in range(3 + 2 * RANK):
                o.zero_grad()
                net(torch.ones(2, 6)).sum().backward()
                o.step()
                steps += 1
        assert steps == 3 + 2 * RANK
        for p in net.parameters():
            dist.all_gather(every := [torch.zeros_like(p) for _ in range(SIZE)], p.detach())
            assert torch.equal(every[0], every[1])
        try:
            with net.join(throw_on_early_termination=True):
                for step in range(2 + RANK):
                    net(torch.ones(2, 6)).sum().backward()
        except RuntimeError as error:
            assert "exhausted" in str(error), error
        else:
            raise AssertionError("no error")
    """)


def test_refused():
    ddp("""
        raises(RuntimeError, "doesn't have any parameter that requires a gradient", DDP, nn.ReLU())
        raises(ValueError, "device_ids can only be None or contain a single element", DDP, Net(), device_ids=[0, 1])
        if RANK == 0:
            raises(RuntimeError, "DDP expects same model across all ranks, but Rank 0 has 6 params, while rank 1 has "
                                 "inconsistent 8 params.", DDP, Net())
        else:
            raises(RuntimeError, "DDP expects same model across all ranks, but Rank 1 has 8 params, while rank 0 has "
                                 "inconsistent 6 params.", DDP, Net(spare=True))
        raises(RuntimeError, "params", DDP, nn.Linear(3, 2 + RANK))
        dist.destroy_process_group()
        raises(ValueError, "Default process group has not been initialized", DDP, Net())
    """)


TRAINER = """
    import json
    import transformers
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed
    transformers.logging.set_verbosity_error()
    set_seed(0)
    model = BertForSequenceClassification(BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0))
    g = torch.Generator().manual_seed(1)
    data = [{"input_ids": torch.randint(0, 50, (12,), generator=g), "labels": i % 2} for i in range(160)]
    args = TrainingArguments(
        output_dir=os.environ["FOLDER"], per_device_train_batch_size=8 // SIZE, max_steps=20, logging_steps=1,
        report_to=[], save_strategy="no", learning_rate=1e-3, disable_tqdm=True, use_cpu=True,
        average_tokens_across_devices=False)
    trainer = Trainer(model=model, args=args, train_dataset=data)
    trainer.train()
    assert type(trainer.model_wrapped).__name__ == "DistributedDataParallel"
    if RANK == 0:
        print("LOSSES", json.dumps([entry["loss"] for entry in trainer.state.log_history if "loss" in entry]))
"""


def test_trainer():
    """Two processes have the losses of one with both batches. (With average_tokens_across_devices transformers takes
    the loss of a model that does not count its items times the number of processes, under PyTorch too.)"""
    def losses(n):
        text = ranks(TRAINER, n, timeout=120)[0]
        return json.loads(text.split("LOSSES", 1)[1].splitlines()[0])

    one, two = losses(1), losses(2)
    assert len(one) == 20 and all(abs(b - a) <= 1e-5 for a, b in zip(one, two)), (one, two)


def test_zero_redundancy_optimizer():
    ddp("""
        from torch.distributed.optim import ZeroRedundancyOptimizer as Zero
        for kind, more in ((torch.optim.AdamW, {"lr": 1e-3}), (torch.optim.SGD, {"lr": 1e-2, "momentum": 0.9})):
            made = []
            one = reference(10, lambda p: kind(p, **more))[1]

            def optimizer(p):
                made.append(Zero(p, kind, **more))
                return made[0]

            net, many = train(10, optimizer=optimizer)
            agree(one, many)
            o = made[0]
            # every parameter's state is on one rank, and the ranks have about as many numbers
            counts = [None] * SIZE
            dist.all_gather_object(counts, [len(o.optim.state), sum(p.numel() for p in o.optim.state)])
            assert sum(n for n, _ in counts) == 6 and max(m for _, m in counts) <= 90300
            o.param_groups[0]["lr"] = 5e-4  # as schedulers do
            raises(RuntimeError, "has not been consolidated on this rank", o.state_dict)
            o.consolidate_state_dict(to=1)
            if RANK != 1:
                raises(RuntimeError, "has not been consolidated on this rank", o.state_dict)
            box = [o.state_dict() if RANK == 1 else None]
            dist.broadcast_object_list(box, 1)
            state = box[0]
            assert sorted(state["state"]) == list(range(6))
            # one process's optimizer takes it, and goes on as this one
            plain = Net()
            plain.load_state_dict(net.module.state_dict())
            alone = kind(plain.parameters(), **more)
            import copy
            alone.load_state_dict(copy.deepcopy(state))  # optimizers take tensors of their dtype as they are
            again = Zero(net.parameters(), kind, **more)
            again.load_state_dict(state)
            x, y = data(11)
            nn.functional.mse_loss(plain(x), y).backward()
            net.zero_grad()
            nn.functional.mse_loss(net(mine(x)), mine(y)).backward()
            alone.param_groups[0]["lr"] = again.param_groups[0]["lr"] = 5e-4
            alone.step(), again.step()
            for p, q in zip(plain.parameters(), net.parameters()):
                torch.testing.assert_close(q, p)
        raises(NotImplementedError, "overlap_with_ddp", Zero, net.parameters(), torch.optim.SGD, overlap_with_ddp=True)
    """)
