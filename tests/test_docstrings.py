"""Every public function and class says in a line what it is; so do all methods of Tensor."""
import inspect

import mindtorch as torch

from .stubs import rooms


def undocumented(value):
    return not (value.__doc__ or "").strip().split("\n")[0]


def test_every_public_name_says_what_it_is():
    missing, seen = [], 0
    for place, module in rooms.modules().items():
        for name, value in rooms.public(module).items():
            here = rooms.homes().get(id(value), (place, name)) == (place, name)
            if here and (inspect.isclass(value) or inspect.isroutine(value)):
                seen += 1
                missing += [f"torch.{place}.{name}"] if undocumented(value) else []
    assert not missing, missing
    assert seen > 1500


def test_every_method_of_tensor_says_what_it_is():
    names = [n for n in dir(torch.Tensor) if not n.startswith("_") and callable(getattr(torch.Tensor, n, None))]
    missing = [n for n in names if undocumented(getattr(torch.Tensor, n))]
    assert not missing, missing
    assert len(names) > 550


def test_what_has_no_words_is_found():
    assert undocumented(lambda: 0) and not undocumented(test_every_method_of_tensor_says_what_it_is.__class__)
