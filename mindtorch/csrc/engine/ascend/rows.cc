// Which kernel is which operator, and what stands between the two: numbers that become tensors, casts, operands that
// the device wants dense.
#include <algorithm>
#include <cstring>
#include <map>

#include "ascend.h"
#include "cann.h"

namespace mt::ascend {

namespace {

struct Condition {
  char kind;
  int at;
  int64_t value;
};

struct Form {
  Operator op;
  std::vector<Condition> conditions;
};

using Adapter = bool (*)(View *views, int nt, const Scalar *scalars);

struct Row {
  std::string text;
  int kind = -1;  // of an element-wise operator: the engine's bits
  Adapter adapter = nullptr;
  std::vector<Form> forms;
};

enum : int { ToBool = 2, ComplexToReal = 4 };  // bits of pointwise.cc

std::vector<std::unique_ptr<Row>> &table() {
  static auto *list = new std::vector<std::unique_ptr<Row>>;
  return *list;
}
Row *row_of(int kernel) {
  return kernel < static_cast<int>(table().size()) ? table()[static_cast<size_t>(kernel)].get() : nullptr;
}

// ---- other geometry for operands ----

// Dimensions [from, to) of a view as one; false where its strides do not allow that.
bool fold(View *v, int from, int to) {
  if (to - from < 2) return true;
  int64_t size = 1, step = -1;
  for (int d = to - 1; d >= from; --d) {
    if (v->shape[d] == 1) continue;
    if (step >= 0 && v->stride[d] != step * size) return false;
    if (step < 0) step = v->stride[d];
    size *= v->shape[d];
  }
  v->shape[from] = size;
  v->stride[from] = step < 0 ? 1 : step;
  for (int d = to; d < v->ndim; ++d)
    v->shape[d - to + from + 1] = v->shape[d], v->stride[d - to + from + 1] = v->stride[d];
  v->ndim = static_cast<int8_t>(v->ndim - (to - from) + 1);
  return true;
}
void drop_leading(View *v, int n) {
  std::copy(v->shape + n, v->shape + v->ndim, v->shape);
  std::copy(v->stride + n, v->stride + v->ndim, v->stride);
  v->ndim = static_cast<int8_t>(v->ndim - n);
}

// matmul(out, a, b, addend): a batch times one matrix is one product of more rows; what is left of a batch is one
// dimension.
bool matrices(View *t, int nt, const Scalar *) {
  View &out = t[0], &a = t[1], &b = t[2];
  int batch = out.ndim - 2;
  if (batch < 1 || a.ndim != out.ndim || b.ndim != out.ndim) return true;
  View *add = nt > 3 && !t[3].none() ? &t[3] : nullptr;
  bool one = true;
  for (int d = 0; d < batch; ++d) one = one && b.shape[d] == 1;
  if (one && (!add || add->ndim < 2 || add->ndim == out.ndim)) {
    View o = out, x = a, y = add ? *add : View{};
    if (fold(&o, 0, batch + 1) && fold(&x, 0, batch + 1) &&
        (!add || add->ndim < 2 ||
         (o.shape[0] == add->numel() / std::max<int64_t>(add->shape[add->ndim - 1], 1) && fold(&y, 0, batch + 1)))) {
      out = o, a = x;
      drop_leading(&b, batch);
      if (add) *add = y;
      return true;
    }
  }
  if (batch < 2) return true;
  View o = out, x = a, y = b, z = add ? *add : View{};
  bool even = std::equal(a.shape, a.shape + batch, out.shape) && std::equal(b.shape, b.shape + batch, out.shape) &&
              (!add || add->ndim < 2 || std::equal(add->shape, add->shape + batch, out.shape));
  if (even && fold(&o, 0, batch) && fold(&x, 0, batch) && fold(&y, 0, batch) &&
      (!add || add->ndim < 2 || fold(&z, 0, batch))) {
    out = o, a = x, b = y;
    if (add) *add = z;
  }
  return true;
}

const std::map<std::string, Adapter> &adapters() {
  static const std::map<std::string, Adapter> all = {{"matrices", matrices}};
  return all;
}

// ---- reading rows ----

class Reader {
 public:
  Reader(const std::string &kernel, const std::string &text) : kernel_(kernel), p_(text.c_str()) {}

