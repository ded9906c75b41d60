// The rooms of mindtorch._C: each adds its functions.
#pragma once
#include <Python.h>

namespace mt {
bool init_backend(PyObject *module);     // backend.cc
bool init_callable(PyObject *module);    // callable.cc
bool init_calls(PyObject *module);       // calls.cc
bool init_graph(PyObject *module);       // graph.cc
bool init_history(PyObject *module);     // history.cc
bool init_library(PyObject *module);     // library.cc
bool init_means(PyObject *module);       // means.cc
bool init_numbers(PyObject *module);     // numbers.cc
bool init_pointwise(PyObject *module);   // pointwise.cc
bool init_promotion(PyObject *module);   // promotion.cc
bool init_properties(PyObject *module);  // properties.cc
bool init_storage(PyObject *module);     // storage.cc
bool init_views(PyObject *module);       // views.cc
}  // namespace mt
