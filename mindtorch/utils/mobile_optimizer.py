"""torch.utils.mobile_optimizer: it works on TorchScript programs, which are not there."""
import enum

from mindtorch import _absent


class LintCode(enum.Enum):
    """Kinds of remarks."""

    BUNDLED_INPUT = 1
    REQUIRES_GRAD = 2
    DROPOUT = 3
    BATCHNORM = 4


class MobileOptimizerType(enum.Enum):
    """Kinds of rewriting."""

    CONV_BN_FUSION = 0
    INSERT_FOLD_PREPACK_OPS = 1
    REMOVE_DROPOUT = 2
    FUSE_ADD_RELU = 3
    HOIST_CONV_PACKED_PARAMS = 4
    CONV_1D_TO_2D = 5
    VULKAN_AUTOMATIC_GPU_TRANSFER = 6


optimize_for_mobile, generate_mobile_module_lints = (
    _absent.function("torch.utils.mobile_optimizer." + n, "there are no TorchScript programs")
    for n in ("optimize_for_mobile", "generate_mobile_module_lints")
)
