"""Modules of switches: known names only, with patch(...) for a while."""

import contextlib
import functools
import sys
import types


class ConfigModule(types.ModuleType):
    """Switches as attributes; AttributeError for names that are none."""

    def __init__(self, own_name, defaults, doc, aliases=None):
        super().__init__(own_name, doc)
        state = self.__dict__
        state["_values"], state["_defaults"], state["_aliases"] = dict(defaults), dict(defaults), aliases or {}

    def _public(self):
        return self.__name__.removeprefix("mind")

    def __getattr__(self, name):
        values = self.__dict__["_values"]
        name = self.__dict__["_aliases"].get(name, name)
        if name in values:
            return values[name]
        group = {k[len(name) + 1 :]: v for k, v in values.items() if k.startswith(name + ".")}
        if group:
            return _Group(self, name)
        raise AttributeError(f"{self._public()}.{name} does not exist")

    def __setattr__(self, name, value):
        if name.startswith("__"):
            super().__setattr__(name, value)
            return
        name = self.__dict__["_aliases"].get(name, name)
        if name not in self.__dict__["_values"]:
            raise AttributeError(f"{self._public()}.{name} does not exist")
        self.__dict__["_values"][name] = value

    def __delattr__(self, name):
        if name not in self.__dict__["_values"]:
            raise AttributeError(f"{self._public()}.{name} does not exist")
        self.__dict__["_values"][name] = self.__dict__["_defaults"][name]

    def __dir__(self):
        return [*self.__dict__["_values"], "patch", "get_config_copy", "load_config", "save_config"]

    def patch(self, arg1=None, arg2=None, **kwargs):
        """patch(name=value), patch("name", value) or patch({...}): other values within a with block or a decorated
        function."""
        changes = dict(kwargs)
        if isinstance(arg1, str):
            changes[arg1] = arg2
        elif isinstance(arg1, dict):
            changes.update(arg1)
        elif arg1 is not None:
            raise TypeError(f"patch: expected a dict or a name, got {arg1!r}")
        return _Patch(self, changes)

    def get_config_copy(self):
        """{name: value}."""
        return dict(self.__dict__["_values"])

    shallow_copy_dict = get_config_copy

    def load_config(self, values):
        """Take values from {name: value}, or from save_config's bytes."""
        import pickle

        self.__dict__["_values"].update(pickle.loads(values) if isinstance(values, bytes) else values)

    def save_config(self):
        """The values as bytes."""
        import pickle

        return pickle.dumps(self.__dict__["_values"])


class _Group:
    """config.triton.cudagraphs: names with a dot."""

    def __init__(self, module, prefix):
        self.__dict__.update(_module=module, _prefix=prefix)

    def __getattr__(self, name):
        return getattr(self._module, f"{self._prefix}.{name}")

    def __setattr__(self, name, value):
        setattr(self._module, f"{self._prefix}.{name}", value)


class _Patch(contextlib.ContextDecorator):
    def __init__(self, module, changes):
        self.module, self.changes, self.before = module, changes, []

    def __enter__(self):
        self.before.append({k: getattr(self.module, k) for k in self.changes})
        for k, v in self.changes.items():
            setattr(self.module, k, v)

    def __exit__(self, *exc):
        for k, v in self.before.pop().items():
            setattr(self.module, k, v)

    def __call__(self, function):
        @functools.wraps(function)
        def patched(*args, **kwargs):
            with _Patch(self.module, self.changes):
                return function(*args, **kwargs)

        return patched


def install(own_name, defaults, doc, aliases=None):
    """Make a module of switches known under its name."""
    module = ConfigModule(own_name, defaults, doc, aliases)
    sys.modules[own_name] = module
    return module
