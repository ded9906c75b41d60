#include "dispatch.h"

#include <dlfcn.h>

#include <algorithm>
#include <unordered_map>

#include "backend.h"
#include "boundary.h"
#include "verify.h"

namespace mt {

DType default_dtype = DType::F32;

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
int kernel_from(PyObject *o) {
  return static_cast<int>(
      whole_from(o, 0, library.known + static_cast<int64_t>(library.elsewhere.size()) - 1, "the number of a kernel"));
}

PyObject *kernel_names(PyObject *, PyObject *) {
  PyObject *list = PyList_New(0);
  for (auto &kv : library.ids) {
    Ref s(PyUnicode_FromString(kv.first.c_str()));
    PyList_Append(list, s.get());
  }
  return list;
}

// As many elements as it is made with; the first N of them need no memory of their own.
template <class T, size_t N>
class Few {
 public:
  explicit Few(size_t n) : many_(n > N ? n : 0), begin_(n > N ? many_.data() : few_), end_(begin_ + n) {}
  Few(const Few &) = delete;
  Few &operator=(const Few &) = delete;
  T &operator[](Py_ssize_t i) { return begin_[i]; }
  T *begin() { return begin_; }
  T *end() { return end_; }
  const T *begin() const { return begin_; }
  const T *end() const { return end_; }

 private:
  T few_[N];
  std::vector<T> many_;
  T *begin_, *end_;
};

// Beyond Python's own, NumPy's scalars and tensors of one element are numbers. A class that merely has __float__ or
// __index__ is none: it may have an answer of its own as the other operand.
bool number_of_others(PyObject *o) {
  static PyObject *generic = checked(PyObject_GetAttrString(checked(PyImport_ImportModule("numpy")).get(), "generic"))
                                 .release();
  int is = PyObject_IsInstance(o, generic);
  if (is < 0) throw PythonError();
  return is || is_tensor(o);
}

// Python scalars; lists of ints keep their numbers in `store`, whose elements may move: their numbers stay where they
// are.
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
  } else if (PyObject_HasAttrString(o, "__index__")) {
    Ref index = checked(PyNumber_Index(o));
    return scalar_from(index.get(), store);
  } else {
    s.kind = Scalar::Float;
    s.f = PyFloat_AsDouble(o);
    if (PyErr_Occurred()) throw PythonError();
  }
  return s;
}

// A number for arithmetic in dtype d: an int beyond int64 keeps its value outside the integers.
inline Scalar for_dtype(Scalar s, DType d) {
  if (s.kind == Scalar::Int && s.f != 0 && !is_integral(d)) s.kind = Scalar::Float;
  return s;
}

}  // namespace

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

