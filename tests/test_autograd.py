"""The graph: modes, backward and grad, hooks, in-place changes, custom Functions. Expectations are formulas or facts of
the reference."""
import gc
import signal
import threading
import warnings
import weakref

import mindtorch  # noqa: F401
import pytest
import torch
import torch.autograd.graph as graph
from mindtorch import _C
from torch.autograd import Function, functional, gradcheck, gradgradcheck


def leaf(*values):
    return torch.tensor(values or (1.0, 2.0, 3.0), requires_grad=True)


# ---- modes ----
def test_modes_as_context_decorator_and_generator():
    @torch.no_grad()
    def off():
        return torch.is_grad_enabled()

    @torch.no_grad
    def bare():
        return torch.is_grad_enabled()

    @torch.no_grad()
    def generator():
        got = yield torch.is_grad_enabled()
        yield got

    assert (off(), bare()) == (False, False)
    run = generator()
    assert next(run) is False and torch.is_grad_enabled() and run.send(5) == 5
    with torch.no_grad(), torch.enable_grad():
        assert (leaf() * 2).requires_grad
    with torch.set_grad_enabled(False):
        assert not (leaf() * 2).requires_grad
    assert torch.is_grad_enabled()


def test_grad_mode_belongs_to_its_thread():
    seen = []
    with torch.no_grad():
        t = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        t.start()
        t.join()
    assert seen == [True]


def test_inference_mode():
    x = leaf()
    with torch.inference_mode():
        made = torch.ones(3)
        assert made.is_inference() and (x * 2).is_inference() and not x.is_inference() and not x.view(-1).is_inference()
        assert torch.is_inference_mode_enabled() and not torch.is_grad_enabled()
        with torch.inference_mode(False):
            assert (x * 2).requires_grad
        with torch.enable_grad():
            assert not (x * 2).requires_grad
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        made * x
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor"):
        made.add_(1)
    with pytest.raises(RuntimeError, match="do not track version counter"):
        made._version
    with pytest.raises(RuntimeError, match="Setting requires_grad=True on inference tensor"):
        made.requires_grad_()
    assert not (made + x).is_inference() and not made.clone().is_inference()


# ---- backward and grad ----
def test_accumulation_keeps_identity():
    x = leaf()
    (x * x).sum().backward()
    first = x.grad
    (x * x).sum().backward()
    assert x.grad is first and first.tolist() == [4, 8, 12]


def test_gradient_lies_in_memory_like_its_tensor():
    w = torch.ones(3, 4).t().requires_grad_()
    (w * 2).sum().backward()
    assert w.grad.stride() == w.stride()
    v = torch.ones(3, 4, requires_grad=True)
    (v.t() * torch.ones(4, 3)).sum().backward()
    assert v.grad.stride() == (4, 1)


def test_second_backward_and_retain_graph():
    x = leaf()
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4, 8, 12]
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()
    z = x.sum()  # keeps no tensor: may run again
    z.backward()
    z.backward()


def test_grad_options():
    x, unused = leaf(), leaf()
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        torch.autograd.grad((x * 2).sum(), (x, unused))
    assert torch.autograd.grad((x * 2).sum(), (x, unused), allow_unused=True)[1] is None
    assert torch.autograd.grad((x * 2).sum(), (x, unused), materialize_grads=True)[1].tolist() == [0, 0, 0]
    batched, = torch.autograd.grad(x * x, x, torch.eye(3), is_grads_batched=True)
    assert batched.tolist() == [[2, 0, 0], [0, 4, 0], [0, 0, 6]]
    assert x.grad is None


def test_grad_of_an_ancestor_and_its_descendant():
    x = leaf()
    y = x * 2
    gx, gy = torch.autograd.grad((y * y).sum(), (x, y))
    assert gx.tolist() == [8, 16, 24] and gy.tolist() == [4, 8, 12]


def test_backward_into_inputs():
    w, v = leaf(), leaf()
    y = w * v
    (y * y).sum().backward(inputs=[w, y])
    assert w.grad.tolist() == [2, 16, 54] and v.grad is None and y.grad.tolist() == [2, 8, 18]


def test_double_backward():
    x = leaf()
    g, = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)
    assert g.tolist() == [3, 12, 27]
    assert torch.autograd.grad(g.sum(), x)[0].tolist() == [6, 12, 18]


