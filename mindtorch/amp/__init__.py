"""Automatic mixed precision."""
from mindtorch._ops.table.registry import FUNCTIONS

from .autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available

__all__ = ["autocast", "custom_bwd", "custom_fwd", "GradScaler", "is_autocast_available"]


def _amp_foreach_non_finite_check_and_unscale_(self, found_inf, inv_scale):
    """Multiply every tensor of the list by inv_scale in place; found_inf becomes 1 when one of them holds inf or
    NaN."""
    import mindtorch as torch

    if found_inf._device_code > 0:  # nothing is read by the host: it would wait for the device
        if self:
            finite = torch.stack([torch.isfinite(t).all() for t in self]).all()
            torch.maximum(found_inf, torch.logical_not(finite).to(found_inf.dtype), out=found_inf)
        for t in self:
            t.mul_(inv_scale)
        return
    factor = inv_scale.item()
    for t in self:
        if not bool(torch.isfinite(t).all()):
            found_inf.fill_(1.0)
        if factor != 1.0:
            t.mul_(factor)


def _amp_update_scale_(self, growth_tracker, found_inf, scale_growth_factor, scale_backoff_factor, growth_interval):
    """Shrink the factor after an overflow, grow it after growth_interval steps without one; float32 throughout."""
    import mindtorch as torch

    if found_inf._device_code > 0:
        overflow, count = found_inf > 0, growth_tracker + 1
        due, grown = count == growth_interval, self * scale_growth_factor
        grown = torch.where(torch.logical_and(due, torch.isfinite(grown)), grown, self)
        self.copy_(torch.where(overflow, self * scale_backoff_factor, grown))
        growth_tracker.copy_(torch.where(torch.logical_or(overflow, due), torch.zeros_like(count), count))
        return self
    if found_inf.item():
        self.mul_(scale_backoff_factor)
        growth_tracker.fill_(0)
        return self
    count = growth_tracker.item() + 1
    if count == growth_interval:
        grown = self * scale_growth_factor
        if bool(torch.isfinite(grown)):
            self.copy_(grown)
        count = 0
    growth_tracker.fill_(count)
    return self


FUNCTIONS["_amp_foreach_non_finite_check_and_unscale_"] = _amp_foreach_non_finite_check_and_unscale_
FUNCTIONS["_amp_update_scale_"] = _amp_update_scale_


def __getattr__(name):
    if name in ("GradScaler", "grad_scaler"):
        import importlib

        module = importlib.import_module("mindtorch.amp.grad_scaler")
        globals().update(GradScaler=module.GradScaler, grad_scaler=module)
        return globals()[name]
    raise AttributeError(f"module 'torch.amp' has no attribute '{name}'")
