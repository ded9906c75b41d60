"""__torch_function__, modes and subclasses."""
import threading

import mindtorch as torch
import mindtorch.overrides as overrides


class Plain(torch.Tensor):
    pass


class Logged(torch.Tensor):
    seen = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.seen.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs)


class Duck:
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return "duck", func.__name__


class Recorder(overrides.TorchFunctionMode):
    def __init__(self):
        self.seen = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.seen.append(overrides.resolve_name(func))
        return func(*args, **(kwargs or {}))


def test_subclasses_are_kept():
    x = Plain([1.0, 2.0])
    assert type(x + 1) is Plain and type(torch.ones(2) + x) is Plain and type(x[0]) is Plain
    assert type(x.split(1)[0]) is Plain
    assert repr(x) == "Plain([1., 2.])" and type(torch.ones(2).as_subclass(Plain)) is Plain


def test_handlers_hear_of_functions_and_attributes():
    Logged.seen.clear()
    x = Logged([1.0, 2.0])
    torch.add(torch.ones(2), x)
    x.grad
    x.shape
    assert Logged.seen == ["add", "__get__", "__get__"]


def test_objects_that_are_no_tensors():
    assert torch.add(Duck(), 1) == ("duck", "add") and torch.ones(2) + Duck() == ("duck", "add")
    assert torch.cat([torch.ones(2), Duck()]) == ("duck", "cat")
    assert overrides.is_tensor_like(Duck()) and not overrides.is_tensor_like(3)
    assert overrides.has_torch_function((Duck(),)) and not overrides.has_torch_function((torch.ones(2),))


def test_parameters_give_plain_tensors():
    from mindtorch.nn.parameter import Parameter

    assert type(Parameter(torch.ones(2)) * 2) is torch.Tensor


def test_modes_see_factories_and_nest():
    with Recorder() as outer, Recorder() as inner:
        torch.zeros(2).sum()
        torch.tensor([1])
    assert inner.seen == ["torch.zeros", "torch.Tensor.sum", "torch.tensor"] and outer.seen == inner.seen


def test_modes_belong_to_their_thread():
    with Recorder() as mode:
        t = threading.Thread(target=lambda: torch.zeros(1))
        t.start()
        t.join()
    assert mode.seen == []


def test_handle_torch_function():
    def mine(x):
        if overrides.has_torch_function((x,)):
            return overrides.handle_torch_function(mine, (x,), x)
        return 1

    assert mine(Duck()) == ("duck", "mine") and mine(torch.ones(1)) == 1


def test_tables():
    assert overrides.resolve_name(torch.add) == "torch.add" and torch.zeros in overrides.get_ignored_functions()
    table = overrides.get_testing_overrides()
    assert table[torch.add](1, 2) == -1 and torch.add in overrides.get_overridable_functions()[torch]
