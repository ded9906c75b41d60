// mindtorch._C: how tensors are made, and the module itself.
#include "module.h"

#include <cfenv>
#include <csignal>

#include "boundary.h"
#include "views.h"

namespace mt {
namespace {

DType dtype_or_own(PyObject *code, const TensorPtr &t) {
  return whole_from(code) == -1 ? dtype_of(*t) : dtype_from(code);
}

// ---- construction ----
FAST(make_empty) {  // empty(shape, dtype, device)
  return guarded([&] { return wrap(empty(shape_from(a[0]), dtype_from(a[1]), device_from(a[2]))); });
}
FAST(make_empty_strided) {  // empty_strided(shape, stride, dtype, device)
  return guarded(
      [&] { return wrap(empty_strided(shape_from(a[0]), shape_from(a[1]), dtype_from(a[2]), device_from(a[3]))); });
}
FAST(make_detached) {  // detach(t): same memory and version, outside the graph
  return guarded([&] { return wrap(alias(unwrap(a[0]))); });
}
FAST(make_strided) {  // strided(t, shape, stride, offset, dtype or -1): raw alias
  return guarded([&] {
    Shape shape = shape_from(a[1]), stride = shape_from(a[2]);
    int64_t offset = whole_from(a[3]);
    TensorPtr t = unwrap(a[0]);
    return wrap(strided_alias(t, shape, stride, offset, dtype_or_own(a[4], t)));
  });
}
// view(name, rule, context, t, shape, stride, offset, dtype or -1, creation): a differentiable view
FAST(make_python_view) {
  return guarded([&]() -> PyObject * {
    Shape shape = shape_from(a[4]), stride = shape_from(a[5]);
    int64_t offset = whole_from(a[6]),
            creation = whole_from(a[8], 0, static_cast<int64_t>(Creation::Custom), "how a view was made");
    TensorPtr t = unwrap(a[3]);
    return make_view(
        text_from(a[0]), a[1], [&] { return Ref::borrow(a[2]); }, a[3], t, shape, stride, offset, dtype_or_own(a[7], t),
        static_cast<Creation>(creation));
  });
}

// MindSpore's fork handlers put a SIGINT handler of their own in place, which ends the process: Python's comes back.
PyOS_sighandler_t interrupt_handler = SIG_DFL;
PyObject *save_interrupt(PyObject *, PyObject *) {
  interrupt_handler = PyOS_getsig(SIGINT);
  Py_RETURN_NONE;
}
PyObject *restore_interrupt(PyObject *, PyObject *) {
  PyOS_setsig(SIGINT, interrupt_handler);
  Py_RETURN_NONE;
}

PyMethodDef functions[] = {
    {"plain", plain, METH_O, nullptr},
    method<make_empty, arg::Any, arg::Any, arg::Any>("empty"),
    method<make_empty_strided, arg::Any, arg::Any, arg::Any, arg::Any>("empty_strided"),
    method<make_detached, arg::Any>("detach"),
    method<make_strided, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any>("strided"),
    method<make_python_view, arg::Text, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any>(
        "view"),
    {"save_interrupt", save_interrupt, METH_NOARGS, nullptr},
    {"restore_interrupt", restore_interrupt, METH_NOARGS, nullptr},
    {}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "mindtorch._C",
                          "The engine: tensors, graph and kernel calls.",
                          -1,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace
}  // namespace mt

namespace {
// Loading MindSpore's aarch64 libraries leaves the processor set to take subnormal numbers for zero, for the whole
// process: NumPy's too.
void keep_subnormals() {
  volatile float smallest = 1e-40f;
  if (smallest * 1.0f == 0.0f) std::fesetenv(FE_DFL_ENV);
}
}  // namespace

PyMODINIT_FUNC PyInit__C() {
  keep_subnormals();
  PyObject *m = PyModule_Create(&mt::definition);
  if (!m) return nullptr;
  if (PyModule_AddFunctions(m, mt::functions) < 0) return nullptr;
  for (auto init : {mt::init_properties, mt::init_storage, mt::init_numbers, mt::init_history, mt::init_library,
                    mt::init_means, mt::init_calls, mt::init_promotion, mt::init_pointwise, mt::init_backend,
                    mt::init_views, mt::init_graph, mt::init_callable})
    if (!init(m)) return nullptr;
  return m;
}
