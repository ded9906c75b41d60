#include "group.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>

namespace mt::communication {
namespace {

constexpr size_t kSmall = 32 << 10;  // below, everyone sends everything to everyone: one round instead of 2 (n - 1)
constexpr double kLook = 0.2;        // seconds between looks whether a silent peer is there

const char *dtype_name(DType d) {
  constexpr const char *names[] = {"bool",    "uint8",    "int8",    "int16",         "int32",      "int64",
                                   "float16", "bfloat16", "float32", "float64",       "complex64",  "complex128",
                                   "uint16",  "uint32",   "uint64",  "float8_e4m3fn", "float8_e5m2"};
  auto i = static_cast<size_t>(d);
  return i < sizeof names / sizeof *names ? names[i] : "?";
}
const char *combine_name(Combine c) {
  constexpr const char *names[] = {"sum", "product", "min", "max", "and", "or", "xor"};
  auto i = static_cast<size_t>(c);
  return i < sizeof names / sizeof *names ? names[i] : "?";
}
size_t width(DType d) { return static_cast<size_t>(itemsize(d)); }

}  // namespace

const char *name_of(Kind kind) {
  constexpr const char *names[] = {"barrier",    "all_reduce", "reduce",  "reduce_scatter", "broadcast",
                                   "all_gather", "gather",     "scatter", "all_to_all",     "send/recv"};
  auto i = static_cast<size_t>(kind);
  return i < sizeof names / sizeof *names ? names[i] : "?";
}

// What goes ahead of the first bytes from one rank to another in a call: that both mean the same is checked by it.
struct Preamble {
  uint64_t number;  // of the call in its group; 0 for messages
  Kind kind;
  int32_t dtype, how, root;
  uint64_t count;  // 0 where ranks need not agree
};
static_assert(sizeof(Preamble) == kUnit);

struct Group::Call {
  Preamble preamble;
  double seconds;
  std::chrono::steady_clock::time_point end;
  std::vector<char> greeted, heard;  // peers that the preamble went to, and whose was read

  Call(const Preamble &p, double s, int size)
      : preamble(p),
        seconds(s),
        end(std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                   std::chrono::duration<double>(std::min(s, 1e8)))),
        greeted(static_cast<size_t>(size)),
        heard(static_cast<size_t>(size)) {}
};

struct Group::Transfer {
  Call *call;
  int peer;
  bool sending;
  char *data;
  size_t bytes;
  bool combining = false;
  DType dtype = DType::U8;
  Combine how = Combine::Sum;
  size_t done = 0;
  bool finished = false;
};

Group::Group(std::unique_ptr<Channels> channels)
    : channels_(std::move(channels)),
      sends_(static_cast<size_t>(channels_->size())),
      receives_(static_cast<size_t>(channels_->size())) {}

void Group::check(const Transfer &transfer, const char *theirs) const {
  Preamble p;
  std::memcpy(&p, theirs, sizeof p);
  const Preamble &own = transfer.call->preamble;
  auto what = [](const Preamble &q) {
    std::string text = name_of(q.kind);
    if (q.dtype >= 0)
      text += std::string(" of ") + (q.count ? std::to_string(q.count) + " " : "") +
              dtype_name(static_cast<DType>(q.dtype));
    if (q.how >= 0) text += std::string(" by ") + combine_name(static_cast<Combine>(q.how));
    if (q.root >= 0 && q.kind != Kind::Point) text += " with root " + std::to_string(q.root);
    return text;
  };
  if (p.number == own.number && p.kind == own.kind && p.dtype == own.dtype && p.how == own.how && p.root == own.root &&
      p.count == own.count)
    return;
  std::string text = "rank " + std::to_string(transfer.peer) + " of the group calls " + what(p);
  if (p.number != own.number) text += " (its call " + std::to_string(p.number) + " in the group)";
  text += " where rank " + std::to_string(rank()) + " calls " + what(own);
  if (p.number != own.number) text += " (call " + std::to_string(own.number) + ")";
  throw Failure(Why::Mismatch, text);
}

