"""Zip archives of recorded programs: one JSON description, one file of tensors, and texts that go along."""
import io
import json
import zipfile

import mindtorch as torch


class ProgramFile:
    """The entries of one kind of archive, and how it is called in errors."""

    def __init__(self, caller, what, form, entry, tensors, extra):
        self.caller, self.what, self.form, self.entry, self.tensors, self.extra = (
            caller, what, form, entry, tensors, extra)

    def write(self, f, data, tensors, extra, **options):
        """Write a description (with its format), tensors and {name: text or bytes} to a path or a stream."""
        weights = io.BytesIO()
        torch.save(tensors, weights, **options)
        with zipfile.ZipFile(f, "w") as archive:
            archive.writestr(self.entry, json.dumps({"format": self.form, **data}))
            archive.writestr(self.tensors, weights.getvalue())
            for name, value in (extra or {}).items():
                archive.writestr(self.extra + name, value if isinstance(value, (str, bytes)) else str(value))

    def read(self, f, extra, foreign, map_location=None):
        """(description, tensors, {name: bytes} of those of `extra` that are there). RuntimeError for other files: for
        zips without such a description, in the words of foreign(names)."""
        try:
            archive = zipfile.ZipFile(f)
        except zipfile.BadZipFile:
            raise RuntimeError(f"{self.caller}: the file is no zip archive of {self.what}") from None
        with archive:
            names = archive.namelist()
            if self.entry not in names:
                raise RuntimeError(foreign(names))
            data = json.loads(archive.read(self.entry))
            if data.get("format") != self.form:
                raise RuntimeError(
                    f"{self.caller}: the program has the format {data.get('format')!r}, not {self.form!r}")
            tensors = torch.load(io.BytesIO(archive.read(self.tensors)), map_location=map_location, weights_only=True)
            found = {n: archive.read(self.extra + n) for n in extra or () if self.extra + n in names}
        return data, tensors, found
