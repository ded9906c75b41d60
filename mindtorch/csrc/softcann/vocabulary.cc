// Promotion, broadcasting, dimensions: the rules that pages of many operators share.
#include <cstring>

#include "call.h"

namespace softcann {

int kind_of(DType d) { return mt::is_complex(d) ? 3 : mt::is_floating(d) ? 2 : d == DType::Bool ? 0 : 1; }

// The documented table: within a kind the wider one, FLOAT16 with BFLOAT16 gives FLOAT, INT8 with UINT8 gives INT16;
// the wide unsigned ones meet only themselves.
DType promote(Call &c, DType a, DType b) {
  if (a == b) return a;
  auto wide_unsigned = [](DType d) { return d == DType::U16 || d == DType::U32 || d == DType::U64; };
  if (wide_unsigned(a) || wide_unsigned(b)) c.refuse("UINT16, UINT32 and UINT64 promote with no other dtype");
  int x = kind_of(a), y = kind_of(b);
  if (x == 3 || y == 3) {
    bool wide = a == DType::C128 || b == DType::C128 || a == DType::F64 || b == DType::F64;
    return wide ? DType::C128 : DType::C64;
  }
  if (x != y) return x > y ? a : b;
  if (mt::itemsize(a) != mt::itemsize(b)) return mt::itemsize(a) > mt::itemsize(b) ? a : b;
  return x == 2 ? DType::F32 : DType::I16;
}

DType promote(Call &, DType a, const Scalar &number) {
  int other = number.kind == Scalar::Complex ? 3
              : number.kind == Scalar::Float ? 2
              : number.kind == Scalar::Bool  ? 0
                                             : 1;
  if (kind_of(a) >= other) return a;
  return other == 3 ? a == DType::F64 ? DType::C128 : DType::C64 : other == 2 ? DType::F32 : DType::I64;
}

std::vector<int64_t> shape_of(const View &v) { return std::vector<int64_t>(v.shape, v.shape + v.ndim); }

bool same_shape(const View &a, const View &b) {
  return a.ndim == b.ndim && std::equal(a.shape, a.shape + a.ndim, b.shape);
}

void need_shape(Call &c, const View &v, const std::vector<int64_t> &shape, const char *what) {
  if (shape_of(v) == shape) return;
  auto text = [](const std::vector<int64_t> &s) {
    std::string t = "[";
    for (size_t d = 0; d < s.size(); ++d) t += (d ? "," : "") + std::to_string(s[d]);
    return t + "]";
  };
  c.refuse("%s has shape %s where %s is needed", what, text(shape_of(v)).c_str(), text(shape).c_str());
}

View expand(Call &c, const View &v, const View &to) {
  View r = v;
  int lead = to.ndim - v.ndim;
  if (lead < 0) c.refuse("an operand of %d dimensions does not broadcast to %d", v.ndim, to.ndim);
  r.ndim = to.ndim;
  for (int d = 0; d < to.ndim; ++d) {
    r.shape[d] = to.shape[d];
    bool repeats = d < lead || (v.shape[d - lead] == 1 && to.shape[d] != 1);
    if (!repeats && v.shape[d - lead] != to.shape[d])
      c.refuse("an operand of size %lld does not broadcast to %lld", static_cast<long long>(v.shape[d - lead]),
               static_cast<long long>(to.shape[d]));
    r.stride[d] = repeats ? 0 : v.stride[d - lead];
  }
  return r;
}

Number::Number(const Scalar &s) {
  view.ndim = 0;
  view.data = bytes;
  std::memset(bytes, 0, sizeof bytes);
  if (s.kind == Scalar::Complex) {
    view.dtype = DType::C128;
    std::memcpy(bytes, &s.f, sizeof(double));
    std::memcpy(bytes + sizeof(double), &s.im, sizeof(double));
  } else if (s.kind == Scalar::Float) {
    view.dtype = DType::F64;
    std::memcpy(bytes, &s.f, sizeof(double));
  } else if (s.kind == Scalar::Bool) {
    view.dtype = DType::Bool;
    bytes[0] = s.i != 0;
  } else {
    view.dtype = DType::I64;
    std::memcpy(bytes, &s.i, sizeof(int64_t));
  }
}

int dimension(Call &c, int64_t d, int rank) {
  int64_t size = rank ? rank : 1;
  if (d < -size || d >= size) c.refuse("dimension %lld of a tensor of %d", static_cast<long long>(d), rank);
  return static_cast<int>(d < 0 ? d + size : d);
}

void pointwise(Call &c, const char *kernel, const View &out, std::vector<View> operands, DType common,
               std::vector<Scalar> attributes, bool makes_bool) {
  // the result has the shape that the operands broadcast to, neither more nor less
  for (int d = 0; d < out.ndim; ++d) {
    int64_t size = 1;
    for (const View &v : operands) {
      int at = d - (out.ndim - v.ndim);
      if (at >= 0 && v.shape[at] != 1) size = v.shape[at];
    }
    if (size != out.shape[d])
      c.refuse("the result has size %lld where its operands make %lld", static_cast<long long>(out.shape[d]),
               static_cast<long long>(size));
  }
  for (const View &v : operands) expand(c, v, out);
  DType made = makes_bool ? DType::Bool : common;
  bool fits = out.dtype == made || made == DType::Bool ||
              (out.dtype != DType::Bool && (kind_of(made) < 3 || kind_of(out.dtype) >= 2));
  if (!fits) c.refuse("the dtype that the operands promote to does not convert to the result's");
  std::vector<Scalar> scalars{code(common)};
  scalars.insert(scalars.end(), attributes.begin(), attributes.end());
  View target = makes_bool || out.dtype == common ? out : c.like(out, common);
  operands.insert(operands.begin(), target);
  c.run(kernel, operands, scalars);
  if (!makes_bool && out.dtype != common) c.run("copy", {out, target});
}

}  // namespace softcann
