// Views that are hot in every model, from Python arguments to the finished view in one call. Each function answers None
// where the arguments are not plain or something is wrong: the Python forms say what, and know the rest.

#include "views.h"

#include "boundary.h"
#include "module.h"

namespace mt {

// A view of t with its place in the graph; `context` is made only when a node is.
PyObject *make_view(const char *name, PyObject *rule, const std::function<Ref()> &context, PyObject *source,
                    const TensorPtr &t, const Shape &shape, const Shape &stride, int64_t offset, DType dtype,
                    Creation creation, Bounds bounds) {
  TensorPtr v = strided_alias(t, shape, stride, offset, dtype, bounds);
  Meta *m = ensure_meta(v);
  Meta *from = meta_of(t);
  m->base = from && from->base ? from->base : t;
  m->view_version = v->version().current_version();
  m->creation = creation;
  remember(m->base, source);
  if (inference_mode) m->creation = Creation::Inference;
  else if (!grad_mode()) m->creation = Creation::NoGrad;
  else if (from && from->base && from->creation != Creation::Default) m->creation = from->creation;
  if (grad_mode() && rule != Py_None && requires_grad(t)) {
    Ref made = context();
    attach_output(make_node(name, rule, made.get(), {t}), v, 0);
  }
  return wrap(v);
}

namespace {
// Gradients of the views below and what they are called with, given by _ops/shape/views.py and getitem.py.
struct Gradients {
  PyObject *rule = Py_None, *reshape = Py_None, *transpose = Py_None, *permute = Py_None, *expand = Py_None,
           *unsqueeze = Py_None, *part = Py_None, *embed = Py_None, *select = Py_None, *getitem = Py_None;
} gradients;

PyObject *view_gradients(PyObject *, PyObject *args, PyObject *keywords) {
  static const char *names[] = {"rule", "reshape", "transpose", "permute", "expand", "unsqueeze",
                                "part", "embed",   "select",    "getitem", nullptr};
  PyObject **slots[] = {&gradients.rule,   &gradients.reshape,   &gradients.transpose, &gradients.permute,
                        &gradients.expand, &gradients.unsqueeze, &gradients.part,      &gradients.embed,
                        &gradients.select, &gradients.getitem};
  PyObject *given[10] = {};
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|$OOOOOOOOOO", const_cast<char **>(names), &given[0], &given[1],
                                   &given[2], &given[3], &given[4], &given[5], &given[6], &given[7], &given[8],
                                   &given[9]))
    return nullptr;
  for (int i = 0; i < 10; ++i)
    if (given[i]) *slots[i] = Py_NewRef(given[i]);
  Py_RETURN_NONE;
}

// A plain int that fits; numbers of other types are Python's affair.
bool plain_int(PyObject *o, int64_t *v) {
  if (!PyLong_CheckExact(o)) return false;
  int overflow = 0;
  *v = PyLong_AsLongLongAndOverflow(o, &overflow);
  return !overflow;
}
bool plain_dim(PyObject *o, size_t ndim, int64_t *d) {
  int64_t n = static_cast<int64_t>(ndim);
  if (!plain_int(o, d) || *d < -n || *d >= n) return false;
  if (*d < 0) *d += n;
  return true;
}
// Sizes given as several ints or as one sequence of them.
bool plain_sizes(PyObject *o, Shape *sizes) {
  if (!PyTuple_CheckExact(o)) return false;
  if (PyTuple_GET_SIZE(o) == 1 && (PyTuple_Check(PyTuple_GET_ITEM(o, 0)) || PyList_CheckExact(PyTuple_GET_ITEM(o, 0))))
    o = PyTuple_GET_ITEM(o, 0);
  Py_ssize_t n = PySequence_Fast_GET_SIZE(o);
  PyObject **items = PySequence_Fast_ITEMS(o);
  sizes->resize(static_cast<size_t>(n));
  for (Py_ssize_t i = 0; i < n; ++i)
    if (!plain_int(items[i], &(*sizes)[static_cast<size_t>(i)])) return false;
  return true;
}