@pytest.mark.parametrize("call, message", [
    (lambda: torch.ones(1).backward(), "element 0 of tensors does not require grad and does not have a grad_fn"),
    (lambda: (leaf() * 2).backward(), "grad can be implicitly created only for scalar outputs"),
    (lambda: (leaf() * 2).backward(torch.ones(4)),
     "Mismatch in shape: grad_output\\[0\\] has a shape of torch.Size\\(\\[4\\]\\)"),
    (lambda: torch.autograd.grad(leaf().sum(), torch.ones(2)),
     "One of the differentiated Tensors does not require grad"),
    (lambda: leaf().sum().backward(inputs=[]), "cannot be empty"),
    (lambda: leaf().add_(1), "a leaf Variable that requires grad is being used in an in-place operation"),
    (lambda: leaf()[0].add_(1), "a view of a leaf Variable that requires grad is being used in an in-place operation"),
    (lambda: torch.ones(2).register_hook(print), "cannot register a hook on a tensor that doesn't require gradient"),
    (lambda: torch.ones(2).retain_grad(), "can't retain_grad on Tensor that has requires_grad=False"),
    (lambda: (leaf() * 2).register_post_accumulate_grad_hook(print),
     "post accumulate grad hooks cannot be registered on non-leaf tensors"),
])
def test_errors(call, message):
    with pytest.raises(RuntimeError, match=message):
        call()


def test_gradient_edge():
    x = leaf()
    y = x * x
    edge = graph.get_gradient_edge(y)
    assert torch.autograd.grad(edge, x, torch.ones(3))[0].tolist() == [2, 4, 6]
    assert torch.autograd.grad((x * x).sum(), graph.get_gradient_edge(x))[0].tolist() == [2, 4, 6]


# ---- in place and views ----
def test_saved_tensor_that_was_changed():
    x = leaf()
    y = x.exp()
    y.mul_(2)
    with pytest.raises(
        RuntimeError,
        match=r"modified by an inplace operation: \[torch.FloatTensor \[3\]\], which is output 0 of Exp, is at version "
              r"1; expected version 0",
    ):
        y.sum().backward()


def test_in_place_history():
    x = leaf()
    y = x * 2
    y.mul_(x)
    y.sum().backward()
    assert x.grad.tolist() == [4, 8, 12]


def test_in_place_on_views_reaches_the_base():
    x = torch.ones(4, requires_grad=True)
    y = x * 2
    view = y.view(2, 2)
    view[0].mul_(3)
    y[3].fill_(0)
    assert y.grad_fn.name() == "CopySlices"
    y.sum().backward()
    assert x.grad.tolist() == [6, 6, 2, 0]
    assert view.tolist() == [[6, 6], [2, 0]]


def test_overwriting_cuts_the_history():
    x = leaf()
    y = x * 2
    y.zero_()
    assert y.requires_grad
    y.sum().backward()
    assert x.grad is None or x.grad.tolist() == [0, 0, 0]


def test_view_made_without_grad():
    x = leaf()
    y = x * 2
    with torch.no_grad():
        v = y.view(-1)
    assert v.requires_grad and v.is_leaf and v.grad_fn is None
    with pytest.raises(
        RuntimeError, match="A view was created in no_grad mode and is being modified inplace with grad mode enabled"
    ):
        v.mul_(2)


def test_detach_shares_memory_and_version():
    y = leaf() * 2
    d = y.detach()
    d.zero_()
    assert y.tolist() == [0, 0, 0] and y._version == 1 and not d.requires_grad


def test_retained_gradient_follows_in_place():
    x = leaf()
    y = x * 2
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    assert y.grad.tolist() == [1, 1, 1]


# ---- hooks ----
def test_tensor_hooks_replace_and_go():
    x = leaf()
    handle = x.register_hook(lambda g: g * 10)
    (x * 2).sum().backward()
    handle.remove()
    (x * 2).sum().backward()
    assert x.grad.tolist() == [22, 22, 22]


def test_hook_results_are_checked():
    y = leaf() * 2
    y.register_hook(lambda g: torch.ones(4))
    with pytest.raises(RuntimeError, match="has changed the size of value"):
        y.sum().backward()
    z = leaf() * 2
    z.register_hook(lambda g: 3)
    with pytest.raises(TypeError, match="expected Variable, but hook returned 'int'"):
        z.sum().backward()


def test_node_hooks():
    x, seen = leaf(), []
    y = x * 2
    y.grad_fn.register_hook(lambda gi, go: seen.append((gi[0].tolist(), go[0].tolist())))
    y.grad_fn.register_prehook(lambda go: (go[0] * 2,))
    y.sum().backward()
    assert seen == [([4, 4, 4], [2, 2, 2])] and x.grad.tolist() == [4, 4, 4]


