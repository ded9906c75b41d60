"""torch.cpu.amp, torch.cuda.amp and torch.npu.amp: torch.amp with the device type filled in."""
import sys
import types
import warnings

from mindtorch import amp
from mindtorch._core import dtypes


def fill(module, device, dtype=dtypes.float16, deprecated=True, custom=True):
    """Enter autocast and GradScaler, with `custom` custom_fwd and custom_bwd too, into a module torch.DEVICE.amp and
    the modules autocast_mode and grad_scaler of it."""
    public = module.replace("mindtorch", "torch", 1)

    def note(name, instead):
        if deprecated:
            warnings.warn(f"`{public}.{name}(args...)` is deprecated. Please use `{instead}` instead.", FutureWarning,
                          stacklevel=3)

    class autocast(amp.autocast):
        __doc__ = f"torch.amp.autocast({device!r}, ...)."

        def __init__(self, enabled=True, dtype=dtype, cache_enabled=True):
            note("autocast", f"torch.amp.autocast('{device}', args...)")
            super().__init__(device, enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)

    class GradScaler(amp.GradScaler):
        __doc__ = f"torch.amp.GradScaler({device!r}, ...)."

        def __init__(self, init_scale=65536.0, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000,
                     enabled=True):
            note("GradScaler", f"torch.amp.GradScaler('{device}', args...)")
            super().__init__(device, init_scale=init_scale, growth_factor=growth_factor, backoff_factor=backoff_factor,
                             growth_interval=growth_interval, enabled=enabled)

    def custom_fwd(fwd=None, *, cast_inputs=None):
        """torch.amp.custom_fwd of this device."""
        note("custom_fwd", f"torch.amp.custom_fwd(args..., device_type='{device}')")
        return amp.custom_fwd(fwd, device_type=device, cast_inputs=cast_inputs)

    def custom_bwd(bwd):
        """torch.amp.custom_bwd of this device."""
        note("custom_bwd", f"torch.amp.custom_bwd(args..., device_type='{device}')")
        return amp.custom_bwd(bwd, device_type=device)

    for name, members in {"autocast_mode": [autocast] + [custom_fwd, custom_bwd] * custom,
                          "grad_scaler": [GradScaler]}.items():
        part = types.ModuleType(f"{module}.{name}", f"{public}.{name}: a part of {public}.")
        sys.modules[part.__name__] = part
        setattr(sys.modules[module], name, part)
        for member in members:
            member.__module__, member.__qualname__ = f"{public}.{name}", member.__name__
            for target in (part, sys.modules[module]):
                setattr(target, member.__name__, member)