// Moves what can be moved; whether anything was.
bool Group::progress(Transfer &t) {
  auto peer = static_cast<size_t>(t.peer);
  Call &call = *t.call;
  bool moved = false;
  const char *data;
  if (t.sending) {
    if (!call.greeted[peer]) {
      if (!channels_->put(t.peer, reinterpret_cast<const char *>(&call.preamble), sizeof call.preamble)) return false;
      call.greeted[peer] = moved = true;
    }
    while (t.done < t.bytes) {
      size_t n = channels_->put(t.peer, t.data + t.done, t.bytes - t.done);
      if (!n) return moved;
      t.done += n;
      moved = true;
    }
  } else {
    if (!call.heard[peer]) {
      if (!channels_->peek(t.peer, &data)) return false;
      check(t, data);
      channels_->consume(t.peer, sizeof call.preamble);
      call.heard[peer] = moved = true;
    }
    while (t.done < t.bytes) {
      size_t n = std::min(channels_->peek(t.peer, &data), t.bytes - t.done);
      if (!n) return moved;
      if (t.combining)
        combine(t.data + t.done, data, n / width(t.dtype), t.dtype, t.how);
      else
        std::memcpy(t.data + t.done, data, n);
      channels_->consume(t.peer, n);
      t.done += n;
      moved = true;
    }
  }
  return t.finished = true;
}

void Group::give_up(const std::vector<Transfer> &transfers) {
  std::vector<int> silent, gone, slow;
  const Call *call = nullptr;
  for (const Transfer &t : transfers) {
    if (t.finished) continue;
    if (!call) call = t.call;
    bool heard = t.sending || t.call->heard[static_cast<size_t>(t.peer)];
    auto &list = !channels_->alive(t.peer) ? gone : heard ? slow : silent;
    if (std::find(list.begin(), list.end(), t.peer) == list.end()) list.push_back(t.peer);
  }
  const auto &named = !gone.empty() ? gone : !silent.empty() ? silent : slow;
  std::string text = name_of(call->preamble.kind);
  if (call->preamble.number)
    text += ", call " + std::to_string(call->preamble.number) + " of the group of " + std::to_string(size());
  text += " on rank " + std::to_string(rank()) + ": rank" + (named.size() > 1 ? "s " : " ");
  for (size_t i = 0; i < named.size(); ++i) text += (i ? ", " : "") + std::to_string(named[i]);
  if (!gone.empty()) throw Failure(Why::Lost, text + (gone.size() > 1 ? " have ended" : " has ended"));
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", call->seconds);
  throw Failure(Why::Timeout,
                text + (silent.empty() ? " did not finish" : " did not come") + " within " + seconds + " s");
}

void Group::exchange(std::vector<Transfer> &transfers) {
  std::vector<Channels::Interest> waiting;
  for (;;) {
    uint32_t seen = channels_->ticket();
    bool moved = false;
    auto end = std::chrono::steady_clock::time_point::max();
    waiting.clear();
    for (Transfer &t : transfers) {
      if (t.finished) continue;
      // what goes the same way as an earlier, unfinished one comes after it
      bool later = std::any_of(waiting.begin(), waiting.end(),
                               [&](const Channels::Interest &w) { return w.peer == t.peer && w.sending == t.sending; });
      if (!later) moved |= progress(t);
      if (t.finished) continue;
      waiting.push_back({t.peer, t.sending});
      end = std::min(end, t.call->end);
    }
    if (waiting.empty()) return;
    if (aborted_) throw Failure(Why::Invalid, "the process group was destroyed");
    if (moved) continue;
    double left = std::chrono::duration<double>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) give_up(transfers);
    channels_->wait(seen, std::min(left, kLook), waiting);
    if (channels_->ticket() != seen) continue;
    for (const Channels::Interest &w : waiting) {
      const char *data;
      if (!channels_->alive(w.peer) && (w.sending || !channels_->peek(w.peer, &data))) give_up(transfers);
    }
  }
}

void Group::abort() {
  aborted_ = true;
  channels_->nudge();
}

void Group::check_root(int root) const {
  if (root < 0 || root >= size())
    throw Failure(Why::Invalid,
                  "there is no rank " + std::to_string(root) + " in a group of " + std::to_string(size()));
}

void Group::barrier(double seconds) {
  std::lock_guard<std::mutex> lock(order_);
  Call call({++number_, Kind::Barrier, -1, -1, -1, 0}, seconds, size());
  std::vector<Transfer> all;
  for (int r = 0; r < size(); ++r)
    if (r != rank()) all.push_back({&call, r, true, nullptr, 0}), all.push_back({&call, r, false, nullptr, 0});
  exchange(all);
}

