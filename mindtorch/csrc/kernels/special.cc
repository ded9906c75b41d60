// Special functions. All in double, by the formula that is accurate on each range; float results round once.
#include <limits>

#include "complexmath.h"
#include "pointwise.h"

namespace mt {
namespace {
constexpr double kPi = 3.14159265358979323846, kInf = std::numeric_limits<double>::infinity(),
                 kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kRoot2 = 1.41421356237309504880, kRootPi = 1.77245385090551602730;

double log_gamma(double x) {
  int sign;
  return ::lgamma_r(x, &sign);
}

// Recurrence up to 10, then the asymptotic series in Bernoulli numbers.
double digamma(double x) {
  if (x == 0) return std::copysign(kInf, -x);
  if (x < 0) {
    if (x == std::trunc(x)) return kNan;
    double whole, part = std::modf(x, &whole);
    return digamma(1 - x) - kPi / std::tan(kPi * part);
  }
  double shift = 0;
  for (; x < 10; ++x) shift -= 1 / x;
  double z = 1 / (x * x);
  double tail = z * (1. / 12 -
                     z * (1. / 120 - z * (1. / 252 - z * (1. / 240 - z * (1. / 132 - z * (691. / 32760 - z / 12))))));
  return shift + std::log(x) - 0.5 / x - tail;
}

// Hurwitz zeta by Euler and Maclaurin: the first terms, the integral, Bernoulli corrections.
double zeta(double s, double q) {
  if (s == 1) return kInf;
  if (s < 1) return kNan;
  if (q <= 0) {
    if (q == std::floor(q)) return kInf;
    if (s != std::floor(s)) return kNan;
  }
  if (s != s || q != q) return kNan;
  if (q < -1000) {  // the terms below zero are, but for the sign, those of two sums above it
    double f = q - std::floor(q), below = zeta(s, 1 - f) - zeta(s, 1 - q);
    return (std::fmod(s, 2) != 0 ? -below : below) + zeta(s, f);
  }
  double sum = 0, a = q;
  for (int k = 0; k < 9 || a <= 9; ++k, a += 1) {
    double term = std::pow(a, -s);
    sum += term;
    if (a > 0 && std::fabs(term) < 1e-18 * std::fabs(sum)) return sum;
  }
  double power = std::pow(a, -s);
  sum += power * a / (s - 1) + 0.5 * power;
  // B(2k) / (2k)!
  static const double b[] = {1. / 12,           -1. / 720,
                             1. / 30240,        -1. / 1209600,
                             1. / 47900160,     -691. / 1307674368000.,
                             1. / 74724249600., -3617. / 10670622842880000.};
  double factor = s, scale = power / a;
  for (int k = 0; k < 8; ++k) {
    sum += b[k] * factor * scale;
    factor *= (s + 2 * k + 1) * (s + 2 * k + 2);
    scale /= a * a;
  }
  return sum;
}

double trigamma(double x) {
  if (x < 0.5) {
    double s = std::sin(kPi * x);
    return kPi * kPi / (s * s) - trigamma(1 - x);
  }
  return zeta(2, x);
}
// In the precision of the argument: how far the pole of the sine is missed decides the value near it.
template <class T>
T trigamma_in(T x) {
  T sign = 1, sum = 0, pi = static_cast<T>(kPi);
  if (x < T(0.5)) {
    T s = std::sin(pi * x);
    sign = -1;
    sum -= pi * pi / (s * s);
    x = 1 - x;
  }
  for (int k = 0; k < 6; ++k, x += 1) sum += 1 / (x * x);
  T z = 1 / (x * x);
  return sign * (sum + (1 + 1 / (2 * x) + z * (T(1. / 6) - z * (T(1. / 30) - z * T(1. / 42)))) / x);
}
double polygamma(int64_t n, double x) {
  if (n == 0) return digamma(x);
  if (n == 1) return trigamma(x);
  return (n % 2 ? 1 : -1) * std::exp(log_gamma(static_cast<double>(n) + 1)) * zeta(static_cast<double>(n) + 1, x);
}

// e^-|x| I_order(x): series of positive terms, or the asymptotic one.
double bessel_i_scaled(int order, double x) {
  double ax = std::fabs(x), value;
  if (x != x) return x;
  if (ax < 20) {
    double z = ax * ax / 4, term = order ? ax / 2 : 1;
    value = 0;
    for (int k = 1; term > value * 1e-18; ++k) {
      value += term;
      term *= z / (static_cast<double>(k) * (k + order));
      if (term == 0) break;
    }
    value *= std::exp(-ax);
  } else if (std::isinf(ax)) {
    value = 0;
  } else {
    double term = 1, mu = 4. * order * order;
    value = 1;
    for (int k = 1; k < 40; ++k) {
      double odd = 2 * k - 1;
      term *= -(mu - odd * odd) / (8 * ax * k);
      value += term;
      if (std::fabs(term) < 1e-17) break;
    }
    value /= std::sqrt(2 * kPi * ax);
  }
  return order && x < 0 ? -value : value;
}
// Infinite from where e^x is, a little before the value itself is: so the reference counts in T.
template <class T>
double bessel_i(int order, double x) {
  if (std::isinf(x)) return kNan;
  double ax = std::fabs(x), growth = std::exp(static_cast<T>(ax));
  if (std::isinf(growth)) return order && x < 0 ? -growth : growth;
  return bessel_i_scaled(order, x) * std::exp(ax);
}

// e^x K_order(x) = integral of e^(-x (cosh t - 1)) cosh(order t); the trapezoidal rule converges like e^(-pi^2 / h).
double bessel_k_scaled(double order, double x) {
  if (x == 0) return kInf;
  if (!(x > 0)) return kNan;
  if (std::isinf(x)) return 0;
  double h = x > 50 ? 0.5 / std::sqrt(x) : 0.1, sum = 0.5;
  for (int k = 1; k < 20000; ++k) {
    double t = h * k, s = std::sinh(t / 2), fall = 2 * x * s * s - order * t;
    double term = std::exp(-2 * x * s * s) * std::cosh(order * t);
    sum += term;
    if (fall > 45 && term < 1e-18 * sum) break;
  }
  return sum * h;
}
double bessel_k(double order, double x) { return bessel_k_scaled(order, x) * std::exp(-x); }

template <class T>
double airy_ai(T v) {
  double x = v;
  if (std::isinf(x) || x != x) return kNan;
  if (x > 103.892) return 0;
  if (x > 2) {
    double z = 2 * x * std::sqrt(x) / 3;
    return std::sqrt(x / 3) * bessel_k(1. / 3, z) / kPi;
  }
  if (x > -7) {
    long double c = 0.355028053887817239260063L, d = 0.258819403792806798405184L,
                cube = static_cast<long double>(x) * x * x, f = 1, g = x, u = 1, v = x;
    for (int k = 1; k < 120; ++k) {
      u *= cube / ((3 * k - 1) * (3.0L * k));
      v *= cube / ((3 * k) * (3.0L * k + 1));
      f += u, g += v;
    }
    return static_cast<double>(c * f - d * g);
  }
  // the phase is taken in the precision of the argument: far away that decides the value
  T far = T(2) * -v * std::sqrt(-v) / T(3), phase = far + static_cast<T>(kPi / 4);
  double y = -x, z = far, u = 1, even = 1, odd = 0;
  for (int k = 1; k < 14; ++k) {
    u *= (6. * k - 5) * (6. * k - 3) * (6. * k - 1) / (216. * k * (2 * k - 1)) / z;
    (k % 2 ? odd : even) += (k / 2 % 2 ? -u : u);
  }
  return (std::sin(phase) * even - std::cos(phase) * odd) / (kRootPi * std::sqrt(std::sqrt(y)));
}

double erfcx(double x) {
  if (x < -26.7) return kInf;
  if (x < 25) return std::exp(x * x) * std::erfc(x);
  double z = 1 / (x * x);
  return (1 - z * (0.5 - z * (0.75 - z * (1.875 - z * (6.5625 - z * 29.53125))))) / (x * kRootPi);
}
double ndtr(double x) { return 0.5 * std::erfc(-x / kRoot2); }
double log_ndtr(double x) {
  if (x < -1) return std::log(erfcx(-x / kRoot2) / 2) - x * x / 2;
  return std::log1p(-std::erfc(x / kRoot2) / 2);
}
// Newton on log ndtr, which is concave, from a rational guess good to 5e-4.
double ndtri(double p) {
  if (p == 0) return -kInf;
  if (p == 1) return kInf;
  if (!(p > 0 && p < 1)) return kNan;
  if (p > 0.5) return -ndtri(1 - p);
  double goal = std::log(p), t = std::sqrt(-2 * goal);
  double y = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int k = 0; k < 4; ++k) y -= (log_ndtr(y) - goal) * std::sqrt(kPi / 2) * erfcx(-y / kRoot2);
  return y;
}
// erfinv(x) / x is smooth in w = -log(1 - x^2), and beyond w = 5.5 in its root: a polynomial each, of which the error
// is 1e-10 of the value as far as |x| = 1 - 2^-24, the last float below 1. No branches: loops of it are vectorised.
MT_INLINE double erfinv_near(double x) {
  constexpr double kNear[] = {-1.89729791604071690e-11, 6.66846602359706901e-11,  1.04985377709853386e-09,
                              -8.53714391171293719e-09, -7.92783264439730091e-09, 4.83968939115448607e-07,
                              -2.56947846431802862e-06, -9.48814749444671286e-06, 2.09066876117126459e-04,
                              -1.03858001067959034e-03, -5.03597591431845844e-03, 2.44330258507649056e-01,
                              1.56278961123435889e+00};
  constexpr double kFar[] = {6.17326677644116399e-06,  1.73880639672060639e-06,  -5.10176446526250060e-05,
                             8.32378998936693365e-05,  1.87194498507488297e-05,  -3.61556862840293374e-04,
                             9.77967353947511650e-04,  -1.74508606557163349e-03, 2.57732152159642278e-03,
                             -3.85268778409995558e-03, 5.48496203469557055e-03,  1.00515041728358900e+00,
                             3.07383356168302724e+00};
  double w = -vec::log((1 - x) * (1 + x)), v = w - 2.75, t = std::sqrt(w) - 3.24, near = kNear[0], far = kFar[0];
  for (int k = 1; k < 13; ++k) near = near * v + kNear[k], far = far * t + kFar[k];
  double y = x * (w < 5.5 ? near : far);
  return std::fabs(x) == 1 ? x * kInf : y;
}
double erfinv(double x) {
  double ax = std::fabs(x);
  if (!(ax <= 1 - 0x1p-24)) return ax < 1 ? std::copysign(-ndtri((1 - ax) / 2) / kRoot2, x) : erfinv_near(x);
  double y = erfinv_near(ax), miss = ax < 0.5 ? std::erf(y) - ax : (1 - ax) - std::erfc(y);
  double step = miss * (kRootPi / 2) * std::exp(y * y);  // Newton's; Halley's is bent by the second derivative
  return std::copysign(y - step / (1 + y * step), x);
}

// Incomplete gamma functions: series below, continued fraction (Lentz) above.
double gamma_series(double a, double x) {
  double term = 1 / a, sum = term;
  for (int k = 1; k < 100000 && std::fabs(term) > std::fabs(sum) * 1e-17; ++k) sum += term *= x / (a + k);
  return sum * std::exp(a * std::log(x) - x - log_gamma(a));
}
double gamma_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / (b == 0 ? kTiny : b), h = d;
  for (int k = 1; k < 100000; ++k) {
    double n = -k * (k - a);
    b += 2;
    d = n * d + b;
    d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
    c = b + n / c;
    c = std::fabs(c) < kTiny ? kTiny : c;
    h *= d * c;
    if (std::fabs(d * c - 1) < 1e-16) break;
  }
  return h * std::exp(a * std::log(x) - x - log_gamma(a));
}
// Temme's uniform expansion for large a: error function and two terms in 1 / a.
double gamma_uniform(double a, double x, bool upper) {
  double mu = (x - a) / a, half_square = mu - std::log1p(mu);
  if (std::fabs(mu) < 1e-3) half_square = mu * mu * (0.5 - mu * (1. / 3 - mu * (0.25 - mu * 0.2)));
  double eta = std::copysign(std::sqrt(2 * half_square), mu);
  double first = -1. / 3 + eta * (1. / 12 + eta * (-2. / 135 + eta * (1. / 864 + eta * (3.527336860670194e-4 -
                                                                                        eta * 1.787551440329218e-4))));
  double second = -1. / 540 + eta * (-1. / 288 + eta * 2.6455026455026455e-3);
  double rest = std::exp(-a * half_square) / std::sqrt(2 * kPi * a) * (first + second / a);
  return 0.5 * std::erfc((upper ? eta : -eta) * std::sqrt(a / 2)) + (upper ? rest : -rest);
}
double gamma_part(double a, double x, bool upper) {
  double zero = upper ? 1 : 0, one = 1 - zero;
  if (a < 0 || x < 0) return kNan;
  if (a == 0) return x > 0 ? one : kNan;
  if (x == 0) return zero;
  if (std::isinf(a)) return std::isinf(x) ? kNan : zero;
  if (std::isinf(x)) return one;
  if (a != a || x != x) return kNan;
  if (a > 200 && std::fabs(x - a) < 0.3 * a) return gamma_uniform(a, x, upper);
  if (x < a + 1) return upper ? 1 - gamma_series(a, x) : gamma_series(a, x);
  return upper ? gamma_fraction(a, x) : 1 - gamma_fraction(a, x);
}

