// MindSpore's streams and events, memory of the host that the device reads by itself, and memory of the device that
// several streams use.
#include <algorithm>
#include <map>
#include <mutex>

#include "ascend.h"
#include "cann.h"
#include "include/runtime/hardware_abstract/device_context/device_context.h"
#include "utils/current_state.h"

namespace mt::ascend {

namespace ms = mindspore;
using Event = Queues::Event;

bool lending = false;

namespace {

ms::device::DeviceResManager *manager = nullptr;

[[noreturn]] void failed(const std::string &what, const std::string &words) {
  raise(PyExc_RuntimeError, what + ": " + words_of_cann(words));
}
// MindSpore says what went wrong by exceptions, CANN in words of its own, which tell more.
template <class F>
auto said(const char *what, F &&f) {
  try {
    return f();
  } catch (const PythonError &) {
    throw;
  } catch (const std::exception &e) {
    failed(what, words_of(e));
  }
}

bool has_happened(const std::vector<Event> &events) {
  return std::all_of(events.begin(), events.end(), [](const Event &e) { return e->QueryEvent(); });
}

// Page-locked memory costs CANN a long call: what is given back is kept by size. It is used by copies that may not have
// happened yet.
class Pinned {
 public:
  void *take(int64_t bytes) {
    size_t size = kLeast;
    while (size < static_cast<size_t>(bytes)) size *= 2;
    std::lock_guard<std::mutex> guard(lock_);
    settle();
    if (auto found = spare_.find(size); found != spare_.end()) {
      void *p = found->second;
      spare_.erase(found);
      live_[static_cast<const char *>(p)] = {size, {}};
      return p;
    }
    void *p = host_memory(static_cast<int64_t>(size));
    if (!p) {
      drop_spare();
      p = host_memory(static_cast<int64_t>(size));
    }
    if (p) live_[static_cast<const char *>(p)] = {size, {}};
    return p;
  }
  void give(void *p) {
    std::lock_guard<std::mutex> guard(lock_);
    auto found = live_.find(static_cast<const char *>(p));
    if (found == live_.end()) return;
    ending_.emplace_back(p, std::move(found->second));
    live_.erase(found);
  }
  bool holds(const void *p) {
    std::lock_guard<std::mutex> guard(lock_);
    return block(p) != nullptr;
  }
  void used(const void *p, Event event) {
    std::lock_guard<std::mutex> guard(lock_);
    if (Block *b = block(p)) {
      auto &events = b->events;
      events.erase(std::remove_if(events.begin(), events.end(), [](const Event &e) { return e->QueryEvent(); }),
                   events.end());
      events.push_back(std::move(event));
    }
  }
  void drop() {
    std::lock_guard<std::mutex> guard(lock_);
    settle();
    drop_spare();
  }

 private:
  static constexpr size_t kLeast = 512;
  struct Block {
    size_t size;
    std::vector<Event> events;
  };
  Block *block(const void *p) {
    auto at = static_cast<const char *>(p);
    auto found = live_.upper_bound(at);
    if (found == live_.begin()) return nullptr;
    --found;
    return at < found->first + found->second.size ? &found->second : nullptr;
  }
  void settle() {
    size_t kept = 0;
    for (auto &[p, b] : ending_) {
      if (has_happened(b.events)) spare_.emplace(b.size, p);
      else ending_[kept++] = {p, std::move(b)};
    }
    ending_.resize(kept);
  }
  void drop_spare() {
    for (auto &[size, p] : spare_) drop_host_memory(p);
    spare_.clear();
  }

  std::mutex lock_;  // memory is given back by whichever thread drops it last
  std::map<const char *, Block> live_;
  std::vector<std::pair<void *, Block>> ending_;
  std::multimap<size_t, void *> spare_;
};
Pinned &pinned_memory() {
  static auto *all = new Pinned;
  return *all;
}

struct Loan {
  ms::DevicePointerPtr memory;
  std::vector<uint32_t> streams;
  std::vector<Event> ends;  // recorded when nobody else holds the memory any more
};
std::vector<Loan> &loans() {
  static auto *all = new std::vector<Loan>;
  return *all;
}

class AscendQueues : public Queues {
 public:
  uint32_t make(int priority) override {
    bind_thread();
    size_t id = 0;
    bool made = said("a stream of the npu cannot be made", [&] {
      return priority ? manager->CreateStreamWithPriority(&id, priority) : manager->CreateStream(&id);
    });
    if (!made) failed("a stream of the npu cannot be made", "MindSpore has none left");
    streams_.push_back(static_cast<uint32_t>(id));
    return static_cast<uint32_t>(id);
  }
  uint32_t current() override { return stream(); }
  void select(uint32_t stream) override {
    bind_thread();
    settle();
    ms::CurrentStream::set_id(stream);
    manager->SetCurrentStreamId(stream);
  }
  void *handle(uint32_t stream) override { return manager->GetStream(stream); }
  bool done(uint32_t stream) override {
    settle();
    return said("the npu failed", [&] { return manager->QueryStream(stream); });
  }
  void wait(uint32_t stream) override {
    bind_thread();
    settle();
    bool good = said("the npu failed", [&] {
      Unlocked unlocked;
      return manager->SyncStream(stream);
    });
    if (!good) failed("the npu failed", "");
  }
  void join(Side side) override {
    if (streams_.empty()) return;
    uint32_t own = stream();
    std::vector<uint32_t> others = streams_;
    others.push_back(0);
    for (uint32_t other : others) {
      if (other == own) continue;
      Event event = make_event(false);
      record(event, side == Side::Before ? other : own);
      follow(side == Side::Before ? own : other, event);
    }
  }

