"""Objects that have a state_dict."""
import typing


@typing.runtime_checkable
class Stateful(typing.Protocol):
    """What has state_dict() and load_state_dict(): save and load call them."""

    def state_dict(self):
        """The state."""
        ...

    def load_state_dict(self, state_dict):
        """Take it over."""
        ...
