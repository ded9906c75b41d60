// Channels through shared memory: a ring of bytes for every pair of ranks, a bell for every rank.
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstring>
#include <thread>

#include "channels.h"

namespace mt::communication {
namespace {

constexpr uint64_t kMagic = 0x6d74636f6d6d3031;
constexpr size_t kRing = size_t{1} << 20;  // fits the second cache with what is copied to and from
constexpr size_t kPage = 4096, kLine = 64;
constexpr int kMostRanks = 64;

struct Bell {  // rung by whoever changes a ring of this rank
  alignas(kLine) std::atomic<uint32_t> rings;
  std::atomic<uint32_t> sleepers;
};
struct Ring {
  alignas(kLine) std::atomic<uint64_t> put;  // bytes so far
  alignas(kLine) std::atomic<uint64_t> taken;
};
struct Header {
  uint64_t magic;
  int32_t size, lanes;
  std::atomic<uint32_t> joins;  // rung like a bell
  std::atomic<uint32_t> joined[kMostRanks];
};
static_assert(std::atomic<uint32_t>::is_always_lock_free && std::atomic<uint64_t>::is_always_lock_free);
static_assert(sizeof(Header) <= kPage);

size_t lane_length(int size) {
  auto n = static_cast<size_t>(size);
  size_t heads = n * sizeof(Bell) + n * n * sizeof(Ring);
  return (heads + kPage - 1) / kPage * kPage + n * n * kRing;
}

void futex_wait(std::atomic<uint32_t> &word, uint32_t seen, double seconds) {
  timespec t;
  t.tv_sec = static_cast<time_t>(seconds);
  t.tv_nsec = static_cast<long>((seconds - static_cast<double>(t.tv_sec)) * 1e9);
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT, seen, &t, nullptr, 0);
}
void futex_wake(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

[[noreturn]] void system_failure(const std::string &what) {
  throw Failure(Why::System, what + ": " + std::strerror(errno));
}

// The lock of a rank is a byte of the file. The kernel lets go of it when the process ends, however it ends, and a
// forked child does not hold it.
struct flock lock_of(int rank, short kind) {
  struct flock lock = {};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = rank;
  lock.l_len = 1;
  return lock;
}

Header &header_of(char *base) { return *reinterpret_cast<Header *>(base); }

}  // namespace

class SharedChannels final : public Channels {
 public:
  SharedChannels(std::shared_ptr<Segment> segment, char *lane, int rank, int size)
      : Channels(rank, size), segment_(std::move(segment)) {
    bells_ = reinterpret_cast<Bell *>(lane);
    rings_ = reinterpret_cast<Ring *>(lane + static_cast<size_t>(size) * sizeof(Bell));
    data_ = lane + lane_length(size) - static_cast<size_t>(size) * static_cast<size_t>(size) * kRing;
  }

  size_t put(int to, const char *data, size_t n) override {
    size_t which = index(rank_, to);
    Ring &ring = rings_[which];
    uint64_t at = ring.put.load(std::memory_order_relaxed);
    size_t room = kRing - static_cast<size_t>(at - ring.taken.load(std::memory_order_acquire));
    size_t take = n <= room ? n : room;  // room is a multiple of kUnit
    if (!take) return 0;
    char *area = data_ + which * kRing;
    size_t start = at % kRing, first = take < kRing - start ? take : kRing - start;
    std::memcpy(area + start, data, first);
    std::memcpy(area, data + first, take - first);
    ring.put.store(at + padded(take), std::memory_order_release);
    ring_bell(to);
    return take;
  }

  size_t peek(int from, const char **data) override {
    size_t which = index(from, rank_);
    Ring &ring = rings_[which];
    uint64_t at = ring.taken.load(std::memory_order_relaxed);
    auto there = static_cast<size_t>(ring.put.load(std::memory_order_acquire) - at);
    size_t start = at % kRing;
    *data = data_ + which * kRing + start;
    return there < kRing - start ? there : kRing - start;
  }

  void consume(int from, size_t n) override {
    Ring &ring = rings_[index(from, rank_)];
    ring.taken.store(ring.taken.load(std::memory_order_relaxed) + padded(n), std::memory_order_release);
    ring_bell(from);
  }

  uint32_t ticket() override { return bells_[rank_].rings.load(std::memory_order_seq_cst); }

  void wait(uint32_t seen, double seconds, const std::vector<Interest> &) override {
    Bell &bell = bells_[rank_];
    for (int i = 0; i < 100; ++i) {  // the other side is often at work on another core: a short look first
      if (bell.rings.load(std::memory_order_acquire) != seen) return;
      if (i % 10 == 9) std::this_thread::yield();
    }
    bell.sleepers.fetch_add(1, std::memory_order_seq_cst);
    if (bell.rings.load(std::memory_order_seq_cst) == seen) futex_wait(bell.rings, seen, seconds);
    bell.sleepers.fetch_sub(1, std::memory_order_seq_cst);
  }

  void nudge() override { ring_bell(rank_); }
  bool alive(int peer) override { return peer == rank_ || segment_->alive(peer); }

