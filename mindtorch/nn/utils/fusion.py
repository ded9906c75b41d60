"""A normalisation in inference folded into the layer before it."""
import copy

import mindtorch as torch


def _fused(layer_w, layer_b, mean, var, eps, weight, bias, channels):
    """(weight, bias) of the layer with the normalisation in it; `channels` is the weight's shape of the scale."""
    layer_b = torch.zeros_like(mean) if layer_b is None else layer_b
    weight = torch.ones_like(mean) if weight is None else weight
    bias = torch.zeros_like(mean) if bias is None else bias
    scale = weight * torch.rsqrt(var + eps)
    new_weight = (layer_w * scale.reshape(channels)).to(dtype=layer_w.dtype)
    new_bias = ((layer_b - mean) * scale + bias).to(dtype=layer_b.dtype)
    return torch.nn.Parameter(new_weight, layer_w.requires_grad), torch.nn.Parameter(new_bias, layer_b.requires_grad)


def _fuse(layer, bn, weights):
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    made = copy.deepcopy(layer)
    made.weight, made.bias = weights(made.weight, made.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight,
                                     bn.bias)
    return made


def fuse_conv_bn_eval(conv, bn, transpose=False):
    """A convolution that does what conv and then bn do in inference."""
    return _fuse(conv, bn, lambda *parts: fuse_conv_bn_weights(*parts, transpose))


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    """(weight, bias) of the fused convolution."""
    shape = [1, -1] if transpose else [-1, 1]
    return _fused(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape + [1] * (conv_w.dim() - 2))


def fuse_linear_bn_eval(linear, bn):
    """A Linear that does what linear and then bn do in inference. AssertionError when the features differ."""
    if linear.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError("To fuse, linear.out_features == bn.num_features or bn.num_features == 1")
    return _fuse(linear, bn, fuse_linear_bn_weights)


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b):
    """(weight, bias) of the fused Linear."""
    return _fused(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1])
