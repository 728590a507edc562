#include "dataplane/app/router.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "dataplane/app/patience.h"

namespace bellrock::app {
namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Router::Router(Core& core, board::Board& board, std::uint32_t worker, std::uint32_t workers, bool ordered, bool gathers)
    : core_(core), board_(board), worker_(worker), workers_(workers), ordered_(ordered), gathers_(gathers) {
  if (ordered_) {
    resumed_part_end_ = core_.part_end();
    if (resumed_part_end_ > core_.position()) events_to_skip_ = core_.events_done();
  } else {
    core_.order_by_time();
  }
  if (!direct()) resume();
}

// A kill can fall between a push and the commit of its number. The ring and its owner know better than our record: the
// events that are there already are left out when the packet is read again.
void Router::resume() {
  const board::CoreControl& control = core_.view().control;
  for (std::uint32_t to = 0; to < workers_; ++to) {
    const std::uint64_t committed = control.pushed[to];
    auto& ring = board_.ring(worker_, to);
    std::uint64_t known = board_.core(to).control.last_seen[worker_];
    if (ring.read_available() > 0) known = std::max(known, ring.front().number + ring.read_available() - 1);
    pushed_[to] = std::max(committed, known);
    to_skip_[to] = ordered_ ? pushed_[to] - committed : 0;
  }
  publish(core_.position());
}

std::optional<std::uint64_t> Router::resumed_in() const {
  const auto handed_over = [](std::uint64_t events) { return events > 0; };
  const bool inside = events_to_skip_ > 0 || std::any_of(to_skip_.begin(), to_skip_.end(), handed_over);
  return inside ? std::optional(resumed_part_end_ - 1) : std::nullopt;
}

void Router::route(const Event& event) {
  if (dead_) return;
  if (direct() && gathers_) {
    if (gathered_count_ == kGatheredMax) apply_gathered();
    gathered_[gathered_count_++] = event;
    return;
  }
  if (direct()) return apply(event);
  push(event, static_cast<std::uint32_t>(core_.owner_of(event, workers_)));
}

// A packet is committed as a whole, unless its events would not fit into the journal.
void Router::apply(const Event& event) {
  if (events_to_skip_ > 0 && event.ordinal + 1 == resumed_part_end_) {
    --events_to_skip_;
    done_any_ = true;
    return;
  }
  if ((core_.commits_before(event) || Core::may_commit(event)) && core_.dirty()) commit_before(event);
  core_.on_event(event);
  done_any_ = true;  // also where it committed by itself, and nothing is left to be
  if (event.index >= Order::kExpiryBase) ends_done_ = event.index + 1;
  if (event.ordinal == dies_in_ && event.index + std::uint64_t{1} == dies_after_) {
    commit_part(event.ordinal, event.index + 1);
    dead_ = true;
    return;
  }
  if (core_.room() < kJournalEntriesMax / 2) commit_part(event.ordinal, event.index + 1);
}

// Those of the same packet that came before this one. What comes from a device is not read again.
void Router::commit_before(const Event& event) { ordered_ ? commit_part(event.ordinal, event.index) : core_.commit(); }

// What idle connections' ends cause comes when all of the packet is done. It cannot come again: a restart has forgotten
// these connections.
void Router::commit_part(std::uint64_t ordinal, std::uint32_t events_done) {
  if (events_done < Order::kExpiryBase) return core_.commit_part(ordinal, events_done);
  core_.commit_ends(ordinal + 1, events_done == Order::kExpiryBase ? 0 : events_done);
}

// The misses of all of them overlap: each pass asks for what the next one reads.
void Router::apply_gathered() {
  const std::span<const Event> events = std::span(gathered_).first(gathered_count_);
  gathered_count_ = 0;
  for (const Event& event : events) core_.tracker().fetch_session(event.owner_hash);
  for (const Event& event : events) core_.tracker().fetch_attempt(event.owner_hash);
  for (const Event& event : events) {
    if (!dead_) apply(event);
  }
}

void Router::push(const Event& event, std::uint32_t owner) {
  if (to_skip_[owner] > 0 && event.ordinal + 1 == resumed_part_end_) {
    --to_skip_[owner];
    done_any_ = true;
    return;
  }
  // Says which packet the numbers that are not committed yet belong to; in place before the first of them is.
  std::atomic_ref(core_.view().control.part_end).store(event.ordinal + 1, std::memory_order_release);
  auto& ring = board_.ring(worker_, owner);
  const board::RingEvent entry{pushed_[owner] + 1, event};
  for (Patience patience; !ring.push(entry);) {
    core_.view().control.front.store(Order::of(event.ordinal, event.index));
    consume() ? patience.renew() : patience.wait();
  }
  ++pushed_[owner];
  done_any_ = true;
}

void Router::on_window(Instant time, std::uint64_t ordinal) {
  if (direct()) {
    apply_gathered();
    // Windows commit by themselves, and a kill may fall into the wait for a bank: what has been done is told before.
    if (ends_done_ != 0) commit_part(ordinal - 1, std::exchange(ends_done_, 0));
    return core_.advance(time);
  }
  for (Patience patience; boundaries_end_ - boundaries_begin_ == boundaries_.size();) {
    publish(ordinal);
    consume() ? patience.renew() : patience.wait();
  }
  boundary(boundaries_end_++) = {time, order_of(time, ordinal, 0)};
}

void Router::on_packet_done(std::uint64_t next_ordinal) {
  apply_gathered();
  if (dead_) return;
  if (direct()) {
    if (core_.dirty() || done_any_) core_.commit_position(next_ordinal);
    done_any_ = false;
    ends_done_ = 0;
    return;
  }
  if (!done_any_) return;
  board::CoreControl& control = core_.view().control;
  for (std::uint32_t to = 0; to < workers_; ++to) {
    if (control.pushed[to] != pushed_[to]) core_.journal().set(control.pushed[to], pushed_[to]);
  }
  done_any_ = false;
  core_.commit_position(next_ordinal);
}

void Router::publish(std::uint64_t next_ordinal) {
  if (!direct()) core_.view().control.front.store(Order::of(next_ordinal, 0));
}

// Live ports have no common numbering, but one clock.
std::uint64_t Router::order_of(Instant time, std::uint64_t ordinal, std::uint64_t index) const {
  return ordered_ ? Order::of(ordinal, index) : static_cast<std::uint64_t>(time.ns);
}

std::uint64_t Router::lowest_front() const {
  std::uint64_t lowest = kEverything;
  for (std::uint32_t from = 0; from < workers_; ++from) {
    lowest = std::min(lowest, board_.core(from).control.front.load());
  }
  return lowest;
}

bool Router::consume() {
  if (direct()) return false;
  const std::uint64_t limit = ordered_ ? lowest_front() : kEverything;
  bool any = false;
  while (apply_next(limit)) any = true;
  return any;
}

// The earliest among this owner's rings and window boundaries, if it is before the limit.
bool Router::apply_next(std::uint64_t limit) {
  std::uint64_t best = limit;
  std::uint32_t from = workers_;
  for (std::uint32_t producer = 0; producer < workers_; ++producer) {
    auto& ring = board_.ring(producer, worker_);
    if (ring.read_available() == 0) continue;
    const Event& event = ring.front().event;
    const std::uint64_t order = order_of(event.time, event.ordinal, event.index);
    if (order < best) {
      best = order;
      from = producer;
    }
  }
  if (boundaries_begin_ != boundaries_end_ && boundary(boundaries_begin_).order <= best) {
    core_.advance(boundary(boundaries_begin_++).time);
    return true;
  }
  if (from == workers_) return false;
  auto& ring = board_.ring(from, worker_);
  const board::RingEvent& entry = ring.front();
  std::uint64_t& last_seen = core_.view().control.last_seen[from];
  if (entry.number > last_seen) {
    core_.on_event(entry.event, from);
    core_.journal().set(last_seen, entry.number);
    core_.commit();
  }
  ring.pop();
  return true;
}

void Router::finish() {
  if (direct()) return;
  core_.view().control.front.store(kEverything);
  for (Patience patience; lowest_front() != kEverything;) {
    consume() ? patience.renew() : patience.wait();
  }
  while (apply_next(kEverything)) {
  }
}

}  // namespace bellrock::app
