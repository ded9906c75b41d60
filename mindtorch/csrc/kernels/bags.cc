// Bags of rows: the largest element of each column, by where it came from.
#include "checks.h"
#include "dtypes.h"

namespace mt {

// bag_max(chosen row of weight or -1, weight, indices, bag of each index; padding): the first one wins a tie
KERNEL(bag_max) {
  constexpr const char *kName = "bag_max";
  const View &out = c[0], &table = c[1], &indices = c[2], &bag_of = c[3];
  need_rank(table, 2, kName);
  need_rank(out, 2, kName);
  need_size(out, 1, table.shape[1], kName);
  need_rank(indices, 1, kName);
  need_same_shape(bag_of, indices, kName);
  for (const View *v : {&out, &indices, &bag_of}) need_indices(*v, kName);
  for (const View *v : {&out, &table, &indices, &bag_of}) need_dense(*v, kName);
  int64_t n = indices.shape[0], width = table.shape[1], rows = table.shape[0], padding = c.integer(0),
          bags = out.shape[0];
  int64_t *chosen = out.as<int64_t>();
  std::fill(chosen, chosen + bags * width, int64_t{-1});
  dispatch(table.dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!is_complex_v<T>) {
      const T *weight = table.as<T>();
      for (int64_t i = 0; i < n; ++i) {
        int64_t row = indices.as<int64_t>()[i], bag = bag_of.as<int64_t>()[i];
        if (row == padding || bag < 0 || bag >= bags) continue;
        if (row < 0 || row >= rows) throw Error(Error::Index, "index out of range in self");
        for (int64_t j = 0; j < width; ++j) {
          int64_t &best = chosen[bag * width + j];
          if (best < 0 || convert<double>(weight[row * width + j]) > convert<double>(weight[best * width + j]))
            best = row;
        }
      }
    }
  });
}

}  // namespace mt
