// Kernels on the far side of the wall: copies between memories, the host path, and what Python asks of a device.
#include "backend.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <numeric>
#include <set>

#include "ascend/ascend.h"
#include "boundary.h"
#include "library.h"
#include "module.h"
#include "node.h"
#include "verify.h"

namespace mt {

Accelerator *accelerator = nullptr;
bool accelerator_present = false;
PyObject *refused_type = nullptr;
int accelerator_number = 0;

namespace {
enum class State : uint8_t { Usable, Closed, Forked } state = State::Usable;

constexpr const char *kHost = "the host";  // what is done instead of a refused call

struct Refused {
  std::string words, instead;
  int64_t count = 0;
};
std::map<std::string, Refused> &refusals() {
  static auto *all = new std::map<std::string, Refused>;
  return *all;
}
std::map<std::string, int64_t> &fallbacks() {
  static auto *counts = new std::map<std::string, int64_t>;
  return *counts;
}
}  // namespace

bool accelerator_usable() { return accelerator && state == State::Usable; }

namespace {
std::vector<int64_t> &done_counts() {  // by kernel
  static auto *counts = new std::vector<int64_t>;
  return *counts;
}
}  // namespace

const char *dtype_name(DType d) {
  static constexpr const char *names[] = {"bool",    "uint8",    "int8",    "int16",         "int32",      "int64",
                                          "float16", "bfloat16", "float32", "float64",       "complex64",  "complex128",
                                          "uint16",  "uint32",   "uint64",  "float8_e4m3fn", "float8_e5m2"};
  return names[static_cast<int>(d)];
}

void note_done(int id) {
  auto at = static_cast<size_t>(id);
  if (done_counts().size() <= at) done_counts().resize(at + 1);
  ++done_counts()[at];
}

Accelerator &started_accelerator() {
  if (state == State::Forked)
    raise(PyExc_RuntimeError,
          "Cannot re-initialize NPU in forked subprocess. To use NPU with multiprocessing, you must use the 'spawn' "
          "start method");
  if (state == State::Closed) raise(PyExc_RuntimeError, "the npu is not usable any more: the interpreter is ending");
  if (!accelerator) {
    accelerator = ascend::start(accelerator_number);
    // MindSpore gives the device up in a handler of its own; ours, registered later, runs before it
    Ref atexit = checked(PyImport_ImportModule("atexit")), module = checked(PyImport_ImportModule("mindtorch._C"));
    Ref close = checked(PyObject_GetAttrString(module.get(), "close_device"));
    checked(PyObject_CallMethod(atexit.get(), "register", "O", close.get()));
  }
  return *accelerator;
}

namespace {

// Bytes from a view's first element to behind its last one.
int64_t span_of(const View &v) {
  int64_t last = 0;
  for (int d = 0; d < v.ndim; ++d) {
    if (v.shape[d] == 0) return 0;
    last += (v.shape[d] - 1) * v.stride[d];
  }
  return (last + 1) * itemsize(v.dtype);
}

View dense_like(const View &v, DType dtype, void *data) {
  View made;
  made.data = data;
  made.dtype = dtype;
  made.ndim = v.ndim;
  int64_t next = 1;
  for (int d = v.ndim - 1; d >= 0; --d) {
    made.shape[d] = v.shape[d];
    made.stride[d] = next;
    next *= std::max<int64_t>(v.shape[d], 1);
  }
  return made;
}

int copy_kernel() {
  static const int id = kernel_of("copy");
  return id;
}
void copy_on_host(const View &to, const View &from) {
  View pair[2] = {to, from};
  run_host(copy_kernel(), pair, 2, nullptr, 0);
}
bool same_sizes(const View &a, const View &b) {
  return a.ndim == b.ndim && std::equal(a.shape, a.shape + a.ndim, b.shape);
}

// A dense block of the device with the elements of a view, or for them.
class Packed {
 public:
  explicit Packed(const View &v)
      : memory_(started_accelerator().allocate_pointer(v.numel() * itemsize(v.dtype))),
        view_(dense_like(v, v.dtype, memory_->ptr())) {
    view_.device = 1;
  }
  const View &view() const { return view_; }

