// Random journeys and random visitors: the tracker, sharded, restarted and moved to other numbers of cores at will,
// against the reference.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <sstream>

#include "dataplane/journey/session_mover.h"
#include "tests/property/journey/generator.h"
#include "tests/property/journey/reference.h"
#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

// One visitor's events are one sequence. Sanitizers make each ten times as dear; BELLROCK_JOURNEY_SEQUENCES in the
// environment says another number, BELLROCK_JOURNEY_SEED where they begin.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSequences = 20'000;
#else
constexpr std::uint64_t kSequences = 160'000;
#endif
constexpr int kEventsPerVisitor = 25;
constexpr std::size_t kShardsMax = 8;
constexpr std::uint64_t kEventsPerMove = 800;  // one in four rounds has one: owners are dear to make

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

using Cells = std::map<std::pair<std::int64_t, CellKey>, std::pair<std::uint64_t, std::vector<Duration>>>;

void add_cells(const auto& from, Cells& to) {
  for (const auto& [at, cell] : from) {
    auto& sum = to[at];
    sum.first += cell.count;
    sum.second.insert(sum.second.end(), cell.values.begin(), cell.values.end());
  }
}
// As lines: window, journey, kind, scope, item, detail, count.
std::string cells_only_in(const Cells& one, const Cells& other) {
  std::string text;
  for (const auto& [at, cell] : one) {
    const auto found = other.find(at);
    if (found != other.end() && found->second.first == cell.first) continue;
    text += std::to_string(at.first);
    for (const int part : {int{at.second.journey.value}, static_cast<int>(at.second.kind),
                           static_cast<int>(at.second.scope), int{at.second.item}, int{at.second.detail}}) {
      text += ' ' + std::to_string(part);
    }
    text += ": " + std::to_string(cell.first) + '\n';
  }
  return text;
}

Cells sorted(Cells cells) {
  for (auto& [at, cell] : cells) std::sort(cell.second.begin(), cell.second.end());
  return cells;
}

using Fields =
    std::tuple<std::uint16_t, Outcome, Instant, Instant, Duration, Duration, std::uint32_t, bool, std::uint64_t>;
std::uint64_t amount_of(const OutcomeRecord& ended) { return ended.amount; }
std::uint64_t amount_of(const reference::Ended& ended) { return ended.worth ? *ended.worth + 1 : 0; }
std::uint16_t number_of(JourneyId journey) { return journey.value; }
std::uint16_t number_of(std::size_t journey) { return static_cast<std::uint16_t>(journey); }
std::vector<Fields> sorted(const auto& ends) {
  std::vector<Fields> all;
  for (const auto& r : ends) {
    all.emplace_back(number_of(r.journey), r.outcome, r.start, r.end, r.duration, r.waited, r.steps_seen, r.retried,
                     amount_of(r));
  }
  std::sort(all.begin(), all.end());
  return all;
}

// What is in one list of ends only, for people.
std::string only_in(const std::vector<Fields>& one, const std::vector<Fields>& other) {
  std::vector<Fields> rest;
  std::set_difference(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(rest));
  std::ostringstream out;
  for (const auto& [journey, outcome, start, end, duration, waited, steps, retried, amount] : rest) {
    out << "  journey " << journey << ' ' << kOutcomeNames[static_cast<std::size_t>(outcome)] << " from "
        << (start - kDay) / kMillisecond << " ms to " << (end - kDay) / kMillisecond << " ms, steps " << steps
        << ", amount " << amount << '\n';
  }
  return out.str();
}

// What the mover takes of owners: their tables, in their order.
class Tables {
 public:
  Tables(const Definition& d, const std::vector<std::unique_ptr<Owner>>& owners) {
    const std::uint32_t sessions = d.limits.sessions_per_core, attempts = d.limits.attempts_per_core;
    for (const auto& owner : owners) {
      sessions_.push_back(std::make_unique<SessionTable>(owner->memory(), sessions, attempts, owner->journal()));
      const std::span<std::byte> links = links_behind(owner->memory(), sessions, attempts, links_needed(d));
      links_.push_back(std::make_unique<LinkTable>(links, links_needed(d), owner->journal()));
      cores.push_back({.table = sessions_.back().get(),
                       .journal = &owner->journal(),
                       .sessions = sessions,
                       .attempts = attempts,
                       .links = links_.back().get(),
                       .link_records = links_needed(d)});
    }
  }
  std::vector<TableOfCore> cores;

 private:
  std::vector<std::unique_ptr<SessionTable>> sessions_;
  std::vector<std::unique_ptr<LinkTable>> links_;
};

// The owners of one round, and the reference beside them.
class Round {
 public:
  Round(std::uint64_t seed, std::size_t shards)
      : random(seed), definition_(random.definition()), reference_(definition_), owners_(new_owners(shards)) {}

