// Bags of rows: the largest element of each column, by where it came from.
#include "dtypes.h"

namespace mt {

// bag_max(chosen row of weight or -1, weight, indices, bag of each index; padding): the first one wins a tie
KERNEL(bag_max) {
  int64_t n = c[2].numel(), width = c[1].shape[1], rows = c[1].shape[0], padding = c.s[0].i, bags = c[0].shape[0];
  int64_t *chosen = c[0].as<int64_t>();
  std::fill(chosen, chosen + bags * width, int64_t{-1});
  dispatch(c[1].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!is_complex_v<T>) {
      const T *weight = c[1].as<T>();
      for (int64_t i = 0; i < n; ++i) {
        int64_t row = c[2].as<int64_t>()[i], bag = c[3].as<int64_t>()[i];
        if (row == padding || bag < 0 || bag >= bags) continue;
        if (row < 0 || row >= rows) throw Error(Error::Index, "index out of range in self");
        for (int64_t j = 0; j < width; ++j) {
          int64_t &best = chosen[bag * width + j];
          if (best < 0 || convert<double>(weight[row * width + j]) > convert<double>(weight[best * width + j])) best = row;
        }
      }
    }
  });
}

}  // namespace mt
