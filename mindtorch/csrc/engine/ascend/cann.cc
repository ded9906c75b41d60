#include "cann.h"

#include <dlfcn.h>

#include <cstring>
#include <string_view>

#include "ascend.h"

namespace mt::ascend {

namespace {

using Handle = void *;

struct Cann {
  Handle (*find)(const char *) = nullptr;
  Handle (*tensor)(const int64_t *, uint64_t, int, const int64_t *, int64_t, int, const int64_t *, uint64_t, void *);
  Handle (*scalar)(void *, int);
  Handle (*ints)(const int64_t *, uint64_t);
  Handle (*bools)(const bool *, uint64_t);
  Handle (*list)(Handle const *, uint64_t);
  int (*drop_tensor)(Handle), (*drop_scalar)(Handle), (*drop_ints)(Handle), (*drop_bools)(Handle), (*drop_list)(Handle),
      (*drop_executor)(Handle);
  int (*repeatable)(Handle);
  int (*address)(Handle, size_t, Handle, void *);
  int (*list_address)(Handle, size_t, size_t, Handle, void *);
  int (*view_shape)(Handle, int64_t **, uint64_t *);
  const char *(*message)();
  int (*memcpy_async)(void *, size_t, const void *, size_t, int, void *);
  int (*memory)(int, size_t *, size_t *);
  const char *(*soc)();
  int (*malloc_host)(void **, size_t), (*free_host)(void *);
} cann;

template <class F>
void get(const char *name, F &f) {
  void *found = cann.find(name);
  if (!found) found = dlsym(RTLD_DEFAULT, name);
  for (const char *library : {"libnnopbase.so", "libascendcl.so", "libopapi.so"})
    if (!found)
      if (void *handle = dlopen(library, RTLD_LAZY)) found = dlsym(handle, name);
  if (!found) raise(PyExc_RuntimeError, std::string("this CANN lacks ") + name + ": 8.0 or later is needed");
  f = reinterpret_cast<F>(found);
}

}  // namespace

void load_cann() {
  // MindSpore's own look-up knows custom operator packages and the split libraries of newer versions too; its library
  // is there since the device is
  void *plugin = dlopen("libmindspore_ops_ascend.so", RTLD_LAZY | RTLD_NOLOAD);
  if (plugin)
    cann.find = reinterpret_cast<Handle (*)(const char *)>(
        dlsym(plugin, "_ZN9mindspore6device6ascend12GetOpApiFuncEPKc"));
  if (!cann.find)
    raise(PyExc_RuntimeError,
          "MindSpore's Ascend operators (libmindspore_ops_ascend.so) are not loaded: is this MindSpore 2.10?");
  get("aclCreateTensor", cann.tensor), get("aclCreateScalar", cann.scalar), get("aclCreateIntArray", cann.ints),
      get("aclCreateBoolArray", cann.bools);
  get("aclCreateTensorList", cann.list), get("aclDestroyTensor", cann.drop_tensor),
      get("aclDestroyScalar", cann.drop_scalar), get("aclDestroyIntArray", cann.drop_ints);
  get("aclDestroyBoolArray", cann.drop_bools), get("aclDestroyTensorList", cann.drop_list),
      get("aclDestroyAclOpExecutor", cann.drop_executor);
  get("aclSetAclOpExecutorRepeatable", cann.repeatable), get("aclSetTensorAddr", cann.address),
      get("aclSetDynamicTensorAddr", cann.list_address);
  get("aclGetViewShape", cann.view_shape), get("aclGetRecentErrMsg", cann.message),
      get("aclrtMemcpyAsync", cann.memcpy_async), get("aclrtGetMemInfo", cann.memory);
  get("aclrtMallocHost", cann.malloc_host), get("aclrtFreeHost", cann.free_host), get("aclrtGetSocName", cann.soc);
}

int cann_dtype(DType d) {
  static constexpr int codes[] = {12, 4, 2, 6, 3, 9, 1, 27, 0, 11, 16, 17, 7, 8, 10, -1, -1};
  return codes[static_cast<int>(d)];
}
std::string recent_error() {
  const char *words = cann.message ? cann.message() : nullptr;
  return words ? words : "";
}
std::string words_of_cann(const std::string &of_mindspore) {
  if (std::string words = recent_error(); !words.empty()) return words;
  // MindSpore has asked for them, and put them between rules
  const std::string title = "Ascend Error Message:\n", rule = "----\n";
  size_t at = of_mindspore.find(title);
  if (at == std::string::npos) return of_mindspore;
  at = of_mindspore.find(rule, at + title.size());
  if (at == std::string::npos) return of_mindspore;
  at += rule.size();
  return of_mindspore.substr(at, of_mindspore.find("\n", at) - at);
}
std::string chip() {
  const char *name = cann.soc();
  return name ? name : "";
}
bool memory_info(size_t *free, size_t *total) {
  constexpr int kHbm = 1;
  return cann.memory && cann.memory(kHbm, free, total) == 0;
}
void *host_memory(int64_t bytes) {
  void *p = nullptr;
  return cann.malloc_host(&p, static_cast<size_t>(bytes)) == 0 ? p : nullptr;
}
void drop_host_memory(void *p) { cann.free_host(p); }
void copy_async(void *to, const void *from, int64_t bytes, bool to_device) {
  auto size = static_cast<size_t>(bytes);
  if (cann.memcpy_async(to, size, from, size, to_device ? 1 : 2, stream_handle()))
    raise(PyExc_RuntimeError,
          std::string("a copy ") + (to_device ? "to" : "from") + " the npu failed: " + recent_error());
}
void copy_within(void *to, const void *from, int64_t bytes) {
  constexpr int kWithin = 3;
  if (cann.memcpy_async(to, static_cast<size_t>(bytes), from, static_cast<size_t>(bytes), kWithin, stream_handle()))
    raise(PyExc_RuntimeError, "a copy within the npu failed: " + recent_error());
}

const View &Operands::view(int i) const {
  static const View nothing{};
  return i < nt ? t[i] : nothing;
}
const Scalar &Operands::scalar(int i) const {
  static const Scalar nothing{};
  return i < ns ? s[i] : nothing;
}

std::pair<int, int> list_of(const Item &item, const Operands &o) {
  if (!item.parts) return {item.at, o.nt};
  int length = o.nt / item.parts;
  return {item.at * length, (item.at + 1) * length};
}

Scalar number_of(const View &v) {
  Scalar s;
  alignas(16) double wide[2] = {0, 0};
  View to;
  to.ndim = 0;
  to.data = wide;
  to.dtype = is_complex(v.dtype) ? DType::C128 : is_floating(v.dtype) ? DType::F64 : DType::I64;
  if (to.dtype == v.dtype) {
    std::memcpy(wide, v.data, static_cast<size_t>(itemsize(v.dtype)));
  } else {
    View pair[2] = {to, v};
    run_host(kernel_of("copy"), pair, 2, nullptr, 0);
  }
  s.kind = v.dtype == DType::Bool   ? Scalar::Bool
           : to.dtype == DType::I64 ? Scalar::Int
           : to.dtype == DType::F64 ? Scalar::Float
                                    : Scalar::Complex;
  if (to.dtype == DType::I64) std::memcpy(&s.i, wide, 8);
  else s.f = wide[0], s.im = wide[1];
  return s;
}

namespace {

int64_t size_of(const Size &size, const Operands &o) {
  return size.scalar ? o.scalar(static_cast<int>(size.value)).integer() : size.value;
}

// An operand as an item wants it: with other sizes, which a dense one can have.
const View &seen(const Item &item, const Operands &o, View *shaped) {
  const View &v = o.view(item.at);
  if (item.sizes.empty() || v.none()) return v;
  shaped->data = v.data;
  shaped->dtype = v.dtype;
  shaped->device = v.device;
  shaped->ndim = static_cast<int8_t>(item.sizes.size());
  int64_t next = 1;
  for (int d = shaped->ndim - 1; d >= 0; --d) {
    shaped->shape[d] = size_of(item.sizes[static_cast<size_t>(d)], o);
    shaped->stride[d] = next;
    next *= shaped->shape[d];
  }
  if (next != v.numel() || !v.contiguous())
    raise(PyExc_SystemError, "a row of the table gives an operand sizes that it cannot have");
  return *shaped;
}

// Base and offset are one pointer here, the storage is what the view spans.
Handle describe(const View &v) {
  static constexpr int formats[] = {2, 2, 2, 47, 0, 30};  // ND; NCL, NCHW, NCDHW by rank, as MindSpore has it
  int64_t span = 1;
  for (int d = 0; d < v.ndim; ++d) span += v.shape[d] ? (v.shape[d] - 1) * v.stride[d] : 0;
  return cann.tensor(v.shape, static_cast<uint64_t>(v.ndim), cann_dtype(v.dtype), v.stride, 0,
                     v.ndim < 6 ? formats[v.ndim] : 2, &span, 1, v.data);
}
Handle scalar(Scalar s) {
  bool b = s.i != 0;
  double pair[2] = {s.f, s.im};
  switch (s.kind) {
    case Scalar::None: return nullptr;
    case Scalar::Bool: return cann.scalar(&b, cann_dtype(DType::Bool));
    case Scalar::Float: return cann.scalar(&s.f, cann_dtype(DType::F64));
    case Scalar::Complex: return cann.scalar(pair, cann_dtype(DType::C128));
    default: return cann.scalar(&s.i, cann_dtype(DType::I64));
  }
}
Shape dims_of(int64_t mask, const View &v) {
  Shape dims;
  for (int d = 0; d < v.ndim; ++d)
    if (mask >> d & 1) dims.push_back(d);
  return dims;
}
bool keeps_rank(const Operands &o) { return o.view(0).ndim == o.view(1).ndim; }

// Integers and pointers travel in registers of one kind and then on the stack, floating-point numbers in those of
// another: one caller serves every signature with up to 48 of the first and 8 of the second (x86-64 System V, AAPCS64),
// a float as the low half of its register.
struct Arguments {
  int64_t i[48] = {0};
  double d[8] = {0};
  size_t ni = 0, nd = 0;

