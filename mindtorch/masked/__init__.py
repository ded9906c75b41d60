"""torch.masked: reductions and normalisations over the elements that a mask selects."""
from mindtorch import _absent

from ._ops import (  # noqa: F401
    amax, amin, argmax, argmin, cumprod, cumsum, log_softmax, logaddexp, logsumexp, mean, median, norm, normalize,
    prod, softmax, softmin, std, sum, var)

_absent.install("torch.masked",
                {"": {"MaskedTensor": "c", "masked_tensor": "f", "as_masked_tensor": "f",
                      "is_masked_tensor": lambda obj: False}, "maskedtensor": {}})