// ---- orthogonal polynomials: p(k+1) = (a x + b) p(k) - c p(k-1) ----
enum Family { kT, kU, kV, kW, kH, kHe, kL, kP };
// In the precision of the argument, in which long recurrences overflow.
template <class T>
T polynomial(Family family, T x, T degree) {
  if (!(degree > -1 && degree < T(9e18))) return 0;  // no degree: NaN and infinities too
  int64_t n = static_cast<int64_t>(degree);
  if (family <= kW) {
    T edge = x > 0 || n % 2 == 0 ? 1 : -1;
    if (std::fabs(x) == 1) {
      T wide = 2 * static_cast<T>(n) + 1;
      return family == kT                ? edge
             : family == kU              ? edge * static_cast<T>(n + 1)
             : (family == kV) == (x > 0) ? edge
                                         : edge * wide;
    }
    if (n > (family == kT ? 6 : 8) && std::fabs(x) < 1) {
      T angle = std::acos(x), m = static_cast<T>(n);
      if (family == kT) return std::cos(m * angle);
      if (family == kU) return std::sin((m + 1) * angle) / std::sin(angle);
      if (family == kV) return std::cos((m + T(0.5)) * angle) / std::cos(angle / 2);
      return std::sin((m + T(0.5)) * angle) / std::sin(angle / 2);
    }
  }
  if (n == 0) return 1;
  T p = 1, q = family == kT || family == kHe || family == kP ? x
               : family == kV                                ? 2 * x - 1
               : family == kW                                ? 2 * x + 1
               : family == kL                                ? 1 - x
                                                             : 2 * x;
  constexpr int64_t kMost = 1 << 22;  // steps: nobody waits for degrees of 2^60
  for (int64_t k = 1; k < n; ++k) {
    MT_CHECK(k < kMost, "a polynomial's degree of more than %d takes too long", static_cast<int>(kMost));
    T m = static_cast<T>(k), next;
    switch (family) {
      case kH: next = 2 * x * q - 2 * m * p; break;
      case kHe: next = x * q - m * p; break;
      case kL: next = ((2 * m + 1 - x) * q - m * p) / (m + 1); break;
      case kP: next = ((2 * m + 1) * x * q - m * p) / (m + 1); break;
      default: next = 2 * x * q - p;
    }
    if (next != next) return next;
    p = q, q = next;
  }
  return q;
}

