// Streams and events. A stream is a thread that works off its queue, so that a wait that somebody forgot shows as a
// wrong result.
#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "runtime.h"

namespace softcann {

int check_range(const char *who, const void *p, size_t size, bool device);
bool pinned(const void *p);

namespace {

using Clock = std::chrono::steady_clock;
using Lock = std::unique_lock<std::mutex>;

std::chrono::milliseconds milliseconds(int64_t n) { return std::chrono::milliseconds(n); }

struct Stream {
  std::mutex mutex;
  std::condition_variable work, idle;
  std::deque<Task> queue;
  bool busy = false, closing = false, started = false;
  int error = 0;  // of the first task that failed since the last wait
  std::string message;

  void push(Task task) {
    Lock lock(mutex);
    queue.push_back(std::move(task));
    if (!started) {
      started = true;
      std::thread([this] { loop(); }).detach();
    }
    work.notify_one();
  }

  void loop() {
    Lock lock(mutex);
    for (;;) {
      work.wait(lock, [this] { return !queue.empty() || closing; });
      if (queue.empty()) break;
      Task task = std::move(queue.front());
      queue.pop_front();
      busy = true;
      lock.unlock();
      std::string what;
      int code = task(what);
      task = nullptr;
      lock.lock();
      busy = false;
      if (code && !error) error = code, message = std::move(what);
      if (queue.empty()) idle.notify_all();
    }
    lock.unlock();
    delete this;
  }

  // Waits for all that is queued; -1: for as long as it takes. Says what failed, once.
  int wait(int64_t timeout) {
    Lock lock(mutex);
    auto done = [this] { return queue.empty() && !busy; };
    if (timeout < 0) idle.wait(lock, done);
    else if (!idle.wait_for(lock, milliseconds(timeout), done))
      return fail(kStreamTimeout, "aclrtSynchronizeStream: the stream did not end within %lld ms",
                  static_cast<long long>(timeout));
    int code = error;
    error = 0;
    return code ? fail(code, "%s", message.c_str()) : kOk;
  }

  bool finished() {
    Lock lock(mutex);
    return queue.empty() && !busy;
  }
};

struct Streams {
  std::mutex mutex;
  std::set<Stream *> all;
  Stream *first = nullptr;  // the default one: a null handle
};
// Never destroyed: the threads outlive main.
Streams &streams() {
  static auto *s = new Streams;
  return *s;
}

// A context does not survive a fork, its threads are not in the child.
bool forked = false;
[[maybe_unused]] const int watched = pthread_atfork(nullptr, nullptr, [] { forked = true; });

Stream *stream_of(void *handle, const char *who) {
  if (forked) {
    fail(kNoContext,
         "%s: this process was forked from the one that opened the device; a context does not survive a fork", who);
    return nullptr;
  }
  Streams &s = streams();
  std::lock_guard<std::mutex> lock(s.mutex);
  if (!handle) {
    if (!s.first) s.all.insert(s.first = new Stream);
    return s.first;
  }
  auto *stream = static_cast<Stream *>(handle);
  if (s.all.count(stream)) return stream;
  fail(kInvalidParameter, "%s: %p is no stream", who, handle);
  return nullptr;
}

// What an event stands for: the last record of it. Tasks that wait for an older one are not kept up by a newer.
struct Mark {
  std::mutex mutex;
  std::condition_variable reached;
  bool done = false;
  Clock::time_point time;
  int error = 0;  // of the stream, when it came here
  std::string message;