  // How many attempts ended how, over all rounds.
  static inline std::array<std::uint64_t, kOutcomeNames.size()> ended_as{};
  // What else was compared.
  static inline std::uint64_t visits = 0, worth_money = 0, told_apart = 0, by_latency = 0, moves = 0, by_probes = 0;
  static inline std::map<EventCount, std::uint64_t> counted;

  void run() {
    Instant now = kDay;
    for (int i = 0; i < static_cast<int>(kVisitors) * kEventsPerVisitor; ++i) {
      const Event event = random.event(definition_, now);
      now = event.time;
      const bool links = definition_.identities[event.identity.index()].link;
      Owner& owner = *owners_[owner_core(links, event.identity, event.owner_hash, owners_.size())];
      owner.roll_to(event.time);
      if (random.chance(1)) kill_within(owner, event);
      owner.apply(event);
      if (random.chance(2)) owners_[random.below(owners_.size())]->restart();
      reference_.on_event(event);
      expect_conserved(owner);
      if (random.chance(1)) compare_levels(now);
      if (random.below(kEventsPerMove) == 0) move_to(1 + random.below(kShardsMax), now);
    }
    finish();
  }

 private:
  [[nodiscard]] std::vector<std::unique_ptr<Owner>> new_owners(std::size_t count) const {
    std::vector<std::unique_ptr<Owner>> owners;
    for (std::size_t i = 0; i < count; ++i) owners.push_back(std::make_unique<Owner>(definition_));
    return owners;
  }

  // The board gets another number of cores. What the old ones have counted is theirs.
  void move_to(std::size_t cores, Instant now) {
    for (auto& owner : owners_) {
      owner->roll_to(now);
      owner->tracker().expire(now);
      owner->journal().commit();
    }
    auto to = new_owners(cores);
    const auto moved = move_sessions(definition_, Tables(definition_, owners_).cores, Tables(definition_, to).cores);
    ASSERT_TRUE(moved.ok()) << moved.error().what;
    for (auto& owner : to) {
      owner->cells.set_window(window_of(now));
      owner->restart();
      expect_conserved(*owner);
    }
    std::move(owners_.begin(), owners_.end(), std::back_inserter(left_));
    owners_ = std::move(to);
    ++moves;
  }

  // The process dies at some store of the event; its successor finds the board as it was before.
  void kill_within(Owner& owner, const Event& event) {
    const std::vector<std::byte> before(owner.memory().begin(), owner.memory().end());
    const FakeCells cells = owner.cells;
    const Counters counters = owner.counters;
    const auto outcomes = owner.outcomes.size();
    owner.tracker().on_event(event);
    JournalRecord& record = owner.record();
    const std::uint64_t stores = record.count;
    const std::uint64_t survived = random.below(stores + 1);
    for (std::uint64_t i = stores; i-- > survived;) {
      std::memcpy(owner.memory().data() + record.entries[i].offset, &record.entries[i].before, 8);
    }
    // The entry of the next store may have been written and the store not made.
    record.count = std::min(stores, survived + random.below(2));
    owner.restart();
    owner.cells = cells;
    owner.counters = counters;
    owner.outcomes.resize(outcomes);
    ASSERT_TRUE(std::equal(before.begin(), before.end(), owner.memory().begin()));
  }

  void expect_conserved(Owner& owner) {
    for (std::size_t j = 0; j < definition_.journeys.size(); ++j) {
      ASSERT_TRUE(owner.tracker().totals(JourneyId{j}).conserved());
    }
  }

  void compare_levels(Instant now) {
    reference_.settle_all(now);
    std::uint64_t open = 0, starts = 0;
    for (auto& owner : owners_) {
      owner->roll_to(now);
      owner->tracker().expire(now);
      owner->journal().commit();
      open += owner->tracker().live();
      for (std::size_t j = 0; j < definition_.journeys.size(); ++j) starts += owner->tracker().starts(JourneyId{j});
    }
    ASSERT_EQ(open, reference_.open());
    ASSERT_EQ(starts, reference_.starts);
  }

