// The public functions and methods of the table as Python objects. A call whose arguments are plain goes straight to
// the Python function that was written for it; every other one (a mode is active, an operand is of a class with
// __torch_function__, a tensor stands where a number is meant, a keyword is spelled as NumPy spells it) first goes by
// the hooks that mindtorch/_ops/table/calls.py sets, with its arguments as they were written.
#include "boundary.h"
#include "module.h"
#include "node.h"

namespace mt {
namespace {

// What a parameter takes without a second look.
enum Kind : char {
  kAnything = 'o',
  kOperand = 'x',  // the first operand: a tensor or a number
  kTensor = 't',   // a tensor, number, str, list or None
  kTensors = 'l',  // the same, and looked into when it is a list or tuple
  kNumber = 'n',   // a number or None
  kFlag = 'b',     // a bool or None
  kDtype = 'd',    // a dtype or None
};

struct Callable {
  PyObject_HEAD
  vectorcallfunc call;
  PyObject *function, *names, *kinds, *primary, *dict, *weak;
  Py_ssize_t positional;  // parameters that a position reaches; what follows *names is one of them
  bool spreads;           // the last of these is *names
};
Callable *as_callable(PyObject *o) { return reinterpret_cast<Callable *>(o); }

struct {
  PyObject *modes = nullptr, *dispatch = nullptr, *settle = nullptr, *signature = nullptr;
} hooks;
PyTypeObject *function_type = nullptr, *method_type = nullptr;
constexpr int kMostUsual = 4;
PyTypeObject *usual[kMostUsual] = {};  // Tensor, Parameter and what else is registered early

PyTypeObject *quiet[2] = {};  // dtype and device, which stand where tensors might: x.to(dtype)

bool is_number(PyTypeObject *t) {
  return t == &PyFloat_Type || t == &PyLong_Type || t == &PyBool_Type || t == &PyComplex_Type;
}
bool is_usual(PyTypeObject *t) {
  return t == usual[0] || t == usual[1] || t == usual[2] || t == usual[3];
}

bool fits(char kind, PyObject *o) {
  PyTypeObject *t = Py_TYPE(o);
  switch (kind) {
    case kOperand:
      return is_usual(t) || is_number(t);
    case kTensors:
      if (t == &PyTuple_Type || t == &PyList_Type) {
        PyObject **items = PySequence_Fast_ITEMS(o);
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i)
          if (!fits(kTensor, items[i])) return false;
        return true;
      }
      [[fallthrough]];
    case kTensor:
      return is_usual(t) || o == Py_None || is_number(t) || t == &PyUnicode_Type || t == &PyTuple_Type ||
             t == &PyList_Type || t == quiet[0] || t == quiet[1];
    case kNumber:
      return o == Py_None || is_number(t);
    case kFlag:
      return o == Py_True || o == Py_False || o == Py_None;
    case kDtype:
      return o == Py_None || t == quiet[0];
    default:
      return true;
  }
}

// The place of a parameter by its name, -1 when there is none. Names are interned, as keywords in code are.
Py_ssize_t place_of(const Callable *c, PyObject *name) {
  Py_ssize_t n = PyTuple_GET_SIZE(c->names);
  for (Py_ssize_t i = 0; i < n; ++i)
    if (PyTuple_GET_ITEM(c->names, i) == name) return c->spreads && i == c->positional - 1 ? -1 : i;
  for (Py_ssize_t i = 0; i < n; ++i)
    if (PyUnicode_Compare(PyTuple_GET_ITEM(c->names, i), name) == 0)
      return c->spreads && i == c->positional - 1 ? -1 : i;
  return -1;
}

bool is_operand_kind(char kind) { return kind == kOperand || kind == kTensor || kind == kTensors; }

// The call by way of the hooks: dispatch(callable, relevant, args, kwargs), then, for what doesn't fit,
// settle(callable, args, kwargs), which gives the answer.
PyObject *by_hooks(Callable *c, PyObject *const *a, Py_ssize_t n, PyObject *names, bool odd) {
  return guarded([&]() -> PyObject * {
    const char *kinds = PyBytes_AS_STRING(c->kinds);
    Py_ssize_t given = names ? PyTuple_GET_SIZE(names) : 0;
    Ref args = checked(PyTuple_New(n)), kwargs = checked(PyDict_New()), relevant = checked(PyList_New(0));
    auto relate = [&](char kind, PyObject *o) {
      if (is_operand_kind(kind) && PyList_Append(relevant.get(), o)) throw PythonError();
    };
    for (Py_ssize_t i = 0; i < n; ++i) {
      PyTuple_SET_ITEM(args.get(), i, Py_NewRef(a[i]));
      if (c->positional) relate(kinds[i < c->positional ? i : c->positional - 1], a[i]);
    }
    for (Py_ssize_t k = 0; k < given; ++k) {
      PyObject *name = PyTuple_GET_ITEM(names, k);
      if (PyDict_SetItem(kwargs.get(), name, a[n + k])) throw PythonError();
      Py_ssize_t at = place_of(c, name);
      relate(at < 0 ? static_cast<char>(kTensors) : kinds[at], a[n + k]);
    }
    Ref answer = checked(PyObject_CallFunctionObjArgs(hooks.dispatch, reinterpret_cast<PyObject *>(c), relevant.get(),
                                                      args.get(), kwargs.get(), nullptr));
    if (answer.get() != Py_NotImplemented) return answer.release();
    if (odd)
      return PyObject_CallFunctionObjArgs(hooks.settle, reinterpret_cast<PyObject *>(c), args.get(), kwargs.get(),
                                          nullptr);
    return PyObject_Vectorcall(c->function, a, static_cast<size_t>(n), names);
  });
}

PyObject *call(PyObject *self, PyObject *const *a, size_t flags, PyObject *names) {
  Callable *c = as_callable(self);
  const char *kinds = PyBytes_AS_STRING(c->kinds);
  Py_ssize_t n = PyVectorcall_NARGS(flags), known = c->positional;
  bool odd = false;
  for (Py_ssize_t i = 0; i < n && !odd; ++i) {
    if (i >= known && !c->spreads) break;  // too many: the function itself says so
    odd = !fits(kinds[i < known ? i : known - 1], a[i]);
  }
  if (names) {
    Py_ssize_t given = PyTuple_GET_SIZE(names);
    for (Py_ssize_t k = 0; k < given && !odd; ++k) {
      Py_ssize_t at = place_of(c, PyTuple_GET_ITEM(names, k));
      odd = at < 0 || !fits(kinds[at], a[n + k]);
    }
  }
  if (odd || PyList_GET_SIZE(hooks.modes)) return by_hooks(c, a, n, names, odd);
  return PyObject_Vectorcall(c->function, a, flags, names);
}

// ---- the objects ----
int traverse(PyObject *self, visitproc visit, void *arg) {
  Callable *c = as_callable(self);
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(c->function);
  Py_VISIT(c->names);
  Py_VISIT(c->primary);
  Py_VISIT(c->dict);
  return 0;
}
int clear(PyObject *self) {
  Callable *c = as_callable(self);
  Py_CLEAR(c->function);
  Py_CLEAR(c->names);
  Py_CLEAR(c->kinds);
  Py_CLEAR(c->primary);
  Py_CLEAR(c->dict);
  return 0;
}
void dealloc(PyObject *self) {
  PyObject_GC_UnTrack(self);
  if (as_callable(self)->weak) PyObject_ClearWeakRefs(self);
  clear(self);
  PyTypeObject *type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject *get_function(PyObject *self, void *) { return Py_NewRef(as_callable(self)->function); }
PyObject *get_names(PyObject *self, void *) { return Py_NewRef(as_callable(self)->names); }
PyObject *get_kinds(PyObject *self, void *) { return Py_NewRef(as_callable(self)->kinds); }
PyObject *get_primary(PyObject *self, void *) {
  PyObject *p = as_callable(self)->primary;
  return Py_NewRef(p ? p : self);
}
PyObject *get_spreads(PyObject *self, void *) { return PyBool_FromLong(as_callable(self)->spreads); }
PyObject *get_positional(PyObject *self, void *) { return PyLong_FromSsize_t(as_callable(self)->positional); }
PyObject *get_globals(PyObject *self, void *) {
  static PyObject *name = PyUnicode_InternFromString("__globals__");
  return PyObject_GetAttr(as_callable(self)->function, name);
}
// Under a name that stays: Python's cache of types keeps what attributes are looked up by.
PyObject *qualified_name(PyObject *self) {
  static PyObject *name = PyUnicode_InternFromString("__qualname__");
  return PyObject_GetAttr(self, name);
}

PyObject *get_signature(PyObject *self, void *) { return PyObject_CallOneArg(hooks.signature, self); }

PyObject *reduce(PyObject *self, PyObject *) { return qualified_name(self); }

PyObject *represent(PyObject *self) {
  Ref name(qualified_name(self));
  if (!name) return nullptr;
  return PyUnicode_FromFormat(Py_IS_TYPE(self, method_type) ? "<built-in method %U>" : "<built-in function %U>",
                              name.get());
}

PyObject *bind(PyObject *self, PyObject *owner, PyObject *) {
  return owner && owner != Py_None ? PyMethod_New(self, owner) : Py_NewRef(self);
}
PyObject *stay(PyObject *self, PyObject *, PyObject *) { return Py_NewRef(self); }

PyGetSetDef properties[] = {{"__wrapped__", get_function, nullptr, "the Python function that does it", nullptr},
                            {"__signature__", get_signature, nullptr, "what inspect.signature tells", nullptr},
                            {"__globals__", get_globals, nullptr, "what the Python function sees", nullptr},
                            {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
                            {"_names", get_names, nullptr, "names of the parameters", nullptr},
                            {"_kinds", get_kinds, nullptr, "what each of them takes", nullptr},
                            {"_positional", get_positional, nullptr, "how many of them a position reaches", nullptr},
                            {"_spreads", get_spreads, nullptr, "whether the last of these is *names", nullptr},
                            {"_primary", get_primary, nullptr, "the callable that this is another name of", nullptr},
                            {}};
PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, "pickles by its name"}, {}};
PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Callable, call), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Callable, weak), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(Callable, dict), READONLY, nullptr},
    {}};
