"""Random pickles, opcode by opcode: values, calls of the functions that a weights_only reader knows, states for what
they made, and damage."""
import struct

NUMBERS = [0, 1, 2, 3, 4, 5, 8, -1, -2, 100, 255, 256, 65536, 2**31 - 1, 2**31, -2**31, 2**32, 2**40, 2**62, 2**63 - 1,
           -2**63, 2**63, 2**64, 2**200]
KINDS = ["FloatStorage", "DoubleStorage", "HalfStorage", "LongStorage", "IntStorage", "ShortStorage", "CharStorage",
         "ByteStorage", "BoolStorage", "BFloat16Storage", "ComplexFloatStorage", "UntypedStorage", "QUInt8Storage",
         "QInt8Storage"]
DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int8", "uint8", "bool", "complex64", "quint8",
          "qint8", "qint32", "float8_e4m3fn", "uint16", "uint64"]
GLOBALS = [("collections", "OrderedDict"), ("collections", "Counter"), ("datetime", "timedelta"), ("_codecs", "encode"),
           ("builtins", "bytearray"), ("builtins", "set"), ("builtins", "complex"), ("__builtin__", "set"),
           ("torch", "Size"), ("torch", "Tensor"), ("torch.nn.parameter", "Parameter"),
           ("torch.nn.parameter", "Buffer"), ("torch", "device"), ("torch.storage", "UntypedStorage"),
           ("torch.storage", "TypedStorage"),
           ("torch", "UntypedStorage"), ("torch._tensor", "_rebuild_from_type_v2"),
           ("torch.serialization", "_get_layout"), ("torch", "per_tensor_affine"), ("torch", "per_channel_affine"),
           ("torch", "strided"), ("torch", "sparse_coo"),
           ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("builtins", "list"), ("torch", "load"),
           ("torch", "add"), ("torch._utils", "_rebuild_wrapper_subclass"), ("numpy.core.multiarray", "_reconstruct"),
           ("numpy", "ndarray")]
REBUILDS = ["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
            "_rebuild_parameter_with_state", "_rebuild_sparse_tensor", "_rebuild_qtensor",
            "_rebuild_meta_tensor_no_storage",
            "_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor", "_rebuild_nested_tensor"]
TEXTS = ["", "a", "storage", "cpu", "meta", "cuda", "npu", "cpu:7", "0", "1", "9", "0/../1", "__array_interface__",
         "_untyped_storage", "_bytes", "real", "data", "grad", "_grad", "__class__", "requires_grad", "_backward_hooks",
         "torch.strided",
         "torch.sparse_coo", "torch.sparse_csr", "latin1", "rot13", "hex", "utf-8", "__setstate__", "shape", "imag",
         "is_conj", "is_neg", "\x00", "x" * 300]
ARRAYS = [{"data": (4096, False), "shape": (4,), "typestr": "<f4", "version": 3},
          {"data": (8, True), "shape": (2**62,), "typestr": "|u1", "version": 3}]


