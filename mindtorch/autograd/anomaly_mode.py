"""Finding the operator whose gradient fails or is NaN."""
import traceback
import warnings

import mindtorch._C as _C

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class _State:
    enabled = False
    check_nan = True


def is_enabled():
    """Whether anomalies are looked for."""
    return _State.enabled


def _set(enabled, check_nan):
    _State.enabled, _State.check_nan = bool(enabled), bool(check_nan)
    _C.set_anomaly(_State.enabled)


class set_detect_anomaly:
    """Switch detection at once; as a context, until its end. check_nan: raise at the first gradient with a NaN."""

    def __init__(self, mode, check_nan=True):
        self.previous = _State.enabled, _State.check_nan
        _set(mode, check_nan)

    def __enter__(self):
        pass

    def __exit__(self, *exc):
        _set(*self.previous)


class detect_anomaly:
    """Inside, forward remembers where each operator was called, and backward says so when it fails or yields NaN."""

    def __init__(self, check_nan=True):
        self.check_nan = check_nan
        warnings.warn("Anomaly Detection has been enabled. This mode will increase the runtime and should only be "
                      "enabled for debugging.", stacklevel=2)

    def __enter__(self):
        self.previous = _State.enabled, _State.check_nan
        _set(True, self.check_nan)

    def __exit__(self, *exc):
        _set(*self.previous)


def _stack():
    return "".join(traceback.format_stack()[:-2])


def _report(node):
    trace = node.metadata.get("traceback_")
    if trace is None:
        warnings.warn(f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly "
                      "during forward pass for more information.", stacklevel=4)
        return
    warnings.warn(f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{trace}",
                  stacklevel=4)
    parent = node.metadata.get("parent_")
    while parent is not None:
        warnings.warn(
            f"\n\nPrevious calculation was induced by {parent.name()}. Traceback of forward call that induced the "
            "previous calculation:\n"
            f"{parent.metadata.get('traceback_', '')}",
            stacklevel=4,
        )
        parent = parent.metadata.get("parent_")


def callback(event, node, value):
    """The engine's calls: `record` a node just made, `failed` while an error passes, `check` its gradients."""
    if event == "record":
        node.metadata["traceback_"] = _stack()
        running = _C.running_node()
        if running is not None:
            node.metadata["parent_"] = running
    elif event == "failed":
        _report(node)
    elif _State.check_nan:
        import mindtorch

        with mindtorch.no_grad():
            for i, g in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(g, mindtorch.Tensor) and (g.dtype.is_floating_point
                                                        or g.dtype.is_complex) and bool((g != g).any()):
                    _report(node)
                    raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")


_C.set_callbacks(anomaly=callback)
