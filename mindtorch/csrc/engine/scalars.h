// Numbers from Python as kernels take them.
#pragma once
#include "tensor.h"

namespace mt {

// Python scalars; lists of ints keep their numbers in `store`, whose elements may move: their numbers stay where they
// are. Without a store a list is no number.
Scalar scalar_from(PyObject *o, std::vector<Shape> *store);

// A number for arithmetic in dtype d: an int beyond int64 keeps its value outside the integers.
inline Scalar for_dtype(Scalar s, DType d) {
  if (s.kind == Scalar::Int && s.f != 0 && !is_integral(d)) s.kind = Scalar::Float;
  return s;
}

// A kernel's scalar back in Python.
PyObject *object_from(const Scalar &s);

// Loops of small integers run wider than their dtype: what a number or a 0-dim tensor has beyond it goes first.
int64_t wrapped(int64_t v, DType d);

// As many elements as it is made with; the first N of them need no memory of their own.
template <class T, size_t N>
class Few {
 public:
  explicit Few(size_t n) : many_(n > N ? n : 0), begin_(n > N ? many_.data() : few_), end_(begin_ + n) {}
  Few(const Few &) = delete;
  Few &operator=(const Few &) = delete;
  T &operator[](Py_ssize_t i) { return begin_[i]; }
  T *begin() { return begin_; }
  T *end() { return end_; }
  const T *begin() const { return begin_; }
  const T *end() const { return end_; }

 private:
  T few_[N];
  std::vector<T> many_;
  T *begin_, *end_;
};

}  // namespace mt
