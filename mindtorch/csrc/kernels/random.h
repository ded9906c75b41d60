// MT19937 whose output stream, seeding and use of draws are those users of torch's CPU generator know.
#pragma once
#include <mutex>

#include "checks.h"
#include "dtypes.h"

namespace mt {

// Lives in a byte tensor that Python owns; mt_state in random.cc converts to and from torch's own 5056 bytes.
struct RandomState {
  uint64_t seed;
  int32_t left;      // draws until the words must be renewed, plus one
  int32_t next;      // index of the next word
  double normal;     // second half of a pair of normal numbers
  int32_t has_normal;
  int32_t unused;
  uint32_t word[624];

  // Every draw until the words are renewed finds its word.
  bool valid() const { return left >= 1 && left <= 624 && next >= 0 && next <= 625 - left; }
};

// A structure that lies in a byte tensor.
template <class S>
S &structure_in(const View &v) {
  MT_CHECK(v.dtype == DType::U8 && v.ndim == 1 && v.contiguous() && v.shape[0] >= static_cast<int64_t>(sizeof(S)),
           "the state of a generator is a tensor of %d bytes", static_cast<int>(sizeof(S)));
  return *reinterpret_cast<S *>(v.as<char>());
}

class Random {
 public:
  // Operand `at` of a call is the state: anyone's bytes, and no other operand may lie on them.
  Random(const Call &c, int at, bool seeded = true) : lock_(mutex()), s_(structure_in<RandomState>(c[at])) {
    for (int k = 0; k < c.nt; ++k)
      if (k != at && !c.t[k].none()) need_apart(c.t[k], c.t[at], "random numbers");
    if (seeded && !s_.valid()) throw Error(Error::Runtime, "Invalid mt19937 state");
  }

  void seed(uint64_t value);
  void words(uint32_t *out, int64_t n);  // the next n outputs
  uint32_t next32() {
    if (--s_.left <= 0) renew();
    return temper(s_.word[s_.next++]);
  }
  uint64_t next64() {
    uint64_t high = next32();
    return high << 32 | next32();
  }
  double uniform() { return static_cast<double>(next64() & ((uint64_t{1} << 53) - 1)) * 0x1p-53; }
  float uniform_float() { return static_cast<float>(next32() & ((1u << 24) - 1)) * 0x1p-24f; }
  double normal();

  // n uniforms each; one draw a float, two a double
  void uniforms(float *out, int64_t n);
  void uniforms(double *out, int64_t n);

 private:
  static std::mutex &mutex();
  static uint32_t temper(uint32_t y) {
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
  }
  void renew();

  std::lock_guard<std::mutex> lock_;
  RandomState &s_;
};

}  // namespace mt
