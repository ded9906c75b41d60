// The same kernels through MindSpore's CPU plugin interface: one exported function a primitive.
//
// This is the path that Ascend takes too (there with MindSpore's own kernels): MINDTORCH_FAST=0 runs primitives on the CPU
// through these entries. The interface is declared here from its documented layout, so MindSpore is not needed to build.
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "kernel.h"

namespace mindspore::kernel::op_plugin {
struct OpPluginTensorStorageInfo {
  std::vector<int64_t> strides;
  size_t storage_offset;
};
struct OpPluginOutputShapeInfo;
// Order and signatures of the virtual functions are the binary interface; those that are not called have opaque types.
class KernelInputInfo {
 public:
  virtual ~KernelInputInfo() = default;
  virtual bool IsScalarInput(size_t idx) = 0;
  virtual size_t GetInputSize() = 0;
  virtual bool GetBoolInput(size_t idx) = 0;
  virtual int64_t GetIntInput(size_t idx) = 0;
  virtual double GetFloatInput(size_t idx) = 0;
  virtual void *GetStrInput(size_t idx) = 0;
  virtual std::vector<int64_t> GetIntVecInput(size_t idx) = 0;
  virtual std::vector<double> GetFloatVecInput(size_t idx) = 0;
  virtual void *GetInt2DVecInput(size_t idx) = 0;
  virtual void *GetFloat2DVecInput(size_t idx) = 0;
  virtual int GetInputTypeId(size_t idx) = 0;
  virtual std::optional<OpPluginTensorStorageInfo> GetInputTensorLayout(size_t idx) = 0;
};
}  // namespace mindspore::kernel::op_plugin

namespace mt {
namespace {
using mindspore::kernel::op_plugin::KernelInputInfo;

DType parse(const char *name) {
  static const struct {
    const char *name;
    DType dtype;
  } names[] = {{"bool", DType::Bool}, {"uint8", DType::U8}, {"int8", DType::I8}, {"int16", DType::I16}, {"int32", DType::I32}, {"int64", DType::I64}, {"float16", DType::F16},
               {"bfloat16", DType::BF16}, {"float32", DType::F32}, {"float64", DType::F64}, {"complex64", DType::C64}, {"complex128", DType::C128}, {"uint16", DType::U16},
               {"uint32", DType::U32}, {"uint64", DType::U64}};
  for (auto &n : names)
    if (!std::strcmp(n.name, name)) return n.dtype;
  throw Error(Error::Type, format("plugin: dtype %s", name));
}

struct Arguments {
  std::vector<View> tensors;   // results first, then tensor inputs in order
  std::vector<Scalar> scalars;  // scalar inputs in order
  std::vector<std::vector<int64_t>> lists;

  Arguments(int count, void **params, int *ndims, int64_t **shapes, const char **dtypes, KernelInputInfo *info) {
    int inputs = static_cast<int>(info->GetInputSize());
    lists.reserve(static_cast<size_t>(inputs));
    for (int i = inputs; i < count; ++i) tensors.push_back(view(params[i], ndims[i], shapes[i], dtypes[i]));
    for (int i = 0; i < inputs; ++i) {
      size_t at = static_cast<size_t>(i);
      if (!std::strcmp(dtypes[i], "none") || !params[i]) {
        scalars.push_back(Scalar());
      } else if (info->IsScalarInput(at)) {
        Scalar s;
        DType d = parse(dtypes[i]);
        if (ndims[i] == 1) {
          lists.push_back(info->GetIntVecInput(at));
          s.kind = Scalar::Ints;
          s.i = static_cast<int64_t>(lists.back().size());
          s.list = lists.back().data();
        } else if (d == DType::Bool) {
          s.kind = Scalar::Bool;
          s.i = info->GetBoolInput(at);
        } else if (is_integral(d)) {
          s.kind = Scalar::Int;
          s.i = info->GetIntInput(at);
        } else {
          s.kind = Scalar::Float;
          s.f = info->GetFloatInput(at);
        }
        scalars.push_back(s);
      } else {
        View v = view(params[i], ndims[i], shapes[i], dtypes[i]);
        if (auto layout = info->GetInputTensorLayout(at)) {
          v.data = static_cast<char *>(v.data) + static_cast<int64_t>(layout->storage_offset) * itemsize(v.dtype);
          for (int d = 0; d < v.ndim; ++d) v.stride[d] = layout->strides[static_cast<size_t>(d)];
        }
        tensors.push_back(v);
      }
    }
  }

