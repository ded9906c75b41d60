"""torch.distributed.checkpoint.hf_storage: names for imports (transformers imports them when it is imported)."""
from mindtorch import _absent

_REASON = "checkpoints of ranks are files of torch's own kind here, not safetensors"
HuggingFaceStorageReader = _absent.klass("torch.distributed.checkpoint.hf_storage.HuggingFaceStorageReader", _REASON)
HuggingFaceStorageWriter = _absent.klass("torch.distributed.checkpoint.hf_storage.HuggingFaceStorageWriter", _REASON)
