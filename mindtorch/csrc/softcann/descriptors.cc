// Descriptors of tensors, numbers and lists, and what may be done to an executor between two launches.
#include "descriptors.h"

#include <algorithm>
#include <cstring>

using namespace softcann;

namespace softcann {

size_t width_of(int dtype) {
  switch (dtype) {
    case ACL_INT8:
    case ACL_UINT8:
    case ACL_BOOL: return 1;
    case ACL_FLOAT16:
    case ACL_INT16:
    case ACL_UINT16:
    case ACL_BF16: return 2;
    case ACL_FLOAT:
    case ACL_INT32:
    case ACL_UINT32: return 4;
    case ACL_INT64:
    case ACL_UINT64:
    case ACL_DOUBLE:
    case ACL_COMPLEX64: return 8;
    case ACL_COMPLEX128: return 16;
    default: return 0;
  }
}

const char *name_of(int dtype) {
  switch (dtype) {
    case ACL_FLOAT: return "FLOAT";
    case ACL_FLOAT16: return "FLOAT16";
    case ACL_INT8: return "INT8";
    case ACL_INT32: return "INT32";
    case ACL_UINT8: return "UINT8";
    case ACL_INT16: return "INT16";
    case ACL_UINT16: return "UINT16";
    case ACL_UINT32: return "UINT32";
    case ACL_INT64: return "INT64";
    case ACL_UINT64: return "UINT64";
    case ACL_DOUBLE: return "DOUBLE";
    case ACL_BOOL: return "BOOL";
    case ACL_COMPLEX64: return "COMPLEX64";
    case ACL_COMPLEX128: return "COMPLEX128";
    case ACL_BF16: return "BFLOAT16";
    case ACL_INT4: return "INT4";
    case ACL_COMPLEX32: return "COMPLEX32";
    default: return "an unknown dtype";
  }
}

bool Layout::dense() const {
  int64_t expected = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 0) return true;
    if (shape[d] != 1 && strides[d] != expected) return false;
    expected *= shape[d];
  }
  return true;
}

}  // namespace softcann

namespace {
template <class Array, class T>
Array *array_of(const T *values, uint64_t n) {
  if (n && !values) {
    fail(kNullPointer, "an array of %llu numbers without a pointer to them", static_cast<unsigned long long>(n));
    return nullptr;
  }
  auto *made = new Array;
  made->v.assign(values, values + n);
  return made;
}
}  // namespace

API size_t aclDataTypeSize(int dtype) { return width_of(dtype); }

API aclTensor *aclCreateTensor(const int64_t *shape, uint64_t rank, int dtype, const int64_t *strides, int64_t offset,
                               int format, const int64_t *storage, uint64_t storage_rank, void *data) {
  if ((rank && !shape) || (storage_rank && !storage)) {
    fail(kNullPointer, "aclCreateTensor: a rank of %llu without sizes",
         static_cast<unsigned long long>(rank ? rank : storage_rank));
    return nullptr;
  }
  auto layout = std::make_shared<Layout>();
  layout->dtype = dtype;
  layout->format = format;
  layout->offset = offset;
  layout->shape.assign(shape, shape + rank);
  layout->storage.assign(storage, storage + storage_rank);
  if (strides) {
    layout->strides.assign(strides, strides + rank);
  } else {
    layout->strides.resize(rank);
    int64_t step = 1;
    for (uint64_t d = rank; d-- > 0; step *= shape[d]) layout->strides[d] = step;
  }
  return new aclTensor{std::move(layout), data};
}
API int aclDestroyTensor(const aclTensor *tensor) {
  delete tensor;
  return kOk;
}
API aclScalar *aclCreateScalar(const void *value, int dtype) {
  size_t width = width_of(dtype);
  if (!value || !width) {
    fail(kInvalidArgument, "aclCreateScalar: %s", value ? name_of(dtype) : "a null pointer");
    return nullptr;
  }
  auto *made = new aclScalar{dtype, {}};
  std::memcpy(made->bytes, value, width);
  return made;
}
API int aclDestroyScalar(const aclScalar *scalar) {
  delete scalar;
  return kOk;
}
API aclIntArray *aclCreateIntArray(const int64_t *values, uint64_t n) { return array_of<aclIntArray>(values, n); }
API aclFloatArray *aclCreateFloatArray(const float *values, uint64_t n) { return array_of<aclFloatArray>(values, n); }
API aclBoolArray *aclCreateBoolArray(const bool *values, uint64_t n) { return array_of<aclBoolArray>(values, n); }
API aclTensorList *aclCreateTensorList(aclTensor *const *values, uint64_t n) {
  return array_of<aclTensorList>(values, n);
}
API aclScalarList *aclCreateScalarList(aclScalar *const *values, uint64_t n) {
  return array_of<aclScalarList>(values, n);
}
API int aclDestroyIntArray(const aclIntArray *array) {
  delete array;
  return kOk;
}
API int aclDestroyFloatArray(const aclFloatArray *array) {
  delete array;
  return kOk;
}
API int aclDestroyBoolArray(const aclBoolArray *array) {
  delete array;
  return kOk;
}
// A list owns what is in it.
API int aclDestroyTensorList(const aclTensorList *list) {
  if (list)
    for (aclTensor *tensor : list->v) delete tensor;
  delete list;
  return kOk;
}
API int aclDestroyScalarList(const aclScalarList *list) {
  if (list)
    for (aclScalar *scalar : list->v) delete scalar;
  delete list;
  return kOk;
}

