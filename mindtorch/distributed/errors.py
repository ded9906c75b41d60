"""What torch.distributed raises."""


class DistError(RuntimeError):
    """Something failed in torch.distributed."""

    __module__ = "torch.distributed"


class DistBackendError(DistError):
    """A backend failed."""

    __module__ = "torch.distributed"


class DistNetworkError(DistError):
    """The network failed."""

    __module__ = "torch.distributed"


class DistStoreError(DistError):
    """A store failed."""

    __module__ = "torch.distributed"


class QueueEmptyError(DistStoreError):
    """A store's queue is empty."""

    __module__ = "torch.distributed"
