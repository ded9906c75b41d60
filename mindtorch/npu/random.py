"""torch.npu.random: the generator functions of torch.npu."""
from mindtorch.npu import (  # noqa: F401
    get_rng_state, get_rng_state_all, manual_seed, manual_seed_all, set_rng_state, set_rng_state_all)
