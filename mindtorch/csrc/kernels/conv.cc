// Convolution and its two gradients in one to three dimensions: oneDNN for float32 and native bfloat16, else columns
// and a matrix product. A transposed convolution is the input gradient of a convolution, so three kernels are all there
// is.
#include "checks.h"
#include "gemm.h"
#include "onednn.h"

namespace mt {
namespace {

struct Shape3 {
  View x, w, y;  // [N, C, D, H, W], [O, C/groups, d, h, w], [N, O, D', H', W']
  int64_t stride[3], padding[3], dilation[3], groups;
  dnn::ConvShape own;
  bool regular = true;  // the sizes of y follow from those of x
  bool little;  // one small image in one group: the reference multiplies columns, and what cancels shows in which order

  // two to four missing leading spatial dimensions become sizes of 1
  static View widen(const View &v) {
    View r = v;
    int add = 5 - v.ndim;
    for (int d = v.ndim - 1; d >= 2; --d) {
      r.shape[d + add] = v.shape[d];
      r.stride[d + add] = v.stride[d];
    }
    for (int d = 2; d < 2 + add; ++d) {
      r.shape[d] = 1;
      r.stride[d] = 0;
    }
    r.ndim = 5;
    return r;
  }

  // The operands have passed need_convolution.
  Shape3(const View &x_, const View &w_, const View &y_, const Call &c)
      : x(widen(x_)), w(widen(w_)), y(widen(y_)), groups(c.integer(3)) {
    int n = x_.ndim - 2;
    for (int i = 0; i < 3; ++i) {
      stride[i] = dilation[i] = 1;
      padding[i] = 0;
    }
    IntList strides = c.ints(0), paddings = c.ints(1), dilations = c.ints(2);
    for (int i = 0; i < n; ++i) {
      stride[3 - n + i] = own.stride[i] = strides[i];
      padding[3 - n + i] = own.padding[i] = own.padding_end[i] = paddings[i];
      dilation[3 - n + i] = own.dilation[i] = dilations[i];
      regular = regular && std::max({strides[i], paddings[i], dilations[i]}) < kLibraryLimit;
      int64_t span = dilation[3 - n + i] * (w_.shape[i + 2] - 1) + 1,
              room = x_.shape[i + 2] + 2 * own.padding[i] - span;
      regular = regular && room >= 0 && room / own.stride[i] + 1 == y_.shape[i + 2];
    }
    own.groups = groups;
    int64_t size = x_.numel() / (x_.ndim == 5 ? std::max<int64_t>(x_.shape[4], 1) : 1);
    bool wide = w_.ndim > 3 && w_.shape[w_.ndim - 1] > 3 && w_.shape[w_.ndim - 2] > 3;
    little = groups == 1 && x_.shape[0] == 1 && !wide && size <= 20480 &&
             outputs() * channels() * taps() * places() <= kLittleWork;
  }
  static constexpr int64_t kLibraryLimit = 1 << 20;  // the library computes places in 32 bits
  static constexpr int64_t kLittleWork = 1 << 20;  // beyond it the library is worth more than its order
  int64_t channels() const { return w.shape[1]; }
  int64_t outputs() const { return w.shape[0] / groups; }
  int64_t taps() const { return w.shape[2] * w.shape[3] * w.shape[4]; }
  int64_t places() const { return y.shape[2] * y.shape[3] * y.shape[4]; }

  template <class T>
  static T sum(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));  // wraps
    else return a + b;
  }

  // f(column row, x offset of the tap, z and h of the output, range of w inside x) for one channel's taps
  // what is added up is kept as Half
  template <class T, bool Scatter, class Half = T>
  void columns(T *col, T *image, int64_t first, int64_t last) const {
    int64_t kd = w.shape[2], kh = w.shape[3], kw = w.shape[4], od = y.shape[2], oh = y.shape[3], ow = y.shape[4];
    const int64_t *sx = x.stride;
    for (int64_t c = first; c < last; ++c)
      for (int64_t a = 0; a < kd; ++a)
        for (int64_t b = 0; b < kh; ++b)
          for (int64_t e = 0; e < kw; ++e) {
            T *row = col + (((c * kd + a) * kh + b) * kw + e) * places();
            for (int64_t z = 0; z < od; ++z)
              for (int64_t r = 0; r < oh; ++r) {
                int64_t iz = z * stride[0] - padding[0] + a * dilation[0],
                        ir = r * stride[1] - padding[1] + b * dilation[1];
                T *to = row + (z * oh + r) * ow;
                if (iz < 0 || iz >= x.shape[2] || ir < 0 || ir >= x.shape[3]) {
                  if (!Scatter) std::fill(to, to + ow, T(0));
                  continue;
                }
                T *from = image + c * sx[1] + iz * sx[2] + ir * sx[3];
                int64_t at = e * dilation[2] - padding[2];
                for (int64_t q = 0; q < ow; ++q) {
                  int64_t iq = q * stride[2] + at;
                  bool inside = iq >= 0 && iq < x.shape[4];
                  if constexpr (Scatter) {
                    if (inside) from[iq * sx[4]] = convert<T>(Half(sum(from[iq * sx[4]], to[q])));
                  } else {
                    to[q] = inside ? from[iq * sx[4]] : T(0);
                  }
                }
              }
          }
  }
};

