#include "means.h"

#include "boundary.h"
#include "module.h"
#include "scalars.h"

namespace mt {
namespace {

// By kernel: what carries it out on an accelerator with several launches, before its row is asked.
struct Composition {
  Ref function;
  bool again = false;  // what it did before the device refused a part of it may be done again in another way
};
std::vector<Composition> &compositions() {
  static auto *list = new std::vector<Composition>;
  return *list;
}

// By kernel: what does it where the row is refused.
std::vector<Ref> &others(Means means) {
  static auto *lists = new std::vector<Ref>[2];
  return lists[static_cast<int>(means)];
}

}  // namespace

bool has_composition(int id) { return static_cast<size_t>(id) < compositions().size(); }

bool composed(int id, PyObject *tensors, PyObject *scalars, std::string *words) {
  if (!has_composition(id)) return false;
  const Composition &c = compositions()[static_cast<size_t>(id)];
  if (!c.function) return false;
  Ref answer(PyObject_CallFunctionObjArgs(c.function.get(), tensors, scalars, nullptr));
  if (answer) {
    if (answer.get() == Py_NotImplemented) return false;
    note_done(id);
    return true;
  }
  if (!c.again || !PyErr_ExceptionMatches(refused_type)) throw PythonError();
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  Ref held_type(type), held_value(value), held_trace(trace), text(value ? PyObject_Str(value) : nullptr);
  if (text) *words = text_from(text.get());
  return false;
}

namespace {

// kernel_composition(kernel, function of the tensors and the scalars, whether it may be left halfway)
PyObject *kernel_composition(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    auto id = static_cast<size_t>(device_kernel(text_from(a[0])));
    if (compositions().size() <= id) compositions().resize(id + 1);
    compositions()[id] = {Ref::borrow(a[1]), a[2] == Py_True};
    Py_RETURN_NONE;
  });
}

// kernel_instead(kernel, function of the tensors and the scalars, whether it is MindSpore's own operator)
PyObject *kernel_instead(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    auto id = static_cast<size_t>(device_kernel(text_from(a[0])));
    auto &all = others(a[2] == Py_True ? Means::Own : Means::Composed);
    if (all.size() <= id) all.resize(id + 1);
    all[id] = Ref::borrow(a[1]);
    Py_RETURN_NONE;
  });
}

// A tensor that shows what a view shows, for as long as one kernel is put into its queue.
PyObject *shown_as_tensor(const View &v) {
  if (v.none()) return Py_NewRef(Py_None);
  Shape shape(v.shape, v.shape + v.ndim), stride(v.stride, v.stride + v.ndim);
  int64_t bytes = extent_of(shape, stride, 0, itemsize(v.dtype)) * itemsize(v.dtype);
  return wrap(strided_alias(borrowed(v.data, bytes, v.dtype, v.device), shape, stride, 0, v.dtype));
}

}  // namespace

bool done_by(Means means, int id, const View *views, int nt, const Scalar *scalars, int ns, Shape *found) {
  auto &all = others(means);
  if (static_cast<size_t>(id) >= all.size() || !all[static_cast<size_t>(id)]) return false;
  Ref function = all[static_cast<size_t>(id)], tensors = checked(PyTuple_New(nt)), numbers = checked(PyTuple_New(ns));
  for (int i = 0; i < nt; ++i) PyTuple_SET_ITEM(tensors.get(), i, checked(shown_as_tensor(views[i])).release());
  for (int i = 0; i < ns; ++i) PyTuple_SET_ITEM(numbers.get(), i, checked(object_from(scalars[i])).release());
  Ref answer(PyObject_CallFunctionObjArgs(function.get(), tensors.get(), numbers.get(), nullptr));
  if (answer && answer.get() != Py_NotImplemented && found) *found = shape_from(answer.get());
  if (answer && means == Means::Composed) return answer.get() != Py_NotImplemented;
  if (means == Means::Composed) {
    if (!PyErr_ExceptionMatches(refused_type)) throw PythonError();
    PyErr_Clear();
    return false;
  }
  // MindSpore's operators refuse by exceptions too, some of them only when its queues run, which hold our tensors until
  // then
  bool settled = true;
  try {
    started_accelerator().settle();
  } catch (const std::exception &) {
    settled = false;
  }
  if (answer) return settled && answer.get() != Py_NotImplemented;
  for (PyObject *refusal : {PyExc_RuntimeError, PyExc_TypeError, PyExc_ValueError})
    if (PyErr_ExceptionMatches(refusal)) {
      PyErr_Clear();
      return false;
    }
  throw PythonError();
}

namespace {
PyMethodDef functions[] = {method<kernel_composition, arg::Text, arg::Function, arg::Any>("kernel_composition"),
                           method<kernel_instead, arg::Text, arg::Function, arg::Any>("kernel_instead"),
                           {}};
}  // namespace

bool init_means(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
