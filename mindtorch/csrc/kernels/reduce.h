// One reduction driver: any dimensions of a strided tensor, any dtype, over threads.
//
// A reduction is a struct of one compute type T:
//   State                     what one result accumulates
//   State init() const
//   void row(State &, const T *p, int64_t n, int64_t at) const       n dense elements, the first one is number `at`
//   Columns                   up to kColumns accumulators as separate arrays, so that the loop over them vectorises:
//     void begin(const Op &, int64_t n); void step(const Op &, const T *p, int64_t n, int64_t at); State get(int64_t j)
//   void combine(State &, const State &) const                       the left one came first
//   void write(const State &, int64_t j, char *const *results) const result j of the block, to dense blocks of out[k]
//   type DType result(k)           the type of those blocks
// Elements that are dense and of type T are read in place; others go through a small buffer.
#pragma once
#include <cfloat>
#include <memory>
#include <vector>

#include "iterator.h"

namespace mt {

constexpr int64_t kColumns = 256, kRun = 4096;

struct ReducePlan {
  const char *data;
  DType dtype;
  int nk = 0, nr = 0, results = 0;
  int64_t kept[kMaxDims], kept_in[kMaxDims], kept_out[2][kMaxDims], reduced[kMaxDims], reduced_in[kMaxDims];
  View out[2];
  int64_t count = 1, outputs = 1;  // elements in one reduction, number of results

  // mask: bit d says that dimension d is reduced. Results have either all dimensions (size 1 there) or only the kept
  // ones.
  ReducePlan(const View *outs, int n, const View &x, int64_t mask) : data(x.as<char>()), dtype(x.dtype), results(n) {
    bool full = outs[0].ndim == x.ndim;
    for (int k = 0; k < n; ++k) {
      out[k] = outs[k];
      need_reduced(outs[k], x, mask, full);
    }
    for (int d = 0, at = 0; d < x.ndim; ++d) {
      if (mask >> d & 1) {
        count *= x.shape[d];
        at += full;
        if (x.shape[d] == 1) continue;
        reduced[nr] = x.shape[d];
        reduced_in[nr++] = x.stride[d];
      } else {
        outputs *= x.shape[d];
        if (x.shape[d] != 1) {
          kept[nk] = x.shape[d];
          kept_in[nk] = x.stride[d];
          for (int k = 0; k < n; ++k) kept_out[k][nk] = outs[k].stride[at];
          ++nk;
        }
        ++at;
      }
    }
    if (count == 0 || outputs == 0) return;  // strides of an empty view may be any numbers
    merge_kept();
    merge_reduced();
  }

  bool by_columns() const {
    if (nk == 0) return false;
    if (nr == 0) return true;
    return std::abs(kept_in[nk - 1]) < std::abs(reduced_in[nr - 1]) || (reduced[nr - 1] < 8 && kept[nk - 1] > 32);
  }

  int64_t kept_offset(int64_t index, int dims) const {
    int64_t at = 0;
    for (int d = dims - 1; d >= 0; --d) {
      at += index % kept[d] * kept_in[d];
      index /= kept[d];
    }
    return at;
  }
  int64_t out_offset(int k, int64_t index, int dims) const {
    int64_t at = 0;
    for (int d = dims - 1; d >= 0; --d) {
      at += index % kept[d] * kept_out[k][d];
      index /= kept[d];
    }
    return at;
  }