  Event make_event(bool timed) override {
    bind_thread();
    Event made = said("an event of the npu cannot be made",
                      [&] { return manager->CreateEventWithFlag(timed, false, false); });
    if (!made) failed("an event of the npu cannot be made", "MindSpore has none left");
    ms::DeviceEvent *raw = made.get();
    return {raw, [made](ms::DeviceEvent *) {  // MindSpore lists its events until it is told; when the device is given
                                              // up, it drops them itself
              if (accelerator_usable()) manager->DestroyEvent(made);
              else new Event(made);
            }};
  }
  void record(const Event &event, uint32_t stream) override {
    bind_thread();
    settle();
    said("an event of the npu was not recorded", [&] { event->RecordEvent(stream); });
  }
  void follow(uint32_t stream, const Event &event) override {
    bind_thread();
    settle();
    said("a stream of the npu cannot wait for an event", [&] { event->WaitEventWithoutReset(stream); });
  }
  bool done(const Event &event) override {
    return said("the npu failed", [&] { return event->QueryEvent(); });
  }
  void wait(const Event &event) override {
    said("the npu failed", [&] {
      Unlocked unlocked;
      event->SyncEvent();
    });
  }
  double milliseconds(const Event &from, const Event &to) override {
    float time = 0;
    said("the time between two events", [&] { from->ElapsedTime(&time, to.get()); });
    return static_cast<double>(time);
  }

  ms::DevicePointerPtr pinned(int64_t bytes) override {
    bind_thread();
    void *p = pinned_memory().take(bytes);
    if (!p) failed("the host has no page-locked memory of " + std::to_string(bytes) + " bytes", "");
    return std::make_shared<ms::DevicePointer>(p, [](void *q, bool) { pinned_memory().give(q); });
  }
  bool is_pinned(const void *p) override { return pinned_memory().holds(p); }
  void drop_pinned() override { pinned_memory().drop(); }
  void copy_later(void *to, const void *from, int64_t bytes, bool to_device, const void *host) override {
    bind_thread();
    settle();
    copy_async(to, from, bytes, to_device);
    Event event = make_event(false);
    record(event, stream());
    pinned_memory().used(host, std::move(event));
  }
  void lend(const ms::DevicePointerPtr &memory, uint32_t stream) override {
    lending = true;
    for (Loan &loan : loans())
      if (loan.memory == memory && loan.ends.empty()) {
        if (std::find(loan.streams.begin(), loan.streams.end(), stream) == loan.streams.end())
          loan.streams.push_back(stream);
        return;
      }
    loans().push_back({memory, {stream}, {}});
  }

  void take_back() {
    auto &all = loans();
    size_t kept = 0;
    for (Loan &loan : all) {
      constexpr int64_t kOurs = 1;
      if (loan.ends.empty() && loan.memory.use_count() == kOurs)
        for (uint32_t stream : loan.streams) {
          loan.ends.push_back(make_event(false));
          record(loan.ends.back(), stream);
        }
      if (loan.ends.empty() || !has_happened(loan.ends)) all[kept++] = std::move(loan);
    }
    all.resize(kept);
    lending = kept != 0;
  }

 private:
  void settle() { started_accelerator().settle(); }
  std::vector<uint32_t> streams_;  // those made here
};

AscendQueues &all_queues() {
  static auto *queues = new AscendQueues;
  return *queues;
}

}  // namespace

Queues &queues_of(ms::device::DeviceResManager *of) {
  manager = of;
  return all_queues();
}
void take_back() { all_queues().take_back(); }

}  // namespace mt::ascend
