"""torch.utils.model_zoo: old names of torch.hub's functions."""
from mindtorch.hub import load_state_dict_from_url as load_url  # noqa: F401
from mindtorch.hub import tqdm  # noqa: F401
