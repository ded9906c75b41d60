"""torch.version."""
from mindtorch.importer import VERSION

__version__ = VERSION
cuda = hip = xpu = rocm = None
debug = False
git_version = ""
