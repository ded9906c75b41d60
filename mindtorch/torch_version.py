"""torch.torch_version: a version that compares with strings."""
from mindtorch.importer import VERSION


class TorchVersion(str):
    """A version string whose comparisons are those of versions."""

    __module__ = "torch.torch_version"

    def _compare(self, other, operation):
        from packaging.version import InvalidVersion, Version

        text = ".".join(map(str, other)) if isinstance(other, (tuple, list)) else str(other)
        try:
            return operation(Version(self), Version(text))
        except InvalidVersion:
            return operation(str(self), text)

    def __lt__(self, other):
        return self._compare(other, lambda a, b: a < b)

    def __le__(self, other):
        return self._compare(other, lambda a, b: a <= b)

    def __gt__(self, other):
        return self._compare(other, lambda a, b: a > b)

    def __ge__(self, other):
        return self._compare(other, lambda a, b: a >= b)

    def __eq__(self, other):
        return self._compare(other, lambda a, b: a == b)

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


__version__ = TorchVersion(VERSION)
