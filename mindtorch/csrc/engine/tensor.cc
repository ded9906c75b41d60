#include "tensor.h"

#include <cstdlib>
#include <map>
#include <mutex>
#include <set>

#include "device_address/device_address_maker.h"
#include "backend.h"
#include "boundary.h"
#include "ir/tensor_storage_info.h"

namespace mt {

using mindspore::TypeId;
PyTypeObject *tensor_type = nullptr;
thread_local bool inference_mode = false;

void raise(PyObject *type, const std::string &text) {
  PyErr_SetString(type, text.c_str());
  throw PythonError();
}

std::string words_of(const std::exception &e) {
  std::string text = e.what();
  size_t stack = text.find("- C++ Call Stack");
  if (stack != std::string::npos) text.erase(stack);
  text.erase(text.find_last_not_of(" \n-") + 1);
  return text;
}

Meta::~Meta() {
  if (!grad_object && !self_reference && !hooks && !after_hooks) return;
  if (!Py_IsInitialized()) return;
  PyGILState_STATE s = PyGILState_Ensure();
  Py_CLEAR(grad_object);
  Py_CLEAR(self_reference);
  Py_CLEAR(hooks);
  Py_CLEAR(after_hooks);
  PyGILState_Release(s);
}

namespace {
#define X(type, name, bytes, kind, word, theirs) mindspore::kNumberType##theirs,
constexpr TypeId kTypes[] = {MT_DTYPES(X)};
#undef X
struct Reverse {
  int8_t at[mindspore::kNumberTypeEnd + 1];
  Reverse() {
    std::fill(std::begin(at), std::end(at), int8_t{-1});
    for (int i = 0; i < static_cast<int>(DType::Count); ++i) at[kTypes[i]] = static_cast<int8_t>(i);
  }
};
const Reverse kReverse;
}  // namespace

TypeId type_id(DType d) { return kTypes[static_cast<int>(d)]; }
DType dtype_of(const Tensor &t) {
  TypeId id = t.data_type();
  if (id < 0 || id > mindspore::kNumberTypeEnd || kReverse.at[id] < 0)
    raise(PyExc_TypeError, "MindSpore dtype without a torch counterpart");
  return static_cast<DType>(kReverse.at[id]);
}

Meta *ensure_meta(const TensorPtr &t) {
  if (!t->auto_grad_meta_data()) t->set_auto_grad_meta_data(std::make_shared<Meta>());
  return meta_of(t);
}

bool is_tensor(PyObject *o) {
  return Py_TYPE(o) == tensor_type || PyType_IsSubtype(Py_TYPE(o), mindspore::tensor::GetTensorPyType());
}

PyTypeObject *opaque_type = nullptr;
PyObject *opaque_error = nullptr;

TensorPtr unwrap(PyObject *o) {
  if (Py_TYPE(o) == opaque_type) raise(opaque_error, "this tensor stands for a batch: no kernel can read it");
  return peek(o);
}

TensorPtr peek(PyObject *o) {
  if (!is_tensor(o)) raise(PyExc_TypeError, std::string("expected Tensor, got ") + Py_TYPE(o)->tp_name);
  TensorPtr t = reinterpret_cast<mindspore::tensor::PyType<mindspore::tensor::TensorPy> *>(o)->value.GetTensor();
  if (!t) raise(PyExc_TypeError, "a Tensor that was never initialised");
  return t;
}

PyObject *wrap(const TensorPtr &t) {
  if (auto *m = meta_of(t); m && m->self_reference) {
    PyObject *held = PyWeakref_GetObject(m->self_reference);
    if (held && held != Py_None) return Py_NewRef(held);
  }
  PyObject *o = mindspore::tensor::TensorPythonInit(t);
  if (!o) throw PythonError();
  PyTypeObject *old = Py_TYPE(o);
  if (tensor_type && old != tensor_type) {  // what assigning __class__ does, without the checks
    Py_INCREF(tensor_type);
    Py_SET_TYPE(o, tensor_type);
    Py_DECREF(old);
  }
  return o;
}

void remember(const TensorPtr &t, PyObject *object) {
  Meta *m = ensure_meta(t);
  if (m->self_reference) {
    PyObject *held = PyWeakref_GetObject(m->self_reference);
    if (held && held != Py_None) return;
    Py_CLEAR(m->self_reference);
  }
  m->self_reference = checked(PyWeakref_NewRef(object, nullptr)).release();
}

bool is_inference(const TensorPtr &t) {
  auto *m = meta_of(t);
  return m && m->inference;
}

[[gnu::noinline]] static int device_without_record(const TensorPtr &t) { return on_accelerator(t) ? 1 : 0; }

int device_of(const TensorPtr &t) {
  if (auto *m = meta_of(t); m && m->device) return m->device;
  if (t->device_address() == nullptr) return -1;
  return accelerator ? device_without_record(t) : 0;  // a tensor of MindSpore's own has no record of ours
}

// ---- memory ----
// Large blocks are kept when freed: a training step asks for the same sizes again, and fresh pages cost more than the
// work.
namespace {
constexpr int64_t kCacheFrom = 1 << 18;
constexpr int64_t kMostBytes = int64_t{1} << 60;  // rounding up and alignment stay far from the end of 64 bits
struct Cache {
  std::mutex lock;
  std::multimap<int64_t, void *> free;
  int64_t held = 0, live = 0, peak = 0;
};
Cache &cache() {
  static Cache *c = new Cache;  // outlives static destructors of MindSpore
  return *c;
}
int64_t rounded(int64_t bytes) {
  if (bytes < kCacheFrom) return (bytes + 63) / 64 * 64;
  int64_t step = int64_t{1} << (60 - __builtin_clzll(static_cast<uint64_t>(bytes)));  // an eighth of the power of two
  return (bytes + step - 1) / step * step;
}
}  // namespace

void *allocate(int64_t bytes) {
  if (bytes > kMostBytes)
    raise(PyExc_RuntimeError,
          "DefaultCPUAllocator: can't allocate memory: you tried to allocate " + std::to_string(bytes) + " bytes.");
  int64_t size = rounded(std::max<int64_t>(bytes, 1));
  Cache &c = cache();
  {
    std::lock_guard<std::mutex> guard(c.lock);
    c.live += size;
    c.peak = std::max(c.peak, c.live);
    if (size >= kCacheFrom) {
      auto found = c.free.lower_bound(size);
      if (found != c.free.end() && found->first == size) {
        void *p = found->second;
        c.held -= size;
        c.free.erase(found);
        return p;
      }
    }
  }
  void *p = nullptr;
  if (posix_memalign(&p, 64, static_cast<size_t>(size))) {
    release_cached();
    if (posix_memalign(&p, 64, static_cast<size_t>(size))) {
      std::lock_guard<std::mutex> guard(c.lock);
      c.live -= size;
      raise(PyExc_RuntimeError,
            "DefaultCPUAllocator: can't allocate memory: you tried to allocate " + std::to_string(bytes) + " bytes.");
    }
  }
  return p;
}

void release(void *p, int64_t bytes) {
  int64_t size = rounded(std::max<int64_t>(bytes, 1));
  Cache &c = cache();
  std::lock_guard<std::mutex> guard(c.lock);
  c.live -= size;
  if (size >= kCacheFrom && c.held + size <= std::max<int64_t>(int64_t{64} << 20, c.peak / 4)) {
    c.free.emplace(size, p);
    c.held += size;
  } else {
    std::free(p);
  }
}

void release_cached() {
  Cache &c = cache();
  std::lock_guard<std::mutex> guard(c.lock);
  for (auto &kv : c.free) std::free(kv.second);
  c.free.clear();
  c.held = 0;
}
int64_t allocated_bytes() { return cache().live; }
int64_t peak_bytes() { return cache().peak; }
void reset_peak() {
  Cache &c = cache();
  std::lock_guard<std::mutex> guard(c.lock);
  c.peak = c.live;
}

namespace {
Shape dense_strides(const Shape &shape) {
  Shape stride(shape.size());
  int64_t next = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    stride[d] = next;
    next *= std::max<int64_t>(shape[d], 1);
  }
  return stride;
}

bool has_dense_strides(const Shape &shape, const Shape &stride) {
  int64_t next = 1;
  for (size_t d = shape.size(); d-- > 0; next *= std::max<int64_t>(shape[d], 1))
    if (stride[d] != next) return false;
  return true;
}

mindspore::device::DeviceAddressPtr make_address(void *p, int64_t bytes, DType dtype, const Shape &shape,
                                                 std::function<void(void *, bool)> &&deleter) {
  auto address = mindspore::DeviceAddressMaker(p, type_id(dtype), shape)
                     .set_deleter(std::move(deleter))
                     .set_maker(mindspore::GetDeviceAddressMaker(mindspore::device::DeviceType::kCPU))
                     .make_device_address();
  address->SetSize(static_cast<size_t>(bytes));
  return address;
}

mindspore::device::DeviceAddressPtr new_address(int64_t bytes, DType dtype, const Shape &shape) {
  void *p = allocate(bytes);
  return make_address(p, bytes, dtype, shape, [bytes](void *q, bool) { release(q, bytes); });
}

void set_geometry(const TensorPtr &t, const Shape &shape, const Shape &stride, int64_t offset) {
  bool dense = has_dense_strides(shape, stride);
  if (dense && offset == 0) t->set_storage_info(nullptr);
  else {
    int64_t all = t->device_address() ? static_cast<int64_t>(t->device_address()->GetSize()) /
                                            std::max<int64_t>(1, itemsize(dtype_of(*t)))
                                      : 0;
    t->set_storage_info(std::make_shared<mindspore::TensorStorageInfo>(shape, stride, static_cast<size_t>(offset),
                                                                       Shape{all}, Shape{1}, dense));
  }
}
}  // namespace