  void put(int64_t v) {
    if (ni == 48) raise(PyExc_SystemError, "an operator with more arguments than the caller passes");
    i[ni++] = v;
  }
  void put(void *p) { put(static_cast<int64_t>(reinterpret_cast<intptr_t>(p))); }
  void put_double(double v) {
    if (nd == 8) raise(PyExc_SystemError, "an operator with more arguments than the caller passes");
    d[nd++] = v;
  }
  void put_float(float v) {
    double low = 0;
    std::memcpy(&low, &v, sizeof v);
    put_double(low);
  }
  int call(void *f) const {
#define MT_I8(k) i[k], i[k + 1], i[k + 2], i[k + 3], i[k + 4], i[k + 5], i[k + 6], i[k + 7]
#define MT_L8 int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#define MT_D8 double, double, double, double, double, double, double, double
    if (ni <= 8)
      return reinterpret_cast<int (*)(MT_L8, MT_D8)>(f)(MT_I8(0), d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
    if (ni <= 24)
      return reinterpret_cast<int (*)(MT_L8, MT_L8, MT_L8, MT_D8)>(f)(MT_I8(0), MT_I8(8), MT_I8(16), d[0], d[1], d[2],
                                                                      d[3], d[4], d[5], d[6], d[7]);
    return reinterpret_cast<int (*)(MT_L8, MT_L8, MT_L8, MT_L8, MT_L8, MT_L8, MT_D8)>(f)(
        MT_I8(0), MT_I8(8), MT_I8(16), MT_I8(24), MT_I8(32), MT_I8(40), d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
#undef MT_I8
#undef MT_L8
#undef MT_D8
  }
};

// Bytes that tell one call of an operator from another, in memory that the thread keeps.
class Key {
 public:
  void bytes(const void *p, size_t n) {
    if (size_ + n > memory().size()) memory().resize(2 * (size_ + n));
    std::memcpy(memory().data() + size_, p, n);
    size_ += n;
  }
  std::string_view text() const { return {memory().data(), size_}; }
  void whole(int64_t v) { bytes(&v, sizeof v); }
  void view(const View &v) {
    int16_t head = v.none() ? int16_t{-1} : static_cast<int16_t>(static_cast<int>(v.dtype) << 8 | v.ndim);
    bytes(&head, sizeof head);
    if (v.none()) return;
    bytes(v.shape, static_cast<size_t>(v.ndim) * 8);
    bytes(v.stride, static_cast<size_t>(v.ndim) * 8);
  }
  void scalar(const Scalar &s) {
    bytes(&s.kind, 1);
    if (s.kind == Scalar::Ints) return whole(s.i), bytes(s.list, static_cast<size_t>(s.i) * 8);
    whole(s.i), bytes(&s.f, 8), bytes(&s.im, 8);
  }

 private:
  std::vector<char> &memory() const { return *memory_; }
  static std::vector<char> *kept() {
    static thread_local std::vector<char> bytes(1024);
    return &bytes;
  }
  std::vector<char> *memory_ = kept();
  size_t size_ = 0;
};

Key key_of(const Operator &op, const Operands &o) {
  Key key;
  View shaped;
  for (const Item &item : op.items) {
    switch (item.kind) {
      case 'T': key.view(seen(item, o, &shaped)); break;
      case 'L': {
        auto [first, last] = list_of(item, o);
        key.whole(last - first);
        for (int k = first; k < last; ++k) key.view(o.t[k]);
        break;
      }
      case 'N': key.scalar(number_of(o.view(item.at))); break;
      case 'n':
        for (const Size &size : item.sizes) key.whole(size_of(size, o));
        break;
      case 'S': case 's': case 'I': case 'M': case 'i': case 'j': case 'd': case 'f':
        key.scalar(o.scalar(item.at));
        break;
      case 'P': {
        int64_t given = 0;
        for (int k : item.list) given = given << 1 | !o.view(k).none();
        key.whole(given);
        break;
      }
      default: break;  // constants, and what the operands' own entries tell
    }
  }
  return key;
}

// The plan of a call like this one, most often that of the call before; null when there is none.
Plan *known_plan(Operator &op, std::string_view key) {
  if (op.recent && key == op.recent->first) return op.recent->second.get();
  auto found = op.plans.find(std::string(key));
  if (found == op.plans.end()) return nullptr;
  op.recent = &*found;  // entries stay where they are
  return found->second.get();
}

void drop(const Operator &op, Plan *p) {
  for (size_t k = 0; k < p->made.size(); ++k) {
    if (!p->made[k]) continue;
    switch (op.items[k].kind) {
      case 'T': cann.drop_tensor(p->made[k]); break;
      case 'L': cann.drop_list(p->made[k]); break;
      case 'N': case 'S': case 's': cann.drop_scalar(p->made[k]); break;
      case 'I': case 'M': case 'n': cann.drop_ints(p->made[k]); break;
      case 'P': cann.drop_bools(p->made[k]); break;
      default: break;
    }
  }
  p->made.clear();
  if (p->repeatable) cann.drop_executor(p->executor);
}

std::string trouble(const Operator &op, int code) {
  std::string words = recent_error();
  return op.name + " " + std::to_string(code) + (words.empty() ? "" : ": " + words);
}

// What a refusal is remembered by: the operator with the dtypes, ranks and layouts of its tensors.
std::string kind_of_call(const Operator &op, const Operands &o) {
  std::string text;
  View shaped;
  auto add = [&](const View &v) {
    text += (text.empty() ? "" : ", ") + (v.none()
                                              ? "none"
                                              : std::string(dtype_name(v.dtype)) + " " +
                                                    std::to_string(v.ndim) + "-D" + (v.contiguous() ? "" : " strided"));
  };
  for (const Item &item : op.items) {
    if (item.kind == 'T') add(seen(item, o, &shaped));
    if (item.kind == 'L')
      for (int k = item.at; k < o.nt; ++k) add(o.t[k]);
  }
  return op.name + "(" + text + ")";
}
// Codes that tell of the chip or the installation, not of the shapes and numbers of this call.
bool lasting(int code) { return code == 161001 || (code >= 561000 && code < 562000); }

std::unique_ptr<Plan> make_plan(Operator &op, const Operands &o, bool keep) {
  auto p = std::make_unique<Plan>();
  Arguments a;
  View shaped;
  for (const Item &item : op.items) {
    Handle made = nullptr;
    bool pointer = true;
    const Scalar &s = o.scalar(item.at);
    switch (item.kind) {
      case 'T': {
        const View &v = seen(item, o, &shaped);
        made = v.none() ? nullptr : describe(v);
        break;
      }
      case 'L': {
        std::vector<Handle> all;
        auto [first, last] = list_of(item, o);
        for (int k = first; k < last; ++k) all.push_back(describe(o.t[k]));
        made = cann.list(all.data(), all.size());
        break;
      }
      case 'N': made = scalar(number_of(o.view(item.at))); break;
      case 'S': made = scalar(s); break;
      case 's': {
        auto single = static_cast<float>(s.real());
        made = cann.scalar(&single, cann_dtype(DType::F32));
        break;
      }
      case 'I': made = s.kind == Scalar::Ints ? cann.ints(s.list, static_cast<uint64_t>(s.i)) : nullptr; break;
      case 'M': {
        Shape dims = dims_of(s.integer(), o.view(1));
        made = cann.ints(dims.data(), dims.size());
        break;
      }
      case 'n': {
        Shape sizes;
        for (const Size &size : item.sizes) sizes.push_back(size_of(size, o));
        made = cann.ints(sizes.data(), sizes.size());
        break;
      }
      case 'P': {
        bool given[kMaxDims];
        for (size_t k = 0; k < item.list.size(); ++k) given[k] = !o.view(item.list[k]).none();
        made = cann.bools(given, item.list.size());
        break;
      }
      case '-': break;
      default: pointer = false;
    }
    p->made.push_back(made);
    if (pointer) {
      a.put(made);
      continue;
    }
    switch (item.kind) {
      case 'i': a.put(s.integer()); break;
      case 'j':
        for (int d = 0; d < kMaxDims; ++d)
          if (s.i == int64_t{1} << d) a.put(int64_t{d});
        break;
      case 'd': a.put_double(s.real()); break;
      case 'f': a.put_float(static_cast<float>(s.real())); break;
      case 'y': a.put(int64_t{cann_dtype(o.view(item.at).dtype)}); break;
      case 'k': a.put(int64_t{keeps_rank(o)}); break;
      case '=': a.put(item.whole); break;
      case '.': a.put_double(item.number); break;
      case '\'': a.put(const_cast<char *>(item.text.c_str())); break;  // lives as long as the operator
      default: raise(PyExc_SystemError, "an argument of unknown kind in the row of " + op.name);
    }
  }
  a.put(&p->workspace);
  a.put(&p->executor);
  if (int code = a.call(op.plan)) {
    p->refused = true;
    p->refusal.words = trouble(op, code);
    drop(op, p.get());
    constexpr int kRuntime = 361001;
    if (code == kRuntime) raise(PyExc_RuntimeError, "the npu failed: " + p->refusal.words);
    p->refusal.what = kind_of_call(op, o);
    p->refusal.lasting = lasting(code);
    if (p->refusal.lasting) op.refused[p->refusal.what] = p->refusal.words;
    return p;
  }
  p->repeatable = keep && cann.repeatable(p->executor) == 0;  // one that is not kept belongs to its launch
  return p;
}

// A call of the same form with other memory. Operands are numbered as they stand in the signature, absent ones
// included. False where the operator counts otherwise.
bool set_addresses(const Operator &op, const Operands &o, const Plan &p) {
  size_t index = 0;
  for (size_t k = 0; k < op.items.size(); ++k) {
    const Item &item = op.items[k];
    if (item.kind == 'T') {
      if (p.made[k] && cann.address(p.executor, index, p.made[k], o.t[item.at].data)) return false;
    } else if (item.kind == 'L') {
      auto [first, last] = list_of(item, o);
      for (int j = first; j < last; ++j)
        if (cann.list_address(p.executor, index, static_cast<size_t>(j - first), p.made[k], o.t[j].data)) return false;
    } else if (item.kind != '-') {
      continue;
    }
    ++index;
  }
  return true;
}

constexpr size_t kMostPlans = 1024;

}  // namespace

bool launch(Operator &op, const Operands &o, Accelerator::Refusal *refusal) {
  bind_thread();
  if (!op.looked_up) {
    op.plan = cann.find((op.name + "GetWorkspaceSize").c_str());
    op.run = cann.find(op.name.c_str());
    op.looked_up = true;
  }
  if (!op.plan || !op.run) {
    *refusal = {"this CANN has no " + op.name, op.name, true};
    return false;
  }
  if (!op.refused.empty()) {
    std::string what = kind_of_call(op, o);
    if (auto found = op.refused.find(what); found != op.refused.end()) {
      *refusal = {found->second, what, true};
      return false;
    }
  }
  bool keep = op.kept && !o.found;
  Plan *p = nullptr;
  std::unique_ptr<Plan> fresh;
  if (keep) {
    Key key = key_of(op, o);
    p = known_plan(op, key.text());
    if (p) {
      if (!p->refused && !set_addresses(op, o, *p)) {
        op.kept = false;
        fresh = make_plan(op, o, false);
        p = fresh.get();
      }
    } else {
      std::string kept(key.text());
      fresh = make_plan(op, o, true);
      p = fresh.get();
      if (p->refused || p->repeatable) {
        if (op.plans.size() >= kMostPlans) {
          wait_for_stream();
          for (auto &[unused, plan] : op.plans) drop(op, plan.get());
          op.plans.clear();
          op.recent = nullptr;
        }
        p = (op.plans[std::move(kept)] = std::move(fresh)).get();
      }
    }
  } else {
    fresh = make_plan(op, o, false);
    p = fresh.get();
  }
  if (p->refused) {
    *refusal = p->refusal;
    return false;
  }
  void *space = p->workspace ? take(static_cast<int64_t>(p->workspace)) : nullptr;
  int code = reinterpret_cast<int (*)(void *, uint64_t, Handle, void *)>(op.run)(space, p->workspace, p->executor,
                                                                                 stream_handle());
  if (space) give(space);  // for others in the order of the stream
  ++launch_count;
  if (code) {
    std::string what = trouble(op, code);
    if (fresh) drop(op, p);
    raise(PyExc_RuntimeError, "the npu failed: " + what);
  }
  if (o.found) {
    wait_for_stream();
    for (size_t k = 0; k < op.items.size(); ++k)
      if (op.items[k].kind == 'T' && op.items[k].at == 0) {
        int64_t *sizes = nullptr;
        uint64_t count = 0;
        cann.view_shape(p->made[k], &sizes, &count);
        o.found->assign(sizes, sizes + count);
        delete[] sizes;
      }
  }
  if (fresh) drop(op, p);
  return true;
}

}  // namespace mt::ascend
