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

Step make_step(std::string name, StepKind kind, bool on_response = false);

Objective make_success(std::string name, std::uint8_t count_from);
Objective make_latency(std::string name, std::uint8_t from, std::uint8_t to, Duration threshold);

Objective make_consistency(std::string name, std::uint8_t of);

namespace checkout {
inline constexpr JourneyId kId{0};
enum Steps : std::uint8_t { kOpen, kAddress, kPay, kPayOk, kConfirmed, kDeclined, kBroken, kLeft };
enum Objectives : std::uint8_t { kSuccess, kEndToEnd, kPayLatency };

Journey make();
}  // namespace checkout

namespace search {
inline constexpr JourneyId kId{1};
enum Steps : std::uint8_t { kQuery, kPage, kResults, kBroken };

Journey make();
}  // namespace search

Definition make_definition();

inline SessionKey visitor_key(std::uint64_t visitor) { return {{visitor * 0x9e37'79b9'7f4a'7c15, visitor}}; }

// make_definition, whose checkouts have a value in cents that is taken at `pay`.
Definition make_definition_with_value();

// An event of a visitor that matches one step, or none.
inline Event make_event(std::uint64_t visitor, Instant time, Channel channel) {
  Event event;
  event.time = event.edge_time = time;
  event.key = visitor_key(visitor);
  event.owner_hash = static_cast<std::uint32_t>(visitor * 0x9e37'79b1);
  event.channel = channel;
  event.activity = channel != Channel::kHttpEnd && channel != Channel::kReport;
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

// Compiled once, in journey_fixture.cpp: it takes a compiler longer than most tests here.
extern template class Tracker<FakeCells>;

// One owner core.
class Owner {
 public:
  explicit Owner(const Definition& definition);
  ~Owner();

  // A new process takes over the memory; whatever was not committed is undone.
  void restart();

  void apply(const Event& event);
  // Windows change as a worker changes them: all that is due in one is counted before the next begins.
  void roll_to(Instant time);

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
