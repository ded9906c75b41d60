// The product of two dense vectors, added up as the reference's library does it on processors of the maker whose own
// order is known: four accumulators of 16 bytes over whole blocks, what is left into the first ones, products and sums
// rounded each by itself. Algorithms that compare sums of products (line searches) take other turns when the last bit
// differs.
#pragma once
#include <cstdint>

namespace mt {

template <class T>
__attribute__((noinline, optimize("fp-contract=off"))) T ordered_dot(const T *a, const T *b, int64_t n) {
  constexpr int64_t lanes = 16 / sizeof(T), block = 4 * lanes;
  T sum[block] = {};
  int64_t i = 0;
  for (; i + block <= n; i += block)
    for (int64_t k = 0; k < block; ++k) sum[k] += a[i + k] * b[i + k];
  if (sizeof(T) == 4 && i + 2 * lanes <= n) {
    for (int64_t k = 0; k < 2 * lanes; ++k) sum[k] += a[i + k] * b[i + k];
    i += 2 * lanes;
  }
  for (; i + lanes <= n; i += lanes)
    for (int64_t k = 0; k < lanes; ++k) sum[k] += a[i + k] * b[i + k];
  for (; i < n; ++i) sum[0] += a[i] * b[i];
  for (int64_t k = 0; k < lanes; ++k) sum[k] = ((sum[k] + sum[k + lanes]) + sum[k + 2 * lanes]) + sum[k + 3 * lanes];
  if constexpr (lanes == 4) return (sum[0] + sum[2]) + (sum[1] + sum[3]);
  return sum[0] + sum[1];
}

}  // namespace mt
