"""Forward-mode differentiation: not available; every entry says so."""

__all__ = ["UnpackedDualTensor", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual", "dual_level"]


def _missing(name):
    def raiser(*args, **kwargs):
        raise NotImplementedError(f"torch.autograd.forward_ad.{name}: forward-mode differentiation is not supported; torch.func.jvp computes the same by reverse mode")

    raiser.__name__ = name
    return raiser


UnpackedDualTensor, enter_dual_level, exit_dual_level, make_dual, unpack_dual, dual_level = map(_missing, __all__)
