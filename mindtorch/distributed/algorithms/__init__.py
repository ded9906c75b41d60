"""What is built from collectives."""
from .join import Join, Joinable, JoinHook  # noqa: F401