def test_post_accumulate_hook_sees_grad():
    x, seen = leaf(), []
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()) or setattr(p, "grad", None))
    (x * 2).sum().backward()
    assert seen == [[2, 2, 2]] and x.grad is None


def test_multi_grad_hook():
    x, seen = leaf(), []
    y, z = x * 2, x * 3
    graph.register_multi_grad_hook((y, z), lambda gs: seen.append([None if g is None else g.tolist() for g in gs]))
    (y * z).sum().backward(retain_graph=True)
    (y * y).sum().backward()
    assert seen == [[[3, 6, 9], [2, 4, 6]], [[4, 8, 12], None]]


def test_exception_in_a_hook_leaves_the_engine_usable():
    x = leaf()
    y = x * 2
    y.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y.sum().backward()
    assert torch.is_grad_enabled() and _C.current_task() == -1
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2, 2, 2]


def test_saved_tensors_hooks_keep_second_derivatives():
    x = leaf()
    with graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
        y = x * x
    g, = torch.autograd.grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [2, 4, 6] and torch.autograd.grad(g.sum(), x)[0].tolist() == [2, 2, 2]
    with graph.disable_saved_tensors_hooks("not here"), pytest.raises(RuntimeError, match="not here"):
        with graph.saved_tensors_hooks(id, id):
            pass


def test_anomaly_names_the_forward_call():
    x = leaf(0.0)
    with (
        warnings.catch_warnings(record=True) as caught,
        pytest.raises(RuntimeError, match="Function 'MulBackward0' returned nan values in its 0th output"),
    ):
        warnings.simplefilter("always")
        with torch.autograd.detect_anomaly():
            (x * float("nan")).sum().backward()
    assert any("Traceback of forward call" in str(w.message)
               and "test_anomaly_names_the_forward_call" in str(w.message) for w in caught)


# ---- Function ----
class Cube(Function):
    @staticmethod
    def forward(ctx, x, times=1):
        ctx.save_for_backward(x)
        ctx.times = times
        return x * x * x * times

    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 3 * x * x * ctx.times * g, None


class Separate(Function):
    @staticmethod
    def forward(x, y=2):
        return x * y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.y = inputs[1]

    @staticmethod
    def backward(ctx, g):
        return g * ctx.y, None


def test_function():
    x = leaf()
    y = Cube.apply(x, 2)
    assert y.grad_fn.name() == "CubeBackward" and y.grad_fn.saved_tensors[0] is x and y.grad_fn.times == 2
    assert isinstance(y.grad_fn, graph.Node)
    assert y.grad_fn.needs_input_grad == (True, False)
    g, = torch.autograd.grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [6, 24, 54] and torch.autograd.grad(g.sum(), x)[0].tolist() == [12, 24, 36]
    assert torch.autograd.grad(Separate.apply(x).sum(), x)[0].tolist() == [2, 2, 2]


def test_function_saved_tensor_is_checked():
    x = leaf() * 1
    y = Cube.apply(x)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_function_dirty_returned_and_non_differentiable():
    class Dirty(Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.mark_dirty(a)
            return a.add_(b)

        @staticmethod
        def backward(ctx, g):
            return g, g * 2

    class Several(Function):
        @staticmethod
        def forward(ctx, a):
            extra = a * 5
            ctx.mark_non_differentiable(extra)
            return a, extra, a * 2, "text"

        @staticmethod
        def backward(ctx, *gs):
            assert gs[1].tolist() == [0, 0, 0] and gs[3] is None
            return gs[0] + gs[2] * 2

    x = leaf()
    a = x * 1
    r = Dirty.apply(a, x)
    assert r is a and a.grad_fn.name() == "DirtyBackward"
    assert torch.autograd.grad(a.sum(), x)[0].tolist() == [3, 3, 3]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad has been used in an in-place operation"):
        Dirty.apply(x, x)
    same, extra, double, text = Several.apply(x)
    assert same is not x and same._base is x and not extra.requires_grad and text == "text"
    assert torch.autograd.grad((same * 3 + double).sum(), x)[0].tolist() == [5, 5, 5]
    with pytest.raises(RuntimeError, match="This view was created inside a custom Function"):
        same.add_(1)


@pytest.mark.parametrize("returned, message", [
    (lambda g: (g, None, None, g), r"returned an incorrect number of gradients \(expected 2, got 4\)"),
    (lambda g: (g, g), "returned a gradient different than None at position 2"),
    (lambda g: (torch.ones(5), None),
     r"returned an invalid gradient at index 0 - got \[5\] but expected shape compatible with \[3\]"),
    (lambda g: (3, None), "expected Variable or None"),
])
def test_function_checks_its_gradients(returned, message):
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x, k):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return returned(g)

    with pytest.raises(RuntimeError, match=message):
        Wrong.apply(leaf(), 3).sum().backward()


