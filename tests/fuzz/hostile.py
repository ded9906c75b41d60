"""Bad values, as texts that mean the same under mindtorch and under the reference (tests/fuzz/values.py has the
names)."""

INTEGERS = ["0", "-1", "1", "2", "3", "7", "-2", "100", "2**31 - 1", "2**31", "-2**31", "2**32", "2**40", "2**61",
            "2**62", "2**63 - 1", "-2**63", "-2**63 + 1", "2**63", "2**64", "-2**64", "10**30"]
FLOATS = ["0.0", "-0.0", "0.5", "1.5", "2.0", "-1.0", "nan", "inf", "-inf", "1e-300", "1e300", "5e-324", "3.4e38",
          "2.0**62", "2.0**63", "-2.0**63", "1e19"]
NUMPY = ["np.int8(1)", "np.int8(-128)", "np.int8(127)", "np.uint8(255)", "np.int16(-1)", "np.int16(32767)",
         "np.uint16(3)", "np.int32(2**31 - 1)", "np.int32(2)", "np.uint32(2**32 - 1)", "np.int64(-1)",
         "np.int64(2**62)", "np.int64(-2**63)", "np.uint64(2**64 - 1)", "np.uint64(2)", "np.float16(1.5)",
         "np.float32(2.0)", "np.float64('nan')", "np.float64(2.0)", "np.longdouble(1)", "np.bool_(True)",
         "np.complex64(1j)", "np.datetime64('2020-01-01')", "np.str_('a')", "np.arange(3)", "np.zeros((0, 3))",
         "np.ones((2, 3), dtype=np.float32)", "np.array(2)", "np.array([1.5])", "np.zeros(2, dtype='U3')",
         "np.zeros(2, dtype=[('a', 'i4')])", "np.array([None, 1], dtype=object)", "ragged()", "backwards()",
         "swapped()", "fixed()", "np.dtype('int8')", "np.lib.stride_tricks.as_strided(np.ones(2), (2, 3), (0, 0))"]
SCALAR_TENSORS = ["torch.tensor(2)", "torch.tensor(-1)", "torch.tensor(2**62)", "torch.tensor(-2**63)",
                  "torch.tensor(1.5)", "torch.tensor(nan)", "torch.tensor(inf)", "torch.tensor(True)",
                  "torch.tensor([3])",
                  "torch.tensor([[0.5]])", "torch.tensor(100, dtype=torch.int8)",
                  "torch.tensor(255, dtype=torch.uint8)", "torch.tensor(2, dtype=torch.int32)",
                  "torch.tensor(1.0, dtype=torch.float16)",
                  "torch.tensor(2.0, requires_grad=True)", "torch.tensor(1j)", "torch.tensor(2, device='meta')",
                  "torch.tensor([])"]
LISTS = ["[]", "()", "[0]", "[1]", "(2,)", "[2, 3]", "(1, 2, 3)", "[-1]", "[-1, -1]", "[0, 0]", "(0,)", "[2**62]",
         "[2**62, 4]", "[2**31, 2**32]", "(2**33, 2**33)", "[-2**63]", "(2**63 - 1,)", "[2**64]",
         "[1.5]", "[nan]", "[True]", "[None]", "['a']", "[[1, 2], [3]]", "[[], []]", "[()]", "[1] * 30", "[1] * 70",
         "[2] * 40", "[1] * 1000", "[np.int8(100), np.int8(100)]", "(np.int8(-128),)",
         "[np.uint64(2**64 - 1)]", "[torch.tensor(2), torch.tensor(3)]", "[torch.tensor(1.5)]",
         "[torch.tensor([1, 2])]", "[t('float32', 2, 3)]", "[t('float32', 2, 3), t('float32', 2, 3)]",
         "(t('float32', 2, 3), None)", "[t('int64', 2), t('float32', 3, 1)]", "[None, None]", "range(3)",
         "range(2**40, 2**40 + 2)", "slice(0, 2**62, 1)", "slice(None, None, -1)", "slice(-2**63, 2**63, 2**63)",
         "(slice(None), None, ...)", "torch.Size([2, 3])", "torch.Size([2**62, 2**62])", "itself()", "deep()",
         "[Index(1)]", "[Index(None)]"]
OTHER = ["None", "True", "False", "...", "NotImplemented", "''", "'a'", "'mean'", "'sum'", "'none'", "'\\ud800'",
         "'x' * 5000", "'\\0'", "b''", "b'abc'", "bytearray(8)", "memoryview(bytes(8))", "1j", "complex(nan, inf)",
         "torch.float32", "torch.float16", "torch.bfloat16", "torch.int64", "torch.uint8", "torch.bool",
         "torch.complex64", "torch.float64", "torch.uint64", "torch.quint8", "torch.float8_e4m3fn", "torch.float8_e5m2",
         "torch.strided", "torch.sparse_coo", "torch.sparse_csr", "torch.contiguous_format", "torch.channels_last",
         "torch.preserve_format", "torch.device('cpu')", "torch.device('meta')", "'cpu'", "'meta'", "'cuda'",
         "'cpu:7'", "torch.Generator()", "torch.Tensor", "torch.nn.Parameter", "torch.nn.Linear", "torch.FloatTensor",
         "int", "float", "object", "type", "{}", "{'a': 1}", "{1: 2}", "set()", "{1, 2}", "frozenset([1])",
         "generator(1, 2)", "iter([])", "iter([t('float32', 2)])", "failing", "constant", "identity", "len",
         "torch.add", "torch.sin", "(lambda: None)", "object()", "print", "Exception('a')", "np", "torch"]
