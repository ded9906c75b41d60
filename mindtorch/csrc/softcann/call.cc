// Plans, checks against the contract, launches; and what a handler has at hand.
#include "call.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdarg>
#include <cstring>
#include <unordered_map>

namespace softcann {
namespace {

struct Library {
  std::unordered_map<std::string, int> ids;
  decltype(&mindtorch_kernel_call) call = nullptr;
  std::string problem;

  Library() {
    const char *path = settings().kernels;
    void *handle = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (!handle) {
      problem = path ? dlerror() : "SOFTCANN_KERNELS names no library of kernels";
      return;
    }
    auto count = reinterpret_cast<decltype(&mindtorch_kernel_count)>(dlsym(handle, "mindtorch_kernel_count"));
    auto name = reinterpret_cast<decltype(&mindtorch_kernel_name)>(dlsym(handle, "mindtorch_kernel_name"));
    auto threads = reinterpret_cast<decltype(&mindtorch_set_threads)>(dlsym(handle, "mindtorch_set_threads"));
    call = reinterpret_cast<decltype(&mindtorch_kernel_call)>(dlsym(handle, "mindtorch_kernel_call"));
    if (!count || !name || !threads || !call) {
      problem = std::string(path) + " is no library of kernels";
      call = nullptr;
      return;
    }
    for (int i = 0; i < count(); ++i) ids[name(i)] = i;
    if (settings().threads > 0) threads(settings().threads);
  }
};
const Library &library() {
  static const auto *l = new Library;
  return *l;
}

std::unordered_map<std::string, Handler> &handlers() {
  static auto *map = new std::unordered_map<std::string, Handler>;
  return *map;
}

std::string ranks_of(const Argument &a) {
  if (a.least < 0) return mt::format("at most %d", a.most);
  return a.most < 0 ? mt::format("at least %d", a.least) : mt::format("%d to %d", a.least, a.most);
}

// Why a tensor is outside what the operator's page says; empty: it isn't.
std::string outside(const Argument &a, const Layout &t) {
  if (a.dtypes && (t.dtype < 0 || t.dtype > 63 || !(a.dtypes >> t.dtype & 1)))
    return mt::format("argument %s: %s is not among its dtypes", a.name, name_of(t.dtype));
  int rank = static_cast<int>(t.shape.size());
  // pages say 1-8 for operators whose siblings say 0-8: a tensor without dimensions is no reason to refuse
  bool low = a.least > 1 ? rank < a.least : a.least == 1 && rank < a.least && rank != 0;
  if (low || (a.most >= 0 && rank > a.most))
    return mt::format("argument %s: %d dimensions, documented are %s", a.name, rank, ranks_of(a).c_str());
  if (a.flags & kDense && !t.dense()) return mt::format("argument %s: strided memory is not documented", a.name);
  if (a.flags & kFull && t.elements() == 0)
    return mt::format("argument %s: an empty tensor is not documented", a.name);
  return "";
}

// A tensor that could not be computed on safely whatever its page says.
std::string broken(const Argument &a, const Layout &t) {
  if (!width_of(t.dtype)) return mt::format("argument %s: dtype %d is unknown", a.name, t.dtype);
  if (t.shape.size() > static_cast<size_t>(mt::kMaxDims))
    return mt::format("argument %s: %zu dimensions", a.name, t.shape.size());
  __int128 room = 1, low = t.offset, high = t.offset;
  bool empty = false;
  for (int64_t d : t.storage) {
    if (d < 0) return mt::format("argument %s: a negative size of storage", a.name);
    room *= d;
    if (room > (__int128{1} << 62)) return mt::format("argument %s: the storage is too large", a.name);
  }
  for (size_t d = 0; d < t.shape.size(); ++d) {
    if (t.shape[d] < 0) return mt::format("argument %s: a negative size", a.name);
    empty = empty || t.shape[d] == 0;
    __int128 reach = static_cast<__int128>(t.strides[d]) * (t.shape[d] - 1);
    (reach < 0 ? low : high) += reach;
    if (high > (__int128{1} << 62) || low < -(__int128{1} << 62))
      return mt::format("argument %s: the view is too large", a.name);
  }
  if (!empty && (low < 0 || high >= room))
    return mt::format("argument %s: the view leaves its storage of %lld elements", a.name,
                      static_cast<long long>(room));
  return "";
}

std::string describe(const Argument &a, const Value &v) {
  std::string text = std::string(a.name) + "=";
  if (!v.given) return text + "null";
  auto numbers = [&](const std::vector<int64_t> &list) {
    for (size_t k = 0; k < list.size(); ++k) text += (k ? "," : "") + std::to_string(list[k]);
  };
  switch (a.kind) {
    case Kind::Tensor:
    case Kind::Tensors:
      for (const aclTensor &t : v.tensors) {
        text += std::string(name_of(t.layout->dtype)) + "[";
        numbers(t.layout->shape);
        text += "]";
        if (!t.layout->dense()) {
          text += "/[";
          numbers(t.layout->strides);
          text += "]";
        }
      }
      return text;
    case Kind::Scalar: return text + name_of(v.scalar.dtype);
    case Kind::Ints:
    case Kind::Bools:
      text += "(";
      numbers(v.ints);
      return text + ")";
    case Kind::Floats: return text + std::to_string(v.floats.size()) + " floats";
    case Kind::Integer: return text + std::to_string(v.integer);
    case Kind::Real: return text + mt::format("%g", v.real);
    case Kind::Text: return text + "'" + v.text + "'";
  }
  return text;
}

Value value_of(const Argument &a, const Raw &raw) {
  Value v;
  v.given = raw.pointer != nullptr;
  switch (a.kind) {
    case Kind::Tensor:
      if (v.given) v.tensors.push_back(*static_cast<const aclTensor *>(raw.pointer));
      break;
    case Kind::Tensors:
      if (v.given)
        for (const aclTensor *t : static_cast<const aclTensorList *>(raw.pointer)->v)
          v.tensors.push_back(t ? *t : aclTensor{});
      break;
    case Kind::Scalar:
      if (v.given) v.scalar = *static_cast<const aclScalar *>(raw.pointer);
      break;
    case Kind::Ints:
      if (v.given) v.ints = static_cast<const aclIntArray *>(raw.pointer)->v;
      break;
    case Kind::Bools:
      if (v.given) v.ints = static_cast<const aclBoolArray *>(raw.pointer)->v;
      break;
    case Kind::Floats:
      if (v.given) v.floats = static_cast<const aclFloatArray *>(raw.pointer)->v;
      break;
    case Kind::Text:
      if (v.given) v.text = static_cast<const char *>(raw.pointer);
      break;
    case Kind::Integer:
    case Kind::Real:
      v.given = true;
      v.integer = raw.integer;
      v.real = raw.real;
  }
  return v;
}

int refused(const Operator &op, int code, const std::string &why) {
  return fail(code, "%s: %s [%s]", op.name, why.c_str(), op.page);
}

int check(const Operator &op, const std::vector<Value> &values) {
  bool strict = settings().contract;
  for (int i = 0; i < op.count; ++i) {
    const Argument &a = op.arguments[i];
    const Value &v = values[static_cast<size_t>(i)];
    if (!v.given && a.flags & kNeeded) {
      std::string why = mt::format("argument %s: a null pointer", a.name);
      count_outside(op.name, why);
      return refused(op, kNullPointer, why);
    }
    for (const aclTensor &t : v.tensors) {
      if (!t.layout)
        return refused(op, kNullPointer, mt::format("argument %s: a list with a null pointer in it", a.name));
      std::string why = broken(a, *t.layout);
      if (!why.empty()) return refused(op, kInvalidArgument, why);
      why = outside(a, *t.layout);
      if (why.empty()) continue;
      count_outside(op.name, why);
      if (strict) return refused(op, kInvalidArgument, why);
    }
  }
  return kOk;
}

std::atomic<int64_t> launches{0};

}  // namespace

Registered::Registered(const char *name, Handler handler) { handlers()[name] = handler; }
Handler find_handler(const char *name) {
  auto at = handlers().find(name);
  return at == handlers().end() ? nullptr : at->second;
}

int plan(const Operator &op, const Raw *raw, uint64_t *workspace, aclOpExecutor **executor) {
  if (!workspace || !executor)
    return fail(kNullPointer, "%s: no place for the size of the workspace or the executor", op.name);
  auto values = std::make_shared<std::vector<Value>>();
  values->reserve(static_cast<size_t>(op.count));
  for (int i = 0; i < op.count; ++i) values->push_back(value_of(op.arguments[i], raw[i]));
  if (settings().trace) {
    std::string line = std::string(op.name) + "(";
    for (int i = 0; i < op.count; ++i)
      line += (i ? ", " : "") + describe(op.arguments[i], (*values)[static_cast<size_t>(i)]);
    trace(line + ")");
  }
  Handler handler = find_handler(op.name);
  if (!handler) {
    count_missing(op.name);
    return refused(op, kNoKernel, "the software CANN does not have this operator");
  }
  if (!library().call) return refused(op, kInner, library().problem);
  if (int code = check(op, *values)) return code;
  std::string why;
  if (int code = quirk(op, *values, &why)) return refused(op, code, why);
  try {
    Call call(op, *values, true);
    handler(call);
  } catch (const Refusal &r) {
    count_outside(op.name, r.text);
    return refused(op, r.code, r.text);
  }
  *workspace = 0;
  *executor = new aclOpExecutor{&op, handler, std::move(values), false};
  return kOk;
}

namespace {
// The last tensor of a call, which is a result, by one per cent too large.
void spoil(Call &call, const std::vector<Value> &values) {
  for (size_t i = values.size(); i-- > 0;) {
    if (values[i].tensors.size() != 1 || !values[i].given) continue;
    View v = call.tensor(static_cast<int>(i));
    Number more(fraction(1.01));
    call.run("mul", {v, v, more.view}, {code(v.dtype)});
    return;
  }
}

int execute(const Operator &op, Handler handler, const std::vector<Value> &values, std::string &message) {
  try {
    Call call(op, values, false);
    handler(call);
    call.finish();
    if (settings().wrong == op.name) spoil(call, values);
    return kOk;
  } catch (const Refusal &r) { message = r.text; } catch (const std::bad_alloc &) {
    message = "the host's memory is out";
  }
  count_failure(op.name, message);
  message = std::string(op.name) + ": " + message;
  return kOpFailed;
}
}  // namespace

int launch(aclOpExecutor *executor, void *stream) {
  if (!executor) return fail(kNullPointer, "a launch without an executor");
  const Operator *op = executor->op;
  Handler handler = executor->handler;
  std::shared_ptr<const std::vector<Value>> values = executor->values;
  if (!executor->repeatable) delete executor;
  count_launch(op->name);
  int64_t number = ++launches;
  const Settings &s = settings();
  if (number == s.fail_launch)
    return enqueue(stream, [op, number](std::string &message) {
      message = mt::format("%s: launch %lld fails as it was told to", op->name, static_cast<long long>(number));
      count_failure(op->name, "as it was told to");
      return static_cast<int>(kOpFailed);
    });
  if (number == s.hang_launch)
    return enqueue(
        stream, [op, number, seconds = s.hang_seconds > 0 ? s.hang_seconds : op_timeout()](std::string &message) {
          hang(seconds);
          message =
              mt::format("%s: launch %lld took longer than an operator may", op->name, static_cast<long long>(number));
          count_failure(op->name, "took longer than an operator may, as it was told to");
          return static_cast<int>(kOpTimeout);
        });
  if (s.empty) return kOk;
  return enqueue(stream,
                 [op, handler, values](std::string &message) { return execute(*op, handler, *values, message); });
}

// ---- what a handler has at hand ----
void Call::refuse(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  throw Refusal{kInvalidArgument, text};
}

View Call::view(const aclTensor &tensor, int i) {
  const Layout &l = *tensor.layout;
  View v;
  v.dtype = dtype_from(l.dtype);
  v.ndim = static_cast<int8_t>(l.shape.size());
  int64_t width = mt::itemsize(v.dtype), low = l.offset, high = l.offset;
  bool empty = false;
  for (int d = 0; d < v.ndim; ++d) {
    v.shape[d] = l.shape[static_cast<size_t>(d)];
    v.stride[d] = l.strides[static_cast<size_t>(d)];
    empty = empty || v.shape[d] == 0;
    (v.stride[d] < 0 ? low : high) += v.stride[d] * (v.shape[d] - 1);
  }
  if (planning_ || empty) return v;
  auto *base = static_cast<char *>(tensor.data);
  const char *name = op.arguments[i].name;
  if (!on_device(base))
    throw Refusal{kInner, mt::format("argument %s: %p is not memory of the device", name, tensor.data)};
  if (!live(base + low * width, static_cast<size_t>((high - low + 1) * width)))
    throw Refusal{kInner, mt::format("argument %s: its memory was freed or never allocated", name)};
  v.data = reachable(base) + l.offset * width;
  return v;
}

View Call::tensor(int i) {
  if (!given(i)) throw Refusal{kNullPointer, mt::format("argument %s: a null pointer", op.arguments[i].name)};
  return view(values_[static_cast<size_t>(i)].tensors[0], i);
}
std::vector<View> Call::tensors(int i) {
  if (!given(i)) throw Refusal{kNullPointer, mt::format("argument %s: a null pointer", op.arguments[i].name)};
  std::vector<View> views;
  for (const aclTensor &t : values_[static_cast<size_t>(i)].tensors) views.push_back(view(t, i));
  return views;
}
std::vector<int64_t> Call::ints(int i) {
  if (!given(i)) throw Refusal{kNullPointer, mt::format("argument %s: a null pointer", op.arguments[i].name)};
  return values_[static_cast<size_t>(i)].ints;
}
Scalar Call::number(int i) {
  if (!given(i)) throw Refusal{kNullPointer, mt::format("argument %s: a null pointer", op.arguments[i].name)};
  const aclScalar &s = values_[static_cast<size_t>(i)].scalar;
  auto as = [&](auto zero) {
    std::memcpy(&zero, s.bytes, sizeof zero);
    return zero;
  };
  Scalar n;
  switch (s.dtype) {
    case ACL_BOOL:
      n.kind = Scalar::Bool;
      n.i = as(uint8_t{}) != 0;
      return n;
    case ACL_INT8: return whole(as(int8_t{}));
    case ACL_UINT8: return whole(as(uint8_t{}));
    case ACL_INT16: return whole(as(int16_t{}));
    case ACL_UINT16: return whole(as(uint16_t{}));
    case ACL_INT32: return whole(as(int32_t{}));
    case ACL_UINT32: return whole(as(uint32_t{}));
    case ACL_INT64:
    case ACL_UINT64: return whole(as(int64_t{}));
    case ACL_FLOAT: return fraction(static_cast<double>(as(float{})));
    case ACL_DOUBLE: return fraction(as(double{}));
    case ACL_COMPLEX64:
    case ACL_COMPLEX128: {
      n.kind = Scalar::Complex;
      bool wide = s.dtype == ACL_COMPLEX128;
      double both[2];
      float narrow[2];
      std::memcpy(both, s.bytes, sizeof both);
      std::memcpy(narrow, s.bytes, sizeof narrow);
      n.f = wide ? both[0] : static_cast<double>(narrow[0]);
      n.im = wide ? both[1] : static_cast<double>(narrow[1]);
      return n;
    }
    case ACL_BF16: {
      uint32_t bits = static_cast<uint32_t>(as(uint16_t{})) << 16;
      float f;
      std::memcpy(&f, &bits, sizeof f);
      return fraction(static_cast<double>(f));
    }
    case ACL_FLOAT16: {
      View half, wide;
      float f = 0;
      char bytes[2];
      std::memcpy(bytes, s.bytes, 2);
      half.data = bytes;
      half.dtype = DType::F16;
      wide.data = &f;
      half.ndim = wide.ndim = 0;
      run("copy", {wide, half});
      return fraction(static_cast<double>(f));
    }
    default: refuse("argument %s: a number of dtype %s", op.arguments[i].name, name_of(s.dtype));
  }
}
DType Call::dtype(int i) {
  if (!width_of(static_cast<int>(integer(i))))
    refuse("argument %s: dtype %lld is unknown", op.arguments[i].name, static_cast<long long>(integer(i)));
  return dtype_from(static_cast<int>(integer(i)));
}

void Call::set_shape(int i, std::vector<int64_t> shape) {
  if (!planning_) values_[static_cast<size_t>(i)].tensors[0].layout->shape = std::move(shape);
}

void Call::run(const char *kernel, const std::vector<View> &views, const std::vector<Scalar> &scalars) {
  auto id = library().ids.find(kernel);
  if (id == library().ids.end()) throw Refusal{kNoKernel, mt::format("the kernel library has no %s", kernel)};
  if (planning_) return;
  char error[400];
  if (library().call(id->second, views.data(), static_cast<int>(views.size()), scalars.data(),
                     static_cast<int>(scalars.size()), error, sizeof error))
    throw Refusal{kInner, error};
}
void Call::run(const char *kernel, std::initializer_list<View> views, std::initializer_list<Scalar> scalars) {
  run(kernel, std::vector<View>(views), std::vector<Scalar>(scalars));
}

View Call::temporary(DType dtype, const int64_t *shape, int rank) {
  View v;
  v.dtype = dtype;
  v.ndim = static_cast<int8_t>(rank);
  int64_t step = 1;
  for (int d = rank - 1; d >= 0; --d) {
    v.shape[d] = shape[d];
    v.stride[d] = step;
    step *= shape[d];
  }
  if (planning_) return v;
  memory_.emplace_back(static_cast<size_t>(step * mt::itemsize(dtype)) + 16);
  v.data = memory_.back().data();
  return v;
}
View Call::dense(const View &v, DType dtype) {
  if (v.none() || (v.dtype == dtype && v.contiguous())) return v;
  View own = like(v, dtype);
  run("copy", {own, v});
  return own;
}
View Call::result(const View &v, DType dtype) {
  if (v.none() || (v.dtype == dtype && v.contiguous())) return v;
  View own = like(v, dtype);
  results_.emplace_back(v, own);
  return own;
}
void Call::finish() {
  for (auto &pair : results_) run("copy", {pair.first, pair.second});
  results_.clear();
}

DType dtype_from(int acl) {
  switch (acl) {
    case ACL_FLOAT: return DType::F32;
    case ACL_FLOAT16: return DType::F16;
    case ACL_INT8: return DType::I8;
    case ACL_INT32: return DType::I32;
    case ACL_UINT8: return DType::U8;
    case ACL_INT16: return DType::I16;
    case ACL_UINT16: return DType::U16;
    case ACL_UINT32: return DType::U32;
    case ACL_INT64: return DType::I64;
    case ACL_UINT64: return DType::U64;
    case ACL_DOUBLE: return DType::F64;
    case ACL_BOOL: return DType::Bool;
    case ACL_COMPLEX64: return DType::C64;
    case ACL_COMPLEX128: return DType::C128;
    case ACL_BF16: return DType::BF16;
    default: throw Refusal{kInvalidArgument, mt::format("dtype %d is unknown", acl)};
  }
}

}  // namespace softcann