 private:
  static void need_reduced(const View &out, const View &x, int64_t mask, bool full) {
    int at = 0;
    bool fits = !out.none();
    for (int d = 0; fits && d < x.ndim; ++d) {
      bool gone = mask >> d & 1;
      if (gone && !full) continue;
      fits = at < out.ndim && out.shape[at++] == (gone ? 1 : x.shape[d]);
    }
    MT_CHECK(fits && at == out.ndim, "a reduction's result has another shape than it should");
  }
  void merge_kept() {
    for (int i = 1; i < nk; ++i)
      for (int j = i; j > 0 && kept_in[j] > kept_in[j - 1]; --j) {
        std::swap(kept_in[j], kept_in[j - 1]);
        std::swap(kept[j], kept[j - 1]);
        for (int k = 0; k < results; ++k) std::swap(kept_out[k][j], kept_out[k][j - 1]);
      }
    int n = 0;
    for (int d = 0; d < nk; ++d) {
      bool joins = n > 0 && kept_in[n - 1] == kept_in[d] * kept[d];
      for (int k = 0; joins && k < results; ++k) joins = kept_out[k][n - 1] == kept_out[k][d] * kept[d];
      if (joins) kept[n - 1] *= kept[d];
      else kept[n++] = kept[d];
      kept_in[n - 1] = kept_in[d];
      for (int k = 0; k < results; ++k) kept_out[k][n - 1] = kept_out[k][d];
    }
    nk = n;
  }
  void merge_reduced() {
    // one dimension keeps its order (results may be positions); several are unordered
    for (int i = 1; i < nr; ++i)
      for (int j = i; j > 0 && reduced_in[j] > reduced_in[j - 1]; --j) {
        std::swap(reduced_in[j], reduced_in[j - 1]);
        std::swap(reduced[j], reduced[j - 1]);
      }
    int n = 0;
    for (int d = 0; d < nr; ++d) {
      if (n > 0 && reduced_in[n - 1] == reduced_in[d] * reduced[d]) reduced[n - 1] *= reduced[d];
      else reduced[n++] = reduced[d];
      reduced_in[n - 1] = reduced_in[d];
    }
    nr = n;
  }
};

// Walks elements [begin, end) of one reduction in runs along its innermost dimension: f(offset, stride, n, at).
template <class F>
void reduction_runs(const ReducePlan &p, int64_t begin, int64_t end, const F &f) {
  int64_t inner = p.nr ? p.reduced[p.nr - 1] : 1, stride = p.nr ? p.reduced_in[p.nr - 1] : 0;
  for (int64_t at = begin; at < end;) {
    int64_t column = at % inner, take = std::min(inner - column, end - at), offset = column * stride;
    for (int64_t d = p.nr - 2, rest = at / inner; d >= 0; --d) {
      offset += rest % p.reduced[d] * p.reduced_in[d];
      rest /= p.reduced[d];
    }
    f(offset, stride, take, at);
    at += take;
  }
}

// Columns may take four rows at once: step4(op, p, distance of rows, n). Saves loads and stores of the accumulators.
template <class C, class Op, class = void>
struct has_step4 : std::false_type {};
template <class C, class Op>
struct has_step4<
    C, Op, std::void_t<decltype(std::declval<C &>().step4(std::declval<const Op &>(), nullptr, int64_t{}, int64_t{}))>>
    : std::true_type {};

// A reduction may want a dense run at once, however long: Op::whole_rows.
template <class Op, class = void>
struct takes_whole_rows : std::false_type {};
template <class Op>
struct takes_whole_rows<Op, std::void_t<decltype(Op::whole_rows)>> : std::bool_constant<Op::whole_rows> {};

template <class Op>
class Reducer {
  using T = typename Op::T;
  using State = typename Op::State;
  using Columns = typename Op::Columns;
  const ReducePlan &p;
  const Op &op;
  DType type;
  int64_t width;
  ConvertRun load;

  void rows(State &s, int64_t base, int64_t begin, int64_t end) const {
    alignas(64) T buffer[kBlock];
    bool same = p.dtype == type;
    reduction_runs(p, begin, end, [&](int64_t offset, int64_t stride, int64_t n, int64_t at) {
      const char *from = p.data + (base + offset) * width;
      if (same && (stride == 1 || n == 1)) {
        int64_t run = takes_whole_rows<Op>::value ? n : kRun;
        for (int64_t i = 0; i < n; i += run)
          op.row(s, reinterpret_cast<const T *>(from) + i, std::min(run, n - i), at + i);
      } else {
        for (int64_t i = 0; i < n; i += kBlock) {
          int64_t take = std::min(kBlock, n - i);
          load(buffer, 1, from + i * stride * width, stride, take);
          if constexpr (takes_whole_rows<Op>::value) op.scattered(s, buffer, take, stride == 1);
          else op.row(s, buffer, take, at + i);
        }
      }
    });
  }