TensorPtr empty(const Shape &shape, DType dtype, int device) {
  int64_t n = elements(shape), bytes;
  if (__builtin_mul_overflow(n, itemsize(dtype), &bytes) || (device >= 0 && bytes > kMostBytes))
    raise(PyExc_RuntimeError, "Storage size calculation overflowed");
  mindspore::device::DeviceAddressPtr address;
  if (device > 0 && accelerator_present) address = started_accelerator().allocate(bytes);
  else if (device >= 0) address = new_address(bytes, dtype, shape);
  auto t = std::make_shared<Tensor>(type_id(dtype), shape, address);
  if (device > 0 && !accelerator_present) ensure_meta(t)->device = static_cast<int8_t>(device);
  if (inference_mode) ensure_meta(t)->inference = true;
  return t;
}

TensorPtr empty_strided(const Shape &shape, const Shape &stride, DType dtype, int device) {
  elements(shape);  // what follows multiplies sizes
  if (stride.size() == shape.size() && has_dense_strides(shape, stride)) return empty(shape, dtype, device);
  int64_t extent = extent_of(shape, stride, 0, itemsize(dtype));
  auto t = empty({extent}, dtype, device);
  t->set_shape(shape);
  set_geometry(t, shape, stride, 0);
  return t;
}

// What an alias shares besides the memory.
static void inherit(const TensorPtr &t, const TensorPtr &r) {
  r->set_version(t->version());
  if (auto *m = meta_of(t); m && (m->device || m->inference)) {
    Meta *made = ensure_meta(r);
    made->device = m->device;
    made->inference = m->inference;
  }
}