  std::unique_ptr<Row> row() {
    auto made = std::make_unique<Row>();
    skip();
    if (*p_ == '@') {
      ++p_;
      auto found = adapters().find(word());
      if (found == adapters().end()) fail("no such function");
      made->adapter = found->second;
    }
    for (;;) {
      made->forms.push_back(form());
      if (!*p_) return made;
      ++p_;  // '|'
    }
  }

 private:
  Form form() {
    Form f;
    skip();
    f.op.name = word();
    if (f.op.name.rfind("aclnn", 0)) fail("an operator's name is expected");
    for (skip(); *p_ && *p_ != '|'; skip()) item(&f);
    return f;
  }

  void item(Form *f) {
    char c = *p_++;
    Item made{c};
    switch (c) {
      case 'T':
      case 't':
      case 'N':
      case 'L':
      case 'S':
      case 's':
      case 'I':
      case 'M':
      case 'i':
      case 'j':
      case 'd':
      case 'f':
      case 'y':
        made.at = static_cast<int>(whole());
        if (c == 't') made.kind = 'T', made.whole = 1;
        if (made.kind == 'T' && *p_ == '~') made.widened = true, ++p_;
        if (made.kind == 'T' && *p_ == '?') made.optional = true, ++p_;
        if (made.kind == 'T' && *p_ == ':') made.sizes = sizes();
        if (made.kind == 'L' && *p_ == '/') {
          ++p_;
          made.parts = static_cast<int>(whole());
          if (made.parts <= made.at) fail("a list of fewer");
        }
        break;
      case 'n': made.sizes = sizes(); break;
      case 'P':
        do made.list.push_back(static_cast<int>(whole()));
        while (*p_ == ',' && *++p_);
        if (made.list.size() > kMaxDims) fail("too many operands");
        break;
      case 'k': case '-': break;
      case '=': {
        std::string digits = word();
        size_t used = 0;
        try {
          if (digits.find('.') != std::string::npos) made.kind = '.', made.number = std::stod(digits, &used);
          else made.whole = std::stoll(digits, &used);
        } catch (const std::exception &) {
        }
        if (digits.empty() || used != digits.size()) fail("a number is expected");
        break;
      }
      case '\'':
        while (*p_ && *p_ != '\'') made.text += *p_++;
        if (!*p_++) fail("a string without end");
        break;
      case '!': f->conditions.push_back({c, static_cast<int>(whole()), 0}); return;
      case '#': case '?': {
        int at = static_cast<int>(whole());
        if (*p_++ != '=') fail("'=' is expected");
        f->conditions.push_back({c, at, whole()});
        return;
      }
      case '*': f->op.kept = false; return;
      default: fail("an argument of unknown kind");
    }
    f->op.items.push_back(std::move(made));
  }

  std::vector<Size> sizes() {
    std::vector<Size> all;
    if (*p_++ != ':') fail("sizes are expected");
    for (;;) {
      bool scalar = *p_ == 's';
      if (scalar) ++p_;
      all.push_back({scalar, whole()});
      if (*p_ != ',') break;
      ++p_;
    }
    if (all.size() > 8) fail("too many sizes");
    return all;
  }
  int64_t whole() {
    int64_t v = 0;
    const char *start = p_;
    while (*p_ >= '0' && *p_ <= '9' && p_ - start < 9) v = 10 * v + *p_++ - '0';
    if (p_ == start) fail("a number is expected");
    return v;
  }
  std::string word() {
    const char *start = p_;
    while (*p_ && *p_ != ' ' && *p_ != '|') ++p_;
    return std::string(start, p_);
  }
  void skip() {
    while (*p_ == ' ') ++p_;
  }
  [[noreturn]] void fail(const std::string &what) {
    raise(PyExc_ValueError,
          "the row of kernel '" + kernel_ + "': " + what + " before '" + std::string(p_).substr(0, 20) + "'");
  }

