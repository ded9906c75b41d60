// Settings, the message of the last error, counters, and the report that is made of them.
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "runtime.h"

namespace softcann {
namespace {

bool flag(const char *name) {
  const char *text = std::getenv(name);
  return text && *text && std::strcmp(text, "0") != 0;
}
const char *text_of(const char *name) {
  const char *text = std::getenv(name);
  return text && *text ? text : nullptr;
}

constexpr size_t kMemory = size_t{64} << 30;  // what a 910B card has

// SOFTCANN_FAULTS=launch:N,memory:BYTES,hang:N[:SECONDS],absent:N,wrong:aclnnName,busy; what is not of this form ends
// the process, since a fault that never comes proves nothing.
void read_faults(Settings &s, const char *spec) {
  std::string rest = spec;
  while (!rest.empty()) {
    std::string item = rest.substr(0, rest.find(','));
    rest = item.size() == rest.size() ? "" : rest.substr(item.size() + 1);
    long long n = 0;
    double seconds = 0;
    char end = 0;
    if (std::sscanf(item.c_str(), "launch:%lld%c", &n, &end) == 1 && n > 0) s.fail_launch = n;
    else if (std::sscanf(item.c_str(), "memory:%lld%c", &n, &end) == 1 && n > 0) s.memory = static_cast<size_t>(n);
    else if (std::sscanf(item.c_str(), "hang:%lld:%lf%c", &n, &seconds, &end) == 2 && n > 0 && seconds > 0)
      s.hang_launch = n, s.hang_seconds = seconds;
    else if (std::sscanf(item.c_str(), "hang:%lld%c", &n, &end) == 1 && n > 0) s.hang_launch = n;
    else if (std::sscanf(item.c_str(), "absent:%lld%c", &n, &end) == 1 && n > 0) s.absent_collective = n;
    else if (item.rfind("wrong:aclnn", 0) == 0) s.wrong = item.substr(6);
    else if (item == "busy") s.busy = true;
    else {
      std::fprintf(stderr,
                   "softcann: no fault is called '%s'; there are launch:N, memory:BYTES, hang:N[:SECONDS], absent:N, "
                   "wrong:aclnnName and busy\n",
                   item.c_str());
      std::_Exit(2);
    }
  }
}

Settings *read_settings() {
  auto *s = new Settings{};
  s->guard = flag("SOFTCANN_GUARD");
  s->contract = flag("SOFTCANN_CONTRACT");
  s->empty = flag("SOFTCANN_EMPTY");
  s->trace = text_of("SOFTCANN_TRACE");
  s->kernels = text_of("SOFTCANN_KERNELS");
  s->soc = text_of("SOFTCANN_SOC") ? text_of("SOFTCANN_SOC") : soc_of_quirks() ? soc_of_quirks() : "Ascend910B2";
  s->devices = 8;  // as many cards as the usual machine has, and of them those that the variable leaves
  if (const char *visible = text_of("ASCEND_RT_VISIBLE_DEVICES")) {
    s->devices = 1;
    for (const char *p = visible; *p; ++p) s->devices += *p == ',';
  }
  s->threads = text_of("SOFTCANN_THREADS") ? std::atoi(text_of("SOFTCANN_THREADS")) : 0;
  s->memory = kMemory;
  if (const char *spec = text_of("SOFTCANN_FAULTS")) read_faults(*s, spec);
  return s;
}

struct Copies {
  int64_t count = 0;
  uint64_t bytes = 0;
};

// Never destroyed: threads of streams may still count when the process ends.
struct Counters {
  std::mutex mutex;
  std::map<std::string, int64_t> launches, missing;
  std::map<std::string, int64_t> outside, failures;  // "operator: why"
  Copies copies[5];
};
Counters &counters() {
  static auto *c = new Counters;
  return *c;
}

thread_local char last_error[1024];

}  // namespace

const Settings &settings() {
  static const Settings *s = read_settings();
  return *s;
}

int fail(int code, const char *text, ...) {
  va_list arguments;
  va_start(arguments, text);
  std::vsnprintf(last_error, sizeof last_error, text, arguments);
  va_end(arguments);
  return code;
}

void count_copy(int kind, size_t bytes) {
  Counters &c = counters();
  std::lock_guard<std::mutex> lock(c.mutex);
  Copies &copies = c.copies[kind >= 0 && kind < 5 ? kind : 4];
  ++copies.count;
  copies.bytes += bytes;
}
void count_launch(const char *name) {
  Counters &c = counters();
  std::lock_guard<std::mutex> lock(c.mutex);
  ++c.launches[name];
}
void count_outside(const char *name, const std::string &why) {
  Counters &c = counters();
  std::lock_guard<std::mutex> lock(c.mutex);
  ++c.outside[std::string(name) + ": " + why];
}
void count_missing(const char *name) {
  Counters &c = counters();
  std::lock_guard<std::mutex> lock(c.mutex);
  ++c.missing[name];
}
void count_failure(const char *name, const std::string &why) {
  Counters &c = counters();
  std::lock_guard<std::mutex> lock(c.mutex);
  ++c.failures[std::string(name) + ": " + why];
}

void trace(const std::string &line) {
  static FILE *file = [] {
    const char *path = settings().trace;
    return !path ? nullptr : !std::strcmp(path, "-") ? stderr : std::fopen(path, "a");
  }();
  if (!file) return;
  std::fprintf(file, "%s\n", line.c_str());
  std::fflush(file);
}

size_t peak_memory();

}  // namespace softcann

API const char *aclGetRecentErrMsg() { return softcann::last_error; }

// The report as text, in a buffer that lives until the next call.
API const char *softcann_report() {
  using namespace softcann;
  static std::string text;
  Counters &c = counters();
  std::lock_guard<std::mutex> lock(c.mutex);
  char line[512];
  text = "software CANN: a pass shows the calls to be of a documented kind, not that a chip agrees\n";
  int64_t total = 0;
  std::multimap<int64_t, std::string, std::greater<int64_t>> order;
  for (auto &entry : c.launches) total += entry.second, order.emplace(entry.second, entry.first);
  std::snprintf(line, sizeof line, "launches %" PRId64 "\n", total);
  text += line;
  for (auto &entry : order) {
    std::snprintf(line, sizeof line, "  %8" PRId64 " %s\n", entry.first, entry.second.c_str());
    text += line;
  }
  auto list = [&](const char *title, const std::map<std::string, int64_t> &entries) {
    std::snprintf(line, sizeof line, "%s %zu\n", title, entries.size());
    text += line;
    for (auto &entry : entries) {
      std::snprintf(line, sizeof line, "  %8" PRId64 " %s\n", entry.second, entry.first.c_str());
      text += line;
    }
  };
  list(settings().contract ? "calls outside the contract, refused" : "calls outside the contract", c.outside);
  list("asked for and missing", c.missing);
  list("failed launches", c.failures);
  const char *kinds[] = {"on the host", "host to device", "device to host", "within the device"};
  for (int k = 1; k < 4; ++k) {
    std::snprintf(line, sizeof line, "copies %s %" PRId64 ", %" PRIu64 " bytes\n", kinds[k], c.copies[k].count,
                  c.copies[k].bytes);
    text += line;
  }
  std::snprintf(line, sizeof line, "memory at most %zu bytes\n", peak_memory());
  text += line;
  return text.c_str();
}
