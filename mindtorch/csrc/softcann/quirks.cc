// What chips refuse although the pages list it, as owners report it: SOFTCANN_QUIRKS=910B, 310B, 310P, or names of
// operators with a code each (aclnnIsInf:561103,aclnnNeg), joined by commas. Reported are operators and codes; where a
// report names a layout or a dtype, only that is refused.
//
// A query that was refused for an inner reason spoils what follows when it is asked again and again (how often is our
// choice): the eighth one of the same operator, dtypes and layouts puts the device out of order. Who calls must
// remember.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "call.h"

namespace softcann {
namespace {

constexpr int kNoKernelHere = 561103;

bool dense(const Value &v) {
  for (const aclTensor &t : v.tensors)
    if (!t.layout->dense()) return false;
  return true;
}
// Space between elements of the last dimension's rows or between rows: halves of a tensor, say.
bool gaps(const Value &v) {
  for (const aclTensor &t : v.tensors)
    if (!t.layout->dense() && !t.layout->strides.empty() && t.layout->strides.back() == 1) return true;
  return false;
}
size_t rank(const Value &v) { return v.tensors.empty() ? 0 : v.tensors[0].layout->shape.size(); }
bool is(const Value &v, int dtype) { return !v.tensors.empty() && v.tensors[0].layout->dtype == dtype; }

using Values = std::vector<Value>;
using When = bool (*)(const Values &);

bool always(const Values &) { return true; }
bool first_has_gaps(const Values &v) { return gaps(v[0]); }
bool batches_not_by_rows(const Values &v) {
  return (rank(v[0]) > 2 || rank(v[1]) > 2) && !(dense(v[0]) && dense(v[1]));
}
bool singles(const Values &v) { return is(v[0], ACL_FLOAT); }
bool second_single(const Values &v) { return is(v[1], ACL_FLOAT); }
bool no_dims(const Values &v) { return !v[1].given || v[1].ints.empty() || v[1].ints.size() == rank(v[0]); }
// one index of one dimension, and slices beside it
bool one_index_and_slices(const Values &v) {
  size_t given = 0;
  bool flat = true;
  for (const aclTensor &t : v[1].tensors)
    if (t.layout && t.layout->elements()) ++given, flat = flat && t.layout->shape.size() == 1;
  return given == 1 && flat && rank(v[0]) > 1;
}
bool to_bfloat16(const Values &v) {
  for (const Value &x : v)
    if (is(x, ACL_BF16)) return true;
  return false;
}

struct Rule {
  const char *chip, *name;  // a name that ends in '*' stands for all that begin so
  int code;
  When when;
};
constexpr Rule kRules[] = {
    {"910B", "aclnnInstanceNorm", kInvalidArgument, always},
    {"910B", "aclnnAvgPool2d", kInvalidArgument, always},
    {"910B", "aclnnEinsum", kInvalidArgument, always},
    {"910B", "aclnnLinspace", kInvalidArgument, always},
    {"910B", "aclnnSquare", kInvalidArgument, always},
    {"910B", "aclnnVarCorrection", kInvalidArgument, no_dims},
    {"910B", "aclnnStd", kInvalidArgument, no_dims},
    {"910B", "aclnnIsInf", kNullPointer, always},
    {"910B", "aclnnIm2col", kNoKernelHere, always},
    {"910B", "aclnnIndex", kNoKernelHere, one_index_and_slices},
    {"910B", "aclnnMatmul", kNoKernelHere, batches_not_by_rows},
    {"910B", "aclnnSilu", kNoKernelHere, first_has_gaps},
    {"910B", "aclnnNeg", kNoKernelHere, first_has_gaps},
    {"910B", "aclnnCat", kNoKernelHere, first_has_gaps},
    {"910B", "aclnnUpsampleNearest1d*", kNoKernelHere, always},  // reported as wrong: whoever calls it is told
    {"310B", "aclnnIsInf", kNoKernelHere, always},
    {"310B", "aclnnDot", kNoKernelHere, always},
    {"310B", "aclnnRemainder*", kNoKernelHere, always},
    {"310B", "aclnnSWhere", kNoKernelHere, always},
    {"310B", "aclnnAtan2", kNoKernelHere, always},
    {"310B", "aclnnLerps", kNoKernelHere, always},
    {"310B", "aclnnDropoutDoMask", kNoKernelHere, always},
    {"310B", "aclnnSoftplus", kNoKernelHere, always},
    {"310B", "aclnnIsClose", kNoKernelHere, always},
    {"310B", "aclnnFlip", kNoKernelHere, always},
    {"310B", "aclnnTopk", kNoKernelHere, always},
    {"310B", "aclnnSort", kNoKernelHere, always},
    {"310B", "aclnnDiag", kNoKernelHere, always},
    {"310B", "aclnnGather", kNoKernelHere, always},
    {"310B", "aclnnLayerNorm", kNoKernelHere, singles},
    {"310B", "aclnnMish", kNoKernelHere, always},
    {"310B", "aclnnBatchNorm", kNoKernelHere, always},
    {"310B", "aclnnAvgPool2d", kNoKernelHere, always},
    {"310B", "aclnnMatmul", kNoKernelHere, singles},
    {"310B", "aclnnAddmm", kNoKernelHere, second_single},
    {"310B", "aclnnMv", kNoKernelHere, singles},
    {"310P", "aclnnCast", kInvalidArgument, to_bfloat16},
    {"310P", "aclnnInplaceCopy", kInvalidArgument, to_bfloat16},
};
constexpr const char *kChips[][2] = {{"910B", "Ascend910B2"}, {"310B", "Ascend310B1"}, {"310P", "Ascend310P3"}};

struct Quirks {
  std::string chip;
  std::map<std::string, int> names;

