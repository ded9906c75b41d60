"""torch.cuda.amp.common: whether mixed precision makes sense here."""


def amp_definitely_not_available():
    """Whether there is no device for it."""
    from mindtorch import cuda

    return not cuda.is_available()


__all__ = ["amp_definitely_not_available"]
