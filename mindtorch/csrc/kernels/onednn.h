// oneDNN through its C interface, which we declare ourselves: the library comes with MindSpore and is found at run
// time. Every function answers false when the library is missing or does not take the problem; callers then compute by
// themselves.
#pragma once
#include "kernel.h"

namespace mt::dnn {

// out[..., m, n] = a[..., m, k] b[..., k, n] (+ bias), all of one dtype and rank, batch sizes equal or 1. bias: null,
// or one row of n elements.
bool matmul(const View &out, const View &a, const View &b, const void *bias);

// Whether the processor multiplies this type by itself; a half type that is only emulated is better widened to float32.
bool native(DType d);

struct ConvShape {
  int64_t stride[3], padding[3], padding_end[3], dilation[3], groups;
};
// x [N, C, spatial...], w [O, C/groups, spatial...], y [N, O, spatial...]; bias may be null
bool convolution(const View &y, const View &x, const View &w, const void *bias, const ConvShape &s);
bool convolution_input_gradient(const View &gx, const View &gy, const View &w, const ConvShape &s);
bool convolution_weight_gradient(const View &gw, const View &x, const View &gy, const ConvShape &s);

}  // namespace mt::dnn
