// Kernels called by number from Python, with the tensors and the scalars that they take.

#include <algorithm>

#include "boundary.h"
#include "means.h"
#include "module.h"
#include "node.h"
#include "scalars.h"
#include "verify.h"

namespace mt {
namespace {

// A call with operands on the accelerator; false where there are none. Apart, so that calls on the host have no frame
// for it.
[[gnu::noinline]] bool done_elsewhere(int id, PyObject *const *a, const Few<View, 8> &views,
                                      const Few<Scalar, 16> &scalars, const Few<TensorPtr, 8> &held) {
  if (std::none_of(views.begin(), views.end(), [](const View &v) { return v.device && !v.none(); })) return false;
  std::vector<TensorPtr> whole;
  auto hold = [&] {
    for (const TensorPtr &t : held)
      if (t) whole.push_back(t);
  };
  if (verifying) hold();
  int nt = static_cast<int>(views.end() - views.begin()), ns = static_cast<int>(scalars.end() - scalars.begin());
  Verified check(id, views.begin(), nt, scalars.begin(), ns, &whole);
  std::string words;
  if (!composed(id, a[1], a[2], &words)) {
    if (!verifying) hold();
    run_remote(id, views.begin(), nt, scalars.begin(), ns, &whole, words);
  }
  check.compare();
  return true;
}

// call(kernel, tensors, scalars). Numbers come first: what their __index__ does to a tensor is done before its memory
// is looked up.
PyObject *call(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    int id = kernel_from(a[0]);
    Py_ssize_t nt = PyTuple_GET_SIZE(a[1]), ns = PyTuple_GET_SIZE(a[2]);
    std::vector<Shape> store;
    Few<Scalar, 16> scalars(static_cast<size_t>(ns));
    for (Py_ssize_t i = 0; i < ns; ++i) scalars[i] = scalar_from(PyTuple_GET_ITEM(a[2], i), &store);
    Few<View, 8> views(static_cast<size_t>(nt));
    Few<TensorPtr, 8> held(
        static_cast<size_t>(nt));  // another thread may drop the last Python reference while the lock is released
    for (Py_ssize_t i = 0; i < nt; ++i) {
      PyObject *o = PyTuple_GET_ITEM(a[1], i);
      if (o == Py_None) continue;
      held[i] = unwrap(o);
      view_of(held[i], &views[i]);
      if (!held[i]->device_address())
        raise(PyExc_NotImplementedError, "a kernel was asked to compute on a meta tensor");
    }
    if (device_count > 1 && !kernel_goes_anywhere(id)) common_device(held.begin(), static_cast<int>(nt));
    DType first = nt && !views[0].none() ? views[0].dtype : DType::I64;
    for (Scalar &s : scalars) s = for_dtype(s, first);
    if (accelerator && done_elsewhere(id, a, views, scalars, held)) Py_RETURN_NONE;
    run_host(id, views.begin(), static_cast<int>(nt), scalars.begin(), static_cast<int>(ns));
    Py_RETURN_NONE;
  });
}

// run_and_wait(kernel, tensors, scalars) -> the shape that the first result has: kernels of devices whose result's size
// depends on values
PyObject *run_and_wait(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    int id = kernel_from(a[0]);
    std::vector<Shape> store;
    store.reserve(static_cast<size_t>(PyTuple_GET_SIZE(a[2])));
    std::vector<Scalar> scalars;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[2]); ++i)
      scalars.push_back(scalar_from(PyTuple_GET_ITEM(a[2], i), &store));
    std::vector<View> views(static_cast<size_t>(PyTuple_GET_SIZE(a[1])));
    std::vector<TensorPtr> held;
    for (size_t i = 0; i < views.size(); ++i) {
      held.push_back(unwrap(PyTuple_GET_ITEM(a[1], static_cast<Py_ssize_t>(i))));
      views[i] = view_of(held.back());
      if (!views[i].device) raise(PyExc_TypeError, "expected tensors of the npu");
    }
    return tuple_from(run_remote_and_wait(id, views.data(), static_cast<int>(views.size()), scalars.data(),
                                          static_cast<int>(scalars.size())));
  });
}

PyMethodDef functions[] = {method<call, arg::Any, arg::Tuple, arg::Tuple>("call"),
                           method<run_and_wait, arg::Any, arg::Tuple, arg::Tuple>("run_and_wait"),
                           {}};

}  // namespace

bool init_calls(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
