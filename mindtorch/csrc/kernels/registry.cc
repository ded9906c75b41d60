#include "kernel.h"

#include <pthread.h>

#include <cstring>
#include <new>
#include <vector>

#include "parallel.h"

namespace mt {
namespace {
struct Entry {
  const char *name;
  Kernel kernel;
};
std::vector<Entry> &entries() {
  static std::vector<Entry> list;
  return list;
}
}  // namespace

namespace {
// OpenMP's pool does not survive a fork, and waiting for its threads would never end: a forked child keeps to one
// thread.
bool forked = false;
[[maybe_unused]] const int watched = pthread_atfork(nullptr, nullptr, [] { forked = true; });
}  // namespace

Registration::Registration(const char *name, Kernel kernel) { entries().push_back({name, kernel}); }
}  // namespace mt

extern "C" {
int mindtorch_kernel_count() { return static_cast<int>(mt::entries().size()); }
const char *mindtorch_kernel_name(int id) { return mt::entries()[static_cast<size_t>(id)].name; }

int mindtorch_kernel_call(int id, const mt::View *tensors, int nt, const mt::Scalar *scalars, int ns, char *error,
                          int size) {
  try {
    if (id < 0 || id >= mindtorch_kernel_count())
      throw mt::Error(mt::Error::Index, mt::format("there is no kernel number %d", id));
    mt::entries()[static_cast<size_t>(id)].kernel({tensors, nt, scalars, ns});
    return 0;
  } catch (const mt::Error &e) {
    std::snprintf(error, size, "%s", e.what());
    return 1 + e.kind;
  } catch (const std::exception &e) {
    std::snprintf(error, size, "%s", e.what());
    return 1 + mt::Error::Runtime;
  }
}

void mindtorch_set_threads(int count) { mt::set_threads(mt::forked ? 1 : count); }
int mindtorch_get_threads() { return mt::threads(); }
}
