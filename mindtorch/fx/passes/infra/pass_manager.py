"""Passes in an order that keeps their constraints."""

import functools
import inspect
import logging

from mindtorch.fx.graph_module import GraphModule

from .pass_base import PassResult

__all__ = ["pass_result_wrapper", "this_before_that_pass_constraint", "PassManager"]
logger = logging.getLogger(__name__)


def pass_result_wrapper(fn):
    """A pass that changes a module in place and returns nothing, as one that gives a PassResult."""
    if fn is None:
        return None

    @functools.wraps(fn)
    def wrapped(gm):
        result = fn(gm)
        if result is None:
            return PassResult(gm, True)
        return result if isinstance(result, PassResult) else PassResult(result, True)

    if not inspect.isfunction(fn):
        wrapped.__name__ = type(fn).__name__
    return wrapped


def this_before_that_pass_constraint(this, that):
    """A constraint: `this` must not come after `that`."""
    return lambda a, b: not (a == that and b == this)


def _validate_pass_schedule_constraint(constraint, passes):
    for i, a in enumerate(passes):
        for j, b in enumerate(passes[i + 1 :], i + 1):
            if not constraint(a, b):
                raise RuntimeError(
                    f"pass schedule constraint violated. Expected {a} before {b} but found {a} at index {i} and {b} "
                    f"at index {j} in pass list."
                )


def _topological_sort_passes(passes, constraints):
    if not constraints:
        return passes
    left, order = list(passes), []
    while left:
        ready = next((p for p in left if all(c(p, q) for c in constraints for q in left if q is not p)), None)
        if ready is None:
            raise RuntimeError(f"Circular dependency detected within the following passes: {left}")
        left.remove(ready)
        order.append(ready)
    return order


class PassManager:
    """Calls passes on a module, `steps` times, until nothing changes."""

    def __init__(
        self, passes=None, constraints=None, steps=None, run_checks_after_each_pass=False, suppress_check_failures=False
    ):
        self.passes, self.constraints, self.steps = passes or [], constraints or [], steps or 1
        self._validated = False
        self.run_checks_after_each_pass, self.suppress_check_failures = (
            run_checks_after_each_pass,
            suppress_check_failures,
        )

    def add_pass(self, _pass):
        """One more pass."""
        self.passes.append(_pass)
        self._validated = False

    def add_constraint(self, constraint):
        """One more constraint(earlier, later) -> bool."""
        self.constraints.append(constraint)
        self._validated = False

    def validate_constraints(self):
        """RuntimeError where the order breaks a constraint."""
        if not self._validated:
            for constraint in self.constraints:
                _validate_pass_schedule_constraint(constraint, self.passes)
            self._validated = True

    def solve_constraints(self):
        """Put the passes in an order that keeps the constraints."""
        self.passes = _topological_sort_passes(self.passes, self.constraints)
        self._validated = True

    def add_checks(self, check):
        """A check(module) after every pass."""
        if list(inspect.signature(check).parameters.values())[1:]:
            raise TypeError("PassManager check function should only take in one variable, a module")
        self.check = check

    def check(self, module):
        """Nothing; add_checks puts another one here."""

    def __call__(self, module):
        if not self._validated:
            self.solve_constraints()
        self.check(module)
        overall = False
        for _ in range(self.steps):
            modified = False
            for i, function in enumerate(self.passes):
                name = getattr(function, "__name__", type(function).__name__)
                logger.debug("Running pass '%s'", name)
                try:
                    result = function(module)
                    if not isinstance(result, PassResult) and not hasattr(result, "graph_module"):
                        raise TypeError(
                            f"The result of the pass {name} should be type PassResult."
                            "Please wrap it with pass_result_wrapper()"
                        )
                except Exception as error:
                    before = [getattr(p, "__name__", type(p).__name__) for p in self.passes[:i]]
                    raise Exception(
                        f"An error occurred when running the '{name}' pass after the following passes: {before}"
                    ) from error
                module, modified = result.graph_module, modified or result.modified
                if isinstance(module, GraphModule):
                    module.recompile()
                if self.run_checks_after_each_pass:
                    self.check(module)
            overall = overall or modified
            if not modified:
                break
        return PassResult(module, overall)