Ref pair(PyObject *function, Ref arguments) {
  return checked(PyTuple_Pack(2, function, checked(arguments.release()).get()));
}
Ref shape_context(PyObject *function, const TensorPtr &t) {
  Ref shape(tuple_from(t->shape()));
  return pair(function, Ref(PyTuple_Pack(1, shape.get())));
}

#define DECLINE Py_RETURN_NONE

FAST(view_reshape) {  // (t, sizes): no copy
  return guarded([&]() -> PyObject * {
    Shape want;
    if (!is_tensor(a[0]) || !plain_sizes(a[1], &want)) DECLINE;
    TensorPtr t = unwrap(a[0]);
    const Shape &have = t->shape();
    int64_t count = 1, known = 1, open = -1;
    for (int64_t s : have) count *= s;
    if (count == 0) DECLINE;
    for (size_t d = 0; d < want.size(); ++d) {
      if (want[d] == -1 && open < 0) open = static_cast<int64_t>(d);
      else if (want[d] <= 0 || __builtin_mul_overflow(known, want[d], &known)) DECLINE;
    }
    if (open >= 0) {
      if (count % known) DECLINE;
      want[static_cast<size_t>(open)] = count / known;
    } else if (known != count) {
      DECLINE;
    }
    Shape own = strides_of(t), stride(want.size());
    // dimensions of the old shape that lie in memory like one are cut into new ones, from the last on
    int64_t base = own.empty() ? 1 : own.back(), old_count = 1, new_count = 1;
    auto at = static_cast<int64_t>(want.size()) - 1;
    for (auto d = static_cast<int64_t>(have.size()) - 1; d >= 0; --d) {
      auto i = static_cast<size_t>(d);
      old_count *= have[i];
      if (d != 0 && (have[i - 1] == 1 || own[i - 1] == old_count * base)) continue;
      for (; at >= 0 && (new_count < old_count || want[static_cast<size_t>(at)] == 1); --at) {
        stride[static_cast<size_t>(at)] = new_count * base;
        new_count *= want[static_cast<size_t>(at)];
      }
      if (new_count != old_count) DECLINE;
      if (d > 0) base = own[i - 1], old_count = new_count = 1;
    }
    if (have.empty()) std::fill(stride.begin(), stride.end(), 1);
    else if (at >= 0) DECLINE;
    return make_view(
        "ViewBackward0", gradients.rule, [&] { return shape_context(gradients.reshape, t); }, a[0], t, want, stride,
        static_cast<int64_t>(t->storage_offset()), dtype_of(*t), Creation::Default, Bounds::Base);
  });
}

FAST(view_transpose) {  // (t, dim0, dim1)
  return guarded([&]() -> PyObject * {
    if (!is_tensor(a[0])) DECLINE;
    TensorPtr t = unwrap(a[0]);
    int64_t x, y;
    if (!plain_dim(a[1], t->shape().size(), &x) || !plain_dim(a[2], t->shape().size(), &y)) DECLINE;
    Shape shape = t->shape(), stride = strides_of(t);
    std::swap(shape[static_cast<size_t>(x)], shape[static_cast<size_t>(y)]);
    std::swap(stride[static_cast<size_t>(x)], stride[static_cast<size_t>(y)]);
    return make_view(
        "TransposeBackward0", gradients.rule,
        [&] { return pair(gradients.transpose, Ref(Py_BuildValue("(LL)", (long long)x, (long long)y))); }, a[0], t,
        shape, stride, static_cast<int64_t>(t->storage_offset()), dtype_of(*t), Creation::Default);
  });
}