  const std::string &kernel_;
  const char *p_;
};

// ---- carrying a kernel out ----

bool is_number(const View &v) { return !v.device && v.ndim == 0; }

bool fits(const Form &f, const Operands &o) {
  for (const Condition &c : f.conditions) {
    if (c.kind == '!' && !o.view(c.at).none()) return false;
    if (c.kind == '#' && o.view(c.at).ndim != c.value) return false;
    if (c.kind == '?' && (o.scalar(c.at).none() || o.scalar(c.at).real() != static_cast<double>(c.value))) return false;
  }
  for (const Item &item : f.op.items) {
    const View &v = o.view(item.at);
    if (item.kind == 'T') {
      if (v.none() ? !item.optional : !v.device && v.ndim) return false;
      if (!v.none() && (cann_dtype(v.dtype) < 0 || (!item.sizes.empty() && !v.contiguous()))) return false;
    } else if (item.kind == 'N') {
      if (v.none() || !is_number(v)) return false;
    } else if (item.kind == 'M') {
      if (o.scalar(item.at).i == 0 && o.view(1).ndim) return false;  // an empty list of dimensions means all of them
    } else if (item.kind == 'j') {
      uint64_t mask = static_cast<uint64_t>(o.scalar(item.at).i);
      if (!mask || mask & (mask - 1) || mask >> o.view(1).ndim) return false;
    } else if (item.kind == 'L') {
      auto [first, last] = list_of(item, o);
      for (int k = first; k < last; ++k)
        if (o.t[k].none() || !o.t[k].device || cann_dtype(o.t[k].dtype) < 0) return false;
    }
  }
  return true;
}

void dense_strides(View *v) {
  int64_t next = 1;
  for (int d = v->ndim - 1; d >= 0; --d) {
    v->stride[d] = next;
    next *= std::max<int64_t>(v->shape[d], 1);
  }
}

// Memory of the device for as long as one kernel is put into its queue.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  ~Scratch() {
    for (void *p : taken_) give(p);
  }
  View like(const View &v, DType dtype) {
    View made = v;
    made.dtype = dtype;
    made.device = 1;
    dense_strides(&made);
    int64_t bytes = made.numel() * itemsize(dtype);
    made.data = bytes ? take(bytes) : nullptr;
    if (bytes) taken_.push_back(made.data);
    return made;
  }
  View copied(const View &v, DType dtype) {
    View made = like(v, dtype);
    copy(made, v);
    return made;
  }
  static void copy(const View &to, const View &from) {
    static const int kernel = kernel_of("copy");
    View pair[2] = {to, from};
    run_remote(kernel, pair, 2, nullptr, 0);
  }

 private:
  std::vector<void *> taken_;
};

// Numbers as 0-dim tensors of the device: made once, since programs use few of them.
View constant(const Scalar &s, DType dtype) {
  struct Order {
    uint32_t stream;
    DType dtype;
    int64_t i;
    double f, im;
    bool operator<(const Order &o) const { return std::memcmp(this, &o, sizeof o) < 0; }
  };
  static auto *known = new std::map<Order, mindspore::DevicePointerPtr>;
  constexpr size_t kMost = 512;
  Order key;
  std::memset(&key, 0, sizeof key);
  key.stream = stream(), key.dtype = dtype, key.i = s.kind == Scalar::Float || s.kind == Scalar::Complex ? 0 : s.i,
  key.f = s.f, key.im = s.im;
  View v;
  v.ndim = 0;
  v.device = 1;
  v.dtype = dtype;
  auto found = known->find(key);
  if (found != known->end()) {
    v.data = found->second->ptr();
    return v;
  }
  if (known->size() >= kMost) known->clear();
  auto memory = started_accelerator().allocate_pointer(itemsize(dtype));
  v.data = memory->ptr();
  static const int fill = kernel_of("fill");
  run_remote(fill, &v, 1, &s, 1);
  known->emplace(key, std::move(memory));
  return v;
}