  void reach(int code = 0, const std::string &what = "") {
    Lock lock(mutex);
    done = true;
    time = Clock::now();
    error = code;
    message = what;
    reached.notify_all();
  }
  // What comes after a failure is of no use, on whatever stream: who waits learns of it.
  int wait(std::string &what) {
    Lock lock(mutex);
    reached.wait(lock, [this] { return done; });
    if (error) what = message;
    return error;
  }
};
struct Event {
  std::mutex mutex;
  std::shared_ptr<Mark> mark;  // none: never recorded
  std::shared_ptr<Mark> last() {
    Lock lock(mutex);
    return mark;
  }
};

double execute_timeout = 1080;  // seconds that an operator may take, as long as nobody says otherwise

}  // namespace

double op_timeout() { return execute_timeout; }
void hang(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

int enqueue(void *handle, Task task) {
  Stream *stream = stream_of(handle, "aclrtLaunch");
  if (!stream) return forked ? kNoContext : kInvalidParameter;
  stream->push(std::move(task));
  return kOk;
}

}  // namespace softcann

using namespace softcann;

#define STREAM_OR_RETURN(name, handle)        \
  Stream *name = stream_of(handle, __func__); \
  if (!name) return forked ? kNoContext : kInvalidParameter

// ---- streams ----
API int aclrtCreateStream(void **stream) {
  if (forked) return fail(kNoContext, "aclrtCreateStream: a context does not survive a fork");
  auto *made = new Stream;
  Streams &s = streams();
  std::lock_guard<std::mutex> lock(s.mutex);
  s.all.insert(made);
  *stream = made;
  return kOk;
}
API int aclrtCreateStreamWithConfig(void **stream, uint32_t, uint32_t) { return aclrtCreateStream(stream); }
API int aclrtDestroyStreamForce(void *handle) {
  if (!handle) return fail(kInvalidParameter, "aclrtDestroyStream: the default stream stays");
  STREAM_OR_RETURN(stream, handle);
  {
    Streams &s = streams();
    std::lock_guard<std::mutex> lock(s.mutex);
    s.all.erase(stream);
  }
  Lock lock(stream->mutex);
  stream->closing = true;
  bool idle = !stream->started;
  stream->work.notify_one();
  lock.unlock();
  if (idle) delete stream;
  return kOk;
}
API int aclrtDestroyStream(void *handle) { return aclrtDestroyStreamForce(handle); }
API int aclrtSynchronizeStreamWithTimeout(void *handle, int32_t timeout) {
  STREAM_OR_RETURN(stream, handle);
  return stream->wait(timeout);
}
API int aclrtSynchronizeStream(void *handle) { return aclrtSynchronizeStreamWithTimeout(handle, -1); }
API int aclrtSynchronizeDeviceWithTimeout(int32_t timeout) {
  STREAM_OR_RETURN(first, nullptr);
  std::set<Stream *> all;
  {
    Streams &s = streams();
    std::lock_guard<std::mutex> lock(s.mutex);
    all = s.all;
  }
  int code = first->wait(timeout);
  for (Stream *stream : all)
    if (int other = stream == first ? 0 : stream->wait(timeout)) code = other;
  return code;
}
API int aclrtSynchronizeDevice() { return aclrtSynchronizeDeviceWithTimeout(-1); }
API int aclrtStreamQuery(void *handle, int *status) {
  STREAM_OR_RETURN(stream, handle);
  *status = stream->finished() ? 0 : 1;  // complete, not ready
  return kOk;
}
API int aclrtSetOpExecuteTimeOut(uint32_t seconds) {
  if (seconds) execute_timeout = seconds;
  return kOk;
}
// A callback runs where the stream has come to, in its thread; there is nothing to report to another one.
API int aclrtLaunchCallback(void (*call)(void *), void *data, int, void *handle) {
  STREAM_OR_RETURN(stream, handle);
  stream->push([=](std::string &) {
    call(data);
    return 0;
  });
  return kOk;
}
// Must block: a thread of the caller's polls it.
API int aclrtProcessReport(int32_t timeout) {
  hang(timeout > 0 ? timeout * 1e-3 : 0.1);
  return kOk;
}

// ---- events ----
API int aclrtCreateEvent(void **event) {
  *event = new Event;
  return kOk;
}
API int aclrtCreateEventWithFlag(void **event, uint32_t) { return aclrtCreateEvent(event); }
API int aclrtCreateEventExWithFlag(void **event, uint32_t) { return aclrtCreateEvent(event); }
API int aclrtDestroyEvent(void *event) {
  delete static_cast<Event *>(event);
  return kOk;
}
API int aclrtRecordEvent(void *handle, void *on) {
  STREAM_OR_RETURN(stream, on);
  auto mark = std::make_shared<Mark>();
  auto *event = static_cast<Event *>(handle);
  {
    Lock lock(event->mutex);
    event->mark = mark;
  }
  stream->push([mark, stream](std::string &) {
    Lock lock(stream->mutex);
    mark->reach(stream->error, stream->message);
    return 0;
  });
  return kOk;
}
API int aclrtResetEvent(void *handle, void *on) {
  STREAM_OR_RETURN(stream, on);
  (void)stream;  // who waits later waits for the next record; who waits already has a mark of their own
  auto *event = static_cast<Event *>(handle);
  Lock lock(event->mutex);
  event->mark = nullptr;
  return kOk;
}
API int aclrtStreamWaitEvent(void *on, void *handle) {
  STREAM_OR_RETURN(stream, on);
  auto mark = static_cast<Event *>(handle)->last();
  if (!mark) return kOk;
  stream->push([mark](std::string &message) { return mark->wait(message); });
  return kOk;
}
API int aclrtSynchronizeEvent(void *handle) {
  auto mark = static_cast<Event *>(handle)->last();
  std::string message;
  int code = mark ? mark->wait(message) : 0;
  return code ? fail(code, "%s", message.c_str()) : kOk;
}
API int aclrtQueryEventStatus(void *handle, int *status) {
  auto mark = static_cast<Event *>(handle)->last();
  *status = 1;
  if (mark) {
    Lock lock(mark->mutex);
    *status = mark->done;
  }
  return kOk;
}
API int aclrtEventGetTimestamp(void *handle, uint64_t *microseconds) {
  auto mark = static_cast<Event *>(handle)->last();
  if (!mark) return fail(kInvalidParameter, "aclrtEventGetTimestamp: the event was not recorded");
  Lock lock(mark->mutex);
  if (!mark->done) return fail(kInvalidParameter, "aclrtEventGetTimestamp: the event has not been reached");
  *microseconds = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(mark->time.time_since_epoch()).count());
  return kOk;
}
API int aclrtEventElapsedTime(float *result, void *from, void *to) {
  auto a = static_cast<Event *>(from)->last(), b = static_cast<Event *>(to)->last();
  if (!a || !b || !a->done || !b->done)
    return fail(kInvalidParameter, "aclrtEventElapsedTime: both events must have been reached");
  *result = std::chrono::duration<float, std::milli>(b->time - a->time).count();
  return kOk;
}

