// The same kernels through MindSpore's CPU plugin interface: one exported function a primitive.
//
// This is the path that Ascend takes too (there with MindSpore's own kernels): MINDTORCH_FAST=0 runs primitives on the CPU
// through these entries. The interface is declared here from its documented layout, so MindSpore is not needed to build.
#include <atomic>
#include <cmath>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel.h"

namespace mindspore::kernel::op_plugin {
struct OpPluginTensorStorageInfo {
  std::vector<int64_t> strides;
  size_t storage_offset;
};
struct OpPluginOutputShapeInfo;
// Order and signatures of the virtual functions are the binary interface; those that are not called have opaque types.
class KernelInputInfo {
 public:
  virtual ~KernelInputInfo() = default;
  virtual bool IsScalarInput(size_t idx) = 0;
  virtual size_t GetInputSize() = 0;
  virtual bool GetBoolInput(size_t idx) = 0;
  virtual int64_t GetIntInput(size_t idx) = 0;
  virtual double GetFloatInput(size_t idx) = 0;
  virtual void *GetStrInput(size_t idx) = 0;
  virtual std::vector<int64_t> GetIntVecInput(size_t idx) = 0;
  virtual std::vector<double> GetFloatVecInput(size_t idx) = 0;
  virtual void *GetInt2DVecInput(size_t idx) = 0;
  virtual void *GetFloat2DVecInput(size_t idx) = 0;
  virtual int GetInputTypeId(size_t idx) = 0;
  virtual std::optional<OpPluginTensorStorageInfo> GetInputTensorLayout(size_t idx) = 0;
};
}  // namespace mindspore::kernel::op_plugin

namespace mt {
namespace {
using mindspore::kernel::op_plugin::KernelInputInfo;

DType parse(const char *name) {
  static const struct {
    const char *name;
    DType dtype;
  } names[] = {{"bool", DType::Bool}, {"uint8", DType::U8}, {"int8", DType::I8}, {"int16", DType::I16}, {"int32", DType::I32}, {"int64", DType::I64}, {"float16", DType::F16},
               {"bfloat16", DType::BF16}, {"float32", DType::F32}, {"float64", DType::F64}, {"complex64", DType::C64}, {"complex128", DType::C128}, {"uint16", DType::U16},
               {"uint32", DType::U32}, {"uint64", DType::U64}};
  for (auto &n : names)
    if (!std::strcmp(n.name, name)) return n.dtype;
  throw Error(Error::Type, format("plugin: dtype %s", name));
}

// A primitive's results and its inputs by position: tensor inputs are views (none for others), scalar inputs scalars (none for others).
struct Arguments {
  std::vector<View> out, in;
  std::vector<Scalar> s;
  std::deque<std::vector<int64_t>> lists;
  std::deque<std::vector<char>> memory;
  std::vector<std::pair<View, View>> late;  // results that the kernel writes in another dtype than MindSpore wants