class Maker:
    """Writes one pickle; `keys` are the names of storages in the file around it."""

    def __init__(self, draw, keys=("0", "1", "9"), legacy=False):
        self.draw, self.keys, self.legacy, self.saved = draw, keys, legacy, 0

    # ---- atoms ----
    def integer(self, x):
        form = self.draw.randrange(6)
        if form == 0 and 0 <= x < 256:
            return b"K" + bytes([x])
        if form == 1 and 0 <= x < 65536:
            return b"M" + struct.pack("<H", x)
        if form <= 2 and -2**31 <= x < 2**31:
            return b"J" + struct.pack("<i", x)
        if form == 3:
            return (b"I" if self.draw.random() < 0.5 else b"L") + str(x).encode() + b"\n"
        data = x.to_bytes(x.bit_length() // 8 + 1, "little", signed=True)
        return b"\x8a" + bytes([len(data)]) + data if form < 5 else b"\x8b" + struct.pack("<i", len(data)) + data

    def text(self, x):
        data = x.encode()
        form = self.draw.randrange(8)
        if form == 0 and len(data) < 256:
            return b"\x8c" + bytes([len(data)]) + data
        if form == 1:
            return b"\x8d" + struct.pack("<Q", len(data)) + data
        if form == 2 and len(data) < 256:
            return b"U" + bytes([len(data)]) + data
        return b"X" + struct.pack("<I", len(data)) + data

    def name(self, module, attribute):
        if self.draw.random() < 0.1:
            return self.text(module) + self.text(attribute) + b"\x93"
        return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"

    def tuple_of(self, *items):
        if len(items) in (1, 2, 3) and self.draw.random() < 0.5:
            return b"".join(items) + bytes([0x84 + len(items)])
        return b"(" + b"".join(items) + b"t" if items or self.draw.random() < 0.5 else b")"

    def value(self, x):
        """A plain value."""
        if isinstance(x, dict):
            return b"}(" + b"".join(self.value(k) + self.value(v) for k, v in x.items()) + b"u"
        if isinstance(x, tuple):
            return self.tuple_of(*map(self.value, x))
        return {None: b"N", True: b"\x88",
                False: b"\x89"}[x] if x is None or isinstance(x,
                                                              bool) else self.integer(x) if isinstance(
                                                                  x, int) else self.text(x)

    def number(self):
        """A number, or what takes the place of one."""
        r = self.draw.random()
        if r < 0.55:
            return self.integer(self.draw.choice(NUMBERS[:7]))
        if r < 0.8:
            return self.integer(self.draw.choice(NUMBERS))
        if r < 0.85:
            return b"G" + struct.pack(">d", self.draw.choice([0.0, 1.5, 2.0, float("nan"), float("inf"), 1e300]))
        if r < 0.9:
            return self.tensor(0)
        return self.anything(0)

    def numbers(self, n=None):
        """A tuple of numbers, now and then something else."""
        r = self.draw.random()
        if r < 0.05:
            return self.anything(1)
        n = self.draw.choice([0, 1, 1, 2, 2, 3, 5, 40]) if n is None else n
        made = self.tuple_of(*(self.number() for _ in range(n)))
        if r < 0.1:
            return self.name("torch", "Size") + self.tuple_of(made) + b"R"
        return made

    def atom(self):
        draw = self.draw
        return draw.choice([lambda: b"N", lambda: b"\x88", lambda: b"\x89", lambda: self.integer(draw.choice(NUMBERS)),
                            lambda: self.text(draw.choice(TEXTS)), lambda: b"C\x03abc", lambda: b"B\x03\0\0\0abc",
                            lambda: b"\x8e\x03\0\0\0\0\0\0\0abc", lambda: b"\x96\x03\0\0\0\0\0\0\0abc",
                            lambda: b"G" + struct.pack(">d", 1.5),
                            lambda: b"F" + draw.choice([b"nan", b"inf", b"1e999", b"x"]) + b"\n", lambda: b"]",
                            lambda: b"}",
                            lambda: b")", lambda: b"\x8f", lambda: self.name(*draw.choice(GLOBALS)),
                            lambda: self.name("torch", draw.choice(DTYPES)),
                            lambda: self.name("torch", draw.choice(KINDS)), lambda: self.value(draw.choice(ARRAYS)),
                            lambda: b"h" + bytes([draw.randrange(4)]), lambda: b"(N1", lambda: b"N0",
                            lambda: b"(NN\x91"])()

    # ---- what torch knows ----
    def storage(self):
        draw = self.draw
        if draw.random() < 0.06:
            return self.anything(1)
        kind = self.name("torch", draw.choice(KINDS[:1] * 6 + KINDS)) if draw.random() < 0.93 else self.anything(1)
        key = self.text(draw.choice(self.keys)) if draw.random() < 0.93 else self.anything(0)
        place = self.text(draw.choice(["cpu"] * 8 + TEXTS)) if draw.random() < 0.95 else self.anything(0)
        count = self.integer(4) if draw.random() < 0.6 else self.number()
        parts = [self.text("storage"), kind, key, place, count]
        if self.legacy:
            parts.append(b"N" if draw.random() < 0.7
                         else self.tuple_of(self.text(draw.choice(self.keys)), self.number(), self.number()))
        if draw.random() < 0.04:
            draw.shuffle(parts)
        if draw.random() < 0.04:
            del parts[draw.randrange(len(parts))]
        return self.tuple_of(*parts) + b"Q"

    def ordered(self):
        return self.name("collections",
                         "OrderedDict") + self.tuple_of() + b"R" if self.draw.random() < 0.9 else self.anything(1)

    def flag(self):
        return self.draw.choice([b"\x88", b"\x89"]) if self.draw.random() < 0.9 else self.anything(0)

    def dtype(self):
        return self.name("torch", self.draw.choice(DTYPES)) if self.draw.random() < 0.9 else self.anything(0)

    def geometry(self):
        """offset, size, stride: mostly inside of a storage of four elements"""
        draw = self.draw
        if draw.random() < 0.4:
            size, stride = draw.choice([((4,), (1,)), ((2, 2), (2, 1)), ((2,), (2,)), ((), ()), ((0, 3), (3, 1)),
                                        ((2, 2), (1, 2)), ((1,), (1,))])
            offset = 0
            made = [self.integer(offset), self.value(size), self.value(stride)]
            if draw.random() < 0.5:
                made[draw.randrange(3)] = self.numbers()
            return made
        n = draw.choice([0, 1, 1, 2, 2, 3])
        return [self.number(), self.numbers(n if draw.random() < 0.9 else None),
                self.numbers(n if draw.random() < 0.9 else None)]

    def arguments(self, name, depth):
        """Arguments of one of the functions, roughly what it takes."""
        draw = self.draw
        whole = {"_rebuild_tensor": lambda: [self.storage(), *self.geometry()],
                 "_rebuild_tensor_v2": lambda: [self.storage(), *self.geometry(), self.flag(), self.ordered(),
                                                *([self.anything(1)] if draw.random() < 0.2 else [])],
                 "_rebuild_tensor_v3": lambda: [self.storage(), *self.geometry(), self.flag(), self.ordered(),
                                                self.dtype(), *([self.anything(1)] if draw.random() < 0.2 else [])],
                 "_rebuild_parameter": lambda: [self.tensor(depth - 1), self.flag(), self.ordered()],
                 "_rebuild_parameter_with_state": lambda: [self.tensor(depth - 1), self.flag(), self.ordered(),
                                                           self.state(depth - 1)],
                 "_rebuild_sparse_tensor": lambda: [self.name("torch.serialization", "_get_layout")
                                                    + self.tuple_of(
                                                        self.text(
                                                            draw.choice(["torch.sparse_coo", "torch.sparse_csr",
                                                                         "torch.strided", "torch.sparse_bsr"]))) + b"R",
                                                    self.tuple_of(
                                                        *(self.tensor(depth - 1)
                                                          for _ in range(draw.choice([2, 2, 3, 1]))), self.numbers(),
                                                          *([self.flag()] if draw.random() < 0.5 else []))],
                 "_rebuild_qtensor": lambda: [self.storage(), *self.geometry(),
                                              self.tuple_of(
                                                  self.name("torch",
                                                            draw.choice(["per_tensor_affine", "per_channel_affine"])),
                                                            *(draw.choice([self.number,
                                                                           lambda: self.tensor(depth - 1)])()
                                              for _ in range(draw.choice([2, 3])))), self.flag(), self.ordered()],
                 "_rebuild_meta_tensor_no_storage": lambda: [self.dtype(), self.numbers(), self.numbers(), self.flag()],
                 "_rebuild_device_tensor_from_numpy": lambda: [self.anything(depth - 1), self.dtype(),
                                                               self.text(draw.choice(["cpu", "meta", "cuda"])),
                                                               self.flag()],
                 "_rebuild_device_tensor_from_cpu_tensor": lambda: [self.tensor(depth - 1), self.dtype(),
                                                                    self.text(draw.choice(["cpu", "meta"])),
                                                                    self.flag()],
                 "_rebuild_nested_tensor": lambda: [self.tensor(depth - 1), self.tensor(depth - 1),
                                                    self.tensor(depth - 1), self.tensor(depth - 1)]}[name]()
        r = draw.random()
        if r < 0.15 and whole:
            whole[draw.randrange(len(whole))] = self.anything(depth - 1)
        elif r < 0.2 and whole:
            del whole[draw.randrange(len(whole))]
        elif r < 0.24:
            whole.append(self.anything(depth - 1))
        return self.tuple_of(*whole)

    def state(self, depth):
        """A state for BUILD."""
        draw, r = self.draw, self.draw.random()
        if r < 0.45:
            parts = [self.storage(), *self.geometry()]
            return self.tuple_of(*parts, *draw.choice([[], [], [self.flag()], [self.flag(), self.ordered()]]))
        if r < 0.8:
            return b"}(" + b"".join(self.text(draw.choice(TEXTS))
                                    + (self.tensor(depth - 1) if draw.random() < 0.4 else self.anything(depth - 1))
                                    for _ in range(draw.randrange(1, 4))) + b"u"
        return self.anything(depth - 1)

    def tensor(self, depth):
        """A tensor, mostly."""
        draw, r = self.draw, self.draw.random()
        if r < 0.7 or depth <= 0:
            name = "_rebuild_tensor_v2" if draw.random() < 0.6 or depth <= 0 else draw.choice(REBUILDS)
            if depth <= 0:
                size, stride = draw.choice([((4,), (1,)), ((2, 2), (2, 1)), ((), ())])
                return self.name("torch._utils",
                                 name) + self.tuple_of(self.tuple_of(self.text("storage"),
                                                                     self.name("torch", draw.choice(KINDS)),
                                                                     self.text(draw.choice(self.keys)),
                                                                     self.text("cpu"), self.integer(4),
                                                                                     *([b"N"] if self.legacy else []))
                                                                                     + b"Q", self.integer(0),
                                                                                     self.value(size),
                                                                                     self.value(stride), b"\x89",
                                                                                     self.ordered()) + b"R"
            made = self.name("torch._utils", name) + self.arguments(name, depth) + b"R"
        elif r < 0.78:
            made = self.name("torch._tensor",
                             "_rebuild_from_type_v2") + self.tuple_of(self.name("torch._utils", "_rebuild_tensor_v2"),
                                                                      self.name("torch",
                                                                                draw.choice(["Tensor", "Size",
                                                                                             "device"]))
                                                                                             if draw.random() < 0.8
                                                                                             else self.anything(0),
                                                                                       self.arguments(
                                                                                           "_rebuild_tensor_v2", depth),
                                                                                           self.state(depth)) + b"R"
        elif r < 0.85:
            made = self.name("torch",
                             "Tensor") + self.tuple_of(*(self.anything(depth - 1)
                                                         for _ in range(draw.choice([0, 1, 1, 2])))) + draw.choice(
                                                             [b"R", b"\x81"])
        elif r < 0.92:
            made = self.name("torch.nn.parameter",
                             draw.choice(["Parameter",
                                          "Buffer"])) + self.tuple_of(self.tensor(depth - 1),
                                                                      self.flag()) + draw.choice([b"R", b"\x81"])
        else:
            return self.anything(depth - 1)
        if draw.random() < 0.3:
            made += self.state(depth) + b"b"
        return made

    def anything(self, depth):
        """Any value."""
        draw, r = self.draw, self.draw.random()
        if depth <= 0 or r < 0.25:
            made = self.atom()
        elif r < 0.5:
            made = self.tensor(depth)
        elif r < 0.58:
            made = b"](" + b"".join(self.anything(depth - 1) for _ in range(draw.randrange(3))) + b"e"
        elif r < 0.64:
            made = self.tuple_of(*(self.anything(depth - 1) for _ in range(draw.randrange(4))))
        elif r < 0.72:
            made = self.ordered() + b"(" + b"".join(self.text(draw.choice(TEXTS)) + self.anything(depth - 1)
                                                    for _ in range(draw.randrange(3))) + b"u"
        elif r < 0.86:
            made = self.name(*draw.choice(GLOBALS)) + self.tuple_of(
                *(self.anything(depth - 1)
                  for _ in range(draw.choice([0, 1, 1, 2, 3, 5])))) + draw.choice([b"R", b"R", b"\x81"])
        elif r < 0.93:
            made = self.storage()
        else:
            made = self.ordered() + self.state(depth) + b"b"
        if draw.random() < 0.1 and self.saved < 200:
            made += b"q" + bytes([self.saved % 4])
            self.saved += 1
        return made

    def damaged(self, data):
        """Opcodes lost, doubled, put in, or changed."""
        data = bytearray(data)
        for _ in range(self.draw.choice([1, 1, 2, 4])):
            at = self.draw.randrange(len(data) + 1)
            how = self.draw.randrange(5)
            if how == 0:
                del data[at: at + self.draw.choice([1, 1, 2, 5])]
            elif how == 1:
                data[at:at] = data[at: at + self.draw.choice([1, 4, 20])]
            elif how == 2:
                data[at:at] = self.draw.choice([b"(", b"t", b"\x85", b"\x86", b"\x87", b"0", b"1", b"2", b"R", b"b",
                                                b"a", b"e", b"s", b"u", b"d", b"l", b"N", b"\x94", b"h\0", b"q\0", b"]",
                                                b"}", b"\x91", b"\x8f", b"\x90", b"Q", b"\x81", b"\x92",
                                                b"\x95\0\0\0\0\0\0\0\0"])
            elif data and how == 3:
                data[at % len(data)] = self.draw.choice([0, 1, 255, 127, 128, self.draw.randrange(256)])
            else:
                data[at:at] = self.atom()
        return bytes(data)

    def pickle(self):
        """A whole program."""
        made = self.anything(4) if self.draw.random() < 0.3 else self.tensor(4)
        if self.draw.random() < 0.5:
            made = b"](" + made + b"".join(self.tensor(2) for _ in range(self.draw.randrange(3))) + b"e"
        data = b"\x80\x02" + made + b"."
        return self.damaged(data) if self.draw.random() < 0.25 else data
