// One operator of CANN: the arguments that it is called with, its two phases, and what is kept of a call for the next
// one of the same form.
#pragma once
#include <memory>
#include <unordered_map>

#include "../backend.h"

namespace mt::ascend {

struct Size {
  bool scalar;  // the value is that of a scalar, whose number this is
  int64_t value;
};

struct Item {
  char kind;
  bool optional = false, widened = false;
  int at = 0;
  int64_t whole = 0;
  int parts = 0;  // of a list: it is one of so many of equal length, `at` tells which; 0: all operands from `at` on
  double number = 0;
  std::vector<Size> sizes;
  std::vector<int> list;
  std::string text;
};

struct Operands;
// The operands that are an item's list: [first, last).
std::pair<int, int> list_of(const Item &item, const Operands &o);

struct Operands {
  const View *t;
  int nt;
  const Scalar *s;
  int ns;
  Shape *found = nullptr;  // a call waits and puts here the shape that the first operand has then
  Operands with(const std::vector<View> &views) const { return {views.data(), nt, s, ns, found}; }
  const View &view(int i) const;
  const Scalar &scalar(int i) const;
};

// The first phase for one set of dtypes, shapes, strides and numbers.
struct Plan {
  void *executor = nullptr;
  uint64_t workspace = 0;
  std::vector<void *> made;  // a descriptor an item, or null
  bool repeatable = false, refused = false;
  Accelerator::Refusal refusal;
};

struct Operator {
  std::string name;
  std::vector<Item> items;
  bool kept = true, looked_up = false;
  void *plan = nullptr, *run = nullptr;
  std::unordered_map<std::string, std::unique_ptr<Plan>> plans;
  std::pair<const std::string, std::unique_ptr<Plan>> *recent = nullptr;  // the entry of the last call
  // Dtypes and layouts for which this chip has no kernel, and its words: it is not asked again, since that may spoil
  // the calls that follow.
  std::unordered_map<std::string, std::string> refused;
};

void load_cann();  // finds CANN's functions; RuntimeError when one is missing
int cann_dtype(DType d);  // -1: CANN has none
std::string recent_error();
// What CANN says of a failure that MindSpore reports by an exception of these words, else those words.
std::string words_of_cann(const std::string &of_mindspore);
std::string chip();  // its name, as CANN has it
bool memory_info(size_t *free, size_t *total);
// True: launched on the current stream. False: the device refuses such a call. RuntimeError for a launch that failed.
bool launch(Operator &op, const Operands &o, Accelerator::Refusal *refusal);
void *host_memory(int64_t bytes);  // page-locked; null when there is none
void drop_host_memory(void *p);
// Copies between page-locked memory of the host and the device, in the order of the stream.
void copy_async(void *to, const void *from, int64_t bytes, bool to_device);
// Copies within the device, in the order of the stream.
void copy_within(void *to, const void *from, int64_t bytes);

// The value of a 0-dim view in host memory.
Scalar number_of(const View &v);

}  // namespace mt::ascend
