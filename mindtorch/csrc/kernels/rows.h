// Rows of dense numbers: conversion to the compute type, sums and maxima in lanes that the compiler turns into vectors.
#pragma once
#include <limits>
#include <vector>

#include "dtypes.h"
#include "parallel.h"

namespace mt {

constexpr int kLanes = 16;

// sum of f(i) over [0, n), in a fixed order whatever the machine
template <class C, class F>
inline C lane_sum(int64_t n, const F &f) {
  C acc[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int l = 0; l < kLanes; ++l) acc[l] += f(i + l);
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

// e^x: within 1 unit in the last place for floats; no call, so that loops over it vectorise
inline float fast_exp(float x) {
  float y = x < -104.0f ? -104.0f : x;
  y = y > 89.0f ? 89.0f : y;
  float k = std::floor(y * 1.44269504088896341f + 0.5f);
  float r = (y - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t n = static_cast<int32_t>(k), half = n >> 1;  // two factors: results down to the subnormal numbers
  float result = p * bits_to_float(static_cast<uint32_t>(half + 127) << 23) * bits_to_float(static_cast<uint32_t>(n - half + 127) << 23);
  result = x > 88.8f ? std::numeric_limits<float>::infinity() : result;
  return x != x ? x : result;
}
inline double fast_exp(double x) { return std::exp(x); }

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

// A small vector (weight, bias) of any dtype as C; empty when the view is none.
template <class C>
inline std::vector<C> vector_of(const View &v) {
  std::vector<C> out;
  if (v.none()) return out;
  int64_t n = v.numel();
  out.resize(static_cast<size_t>(n));
  if (n) convert_run(dtype_of<C>::value, v.dtype)(out.data(), 1, v.data, v.ndim ? v.stride[v.ndim - 1] : 0, n);
  return out;
}

}  // namespace mt