  Arguments(int count, void **params, int *ndims, int64_t **shapes, const char **dtypes, KernelInputInfo *info) {
    int inputs = static_cast<int>(info->GetInputSize());
    for (int i = inputs; i < count; ++i) out.push_back(view(params[i], ndims[i], shapes[i], dtypes[i]));
    in.resize(static_cast<size_t>(inputs));
    s.resize(static_cast<size_t>(inputs));
    for (int i = 0; i < inputs; ++i) {
      size_t at = static_cast<size_t>(i);
      if (!std::strcmp(dtypes[i], "none")) continue;
      if (info->IsScalarInput(at)) {
        s[at] = scalar(at, ndims[i], parse(dtypes[i]), info);
        continue;
      }
      View &v = in[at] = view(params[i], ndims[i], shapes[i], dtypes[i]);
      if (auto layout = info->GetInputTensorLayout(at)) {
        v.data = static_cast<char *>(v.data) + static_cast<int64_t>(layout->storage_offset) * itemsize(v.dtype);
        for (int d = 0; d < v.ndim; ++d) v.stride[d] = layout->strides[static_cast<size_t>(d)];
      }
    }
  }
  Scalar scalar(size_t at, int ndim, DType d, KernelInputInfo *info) {
    Scalar r;
    if (ndim == 1) {
      lists.push_back(info->GetIntVecInput(at));
      r.kind = Scalar::Ints;
      r.i = static_cast<int64_t>(lists.back().size());
      r.list = lists.back().data();
    } else if (d == DType::Bool) {
      r.kind = Scalar::Bool;
      r.i = info->GetBoolInput(at);
    } else if (is_integral(d)) {
      r.kind = Scalar::Int;
      r.i = info->GetIntInput(at);
    } else {
      r.kind = Scalar::Float;
      r.f = info->GetFloatInput(at);
    }
    return r;
  }
  static View view(void *data, int ndim, const int64_t *shape, const char *dtype) {
    MT_CHECK(ndim <= kMaxDims, "plugin: a tensor of %d dimensions, at most %d are supported", ndim, kMaxDims);
    View v;
    v.data = data;
    v.dtype = parse(dtype);
    v.ndim = static_cast<int8_t>(ndim);
    std::copy(shape, shape + ndim, v.shape);
    pack(v);
    return v;
  }
  static void pack(View &v) {
    int64_t next = 1;
    for (int d = v.ndim - 1; d >= 0; --d) {
      v.stride[d] = next;
      next *= v.shape[d] > 0 ? v.shape[d] : 1;
    }
  }
  // Memory of our own in the shape of v
  View scratch(const View &v, DType d) {
    View made = v;
    made.dtype = d;
    pack(made);
    memory.emplace_back(static_cast<size_t>(v.numel() * itemsize(d)));
    made.data = memory.back().data();
    return made;
  }
  // A result as the kernel writes it: inference may have chosen another dtype
  View result(size_t i, DType d) {
    if (out[i].dtype == d) return out[i];
    late.emplace_back(out[i], scratch(out[i], d));
    return late.back().second;
  }
  DType statistics() const { return in[0].dtype == DType::F64 ? DType::F64 : DType::F32; }
  View dense(size_t i);
};

void call(const char *kernel, const std::vector<View> &tensors, const std::vector<Scalar> &scalars) {
  static const std::map<std::string, int> ids = [] {
    std::map<std::string, int> found;
    for (int id = 0; id < mindtorch_kernel_count(); ++id) found[mindtorch_kernel_name(id)] = id;
    return found;
  }();
  auto id = ids.find(kernel);
  if (id == ids.end()) throw Error(Error::Runtime, format("no kernel %s", kernel));
  char error[512];
  if (mindtorch_kernel_call(id->second, tensors.data(), static_cast<int>(tensors.size()), scalars.data(), static_cast<int>(scalars.size()), error, sizeof error))
    throw Error(Error::Runtime, error);
}

View Arguments::dense(size_t i) {
  if (in[i].none() || in[i].contiguous()) return in[i];
  View made = scratch(in[i], in[i].dtype);
  call("copy", {made, in[i]}, {});
  return made;
}

Scalar integer(int64_t i) {
  Scalar s;
  s.kind = Scalar::Int;
  s.i = i;
  return s;
}
Scalar real(double f) {
  Scalar s;
  s.kind = Scalar::Float;
  s.f = f;
  return s;
}
Scalar code(DType d) { return integer(static_cast<int64_t>(d)); }

// Dimensions given as None (all), an int or ints, as a mask
int64_t mask_of(const Scalar &dims, const View &x) {
  auto bit = [&](int64_t d) { return int64_t(1) << (d < 0 ? d + x.ndim : d); };
  int64_t all = (int64_t(1) << x.ndim) - 1, mask = 0;
  if (dims.kind == Scalar::Int) return x.ndim ? bit(dims.i) : 0;
  if (dims.kind != Scalar::Ints || dims.i == 0) return all;
  for (int64_t i = 0; i < dims.i; ++i) mask |= bit(dims.list[i]);
  return mask & all;
}
Scalar dim_of(const Scalar &dim, const View &x) {
  int64_t d = dim.kind == Scalar::Ints ? dim.list[0] : dim.i;
  return integer(d < 0 && x.ndim ? d + x.ndim : d < 0 ? 0 : d);
}
int64_t reduced_count(const View &x, int64_t mask) {
  int64_t n = 1;
  for (int d = 0; d < x.ndim; ++d)
    if (mask >> d & 1) n *= x.shape[d];
  return n;
}
// v seen as a view of like's shape
View expanded(const View &v, const View &like) {
  if (v.none()) return v;
  View made = v;
  made.ndim = like.ndim;
  for (int d = like.ndim - 1, k = v.ndim - 1; d >= 0; --d, --k) {
    made.shape[d] = like.shape[d];
    made.stride[d] = k < 0 || (v.shape[k] == 1 && like.shape[d] != 1) ? 0 : v.stride[k];
  }
  return made;
}

// ---- forms: how a primitive's arguments become a kernel's ----
using Form = void (*)(const char *kernel, Arguments &a);

std::vector<View> with_results(const Arguments &a, size_t results = 1) {
  std::vector<View> t(a.out.begin(), a.out.begin() + static_cast<std::ptrdiff_t>(results));
  for (auto &v : a.in)
    if (!v.none()) t.push_back(v);
  return t;
}
// operands of one dtype (the caller promoted them), then attributes
void elementwise(const char *kernel, Arguments &a) {
  std::vector<Scalar> scalars{code(a.in[0].dtype)};
  for (size_t i = 0; i < a.in.size(); ++i)
    if (a.in[i].none()) scalars.push_back(a.s[i]);
  call(kernel, with_results(a), scalars);
}
// the gradient is the second operand
void swapped(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[1], a.in[0]}, {code(a.in[0].dtype)}); }
// x, alpha: a kernel with scales besides
void elu(const char *kernel, Arguments &a) {
  size_t last = a.in[1].none() ? 1 : 2;
  std::vector<View> t = with_results(a);
  call(kernel, t, {code(t[1].dtype), a.s[last], integer(1), integer(1)});
}
void gelu(const char *, Arguments &a) {
  bool backward = !a.in[1].none(), tanh = a.s[backward ? 2 : 1].i == 1;
  call(backward ? tanh ? "gelu_tanh_backward" : "gelu_none_backward" : tanh ? "gelu_tanh" : "gelu_none", with_results(a), {code(a.in[0].dtype)});
}
void leaky_grad(const char *kernel, Arguments &a) { call(kernel, with_results(a), {code(a.in[0].dtype), a.s[2]}); }
void log_sigmoid(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {code(a.in[0].dtype)}); }
void log_sigmoid_grad(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0], a.in[1]}, {code(a.in[0].dtype)}); }
void clamp(const char *, Arguments &a) {
  bool low = !a.in[1].none(), high = !a.in[2].none();
  call(low && high ? "clamp" : low ? "clamp_min" : "clamp_max", with_results(a), {code(a.in[0].dtype)});
}
void rounded_quotient(const char *, Arguments &a) { call(a.s[2].i == 1 ? "div_trunc" : "div_floor", with_results(a), {code(a.in[0].dtype)}); }
// Reduction as MindSpore counts it: 0 sum, 1 mean, 2 none; with results for every element
void loss(const char *kernel, Arguments &a) {
  for (auto &s : a.s)
    if (s.kind == Scalar::Int) MT_CHECK(s.i == 2, "%s reduces nothing here", kernel);
  elementwise(kernel, a);
}
// the gradient is the last operand
void loss_grad(const char *kernel, Arguments &a) {
  std::vector<Scalar> scalars{code(a.in[0].dtype)};
  for (auto &s : a.s)
    if (s.kind == Scalar::Float) scalars.push_back(s);
  call(kernel, {a.out[0], a.in[2], a.in[0], a.in[1]}, scalars);
}
void select(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0], a.in[1], a.in[2]}, {code(a.out[0].dtype)}); }
void masked_fill(const char *kernel, Arguments &a) { call(kernel, {a.out[0], expanded(a.in[0], a.out[0]), expanded(a.in[1], a.out[0]), a.in[2]}, {code(a.out[0].dtype)}); }
// Cast(x, dtype): the result's dtype says it all
void cast(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {}); }
// In-place: the result's pointer is the storage of the first input, whose layout is what to write through
void inplace_copy(const char *kernel, Arguments &a) { call(kernel, {a.in[0], a.in[1]}, {}); }
void inplace_fill(const char *kernel, Arguments &a) { call(kernel, {a.in[0]}, {a.s[1]}); }