// ---- derivatives of samples by their parameters: -(dF/da) / f with F the distribution function, f the density ----
// Both sums are the series of F over f, term by term, each times the logarithmic derivative of that term.
double gamma_sample_slope(double a, double x) {
  if (!(a > 0) || !(x >= 0) || std::isinf(a) || std::isinf(x)) return kNan;
  if (x == 0) return 0;
  if (a > 1e10) {  // the cube root of x is as good as normal (Wilson and Hilferty): x = a * u^3
    double u = std::cbrt(x / a), spread = u - 1 + 1 / (9 * a);
    return u * u * (u + 3 * (1 / (9 * a) - spread / 2));
  }
  if (x > a + 4 * std::sqrt(a) + 10) {  // far above: the integral of 1 - F's derivative, by Simpson's rule
    constexpr int kSteps = 1024;
    double psi = digamma(a), width = 40 / (1 - std::max(0., a - 1) / x) / kSteps, sum = 0;
    for (int k = 0; k <= kSteps; ++k) {
      double s = width * k, f = std::exp((a - 1) * std::log1p(s / x) - s) * (std::log(x + s) - psi);
      sum += f * (k == 0 || k == kSteps ? 1 : k % 2 ? 4 : 2);
    }
    return sum * width / 3;
  }
  double term = x / a, slope = std::log(x) - digamma(a + 1), sum = 0;
  for (int64_t n = 1; n < 1000000; ++n) {
    sum += term * slope;
    double next = a + static_cast<double>(n);
    slope -= 1 / next;
    term *= x / next;
    if (next > x && term * (1 + std::fabs(slope)) <= 1e-17 * std::fabs(sum)) break;
  }
  return -sum;
}