// What image, weight and result must be for each other, whichever of them is computed.
void need_convolution(const View &x, const View &w, const View &y, const Call &c) {
  constexpr const char *kName = "convolution";
  need_rank(x, 3, 5, kName);
  need_rank(w, x.ndim, kName);
  need_rank(y, x.ndim, kName);
  need_same_dtype(w, x, kName);
  need_same_dtype(y, x, kName);
  int64_t groups = c.integer(3), taps = 1, places = 1;
  need_positive(groups, "convolution's groups");
  need(w.shape[0] % groups == 0, "convolution: groups must divide the weight's outputs");
  need_size(x, 1, need_work({w.shape[1], groups}, kName), kName);
  need_size(y, 0, x.shape[0], kName);
  need_size(y, 1, w.shape[0], kName);
  int n = x.ndim - 2;
  IntList stride = c.ints(0), padding = c.ints(1), dilation = c.ints(2);
  need_length(stride, n, "convolution's stride");
  need_length(padding, n, "convolution's padding");
  need_length(dilation, n, "convolution's dilation");
  for (int d = 0; d < n; ++d) {
    need_windows(y.shape[d + 2], w.shape[d + 2], stride[d], padding[d], dilation[d], kName);
    taps = need_work({taps, w.shape[d + 2]}, kName);
    places = need_work({places, y.shape[d + 2]}, kName);
    need_work({x.shape[d + 2], 4}, kName);
  }
  int64_t depth = need_work({w.shape[1], taps}, kName);
  need_work({std::max<int64_t>(x.shape[0], 1), std::max<int64_t>(w.shape[0], 1), depth, places}, kName);
}

template <class F>
void by_type(DType d, F &&f) {
  dispatch_among<float, double, C64, C128, int64_t>(d, Error::NotImplemented,
                                                    "convolution is not implemented for this dtype", f);
}

// f(image, group, columns) for every image and group, with its columns gathered when wanted
template <class T, class F>
void each(const Shape3 &s, bool gather, F &&f) {
  if (s.x.shape[0] == 0 || s.places() == 0) return;
  std::vector<char> store;
  T *col = scratch<T>(store, s.channels() * s.taps() * s.places());
  for (int64_t n = 0; n < s.x.shape[0]; ++n)
    for (int64_t g = 0; g < s.groups; ++g) {
      T *image = s.x.as<T>() + n * s.x.stride[0] + g * s.channels() * s.x.stride[1];
      if (gather)
        parallel_for(s.channels(), std::max<int64_t>(1, kGrain / std::max<int64_t>(1, s.taps() * s.places())),
                     [&](int64_t begin, int64_t end) { s.columns<T, false>(col, image, begin, end); });
      f(n, g, col, image);
    }
}

// The operands that are read as matrices are dense.
template <class T>
void forward(const Shape3 &s, const View &bias) {
  int64_t depth = s.channels() * s.taps(), o = s.outputs(), places = s.places();
  each<T>(s, true, [&](int64_t n, int64_t g, T *col, T *) {
    T *w = s.w.as<T>() + g * o * depth, *y = s.y.as<T>() + n * s.y.stride[0] + g * o * s.y.stride[1];
    Matrix add{bias.none() ? nullptr : bias.as<T>() + g * o * bias.stride[0], bias.none() ? 0 : bias.stride[0], 0};
    gemm(dtype_of<T>::value, o, places, depth, {w, depth, 1}, {col, places, 1}, {y, s.y.stride[1], 1}, nullptr, nullptr,
         add);
  });
}

// halves that the library does not take are rounded as columns, and again by every addition into the image
template <class T, class Half = T>
void input_gradient(const Shape3 &s) {
  int64_t depth = s.channels() * s.taps(), o = s.outputs(), places = s.places();
  std::fill(s.x.as<T>(), s.x.as<T>() + s.x.numel(), T(0));
  each<T>(s, false, [&](int64_t n, int64_t g, T *col, T *image) {
    T *w = s.w.as<T>() + g * o * depth, *y = s.y.as<T>() + n * s.y.stride[0] + g * o * s.y.stride[1];
    gemm(dtype_of<T>::value, depth, places, o, {w, 1, depth}, {y, s.y.stride[1], 1}, {col, places, 1});
    if constexpr (!std::is_same_v<T, Half>)
      for (int64_t i = 0; i < depth * places; ++i) col[i] = convert<T>(Half(col[i]));
    parallel_for(s.channels(), std::max<int64_t>(1, kGrain / std::max<int64_t>(1, s.taps() * places)),
                 [&](int64_t begin, int64_t end) { s.columns<T, true, Half>(col, image, begin, end); });
  });
}

