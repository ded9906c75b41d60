// The older interface to operators (aclop): descriptors, and the few operators that MindSpore still sends through it.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "descriptors.h"

using namespace softcann;

struct aclTensorDesc {
  int dtype, format;
  std::vector<int64_t> shape;
  std::string name;
};
struct aclDataBuffer {
  void *data;
  size_t size;
};
struct aclopAttr {
  std::vector<std::string> names;
};

API aclTensorDesc *aclCreateTensorDesc(int dtype, int rank, const int64_t *shape, int format) {
  return new aclTensorDesc{dtype, format,
                           rank > 0 ? std::vector<int64_t>(shape, shape + rank) : std::vector<int64_t>(), ""};
}
API void aclDestroyTensorDesc(const aclTensorDesc *desc) { delete desc; }
API int aclSetTensorFormat(aclTensorDesc *, int) { return kOk; }
API int aclSetTensorShape(aclTensorDesc *, int, const int64_t *) { return kOk; }
API int aclSetTensorPlaceMent(aclTensorDesc *, int) { return kOk; }
API int aclSetTensorConst(aclTensorDesc *, void *, size_t) { return kOk; }
API void aclSetTensorDescName(aclTensorDesc *desc, const char *name) { desc->name = name ? name : ""; }
API size_t aclGetTensorDescNumDims(const aclTensorDesc *desc) { return desc->shape.size(); }
API int64_t aclGetTensorDescDim(const aclTensorDesc *desc, size_t i) {
  return i < desc->shape.size() ? desc->shape[i] : -1;
}
API int aclGetTensorDescDimV2(const aclTensorDesc *desc, size_t i, int64_t *size) {
  if (i >= desc->shape.size()) return fail(kInvalidParameter, "aclGetTensorDescDimV2: there is no dimension %zu", i);
  *size = desc->shape[i];
  return kOk;
}
API aclDataBuffer *aclCreateDataBuffer(void *data, size_t size) { return new aclDataBuffer{data, size}; }
API int aclDestroyDataBuffer(const aclDataBuffer *buffer) {
  delete buffer;
  return kOk;
}
API int aclUpdateDataBuffer(aclDataBuffer *buffer, void *data, size_t size) {
  *buffer = {data, size};
  return kOk;
}
API void *aclGetDataBufferAddr(const aclDataBuffer *buffer) { return buffer->data; }
API aclopAttr *aclopCreateAttr() { return new aclopAttr; }
API void aclopDestroyAttr(const aclopAttr *attributes) { delete attributes; }
API int aclopSetAttrBool(aclopAttr *, const char *, uint8_t) { return kOk; }
API int aclopSetAttrInt(aclopAttr *, const char *, int64_t) { return kOk; }
API int aclopSetAttrFloat(aclopAttr *, const char *, float) { return kOk; }
API int aclopSetAttrString(aclopAttr *, const char *, const char *) { return kOk; }
API int aclopSetAttrListInt(aclopAttr *, const char *, int, const int64_t *) { return kOk; }

namespace {
int copy(const char *name, const aclDataBuffer *to, const aclDataBuffer *from, void *stream) {
  size_t size = std::min(to->size, from->size);
  void *target = to->data;
  const void *source = from->data;
  if (size && (!on_device(target) || !on_device(source) || !live(target, size) || !live(source, size)))
    return fail(kInvalidParameter, "%s: its operands are not memory of the device", name);
  count_launch(name);
  return enqueue(stream, [=](std::string &) {
    if (size) std::memmove(reachable(target), reachable(source), size);
    return 0;
  });
}
int run(const char *name, int inputs, const aclDataBuffer *const *in, int outputs, aclDataBuffer *const *out,
        void *stream) {
  if (!std::strcmp(name, "Identity") && inputs == 1 && outputs == 1)
    return copy("aclop Identity", out[0], in[0], stream);
  if (!std::strcmp(name, "Assign") && inputs == 2) return copy("aclop Assign", in[0], in[1], stream);
  count_missing((std::string("aclop ") + name).c_str());
  return fail(kNoKernel, "aclop %s: the software CANN does not have this operator", name);
}
}  // namespace

API int aclopCompileAndExecuteV2(const char *name, int inputs, aclTensorDesc *[], aclDataBuffer *in[], int outputs,
                                 aclTensorDesc *[], aclDataBuffer *out[], aclopAttr *, int, int, const char *,
                                 void *stream) {
  return run(name, inputs, in, outputs, out, stream);
}
API int aclopCompileAndExecute(const char *name, int inputs, const aclTensorDesc *const[],
                               const aclDataBuffer *const in[], int outputs, const aclTensorDesc *const[],
                               aclDataBuffer *const out[], const aclopAttr *, int, int, const char *, void *stream) {
  return run(name, inputs, in, outputs, out, stream);
}