void reduction(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {integer(mask_of(a.s[1], a.in[0]))}); }
void mean(const char *kernel, Arguments &a) {
  int64_t mask = mask_of(a.s[1], a.in[0]);
  call(kernel, {a.out[0], a.in[0]}, {integer(mask), integer(reduced_count(a.in[0], mask))});
}
void extreme_and_place(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.result(1, DType::I64), a.in[0]}, {integer(mask_of(a.s[1], a.in[0]))}); }
void vector_norm(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {integer(mask_of(a.s[2], a.in[0])), real(a.s[1].real())}); }
// x, dim, correction, keepdim
template <bool Root>
void moments(const char *kernel, Arguments &a) {
  call(kernel, {a.out[0], a.out.size() > 1 ? a.out[1] : View(), a.in[0]}, {integer(mask_of(a.s[1], a.in[0])), a.s[2], integer(Root)});
}
void along(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {dim_of(a.s[1], a.in[0])}); }
void along_with_places(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.result(1, DType::I64), a.in[0]}, {dim_of(a.s[1], a.in[0])}); }
void softmax(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.dense(0)}, {dim_of(a.s[1], a.in[0])}); }
void softmax_grad(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.dense(0), a.dense(1)}, {dim_of(a.s[2], a.in[0])}); }
void log_softmax_grad(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.dense(1), a.dense(0)}, {dim_of(a.s[2], a.in[0])}); }

void product(const char *kernel, Arguments &a) {
  MT_CHECK(a.out[0].dtype == a.in[0].dtype && a.in[0].ndim == a.in[1].ndim && a.in[0].ndim > 1, "matrices with the same number of batch dimensions only");
  call(kernel, {a.out[0], a.in[0], a.in[1], View()}, {integer(1), integer(1)});
}
// input, a, b, beta, alpha
void product_and_sum(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[1], a.in[2], expanded(a.in[0], a.out[0])}, {a.s[4], a.s[3]}); }
void pair(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0], a.in[1]}, {}); }

