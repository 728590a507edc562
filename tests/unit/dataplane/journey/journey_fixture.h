// Two journeys without YAML, cells in a map, and a tracker on memory of its own: for tests and benches of the journey
// engine. Times are seconds since kDay.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/flow/cell.h"
#include "dataplane/journey/tracker.h"
#include "dataplane/journey/trail.h"

namespace bellrock::journey {

inline constexpr Instant kDay{1'764'000'000 * kSecond};
inline Instant at_second(double seconds) { return kDay + std::llround(seconds * 1e9); }

// What sketch::Shard is to the tracker, with every value kept, by window.
class FakeCells {
 public:
  static constexpr std::size_t kJournalWordsMax = 0;
  struct Cell {
    std::uint64_t count = 0;
    std::vector<Duration> values;
    friend bool operator==(const Cell&, const Cell&) = default;
  };
  using Windows = std::map<std::pair<std::int64_t, CellKey>, Cell>;

  std::uint32_t reserve(const CellKey& key) {
    reserved_.push_back(key);
    return static_cast<std::uint32_t>(reserved_.size() - 1);
  }
  void count(const CellKey& key) { ++windows_[{window_, key}].count; }
  void add(const CellKey& key, Duration value) {
    Cell& cell = windows_[{window_, key}];
    ++cell.count;
    cell.values.push_back(value);
  }
  void sum(const CellKey& key, std::uint64_t amount) { add(key, static_cast<Duration>(amount)); }
  void count_at(std::uint32_t cell) { count(reserved_[cell]); }
  void add_at(std::uint32_t cell, Duration value) { add(reserved_[cell], value); }

  void sum_at(std::uint32_t cell, std::uint64_t amount) { sum(reserved_[cell], amount); }

  void forget_reservations() { reserved_.clear(); }
  void set_window(std::int64_t window) { window_ = window; }
  [[nodiscard]] std::int64_t window() const { return window_; }
  [[nodiscard]] const Windows& windows() const { return windows_; }
  [[nodiscard]] const std::vector<CellKey>& reserved() const { return reserved_; }

  // Over all windows.
  [[nodiscard]] Cell cell(const CellKey& key) const {
    Cell sum;
    for (const auto& [at, cell] : windows_) {
      if (at.second != key) continue;
      sum.count += cell.count;
      sum.values.insert(sum.values.end(), cell.values.begin(), cell.values.end());
    }
    return sum;
  }

 private:
  std::vector<CellKey> reserved_;
  Windows windows_;
  std::int64_t window_ = 0;
};

// The least that cells can be: numbers of counts.
class CountingCells {
 public:
  static constexpr std::size_t kJournalWordsMax = 0;
  std::uint32_t reserve(const CellKey&) { return reserved_++; }
  void count(const CellKey&) { ++counts; }
  void add(const CellKey&, Duration) { ++counts; }
  void sum(const CellKey&, std::uint64_t) { ++counts; }
  void count_at(std::uint32_t) { ++counts; }
  void add_at(std::uint32_t, Duration) { ++counts; }
  void sum_at(std::uint32_t, std::uint64_t) { ++counts; }

  std::uint64_t counts = 0;

 private:
  std::uint32_t reserved_ = 0;
};

// Zeroed 64-byte-aligned memory for a session table and, where there are any, visitors with several keys, trails and
// pages that wait for beacons, one behind the other.
class TableMemory {
 public:
  TableMemory(std::uint32_t sessions, std::uint32_t attempts, std::uint32_t links = 0, std::uint32_t trails = 0,
              std::uint32_t pages = 0)
      : trails_at_((visitor_bytes(sessions, attempts, links) + 63) / 64 * 64),
        pages_at_(trails_at_ + (TrailTable::bytes_needed(trails) + 63) / 64 * 64),
        size_((pages_at_ + SeenPages::bytes_needed(pages) + 63) / 64 * 64),
        at_(static_cast<std::byte*>(std::aligned_alloc(64, size_)), &std::free) {
    std::memset(at_.get(), 0, size_);
  }
  [[nodiscard]] std::span<std::byte> span() const { return {at_.get(), size_}; }
  [[nodiscard]] std::span<std::byte> trails() const { return span().subspan(trails_at_); }
  [[nodiscard]] std::span<std::byte> pages() const { return span().subspan(pages_at_); }

 private:
  std::size_t trails_at_, pages_at_, size_;
  std::unique_ptr<std::byte, void (*)(void*)> at_;
};

inline Step make_step(std::string name, StepKind kind, bool on_response = false) {
  Step step;
  step.name = std::move(name);
  step.kind = kind;
  step.on_http_response = on_response;
  return step;
}

inline Objective make_success(std::string name, std::uint8_t count_from) {
  Objective o;
  o.name = std::move(name);
  o.count_from = StepId{count_from};
  return o;
}
inline Objective make_latency(std::string name, std::uint8_t from, std::uint8_t to, Duration threshold) {
  Objective o;
  o.name = std::move(name);
  o.sli = Sli::kLatency;
  o.from = StepId{from};
  o.to = StepId{to};
  o.threshold = threshold;
  return o;
}

inline Objective make_consistency(std::string name, std::uint8_t of) {
  Objective o;
  o.name = std::move(name);
  o.sli = Sli::kConsistency;
  o.of = ObjectiveId{of};
  return o;
}

namespace checkout {
inline constexpr JourneyId kId{0};
enum Steps : std::uint8_t { kOpen, kAddress, kPay, kPayOk, kConfirmed, kDeclined, kBroken, kLeft };
enum Objectives : std::uint8_t { kSuccess, kEndToEnd, kPayLatency };

inline Journey make() {
  Journey j;
  j.name = "checkout";
  j.has_commit = true;
  j.steps = {make_step("open", StepKind::kStart),           make_step("address", StepKind::kObserve),
             make_step("pay", StepKind::kCommit),           make_step("pay_ok", StepKind::kAck, true),
             make_step("confirmed", StepKind::kSuccess),    make_step("declined", StepKind::kFailure),
             make_step("broken", StepKind::kFailure, true), make_step("left", StepKind::kCancel)};
  j.steps[kAddress].optional = j.steps[kAddress].repeatable = true;
  j.steps[kDeclined].failure_class = FailureClass::kUser;
  j.marks = {StepId{kPay}};
  Objective success = make_success("success", kPay);
  success.bad = outcome_bit(Outcome::kFailedSystem) | outcome_bit(Outcome::kAbandonedWaiting);
  success.exclude = outcome_bit(Outcome::kFailedUser) | outcome_bit(Outcome::kCancelled);
  success.waited_over = 3 * kSecond;
  Objective e2e = make_latency("e2e", kPay, kConfirmed, 3 * kSecond);
  e2e.has_client_clock = true;
  Objective pay = make_latency("pay_ok", kPay, kPayOk, 800 * kMillisecond);
  pay.edge_clock = true;
  j.objectives = {success, e2e, pay};
  j.dimensions = {DimensionId{0}};
  j.silent = {.watched = true,
              .after = StepId{kPayOk},
              .expect = StepId{kConfirmed},
              .within = 30 * kSecond,
              .by_http = false,
              .by_beacon = true};
  return j;
}
}  // namespace checkout

namespace search {
inline constexpr JourneyId kId{1};
enum Steps : std::uint8_t { kQuery, kPage, kResults, kBroken };

inline Journey make() {
  Journey j;
  j.name = "search";
  j.idle = 5 * kMinute;
  j.steps = {make_step("query", StepKind::kStart), make_step("page", StepKind::kAck, true),
             make_step("results", StepKind::kSuccess), make_step("broken", StepKind::kFailure, true)};
  Objective fast = make_latency("fast", kQuery, kResults, kSecond);
  fast.or_equal = true;
  fast.has_client_clock = true;
  fast.failed = FailedRule::kExclude;
  j.objectives = {fast};
  j.silent = {.watched = true,
              .after = StepId{kPage},
              .expect = StepId{kResults},
              .within = 10 * kSecond,
              .by_http = false,
              .by_beacon = true};
  return j;
}
}  // namespace search

inline Definition make_definition() {
  Definition d;
  d.identities = {{.name = "web", .keys = {}, .max = 4 * kHour}};
  d.dimensions = {{.name = "device", .source = {}, .values = {"phone", "tablet", "desktop"}}};
  d.clocks = {{}};
  d.journeys = {checkout::make(), search::make()};
  d.limits.sessions_per_core = 64;
  d.limits.attempts_per_core = 128;
  return d;
}

inline SessionKey visitor_key(std::uint64_t visitor) { return {{visitor * 0x9e37'79b9'7f4a'7c15, visitor}}; }

// make_definition, whose checkouts have a value in cents that is taken at `pay`.
inline Definition make_definition_with_value() {
  Definition d = make_definition();
  d.amounts = {{}};
  d.journeys[checkout::kId.index()].value = {1, StepId{checkout::kPay}, "EUR", 1};
  return d;
}

// An event of a visitor that matches one step, or none.
inline Event make_event(std::uint64_t visitor, Instant time, Channel channel) {
  Event event;
  event.time = event.edge_time = time;
  event.key = visitor_key(visitor);
  event.owner_hash = static_cast<std::uint32_t>(visitor * 0x9e37'79b1);
  event.channel = channel;
  event.activity = channel != Channel::kHttpEnd;
  return event;
}
inline void add_match(Event& event, JourneyId journey, std::uint8_t step) {
  event.matches[event.match_count++] = {journey, StepId{step}};
}
inline void add_top(Event& event, DimensionId dimension, std::string_view text) {
  EventExtras::Values& says = event.extras.say();
  TopText& top = says.tops[says.top_count++];
  top = {dimension, static_cast<std::uint8_t>(text.size()), {}};
  std::copy(text.begin(), text.end(), top.text.begin());
}
inline VisitorKey key_of(std::uint64_t visitor) {
  return {visitor_key(visitor), {}, static_cast<std::uint32_t>(visitor * 0x9e37'79b1)};
}
inline void add_key(Event& event, const VisitorKey& key) {
  EventExtras::Values& says = event.extras.say();
  says.more_keys[says.more_key_count++] = key;
}
inline void add_number(Event& event, std::uint32_t page_view, std::uint32_t number) {
  event.numbered = true;
  event.page_view = page_view;
  event.number = number;
}
inline void add_clock(Event& event, Duration duration, bool valid = true) {
  event.clocks[event.clock_count++] = {ClockId{0}, valid, duration};
}

// One owner core.
class Owner {
 public:
  explicit Owner(const Definition& definition)
      : definition_(definition),
        trail_count_(definition.frustration.on ? definition.limits.trails_per_core : 0),
        memory_(definition.limits.sessions_per_core, definition.limits.attempts_per_core, links_needed(definition),
                trail_count_, seen_pages_needed(definition)) {
    restart();
  }

  // A new process takes over the memory; whatever was not committed is undone.
  void restart() {
    tracker_.reset();
    journal_ = std::make_unique<Journal>(memory_.span().data(), memory_.span().size(), record_.get());
    journal_->roll_back();
    cells.forget_reservations();
    tracker_ =
        std::make_unique<Tracker<FakeCells>>(definition_, memory_.span(), cells, *journal_, counters, memory_.pages());
    tracker_->enter_bank(1);
    trails_ = std::make_unique<TrailTable>(memory_.trails(), trail_count_, *journal_);
    if (trail_count_ != 0) tracker_->set_trails(*trails_, definition_.frustration);
    tracker_->set_trace([this](const OutcomeRecord& outcome) { outcomes.push_back(outcome); });
  }

  void apply(const Event& event) {
    roll_to(event.time);
    tracker_->on_event(event);
    journal_->commit();
  }
  // Windows change as a worker changes them: all that is due in one is counted before the next begins.
  void roll_to(Instant time) {
    if (cells.window() == 0) cells.set_window(window_of(time));
    while (cells.window() < window_of(time)) {
      tracker_->expire(window_start(cells.window() + 1));
      journal_->commit();
      cells.set_window(tracker_->idle() ? window_of(time) : cells.window() + 1);
    }
  }

  Tracker<FakeCells>& tracker() { return *tracker_; }
  Journal& journal() { return *journal_; }
  JournalRecord& record() { return *record_; }
  [[nodiscard]] std::span<std::byte> memory() const { return memory_.span(); }
  [[nodiscard]] std::uint64_t counted(EventCount what) const { return counters.pending(counter::id(what)); }

  // The text for which a seat of an open-ended dimension counts here.
  [[nodiscard]] std::string top_text(DimensionId dimension, std::uint8_t seat) const {
    TopEntry entry;
    const std::size_t table = top_table_of(definition_, dimension);
    return std::string(read_seat_text(SessionTable::top_table(memory_.span(), table), seat, entry));
  }

  FakeCells cells;
  Counters counters;
  std::vector<OutcomeRecord> outcomes;

 private:
  const Definition& definition_;
  const std::uint32_t trail_count_;
  TableMemory memory_;
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<TrailTable> trails_;
  std::unique_ptr<Tracker<FakeCells>> tracker_;
};

}  // namespace bellrock::journey
