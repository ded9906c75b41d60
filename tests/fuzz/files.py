"""Damaged and crafted files: pickles of random opcodes, and zip, legacy and safetensors files with every record and
byte in danger."""
import base64
import functools
import io
import json
import random
import struct
import zipfile
import zlib

import torch

from .pickles import NUMBERS, Maker

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
NAMES = ["torch._utils", "_rebuild_tensor_v2", "_rebuild_parameter", "FloatStorage", "LongStorage", "HalfStorage",
         "OrderedDict", "collections", "storage", "cpu"]
KINDS = ["pickle", "pickle", "zip", "zip", "numbers", "bytes", "legacy", "legacy pickle", "safetensors"]
SIZES = [0, 1, 2, 8, 20, 255, 256, 65535, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63 - 1, 2**64 - 1]


@functools.cache
def goods():
    """Files that are whole: {"zip": [bytes], "legacy": [bytes], "safetensors": [bytes]}"""
    torch.manual_seed(0)
    x = torch.arange(24.0).reshape(4, 6)
    things = [x, {"a": x, "b": x.t(), "c": x[1:, ::2], "n": 3}, torch.nn.Linear(2, 3).state_dict(),
              [torch.ones(3, dtype=d) for d in (torch.float16, torch.bfloat16, torch.int8, torch.bool, torch.int64,
                                                torch.complex64, torch.float8_e4m3fn)],
              {"p": torch.nn.Parameter(x[0].clone()), "s": x.to_sparse(), "c": x.to_sparse_csr()},
              {"q": torch.quantize_per_tensor(x, 0.1, 3, torch.quint8),
               "r": torch.quantize_per_channel(x, torch.ones(4), torch.zeros(4), 0, torch.qint8)},
              {"m": torch.empty(2, 3, device="meta"), "conj": x.to(torch.complex64).conj(), "u": x.untyped_storage(),
               "t": x.flatten()[:4].storage()}, {"size": x.shape, "set": {1, 2}, "b": b"abc", "dtype": torch.float32,
                                                 "d": torch.device("cpu")}]
    found = {"zip": [], "legacy": []}
    for thing in things:
        for kind in found:
            out = io.BytesIO()
            torch.save(thing, out, _use_new_zipfile_serialization=kind == "zip")
            found[kind].append(out.getvalue())
    from safetensors.torch import save

    found["safetensors"] = [save({"a": x, "b": torch.ones(3, dtype=torch.int64),
                                  "h": torch.ones(2, 2, dtype=torch.bfloat16), "e": torch.ones(0, 3)}),
                                  save({"x": torch.ones(5, dtype=torch.bool),
                                        "y": torch.ones((), dtype=torch.float16)})]
    return found