namespace {

// Whether a composition did a kernel of the accelerator: it may answer NotImplemented, or be refused in these words.
bool composed(int id, PyObject *tensors, PyObject *scalars, std::string *words) {
  if (static_cast<size_t>(id) >= compositions().size()) return false;
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
PyObject *as_object(const Scalar &s) {
  switch (s.kind) {
    case Scalar::None: return Py_NewRef(Py_None);
    case Scalar::Bool: return PyBool_FromLong(s.i != 0);
    case Scalar::Float: return PyFloat_FromDouble(s.f);
    case Scalar::Complex: return PyComplex_FromDoubles(s.f, s.im);
    case Scalar::Ints: return tuple_from(Shape(s.list, s.list + s.i));
    default: return PyLong_FromLongLong(s.i);
  }
}

[[noreturn]] void raise_two_devices(int a, int b) {
  auto name = [](int x) {
    return x < 0    ? std::string("meta")
           : x == 0 ? std::string("cpu")
                    : "npu:" + std::to_string(x - 1 + accelerator_number);
  };
  raise(PyExc_RuntimeError, "Expected all tensors to be on the same device, but found at least two devices, " +
                                name(a) + " and " + name(b) + "!");
}

// Operands of one kernel lie on one device; numbers as 0-dim tensors may be on the CPU. What copies is made for two
// devices, and the state of a generator is wherever Python keeps it.
void check_devices(int id, const Few<TensorPtr, 8> &operands) {
  int device = -2;
  for (const TensorPtr &t : operands) {
    if (!t) continue;
    int d = device_of(t);
    if (device == -2 || device == d) {
      device = d;
      continue;
    }
    if (library.anywhere[static_cast<size_t>(id)]) return;
    bool number = d == 0 && t->shape().empty(), numbers = device == 0;
    for (const TensorPtr &before : operands) {
      if (before == t) break;
      if (before) numbers = numbers && before->shape().empty();
    }
    if (number) continue;
    if (!numbers) raise_two_devices(device, d);
    device = d;
  }
}

}  // namespace

bool done_by(Means means, int id, const View *views, int nt, const Scalar *scalars, int ns, Shape *found) {
  auto &all = others(means);
  if (static_cast<size_t>(id) >= all.size() || !all[static_cast<size_t>(id)]) return false;
  Ref function = all[static_cast<size_t>(id)], tensors = checked(PyTuple_New(nt)), numbers = checked(PyTuple_New(ns));
  for (int i = 0; i < nt; ++i) PyTuple_SET_ITEM(tensors.get(), i, checked(shown_as_tensor(views[i])).release());
  for (int i = 0; i < ns; ++i) PyTuple_SET_ITEM(numbers.get(), i, checked(as_object(scalars[i])).release());
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
    if (device_count > 1) check_devices(id, held);
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

// ---- type promotion ----
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

struct Categories {
  std::optional<DType> dim, zero, number;
  void tensor(const TensorPtr &t) { merge(t->shape().empty() ? zero : dim, dtype_of(*t)); }
  void scalar(const Scalar &s) {
    DType d = s.kind == Scalar::Bool    ? DType::Bool
              : s.kind == Scalar::Int   ? DType::I64
              : s.kind == Scalar::Float ? default_dtype
                                        : to_complex(default_dtype);
    merge(number, d);
  }
  DType result() const {
    bool low, any;
    DType inner = combine(zero, number, &low);
    return combine(dim, low ? std::optional<DType>(inner) : std::nullopt, &any);
  }

 private:
  static void merge(std::optional<DType> &slot, DType d) { slot = slot ? promote(*slot, d) : d; }
};

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

// ---- element-wise ----
// Alone: numbers without any tensor will do.
// SkipFirst: the first operand (a condition) takes no part in promotion. Bits from Numbers up: which operands may be
// Python numbers.
enum : int { IntToFloat = 1, ToBool = 2, ComplexToReal = 4, KeepFirst = 8, SkipFirst = 16, Alone = 32, Numbers = 256 };

constexpr int kMaxInputs = 4;

struct Pointwise {
  std::string name, node;
  int kernel, kind;
  Ref rule;
  std::vector<uint32_t> uses;  // what the gradient of each operand needs: bit i operand i, bit 15 the result
};
std::vector<Pointwise> &specs() {
  static auto *list = new std::vector<Pointwise>;
  return *list;
}

// define_pointwise(name, kernel, kind, node name, rule or None, uses) -> spec
PyObject *define_pointwise(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    Pointwise p;
    p.name = text_from(a[0]);
    p.kernel = kernel_from(a[1]);
    p.kind = static_cast<int>(whole_from(a[2], 0, (Numbers << kMaxInputs) - 1, "the kind of an operator"));
    p.node = text_from(a[3]);
    if (a[4] != Py_None) p.rule = Ref::borrow(a[4]);
    for (int64_t u : shape_from(a[5])) p.uses.push_back(static_cast<uint32_t>(u));
    specs().push_back(std::move(p));
    return PyLong_FromSize_t(specs().size() - 1);
  });
}

struct Inputs {
  int n = 0;
  PyObject *objects[kMaxInputs];
  TensorPtr tensors[kMaxInputs];
  Scalar scalars[kMaxInputs];
};

void broadcast_shape(const Inputs &in, Shape *shape) {
  for (int k = 0; k < in.n; ++k) {
    if (!in.tensors[k]) continue;
    const Shape &s = in.tensors[k]->shape();
    if (s.size() > shape->size()) shape->insert(shape->begin(), s.size() - shape->size(), 1);
    size_t lead = shape->size() - s.size();
    for (size_t d = 0; d < s.size(); ++d) {
      int64_t &have = (*shape)[lead + d];
      if (have == s[d] || s[d] == 1) continue;
      if (have != 1)
        raise(PyExc_RuntimeError, "The size of tensor a (" + std::to_string(have) +
                                      ") must match the size of tensor b (" + std::to_string(s[d]) +
                                      ") at non-singleton dimension " + std::to_string(lead + d));
      have = s[d];
    }
  }
}

