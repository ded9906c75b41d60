// The device of the software CANN: memory that the host cannot touch (with the guard), streams that are threads,
// events, counters.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#define API extern "C" __attribute__((visibility("default")))

namespace softcann {

// Return codes of CANN that this folder gives.
enum Code : int {
  kOk = 0,
  kInvalidParameter = 107000,
  kNoContext = 107002,
  kNotSupported = 207000,
  kOutOfMemory = 207001,
  kStreamTimeout = 507046,
  kOpTimeout = 507014,
  kOpFailed = 507015,
  kNullPointer = 161001,
  kInvalidArgument = 161002,
  kInner = 561000,
  kNoKernel = 561003,
};

// What aclGetRecentErrMsg tells this thread; returns the code that it was given.
int fail(int code, const char *text, ...) __attribute__((format(printf, 2, 3)));

// ---- memory ----
bool on_device(const void *p);
// Whether [p, p + size) lies in one live allocation.
bool live(const void *p, size_t size);
// Where this library reads and writes a device address: elsewhere than the host sees it, under the guard.
char *reachable(const void *p);

// ---- streams ----
using Task = std::function<int(std::string &message)>;  // 0, or a code that the next wait for the stream returns
int enqueue(void *stream, Task task);
void hang(double seconds);  // in a task
double op_timeout();        // seconds

// ---- settings, from the environment ----
struct Settings {
  bool guard, contract, empty;
  const char *trace, *kernels, *soc;
  int threads, devices;
  bool busy;
  int64_t fail_launch, hang_launch, absent_collective;
  double hang_seconds;
  size_t memory;
  std::string wrong;  // an operator whose result is by one per cent too large
};
const Settings &settings();
const char *soc_of_quirks();  // null: no chip is imitated

// ---- what the report tells ----
struct Report;
void count_copy(int kind, size_t bytes);
void count_launch(const char *name);
void count_outside(const char *name, const std::string &why);
void count_missing(const char *name);
void count_failure(const char *name, const std::string &why);
void trace(const std::string &line);

}  // namespace softcann
