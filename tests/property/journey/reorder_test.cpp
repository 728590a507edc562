// Beacons that overtake each other within `reorder_wait`: whatever their order of arrival, everything is counted that
// the same beacons count in their order, in the same windows, by the tracker and by the reference. Shards, restarts and
// kills at any store on the way, as in the test without waiting.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "dataplane/journey/held_events.h"
#include "tests/property/journey/generator.h"
#include "tests/property/journey/reference.h"
#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kRounds = 400;
#else
constexpr std::uint64_t kRounds = 4'000;  // of kVisitors sequences each
#endif
constexpr int kEventsPerVisitor = 25;
constexpr std::uint32_t kHeldMax = 1'024;

struct AlignedBytes {
  explicit AlignedBytes(std::size_t bytes)
      : size((bytes + 63) / 64 * 64), at(static_cast<std::byte*>(std::aligned_alloc(64, size)), &std::free) {
    std::memset(at.get(), 0, size);
  }
  std::size_t size;
  std::unique_ptr<std::byte, void (*)(void*)> at;
};

// One owner core as app::Core makes it, with every value kept: events are held, and the core's time lags.
class WaitingOwner {
 public:
  WaitingOwner(const Definition& definition, bool by_time)
      : definition_(definition), by_time_(by_time), memory_(sessions() + HeldEvents::bytes_needed(kHeldMax)) {
    restart();
  }

  void restart() {
    tracker_.reset();
    journal_ = std::make_unique<Journal>(memory_.at.get(), memory_.size, record_.get());
    EXPECT_TRUE(journal_->roll_back());
    cells.forget_reservations();
    const std::span<std::byte> all(memory_.at.get(), memory_.size);
    tracker_ = std::make_unique<Tracker<FakeCells>>(definition_, all.first(sessions()), cells, *journal_, counters);
    tracker_->enter_bank(1);
    tracker_->set_trace([this](const OutcomeRecord& outcome) { outcomes.push_back(outcome); });
    held_ = std::make_unique<HeldEvents>(definition_, all.subspan(sessions()), kHeldMax, *journal_);
    if (by_time_) held_->order_by_time();
  }
  // The process dies at some store of what comes next, and another one goes on where it was before.
  void die_within(const std::function<void()>& what, Generator& random) {
    const FakeCells cells_before = cells;
    const Counters counters_before = counters;
    const std::size_t ended = outcomes.size();
    what();
    const std::uint64_t stores = record_->count, survived = random.below(stores + 1);
    for (std::uint64_t i = stores; i-- > survived;) {
      std::memcpy(memory_.at.get() + record_->entries[i].offset, &record_->entries[i].before, 8);
    }
    record_->count = std::min(stores, survived + random.below(2));
    restart();
    cells = cells_before;
    counters = counters_before;
    outcomes.resize(ended);
  }

  void on_event(const Event& event, Generator& random) {
    reached_ = std::max(reached_, event.time);
    while (held_->due(reached_)) release(random);
    ASSERT_FALSE(held_->full());
    const auto put = [&] {
      if (held_->put(event)) counters.add(EventCount::kReordered);
    };
    if (random.chance(1)) die_within(put, random);
    put();
    journal_->commit();
    if (random.chance(1)) restart();
  }
  void finish(Instant end, Generator& random) {
    while (!held_->empty()) release(random);
    roll_to(end);
    EXPECT_EQ(tracker_->live(), 0u);
  }
  [[nodiscard]] std::string top_text(DimensionId dimension, std::uint8_t seat) const {
    TopEntry entry;
    const std::size_t table = top_table_of(definition_, dimension);
    const std::span<const std::byte> all(memory_.at.get(), memory_.size);
    return std::string(read_seat_text(SessionTable::top_table(all, table), seat, entry));
  }
  [[nodiscard]] std::uint64_t counted(EventCount what) const { return counters.pending(counter::id(what)); }

  FakeCells cells;
  Counters counters;
  std::vector<OutcomeRecord> outcomes;

 private:
  [[nodiscard]] std::size_t sessions() const {
    const std::size_t bytes = visitor_bytes(definition_.limits.sessions_per_core, definition_.limits.attempts_per_core,
                                            links_needed(definition_));
    return (bytes + 63) / 64 * 64;
  }
  void release(Generator& random) {
    roll_to(held_->first().time);
    const auto apply = [this] {
      tracker_->on_event(held_->first());
      held_->pop();
    };
    if (random.chance(1)) die_within(apply, random);
    apply();
    journal_->commit();
  }
  void roll_to(Instant time) {
    if (cells.window() == 0) cells.set_window(window_of(time));
    while (cells.window() < window_of(time)) {
      tracker_->expire(window_start(cells.window() + 1));
      journal_->commit();
      cells.set_window(tracker_->idle() ? window_of(time) : cells.window() + 1);
    }
    tracker_->expire(time);
    journal_->commit();
  }