 private:
  size_t index(int from, int to) const {
    return static_cast<size_t>(from) * static_cast<size_t>(size_) + static_cast<size_t>(to);
  }
  void ring_bell(int whose) {
    Bell &bell = bells_[whose];
    bell.rings.fetch_add(1, std::memory_order_seq_cst);
    if (bell.sleepers.load(std::memory_order_seq_cst)) futex_wake(bell.rings);
  }

  std::shared_ptr<Segment> segment_;
  Bell *bells_;
  Ring *rings_;
  char *data_;
};

Segment::Segment(int file, std::string name) : file_(file), name_(std::move(name)) {}

Segment::~Segment() {
  if (base_) munmap(base_, length_);
  if (file_ >= 0) close(file_);
}

std::shared_ptr<Segment> Segment::make(int size, int lanes) {
  if (size < 1 || size > kMostRanks)
    throw Failure(Why::Invalid, std::to_string(size) + " processes cannot share memory, " + std::to_string(kMostRanks) +
                                    " at most can");
  int file = memfd_create("mindtorch-group", MFD_CLOEXEC);
  if (file < 0) system_failure("shared memory");
  std::shared_ptr<Segment> s(new Segment(file, std::to_string(getpid()) + ":" + std::to_string(file)));
  s->length_ = kPage + static_cast<size_t>(lanes) * lane_length(size);
  if (ftruncate(file, static_cast<off_t>(s->length_))) system_failure("shared memory");
  void *got = mmap(nullptr, s->length_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (got == MAP_FAILED) system_failure("shared memory");
  s->base_ = static_cast<char *>(got);
  Header &h = header_of(s->base_);
  h.size = size;
  h.lanes = lanes;
  std::atomic_thread_fence(std::memory_order_release);
  h.magic = kMagic;
  return s;
}

std::shared_ptr<Segment> Segment::find(const std::string &name) {
  int pid = 0, number = 0;
  char end = 0;
  if (std::sscanf(name.c_str(), "%d:%d%c", &pid, &number, &end) != 2)
    throw Failure(Why::Invalid, "'" + name + "' does not name shared memory");
  std::string path = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(number);
  int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) system_failure("shared memory of process " + std::to_string(pid));
  std::shared_ptr<Segment> s(new Segment(file, name));
  struct stat about;
  if (fstat(file, &about) || static_cast<size_t>(about.st_size) < kPage)
    system_failure("shared memory of process " + std::to_string(pid));
  s->length_ = static_cast<size_t>(about.st_size);
  void *got = mmap(nullptr, s->length_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (got == MAP_FAILED) system_failure("shared memory");
  s->base_ = static_cast<char *>(got);
  Header &h = header_of(s->base_);
  if (h.magic != kMagic || h.size < 1 || h.size > kMostRanks ||
      s->length_ != kPage + static_cast<size_t>(h.lanes) * lane_length(h.size))
    throw Failure(Why::Invalid, path + " is not a group's memory");
  return s;
}

int Segment::size() const { return header_of(base_).size; }
int Segment::lanes() const { return header_of(base_).lanes; }

void Segment::join(int rank) {
  Header &h = header_of(base_);
  if (rank < 0 || rank >= h.size)
    throw Failure(Why::Invalid,
                  "there is no rank " + std::to_string(rank) + " in a group of " + std::to_string(h.size));
  if (h.joined[rank].exchange(1)) throw Failure(Why::Invalid, "two processes want to be rank " + std::to_string(rank));
  struct flock lock = lock_of(rank, F_WRLCK);
  if (fcntl(file_, F_SETLK, &lock)) system_failure("the lock of rank " + std::to_string(rank));
  joined_as_ = rank;
  h.joined[rank].store(2);
  h.joins.fetch_add(1);
  futex_wake(h.joins);
}

std::vector<int> Segment::missing() const {
  Header &h = header_of(base_);
  std::vector<int> found;
  for (int r = 0; r < h.size; ++r)
    if (h.joined[r].load() != 2) found.push_back(r);
  return found;
}

void Segment::wait_for_all(double seconds) {
  Header &h = header_of(base_);
  auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    uint32_t seen = h.joins.load();
    std::vector<int> lacking = missing();
    if (lacking.empty()) return;
    double left = std::chrono::duration<double>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) {
      std::string text = lacking.size() == 1 ? "rank " : "ranks ";
      for (size_t i = 0; i < lacking.size(); ++i) text += (i ? ", " : "") + std::to_string(lacking[i]);
      throw Failure(Why::Timeout,
                    text + " of " + std::to_string(h.size) + (lacking.size() == 1 ? " has" : " have") + " not come");
    }
    futex_wait(h.joins, seen, left);
  }
}

bool Segment::alive(int rank) const {
  if (header_of(base_).joined[rank].load() != 2) return true;  // yet to come
  struct flock lock = lock_of(rank, F_WRLCK);
  if (fcntl(file_, F_GETLK, &lock)) return true;
  return lock.l_type != F_UNLCK || rank == joined_as_;
}

std::unique_ptr<Channels> Segment::channels(int lane, int rank) {
  return std::make_unique<SharedChannels>(
      shared_from_this(), base_ + kPage + static_cast<size_t>(lane) * lane_length(size()), rank, size());
}

}  // namespace mt::communication