PyType_Slot function_slots[] = {{Py_tp_dealloc, (void *)dealloc},
                                {Py_tp_traverse, (void *)traverse},
                                {Py_tp_clear, (void *)clear},
                                {Py_tp_call, (void *)PyVectorcall_Call},
                                {Py_tp_repr, (void *)represent},
                                {Py_tp_descr_get, (void *)stay},
                                {Py_tp_getset, properties},
                                {Py_tp_methods, methods},
                                {Py_tp_members, members},
                                {0, nullptr}};
PyType_Slot method_slots[] = {{Py_tp_dealloc, (void *)dealloc},
                              {Py_tp_traverse, (void *)traverse},
                              {Py_tp_clear, (void *)clear},
                              {Py_tp_call, (void *)PyVectorcall_Call},
                              {Py_tp_repr, (void *)represent},
                              {Py_tp_descr_get, (void *)bind},
                              {Py_tp_getset, properties},
                              {Py_tp_methods, methods},
                              {Py_tp_members, members},
                              {0, nullptr}};
constexpr unsigned kFlags =
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION;
PyType_Spec function_spec = {"mindtorch._C.Function", sizeof(Callable), 0, kFlags, function_slots};
PyType_Spec method_spec = {"mindtorch._C.Method", sizeof(Callable), 0, kFlags | Py_TPFLAGS_METHOD_DESCRIPTOR,
                           method_slots};