// The sizes are the caller's to delete[].
API int aclGetViewShape(const aclTensor *tensor, int64_t **sizes, uint64_t *rank) {
  if (!tensor || !sizes || !rank) return fail(kNullPointer, "aclGetViewShape: a null pointer");
  const auto &shape = tensor->layout->shape;
  *rank = shape.size();
  *sizes = new int64_t[shape.size() + 1];
  std::copy(shape.begin(), shape.end(), *sizes);
  return kOk;
}

// ---- executors ----
namespace {
// The argument that an index means: tensors and lists of them count, absent ones too.
Value *slot(aclOpExecutor *executor, size_t index, Kind kind, const char *who) {
  size_t at = 0;
  for (int i = 0; i < executor->op->count; ++i) {
    Kind own = executor->op->arguments[i].kind;
    if (own != Kind::Tensor && own != Kind::Tensors) continue;
    if (at++ != index) continue;
    if (own != kind) {
      fail(kInvalidArgument, "%s: argument %zu of %s, %s, is %s list of tensors", who, index, executor->op->name,
           executor->op->arguments[i].name, own == Kind::Tensors ? "a" : "no");
      return nullptr;
    }
    if (executor->values.use_count() > 1) executor->values = std::make_shared<std::vector<Value>>(*executor->values);
    return &(*executor->values)[static_cast<size_t>(i)];
  }
  fail(kInvalidArgument, "%s: %s has %zu tensor arguments, there is no index %zu", who, executor->op->name, at, index);
  return nullptr;
}
int move_to(Value *value, size_t index, aclTensor *tensor, void *address, const char *who, const char *op) {
  if (index >= value->tensors.size())
    return fail(kInvalidArgument, "%s: %s was planned without a tensor at index %zu", who, op, index);
  aclTensor &own = value->tensors[index];
  if (tensor && own.layout != tensor->layout)
    return fail(kInvalidArgument, "%s: %s was planned with another tensor at that index", who, op);
  own.data = address;
  if (tensor) tensor->data = address;
  return kOk;
}
}  // namespace

API int aclSetAclOpExecutorRepeatable(aclOpExecutor *executor) {
  if (!executor) return fail(kNullPointer, "aclSetAclOpExecutorRepeatable: a null pointer");
  executor->repeatable = true;
  return kOk;
}
API int aclDestroyAclOpExecutor(aclOpExecutor *executor) {
  delete executor;
  return kOk;
}
API int aclSetTensorAddr(aclOpExecutor *executor, size_t index, aclTensor *tensor, void *address) {
  if (!executor || !tensor) return fail(kNullPointer, "aclSetTensorAddr: a null pointer");
  Value *value = slot(executor, index, Kind::Tensor, "aclSetTensorAddr");
  return value ? move_to(value, 0, tensor, address, "aclSetTensorAddr", executor->op->name)
               : static_cast<int>(kInvalidArgument);
}
API int aclSetDynamicTensorAddr(aclOpExecutor *executor, size_t index, size_t place, aclTensorList *list,
                                void *address) {
  if (!executor || !list) return fail(kNullPointer, "aclSetDynamicTensorAddr: a null pointer");
  if (place >= list->v.size())
    return fail(kInvalidArgument, "aclSetDynamicTensorAddr: a list of %zu tensors has no place %zu", list->v.size(),
                place);
  Value *value = slot(executor, index, Kind::Tensors, "aclSetDynamicTensorAddr");
  return value ? move_to(value, place, list->v[place], address, "aclSetDynamicTensorAddr", executor->op->name)
               : static_cast<int>(kInvalidArgument);
}

API int aclnnInit(const char *) { return kOk; }
API int aclnnFinalize() { return kOk; }
API int InitHugeMemThreadLocal(void *, bool) { return kOk; }
API void UnInitHugeMemThreadLocal(void *, bool) {}
API void ReleaseHugeMem(void *, bool) {}
