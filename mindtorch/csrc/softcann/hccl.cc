// The collective library of CANN between processes of this machine: communicators over shared memory, operations in the
// order of their stream. Written from the public reference of its C interface (hiascend.com, canncommercial 850,
// API/hcclapiref; the waiting times: maintenref/envvar). Not here: rank tables, memory that devices share, recovery.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "../communication/group.h"
#include "runtime.h"

namespace softcann {

int check_range(const char *who, const void *p, size_t size, bool device);

namespace {

using mt::DType;
using namespace mt::communication;

// Results of the library's functions, and the code that a wait for the stream gives when an operation failed in it.
enum Result : int {
  kSuccess = 0,
  kParameter = 1,
  kPointer = 2,
  kMemory = 3,
  kNotSupport = 5,
  kNotFound = 6,
  kTimedOut = 9,
  kRemote = 21
};
constexpr int kEventTimeout = 107020;

// HcclDataType, HcclReduceOp
constexpr DType kTypes[] = {DType::I8,  DType::I16, DType::I32, DType::F16, DType::F32, DType::I64,
                            DType::U64, DType::U8,  DType::U16, DType::U32, DType::F64, DType::BF16};
constexpr Combine kCombines[] = {Combine::Sum, Combine::Product, Combine::Greatest, Combine::Least};
constexpr int kProduct = 1, kInt16 = 1, kBfloat16 = 11;
constexpr unsigned kReduced = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 11;  // on Atlas A2

double waiting_time(const char *name, double by_default) {
  const char *text = std::getenv(name);
  if (!text || !*text) return by_default;
  double seconds = std::atof(text);
  return seconds > 0 ? seconds : 1e8;  // 0: for ever
}

struct Communicator {
  std::shared_ptr<Segment> segment;
  std::unique_ptr<Group> collectives, messages, setup;
  std::string name;
  int rank, size;
  std::atomic<int> error{0};

  // Operations of one communicator take place one after another in the order of the calls, whatever their streams.
  std::mutex mutex;
  std::condition_variable turn;
  uint64_t issued = 0, done = 0;

  Communicator(std::shared_ptr<Segment> s, int r)
      : segment(std::move(s)), name("softcann_" + segment->name()), rank(r), size(segment->size()) {
    collectives = std::make_unique<Group>(segment->channels(0, r));
    messages = std::make_unique<Group>(segment->channels(1, r));
    setup = std::make_unique<Group>(segment->channels(2, r));
  }
};
constexpr int kLanes = 3;

struct Communicators {
  std::mutex mutex;
  std::map<void *, std::shared_ptr<Communicator>> all;
};
// Never destroyed: streams may still run when the process ends.
Communicators &communicators() {
  static auto *c = new Communicators;
  return *c;
}
std::shared_ptr<Communicator> communicator(void *handle, const char *who) {
  Communicators &c = communicators();
  std::lock_guard<std::mutex> lock(c.mutex);
  auto found = c.all.find(handle);
  if (found != c.all.end()) return found->second;
  fail(kParameter, "%s: %p is no communicator", who, handle);
  return nullptr;
}
void *keep(std::shared_ptr<Communicator> made) {
  Communicators &c = communicators();
  std::lock_guard<std::mutex> lock(c.mutex);
  void *handle = made.get();
  c.all[handle] = std::move(made);
  return handle;
}

int result_of(const Failure &failure, const char *who) {
  int code = failure.why == Why::Timeout ? kTimedOut : failure.why == Why::Lost ? kRemote : kParameter;
  return fail(code, "%s: %s", who, failure.what());
}

std::atomic<int64_t> collective_calls{0};

// Puts an operation into a stream. A failure in it is what the next wait for the stream says, and the communicator is
// of no use from then on.
int issue(const char *who, std::shared_ptr<Communicator> c, void *stream, bool collective,
          std::function<void(Communicator &, double)> operation) {
  count_launch(who);
  if (settings().empty) return kSuccess;
  bool absent = collective && ++collective_calls == settings().absent_collective;
  double seconds = waiting_time("HCCL_EXEC_TIMEOUT", 1836);
  uint64_t ticket = 0;
  if (collective) {
    std::lock_guard<std::mutex> lock(c->mutex);
    ticket = c->issued++;
  }
  int code = enqueue(stream, [=](std::string &message) {
    if (collective) {
      std::unique_lock<std::mutex> lock(c->mutex);
      c->turn.wait(lock, [&] { return c->done == ticket; });
    }
    int result = kOk;
    if (absent) {
      count_failure(who, "did not take part, as it was told to");
    } else if (c->error) {
      message = std::string(who) + ": an earlier operation of the communicator failed";
      result = kOpFailed;
    } else {
      try {
        operation(*c, seconds);
      } catch (const Failure &failure) {
        message = std::string(who) + ": " + failure.what();
        count_failure(who, failure.what());
        c->error = failure.why == Why::Timeout ? kTimedOut : kRemote;
        result = failure.why == Why::Timeout ? kEventTimeout : static_cast<int>(kOpFailed);
      }
    }
    if (collective) {
      std::lock_guard<std::mutex> lock(c->mutex);
      ++c->done;
      c->turn.notify_all();
    }
    return result;
  });
  if (code && collective) {
    std::lock_guard<std::mutex> lock(c->mutex);
    --c->issued;
  }
  return code ? kParameter : kSuccess;
}

struct Arguments {
  const char *who;
  std::shared_ptr<Communicator> comm;
  int code = kSuccess;

