"""Gradients averaged over processes while backward runs: buckets of parameters, each reduced as soon as all of its
gradients are there."""
import weakref

import mindtorch as torch

from . import collectives
from .groups import group_of
from .reduce_op import ReduceOp

_MB = 1 << 20
_FIRST_BUCKET_BYTES = _MB


class GradBucket:
    """What a communication hook gets: the gradients of some parameters, one after another."""

    __module__ = "torch.distributed"

    def __init__(self, bucket, count):
        self._bucket, self._count = bucket, count

    def index(self):
        """Number of the bucket."""
        return self._bucket.index

    def buffer(self):
        """The gradients, flat."""
        return self._bucket.flat

    def gradients(self):
        """The gradients, each a view of the buffer."""
        return list(self._bucket.views)

    def parameters(self):
        """The parameters."""
        return list(self._bucket.parameters)

    def is_last(self):
        """Whether it is the last bucket of the backward pass."""
        return self._bucket.index == self._count - 1

    def set_buffer(self, buffer):
        """Put another tensor in the buffer's place."""
        self._bucket.flat = buffer
        self._bucket.make_views()


class Bucket:
    """Parameters of one dtype and device, and room for their gradients."""

    def __init__(self, index, parameters):
        self.index, self.parameters = index, parameters
        self.flat = torch.zeros(sum(p.numel() for p in parameters), dtype=parameters[0].dtype,
                                device=parameters[0].device)
        self.make_views()
        self.own = self.flat
        self.left, self.result = set(), None

    def make_views(self):
        """Views of the buffer, a parameter each."""
        self.views, at = [], 0
        for p in self.parameters:
            self.views.append(self.flat[at: at + p.numel()].view(p.shape))
            at += p.numel()


def assign_buckets(parameters, first_bytes, bytes_limit):
    """Lists of parameters in the order in which gradients come, which is about that of last to first use."""
    made, open_ = [], {}
    for p in reversed(parameters):
        key = p.dtype, p.device
        members, size = open_.get(key, ([], 0))
        members.append(p)
        size += p.numel() * p.element_size()
        limit = first_bytes if not made else bytes_limit
        if size >= limit:
            made.append(members)
            open_.pop(key, None)
        else:
            open_[key] = members, size
    return made + [members for members, _ in open_.values()]


