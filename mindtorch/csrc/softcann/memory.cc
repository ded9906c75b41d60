// Device memory: one region of addresses, backed by one sparse file of memory. Under the guard the region itself
// admits nobody and the same file is mapped a second time, at a distance, where only copies and operators reach it.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "runtime.h"

namespace softcann {
namespace {

constexpr size_t kSpan = size_t{256} << 30;
constexpr size_t kPage = 4096, kGap = kPage;  // the gap between two blocks belongs to none
char *const kBase = reinterpret_cast<char *>(uintptr_t{0x100000000000});

struct Block {
  size_t size;
  bool reserved;  // an address range that becomes memory where something is mapped
};

struct Memory {
  std::mutex mutex;
  std::map<char *, Block> blocks;
  std::map<char *, size_t> mapped;      // parts of reserved blocks
  std::multimap<size_t, char *> spare;  // address ranges of freed blocks, by size
  std::map<const char *, size_t> pinned;
  size_t top = 0, used = 0, peak = 0;
  intptr_t distance = 0;

  Memory() {
    bool guard = settings().guard;
    int file = memfd_create("softcann", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, static_cast<off_t>(kSpan))) give_up("a file of memory");
    map(file, kBase, guard ? PROT_NONE : PROT_READ | PROT_WRITE);
    if (guard) {
      distance = static_cast<intptr_t>(kSpan);
      map(file, kBase + kSpan, PROT_READ | PROT_WRITE);
    }
    close(file);
  }

  [[noreturn]] static void give_up(const char *what) {
    std::fprintf(stderr, "softcann: %s for the device cannot be had: %s\n", what, std::strerror(errno));
    std::abort();
  }
  static void map(int file, char *at, int protection) {
    void *got = mmap(at, kSpan, protection, MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, file, 0);
    if (got != at) give_up("the region of addresses");
  }

  char *take(size_t size, bool reserved) {
    auto fit = spare.find(size);
    char *at;
    if (fit != spare.end()) {
      at = fit->second;
      spare.erase(fit);
    } else {
      if (top + size + kGap > kSpan) return nullptr;
      at = kBase + top;
      top += size + kGap;
    }
    blocks[at] = {size, reserved};
    return at;
  }
  void empty(char *at, size_t size) { madvise(at + distance, size, MADV_REMOVE); }
  void grow(size_t size) {
    used += size;
    if (used > peak) peak = used;
  }
};

// Never destroyed: streams may still run when the process ends.
Memory &memory() {
  static auto *m = new Memory;
  return *m;
}

size_t whole(size_t size) { return (size + kPage - 1) / kPage * kPage; }

int allocate(void **p, size_t size, const char *who) {
  if (!p || !size) return fail(kInvalidParameter, "%s: a null pointer or a size of 0", who);
  Memory &m = memory();
  size = whole(size);
  std::lock_guard<std::mutex> lock(m.mutex);
  if (size > settings().memory - m.used)
    return fail(kOutOfMemory, "%s: out of memory: %zu bytes asked for, %zu of %zu are free", who, size,
                settings().memory - m.used, settings().memory);
  char *at = m.take(size, false);
  if (!at) return fail(kOutOfMemory, "%s: the device has no addresses left for %zu bytes", who, size);
  m.grow(size);
  *p = at;
  return kOk;
}

}  // namespace

bool on_device(const void *p) {
  auto at = static_cast<const char *>(p);
  return at >= kBase && at < kBase + kSpan;
}

char *reachable(const void *p) {
  auto at = static_cast<char *>(const_cast<void *>(p));
  return on_device(p) ? at + memory().distance : at;
}

bool live(const void *p, size_t size) {
  Memory &m = memory();
  auto at = static_cast<char *>(const_cast<void *>(p));
  std::lock_guard<std::mutex> lock(m.mutex);
  auto block = m.blocks.upper_bound(at);
  if (block == m.blocks.begin()) return false;
  --block;
  if (at > block->first + block->second.size || size > static_cast<size_t>(block->first + block->second.size - at))
    return false;
  if (!block->second.reserved) return true;
  // every byte must be mapped, by as many neighbouring pieces as it takes
  for (char *end = at + size; at < end;) {
    auto piece = m.mapped.upper_bound(at);
    if (piece == m.mapped.begin()) return false;
    --piece;
    char *next = piece->first + piece->second;
    if (at >= next) return false;
    at = next;
  }
  return true;
}

size_t peak_memory() {
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  return m.peak;
}

bool pinned(const void *p) {
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  auto at = static_cast<const char *>(p);
  auto block = m.pinned.upper_bound(at);
  if (block == m.pinned.begin()) return false;
  --block;
  return at < block->first + block->second;
}

