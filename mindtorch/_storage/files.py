"""torch.PyTorchFileReader and PyTorchFileWriter: records of the zip files that torch.save writes."""
import os

from . import archive


class PyTorchFileReader:
    """The records of a file, by path or open file."""

    def __init__(self, file):
        self._own = isinstance(file, (str, os.PathLike))
        self._file = open(file, "rb") if self._own else file
        try:
            self._reader = archive.Reader(self._file)
        except BaseException:
            self.__del__()
            raise

    def has_record(self, name):
        """Whether there is a record."""
        return self._reader.has(name)

    def get_record(self, name):
        """A record's bytes. RuntimeError when it is not there."""
        return bytes(self._reader.record(name))

    def get_record_size(self, name):
        """Number of bytes of a record."""
        return self._reader.size(name)

    def get_record_offset(self, name):
        """Where in the file a record's bytes stand. RuntimeError for a packed one."""
        at = self._reader.stored_at(name)
        if at is None:
            raise RuntimeError(f"PytorchStreamReader: the record {name} is compressed")
        return at

    def get_all_records(self):
        """Names of the records."""
        start = len(self._reader.prefix)
        return [r.name[start:].decode("utf-8", "surrogateescape") for r in self._reader.records.values()]

    def get_storage_from_record(self, name, numel, dtype):
        """An empty tensor whose storage holds `numel` elements, a record's bytes."""
        import mindtorch as torch

        data = bytearray(self._reader.record(name))
        if len(data) < numel * dtype.itemsize:
            raise RuntimeError(f"record {name} has {len(data)} bytes, fewer than {numel} elements of {dtype}")
        return torch.frombuffer(data, dtype=dtype, count=numel)[:0] if numel else torch.empty(0, dtype=dtype)

    def serialization_id(self):
        """The number that the writer made of the contents; '' when there is none."""
        return self.get_record(".data/serialization_id").decode() if self.has_record(".data/serialization_id") else ""

    def __del__(self):
        if getattr(self, "_own", False):
            self._file.close()


class PyTorchFileWriter:
    """A file of records, by path or open file, that PyTorchFileReader reads after write_end_of_file."""

    def __init__(self, file):
        named = isinstance(file, (str, os.PathLike))
        self._name = os.path.splitext(os.path.basename(os.fspath(file)))[0] if named else "archive"
        self._own = open(file, "wb") if named else None
        self._writer, self._written = archive.Writer(self._own or file, self._name), []

    def write_record(self, name, data, size=None):
        """Add a record: bytes, a text, or what has a buffer."""
        data = data.encode() if isinstance(data, str) else memoryview(data).cast("B")
        self._writer.record(name, bytes(data if size is None else data[:size]))
        self._written.append(name)

    def write_end_of_file(self):
        """Finish the file."""
        if "version" not in self._written:
            self.write_record("version", b"3\n")
        self._writer.zip.close()
        if self._own is not None:
            self._own.close()

    def archive_name(self):
        """The folder of the records in the file."""
        return self._name

    def get_all_written_records(self):
        """Names of the records so far."""
        return set(self._written)


for _class in (PyTorchFileReader, PyTorchFileWriter):
    _class.__module__ = "torch._C"
