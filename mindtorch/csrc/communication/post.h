// Messages with tags, in the background: what is sent goes when the other side takes it, what is received is matched
// by its sender and tag.
#pragma once
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "channels.h"
#include "work.h"

namespace mt::communication {

class Post {
 public:
  explicit Post(std::unique_ptr<Channels> channels);
  ~Post();

  std::shared_ptr<Work> send(int to, int tag, const char *data, size_t bytes, double seconds);
  std::shared_ptr<Work> receive(int from, int tag, char *data, size_t bytes, double seconds);  // from -1: anyone

 private:
  struct Letter {
    std::shared_ptr<Work> work;
    int peer, tag;
    char *data;
    size_t bytes, done = 0;
    bool addressed = false;  // its head is on the way
    double seconds;
    std::chrono::steady_clock::time_point end;
  };
  struct Arrival {  // what comes from a rank
    bool open = false;
    int tag = 0;
    size_t bytes = 0, done = 0;
    std::shared_ptr<Letter> letter;          // who waits for it
    std::shared_ptr<std::vector<char>> own;  // where it is kept as long as nobody does
  };
  struct Kept {
    int from, tag;
    std::shared_ptr<std::vector<char>> data;
  };

  std::shared_ptr<Work> post(std::shared_ptr<Letter> letter, bool sending);
  void run();
  bool move();
  bool take_from(int peer);
  bool send_to(int peer);
  void deliver(Letter &letter, int from, const char *data, size_t bytes);
  void expire();

  std::unique_ptr<Channels> channels_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::vector<std::deque<std::shared_ptr<Letter>>> outgoing_;
  std::list<std::shared_ptr<Letter>> waiting_;
  std::vector<Arrival> arrivals_;
  std::list<Kept> kept_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace mt::communication
