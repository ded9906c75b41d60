// One walk over any number of broadcast, strided operands; kernels see dense blocks of one compute type.
//
// The walk merges dimensions, splits the work over threads and hands out blocks of at most kBlock elements.
// An operand that is dense and of the compute type is passed by pointer; everything else (strides, other dtypes) goes
// through a small buffer that stays in the first-level cache. So a kernel is one loop per compute type, not per dtype.
#pragma once
#include <vector>

#include "checks.h"
#include "dtypes.h"
#include "parallel.h"

namespace mt {

constexpr int kMaxOperands = 8;
constexpr int64_t kBlock = 1024;

// ptr[0..outputs) are written, the rest read. scalar[k]: the operand is one repeated element.
using BlockLoop = void (*)(char *const *ptr, const bool *scalar, int64_t n, const Scalar *attributes);

struct Operand {
  char *data;
  DType dtype;    // in memory
  DType compute;  // what the loop wants
  int64_t stride[kMaxDims];
};

struct Walk {
  int n = 0, outputs = 0, ndim = 0;
  int64_t shape[kMaxDims];
  Operand op[kMaxOperands];

  Walk(const Call &c, int count, int output_count) : Walk(operands(c, count), count, output_count) {}
  // Every view must be there and broadcast to the first one.
  Walk(const View *views, int count, int output_count) : n(count), outputs(output_count) {
    const View &full = views[0];
    MT_CHECK(count <= kMaxOperands, "too many operands");
    ndim = full.ndim < 0 ? 0 : full.ndim;  // says to the compiler that it is no huge number
    for (int d = 0; d < ndim; ++d) shape[d] = full.shape[d];
    for (int k = 0; k < n; ++k) {
      const View &v = views[k];
      if (v.none()) throw Error(Error::Type, format("a kernel needs a tensor as operand %d", k));
      op[k].data = static_cast<char *>(v.data);
      op[k].dtype = op[k].compute = v.dtype;
      int lead = ndim - v.ndim;
      MT_CHECK(lead >= 0, "operand has more dimensions than the result");
      for (int d = 0; d < ndim; ++d) {
        if (d < lead || (v.shape[d - lead] == 1 && shape[d] != 1)) op[k].stride[d] = 0;
        else {
          MT_CHECK(v.shape[d - lead] == shape[d], "operand of size %lld does not broadcast to %lld",
                   (long long)v.shape[d - lead], (long long)shape[d]);
          op[k].stride[d] = v.stride[d - lead];
        }
      }
    }
    bool empty = false;
    for (int d = 0; d < ndim; ++d) empty = empty || shape[d] == 0;
    if (empty) {
      nothing();
      return;
    }
    sort();
    merge();
  }

  int64_t numel() const {
    int64_t total = 1;
    for (int d = 0; d < ndim; ++d) total *= shape[d];
    return total;
  }

  void run(BlockLoop loop, const Scalar *attributes, int64_t grain = kGrain) const {
    int64_t total = numel();
    if (total == 0) return;
    if (ndim > 0 && shape[ndim - 1] >= 256 && ndim > 1) {
      int64_t inner = shape[ndim - 1], rows = total / inner;
      if (rows >= threads() || inner < grain) {
        parallel_for(rows, std::max<int64_t>(1, grain / inner),
                     [&](int64_t begin, int64_t end) { rows_of(begin, end, loop, attributes); });
        return;
      }
    }
    parallel_for(total, grain, [&](int64_t begin, int64_t end) { blocks(begin, end, loop, attributes); });
  }

 private:
  void nothing() {  // strides of an empty view may be any numbers
    ndim = 1;
    shape[0] = 0;
    for (int k = 0; k < n; ++k) op[k].stride[0] = 0;
  }

  // The first operand's memory order decides the loop order, so that transposed results are written densely.
  void sort() {
    int order[kMaxDims];
    for (int d = 0; d < ndim; ++d) order[d] = d;
    auto before = [&](int a, int b) {  // a should be outside b
      for (int k = 0; k < n; ++k) {
        int64_t x = std::abs(op[k].stride[a]), y = std::abs(op[k].stride[b]);
        if (x == 0 || y == 0 || x == y) continue;
        return x > y;
      }
      return false;
    };
    for (int i = 1; i < ndim; ++i)
      for (int j = i; j > 0 && before(order[j], order[j - 1]); --j) std::swap(order[j], order[j - 1]);
    int64_t old_shape[kMaxDims], old_stride[kMaxDims];
    std::copy(shape, shape + ndim, old_shape);
    for (int d = 0; d < ndim; ++d) shape[d] = old_shape[order[d]];
    for (int k = 0; k < n; ++k) {
      std::copy(op[k].stride, op[k].stride + ndim, old_stride);
      for (int d = 0; d < ndim; ++d) op[k].stride[d] = old_stride[order[d]];
    }
  }