// Dimensions in the memory order of the operands, so that channels-last and transposed inputs give such results.
Shape result_strides(const Inputs &in, const Shape &shape) {
  elements(shape);  // what follows multiplies sizes
  int ndim = static_cast<int>(shape.size());
  bool plain = true;
  for (int k = 0; k < in.n; ++k)
    if (in.tensors[k]) plain = plain && !in.tensors[k]->storage_info();
  Shape stride(shape.size());
  int order[64];
  for (int i = 0; i < ndim; ++i) order[i] = ndim - 1 - i;
  if (!plain && ndim > 1) {
    Shape strides[kMaxInputs];
    for (int k = 0; k < in.n; ++k) {
      if (!in.tensors[k]) continue;
      Shape own = strides_of(in.tensors[k]);
      const Shape &s = in.tensors[k]->shape();
      strides[k].assign(shape.size(), 0);
      size_t lead = shape.size() - s.size();
      for (size_t d = 0; d < s.size(); ++d) strides[k][lead + d] = s[d] == 1 && shape[lead + d] != 1 ? 0 : own[d];
    }
    auto compare = [&](int a, int b) {
      for (int k = 0; k < in.n; ++k) {
        if (!in.tensors[k]) continue;
        int64_t x = strides[k][static_cast<size_t>(a)], y = strides[k][static_cast<size_t>(b)];
        if (x == 0 || y == 0) continue;
        if (x < y) return -1;
        if (x > y) return 1;
        if (shape[static_cast<size_t>(a)] > shape[static_cast<size_t>(b)]) return 1;
      }
      return 0;
    };
    for (int i = 1; i < ndim; ++i) {
      int at = i;
      for (int j = i - 1; j >= 0; --j) {
        int c = compare(order[j], order[at]);
        if (c > 0) {
          std::swap(order[j], order[at]);
          at = j;
        } else if (c < 0) {
          break;
        }
      }
    }
  }
  int64_t next = 1;
  for (int i = 0; i < ndim; ++i) {
    stride[static_cast<size_t>(order[i])] = next;
    next *= std::max<int64_t>(shape[static_cast<size_t>(order[i])], 1);
  }
  return stride;
}

struct Extent {
  char *begin, *end;
};
Extent extent_of(const View &v) {
  char *low = static_cast<char *>(v.data), *high = low;
  int64_t width = itemsize(v.dtype);
  for (int d = 0; d < v.ndim; ++d) {
    if (v.shape[d] == 0) return {low, low};
    high += (v.shape[d] - 1) * v.stride[d] * width;
  }
  return {low, high + width};
}

void check_overlap(const View &out, const View &in) {
  Extent a = extent_of(out), b = extent_of(in);
  if (a.end <= b.begin || b.end <= a.begin) return;
  bool same = out.data == in.data && out.ndim == in.ndim && out.dtype == in.dtype;
  for (int d = 0; same && d < out.ndim; ++d)
    same = out.shape[d] == in.shape[d] && (out.stride[d] == in.stride[d] || out.shape[d] == 1);
  if (!same)
    raise(PyExc_RuntimeError,
          "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
          "location. Please clone() the tensor before "
          "performing the operation.");
}

void check_self_overlap(const View &out) {
  for (int d = 0; d < out.ndim; ++d)
    if (out.stride[d] == 0 && out.shape[d] > 1)
      raise(PyExc_RuntimeError,
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before "
            "performing the operation.");
}

int common_device(const Inputs &in) {
  int device = -2;
  for (int k = 0; k < in.n; ++k) {
    if (!in.tensors[k]) continue;
    int d = device_of(in.tensors[k]);
    if (device == -2 || (in.tensors[k]->shape().empty() && d == 0)) {
      if (device == -2) device = d;
      continue;
    }
    if (device == d) continue;
    bool movable = device == 0;  // only 0-dim cpu tensors so far?
    for (int j = 0; movable && j < k; ++j) movable = !in.tensors[j] || in.tensors[j]->shape().empty();
    if (!movable) {
      raise_two_devices(device, d);
    }
    device = d;
  }
  return device;
}

