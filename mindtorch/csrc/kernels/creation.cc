// arange, linspace and other tensors made from a formula of the index.
#include "iterator.h"
#include "stepped.h"

namespace mt {

// arange(out; start, step)
KERNEL(arange) {
  const View &out = c[0];
  need_rank(out, 0, 1, "arange");
  int64_t n = out.numel(), stride = out.ndim ? out.stride[0] : 1;
  bool whole = c.scalar(0).kind != Scalar::Float && c.scalar(1).kind != Scalar::Float;
  int64_t first = whole ? c.integer(0) : 0, step = whole ? c.integer(1) : 0;
  double start = c.number(0), pace = c.number(1);
  dispatch(out.dtype, [&](auto zero) {
    using T = decltype(zero);
    T *p = out.as<T>();
    parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (whole) p[i * stride] = convert<T>(first + i * step);
        else p[i * stride] = convert<T>(start + static_cast<double>(i) * pace);
      }
    });
  });
}

// Evenly spaced values, exact at both ends: the second half counts back from the end.
// Wide is what the values are computed in; the ends and their difference are rounded to T first.
template <class T, class Wide, class F>
void spaced(const View &out, const Scalar &from, const Scalar &to, F &&finish) {
  constexpr bool whole = std::is_integral_v<T> || std::is_same_v<T, Bool>;
  need_rank(out, 0, 1, "evenly spaced values");
  int64_t n = out.numel(), stride = out.ndim ? out.stride[0] : 1;
  T *p = out.as<T>();
  auto as_step = [](const Scalar &s) {
    if constexpr (is_complex_v<T>) return s.to<T>();
    else if constexpr (is_reduced_v<T>) return Wide(static_cast<float>(T(static_cast<float>(s.real()))));
    else if constexpr (whole) return static_cast<double>(s.kind == Scalar::Float ? static_cast<int64_t>(s.f) : s.i);
    else return static_cast<T>(s.real());
  };
  Wide first = as_step(from), last = as_step(to), range = last - first;
  if constexpr (is_reduced_v<T>) range = Wide(static_cast<float>(T(static_cast<float>(range))));
  Wide step = n > 1 ? range / static_cast<Wide>(static_cast<double>(n - 1)) : Wide(0);
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Wide k = static_cast<Wide>(static_cast<double>(i < n / 2 || n == 1 ? i : n - 1 - i));
      p[i * stride] = convert<T>(finish(i < n / 2 || n == 1 ? first + step * k : last - step * k));
    }
  });
}

// linspace(out; start, end)
KERNEL(linspace) {
  dispatch(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using Step = std::conditional_t<std::is_integral_v<T> || std::is_same_v<T, Bool>, double, T>;
    if constexpr (std::is_same_v<T, F8E4M3> || std::is_same_v<T, F8E5M2>)
      spaced<T, float>(c[0], c.scalar(0), c.scalar(1), [](auto v) { return v; });
    else spaced<T, stepped_t<Step>>(c[0], c.scalar(0), c.scalar(1), [](auto v) { return v; });
  });
}

// logspace(out; start, end, base)
KERNEL(logspace) {
  dispatch(c[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using Step = std::conditional_t<std::is_integral_v<T> || std::is_same_v<T, Bool>, double, compute_t<T>>;
    if (!is_complex_v<T> && c[0].numel() == 1) {  // one value is no spacing: nothing is rounded before the power
      *c[0].as<T>() = convert<T>(std::pow(c.scalar(2).real(), c.scalar(0).real()));
      return;
    }
    const Scalar &base = c.scalar(2);
    spaced<T, Step>(c[0], c.scalar(0), c.scalar(1), [&](auto v) {
      using V = decltype(v);
      if constexpr (is_complex_v<T>) return static_cast<V>(std::pow(V(base.to<V>()), v));
      else return static_cast<V>(std::pow(static_cast<V>(base.real()), v));
    });
  });
}

// tri_indices(out [2, n]; rows, columns, offset, upper): places of the lower or upper triangle, row by row
KERNEL(tri_indices) {
  const View &out = c[0];
  int64_t rows = c.integer(0), columns = c.integer(1), offset = c.integer(2), at = 0;
  bool upper = c.flag(3);
  need_rank(out, 2, "tri_indices");
  need_size(out, 0, 2, "tri_indices");
  need(rows >= 0 && columns >= 0, "tri_indices: a size is below zero");
  offset = std::clamp(offset, -rows,
                      upper ? columns : std::max<int64_t>(columns - 1, 0));  // further away nothing changes
  int64_t first = upper ? 0 : std::max<int64_t>(0, -offset);  // rows [first, last) have something in them
  int64_t last = columns == 0 ? 0 : upper && offset > columns - rows ? columns - offset : rows;
  dispatch(out.dtype, [&](auto zero) {
    using T = decltype(zero);
    T *p = out.as<T>();
    int64_t n = out.shape[1], s0 = out.stride[0], s1 = out.stride[1];
    for (int64_t r = first; r < last; ++r) {
      int64_t begin = upper ? std::max<int64_t>(0, r + offset) : 0,
              end = upper ? columns : std::min(columns, r + offset + 1);
      MT_CHECK(end - begin <= n - at, "tri_indices: the result has no room for all");
      for (int64_t q = begin; q < end; ++q, ++at) {
        p[at * s1] = convert<T>(r);
        p[s0 + at * s1] = convert<T>(q);
      }
    }
    MT_CHECK(at == n, "tri_indices: the result has room for more");
  });
}

}  // namespace mt