void Group::all_reduce(char *data, size_t count, DType dtype, Combine how, double seconds) {
  std::lock_guard<std::mutex> lock(order_);
  Call call({++number_, Kind::AllReduce, static_cast<int32_t>(dtype), static_cast<int32_t>(how), -1, count}, seconds,
            size());
  if (size() == 1) return;
  size_t n = static_cast<size_t>(size()), me = static_cast<size_t>(rank()), bytes = count * width(dtype);
  if (bytes <= kSmall || count < n) {
    std::vector<std::vector<char>> theirs(n);
    std::vector<Transfer> all;
    for (size_t r = 0; r < n; ++r) {
      if (r == me) continue;
      theirs[r].resize(bytes);
      all.push_back({&call, static_cast<int>(r), true, data, bytes});
      all.push_back({&call, static_cast<int>(r), false, theirs[r].data(), bytes});
    }
    exchange(all);
    // in the order of the ranks, so that all have the same last bit
    std::vector<char> own(data, data + bytes);
    for (size_t r = 0; r < n; ++r) {
      const char *part = r == me ? own.data() : theirs[r].data();
      if (r == 0)
        std::memcpy(data, part, bytes);
      else
        combine(data, part, count, dtype, how);
    }
    return;
  }
  // a ring: each part goes round once to be combined and once to be told
  auto start = [&](size_t part) { return part % n * (count / n) + std::min(part % n, count % n); };
  auto length = [&](size_t part) { return count / n + (part % n < count % n); };
  int next = static_cast<int>((me + 1) % n), before = static_cast<int>((me + n - 1) % n);
  for (size_t round = 0; round < 2 * (n - 1); ++round) {
    bool combining = round < n - 1;
    size_t out = combining ? me + n - round : me + 2 * n - round, in = out - 1;  // parts, modulo n
    std::vector<Transfer> both = {
        {&call, next, true, data + start(out) * width(dtype), length(out) * width(dtype)},
        {&call, before, false, data + start(in) * width(dtype), length(in) * width(dtype), combining, dtype, how}};
    exchange(both);
  }
}

void Group::reduce(const char *in, char *out, size_t count, DType dtype, Combine how, int root, double seconds) {
  check_root(root);
  std::lock_guard<std::mutex> lock(order_);
  Call call({++number_, Kind::Reduce, static_cast<int32_t>(dtype), static_cast<int32_t>(how), root, count}, seconds,
            size());
  size_t bytes = count * width(dtype);
  std::vector<Transfer> all;
  if (rank() != root) {
    all.push_back({&call, root, true, const_cast<char *>(in), bytes});
    return exchange(all);
  }
  if (out != in) std::memmove(out, in, bytes);
  for (int r = 0; r < size(); ++r) {
    if (r == root) continue;
    all = {{&call, r, false, out, bytes, true, dtype, how}};
    exchange(all);
  }
}

void Group::reduce_scatter(const std::vector<Part> &in, char *out, DType dtype, Combine how, double seconds) {
  std::lock_guard<std::mutex> lock(order_);
  size_t n = static_cast<size_t>(size()), me = static_cast<size_t>(rank()), mine = in[me].bytes;
  size_t total = 0;
  for (const Part &part : in) total += part.bytes / width(dtype);
  Call call({++number_, Kind::ReduceScatter, static_cast<int32_t>(dtype), static_cast<int32_t>(how), -1, total},
            seconds, size());
  std::vector<Part> parts = in;
  std::vector<std::vector<char>> copies;
  copies.reserve(n);
  for (size_t r = 0; r < n; ++r) {
    Part &part = parts[r];
    if (r == me || part.data >= out + mine || out >= part.data + part.bytes) continue;
    copies.emplace_back(part.data, part.data + part.bytes);  // the result lies in what is yet to be sent
    part.data = copies.back().data();
  }
  if (mine && parts[me].data != out) std::memmove(out, parts[me].data, mine);
  for (size_t step = 1; step < n; ++step) {
    size_t to = (me + step) % n, from = (me + n - step) % n;
    std::vector<Transfer> both = {{&call, static_cast<int>(to), true, parts[to].data, parts[to].bytes},
                                  {&call, static_cast<int>(from), false, out, mine, true, dtype, how}};
    exchange(both);
  }
}

void Group::broadcast(char *data, size_t bytes, int root, double seconds) {
  check_root(root);
  std::lock_guard<std::mutex> lock(order_);
  Call call({++number_, Kind::Broadcast, static_cast<int32_t>(DType::U8), -1, root, bytes}, seconds, size());
  std::vector<Transfer> all;
  if (rank() != root)
    all.push_back({&call, root, false, data, bytes});
  else
    for (int r = 0; r < size(); ++r)
      if (r != root) all.push_back({&call, r, true, data, bytes});
  exchange(all);
}

