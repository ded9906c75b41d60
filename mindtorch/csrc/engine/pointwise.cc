// The element-wise front end: promotion, broadcasting, the result, the kernel and the graph of an operator in one call.

#include <algorithm>

#include "boundary.h"
#include "means.h"
#include "module.h"
#include "node.h"
#include "promotion.h"
#include "scalars.h"
#include "verify.h"

namespace mt {
namespace {

// Alone: numbers without any tensor will do.
// SkipFirst: the first operand (a condition) takes no part in promotion. Bits from Numbers up: which operands may be
// Python numbers.
enum : int { IntToFloat = 1, ToBool = 2, ComplexToReal = 4, KeepFirst = 8, SkipFirst = 16, Alone = 32, Numbers = 256 };

constexpr int kMaxInputs = 4, kMaxAttributes = 7;

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

// What a call gave: a tensor or a number each.
struct Operands {
  int n = 0;
  PyObject *objects[kMaxInputs];
  TensorPtr tensors[kMaxInputs];
  Scalar scalars[kMaxInputs];
};

// ---- geometry of the result ----
void broadcast_shape(const Operands &in, Shape *shape) {
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
  if (shape->size() > kMaxDims) raise(PyExc_RuntimeError, "tensors of more than 32 dimensions are not supported");
}

// Dimensions in the memory order of the operands, so that channels-last and transposed inputs give such results.
Shape result_strides(const Operands &in, const Shape &shape) {
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

// ---- the steps of one call ----
const Pointwise &spec_from(PyObject *number) {
  return specs()[static_cast<size_t>(
      whole_from(number, 0, static_cast<int64_t>(specs().size()) - 1, "the number of an operator"))];
}

// Operands of the call; what each counts for in promotion goes to `categories`.
void read_operands(const Pointwise &spec, PyObject *given, Operands *in, Categories *categories) {
  for (int k = 0; k < in->n; ++k) {
    PyObject *o = in->objects[k] = PyTuple_GET_ITEM(given, k);
    if (is_tensor(o)) {
      in->tensors[k] = unwrap(o);
      if (k || !(spec.kind & SkipFirst)) categories->tensor(in->tensors[k]);
    } else {
      if (o == Py_None || !(spec.kind & Numbers << k))
        raise(PyExc_TypeError, spec.name + "(): argument at position " + std::to_string(k + 1) +
                                   " must be Tensor, not " + Py_TYPE(o)->tp_name);
      in->scalars[k] = scalar_from(o, nullptr);
      categories->scalar(in->scalars[k]);
    }
  }
}

// The dtype that is computed in.
DType common_dtype(const Pointwise &spec, const Operands &in, const Categories &categories) {
  DType common = categories.result();
  if (spec.kind & KeepFirst && in.tensors[0]) common = dtype_of(*in.tensors[0]);
  return spec.kind & IntToFloat && is_integral(common) ? default_dtype : common;
}

int device_for(const Pointwise &spec, const Operands &in) {
  int device = common_device(in.tensors, in.n);
  if (device != -2) return device;
  if (!(spec.kind & Alone))
    raise(PyExc_TypeError,
          spec.name + "(): argument 'input' (position 1) must be Tensor, not " + Py_TYPE(in.objects[0])->tp_name);
  return 0;
}

TensorPtr new_result(const Pointwise &spec, const Operands &in, const Shape &shape, DType result, int device) {
  if (spec.kind & ComplexToReal && is_complex(result)) result = result == DType::C64 ? DType::F32 : DType::F64;
  return empty_strided(shape, result_strides(in, shape), result, device);
}

// A number as a 0-dim operand in memory of its own.
void view_number(const Scalar &s, DType common, double *memory, View *v) {
  v->ndim = 0;
  v->data = memory;
  if (s.kind == Scalar::Complex) {
    v->dtype = DType::C128;
    memory[0] = s.f, memory[1] = s.im;
  } else if (s.kind == Scalar::Float) {
    v->dtype = DType::F64;
    memory[0] = s.f;
  } else {
    v->dtype = DType::I64;
    int64_t number = is_integral(common) && common != DType::Bool ? wrapped(s.i, common) : s.i;
    std::memcpy(memory, &number, 8);
  }
}
// A 0-dim integer tensor of another dtype than the loop's is a number too, with no more bits than the loop's dtype has.
bool wraps(const View &v, DType common) {
  return v.ndim == 0 && v.data && !v.device && v.dtype != common && is_integral(common) && is_integral(v.dtype) &&
         v.dtype != DType::Bool && common != DType::Bool;
}
void view_wrapped(DType common, double *memory, View *v) {
  int64_t raw = 0;
  std::memcpy(&raw, v->data, static_cast<size_t>(itemsize(v->dtype)));
  raw = wrapped(wrapped(raw, v->dtype), common);
  std::memcpy(memory, &raw, 8);
  v->data = memory;
  v->dtype = DType::I64;
}

[[gnu::noinline]] bool composed_pointwise(int kernel, PyObject *given, const TensorPtr &out, PyObject *operands,
                                          PyObject *attributes) {
  if (!has_composition(kernel)) return false;
  Ref all = checked(PyTuple_New(PyTuple_GET_SIZE(operands) + 1));
  PyTuple_SET_ITEM(all.get(), 0, given != Py_None ? Py_NewRef(given) : Ref(wrap(out)).release());
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operands); ++i)
    PyTuple_SET_ITEM(all.get(), i + 1, Py_NewRef(PyTuple_GET_ITEM(operands, i)));
  std::string words;  // a row or the host has its own
  return composed(kernel, all.get(), attributes, &words);
}

[[gnu::noinline]] void compute_elsewhere(int kernel, PyObject *const *a, const TensorPtr &out, const View *views,
                                         int nt, const Scalar *scalars, int ns) {
  Verified check(kernel, views, nt, scalars, ns, nullptr);
  if (!composed_pointwise(kernel, a[3], out, a[1], a[2])) run_remote(kernel, views, nt, scalars, ns);
  check.compare();
}

// The kernel over result and operands; `attributes` have the dtype that is computed in before them.
void compute(const Pointwise &spec, const Operands &in, const TensorPtr &out, DType common, Scalar *attributes, int ns,
             PyObject *const *a) {
  View views[kMaxInputs + 1];
  alignas(16) double numbers[kMaxInputs][2];
  bool given = a[3] != Py_None;
  view_of(out, &views[0]);
  for (int k = 0; k < in.n; ++k) {
    View &v = views[k + 1];
    if (!in.tensors[k]) {
      view_number(for_dtype(in.scalars[k], common), common, numbers[k], &v);
      continue;
    }
    view_of(in.tensors[k], &v);
    if (!v.data && v.numel()) raise(PyExc_NotImplementedError, "Cannot copy out of meta tensor; no data!");
    if (given) check_overlap(views[0], v);
    if (wraps(v, common) && !(k == 0 && spec.kind & SkipFirst)) view_wrapped(common, numbers[k], &v);
  }
  if (given) check_self_overlap(views[0]);
  attributes[0].kind = Scalar::Int;
  attributes[0].i = static_cast<int64_t>(common);
  for (int i = 1; i < ns; ++i) attributes[i] = for_dtype(attributes[i], common);
  if (views[0].device) compute_elsewhere(spec.kernel, a, out, views, in.n + 1, attributes, ns);
  else run_kernel(spec.kernel, views, in.n + 1, attributes, ns);
}

// The node of a new result, with those operands saved that its gradients need.
void record(const Pointwise &spec, const Operands &in, const TensorPtr &out, PyObject *attributes) {
  bool any = false;
  for (int k = 0; k < in.n; ++k) any = any || (in.tensors[k] && requires_grad(in.tensors[k]));
  if (!any) return;
  std::vector<TensorPtr> inputs(in.tensors, in.tensors + in.n);
  auto node = make_node(spec.node, spec.rule.get(), attributes, inputs);
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

// pointwise(spec, operands, attributes, out or None) -> tensor
PyObject *pointwise(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    const Pointwise &spec = spec_from(a[0]);
    Py_ssize_t operands = PyTuple_GET_SIZE(a[1]), attributes = PyTuple_GET_SIZE(a[2]);
    if (operands < 1 || operands > kMaxInputs || attributes > kMaxAttributes)
      raise(PyExc_TypeError, spec.name + "(): wrong number of operands");
    // numbers before memory: an __index__ may do anything to a tensor
    Scalar scalars[kMaxAttributes + 1];
    std::vector<Shape> store;
    for (Py_ssize_t i = 0; i < attributes; ++i) scalars[i + 1] = scalar_from(PyTuple_GET_ITEM(a[2], i), &store);
    Operands in;
    in.n = static_cast<int>(operands);
    Categories categories;
    read_operands(spec, a[1], &in, &categories);
    DType common = common_dtype(spec, in, categories), result = spec.kind & ToBool ? DType::Bool : common;
    Shape shape;
    broadcast_shape(in, &shape);
    int device = device_for(spec, in);
    bool given = a[3] != Py_None;
    TensorPtr out = given ? unwrap(a[3]) : new_result(spec, in, shape, result, device);
    if (given) check_given(out, shape, result);
    if (device != -1 && out->device_address())
      compute(spec, in, out, common, scalars, static_cast<int>(attributes) + 1, a);
    if (given) {
      if (!is_inference(out)) out->BumpVersion();
      return Py_NewRef(a[3]);
    }
    Ref made(wrap(out));
    if (grad_mode() && spec.rule && !is_integral(result)) record(spec, in, out, a[2]);
    return made.release();
  });
}

PyMethodDef functions[] = {
    method<define_pointwise, arg::Text, arg::Any, arg::Any, arg::Text, arg::FunctionOrNone, arg::Any>(
        "define_pointwise"),
    method<pointwise, arg::Any, arg::Tuple, arg::Tuple, arg::Any>("pointwise"),
    {}};

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
  if (add < 0) add = kernel_of("add");
  if (add < 0) return nullptr;
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

bool init_pointwise(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