  Arguments(const char *name, void *handle) : who(name), comm(communicator(handle, name)) {
    if (!comm) code = kParameter;
  }
  int refuse(const std::string &why) {
    count_outside(who, why);
    if (!settings().contract) return code;
    return code = fail(kNotSupport, "%s: %s", who, why.c_str());
  }
  size_t width(int type) const { return static_cast<size_t>(mt::itemsize(kTypes[type])); }
  Arguments &type(int t) {
    if (!code && (t < 0 || t >= static_cast<int>(sizeof kTypes / sizeof *kTypes)))
      code = fail(kParameter, "%s: there is no data type %d", who, t);
    return *this;
  }
  Arguments &reduction(int t, int op) {
    type(t);
    if (code) return *this;
    if (op < 0 || op > 3) {
      code = fail(kParameter, "%s: there is no reduction %d", who, op);
      return *this;
    }
    if (!(kReduced >> t & 1))
      refuse("data type " + std::to_string(t) + " is not reduced");
    else if (op == kProduct && (t == kInt16 || t == kBfloat16))
      refuse("no product of data type " + std::to_string(t));
    return *this;
  }
  Arguments &root(uint32_t r) {
    if (!code && r >= static_cast<uint32_t>(comm->size))
      code = fail(kParameter, "%s: there is no rank %u in a communicator of %d", who, r, comm->size);
    return *this;
  }
  Arguments &memory(const void *p, uint64_t count, int t) {
    if (code || !count) return *this;
    if (!p)
      code = fail(kPointer, "%s: a null pointer", who);
    else if (check_range(who, p, count * width(t), true))
      code = kParameter;
    else if (reinterpret_cast<uintptr_t>(p) % width(t))
      refuse("an address that is not aligned to the data type");
    return *this;
  }
};

using Parts = std::vector<Group::Part>;
// Where the parts of the ranks lie in a buffer: counts and places in elements.
Parts parts(const void *base, const std::vector<uint64_t> &counts, const std::vector<uint64_t> &places, size_t width) {
  Parts made;
  for (size_t r = 0; r < counts.size(); ++r)
    made.push_back({reachable(base) + places[r] * width, static_cast<size_t>(counts[r]) * width});
  return made;
}
std::vector<uint64_t> list(const void *from, int n) {
  auto *numbers = static_cast<const uint64_t *>(from);
  return {numbers, numbers + n};
}
std::vector<uint64_t> same(uint64_t count, int n) { return std::vector<uint64_t>(static_cast<size_t>(n), count); }
std::vector<uint64_t> places_of(const std::vector<uint64_t> &counts) {
  std::vector<uint64_t> made(counts.size());
  for (size_t i = 1; i < counts.size(); ++i) made[i] = made[i - 1] + counts[i - 1];
  return made;
}
uint64_t reach(const std::vector<uint64_t> &counts, const std::vector<uint64_t> &places) {
  uint64_t end = 0;
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i]) end = std::max(end, places[i] + counts[i]);
  return end;
}