FAST(view_permute) {  // (t, dims)
  return guarded([&]() -> PyObject * {
    Shape dims;
    if (!is_tensor(a[0]) || !plain_sizes(a[1], &dims)) DECLINE;
    TensorPtr t = unwrap(a[0]);
    size_t ndim = t->shape().size();
    if (dims.size() != ndim) DECLINE;
    Shape shape(ndim), stride(ndim), back(ndim, -1), own = strides_of(t);
    for (size_t i = 0; i < ndim; ++i) {
      int64_t d = dims[i] < 0 ? dims[i] + static_cast<int64_t>(ndim) : dims[i];
      if (d < 0 || d >= static_cast<int64_t>(ndim) || back[static_cast<size_t>(d)] >= 0) DECLINE;
      back[static_cast<size_t>(d)] = static_cast<int64_t>(i);
      shape[i] = t->shape()[static_cast<size_t>(d)];
      stride[i] = own[static_cast<size_t>(d)];
    }
    auto context = [&] {
      Ref order(tuple_from(back));
      return pair(gradients.permute, Ref(PyTuple_Pack(1, order.get())));
    };
    return make_view("PermuteBackward0", gradients.rule, context, a[0], t, shape, stride,
                     static_cast<int64_t>(t->storage_offset()), dtype_of(*t), Creation::Default);
  });
}

FAST(view_expand) {  // (t, sizes)
  return guarded([&]() -> PyObject * {
    Shape want;
    if (!is_tensor(a[0]) || !plain_sizes(a[1], &want)) DECLINE;
    TensorPtr t = unwrap(a[0]);
    const Shape &have = t->shape();
    if (want.size() < have.size()) DECLINE;
    size_t lead = want.size() - have.size();
    Shape stride(want.size(), 0), own = strides_of(t);
    for (size_t d = 0; d < want.size(); ++d) {
      if (d < lead) {
        if (want[d] < 0) DECLINE;
        continue;
      }
      int64_t s = have[d - lead];
      if (want[d] == -1) want[d] = s;
      if (want[d] == s) stride[d] = own[d - lead];
      else if (s != 1 || want[d] < 0) DECLINE;
    }
    return make_view(
        "ExpandBackward0", gradients.rule, [&] { return pair(gradients.expand, Ref(PyTuple_New(0))); }, a[0], t, want,
        stride, static_cast<int64_t>(t->storage_offset()), dtype_of(*t), Creation::Default);
  });
}

FAST(view_unsqueeze) {  // (t, dim)
  return guarded([&]() -> PyObject * {
    int64_t d;
    if (!is_tensor(a[0])) DECLINE;
    TensorPtr t = unwrap(a[0]);
    Shape shape = t->shape(), stride = strides_of(t);
    if (!plain_dim(a[1], shape.size() + 1, &d)) DECLINE;
    auto at = static_cast<size_t>(d);
    stride.insert(stride.begin() + d, at < shape.size() ? saturated_product(shape[at], stride[at]) : 1);
    shape.insert(shape.begin() + d, 1);
    return make_view(
        "UnsqueezeBackward0", gradients.rule,
        [&] { return pair(gradients.unsqueeze, Ref(Py_BuildValue("(L)", (long long)d))); }, a[0], t, shape, stride,
        static_cast<int64_t>(t->storage_offset()), dtype_of(*t), Creation::Default);
  });
}

FAST(view_squeeze) {  // (t, dim or None)
  return guarded([&]() -> PyObject * {
    if (!is_tensor(a[0])) DECLINE;
    TensorPtr t = unwrap(a[0]);
    const Shape &have = t->shape();
    int64_t only = -1;
    if (a[1] != Py_None && !plain_dim(a[1], have.size(), &only)) DECLINE;
    Shape shape, stride, own = strides_of(t);
    for (size_t d = 0; d < have.size(); ++d)
      if (have[d] != 1 || (a[1] != Py_None && static_cast<int64_t>(d) != only))
        shape.push_back(have[d]), stride.push_back(own[d]);
    return make_view(
        a[1] == Py_None ? "SqueezeBackward0" : "SqueezeBackward1", gradients.rule,
        [&] { return shape_context(gradients.reshape, t); }, a[0], t, shape, stride,
        static_cast<int64_t>(t->storage_offset()), dtype_of(*t), Creation::Default);
  });
}

