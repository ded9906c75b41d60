// Attention in one operator. Pages: ops-transformer attention/flash_attention_score/docs and
// attention/flash_attention_score_grad/docs: Dropout(Softmax(Mask(scale * (pse + query key^T), atten_mask)),
// keep_prob) value, and its gradients. Computed in FLOAT.
#include <cmath>

#include "call.h"

namespace softcann {
namespace {

// A tensor of one of the layouts as [batch, head, position, depth].
View heads(Call &c, const View &v, const std::string &layout, int64_t count) {
  View r = v;
  r.ndim = 4;
  auto set = [&](int d, int64_t size, int64_t stride) { r.shape[d] = size, r.stride[d] = stride; };
  bool joined = layout == "BSH" || layout == "SBH";
  c.need(joined || layout == "BSND" || layout == "BNSD",
         "argument inputLayout: BSH, SBH, BSND and BNSD are documented");
  c.need(v.ndim == (joined ? 3 : 4), "a tensor has another number of dimensions than its layout");
  if (joined) {
    int batch = layout == "BSH" ? 0 : 1;
    c.need(count > 0 && v.shape[2] % count == 0, "the heads do not divide the hidden size");
    int64_t depth = v.shape[2] / count;
    set(0, v.shape[batch], v.stride[batch]);
    set(1, count, v.stride[2] * depth);
    set(2, v.shape[1 - batch], v.stride[1 - batch]);
    set(3, depth, v.stride[2]);
  } else if (layout == "BSND") {
    set(1, v.shape[2], v.stride[2]);
    set(2, v.shape[1], v.stride[1]);
  }
  return r;
}

struct Problem {
  View q, k, v, scores;  // [batch, group, heads of the group, rows, ...], FLOAT
  View drop, hidden;     // a bit an element, and what takes no part
  int64_t batch, heads, groups, each, rows, columns;
  double scale, keep;

