"""How a module is split over ranks: its parameters, and the layouts of what comes in and goes out."""
from mindtorch import nn

from .._api import DTensor, distribute_module, distribute_tensor
from ..placement_types import Placement, Replicate, Shard


class ParallelStyle:
    """How a module is split over ranks; a subclass has _apply(module, mesh)."""

    src_data_rank = 0

    def _apply(self, module, device_mesh):
        raise NotImplementedError

    def _spread(self, module, mesh, places):
        """Register parameters as DTensors: places(name) is their layout."""
        for name, p in list(module.named_parameters(recurse=False)):
            made = distribute_tensor(p.data, mesh, places(name), src_data_rank=self.src_data_rank)
            module.register_parameter(name, nn.Parameter(made, p.requires_grad))


def _in(value, mesh, layouts):
    """A plain tensor as a DTensor of a layout; a DTensor as it is."""
    return value if isinstance(value, DTensor) else DTensor.from_local(value, mesh, layouts)


def _out(value, layouts, local):
    value = value.redistribute(placements=layouts)
    return value.to_local() if local else value


def _repr(self, *names):
    return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)}' for n in names)})"


class ColwiseParallel(ParallelStyle):
    """Linear or Embedding split by columns: each rank has some output features. Inputs are Replicate and outputs
    Shard(-1) by default. NotImplementedError for other modules."""

    def __init__(self, *, input_layouts=None, output_layouts=None, use_local_output=True):
        self.input_layouts = (input_layouts or Replicate(),)
        self.output_layouts = (output_layouts or Shard(-1),)
        self.desired_input_layouts = (Replicate(),)
        self.use_local_output = use_local_output

    def _apply(self, module, device_mesh):
        if isinstance(module, nn.Linear):
            places = lambda name: [Shard(0)]
        elif isinstance(module, nn.Embedding):
            places = lambda name: [Shard(1)]
        else:
            raise NotImplementedError("ColwiseParallel currently only support nn.Linear and nn.Embedding!")

        def before(sub, inputs, mesh):
            x = _in(inputs[0], mesh, self.input_layouts)
            return (x.redistribute(placements=self.desired_input_layouts), *inputs[1:])

        return distribute_module(module, device_mesh, lambda name, sub, mesh: self._spread(sub, mesh, places), before,
                                 lambda sub, outputs, mesh: _out(outputs, self.output_layouts, self.use_local_output))

    def __repr__(self):
        return _repr(self, "input_layouts", "output_layouts", "use_local_output")


class RowwiseParallel(ParallelStyle):
    """Linear or Embedding split by rows: each rank has some input features (of an Embedding: some rows). Inputs are
    Shard(-1) (of an Embedding: Replicate) and outputs Replicate by default. NotImplementedError for other modules."""

    def __init__(self, *, input_layouts=None, output_layouts=None, use_local_output=True):
        self.input_layouts = (input_layouts or Shard(-1),)
        self.output_layouts = (output_layouts or Replicate(),)
        self.use_local_output = use_local_output

    def _apply(self, module, device_mesh):
        if isinstance(module, nn.Linear):
            self.desired_input_layouts = (Shard(-1),)
            places = lambda name: [Shard(1)] if name == "weight" else [Replicate()]
        elif isinstance(module, nn.Embedding):
            self.desired_input_layouts = (Replicate(),)
            places = lambda name: [Shard(0)]
        else:
            raise NotImplementedError("RowwiseParallel currently only support nn.Linear and nn.Embedding!")
        desired = self.desired_input_layouts

        def before(sub, inputs, mesh):
            x = _in(inputs[0], mesh, self.input_layouts)
            return (x.redistribute(placements=desired), *inputs[1:])

        return distribute_module(module, device_mesh, lambda name, sub, mesh: self._spread(sub, mesh, places), before,
                                 lambda sub, outputs, mesh: _out(outputs, self.output_layouts, self.use_local_output))

    def __repr__(self):
        return _repr(self, "input_layouts", "output_layouts", "use_local_output")


class SequenceParallel(ParallelStyle):
    """A norm or dropout on inputs that are split along the sequence; its parameters are whole on every rank."""

    def __init__(self, *, sequence_dim=1, use_local_output=False):
        self.sequence_sharding = (Shard(sequence_dim),)
        self.use_local_output = use_local_output

    def _apply(self, module, device_mesh):
        def before(sub, inputs, mesh):
            x = inputs[0]
            if isinstance(x, DTensor):
                return (x.redistribute(placements=self.sequence_sharding), *inputs[1:])
            return (DTensor.from_local(x, mesh, self.sequence_sharding), *inputs[1:])

        return distribute_module(module, device_mesh,
                                 lambda name, sub, mesh: self._spread(sub, mesh, lambda n: [Replicate()]), before,
                                 lambda sub, outputs, mesh: outputs.to_local() if self.use_local_output else outputs)

    def __repr__(self):
        return _repr(self, "sequence_sharding", "use_local_output")


def _several(layouts):
    return (layouts,) if isinstance(layouts, Placement) else layouts


