"""Switches for coming behaviour of module conversion."""
_flags = {"overwrite": False, "swap": False}


def set_overwrite_module_params_on_conversion(value):
    """Whether Module.to and its kin make new parameters instead of giving the old ones other data."""
    _flags["overwrite"] = value


def get_overwrite_module_params_on_conversion():
    """See set_overwrite_module_params_on_conversion."""
    return _flags["overwrite"]


def set_swap_module_params_on_conversion(value):
    """Whether Module.to, its kin and load_state_dict exchange the contents of parameters by
    torch.utils.swap_tensors."""
    _flags["swap"] = value


def get_swap_module_params_on_conversion():
    """See set_swap_module_params_on_conversion."""
    return _flags["swap"]
