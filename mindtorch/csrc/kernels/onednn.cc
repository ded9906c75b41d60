// The oneDNN bridge: handles, a thread pool made of OpenMP, and a bounded cache of primitives a thread.
#include "onednn.h"

#include <dlfcn.h>

#include <cstring>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "parallel.h"

namespace mt::dnn {
namespace {

// ---- the C interface ----
struct Opaque;
using Handle = Opaque *;
using Dims = int64_t[12];
struct Argument {
  int which;
  Handle memory;
};
enum {
  kSource = 1,
  kDestination = 17,
  kWeights = 33,
  kBias = 41,
  kSourceGradient = 129,
  kDestinationGradient = 145,
  kWeightsGradient = 161
};
enum { kForwardTraining = 64, kConvolutionDirect = 1, kCpu = 1 };
enum {
  kQuerySource = 129,
  kQuerySourceGradient,
  kQueryWeights,
  kQueryWeightsGradient,
  kQueryDestination,
  kQueryDestinationGradient
};

#define MT_DNN_FUNCTIONS(X)                                                                                            \
  X(engine_create, int(Handle *, int, size_t))                                                                         \
  X(threadpool_interop_stream_create, int(Handle *, Handle, void *))                                                   \
  X(threadpool_interop_set_max_concurrency, int(int))                                                                  \
  X(memory_desc_create_with_strides, int(Handle *, int, const int64_t *, int, const int64_t *))                        \
  X(memory_desc_create_with_tag, int(Handle *, int, const int64_t *, int, int))                                        \
  X(memory_desc_destroy, int(Handle))                                                                                  \
  X(memory_desc_equal, int(Handle, Handle))                                                                            \
  X(memory_desc_get_size, size_t(Handle))                                                                              \
  X(memory_create, int(Handle *, Handle, Handle, void *))                                                              \
  X(memory_set_data_handle, int(Handle, void *))                                                                       \
  X(memory_destroy, int(Handle))                                                                                       \
  X(primitive_create, int(Handle *, Handle))                                                                           \
  X(primitive_destroy, int(Handle))                                                                                    \
  X(primitive_execute, int(Handle, Handle, int, const Argument *))                                                     \
  X(primitive_desc_destroy, int(Handle))                                                                               \
  X(primitive_desc_query_md, Handle(Handle, int, int))                                                                 \
  X(matmul_primitive_desc_create, int(Handle *, Handle, Handle, Handle, Handle, Handle, Handle))                       \
  X(reorder_primitive_desc_create, int(Handle *, Handle, Handle, Handle, Handle, Handle))                              \
  X(convolution_forward_primitive_desc_create,                                                                         \
    int(Handle *, Handle, int, int, Handle, Handle, Handle, Handle, const int64_t *, const int64_t *, const int64_t *, \
        const int64_t *, Handle))                                                                                      \
  X(convolution_backward_data_primitive_desc_create,                                                                   \
    int(Handle *, Handle, int, Handle, Handle, Handle, const int64_t *, const int64_t *, const int64_t *,              \
        const int64_t *, Handle, Handle))                                                                              \
  X(convolution_backward_weights_primitive_desc_create,                                                                \
    int(Handle *, Handle, int, Handle, Handle, Handle, Handle, const int64_t *, const int64_t *, const int64_t *,      \
        const int64_t *, Handle, Handle))                                                                              \
  X(get_effective_cpu_isa, int())

struct Api {
#define X(name, type) std::add_pointer_t<type> name = nullptr;
  MT_DNN_FUNCTIONS(X)
#undef X
  Handle engine = nullptr;
};

void *loaded_library() {
  if (void *h = dlopen("libdnnl.so.3", RTLD_NOW | RTLD_NOLOAD)) return h;
  // mapped under another name: ask the process where
  void *handle = nullptr;
  if (FILE *maps = std::fopen("/proc/self/maps", "r")) {
    char line[4096];
    while (!handle && std::fgets(line, sizeof line, maps)) {
      char *path = std::strchr(line, '/');
      if (!path || !std::strstr(path, "libdnnl.so.3")) continue;
      path[std::strcspn(path, "\n")] = 0;
      handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    }
    std::fclose(maps);
  }
  return handle;
}

const Api *api() {
  static const Api *found = []() -> const Api * {
    void *library = loaded_library();
    if (!library) return nullptr;
    static Api a;
#define X(name, type)                                                                     \
  a.name = reinterpret_cast<decltype(a.name)>(dlsym(library, "dnnl_" #name));             \
  if (!a.name) return nullptr;
    MT_DNN_FUNCTIONS(X)
#undef X
    if (a.engine_create(&a.engine, kCpu, 0) != 0) return nullptr;
    return &a;
  }();
  return found;
}

// The order of these virtual functions is the library's; wait() is asked for by newer versions only.
struct Pool {
  virtual int get_num_threads() const = 0;
  virtual bool get_in_parallel() const = 0;
  virtual void parallel_for(int n, const std::function<void(int, int)> &f) = 0;
  virtual uint64_t get_flags() const = 0;
  virtual void wait() = 0;
  virtual ~Pool() = default;
};
thread_local bool one_thread = false;  // for products that end before a second thread has woken
bool inside_parallel() {
#ifdef _OPENMP
  return one_thread || omp_in_parallel();
#else
  return true;
#endif
}
struct Serial {
  bool before = one_thread;
  explicit Serial(bool on) { one_thread = one_thread || on; }
  ~Serial() { one_thread = before; }
};
constexpr int64_t kSerialWork = 1 << 19;  // multiplications
struct OpenMPPool final : Pool {
  int get_num_threads() const override { return inside_parallel() ? 1 : threads(); }
  bool get_in_parallel() const override { return inside_parallel(); }
  void parallel_for(int n, const std::function<void(int, int)> &f) override {
    if (one_thread) {
      for (int i = 0; i < n; ++i) f(i, n);
      return;
    }
    mt::parallel_for(n, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) f(static_cast<int>(i), n);
    });
  }
  uint64_t get_flags() const override { return 0; }
  void wait() override {}
};

Handle stream() {
  static thread_local Handle s = nullptr;
  static thread_local OpenMPPool pool;
  if (!s && api()->threadpool_interop_stream_create(&s, api()->engine, &pool) != 0) s = nullptr;
  return s;
}

int type_of(DType d) {
  switch (d) {
    case DType::F32: return 3;
    case DType::BF16: return 2;
    case DType::F16: return 1;
    default: return 0;
  }
}

// ---- cached primitives ----
struct Primitive {
  Handle primitive = nullptr, descriptor = nullptr, forward = nullptr;
  std::vector<Argument> arguments;
  std::vector<Handle> descriptors;
  ~Primitive() {
    const Api &a = *api();
    for (Argument &x : arguments) a.memory_destroy(x.memory);
    if (primitive) a.primitive_destroy(primitive);
    if (descriptor) a.primitive_desc_destroy(descriptor);
    if (forward) a.primitive_desc_destroy(forward);
    for (Handle d : descriptors) a.memory_desc_destroy(d);
  }
  bool finish() { return api()->primitive_create(&primitive, descriptor) == 0; }
  void argument(int which, Handle description) {
    Argument x{which, nullptr};
    MT_CHECK(api()->memory_create(&x.memory, description, api()->engine, nullptr) == 0, "oneDNN: memory_create failed");
    arguments.push_back(x);
  }
  bool run(std::initializer_list<const void *> data) {
    size_t i = 0;
    for (const void *p : data) api()->memory_set_data_handle(arguments[i++].memory, const_cast<void *>(p));
    return api()->primitive_execute(primitive, stream(), static_cast<int>(arguments.size()), arguments.data()) == 0;
  }
};
using PrimitivePtr = std::shared_ptr<Primitive>;

using Key = std::vector<int64_t>;
struct KeyHash {
  size_t operator()(const Key &k) const {
    uint64_t h = 1469598103934665603ull;
    for (int64_t v : k) h = (h ^ static_cast<uint64_t>(v)) * 1099511628211ull, h ^= h >> 29;
    return h;
  }
};

// Least recently used first out; one a thread, so that memory handles may be changed without a lock.
class Cache {
 public:
  // make() may answer null, which is remembered too
  template <class F>
  PrimitivePtr get(const Key &key, F &&make) {
    auto found = map_.find(key);
    if (found != map_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return found->second->second;
    }
    int workers = inside_parallel() ? 1 : threads();
    api()->threadpool_interop_set_max_concurrency(workers);
    PrimitivePtr p = make();
    order_.emplace_front(key, p);
    map_[key] = order_.begin();
    if (map_.size() > kCapacity) {
      map_.erase(order_.back().first);
      order_.pop_back();
    }
    return p;
  }