// x, shape, weight, bias, eps -> result, mean, 1 / deviation
void layer_norm(const char *kernel, Arguments &a) {
  int64_t n = 1;
  for (int64_t i = 0; i < a.s[1].i; ++i) n *= a.s[1].list[i];
  call(kernel, {a.out[0], a.result(1, a.statistics()), a.result(2, a.statistics()), a.dense(0), a.dense(2), a.dense(3)},
       {integer(a.out[1].numel()), integer(1), integer(n), integer(1), a.s[4]});
}
// x, weight, bias, running mean, running variance, training, momentum, eps -> result, mean, 1 / deviation
void batch_norm(const char *kernel, Arguments &a) {
  const View &x = a.in[0];
  int64_t n = x.shape[0], channels = x.shape[1], planes = n * channels, size = planes ? x.numel() / planes : 0;
  DType d = a.statistics();
  call(kernel, {a.out[0], a.result(1, d), a.result(2, d), a.dense(0), a.dense(1), a.dense(2), a.in[3], a.in[4]},
       {integer(n), integer(channels), integer(size), a.s[5], a.s[6], a.s[7]});
}
// x, kernel, stride, padding, dilation, ceil_mode, dtype of the places
void max_pool(const char *kernel, Arguments &a) {
  call(kernel, {a.out[0], a.result(1, DType::I64), a.in[0]}, {a.s[1], a.s[2].none() ? a.s[1] : a.s[2], a.s[3], a.s[4]});
}
// x, kernel, stride, padding, ceil_mode, count_include_pad, divisor
void avg_pool(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {a.s[1], a.s[2], a.s[3], a.s[5], a.s[6]}); }
// g, x, kernel, ...
void avg_pool_grad(const char *kernel, Arguments &a) {
  call("fill", {a.out[0]}, {integer(0)});
  call(kernel, {a.out[0], a.in[0]}, {a.s[2], a.s[3], a.s[4], a.s[6], a.s[7]});
}
void adaptive_pool(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {}); }
void adaptive_pool_grad(const char *kernel, Arguments &a) {
  call("fill", {a.out[0]}, {integer(0)});
  call(kernel, {a.out[0], a.in[0]}, {});
}
void adaptive_max_pool(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.result(1, DType::I64), a.in[0]}, {}); }
// g, x, shape, mean, 1 / deviation, weight, bias, wanted
void layer_norm_grad(const char *kernel, Arguments &a) {
  int64_t n = 1;
  for (int64_t i = 0; i < a.s[2].i; ++i) n *= a.s[2].list[i];
  auto result = [&](size_t i) { return a.s[7].list[i] ? a.result(i, a.in[1].dtype) : View(); };
  call(kernel, {result(0), result(1), result(2), a.dense(0), a.dense(1), a.dense(3), a.dense(4), a.dense(5)}, {integer(a.in[3].numel()), integer(1), integer(n), integer(1)});
}
// x, groups, weight, bias, eps -> result, mean, 1 / deviation
void group_norm(const char *kernel, Arguments &a) {
  int64_t groups = a.s[1].i, d = a.in[0].shape[1] / groups, rows = a.in[0].shape[0] * groups, n = rows * d;
  call(kernel, {a.out[0], a.result(1, a.statistics()), a.result(2, a.statistics()), a.dense(0), a.dense(2), a.dense(3)},
       {integer(rows), integer(groups), integer(d), integer(n ? a.in[0].numel() / n : 0), a.s[4]});
}
void rms_norm(const char *kernel, Arguments &a) {
  call(kernel, {a.out[0], a.result(1, a.statistics()), a.dense(0), a.dense(1)}, {integer(a.out[1].numel()), integer(a.in[1].numel()), a.s[2]});
}
// g, x, 1 / root mean square, weight
void rms_norm_grad(const char *kernel, Arguments &a) {
  call(kernel, {a.out[0], a.result(1, a.in[3].dtype), a.dense(0), a.dense(1), a.dense(2), a.dense(3)}, {integer(a.in[2].numel()), integer(a.in[3].numel())});
}