// embed(g, Part(shape, function, *arguments))
Ref part_context(const TensorPtr &t, PyObject *function, std::initializer_list<PyObject *> arguments) {
  Ref all(PyTuple_New(static_cast<Py_ssize_t>(arguments.size()) + 2));
  PyTuple_SET_ITEM(all.get(), 0, tuple_from(t->shape()));
  PyTuple_SET_ITEM(all.get(), 1, Py_NewRef(function));
  Py_ssize_t i = 2;
  for (PyObject *o : arguments) PyTuple_SET_ITEM(all.get(), i++, Py_NewRef(o));
  Ref made = checked(PyObject_Call(gradients.part, all.get(), nullptr));
  return pair(gradients.embed, Ref(PyTuple_Pack(1, made.get())));
}

FAST(view_select) {  // (t, dim, index)
  return guarded([&]() -> PyObject * {
    int64_t d, i;
    if (!is_tensor(a[0])) DECLINE;
    TensorPtr t = unwrap(a[0]);
    Shape shape = t->shape(), stride = strides_of(t);
    if (!plain_dim(a[1], shape.size(), &d) || !plain_dim(a[2], static_cast<size_t>(shape[static_cast<size_t>(d)]), &i))
      DECLINE;
    int64_t offset = static_cast<int64_t>(t->storage_offset()), step;
    if (__builtin_mul_overflow(i, stride[static_cast<size_t>(d)], &step) ||
        __builtin_add_overflow(offset, step, &offset))
      DECLINE;
    shape.erase(shape.begin() + d);
    stride.erase(stride.begin() + d);
    auto context = [&] {
      Ref dim(PyLong_FromLongLong(d)), index(PyLong_FromLongLong(i));
      return part_context(t, gradients.select, {dim.get(), index.get()});
    };
    return make_view("SelectBackward0", gradients.rule, context, a[0], t, shape, stride, offset, dtype_of(*t),
                     Creation::Default);
  });
}

FAST(view_getitem) {  // (t, key): ints, slices of plain ints, None and Ellipsis
  return guarded([&]() -> PyObject * {
    PyObject *key = a[1];
    if (!is_tensor(a[0])) DECLINE;
    bool many = PyTuple_CheckExact(key);
    Py_ssize_t count = many ? PyTuple_GET_SIZE(key) : 1;
    TensorPtr t = unwrap(a[0]);
    const Shape &have = t->shape();
    Shape own = strides_of(t), shape, stride;
    size_t ndim = have.size(), at = 0, taken = 0;
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject *o = many ? PyTuple_GET_ITEM(key, i) : key;
      if (PyLong_CheckExact(o) || PySlice_Check(o)) ++taken;
      else if (o != Py_None && o != Py_Ellipsis) DECLINE;
    }
    if (taken > ndim) DECLINE;
    shape.reserve(ndim + static_cast<size_t>(count)), stride.reserve(ndim + static_cast<size_t>(count));
    int64_t offset = static_cast<int64_t>(t->storage_offset());
    const char *name = "AliasBackward0";
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject *o = many ? PyTuple_GET_ITEM(key, i) : key;
      if (o == Py_None) {
        shape.push_back(1);
        stride.push_back(at < ndim ? saturated_product(have[at], own[at]) : 1);
        name = "UnsqueezeBackward0";
      } else if (o == Py_Ellipsis) {
        for (; taken < ndim; ++taken, ++at) shape.push_back(have[at]), stride.push_back(own[at]);
      } else if (PySlice_Check(o)) {
        auto *s = reinterpret_cast<PySliceObject *>(o);
        int64_t start = 0, stop = have[at], step = 1, size = have[at];
        if ((s->start != Py_None && !plain_int(s->start, &start)) ||
            (s->stop != Py_None && !plain_int(s->stop, &stop)) || (s->step != Py_None && !plain_int(s->step, &step)) ||
            step <= 0)
          DECLINE;
        start = start < 0 ? std::max<int64_t>(start + size, 0) : std::min(start, size);
        stop = stop < 0 ? std::max<int64_t>(stop + size, 0) : std::min(stop, size);
        int64_t left = stop > start ? (stop - start - 1) / step + 1 : 0;
        if (left != size || step != 1) name = "SliceBackward0";
        int64_t skipped;
        if (left &&
            (__builtin_mul_overflow(start, own[at], &skipped) || __builtin_add_overflow(offset, skipped, &offset)))
          DECLINE;
        shape.push_back(left);
        int64_t stepped;
        if (__builtin_mul_overflow(own[at], step, &stepped)) DECLINE;
        stride.push_back(stepped);
        ++at;
      } else {
        int64_t index;
        if (!plain_dim(o, static_cast<size_t>(have[at]), &index)) DECLINE;
        int64_t step;  // strides of a tensor without elements may be anything
        if (__builtin_mul_overflow(index, own[at++], &step) || __builtin_add_overflow(offset, step, &offset)) DECLINE;
        name = "SelectBackward0";
      }
    }
    for (; at < ndim; ++at) shape.push_back(have[at]), stride.push_back(own[at]);
    auto context = [&] {
      Ref whole = many ? Ref::borrow(key) : Ref(PyTuple_Pack(1, key));
      return part_context(t, gradients.getitem, {whole.get()});
    };
    return make_view(name, gradients.rule, context, a[0], t, shape, stride, offset, dtype_of(*t), Creation::Default);
  });
}