  void finish() {
    const Instant end = kDay + kHour * 10;
    reference_.settle_all(end);
    Cells ours, theirs;
    std::vector<OutcomeRecord> outcomes;
    std::map<EventCount, std::uint64_t> counts;
    for (auto& owner : owners_) {
      owner->roll_to(end);
      ASSERT_EQ(owner->tracker().live(), 0u);
      ASSERT_EQ(owner->tracker().open_errors(), 0u);
    }
    std::move(owners_.begin(), owners_.end(), std::back_inserter(left_));
    for (auto& owner : left_) {
      add_cells(with_common_numbers(*owner), ours);
      outcomes.insert(outcomes.end(), owner->outcomes.begin(), owner->outcomes.end());
      for (std::size_t i = 0; i < static_cast<std::size_t>(EventCount::kCount); ++i) {
        const auto what = static_cast<EventCount>(i);
        if (owner->counted(what) != 0) counts[what] += owner->counted(what);
      }
    }
    for (const OutcomeRecord& ended : outcomes) ++ended_as[static_cast<std::size_t>(ended.outcome)];
    add_cells(reference_.cells, theirs);
    for (const auto& [at, cell] : theirs) take_note(at.second, cell.first);
    EXPECT_EQ(counts, reference_.counts);
    for (const auto& [what, count] : counts) counted[what] += count;
    const auto tracked = sorted(outcomes), expected = sorted(reference_.outcomes);
    EXPECT_TRUE(tracked == expected) << "only tracked:\n"
                                     << only_in(tracked, expected) << "only by the reference:\n"
                                     << only_in(expected, tracked);
    EXPECT_TRUE(sorted(ours) == sorted(theirs)) << "only tracked:\n"
                                                << cells_only_in(ours, theirs) << "only by the reference:\n"
                                                << cells_only_in(theirs, ours);
  }

  void take_note(const CellKey& key, std::uint64_t count) const {
    const Journey& journey = definition_.journeys[key.journey.index()];
    if (key.kind == CellKind::kValue) worth_money += count;
    if (key.kind == CellKind::kStart && journey.synthetic) by_probes += count;
    if (key.kind == CellKind::kObjective && reference::of_visits(journey, key.item)) visits += count;
    if (key.scope != CellScope::kDimensioned) return;
    if (key.kind == CellKind::kFeedback) return void(by_latency += key.values[0] != 0 ? count : 0);
    for (std::size_t i = 0; i < journey.dimensions.size(); ++i) {
      const bool open_ended = definition_.dimensions[journey.dimensions[i].index()].top != 0;
      if (open_ended && key.values[i] != 0) told_apart += count;
    }
  }

  // Cores number the values of open-ended dimensions each for itself.
  FakeCells::Windows with_common_numbers(const Owner& owner) const {
    FakeCells::Windows changed;
    for (const auto& [at, cell] : owner.cells.windows()) {
      auto [window, key] = at;
      const auto& dimensions = definition_.journeys[key.journey.index()].dimensions;
      const bool told_apart_here = key.scope == CellScope::kDimensioned && key.kind != CellKind::kFeedback;
      for (std::size_t i = 0; told_apart_here && i < dimensions.size(); ++i) {
        if (key.values[i] == 0 || definition_.dimensions[dimensions[i].index()].top == 0) continue;
        key.values[i] = reference::Evaluator::number_of(owner.top_text(dimensions[i], key.values[i]).at(0));
      }
      changed[{window, key}] = cell;
    }
    return changed;
  }

  Generator random;
  const Definition definition_;
  reference::Evaluator reference_;
  std::vector<std::unique_ptr<Owner>> owners_, left_;  // left_: whose sessions have moved
};

TEST(JourneyProperty, AnyShardingAndAnyRestartsCountWhatTheReferenceCounts) {
  const std::uint64_t rounds = from_environment("BELLROCK_JOURNEY_SEQUENCES", kSequences) / kVisitors;
  const std::uint64_t first = from_environment("BELLROCK_JOURNEY_SEED", 1);
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Round(seed, 1 + seed % kShardsMax).run();
    if (HasFailure()) return;
  }
  for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) {
    EXPECT_GT(Round::ended_as[i], rounds / 10) << "too few to say anything: " << kOutcomeNames[i];
  }
  EXPECT_GT(Round::visits, rounds);
  EXPECT_GT(Round::worth_money, rounds);
  EXPECT_GT(Round::told_apart, rounds);
  EXPECT_GT(Round::by_latency, rounds / 200);
  EXPECT_GT(Round::moves, rounds / 10);
  EXPECT_GT(Round::by_probes, rounds / 10);
  for (const auto what :
       {EventCount::kLinked, EventCount::kRelinked, EventCount::kLinkFull, EventCount::kErrorsRecovered,
        EventCount::kErrorsNotRecovered, EventCount::kErrorsUnknown, EventCount::kFeedbackJoined,
        EventCount::kFeedbackUnjoined, EventCount::kFeedbackRepeated, EventCount::kFeedbackFiltered}) {
    const bool rare = what == EventCount::kErrorsRecovered || what == EventCount::kErrorsUnknown;
    EXPECT_GT(Round::counted[what], rounds / (rare ? 5'000 : 10)) << kEventCountNames[static_cast<std::size_t>(what)];
  }
}

}  // namespace
}  // namespace bellrock::journey
