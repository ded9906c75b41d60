// MindSpore's Ascend device: memory from its pool, its streams, copies.
#include <cstring>

#include "ascend.h"
#include "cann.h"
#include "include/runtime/hardware_abstract/device_context/device_context_manager.h"
#include "include/runtime/pipeline/pipeline.h"
#include "runtime/hardware_abstract/utils.h"
#include "utils/current_state.h"
#include "utils/ms_context.h"

namespace mt::ascend {

namespace ms = mindspore;
using ms::device::DeviceType;

int64_t launch_count = 0;

namespace {

ms::device::DeviceResManager *manager = nullptr;

// What waits raises where something failed before: MindSpore by exceptions of many lines, or by `false`.
template <class F>
void finish(const char *what, F &&f) {
  std::string words;
  try {
    Unlocked unlocked;
    if (f()) return;
  } catch (const std::exception &e) {
    words = words_of(e);
  }
  raise(PyExc_RuntimeError, std::string(what) + ": " + words_of_cann(words));
}

// MindSpore says "aclInit is null." of a function that this CANN has not.
std::string lacking(const std::string &words) {
  size_t at = words.find(" is null");
  if (words.rfind("acl", 0) || at == std::string::npos) return words;
  return "this CANN lacks " + words.substr(0, at) + ", which MindSpore 2.10 calls: another version of CANN is needed";
}

[[noreturn]] void raise_out_of_memory(int64_t bytes) {
  size_t free = 0, total = 0;
  std::string text = "NPU out of memory. Tried to allocate " + std::to_string(bytes) + " bytes";
  if (memory_info(&free, &total))
    text += "; of " + std::to_string(total) + " bytes " + std::to_string(free) + " are free";
  text += "; tensors hold " + std::to_string(manager->GetTotalUsedMemStatistics()) + ", MindSpore's pool " +
          std::to_string(manager->GetTotalMemStatistics()) + ".";
  if (std::string words = recent_error(); !words.empty()) text += " " + words;
  Ref module = checked(PyImport_ImportModule("mindtorch")),
      type = checked(PyObject_GetAttrString(module.get(), "OutOfMemoryError"));
  raise(type.get(), text);
}

class Device : public Accelerator {
 public:
  ms::device::DeviceAddressPtr allocate(int64_t bytes) override {
    auto address = std::make_shared<ms::device::DeviceAddress>(nullptr, static_cast<size_t>(bytes), DeviceType::kAscend,
                                                               stream());
    if (bytes == 0) return address;
    bind_thread();
    if (lending) take_back();
    if (manager->AllocateMemory(address.get(), stream())) return address;
    empty_cache();  // what is kept in other sizes
    if (!manager->AllocateMemory(address.get(), stream())) raise_out_of_memory(bytes);
    return address;
  }

  ms::DevicePointerPtr allocate_pointer(int64_t bytes) override {
    return allocate(bytes)->device_pointer();  // which knows its allocator: it may outlive the device
  }

  void copy(void *to, const void *from, int64_t bytes, Way way) override {
    if (bytes == 0) return;
    bind_thread();
    settle();
    if (way == Way::Within) return copy_within(to, from, bytes);
    bool there = way == Way::ToDevice;
    finish(there ? "the npu failed before a copy to it" : "the npu failed before a copy from it", [&] {
      return manager->Copy(to, from, static_cast<uint64_t>(bytes),
                           there ? ms::device::CopyType::kH2D : ms::device::CopyType::kD2H, stream());
    });
  }

  bool run(int kernel, const View *views, int nt, const Scalar *scalars, int ns, Refusal *refusal,
           Shape *found) override {
    settle();
    return run_row(kernel, views, nt, scalars, ns, refusal, found);
  }

  void settle() override {
    auto &queues = ms::runtime::Pipeline::Get();
    if (queues.frontend_stage()->Empty() && queues.backend_stage()->Empty() && queues.launch_stage()->Empty()) return;
    Unlocked unlocked;
    queues.WaitForward();
  }

  void synchronize() override {
    bind_thread();
    settle();
    finish("the npu failed", [] { return manager->SyncAllStreams(); });
    if (lending) take_back();
  }

  MemoryFigures memory() override {
    bind_thread();
    size_t free = 0, total = 0;
    memory_info(&free, &total);
    auto number = [](size_t n) { return static_cast<int64_t>(n); };
    return {number(manager->GetTotalUsedMemStatistics()),
            number(manager->GetUsedMemPeakStatistics()),
            number(manager->GetTotalMemStatistics()),
            number(manager->GetReservedMemPeakStatistics()),
            number(free),
            number(total)};
  }
  void reset_peak() override {
    manager->ResetMaxMemoryAllocated();
    manager->ResetMaxMemoryReserved();
  }
  void empty_cache() override {
    synchronize();
    manager->EmptyCache();
  }
  Queues &queues() override { return queues_of(manager); }
  int64_t launches() const override { return launch_count; }
  std::string name() const override { return chip(); }
};

}  // namespace

uint32_t stream() { return ms::CurrentStream::id(); }
void *stream_handle() { return manager->GetStream(stream()); }

void bind_thread() {
  static thread_local bool bound = false;
  if (bound) return;
  manager->BindDeviceToCurrentThread(false);
  bound = true;
}

void *take(int64_t bytes) {
  bind_thread();
  void *p = manager->AllocateMemory(static_cast<size_t>(bytes), stream());
  if (!p) raise_out_of_memory(bytes);
  return p;
}
void give(void *p) { manager->FreeMemory(p); }

void wait_for_stream() {
  finish("the npu failed", [] { return manager->SyncStream(stream()); });
}

Accelerator *start(int number) {
  static Device device;
  static std::string incomplete;  // MindSpore takes a second try for one that needs nothing any more
  if (!incomplete.empty()) raise(PyExc_RuntimeError, "the npu cannot be started: " + incomplete);
  ms::device::DeviceContext *context = nullptr;
  try {
    if (number) ms::MsContext::GetInstance()->set_param<uint32_t>(ms::MS_CTX_DEVICE_ID, static_cast<uint32_t>(number));
    ms::runtime::Pipeline::Get().WaitForward();  // a thread of MindSpore's may be opening it just now, without a lock
    context = ms::device::DeviceContextManager::GetInstance().GetOrCreateDeviceContext(
        {DeviceType::kAscend, 0});  // of MindSpore's context: this key's number is not looked at
    if (context) context->Initialize();
  } catch (const std::exception &e) {
    std::string words = words_of_cann(words_of(e)), missing = lacking(words);
    if (missing != words) incomplete = missing;
    raise(PyExc_RuntimeError, "the npu cannot be started: " + missing);
  }
  if (!context || !context->device_res_manager_)
    raise(PyExc_RuntimeError, "the npu cannot be started: MindSpore has no Ascend back end here");
  manager = context->device_res_manager_.get();
  load_cann();
  return &device;
}

}  // namespace mt::ascend
