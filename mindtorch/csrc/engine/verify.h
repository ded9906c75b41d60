// A kernel of the accelerator beside the CPU's of the same operands.
#pragma once
#include "backend.h"

namespace mt {

extern bool verifying;

// Made before the device runs a kernel: computes it on the host, over copies. `compare` afterwards notes how far the
// two are apart. Nothing while `verifying` is off, and within another one.
class Verified {
 public:
  Verified(int id, const View *views, int nt, const Scalar *scalars, int ns, const std::vector<TensorPtr> *whole);
  Verified(const Verified &) = delete;
  Verified &operator=(const Verified &) = delete;
  ~Verified();
  void compare();

 private:
  struct Image {  // a stretch of memory: what the CPU made of it, and what the device did
    char *begin, *end;
    bool device;
    std::vector<char> want, have;
  };
  void add(void *p, int64_t bytes, bool device);
  static void fetch(const Image &m, std::vector<char> *to);
  std::vector<View> shown(bool wanted);

  int id_, nt_;
  const View *views_;
  std::vector<Image> images_;
  bool counted_ = false, ready_ = false;
};

bool init_verify(PyObject *module);

}  // namespace mt
