// Random numbers. Pages: ops-math random/<operator>/docs. There is no generator object: a call gives seed and offset,
// the same two give the same numbers again. The numbers themselves are not those of a chip.
#include "call.h"

namespace softcann {
namespace {

// The state that the pair stands for. Offsets lie close together: they are spread before they meet the seed.
View generator(Call &c, int64_t seed, int64_t offset) {
  uint64_t z = static_cast<uint64_t>(offset) + 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  View state = c.temporary(DType::U8, {4096});
  c.run("random_seed", {state}, {whole(static_cast<int64_t>((z ^ z >> 31) ^ static_cast<uint64_t>(seed)))});
  return state;
}

// Bits of what is kept, as DropoutDoMask wants them: a bit an element, filled up to 128.
void make_mask(Call &c, int64_t elements, double prob, int64_t seed, int64_t offset, const View &out) {
  c.need(prob >= 0 && prob <= 1, "argument prob: between 0 and 1");
  int64_t bits = (elements + 127) / 128 * 128;
  c.need(out.dtype == DType::U8 && out.numel() >= bits / 8, "the mask has fewer bits than elements, filled up to 128");
  View kept = c.temporary(DType::Bool, {bits}), mask = c.result(out);
  c.run("random_bernoulli", {kept, generator(c, seed, offset)}, {fraction(1 - prob)});
  c.compute([&] {
    const auto *bit = kept.as<uint8_t>();
    for (int64_t i = 0; i < bits / 8; ++i) {
      uint8_t byte = 0;
      for (int k = 0; k < 8; ++k) byte = static_cast<uint8_t>(byte | bit[8 * i + k] << k);
      mask.as<uint8_t>()[i] = byte;
    }
  });
}
void apply_mask(Call &c, const View &x, const View &mask, double prob, const View &out) {
  c.need(prob >= 0 && prob <= 1, "argument prob: between 0 and 1");
  need_shape(c, out, shape_of(x), "out");
  if (prob == 0) return c.run("copy", {out, x});
  if (prob == 1) return c.run("fill", {out}, {whole(0)});
  int64_t n = x.numel();
  c.need(mask.dtype == DType::U8 && mask.numel() >= (n + 127) / 128 * 16,
         "argument mask: fewer bits than elements, filled up to 128");
  View bits = c.dense(mask), kept = c.like(x, DType::Bool);
  c.compute([&] {
    for (int64_t i = 0; i < n; ++i) kept.as<uint8_t>()[i] = bits.as<uint8_t>()[i / 8] >> (i % 8) & 1;
  });
  pointwise(c, "scaled_mask", out, {x, kept}, x.dtype, {fraction(1 / (1 - prob))});
}

void normal(Call &c, const View &out, const View &mean, double plain_mean, const View &std, double plain_std,
            int64_t seed, int64_t offset) {
  View own = c.result(out);
  View state = generator(c, seed, offset);
  if (mean.none() && std.none())
    return c.run("random_normal", {own, state}, {fraction(plain_mean), fraction(plain_std)});
  View z = c.like(out, DType::F32);
  c.run("random_normal", {z, state}, {fraction(0), fraction(1)});
  Number m(fraction(plain_mean)), s(fraction(plain_std));
  View scaled = c.like(out, DType::F32);
  pointwise(c, "mul", scaled, {expand(c, std.none() ? s.view : std, out), z}, DType::F32);
  pointwise(c, "add", own, {scaled, expand(c, mean.none() ? m.view : mean, out)}, DType::F32, {whole(1)});
}

}  // namespace

// (selfRef, mean, std, seed, offset)
OPERATOR(aclnnInplaceNormal) {
  normal(c, c.tensor(0), View(), c.real(1), View(), c.real(2), c.integer(3), c.integer(4));
}
// (mean, std, seed, offset, out), each a number or a tensor
OPERATOR(aclnnNormalFloatFloat) {
  normal(c, c.tensor(4), View(), c.real(0), View(), c.real(1), c.integer(2), c.integer(3));
}
OPERATOR(aclnnNormalFloatTensor) {
  normal(c, c.tensor(4), View(), c.real(0), c.tensor(1), 0, c.integer(2), c.integer(3));
}
OPERATOR(aclnnNormalTensorFloat) {
  normal(c, c.tensor(4), c.tensor(0), 0, View(), c.real(1), c.integer(2), c.integer(3));
}
OPERATOR(aclnnNormalTensorTensor) {
  normal(c, c.tensor(4), c.tensor(0), 0, c.tensor(1), 0, c.integer(2), c.integer(3));
}
// (selfRef, from, to, seed, offset)
OPERATOR(aclnnInplaceUniform) {
  View x = c.tensor(0);
  c.need(c.real(1) <= c.real(2), "argument from: above to");
  View own = c.result(x, floating(x.dtype));
  c.run("random_uniform", {own, generator(c, c.integer(3), c.integer(4))}, {fraction(c.real(1)), fraction(c.real(2))});
}
// (selfRef, from, to, seed, offset): whole numbers from `from` on, below `to`
OPERATOR(aclnnInplaceRandom) {
  View x = c.tensor(0);
  int64_t from = c.integer(1), to = c.integer(2);
  c.need(from < to, "argument from: not below to");
  uint64_t range = static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
  View own = c.result(x);
  c.run("random_integers", {own, generator(c, c.integer(3), c.integer(4))},
        {whole(from), whole(static_cast<int64_t>(range)), whole(range >= uint64_t{1} << 32)});
}
// (selfRef, prob, seed, offset)
OPERATOR(aclnnInplaceBernoulli) {
  View own = c.result(c.tensor(0));
  double p = c.number(1).real();
  c.need(p >= 0 && p <= 1, "argument prob: between 0 and 1");
  c.run("random_bernoulli", {own, generator(c, c.integer(2), c.integer(3))}, {fraction(p)});
}
OPERATOR(aclnnInplaceBernoulliTensor) {
  View x = c.tensor(0), own = c.result(x);
  c.run("random_bernoulli_each", {own, c.dense(expand(c, c.tensor(1), x)), generator(c, c.integer(2), c.integer(3))});
}
// (n, seed, offset, out)
OPERATOR(aclnnRandperm) {
  View out = c.tensor(3);
  need_shape(c, out, {c.integer(0)}, "out");
  c.run("random_permutation", {out, generator(c, c.integer(1), c.integer(2))});
}
// (self, numsamples, replacement, seed, offset, out): rows of weights
OPERATOR(aclnnMultinomial) {
  View w = c.tensor(0), out = c.tensor(5);
  c.need(w.ndim == 1 || w.ndim == 2, "argument self: a vector or a matrix");
  int64_t n = w.shape[w.ndim - 1], draws = c.integer(1);
  std::vector<int64_t> shape = shape_of(w);
  shape.back() = draws;
  need_shape(c, out, shape, "out");
  c.need(draws > 0 && (c.flag(2) || draws <= n), "argument numsamples: more than there are without replacement");
  View weights = c.dense(w, w.dtype == DType::F64 ? DType::F64 : DType::F32), own = c.result(out, DType::I64),
       state = generator(c, c.integer(3), c.integer(4));
  if (c.flag(2)) return c.run("random_choice", {own, weights, state});
  // the largest of weight / exponential: drawing without replacement
  View keys = c.like(w, weights.dtype), values = c.temporary(weights.dtype, shape);
  c.run("random_transform", {keys, state}, {whole(0), fraction(1), fraction(0)});
  c.run("div", {keys, weights, keys}, {code(weights.dtype)});
  c.run("topk", {values, own, keys}, {whole(w.ndim - 1), whole(draws), whole(1)});
}

// (shape, prob, seed, offset, probDataType, out)
OPERATOR(aclnnDropoutGenMaskV2) {
  int64_t elements = 1;
  for (int64_t d : c.ints(0)) {
    c.need(d >= 0, "argument shape: a negative size");
    elements *= d;
  }
  make_mask(c, elements, c.real(1), c.integer(2), c.integer(3), c.tensor(5));
}
// (self, mask, prob, out)
OPERATOR(aclnnDropoutDoMask) { apply_mask(c, c.tensor(0), c.tensor(1), c.real(2), c.tensor(3)); }
// (input, p, train, seed, offset, out, maskOut)
OPERATOR(aclnnDropout) {
  View x = c.tensor(0), out = c.tensor(5), mask = c.tensor(6);
  need_shape(c, out, shape_of(x), "out");
  if (!c.flag(2)) {
    c.run("copy", {out, x});
    return c.run("fill", {mask}, {whole(255)});
  }
  make_mask(c, x.numel(), c.real(1), c.integer(3), c.integer(4), mask);
  c.finish();  // the mask is read where it was put
  apply_mask(c, x, mask, c.real(1), out);
}

}  // namespace softcann
