// + - * / and their relatives.
#include "pointwise.h"

namespace mt {

// alpha is an attribute so that add and sub are one pass
BINARY(add, kAll, x + a[0].to<T>() * y)
BINARY(sub, kAll, x - a[0].to<T>() * y)
BINARY(mul, kAll, x *y)
BINARY(div, kFloating | kComplexes, x / y)
UNARY(neg, kAll, -x)
UNARY(exp, kFloating | kComplexes, std::exp(x))
COMPARE(lt, kReal, x < y)
COMPARE(eq, kAll, x == y)

}  // namespace mt