// make_callable(function, names, kinds, positional, spreads, binds, primary or None)
PyObject *make_callable(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    Py_ssize_t count = PyTuple_GET_SIZE(a[1]);
    auto positional = static_cast<Py_ssize_t>(whole_from(a[3], 0, count, "the number of positional parameters"));
    bool spreads = a[4] == Py_True;
    if (!PyBytes_Check(a[2]) || PyBytes_GET_SIZE(a[2]) != count || (spreads && !positional))
      raise(PyExc_ValueError, "a kind for every parameter was expected");
    for (Py_ssize_t i = 0; i < count; ++i)
      if (!PyUnicode_Check(PyTuple_GET_ITEM(a[1], i))) raise(PyExc_TypeError, "a name is a str");
    if (a[6] != Py_None && !Py_IS_TYPE(a[6], function_type) && !Py_IS_TYPE(a[6], method_type))
      raise(PyExc_TypeError, "the primary of a callable is one");
    Ref names = checked(PyTuple_New(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject *name = Py_NewRef(PyTuple_GET_ITEM(a[1], i));
      PyUnicode_InternInPlace(&name);
      PyTuple_SET_ITEM(names.get(), i, name);
    }
    PyTypeObject *type = a[5] == Py_True ? method_type : function_type;
    auto *c = reinterpret_cast<Callable *>(type->tp_alloc(type, 0));
    if (!c) throw PythonError();
    c->call = call;
    c->function = Py_NewRef(a[0]);
    c->names = names.release();
    c->kinds = Py_NewRef(a[2]);
    c->positional = positional;
    c->spreads = spreads;
    c->primary = a[6] == Py_None ? nullptr : Py_NewRef(a[6]);
    return reinterpret_cast<PyObject *>(c);
  });
}

