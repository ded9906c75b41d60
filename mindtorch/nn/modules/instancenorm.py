"""Instance normalisation."""
import mindtorch.nn.functional as F

from .batchnorm import _LazyNormBase, _NormBase, said_of
from .module import Module


class _InstanceNorm(_NormBase):
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
                 track_running_stats: bool = False, device=None, dtype=None, *,
                 bias: bool = True) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ):
        version = local_metadata.get("version", None)
        if version is None and not self.track_running_stats:
            stale = [prefix + name for name in ("running_mean", "running_var") if prefix + name in state_dict]
            if stale:
                error_msgs.append(
                    "Unexpected running stats buffer(s) "
                    f"{' and '.join(repr(k).replace(chr(39), chr(34)) for k in stale)} for {type(self).__name__} with "
                    f"track_running_stats=False. "
                    "If state_dict is a checkpoint saved before 0.4.0, this may be expected because {klass} does not "
                    "track running stats by default since "
                    f"0.4.0. Please remove "
                    "these keys from state_dict. If the running stats are actually needed, instead set "
                    "track_running_stats=True in {klass} to enable them. See the "
                    "documentation of {klass} for details.".replace("{klass}", type(self).__name__)
                )
                for k in stale:
                    state_dict.pop(k)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
                                      error_msgs)

    def _get_no_batch_dim(self):
        raise NotImplementedError

    def _normalised(self, input):
        return F.instance_norm(input, self.running_mean, self.running_var, self.weight, self.bias,
                               self.training or not self.track_running_stats,
                               self.momentum if self.momentum is not None else 0.0, self.eps)

    def forward(self, input):
        self._check_input_dim(input)
        channels = input.dim() - self._get_no_batch_dim()
        if input.size(channels) != self.num_features:
            if self.affine:
                raise ValueError(f"expected input's size at dim={channels} to match num_features "
                                 f"({self.num_features}), but got: {input.size(channels)}.")
            import warnings

            warnings.warn(
                f"input's size at dim={channels} does not match num_features. You can silence this warning by not "
                "passing in num_features, which is not used "
                f"because affine=False",
                stacklevel=2,
            )
        if channels == 0:
            return self._normalised(input.unsqueeze(0)).squeeze(0)
        return self._normalised(input)


def _declare(number):
    dims = (number + 1, number + 2)

    def _check_input_dim(self, input):
        if input.dim() not in dims:
            raise ValueError(f"expected {said_of(dims)} input (got {input.dim()}D input)")

    members = {"__module__": __name__, "_check_input_dim": _check_input_dim, "_get_no_batch_dim": lambda self: dims[0]}
    plain = type(Module)(f"InstanceNorm{number}d", (_InstanceNorm,),
                         {**members, "__doc__": f"Instance normalisation of {said_of(dims)} input over its channels."})
    lazy = type(Module)(f"LazyInstanceNorm{number}d", (_LazyNormBase, _InstanceNorm), {
        **members, "cls_to_become": plain,
        "__doc__": f"An InstanceNorm{number}d that takes num_features from its first input."})
    return plain, lazy


InstanceNorm1d, LazyInstanceNorm1d = _declare(1)
InstanceNorm2d, LazyInstanceNorm2d = _declare(2)
InstanceNorm3d, LazyInstanceNorm3d = _declare(3)