// For x of Beta(a, total - a), over 1 - x: what a Dirichlet gradient is made of.
double dirichlet_slope(double x, double a, double total) {
  double b = total - a;
  if (!(a > 0) || !(b > 0) || !(x >= 0 && x <= 1) || std::isinf(total)) return kNan;
  if (x == 0) return 0;
  bool low = x <= (a + 1) / (total + 2);  // F itself, or from 1 - F
  double y = low ? x : 1 - x, c = low ? a : b, term = low ? x / a : x / b,
         slope = low ? std::log(x) + digamma(total) - digamma(a + 1) : std::log(x) + digamma(total) - digamma(a),
         sum = 0;
  for (int64_t n = 0; n < 1000000; ++n) {
    double m = static_cast<double>(n), grown = y * (total + m) / (c + 1 + m);
    sum += term * slope;
    slope += low ? 1 / (total + m) - 1 / (a + 1 + m) : 1 / (total + m);
    term *= grown;
    if (term == 0 || (grown < 1 && term * (1 + std::fabs(slope)) <= 1e-17 * (1 - grown) * std::fabs(sum))) break;
  }
  return low ? -sum : sum;
}
}  // namespace

#define MT_SPECIAL(name, ...) \
  MT_POINTWISE(name, 1, kFloating, kSame, (T v), double x = v; return static_cast<T>(__VA_ARGS__))