template <class T>
void weight_gradient(const Shape3 &s) {
  int64_t depth = s.channels() * s.taps(), o = s.outputs(), places = s.places();
  std::fill(s.w.as<T>(), s.w.as<T>() + s.w.numel(), T(0));
  each<T>(s, true, [&](int64_t n, int64_t g, T *col, T *) {
    T *w = s.w.as<T>() + g * o * depth, *y = s.y.as<T>() + n * s.y.stride[0] + g * o * s.y.stride[1];
    Matrix to{w, depth, 1};
    gemm(dtype_of<T>::value, o, depth, places, {y, s.y.stride[1], 1}, {col, 1, places}, to, nullptr, nullptr, to);
  });
}

// Our own code reads dense float32, float64, complex or int64 operands: others are copied there, and the result back.
struct Dense {
  std::vector<char> stores[4];
  DType type;
  explicit Dense(DType d) : type(is_floating(d) && d != DType::F64 ? DType::F32 : d) {}
  View operand(const View &v, int k) {
    return v.none() || (v.dtype == type && v.contiguous()) ? v : dense_copy(v, type, stores[k]);
  }
  View result(const View &v) {
    if (v.dtype == type && v.contiguous()) return v;
    View r = v;
    r.dtype = type;
    fill_dense(r);
    r.data = scratch<char>(stores[3], r.numel() * itemsize(type));
    return r;
  }
};

template <class F>
void own(const View &result, const View &first, const View &second, const View &third, F &&f) {
  Dense d(result.dtype);
  View r = d.result(result), a = d.operand(first, 0), b = d.operand(second, 1), c = d.operand(third, 2);
  by_type(d.type, [&](auto zero) { f(zero, r, a, b, c); });
  if (r.data != result.data) copy_view(result, r);
}

bool library(const Shape3 &s, const View &like) {
  return s.regular && (like.dtype == DType::F32 ? !s.little : like.dtype == DType::BF16);
}

}  // namespace

// convolution(y, x, w, bias or None; stride, padding, dilation, groups)
KERNEL(convolution) {
  const View &y = c[0], &x = c[1], &w = c[2], &bias = c.maybe(3);
  need_convolution(x, w, y, c);
  if (!bias.none()) {
    need_shape(bias, {w.shape[0]}, "convolution's bias");
    need_same_dtype(bias, x, "convolution's bias");
  }
  Shape3 s(x, w, y, c);
  if (y.numel() == 0) return;
  bool dense_bias = bias.none() || bias.stride[0] == 1 || bias.shape[0] == 1;
  if (library(s, y) && dense_bias && dnn::convolution(y, x, w, bias.none() ? nullptr : bias.data, s.own)) return;
  own(y, x, w, bias, [&](auto zero, const View &y_, const View &x_, const View &w_, const View &bias_) {
    forward<decltype(zero)>(Shape3(x_, w_, y_, c), bias_);
  });
}

// convolution_input(gx, gy, w; stride, padding, dilation, groups)
KERNEL(convolution_input) {
  const View &gx = c[0], &gy = c[1], &w = c[2];
  need_convolution(gx, w, gy, c);
  Shape3 s(gx, w, gy, c);
  if (gx.numel() == 0) return;
  if (library(s, gx) && dnn::convolution_input_gradient(gx, gy, w, s.own)) return;
  own(gx, gy, w, View(), [&](auto zero, const View &gx_, const View &gy_, const View &w_, const View &) {
    using T = decltype(zero);
    Shape3 dense(gx_, w_, gy_, c);
    if constexpr (std::is_same_v<T, float>) {
      if (gx.dtype == DType::F16) return input_gradient<T, F16>(dense);
      if (gx.dtype == DType::BF16) return input_gradient<T, BF16>(dense);
    }
    input_gradient<T>(dense);
  });
}

// convolution_weight(gw, gy, x; stride, padding, dilation, groups)
KERNEL(convolution_weight) {
  const View &gw = c[0], &gy = c[1], &x = c[2];
  need_convolution(x, gw, gy, c);
  Shape3 s(x, gw, gy, c);
  if (gw.numel() == 0) return;
  if (library(s, gw) && dnn::convolution_weight_gradient(gw, x, gy, s.own)) return;
  own(gw, gy, x, View(), [&](auto zero, const View &gw_, const View &gy_, const View &x_, const View &) {
    weight_gradient<decltype(zero)>(Shape3(x_, gw_, gy_, c));
  });
}

// native_types(out): a bool each for float32 and bfloat16, whether the library multiplies them as they are
KERNEL(native_types) {
  need_shape(c[0], {2}, "native_types");
  need_dtype(c[0], DType::Bool, "native_types");
  need_dense(c[0], "native_types");
  c[0].as<uint8_t>()[0] = dnn::native(DType::F32);
  c[0].as<uint8_t>()[1] = dnn::native(DType::BF16);
}

}  // namespace mt