void Group::all_gather(const char *in, size_t bytes, const std::vector<Part> &out, double seconds) {
  std::lock_guard<std::mutex> lock(order_);
  Call call(
      {++number_, Kind::AllGather, -1, -1, -1,
       std::accumulate(out.begin(), out.end(), uint64_t{0}, [](uint64_t a, const Part &p) { return a + p.bytes; })},
      seconds, size());
  std::vector<Transfer> all;
  for (int r = 0; r < size(); ++r) {
    const Part &part = out[static_cast<size_t>(r)];
    if (r == rank()) {
      if (part.data != in && bytes) std::memmove(part.data, in, bytes);
      continue;
    }
    all.push_back({&call, r, true, const_cast<char *>(in), bytes});
    all.push_back({&call, r, false, part.data, part.bytes});
  }
  exchange(all);
}

void Group::gather(const char *in, size_t bytes, const std::vector<Part> &out, int root, double seconds) {
  check_root(root);
  std::lock_guard<std::mutex> lock(order_);
  Call call({++number_, Kind::Gather, -1, -1, root, 0}, seconds, size());
  std::vector<Transfer> all;
  if (rank() != root)
    all.push_back({&call, root, true, const_cast<char *>(in), bytes});
  else
    for (int r = 0; r < size(); ++r) {
      const Part &part = out[static_cast<size_t>(r)];
      if (r != root)
        all.push_back({&call, r, false, part.data, part.bytes});
      else if (part.data != in && bytes)
        std::memmove(part.data, in, bytes);
    }
  exchange(all);
}

void Group::scatter(const std::vector<Part> &in, char *out, size_t bytes, int root, double seconds) {
  check_root(root);
  std::lock_guard<std::mutex> lock(order_);
  Call call({++number_, Kind::Scatter, -1, -1, root, 0}, seconds, size());
  std::vector<Transfer> all;
  if (rank() != root)
    all.push_back({&call, root, false, out, bytes});
  else
    for (int r = 0; r < size(); ++r) {
      const Part &part = in[static_cast<size_t>(r)];
      if (r != root)
        all.push_back({&call, r, true, part.data, part.bytes});
      else if (part.data != out && bytes)
        std::memmove(out, part.data, bytes);
    }
  exchange(all);
}

void Group::all_to_all(const std::vector<Part> &in, const std::vector<Part> &out, double seconds) {
  std::lock_guard<std::mutex> lock(order_);
  Call call({++number_, Kind::AllToAll, -1, -1, -1, 0}, seconds, size());
  std::vector<Transfer> all;
  for (int step = 1; step < size(); ++step) {
    int to = (rank() + step) % size(), from = (rank() + size() - step) % size();
    const Part &a = in[static_cast<size_t>(to)], &b = out[static_cast<size_t>(from)];
    all.push_back({&call, to, true, a.data, a.bytes});
    all.push_back({&call, from, false, b.data, b.bytes});
  }
  const Part &own = in[static_cast<size_t>(rank())];
  if (own.bytes) std::memmove(out[static_cast<size_t>(rank())].data, own.data, own.bytes);
  exchange(all);
}

void Group::messages(const std::vector<Message> &list, double seconds) {
  for (const Message &m : list) check_root(m.peer);
  // one lock a peer and direction, in one order for everybody
  std::vector<std::mutex *> locks;
  for (const Message &m : list) {
    auto peer = static_cast<size_t>(m.peer);
    locks.push_back(m.sending ? &sends_[peer] : &receives_[peer]);
  }
  std::sort(locks.begin(), locks.end());
  locks.erase(std::unique(locks.begin(), locks.end()), locks.end());
  std::vector<std::unique_lock<std::mutex>> held;
  for (std::mutex *m : locks) held.emplace_back(*m);
  // every message has a preamble of its own
  std::vector<Call> calls;
  calls.reserve(list.size());
  std::vector<Transfer> transfers;
  std::vector<const Message *> sent, received;  // to and from oneself: the n-th sent is the n-th received
  for (const Message &m : list) {
    if (m.peer == rank()) {
      (m.sending ? sent : received).push_back(&m);
      continue;
    }
    calls.emplace_back(Preamble{0, Kind::Point, static_cast<int32_t>(m.dtype), -1, -1, m.count}, seconds, size());
    transfers.push_back({&calls.back(), m.peer, m.sending, m.data, m.count * width(m.dtype)});
  }
  if (sent.size() != received.size())
    throw Failure(Why::Invalid, "a message to oneself must be sent and received by one call");
  for (size_t i = 0; i < sent.size(); ++i) {
    const Message &a = *sent[i], &b = *received[i];
    if (a.count != b.count || a.dtype != b.dtype)
      throw Failure(Why::Mismatch, "a message to oneself is received as another size or dtype");
    if (a.count) std::memmove(b.data, a.data, a.count * width(a.dtype));
  }
  exchange(transfers);
}

}  // namespace mt::communication
