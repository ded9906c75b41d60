#include "scalars.h"

namespace mt {
namespace {

// Beyond Python's own, NumPy's scalars and tensors of one element are numbers. A class that merely has __float__ or
// __index__ is none: it may have an answer of its own as the other operand.
bool number_of_others(PyObject *o) {
  static PyObject *generic = checked(PyObject_GetAttrString(checked(PyImport_ImportModule("numpy")).get(), "generic"))
                                 .release();
  int is = PyObject_IsInstance(o, generic);
  if (is < 0) throw PythonError();
  return is || is_tensor(o);
}

}  // namespace

Scalar scalar_from(PyObject *o, std::vector<Shape> *store) {
  Scalar s;
  if (o == Py_None) return s;
  if (PyBool_Check(o)) {
    s.kind = Scalar::Bool;
    s.i = o == Py_True;
  } else if (PyLong_Check(o)) {
    s.kind = Scalar::Int;
    int overflow = 0;
    s.i = PyLong_AsLongLongAndOverflow(o, &overflow);
    if (overflow) {
      s.i = static_cast<int64_t>(PyLong_AsUnsignedLongLong(o));
      if (PyErr_Occurred()) {
        PyErr_Clear();
        raise(PyExc_OverflowError, "int too big to convert");
      }
      s.f = PyLong_AsDouble(o);  // what it is where arithmetic is not on integers
    }
  } else if (PyFloat_Check(o)) {
    s.kind = Scalar::Float;
    s.f = PyFloat_AS_DOUBLE(o);
  } else if (PyComplex_Check(o)) {
    s.kind = Scalar::Complex;
    s.f = PyComplex_RealAsDouble(o);
    s.im = PyComplex_ImagAsDouble(o);
  } else if (store && (PyTuple_Check(o) || PyList_Check(o))) {
    store->push_back(shape_from(o));
    s.kind = Scalar::Ints;
    s.i = static_cast<int64_t>(store->back().size());
    s.list = store->back().data();
  } else if (!number_of_others(o)) {
    raise(PyExc_TypeError, std::string("expected a number, got ") + Py_TYPE(o)->tp_name);
  } else if (PyIndex_Check(o)) {
    Ref index = checked(PyNumber_Index(o));
    return scalar_from(index.get(), store);
  } else {
    s.kind = Scalar::Float;
    s.f = PyFloat_AsDouble(o);
    if (PyErr_Occurred()) throw PythonError();
  }
  return s;
}

PyObject *object_from(const Scalar &s) {
  switch (s.kind) {
    case Scalar::None: return Py_NewRef(Py_None);
    case Scalar::Bool: return PyBool_FromLong(s.i != 0);
    case Scalar::Float: return PyFloat_FromDouble(s.f);
    case Scalar::Complex: return PyComplex_FromDoubles(s.f, s.im);
    case Scalar::Ints: return tuple_from(Shape(s.list, s.list + s.i));
    default: return PyLong_FromLongLong(s.i);
  }
}

int64_t wrapped(int64_t v, DType d) {
  switch (d) {
    case DType::U8: return static_cast<uint8_t>(v);
    case DType::I8: return static_cast<int8_t>(v);
    case DType::I16: return static_cast<int16_t>(v);
    case DType::I32: return static_cast<int32_t>(v);
    case DType::U16: return static_cast<uint16_t>(v);
    case DType::U32: return static_cast<uint32_t>(v);
    default: return v;
  }
}

}  // namespace mt