class Reducer:
    """The buckets of a model, and what is going on in them."""

    def __init__(self, named_parameters, process_group, bucket_bytes=None, find_unused=False, static_graph=False,
                 grads_are_views=False):
        self.names = {id(p): n for n, p in named_parameters}
        self.parameters = [p for _, p in named_parameters]
        self.group, self.find_unused, self.static_graph = process_group, find_unused, static_graph
        self.grads_are_views, self.hook = grads_are_views, None
        limit = bucket_bytes if bucket_bytes is not None else 25 * _MB
        first = min(limit, _FIRST_BUCKET_BYTES) if bucket_bytes is None else limit
        self.buckets = [Bucket(i, ps) for i, ps in enumerate(assign_buckets(self.parameters, first, limit))]
        self.bucket_of = {id(p): (b, i) for b in self.buckets for i, p in enumerate(b.parameters)}
        self.world = group_of(process_group).size()
        self.expects = self.running = False
        self.sync = True
        self.steps = 0
        self.counts, self.seen = None, {}  # of a static graph: how often each gradient is added to
        self.unused, self.used = set(), set()
        self.next = 0
        self.unready = []  # of a backward pass that did not reach all
        self.divisor = self.world
        self.on_end = None
        me = weakref.ref(self)
        self._handles = [p.register_post_accumulate_grad_hook(_hook(me)) for p in self.parameters]

    def prepare(self, outputs):
        """Before backward: what it will not reach is known from the outputs, if that was asked for."""
        self.expects, self.unused = True, set()
        if self.find_unused and not (self.static_graph and self.counts is not None):
            reached = _leaves(outputs)
            self.unused = {id(p) for p in self.parameters} - reached

    def check_finished(self):
        """RuntimeError when the last backward did not reach all parameters."""
        if not self.unready:
            return
        indices = [i for i, p in enumerate(self.parameters) if id(p) in self.unready]
        names = ", ".join(self.names[i] for i in self.unready)
        raise RuntimeError(
            "Expected to have finished reduction in the prior iteration before starting a new one. This error "
            "indicates that your module has parameters that were not used in producing loss. You can enable unused "
            "parameter detection by passing the keyword argument `find_unused_parameters=True` to "
            "`torch.nn.parallel.DistributedDataParallel`, and by making sure all `forward` function outputs "
            "participate in calculating loss. \nIf you already have done the above, then the distributed data parallel "
            "module wasn't able to locate the output tensors in the return value of your module's `forward` function. "
            "Please include the loss function and the structure of the return value of `forward` of your module when "
            f"reporting this issue (e.g. list, dict, iterable).\nParameters which did not receive grad for rank "
            f"{group_of(self.group).rank()}: {names}\nParameter indices which did not receive grad for rank "
            f"{group_of(self.group).rank()}: {' '.join(map(str, indices))}")

    # ---- during backward ----
    def _begin(self):
        self.running, self.next, self.used, self.seen = True, 0, set(), {}
        for b in self.buckets:
            b.left, b.result = {id(p) for p in b.parameters}, None
        torch.autograd.Variable._execution_engine.queue_callback(self._end)
        unused = self.unused
        if self.static_graph and self.counts is not None:
            unused = {i for i in self.bucket_of if i not in self.counts}
        for i in unused:
            bucket, _ = self.bucket_of[i]
            bucket.left.discard(i)

    def arrived(self, p):
        """A gradient is there."""
        if not self.sync:
            return
        if not self.running:
            self._begin()
            if not self.static_graph or self.counts is not None:
                self._launch()
        key = id(p)
        self.used.add(key)
        self.seen[key] = self.seen.get(key, 0) + 1
        if self.static_graph and (self.counts is None or self.seen[key] < self.counts.get(key, 1)):
            return
        bucket, _ = self.bucket_of[key]
        if key not in bucket.left:
            if bucket.result is None:
                return  # added to once more before the bucket was full: what counts is what is there then
            self.running = False
            raise RuntimeError(
                "Expected to mark a variable ready only once. This error is caused by one of the following reasons: 1) "
                "Use of a module parameter outside the `forward` function. Please make sure model parameters are not "
                "shared across multiple concurrent forward-backward passes. or try to use _set_static_graph() as a "
                "workaround if this module graph does not change during training loop.2) Reused parameters in multiple "
                "reentrant backward passes. For example, if you use multiple `checkpoint` functions to wrap the same "
                "part of your model, it would result in the same set of parameters been used by different reentrant "
                "backward passes multiple times, and hence marking a variable ready multiple times. DDP does not "
                "support such use cases in default. You can try to use _set_static_graph() as a workaround if your "
                f"module graph does not change over iterations.\nParameter: {self.names[key]}")
        bucket.left.discard(key)
        self._launch()

    def _launch(self):
        """Reduces the buckets that are full, in their order: it is the same in all processes."""
        while self.next < len(self.buckets) and not self.buckets[self.next].left:
            self._reduce(self.buckets[self.next])
            self.next += 1

    def _reduce(self, bucket):
        with torch.no_grad():
            if bucket.flat is not bucket.own:
                bucket.flat = bucket.own
                bucket.make_views()
            for p, view in zip(bucket.parameters, bucket.views):
                if p.grad is None or (id(p) not in self.used and self.find_unused and p.grad is None):
                    view.zero_()
                elif p.grad.data_ptr() != view.data_ptr():
                    view.copy_(p.grad)
            if self.hook is not None:
                state, hook = self.hook
                bucket.result = hook(state, GradBucket(bucket, len(self.buckets)))
                if not hasattr(bucket.result, "wait"):
                    raise RuntimeError("callback must return a torch.futures.Future object, but got "
                                       f"{type(bucket.result)}")
            else:
                bucket.flat.div_(self.divisor)
                bucket.result = collectives.all_reduce(bucket.flat, ReduceOp.SUM, self.group, True)

    def _end(self):
        self.running = False
        if self.static_graph and self.counts is None:
            self.counts = dict(self.seen)
            for b in self.buckets:
                b.left = set()
        self._launch()
        left = [i for b in self.buckets for i in b.left]
        if left:
            self.unready = left
            for b in self.buckets:
                if b.result is not None:
                    b.result.wait()
            return
        self.expects = False
        globally = None
        if self.find_unused:
            globally = torch.tensor([int(id(p) in self.used) for p in self.parameters], dtype=torch.int32)
            if group_of(self.group).engine("cpu") is not None:
                collectives.all_reduce(globally, ReduceOp.SUM, self.group)
            globally = {id(p) for p, n in zip(self.parameters, globally.tolist()) if n}
        with torch.no_grad():
            for b in self.buckets:
                self._finish(b, globally)
        self.steps += 1
        if self.on_end is not None:
            self.on_end()

    def _finish(self, bucket, globally):
        result = bucket.result
        if self.hook is not None:
            value = result.wait()
            flat = value[0] if isinstance(value, (list, tuple)) else value
            if flat.data_ptr() != bucket.flat.data_ptr():
                bucket.flat.copy_(flat.reshape(-1))
        else:
            result.wait()
        for p, view in zip(bucket.parameters, bucket.views):
            if globally is not None and id(p) not in globally:
                continue
            if self.grads_are_views:
                p.grad = view
            elif p.grad is None:
                p.grad = view.clone()
            else:
                p.grad.copy_(view)
        bucket.result = None

    def remove(self):
        """Take the hooks off the parameters."""
        for h in self._handles:
            h.remove()


