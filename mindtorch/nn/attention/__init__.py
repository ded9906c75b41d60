"""torch.nn.attention: which kernel scaled_dot_product_attention may use. Here one kernel serves all, so the choice is
only remembered."""
import contextlib
import enum

__all__ = ["SDPBackend", "sdpa_kernel", "WARN_FOR_UNFUSED_KERNELS"]
WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(enum.IntEnum):
    """Names of the ways to compute attention."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


_chosen = [[SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH, SDPBackend.CUDNN_ATTENTION]]


def _cur_sdpa_kernel_backends(with_priority=False):
    """The backends that are allowed now."""
    return list(_chosen[-1])


@contextlib.contextmanager
def sdpa_kernel(backends, set_priority=False):
    """Context in which only these backends are allowed. All compute the same; ValueError for an empty choice."""
    if isinstance(backends, SDPBackend):
        backends = [backends]
    if not isinstance(backends, (list, tuple)) or not all(isinstance(b, SDPBackend) for b in backends):
        raise AssertionError("Backend must be an instance of SDPBackend or a list of SDPBackend instances")
    if not backends:
        raise ValueError("At least one backend must be chosen")
    _chosen.append(list(dict.fromkeys(backends)))
    try:
        yield {}
    finally:
        _chosen.pop()


# implementations of flash attention that programs may bring for GPUs
_implementations, _active = {}, [None]


def register_flash_attention_impl(impl, *, register_fn):
    """Enter a function that installs an implementation of flash attention."""
    _implementations[impl] = register_fn


def list_flash_attention_impls():
    """Names of implementations that were entered."""
    return sorted(_implementations)


def activate_flash_attention_impl(impl):
    """Install an implementation; ValueError for a name that was not entered."""
    if impl not in _implementations:
        raise ValueError(f"Unknown flash attention impl '{impl}'. Available implementations: "
                         f"{list_flash_attention_impls()}")
    _active[0] = (impl, _implementations[impl]())


def restore_flash_attention_impl():
    """Undo activate_flash_attention_impl."""
    if _active[0] is not None and hasattr(_active[0][1], "remove"):
        _active[0][1].remove()
    _active[0] = None


def current_flash_attention_impl():
    """Name of the implementation in use, or None."""
    return None if _active[0] is None else _active[0][0]