#define MT_SPECIAL2(name, ...) \
  MT_POINTWISE(name, 2, kFloating, kSame, (T v, T w), double x = v, y = w; return static_cast<T>(__VA_ARGS__))
// not for halves
#define MT_SPECIAL_WIDE(name, ...) \
  MT_POINTWISE(name, 1, kFloating | kNoHalves, kSame, (T v), double x = v; return static_cast<T>(__VA_ARGS__))
#define MT_SPECIAL2_WIDE(name, ...)                                                    \
  MT_POINTWISE(name, 2, kFloating | kNoHalves, kSame, (T v, T w), double x = v, y = w; \
               return static_cast<T>(__VA_ARGS__))

MT_SPECIAL(lgamma, log_gamma(x))
MT_SPECIAL(digamma, digamma(x))
MT_POINTWISE(polygamma, 1, kFloating | kStep, kSame, (T v), if constexpr (!std::is_class_v<T>) {
  return a[0].i == 1 ? trigamma_in(v) : static_cast<T>(polygamma(a[0].i, v));
} else {
  int64_t n = a[0].i;
  if (n < 2) return T(n ? trigamma_in(v.v) : static_cast<float>(digamma(v.v)));
  return T((n % 2 ? 1 : -1) * std::tgamma(static_cast<double>(n) + 1)) * T(zeta(static_cast<double>(n) + 1, v.v));
})
MT_SPECIAL2_WIDE(zeta, zeta(x, y))
MT_SPECIAL2(igamma, gamma_part(x, y, false))
MT_SPECIAL2(igammac, gamma_part(x, y, true))
MT_SPECIAL2(_standard_gamma_grad, gamma_sample_slope(x, y))
TERNARY(_dirichlet_grad, kFloating, static_cast<T>(dirichlet_slope(x, y, z)))
MT_SPECIAL(i0, bessel_i<T>(0, x))
MT_SPECIAL(i1, bessel_i<T>(1, x))
MT_SPECIAL(i0e, bessel_i_scaled(0, x))
MT_SPECIAL(i1e, bessel_i_scaled(1, x))
MT_SPECIAL_WIDE(modified_bessel_i0, bessel_i<T>(0, x))
MT_SPECIAL_WIDE(modified_bessel_i1, bessel_i<T>(1, x))
MT_SPECIAL_WIDE(modified_bessel_k0, bessel_k(0, x))
MT_SPECIAL_WIDE(modified_bessel_k1, bessel_k(1, x))
MT_SPECIAL_WIDE(scaled_modified_bessel_k0, bessel_k_scaled(0, x))
MT_SPECIAL_WIDE(scaled_modified_bessel_k1, bessel_k_scaled(1, x))
MT_SPECIAL_WIDE(bessel_j0, std::isinf(x) ? kNan : ::j0(x))
MT_SPECIAL_WIDE(bessel_j1, std::isinf(x) ? kNan : ::j1(x))
MT_SPECIAL_WIDE(bessel_y0, x < 0 || std::isinf(x) ? kNan : x == 0 ? -kInf : ::y0(x))
MT_SPECIAL_WIDE(bessel_y1, x < 0 || std::isinf(x) ? kNan : x == 0 ? -kInf : ::y1(x))
MT_SPECIAL_WIDE(spherical_bessel_j0, std::isinf(x) ? 0 : std::fabs(x) < 1e-4 ? 1 - x * x / 6 : std::sin(x) / x)
MT_POINTWISE(airy_ai, 1, kFloating | kNoHalves, kSame, (T x), return static_cast<T>(airy_ai<T>(x)))
MT_SPECIAL_WIDE(erfcx, erfcx(x))
MT_POINTWISE(erfinv, 1, kFloating, kSame, (T v), if constexpr (sizeof(T) < 8) return static_cast<T>(erfinv_near(v));
             else return erfinv(v))
