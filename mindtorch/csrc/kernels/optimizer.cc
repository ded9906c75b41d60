// Optimizer steps over whole lists of tensors: one pass over parameter, gradient and state.
//
// Call: s[0] = number of parameters n, s[1] = 1 when halves round after every operation (as a chain of tensor
// operations does), 0 when only stores round; t[k * n + i] = operand k of parameter i (None where unused), the first
// operand the parameter; then grad_scale and found_inf (both may be None).
#include <memory>
#include <vector>

#include "checks.h"
#include "iterator.h"

namespace mt {
namespace {

constexpr int kMaxRoles = 5;

// Operands of one parameter as flat memory; strided ones are copied and, at the end, copied back.
struct Flat {
  char *data[kMaxRoles] = {};
  std::vector<std::unique_ptr<char[]>> owned;
  std::vector<std::pair<View, View>> back;

  void add(int role, const View &v, const View &like) {
    if (v.none()) return;
    if (same_block(v, like)) {
      data[role] = v.as<char>();
      return;
    }
    owned.emplace_back(new char[static_cast<size_t>(std::max<int64_t>(1, v.numel() * itemsize(v.dtype)))]);
    View dense = v;
    dense.data = data[role] = owned.back().get();
    int64_t step = 1;
    for (int d = v.ndim - 1; d >= 0; --d) {
      dense.stride[d] = step;
      step *= v.shape[d];
    }
    copy(dense, v);
    back.emplace_back(v, dense);
  }
  void restore() {
    for (auto &p : back) copy(p.first, p.second);
  }

 private:
  static void copy(const View &to, const View &from) {
    View pair[2] = {to, from};
    Scalar width;
    width.i = itemsize(to.dtype);
    Walk(pair, 2, 1)
        .run([](char *const *ptr, const bool *, int64_t n,
                const Scalar *a) { std::memcpy(ptr[0], ptr[1], static_cast<size_t>(n * a->i)); },
             &width);
  }
};

double number_in(const View &v, double otherwise) {
  if (v.none()) return otherwise;
  double x;
  convert_run(DType::F64, v.dtype)(&x, 1, v.data, 1, 1);
  return x;
}
void set_number(const View &v, double x) { convert_run(v.dtype, DType::F64)(v.data, 1, &x, 1, 1); }

// What a step was called with: n parameters, `lists` lists of operands for each, then grad_scale and found_inf.
// The first `roles` lists hold elements of the parameters' shape and dtype, of which the last may be None; the others a
// number each.
struct Parameters {
  const Call &c;
  int n, lists, roles;

