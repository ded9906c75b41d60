// Channels through connected sockets, for ranks of several machines.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "channels.h"

namespace mt::communication {
namespace {

constexpr size_t kBuffer = 256 << 10;

class SocketChannels final : public Channels {
 public:
  SocketChannels(int rank, const std::vector<int> &sockets)
      : Channels(rank, static_cast<int>(sockets.size())), peers_(sockets.size()), nudges_(eventfd(0, EFD_NONBLOCK)) {
    for (size_t r = 0; r < sockets.size(); ++r) {
      peers_[r].socket = sockets[r];
      if (sockets[r] < 0) continue;
      fcntl(sockets[r], F_SETFL, fcntl(sockets[r], F_GETFL) | O_NONBLOCK);
      int on = 1;
      setsockopt(sockets[r], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      peers_[r].buffer = std::make_unique<Buffer>();
    }
  }
  ~SocketChannels() override {
    for (Peer &p : peers_)
      if (p.socket >= 0) close(p.socket);
    close(nudges_);
  }

  size_t put(int to, const char *data, size_t n) override {
    Peer &p = peers_[static_cast<size_t>(to)];
    if (p.gone) return 0;
    size_t sent = p.early;  // of this very data, beyond what the last call could tell
    while (sent < n) {
      ssize_t got = send(p.socket, data + sent, n - sent, MSG_NOSIGNAL);
      if (got > 0)
        sent += static_cast<size_t>(got);
      else if (got < 0 && errno == EINTR)
        continue;
      else {
        if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK) p.gone = true;
        break;
      }
    }
    if (sent < n) {
      p.early = sent % kUnit;
      return sent - p.early;
    }
    p.early = 0;
    pad(p, padded(n) - n);
    return n;
  }

  size_t peek(int from, const char **data) override {
    Peer &p = peers_[static_cast<size_t>(from)];
    Buffer &b = *p.buffer;
    if (b.end - b.start < kUnit) {
      if (b.start) {
        std::memmove(b.bytes, b.bytes + b.start, b.end - b.start);
        b.end -= b.start;
        b.start = 0;
      }
      while (!p.gone) {
        ssize_t got = recv(p.socket, b.bytes + b.end, kBuffer - b.end, 0);
        if (got > 0)
          b.end += static_cast<size_t>(got);
        else if (got < 0 && errno == EINTR)
          continue;
        else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
          p.gone = true;
        break;
      }
    }
    *data = b.bytes + b.start;
    return (b.end - b.start) / kUnit * kUnit;
  }

  void consume(int from, size_t n) override { peers_[static_cast<size_t>(from)].buffer->start += padded(n); }

  uint32_t ticket() override { return changes_.load(); }

  void wait(uint32_t seen, double seconds, const std::vector<Interest> &interests) override {
    if (changes_.load() != seen) return;
    std::vector<pollfd> list = {{nudges_, POLLIN, 0}};
    for (const Interest &i : interests) {
      const Peer &p = peers_[static_cast<size_t>(i.peer)];
      if (p.socket >= 0 && !p.gone) list.push_back({p.socket, static_cast<short>(i.sending ? POLLOUT : POLLIN), 0});
    }
    if (poll(list.data(), list.size(), std::max(static_cast<int>(seconds * 1000), 1)) <= 0) return;
    uint64_t count;
    if (list[0].revents && read(nudges_, &count, sizeof count) < 0 && errno != EAGAIN)
      throw Failure(Why::System, std::string("waiting for sockets: ") + std::strerror(errno));
    changes_.fetch_add(1);
  }

  bool alive(int peer) override { return peer == rank_ || !peers_[static_cast<size_t>(peer)].gone; }

  void nudge() override {
    uint64_t one = 1;
    if (write(nudges_, &one, sizeof one) < 0 && errno != EAGAIN)
      throw Failure(Why::System, std::string("waking a thread: ") + std::strerror(errno));
  }

 private:
  struct Buffer {
    alignas(64) char bytes[kBuffer];
    size_t start = 0, end = 0;  // start is a multiple of kUnit
  };
  struct Peer {
    int socket = -1;
    size_t early = 0;
    std::atomic<bool> gone{false};
    std::unique_ptr<Buffer> buffer;
  };

  // Less than a unit, so room comes at once if the peer reads at all.
  void pad(Peer &p, size_t n) {
    static const char zeros[kUnit] = {};
    while (n && !p.gone) {
      ssize_t got = send(p.socket, zeros, n, MSG_NOSIGNAL);
      if (got > 0)
        n -= static_cast<size_t>(got);
      else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        pollfd one = {p.socket, POLLOUT, 0};
        poll(&one, 1, 1000);
      } else if (errno != EINTR) {
        p.gone = true;
      }
    }
  }

  std::vector<Peer> peers_;
  int nudges_;
  std::atomic<uint32_t> changes_{0};
};

}  // namespace

std::unique_ptr<Channels> socket_channels(int rank, const std::vector<int> &sockets) {
  return std::make_unique<SocketChannels>(rank, sockets);
}

}  // namespace mt::communication
