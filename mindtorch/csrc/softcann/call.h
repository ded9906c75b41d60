// A call as an operator sees it: its arguments by position, in the order of its public page, as views of memory that
// this library reaches.
//
// A handler runs twice: when the call is planned, to check it, without memory (views have no data, kernels and loops
// don't run), and in the stream, to compute. So every refusal comes out at the plan, with CANN's code, and what is
// launched was checked.
#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <initializer_list>

#include "../kernels/kernel.h"
#include "descriptors.h"

namespace softcann {

using mt::DType;
using mt::Scalar;
using mt::View;

struct Refusal {
  int code;
  std::string text;
};

class Call {
 public:
  Call(const Operator &op, const std::vector<Value> &values, bool planning)
      : op(op), values_(values), planning_(planning) {}

  const Operator &op;

  // Arguments. One that must be there and is not is refused with CANN's code for a null pointer.
  bool given(int i) const { return values_[static_cast<size_t>(i)].given; }
  View tensor(int i);
  View maybe(int i) { return given(i) ? tensor(i) : View(); }
  std::vector<View> tensors(int i);
  Scalar number(int i);
  std::vector<int64_t> ints(int i);
  int64_t integer(int i) const { return values_[static_cast<size_t>(i)].integer; }
  bool flag(int i) const { return integer(i) != 0; }
  double real(int i) const { return values_[static_cast<size_t>(i)].real; }
  const std::string &text(int i) const { return values_[static_cast<size_t>(i)].text; }
  DType dtype(int i);  // an argument that is a number of aclDataType

  // The shape that a result turned out to have.
  void set_shape(int i, std::vector<int64_t> shape);

  [[noreturn]] void refuse(const char *format, ...) __attribute__((format(printf, 2, 3)));
  void need(bool condition, const char *what) {
    if (!condition) refuse("%s", what);
  }

  // A kernel of the library; loops of one's own go into compute().
  void run(const char *kernel, std::initializer_list<View> views, std::initializer_list<Scalar> scalars = {});
  void run(const char *kernel, const std::vector<View> &views, const std::vector<Scalar> &scalars);
  void compute(const std::function<void()> &loops) {
    if (!planning_) loops();
  }

  // Memory of the call's own, dense.
  View temporary(DType dtype, const int64_t *shape, int rank);
  View temporary(DType dtype, const std::vector<int64_t> &shape) {
    return temporary(dtype, shape.data(), static_cast<int>(shape.size()));
  }
  View like(const View &v, DType dtype) { return temporary(dtype, v.shape, v.ndim); }
  // An operand as dense memory of a dtype: itself where it is that already.
  View dense(const View &v, DType dtype);
  View dense(const View &v) { return dense(v, v.dtype); }
  // Dense memory of a dtype for a result; finish() copies it to where the result belongs.
  View result(const View &v, DType dtype);
  View result(const View &v) { return result(v, v.dtype); }
  void finish();

 private:
  View view(const aclTensor &tensor, int i);

  const std::vector<Value> &values_;
  bool planning_;
  std::deque<std::vector<char>> memory_;
  std::vector<std::pair<View, View>> results_;
};

// quirks.cc: the code with which a chip refuses this call although its page lists it, and why; 0: it doesn't.
int quirk(const Operator &op, const std::vector<Value> &values, std::string *why);

Handler find_handler(const char *name);
struct Registered {
  Registered(const char *name, Handler handler);
};
#define SOFTCANN_JOIN_(a, b) a##b
#define SOFTCANN_JOIN(a, b) SOFTCANN_JOIN_(a, b)
// OPERATOR(aclnnName) { ... uses `c` ... }
#define OPERATOR(name)                                                         \
  static void handle_##name(::softcann::Call &c);                              \
  static const ::softcann::Registered registered_##name(#name, handle_##name); \
  static void handle_##name([[maybe_unused]] ::softcann::Call &c)
// The same handler under several names: a name a line.
#define SAME(name, handler) static const ::softcann::Registered registered_##name(#name, handler);

// ---- vocabulary of the operators ----
inline Scalar whole(int64_t i) {
  Scalar s;
  s.kind = Scalar::Int;
  s.i = i;
  return s;
}
inline Scalar fraction(double d) {
  Scalar s;
  s.kind = Scalar::Float;
  s.f = d;
  return s;
}
inline Scalar list_of(const std::vector<int64_t> &v) {
  Scalar s;
  s.kind = Scalar::Ints;
  s.i = static_cast<int64_t>(v.size());
  s.list = v.data();
  return s;
}
inline Scalar code(DType d) { return whole(static_cast<int64_t>(d)); }

DType dtype_from(int acl);
// The dtype that two tensors are computed in (CANN's table); a number never widens its own kind.
DType promote(Call &c, DType a, DType b);
DType promote(Call &c, DType a, const Scalar &number);
int kind_of(DType d);  // 0 bool, 1 integers, 2 floating, 3 complex
// A floating dtype for what has no integer result.
inline DType floating(DType d) { return mt::is_integral(d) ? DType::F32 : d; }

// v seen with the shape of another, repeated where its size is 1.
View expand(Call &c, const View &v, const View &to);
// The number as an operand without dimensions; it lives in `room`.
struct Number {
  alignas(16) char bytes[16];
  View view;
  explicit Number(const Scalar &s);
  Number(const Number &) = delete;
};
int dimension(Call &c, int64_t d, int rank);
std::vector<int64_t> shape_of(const View &v);
bool same_shape(const View &a, const View &b);
void need_shape(Call &c, const View &v, const std::vector<int64_t> &shape, const char *what);
// Element-wise: every operand expands to the result, computed in `common`, rounded to it, stored with the result's
// dtype. attributes come after the dtype in the kernel's arguments.
void pointwise(Call &c, const char *kernel, const View &out, std::vector<View> operands, DType common,
               std::vector<Scalar> attributes = {}, bool makes_bool = false);

}  // namespace softcann