  Parameters(const Call &call, int lists, int roles, bool last_may_lack) : c(call), n(0), lists(lists), roles(roles) {
    int64_t count = c.integer(0);
    MT_CHECK(count >= 0 && count <= c.nt && count * lists + 2 == c.nt, "a step over %lld parameters got %d tensors",
             static_cast<long long>(count), c.nt);
    n = static_cast<int>(count);
    for (int i = 0; i < n; ++i)
      for (int k = 1; k < roles; ++k) {
        const View &v = c.maybe(k * n + i);
        if (v.none() && k + 1 == roles && last_may_lack) continue;
        MT_CHECK(c[k * n + i].dtype == c[i].dtype, "params, grads and state must have the same dtype");
        MT_CHECK(same_shape(v, c[i]), "params, grads and state must have the same shape");
      }
    for (int i = roles * n; i < c.nt; ++i)
      if (!c.maybe(i).none()) need_numel(c[i], 1, "a number of an optimizer");
  }
  const View &operand(int list, int i) const { return c.maybe(list * n + i); }
  double scale(double otherwise) const { return number_in(c.maybe(lists * n), otherwise); }
  bool unscale() const { return !c.maybe(lists * n).none(); }
  // the number of this step; `advance`: it is counted now
  double step(int list, int i, bool advance) const {
    double step = number_in(operand(list, i), 1) + advance;
    if (advance) set_number(c[list * n + i], step);
    return step;
  }
  bool found_inf() const { return number_in(c.maybe(lists * n + 1), 0) == 1; }
};

// f(i, pointers, begin, end) over pieces of all parameters, spread over threads by element count.
template <class F>
void over_parameters(const Parameters &p, const F &f) {
  const Call &c = p.c;
  int n = p.n, roles = p.roles;
  std::vector<Flat> flat(static_cast<size_t>(n));
  std::vector<int64_t> start(static_cast<size_t>(n) + 1, 0);
  for (int i = 0; i < n; ++i) {
    // a parameter that is not dense makes all its operands contiguous copies
    for (int k = 0; k < roles; ++k) flat[static_cast<size_t>(i)].add(k, p.operand(k, i), c[i]);
    start[static_cast<size_t>(i) + 1] = start[static_cast<size_t>(i)] + c[i].numel();
  }
  // a copy is in logical order; then so must all be
  for (int i = 0; i < n; ++i) {
    Flat &mine = flat[static_cast<size_t>(i)];
    if (mine.back.empty() || c[i].contiguous()) continue;
    View pretend = c[i];
    int64_t step = 1;
    for (int d = pretend.ndim - 1; d >= 0; --d) {
      pretend.stride[d] = step;
      step *= pretend.shape[d];
    }
    mine.restore();
    mine = Flat();
    for (int k = 0; k < roles; ++k) mine.add(k, p.operand(k, i), pretend);
  }
  parallel_for(start[static_cast<size_t>(n)], kGrain / 2, [&](int64_t begin, int64_t end) {
    size_t i = static_cast<size_t>(std::upper_bound(start.begin(), start.end(), begin) - start.begin()) - 1;
    for (; i < static_cast<size_t>(n) && start[i] < end; ++i) {
      int64_t low = std::max(begin, start[i]) - start[i], high = std::min(end, start[i + 1]) - start[i];
      if (low < high) f(static_cast<int>(i), flat[i].data, low, high);
    }
  });
  for (auto &one : flat) one.restore();
}

template <class T, bool Stepwise>
inline compute_t<T> rounded(compute_t<T> x) {
  if constexpr (Stepwise && is_reduced_v<T>) return static_cast<compute_t<T>>(T(x));
  else return x;
}

// f(T{}, std::bool_constant<stepwise>{}); only halves differ by it
template <class F>
void with_type(DType d, bool stepwise, const F &f) {
  switch (d) {
    case DType::F32: return f(float{}, std::false_type{});
    case DType::F64: return f(double{}, std::false_type{});
    case DType::F16: return stepwise ? f(F16{}, std::true_type{}) : f(F16{}, std::false_type{});
    case DType::BF16: return stepwise ? f(BF16{}, std::true_type{}) : f(BF16{}, std::false_type{});
    default: throw Error(Error::NotImplemented, "fused optimizers take floating point parameters only");
  }
}

struct AdamNumbers {
  double decay, beta1, beta2, eps, root, size;  // per parameter: sqrt of the second bias correction, step size
  double scale;
  bool unscale, maximize, coupled, decoupled;
};

template <class T, bool Stepwise, bool Ams>
void adam_run(T *__restrict p, T *__restrict g, T *__restrict m, T *__restrict v, T *__restrict top, int64_t n,
              const AdamNumbers &a, double decoupled_factor) {
  using A = compute_t<T>;
  const A beta2 = static_cast<A>(a.beta2), other1 = static_cast<A>(1 - a.beta1), other2 = static_cast<A>(1 - a.beta2),
          eps = static_cast<A>(a.eps), root = static_cast<A>(a.root), size = static_cast<A>(-a.size),
          decay = rounded<T, Stepwise>(static_cast<A>(a.decay)), factor = static_cast<A>(decoupled_factor),
          scale = static_cast<A>(a.scale);
  const bool small = 1 - a.beta1 < 0.5;
  const A keep = static_cast<A>(1) - other1;
  auto r = [](A x) { return rounded<T, Stepwise>(x); };
  if (a.unscale)
    for (int64_t i = 0; i < n; ++i) g[i] = T(static_cast<A>(g[i]) / scale);
  const A sign = a.maximize ? A(-1) : A(1);
  for (int64_t i = 0; i < n; ++i) {
    A x = static_cast<A>(p[i]), d = sign * static_cast<A>(g[i]);
    if (a.coupled) d = r(d + decay * x);
    if (a.decoupled) x = r(x * factor);
    A first = static_cast<A>(m[i]), second = static_cast<A>(v[i]);
    first = r(small ? first + other1 * (d - first) : d - (d - first) * keep);
    second = r(r(second * beta2) + other2 * d * d);
    m[i] = T(first);
    v[i] = T(second);
    A under = second;
    if constexpr (Ams) {
      A high = static_cast<A>(top[i]);
      under = second > high || second != second ? second : high;
      top[i] = T(under);
    }
    A denominator = r(r(r(std::sqrt(under)) / root) + eps);
    p[i] = T(x + size * first / denominator);
  }
}

}  // namespace

// adam(params, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs, steps, grad_scale, found_inf;
//      n, stepwise, lr, beta1, beta2, weight_decay, eps, maximize, decoupled, advance)
KERNEL(adam) {
  Parameters all(c, 6, 5, true);
  int n = all.n;
  if (n == 0) return;
  double lr = c.number(2);
  AdamNumbers base{};
  base.beta1 = c.number(3), base.beta2 = c.number(4), base.decay = c.number(5), base.eps = c.number(6);
  base.maximize = c.flag(7);
  base.decoupled = c.flag(8) && base.decay != 0;
  base.coupled = !c.flag(8) && base.decay != 0;
  base.unscale = all.unscale();
  base.scale = all.scale(1);
  bool stepwise_halves = c.flag(1), advance = c.flag(9);
  if (all.found_inf()) return;
  std::vector<AdamNumbers> numbers(static_cast<size_t>(n), base);
  for (int i = 0; i < n; ++i) {
    double step = all.step(5, i, advance);
    numbers[static_cast<size_t>(i)].size = lr / (1 - std::pow(base.beta1, step));
    numbers[static_cast<size_t>(i)].root = std::sqrt(1 - std::pow(base.beta2, step));
  }
  over_parameters(all, [&](int i, char *const *data, int64_t begin, int64_t end) {
    with_type(c[i].dtype, stepwise_halves, [&](auto zero, auto stepwise) {
      using T = decltype(zero);
      auto at = [&](int k) { return reinterpret_cast<T *>(data[k]) + begin; };
      double factor = 1 - lr * base.decay;
      const AdamNumbers &a = numbers[static_cast<size_t>(i)];
      if (data[4])
        adam_run<T, decltype(stepwise)::value, true>(at(0), at(1), at(2), at(3), at(4), end - begin, a, factor);
      else adam_run<T, decltype(stepwise)::value, false>(at(0), at(1), at(2), at(3), nullptr, end - begin, a, factor);
    });
  });
}

// sgd(params, grads, momentum buffers, grad_scale, found_inf; n, stepwise, lr, weight_decay, momentum, dampening,
// nesterov, maximize, first)
KERNEL(sgd) {
  Parameters all(c, 3, 3, true);
  bool unscale = all.unscale(), stepwise_halves = c.flag(1), nesterov = c.flag(6), first = c.flag(8);
  double lr = c.number(2), weight_decay = c.number(3), momentum_by = c.number(4), dampening = c.number(5),
         scale_by = all.scale(1), sign_by = c.flag(7) ? -1 : 1;
  if (all.n == 0 || all.found_inf()) return;
  over_parameters(all, [&](int i, char *const *data, int64_t begin, int64_t end) {
    with_type(c[i].dtype, stepwise_halves, [&](auto zero, auto stepwise) {
      using T = decltype(zero);
      using A = compute_t<T>;
      T *__restrict p = reinterpret_cast<T *>(data[0]) + begin, *__restrict g = reinterpret_cast<T *>(data[1]) + begin;
      T *__restrict b = data[2] ? reinterpret_cast<T *>(data[2]) + begin : nullptr;
      auto r = [](A x) { return rounded<T, decltype(stepwise)::value>(x); };
      // the alpha of an addition is a number of the tensors' dtype, the factor of a product is not
      const A rate = r(static_cast<A>(-lr)), decay = r(static_cast<A>(weight_decay)),
              momentum = static_cast<A>(momentum_by), ahead = r(momentum), fresh = r(static_cast<A>(1 - dampening)),
              scale = static_cast<A>(scale_by), sign = static_cast<A>(sign_by);
      int64_t count = end - begin;
      if (unscale)
        for (int64_t j = 0; j < count; ++j) g[j] = T(static_cast<A>(g[j]) / scale);
      if (!b) {
        for (int64_t j = 0; j < count; ++j) {
          A x = static_cast<A>(p[j]), d = sign * static_cast<A>(g[j]);
          if (decay != 0) d = r(d + decay * x);
          p[j] = T(x + rate * d);
        }
        return;
      }
      for (int64_t j = 0; j < count; ++j) {
        A x = static_cast<A>(p[j]), d = sign * static_cast<A>(g[j]);
        if (decay != 0) d = r(d + decay * x);
        A buffer = first ? d : r(r(static_cast<A>(b[j]) * momentum) + fresh * d);
        b[j] = T(buffer);
        d = nesterov ? r(d + ahead * buffer) : buffer;
        p[j] = T(x + rate * d);
      }
    });
  });
}

// adagrad(params, grads, sums, steps, grad_scale, found_inf; n, stepwise, lr, lr_decay, weight_decay, eps, maximize,
// advance)
KERNEL(adagrad) {
  Parameters all(c, 4, 3, false);
  int n = all.n;
  bool unscale = all.unscale(), stepwise_halves = c.flag(1), advance = c.flag(7);
  double lr = c.number(2), lr_decay = c.number(3), weight_decay = c.number(4), epsilon = c.number(5),
         scale_by = all.scale(1), sign_by = c.flag(6) ? -1 : 1;
  if (n == 0 || all.found_inf()) return;
  std::vector<double> rates(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) rates[static_cast<size_t>(i)] = lr / (1 + (all.step(3, i, advance) - 1) * lr_decay);
  over_parameters(all, [&](int i, char *const *data, int64_t begin, int64_t end) {
    with_type(c[i].dtype, stepwise_halves, [&](auto zero, auto stepwise) {
      using T = decltype(zero);
      using A = compute_t<T>;
      T *__restrict p = reinterpret_cast<T *>(data[0]) + begin, *__restrict g = reinterpret_cast<T *>(data[1]) + begin,
                    *__restrict s = reinterpret_cast<T *>(data[2]) + begin;
      auto r = [](A x) { return rounded<T, decltype(stepwise)::value>(x); };
      const A rate = static_cast<A>(-rates[static_cast<size_t>(i)]), decay = r(static_cast<A>(weight_decay)),
              eps = static_cast<A>(epsilon), scale = static_cast<A>(scale_by), sign = static_cast<A>(sign_by);
      int64_t count = end - begin;
      if (unscale)
        for (int64_t j = 0; j < count; ++j) g[j] = T(static_cast<A>(g[j]) / scale);
      for (int64_t j = 0; j < count; ++j) {
        A x = static_cast<A>(p[j]), d = sign * static_cast<A>(g[j]);
        if (decay != 0) d = r(d + decay * x);
        A total = r(static_cast<A>(s[j]) + d * d);
        s[j] = T(total);
        p[j] = T(x + rate * d / r(r(std::sqrt(total)) + eps));
      }
    });
  });
}

}  // namespace mt
