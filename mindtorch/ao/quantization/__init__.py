"""torch.ao.quantization: the stubs that models carry; converting a model is not supported."""
from mindtorch import _absent
from mindtorch.nn import Module

_REASON = "models cannot be converted to quantised ones"


class QuantStub(Module):
    """Marks where a converted model quantises; passes its input on until then."""

    def __init__(self, qconfig=None):
        super().__init__()
        if qconfig:
            self.qconfig = qconfig

    def forward(self, x):
        """The input."""
        return x


class DeQuantStub(Module):
    """Marks where a converted model dequantises; passes its input on until then."""

    def __init__(self, qconfig=None):
        super().__init__()
        if qconfig:
            self.qconfig = qconfig

    def forward(self, x):
        """The input."""
        return x


class QuantWrapper(Module):
    """A module between a QuantStub and a DeQuantStub."""

    def __init__(self, module):
        super().__init__()
        qconfig = getattr(module, "qconfig", None)
        self.add_module("quant", QuantStub(qconfig))
        self.add_module("dequant", DeQuantStub(qconfig))
        self.add_module("module", module)
        self.train(module.training)

    def forward(self, x):
        """The wrapped module's result."""
        return self.dequant(self.module(self.quant(x)))


for _class in (QuantStub, DeQuantStub, QuantWrapper):
    _class.__module__ = "torch.ao.quantization"
for _name in """convert fuse_modules fuse_modules_qat get_default_qat_qconfig get_default_qat_qconfig_mapping
        get_default_qconfig get_default_qconfig_mapping prepare prepare_qat propagate_qconfig_ quantize quantize_dynamic
        quantize_qat swap_module disable_fake_quant disable_observer enable_fake_quant enable_observer""".split():
    globals()[_name] = _absent.function("torch.ao.quantization." + _name, _REASON)
for _name in """FakeQuantize FakeQuantizeBase FusedMovingAvgObsFakeQuantize HistogramObserver MinMaxObserver
        MovingAverageMinMaxObserver MovingAveragePerChannelMinMaxObserver ObserverBase PerChannelMinMaxObserver
        PlaceholderObserver QConfig QConfigMapping UniformQuantizationObserverBase""".split():
    globals()[_name] = _absent.klass("torch.ao.quantization." + _name, _REASON)
