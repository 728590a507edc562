// Hands each event to the core that owns its session. With one worker that is a call. With several, every event goes
// through a ring on the board, also to the worker itself, and the owner takes events in the order of the capture:
// (packet ordinal, index). A worker's front says up to where it has handed over; an owner applies only what is before
// every front. A full ring makes its producer publish its front and consume, so the slowest worker's events are always
// consumable and nobody waits in a circle. Live ports have no common
// order: there, an owner takes the earliest of what its rings show, and does not wait for what is still to come.
#pragma once

#include <array>
#include <optional>

#include "dataplane/app/core.h"

namespace bellrock::app {

// Position of an event in the capture as one comparable word.
struct Order {
  static constexpr unsigned kIndexBits = 24;
  static constexpr std::uint64_t kIndexMax = (1u << kIndexBits) - 1;
  // What connections' idle ends cause stands between the events of a packet and those of the next. One worker numbers
  // it from here on.
  static constexpr std::uint32_t kExpiryBase = 1u << (kIndexBits - 1);

  // Workers that share a capture expire different connections at the same packet; the time at which each connection
  // ended orders them, in steps of 1.2 us over the window before.
  static constexpr std::uint32_t expiry_index(Instant ended, Instant noticed) {
    const auto before = static_cast<std::uint64_t>(noticed - ended) / 1'200;
    return static_cast<std::uint32_t>(kIndexMax - 1 - (before < kExpiryBase - 2 ? before : kExpiryBase - 2));
  }

  static constexpr std::uint64_t of(std::uint64_t ordinal, std::uint64_t index) {
    return ordinal << kIndexBits | (index < kIndexMax ? index : kIndexMax);
  }
};

class Router {
 public:
  // ordered: every worker reads all packets of one capture, so their fronts can be compared. gathers: a burst is one
  // packet to this router, and its events are applied together, when their records have come into the cache.
  Router(Core& core, board::Board& board, std::uint32_t worker, std::uint32_t workers, bool ordered, bool gathers);

  void route(const Event& event);
  // The record that an event will ask for soon, if this worker owns every session.
  void fetch_soon(std::uint32_t owner_hash) const {
    if (!direct()) return;
    gathers_ ? core_.tracker().fetch_bucket(owner_hash) : core_.tracker().fetch_session(owner_hash);
  }
  // Capture time passed into another window at this packet: events of earlier packets are applied before the roll.
  void on_window(Instant time, std::uint64_t ordinal);
  // All events of the packets before `next_ordinal` have been routed. `publish`: others may rely on it.
  void on_packet_done(std::uint64_t next_ordinal);
  void publish(std::uint64_t next_ordinal);

  // Applies what may be applied. Returns whether anything was.
  bool consume();
  // A replayed kill: the process is taken to die when `events` of packet `ordinal` are done. One worker only.
  void die_in(std::uint64_t ordinal, std::uint64_t events) {
    dies_in_ = ordinal;
    dies_after_ = events;
  }
  [[nodiscard]] bool dead() const { return dead_; }
  // The packet whose first events were done before a restart. They are left out by their number: they have to come of
  // this packet again, and not of a later one.
  [[nodiscard]] std::optional<std::uint64_t> resumed_in() const;
  // The capture is over for this worker: go on consuming until every worker has come to its end.
  void finish();
  [[nodiscard]] bool direct() const { return workers_ == 1; }

 private:
  struct Boundary {
    Instant time;
    std::uint64_t order;
  };

  static constexpr std::size_t kGatheredMax = 32;

  void apply(const Event& event);
  void commit_before(const Event& event);
  void commit_part(std::uint64_t ordinal, std::uint32_t events_done);
  void apply_gathered();
  void push(const Event& event, std::uint32_t owner);
  bool apply_next(std::uint64_t limit);
  [[nodiscard]] std::uint64_t lowest_front() const;
  [[nodiscard]] std::uint64_t order_of(Instant time, std::uint64_t ordinal, std::uint64_t index) const;
  [[nodiscard]] Boundary& boundary(std::size_t number) { return boundaries_[number % boundaries_.size()]; }
  void resume();

  Core& core_;
  board::Board& board_;
  const std::uint32_t worker_;
  const std::uint32_t workers_;
  const bool ordered_;
  const bool gathers_;
  std::array<std::uint64_t, kWorkersMax> pushed_{};  // last number per ring from this worker
  std::array<std::uint64_t, kWorkersMax>
      to_skip_{};                               // events that were handed over, but not committed, before a restart
  std::uint64_t resumed_part_end_ = 0;          // … which is the packet before this one
  std::uint64_t events_to_skip_ = 0;            // the same without rings
  std::uint64_t dies_in_ = 0, dies_after_ = 0;  // replays: of no packet's events when the second is 0
  bool dead_ = false;
  // Of the packet that is read: events applied or handed over, or left out because they had been. The position has to
  // pass them before another packet's are, as only one packet's can be left out.
  bool done_any_ = false;
  std::uint32_t ends_done_ = 0;  // of what idle connections' ends cause behind that packet: past the last one's number
  std::array<Event, kGatheredMax> gathered_;
  std::size_t gathered_count_ = 0;
  // Windows this worker has read into but not applied; a full list makes it consume before it reads on.
  std::array<Boundary, 64> boundaries_;
  std::size_t boundaries_begin_ = 0, boundaries_end_ = 0;
};

}  // namespace bellrock::app