// ---- how processes find each other ----
// The root hands out the name of a page; when it knows how many ranks there are, the name of the group's memory is
// in it.
struct Page {
  std::atomic<uint32_t> written;
  char name[64];
};
struct RootInfo {
  char text[4108];
};
Page *page_of(const char *text, bool own) {
  int pid = 0, number = 0;
  if (std::sscanf(text, "softcann %d:%d", &pid, &number) != 2) return nullptr;
  std::string path = "/proc/" + (own ? std::string("self") : std::to_string(pid)) + "/fd/" + std::to_string(number);
  int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  void *at = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return at == MAP_FAILED ? nullptr : static_cast<Page *>(at);
}

void *make_communicator(std::shared_ptr<Segment> segment, int rank) {
  segment->join(rank);
  segment->wait_for_all(waiting_time("HCCL_CONNECT_TIMEOUT", 120));
  return keep(std::make_shared<Communicator>(std::move(segment), rank));
}

}  // namespace
}  // namespace softcann

using namespace softcann;

API int HcclGetRootInfo(RootInfo *info) {
  if (!info) return fail(kPointer, "HcclGetRootInfo: a null pointer");
  // the file stays open: whoever gets the name opens it through this process
  int file = memfd_create("softcann-root", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, sizeof(Page)))
    return fail(kMemory, "HcclGetRootInfo: no shared memory: %s", std::strerror(errno));
  std::memset(info, 0, sizeof *info);
  std::snprintf(info->text, sizeof info->text, "softcann %d:%d", getpid(), file);
  return kSuccess;
}

