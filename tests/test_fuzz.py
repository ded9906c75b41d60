"""A slice of the attack (python -m tests.fuzz), by a fixed seed: no call ends the process, hangs, or reads outside."""
import re

from tests.fuzz import calls, exclusions, targets


def test_every_family_is_called():
    names = {t.name for t in targets.everything()}
    for place in ("torch.add", "torch.Tensor.add_", "torch.Tensor.data =", "torch.conv2d", "torch.nn.functional.interpolate", "torch.linalg.qr", "torch.fft.rfft", "torch.special.zeta", "torch.sparse.mm", "torch.nested.nested_tensor", "torch.signal.windows.hann", "torch.nn.LSTM",
                  "torch.optim.Adam", "torch.distributions.Normal", "torch.autograd.functional.jacobian", "torch.func.vmap", "torch.utils.data.RandomSampler", "torch.UntypedStorage.resize_", "torch.ops.aten.convolution", "torch._foreach_add", "torch._C.view",
                  "torch._utils._rebuild_tensor_v2", "torch.Generator.set_state"):
        assert place in names, place
    assert len(names) > 4000 and len(calls.lines()) > 300


def test_each_exclusion_has_a_reason_and_a_name():
    for pattern, why in exclusions.SKIP.items():
        re.compile(pattern)
        assert why