  const Definition& definition_;
  const bool by_time_;
  AlignedBytes memory_;
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Tracker<FakeCells>> tracker_;
  std::unique_ptr<HeldEvents> held_;
  Instant reached_;
};

using Cells = std::map<std::pair<std::int64_t, CellKey>, std::pair<std::uint64_t, std::vector<Duration>>>;
using Ends = std::vector<std::tuple<std::uint64_t, Outcome, Instant, Instant, Duration, Duration, std::uint32_t, bool>>;

// All that a run counted.
struct Counted {
  Cells cells;
  Ends ends;
  std::map<EventCount, std::uint64_t> counts;
  std::uint64_t reordered = 0;

  void add_cells(const auto& from) {
    for (const auto& [at, cell] : from) {
      auto& sum = cells[at];
      sum.first += cell.count;
      sum.second.insert(sum.second.end(), cell.values.begin(), cell.values.end());
    }
  }
  void add_end(std::uint64_t journey, const auto& end) {
    ends.emplace_back(journey, end.outcome, end.start, end.end, end.duration, end.waited, end.steps_seen, end.retried);
  }
  void sort() {
    for (auto& [at, cell] : cells) std::sort(cell.second.begin(), cell.second.end());
    std::sort(ends.begin(), ends.end());
    reordered = counts[EventCount::kReordered];
    std::erase_if(counts, [](const auto& count) { return count.first == EventCount::kReordered || count.second == 0; });
  }
};

// What happens to one page view's beacons, and to whatever else comes.
class Traffic {
 public:
  Traffic(Generator& random, const Definition& definition) : random_(random), definition_(definition) {
    Instant now = kDay;
    for (std::uint64_t i = 0; i < kVisitors * kEventsPerVisitor; ++i) {
      events_.push_back(random.event(definition, now));
      events_.back().ordinal = i;
      now = events_.back().time;
    }
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const Event& event = events_[i];
      // Whose key is nothing is nobody, and is not put in order.
      const bool waits = definition.identities[event.identity.index()].reorder_wait != 0 && !event.key.none();
      if (event.numbered && waits) groups_[{event.key, event.page_view}].push_back(i);
    }
    for (const auto& [key, group] : groups_) {
      std::vector<std::uint32_t> numbers;
      for (const std::size_t i : group) numbers.push_back(events_[i].number);
      std::sort(numbers.begin(), numbers.end());
      for (std::size_t k = 0; k < group.size(); ++k) events_[group[k]].number = numbers[k];
    }
  }

  // Beacons of each page view in the order of their numbers.
  [[nodiscard]] const std::vector<Event>& in_order() const { return events_; }

  // Any of them up to its identity's wait, or this part of it, earlier or later, at moments at which others came.
  [[nodiscard]] std::vector<Event> overtaking(int part = 1) {
    std::vector<Event> events = events_;
    for (const auto& [key, group] : groups_) {
      std::vector<std::size_t> is_at(group.size());  // by place in the group: which beacon
      for (std::size_t k = 0; k < group.size(); ++k) is_at[k] = k;
      for (std::size_t tries = 4 * group.size(); tries > 0 && group.size() > 1; --tries) {
        const std::size_t a = random_.below(group.size());
        const std::size_t b = std::min(group.size() - 1, a + 1 + random_.below(4));
        std::swap(is_at[a], is_at[b]);
        if (!allowed(group, is_at, part)) std::swap(is_at[a], is_at[b]);
      }
      for (std::size_t k = 0; k < group.size(); ++k) events[group[k]] = moved(events_[group[is_at[k]]], group[k]);
    }
    return events;
  }

  // Handed over late, each by up to half of the longest wait, with its own time. What came in one moment stays in
  // order.
  [[nodiscard]] std::vector<Event> handed_over_late(std::vector<Event> events) {
    const Duration wait = longest_reorder_wait(definition_) / 2;
    std::map<Instant, Duration> delays;
    for (const Event& event : events) delays.emplace(event.time, random_.within(wait + 1));
    std::stable_sort(events.begin(), events.end(), [&delays](const Event& a, const Event& b) {
      return a.time + delays.at(a.time) < b.time + delays.at(b.time);
    });
    return events;
  }

 private:
  [[nodiscard]] bool allowed(const std::vector<std::size_t>& group, const std::vector<std::size_t>& is_at,
                             int part) const {
    const Duration wait = definition_.identities[events_[group[0]].identity.index()].reorder_wait / part;
    std::map<std::uint32_t, std::size_t> latest;  // of equal numbers the first is the one that counts
    for (std::size_t k = 0; k < group.size(); ++k) {
      const Event& beacon = events_[group[is_at[k]]];
      const Duration late = events_[group[k]].time - beacon.time;
      if (late > wait || late < -wait) return false;
      const auto [known, first] = latest.emplace(beacon.number, is_at[k]);
      if (!first && known->second > is_at[k]) return false;
      known->second = is_at[k];
    }
    return true;
  }
  [[nodiscard]] Event moved(Event beacon, std::size_t to) const {
    beacon.time = events_[to].time;
    beacon.edge_time = events_[to].edge_time;
    beacon.ordinal = events_[to].ordinal;
    return beacon;
  }

  Generator& random_;
  const Definition& definition_;
  std::vector<Event> events_;
  std::map<std::pair<SessionKey, std::uint32_t>, std::vector<std::size_t>> groups_;
};