TensorPtr alias(const TensorPtr &t) {
  auto r = std::make_shared<Tensor>(t->data_type(), t->shape(), t->device_address());
  if (t->storage_info()) r->set_storage_info(t->storage_info());
  inherit(t, r);
  return r;
}

TensorPtr strided_alias(const TensorPtr &t, const Shape &shape, const Shape &stride, int64_t offset, DType dtype,
                        Bounds bounds) {
  int64_t width = itemsize(dtype), extent = extent_of(shape, stride, offset, width);
  if (bounds == Bounds::Storage && t->device_address())
    if (int64_t bytes = storage_bytes(t); extent * width > bytes) raise_outside(shape, stride, offset, width, bytes);
  auto r = std::make_shared<Tensor>(type_id(dtype), shape, t->device_address());
  set_geometry(r, shape, stride, offset);
  inherit(t, r);
  return r;
}

Shape strides_of(const TensorPtr &t) {
  auto info = t->storage_info();
  return info ? info->strides : dense_strides(t->shape());
}

bool contiguous(const TensorPtr &t) {
  auto info = t->storage_info();
  if (!info) return true;
  int64_t expected = 1;
  const Shape &shape = t->shape();
  for (size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 0) return true;
    if (shape[d] != 1 && info->strides[d] != expected) return false;
    expected *= shape[d];
  }
  return true;
}