 private:
  mindspore::DevicePointerPtr memory_;
  View view_;
};

void copy_within(const View &to, const View &from) {
  View pair[2] = {to, from};
  run_remote(copy_kernel(), pair, 2, nullptr, 0);
}

constexpr int64_t kSparse =
    4;  // a view with as many times more bytes between its elements is packed on the device before it is fetched

void copy_to_host(const View &to, const View &from) {
  if (from.numel() == 0) return;
  int64_t bytes = span_of(from);
  if (bytes > kSparse * from.numel() * itemsize(from.dtype)) {
    Packed packed(from);
    copy_within(packed.view(), from);
    return copy_to_host(to, packed.view());
  }
  if (to.dtype == from.dtype && same_sizes(to, from) && to.contiguous() && from.contiguous())
    return accelerator->copy(to.data, from.data, bytes, Accelerator::Way::ToHost);
  std::vector<char> store;
  copy_on_host(to, fetched(from, &store));
}

void copy_to_device(const View &to, const View &from) {
  if (to.numel() == 0) return;
  int64_t bytes = to.numel() * itemsize(to.dtype);
  if (to.dtype == from.dtype && same_sizes(to, from) && to.contiguous() && from.contiguous())
    return accelerator->copy(to.data, from.data, bytes, Accelerator::Way::ToDevice);
  if (span_of(to) != bytes) {
    Packed packed(to);
    copy_to_device(packed.view(), from);
    return copy_within(to, packed.view());
  }
  std::vector<char> store(static_cast<size_t>(bytes));
  View host = to;
  host.data = store.data();
  host.device = 0;
  copy_on_host(host, from);
  accelerator->copy(to.data, store.data(), bytes, Accelerator::Way::ToDevice);
}

bool forbidden() {
  static const bool on = [] {
    const char *v = std::getenv("MINDTORCH_NO_FALLBACK");
    return v && *v && std::strcmp(v, "0");
  }();
  return on;
}

void warn(const std::string &text) {
  if (PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 1)) throw PythonError();
}

// Says once, by name, that a kernel is computed on the host, and counts it.
void note_fallback(const char *name, const Accelerator::Refusal &refusal) {
  std::string why = refusal.words.empty() ? "has no Ascend operator yet for these arguments"
                                          : "was refused by the device (" + refusal.words + ")";
  if (forbidden())
    raise(PyExc_RuntimeError, std::string("kernel '") + name + "' " + why +
                                  ", and MINDTORCH_NO_FALLBACK forbids to compute it on the host");
  if (!refusal.what.empty()) {
    Refused &r = refusals()[refusal.what];
    r = {refusal.words, kHost, r.count + 1};
  }
  if (fallbacks()[name]++ == 0)
    warn(std::string("kernel '") + name + "' " + why + ": it is computed on the host; the rest stays on the device");
}

// A stretch of device memory and its image on the host, with what it held before the kernel ran.
struct Image {
  char *begin, *end;
  std::vector<char> host, before;
};

void run_by_host(int id, const View *views, int nt, const Scalar *scalars, int ns,
                 const std::vector<TensorPtr> *whole) {
  std::vector<Image> images;
  for (int i = 0; i < nt; ++i)
    if (!views[i].none() && views[i].device)
      if (int64_t bytes = span_of(views[i]))
        images.push_back({static_cast<char *>(views[i].data), static_cast<char *>(views[i].data) + bytes, {}, {}});
  if (whole)
    for (const TensorPtr &t : *whole)
      if (char *p = static_cast<char *>(storage_pointer(t)); p && on_accelerator(t))
        images.push_back({p, p + storage_bytes(t), {}, {}});
  std::sort(images.begin(), images.end(), [](const Image &a, const Image &b) { return a.begin < b.begin; });
  size_t kept = 0;  // operands that share memory share an image, as they do there
  for (size_t i = 1; i < images.size(); ++i) {
    if (images[i].begin < images[kept].end) images[kept].end = std::max(images[kept].end, images[i].end);
    else images[++kept] = images[i];
  }
  if (!images.empty()) images.resize(kept + 1);
  for (Image &m : images) {
    m.host.resize(static_cast<size_t>(m.end - m.begin));
    accelerator->copy(m.host.data(), m.begin, m.end - m.begin, Accelerator::Way::ToHost);
    m.before = m.host;
  }
  std::vector<View> host(views, views + nt);
  for (View &v : host) {
    if (v.none() || !v.device) continue;
    v.device = 0;
    for (Image &m : images)
      if (static_cast<char *>(v.data) >= m.begin && static_cast<char *>(v.data) < m.end) {
        v.data = m.host.data() + (static_cast<char *>(v.data) - m.begin);
        break;
      }
  }
  run_host(id, host.data(), nt, scalars, ns);
  for (Image &m : images)
    if (m.host != m.before) accelerator->copy(m.begin, m.host.data(), m.end - m.begin, Accelerator::Way::ToDevice);
}

}  // namespace