// x, dim, index
void index_select(const char *kernel, Arguments &a) {
  View x = a.in[0], offsets = a.scratch(a.in[2], DType::I64);
  Scalar dim = dim_of(a.s[1], x), yes = integer(1), no = integer(0), dims;
  if (!x.ndim) x.ndim = 1, x.shape[0] = 1, x.stride[0] = 1;
  call("index_offsets", {offsets, a.in[2]}, {integer(x.size(static_cast<int>(dim.i))), integer(x.stride[dim.i]), dim, yes, no, yes, Scalar()});
  dims.kind = Scalar::Ints, dims.i = 1, dims.list = &dim.i;
  call(kernel, {a.out[0], x, offsets}, {dim, dims});
}
// x, dim, index
void gather(const char *kernel, Arguments &a) {
  View index = a.in[2].dtype == DType::I64 ? a.in[2] : a.scratch(a.in[2], DType::I64);
  if (index.data != a.in[2].data) call("copy", {index, a.in[2]}, {});
  call(kernel, {a.out[0], a.in[0], index}, {dim_of(a.s[1], a.in[0])});
}
// x, dim, index, source
template <int Mode>
void scatter(const char *kernel, Arguments &a) { call(kernel, {a.in[0], a.in[3], a.in[2]}, {dim_of(a.s[1], a.in[0]), integer(Mode)}); }

void concat(const char *kernel, Arguments &a) {
  std::vector<View> t{a.out[0]};
  for (size_t i = 0; i < a.in.size(); ++i)
    if (!a.in[i].none()) t.push_back(a.dense(i));
  call(kernel, t, {dim_of(a.s.back(), a.out[0])});
}
void flip(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {a.s[1]}); }
template <bool Upper>
void triangle(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.in[0]}, {a.s[1], integer(Upper)}); }
// x, dim, descending, stable
void sort(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.result(1, DType::I64), a.in[0]}, {dim_of(a.s[1], a.in[0]), a.s[2]}); }
// x, k, dim, largest, sorted
void topk(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.result(1, DType::I64), a.in[0]}, {dim_of(a.s[2], a.in[0]), a.s[1], a.s[3]}); }
// x, k from 1, dim
void kth(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.result(1, DType::I64), a.in[0]}, {dim_of(a.s[2], a.in[0]), integer(0), integer(a.s[1].i - 1)}); }
// x, dim
void median(const char *kernel, Arguments &a) {
  Scalar dim = dim_of(a.s[1], a.in[0]);
  call(kernel, {a.out[0], a.result(1, DType::I64), a.in[0]}, {dim, integer(1), integer(0)});
}
// start, end, step, dtype
void arange(const char *kernel, Arguments &a) { call(kernel, {a.out[0]}, {a.s[0], a.s[2]}); }
// start, end, steps, dtype
void linspace(const char *kernel, Arguments &a) { call(kernel, {a.out[0]}, {a.s[0], a.s[1]}); }

// x, weight, bias, stride, padding, dilation, transposed, output padding, groups
void convolution(const char *kernel, Arguments &a) {
  MT_CHECK(!a.s[6].i, "a transposed convolution is the gradient of another");
  call(kernel, {a.out[0], a.in[0], a.in[1], a.in[2]}, {a.s[3], a.s[4], a.s[5], a.s[8]});
}
// g, x, weight, bias, stride, padding, dilation, transposed, output padding, groups, wanted
void convolution_grad(const char *, Arguments &a) {
  MT_CHECK(!a.s[7].i, "a transposed convolution is the gradient of another");
  std::vector<Scalar> geometry{a.s[4], a.s[5], a.s[6], a.s[9]};
  const Scalar &wanted = a.s[10];
  if (wanted.list[0]) call("convolution_input", {a.out[0], a.in[0], a.in[2]}, geometry);
  if (wanted.list[1]) call("convolution_weight", {a.out[1], a.in[0], a.in[1]}, geometry);
  MT_CHECK(!wanted.list[2], "a bias' gradient is a sum");
}
// parameter, means, squares, largest squares, gradient, step, lr, beta1, beta2, decay, eps, amsgrad, maximize: step counts from 0
void adamw(const char *kernel, Arguments &a) {
  View step = a.scratch(a.in[5], DType::F64);
  call("copy", {step, a.in[5]}, {});
  *step.as<double>() += 1;
  Scalar no = integer(0);
  call(kernel, {a.in[0], a.in[4], a.in[1], a.in[2], a.s[11].i ? a.in[3] : View(), step, View(), View()},
       {integer(1), no, a.s[6], a.s[7], a.s[8], a.s[9], a.s[10], a.s[12], integer(1), no});
}
// log-probabilities, targets, weight, reduction, ignored
Scalar reduction_of(const Scalar &s) { return integer(s.i == 2 ? 0 : s.i == 1 ? 1 : 2); }
void nll(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.result(1, a.statistics()), a.dense(0), a.dense(1), a.dense(2)}, {reduction_of(a.s[3]), a.s[4]}); }
// log-probabilities, g, targets, weight, total, reduction, ignored
void nll_grad(const char *kernel, Arguments &a) {
  call("fill", {a.out[0]}, {integer(0)});
  call(kernel, {a.out[0], a.dense(1), a.dense(2), a.dense(3), a.dense(4)}, {reduction_of(a.s[5]), a.s[6]});
}

