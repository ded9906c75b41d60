"""Dtypes that MindSpore cannot hold: bytes that load, copy, cast and save. Expected numbers come from the reference."""
import copy
import io
import zlib

import numpy as np
import pytest

import mindtorch as torch

FLOATS = ("float8_e8m0fnu", "float8_e4m3fnuz", "float8_e5m2fnuz")
ALL = (*FLOATS, "complex32", "uint1", "uint4", "uint7", "int1", "int4", "bits8", "bits16", "bits1x8", "bits4x2",
       "float4_e2m1fn_x2")


def numbers():
    """Numbers of all sizes: random bits, normal numbers, eighths, and the edges of the three layouts."""
    bits = np.random.default_rng(0).integers(0, 2**32, 200000, dtype=np.uint64).astype(np.uint32)
    edges = [0, -0.0, np.inf, -np.inf, np.nan, 240, 247, 248, 249, 256, 57344, 61440, 61439, 65536, 1e30, 3, 1.5, 6,
             5.9e-39, 1e-45, 2**-127, 2**-128, 3 * 2**-128, 2**-126, 2**127, 1.5 * 2**127, 3.4e38, -1, -3]
    return torch.from_numpy(np.concatenate([
        bits.view(np.float32), (np.random.default_rng(1).standard_normal(50000) * 100).astype(np.float32),
        np.arange(-300, 300, dtype=np.float32) / 2**6, np.array(edges, dtype=np.float32)]))


@pytest.mark.parametrize("name, encoded, decoded", [
    ("float8_e8m0fnu", 2849099588, 1383821349), ("float8_e4m3fnuz", 3747429772, 2065098084),
    ("float8_e5m2fnuz", 2005616900, 2148421298)])
def test_casts_have_the_references_bits(name, encoded, decoded):
    d, x = getattr(torch, name), numbers()
    for source in (x, x.double()):
        assert zlib.crc32(source.to(d).view(torch.uint8).numpy().tobytes()) == encoded
    values = torch.arange(256).to(torch.uint8).view(d).float()
    assert zlib.crc32(values.nan_to_num(7.0).numpy().tobytes()) == decoded


def test_pairs_of_halves():
    x = torch.tensor([1 + 2j, 1e6, 3.0001 - 1j]).to(torch.complex32)
    assert x.view(torch.float16).tolist() == [1.0, 2.0, np.inf, 0.0, 3.0, -1.0] and x.dtype is torch.complex32
    y = x[[0, 2]]
    assert (y + y).tolist() == [2 + 4j, 6 - 2j] and (y * y).tolist() == [-3 + 4j, 8 - 6j]
    assert torch.view_as_real(y).tolist() == [[1.0, 2.0], [3.0, -1.0]] and y.abs().dtype is torch.float16
    assert y.to(torch.complex64).tolist() == [1 + 2j, 3 - 1j] and torch.ones(2).chalf().tolist() == [1, 1]
    assert torch.promote_types(torch.complex32, torch.float32) is torch.complex64


@pytest.mark.parametrize("name", ALL)
def test_bytes_are_viewed_moved_copied_and_saved(name):
    d, raw = getattr(torch, name), torch.arange(8, dtype=torch.uint8)
    x = raw.view(d)
    n = 8 // d.itemsize
    assert x.dtype is d and x.shape == (n,) and x.element_size() == d.itemsize and x.data_ptr() == raw.data_ptr()
    for same in (x.clone(), copy.deepcopy(x), x.reshape(2, -1).flatten(), torch.cat([x[:1], x[1:]]), x.detach(),
                 torch.empty_like(x).copy_(x), torch.stack([x, x])[1], torch.nn.Parameter(x, requires_grad=False),
                 torch.frombuffer(bytearray(range(8)), dtype=d)):
        assert same.dtype is d and same.view(torch.uint8).tolist() == list(range(8))
    assert x[1:].untyped_storage().data_ptr() == raw.untyped_storage().data_ptr()
    raw.zero_()
    assert not x.view(torch.uint8).any()  # a view, not a copy
    raw.copy_(torch.arange(8))
    file = io.BytesIO()
    torch.save({"x": x, "part": x.reshape(2, -1).t()}, file)
    file.seek(0)
    found = torch.load(file, weights_only=True)
    assert found["x"].dtype is d and found["x"].view(torch.uint8).tolist() == list(range(8))
    assert found["part"].shape == (n // 2, 2) and found["part"].stride() == (1, n // 2)
    module = torch.nn.Module()
    module.b = torch.nn.Buffer(x.clone())
    module.load_state_dict({"b": found["x"]})
    assert module.state_dict()["b"].dtype is d and x.to("meta").shape == (n,)
    assert torch.empty(2, 3, dtype=d).dtype is d and torch.result_type(x, x) is d


@pytest.mark.parametrize("name", FLOATS)
def test_numbers_are_read_and_written(name):
    d = getattr(torch, name)
    x = torch.tensor([1.0, 2.0, 4.0], dtype=d)
    assert x.tolist() == [1.0, 2.0, 4.0] and x[1].item() == 2.0 and (x == x).all() and not x.isnan().any()
    assert repr(x) == f"tensor([1., 2., 4.], dtype=torch.{name})" and x.to(torch.bfloat16).tolist() == [1.0, 2.0, 4.0]
    assert torch.ones(2, dtype=d).tolist() == [1.0, 1.0] and torch.full((1,), 2, dtype=d).tolist() == [2.0]
    assert x.new_full((2,), 4).tolist() == [4.0, 4.0] and x.new_zeros(2, 3).shape == (2, 3)
    assert torch.ones_like(x, dtype=torch.float32).dtype is torch.float32
    x[0] = 8.0
    x[1:] = torch.tensor([16.0, 32.0])
    assert x.float().tolist() == [8.0, 16.0, 32.0] and torch.zeros(3).copy_(x).tolist() == [8.0, 16.0, 32.0]
    assert x.type() == f"torch.{name.capitalize()}Tensor"


def test_what_the_reference_refuses_is_refused():
    x = torch.ones(2, dtype=torch.float8_e4m3fnuz)
    few = torch.arange(2, dtype=torch.uint8).view(torch.int3)
    for call in (lambda: x + x, lambda: x.sum(), lambda: torch.equal(x, x), lambda: torch.relu(x), lambda: x @ x,
                 lambda: torch.ones(2).to(torch.uint4), lambda: few.float(), lambda: torch.zeros(2, dtype=torch.bits8)):
        with pytest.raises(NotImplementedError):
            call()
    for call in (x.requires_grad_, lambda: torch.promote_types(x.dtype, torch.float32),
                 lambda: torch.promote_types(torch.bits8, torch.float32)):
        with pytest.raises(RuntimeError):
            call()
    with pytest.raises(TypeError):
        x.numpy()


def test_limits():
    assert torch.finfo(torch.float8_e8m0fnu).max == 2.0**127 and torch.finfo(torch.float8_e8m0fnu).min == 2.0**-127
    assert torch.finfo(torch.float8_e4m3fnuz).max == 240 and torch.finfo(torch.complex32).max == 65504
    assert not torch.float8_e8m0fnu.is_signed
    for d in (torch.uint4, torch.bits8):
        with pytest.raises(TypeError):
            torch.iinfo(d)