bool can_cast(DType from, DType to) {
  if (is_complex(from) && !is_complex(to)) return false;
  if (is_floating(from) && is_integral(to)) return false;
  return from == DType::Bool || to != DType::Bool;
}

// Loops of small integers run wider than their dtype: what a number or a 0-dim tensor has beyond it goes first.
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

// pointwise(spec, operands, attributes, out or None, in_place) -> tensor
[[gnu::noinline]] bool composed_pointwise(int kernel, PyObject *given, const TensorPtr &out, PyObject *operands,
                                          PyObject *attributes) {
  if (static_cast<size_t>(kernel) >= compositions().size()) return false;
  Ref all = checked(PyTuple_New(PyTuple_GET_SIZE(operands) + 1));
  PyTuple_SET_ITEM(all.get(), 0, given != Py_None ? Py_NewRef(given) : Ref(wrap(out)).release());
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operands); ++i)
    PyTuple_SET_ITEM(all.get(), i + 1, Py_NewRef(PyTuple_GET_ITEM(operands, i)));
  std::string words;  // a row or the host has its own
  return composed(kernel, all.get(), attributes, &words);
}

[[gnu::noinline]] void pointwise_elsewhere(int kernel, PyObject *given, const TensorPtr &out, PyObject *operands,
                                           PyObject *attributes, const View *views, int nt, const Scalar *scalars,
                                           int ns) {
  Verified check(kernel, views, nt, scalars, ns, nullptr);
  if (!composed_pointwise(kernel, given, out, operands, attributes)) run_remote(kernel, views, nt, scalars, ns);
  check.compare();
}

