// Tensors as the engine sees them: MindSpore's Tensor with our autograd record, and Python objects around them.
#pragma once
#include <Python.h>
#include <structmember.h>

#include <memory>
#include <string>
#include <vector>

#include "include/utils/pynative/variable.h"
#include "include/utils/tensor_py.h"
#include "ir/tensor.h"

#include "../kernels/kernel.h"

namespace mt {

using mindspore::tensor::Tensor;
using mindspore::tensor::TensorPtr;
using mindspore::pynative::autograd::BackwardNode;
using mindspore::pynative::autograd::BackwardNodePtr;
using mindspore::pynative::autograd::Edge;
using Shape = std::vector<int64_t>;

// A Python exception is already set; unwinds to the C API boundary.
struct PythonError {};
[[noreturn]] void raise(PyObject *type, const std::string &text);
// What a native exception says, without MindSpore's call stack.
std::string words_of(const std::exception &e);

class Ref {  // an owned Python reference
 public:
  Ref() = default;
  explicit Ref(PyObject *owned) : p_(owned) {}
  static Ref borrow(PyObject *p) {
    Py_XINCREF(p);
    return Ref(p);
  }
  Ref(const Ref &o) : p_(o.p_) { Py_XINCREF(p_); }
  Ref(Ref &&o) noexcept : p_(o.p_) { o.p_ = nullptr; }
  Ref &operator=(Ref o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~Ref() { Py_XDECREF(p_); }
  PyObject *get() const { return p_; }
  PyObject *release() {
    PyObject *p = p_;
    p_ = nullptr;
    return p;
  }
  explicit operator bool() const { return p_ != nullptr; }

 private:
  PyObject *p_ = nullptr;
};
inline Ref checked(PyObject *p) {
  if (!p) throw PythonError();
  return Ref(p);
}

enum class Creation : uint8_t { Default, NoGrad, MultiOutput, Inference, Custom };

// Everything autograd knows of one tensor. A leaf has requires_grad and no grad_node.
struct Meta : mindspore::pynative::autograd::AutoGradMetaData {
  Meta() : AutoGradMetaData(mindspore::InputType::kOpOutput) {}
  ~Meta() override;
  PyObject *grad_object = nullptr;   // .grad, with its identity
  PyObject *self_reference = nullptr;  // weakref to the Python object that users hold
  PyObject *hooks = nullptr;         // dict of tensor hooks of a leaf; of a non-leaf they live in its node
  PyObject *after_hooks = nullptr;   // dict of post-accumulate-grad hooks
  std::weak_ptr<BackwardNode> accumulator;
  TensorPtr base;             // of a view
  uint32_t view_version = 0;  // the shared version at which grad_node was right
  Creation creation = Creation::Default;
  bool inference = false;     // made in inference mode: no version, never in a graph
  int8_t device = 0;  // 0: cpu (or meta, when there is no memory); n: emulated npu n-1
};

DType dtype_of(const Tensor &t);
mindspore::TypeId type_id(DType d);

inline Meta *meta_of(const TensorPtr &t) { return static_cast<Meta *>(t->auto_grad_meta_data().get()); }
Meta *ensure_meta(const TensorPtr &t);

bool is_tensor(PyObject *o);
TensorPtr unwrap(PyObject *o);          // throws a TypeError, and the opaque type's own error for one of those
TensorPtr peek(PyObject *o);            // of opaque tensors too: for what is asked of shape and dtype alone
// Objects of this class stand for something else than their memory (a batch, of which they show one slice): no kernel
// may see them.
extern PyTypeObject *opaque_type;
extern PyObject *opaque_error;
PyObject *wrap(const TensorPtr &t);     // new reference, of the registered class, or the object that users hold
int device_of(const TensorPtr &t);      // -1 meta, 0 cpu, n emulated npu n-1

extern thread_local bool inference_mode;
bool is_inference(const TensorPtr &t);
void remember(const TensorPtr &t, PyObject *object);  // wrap(t) gives this very object while it lives

TensorPtr empty(const Shape &shape, DType dtype, int device);
TensorPtr empty_strided(const Shape &shape, const Shape &stride, DType dtype, int device);
// The same memory and version, no autograd record.
TensorPtr alias(const TensorPtr &t);
// What a new view's geometry is checked against. Views that show no more than their base does (view, transpose) are as
// good as the base is.
enum class Bounds : uint8_t { Storage, Base };
TensorPtr strided_alias(const TensorPtr &t, const Shape &shape, const Shape &stride, int64_t offset, DType dtype,
                        Bounds bounds = Bounds::Storage);
Shape strides_of(const TensorPtr &t);
bool contiguous(const TensorPtr &t);
View view_of(const TensorPtr &t);
void view_of(const TensorPtr &t, View *view);
void *storage_pointer(const TensorPtr &t);
int64_t storage_bytes(const TensorPtr &t);
void storage_resize(const TensorPtr &t, int64_t bytes);
bool storage_resizable(const TensorPtr &t);
void storage_freeze(const TensorPtr &t);  // not resizable any more: others know its memory
// The storage goes on in memory that `owner` keeps (a mapped file, shared memory).
void storage_adopt(const TensorPtr &t, void *data, int64_t bytes, PyObject *owner);
// Memory of the host or of the accelerator that somebody else keeps.
TensorPtr borrowed(void *data, int64_t bytes, DType dtype, bool on_device);
TensorPtr in_memory(const mindspore::DevicePointerPtr &memory, int64_t bytes, const Shape &shape,
                    DType dtype);  // of the host, which is not resized
TensorPtr from_memory(void *data, int64_t bytes, const Shape &shape, DType dtype, PyObject *owner);

void *allocate(int64_t bytes);
void release(void *p, int64_t bytes);
void release_cached();
int64_t allocated_bytes();
int64_t peak_bytes();
void reset_peak();  // the peak is what is held now

extern PyTypeObject *tensor_type;  // mindtorch.Tensor

// Sequences of ints from Python.
Shape shape_from(PyObject *o);
PyObject *tuple_from(const Shape &s);

// Wrap a C++ body for the C API: exceptions become Python errors.
template <class F>
PyObject *guarded(F &&f) {
  try {
    return f();
  } catch (const PythonError &) {
  } catch (const std::exception &e) {
    PyErr_SetString(PyExc_RuntimeError, words_of(e).c_str());
  }
  return nullptr;
}

}  // namespace mt
