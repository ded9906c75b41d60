// Threads: OpenMP behind one function, so that the grain and the count are decided in one place.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace mt {

inline std::atomic<int> g_threads{0};  // 0: not set yet, the machine decides

inline int threads() {
  int n = g_threads.load(std::memory_order_relaxed);
#ifdef _OPENMP
  if (n == 0) g_threads = n = omp_get_max_threads();
#else
  n = 1;
#endif
  return n;
}
inline void set_threads(int count) { g_threads = count; }

// f(begin, end) over [0, n), in at most threads() pieces of at least `grain`.
template <class F>
void parallel_for(int64_t n, int64_t grain, const F &f) {
  if (n <= 0) return;
#ifdef _OPENMP
  int64_t pieces = std::min<int64_t>(threads(), (n + grain - 1) / std::max<int64_t>(grain, 1));
  if (pieces > 1 && !omp_in_parallel()) {
    std::exception_ptr failure;
#pragma omp parallel num_threads(static_cast<int>(pieces))
    {
      int64_t k = omp_get_thread_num(), count = omp_get_num_threads();
      int64_t begin = n * k / count, end = n * (k + 1) / count;
      try {
        if (begin < end) f(begin, end);
      } catch (...) {
#pragma omp critical
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  f(int64_t{0}, n);
}

constexpr int64_t kGrain = 32768;  // elements of cheap work that pay for waking a thread

}  // namespace mt
