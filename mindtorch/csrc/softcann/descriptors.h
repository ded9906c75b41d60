// What a caller describes its arguments with, and the decoded call that an executor keeps of them.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime.h"

// dtypes of CANN, by its numbers
enum aclDataType : int {
  ACL_FLOAT = 0,
  ACL_FLOAT16 = 1,
  ACL_INT8 = 2,
  ACL_INT32 = 3,
  ACL_UINT8 = 4,
  ACL_INT16 = 6,
  ACL_UINT16 = 7,
  ACL_UINT32 = 8,
  ACL_INT64 = 9,
  ACL_UINT64 = 10,
  ACL_DOUBLE = 11,
  ACL_BOOL = 12,
  ACL_COMPLEX64 = 16,
  ACL_COMPLEX128 = 17,
  ACL_BF16 = 27,
  ACL_INT4 = 29,
  ACL_COMPLEX32 = 33
};

namespace softcann {

// Bytes of an element, 0 for a dtype that this software CANN has no memory for.
size_t width_of(int dtype);
const char *name_of(int dtype);

struct Layout {
  int dtype, format;
  int64_t offset;
  std::vector<int64_t> shape, strides, storage;
  int64_t storage_elements() const {
    int64_t n = 1;
    for (int64_t d : storage) n *= d;
    return n;
  }
  bool dense() const;
  int64_t elements() const {
    int64_t n = 1;
    for (int64_t d : shape) n *= d;
    return n;
  }
};

}  // namespace softcann

// The layout is shared with executors: an operator whose result has a shape that depends on data writes it there.
struct aclTensor {
  std::shared_ptr<softcann::Layout> layout;
  void *data;
};
struct aclScalar {
  int dtype;
  alignas(16) char bytes[16];
};
struct aclOpExecutor;
struct aclIntArray {
  std::vector<int64_t> v;
};
struct aclFloatArray {
  std::vector<float> v;
};
struct aclBoolArray {
  std::vector<int64_t> v;
};
struct aclTensorList {
  std::vector<aclTensor *> v;
};
struct aclScalarList {
  std::vector<aclScalar *> v;
};

namespace softcann {

// One argument as the C call brings it.
struct Raw {
  const void *pointer = nullptr;
  int64_t integer = 0;
  double real = 0;
};
inline Raw raw(const void *p) { return {p, 0, 0}; }
inline Raw raw(int64_t i) { return {nullptr, i, 0}; }
inline Raw raw(double d) { return {nullptr, 0, d}; }

// Kinds of arguments, as operators.txt names them.
enum class Kind : uint8_t { Tensor, Tensors, Scalar, Ints, Floats, Bools, Integer, Real, Text };
enum : uint8_t { kNeeded = 1, kDense = 2, kFull = 4, kOutput = 8 };

// One argument as its page describes it; dtypes has a bit a number of aclDataType, ranks below 0 are not documented.
struct Argument {
  const char *name;
  Kind kind;
  uint64_t dtypes;
  int8_t least, most;
  uint8_t flags;
};

// One argument of a call, copied: the caller may destroy what it described it with.
struct Value {
  bool given = false;
  int64_t integer = 0;
  double real = 0;
  std::vector<aclTensor> tensors;
  aclScalar scalar{};
  std::vector<int64_t> ints;
  std::vector<float> floats;
  std::string text;
};

class Call;
using Handler = void (*)(Call &);

struct Operator {
  const char *name, *page;
  const Argument *arguments;
  int count;
};

int plan(const Operator &op, const Raw *raw, uint64_t *workspace, aclOpExecutor **executor);
int launch(aclOpExecutor *executor, void *stream);

}  // namespace softcann

struct aclOpExecutor {
  const softcann::Operator *op;
  softcann::Handler handler;
  std::shared_ptr<std::vector<softcann::Value>> values;  // replaced, not changed, once a launch has them
  bool repeatable;
};