// set_call_hooks(modes, dispatch, settle, signature, dtype, device)
PyObject *set_call_hooks(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    if (hooks.modes) raise(PyExc_RuntimeError, "the hooks of calls are set already");
    if (!PyList_CheckExact(a[0])) raise(PyExc_TypeError, "the modes are a list");
    hooks.modes = Py_NewRef(a[0]);
    hooks.dispatch = Py_NewRef(a[1]);
    hooks.settle = Py_NewRef(a[2]);
    hooks.signature = Py_NewRef(a[3]);
    for (int i = 0; i < 2; ++i) quiet[i] = reinterpret_cast<PyTypeObject *>(Py_NewRef(a[4 + i]));
    Py_RETURN_NONE;
  });
}

PyObject *usual_type(PyObject *, PyObject *const *a, Py_ssize_t) {  // usual_type(class): its calls nobody hears of
  return guarded([&]() -> PyObject * {
    for (PyTypeObject *&place : usual)
      if (!place) {
        place = reinterpret_cast<PyTypeObject *>(Py_NewRef(a[0]));
        break;  // classes beyond these go by the hooks, which know them too
      }
    Py_RETURN_NONE;
  });
}

PyMethodDef functions[] = {
    method<make_callable, arg::Function, arg::Tuple, arg::Any, arg::Any, arg::Any, arg::Any, arg::Any>("make_callable"),
    method<set_call_hooks, arg::Any, arg::Function, arg::Function, arg::Function, arg::Type, arg::Type>(
        "set_call_hooks"),
    method<usual_type, arg::Type>("usual_type"),
    {}};
}  // namespace

bool init_callable(PyObject *module) {
  function_type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&function_spec));
  method_type = reinterpret_cast<PyTypeObject *>(PyType_FromSpec(&method_spec));
  return function_type && method_type &&
         PyModule_AddObjectRef(module, "Function", reinterpret_cast<PyObject *>(function_type)) == 0 &&
         PyModule_AddObjectRef(module, "Method", reinterpret_cast<PyObject *>(method_type)) == 0 &&
         PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace mt
