"""Errors of torch.compile."""

import enum


class TorchDynamoException(RuntimeError):
    """Something about compiling failed."""


class InternalTorchDynamoError(TorchDynamoException):
    """A fault of the compiler."""


class ShortenTraceback(TorchDynamoException):
    """An error whose traceback begins in the user's code."""


class RestartAnalysis(TorchDynamoException):
    """The analysis begins anew."""


class SkipFrame(TorchDynamoException):
    """A function that is not compiled."""


class TorchRuntimeError(TorchDynamoException):
    """An operation failed while it was traced."""


class InvalidBackend(TorchDynamoException):
    """No backend has this name."""

    def __init__(self, name):
        super().__init__(f"Invalid backend: {name!r}, see `torch._dynamo.list_backends()` for available backends.")


class ResetRequired(TorchDynamoException):
    """torch._dynamo.reset() must be called first."""


class BackendCompilerFailed(ShortenTraceback):
    """A backend raised, or gave back nothing that can be called."""

    def __init__(self, backend_fn, inner_exception):
        self.backend_name = getattr(backend_fn, "__name__", None) or (
            str(backend_fn) if not callable(backend_fn) else type(backend_fn).__name__
        )
        self.inner_exception = inner_exception
        super().__init__(f"backend={self.backend_name!r} raised:\n{type(inner_exception).__name__}: {inner_exception}")


class Unsupported(TorchDynamoException):
    """A program that no single graph can hold."""

    def __init__(self, msg, *, case_name=None):
        super().__init__(msg)
        self.msg, self.case_name = msg, case_name


class RecompileError(TorchDynamoException):
    """Compiled anew where that was forbidden."""


class FailOnRecompileLimitHit(Exception):
    """Compiled anew too often."""


class PackageError(TorchDynamoException):
    """A package of compiled code is not right."""


class UncapturedHigherOrderOpError(TorchDynamoException):
    """A function of functions that can't be captured."""


class CondOpArgsMismatchError(TorchDynamoException):
    """The branches of cond differ."""


class UserErrorType(enum.Enum):
    """Kinds of UserError."""

    DYNAMIC_CONTROL_FLOW = "dynamic_control_flow"
    ANTI_PATTERN = "anti_pattern"
    STANDARD_LIBRARY = "standard_library"
    CONSTRAINT_VIOLATION = "constraint_violation"
    DYNAMIC_DIM = "dynamic_dim"
    INVALID_INPUT = "invalid_input"
    INVALID_OUTPUT = "invalid_output"
    UNSUPPORTED_ALIASED_MUTATED_DYNAMIC_INPUTS = "unsupported_aliased_mutated_dynamic_inputs"


class UserError(Unsupported):
    """A program, or arguments, that can't be captured."""

    def __init__(self, error_type, msg, case_name=None):
        if case_name is not None:
            msg = f"{msg}\nFor more information about this error, see: {case_name}"
        super().__init__(msg)
        self.error_type, self.message = error_type, msg


def unimplemented(msg, *, case_name=None):
    """Raise Unsupported."""
    raise Unsupported(msg, case_name=case_name)


for _class in [v for v in list(globals().values()) if isinstance(v, type)]:
    if _class.__module__ == __name__:
        _class.__module__ = "torch._dynamo.exc"
