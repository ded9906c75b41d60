"""Pickles written opcode by opcode, and zip and legacy files around them with every field free."""
import io
import struct
import zlib

WORDS = struct.pack("<4f", 1, 2, 3, 4)
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class Raw(bytes):
    """Opcodes as they are."""


def code(x):
    """Opcodes that push a value."""
    if isinstance(x, Raw):
        return x
    if x is None or isinstance(x, bool):
        return {None: b"N", True: b"\x88", False: b"\x89"}[x]
    if isinstance(x, int):
        data = x.to_bytes(x.bit_length() // 8 + 1, "little", signed=True)
        return b"\x8a" + bytes([len(data)]) + data
    if isinstance(x, float):
        return b"G" + struct.pack(">d", x)
    if isinstance(x, str):
        return b"X" + struct.pack("<I", len(x.encode())) + x.encode()
    if isinstance(x, tuple):
        return b"(" + b"".join(map(code, x)) + b"t"
    if isinstance(x, list):
        return b"](" + b"".join(map(code, x)) + b"e"
    return b"}(" + b"".join(code(k) + code(v) for k, v in x.items()) + b"u"


def pickled(x):
    """A whole pickle: of a value, or of opcodes."""
    return b"\x80\x02" + code(x) + b"."


def name(module, attribute):
    return Raw(f"c{module}\n{attribute}\n".encode())


def call(function, *arguments):
    return Raw(code(function) + code(arguments) + b"R")


def build(obj, state):
    return Raw(code(obj) + code(state) + b"b")


def persistent(*parts):
    return Raw(code(parts) + b"Q")


def storage(kind="FloatStorage", key="0", count=4, *more):
    return persistent("storage", name("torch", kind), key, "cpu", count, *more)


def ordered():
    return call(name("collections", "OrderedDict"))


def rebuild(function, *arguments):
    return call(name("torch._utils", "_rebuild_" + function), *arguments)


def tensor(store=None, offset=0, size=(4,), stride=(1,), recorded=False):
    return rebuild("tensor_v2", storage() if store is None else store, offset, size, stride, recorded, ordered())


class Rec:
    """A record of a zip file; `fields` override what its two headers say: l... in the local one, c... in the
    directory."""

    def __init__(self, name, data, method=0, **fields):
        self.name, self.data, self.method, self.fields = name.encode(), data, method, fields

    def get(self, where, field, default):
        return self.fields.get(where + field, self.fields.get(field, default))


def zipped(records, comment=b"", append=b"", **end):
    """A zip file of records; `end` overrides fields of the end of the directory."""
    out, directory = bytearray(), bytearray()
    for r in records:
        body = r.data
        if r.method == 8:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            body = packer.compress(body) + packer.flush()
        headers = []
        for where in "lc":
            sums = r.get(where, "crc",
                         zlib.crc32(r.data)), r.get(where, "packed", len(body)), r.get(where, "size", len(r.data))
            headers.append((r.get(where, "version", 20), r.get(where, "flags", 0), r.get(where, "method", r.method), 0,
                            33, *sums))
        offset = r.fields.get("offset", len(out))
        named = r.fields.get("lname", r.name)
        out += struct.pack("<4s5H3I2H", r.fields.get("lsign", b"PK\3\4"), *headers[0], len(named),
                           r.fields.get("lextra", 0))
        out += named + body
        extra = r.fields.get("cextra", b"")
        directory += struct.pack("<4s6H3I5H2I", r.fields.get("csign", b"PK\1\2"), 20, *headers[1], len(r.name),
                                 len(extra), 0,
                                 r.fields.get("disk", 0), 0, r.fields.get("attributes", 0), offset) + r.name + extra
    found = {"disk": 0, "first": 0, "here": len(records), "count": len(records), "size": len(directory),
             "offset": len(out)}
    found.update(end)
    return bytes(out + directory) + struct.pack("<4s4H2IH", b"PK\5\6", *found.values(), len(comment)) + comment + append


def archive(obj=None, data=None, more=(), version=b"3\n", order=b"little", pickle=None, **end):
    """What torch.load reads: a zip file with a pickle and one storage, all of it replaceable."""
    records = [pickle or Rec("archive/data.pkl", pickled(tensor() if obj is None else obj))]
    records += [Rec("archive/byteorder", order)] if order is not None else []
    records += [data or Rec("archive/data/0", WORDS), *more]
    records += [Rec("archive/version", version)] if version is not None else []
    return zipped(records, **end)


def legacy(obj=None, keys=("0",), data=None, magic=MAGIC, version=PROTOCOL):
    """The format before the zip files."""
    parts = [magic, version, {"little_endian": True}, tensor(storage("FloatStorage", "0", 4, None)) if obj is None
             else obj]
    data = struct.pack("<q", 4) + WORDS if data is None else data
    return b"".join(map(pickled, [*parts, list(keys) if isinstance(keys, tuple) else keys])) + data


def file(data):
    return io.BytesIO(data)
