#include "post.h"

#include <algorithm>
#include <cstring>

namespace mt::communication {
namespace {

constexpr double kLook = 0.2;

struct Head {
  uint64_t bytes;
  int32_t tag;
  char rest[kUnit - 12];
};
static_assert(sizeof(Head) == kUnit);

std::string count_of(size_t n) { return std::to_string(n) + (n == 1 ? " byte" : " bytes"); }

}  // namespace

Post::Post(std::unique_ptr<Channels> channels)
    : channels_(std::move(channels)),
      outgoing_(static_cast<size_t>(channels_->size())),
      arrivals_(static_cast<size_t>(channels_->size())) {}

Post::~Post() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
    posted_.notify_all();
    channels_->nudge();
  }
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<Work> Post::send(int to, int tag, const char *data, size_t bytes, double seconds) {
  auto letter = std::make_shared<Letter>();
  letter->peer = to, letter->tag = tag, letter->data = const_cast<char *>(data), letter->bytes = bytes;
  letter->seconds = seconds;
  return post(std::move(letter), true);
}
std::shared_ptr<Work> Post::receive(int from, int tag, char *data, size_t bytes, double seconds) {
  auto letter = std::make_shared<Letter>();
  letter->peer = from, letter->tag = tag, letter->data = data, letter->bytes = bytes, letter->seconds = seconds;
  return post(std::move(letter), false);
}

std::shared_ptr<Work> Post::post(std::shared_ptr<Letter> letter, bool sending) {
  letter->work = std::make_shared<Work>();
  letter->end = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                       std::chrono::duration<double>(std::min(letter->seconds, 1e8)));
  std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<Work> work = letter->work;
  if (sending) {
    outgoing_[static_cast<size_t>(letter->peer)].push_back(std::move(letter));
  } else {
    auto fits = [&](const Kept &k) { return k.tag == letter->tag && (letter->peer < 0 || k.from == letter->peer); };
    auto found = std::find_if(kept_.begin(), kept_.end(), fits);
    if (found != kept_.end()) {
      deliver(*letter, found->from, found->data->data(), found->data->size());
      kept_.erase(found);
      return work;
    }
    for (size_t r = 0; r < arrivals_.size(); ++r) {  // one that is coming in, and that nobody waited for
      Arrival &a = arrivals_[r];
      if (a.open && a.own && !a.letter && fits({static_cast<int>(r), a.tag, nullptr})) {
        a.letter = std::move(letter);
        break;
      }
    }
    if (letter) waiting_.push_back(std::move(letter));
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  posted_.notify_all();
  channels_->nudge();
  return work;
}

void Post::deliver(Letter &letter, int from, const char *data, size_t bytes) {
  if (bytes != letter.bytes) {
    letter.work->fail(Failure(Why::Mismatch, "recv: rank " + std::to_string(from) + " sends " + count_of(bytes) +
                                                 " where " + count_of(letter.bytes) + " are to be received"));
    return;
  }
  if (bytes && data != letter.data) std::memcpy(letter.data, data, bytes);
  letter.work->finish(from);
}

bool Post::send_to(int peer) {
  auto &queue = outgoing_[static_cast<size_t>(peer)];
  bool moved = false;
  while (!queue.empty()) {
    Letter &letter = *queue.front();
    if (!letter.addressed) {
      Head head = {letter.bytes, letter.tag, {}};
      if (!channels_->put(peer, reinterpret_cast<const char *>(&head), sizeof head)) return moved;
      letter.addressed = moved = true;
    }
    while (letter.done < letter.bytes) {
      size_t n = channels_->put(peer, letter.data + letter.done, letter.bytes - letter.done);
      if (!n) return moved;
      letter.done += n;
      moved = true;
    }
    letter.work->finish();
    queue.pop_front();
  }
  return moved;
}