// x, y, p; and g, x, y, distances, p
void distances(const char *kernel, Arguments &a) {
  std::vector<View> t{a.out[0]};
  for (size_t i = 0; i + 1 < a.in.size(); ++i) t.push_back(a.dense(i));
  call(kernel, t, {a.s.back()});
}
// image, then [output size,] kernel, dilation, padding, stride
template <bool Back>
void windows(const char *kernel, Arguments &a) {
  const Scalar *pairs = a.s.data() + (Back ? 2 : 1);
  const View &image = Back ? a.out[0] : a.in[0];
  std::vector<int64_t> g{image.shape[1], image.shape[2], image.shape[3]};
  for (int k = 0; k < 4; ++k) g.insert(g.end(), pairs[k].list, pairs[k].list + 2);
  for (int d = 0; d < 2; ++d) {
    auto of = [&](int k) { return pairs[k].list[d]; };
    g.push_back((image.shape[2 + d] + 2 * of(2) - of(1) * (of(0) - 1) - 1) / of(3) + 1);
  }
  Scalar geometry;
  geometry.kind = Scalar::Ints;
  geometry.i = static_cast<int64_t>(g.size());
  geometry.list = g.data();
  call(kernel, {a.out[0], a.dense(0)}, {geometry});
}
// x, grid, mode, padding, align; the gradient has g before them, and which results are wanted behind
void sampler(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.dense(0), a.dense(1)}, {a.s[2], a.s[3], a.s[4]}); }
void sampler_grad(const char *kernel, Arguments &a) {
  call("fill", {a.out[0]}, {integer(0)});
  call(kernel, {a.out[0], a.out[1], a.dense(0), a.dense(1), a.dense(2)}, {a.s[3], a.s[4], a.s[5]});
}
// x, bins, low, high
void histogram(const char *kernel, Arguments &a) {
  View out = a.result(0, a.in[0].dtype);
  call("fill", {out}, {integer(0)});
  call(kernel, {out, a.dense(0)}, {a.s[2], a.s[3]});
}
// boundaries, values, sorter, dtype, right
void search(const char *kernel, Arguments &a) { call(kernel, {a.out[0], a.dense(0), a.dense(1), a.in[2].none() ? View() : a.dense(2)}, {a.s[4]}); }
// x, target, weight, weight of the positive, reduction
void logits_loss(const char *kernel, Arguments &a) {
  MT_CHECK(a.s[4].i == 2 && a.in[2].none(), "%s reduces and weighs nothing here", kernel);
  call(kernel, {a.out[0], a.in[0], a.in[1], expanded(a.in[3], a.out[0])}, {code(a.in[0].dtype)});
}

std::string &last_error() {
  thread_local std::string text;
  return text;
}
// What went wrong is kept for mindtorch_plugin_error: MindSpore's own message is that a kernel failed.
int guarded(const char *kernel, Form form, int count, void **params, int *ndims, int64_t **shapes, const char **dtypes, void *extra) {
  try {
    Arguments a(count, params, ndims, shapes, dtypes, static_cast<KernelInputInfo *>(extra));
    form(kernel, a);
    for (auto &[wanted, have] : a.late) call("copy", {wanted, have}, {});
    return 0;
  } catch (const std::exception &e) {
    last_error() = std::string(kernel) + ": " + e.what();
    return 1;
  }
}
}  // namespace
}  // namespace mt

