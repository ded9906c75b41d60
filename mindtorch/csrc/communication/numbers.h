// Element-wise combination of what ranks bring.
#pragma once
#include <cstddef>

#include "../kernels/kernel.h"

namespace mt::communication {

enum class Combine : int { Sum, Product, Least, Greatest, And, Or, Xor };

// Whether there is such a combination for the dtype: no order of complex numbers, bits of integers only.
bool combines(DType dtype, Combine how);
// a[i] = a[i] and b[i], combined.
void combine(char *a, const char *b, size_t n, DType dtype, Combine how);

}  // namespace mt::communication
