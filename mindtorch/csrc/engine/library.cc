#include "library.h"

#include <dlfcn.h>

#include <algorithm>
#include <unordered_map>

#include "boundary.h"
#include "module.h"
#include "verify.h"

namespace mt {
namespace {

struct Library {
  decltype(&mindtorch_kernel_count) count;
  decltype(&mindtorch_kernel_name) name;
  decltype(&mindtorch_kernel_call) call;
  decltype(&mindtorch_set_threads) set_threads;
  decltype(&mindtorch_get_threads) get_threads;
  std::unordered_map<std::string, int> ids;
  std::vector<bool> anywhere;  // by kernel: operands may lie on several devices
  int known = 0;                       // kernels of the library; numbers from here on are those of devices
  std::vector<std::string> elsewhere;  // their names
} library;

template <class F>
void resolve(void *handle, const char *name, F &f) {
  f = reinterpret_cast<F>(dlsym(handle, name));
  if (!f) raise(PyExc_ImportError, std::string("the kernel library lacks ") + name);
}

PyObject *load_kernels(PyObject *, PyObject *path) {
  return guarded([&]() -> PyObject * {
    void *handle = dlopen(text_from(path), RTLD_NOW | RTLD_LOCAL);
    if (!handle) raise(PyExc_ImportError, std::string("cannot load the kernel library: ") + dlerror());
    Library fresh{};
    resolve(handle, "mindtorch_kernel_count", fresh.count);
    resolve(handle, "mindtorch_kernel_name", fresh.name);
    resolve(handle, "mindtorch_kernel_call", fresh.call);
    resolve(handle, "mindtorch_set_threads", fresh.set_threads);
    resolve(handle, "mindtorch_get_threads", fresh.get_threads);
    if (library.call) raise(PyExc_RuntimeError, "the kernel library is loaded already");
    for (int i = 0; i < fresh.count(); ++i) {
      std::string name = fresh.name(i);
      fresh.ids[name] = i;
      fresh.anywhere.push_back(name == "copy" || name.rfind("random_", 0) == 0);
    }
    fresh.known = fresh.count();
    library = std::move(fresh);
    Py_RETURN_NONE;
  });
}

PyObject *kernel_id(PyObject *, PyObject *name) {
  return guarded([&]() -> PyObject * {
    int id = kernel_of(text_from(name));
    for (size_t i = 0; id < 0 && i < library.elsewhere.size(); ++i)
      if (library.elsewhere[i] == text_from(name)) id = library.known + static_cast<int>(i);
    if (id < 0) return PyErr_Format(PyExc_LookupError, "no kernel named %U", name);
    return PyLong_FromLong(id);
  });
}
}  // namespace

int kernel_from(PyObject *o) {
  return static_cast<int>(
      whole_from(o, 0, library.known + static_cast<int64_t>(library.elsewhere.size()) - 1, "the number of a kernel"));
}

namespace {

PyObject *kernel_names(PyObject *, PyObject *) {
  PyObject *list = PyList_New(0);
  for (auto &kv : library.ids) {
    Ref s(PyUnicode_FromString(kv.first.c_str()));
    PyList_Append(list, s.get());
  }
  return list;
}

PyObject *set_threads(PyObject *, PyObject *n) {
  return guarded([&]() -> PyObject * {
    library.set_threads(static_cast<int>(whole_from(n, 1, 1 << 12, "the number of threads")));
    Py_RETURN_NONE;
  });
}
PyObject *get_threads(PyObject *, PyObject *) { return PyLong_FromLong(library.get_threads()); }

PyMethodDef functions[] = {
    {"load_kernels", load_kernels, METH_O, nullptr}, {"kernel_id", kernel_id, METH_O, nullptr},
    {"kernel_names", kernel_names, METH_NOARGS, nullptr}, {"set_threads", set_threads, METH_O, nullptr},
    {"get_threads", get_threads, METH_NOARGS, nullptr}, {}};

}  // namespace

bool kernel_goes_anywhere(int id) { return library.anywhere[static_cast<size_t>(id)]; }

int kernel_of(const std::string &name) {
  auto found = library.ids.find(name);
  return found == library.ids.end() ? -1 : found->second;
}
int device_kernel(const std::string &name) {
  if (int id = kernel_of(name); id >= 0) return id;
  for (size_t i = 0; i < library.elsewhere.size(); ++i)
    if (library.elsewhere[i] == name) return library.known + static_cast<int>(i);
  library.elsewhere.push_back(name);
  library.anywhere.push_back(false);
  return library.known + static_cast<int>(library.elsewhere.size()) - 1;
}
const char *kernel_name(int id) {
  return id < library.known ? library.name(id) : library.elsewhere[static_cast<size_t>(id - library.known)].c_str();
}

void run_host(int id, const View *views, int nt, const Scalar *scalars, int ns) {
  if (id >= library.known)
    raise(PyExc_NotImplementedError, std::string("only a device computes '") + kernel_name(id) + "'");
  char error[600];
  int64_t work = 0;
  for (int i = 0; i < nt; ++i)
    if (!views[i].none()) work = std::max(work, views[i].numel());
  int status;
  if (work > 16384) {
    Py_BEGIN_ALLOW_THREADS
    status = library.call(id, views, nt, scalars, ns, error, sizeof error);
    Py_END_ALLOW_THREADS
  } else {
    status = library.call(id, views, nt, scalars, ns, error, sizeof error);
  }
  if (status == 0) return;
  PyObject *types[] = {PyExc_RuntimeError, PyExc_IndexError, PyExc_ValueError, PyExc_TypeError,
                       PyExc_NotImplementedError};
  raise(types[status - 1], error);
}

void run_kernel(int id, const View *views, int nt, const Scalar *scalars, int ns) {
  if (accelerator)
    for (int i = 0; i < nt; ++i)
      if (views[i].device && !views[i].none()) {
        Verified check(id, views, nt, scalars, ns, nullptr);
        run_remote(id, views, nt, scalars, ns);
        return check.compare();
      }
  run_host(id, views, nt, scalars, ns);
}

bool init_library(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
