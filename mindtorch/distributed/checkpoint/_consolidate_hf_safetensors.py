"""torch.distributed.checkpoint._consolidate_hf_safetensors: a name for imports."""
from mindtorch import _absent

consolidate_safetensors_files = _absent.function(
    "torch.distributed.checkpoint._consolidate_hf_safetensors.consolidate_safetensors_files",
    "checkpoints of ranks are files of torch's own kind here, not safetensors")