  Quirks() {
    const char *text = std::getenv("SOFTCANN_QUIRKS");
    std::string rest = text ? text : "";
    while (!rest.empty()) {
      std::string item = rest.substr(0, rest.find(','));
      rest = item.size() == rest.size() ? "" : rest.substr(item.size() + 1);
      bool known = false;
      for (auto &entry : kChips)
        if (item == entry[0]) chip = item, known = true;
      if (known) continue;
      int code = kNoKernelHere;
      char end = 0;
      size_t colon = item.find(':');
      if (item.rfind("aclnn", 0) ||
          (colon != std::string::npos && std::sscanf(item.c_str() + colon + 1, "%d%c", &code, &end) != 1)) {
        std::fprintf(stderr, "softcann: no quirk is called '%s'; there are 910B, 310B, 310P and aclnnName:CODE\n",
                     item.c_str());
        std::_Exit(2);
      }
      names[item.substr(0, colon)] = code;
    }
  }
};
const Quirks &quirks() {
  static const auto *q = new Quirks;
  return *q;
}

bool named(const char *pattern, const char *name) {
  size_t n = std::strlen(pattern);
  return pattern[n - 1] == '*' ? !std::strncmp(pattern, name, n - 1) : !std::strcmp(pattern, name);
}

std::string kind_of_call(const Operator &op, const Values &values) {
  std::string kind = op.name;
  for (const Value &v : values)
    for (const aclTensor &t : v.tensors)
      kind += t.layout ? mt::format(" %d/%zu%s", t.layout->dtype, t.layout->shape.size(), t.layout->dense() ? "" : "s")
                       : " -";
  return kind;
}

}  // namespace

const char *soc_of_quirks() {
  for (auto &entry : kChips)
    if (quirks().chip == entry[0]) return entry[1];
  return nullptr;
}

// The code with which this call is refused; 0: it is not.
int quirk(const Operator &op, const Values &values, std::string *why) {
  const Quirks &q = quirks();
  if (q.chip.empty() && q.names.empty()) return 0;
  static std::mutex mutex;
  static bool spoilt = false;
  static auto *asked = new std::map<std::string, int>;
  std::lock_guard<std::mutex> lock(mutex);
  if (spoilt) {
    *why = "an operator that had been refused was asked for again and again: the device is out of order";
    return kInner;
  }
  int code = 0;
  if (auto found = q.names.find(op.name); found != q.names.end()) code = found->second;
  for (const Rule &rule : kRules)
    if (!code && q.chip == rule.chip && named(rule.name, op.name) && rule.when(values)) code = rule.code;
  if (!code) return 0;
  *why = mt::format("this chip has no kernel for it (%s)", q.chip.empty() ? "as it was told" : q.chip.c_str());
  constexpr int kPatience = 8;
  if (code == kNoKernelHere && ++(*asked)[kind_of_call(op, values)] >= kPatience) spoilt = true;
  return code;
}

}  // namespace softcann
