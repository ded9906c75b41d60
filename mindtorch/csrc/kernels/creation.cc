// arange, linspace and other tensors made from a formula of the index.
#include "iterator.h"

namespace mt {

// arange(out; start, step)
KERNEL(arange) {
  const View &out = c[0];
  int64_t n = out.numel(), stride = out.ndim ? out.stride[0] : 1;
  dispatch(out.dtype, [&](auto zero) {
    using T = decltype(zero);
    T *p = out.as<T>();
    bool whole = c.s[0].kind != Scalar::Float && c.s[1].kind != Scalar::Float;
    parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (whole) p[i * stride] = convert<T>(c.s[0].i + i * c.s[1].i);
        else p[i * stride] = convert<T>(c.s[0].real() + static_cast<double>(i) * c.s[1].real());
      }
    });
  });
}

}  // namespace mt