// What views and labels cost where no device was started is one load: the rest stands apart.
[[gnu::noinline]] static char *found_on_accelerator(const TensorPtr &t, View *v, char *base) {
  if (!on_accelerator(t)) return base;
  v->device = 1;
  if (base) return base;
  accelerator->settle();
  return static_cast<char *>(storage_pointer(t));
}

View view_of(const TensorPtr &t) {
  View v;
  view_of(t, &v);
  return v;
}
void view_of(const TensorPtr &t, View *view) {
  View &v = *view;
  const Shape &shape = t->shape();
  if (shape.size() > kMaxDims) raise(PyExc_RuntimeError, "tensors of more than 32 dimensions are not supported");
  v.dtype = dtype_of(*t);
  v.ndim = static_cast<int8_t>(shape.size());
  int64_t offset = 0, next = 1;
  uint64_t last = 0;  // wraps for a tensor without elements only: extent_of saw to the others when they were made
  bool none = false;
  auto info = t->storage_info();
  for (int d = v.ndim - 1; d >= 0; --d) {
    v.shape[d] = shape[d];
    v.stride[d] = info ? info->strides[d] : next;
    next *= std::max<int64_t>(shape[d], 1);
    none = none || shape[d] == 0;
    last += static_cast<uint64_t>(shape[d] - 1) * static_cast<uint64_t>(v.stride[d]);
  }
  if (info) offset = static_cast<int64_t>(info->storage_offset);
  v.device = 0;
  const auto &address = t->device_address();
  char *base = address ? static_cast<char *>(address->GetMutablePtr()) : nullptr;
  if (accelerator) base = found_on_accelerator(t, &v, base);
  int64_t width = itemsize(v.dtype);
  if (!none && base && (static_cast<int64_t>(last) + offset + 1) * width > static_cast<int64_t>(address->GetSize()))
    raise_outside(shape, strides_of(t), offset, width, storage_bytes(t));
  v.data = base && !none ? base + offset * width : base;
}

void *storage_pointer(const TensorPtr &t) {
  auto address = t->device_address();
  return address ? address->GetMutablePtr() : nullptr;
}
int64_t storage_bytes(const TensorPtr &t) {
  auto address = t->device_address();
  return address ? static_cast<int64_t>(address->GetSize()) : elements(t->shape()) * itemsize(dtype_of(*t));
}

namespace {
// Memory that others own cannot be resized: its owner would go on with the old block.
struct Foreign {
  std::mutex lock;
  std::multiset<void *> blocks;
};
Foreign &foreign() {
  static Foreign *f = new Foreign;
  return *f;
}
void forget(void *data) {
  std::lock_guard<std::mutex> again(foreign().lock);
  auto found = foreign().blocks.find(data);
  if (found != foreign().blocks.end()) foreign().blocks.erase(found);
}
// The deleter of memory that `held` keeps.
template <class Held>
std::function<void(void *, bool)> owned_by(void *data, Held held) {
  std::lock_guard<std::mutex> guard(foreign().lock);
  foreign().blocks.insert(data);
  return [held = std::move(held), data](void *, bool) mutable {
    forget(data);
    held.reset();
  };
}
}  // namespace

void storage_freeze(const TensorPtr &t) {
  auto address = t->device_address();
  if (!address || !storage_resizable(t)) return;
  mindspore::DevicePointerPtr memory = address->device_pointer();
  void *data = address->GetMutablePtr();
  address->set_device_pointer(std::make_shared<mindspore::DevicePointer>(data, owned_by(data, memory)));
}

bool storage_resizable(const TensorPtr &t) {
  std::lock_guard<std::mutex> guard(foreign().lock);
  return !foreign().blocks.count(storage_pointer(t));
}

void storage_adopt(const TensorPtr &t, void *data, int64_t bytes, PyObject *owner) {
  auto address = t->device_address();
  if (!address) raise(PyExc_NotImplementedError, "a meta tensor has no storage to replace");
  if (accelerator && on_accelerator(t))
    raise(PyExc_NotImplementedError, "a storage of the npu cannot take up memory of the host");
  if (!storage_resizable(t)) raise(PyExc_RuntimeError, "Trying to resize storage that is not resizable");
  auto held = std::make_shared<HeldBuffer>(owner, data, bytes);
  address->set_device_pointer(std::make_shared<mindspore::DevicePointer>(data, owned_by(data, held)));
  address->SetSize(static_cast<size_t>(bytes));
}

