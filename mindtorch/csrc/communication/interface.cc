// The C interface of process groups, for mindtorch.distributed: operations that go on in a thread of the group's.
#include <cstring>
#include <deque>
#include <functional>
#include <thread>

#include "group.h"
#include "post.h"

#define API extern "C" __attribute__((visibility("default")))

using namespace mt::communication;
using mt::DType;

namespace {

thread_local std::string last_error;
thread_local std::string last_text;

// What a caller does is guarded by this: the error's reason, or 0.
template <class F>
int guarded(F f) {
  try {
    f();
    return 0;
  } catch (const Failure &failure) {
    last_error = failure.what();
    return static_cast<int>(failure.why);
  } catch (const std::exception &error) {
    last_error = error.what();
    return static_cast<int>(Why::System);
  }
}

struct Job {
  std::shared_ptr<Work> work;
  std::function<void()> run;
};

class Ranks {
 public:
  Ranks(std::unique_ptr<Channels> collectives, std::unique_ptr<Channels> messages)
      : group(std::move(collectives)), post(std::move(messages)) {}
  ~Ranks() {
    group.abort();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      closing_ = true;
      there_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

  Group group;
  Post post;

  std::shared_ptr<Work> start(std::function<void()> run) {
    auto work = std::make_shared<Work>();
    std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back({work, std::move(run)});
    if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
    there_.notify_one();
    return work;
  }
  // Runs in the caller's thread when nothing is on its way; false otherwise.
  bool at_once(const std::function<void()> &run) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (busy_ || !jobs_.empty()) return false;
      busy_ = true;
    }
    struct Free {
      Ranks *ranks;
      ~Free() {
        std::lock_guard<std::mutex> lock(ranks->mutex_);
        ranks->busy_ = false;
        ranks->there_.notify_one();
      }
    } free{this};
    attempt(run);
    return true;
  }

 private:
  void attempt(const std::function<void()> &run) {
    if (!broken_.empty()) throw Failure(Why::Invalid, "an earlier operation of the group failed: " + broken_);
    try {
      run();
    } catch (const Failure &failure) {
      if (failure.why != Why::Invalid) broken_ = failure.what();
      throw;
    }
  }
  void loop() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      there_.wait(lock, [this] { return (!jobs_.empty() && !busy_) || closing_; });
      if (closing_) break;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      busy_ = true;
      lock.unlock();
      try {
        attempt(job.run);
        job.work->finish();
      } catch (const Failure &failure) {
        job.work->fail(failure);
      } catch (const std::exception &error) {
        job.work->fail(Failure(Why::System, error.what()));
      }
      lock.lock();
      busy_ = false;
    }
    for (Job &job : jobs_) job.work->fail(Failure(Why::Invalid, "the process group was destroyed"));
  }

  std::mutex mutex_;
  std::condition_variable there_;
  std::deque<Job> jobs_;
  bool busy_ = false, closing_ = false;
  std::string broken_;
  std::thread thread_;
};

constexpr int kLanes = 2;

}  // namespace

API const char *mtc_error() { return last_error.c_str(); }

API int mtc_segment_make(int size, std::shared_ptr<Segment> **made) {
  return guarded([&] { *made = new std::shared_ptr<Segment>(Segment::make(size, kLanes)); });
}
API int mtc_segment_find(const char *name, std::shared_ptr<Segment> **made) {
  return guarded([&] { *made = new std::shared_ptr<Segment>(Segment::find(name)); });
}
API const char *mtc_segment_name(std::shared_ptr<Segment> *segment) { return (*segment)->name().c_str(); }
API void mtc_segment_free(std::shared_ptr<Segment> *segment) { delete segment; }