def test_once_differentiable():
    class Once(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]

    x = leaf()
    g, = torch.autograd.grad(Once.apply(x).sum(), x, torch.tensor(1.0, requires_grad=True), create_graph=True)
    assert g.tolist() == [2, 4, 6]
    with pytest.raises(
        RuntimeError, match="trying to differentiate twice a function that was marked with @once_differentiable"
    ):
        g.sum().backward()


def test_saved_output_makes_no_cycle():
    class Keeps(Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[1]

    gc.disable()
    try:
        y = Keeps.apply(leaf())
        gone = weakref.ref(y.grad_fn)
        del y
        assert gone() is None
    finally:
        gc.enable()


def test_nested_backward():
    class Inner(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            with torch.enable_grad():
                x = ctx.saved_tensors[0].detach().requires_grad_()
                (x * x).sum().backward()
            return g * x.grad

    x = leaf()
    Inner.apply(x).sum().backward()
    assert x.grad.tolist() == [2, 4, 6]


# ---- functional, gradcheck ----
def test_functional():
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    assert functional.jacobian(lambda a: a * a, x).tolist() == [[2, 0], [0, 4]]
    assert functional.hessian(lambda a: (a * a * a).sum(), x).tolist() == [[6, 0], [0, 12]]
    (_, h_xy), (h_yx, _) = functional.hessian(lambda a, b: (a * a * b).sum(), (x, y))
    assert h_xy.tolist() == h_yx.tolist() == [[2, 0], [0, 4]]
    assert functional.vjp(lambda a: a * a, x,
                          y)[1].tolist() == functional.jvp(lambda a: a * a, x, y)[1].tolist() == [6, 16]
    assert functional.hvp(lambda a: (a * a * a).sum(), x,
                          y)[1].tolist() == functional.vhp(lambda a: (a * a * a).sum(), x, y)[1].tolist() == [18, 48]


def test_gradcheck():
    a = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([3.0, 0.5], dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda a, b: a * b + a * a, (a, b)) and gradgradcheck(lambda a, b: a * b * a, (a, b))

    class Wrong(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    assert not gradcheck(Wrong.apply, (a,), raise_exception=False)
    with pytest.raises(torch.autograd.gradcheck.GradcheckError if hasattr(torch.autograd.gradcheck, "GradcheckError")
                       else RuntimeError, match="Jacobian mismatch for output 0"):
        gradcheck(Wrong.apply, (a,))


# ---- the engine under load ----
def test_long_chain():
    x = y = leaf()
    for _ in range(100_000):
        y = y * 1.0
    z = y + 1
    y.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]
    del y, z


def test_no_leak():
    x = leaf()

    def step():
        y = (x * x).view(3)
        y.register_hook(lambda g: g)
        w = Cube.apply(y)
        w[0] = 1.0
        torch.autograd.grad(w.sum(), x, create_graph=True)

    step()
    gc.collect()
    before = _C.memory_stats()[0]
    for _ in range(1000):
        step()
    assert _C.memory_stats()[0] == before


def test_threads():
    failed = []

    def work():
        for _ in range(50):
            x = leaf()
            ((x * x) * 3).sum().backward()
            if x.grad.tolist() != [6, 12, 18]:
                failed.append(x.grad)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed


def test_interrupt_during_backward():
    y = leaf()
    for _ in range(100):
        y = y * 1.0
    y.register_hook(lambda g: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        y.sum().backward()
    assert torch.is_grad_enabled()


def test_in_place_through_views_of_the_other_kind():
    """A complex tensor changed as reals, and reals changed as a complex tensor; values recorded from the reference."""
    def start(values):
        x = torch.tensor(values, requires_grad=True)
        return x, x.clone()

    x, y = start([1 + 2j, 3 - 1j])
    torch.view_as_real(y).mul_(torch.tensor([2.0, 3.0]))
    (y * torch.tensor([1.0, 2j])).abs().pow(2).sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([8 + 36j, 96 - 72j]))
    x, y = start([1 + 2j, 3 - 1j])
    y.real.mul_(3)
    y.abs().pow(2).sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([18 + 4j, 54 - 2j]))
    x, y = start([1.0, 2.0, 3.0, 4.0])
    torch.view_as_complex(y.view(2, 2)).mul_(1j)
    (y * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    assert x.grad.tolist() == [2.0, -1.0, 4.0, -3.0]
    x, y = start([1 + 2j, 3 - 1j])
    v = torch.view_as_real(y)
    y.mul_(2)
    v.pow(2).sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([8 + 16j, 24 - 8j]))


# ---- what hooks may return, as the reference has it ----
def _through_hooks(pre):
    layer, seen = torch.nn.Linear(2, 2, bias=False), []
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    layer.register_full_backward_pre_hook(lambda module, grads: pre(grads))
    layer.register_full_backward_hook(lambda module, inputs, outputs: seen.append(outputs[0].tolist()))
    x = torch.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    return seen[0], x.grad.tolist(), layer.weight.grad.tolist()


@pytest.mark.parametrize("pre, scale", [(lambda g: None, 1.0), (lambda g: (g[0] * 2,), 2.0),
                                        (lambda g: [g[0] * 3], 3.0)])
def test_full_backward_pre_hooks_replace_gradients(pre, scale):
    assert _through_hooks(pre) == ([[scale, scale]], [[4 * scale, 6 * scale]], [[scale, scale]] * 2)


@pytest.mark.parametrize("pre, error", [(lambda g: g[0] * 2, RuntimeError), (lambda g: (g[0], g[0]), RuntimeError),
                                        (lambda g: "a", TypeError)])
def test_full_backward_pre_hooks_may_not_return_anything_else(pre, error):
    with pytest.raises(error):
        _through_hooks(pre)


@pytest.mark.parametrize("result, error, message", [
    (torch.ones(2), RuntimeError, "Tensor post accumulate grad hooks should return None"),
    ("x", TypeError, "expected Variable, but hook returned 'str'")])
def test_post_accumulate_hooks_return_nothing(result, error, message):
    p = torch.nn.Parameter(torch.ones(2))
    p.register_post_accumulate_grad_hook(lambda tensor: result)
    with pytest.raises(error, match=message):
        (p * 3).sum().backward()


@pytest.mark.parametrize("values", [1, 4])
def test_hooks_of_nodes_return_as_many_gradients_as_there_are(values):
    y = torch.ones(2, requires_grad=True) * torch.ones(2, requires_grad=True)
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0],) * values)
    with pytest.raises(RuntimeError, match=rf"hook '<lambda>' has returned an incorrect number .* \(got {values}, but"):
        y.sum().backward()


