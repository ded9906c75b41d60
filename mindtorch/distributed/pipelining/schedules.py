"""In which order a stage does forward and backward of its microbatches."""
import mindtorch as torch

from .stage import PipelineStage


def _chunks(value, n):
    """A tensor's rows in n parts; what is no tensor goes to all."""
    if not isinstance(value, torch.Tensor):
        return [value] * n
    if value.ndim == 0 or value.shape[0] < n:
        raise RuntimeError(f"a tensor of shape {tuple(value.shape)} cannot be cut into {n} microbatches")
    return torch.tensor_split(value, n)


class _Schedule:
    """step(*args, target=...) does forward and backward of a batch, cut into n_microbatches along its rows: the first
    stage is given the inputs, the last one the targets, all are given keyword arguments of their own."""

    def __init__(self, stage, n_microbatches, loss_fn=None, args_chunk_spec=None, kwargs_chunk_spec=None,
                 output_merge_spec=None, scale_grads=True):
        if args_chunk_spec is not None or kwargs_chunk_spec is not None or output_merge_spec is not None:
            raise NotImplementedError("pipelines: microbatches along other dimensions than the first")
        if not isinstance(stage, PipelineStage):
            raise TypeError(f"a PipelineStage, not {type(stage).__name__}")
        if n_microbatches < 1:
            raise ValueError(f"n_microbatches is {n_microbatches}")
        self._stage, self._count, self._loss_fn, self._scale = stage, n_microbatches, loss_fn, scale_grads

    def _order(self):
        """[("F" or "B", microbatch)]"""
        raise NotImplementedError

    def step(self, *args, target=None, losses=None, return_outputs=True, loss_kwargs=None, **kwargs):
        """Forward and backward of a batch; the outputs on the last stage. `losses` is filled with those of the
        microbatches. RuntimeError without gradients, or a loss_fn."""
        if not torch.is_grad_enabled():
            raise RuntimeError("step() requires gradients to be enabled for backward computation; it should not be "
                               "used under torch.no_grad() context. Please call eval() instead.")
        return self._run(args, target, losses, return_outputs, loss_kwargs, kwargs, True)

    def eval(self, *args, target=None, losses=None, return_outputs=True, loss_kwargs=None, **kwargs):
        """Forward alone, without gradients."""
        with torch.no_grad():
            return self._run(args, target, losses, return_outputs, loss_kwargs, kwargs, False)

    def _run(self, args, target, losses, return_outputs, loss_kwargs, kwargs, backward):
        stage, n = self._stage, self._count
        if backward and stage.is_last and self._loss_fn is None:
            raise RuntimeError("a pipeline's step needs a loss_fn; eval() does not")
        if stage.is_last and self._loss_fn is not None and target is None and (backward or losses is not None):
            raise RuntimeError("the last stage of a pipeline needs the target")
        split = list(zip(*(_chunks(a, n) for a in args))) if args else [()] * n
        named = {k: _chunks(v, n) for k, v in kwargs.items()}
        goals = _chunks(target, n) if target is not None else [None] * n
        stage.clear_runtime_states()
        outputs, found = [], {}
        order = self._order() if backward else [("F", i) for i in range(n)]
        final = max((at for at, (kind, _) in enumerate(order) if kind == "B"), default=None)
        for at, (kind, i) in enumerate(order):
            if kind == "F":
                out = stage.forward_one_chunk(i, split[i], {k: v[i] for k, v in named.items()})
                if stage.is_last:
                    if goals[i] is not None and self._loss_fn is not None:
                        found[i] = self._loss_fn(out, goals[i], **(loss_kwargs or {}))
                    outputs.append(out)
            else:
                stage.backward_one_chunk(i, found.get(i), at == final)
        if backward and self._scale:
            stage.scale_grads(n)
        stage.finish()
        if losses is not None and stage.is_last:
            losses[:] = [found[i] for i in sorted(found)]
        if not stage.is_last or not return_outputs:
            return None
        if isinstance(outputs[0], (tuple, list)):
            return tuple(torch.cat([o.detach() for o in each]) for each in zip(*outputs))
        return torch.cat([o.detach() for o in outputs])


class ScheduleGPipe(_Schedule):
    """All forwards, then all backwards."""

    __module__ = "torch.distributed.pipelining"

    def _order(self):
        return [("F", i) for i in range(self._count)] + [("B", i) for i in range(self._count)]


class Schedule1F1B(_Schedule):
    """Forwards until the first backward can come, then one of each in turns: fewer microbatches are in memory."""

    __module__ = "torch.distributed.pipelining"

    def _order(self):
        ahead = min(self._count, self._stage.num_stages - self._stage.stage_index)
        order = [("F", i) for i in range(ahead)]
        for i in range(self._count):
            order.append(("B", i))
            if ahead + i < self._count:
                order.append(("F", ahead + i))
        return order