  void columns(Columns &c, int64_t base, int64_t n, int64_t begin, int64_t end) const {
    alignas(64) T buffer[kColumns * (has_step4<Columns, Op>::value ? 4 : 1)];
    int64_t step = p.kept_in[p.nk - 1];
    bool direct = p.dtype == type && step == 1;
    c.begin(op, n);
    if constexpr (takes_whole_rows<Op>::value) c.arrange(step, p.nr ? p.reduced_in[p.nr - 1] : 0, p.kept[p.nk - 1]);
    reduction_runs(p, begin, end, [&](int64_t offset, int64_t stride, int64_t count, int64_t at) {
      const char *from = p.data + (base + offset) * width;
      int64_t i = 0;
      if constexpr (has_step4<Columns, Op>::value)
        for (; i + 4 <= count; i += 4, from += 4 * stride * width) {
          if (!direct)
            for (int64_t k = 0; k < 4; ++k) load(buffer + k * kColumns, 1, from + k * stride * width, step, n);
          c.step4(op, direct ? reinterpret_cast<const T *>(from) : buffer, direct ? stride : kColumns, n);
        }
      for (; i < count; ++i, from += stride * width) {
        if (direct) c.step(op, reinterpret_cast<const T *>(from), n, at + i);
        else {
          load(buffer, 1, from, step, n);
          c.step(op, buffer, n, at + i);
        }
      }
      if constexpr (takes_whole_rows<Op>::value) c.end_run();
    });
  }

  // States of outputs [first, first + n), which lie in one run of the innermost kept dimension, to memory.
  void store(const State *s, int64_t first, int64_t n) const {
    alignas(64) char block[2][kColumns * 16];
    char *to[2] = {block[0], block[1]};
    for (int64_t j = 0; j < n; ++j) op.write(s[j], j, to);
    for (int k = 0; k < p.results; ++k)
      convert_run(p.out[k].dtype,
                  op.result(k))(p.out[k].template as<char>() + p.out_offset(k, first, p.nk) * itemsize(p.out[k].dtype),
                                p.nk ? p.kept_out[k][p.nk - 1] : 0, block[k], 1, n);
  }

  // Results of no elements at all.
  void empty() const {
    int64_t inner = p.nk ? p.kept[p.nk - 1] : 1;
    for (int64_t first = 0; first < p.outputs;) {
      int64_t n = std::min(kColumns, inner - first % inner);
      std::vector<State> s(static_cast<size_t>(n), op.init());
      store(s.data(), first, n);
      first += n;
    }
  }

 public:
  Reducer(const ReducePlan &plan, const Op &o, DType compute)
      : p(plan), op(o), type(compute), width(itemsize(plan.dtype)), load(convert_run(compute, plan.dtype)) {}

