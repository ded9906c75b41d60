// Rows of dense numbers: conversion to the compute type, sums and maxima in lanes that the compiler turns into vectors.
#pragma once
#include <limits>
#include <vector>

#include "checks.h"
#include "dtypes.h"
#include "parallel.h"
#include "vecmath.h"

namespace mt {

constexpr int kLanes = 16;

// sum of f(i) over [0, n), in a fixed order whatever the machine
template <class C, class F>
inline C lane_sum(int64_t n, const F &f) {
  C acc[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t l = 0; l < kLanes; ++l) acc[l] += f(i + l);
  C rest = 0;
  for (; i < n; ++i) rest += f(i);
  for (int l = 0; l < kLanes; ++l) rest += acc[l];
  return rest;
}
template <class C>
inline C lane_max(const C *x, int64_t n) {  // NaN when there is one
  C acc[kLanes], best = -std::numeric_limits<C>::infinity();
  bool nan = false;
  std::fill(acc, acc + kLanes, best);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int l = 0; l < kLanes; ++l) acc[l] = x[i + l] < acc[l] ? acc[l] : x[i + l];
  for (; i < n; ++i) {
    best = x[i] < best ? best : x[i];
    nan = nan || x[i] != x[i];
  }
  for (int l = 0; l < kLanes; ++l) {
    best = acc[l] < best ? best : acc[l];
    nan = nan || acc[l] != acc[l];
  }
  return nan ? std::numeric_limits<C>::quiet_NaN() : best;
}

// Dense elements of T as C: in place when they are C already, else through the buffer.
template <class C, class T>
inline const C *load_row(const T *p, int64_t n, std::vector<C> &buffer) {
  if constexpr (std::is_same_v<C, T>) return p;
  else {
    if (static_cast<int64_t>(buffer.size()) < n) buffer.resize(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) buffer[static_cast<size_t>(i)] = convert<C>(p[i]);
    return buffer.data();
  }
}
// Where a row of results is made, and how it gets to memory.
template <class C, class T>
inline C *result_row(T *p, int64_t n, std::vector<C> &buffer) {
  if constexpr (std::is_same_v<C, T>) return p;
  else {
    if (static_cast<int64_t>(buffer.size()) < n) buffer.resize(static_cast<size_t>(n));
    return buffer.data();
  }
}
template <class C, class T>
inline void store_row(T *p, const C *x, int64_t n) {
  if constexpr (!std::is_same_v<C, T>)
    for (int64_t i = 0; i < n; ++i) p[i] = convert<T>(x[i]);
}

// A small vector (weight, bias, running statistics) is n elements of any dtype, dense or of one dimension.
inline void need_vector(const View &v, int64_t n, const char *what) {
  if (v.none()) return;
  need_numel(v, n, what);
  if (v.ndim != 1) need_dense(v, what);
}
inline int64_t vector_step(const View &v) { return v.ndim == 1 ? v.stride[0] : 1; }
// It as C; empty when the view is none.
template <class C>
inline std::vector<C> vector_of(const View &v) {
  std::vector<C> out;
  if (v.none()) return out;
  int64_t n = v.numel();
  need_vector(v, n, "vector");
  out.resize(static_cast<size_t>(n));
  if (n) convert_run(dtype_of<C>::value, v.dtype)(out.data(), 1, v.data, vector_step(v), n);
  return out;
}

}  // namespace mt
