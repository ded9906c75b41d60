// A layer of long short-term memory in one direction, all steps of it: without the cost of a dozen small ops a step.
#include <numeric>

#include "checks.h"
#include "gemm.h"
#include "rows.h"

namespace mt {
namespace {

// Sizes of (steps, rows, ...) tensors; a step of `reverse` comes from the end.
struct Layer {
  int64_t steps, rows, width;
  bool reverse;
  Layer(const View &gates, const View &cells, bool backwards) : reverse(backwards) {
    need_rank(gates, 3, "lstm");
    steps = gates.shape[0], rows = gates.shape[1], width = gates.shape[2] / 4;
    need_size(gates, 2, 4 * width, "lstm");
    need_work({steps, rows, 4 * width, std::max<int64_t>(width, 1)}, "lstm");
    for (const View *v : {&gates, &cells})
      need_flat(*v, steps * rows * width * (v == &gates ? 4 : 1), gates.dtype, "lstm");
  }
  void state(const View &v, const View &like) const {
    if (!v.none()) need_flat(v, rows * width, like.dtype, "lstm");
  }
  int64_t at(int64_t step) const { return reverse ? steps - 1 - step : step; }
  int64_t grain() const { return std::max<int64_t>(1, kGrain / 8 / std::max<int64_t>(width, 1)); }
};

// Rounded after each operation, as the single ops of a captured program do.
template <class T>
__attribute__((noinline, optimize("fp-contract=off"))) void next_cells(T *out, const T *gates, const T *last,
                                                                       int64_t n) {
  for (int64_t j = 0; j < n; ++j) out[j] = gates[n + j] * last[j] + gates[j] * gates[2 * n + j];
}

}  // namespace

// lstm(out, cells, gates, x, h, c, w, b or None; reverse): x are the inputs' products (steps, rows, 4 width), their
// parts i, f, g, o; out and cells (steps, rows, width), gates what the parts became
KERNEL(lstm) {
  const View &x = c[3], &w = c[6], &b = c.maybe(7);
  Layer l(c[2], c[1], c.flag(0));
  int64_t n = l.width, size = l.rows * n;
  need_flat(c[0], l.steps * size, x.dtype, "lstm");
  need_flat(x, 4 * l.steps * size, x.dtype, "lstm");
  need_flat(w, 4 * n * n, x.dtype, "lstm");
  if (!b.none()) need_flat(b, 4 * n, x.dtype, "lstm");
  need_dtype(c[2], x.dtype, "lstm");
  for (int k : {4, 5}) l.state(c[k], x);
  dispatch_among<float, double>(x.dtype, Error::NotImplemented, "lstm: not implemented for this dtype", [&](auto zero) {
    using T = decltype(zero);
    const T *h = c[4].as<T>(), *before = c[5].as<T>();
    for (int64_t s = 0; s < l.steps; ++s) {
      int64_t t = l.at(s);
      const T *given = x.as<T>() + t * 4 * size;
      T *made = c[2].as<T>() + t * 4 * size, *out = c[0].as<T>() + t * size, *cell = c[1].as<T>() + t * size;
      gemm(x.dtype, l.rows, 4 * n, n, {h, n, 1}, {w.data, 1, n}, {made, 4 * n, 1}, nullptr, nullptr,
           {b.data, 0, 1});
      parallel_for(l.rows, l.grain(), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          const T *from = given + r * 4 * n, *last = before + r * n;
          T *g = made + r * 4 * n, *y = out + r * n, *z = cell + r * n;
          for (int64_t j = 0; j < 4 * n; ++j) g[j] = from[j] + g[j];
          for (int64_t j = 0; j < 2 * n; ++j) g[j] = vec::sigmoid(g[j]);
          for (int64_t j = 2 * n; j < 3 * n; ++j) g[j] = vec::tanh(g[j]);
          for (int64_t j = 3 * n; j < 4 * n; ++j) g[j] = vec::sigmoid(g[j]);
          next_cells(z, g, last, n);
          for (int64_t j = 0; j < n; ++j) y[j] = g[3 * n + j] * vec::tanh(z[j]);
        }
      });
      h = out;
      before = cell;
    }
  });
}

// lstm_backward(gx, gh, gc, states or None, gout or None, gcells or None, gates, cells, h, c, w; reverse): states are
// those that the steps began with
KERNEL(lstm_backward) {
  const View &states = c.maybe(3), &gout = c.maybe(4), &gcells = c.maybe(5), &gates = c[6], &cells = c[7], &w = c[10];
  Layer l(gates, cells, c.flag(0));
  int64_t n = l.width, size = l.rows * n;
  need_flat(c[0], 4 * l.steps * size, gates.dtype, "lstm_backward");
  need_flat(w, 4 * n * n, gates.dtype, "lstm_backward");
  for (const View *v : {&states, &gout, &gcells})
    if (!v->none()) need_flat(*v, l.steps * size, gates.dtype, "lstm_backward");
  for (int k : {1, 2, 8, 9}) l.state(c[k], gates);
  dispatch_among<float, double>(
    gates.dtype, Error::NotImplemented, "lstm_backward: not implemented for this dtype", [&](auto zero) {
      using T = decltype(zero);
      T *gh = c[1].as<T>(), *gc = c[2].as<T>();  // of the state after the step that is met next
      std::fill(gh, gh + size, T(0));
      std::fill(gc, gc + size, T(0));
      T *kept = states.none() ? nullptr : states.as<T>();
      if (kept && l.steps) std::copy(c[8].as<T>(), c[8].as<T>() + size, kept + l.at(0) * size);
      for (int64_t s = l.steps - 1; s >= 0; --s) {
        int64_t t = l.at(s);
        const T *g = gates.as<T>() + t * 4 * size, *cell = cells.as<T>() + t * size;
        const T *before = s ? cells.as<T>() + l.at(s - 1) * size : c[9].as<T>();
        T *after = kept && s + 1 < l.steps ? kept + l.at(s + 1) * size : nullptr;
        const T *of_out = gout.none() ? nullptr : gout.as<T>() + t * size;
        const T *of_cell = gcells.none() ? nullptr : gcells.as<T>() + t * size;
        T *gx = c[0].as<T>() + t * 4 * size;
        parallel_for(l.rows, l.grain(), [&](int64_t begin, int64_t end) {
          for (int64_t r = begin; r < end; ++r) {
            const T *i = g + r * 4 * n, *f = i + n, *m = f + n, *o = m + n;
            T *to = gx + r * 4 * n;
            for (int64_t j = 0, k = r * n; j < n; ++j, ++k) {
              T a = gh[k] + (of_out ? of_out[k] : T(0)), y = vec::tanh(cell[k]);
              T d = gc[k] + (of_cell ? of_cell[k] : T(0)) + a * o[j] * (T(1) - y * y);
              to[j] = d * m[j] * (T(1) - i[j]) * i[j];
              to[n + j] = d * before[k] * (T(1) - f[j]) * f[j];
              to[2 * n + j] = d * i[j] * (T(1) - m[j] * m[j]);
              to[3 * n + j] = a * y * (T(1) - o[j]) * o[j];
              gc[k] = d * f[j];
              if (after) after[k] = o[j] * y;
            }
          }
        });
        gemm(gates.dtype, l.rows, n, 4 * n, {gx, 4 * n, 1}, {w.data, n, 1}, {gh, n, 1});
      }
    });
}

}  // namespace mt