void storage_resize(const TensorPtr &t, int64_t bytes) {
  auto address = t->device_address();
  if (!address) return;
  if (!storage_resizable(t)) raise(PyExc_RuntimeError, "Trying to resize storage that is not resizable");
  if (bytes < 0) raise(PyExc_RuntimeError, "a storage cannot have " + std::to_string(bytes) + " bytes");
  if (accelerator && on_accelerator(t)) {
    auto fresh = started_accelerator().allocate_pointer(bytes);
    accelerator->copy(fresh->ptr(), address->GetMutablePtr(),
                      std::min<int64_t>(bytes, static_cast<int64_t>(address->GetSize())), Accelerator::Way::Within);
    address->set_device_pointer(fresh);
    return address->SetSize(static_cast<size_t>(bytes));
  }
  void *fresh = allocate(bytes);
  int64_t kept = std::min<int64_t>(bytes, static_cast<int64_t>(address->GetSize()));
  if (address->GetMutablePtr() && kept) std::memcpy(fresh, address->GetMutablePtr(), static_cast<size_t>(kept));
  auto pointer = std::make_shared<mindspore::DevicePointer>(fresh, [bytes](void *q, bool) { release(q, bytes); });
  address->set_device_pointer(pointer);
  address->SetSize(static_cast<size_t>(bytes));
}

TensorPtr borrowed(void *data, int64_t bytes, DType dtype, bool on_device) {
  Shape shape{bytes / itemsize(dtype)};
  mindspore::device::DeviceAddressPtr address;
  if (on_device) {
    address = std::make_shared<mindspore::device::DeviceAddress>(data, static_cast<size_t>(bytes),
                                                                 mindspore::device::DeviceType::kAscend,
                                                                 accelerator->queues().current());
  } else {
    address = make_address(data, bytes, dtype, shape, [](void *, bool) {});
  }
  return std::make_shared<Tensor>(type_id(dtype), shape, address);
}

TensorPtr in_memory(const mindspore::DevicePointerPtr &memory, int64_t bytes, const Shape &shape, DType dtype) {
  void *data = memory->ptr();
  auto address = make_address(data, bytes, dtype, shape, owned_by(data, memory));
  return std::make_shared<Tensor>(type_id(dtype), shape, address);
}

TensorPtr from_memory(void *data, int64_t bytes, const Shape &shape, DType dtype, PyObject *owner) {
  int64_t wanted;
  if (__builtin_mul_overflow(elements(shape), itemsize(dtype), &wanted) || wanted > bytes)
    raise(PyExc_RuntimeError, "a tensor of " + std::to_string(elements(shape)) + " elements in memory of " +
                                  std::to_string(bytes) + " bytes");
  auto held = std::make_shared<HeldBuffer>(owner, data, bytes);
  auto address = make_address(data, bytes, dtype, shape, owned_by(data, held));
  auto t = std::make_shared<Tensor>(type_id(dtype), shape, address);
  if (inference_mode) ensure_meta(t)->inference = true;
  return t;
}

Shape shape_from(PyObject *o) {
  if (PyLong_Check(o)) return {whole_from(o)};
  Shape s;
  Ref fast = checked(PySequence_Fast(o, "expected a sequence of integers"));
  s.reserve(static_cast<size_t>(PySequence_Fast_GET_SIZE(fast.get())));
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(fast.get()); ++i)  // an item's __index__ may change the list
    s.push_back(whole_from(Ref::borrow(PySequence_Fast_GET_ITEM(fast.get(), i)).get()));
  return s;
}

PyObject *tuple_from(const Shape &s) {
  PyObject *t = PyTuple_New(static_cast<Py_ssize_t>(s.size()));
  for (size_t i = 0; i < s.size(); ++i) PyTuple_SET_ITEM(t, static_cast<Py_ssize_t>(i), PyLong_FromLongLong(s[i]));
  return t;
}

}  // namespace mt