void note_refusal(const Accelerator::Refusal &refusal, const char *other) {
  Refused &r = refusals()[refusal.what];
  bool known = r.instead == other;
  r = {refusal.words, other, r.count + 1};
  // what the operator's page leaves out is no news
  if (!known && refusal.lasting)
    warn("the npu refused " + refusal.what + " (" + refusal.words + "): " + other + " instead" +
         (std::strcmp(other, kHost) ? ", on the device" : "") + ", here and from now on");
}

View fetched(const View &v, std::vector<char> *store) {
  int64_t bytes = span_of(v);
  store->resize(static_cast<size_t>(std::max<int64_t>(bytes, 1)));
  if (bytes) accelerator->copy(store->data(), v.data, bytes, Accelerator::Way::ToHost);
  View host = v;
  host.device = 0;
  host.data = store->data();
  return host;
}

namespace {

// A kernel by all means but the host: its row, MindSpore's own operator where that is refused, a composition.
bool done_remotely(int id, const View *views, int nt, const Scalar *scalars, int ns, Accelerator::Refusal *refusal,
                   Shape *found) {
  if (started_accelerator().run(id, views, nt, scalars, ns, refusal, found)) return note_done(id), true;
  if (refusal->what.empty())  // no row fits
    return done_by(Means::Composed, id, views, nt, scalars, ns, found) ? note_done(id), true : false;
  // what MindSpore's operator asks for is often the very call that was refused, over dense operands: it is tried once
  // for a kernel and an operator
  static auto *refused_too = new std::set<std::string>;
  std::string both = kernel_name(id) + (" " + refusal->what.substr(0, refusal->what.find('(')));
  if (!refused_too->count(both)) {
    if (done_by(Means::Own, id, views, nt, scalars, ns, found))
      return note_refusal(*refusal, "MindSpore's own operator"), true;
    refused_too->insert(both);
  }
  if (done_by(Means::Composed, id, views, nt, scalars, ns, found)) return note_refusal(*refusal, "a composition"), true;
  return false;
}

[[noreturn]] void raise_refused(int id, const Accelerator::Refusal &refusal) {
  raise(refused_type, std::string("the device does not compute '") + kernel_name(id) + "' of these arguments" +
                          (refusal.words.empty() ? "" : ": " + refusal.words));
}

}  // namespace

Shape run_remote_and_wait(int id, const View *views, int nt, const Scalar *scalars, int ns) {
  Accelerator::Refusal refusal{};
  Shape found;
  if (done_remotely(id, views, nt, scalars, ns, &refusal, &found)) return found;
  if (!refusal.what.empty()) note_refusal(refusal, kHost);
  raise_refused(id, refusal);
}