// ---- copies ----
namespace {
enum Kind { kHostToHost, kToDevice, kToHost, kWithin, kByAddress };

int check_copy(const char *who, void *to, size_t room, const void *from, size_t size, int &kind) {
  if (kind == kByAddress) kind = (on_device(to) ? 1 : 0) + (on_device(from) ? 2 : 0);
  if (kind < kHostToHost || kind > kWithin)
    return fail(kInvalidParameter, "%s: there is no kind %d of copies", who, kind);
  if (size > room) return fail(kInvalidParameter, "%s: %zu bytes into room for %zu", who, size, room);
  if (!size) return kOk;
  if (int code = check_range(who, to, size, kind == kToDevice || kind == kWithin)) return code;
  return check_range(who, from, size, kind == kToHost || kind == kWithin);
}
void copy(void *to, const void *from, size_t size, int kind) {
  std::memmove(reachable(to), reachable(from), size);
  count_copy(kind, size);
}
}  // namespace

API int aclrtMemcpy(void *to, size_t room, const void *from, size_t size, int kind) {
  if (int code = check_copy("aclrtMemcpy", to, room, from, size, kind)) return code;
  if (size) copy(to, from, size, kind);
  return kOk;
}
// Memory of the host that is not pinned is copied before the call returns, after what the stream has to do first.
API int aclrtMemcpyAsync(void *to, size_t room, const void *from, size_t size, int kind, void *handle) {
  STREAM_OR_RETURN(stream, handle);
  if (int code = check_copy("aclrtMemcpyAsync", to, room, from, size, kind)) return code;
  if (!size) return kOk;
  stream->push([=](std::string &) {
    copy(to, from, size, kind);
    return 0;
  });
  bool wait = (kind == kToDevice && !pinned(from)) || (kind == kToHost && !pinned(to)) || kind == kHostToHost;
  if (wait) {
    auto mark = std::make_shared<Mark>();
    stream->push([mark](std::string &) {
      mark->reach();
      return 0;
    });
    std::string unused;
    mark->wait(unused);
  }
  return kOk;
}
API int aclrtMemset(void *to, size_t room, int32_t value, size_t size) {
  if (size > room) return fail(kInvalidParameter, "aclrtMemset: %zu bytes into room for %zu", size, room);
  if (int code = check_range("aclrtMemset", to, size, on_device(to))) return code;
  std::memset(reachable(to), value, size);
  return kOk;
}
API int aclrtMemsetAsync(void *to, size_t room, int32_t value, size_t size, void *handle) {
  STREAM_OR_RETURN(stream, handle);
  if (size > room) return fail(kInvalidParameter, "aclrtMemsetAsync: %zu bytes into room for %zu", size, room);
  if (int code = check_range("aclrtMemsetAsync", to, size, true)) return code;
  stream->push([=](std::string &) {
    std::memset(reachable(to), value, size);
    return 0;
  });
  return kOk;
}