bool spread(const View &v) {  // several elements in one place: nothing is written there
  for (int d = 0; d < v.ndim; ++d)
    if (v.stride[d] == 0 && v.shape[d] > 1) return true;
  return false;
}

// One form over operands as they are; where the device refuses these, over dense ones.
bool launch_dense(Form &f, const Operands &o) {
  Scratch scratch;
  std::vector<View> dense(o.t, o.t + o.nt);
  bool changed = false;
  for (View &v : dense)
    if (!v.none() && v.device && v.ndim && !v.contiguous()) v = scratch.copied(v, v.dtype), changed = true;
  Accelerator::Refusal again;
  if (!changed || !launch(f.op, o.with(dense), &again)) return false;
  // which of them are results nobody says here: operands get back what they hold, and results, which come first, are
  // written last
  for (int i = o.nt; i-- > 0;) {
    const View &v = o.t[i];
    if (!v.none() && dense[static_cast<size_t>(i)].data != v.data && !spread(v))
      Scratch::copy(v, dense[static_cast<size_t>(i)]);
  }
  return true;
}

bool run_form(int kernel, Form &f, const Operands &o, Accelerator::Refusal *refusal) {
  static const int copy = kernel_of("copy");
  Accelerator::Refusal here;
  if (launch(f.op, o, &here)) return true;
  if (kernel != copy && launch_dense(f, o)) {
    note_refusal(here, "dense operands are given to it");
    return true;
  }
  *refusal = here;
  return false;
}

// The dtype that a refused one is tried in next, where no value is lost: halves are computed in float32, small integers
// in larger ones.
DType wider(DType d) {
  switch (d) {
    case DType::F16: case DType::BF16: return DType::F32;
    case DType::U8: case DType::I8: case DType::I16: return DType::I32;
    case DType::I32: return DType::I64;
    default: return d;
  }
}

// Element-wise: CANN's operators get operands of one dtype, that in which the engine computes.
bool run_pointwise(int kernel, const Row &row, Form &f, const Operands &o, DType common,
                   Accelerator::Refusal *refusal) {
  DType result = row.kind & ToBool ? DType::Bool : common;
  if (row.kind & ComplexToReal && is_complex(result)) result = result == DType::C64 ? DType::F32 : DType::F64;
  bool plain = o.view(0).dtype == result;
  for (const Item &item : f.op.items)
    if (item.kind == 'T' && item.at)
      plain = plain && o.view(item.at).device && (item.whole || o.view(item.at).dtype == common);
  if (plain) return run_form(kernel, f, o, refusal);
  Scratch scratch;
  std::vector<View> views(o.t, o.t + o.nt);
  for (const Item &item : f.op.items) {
    if (item.kind != 'T' || !item.at || o.view(item.at).none()) continue;
    View &v = views[static_cast<size_t>(item.at)];
    DType wanted = item.whole ? v.dtype : common;
    if (!v.device) v = constant(number_of(v), wanted);
    else if (v.dtype != wanted) v = scratch.copied(v, wanted);
  }
  const View &out = o.view(0);
  if (out.dtype != result) views[0] = scratch.like(out, result);
  if (!run_form(kernel, f, o.with(views), refusal)) return false;
  if (out.dtype != result) Scratch::copy(out, views[0]);
  return true;
}

bool run_plain(int kernel, Form &f, const Operands &o, Accelerator::Refusal *refusal) {
  auto widens = [&](const Item &item) {
    return item.widened && o.view(item.at).dtype == DType::Bool && o.view(0).dtype != DType::Bool;
  };
  bool there = true;
  for (const Item &item : f.op.items)
    if (item.kind == 'T') there = there && !widens(item) && (o.view(item.at).none() || o.view(item.at).device);
  if (there) return run_form(kernel, f, o, refusal);
  Scratch scratch;
  std::vector<View> views(o.t, o.t + o.nt);
  for (const Item &item : f.op.items) {
    if (item.kind != 'T' || o.view(item.at).none()) continue;
    View &v = views[static_cast<size_t>(item.at)];
    if (!v.device) v = constant(number_of(v), v.dtype);
    else if (widens(item)) v = scratch.copied(v, o.view(0).dtype);
  }
  return run_form(kernel, f, o.with(views), refusal);
}

