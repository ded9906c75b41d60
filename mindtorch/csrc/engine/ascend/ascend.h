// MindSpore's Ascend target behind the wall: its device, memory and streams (device.cc), CANN's operators called
// through their C entry points (cann.cc), and the table of which kernel is which operator (rows.cc).
#pragma once
#include <utility>

#include "../backend.h"

namespace mindspore::device {
class DeviceResManager;
}

namespace mt::ascend {

// What waits for the device lets other threads of Python run.
struct Unlocked {
  PyThreadState *state = PyEval_SaveThread();
  Unlocked() = default;
  Unlocked(const Unlocked &) = delete;
  Unlocked &operator=(const Unlocked &) = delete;
  ~Unlocked() { PyEval_RestoreThread(state); }
};

// Starts the device; RuntimeError that says what is missing.
Accelerator *start(int number);

// ---- device.cc ----
uint32_t stream();                 // the current one of this thread, which MindSpore's own operators use too
void *stream_handle();
void *take(int64_t bytes);         // memory in the order of the current stream; OutOfMemoryError
void give(void *p);
void wait_for_stream();
void bind_thread();                // before a thread's first call of CANN
extern int64_t launch_count;

// ---- streams.cc ----
// Over MindSpore's streams and events of this device.
Queues &queues_of(mindspore::device::DeviceResManager *manager);
extern bool lending;               // some memory is used by a stream that it was not made for
void take_back();                  // what of it is free by now

// ---- rows.cc ----
// A row is one form or several, divided by '|': the first that fits is taken. A form is the operator's name, the recipe
// of its arguments in the order of its C call, and conditions:
//   T1    operand 1, a tensor (results come first); T1? may be None; T1:s0,4 seen with these sizes, of which s0 is
//   scalar 0 T1~   a bool operand as one of the result's dtype, where the operator takes no bools t1    the same where
//   an element-wise operator's operands are cast, but this one is not N1    operand 1, which is a number, as aclScalar
//   L1    all operands from 1 on, as aclTensorList; L1/3 the second of three lists of equal length
//   S0    scalar 0 as aclScalar; s0 as one of float32
//   I0    scalar 0, a list, as aclIntArray; M0 a mask of dimensions as one; n:s0,4 these sizes as one
//   j0    scalar 0, a mask of one dimension, as that dimension's number
//   i0    scalar 0 as integer, bool or enumeration; d0 as double; f0 as float
//   y0    the dtype of operand 0
//   k     whether operand 0 has operand 1's rank: a reduction keeps dimensions
//   P0,1  which of these operands are given, as aclBoolArray
//   =5 =0.5 'text' -   constants: integer, double, string, null tensor
//   !3    only where operand 3 is None; #1=2 operand 1 has two dimensions; ?1=0 scalar 1 is 0
//   *     arguments differ each time: nothing is kept of a call
// A row may begin with @name: a function of rows.cc that gives operands another geometry first.
void add_row(const std::string &kernel, const std::string &text, int kind);
std::vector<std::pair<std::string, std::string>> rows();
bool run_row(int kernel, const View *t, int nt, const Scalar *s, int ns, Accelerator::Refusal *refusal, Shape *found);

}  // namespace mt::ascend