// A copy or a fill touches memory only after this.
int check_range(const char *who, const void *p, size_t size, bool device) {
  if (!p) return fail(kInvalidParameter, "%s: a null pointer", who);
  if (on_device(p) != device)
    return fail(kInvalidParameter, "%s: %p is %s memory where %s memory is wanted", who, p, device ? "host" : "device",
                device ? "device" : "host");
  if (device && !live(p, size))
    return fail(kInvalidParameter, "%s: %zu bytes at %p are not one allocation of the device", who, size, p);
  return kOk;
}

}  // namespace softcann

using namespace softcann;

API int aclrtMalloc(void **p, size_t size, int) { return allocate(p, size, "aclrtMalloc"); }
API int aclrtMallocAlign32(void **p, size_t size, int) { return allocate(p, size, "aclrtMallocAlign32"); }
API int aclrtFree(void *p) {
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  auto block = m.blocks.find(static_cast<char *>(p));
  if (block == m.blocks.end() || block->second.reserved)
    return fail(kInvalidParameter, "aclrtFree: %p is no allocation", p);
  m.empty(block->first, block->second.size);
  m.used -= block->second.size;
  m.spare.emplace(block->second.size, block->first);
  m.blocks.erase(block);
  return kOk;
}

API int aclrtMallocHost(void **p, size_t size) {
  if (!p || !size) return fail(kInvalidParameter, "aclrtMallocHost: a null pointer or a size of 0");
  void *got = std::aligned_alloc(64, (size + 63) / 64 * 64);
  if (!got) return fail(kOutOfMemory, "aclrtMallocHost: the host has no %zu bytes", size);
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  m.pinned[static_cast<char *>(got)] = size;
  *p = got;
  return kOk;
}
API int aclrtFreeHost(void *p) {
  Memory &m = memory();
  {
    std::lock_guard<std::mutex> lock(m.mutex);
    if (!m.pinned.erase(static_cast<char *>(p)))
      return fail(kInvalidParameter, "aclrtFreeHost: %p is no allocation", p);
  }
  std::free(p);
  return kOk;
}

API int aclrtGetMemInfo(int, size_t *available, size_t *total) {
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  *total = settings().memory;
  *available = settings().memory - m.used;
  return kOk;
}

// ---- addresses first, memory later ----
namespace {
struct Physical {
  size_t size;
};
}  // namespace

API int aclrtReserveMemAddress(void **p, size_t size, size_t, void *, uint64_t) {
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  *p = m.take(whole(size), true);
  return *p ? kOk : fail(kOutOfMemory, "aclrtReserveMemAddress: the device has no addresses left for %zu bytes", size);
}
API int aclrtReleaseMemAddress(void *p) {
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  auto block = m.blocks.find(static_cast<char *>(p));
  if (block == m.blocks.end() || !block->second.reserved)
    return fail(kInvalidParameter, "aclrtReleaseMemAddress: %p was not reserved", p);
  m.spare.emplace(block->second.size, block->first);
  m.blocks.erase(block);
  return kOk;
}
API int aclrtMallocPhysical(void **handle, size_t size, const void *, uint64_t) {
  Memory &m = memory();
  size = whole(size);
  std::lock_guard<std::mutex> lock(m.mutex);
  if (size > settings().memory - m.used)
    return fail(kOutOfMemory, "aclrtMallocPhysical: out of memory: %zu bytes asked for, %zu of %zu are free", size,
                settings().memory - m.used, settings().memory);
  m.grow(size);
  *handle = new Physical{size};
  return kOk;
}
API int aclrtFreePhysical(void *handle) {
  auto *physical = static_cast<Physical *>(handle);
  if (!physical) return fail(kInvalidParameter, "aclrtFreePhysical: a null handle");
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  m.used -= physical->size;
  delete physical;
  return kOk;
}
API int aclrtMapMem(void *p, size_t size, size_t, void *handle, uint64_t) {
  if (!handle) return fail(kInvalidParameter, "aclrtMapMem: a null handle");
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  m.mapped[static_cast<char *>(p)] = whole(size);
  return kOk;
}
API int aclrtUnmapMem(void *p) {
  Memory &m = memory();
  std::lock_guard<std::mutex> lock(m.mutex);
  auto piece = m.mapped.find(static_cast<char *>(p));
  if (piece == m.mapped.end()) return fail(kInvalidParameter, "aclrtUnmapMem: nothing is mapped at %p", p);
  m.empty(piece->first, piece->second);
  m.mapped.erase(piece);
  return kOk;
}