OBJECTS = ["Index(2)", "Index(-1)", "Index(2**62)", "Index(2**70)", "Index(None)", "Index('a')", "Index(1.5)",
           "Float(1.5)", "Float(nan)", "Float(None)", "Float('a')", "Array()", "Array((-1,))", "Array((2**62, 4))",
           "Array((), '<f8')", "Array((4,), '|O8')", "Array((4,), 'rubbish')", "Array(None)",
           "Array((2,), '<f4', None)", "Array((2,), '<f4', bytearray(8))", "Array((2**40,), '<f4', bytearray(8))",
           "Pack()", "Length(3)",
           "Length(2)", "Length(0)", "Length(-1)", "Length(2**62)", "Length(2**31, None)", "Length(3, 'a')",
           "Length(2, [1, 2])", "Growing()", "Growing([1, 2])", "Raises()", "Equal()", "Answers()", "Number(3)",
           "Text('mean')"]
DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "uint16", "uint32",
          "uint64", "bool", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2"]
SHAPES = ["", "0", "1", "2", "5", "2, 3", "3, 3", "0, 3", "3, 0", "1, 1", "2, 3, 4", "1, 2, 3, 4", "0, 2, 3, 4",
          "1, 1, 4, 4, 4", "2, 0, 2", "1, 1, 1, 1, 1, 1, 1", "4, 4", "8"]
TENSORS = [f"t({d!r}, {s})" if s else f"t({d!r})" for d in ("float32", "int64", "float64", "bool")
           for s in SHAPES] + [f"t({d!r}, {s})" for d in DTYPES for s in ("3", "2, 3")] + [
    "t('float32', 2, 3, g=1)", "t('float64', 4, 4, g=1)", "t('float32', 1, 2, 4, 4, g=1)", "filled(t('int64', 3), -1)",
    "filled(t('int64', 3), 2**62)", "filled(t('int64', 2, 3), -2**63)", "filled(t('int32', 3), 2**31 - 1)",
    "filled(t('float32', 2, 3), nan)", "filled(t('float64', 3, 3), inf)", "filled(t('float32', 3), 1e38)",
    "filled(t('int64', 3), 1000)", "filled(t('uint8', 3), 255)"]

# ways to spoil the argument that is there
WAYS = ["boolbytes({})", "turned({})", "laid({})", "expanded({})", "stepped({})", "offset({})", "shrunk({})",
        "emptied({})", "none_of({})", "none_of({}, -1)", "less({})", "more({})", "wider({})", "first({})", "flat({})",
        "raised({})", "raised({}, 3)", "raised({}, 40)", "lowered({})", "filled({}, nan)", "filled({}, inf)",
        "filled({}, 0)", "filled({}, -1)", "filled({}, 1)", "filled({}, 2**62)", "filled({}, -2**63)",
        "filled({}, 127)", "filled({}, 1e30)",
        "filled({}, -1e300)", "spiked({}, nan)", "spiked({}, inf)", "spiked({}, -1)", "spiked({}, 2**62)",
        "spiked({}, 10**6)", "spiked({}, -2**63)", "spiked({}, 0)", "rooted({})", "grown({})", "meta({})", "sparse({})",
        "csr({})",
        "nested({})", "jagged({})", "quantised({})", "quantised_by_row({})", "conj({})", "negative({})",
        "inference({})", "parameter({})", "subclass({})", "wild({})", "array({})", "storage({})", "[{}]", "({},)",
        "[{0}, {0}]"
        ] + [f"cast({{}}, {d!r})" for d in DTYPES]
SCALARS = INTEGERS + FLOATS + NUMPY + SCALAR_TENSORS + OBJECTS
FOREIGN = SCALARS + LISTS + OTHER + TENSORS
FAMILIES = [INTEGERS, FLOATS, NUMPY, SCALAR_TENSORS, LISTS, OTHER, OBJECTS, TENSORS]
# the very tensors that the call was given before, or parts of them
ALIASES = ["GIVEN[0]", "GIVEN[-1]", "GIVEN[0].detach()", "GIVEN[0].detach()[1:]", "GIVEN[0].detach()[..., :1]",
           "GIVEN[0].detach().T", "GIVEN[0].detach().flatten()[:-1]", "GIVEN[0].detach()[:1].expand_as(GIVEN[0])",
           "GIVEN[0].data", "GIVEN[0].detach().view(torch.uint8)",
           "GIVEN[0].untyped_storage()", "GIVEN[0].detach()[None]",
           "GIVEN[0].detach().as_strided(GIVEN[0].shape, [1] * GIVEN[0].ndim)"]
TENSOR_MAKERS = ("S(", "t(", "fx(")


def is_tensor(text):
    """Whether a text makes a tensor that can be spoiled."""
    return text.startswith(TENSOR_MAKERS)


def any_value(draw):
    """A bad value of any family, each as likely as the others."""
    return draw.choice(draw.choice(FAMILIES))


def spoiled(draw, text):
    """Another text for an argument: a tensor is mostly spoiled rather than replaced, a number mostly by a number."""
    kind = draw.random()
    if is_tensor(text) and kind < 0.75:
        return draw.choice(ALIASES) if kind < 0.06 else draw.choice(WAYS).format(text)
    if kind < 0.6:
        if text[:1] in "[(":
            return draw.choice(LISTS)
        if text.removeprefix("-")[:1].isdigit() or text in ("True", "False", "None"):
            return draw.choice(draw.choice([INTEGERS[:8], INTEGERS, FLOATS, NUMPY[:24], SCALAR_TENSORS, OBJECTS,
                                            ["True", "False", "None"]]))
    return any_value(draw)