#define MT_PRIMITIVES(X) \
  X(Cast, copy, cast) X(InplaceCopy, copy, inplace_copy) X(InplaceFillScalar, fill, inplace_fill) X(Select, where, select) X(MaskedFill, masked_fill, masked_fill) \
  X(Abs, abs, elementwise) X(Neg, neg, elementwise) X(Exp, exp, elementwise) X(Exp2, exp2, elementwise) X(Expm1, expm1, elementwise) X(Log, log, elementwise) \
  X(Log2, log2, elementwise) X(Log10, log10, elementwise) X(Log1p, log1p, elementwise) X(Sqrt, sqrt, elementwise) X(Rsqrt, rsqrt, elementwise) \
  X(Square, square, elementwise) X(Reciprocal, reciprocal, elementwise) X(Sin, sin, elementwise) X(Cos, cos, elementwise) X(Tan, tan, elementwise) \
  X(AsinExt, asin, elementwise) X(AcosExt, acos, elementwise) X(AtanExt, atan, elementwise) X(Sinh, sinh, elementwise) X(Cosh, cosh, elementwise) \
  X(AsinhExt, asinh, elementwise) X(AcoshExt, acosh, elementwise) X(Atanh, atanh, elementwise) X(Tanh, tanh, elementwise) X(Sigmoid, sigmoid, elementwise) \
  X(Erf, erf, elementwise) X(Erfc, erfc, elementwise) X(Ceil, ceil, elementwise) X(Floor, floor, elementwise) X(Trunc, trunc, elementwise) X(Frac, frac, elementwise) \
  X(Sign, sign, elementwise) X(ReLU, relu, elementwise) X(SiLU, silu, elementwise) X(LogicalNot, logical_not, elementwise) X(BitwiseNot, bitwise_not, elementwise) \
  X(AddExt, add, elementwise) X(SubExt, sub, elementwise) X(Mul, mul, elementwise) X(Div, div, elementwise) X(Pow, pow, elementwise) X(Atan2Ext, atan2, elementwise) \
  X(Maximum, maximum, elementwise) X(Minimum, minimum, elementwise) X(Equal, eq, elementwise) X(NotEqual, ne, elementwise) X(Less, lt, elementwise) \
  X(LessEqual, le, elementwise) X(Greater, gt, elementwise) X(GreaterEqual, ge, elementwise) X(LogicalAnd, logical_and, elementwise) \
  X(LogicalOr, logical_or, elementwise) X(LogicalXor, logical_xor, elementwise) X(BitwiseAndTensor, bitwise_and, elementwise) \
  X(BitwiseOrTensor, bitwise_or, elementwise) X(BitwiseXorTensor, bitwise_xor, elementwise) X(LogAddExp, logaddexp, elementwise) \
  X(LogAddExp2, logaddexp2, elementwise) X(RemainderTensorTensor, remainder, elementwise) X(FmodTensor, fmod, elementwise) \
  X(NanToNum, nan_to_num, elementwise) X(IsFinite, isfinite, elementwise) \
  X(IsInf, isinf, elementwise) X(IsNegInf, isneginf, elementwise) \
  X(Sinc, sinc, elementwise) X(Erfinv, erfinv, elementwise) X(Xlogy, xlogy, elementwise) X(Round, round, elementwise) X(LeftShift, bitwise_left_shift, elementwise) \
  X(RightShift, bitwise_right_shift, elementwise) X(Gcd, gcd, elementwise) X(Conj, conj_physical, elementwise) X(Angle, angle, elementwise) \
  X(NextAfter, nextafter, elementwise) X(FloorDiv, div_floor, elementwise) X(DivMod, div_trunc, rounded_quotient) X(Lerp, lerp, elementwise) \
  X(AddcmulExt, addcmul, elementwise) X(AddcdivExt, addcdiv, elementwise) X(ClampTensor, clamp, clamp) X(Polar, polar, pair) X(Complex, complex, pair) \
  X(GeluExt, gelu_none, gelu) X(GeluGradExt, gelu_none_backward, gelu) X(SiLUGrad, silu_backward, elementwise) \
  X(TanhGrad, tanh_backward, swapped) X(SigmoidGrad, sigmoid_backward, swapped) X(LeakyReLUExt, leaky_relu, elementwise) \
  X(LeakyReLUGradExt, leaky_relu_backward, leaky_grad) X(EluExt, elu, elu) X(EluGradExt, elu_backward, elu) X(SoftplusExt, softplus, elementwise) \
  X(SoftplusGradExt, softplus_backward, elementwise) X(HShrink, hardshrink, elementwise) X(HShrinkGrad, shrink_backward, elementwise) \
  X(SoftShrink, softshrink, elementwise) X(Hardtanh, hardtanh, elementwise) \
  X(HardtanhGrad, hardtanh_backward, elementwise) X(HSwish, hardswish, elementwise) X(HSwishGrad, hardswish_backward, elementwise) \
  X(HSigmoid, hardsigmoid, elementwise) X(HSigmoidGrad, hardsigmoid_backward, elementwise) X(MishExt, mish, elementwise) X(MishGradExt, mish_backward, elementwise) \
  X(LogSigmoid, log_sigmoid, log_sigmoid) X(LogSigmoidGrad, log_sigmoid_backward, log_sigmoid_grad) X(Threshold, threshold, elementwise) \
  X(ThresholdGrad, threshold_backward, elementwise) X(MSELossExt, mse_loss, loss) X(MSELossGradExt, mse_loss_backward, loss) X(SmoothL1Loss, smooth_l1_loss, loss) \
  X(SmoothL1LossGrad, smooth_l1_loss_backward, loss_grad) \
  X(BinaryCrossEntropy, binary_cross_entropy, loss) X(BinaryCrossEntropyGrad, binary_cross_entropy_backward, loss_grad) \
  X(SumExt, sum, reduction) X(MeanExt, mean, mean) X(ProdExt, prod, reduction) X(Nansum, nansum, reduction) X(ReduceMax, amax, reduction) \
  X(ReduceMin, amin, reduction) X(ReduceAll, all, reduction) X(ReduceAny, any, reduction) X(CountNonZero, count_nonzero, reduction) X(LogSumExp, logsumexp, reduction) \
  X(ArgMaxExt, argmax, reduction) X(ArgMinExt, argmin, reduction) X(MaxDim, max_dim, extreme_and_place) X(MinDim, min_dim, extreme_and_place) \
  X(LinalgVectorNorm, norm, vector_norm) X(Var, moments, moments<false>) X(Std, moments, moments<true>) X(VarMean, moments, moments<false>) \
  X(StdMean, moments, moments<true>) X(CumsumExt, cumsum, along) X(CumProd, cumprod, along) X(CumminExt, cummin, along_with_places) \
  X(Cummax, cummax, along_with_places) \
  X(Softmax, softmax, softmax) X(SoftmaxBackward, softmax_backward, softmax_grad) X(LogSoftmaxExt, log_softmax, softmax) \
  X(LogSoftmaxGrad, log_softmax_backward, log_softmax_grad) X(Mm, matmul, product) X(BatchMatMulExt, matmul, product) X(MatMulExt, matmul, product) \
  X(Addmm, matmul, product_and_sum) \
  X(Baddbmm, matmul, product_and_sum) X(Dot, dot, pair) \
  X(LayerNormExt, group_norm, layer_norm) X(LayerNormGradExt, group_norm_backward, layer_norm_grad) X(GroupNorm, group_norm, group_norm) \
  X(RmsNorm, rms_norm, rms_norm) X(RmsNormGrad, rms_norm_backward, rms_norm_grad) \
  X(IndexSelect, take_rows, index_select) X(GatherD, gather, gather) X(InplaceScatterSrc, scatter, scatter<0>) \
  X(InplaceScatterAdd, scatter, scatter<1>) X(Concat, cat, concat) X(ReverseV2, flip, flip) X(Triu, triangle, triangle<true>) X(TrilExt, triangle, triangle<false>) \
  X(SortExt, sort, sort) X(TopkExt, topk, topk) X(Kthvalue, select_kth, kth) X(MedianDim, select_kth, median) X(Arange, arange, arange) X(LinSpaceExt, linspace, linspace) \
  X(BatchNormExt, batch_norm, batch_norm) X(MaxPoolWithIndices, max_pool, max_pool) X(AvgPool2D, avg_pool, avg_pool) X(AvgPool2DGrad, avg_pool_backward, avg_pool_grad) \
  X(AdaptiveAvgPool2DExt, adaptive_avg_pool, adaptive_pool) X(AdaptiveAvgPool2DGradExt, adaptive_avg_pool_backward, adaptive_pool_grad) \
  X(AdaptiveMaxPool2D, adaptive_max_pool, adaptive_max_pool) X(Convolution, convolution, convolution) \
  X(ConvolutionGrad, convolution_input, convolution_grad) X(AdamW, adam, adamw) X(NLLLoss, nll_loss, nll) \
  X(NLLLossGrad, nll_loss_backward, nll_grad) X(BCEWithLogitsLoss, bce_logits_weighted, logits_loss) X(Cdist, cdist, distances) X(CdistGrad, cdist_backward, distances) \
  X(Im2ColExt, im2col, windows<false>) X(Col2ImExt, col2im, windows<true>) X(GridSampler2D, grid_sample, sampler) X(GridSampler3D, grid_sample, sampler) \
  X(GridSampler2DGrad, grid_sample_backward, sampler_grad) X(GridSampler3DGrad, grid_sample_backward, sampler_grad) X(HistcExt, histc, histogram) \
  X(SearchSorted, searchsorted, search)

