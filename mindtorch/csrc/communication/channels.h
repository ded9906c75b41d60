// Streams of bytes from every process of a group to every other: in order, without loss, of limited room. What is put
// into a stream and taken from it goes by units of kUnit bytes, so that no element is ever split.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "failure.h"

namespace mt::communication {

constexpr size_t kUnit = 32;  // a preamble (group.cc); elements are not wider than 16
inline size_t padded(size_t n) { return (n + kUnit - 1) / kUnit * kUnit; }

class Channels {
 public:
  virtual ~Channels() = default;
  int rank() const { return rank_; }
  int size() const { return size_; }

  // Takes as much of the n bytes as there is room for and says how many; all of them, or a multiple of kUnit.
  virtual size_t put(int to, const char *data, size_t n) = 0;
  // What has arrived and lies in one piece: a multiple of kUnit. It stays until consume().
  virtual size_t peek(int from, const char **data) = 0;
  virtual void consume(int from, size_t n) = 0;

  // ticket() before an attempt; wait(ticket) after one that came to nothing: returns when something has changed since
  // the ticket, or after `seconds`.
  virtual uint32_t ticket() = 0;
  struct Interest {
    int peer;
    bool sending;
  };
  virtual void wait(uint32_t ticket, double seconds, const std::vector<Interest> &interests) = 0;
  // Lets a wait of this process return, from another thread.
  virtual void nudge() = 0;
  // Whether the process of a rank is there. One that has left in order is not, but what it put can still be taken.
  virtual bool alive(int peer) = 0;

 protected:
  Channels(int rank, int size) : rank_(rank), size_(size) {}
  int rank_, size_;
};

// ---- through memory that processes of one machine share ----

// Made by one process; the others find it by its name. It lives as long as a process uses it: nothing is left over
// when all are killed.
class Segment : public std::enable_shared_from_this<Segment> {
 public:
  static std::shared_ptr<Segment> make(int size, int lanes);
  static std::shared_ptr<Segment> find(const std::string &name);
  ~Segment();

  const std::string &name() const { return name_; }
  int size() const;
  int lanes() const;
  // This process is that rank from now on. Failure when another is already.
  void join(int rank);
  // Waits until all ranks have joined, and says which have not when `seconds` are over.
  void wait_for_all(double seconds);
  // A lane is a set of channels of its own.
  std::unique_ptr<Channels> channels(int lane, int rank);

 private:
  Segment(int file, std::string name);
  friend class SharedChannels;
  bool alive(int rank) const;
  std::vector<int> missing() const;
  int file_ = -1;
  char *base_ = nullptr;
  size_t length_ = 0;
  std::string name_;
  int joined_as_ = -1;
};

// ---- through sockets, between machines ----
// One connected socket for every other rank (-1 for this one), which the channels own from now on.
std::unique_ptr<Channels> socket_channels(int rank, const std::vector<int> &sockets);

}  // namespace mt::communication
