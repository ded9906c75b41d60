"""L-BFGS."""
import mindtorch as torch

from .optimizer import Optimizer, _get_value, check_lr

__all__ = ["LBFGS"]


def _minimum_of_cubic(x1, f1, g1, x2, f2, g2, bounds=None):
    """Where the cubic through two points with given slopes is least, within bounds."""
    low, high = bounds if bounds is not None else ((x1, x2) if x1 <= x2 else (x2, x1))
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if not square >= 0:
        return (low + high) / 2.0
    d2 = square.sqrt() if isinstance(square, torch.Tensor) else square**0.5
    at = x2 - (x2 - x1) * ((g2 + d2 - d1)
                           / (g2 - g1 + 2 * d2)) if x1 <= x2 else x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
    return min(max(at, low), high)


def strong_wolfe(evaluate, x, t, d, f, g, slope, c1=1e-4, c2=0.9, tolerance_change=1e-9, max_ls=25):
    """(loss, gradient, step, evaluations) at a step along d that meets the strong Wolfe conditions: bracket, then
    zoom."""
    largest = d.abs().max()
    g = g.clone(memory_format=torch.contiguous_format)
    f_new, g_new = evaluate(x, t, d)
    evaluations, slope_new = 1, g_new.dot(d)
    t_before, f_before, g_before, slope_before = 0, f, g, slope
    done, tries = False, 0
    while tries < max_ls:
        if f_new > f + c1 * t * slope or (tries > 1 and f_new >= f_before):
            pairs = [(t_before, f_before, g_before, slope_before), (t, f_new, g_new, slope_new)]
            break
        if abs(slope_new) <= -c2 * slope:
            pairs, done = [(t, f_new, g_new, slope_new)], True
            break
        if slope_new >= 0:
            pairs = [(t_before, f_before, g_before, slope_before), (t, f_new, g_new, slope_new)]
            break
        # the step was too short: extrapolate
        low, high = t + 0.01 * (t - t_before), t * 10
        previous = t
        t = _minimum_of_cubic(t_before, f_before, slope_before, t, f_new, slope_new, bounds=(low, high))
        t_before, f_before, g_before, slope_before = previous, f_new, g_new.clone(
            memory_format=torch.contiguous_format), slope_new
        f_new, g_new = evaluate(x, t, d)
        evaluations += 1
        slope_new = g_new.dot(d)
        tries += 1
    else:
        pairs = [(0, f, g, slope), (t, f_new, g_new, slope_new)]
    pairs = [(a, b, c.clone(memory_format=torch.contiguous_format), e) for a, b, c, e in pairs]
    stalled = False
    best, worst = (0, 1) if len(pairs) == 1 or pairs[0][1] <= pairs[-1][1] else (1, 0)
    while not done and tries < max_ls:
        (t0, f0, _, s0), (t1, f1, _, s1) = pairs
        if abs(t1 - t0) * largest < tolerance_change:
            break
        t = _minimum_of_cubic(t0, f0, s0, t1, f1, s1)
        # a trial too near an end moves inwards when that happens twice, or at the very end
        low, high = min(t0, t1), max(t0, t1)
        margin = 0.1 * (high - low)
        if min(high - t, t - low) < margin:
            if stalled or t >= high or t <= low:
                t = high - margin if abs(t - high) < abs(t - low) else low + margin
                stalled = False
            else:
                stalled = True
        else:
            stalled = False
        f_new, g_new = evaluate(x, t, d)
        evaluations += 1
        slope_new = g_new.dot(d)
        tries += 1
        new = (t, f_new, g_new.clone(memory_format=torch.contiguous_format), slope_new)
        if f_new > f + c1 * t * slope or f_new >= pairs[best][1]:
            pairs[worst] = new
            best, worst = (0, 1) if pairs[0][1] <= pairs[1][1] else (1, 0)
        else:
            if abs(slope_new) <= -c2 * slope:
                done = True
            elif slope_new * (pairs[worst][0] - pairs[best][0]) >= 0:
                pairs[worst] = pairs[best]
            pairs[best] = new
    t, f_new, g_new, _ = pairs[best if len(pairs) > 1 else 0]
    return f_new, g_new, t, evaluations


