"""`import mindnlp` makes PyTorch programs, Hugging Face's among them, run on MindSpore.

It switches mindtorch on (the name `torch`), lets from_pretrained and pipeline take `ms_dtype=` and MindSpore dtypes,
and
keeps `TrainingArguments(logging_dir=...)` working where transformers dropped it. It may come before or after
transformers.
"""
import mindtorch
from mindnlp import _transformers

__version__ = "0.6.0"

_transformers.install()

__all__ = ["__version__", "mindtorch"]
