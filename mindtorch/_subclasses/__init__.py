"""torch._subclasses: there are no fake tensors; use the meta device."""
from mindtorch import _absent

_absent.install("torch._subclasses",
                {"": {"FakeTensor": "c", "FakeTensorMode": "c"},
                 "fake_tensor": {"FakeTensor": "c", "FakeTensorMode": "c"}})
