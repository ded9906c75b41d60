// Joining, flipping, triangles and sliding windows.
#include "combine.h"

namespace mt {

// cat(out, inputs...; dim): all dense, of out's dtype
KERNEL(cat) {
  const View &out = c[0];
  int dim = c.dim(0, out);
  int64_t together = 0;
  need_dense(out, "cat");
  for (int k = 1; k < c.nt; ++k) {
    need_dense(c[k], "cat");
    need_same_dtype(c[k], out, "cat");
    need_same_but(out, c[k], dim, "cat");
    together += c[k].shape[dim];
  }
  need_size(out, dim, together, "cat");
  int64_t width = itemsize(out.dtype), before = 1, after = 1;
  for (int d = 0; d < dim; ++d) before *= out.shape[d];
  for (int d = dim + 1; d < out.ndim; ++d) after *= out.shape[d];
  int64_t row = out.shape[dim] * after * width;
  char *to = out.as<char>();
  if (before == 1) {  // few large blocks: cut each one
    for (int k = 1; k < c.nt; ++k) {
      int64_t bytes = c[k].shape[dim] * after * width;
      const char *from = c[k].as<const char>();
      parallel_for(bytes, kGrain * 8, [&](int64_t b, int64_t e) { std::memmove(to + b, from + b, e - b); });
      to += bytes;
    }
    return;
  }
  parallel_for(before, std::max<int64_t>(1, kGrain * 4 / std::max<int64_t>(row, 1)), [&](int64_t begin, int64_t end) {
    int64_t at = 0;
    for (int k = 1; k < c.nt; ++k) {
      int64_t bytes = c[k].shape[dim] * after * width;
      const char *from = c[k].as<const char>();
      if (bytes == 4) for (int64_t p = begin; p < end; ++p) std::memcpy(to + p * row + at, from + p * 4, 4);
      else if (bytes == 8) for (int64_t p = begin; p < end; ++p) std::memcpy(to + p * row + at, from + p * 8, 8);
      else for (int64_t p = begin; p < end; ++p) std::memmove(to + p * row + at, from + p * bytes, bytes);
      at += bytes;
    }
  });
}

namespace {
template <class T>
void copy_loop(char *const *ptr, const bool *scalar, int64_t n, const Scalar *) {
  T *out = reinterpret_cast<T *>(ptr[0]);
  const T *in = reinterpret_cast<const T *>(ptr[1]);
  if (scalar[1]) std::fill(out, out + n, in[0]);
  else std::memmove(out, in, n * sizeof(T));
}
}  // namespace

// flip(out, input; dims)
KERNEL(flip) {
  View views[2] = {c[0], c[1]};
  View &from = views[1];
  need_same_dtype(c[0], c[1], "flip");
  need_same_shape(c[0], c[1], "flip");
  IntList dims = c.ints(0);
  for (int64_t k = 0; k < dims.size; ++k) {
    int64_t d = dims[k];
    if (d < 0 || d >= from.ndim) throw Error(Error::Index, "flip: a dimension is out of range");
    if (from.shape[d] == 0) return;
    from.data = from.as<char>() + (from.shape[d] - 1) * from.stride[d] * itemsize(from.dtype);
    from.stride[d] = -from.stride[d];
  }
  Walk walk(views, 2, 1);
  by_width(c[0].dtype, [&](auto zero) { walk.run(copy_loop<decltype(zero)>, nullptr); });
}

// triangle(out, input; diagonal, upper): the last two dimensions; out and input may be the same
KERNEL(triangle) {
  const View &out = c[0], &in = c[1];
  int nd = out.ndim;
  need_rank(out, 2, kMaxDims, "triangle");
  need_same_shape(out, in, "triangle");
  need_same_dtype(out, in, "triangle");
  int64_t rows = out.shape[nd - 2], columns = out.shape[nd - 1], total = out.numel();
  int64_t k = std::clamp(c.integer(0), -rows - 1, columns);  // further away nothing changes
  bool upper = c.flag(1);
  if (!total) return;
  int64_t so = out.stride[nd - 1], si = in.stride[nd - 1];
  by_width(out.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T none{};
    parallel_for(total / columns, std::max<int64_t>(1, kGrain / columns), [&](int64_t begin, int64_t end) {
      for (int64_t unit = begin; unit < end; ++unit) {
        int64_t rest = unit, x = 0, y = 0;
        for (int d = nd - 2; d >= 0; --d) {
          x += rest % out.shape[d] * out.stride[d];
          y += rest % out.shape[d] * in.stride[d];
          rest /= out.shape[d];
        }
        T *o = out.as<T>() + x;
        const T *f = in.as<const T>() + y;
        // columns [0, cut) are left of the diagonal or on it (lower), else strictly left of it
        int64_t cut = std::clamp<int64_t>(unit % rows + k + (upper ? 0 : 1), 0, columns);
        for (int64_t j = 0; j < columns; ++j) o[j * so] = (j < cut) != upper ? f[j * si] : none;
      }
    });
  });
}

