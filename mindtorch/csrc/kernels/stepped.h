// A half that rounds after every operation, for the kernels whose reference computes in halves from step to step.
#pragma once
#include "vecmath.h"

namespace mt {

template <class T>
struct Stepped {
  float v;
  Stepped() = default;
  template <class A, class = std::enable_if_t<std::is_arithmetic_v<A>>>
  Stepped(A a) : v(T(static_cast<float>(a))) {}
  explicit operator float() const { return v; }
  explicit operator double() const { return v; }
  friend Stepped operator+(Stepped a, Stepped b) { return Stepped(a.v + b.v); }
  friend Stepped operator-(Stepped a, Stepped b) { return Stepped(a.v - b.v); }
  friend Stepped operator*(Stepped a, Stepped b) { return Stepped(a.v * b.v); }
  friend Stepped operator/(Stepped a, Stepped b) { return Stepped(a.v / b.v); }
  Stepped operator-() const { return Stepped(-v); }
  Stepped &operator+=(Stepped b) { return *this = *this + b; }
  Stepped &operator-=(Stepped b) { return *this = *this - b; }
  Stepped &operator*=(Stepped b) { return *this = *this * b; }
  friend bool operator!=(Stepped a, Stepped b) { return a.v != b.v; }
  friend bool operator<=(Stepped a, Stepped b) { return a.v <= b.v; }
  friend bool operator<(Stepped a, Stepped b) { return a.v < b.v; }
  friend bool operator>(Stepped a, Stepped b) { return a.v > b.v; }
  friend bool operator>=(Stepped a, Stepped b) { return a.v >= b.v; }
  friend bool operator==(Stepped a, Stepped b) { return a.v == b.v; }
};
#define X(name) \
  template <class T> Stepped<T> name(Stepped<T> a) { return Stepped<T>(std::name(a.v)); }
X(floor) X(trunc) X(nearbyint) X(fabs) X(abs) X(sqrt)
#undef X
template <class T>
Stepped<T> fmod(Stepped<T> a, Stepped<T> b) { return Stepped<T>(std::fmod(a.v, b.v)); }
template <class T>
Stepped<T> copysign(Stepped<T> a, Stepped<T> b) { return Stepped<T>(std::copysign(a.v, b.v)); }
namespace vec {
#define X(name) \
  template <class T> Stepped<T> name(Stepped<T> a) { return Stepped<T>(name(a.v)); }
X(exp) X(log) X(log1p)
#undef X
template <class T>
Stepped<T> pow(Stepped<T> a, Stepped<T> b) { return Stepped<T>(pow(a.v, b.v)); }
}  // namespace vec

// What arithmetic on T is done in when halves round after every step.
template <class T> struct stepped { using type = T; };
template <> struct stepped<F16> { using type = Stepped<F16>; };
template <> struct stepped<BF16> { using type = Stepped<BF16>; };
template <class T> using stepped_t = typename stepped<T>::type;

}  // namespace mt