MT_POINTWISE(ndtr, 1, kFloating | kStep, kSame, (T x),
             if constexpr (!std::is_class_v<T>) return static_cast<T>(ndtr(x));
             else return (T(1) + T(std::erf(T(x.v / static_cast<float>(kRoot2)).v))) * T(0.5))
// in the operand's own precision throughout: the gradient raises e to the result
MT_POINTWISE(log_ndtr, 1, kFloating | kNoHalves, kSame, (T x), T t = x * static_cast<T>(1 / kRoot2);
             return x < -1 ? std::log(static_cast<T>(erfcx(-t)) / 2) - t * t : std::log1p(-std::erfc(t) / 2))
MT_SPECIAL_WIDE(ndtri, ndtri(x))
MT_POINTWISE(entr, 1, kFloating | kStep, kSame, (T x),
             return x > 0    ? -x * vec::log(x)
                    : x == 0 ? T(0)
                    : x < 0  ? T(-kInf)
                             : x)
// p: eps, below 0 for none
MT_POINTWISE(logit, 1, kFloating | kStep, kSame, (T x),
             if (p >= T(0)) x = x < p          ? p
                                : x > T(1) - p ? T(1) - p
                                               : x;
             return vec::log(x / (T(1) - x)))
MT_POINTWISE(sinc, 1, kFloating | kComplexes, kSame, (T x), if (x == T(0)) return T(1); T y = x * real_t<T>(kPi);
             return over(std::sin(y), y))

#define MT_POLYNOMIAL(name, family, at) \
  MT_POINTWISE(name, 2, kFloating | kNoHalves, kSame, (T x, T y), return polynomial<T>(family, at, y))
MT_POLYNOMIAL(chebyshev_polynomial_t, kT, x)
MT_POLYNOMIAL(chebyshev_polynomial_u, kU, x)
MT_POLYNOMIAL(chebyshev_polynomial_v, kV, x)
MT_POLYNOMIAL(chebyshev_polynomial_w, kW, x)
MT_POLYNOMIAL(shifted_chebyshev_polynomial_t, kT, 2 * x - 1)
MT_POLYNOMIAL(shifted_chebyshev_polynomial_u, kU, 2 * x - 1)
MT_POLYNOMIAL(shifted_chebyshev_polynomial_v, kV, 2 * x - 1)
MT_POLYNOMIAL(shifted_chebyshev_polynomial_w, kW, 2 * x - 1)
MT_POLYNOMIAL(hermite_polynomial_h, kH, x)
MT_POLYNOMIAL(hermite_polynomial_he, kHe, x)
MT_POLYNOMIAL(laguerre_polynomial_l, kL, x)
MT_POLYNOMIAL(legendre_polynomial_p, kP, x)

}  // namespace mt