class Round {
 public:
  explicit Round(std::uint64_t seed) : random_(seed), definition_(waiting(random_.definition())) {}

  static inline std::uint64_t reordered = 0, ended = 0;

  void run(std::size_t shards) {
    Traffic traffic(random_, definition_);
    const Counted expected = by_reference(traffic.in_order());
    const Counted calm = counted(traffic.in_order(), shards, false);
    expect_same(calm, expected, "in order");
    EXPECT_EQ(calm.reordered, 0u);
    const std::vector<Event> overtaking = traffic.overtaking();
    const Counted shuffled = counted(overtaking, shards, false);
    expect_same(shuffled, expected, "overtaking each other");
    expect_same(counted(traffic.handed_over_late(traffic.overtaking(2)), shards, true), expected, "handed over late");
    reordered += shuffled.reordered;
    ended += expected.ends.size();
  }

 private:
  Definition waiting(Definition d) {
    d.identities[0].reorder_wait = (10 + random_.within(90)) * kGrid;
    if (random_.chance(50)) d.identities[1].reorder_wait = (10 + random_.within(90)) * kGrid;
    return d;
  }

  Counted by_reference(const std::vector<Event>& events) {
    reference::Evaluator reference(definition_);
    for (const Event& event : events) reference.on_event(event);
    reference.settle_all(kEnd);
    Counted all;
    all.add_cells(reference.cells);
    for (const auto& end : reference.outcomes) all.add_end(end.journey, end);
    all.counts = reference.counts;
    all.sort();
    return all;
  }

  Counted counted(const std::vector<Event>& events, std::size_t shards, bool by_time) {
    std::vector<std::unique_ptr<WaitingOwner>> owners;
    for (std::size_t i = 0; i < shards; ++i) owners.push_back(std::make_unique<WaitingOwner>(definition_, by_time));
    for (const Event& event : events) {
      const bool links = definition_.identities[event.identity.index()].link;
      owners[owner_core(links, event.identity, event.owner_hash, shards)]->on_event(event, random_);
    }
    Counted all;
    for (auto& owner : owners) {
      owner->finish(kEnd, random_);
      all.add_cells(with_common_numbers(*owner));
      for (const OutcomeRecord& end : owner->outcomes) all.add_end(end.journey.value, end);
      for (std::size_t i = 0; i < static_cast<std::size_t>(EventCount::kCount); ++i) {
        all.counts[static_cast<EventCount>(i)] += owner->counted(static_cast<EventCount>(i));
      }
    }
    all.sort();
    return all;
  }

  static void expect_same(const Counted& counted, const Counted& expected, const char* how) {
    EXPECT_EQ(counted.counts, expected.counts) << how;
    EXPECT_TRUE(counted.ends == expected.ends) << how;
    EXPECT_TRUE(counted.cells == expected.cells) << how;
  }

  // Cores number the values of open-ended dimensions each for itself.
  FakeCells::Windows with_common_numbers(const WaitingOwner& owner) const {
    FakeCells::Windows changed;
    for (const auto& [at, cell] : owner.cells.windows()) {
      auto [window, key] = at;
      const auto& dimensions = definition_.journeys[key.journey.index()].dimensions;
      const bool by_dimensions = key.scope == CellScope::kDimensioned && key.kind != CellKind::kFeedback;
      for (std::size_t i = 0; by_dimensions && i < dimensions.size(); ++i) {
        if (key.values[i] == 0 || definition_.dimensions[dimensions[i].index()].top == 0) continue;
        key.values[i] = reference::Evaluator::number_of(owner.top_text(dimensions[i], key.values[i]).at(0));
      }
      changed[{window, key}] = cell;
    }
    return changed;
  }

  static constexpr Instant kEnd = kDay + 10 * kHour;
  Generator random_;
  const Definition definition_;
};

TEST(Reordering, WithinTheWaitChangesNothingThatIsCounted) {
  const char* text = std::getenv("BELLROCK_JOURNEY_SEED");
  const std::uint64_t first = text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
  for (std::uint64_t seed = first; seed < first + kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Round(seed).run(1 + seed % 4);
    if (HasFailure()) return;
  }
  EXPECT_GT(Round::reordered, kRounds) << "too few to say anything";
  EXPECT_GT(Round::ended, 10 * kRounds);
}

}  // namespace
}  // namespace bellrock::journey
