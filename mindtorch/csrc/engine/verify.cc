// What the accelerator computed, compared with the CPU's kernel over the same operands: kernel by kernel, while a
// program runs.
#include "verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "boundary.h"

namespace mt {

bool verifying = false;

namespace {

struct Finding {
  int64_t calls = 0;
  double distance = 0;  // of the call that was farthest from the CPU's
  std::string operands;
};
using Findings =
    std::map<std::pair<std::string, int>, Finding>;  // by kernel and dtype of its first result; -1: not compared
Findings &findings() {
  static auto *all = new Findings;
  return *all;
}
int depth = 0;  // launches of a composition are compared as the kernel that they make up

int64_t span_of(const View &v) {  // bytes from the first element to behind the last one
  int64_t last = 0;
  for (int d = 0; d < v.ndim; ++d) {
    if (v.shape[d] == 0) return 0;
    last += (v.shape[d] - 1) * v.stride[d];
  }
  return (last + 1) * itemsize(v.dtype);
}

std::string described(const View *views, int nt) {
  static constexpr int kMost = 6;
  std::string text;
  for (int i = 0; i < std::min(nt, kMost); ++i) {
    const View &v = views[i];
    text += i ? ", " : "";
    if (v.none()) text += "None";
    else text += dtype_name(v.dtype);
    for (int d = 0; d < v.ndim && !v.none(); ++d) text += (d ? "x" : " ") + std::to_string(v.shape[d]);
    if (!v.none() && !v.contiguous()) text += " strided";
  }
  return text + (nt > kMost ? ", and " + std::to_string(nt - kMost) + " more" : "");
}

// The elements of a view, dense, in a dtype that holds them.
template <class T> std::vector<T> elements(const View &v, DType dtype) {
  std::vector<T> made(static_cast<size_t>(std::max<int64_t>(v.numel(), 1)) * static_cast<size_t>(itemsize(dtype)) /
                      sizeof(T));
  View pair[2] = {v, v};
  pair[0].data = made.data();
  pair[0].dtype = dtype;
  int64_t next = 1;
  for (int d = v.ndim - 1; d >= 0; --d) pair[0].stride[d] = next, next *= v.shape[d];
  run_host(kernel_of("copy"), pair, 2, nullptr, 0);
  return made;
}

// How far apart two results are: numbers by the largest difference over the largest number, integers by the share of
// those that differ.
double distance(const View &want, const View &have) {
  if (want.numel() == 0) return 0;
  if (!is_floating(want.dtype) && !is_complex(want.dtype)) {
    auto w = elements<int64_t>(want, DType::I64), h = elements<int64_t>(have, DType::I64);
    int64_t apart = 0;
    for (size_t k = 0; k < w.size(); ++k) apart += w[k] != h[k];
    return static_cast<double>(apart) / static_cast<double>(w.size());
  }
  DType wide = is_complex(want.dtype) ? DType::C128 : DType::F64;
  auto w = elements<double>(want, wide), h = elements<double>(have, wide);
  double most = 0, largest = 0;
  for (size_t k = 0; k < w.size(); ++k) {
    if (w[k] == h[k] || (std::isnan(w[k]) && std::isnan(h[k]))) {
      if (std::isfinite(w[k])) largest = std::max(largest, std::fabs(w[k]));
      continue;
    }
    if (!std::isfinite(w[k]) || !std::isfinite(h[k])) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::fabs(w[k]));
    most = std::max(most, std::fabs(w[k] - h[k]));
  }
  return most == 0 ? 0 : most / (largest > 0 ? largest : 1);
}

}  // namespace

Verified::Verified(int id, const View *views, int nt, const Scalar *scalars, int ns,
                   const std::vector<TensorPtr> *whole)
    : id_(id), nt_(nt), views_(views) {
  if (!verifying) return;
  std::string name = kernel_name(id);
  // what these keep for their backward is on the device another thing than on the CPU: their launches are compared
  if (name == "cross_entropy" || name == "cross_entropy_backward") return;
  counted_ = true;
  if (depth++) return;
  // what only the device knows, what is drawn there, and copies between the two memories, have nothing to be compared
  // with
  bool here = true;
  for (int i = 0; i < nt && name == "copy"; ++i) here = here && views[i].device;
  if (!here) return;
  if (kernel_of(name) < 0 || name.rfind("random_", 0) == 0) {
    ++findings()[{name, -1}].calls;
    return;
  }
  for (int i = 0; i < nt; ++i)
    if (!views[i].none())
      if (int64_t bytes = span_of(views[i])) add(views[i].data, bytes, views[i].device != 0);
  if (whole)
    for (const TensorPtr &t : *whole)
      if (void *p = storage_pointer(t); p && on_accelerator(t)) add(p, storage_bytes(t), true);
  std::sort(images_.begin(), images_.end(),
            [](const Image &a, const Image &b) { return std::pair(a.device, a.begin) < std::pair(b.device, b.begin); });
  size_t kept = 0;  // operands that share memory share an image, as they do there
  for (size_t i = 1; i < images_.size(); ++i) {
    if (images_[i].begin < images_[kept].end && images_[i].device == images_[kept].device)
      images_[kept].end = std::max(images_[kept].end, images_[i].end);
    else images_[++kept] = images_[i];
  }
  if (!images_.empty()) images_.resize(kept + 1);
  for (Image &m : images_) fetch(m, &m.want);
  std::vector<View> host = shown(true);
  run_host(id, host.data(), nt, scalars, ns);
  ready_ = true;
}

