// Collective operations over channels. All ranks of a group make the same calls in the same order; a rank that makes
// another is told so, one that does not come is named when the time is over.
#pragma once
#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "channels.h"
#include "numbers.h"

namespace mt::communication {

enum class Kind : uint32_t {
  Barrier,
  AllReduce,
  Reduce,
  ReduceScatter,
  Broadcast,
  AllGather,
  Gather,
  Scatter,
  AllToAll,
  Point
};
const char *name_of(Kind kind);

class Group {
 public:
  explicit Group(std::unique_ptr<Channels> channels);
  int rank() const { return channels_->rank(); }
  int size() const { return channels_->size(); }

  // Every call gives up with Failure after `seconds`.
  void barrier(double seconds);
  void all_reduce(char *data, size_t count, DType dtype, Combine how, double seconds);
  void reduce(const char *in, char *out, size_t count, DType dtype, Combine how, int root,
              double seconds);  // out: root's
  // Where the part of each rank lies, and how many bytes it has.
  struct Part {
    char *data;
    size_t bytes;
  };
  // in: what each rank gets of this one; out: of the length of this rank's part.
  void reduce_scatter(const std::vector<Part> &in, char *out, DType dtype, Combine how, double seconds);
  void broadcast(char *data, size_t bytes, int root, double seconds);
  void all_gather(const char *in, size_t bytes, const std::vector<Part> &out, double seconds);
  void gather(const char *in, size_t bytes, const std::vector<Part> &out, int root, double seconds);  // out: root's
  void scatter(const std::vector<Part> &in, char *out, size_t bytes, int root, double seconds);       // in: root's
  void all_to_all(const std::vector<Part> &in, const std::vector<Part> &out, double seconds);

  // One after another for a peer and direction, side by side otherwise, from any thread: for a group of its own.
  struct Message {
    int peer;
    bool sending;
    char *data;
    size_t count;
    DType dtype;
  };
  void messages(const std::vector<Message> &list, double seconds);

  // Ends what is going on, with Failure, and all that comes.
  void abort();

 private:
  struct Call;
  struct Transfer;
  void exchange(std::vector<Transfer> &transfers);
  bool progress(Transfer &transfer);
  [[noreturn]] void give_up(const std::vector<Transfer> &transfers);
  void check(const Transfer &transfer, const char *theirs) const;
  void check_root(int root) const;

  std::unique_ptr<Channels> channels_;
  std::mutex order_;                          // of collectives
  std::vector<std::mutex> sends_, receives_;  // of messages
  uint64_t number_ = 0;
  std::atomic<bool> aborted_{false};
};

}  // namespace mt::communication
