"""What mindnlp adds to transformers, put in when (or as soon as) the module concerned is loaded."""
import dataclasses
import functools
import importlib.abc
import importlib.util
import inspect
import os
import sys
import warnings

from mindtorch._core import dtypes


def _torch_dtype(value):
    """The torch dtype for a mindspore one; strings and torch dtypes pass through."""
    return value if value is None or isinstance(value, str) else dtypes.from_mindspore_dtype(value)


def translate(kwargs):
    """ms_dtype= and MindSpore dtypes given as dtype= or torch_dtype=, in keyword arguments; ValueError for two that
    differ."""
    for name in ("dtype", "torch_dtype"):
        if kwargs.get(name) is not None and not isinstance(kwargs[name], dict):
            kwargs[name] = _torch_dtype(kwargs[name])
    if "ms_dtype" in kwargs:
        wanted = _torch_dtype(kwargs.pop("ms_dtype"))
        given = kwargs.get("dtype", kwargs.get("torch_dtype"))
        if wanted is not None:
            if given is not None and given != wanted:
                raise ValueError(f"ms_dtype={wanted} contradicts dtype={given}")
            kwargs.pop("torch_dtype", None)
            kwargs["dtype"] = wanted
    return kwargs


def _translating(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **translate(kwargs))

    return call


def _patch_classmethod(klass, name):
    original = inspect.getattr_static(klass, name)
    if not getattr(original, "_mindnlp", False):
        made = classmethod(_translating(original.__func__))
        made.__func__._mindnlp = True
        setattr(klass, name, made)


def _modeling(module):
    _patch_classmethod(module.PreTrainedModel, "from_pretrained")


def _auto(module):
    _patch_classmethod(module._BaseAutoModelClass, "from_pretrained")


def _pipelines(module):
    if not hasattr(module.pipeline, "__wrapped__"):
        module.pipeline = _translating(module.pipeline)


class _Unset(str):
    """The default of report_to, told from the same word given by the user by identity."""

    def __str__(self):
        return self


_NOWHERE = _Unset("none")


@dataclasses.dataclass
class _Extra:
    logging_dir: str | None = dataclasses.field(default=None, metadata={"help": "Folder of the TensorBoard log."})


def _training_args(module):
    """logging_dir as a field of TrainingArguments where it has none: the folder of the TensorBoard log, which it
    switches on unless report_to says otherwise."""
    klass = module.TrainingArguments
    if "logging_dir" in klass.__dataclass_fields__:
        return

    def accept(k):
        original = k.__init__
        position = list(inspect.signature(original).parameters).index("report_to")
        k.__dataclass_fields__["logging_dir"] = _Extra.__dataclass_fields__["logging_dir"]
        k.__dataclass_fields__["report_to"].default = _NOWHERE

        @functools.wraps(original)
        def __init__(self, *args, logging_dir=None, **kwargs):
            self.logging_dir = logging_dir
            if len(args) < position:
                kwargs.setdefault("report_to", _NOWHERE)
            original(self, *args, **kwargs)

        k.__init__ = __init__
        for derived in (
            k.__subclasses__()
        ):  # those that @dataclass has given an __init__; later ones get the fields by inheritance
            if "__dataclass_fields__" in vars(derived):
                accept(derived)

    original_post_init = klass.__post_init__

    @functools.wraps(original_post_init)
    def __post_init__(self):
        if self.logging_dir is not None:
            self.logging_dir = os.path.expanduser(self.logging_dir)
            if self.report_to is _NOWHERE:
                if importlib.util.find_spec("tensorboard") or importlib.util.find_spec("tensorboardX"):
                    self.report_to = "tensorboard"
                else:
                    warnings.warn("logging_dir has no effect: install tensorboard", stacklevel=3)
        original_post_init(self)

    klass.logging_dir = None
    klass.__annotations__["logging_dir"] = str | None
    klass.__post_init__ = __post_init__
    accept(klass)


def _integrations(module):
    klass = module.TensorBoardCallback
    original = klass._init_summary_writer
    if hasattr(original, "_mindnlp"):
        return

    @functools.wraps(original)
    def _init_summary_writer(self, args, *rest):
        wanted = getattr(args, "logging_dir", None)
        if wanted is not None and not rest:
            self.logging_dir = wanted
        return original(self, args, *rest)

    _init_summary_writer._mindnlp = True
    klass._init_summary_writer = _init_summary_writer


_HOOKS = {
    "transformers.modeling_utils": _modeling,
    "transformers.models.auto.auto_factory": _auto,
    "transformers.pipelines": _pipelines,
    "transformers.training_args": _training_args,
    "transformers.integrations.integration_utils": _integrations,
}


class _AfterImport(importlib.abc.MetaPathFinder):
    """Lets the other finders work and runs a hook when one of the modules has been executed."""

    def __init__(self):
        self.busy = set()

    def find_spec(self, name, path=None, target=None):
        if name not in _HOOKS or name in self.busy:
            return None
        self.busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy.discard(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                _HOOKS[name](module)

            spec.loader.exec_module = exec_module
        return spec


def _torch_appeared():
    """transformers was imported before torch had a name: forget what it concluded."""
    utils = sys.modules.get("transformers.utils.import_utils")
    top = sys.modules.get("transformers")
    if utils is None or top is None:
        return
    for value in list(vars(utils).values()):
        if hasattr(value, "cache_clear"):
            value.cache_clear()
    if hasattr(utils, "_torch_available"):
        utils._torch_available, utils._torch_version = True, mindtorch_version()
    missing = getattr(top, "_object_missing_backend", None)
    if missing:
        for name, backends in list(missing.items()):
            left = [b for b in backends if b != "torch"]
            if left:
                missing[name] = left
            else:
                del missing[name]
                vars(top).pop(name, None)


def mindtorch_version():
    """The torch version that mindtorch answers with."""
    from mindtorch.importer import VERSION

    return VERSION


def install():
    """Hook into transformers, loaded or not; safe to call again."""
    if not any(isinstance(f, _AfterImport) for f in sys.meta_path):
        sys.meta_path.insert(0, _AfterImport())
    _torch_appeared()
    for name in list(_HOOKS):
        module = sys.modules.get(name)
        if module is not None:
            _HOOKS[name](module)