class LBFGS(Optimizer):
    """Limited-memory BFGS over one group; step needs a closure that computes loss and gradients. ValueError for more
    groups."""

    def __init__(self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9,
                 history_size=100, line_search_fn=None):
        check_lr(lr)
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params,
                         dict(lr=lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
                              tolerance_grad=tolerance_grad, tolerance_change=tolerance_change,
                              history_size=history_size, line_search_fn=line_search_fn))
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def __setstate__(self, state):
        super().__setstate__(state)
        self._params = self.param_groups[0]["params"]

    def _flat_gradient(self):
        parts = []
        for p in self._params:
            g = p.new_zeros(p.numel()) if p.grad is None else p.grad.reshape(-1)
            parts.append(torch.view_as_real(g).reshape(-1) if torch.is_complex(g) else g)
        return torch.cat(parts, 0)

    def _move(self, t, direction):
        at = 0
        for p in self._params:
            real = torch.view_as_real(p) if torch.is_complex(p) else p
            n = real.numel()
            real.add_(direction[at : at + n].view_as(real), alpha=_get_value(t))
            at += n

    def _at(self, closure, saved, t, direction):
        self._move(t, direction)
        loss = float(closure())
        gradient = self._flat_gradient()
        for p, s in zip(self._params, saved):
            p.copy_(s)
        return loss, gradient

    @torch.no_grad()
    def step(self, closure):
        """Up to max_iter iterations; returns the loss before them."""
        closure = torch.enable_grad()(closure)
        group = self.param_groups[0]
        lr, history, search = group["lr"], group["history_size"], group["line_search_fn"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        loss, evaluations = float(first), 1
        state["func_evals"] += 1
        gradient = self._flat_gradient()
        if gradient.abs().max() <= group["tolerance_grad"]:
            return first
        d, t, dirs, steps, ro, scale = (state.get(k) for k in ("d", "t", "old_dirs", "old_stps", "ro", "H_diag"))
        before, loss_before = state.get("prev_flat_grad"), state.get("prev_loss")
        iteration = 0
        while iteration < group["max_iter"]:
            iteration += 1
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                d, dirs, steps, ro, scale = gradient.neg(), [], [], [], 1
            else:
                y, s = gradient.sub(before), d.mul(t)
                ys = y.dot(s)
                if ys > 1e-10:
                    if len(dirs) == history:
                        for memory in (dirs, steps, ro):
                            memory.pop(0)
                    dirs.append(y)
                    steps.append(s)
                    ro.append(1.0 / ys)
                    scale = ys / y.dot(y)
                # the two-loop product of the inverse Hessian with the gradient
                count = len(dirs)
                al = state.setdefault("al", [None] * history)
                q = gradient.neg()
                for i in range(count - 1, -1, -1):
                    al[i] = steps[i].dot(q) * ro[i]
                    q.add_(dirs[i], alpha=-al[i].item())
                d = q.mul(scale)
                for i in range(count):
                    d.add_(steps[i], alpha=(al[i] - dirs[i].dot(d) * ro[i]).item())
            if before is None:
                before = gradient.clone(memory_format=torch.contiguous_format)
            else:
                before.copy_(gradient)
            loss_before = loss
            t = min(1.0, 1.0 / gradient.abs().sum()) * lr if state["n_iter"] == 1 else lr
            slope = gradient.dot(d)
            if slope > -group["tolerance_change"]:
                break
            used = 0
            if search is not None:
                if search != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                saved = [p.clone(memory_format=torch.contiguous_format) for p in self._params]
                loss, gradient, t, used = strong_wolfe(lambda x, step, direction: self._at(closure, x, step, direction),
                                                       saved, t, d, loss, gradient, slope)
                self._move(t, d)
                optimal = gradient.abs().max() <= group["tolerance_grad"]
            else:
                self._move(t, d)
                optimal = False
                if iteration != group["max_iter"]:
                    loss = float(closure())
                    gradient = self._flat_gradient()
                    optimal = gradient.abs().max() <= group["tolerance_grad"]
                    used = 1
            evaluations += used
            state["func_evals"] += used
            if (
                iteration == group["max_iter"]
                or evaluations >= group["max_eval"]
                or optimal
                or d.mul(t).abs().max() <= group["tolerance_change"]
                or abs(loss - loss_before) < group["tolerance_change"]
            ):
                break
        state.update(d=d, t=t, old_dirs=dirs, old_stps=steps, ro=ro, H_diag=scale, prev_flat_grad=before,
                     prev_loss=loss_before)
        return first