  // The same heads as groups of those that share a key.
  View grouped(const View &x) const {
    View r = x;
    r.ndim = 5;
    bool shared = x.shape[1] == groups && each > 1;
    r.shape[1] = groups, r.stride[1] = shared ? x.stride[1] : x.stride[1] * each;
    r.shape[2] = each, r.stride[2] = shared ? 0 : x.stride[1];
    for (int d = 2; d < 4; ++d) r.shape[d + 1] = x.shape[d], r.stride[d + 1] = x.stride[d];
    return r;
  }
};
View transposed(View v) {
  std::swap(v.shape[v.ndim - 1], v.shape[v.ndim - 2]);
  std::swap(v.stride[v.ndim - 1], v.stride[v.ndim - 2]);
  return v;
}

// Positions of query, key, value, shift, drop mask and attention mask among the arguments; of the numbers from scale
// on.
struct Places {
  int query, key, value, shift, drop, mask, numbers;
};

Problem prepare(Call &c, const Places &at) {
  double scale = c.real(at.numbers), keep = c.real(at.numbers + 1);
  int64_t before = c.integer(at.numbers + 2), after = c.integer(at.numbers + 3), count = c.integer(at.numbers + 4),
          mode = c.integer(at.numbers + 7);
  const std::string &layout = c.text(at.numbers + 5);
  View query = c.tensor(at.query), key = c.tensor(at.key), value = c.tensor(at.value);
  View q = heads(c, query, layout, count);
  c.need(q.shape[1] == count, "argument headNum: another number than the query has");
  int64_t depth = q.shape[3];
  c.need(depth > 0 && (layout.size() == 4 || key.shape[2] % depth == 0), "the key has another depth than the query");
  int64_t groups = layout.size() == 4 ? 0 : key.shape[2] / depth;
  View k = heads(c, key, layout, groups), v = heads(c, value, layout, groups);
  groups = k.shape[1];
  c.need(groups > 0 && count % groups == 0, "the query's heads are no multiple of the key's");
  c.need(k.shape[0] == q.shape[0] && v.shape[0] == q.shape[0] && k.shape[3] == depth && v.shape[1] == groups &&
             v.shape[2] == k.shape[2],
         "query, key and value do not fit each other");
  c.need(keep > 0 && keep <= 1, "argument keepProb: above 0, at most 1");
  Problem p{};
  p.batch = q.shape[0], p.heads = count, p.groups = groups, p.each = count / groups, p.rows = q.shape[2],
  p.columns = k.shape[2];
  p.scale = scale, p.keep = keep;
  p.q = p.grouped(c.dense(q, DType::F32)), p.k = p.grouped(c.dense(k, DType::F32)),
  p.v = p.grouped(c.dense(v, DType::F32));
  p.scores = c.temporary(DType::F32, {p.batch, groups, p.each, p.rows, p.columns});
  c.run("matmul", {p.scores, p.q, transposed(p.k), View()}, {fraction(1), fraction(0)});
  if (c.given(at.shift)) {
    View shift = c.tensor(at.shift);
    c.need(shift.ndim == 4 && shift.shape[1] == count && (shift.shape[2] == 1 || shift.shape[2] == p.rows),
           "argument realShiftOptional: [B or 1, N, Sq or 1, Skv] (compressed ones are not here)");
    View full = shift;
    full.shape[0] = p.batch, full.shape[1] = count, full.shape[2] = p.rows, full.shape[3] = p.columns;
    c.run("add", {p.scores, p.scores, p.grouped(expand(c, shift, full))}, {code(DType::F32), whole(1)});
  }
  Number by(fraction(scale));
  c.run("mul", {p.scores, p.scores, by.view}, {code(DType::F32)});
  if (c.given(at.drop) && keep < 1) {
    p.drop = c.dense(c.tensor(at.drop));
    c.need(p.drop.dtype == DType::U8 && p.drop.numel() * 8 >= p.scores.numel(),
           "argument dropMaskOptional: fewer bits than scores");
  }
  if (!c.given(at.mask)) return p;
  // without a mask neither mode nor tokens count; modes 2 and 3 take a compressed triangle and know the rule
  // themselves
  View mask = c.tensor(at.mask);
  c.need(mode >= 0 && mode <= 3, "argument sparseMode: 0 to 3 are here");
  c.need(mask.dtype == DType::Bool || mask.dtype == DType::U8,
         "argument attenMaskOptional: BOOL and UINT8 are documented");
  View full = p.scores;
  full.ndim = 4;
  full.shape[1] = count, full.shape[2] = p.rows, full.shape[3] = p.columns;
  p.hidden = c.temporary(DType::U8, {p.batch, count, p.rows, p.columns});
  if (mode < 2) c.run("copy", {p.hidden, expand(c, mask, full)});
  else c.run("fill", {p.hidden}, {whole(0)});
  c.compute([&] {
    auto *hide = p.hidden.as<uint8_t>();
    int64_t ahead = mode == 3 ? p.columns - p.rows : 0;
    for (int64_t b = 0; b < p.batch * count; ++b)
      for (int64_t i = 0; i < p.rows; ++i)
        for (int64_t j = 0; j < p.columns; ++j, ++hide)
          if (mode >= 2 ? j > i + ahead : mode == 0 && (j - i > after || i - j > before)) *hide = 1;
  });
  return p;
}

// Scores become probabilities by each row's largest and sum, which are given or found.
void probabilities(Call &c, const Problem &p, const View &largest, const View &sums, bool given) {
  c.compute([&] {
    int64_t lines = p.batch * p.heads * p.rows, n = p.columns;
    for (int64_t r = 0; r < lines; ++r) {
      float *row = p.scores.as<float>() + r * n, *top = largest.as<float>() + 8 * r, *sum = sums.as<float>() + 8 * r;
      const uint8_t *hide = p.hidden.none() ? nullptr : p.hidden.as<uint8_t>() + r * n;
      if (!given) {
        float high = -INFINITY, total = 0;
        for (int64_t j = 0; j < n; ++j)
          if (!hide || !hide[j]) high = std::max(high, row[j]);
        for (int64_t j = 0; j < n; ++j)
          if (!hide || !hide[j]) total += std::exp(row[j] - high);
        for (int k = 0; k < 8; ++k) top[k] = high, sum[k] = total;
      }
      for (int64_t j = 0; j < n; ++j)
        row[j] = (hide && hide[j]) || sum[0] == 0 ? 0 : std::exp(row[j] - top[0]) / sum[0];
    }
  });
}
View dropped(Call &c, const Problem &p, const View &x) {
  if (p.drop.none()) return x;
  View y = c.like(x, DType::F32);
  c.compute([&] {
    const auto *bits = p.drop.as<uint8_t>();
    float by = static_cast<float>(1 / p.keep);
    for (int64_t i = 0, n = x.numel(); i < n; ++i)
      y.as<float>()[i] = bits[i / 8] >> (i % 8) & 1 ? x.as<float>()[i] * by : 0;
  });
  return y;
}
View statistic(Call &c, const Problem &p, int i, bool result) {
  View v = c.tensor(i);
  need_shape(c, v, {p.batch, p.heads, p.rows, 8}, "a statistic of the softmax");
  return result ? c.result(v, DType::F32) : c.dense(v, DType::F32);
}

void forward(Call &c, const Places &at, int out) {  // out: softmaxMax, softmaxSum, softmaxOut (reserved), attentionOut
  Problem p = prepare(c, at);
  probabilities(c, p, statistic(c, p, out, true), statistic(c, p, out + 1, true), false);
  View y = c.tensor(out + 3), own = c.temporary(DType::F32, {p.batch, p.groups, p.each, p.rows, p.v.shape[4]});
  c.run("matmul", {own, dropped(c, p, p.scores), p.v, View()}, {fraction(1), fraction(0)});
  View to = p.grouped(heads(c, y, c.text(at.numbers + 5), p.heads));
  need_shape(c, to, shape_of(own), "attentionOut");
  c.run("copy", {to, own});
}

void store(Call &c, const Problem &p, const View &gradient, const View &out, const std::string &layout,
           bool of_groups) {
  View to = heads(c, out, layout, of_groups ? p.groups : p.heads);
  if (!of_groups) {
    need_shape(c, p.grouped(to), shape_of(gradient), "a gradient");
    return c.run("copy", {p.grouped(to), gradient});
  }
  View sum = c.temporary(DType::F32, {p.batch, p.groups, 1, gradient.shape[3], gradient.shape[4]});
  c.run("sum", {sum, gradient}, {whole(1 << 2)});
  View from = sum;
  from.ndim = 4;
  from.shape[2] = sum.shape[3], from.shape[3] = sum.shape[4], from.stride[2] = sum.stride[3],
  from.stride[3] = sum.stride[4];
  need_shape(c, to, shape_of(from), "a gradient");
  c.run("copy", {to, from});
}
// out: dq, dk, dv, dpse
void backward(Call &c, const Places &at, int dy, int statistics, int out) {
  Problem p = prepare(c, at);
  const std::string &layout = c.text(at.numbers + 5);
  probabilities(c, p, statistic(c, p, statistics, false), statistic(c, p, statistics + 1, false), true);
  View g = p.grouped(c.dense(heads(c, c.tensor(dy), layout, p.heads), DType::F32)), gp = c.like(p.scores, DType::F32);
  std::vector<Scalar> plain{fraction(1), fraction(0)}, scaled{fraction(p.scale), fraction(0)};
  View gv = c.temporary(DType::F32, {p.batch, p.groups, p.each, p.columns, p.v.shape[4]});
  c.run("matmul", {gv, transposed(dropped(c, p, p.scores)), g, View()}, plain);
  c.run("matmul", {gp, g, transposed(p.v), View()}, plain);
  View gs = c.like(p.scores, DType::F32);
  c.run("softmax_backward", {gs, dropped(c, p, gp), p.scores}, {whole(4)});
  View gq = c.temporary(DType::F32, {p.batch, p.groups, p.each, p.rows, p.q.shape[4]}),
       gk = c.temporary(DType::F32, {p.batch, p.groups, p.each, p.columns, p.q.shape[4]});
  c.run("matmul", {gq, gs, p.k, View()}, scaled);
  c.run("matmul", {gk, transposed(gs), p.q, View()}, scaled);
  store(c, p, gq, c.tensor(out), layout, false);
  store(c, p, gk, c.tensor(out + 1), layout, true);
  store(c, p, gv, c.tensor(out + 2), layout, true);
  if (!c.given(at.shift) || !c.given(out + 3)) return;
  View gshift = c.tensor(out + 3);
  need_shape(c, gshift, {p.batch, p.heads, p.rows, p.columns}, "dpse (of a shift of the whole shape)");
  Number by(fraction(p.scale));
  c.run("mul", {gs, gs, by.view}, {code(DType::F32)});
  c.run("copy", {p.grouped(gshift), gs});
}

}  // namespace

// (query, key, value, realShift, dropMask, paddingMask, attenMask, prefix, scale, keepProb, preTokens, nextTokens,
// headNum, inputLayout, innerPrecise,
//  sparseMode, softmaxMax, softmaxSum, softmaxOut, attentionOut)
OPERATOR(aclnnFlashAttentionScore) { forward(c, {0, 1, 2, 3, 4, 6, 8}, 16); }
// with where query and key start and the kind of shift: 1 is the one above, others are not here
OPERATOR(aclnnFlashAttentionScoreV2) {
  c.need(!c.given(3) || c.integer(18) == 1, "argument pseType: 1 alone is here");
  forward(c, {0, 1, 2, 3, 4, 6, 10}, 19);
}
// (query, key, value, dy, pseShift, dropMask, paddingMask, attenMask, softmaxMax, softmaxSum, softmaxIn, attentionIn,
// prefix, scale ... sparseMode, dq, dk, dv, dpse)
OPERATOR(aclnnFlashAttentionScoreGrad) { backward(c, {0, 1, 2, 4, 5, 7, 13}, 3, 8, 21); }
OPERATOR(aclnnFlashAttentionScoreGradV2) {
  c.need(!c.given(4) || c.integer(23) == 1, "argument pseType: 1 alone is here");
  backward(c, {0, 1, 2, 4, 5, 7, 15}, 3, 8, 24);
}

}  // namespace softcann
