#include "promotion.h"

#include "boundary.h"
#include "module.h"
#include "scalars.h"

namespace mt {

DType default_dtype = DType::F32;

namespace {
enum : int { B = 0, U8, I8, I16, I32, I64, F16, BF, F32, F64, C64, C128 };
constexpr int8_t kPromote[12][12] = {{B, U8, I8, I16, I32, I64, F16, BF, F32, F64, C64, C128},
                                     {U8, U8, I16, I16, I32, I64, F16, BF, F32, F64, C64, C128},
                                     {I8, I16, I8, I16, I32, I64, F16, BF, F32, F64, C64, C128},
                                     {I16, I16, I16, I16, I32, I64, F16, BF, F32, F64, C64, C128},
                                     {I32, I32, I32, I32, I32, I64, F16, BF, F32, F64, C64, C128},
                                     {I64, I64, I64, I64, I64, I64, F16, BF, F32, F64, C64, C128},
                                     {F16, F16, F16, F16, F16, F16, F16, F32, F32, F64, C64, C128},
                                     {BF, BF, BF, BF, BF, BF, F32, BF, F32, F64, C64, C128},
                                     {F32, F32, F32, F32, F32, F32, F32, F32, F32, F64, C64, C128},
                                     {F64, F64, F64, F64, F64, F64, F64, F64, F64, F64, C128, C128},
                                     {C64, C64, C64, C64, C64, C64, C64, C64, C64, C128, C64, C128},
                                     {C128, C128, C128, C128, C128, C128, C128, C128, C128, C128, C128, C128}};

DType to_complex(DType d) { return d == DType::F64 ? DType::C128 : DType::C64; }

DType combine(std::optional<DType> higher, std::optional<DType> lower, bool *any) {
  if (!higher && !lower) {
    *any = false;
    return DType::F32;
  }
  *any = true;
  if (!higher) return *lower;
  if (!lower || is_complex(*higher)) return *higher;
  if (is_floating(*higher)) return is_complex(*lower) ? to_complex(*higher) : *higher;
  if (*higher == DType::Bool || is_floating(*lower) || is_complex(*lower)) return promote(*higher, *lower);
  return *higher;
}
}  // namespace

DType promote(DType a, DType b) {
  if (a == b) return a;
  int x = static_cast<int>(a), y = static_cast<int>(b);
  if (x < 12 && y < 12) return static_cast<DType>(kPromote[x][y]);
  if (a >= DType::F8E4M3 || b >= DType::F8E4M3)
    raise(PyExc_RuntimeError, "Promotion for Float8 Types is not supported");
  auto wide = [](DType d) { return d == DType::U16 || d == DType::U32 || d == DType::U64; };
  DType other = wide(a) ? b : a, unsigned_one = wide(a) ? a : b;
  if (is_floating(other) || is_complex(other)) return other;
  if (other == DType::Bool || other == DType::U8) return unsigned_one;
  if (wide(other)) return std::max(a, b);
  raise(PyExc_RuntimeError, "Promotion for uint16, uint32, uint64 types is not supported");
}

bool can_cast(DType from, DType to) {
  if (is_complex(from) && !is_complex(to)) return false;
  if (is_floating(from) && is_integral(to)) return false;
  return from == DType::Bool || to != DType::Bool;
}

void Categories::scalar(const Scalar &s) {
  DType d = s.kind == Scalar::Bool    ? DType::Bool
            : s.kind == Scalar::Int   ? DType::I64
            : s.kind == Scalar::Float ? default_dtype
                                      : to_complex(default_dtype);
  merge(number_, d);
}
DType Categories::result() const {
  bool low, any;
  DType inner = combine(zero_, number_, &low);
  return combine(dim_, low ? std::optional<DType>(inner) : std::nullopt, &any);
}

namespace {

// result_type(*operands) -> dtype code; operands are tensors or Python numbers
PyObject *result_type(PyObject *, PyObject *const *a, Py_ssize_t n) {
  return guarded([&]() -> PyObject * {
    Categories c;
    for (Py_ssize_t i = 0; i < n; ++i) {
      if (is_tensor(a[i])) c.tensor(unwrap(a[i]));
      else c.scalar(scalar_from(a[i], nullptr));
    }
    return PyLong_FromLong(static_cast<int>(c.result()));
  });
}
PyObject *promote_types(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded(
      [&]() -> PyObject * { return PyLong_FromLong(static_cast<int>(promote(dtype_from(a[0]), dtype_from(a[1])))); });
}
PyObject *set_default_dtype(PyObject *, PyObject *code) {
  return guarded([&]() -> PyObject * {
    DType d = dtype_from(code);
    if (!is_floating(d)) raise(PyExc_TypeError, "only floating-point types are supported as the default type");
    default_dtype = d;
    Py_RETURN_NONE;
  });
}

PyMethodDef functions[] = {
    {"result_type", (PyCFunction)(void (*)())result_type, METH_FASTCALL, nullptr},
    method<promote_types, arg::Any, arg::Any>("promote_types"),
    {"set_default_dtype", set_default_dtype, METH_O, nullptr},
    {}};

}  // namespace

bool init_promotion(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
