"""The zip files of torch.save: one writer, and a reader that takes nothing in them on trust."""
import io
import itertools
import os
import struct
import zipfile
import zlib
from typing import NamedTuple

ALIGNMENT = 64
VERSIONS = range(1, 11)  # of the format; what is newer may mean something else
_END, _LOCATOR, _END64 = struct.Struct("<4s4H2IH"), struct.Struct("<4sIQI"), struct.Struct("<4sQ2H2I4Q")
_ENTRY, _LOCAL = struct.Struct("<4s4H4x3I5H2I"), struct.Struct("<4s22x2H")
_ENCRYPTED, _PATCH, _MASKED, _FOLDER = 0x41, 0x20, 0x2000, 0x10
_STORED, _DEFLATED = 0, 8
_PIECE = 1 << 20
_FREELY, _TIMES = 64 << 20, 100  # packed records unpack to this many bytes, and so many times the file's size besides


class Record(NamedTuple):
    """Where a record's bytes are, as the directory says; they end before `limit`."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    folder: bool
    limit: int


def _failed(doing, what):
    return RuntimeError(f"PytorchStreamReader failed {doing} {what}. The file is truncated or damaged.")


def _damaged(what):
    return _failed("reading zip archive:", what)


class Reader:
    """The records of an archive that begins where the file stands. RuntimeError for what is not as it should be."""

    def __init__(self, file):
        self.file, self.base, self._last = file, file.tell(), (None, None)
        file.seek(0, os.SEEK_END)
        self.end = file.tell()
        entries = list(self._entries(*self._directory()))
        if not entries:
            raise RuntimeError("archive does not contain any files")
        folder, slash, _ = entries[0].name.partition(b"/")
        self.prefix = folder + slash
        if not folder or not slash:
            raise RuntimeError(f"file in archive is not in a subdirectory: {entries[0].name!r}")
        outside = next((r.name for r in entries if not r.name.startswith(self.prefix)), None)
        if outside is not None:
            raise RuntimeError(f"file in archive is not in a subdirectory {self.prefix!r}: {outside!r}")
        self.records = self._by_name(self._apart(entries))
        unpacked = sum(r.size for r in entries if r.method != _STORED)
        if unpacked > _FREELY + _TIMES * (self.end - self.base):
            raise _damaged(f"packed records have {unpacked} bytes, more than {_TIMES} times the size of the file")
        self._check_version()

    # ---- the directory ----
    def _read(self, at, n):
        """Exactly n bytes, from the archive's begin on."""
        if not 0 <= at <= self.end - self.base - n:
            raise _damaged("invalid header or archive is corrupted")
        data = bytearray(n)
        self._into(at, data)
        return bytes(data)

    def _into(self, at, target):
        self.file.seek(self.base + at)
        target, done, readinto = memoryview(target), 0, getattr(self.file, "readinto", None)
        while done < len(target):
            if readinto:
                n = readinto(target[done:] if done else target)
            else:
                part = self.file.read(len(target) - done)
                n = len(part)
                target[done : done + n] = part
            if not n or not 0 < n <= len(target) - done:
                raise _failed("reading file", "file read failed, it ends too early")
            done += n

    def _directory(self):
        """(number of entries, their bytes, where they begin)."""
        size = self.end - self.base
        start = max(0, size - (1 << 16) - _END.size)
        tail = self._read(start, size - start)
        at = tail.rfind(b"PK\5\6", 0, max(len(tail) - _END.size + 4, 0))
        if at < 0:
            raise _damaged("failed finding central directory")
        _, disk, first_disk, here, count, length, offset, _ = _END.unpack_from(tail, at)
        at += start
        if at >= _LOCATOR.size:
            sign, disk64, at64, disks = _LOCATOR.unpack(self._read(at - _LOCATOR.size, _LOCATOR.size))
            if sign == b"PK\6\7":
                end = self._read(at64, _END64.size)
                sign, record, _, _, disk, first_disk, here, count, length, offset = _END64.unpack(end)
                if sign != b"PK\6\6" or record < _END64.size - 12 or disk64 or disks != 1:
                    raise _damaged("invalid header or archive is corrupted")
        if disk or first_disk or here != count:
            raise _damaged("unsupported multidisk archive")
        if count * _ENTRY.size > length:
            raise _damaged("invalid header or archive is corrupted")
        return count, self._read(offset, length), offset

    def _entries(self, count, data, directory):
        at = 0
        for _ in range(count):
            if len(data) - at < _ENTRY.size:
                raise _damaged("invalid header or archive is corrupted")
            entry = _ENTRY.unpack_from(data, at)
            sign, _, _, flags, method, crc, packed, size, name, extra, comment, disk, _, attributes, offset = entry
            at += _ENTRY.size
            rest = data[at : at + name + extra + comment]
            at += len(rest)
            if sign != b"PK\1\2" or len(rest) < name + extra + comment:
                raise _damaged("invalid header or archive is corrupted")
            if 0xFFFFFFFF in (packed, size, offset):
                size, packed, offset = self._wide(rest[name : name + extra], size, packed, offset)
            if disk > 1:
                raise _damaged("unsupported multidisk archive")
            if flags & _MASKED:
                raise _damaged("unsupported encryption")
            reaches = offset + _LOCAL.size + name + packed
            if (method == _STORED and size != packed) or (size and not packed) or reaches > directory:
                raise _damaged("invalid header or archive is corrupted")
            name = rest[:name]
            folder = bool(attributes & _FOLDER) or name.endswith(b"/")
            yield Record(name, flags, method, crc, packed, size, offset, folder, directory)

    @staticmethod
    def _wide(extra, *values):
        """Sizes and offset with what does not fit into 32 bits taken from an entry's extra field."""
        while len(extra) >= 4:
            kind, length = struct.unpack_from("<2H", extra)
            field, extra = extra[4 : 4 + length], extra[4 + length :]
            if kind == 1:
                break
        else:
            raise _damaged("invalid header or archive is corrupted")
        found = []
        for v in values:
            if v == 0xFFFFFFFF:
                if len(field) < 8:
                    raise _damaged("invalid header or archive is corrupted")
                v, field = int.from_bytes(field[:8], "little"), field[8:]
            found.append(v)
        return found

    @staticmethod
    def _apart(entries):
        """The entries with their limits. No two have bytes in common: a small file could claim many large records."""
        order = sorted(range(len(entries)), key=lambda i: entries[i].offset)
        for i, following in itertools.pairwise(order):
            limit = entries[following].offset
            if entries[i].offset + _LOCAL.size + len(entries[i].name) + entries[i].packed > limit:
                raise _damaged("records overlap")
            entries[i] = entries[i]._replace(limit=limit)
        return entries

    @staticmethod
    def _by_name(entries):
        """Records by their names without regard to case. Of doubled names counts the one that PyTorch's search finds:
        it halves a directory that a heap sort, which is not stable, has put in order."""
        keys = [r.name.lower() for r in entries]
        found = dict(zip(keys, entries))
        if len(found) < len(keys):
            order = _heap_sorted(keys)
            for key in found:
                low, high = 0, len(order) - 1
                while keys[order[middle := (low + high) // 2]] != key:
                    low, high = (middle + 1, high) if keys[order[middle]] < key else (low, middle - 1)
                found[key] = entries[order[middle]]
        return found

    def _check_version(self):
        name = ".data/version" if self.has(".data/version") else "version"
        text = self.record(name)
        digits = bytes(itertools.takewhile(lambda c: 48 <= c <= 57, text.lstrip()))
        if not digits or len(digits) > 19:
            raise RuntimeError(f"Couldn't parse the version {text[:20]!r} as Long Long.")
        if int(digits) not in VERSIONS:
            raise RuntimeError(
                f"Attempted to read a PyTorch file with version {int(digits)}, but the supported versions "
                f"are {VERSIONS[0]} to {VERSIONS[-1]}."
            )

    # ---- records ----
    def _find(self, name):
        return self.records.get((self.prefix + name.encode("utf-8", "surrogatepass")).lower())

    def has(self, name):
        """Whether there is a record of this name."""
        return self._find(name) is not None

    def _start(self, name):
        """(record, where its bytes begin) of a record that can be read; the last one is remembered."""
        if self._last[0] != name:
            self._last = name, self._looked_up(name)
        return self._last[1]

    def _looked_up(self, name):
        record = self._find(name)
        if record is None:
            raise _failed("locating file", f"{name}: file not found")
        if record.flags & (_ENCRYPTED | _PATCH) or record.folder or record.method not in (_STORED, _DEFLATED):
            why = ("unsupported encryption" if record.flags & _ENCRYPTED else "it is a folder" if record.folder else
                   "unsupported feature" if record.flags & _PATCH else "unsupported method")
            raise _failed("retrieving file meta-data for", f"{name}: {why}")
        sign, named, extra = _LOCAL.unpack(self._read(record.offset, _LOCAL.size))
        start = record.offset + _LOCAL.size + named + extra
        if sign != b"PK\3\4" or start + record.packed > record.limit:
            raise _failed("reading file", f"{name}: invalid header or archive is corrupted")
        return record, start

    def size(self, name):
        """Number of bytes of a record."""
        return self._start(name)[0].size

    def stored_at(self, name):
        """Where in the file a record's bytes stand as they are; None for a packed one."""
        record, start = self._start(name)
        return self.base + start if record.method == _STORED else None

    def record(self, name):
        """A record's bytes."""
        record, start = self._start(name)
        data = bytearray(record.size)
        self._fill(name, record, start, data)
        return bytes(data)

    def into(self, name, array):
        """Read a record into memory of just its size."""
        record, start = self._start(name)
        if record.size != len(array):
            raise RuntimeError(
                f"record size ({record.size} bytes) does not match expected size ({len(array)} bytes) of {name}"
            )
        self._fill(name, record, start, array)

    def _fill(self, name, record, start, target):
        if record.method == _STORED:
            self._into(start, target)
        else:
            self._unpack(name, record, start, memoryview(target))
        if record.crc and zlib.crc32(target) != record.crc:  # 0 stands for none: PyTorch can write files without
            raise _failed("reading file", f"{name}: CRC-32 check failed")

    def _unpack(self, name, record, start, target):
        stream, done = zlib.decompressobj(-zlib.MAX_WBITS), 0

        def put(out):
            if len(out) > len(target) - done:
                raise zlib.error("it unpacks to more than it should")
            target[done : done + len(out)] = out
            return done + len(out)

        try:
            for at in range(0, record.packed, _PIECE):
                piece = self._read(start + at, min(_PIECE, record.packed - at))
                while piece:
                    done = put(stream.decompress(piece, min(_PIECE, len(target) - done + 1)))
                    piece = stream.unconsumed_tail
            done = put(stream.flush())
            if done != len(target) or not stream.eof:
                raise zlib.error("it unpacks to less than it should")
        except zlib.error as e:
            raise _failed("reading file", f"{name}: file read failed ({e})") from e


def _heap_sorted(keys):
    """Indices of keys in ascending order, equal ones as a plain heap sort leaves them."""
    order = list(range(len(keys)))

    def sink(root, end):
        while (child := 2 * root + 1) < end:
            if child + 1 < end and keys[order[child]] < keys[order[child + 1]]:
                child += 1
            if not keys[order[root]] < keys[order[child]]:
                return
            order[root], order[child] = order[child], order[root]
            root = child

    for root in range(len(order) // 2 - 1, -1, -1):
        sink(root, len(order))
    for end in range(len(order) - 1, 0, -1):
        order[0], order[end] = order[end], order[0]
        sink(0, end)
    return order


class _From:
    """A file as seen from where it stands: offsets in an archive count from the archive's own begin."""

    def __init__(self, file):
        self.file, self.base = file, file.tell()
        self.write, self.flush = file.write, file.flush

    def tell(self):
        return self.file.tell() - self.base

    def seek(self, at, whence=os.SEEK_SET):
        return self.file.seek(at + self.base if whence == os.SEEK_SET else at, whence) - self.base


class Writer:
    """A zip file of stored records whose data begin at multiples of 64 bytes."""

    def __init__(self, file, name):
        behind = isinstance(file, io.IOBase) and file.seekable() and file.tell()
        self.zip = zipfile.ZipFile(_From(file) if behind else file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.name = name

    def record(self, name, data):
        """Add a record."""
        info = zipfile.ZipInfo(f"{self.name}/{name}", (1980, 1, 1, 0, 0, 0))
        size = len(data)
        large = size * 1.05 > zipfile.ZIP64_LIMIT
        start = self.zip.fp.tell() + 30 + len(info.filename.encode()) + (20 if large else 0) + 4
        pad = -start % ALIGNMENT
        info.extra = struct.pack("<2sH", b"FB", pad) + b"Z" * pad
        info.file_size = size
        with self.zip.open(info, "w") as f:
            f.write(data)
