"""torch._inductor: there is no code generator; its switches can be set and read."""

from mindtorch._dynamo import _config_module, _settings
from mindtorch.compiler import cudagraph_mark_step_begin  # noqa: F401

config = _config_module.install("mindtorch._inductor.config", _settings.INDUCTOR, "Switches of a code generator.")
_AUTOTUNE = {"max_autotune": True, "coordinate_descent_tuning": True}
_MODES = {
    "default": {},
    "lite": {"fallback_by_default": True, "selective_decompose": True, "use_dce": False, "allow_buffer_reuse": False},
    "reduce-overhead": {"triton.cudagraphs": True},
    "max-autotune-no-cudagraphs": _AUTOTUNE,
    "max-autotune": {**_AUTOTUNE, "triton.cudagraphs": True},
}


def list_mode_options(mode=None, dynamic=None):
    """The switches that a mode sets; of all modes without one. RuntimeError for others."""
    if mode is None:
        return {m: dict(options) for m, options in _MODES.items()}
    if mode not in _MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(_MODES)}")
    return dict(_MODES[mode]) | ({"dynamic": dynamic} if dynamic is not None else {})


def list_options():
    """Names of all switches."""
    return list(config.get_config_copy())