bool run_forms(int kernel, Row &row, const Operands &o, DType common, Accelerator::Refusal *refusal) {
  for (Form &f : row.forms) {
    if (!fits(f, o)) continue;
    const Accelerator::Refusal before = *refusal;
    if (!(row.kind >= 0 ? run_pointwise(kernel, row, f, o, common, refusal) : run_plain(kernel, f, o, refusal)))
      continue;
    if (!before.what.empty()) note_refusal(before, "another operator or a wider dtype is taken");
    return true;
  }
  return false;
}

// The same with operands in wider dtypes. Which of them are results nobody says here: all of them get back what they
// hold, results last.
bool run_wider(int kernel, Row &row, const Operands &o, Accelerator::Refusal *refusal) {
  Scratch scratch;
  std::vector<View> views(o.t, o.t + o.nt);
  for (bool changed = true; changed;) {
    changed = false;
    for (int i = 0; i < o.nt; ++i) {
      View &v = views[static_cast<size_t>(i)];
      if (v.none() || !v.device || wider(v.dtype) == v.dtype) continue;
      v = scratch.copied(o.t[i], wider(v.dtype));
      changed = true;
    }
    if (!changed || !run_forms(kernel, row, o.with(views), DType::Bool, refusal)) continue;
    for (int i = o.nt; i-- > 0;)
      if (const View &v = views[static_cast<size_t>(i)]; !v.none() && v.data != o.t[i].data && !spread(o.t[i]))
        Scratch::copy(o.t[i], v);
    return true;
  }
  return false;
}

constexpr int kMostAdapted = 8;

}  // namespace

void add_row(const std::string &kernel, const std::string &text, int kind) {
  auto made = Reader(kernel, text).row();
  made->text = text;
  made->kind = kind;
  auto id = static_cast<size_t>(device_kernel(kernel));
  if (table().size() <= id) table().resize(id + 1);
  if (table()[id] && table()[id]->text != text)
    raise(PyExc_ValueError, "kernel '" + kernel + "' has a row already: " + table()[id]->text);
  if (!table()[id]) table()[id] = std::move(made);
}

std::vector<std::pair<std::string, std::string>> rows() {
  std::vector<std::pair<std::string, std::string>> all;
  for (size_t id = 0; id < table().size(); ++id)
    if (table()[id]) all.emplace_back(kernel_name(static_cast<int>(id)), table()[id]->text);
  return all;
}

bool run_row(int kernel, const View *t, int nt, const Scalar *s, int ns, Accelerator::Refusal *refusal, Shape *found) {
  Row *row = row_of(kernel);
  if (!row) return false;
  if (!found && nt <= 2 && nt && !t[0].none() && t[0].numel() == 0) return true;
  View adapted[kMostAdapted];
  if (row->adapter) {
    if (nt > kMostAdapted) return false;
    std::copy(t, t + nt, adapted);
    if (!row->adapter(adapted, nt, s)) return false;
    t = adapted;
  }
  Operands o{t, nt, s, ns, found};
  static const int copy = kernel_of("copy"), fill = kernel_of("fill");  // what widening itself is made of
  if (row->kind < 0)
    return run_forms(kernel, *row, o, DType::Bool, refusal) ||
           (!refusal->words.empty() && kernel != copy && kernel != fill && run_wider(kernel, *row, o, refusal));
  for (auto common = static_cast<DType>(o.scalar(0).i);; common = wider(common)) {
    if (run_forms(kernel, *row, o, common, refusal)) return true;
    if (refusal->words.empty() || wider(common) == common) return false;
  }
}

}  // namespace mt::ascend