API int HcclCommInitRootInfo(uint32_t ranks, const RootInfo *info, uint32_t rank, void **made) {
  if (!info || !made) return fail(kPointer, "HcclCommInitRootInfo: a null pointer");
  if (!ranks || rank >= ranks) return fail(kParameter, "HcclCommInitRootInfo: rank %u of %u", rank, ranks);
  int pid = 0;
  bool own = std::sscanf(info->text, "softcann %d:", &pid) == 1 && pid == getpid();
  Page *page = page_of(info->text, own);
  if (!page) return fail(kNotFound, "HcclCommInitRootInfo: the process that gave the root information is not there");
  try {
    std::shared_ptr<Segment> segment;
    if (own) {
      segment = Segment::make(static_cast<int>(ranks), kLanes);
      std::snprintf(page->name, sizeof page->name, "%s", segment->name().c_str());
      page->written = 1;
    } else {
      auto end =
          std::chrono::steady_clock::now() + std::chrono::duration<double>(waiting_time("HCCL_CONNECT_TIMEOUT", 120));
      while (!page->written) {
        if (std::chrono::steady_clock::now() > end)
          return fail(kTimedOut, "HcclCommInitRootInfo: the root did not come");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      segment = Segment::find(page->name);
      if (segment->size() != static_cast<int>(ranks))
        return fail(kParameter, "HcclCommInitRootInfo: %u ranks here, %d at the root", ranks, segment->size());
    }
    *made = make_communicator(std::move(segment), static_cast<int>(rank));
  } catch (const Failure &failure) {
    return result_of(failure, "HcclCommInitRootInfo");
  }
  return kSuccess;
}
// Names, sizes of buffers and determinism: this communicator has them its own way.
API int HcclCommInitRootInfoConfig(uint32_t ranks, const RootInfo *info, uint32_t rank, const void *, void **made) {
  return HcclCommInitRootInfo(ranks, info, rank, made);
}
API int HcclCreateSubCommConfig(void **parent, uint32_t ranks, uint32_t *members, uint64_t, uint32_t rank, void *,
                                void **made) {
  if (!parent || !members || !made) return fail(kPointer, "HcclCreateSubCommConfig: a null pointer");
  std::shared_ptr<Communicator> c = communicator(*parent, "HcclCreateSubCommConfig");
  if (!c) return kParameter;
  if (rank >= ranks || members[rank] != static_cast<uint32_t>(c->rank))
    return fail(kParameter, "HcclCreateSubCommConfig: rank %d is not number %u of the members", c->rank, rank);
  try {
    double seconds = waiting_time("HCCL_CONNECT_TIMEOUT", 120);
    char name[64] = {};
    std::shared_ptr<Segment> segment;
    if (rank == 0) {
      segment = Segment::make(static_cast<int>(ranks), kLanes);
      std::snprintf(name, sizeof name, "%s", segment->name().c_str());
      std::vector<Group::Message> messages;
      for (uint32_t r = 1; r < ranks; ++r)
        messages.push_back({static_cast<int>(members[r]), true, name, sizeof name, DType::U8});
      c->setup->messages(messages, seconds);
    } else {
      c->setup->messages({{static_cast<int>(members[0]), false, name, sizeof name, DType::U8}}, seconds);
      segment = Segment::find(name);
    }
    *made = make_communicator(std::move(segment), static_cast<int>(rank));
  } catch (const Failure &failure) {
    return result_of(failure, "HcclCreateSubCommConfig");
  }
  return kSuccess;
}
API int HcclCommDestroy(void *handle) {
  Communicators &c = communicators();
  std::lock_guard<std::mutex> lock(c.mutex);
  return c.all.erase(handle) ? kSuccess : fail(kParameter, "HcclCommDestroy: %p is no communicator", handle);
}
API int HcclGetCommName(void *handle, char *name) {
  auto c = communicator(handle, "HcclGetCommName");
  if (!c) return kParameter;
  std::snprintf(name, 128, "%s", c->name.c_str());
  return kSuccess;
}
API int HcclGetRankSize(void *handle, uint32_t *size) {
  auto c = communicator(handle, "HcclGetRankSize");
  if (!c) return kParameter;
  *size = static_cast<uint32_t>(c->size);
  return kSuccess;
}
API int HcclGetRankId(void *handle, uint32_t *rank) {
  auto c = communicator(handle, "HcclGetRankId");
  if (!c) return kParameter;
  *rank = static_cast<uint32_t>(c->rank);
  return kSuccess;
}
API int HcclGetCommAsyncError(void *handle, int *error) {
  auto c = communicator(handle, "HcclGetCommAsyncError");
  if (!c) return kParameter;
  *error = c->error;
  return kSuccess;
}
API const char *HcclGetErrorString(int code) {
  switch (code) {
    case kSuccess:
      return "no error";
    case kParameter:
      return "parameter error";
    case kPointer:
      return "empty pointer";
    case kMemory:
      return "memory error";
    case kNotSupport:
      return "not supported";
    case kNotFound:
      return "resource not found";
    case kTimedOut:
      return "timeout";
    case kRemote:
      return "error of a remote rank";
    default:
      return "unknown error";
  }
}

// ---- collectives ----
API int HcclBarrier(void *comm, void *stream) {
  Arguments a("HcclBarrier", comm);
  if (a.code) return a.code;
  return issue(a.who, a.comm, stream, true, [](Communicator &c, double s) { c.collectives->barrier(s); });
}
API int HcclAllReduce(void *in, void *out, uint64_t count, int type, int op, void *comm, void *stream) {
  Arguments a("HcclAllReduce", comm);
  if (a.reduction(type, op).memory(in, count, type).memory(out, count, type).code) return a.code;
  size_t bytes = count * a.width(type);
  return issue(a.who, a.comm, stream, true, [=](Communicator &c, double s) {
    if (in != out) std::memmove(reachable(out), reachable(in), bytes);
    c.collectives->all_reduce(reachable(out), count, kTypes[type], kCombines[op], s);
  });
}
API int HcclReduce(void *in, void *out, uint64_t count, int type, int op, uint32_t root, void *comm, void *stream) {
  Arguments a("HcclReduce", comm);
  a.reduction(type, op).root(root).memory(in, count, type);
  if (!a.code && static_cast<int>(root) == a.comm->rank) a.memory(out, count, type);
  if (a.code) return a.code;
  return issue(a.who, a.comm, stream, true, [=](Communicator &c, double s) {
    c.collectives->reduce(reachable(in), reachable(out), count, kTypes[type], kCombines[op], static_cast<int>(root), s);
  });
}
API int HcclBroadcast(void *data, uint64_t count, int type, uint32_t root, void *comm, void *stream) {
  Arguments a("HcclBroadcast", comm);
  if (a.type(type).root(root).memory(data, count, type).code) return a.code;
  size_t bytes = count * a.width(type);
  return issue(a.who, a.comm, stream, true, [=](Communicator &c, double s) {
    c.collectives->broadcast(reachable(data), bytes, static_cast<int>(root), s);
  });
}
API int HcclAllGather(void *in, void *out, uint64_t count, int type, void *comm, void *stream) {
  Arguments a("HcclAllGather", comm);
  a.type(type).memory(in, count, type);
  if (!a.code) a.memory(out, count * static_cast<uint64_t>(a.comm->size), type);
  if (a.code) return a.code;
  size_t width = a.width(type);
  return issue(a.who, a.comm, stream, true, [=](Communicator &c, double s) {
    auto counts = same(count, c.size);
    c.collectives->all_gather(reachable(in), count * width, parts(out, counts, places_of(counts), width), s);
  });
}
API int HcclAllGatherV(void *in, uint64_t count, void *out, const void *out_counts, const void *out_places, int type,
                       void *comm, void *stream) {
  Arguments a("HcclAllGatherV", comm);
  if (a.type(type).memory(in, count, type).code) return a.code;
  if (!out_counts || !out_places) return fail(kPointer, "HcclAllGatherV: a null pointer");
  auto counts = list(out_counts, a.comm->size), places = list(out_places, a.comm->size);
  if (a.memory(out, reach(counts, places), type).code) return a.code;
  size_t width = a.width(type);
  return issue(a.who, a.comm, stream, true, [=](Communicator &c, double s) {
    c.collectives->all_gather(reachable(in), count * width, parts(out, counts, places, width), s);
  });
}
API int HcclReduceScatter(void *in, void *out, uint64_t count, int type, int op, void *comm, void *stream) {
  Arguments a("HcclReduceScatter", comm);
  a.reduction(type, op).memory(out, count, type);
  if (!a.code) a.memory(in, count * static_cast<uint64_t>(a.comm->size), type);
  if (a.code) return a.code;
  size_t width = a.width(type);
  return issue(a.who, a.comm, stream, true, [=](Communicator &c, double s) {
    auto counts = same(count, c.size);
    c.collectives->reduce_scatter(parts(in, counts, places_of(counts), width), reachable(out), kTypes[type],
                                  kCombines[op], s);
  });
}
API int HcclReduceScatterV(void *in, const void *in_counts, const void *in_places, void *out, uint64_t count, int type,
                           int op, void *comm, void *stream) {
  Arguments a("HcclReduceScatterV", comm);
  if (a.reduction(type, op).memory(out, count, type).code) return a.code;
  if (!in_counts || !in_places) return fail(kPointer, "HcclReduceScatterV: a null pointer");
  auto counts = list(in_counts, a.comm->size), places = list(in_places, a.comm->size);
  if (a.memory(in, reach(counts, places), type).code) return a.code;
  if (counts[static_cast<size_t>(a.comm->rank)] != count)
    return fail(kParameter, "HcclReduceScatterV: recvCount is not the rank's own sendCounts");
  size_t width = a.width(type);
  return issue(a.who, a.comm, stream, true, [=](Communicator &c, double s) {
    c.collectives->reduce_scatter(parts(in, counts, places, width), reachable(out), kTypes[type], kCombines[op], s);
  });
}
API int HcclScatter(void *in, void *out, uint64_t count, int type, uint32_t root, void *comm, void *stream) {
  Arguments a("HcclScatter", comm);
  a.type(type).root(root).memory(out, count, type);
  if (!a.code && static_cast<int>(root) == a.comm->rank)
    a.memory(in, count * static_cast<uint64_t>(a.comm->size), type);
  if (a.code) return a.code;
  size_t width = a.width(type);
  return issue(a.who, a.comm, stream, true, [=](Communicator &c, double s) {
    auto counts = same(count, c.size);
    Parts from;
    if (static_cast<int>(root) == c.rank) from = parts(in, counts, places_of(counts), width);
    c.collectives->scatter(from, reachable(out), count * width, static_cast<int>(root), s);
  });
}

namespace {
int all_to_all(const char *who, const void *in, std::vector<uint64_t> in_counts, std::vector<uint64_t> in_places,
               int in_type, const void *out, std::vector<uint64_t> out_counts, std::vector<uint64_t> out_places,
               int out_type, void *comm, void *stream) {
  Arguments a(who, comm);
  a.type(in_type).type(out_type);
  if (!a.code && in_type != out_type) a.refuse("sent and received as two data types");
  a.memory(in, reach(in_counts, in_places), in_type).memory(out, reach(out_counts, out_places), out_type);
  if (a.code) return a.code;
  size_t in_width = a.width(in_type), out_width = a.width(out_type);
  return issue(who, a.comm, stream, true, [=](Communicator &c, double s) {
    c.collectives->all_to_all(parts(in, in_counts, in_places, in_width), parts(out, out_counts, out_places, out_width),
                              s);
  });
}
}  // namespace

API int HcclAlltoAll(const void *in, uint64_t in_count, int in_type, const void *out, uint64_t out_count, int out_type,
                     void *comm, void *stream) {
  auto c = communicator(comm, "HcclAlltoAll");
  if (!c) return kParameter;
  auto from = same(in_count, c->size), to = same(out_count, c->size);
  return all_to_all("HcclAlltoAll", in, from, places_of(from), in_type, out, to, places_of(to), out_type, comm, stream);
}
API int HcclAlltoAllV(const void *in, const void *in_counts, const void *in_places, int in_type, const void *out,
                      const void *out_counts, const void *out_places, int out_type, void *comm, void *stream) {
  auto c = communicator(comm, "HcclAlltoAllV");
  if (!c) return kParameter;
  if (!in_counts || !in_places || !out_counts || !out_places) return fail(kPointer, "HcclAlltoAllV: a null pointer");
  return all_to_all("HcclAlltoAllV", in, list(in_counts, c->size), list(in_places, c->size), in_type, out,
                    list(out_counts, c->size), list(out_places, c->size), out_type, comm, stream);
}
// counts[i * ranks + j]: what rank i sends to rank j, everything dense
API int HcclAlltoAllVC(const void *in, const void *matrix, int in_type, const void *out, int out_type, void *comm,
                       void *stream) {
  auto c = communicator(comm, "HcclAlltoAllVC");
  if (!c) return kParameter;
  if (!matrix) return fail(kPointer, "HcclAlltoAllVC: a null pointer");
  auto counts = list(matrix, c->size * c->size);
  std::vector<uint64_t> from, to;
  for (int r = 0; r < c->size; ++r) {
    from.push_back(counts[static_cast<size_t>(c->rank * c->size + r)]);
    to.push_back(counts[static_cast<size_t>(r * c->size + c->rank)]);
  }
  return all_to_all("HcclAlltoAllVC", in, from, places_of(from), in_type, out, to, places_of(to), out_type, comm,
                    stream);
}

// ---- messages from one rank to another ----
namespace {
int message(const char *who, void *data, uint64_t count, int type, uint32_t peer, bool sending, void *comm,
            void *stream) {
  Arguments a(who, comm);
  if (a.type(type).root(peer).memory(data, count, type).code) return a.code;
  return issue(who, a.comm, stream, false, [=](Communicator &c, double s) {
    c.messages->messages({{static_cast<int>(peer), sending, reachable(data), count, kTypes[type]}}, s);
  });
}
struct SendRecvItem {
  int direction;  // 0: send, 1: receive
  void *data;
  uint64_t count;
  int type;
  uint32_t peer;
};
}  // namespace

API int HcclSend(void *data, uint64_t count, int type, uint32_t to, void *comm, void *stream) {
  return message("HcclSend", data, count, type, to, true, comm, stream);
}
API int HcclRecv(void *data, uint64_t count, int type, uint32_t from, void *comm, void *stream) {
  return message("HcclRecv", data, count, type, from, false, comm, stream);
}
API int HcclBatchSendRecv(SendRecvItem *items, uint32_t n, void *comm, void *stream) {
  Arguments a("HcclBatchSendRecv", comm);
  if (a.code) return a.code;
  if (!items && n) return fail(kPointer, "HcclBatchSendRecv: a null pointer");
  std::vector<Group::Message> messages;
  for (uint32_t i = 0; i < n; ++i) {
    const SendRecvItem &item = items[i];
    if (a.type(item.type).root(item.peer).memory(item.data, item.count, item.type).code) return a.code;
    for (const Group::Message &m : messages)
      if (m.peer == static_cast<int>(item.peer) && m.sending == !item.direction)
        if (a.refuse("two messages to or from one rank"), a.code) return a.code;
    messages.push_back(
        {static_cast<int>(item.peer), item.direction == 0, reachable(item.data), item.count, kTypes[item.type]});
  }
  return issue(a.who, a.comm, stream, false,
               [messages](Communicator &c, double s) { c.messages->messages(messages, s); });
}
