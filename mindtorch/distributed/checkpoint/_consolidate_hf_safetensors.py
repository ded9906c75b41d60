"""consolidate_safetensors_files, under the name of its file."""
from .hf_storage import consolidate_safetensors_files

__all__ = ["consolidate_safetensors_files"]
