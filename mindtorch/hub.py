"""torch.hub: the cache folder; nothing is fetched."""
import os

from mindtorch import _absent


_dir = []


def set_dir(d):
    """Choose the cache folder."""
    _dir[:] = [os.path.expanduser(d)]


def get_dir():
    """Where cached files would lie: what set_dir said, else $TORCH_HOME/hub."""
    if _dir:
        return _dir[0]
    home = os.environ.get("TORCH_HOME", os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")),
                                                     "torch"))
    return os.path.join(os.path.expanduser(home), "hub")


load, load_state_dict_from_url, download_url_to_file, list, help = (
    _absent.function("torch.hub." + n, "nothing is fetched from the network")
    for n in ("load", "load_state_dict_from_url", "download_url_to_file", "list", "help")
)