  void merge() {
    int kept = 0;
    for (int d = 0; d < ndim; ++d) {
      if (shape[d] == 1) continue;
      bool joins = kept > 0;
      for (int k = 0; joins && k < n; ++k) joins = op[k].stride[kept - 1] == op[k].stride[d] * shape[d];
      if (joins) {
        shape[kept - 1] *= shape[d];
        for (int k = 0; k < n; ++k) op[k].stride[kept - 1] = op[k].stride[d];
      } else {
        shape[kept] = shape[d];
        for (int k = 0; k < n; ++k) op[k].stride[kept] = op[k].stride[d];
        ++kept;
      }
    }
    ndim = kept;
  }

  int64_t offset(const Operand &o, int64_t at, int dims) const {
    int64_t result = 0;
    for (int d = dims - 1; d >= 0; --d) {
      result += at % shape[d] * o.stride[d];
      at /= shape[d];
    }
    return result;
  }

  struct Buffers {
    alignas(64) char bytes[kMaxOperands][kBlock * 16];
  };

  // Whole inner rows: only the inner stride matters inside a block.
  void rows_of(int64_t begin, int64_t end, BlockLoop loop, const Scalar *attributes) const {
    Buffers buffer;
    int64_t inner = shape[ndim - 1];
    char *ptr[kMaxOperands];
    bool scalar[kMaxOperands];
    for (int64_t row = begin; row < end; ++row) {
      int64_t base[kMaxOperands];
      for (int k = 0; k < n; ++k) base[k] = offset(op[k], row, ndim - 1);
      for (int64_t at = 0; at < inner; at += kBlock) {
        int64_t count = std::min(kBlock, inner - at);
        for (int k = 0; k < n; ++k) {
          const Operand &o = op[k];
          int64_t s = o.stride[ndim - 1];
          char *p = o.data + (base[k] + at * s) * itemsize(o.dtype);
          scalar[k] = k >= outputs && s == 0;
          bool direct = o.dtype == o.compute && (s == 1 || scalar[k]);
          ptr[k] = direct ? p : buffer.bytes[k];
          if (!direct && k >= outputs) convert_run(o.compute, o.dtype)(ptr[k], 1, p, s, scalar[k] ? 1 : count);
        }
        loop(ptr, scalar, count, attributes);
        for (int k = 0; k < outputs; ++k)
          if (ptr[k] == buffer.bytes[k]) {
            int64_t s = op[k].stride[ndim - 1];
            convert_run(op[k].dtype, op[k].compute)(op[k].data + (base[k] + at * s) * itemsize(op[k].dtype), s, ptr[k],
                                                    1, count);
          }
      }
    }
  }

  // Any shape: blocks of consecutive elements, gathered run by run.
  void blocks(int64_t begin, int64_t end, BlockLoop loop, const Scalar *attributes) const {
    Buffers buffer;
    char *ptr[kMaxOperands];
    bool scalar[kMaxOperands], dense[kMaxOperands];
    for (int k = 0; k < n; ++k) {
      int64_t expected = 1;
      dense[k] = true;
      bool zero = true;
      for (int d = ndim - 1; d >= 0; --d) {
        dense[k] = dense[k] && op[k].stride[d] == expected;
        zero = zero && op[k].stride[d] == 0;
        expected *= shape[d];
      }
      scalar[k] = k >= outputs && zero;
    }
    for (int64_t at = begin; at < end; at += kBlock) {
      int64_t count = std::min(kBlock, end - at);
      for (int k = 0; k < n; ++k) {
        const Operand &o = op[k];
        bool same = o.dtype == o.compute;
        if (scalar[k]) {
          ptr[k] = same ? o.data : buffer.bytes[k];
          if (!same) convert_run(o.compute, o.dtype)(ptr[k], 1, o.data, 0, 1);
        } else if (dense[k] && same) {
          ptr[k] = o.data + at * itemsize(o.dtype);
        } else {
          ptr[k] = buffer.bytes[k];
          if (k >= outputs) transfer<true>(o, at, count, ptr[k]);
        }
      }
      loop(ptr, scalar, count, attributes);
      for (int k = 0; k < outputs; ++k)
        if (ptr[k] == buffer.bytes[k]) transfer<false>(op[k], at, count, ptr[k]);
    }
  }

  template <bool Load>
  void transfer(const Operand &o, int64_t at, int64_t count, char *buffer) const {
    int64_t inner = ndim ? shape[ndim - 1] : 1, stride = ndim ? o.stride[ndim - 1] : 0, width = itemsize(o.compute);
    ConvertRun run = Load ? convert_run(o.compute, o.dtype) : convert_run(o.dtype, o.compute);
    int64_t row = at / inner, column = at % inner;
    int64_t index[kMaxDims], where = 0;
    for (int64_t d = ndim - 2, rest = row; d >= 0; --d) {
      index[d] = rest % shape[d];
      rest /= shape[d];
      where += index[d] * o.stride[d];
    }
    while (count > 0) {
      int64_t take = std::min(count, inner - column);
      char *p = o.data + (where + column * stride) * itemsize(o.dtype);
      if (Load) run(buffer, 1, p, stride, take);
      else run(p, stride, buffer, 1, take);
      buffer += take * width;
      count -= take;
      column = 0;
      for (int d = ndim - 2; d >= 0; --d) {
        where += o.stride[d];
        if (++index[d] < shape[d]) break;
        where -= index[d] * o.stride[d];
        index[d] = 0;
      }
    }
  }
};

}  // namespace mt
