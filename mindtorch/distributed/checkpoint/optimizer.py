"""A name of the first way to load an optimizer's state, which state_dict.py does."""
from mindtorch import _absent

load_sharded_optimizer_state_dict = _absent.function(
    "torch.distributed.checkpoint.load_sharded_optimizer_state_dict",
    "torch.distributed.checkpoint.state_dict.get_optimizer_state_dict gives what load fills")
