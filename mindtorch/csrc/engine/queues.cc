// What Python asks of a device's streams and events, and of memory of the host that is pinned for it.
#include "backend.h"
#include "boundary.h"

namespace mt {

namespace {

constexpr const char *kEvent = "mindtorch event";
constexpr int64_t kMostStreams = 1 << 16;

Queues &queues() { return started_accelerator().queues(); }
uint32_t stream_from(PyObject *o) { return static_cast<uint32_t>(whole_from(o, 0, kMostStreams, "a stream")); }

const Queues::Event &event_from(PyObject *o) {
  auto *event = static_cast<Queues::Event *>(PyCapsule_GetPointer(o, kEvent));
  if (!event) throw PythonError();
  return *event;
}
PyObject *yes_or_no(bool yes) { return PyBool_FromLong(yes); }

PyObject *make_stream(PyObject *, PyObject *priority) {
  return guarded([&] {
    return PyLong_FromUnsignedLong(
        queues().make(static_cast<int>(whole_from(priority, INT32_MIN, INT32_MAX, "a priority"))));
  });
}
PyObject *current_stream(PyObject *, PyObject *) {
  return guarded([&] { return PyLong_FromUnsignedLong(queues().current()); });
}
PyObject *select_stream(PyObject *, PyObject *stream) {
  return guarded([&]() -> PyObject * {
    queues().select(stream_from(stream));
    Py_RETURN_NONE;
  });
}
PyObject *stream_handle(PyObject *, PyObject *stream) {
  return guarded([&] { return PyLong_FromVoidPtr(queues().handle(stream_from(stream))); });
}
PyObject *stream_done(PyObject *, PyObject *stream) {
  return guarded([&] { return yes_or_no(queues().done(stream_from(stream))); });
}
PyObject *wait_for_stream(PyObject *, PyObject *stream) {
  return guarded([&]() -> PyObject * {
    queues().wait(stream_from(stream));
    Py_RETURN_NONE;
  });
}

PyObject *make_event(PyObject *, PyObject *timed) {
  return guarded([&]() -> PyObject * {
    auto event = std::make_unique<Queues::Event>(queues().make_event(PyObject_IsTrue(timed) == 1));
    PyObject *made = PyCapsule_New(event.get(), kEvent, [](PyObject *capsule) {
      delete static_cast<Queues::Event *>(PyCapsule_GetPointer(capsule, kEvent));
    });
    if (!made) throw PythonError();
    event.release();
    return made;
  });
}
PyObject *record_event(PyObject *, PyObject *const *a, Py_ssize_t) {  // record_event(event, stream)
  return guarded([&]() -> PyObject * {
    queues().record(event_from(a[0]), stream_from(a[1]));
    Py_RETURN_NONE;
  });
}
PyObject *follow_event(PyObject *, PyObject *const *a, Py_ssize_t) {  // follow_event(event, stream)
  return guarded([&]() -> PyObject * {
    queues().follow(stream_from(a[1]), event_from(a[0]));
    Py_RETURN_NONE;
  });
}
PyObject *event_done(PyObject *, PyObject *event) {
  return guarded([&] { return yes_or_no(queues().done(event_from(event))); });
}
PyObject *wait_for_event(PyObject *, PyObject *event) {
  return guarded([&]() -> PyObject * {
    queues().wait(event_from(event));
    Py_RETURN_NONE;
  });
}
PyObject *event_milliseconds(PyObject *, PyObject *const *a, Py_ssize_t) {  // event_milliseconds(from, to)
  return guarded([&] { return PyFloat_FromDouble(queues().milliseconds(event_from(a[0]), event_from(a[1]))); });
}

PyObject *empty_pinned(PyObject *, PyObject *const *a, Py_ssize_t) {  // empty_pinned(elements, dtype): of one dimension
  return guarded([&]() -> PyObject * {
    DType dtype = dtype_from(a[1]);
    int64_t n = whole_from(a[0], 0, INT64_MAX / 16, "a number of elements"), bytes = n * itemsize(dtype);
    return wrap(in_memory(queues().pinned(bytes), bytes, {n}, dtype));
  });
}
PyObject *is_pinned(PyObject *, PyObject *tensor) {
  return guarded(
      [&] { return yes_or_no(accelerator && accelerator->queues().is_pinned(storage_pointer(unwrap(tensor)))); });
}
PyObject *drop_pinned(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    if (accelerator) queues().drop_pinned();
    Py_RETURN_NONE;
  });
}
// copy_later(to, from) -> whether the copy is under way: between the device and pinned memory, of dense tensors of one
// shape and dtype
PyObject *copy_later(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    TensorPtr to = unwrap(a[0]), from = unwrap(a[1]);
    if (!accelerator || !to->device_address() || !from->device_address()) Py_RETURN_FALSE;
    View t = view_of(to), f = view_of(from);
    bool plain = t.device != f.device && t.dtype == f.dtype && to->shape() == from->shape() && t.contiguous() &&
                 f.contiguous() && t.numel();
    const void *host = t.device ? f.data : t.data;
    if (!plain || !queues().is_pinned(host)) Py_RETURN_FALSE;
    queues().copy_later(t.data, f.data, t.numel() * itemsize(t.dtype), t.device, host);
    Py_RETURN_TRUE;
  });
}
PyObject *lend(PyObject *, PyObject *const *a, Py_ssize_t) {  // lend(tensor, stream)
  return guarded([&]() -> PyObject * {
    TensorPtr t = unwrap(a[0]);
    if (accelerator && on_accelerator(t)) queues().lend(t->device_address()->device_pointer(), stream_from(a[1]));
    Py_RETURN_NONE;
  });
}

PyMethodDef functions[] = {{"make_stream", make_stream, METH_O, nullptr},
                           {"current_stream", current_stream, METH_NOARGS, nullptr},
                           {"select_stream", select_stream, METH_O, nullptr},
                           {"stream_handle", stream_handle, METH_O, nullptr},
                           {"stream_done", stream_done, METH_O, nullptr},
                           {"wait_for_stream", wait_for_stream, METH_O, nullptr},
                           {"make_event", make_event, METH_O, nullptr},
                           method<record_event, arg::Any, arg::Any>("record_event"),
                           method<follow_event, arg::Any, arg::Any>("follow_event"),
                           {"event_done", event_done, METH_O, nullptr},
                           {"wait_for_event", wait_for_event, METH_O, nullptr},
                           method<event_milliseconds, arg::Any, arg::Any>("event_milliseconds"),
                           method<empty_pinned, arg::Any, arg::Any>("empty_pinned"),
                           {"is_pinned", is_pinned, METH_O, nullptr},
                           {"drop_pinned", drop_pinned, METH_NOARGS, nullptr},
                           method<copy_later, arg::Tensor, arg::Tensor>("copy_later"),
                           method<lend, arg::Tensor, arg::Any>("lend"),
                           {}};
}  // namespace

bool init_queues(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