  void run() const {
    if (p.outputs == 0) return;
    if (p.count == 0) return empty();
    int64_t inner = p.nk ? p.kept[p.nk - 1] : 1, lines = p.outputs / inner, work = p.outputs * p.count;
    bool wide = p.by_columns();
    int64_t block = std::min(kColumns, inner);
    if (inner > 1 && work > kGrain)
      block = std::max<int64_t>(1, std::min(block, (inner * lines + threads() - 1) / threads()));
    if (wide) block = std::max(block, std::min<int64_t>(inner, 16));
    int64_t blocks = (inner + block - 1) / block, tasks = lines * blocks;
    if (tasks >= threads() || work <= kGrain || threads() == 1) {
      parallel_for(tasks, std::max<int64_t>(1, kGrain * tasks / std::max<int64_t>(work, 1)),
                   [&](int64_t begin, int64_t end) {
                     std::unique_ptr<Columns> c(wide ? new Columns : nullptr);
                     std::vector<State> s(static_cast<size_t>(block), op.init());
                     for (int64_t t = begin; t < end; ++t) {
                       int64_t first = t / blocks * inner + t % blocks * block,
                               n = std::min(block, inner - t % blocks * block);
                       int64_t base = p.kept_offset(first, p.nk);
                       if (wide) {
                         columns(*c, base, n, 0, p.count);
                         for (int64_t j = 0; j < n; ++j) s[static_cast<size_t>(j)] = c->get(j);
                       } else {
                         int64_t step = p.nk ? p.kept_in[p.nk - 1] : 0;
                         for (int64_t j = 0; j < n; ++j) {
                           State one = op.init();
                           rows(one, base + j * step, 0, p.count);
                           s[static_cast<size_t>(j)] = one;
                         }
                       }
                       store(s.data(), first, n);
                     }
                   });
      return;
    }
    // few results, long reductions: each piece of a reduction to a thread
    int64_t pieces = std::min<int64_t>(threads(), p.count);
    std::vector<State> s(static_cast<size_t>(pieces * block), op.init());
    for (int64_t t = 0; t < tasks; ++t) {
      int64_t first = t / blocks * inner + t % blocks * block, n = std::min(block, inner - t % blocks * block);
      int64_t base = p.kept_offset(first, p.nk), step = p.nk ? p.kept_in[p.nk - 1] : 0;
      parallel_for(pieces, 1, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
          int64_t low = p.count * k / pieces, high = p.count * (k + 1) / pieces;
          State *mine = s.data() + k * block;
          if (wide) {
            std::unique_ptr<Columns> c(new Columns);
            columns(*c, base, n, low, high);
            for (int64_t j = 0; j < n; ++j) mine[j] = c->get(j);
          } else {
            for (int64_t j = 0; j < n; ++j) {
              mine[j] = op.init();
              rows(mine[j], base + j * step, low, high);
            }
          }
        }
      });
      for (int64_t k = 1; k < pieces; ++k)
        for (int64_t j = 0; j < n; ++j) op.combine(s[static_cast<size_t>(j)], s[static_cast<size_t>(k * block + j)]);
      store(s.data(), first, n);
    }
  }
};

// Reduce x over the dimensions in mask into n results.
template <class Op>
void reduce(const View *outs, int n, const View &x, int64_t mask, const Op &op, DType compute) {
  ReducePlan plan(outs, n, x, mask);
  Reducer<Op>(plan, op, compute).run();
}

// ---- pieces that reductions are made of ----

// Accumulators that need no more than a state for each column.
template <class Op, class State, class T>
struct PlainColumns {
  State s[kColumns];
  void begin(const Op &op, int64_t n) {
    for (int64_t j = 0; j < n; ++j) s[j] = op.init();
  }
  void step(const Op &op, const T *p, int64_t n, int64_t) {
    for (int64_t j = 0; j < n; ++j) s[j] = op.next(s[j], p[j]);
  }
  State get(int64_t j) const { return s[j]; }
};

template <class T> struct wide { using type = T; };
template <> struct wide<float> { using type = double; };
template <> struct wide<C64> { using type = C128; };
template <class T> using wide_t = typename wide<T>::type;

// Sums of W columns over rows that lie one after the other, as the reference adds floats: runs of 16 rows and more,
// folded up through four levels.
template <int64_t W, class S, class T, class F>
void fold_rows(S *sum, const T *p, int64_t rows, const F &f) {
  int bits = 1;
  while ((int64_t{1} << bits) < rows) ++bits;
  int power = std::max(4, bits / 4);
  int64_t run = int64_t{1} << power, i = 0;
  S level[4][W] = {};
  while (i + run <= rows) {
    for (int64_t stop = i + run; i < stop; ++i, p += W)
      for (int64_t k = 0; k < W; ++k) level[0][k] += f(p[k]);
    for (int j = 1; j < 4; ++j) {
      for (int64_t k = 0; k < W; ++k) {
        level[j][k] += level[j - 1][k];
        level[j - 1][k] = 0;
      }
      if (i & ((run - 1) << (j * power))) break;
    }
  }
  for (; i < rows; ++i, p += W)
    for (int64_t k = 0; k < W; ++k) level[0][k] += f(p[k]);
  for (int j = 1; j < 4; ++j)
    for (int64_t k = 0; k < W; ++k) level[0][k] += level[j][k];
  std::copy(level[0], level[0] + W, sum);
}