namespace {
struct Window {
  int64_t channels, h, w, kh, kw, dh, dw, ph, pw, sh, sw, oh, ow;
  // The numbers in `list`, which must be those of columns [n, c*kh*kw, oh*ow] and images [n, c, h, w].
  Window(const View &columns, const View &images, const IntList &list) {
    int64_t *const all[] = {&channels, &h, &w, &kh, &kw, &dh, &dw, &ph, &pw, &sh, &sw, &oh, &ow};
    need_length(list, 13, "columns of windows");
    for (int i = 0; i < 13; ++i) {
      *all[i] = list[i];
      MT_CHECK(list[i] >= 0, "columns of windows: expected no number below zero, got %lld", (long long)list[i]);
    }
    if (oh == 0 || ow == 0) oh = ow = 0;  // no window, however many rows of none
    reach(oh, sh, kh, dh, ph);
    reach(ow, sw, kw, dw, pw);
    need_dense(columns, "columns of windows"), need_dense(images, "columns of windows");
    need_same_dtype(columns, images, "columns of windows");
    need_rank(columns, 3, "columns of windows"), need_rank(images, 4, "columns of windows");
    const int64_t image[] = {columns.shape[0], channels, h, w};
    for (int d = 0; d < 4; ++d) need_size(images, d, image[d], "columns of windows");
    need_size(columns, 1, product(product(channels, kh, "columns"), kw, "columns"), "columns of windows");
    need_size(columns, 2, product(oh, ow, "columns"), "columns of windows");
  }

 private:
  // No place that a window looks at is a number beyond 64 bits.
  static void reach(int64_t windows, int64_t stride, int64_t kernel, int64_t dilation, int64_t padding) {
    int64_t last = product(std::max<int64_t>(windows, 1), stride, "columns"),
            inside = product(std::max<int64_t>(kernel, 1), dilation, "columns");
    MT_CHECK(last < INT64_MAX / 4 && inside < INT64_MAX / 4 && padding < INT64_MAX / 4,
             "columns of windows: a number is too large");
  }
};
}  // namespace

// im2col(out [n, c*kh*kw, oh*ow] dense, input [n, c, h, w] dense; geometry)
KERNEL(im2col) {
  Window g(c[0], c[1], c.ints(0));
  int64_t n = c[1].shape[0], planes = g.channels * g.kh * g.kw;
  by_width(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    parallel_for(n * planes, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, g.oh * g.ow)),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t unit = begin; unit < end; ++unit) {
                     int64_t kx = unit % g.kw, ky = unit / g.kw % g.kh, plane = unit / (g.kw * g.kh);
                     const T *in = c[1].as<const T>() + plane * g.h * g.w;
                     T *out = c[0].as<T>() + unit * g.oh * g.ow;
                     for (int64_t y = 0; y < g.oh; ++y) {
                       int64_t r = y * g.sh - g.ph + ky * g.dh;
                       for (int64_t x = 0; x < g.ow; ++x) {
                         int64_t q = x * g.sw - g.pw + kx * g.dw;
                         out[y * g.ow + x] = r >= 0 && r < g.h && q >= 0 && q < g.w ? in[r * g.w + q] : T{};
                       }
                     }
                   }
                 });
  });
}

// col2im(out [n, c, h, w] dense, columns [n, c*kh*kw, oh*ow] dense; geometry): adds up, a plane a thread
KERNEL(col2im) {
  Window g(c[1], c[0], c.ints(0));
  int64_t n = c[0].shape[0];
  arithmetic(c[0].dtype, "col2im", [&](auto zero) {
    using T = decltype(zero);
    with_mode<T>(kAdd, [&](auto add) {
      parallel_for(n * g.channels, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, g.oh * g.ow * g.kh * g.kw)),
                   [&](int64_t begin, int64_t end) {
                     for (int64_t plane = begin; plane < end; ++plane) {
                       T *out = c[0].as<T>() + plane * g.h * g.w;
                       for (int64_t i = 0; i < g.h * g.w; ++i) out[i] = T{};
                       for (int64_t k = 0; k < g.kh * g.kw; ++k) {
                         const T *in = c[1].as<const T>() + (plane * g.kh * g.kw + k) * g.oh * g.ow;
                         for (int64_t y = 0; y < g.oh; ++y) {
                           int64_t r = y * g.sh - g.ph + k / g.kw * g.dh;
                           if (r < 0 || r >= g.h) continue;
                           for (int64_t x = 0; x < g.ow; ++x) {
                             int64_t q = x * g.sw - g.pw + k % g.kw * g.dw;
                             if (q >= 0 && q < g.w) out[r * g.w + q] = add(out[r * g.w + q], in[y * g.ow + x]);
                           }
                         }
                       }
                     }
                   });
    });
  });
}

}  // namespace mt
