// The device itself: one of a known name, contexts that are names only, and what the caller asks about resources.
#include "runtime.h"

using namespace softcann;

namespace {
struct Context {
  int device;
};
thread_local int current_device = 0;
thread_local Context *current = nullptr;
Context *primary() {
  static auto *context = new Context{0};
  return context;
}
constexpr uint32_t kCores = 24;
}  // namespace

API int aclInit(const char *) { return kOk; }
API int aclFinalize() { return kOk; }
API int aclrtSetDevice(int32_t device) {
  if (device < 0 || device >= settings().devices)
    return fail(kInvalidParameter, "aclrtSetDevice: there is no device %d, there are %d", device, settings().devices);
  constexpr int kNotOpened = 507033;
  if (settings().busy) return fail(kNotOpened, "aclrtSetDevice: device %d could not be opened: it is in use", device);
  current_device = device;
  if (!current) current = primary();
  return kOk;
}
API int aclrtResetDevice(int32_t) { return kOk; }
API int aclrtGetDevice(int32_t *device) {
  *device = current_device;
  return kOk;
}
API int aclrtGetDeviceCount(uint32_t *count) {
  *count = static_cast<uint32_t>(settings().devices);
  return kOk;
}
API const char *aclrtGetSocName() { return settings().soc; }
API int aclrtGetRunMode(int *mode) {
  *mode = 1;  // the caller is a host
  return kOk;
}
API int aclrtCreateContext(void **context, int32_t device) {
  *context = current = new Context{device};
  return kOk;
}
API int aclrtDestroyContext(void *context) {
  if (current == context) current = nullptr;
  if (context != primary()) delete static_cast<Context *>(context);
  return kOk;
}
API int aclrtGetCurrentContext(void **context) {
  *context = current ? current : current = primary();
  return kOk;
}
API int aclrtSetCurrentContext(void *context) {
  current = static_cast<Context *>(context);
  return kOk;
}
API int aclrtDeviceGetStreamPriorityRange(int32_t *least, int32_t *greatest) {
  *least = 7;
  *greatest = 0;
  return kOk;
}
API int aclrtDeviceCanAccessPeer(int32_t *can, int32_t, int32_t) {
  *can = 0;
  return kOk;
}
API int aclrtGetDeviceResLimit(int32_t, int, uint32_t *value) {
  *value = kCores;
  return kOk;
}
API int aclrtGetStreamResLimit(void *, int, uint32_t *value) {
  *value = kCores;
  return kOk;
}
API int aclrtGetResInCurrentThread(int, uint32_t *value) {
  *value = kCores;
  return kOk;
}
// The caller wants an object here; what it registers with it is never called, since no operator allocates.
API void *aclrtAllocatorCreateDesc() { return new char; }
API int aclrtAllocatorDestroyDesc(void *descriptor) {
  delete static_cast<char *>(descriptor);
  return kOk;
}