// Four chains of `lanes` columns each, what is left over goes to the first one.
template <int64_t lanes, class S, class T, class F>
void fold_chains(S *sum, const T *p, int64_t rows, const F &f) {
  S a[4 * lanes];
  fold_rows<4 * lanes>(a, p, rows / 4, f);
  for (int64_t i = rows / 4 * 4; i < rows; ++i)
    for (int64_t k = 0; k < lanes; ++k) a[k] += f(p[i * lanes + k]);
  for (int64_t k = 0; k < lanes; ++k) sum[k] = ((a[k] + a[k + lanes]) + a[k + 2 * lanes]) + a[k + 3 * lanes];
}

// Sum of a row of floats in the reference's order: in lanes of 32 bytes, then what is no whole lane, then lane by lane.
template <class S, class T, class F>
S ordered_sum(const T *p, int64_t n, const F &f) {
  constexpr int64_t lanes = 32 / sizeof(S);
  S a[lanes], total(0);
  if (n < lanes) {
    fold_chains<1>(a, p, n, f);
    return a[0];
  }
  fold_chains<lanes>(a, p, n / lanes, f);
  for (int64_t i = n / lanes * lanes; i < n; ++i) total += f(p[i]);
  for (S x : a) total += x;
  return total;
}

// The same for columns side by side: the first `single` ones take row after row, the others every fourth row into one
// of four chains. Every sixteenth addition moves an accumulator into the next of four levels.
template <class T, class S, class State>
struct OrderedColumns {
  static constexpr int kLevels = 4;
  S one[kLevels][kColumns], chain[kLevels][4][kColumns], total[kColumns];
  int64_t n, single, quads;
  bool rest;  // rows that make no four have begun
  template <class Op>
  void begin(const Op &, int64_t count) {
    n = single = count;
    std::fill(total, total + n, S(0));
  }
  void arrange(int64_t kept, int64_t reduced, int64_t columns) {
    if (kept == 1 && columns >= 32 / static_cast<int64_t>(sizeof(S)))
      single = n / (128 / static_cast<int64_t>(sizeof(S))) * (128 / static_cast<int64_t>(sizeof(S)));
    else single = kept > reduced ? 0 : n / 4 * 4;
    clear();
  }
  void clear() {
    quads = 0;
    rest = false;
    for (int l = 0; l < kLevels; ++l) {
      std::fill(one[l], one[l] + single, S(0));
      for (int k = 0; k < 4; ++k) std::fill(chain[l][k] + single, chain[l][k] + n, S(0));
    }
  }
  static void raise(S *from, S *to, int64_t first, int64_t last) {
    for (int64_t j = first; j < last; ++j) to[j] += from[j], from[j] = S(0);
  }
  template <class Op>
  void step4(const Op &op, const T *p, int64_t stride, int64_t) {
    const T *q = p + stride, *r = q + stride, *u = r + stride;
    S *a = one[0];
    for (int64_t j = 0; j < single; ++j) a[j] = (((a[j] + op.f(p[j])) + op.f(q[j])) + op.f(r[j])) + op.f(u[j]);
    const T *rows[4] = {p, q, r, u};
    for (int k = 0; k < 4; ++k)
      for (int64_t j = single; j < n; ++j) chain[0][k][j] += op.f(rows[k][j]);
    ++quads;
    if (quads % 4 == 0 && single) climb(quads * 4, [&](int l) { raise(one[l - 1], one[l], 0, single); });
    if (quads % 16 == 0 && single < n)
      climb(quads, [&](int l) {
        for (int k = 0; k < 4; ++k) raise(chain[l - 1][k], chain[l][k], single, n);
      });
  }
  template <class G>
  static void climb(int64_t i, const G &up) {
    for (int l = 1; l < kLevels; ++l) {
      up(l);
      if (i & (int64_t{15} << (4 * l))) break;
    }
  }
  void fold_chains() {
    rest = true;
    for (int l = 1; l < kLevels && quads >= 16; ++l)
      for (int k = 0; k < 4; ++k)
        for (int64_t j = single; j < n; ++j) chain[0][k][j] += chain[l][k][j];
  }
  template <class Op>
  void step(const Op &op, const T *p, int64_t, int64_t) {
    if (!rest) fold_chains();
    for (int64_t j = 0; j < single; ++j) one[0][j] += op.f(p[j]);
    for (int64_t j = single; j < n; ++j) chain[0][0][j] += op.f(p[j]);
  }
  void end_run() {
    if (!rest) fold_chains();
    for (int l = 1; l < kLevels && quads >= 4; ++l)
      for (int64_t j = 0; j < single; ++j) one[0][j] += one[l][j];
    for (int64_t j = 0; j < single; ++j) total[j] += one[0][j];
    for (int64_t j = single; j < n; ++j)
      total[j] += ((chain[0][0][j] + chain[0][1][j]) + chain[0][2][j]) + chain[0][3][j];
    clear();
  }
  State get(int64_t j) const { return State(total[j]); }
};