Verified::~Verified() {
  if (counted_) --depth;
}

void Verified::add(void *p, int64_t bytes, bool device) {
  images_.push_back({static_cast<char *>(p), static_cast<char *>(p) + bytes, device, {}, {}});
}

void Verified::fetch(const Image &m, std::vector<char> *to) {
  to->resize(static_cast<size_t>(m.end - m.begin));
  if (m.device) started_accelerator().copy(to->data(), m.begin, m.end - m.begin, Accelerator::Way::ToHost);
  else std::memcpy(to->data(), m.begin, to->size());
}

std::vector<View> Verified::shown(bool wanted) {
  std::vector<View> made(views_, views_ + nt_);
  for (View &v : made) {
    if (v.none() || span_of(v) == 0) continue;
    for (Image &m : images_)
      if (m.device == (v.device != 0) && static_cast<char *>(v.data) >= m.begin &&
          static_cast<char *>(v.data) < m.end) {
        v.data = (wanted ? m.want : m.have).data() + (static_cast<char *>(v.data) - m.begin);
        break;
      }
    v.device = 0;
  }
  return made;
}

namespace {
// The dtype by which results are judged: float32 ones of bfloat16 operands are as far apart as those are coarse.
DType judged(DType result, const View *views, int nt) {
  auto digits = [](DType d) {
    return d == DType::BF16 ? 0 : d == DType::F16 ? 1 : d == DType::F32 || d == DType::C64 ? 2 : 3;
  };
  if (!is_floating(result)) return result;
  for (int i = 0; i < nt; ++i)
    if (!views[i].none() && views[i].ndim && is_floating(views[i].dtype) && digits(views[i].dtype) < digits(result))
      result = views[i].dtype;
  return result;
}
}  // namespace

void Verified::compare() {
  if (!ready_) return;
  bool equal = true;
  for (Image &m : images_) {
    fetch(m, &m.have);
    equal = equal && m.want == m.have;
  }
  double most = 0;
  DType dtype = views_[0].dtype;
  if (!equal) {
    std::vector<View> want = shown(true), have = shown(false);
    for (int i = 0; i < nt_; ++i) {
      if (want[static_cast<size_t>(i)].none()) continue;
      double apart = distance(want[static_cast<size_t>(i)], have[static_cast<size_t>(i)]);
      if (apart > most) most = apart, dtype = views_[i].dtype;
    }
  }
  Finding &f = findings()[{kernel_name(id_), static_cast<int>(judged(dtype, views_, nt_))}];
  ++f.calls;
  if (f.operands.empty() || most > f.distance) f.distance = most, f.operands = described(views_, nt_);
}

namespace {

// verify(whether): compares from now on, with findings anew, or stops
PyObject *verify(PyObject *, PyObject *on) {
  return guarded([&]() -> PyObject * {
    if (on == Py_True) {
      started_accelerator();
      findings().clear();
    }
    verifying = on == Py_True;
    Py_RETURN_NONE;
  });
}
// verified() -> [(kernel, dtype or None where nothing was compared, calls, distance, operands of the farthest)]
PyObject *verified(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    Ref list = checked(PyList_New(0));
    for (auto &[key, f] : findings()) {
      Ref row = checked(Py_BuildValue("(szLds)", key.first.c_str(),
                                      key.second < 0 ? nullptr : dtype_name(static_cast<DType>(key.second)),
                                      static_cast<long long>(f.calls), f.distance, f.operands.c_str()));
      if (PyList_Append(list.get(), row.get())) throw PythonError();
    }
    return list.release();
  });
}

PyMethodDef functions[] = {{"verify", verify, METH_O, nullptr}, {"verified", verified, METH_NOARGS, nullptr}, {}};

}  // namespace

bool init_verify(PyObject *module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace mt
