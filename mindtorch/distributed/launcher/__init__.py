"""Functions as several processes that know of each other."""
from .api import LaunchConfig, elastic_launch, launch_agent  # noqa: F401