#pragma GCC visibility push(default)
extern "C" {
static std::atomic<int64_t> calls[512];
enum {
#define X(primitive, kernel, form) kIndex##primitive,
  MT_PRIMITIVES(X)
#undef X
};
#define X(primitive, kernel, form)                                                                                                       \
  int primitive(int count, void **params, int *ndims, int64_t **shapes, const char **dtypes, void *, void *extra) {                       \
    calls[kIndex##primitive].fetch_add(1, std::memory_order_relaxed);                                                                    \
    return mt::guarded(#kernel, mt::form, count, params, ndims, shapes, dtypes, extra);                                                      \
  }
MT_PRIMITIVES(X)
#undef X
#define X(primitive, kernel, form) #primitive,
static const char *const kPrimitives[] = {MT_PRIMITIVES(X) nullptr};
#undef X
char **GetAllRegisteredOps() { return const_cast<char **>(kPrimitives); }
int GetRegisteredOpCount() { return static_cast<int>(sizeof kPrimitives / sizeof *kPrimitives) - 1; }
bool IsKernelRegistered(const char *name) {
  for (const char *const *p = kPrimitives; *p; ++p)
    if (!std::strcmp(*p, name)) return true;
  return false;
}
// How often MindSpore called the primitive at a place of that list
int64_t mindtorch_plugin_calls(int index) { return calls[index].load(); }
// Why the last primitive of this thread failed
const char *mindtorch_plugin_error() { return mt::last_error().c_str(); }
}
#pragma GCC visibility pop
