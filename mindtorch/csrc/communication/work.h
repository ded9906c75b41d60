// An operation on its way.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "failure.h"

namespace mt::communication {

class Work {
 public:
  void finish(int from = -1) {
    std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    source_ = from;
    ended_.notify_all();
  }
  void fail(const Failure &failure) {
    std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    why_ = static_cast<int>(failure.why);
    message_ = failure.what();
    ended_.notify_all();
  }
  // Whether it has ended, after at most that time.
  bool wait(double seconds) {
    std::unique_lock<std::mutex> lock(mutex_);
    return ended_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return done_; });
  }
  int why() const { return why_; }  // 0: well; of an ended one
  const std::string &message() const { return message_; }
  int source() const { return source_; }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  int why_ = 0, source_ = -1;
  std::string message_;
};

}  // namespace mt::communication