class PrepareModuleInput(ParallelStyle):
    """Give a module its inputs as DTensors: from input_layouts (None: left as it is) to desired_input_layouts, and so
    for keyword arguments by name. ValueError when there are not as many layouts as inputs."""

    def __init__(self, *, input_layouts=None, desired_input_layouts=None, input_kwarg_layouts=None,
                 desired_input_kwarg_layouts=None, use_local_output=False):
        self.input_layouts, self.desired_input_layouts = _several(input_layouts), _several(desired_input_layouts)
        self.input_kwarg_layouts = input_kwarg_layouts or {}
        self.desired_input_kwarg_layouts = desired_input_kwarg_layouts or {}
        self.use_local_output = use_local_output
        if (self.input_layouts is None) != (self.desired_input_layouts is None):
            raise AssertionError("input_layouts and desired_input_layouts come together!")
        if self.input_layouts is not None and len(self.input_layouts) != len(self.desired_input_layouts):
            raise AssertionError("input_layouts and desired_input_layouts should have same length!")
        if self.input_kwarg_layouts.keys() != self.desired_input_kwarg_layouts.keys():
            raise AssertionError("input_kwarg_layouts and desired_input_kwarg_layouts should have the same names!")

    def _one(self, value, layout, desired, mesh):
        if layout is None:
            return value
        made = _in(value, mesh, (layout,))
        if desired is not None:
            made = made.redistribute(placements=(desired,))
        return made.to_local() if self.use_local_output else made

    def _inputs(self, inputs, mesh):
        if self.input_layouts is None:
            return inputs
        if not isinstance(inputs, tuple):
            inputs = (inputs,)
        if len(inputs) != len(self.input_layouts):
            raise ValueError("module inputs and input_layouts should have same length!")
        return tuple(self._one(*x, mesh) for x in zip(inputs, self.input_layouts, self.desired_input_layouts))

    def _keywords(self, kwargs, mesh):
        return {k: self._one(v, self.input_kwarg_layouts.get(k), self.desired_input_kwarg_layouts.get(k), mesh)
                for k, v in kwargs.items()}

    def _apply(self, module, device_mesh):
        module.register_forward_pre_hook(
            lambda sub, args, kwargs: (self._inputs(args, device_mesh), self._keywords(kwargs, device_mesh)),
            with_kwargs=True)
        return module

    def __repr__(self):
        return _repr(self, "input_layouts", "desired_input_layouts", "input_kwarg_layouts",
                     "desired_input_kwarg_layouts", "use_local_output")


class PrepareModuleOutput(ParallelStyle):
    """Make DTensors of a module's outputs: from output_layouts (None: left as it is) to desired_output_layouts.
    ValueError when there are not as many layouts as outputs."""

    def __init__(self, *, output_layouts, desired_output_layouts, use_local_output=True):
        self.output_layouts, self.desired_output_layouts = _several(output_layouts), _several(desired_output_layouts)
        self.use_local_output = use_local_output
        if len(self.output_layouts) != len(self.desired_output_layouts):
            raise AssertionError("output_layouts and desired_output_layouts should have same length!")

    def _outputs(self, outputs, mesh):
        several = isinstance(outputs, tuple)
        every = outputs if several else (outputs,)
        if len(every) != len(self.output_layouts):
            raise ValueError("module outputs and output_layouts should have same length!")
        made = []
        for value, layout, desired in zip(every, self.output_layouts, self.desired_output_layouts):
            if layout is not None:
                value = _in(value, mesh, (layout,))
                value = value.redistribute(placements=(desired,)) if desired is not None else value
                value = value.to_local() if self.use_local_output else value
            made.append(value)
        return tuple(made) if several else made[0]

    def _apply(self, module, device_mesh):
        module.register_forward_hook(lambda sub, inputs, outputs: self._outputs(outputs, device_mesh))
        return module

    def __repr__(self):
        return _repr(self, "output_layouts", "desired_output_layouts", "use_local_output")


class PrepareModuleInputOutput(ParallelStyle):
    """PrepareModuleInput and PrepareModuleOutput of one module."""

    def __init__(self, *, input_layouts=None, desired_input_layouts=None, input_kwarg_layouts=None,
                 desired_input_kwarg_layouts=None, use_local_input=False, output_layouts, desired_output_layouts,
                 use_local_output=True):
        self.prepare_module_input = PrepareModuleInput(
            input_layouts=input_layouts, desired_input_layouts=desired_input_layouts,
            input_kwarg_layouts=input_kwarg_layouts, desired_input_kwarg_layouts=desired_input_kwarg_layouts,
            use_local_output=use_local_input)
        self.prepare_module_output = PrepareModuleOutput(
            output_layouts=output_layouts, desired_output_layouts=desired_output_layouts,
            use_local_output=use_local_output)

    def _apply(self, module, device_mesh):
        self.prepare_module_input._apply(module, device_mesh)
        return self.prepare_module_output._apply(module, device_mesh)

    def __repr__(self):
        return f"PrepareModuleInputOutput({self.prepare_module_input}, {self.prepare_module_output})"


for _kind in (ParallelStyle, ColwiseParallel, RowwiseParallel, SequenceParallel, PrepareModuleInput,
              PrepareModuleOutput, PrepareModuleInputOutput):
    _kind.__module__ = "torch.distributed.tensor.parallel.style"