// Sum of f(x): of dense floats in the reference's order; of others short runs over independent lanes, their totals in
// the wider type.
template <class In, class F, class S, bool Ordered = false>
struct Sum {
  using T = In;
  using State = wide_t<S>;
  static constexpr bool whole_rows = Ordered && std::is_floating_point_v<S>;
  F f;
  explicit Sum(F function = F{}) : f(function) {}
  State init() const { return State(0); }
  void row(State &s, const T *p, int64_t n, int64_t) const {
    if constexpr (whole_rows) {
      s = State(static_cast<S>(s) + ordered_sum<S>(p, n, f));
      return;
    }
    constexpr int64_t lanes = 64 / sizeof(S) * 4;
    constexpr int64_t depth = 16;
    int64_t i = 0;
    for (; n - i >= lanes;) {
      S a[lanes] = {};
      int64_t stop = std::min<int64_t>((n - i) / lanes, depth);
      for (int64_t k = 0; k < stop; ++k, i += lanes)
        for (int64_t j = 0; j < lanes; ++j) a[j] += f(p[i + j]);
      if (n - i < lanes) {  // the rest: independent additions, not one chain
        for (; i + lanes / 4 <= n; i += lanes / 4)
          for (int64_t j = 0; j < lanes / 4; ++j) a[j] += f(p[i + j]);
        for (int64_t j = 0; i < n; ++i, ++j) a[j] += f(p[i]);
      }
      for (int64_t w = lanes / 2; w > 0; w /= 2)
        for (int64_t j = 0; j < w; ++j) a[j] += a[j + w];
      s += State(a[0]);
    }
    State rest(0);
    for (; i < n; ++i) rest += State(f(p[i]));
    s += rest;
  }
  void scattered(State &s, const T *p, int64_t n, bool dense) const {
    if (dense) return row(s, p, n, 0);
    S a[1];
    fold_chains<1>(a, p, n, f);
    s = State(static_cast<S>(s) + a[0]);
  }
  struct PairedColumns {
    S a[kColumns];
    State total[kColumns];
    int64_t n, depth;
    void begin(const Sum &, int64_t count) {
      n = count;
      depth = 0;
      std::fill(a, a + n, S(0));
      std::fill(total, total + n, State(0));
    }
    void step(const Sum &op, const T *p, int64_t count, int64_t) {
      for (int64_t j = 0; j < count; ++j) a[j] += op.f(p[j]);
      if (++depth == 32) flush();
    }
    void step4(const Sum &op, const T *p, int64_t stride, int64_t count) {
      const T *q = p + stride, *r = q + stride, *u = r + stride;
      for (int64_t j = 0; j < count; ++j) a[j] += (op.f(p[j]) + op.f(q[j])) + (op.f(r[j]) + op.f(u[j]));
      if ((depth += 2) >= 32) flush();
    }
    void flush() {
      for (int64_t j = 0; j < n; ++j) total[j] += State(a[j]);
      std::fill(a, a + n, S(0));
      depth = 0;
    }
    State get(int64_t j) {
      if (depth) flush();
      return total[j];
    }
  };
  using Columns = std::conditional_t<whole_rows, OrderedColumns<T, S, State>, PairedColumns>;
  void combine(State &a, const State &b) const { a += b; }
  DType result(int) const { return dtype_of<State>::value; }
  void write(const State &s, int64_t j, char *const *to) const { reinterpret_cast<State *>(to[0])[j] = s; }
};

}  // namespace mt
