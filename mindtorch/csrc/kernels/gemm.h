// Matrix products for other kernels: any dtype, any strides; oneDNN where it is good, else our own blocked code.
#pragma once
#include <vector>

#include "dtypes.h"
#include "parallel.h"

namespace mt {

struct Matrix {
  const void *data;
  int64_t row, column;  // strides in elements
};

// c = alpha * a b + beta * add, where a is m x k, b k x n; `add` may be absent (data null) and may be c itself.
// Splits the work over threads unless it is called from inside a parallel region. Integers wrap. k = 0 gives beta *
// add.
void gemm(DType dtype, int64_t m, int64_t n, int64_t k, Matrix a, Matrix b, Matrix c, const Scalar *alpha = nullptr,
          const Scalar *beta = nullptr, Matrix add = {nullptr, 0, 0}, bool in_batch = false);

// out[..., m, n] = alpha * a b + beta * add, batches broadcast; add (may be none) broadcasts to out.
void matmul(const View &out, const View &a, const View &b, const View &add, const Scalar &alpha, const Scalar &beta);

// A matrix as a two-dimensional view.
inline View matrix_view(DType d, const void *data, int64_t rows, int64_t columns, int64_t row, int64_t column) {
  View v;
  v.data = const_cast<void *>(data);
  v.dtype = d;
  v.ndim = 2;
  v.shape[0] = rows;
  v.shape[1] = columns;
  v.stride[0] = row;
  v.stride[1] = column;
  return v;
}

// Strides of a dense tensor of the view's shape.
void fill_dense(View &v);
// Elements of one view into another of the same shape, converting.
void copy_view(const View &to, const View &from);
// A dense copy in another dtype; its memory belongs to `store`.
View dense_copy(const View &v, DType d, std::vector<char> &store);

// Memory that a thread keeps between calls. Contents are undefined.
template <class T>
T *scratch(std::vector<char> &store, int64_t count) {
  MT_CHECK(count >= 0 && count <= INT64_MAX / 64, "a kernel needs more memory than there is");
  size_t bytes = static_cast<size_t>(count) * sizeof(T) + 64;
  if (store.size() < bytes) store.resize(bytes);
  char *p = store.data();
  return reinterpret_cast<T *>(p + (64 - reinterpret_cast<uintptr_t>(p) % 64) % 64);
}

}  // namespace mt