def archive(draw, records):
    """A zip file of [(name, bytes)], stored; now and then with odd names, doubles and compression."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in records:
            z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED if draw.random() < 0.05
                       else zipfile.ZIP_STORED)
    return out.getvalue()


def records_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        return [(i.filename, z.read(i)) for i in z.infolist()]


def crafted(draw):
    """A random pickle in a whole zip file."""
    words = struct.pack("<4f", 1, 2, 3, 4)
    records = [
        ("archive/data.pkl", Maker(draw).pickle()),
        ("archive/byteorder", draw.choice([b"little"] * 6 + [b"big", b"", b"x" * 100])),
        ("archive/data/0", words),
        ("archive/data/1", words * 4),
        ("archive/data/9", draw.choice([struct.pack("<q", draw.choice(NUMBERS[:20])), b"", b"\x80" * 8])),
        ("archive/version", draw.choice([b"3\n"] * 6 + [b"", b"99999999999999999999", b"-1", b"x"])),
    ]
    if draw.random() < 0.15:
        records = changed_records(draw, records)
    return archive(draw, records)


def changed_records(draw, records):
    """Records renamed, doubled, dropped, swapped, cut or grown."""
    records = list(records)
    for _ in range(draw.choice([1, 1, 2])):
        if not records:
            break
        i, j = draw.randrange(len(records)), draw.randrange(len(records))
        (name, data), how = records[i], draw.randrange(8)
        if how == 0:
            records[i] = (draw.choice([name + "x", name.upper(), "/" + name, "../" + name,
                                       name.replace("archive", "other"), name + "/", "archive/data.pkl",
                                       "archive/constants.pkl", "archive/.format_version", ""]), data)
        elif how == 1:
            records.insert(j, (name, data[: len(data) // 2]))
        elif how == 2:
            del records[i]
        elif how == 3:
            records[i], records[j] = (name, records[j][1]), (records[j][0], data)
        elif how == 4:
            records[i] = (name, data[: draw.randrange(len(data) + 1)])
        elif how == 5:
            records[i] = (name, data + bytes(draw.choice([1, 8, 100])))
        elif how == 6:
            records.append((draw.choice(["archive/.storage_alignment", "archive/byteorder", "archive/version",
                                         "archive/data/0", "archive/data/00", "archive/.data/serialization_id"]),
                                         draw.choice([b"", b"0", b"-1", b"64", b"1" * 50, b"big"])))
        else:
            records[i] = (name, bytes_changed(draw, data))
    return records


def bytes_changed(draw, data):
    """Bits turned, bytes set, cut, doubled, put in."""
    data = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 8])):
        at, how = draw.randrange(len(data) + 1), draw.randrange(7)
        if how <= 1 and data:
            data[at % len(data)] ^= 1 << draw.randrange(8)
        elif how == 2 and data:
            data[at % len(data)] = draw.choice([0, 1, 127, 128, 255])
        elif how == 3 and draw.random() < 0.5:
            del data[at:]
        elif how == 4:
            del data[at: at + draw.choice([1, 2, 8, 64])]
        elif how == 5:
            data[at:at] = data[at: at + draw.choice([1, 8, 64])]
        else:
            number = struct.pack("<Q", draw.choice(SIZES))[: draw.choice([1, 2, 4, 8])]
            data[at: at + len(number)] = number
    return bytes(data)


def headers_changed(draw, data):
    """Numbers in the headers of a zip file."""
    data = bytearray(data)
    forms = {b"PK\x03\x04": [(4, 2), (6, 2), (8, 2), (10, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)],
             b"PK\x01\x02": [(4, 2), (6, 2), (8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2),
                             (34, 2), (38, 4), (42, 4)],
             b"PK\x05\x06": [(4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)],
             b"PK\x06\x06": [(4, 8), (12, 2), (24, 8), (32, 8), (40, 8), (48, 8)],
             b"PK\x06\x07": [(4, 4), (8, 8), (16, 4)], b"PK\x07\x08": [(4, 4), (8, 4), (12, 4)]}
    places = [(at, fields) for mark, fields in forms.items() for at in range(len(data)) if data[at: at + 4] == mark]
    for _ in range(draw.choice([1, 1, 2, 3])):
        at, fields = draw.choice(places)
        offset, size = draw.choice(fields)
        now = int.from_bytes(data[at + offset: at + offset + size], "little")
        number = draw.choice([now + 1, now - 1, now * 2, now ^ 8, *SIZES]) % (1 << 8 * size)
        data[at + offset: at + offset + size] = number.to_bytes(size, "little")
    return bytes(data)


def numbers_changed(draw, data):
    """A whole zip file whose data.pkl has other numbers and names."""
    records = records_of(data)
    i = next(i for i, (name, _) in enumerate(records) if name.endswith("data.pkl"))
    name, pickled = records[i]
    pickled = bytearray(pickled)
    if draw.random() < 0.3:
        records[i] = (name, Maker(draw, ["0", "1", "2"]).damaged(bytes(pickled)))
        return archive(draw, records)
    for _ in range(draw.choice([1, 1, 2, 3])):
        # each number is K and a byte, M and two, J and four: another of any size takes its place
        places = [p for p in range(len(pickled) - 4) if pickled[p: p + 1] in (b"K", b"M", b"J")]
        at = draw.choice(places or [0])
        size = {b"K": 2, b"M": 3, b"J": 5}.get(bytes(pickled[at: at + 1]), 2)
        pickled[at: at + size] = Maker(draw, ["0", "1", "2"]).number()
    if draw.random() < 0.2:
        old, new = draw.sample(NAMES, 2)
        pickled = pickled.replace(old.encode(), new.encode(), 1)
    records[i] = (name, bytes(pickled))
    return archive(draw, records)


def pickled(x):
    import pickle

    return pickle.dumps(x, 2)


def legacy(draw):
    """A random pickle in a file of the old kind."""
    keys = [b for b in ("0", "1", "9")]
    head = pickled(draw.choice([MAGIC] * 12 + [1, None])) + pickled(draw.choice([PROTOCOL] * 12 + [1, "x", 2**70]))
    system = pickled(draw.choice([{"protocol_version": 1001, "little_endian": True,
                                   "type_sizes": {"short": 2, "int": 4, "long": 4}}] * 8
                                   + [{}, 5, {"little_endian": False}, {"little_endian": True, "type_sizes": 3}]))
    body = Maker(draw, keys, legacy=True).pickle()
    listed = pickled(draw.choice([keys] * 6 + [keys[:1], ["0", "0"], ["7"], 5, [[]], ("0", "1", "9"), {"0": 1}, "01"]))
    storages = b"".join(struct.pack("<q", draw.choice([4] * 8 + NUMBERS[:20])) + struct.pack("<4f", 1, 2, 3, 4)
                        for _ in keys)
    data = head + system + body + listed + storages
    return bytes_changed(draw, data) if draw.random() < 0.2 else data


def safetensors(draw):
    """A file of safetensors with another header."""
    data = draw.choice(goods()["safetensors"])
    if draw.random() < 0.4:
        return bytes_changed(draw, data)
    n = struct.unpack_from("<Q", data)[0]
    header, rest = json.loads(data[8: 8 + n]), data[8 + n:]
    for _ in range(draw.choice([1, 1, 2])):
        name = draw.choice(list(header))
        entry = header[name]
        how = draw.randrange(6)
        if how == 0:
            entry["dtype"] = draw.choice(["F32", "F64", "I64", "U8", "BOOL", "BF16", "F16", "F8_E4M3", "U16", "C64",
                                          "X", "", 5, None, "F4", "F6_E2M3", "F8_E8M0"])
        elif how == 1:
            entry["shape"] = draw.choice([[], [0], [1], [24], [2**62, 4], [2**64 - 1], [-1], [1.5], "x", [[1]],
                                          [2**32, 2**32], None, [6, 4]])
        elif how == 2:
            entry["data_offsets"] = [draw.choice([0, 1, 8, 96, *SIZES]), draw.choice([0, 96, 120, *SIZES])]
        elif how == 3:
            header[draw.choice(["__metadata__", "z", "",
                                "a"])] = draw.choice([{"a": "b"}, {"a": 5}, {"a": None}, entry])
        elif how == 4:
            rest = rest[: draw.randrange(len(rest) + 1)] if draw.random() < 0.5 else rest + bytes(8)
        else:
            entry.pop(draw.choice(list(entry)), None)
        header = {k: v for k, v in header.items() if isinstance(v, dict)
                  and v} or {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    text = json.dumps(header).encode()
    size = draw.choice([len(text)] * 8 + [len(text) - 1, len(text) + 1, *SIZES])
    return struct.pack("<Q", size) + text + rest


def made(draw):
    """(kind, a file)"""
    kind = draw.choice(KINDS)
    if kind == "pickle":
        return kind, crafted(draw)
    if kind == "zip":
        data = draw.choice(goods()["zip"])
        if draw.random() < 0.4:
            return kind, archive(draw, changed_records(draw, records_of(data)))
        return kind, headers_changed(draw, data)
    if kind == "numbers":
        return kind, numbers_changed(draw, draw.choice(goods()["zip"]))
    if kind == "bytes":
        return kind, bytes_changed(draw, draw.choice(goods()["zip"]))
    if kind == "legacy":
        return kind, bytes_changed(draw, draw.choice(goods()["legacy"]))
    if kind == "legacy pickle":
        return kind, legacy(draw)
    return kind, safetensors(draw)


def packed(data):
    return base64.b85encode(zlib.compress(data, 9)).decode()


class Fuzz:
    """cases(number) -> the loading of a file, the same for the same seed and number."""

    def __init__(self, seed, avoid=()):
        self.seed, self.avoid = seed, avoid
        goods()

    def __call__(self, number):
        draw = random.Random(f"files {self.seed} {number}")
        kind, data = made(draw)
        how = "mapped" if draw.random() < 0.3 else "path" if draw.random() < 0.3 else "buffer"
        return {"name": f"{kind} file", "text": f"loaded({kind.split()[0]!r}, {packed(data)!r}, {how!r})",
                "mode": number % 2, "seed": self.seed}