def _hook(me):
    def hook(p):
        reducer = me()
        if reducer is not None:
            reducer.arrived(p)

    return hook


def _leaves(outputs):
    """ids of the leaves that the outputs' graphs reach."""
    reached, seen = set(), set()
    pending = []
    for t in outputs:
        if t.grad_fn is not None:
            pending.append(t.grad_fn)
        elif t.requires_grad:
            reached.add(id(t))
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None:
            reached.add(id(variable))
        pending.extend(n for n, _ in node.next_functions if n is not None)
    return reached


def broadcast_coalesced(tensors, group, root=0, buffer_bytes=250 * _MB):
    """Give all ranks the tensors of one, few large messages for many small tensors."""
    pending, sizes = {}, {}

    def flush(key):
        members = pending.pop(key, [])
        sizes.pop(key, None)
        if not members:
            return
        with torch.no_grad():
            flat = torch.cat([t.detach().reshape(-1) for t in members])
            collectives.broadcast(flat, group=group, group_src=root)
            at = 0
            for t in members:
                t.detach().copy_(flat[at: at + t.numel()].view(t.shape))
                at += t.numel()

    for t in tensors:
        key = t.dtype, t.device
        pending.setdefault(key, []).append(t)
        sizes[key] = sizes.get(key, 0) + t.numel() * t.element_size()
        if sizes[key] >= buffer_bytes:
            flush(key)
    for key in list(pending):
        flush(key)


def verify_shapes(parameters, group):
    """RuntimeError when ranks do not have the same parameters."""
    from . import objects

    g = group_of(group)
    mine = [list(p.shape) for p in parameters]
    every = [None] * g.size()
    objects.all_gather_object(every, mine, g)
    for r, theirs in enumerate(every):
        if len(theirs) != len(every[0]):
            raise RuntimeError(f"DDP expects same model across all ranks, but Rank {g.rank()} has {len(mine)} params, "
                               f"while rank {r if r != g.rank() else 0} has inconsistent "
                               f"{len(theirs if r != g.rank() else every[0])} params.")
    for i, shape in enumerate(mine):
        if shape != every[0][i]:
            raise RuntimeError(f"[{g.rank()}]: params[{i}] in this process with sizes {shape} appears not to match "
                               "sizes of the same param in process 0.")
    for r, theirs in enumerate(every):  # the ranks that agree with the first say so too, instead of waiting for ever
        if theirs != every[0]:
            raise RuntimeError(f"[{g.rank()}]: the params of process {r} appear not to match those of process 0.")