void run_remote(int id, const View *views, int nt, const Scalar *scalars, int ns, const std::vector<TensorPtr> *whole,
                const std::string &words) {
  started_accelerator();
  if (id == copy_kernel() && nt == 2 && views[0].device != views[1].device)
    return views[0].device ? copy_to_device(views[0], views[1]) : copy_to_host(views[0], views[1]);
  Accelerator::Refusal refusal{words, {}, false};
  if (done_remotely(id, views, nt, scalars, ns, &refusal, nullptr)) return;
  if (kernel_of(kernel_name(id)) < 0) raise_refused(id, refusal);
  note_fallback(kernel_name(id), refusal);
  run_by_host(id, views, nt, scalars, ns, whole);
}

namespace {

// use_accelerator(number), before the device objects are registered: npu is MindSpore's Ascend target, started when
// first used, of the cards that one
PyObject *use_accelerator(PyObject *, PyObject *number) {
  return guarded([&]() -> PyObject * {
    accelerator_number = static_cast<int>(whole_from(number, 0, INT16_MAX, "the number of a device"));
    accelerator_present = true;
    Py_RETURN_NONE;
  });
}
PyObject *start_device(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    if (accelerator_present) started_accelerator();
    Py_RETURN_NONE;
  });
}
PyObject *device_started(PyObject *, PyObject *) { return PyBool_FromLong(accelerator != nullptr); }
PyObject *device_lost(PyObject *, PyObject *) { return PyBool_FromLong(state == State::Forked); }
PyObject *close_device(PyObject *, PyObject *) {  // what is queued runs to its end; nothing new begins
  return guarded([&]() -> PyObject * {
    if (state != State::Usable) Py_RETURN_NONE;
    state = State::Closed;  // also when what is queued fails
    if (!accelerator) Py_RETURN_NONE;
    if (!fallbacks().empty()) {
      std::string text;
      for (auto &[name, count] : fallbacks())
        text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count) + "x";
      PySys_FormatStderr(
          "mindtorch: on the host for want of an Ascend operator: %s; all else ran on the npu (%lld launches)\n",
          text.c_str(), static_cast<long long>(accelerator->launches()));
    }
    accelerator->synchronize();
    Py_RETURN_NONE;
  });
}
PyObject *forget_device(PyObject *, PyObject *) {  // in a forked child: the device is the parent's
  if (accelerator) state = State::Forked;
  Py_RETURN_NONE;
}
PyObject *synchronize(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    if (accelerator) started_accelerator().synchronize();
    Py_RETURN_NONE;
  });
}
PyObject *device_memory(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    MemoryFigures m = started_accelerator().memory();
    return Py_BuildValue("{s:L,s:L,s:L,s:L,s:L,s:L}", "allocated", (long long)m.allocated, "peak", (long long)m.peak,
                         "reserved", (long long)m.reserved, "peak_reserved", (long long)m.peak_reserved, "free",
                         (long long)m.free, "total", (long long)m.total);
  });
}
PyObject *reset_device_peak(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    if (accelerator) accelerator->reset_peak();
    Py_RETURN_NONE;
  });
}
PyObject *empty_device_cache(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    if (accelerator) started_accelerator().empty_cache();
    Py_RETURN_NONE;
  });
}
PyObject *device_name(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * { return PyUnicode_FromString(started_accelerator().name().c_str()); });
}
PyObject *device_launches(PyObject *, PyObject *) {
  return PyLong_FromLongLong(accelerator ? accelerator->launches() : 0);
}
// device_kernels() -> {kernel: how often the device did it itself}
PyObject *device_kernels(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    Ref made = checked(PyDict_New());
    for (size_t id = 0; id < done_counts().size(); ++id) {
      if (!done_counts()[id]) continue;
      Ref n = checked(PyLong_FromLongLong(done_counts()[id]));
      if (PyDict_SetItemString(made.get(), kernel_name(static_cast<int>(id)), n.get())) throw PythonError();
    }
    return made.release();
  });
}
PyObject *device_fallbacks(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    Ref made = checked(PyDict_New());
    for (auto &[name, count] : fallbacks()) {
      Ref n = checked(PyLong_FromLongLong(count));
      if (PyDict_SetItemString(made.get(), name.c_str(), n.get())) throw PythonError();
    }
    return made.release();
  });
}
// device_refusals() -> {operator, dtypes and layouts: (how often, what is done instead, the device's words)}
PyObject *device_refusals(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    Ref made = checked(PyDict_New());
    for (auto &[what, r] : refusals()) {
      Ref entry = checked(Py_BuildValue("(Lss)", static_cast<long long>(r.count), r.instead.c_str(), r.words.c_str()));
      if (PyDict_SetItemString(made.get(), what.c_str(), entry.get())) throw PythonError();
    }
    return made.release();
  });
}
// by_host(name): what Python computes on the host of tensors of the npu is said, counted and forbidden like kernels are
PyObject *by_host(PyObject *, PyObject *name) {
  return guarded([&]() -> PyObject * {
    note_fallback(text_from(name), {});
    Py_RETURN_NONE;
  });
}
// kernel_row(kernel, row, kind): how a kernel is carried out on Ascend. `kind` is that of an element-wise operator, -1
// for others.
PyObject *kernel_row(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    ascend::add_row(text_from(a[0]), text_from(a[1]),
                    static_cast<int>(whole_from(a[2], -1, INT32_MAX, "the kind of an operator")));
    Py_RETURN_NONE;
  });
}
PyObject *kernel_rows(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    Ref list = checked(PyList_New(0));
    for (auto &[name, text] : ascend::rows())
      if (PyList_Append(list.get(), checked(Py_BuildValue("(ss)", name.c_str(), text.c_str())).get()))
        throw PythonError();
    return list.release();
  });
}