PyObject *pointwise(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    const Pointwise &spec = specs()[static_cast<size_t>(
        whole_from(a[0], 0, static_cast<int64_t>(specs().size()) - 1, "the number of an operator"))];
    Inputs in;
    Py_ssize_t operands = PyTuple_GET_SIZE(a[1]), attributes = PyTuple_GET_SIZE(a[2]);
    if (operands < 1 || operands > kMaxInputs || attributes > 7)
      raise(PyExc_TypeError, spec.name + "(): wrong number of operands");
    in.n = static_cast<int>(operands);
    // numbers before memory: an __index__ may do anything to a tensor
    Scalar scalars[8];
    std::vector<Shape> store;
    for (Py_ssize_t i = 0; i < attributes; ++i) scalars[i + 1] = scalar_from(PyTuple_GET_ITEM(a[2], i), &store);
    Categories categories;
    for (int k = 0; k < in.n; ++k) {
      PyObject *o = in.objects[k] = PyTuple_GET_ITEM(a[1], k);
      if (is_tensor(o)) {
        in.tensors[k] = unwrap(o);
        if (k || !(spec.kind & SkipFirst)) categories.tensor(in.tensors[k]);
      } else {
        if (o == Py_None || !(spec.kind & Numbers << k))
          raise(PyExc_TypeError, spec.name + "(): argument at position " + std::to_string(k + 1) +
                                     " must be Tensor, not " + Py_TYPE(o)->tp_name);
        in.scalars[k] = scalar_from(o, nullptr);
        categories.scalar(in.scalars[k]);
      }
    }
    DType common = categories.result();
    if (spec.kind & KeepFirst && in.tensors[0]) common = dtype_of(*in.tensors[0]);
    if ((spec.kind & IntToFloat) && is_integral(common)) common = default_dtype;
    DType result = spec.kind & ToBool ? DType::Bool : common;
    Shape shape;
    broadcast_shape(in, &shape);
    if (shape.size() > kMaxDims) raise(PyExc_RuntimeError, "tensors of more than 32 dimensions are not supported");
    int device = common_device(in);
    if (device == -2 && spec.kind & Alone) device = 0;
    if (device == -2)
      raise(PyExc_TypeError,
            spec.name + "(): argument 'input' (position 1) must be Tensor, not " + Py_TYPE(in.objects[0])->tp_name);

    TensorPtr out;
    PyObject *given = a[3];
    if (given != Py_None) {
      out = unwrap(given);
      if (out->shape() != shape)
        raise(PyExc_RuntimeError,
              "output with shape " +
                  std::string(PyUnicode_AsUTF8(Ref(PyObject_Repr(Ref(tuple_from(out->shape())).get())).get())) +
                  " doesn't match the broadcast shape " +
                  PyUnicode_AsUTF8(Ref(PyObject_Repr(Ref(tuple_from(shape)).get())).get()));
      if (!can_cast(result, dtype_of(*out))) {
        static const char *names[] = {"Bool",   "Byte",     "Char",   "Short",         "Int",          "Long",
                                      "Half",   "BFloat16", "Float",  "Double",        "ComplexFloat", "ComplexDouble",
                                      "UInt16", "UInt32",   "UInt64", "Float8_e4m3fn", "Float8_e5m2"};
        raise(PyExc_RuntimeError, std::string("result type ") + names[static_cast<int>(result)] +
                                      " can't be cast to the desired output type " +
                                      names[static_cast<int>(dtype_of(*out))]);
      }
    } else {
      DType made = spec.kind & ComplexToReal && is_complex(result) ? (result == DType::C64 ? DType::F32 : DType::F64)
                                                                   : result;
      out = empty_strided(shape, result_strides(in, shape), made, device);
    }
    if (device != -1 && out->device_address()) {
      View views[kMaxInputs + 1];
      alignas(16) double numbers[kMaxInputs][2];
      view_of(out, &views[0]);
      for (int k = 0; k < in.n; ++k) {
        View &v = views[k + 1];
        if (in.tensors[k]) {
          view_of(in.tensors[k], &v);
          if (!v.data && v.numel()) raise(PyExc_NotImplementedError, "Cannot copy out of meta tensor; no data!");
          if (given != Py_None) check_overlap(views[0], v);
          if (v.ndim == 0 && v.data && !v.device && v.dtype != common && is_integral(common) && is_integral(v.dtype) &&
              v.dtype != DType::Bool && common != DType::Bool && !(k == 0 && spec.kind & SkipFirst)) {
            int64_t raw = 0;
            std::memcpy(&raw, v.data, static_cast<size_t>(itemsize(v.dtype)));
            raw = wrapped(wrapped(raw, v.dtype), common);
            std::memcpy(numbers[k], &raw, 8);
            v.data = numbers[k];
            v.dtype = DType::I64;
          }
        } else {
          const Scalar s = for_dtype(in.scalars[k], common);
          v.ndim = 0;
          v.data = numbers[k];
          if (s.kind == Scalar::Complex) {
            v.dtype = DType::C128;
            numbers[k][0] = s.f, numbers[k][1] = s.im;
          } else if (s.kind == Scalar::Float) {
            v.dtype = DType::F64;
            numbers[k][0] = s.f;
          } else {
            v.dtype = DType::I64;
            int64_t number = is_integral(common) && common != DType::Bool ? wrapped(s.i, common) : s.i;
            std::memcpy(numbers[k], &number, 8);
          }
        }
      }
      if (given != Py_None) check_self_overlap(views[0]);
      scalars[0].kind = Scalar::Int;
      scalars[0].i = static_cast<int64_t>(common);
      int ns = static_cast<int>(attributes) + 1;
      for (int i = 1; i < ns; ++i) scalars[i] = for_dtype(scalars[i], common);
      if (views[0].device) pointwise_elsewhere(spec.kernel, given, out, a[1], a[2], views, in.n + 1, scalars, ns);
      else run_kernel(spec.kernel, views, in.n + 1, scalars, ns);
    }
    if (given != Py_None) {
      if (!is_inference(out)) out->BumpVersion();
      return Py_NewRef(given);
    }
    Ref made(wrap(out));
    if (grad_mode() && spec.rule && !is_integral(result)) {
      bool any = false;
      for (int k = 0; k < in.n; ++k) any = any || (in.tensors[k] && requires_grad(in.tensors[k]));
      if (any) {
        std::vector<TensorPtr> inputs(in.tensors, in.tensors + in.n);
        auto node = make_node(spec.node, spec.rule.get(), a[2], inputs);
        uint32_t used = 0;
        for (int k = 0; k < in.n; ++k)
          if (in.tensors[k] && node->next_edges()[static_cast<size_t>(k)].is_defined() &&
              static_cast<size_t>(k) < spec.uses.size())
            used |= spec.uses[static_cast<size_t>(k)];
        for (int k = 0; k < in.n; ++k) {
          if (!(used >> k & 1)) save_object(node, Py_None);
          else if (in.tensors[k]) save(node, in.tensors[k], -1);
          else save_object(node, in.objects[k], true);
        }
        attach_output(node, out, 0);
        if (used >> 15 & 1) save(node, out, 0);
        else save_object(node, Py_None);
      }
    }
    return made.release();
  });
}

}  // namespace

