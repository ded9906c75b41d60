"""Functions that take and give a module, called one after the other."""

import functools
import inspect
import logging

from .infra.pass_manager import _validate_pass_schedule_constraint, this_before_that_pass_constraint

__all__ = [
    "PassManager",
    "inplace_wrapper",
    "log_hook",
    "loop_pass",
    "this_before_that_pass_constraint",
    "these_before_those_pass_constraint",
]
logger = logging.getLogger(__name__)


def inplace_wrapper(fn):
    """A function that changes its argument, as one that returns it."""

    @functools.wraps(fn)
    def wrapped(gm, *args, **kwargs):
        fn(gm, *args, **kwargs)
        return gm

    return wrapped


def log_hook(fn, level=logging.INFO):
    """A pass that logs what it gave."""

    @functools.wraps(fn)
    def wrapped(gm, *args, **kwargs):
        result = fn(gm, *args, **kwargs)
        logger.log(level, "Ran pass %s\t Return value: %s", fn, result)
        return result

    return wrapped


def loop_pass(base_pass, n_iter=None, predicate=None):
    """A pass n_iter times, or while predicate(its output) holds."""
    if (n_iter is None) == (predicate is None):
        raise AssertionError("Exactly one of `n_iter` or `predicate` must be specified.")

    @functools.wraps(base_pass)
    def wrapped(source):
        output = source
        if n_iter is not None:
            for _ in range(n_iter):
                output = base_pass(output)
            return output
        while predicate(output):
            output = base_pass(output)
        return output

    return wrapped


def these_before_those_pass_constraint(these, those):
    """A constraint on passes wrapped by others: by the functions inside."""
    return lambda a, b: not (inspect.unwrap(a) == those and inspect.unwrap(b) == these)


class PassManager:
    """passes, one after the other; constraints say which must come before which."""

    def __init__(self, passes=None, constraints=None):
        self.passes, self.constraints, self._validated = passes or [], constraints or [], False

    @classmethod
    def build_from_passlist(cls, passes):
        """A manager of a list."""
        return cls(passes)

    def add_pass(self, _pass):
        """One more pass."""
        self.passes.append(_pass)
        self._validated = False

    def add_constraint(self, constraint):
        """One more constraint."""
        self.constraints.append(constraint)
        self._validated = False

    def remove_pass(self, _passes):
        """Take passes out, by name."""
        self.passes = [p for p in self.passes if p.__name__ not in _passes]
        self._validated = False

    def replace_pass(self, _target, _replacement):
        """Another pass in the place of one, by name."""
        self.passes = [_replacement if p.__name__ == _target.__name__ else p for p in self.passes]
        self._validated = False

    def validate(self):
        """RuntimeError where the order breaks a constraint."""
        if not self._validated:
            for constraint in self.constraints:
                _validate_pass_schedule_constraint(constraint, self.passes)
            self._validated = True

    def __call__(self, source):
        self.validate()
        for function in self.passes:
            source = function(source)
        return source