// How dense tensors of one dtype and device are joined: (dimension, shape of the result, sizes along it).
FAST(joint) {  // (tensors, dim)
  return guarded([&]() -> PyObject * {
    if (!PyList_CheckExact(a[0]) && !PyTuple_CheckExact(a[0])) DECLINE;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(a[0]);
    PyObject **items = PySequence_Fast_ITEMS(a[0]);
    auto plain = [](PyObject *o) { return is_tensor(o) && Py_TYPE(o) != opaque_type; };
    if (!count || !plain(items[0])) DECLINE;
    TensorPtr first = unwrap(items[0]);
    Shape shape = first->shape();
    DType dtype = dtype_of(*first);
    int device = device_of(first);
    int64_t d;
    if (shape.empty() || !plain_dim(a[1], shape.size(), &d)) DECLINE;
    auto at = static_cast<size_t>(d);
    Shape sizes;
    int64_t together = 0;
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (!plain(items[i])) DECLINE;
      TensorPtr t = unwrap(items[i]);
      const Shape &have = t->shape();
      if (have.size() != shape.size() || dtype_of(*t) != dtype || device_of(t) != device || !contiguous(t)) DECLINE;
      for (size_t e = 0; e < have.size(); ++e)
        if (e != at && have[e] != shape[e]) DECLINE;
      sizes.push_back(have[at]);
      if (__builtin_add_overflow(together, have[at], &together)) DECLINE;
    }
    shape[at] = together;
    Ref whole(tuple_from(shape)), parts(tuple_from(sizes));
    return Py_BuildValue("(LOO)", static_cast<long long>(d), whole.get(), parts.get());
  });
}

PyMethodDef functions[] = {method<joint, arg::Any, arg::Any>("joint"),
                           method<view_reshape, arg::Any, arg::Any>("view_reshape"),
                           method<view_transpose, arg::Any, arg::Any, arg::Any>("view_transpose"),
                           method<view_permute, arg::Any, arg::Any>("view_permute"),
                           method<view_expand, arg::Any, arg::Any>("view_expand"),
                           method<view_unsqueeze, arg::Any, arg::Any>("view_unsqueeze"),
                           method<view_squeeze, arg::Any, arg::Any>("view_squeeze"),
                           method<view_select, arg::Any, arg::Any, arg::Any>("view_select"),
                           method<view_getitem, arg::Any, arg::Any>("view_getitem"),
                           {"view_gradients", (PyCFunction)(void (*)())view_gradients, METH_VARARGS | METH_KEYWORDS,
                            nullptr},
                           {}};
}  // namespace

bool init_views(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