def test_hooks_on_one_saved_tensor():
    x, seen = torch.ones(2, requires_grad=True), []
    y = x.exp()
    saved = y.grad_fn._raw_saved_result
    saved.register_hooks(lambda t: (seen.append(t.requires_grad), t)[1], lambda t: (seen.append("unpacked"), t * 2)[1])
    with pytest.raises(RuntimeError, match="whose hooks have already been set"):
        saved.register_hooks(lambda t: t, lambda t: t)
    y.sum().backward()
    assert seen == [False, "unpacked"]
    torch.testing.assert_close(x.grad, 2 * x.detach().exp())
    with pytest.raises(RuntimeError, match="after it has been freed"):
        saved.register_hooks(lambda t: t, lambda t: t)
    with pytest.raises(TypeError):
        (x * x).grad_fn._raw_saved_self.register_hooks(lambda t: t, 5)


def test_saved_tensor_hooks_that_do_wrong():
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.add_(1), lambda t: t):
        with pytest.raises(RuntimeError, match="pack hook is modifying its input in place"):
            x.exp()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 5):
        y = x.exp()
    with pytest.raises(TypeError, match="expected to be a Tensor but got result of type int"):
        y.sum().backward()


def test_a_parameter_of_a_subclass_says_both():
    class Mine(torch.Tensor):
        pass

    class Own(torch.nn.Parameter):
        pass

    mine = torch.ones(2).as_subclass(Mine)
    assert repr(torch.nn.Parameter(mine)) == "Parameter(Mine([1., 1.], requires_grad=True))"
    assert repr(torch.nn.Parameter(mine, requires_grad=False)) == "Parameter(Mine([1., 1.]))"
    assert repr(Own(torch.ones(1))) == "Parameter containing:\nParameter(Own([1.], requires_grad=True))"
    assert repr(torch.nn.Parameter(torch.ones(1))) == "Parameter containing:\ntensor([1.], requires_grad=True)"