PyMethodDef functions[] = {{"use_accelerator", use_accelerator, METH_O, nullptr},
                           {"start_device", start_device, METH_NOARGS, nullptr},
                           {"device_started", device_started, METH_NOARGS, nullptr},
                           {"device_lost", device_lost, METH_NOARGS, nullptr},
                           {"close_device", close_device, METH_NOARGS, nullptr},
                           {"forget_device", forget_device, METH_NOARGS, nullptr},
                           {"synchronize", synchronize, METH_NOARGS, nullptr},
                           {"device_memory", device_memory, METH_NOARGS, nullptr},
                           {"reset_device_peak", reset_device_peak, METH_NOARGS, nullptr},
                           {"empty_device_cache", empty_device_cache, METH_NOARGS, nullptr},
                           {"device_name", device_name, METH_NOARGS, nullptr},
                           {"device_launches", device_launches, METH_NOARGS, nullptr},
                           {"device_kernels", device_kernels, METH_NOARGS, nullptr},
                           {"device_fallbacks", device_fallbacks, METH_NOARGS, nullptr},
                           {"device_refusals", device_refusals, METH_NOARGS, nullptr},
                           {"by_host", by_host, METH_O, nullptr},
                           method<kernel_row, arg::Text, arg::Text, arg::Any>("kernel_row"),
                           {"kernel_rows", kernel_rows, METH_NOARGS, nullptr},
                           {}};
}  // namespace

bool init_backend(PyObject *module) {
  refused_type = PyErr_NewExceptionWithDoc("mindtorch._C.Refused", "what the device does not compute of such arguments",
                                           PyExc_RuntimeError, nullptr);
  return refused_type && PyModule_AddObjectRef(module, "Refused", refused_type) == 0 &&
         PyModule_AddFunctions(module, functions) == 0 && init_queues(module) && init_verify(module);
}

}  // namespace mt
