"""Batch normalisation."""
import mindtorch as torch
import mindtorch.nn.functional as F
from mindtorch.nn import init
from mindtorch.nn.parameter import Parameter, UninitializedBuffer, UninitializedParameter

from .lazy import LazyModuleMixin
from .module import Module

__all__ = ["BatchNorm1d", "LazyBatchNorm1d", "BatchNorm2d", "LazyBatchNorm2d", "BatchNorm3d", "LazyBatchNorm3d",
           "SyncBatchNorm"]


class _NormBase(Module):
    """Weight, bias and running statistics of a normalisation over channels."""

    _version = 2
    __constants__ = ["track_running_stats", "momentum", "eps", "num_features", "affine"]
    num_features: int
    eps: float
    momentum: float | None
    affine: bool
    track_running_stats: bool

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, device=None, dtype=None, *,
                 bias: bool = True) -> None:
        super().__init__()
        how = {"device": device, "dtype": dtype}
        self.num_features, self.eps, self.momentum, self.affine, self.track_running_stats = (
            num_features, eps, momentum, affine, track_running_stats)
        self.register_parameter("weight", Parameter(torch.empty(num_features, **how)) if affine else None)
        self.register_parameter("bias", Parameter(torch.empty(num_features, **how)) if affine and bias else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", torch.zeros(num_features, **how) if tracked else None)
        self.register_buffer("running_var", torch.ones(num_features, **how) if tracked else None)
        self.register_buffer("num_batches_tracked", torch.tensor(0, dtype=torch.long, device=device) if tracked
                             else None)
        self.reset_parameters()

    def reset_running_stats(self):
        """Mean 0, variance 1, no batches seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self):
        """Weight 1, bias 0, fresh statistics."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check_input_dim(self, input):
        raise NotImplementedError

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ):
        version = local_metadata.get("version", None)
        if (version is None or version < 2) and self.track_running_stats:
            key = prefix + "num_batches_tracked"  # version 1 had none
            if key not in state_dict:
                seen = self.num_batches_tracked
                state_dict[key] = seen if seen is not None and not seen.is_meta else torch.tensor(0, dtype=torch.long)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
                                      error_msgs)


class _BatchNorm(_NormBase):
    def _update_factor(self):
        """Weight of this batch in the running statistics; counts the batch."""
        factor = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                factor = 1.0 / float(self.num_batches_tracked)
        return factor

    def _statistics(self):
        """(running_mean, running_var, whether to use the batch's own)."""
        own = self.training or (self.running_mean is None and self.running_var is None)
        keep = not self.training or self.track_running_stats
        return self.running_mean if keep else None, self.running_var if keep else None, own

    def forward(self, input):
        self._check_input_dim(input)
        factor = self._update_factor()
        mean, var, own = self._statistics()
        return F.batch_norm(input, mean, var, self.weight, self.bias, own, factor, self.eps)


class _LazyNormBase(LazyModuleMixin, _NormBase):
    weight: UninitializedParameter
    bias: UninitializedParameter

    def __init__(
        self, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None, *, bias=True
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=bias)  # nothing to allocate yet
        how = {"device": device, "dtype": dtype}
        self.affine, self.track_running_stats = affine, track_running_stats
        if affine:
            self.weight = UninitializedParameter(**how)
            if bias:
                self.bias = UninitializedParameter(**how)
        if track_running_stats:
            self.running_mean, self.running_var = UninitializedBuffer(**how), UninitializedBuffer(**how)
            self.num_batches_tracked = torch.tensor(0, dtype=torch.long, device=device)

    def reset_parameters(self):
        """As the base, once there is something to reset."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input):
        """Take num_features from the input's channels."""
        if self.has_uninitialized_params():
            self.num_features = input.shape[1]
            for t in (self.weight, self.bias, self.running_mean, self.running_var):
                if isinstance(t, (UninitializedParameter, UninitializedBuffer)):
                    t.materialize((self.num_features,))
            self.reset_parameters()


def _checked(dims):
    said = said_of(dims)

    def _check_input_dim(self, input):
        if input.dim() not in dims:
            raise ValueError(f"expected {said} input (got {input.dim()}D input)")

    return _check_input_dim


def _declare(number, dims):
    check = _checked(dims)
    plain = type(Module)(f"BatchNorm{number}d", (_BatchNorm,), {"__module__": __name__, "_check_input_dim": check,
        "__doc__": f"Batch normalisation of {said_of(dims)} input over its channels."})
    lazy = type(Module)(f"LazyBatchNorm{number}d", (_LazyNormBase, _BatchNorm), {
        "__module__": __name__, "cls_to_become": plain, "_check_input_dim": check,
        "__doc__": f"A BatchNorm{number}d that takes num_features from its first input."})
    return plain, lazy


def said_of(dims):
    """'2D or 3D' for (2, 3)."""
    return " or ".join(f"{d}D" for d in dims)


BatchNorm1d, LazyBatchNorm1d = _declare(1, (2, 3))
BatchNorm2d, LazyBatchNorm2d = _declare(2, (4,))
BatchNorm3d, LazyBatchNorm3d = _declare(3, (5,))


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation with statistics of all processes of a group; without one it is a plain one.
    NotImplementedError in a larger group."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, process_group=None, device=None,
                 dtype=None, *, bias: bool = True) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input):
        if input.dim() < 2:
            raise ValueError(f"expected at least 2D input (got {input.dim()}D input)")

    def _check_non_zero_input_channels(self, input):
        if input.size(1) == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    def forward(self, input):
        self._check_input_dim(input)
        self._check_non_zero_input_channels(input)
        distributed = torch.distributed
        if self.training and distributed.is_available() and distributed.is_initialized(
            ) and distributed.get_world_size(self.process_group) > 1:
            raise NotImplementedError("SyncBatchNorm over more than one process is not supported")
        factor = self._update_factor()
        mean, var, own = self._statistics()
        return F.batch_norm(input, mean, var, self.weight, self.bias, own, factor, self.eps)

    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        """The module with every batch norm in it replaced by a SyncBatchNorm on the same parameters and buffers."""
        made = module
        if isinstance(module, _BatchNorm):
            made = cls(module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                       process_group, bias=module.bias is not None)
            if module.affine:
                with torch.no_grad():
                    made.weight, made.bias = module.weight, module.bias
            made.running_mean, made.running_var, made.num_batches_tracked = (module.running_mean, module.running_var,
                                                                             module.num_batches_tracked)
            made.training = module.training
            if hasattr(module, "qconfig"):
                made.qconfig = module.qconfig
        for name, child in module.named_children():
            made.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return made
