"""What the inputs and outputs of an exported graph are."""

import dataclasses
import enum
import types

__all__ = [
    "ConstantArgument",
    "CustomObjArgument",
    "ExportBackwardSignature",
    "ExportGraphSignature",
    "InputKind",
    "InputSpec",
    "OutputKind",
    "OutputSpec",
    "SymIntArgument",
    "SymFloatArgument",
    "SymBoolArgument",
    "TensorArgument",
]


@dataclasses.dataclass
class TensorArgument:
    """A tensor, by the name of its step."""

    name: str


@dataclasses.dataclass
class SymIntArgument:
    """A size, by the name of its step."""

    name: str


@dataclasses.dataclass
class SymFloatArgument:
    """A number computed of sizes."""

    name: str


@dataclasses.dataclass
class SymBoolArgument:
    """A decision computed of sizes."""

    name: str


@dataclasses.dataclass
class CustomObjArgument:
    """An object of a class of one's own."""

    name: str
    class_fqn: str
    fake_val: object = None


@dataclasses.dataclass
class ConstantArgument:
    """A value that is no tensor."""

    name: str
    value: object


class InputKind(enum.Enum):
    """What an input stands for."""

    USER_INPUT = 1
    PARAMETER = 2
    BUFFER = 3
    CONSTANT_TENSOR = 4
    CUSTOM_OBJ = 5
    TOKEN = 6


@dataclasses.dataclass
class InputSpec:
    """An input: its kind, its step, the path in the module."""

    kind: InputKind
    arg: object
    target: str | None
    persistent: bool | None = None

    def __str__(self):
        target = "" if self.target is None else f" target='{self.target}'"
        persistent = "" if self.persistent is None else f" persistent={self.persistent}"
        return f"{self.arg.name}: {self.kind.name}{target}{persistent}"


class OutputKind(enum.Enum):
    """What an output stands for."""

    USER_OUTPUT = 1
    LOSS_OUTPUT = 2
    BUFFER_MUTATION = 3
    PARAMETER_MUTATION = 4
    GRADIENT_TO_PARAMETER = 5
    GRADIENT_TO_USER_INPUT = 6
    USER_INPUT_MUTATION = 7
    TOKEN = 8


@dataclasses.dataclass
class OutputSpec:
    """An output: its kind, its step, what it changes."""

    kind: OutputKind
    arg: object
    target: str | None

    def __str__(self):
        return f"{self.arg.name}: {self.kind.name}" + ("" if self.target is None else f" target='{self.target}'")


@dataclasses.dataclass
class ExportBackwardSignature:
    """Gradients of a joint graph."""

    gradients_to_parameters: dict
    gradients_to_user_inputs: dict
    loss_output: str


@dataclasses.dataclass
class ExportGraphSignature:
    """The inputs and outputs of an exported graph."""

    input_specs: list
    output_specs: list

    def _inputs(self, kind):
        return [s for s in self.input_specs if s.kind is kind]

    @property
    def parameters(self):
        """Paths of the parameters."""
        return tuple(s.target for s in self._inputs(InputKind.PARAMETER))

    @property
    def buffers(self):
        """Paths of the buffers."""
        return tuple(s.target for s in self._inputs(InputKind.BUFFER))

    @property
    def non_persistent_buffers(self):
        """Paths of the buffers that are in no state_dict."""
        return tuple(s.target for s in self._inputs(InputKind.BUFFER) if s.persistent is False)

    @property
    def lifted_tensor_constants(self):
        """Names of tensors that the program made use of."""
        return tuple(s.target for s in self._inputs(InputKind.CONSTANT_TENSOR))

    @property
    def lifted_custom_objs(self):
        """(): there are none."""
        return ()

    @property
    def user_inputs(self):
        """What the caller gives: names of steps, and constants."""
        return tuple(
            s.arg.value if isinstance(s.arg, ConstantArgument) else s.arg.name
            for s in self._inputs(InputKind.USER_INPUT)
        )

    @property
    def user_outputs(self):
        """What the caller gets: names of steps, and constants."""
        return tuple(
            s.arg.value if isinstance(s.arg, ConstantArgument) else s.arg.name
            for s in self.output_specs
            if s.kind is OutputKind.USER_OUTPUT
        )

    def _targets(self, kind):
        return types.MappingProxyType({s.arg.name: s.target for s in self._inputs(kind)})

    @property
    def inputs_to_parameters(self):
        """{name of a step: path of the parameter}."""
        return self._targets(InputKind.PARAMETER)

    @property
    def inputs_to_buffers(self):
        """{name of a step: path of the buffer}."""
        return self._targets(InputKind.BUFFER)

    @property
    def inputs_to_lifted_tensor_constants(self):
        """{name of a step: name of the constant}."""
        return self._targets(InputKind.CONSTANT_TENSOR)

    @property
    def buffers_to_mutate(self):
        """{}: changes are made in place by steps of the graph."""
        return types.MappingProxyType({})

    parameters_to_mutate = user_inputs_to_mutate = buffers_to_mutate

    @property
    def backward_signature(self):
        """None: there is no joint graph."""
        return None

    def __str__(self):
        inputs, outputs = ("".join(f"{s}\n" for s in specs) for specs in (self.input_specs, self.output_specs))
        return f"\n# inputs\n{inputs}\n# outputs\n{outputs}"


for _class in [v for v in list(globals().values()) if isinstance(v, type) and v.__module__ == __name__]:
    _class.__module__ = "torch.export.graph_signature"