API int mtc_open_shared(std::shared_ptr<Segment> *segment, int rank, double seconds, Ranks **made) {
  return guarded([&] {
    (*segment)->join(rank);
    (*segment)->wait_for_all(seconds);
    *made = new Ranks((*segment)->channels(0, rank), (*segment)->channels(1, rank));
  });
}
API int mtc_open_sockets(int rank, int size, const int *collectives, const int *messages, Ranks **made) {
  return guarded([&] {
    *made = new Ranks(socket_channels(rank, {collectives, collectives + size}),
                      socket_channels(rank, {messages, messages + size}));
  });
}
API void mtc_close(Ranks *ranks) { delete ranks; }

// `in` and `out`: (address, bytes) of what each rank gets and gives, or of the one buffer there is. With `made` null
// the call returns when the operation has ended; otherwise it may go on, and is asked for with mtc_wait.
API int mtc_collective(Ranks *ranks, int kind, int n_in, const uint64_t *in, int n_out, const uint64_t *out, int dtype,
                       int how, int root, double seconds, std::shared_ptr<Work> **made) {
  std::vector<Group::Part> from, to;
  for (int i = 0; i < n_in; ++i) from.push_back({reinterpret_cast<char *>(in[2 * i]), in[2 * i + 1]});
  for (int i = 0; i < n_out; ++i) to.push_back({reinterpret_cast<char *>(out[2 * i]), out[2 * i + 1]});
  auto type = static_cast<DType>(dtype);
  auto combination = static_cast<Combine>(how);
  auto run = [=] {
    Group &g = ranks->group;
    auto width = static_cast<size_t>(mt::itemsize(type));
    switch (static_cast<Kind>(kind)) {
      case Kind::Barrier:
        return g.barrier(seconds);
      case Kind::AllReduce:
        return g.all_reduce(to[0].data, to[0].bytes / width, type, combination, seconds);
      case Kind::Reduce:
        return g.reduce(from[0].data, to[0].data, from[0].bytes / width, type, combination, root, seconds);
      case Kind::ReduceScatter:
        return g.reduce_scatter(from, to[0].data, type, combination, seconds);
      case Kind::Broadcast:
        return g.broadcast(to[0].data, to[0].bytes, root, seconds);
      case Kind::AllGather:
        return g.all_gather(from[0].data, from[0].bytes, to, seconds);
      case Kind::Gather:
        return g.gather(from[0].data, from[0].bytes, to, root, seconds);
      case Kind::Scatter:
        return g.scatter(from, to[0].data, to[0].bytes, root, seconds);
      case Kind::AllToAll:
        return g.all_to_all(from, to, seconds);
      default:
        throw Failure(Why::Invalid, "there is no such collective");
    }
  };
  return guarded([&] {
    if (made) {
      *made = new std::shared_ptr<Work>(ranks->start(run));
      return;
    }
    if (ranks->at_once(run)) return;
    std::shared_ptr<Work> work = ranks->start(run);
    work->wait(1e9);
    if (work->why()) throw Failure(static_cast<Why>(work->why()), work->message());
  });
}

API int mtc_send(Ranks *ranks, int to, int tag, const char *data, uint64_t bytes, double seconds,
                 std::shared_ptr<Work> **made) {
  return guarded([&] { *made = new std::shared_ptr<Work>(ranks->post.send(to, tag, data, bytes, seconds)); });
}
API int mtc_receive(Ranks *ranks, int from, int tag, char *data, uint64_t bytes, double seconds,
                    std::shared_ptr<Work> **made) {
  return guarded([&] { *made = new std::shared_ptr<Work>(ranks->post.receive(from, tag, data, bytes, seconds)); });
}

// 1: ended. Why and what it said afterwards.
API int mtc_wait(std::shared_ptr<Work> *work, double seconds) { return (*work)->wait(seconds); }
API int mtc_why(std::shared_ptr<Work> *work) { return (*work)->why(); }
API const char *mtc_message(std::shared_ptr<Work> *work) {
  last_text = (*work)->message();
  return last_text.c_str();
}
API int mtc_source(std::shared_ptr<Work> *work) { return (*work)->source(); }
API void mtc_free(std::shared_ptr<Work> *work) { delete work; }
