"""AdamW under the module name that scripts import it from."""
from .adam import AdamW

__all__ = ["AdamW"]