bool Post::take_from(int peer) {
  Arrival &a = arrivals_[static_cast<size_t>(peer)];
  const char *data;
  bool moved = false;
  for (;;) {
    if (!a.open) {
      if (!channels_->peek(peer, &data)) return moved;
      Head head;
      std::memcpy(&head, data, sizeof head);
      channels_->consume(peer, sizeof head);
      a = Arrival();
      a.open = moved = true;
      a.tag = head.tag;
      a.bytes = head.bytes;
      auto fits = [&](const std::shared_ptr<Letter> &l) { return l->tag == a.tag && (l->peer < 0 || l->peer == peer); };
      auto found = std::find_if(waiting_.begin(), waiting_.end(), fits);
      if (found != waiting_.end()) {
        a.letter = *found;
        waiting_.erase(found);
      }
      // straight to where it belongs if it fits there
      if (!a.letter || a.letter->bytes != a.bytes) a.own = std::make_shared<std::vector<char>>(a.bytes);
    }
    char *to = a.own ? a.own->data() : a.letter->data;
    while (a.done < a.bytes) {
      size_t n = std::min(channels_->peek(peer, &data), a.bytes - a.done);
      if (!n) return moved;
      std::memcpy(to + a.done, data, n);
      channels_->consume(peer, n);
      a.done += n;
      moved = true;
    }
    if (a.letter)
      deliver(*a.letter, peer, to, a.bytes);
    else
      kept_.push_back({peer, a.tag, a.own});
    a = Arrival();
  }
}

bool Post::move() {
  bool moved = false;
  for (int r = 0; r < channels_->size(); ++r) {
    if (r == channels_->rank()) continue;
    moved |= send_to(r);
    moved |= take_from(r);
  }
  return moved;
}

// Fails what has waited too long, or for a rank that is not there any more.
void Post::expire() {
  auto now = std::chrono::steady_clock::now();
  auto late = [&](const Letter &letter, const char *what, const char *whom) {
    std::string rank = letter.peer < 0 ? "any rank" : "rank " + std::to_string(letter.peer);
    if (letter.peer >= 0 && !channels_->alive(letter.peer)) {
      letter.work->fail(Failure(Why::Lost, std::string(what) + ": " + rank + " has ended"));
      return true;
    }
    if (now < letter.end) return false;
    char text[64];
    std::snprintf(text, sizeof text, " within %g s", letter.seconds);
    letter.work->fail(Failure(Why::Timeout, std::string(what) + ": " + rank + whom + text));
    return true;
  };
  for (auto &queue : outgoing_)
    while (!queue.empty() && late(*queue.front(), "send", " did not receive")) queue.pop_front();
  waiting_.remove_if([&](const std::shared_ptr<Letter> &l) { return late(*l, "recv", " did not send"); });
  for (Arrival &a : arrivals_)
    if (a.open && a.letter && late(*a.letter, "recv", " did not send")) a = Arrival();
}

void Post::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  auto busy = [this] {
    if (!waiting_.empty()) return true;
    for (size_t r = 0; r < outgoing_.size(); ++r)
      if (!outgoing_[r].empty() || (arrivals_[r].open && arrivals_[r].letter)) return true;
    return false;
  };
  std::vector<Channels::Interest> interests;
  auto looked = std::chrono::steady_clock::now();
  for (;;) {
    posted_.wait(lock, [&] { return closing_ || busy(); });
    if (closing_) return;
    uint32_t seen = channels_->ticket();
    bool moved = move();
    if (moved || !busy()) continue;
    auto now = std::chrono::steady_clock::now();
    if (now - looked > std::chrono::milliseconds(100)) {
      expire();
      looked = now;
      if (!busy()) continue;
    }
    interests.clear();
    for (int r = 0; r < channels_->size(); ++r) {
      if (r == channels_->rank() || !channels_->alive(r)) continue;
      interests.push_back({r, false});
      if (!outgoing_[static_cast<size_t>(r)].empty()) interests.push_back({r, true});
    }
    lock.unlock();
    channels_->wait(seen, kLook, interests);
    lock.lock();
  }
}

}  // namespace mt::communication