  static View view(void *data, int ndim, const int64_t *shape, const char *dtype) {
    View v;
    v.data = data;
    v.dtype = parse(dtype);
    v.ndim = static_cast<int8_t>(ndim);
    int64_t next = 1;
    for (int d = ndim - 1; d >= 0; --d) {
      v.shape[d] = shape[d];
      v.stride[d] = next;
      next *= shape[d] > 0 ? shape[d] : 1;
    }
    return v;
  }
};

void call(const char *kernel, const std::vector<View> &tensors, const std::vector<Scalar> &scalars) {
  static const int count = mindtorch_kernel_count();
  for (int id = 0; id < count; ++id)
    if (!std::strcmp(mindtorch_kernel_name(id), kernel)) {
      char error[512];
      int status = mindtorch_kernel_call(id, tensors.data(), static_cast<int>(tensors.size()), scalars.data(), static_cast<int>(scalars.size()), error, sizeof error);
      if (status) throw Error(Error::Runtime, error);
      return;
    }
  throw Error(Error::Runtime, format("no kernel %s", kernel));
}

Scalar code(DType d) {
  Scalar s;
  s.kind = Scalar::Int;
  s.i = static_cast<int64_t>(d);
  return s;
}

// ---- forms: how a primitive's arguments become a kernel's ----
using Form = void (*)(const char *kernel, Arguments &a);

// operands of one dtype (the caller promoted them), then attributes
void elementwise(const char *kernel, Arguments &a) {
  a.scalars.insert(a.scalars.begin(), code(a.tensors[1].dtype));
  call(kernel, a.tensors, a.scalars);
}
// Cast(x, dtype): the result's dtype says it all
void cast(const char *, Arguments &a) {
  a.tensors.resize(2);
  call("copy", a.tensors, {});
}
// InplaceCopy(self, source): the result's pointer is self's storage, so self's layout is what to write through
void inplace_copy(const char *, Arguments &a) { call("copy", {a.tensors[1], a.tensors[2]}, {}); }

int guarded(const char *kernel, Form form, int count, void **params, int *ndims, int64_t **shapes, const char **dtypes, void *extra) {
  try {
    Arguments a(count, params, ndims, shapes, dtypes, static_cast<KernelInputInfo *>(extra));
    form(kernel, a);
    return 0;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "mindtorch plugin: %s: %s\n", kernel, e.what());
    return 1;
  }
}
}  // namespace
}  // namespace mt

#define MT_PRIMITIVES(X)                                                                                                                              \
  X(Cast, copy, cast) X(InplaceCopy, copy, inplace_copy)                                                                                             \
  X(Abs, abs, elementwise) X(Neg, neg, elementwise) X(Exp, exp, elementwise) X(Exp2, exp2, elementwise) X(Expm1, expm1, elementwise) X(Log, log, elementwise)  \
  X(Log2, log2, elementwise) X(Log10, log10, elementwise) X(Log1p, log1p, elementwise) X(Sqrt, sqrt, elementwise) X(Rsqrt, rsqrt, elementwise)       \
  X(Square, square, elementwise) X(Reciprocal, reciprocal, elementwise) X(Sin, sin, elementwise) X(Cos, cos, elementwise) X(Tan, tan, elementwise)   \
  X(AsinExt, asin, elementwise) X(AcosExt, acos, elementwise) X(AtanExt, atan, elementwise) X(Sinh, sinh, elementwise) X(Cosh, cosh, elementwise)    \
  X(AsinhExt, asinh, elementwise) X(AcoshExt, acosh, elementwise) X(Atanh, atanh, elementwise) X(Tanh, tanh, elementwise) X(Sigmoid, sigmoid, elementwise) \
  X(Erf, erf, elementwise) X(Erfc, erfc, elementwise) X(Ceil, ceil, elementwise) X(Floor, floor, elementwise) X(Trunc, trunc, elementwise)           \
  X(Frac, frac, elementwise) X(Sign, sign, elementwise) X(ReLU, relu, elementwise) X(SiLU, silu, elementwise) X(LogicalNot, logical_not, elementwise) \
  X(BitwiseNot, bitwise_not, elementwise) X(AddExt, add, elementwise) X(SubExt, sub, elementwise) X(Mul, mul, elementwise) X(Div, div, elementwise)  \
  X(Pow, pow, elementwise) X(Atan2Ext, atan2, elementwise) X(Maximum, maximum, elementwise) X(Minimum, minimum, elementwise)                         \
  X(Equal, eq, elementwise) X(NotEqual, ne, elementwise) X(Less, lt, elementwise) X(LessEqual, le, elementwise) X(Greater, gt, elementwise)          \
  X(GreaterEqual, ge, elementwise) X(LogicalAnd, logical_and, elementwise) X(LogicalOr, logical_or, elementwise) X(LogicalXor, logical_xor, elementwise) \
  X(BitwiseAndTensor, bitwise_and, elementwise) X(BitwiseOrTensor, bitwise_or, elementwise) X(BitwiseXorTensor, bitwise_xor, elementwise)            \
  X(LogAddExp, logaddexp, elementwise) X(LogAddExp2, logaddexp2, elementwise) X(RemainderTensorTensor, remainder, elementwise)                       \
  X(FmodTensor, fmod, elementwise) X(IsFinite, isfinite, elementwise) X(IsInf, isinf, elementwise) X(IsNegInf, isneginf, elementwise)

#pragma GCC visibility push(default)
extern "C" {
#define X(primitive, kernel, form)                                                                                                       \
  int primitive(int count, void **params, int *ndims, int64_t **shapes, const char **dtypes, void *, void *extra) {                       \
    return mt::guarded(#kernel, mt::form, count, params, ndims, shapes, dtypes, extra);                                                   \
  }
MT_PRIMITIVES(X)
#undef X
#define X(primitive, kernel, form) #primitive,
static const char *const kPrimitives[] = {MT_PRIMITIVES(X) nullptr};
#undef X
char **GetAllRegisteredOps() { return const_cast<char **>(kPrimitives); }
int GetRegisteredOpCount() { return static_cast<int>(sizeof kPrimitives / sizeof *kPrimitives) - 1; }
bool IsKernelRegistered(const char *name) {
  for (const char *const *p = kPrimitives; *p; ++p)
    if (!std::strcmp(*p, name)) return true;
  return false;
}
}
#pragma GCC visibility pop
