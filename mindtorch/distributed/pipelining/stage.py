"""A stage of a pipeline: a module, and what it gets from the one before and gives to the one after."""
import contextlib

import mindtorch as torch

from ..groups import group_of
from ..messages import irecv, isend
from ..objects import recv_object_list, send_object_list


def _tuple(value):
    return value if isinstance(value, tuple) else tuple(value) if isinstance(value, list) else (value,)


class PipelineStage:
    """The module of stage number stage_index of num_stages, on the rank of that number: PipelineStage(module, rank,
    world_size, device). What passes between stages are tensors, of the same shapes for every microbatch.
    NotImplementedError for shapes given in advance, RuntimeError for a group of fewer ranks than stages."""

    __module__ = "torch.distributed.pipelining"

    def __init__(self, submodule, stage_index, num_stages, device, input_args=None, output_args=None,
                 output_grads=None, input_grads=None, group=None, dw_builder=None, get_mesh=None):
        for name, value in (("input_args", input_args), ("output_args", output_args), ("output_grads", output_grads),
                            ("input_grads", input_grads), ("dw_builder", dw_builder), ("get_mesh", get_mesh)):
            if value is not None:
                raise NotImplementedError(f"PipelineStage: {name}")
        self.submod, self.stage_index, self.num_stages = submodule, stage_index, num_stages
        self.device, self.group = torch.device(device), group_of(group)
        if not 0 <= stage_index < num_stages:
            raise ValueError(f"Stage index {stage_index} is out of range of {num_stages}")
        if num_stages != self.group.size():
            raise RuntimeError(f"Pipeline group size {self.group.size()} must be the number of stages {num_stages}: a "
                               "rank has one stage")
        if stage_index != self.group.rank():
            raise RuntimeError(f"stage {stage_index} is on rank {self.group.rank()} of the group")
        self._shapes = None
        self.clear_runtime_states()

    is_first = property(lambda self: self.stage_index == 0, doc="Whether it is the first stage.")
    is_last = property(lambda self: self.stage_index == self.num_stages - 1, doc="Whether it is the last stage.")

    def clear_runtime_states(self):
        """Forget the microbatches of the last step."""
        self._kept, self._sent = {}, []

    def _send(self, tensors, to):
        for t in tensors:
            t = t.detach().contiguous()
            self._sent.append((isend(t, group=self.group, group_dst=to), t))

    def _receive(self, shapes, source):
        made = [torch.empty(shape, dtype=dtype, device=self.device) for shape, dtype in shapes]
        for work in [irecv(t, group=self.group, group_src=source) for t in made]:
            work.wait()
        return made

    def _inputs(self):
        """What the stage before gives; the first time it says first what that will be."""
        before = self.stage_index - 1
        if self._shapes is None:
            box = [None]
            recv_object_list(box, group=self.group, group_src=before)
            self._shapes = box[0]
        made = self._receive(self._shapes, before)
        if torch.is_grad_enabled():
            for t in made:
                if t.is_floating_point():
                    t.requires_grad_()
        return tuple(made)

    def forward_one_chunk(self, chunk, args, kwargs):
        """Forward of a microbatch; its output."""
        inputs = args if self.is_first else self._inputs()
        output = self.submod(*inputs, **kwargs)
        outputs = _tuple(output)
        for t in outputs:
            if not isinstance(t, torch.Tensor):
                raise TypeError(f"a stage gives tensors to the next one, but stage {self.stage_index} gave a "
                                f"{type(t).__name__}")
        if not self.is_last:
            shapes = [(tuple(t.shape), t.dtype) for t in outputs]
            if getattr(self, "_said", None) is None:
                self._said = shapes
                send_object_list([shapes], group=self.group, group_dst=self.stage_index + 1)
            elif self._said != shapes:
                raise RuntimeError(f"stage {self.stage_index} gives {shapes}, and gave {self._said} before: "
                                   "microbatches must be of one shape")
            self._send(outputs, self.stage_index + 1)
        if torch.is_grad_enabled():
            self._kept[chunk] = inputs, outputs
        return output

    def backward_one_chunk(self, chunk, loss=None, last=True):
        """Backward of a microbatch, from its loss or what the next stage gives; `last`: whether gradients are reduced
        between replicas."""
        inputs, outputs = self._kept.pop(chunk)
        with self._sync(last):
            if self.is_last:
                loss.backward()
            else:
                wanted = [t for t in outputs if t.is_floating_point()]
                grads = self._receive([(tuple(t.shape), t.dtype) for t in wanted], self.stage_index + 1)
                pairs = [(t, g) for t, g in zip(wanted, grads) if t.requires_grad]
                torch.autograd.backward([t for t, _ in pairs], [g for _, g in pairs])
        if not self.is_first:
            self._send([torch.zeros_like(t) if t.grad is None else t.grad for t in inputs if t.is_floating_point()],
                       self.stage_index - 1)

    @contextlib.contextmanager
    def _sync(self, last):
        from mindtorch.nn.parallel import DistributedDataParallel

        from ..fsdp import FSDPModule, FullyShardedDataParallel

        if isinstance(self.submod, FSDPModule):
            self.submod.set_requires_gradient_sync(last)
            yield
        elif not last and isinstance(self.submod, (DistributedDataParallel, FullyShardedDataParallel)):
            with self.submod.no_sync():
                yield
        else:
            yield

    def scale_grads(self, by):
        """Divide gradients."""
        if by != 1:
            with torch.no_grad():
                for p in self.submod.parameters():
                    if p.grad is not None:
                        p.grad.div_(by)

    def finish(self):
        """Have what was sent arrive."""
        for work, _ in self._sent:
            work.wait()
        self._sent = []
