// Which dtype operands of several have together.
#pragma once
#include <optional>

#include "tensor.h"

namespace mt {

extern DType default_dtype;
DType promote(DType a, DType b);
bool can_cast(DType from, DType to);  // whether a result of one dtype may be written into a tensor of another

// Tensors with dimensions come before 0-dim tensors, and these before numbers: a lower category takes part where its
// kind (integer, real, complex) is a higher one.
class Categories {
 public:
  void tensor(const TensorPtr &t) { merge(t->shape().empty() ? zero_ : dim_, dtype_of(*t)); }
  void scalar(const Scalar &s);
  DType result() const;

 private:
  static void merge(std::optional<DType> &slot, DType d) { slot = slot ? promote(*slot, d) : d; }
  std::optional<DType> dim_, zero_, number_;
};

}  // namespace mt