 private:
  static constexpr size_t kCapacity = 512;
  std::list<std::pair<Key, PrimitivePtr>> order_;
  std::unordered_map<Key, decltype(order_)::iterator, KeyHash> map_;
};
Cache &cache() {
  static thread_local Cache c;
  return c;
}

Key start_key(int kind, DType d) { return {kind, static_cast<int64_t>(d), inside_parallel() ? 1 : threads()}; }
void append(Key &k, const View &v) {
  k.push_back(v.ndim);
  k.insert(k.end(), v.shape, v.shape + v.ndim);
  k.insert(k.end(), v.stride, v.stride + v.ndim);
}

Handle describe(Primitive &p, const View &v) {
  Dims dims, strides;
  for (int d = 0; d < v.ndim; ++d) {
    dims[d] = v.shape[d];
    strides[d] = v.stride[d];
  }
  Handle h = nullptr;
  if (api()->memory_desc_create_with_strides(&h, v.ndim, dims, type_of(v.dtype), strides) != 0) return nullptr;
  p.descriptors.push_back(h);
  return h;
}
Handle describe_any(Primitive &p, const View &v) {
  Dims dims;
  for (int d = 0; d < v.ndim; ++d) dims[d] = v.shape[d];
  Handle h = nullptr;
  if (api()->memory_desc_create_with_tag(&h, v.ndim, dims, type_of(v.dtype), 1) != 0) return nullptr;
  p.descriptors.push_back(h);
  return h;
}

// Sizes of 1 get the stride that a dense tensor would have: the library chooses kernels by strides.
View tidy(const View &v) {
  View r = v;
  int64_t step = 1;
  for (int d = r.ndim - 1; d >= 0; --d) {
    if (r.shape[d] == 1) r.stride[d] = d + 1 < r.ndim ? std::max(step, r.stride[d + 1] * r.shape[d + 1]) : 1;
    step = std::max(step, r.shape[d] * r.stride[d]);
  }
  return r;
}

}  // namespace

bool native(DType d) {
  if (d == DType::F32) return api() != nullptr;
  if (!api()) return false;
  int isa = api()->get_effective_cpu_isa();
  // the library's ISA masks: a larger set includes the bits of smaller ones; 0x80 is avx512_bf16
  if (d == DType::BF16) return (isa & 0x80) != 0;
  return false;
}

bool matmul(const View &out, const View &a, const View &b, const void *bias) {
  if (!api() || !type_of(out.dtype) || out.ndim > 12 || !stream()) return false;
  View o = tidy(out), x = tidy(a), y = tidy(b);
  Serial serial(o.numel() * x.shape[x.ndim - 1] < kSerialWork);
  Key key = start_key(0, out.dtype);
  append(key, o);
  append(key, x);
  append(key, y);
  key.push_back(bias != nullptr);
  PrimitivePtr p = cache().get(key, [&]() -> PrimitivePtr {
    auto made = std::make_shared<Primitive>();
    View row = o;
    for (int d = 0; d < row.ndim; ++d) {
      if (d + 1 < row.ndim) row.shape[d] = 1;
      row.stride[d] = d + 1 < row.ndim ? row.shape[row.ndim - 1] : 1;
    }
    Handle ho = describe(*made, o), hx = describe(*made, x), hy = describe(*made, y),
           hb = bias ? describe(*made, row) : nullptr;
    if (!ho || !hx || !hy || (bias && !hb)) return nullptr;
    if (api()->matmul_primitive_desc_create(&made->descriptor, api()->engine, hx, hy, hb, ho, nullptr) != 0 ||
        !made->finish())
      return nullptr;
    made->argument(kSource, hx);
    made->argument(kWeights, hy);
    made->argument(kDestination, ho);
    if (bias) made->argument(kBias, hb);
    return made;
  });
  if (!p) return false;
  return bias ? p->run({a.data, b.data, out.data, bias}) : p->run({a.data, b.data, out.data});
}

// ---- convolution ----
namespace {

// Between the user's layout and the one that a primitive chose.
bool reorder(const View &user, Handle wanted, void *user_data, void *other, bool to_other, int64_t tag,
             const Key &base) {
  Key key = base;
  key.push_back(1000 + tag * 2 + to_other);
  PrimitivePtr p = cache().get(key, [&]() -> PrimitivePtr {
    auto made = std::make_shared<Primitive>();
    Handle mine = describe(*made, user);
    if (!mine) return nullptr;
    Handle from = to_other ? mine : wanted, to = to_other ? wanted : mine;
    if (api()->reorder_primitive_desc_create(&made->descriptor, from, api()->engine, to, api()->engine, nullptr) != 0 ||
        !made->finish())
      return nullptr;
    made->argument(1, from);
    made->argument(17, to);
    return made;
  });
  if (!p) return false;
  return to_other ? p->run({user_data, other}) : p->run({other, user_data});
}

View with_groups(const View &w, int64_t groups) {
  if (groups == 1) return w;
  View g = w;
  g.ndim = static_cast<int8_t>(w.ndim + 1);
  g.shape[0] = groups;
  g.stride[0] = w.stride[0] * (w.shape[0] / groups);
  g.shape[1] = w.shape[0] / groups;
  g.stride[1] = w.stride[0];
  for (int d = 1; d < w.ndim; ++d) {
    g.shape[d + 1] = w.shape[d];
    g.stride[d + 1] = w.stride[d];
  }
  return g;
}

struct Geometry {
  Dims stride, dilation, begin, end;
};
Geometry geometry(const ConvShape &s, int n) {
  Geometry g;
  for (int i = 0; i < n; ++i) {
    g.stride[i] = s.stride[i];
    g.dilation[i] = s.dilation[i] - 1;
    g.begin[i] = s.padding[i];
    g.end[i] = s.padding_end[i];
  }
  return g;
}

struct Part {
  View view;
  int which, query;
  bool written;
};

// Run a primitive whose operands were described as "any layout": bring operands into its layouts and results back.
bool run_adapted(const PrimitivePtr &p, const Key &key, std::vector<Part> parts, const void *bias) {
  static thread_local std::vector<char> buffers[4];
  std::vector<const void *> data;
  std::vector<Handle> wanted;
  int at = 0;
  for (Part &part : parts) {
    Handle want = api()->primitive_desc_query_md(p->descriptor, part.query, 0);
    Primitive scratch;
    Handle mine = describe(scratch, part.view);
    if (!mine) return false;
    wanted.push_back(want);
    if (api()->memory_desc_equal(mine, want)) {
      data.push_back(part.view.data);
    } else {
      size_t bytes = api()->memory_desc_get_size(want) + 64;
      if (buffers[at].size() < bytes) buffers[at].resize(bytes);
      char *aligned = buffers[at].data() + (64 - reinterpret_cast<uintptr_t>(buffers[at].data()) % 64) % 64;
      if (!part.written && !reorder(part.view, want, part.view.data, aligned, true, at, key)) return false;
      data.push_back(aligned);
    }
    ++at;
  }
  size_t i = 0;
  for (const void *d : data) api()->memory_set_data_handle(p->arguments[i++].memory, const_cast<void *>(d));
  if (bias) api()->memory_set_data_handle(p->arguments[i++].memory, const_cast<void *>(bias));
  if (api()->primitive_execute(p->primitive, stream(), static_cast<int>(p->arguments.size()), p->arguments.data()) != 0)
    return false;
  for (size_t k = 0; k < parts.size(); ++k)
    if (parts[k].written && data[k] != parts[k].view.data &&
        !reorder(parts[k].view, wanted[k], parts[k].view.data, const_cast<void *>(data[k]), false,
                 static_cast<int64_t>(k), key))
      return false;
  for (auto &b : buffers)
    if (b.size() > (64u << 20)) std::vector<char>().swap(b);
  return true;
}

Key conv_key(int kind, const View &y, const View &x, const View &w, const ConvShape &s, bool bias) {
  Key key = start_key(kind, x.dtype);
  append(key, y);
  append(key, x);
  append(key, w);
  for (int i = 0; i < x.ndim - 2; ++i) {
    key.push_back(s.stride[i]);
    key.push_back(s.padding[i]);
    key.push_back(s.padding_end[i]);
    key.push_back(s.dilation[i]);
  }
  key.push_back(s.groups);
  key.push_back(bias);
  return key;
}

Handle bias_description(Primitive &p, const View &y) {
  View b;
  b.dtype = y.dtype;
  b.ndim = 1;
  b.shape[0] = y.shape[1];
  b.stride[0] = 1;
  return describe(p, b);
}

bool forward_description(Primitive &p, Handle *made, const View &y, const View &x, const View &w, bool bias,
                         const Geometry &g) {
  Handle hx = describe_any(p, x), hw = describe_any(p, w), hy = describe_any(p, y),
         hb = bias ? bias_description(p, y) : nullptr;
  if (!hx || !hw || !hy) return false;
  return api()->convolution_forward_primitive_desc_create(made, api()->engine, kForwardTraining, kConvolutionDirect, hx,
                                                          hw, hb, hy, g.stride, g.dilation, g.begin, g.end,
                                                          nullptr) == 0;
}

bool usable(const View &y, const View &x, const View &w) {
  return api() && (x.dtype == DType::F32 || (x.dtype == DType::BF16 && native(DType::BF16))) && stream() && y.numel() &&
         x.numel() && w.numel();
}

}  // namespace

bool convolution(const View &y0, const View &x0, const View &w0, const void *bias, const ConvShape &s) {
  if (!usable(y0, x0, w0)) return false;
  View y = tidy(y0), x = tidy(x0), w = with_groups(tidy(w0), s.groups);
  Key key = conv_key(1, y, x, w, s, bias != nullptr);
  PrimitivePtr p = cache().get(key, [&]() -> PrimitivePtr {
    auto made = std::make_shared<Primitive>();
    if (!forward_description(*made, &made->descriptor, y, x, w, bias != nullptr, geometry(s, x.ndim - 2)) ||
        !made->finish())
      return nullptr;
    made->argument(kDestination, api()->primitive_desc_query_md(made->descriptor, kQueryDestination, 0));
    made->argument(kSource, api()->primitive_desc_query_md(made->descriptor, kQuerySource, 0));
    made->argument(kWeights, api()->primitive_desc_query_md(made->descriptor, kQueryWeights, 0));
    if (bias) made->argument(kBias, bias_description(*made, y));
    return made;
  });
  if (!p) return false;
  return run_adapted(p, key,
                     {{y, kDestination, kQueryDestination, true},
                      {x, kSource, kQuerySource, false},
                      {w, kWeights, kQueryWeights, false}},
                     bias);
}

bool convolution_input_gradient(const View &gx0, const View &gy0, const View &w0, const ConvShape &s) {
  if (!usable(gy0, gx0, w0)) return false;
  View gy = tidy(gy0), gx = tidy(gx0), w = with_groups(tidy(w0), s.groups);
  Key key = conv_key(2, gy, gx, w, s, false);
  PrimitivePtr p = cache().get(key, [&]() -> PrimitivePtr {
    auto made = std::make_shared<Primitive>();
    Geometry g = geometry(s, gx.ndim - 2);
    if (!forward_description(*made, &made->forward, gy, gx, w, false, g)) return nullptr;
    Handle hx = describe_any(*made, gx), hw = describe_any(*made, w), hy = describe_any(*made, gy);
    if (api()->convolution_backward_data_primitive_desc_create(&made->descriptor, api()->engine, kConvolutionDirect, hx,
                                                               hw, hy, g.stride, g.dilation, g.begin, g.end,
                                                               made->forward, nullptr) != 0 ||
        !made->finish())
      return nullptr;
    made->argument(kSourceGradient, api()->primitive_desc_query_md(made->descriptor, kQuerySourceGradient, 0));
    made->argument(kDestinationGradient,
                   api()->primitive_desc_query_md(made->descriptor, kQueryDestinationGradient, 0));
    made->argument(kWeights, api()->primitive_desc_query_md(made->descriptor, kQueryWeights, 0));
    return made;
  });
  if (!p) return false;
  return run_adapted(p, key,
                     {{gx, kSourceGradient, kQuerySourceGradient, true},
                      {gy, kDestinationGradient, kQueryDestinationGradient, false},
                      {w, kWeights, kQueryWeights, false}},
                     nullptr);
}

bool convolution_weight_gradient(const View &gw0, const View &x0, const View &gy0, const ConvShape &s) {
  if (!usable(gy0, x0, gw0)) return false;
  View gy = tidy(gy0), x = tidy(x0), gw = with_groups(tidy(gw0), s.groups);
  Key key = conv_key(3, gy, x, gw, s, false);
  PrimitivePtr p = cache().get(key, [&]() -> PrimitivePtr {
    auto made = std::make_shared<Primitive>();
    Geometry g = geometry(s, x.ndim - 2);
    if (!forward_description(*made, &made->forward, gy, x, gw, false, g)) return nullptr;
    Handle hx = describe_any(*made, x), hw = describe_any(*made, gw), hy = describe_any(*made, gy);
    if (api()->convolution_backward_weights_primitive_desc_create(&made->descriptor, api()->engine, kConvolutionDirect,
                                                                  hx, hw, nullptr, hy, g.stride, g.dilation, g.begin,
                                                                  g.end, made->forward, nullptr) != 0 ||
        !made->finish())
      return nullptr;
    made->argument(kWeightsGradient, api()->primitive_desc_query_md(made->descriptor, kQueryWeightsGradient, 0));
    made->argument(kSource, api()->primitive_desc_query_md(made->descriptor, kQuerySource, 0));
    made->argument(kDestinationGradient,
                   api()->primitive_desc_query_md(made->descriptor, kQueryDestinationGradient, 0));
    return made;
  });
  if (!p) return false;
  return run_adapted(p, key,
                     {{gw, kWeightsGradient, kQueryWeightsGradient, true},
                      {x, kSource, kQuerySource, false},
                      {gy, kDestinationGradient, kQueryDestinationGradient, false}},
                     nullptr);
}

}  // namespace mt::dnn