// a + b for two dense tensors of one dtype, shape and device, outside the graph, into a when it is `owned`; null for
// others.
PyObject *plain_sum(PyObject *a, PyObject *b, bool owned) {
  if (Py_TYPE(a) != tensor_type || Py_TYPE(b) != tensor_type) return nullptr;
  TensorPtr x = unwrap(a), y = unwrap(b);
  DType d = dtype_of(*x);
  if (d != dtype_of(*y) || d >= DType::F8E4M3 || x->shape() != y->shape() || x->storage_info() || y->storage_info() ||
      device_of(x) < 0 || device_of(x) != device_of(y))
    return nullptr;
  static int add = -1;
  if (add < 0) {
    auto found = library.ids.find("add");
    if (found == library.ids.end()) return nullptr;
    add = found->second;
  }
  TensorPtr out = owned ? x : empty(x->shape(), d, device_of(x));
  View views[3] = {view_of(out), view_of(x), view_of(y)};
  Scalar scalars[2];
  scalars[0].kind = scalars[1].kind = Scalar::Int;
  scalars[0].i = static_cast<int64_t>(d);
  scalars[1].i = 1;
  run_kernel(add, views, 3, scalars, 2);
  if (!owned) return wrap(out);
  if (!is_inference(x)) x->BumpVersion();
  return Py_NewRef(a);
}

namespace {
PyObject *set_threads(PyObject *, PyObject *n) {
  return guarded([&]() -> PyObject * {
    library.set_threads(static_cast<int>(whole_from(n, 1, 1 << 12, "the number of threads")));
    Py_RETURN_NONE;
  });
}
PyObject *get_threads(PyObject *, PyObject *) { return PyLong_FromLong(library.get_threads()); }
PyObject *set_default_dtype(PyObject *, PyObject *code) {
  return guarded([&]() -> PyObject * {
    DType d = dtype_from(code);
    if (!is_floating(d)) raise(PyExc_TypeError, "only floating-point types are supported as the default type");
    default_dtype = d;
    Py_RETURN_NONE;
  });
}

PyMethodDef functions[] = {
    {"load_kernels", load_kernels, METH_O, nullptr},
    {"kernel_id", kernel_id, METH_O, nullptr},
    {"kernel_names", kernel_names, METH_NOARGS, nullptr},
    {"plain", plain, METH_O, nullptr},
    method<call, arg::Any, arg::Tuple, arg::Tuple>("call"),
    method<run_and_wait, arg::Any, arg::Tuple, arg::Tuple>("run_and_wait"),
    method<kernel_composition, arg::Text, arg::Function, arg::Any>("kernel_composition"),
    method<kernel_instead, arg::Text, arg::Function, arg::Any>("kernel_instead"),
    {"result_type", (PyCFunction)(void (*)())result_type, METH_FASTCALL, nullptr},
    method<promote_types, arg::Any, arg::Any>("promote_types"),
    method<define_pointwise, arg::Text, arg::Any, arg::Any, arg::Text, arg::FunctionOrNone, arg::Any>(
        "define_pointwise"),
    method<pointwise, arg::Any, arg::Tuple, arg::Tuple, arg::Any>("pointwise"),
    {"set_threads", set_threads, METH_O, nullptr},
    {"get_threads", get_threads, METH_NOARGS, nullptr},
    {"set_default_dtype", set_default_dtype, METH_O, nullptr},
    {}};
}  // namespace

bool init_dispatch(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
