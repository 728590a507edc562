// Full tables, restarts, kills and many deadlines.
#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

using TrackerBounds = TrackerTest;

// --- Bounds.

TEST_F(TrackerBounds, AVisitorKeepsABoundedNumberOfRecords) {
  for (int i = 0; i < 2'000; ++i) open(0.001 * i);
  EXPECT_EQ(owner().counted(EventCount::kAttemptsFull), 0u);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 2'000u);
  const SessionTable table(owner().memory(), 64, 128, owner().journal());
  EXPECT_LE(table.attempts_used(), kEndedKeptMax + 2);
}

TEST_F(TrackerBounds, AnAttemptWithoutAPlaceIsUnknownAtOnceInEveryObjective) {
  definition_.limits.attempts_per_core = 3;
  for (std::uint64_t v = 1; v <= 5; ++v) open(static_cast<double>(v), v);
  EXPECT_EQ(owner().counted(EventCount::kAttemptsFull), 2u);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 5u);
  EXPECT_EQ(cell(CellKind::kStart).count, 5u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kUnknown), 2u);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 3u);
  EXPECT_TRUE(owner().tracker().totals(checkout::kId).conserved());
  const std::size_t objectives = definition_.journeys[checkout::kId.index()].objectives.size();
  ASSERT_GT(objectives, 0u);
  for (std::size_t i = 0; i < objectives; ++i) {
    const auto objective = static_cast<std::uint8_t>(i);
    EXPECT_EQ(cell(CellKind::kObjective, objective, static_cast<std::uint8_t>(Verdict::kUnknown)).count, 2u) << i;
  }
  idle(10'000);
  open(10'001, 6);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 6u);
}

TEST_F(TrackerBounds, WhatHasEndedMakesRoomTheEarliestFirst) {
  definition_.limits.attempts_per_core = 3;
  open(0, 1);
  open(1, 2);
  open(2, 3);
  left(3);
  play(step(4, checkout::kLeft, Channel::kBeacon, 2));
  open(5, 4);
  EXPECT_EQ(owner().counted(EventCount::kAttemptsFull), 0u);
  confirmed(6);
  EXPECT_EQ(owner().counted(EventCount::kOrphanSuccess), 1u) << "visitor 1 has been forgotten";
  play(step(7, checkout::kConfirmed, Channel::kBeacon, 2));
  EXPECT_EQ(owner().counted(EventCount::kLateSuccess), 1u) << "visitor 2 has not";
}

TEST_F(TrackerBounds, AVisitorWhoseOwnOldAttemptMakesRoomIsFoundAgain) {
  definition_.limits.attempts_per_core = 1;
  for (int i = 0; i < 10; ++i) {
    open(i);
    left(i + 0.5);
  }
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kCancelled), 10u);
  open(20);
  open(21);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuperseded), 1u);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 1u);
}

TEST_F(TrackerBounds, FullSessionsRefuseNewVisitorsOnly) {
  definition_.limits.sessions_per_core = 2;
  for (std::uint64_t v = 1; v <= 3; ++v) open(static_cast<double>(v), v);
  EXPECT_EQ(owner().counted(EventCount::kSessionsFull), 1u);
  open(5, 1);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 4u);
  left(6);
  open(7, 3);
  EXPECT_EQ(owner().counted(EventCount::kSessionsFull), 1u) << "visitor 1 has nothing under way and gives way";
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 5u);
}

// --- Restarts and the journal.

TEST_F(TrackerBounds, ARestartGoesOnWhereTheOldProcessWas) {
  open(0);
  pay(5);
  owner().restart();
  confirmed(7);
  EXPECT_EQ(owner().outcomes.back().duration, 7 * kSecond);
  owner().restart();
  confirmed(8);
  EXPECT_EQ(owner().counted(EventCount::kDuplicateSuccess), 1u);
  open(10);
  owner().restart();
  idle(5'000);
  EXPECT_EQ(owner().outcomes.back().outcome, Outcome::kAbandoned);
  EXPECT_EQ(owner().outcomes.back().end, at_second(1'810));
}

TEST_F(TrackerBounds, AnEventThatWasNotCommittedNeverHappened) {
  open(0);
  const std::vector<std::byte> before(owner().memory().begin(), owner().memory().end());
  owner().tracker().on_event(step(1, checkout::kPay, Channel::kHttpRequest));
  EXPECT_FALSE(std::equal(before.begin(), before.end(), owner().memory().begin()));
  owner().restart();
  EXPECT_TRUE(std::equal(before.begin(), before.end(), owner().memory().begin()));
}

// Eight journeys of one event, full tables.
Event event_of_everything(const Definition& definition, double second) {
  Event all = make_event(1, at_second(second), Channel::kHttpRequest);
  all.dimensions[all.dimension_count++] = {DimensionId{0}, 1};
  for (std::size_t j = 0; j < definition.journeys.size(); ++j) add_match(all, JourneyId{j}, 0);
  return all;
}

TEST_F(TrackerBounds, AnEventChangesNoMoreWordsThanItsPlansSay) {
  definition_.limits.attempts_per_core = 12;
  definition_.amounts = {{}};
  for (int i = 0; i < 6; ++i) definition_.journeys.push_back(checkout::make());
  std::size_t planned = 0;
  for (const JourneyPlan& plan : make_plans(definition_, 0)) planned += plan.words_max;
  std::size_t most = 0;
  for (int i = 0; i < 20; ++i) {
    owner().tracker().on_event(event_of_everything(definition_, i));
    most = std::max(most, kJournalEntriesMax - owner().journal().room());
    owner().journal().commit();
  }
  EXPECT_GT(most, 100u);
  EXPECT_LE(most, planned);
}

// Cells that each change as many words as they may.
class CostlyCells {
 public:
  static constexpr std::size_t kJournalWordsMax = 64;
  explicit CostlyCells(Journal& journal, std::span<std::byte> memory) : journal_(journal), memory_(memory) {}
  std::uint32_t reserve(const CellKey&) { return 0; }
  void count_at(std::uint32_t) {
    for (std::size_t i = 0; i < kJournalWordsMax; ++i)
      journal_.add(reinterpret_cast<std::uint64_t&>(memory_[8 * i]), 1);
  }
  void add_at(std::uint32_t, Duration) { count_at(0); }
  void count(const CellKey&) { count_at(0); }
  void add(const CellKey&, Duration) { count_at(0); }
  void sum(const CellKey&, std::uint64_t) { count_at(0); }
  void sum_at(std::uint32_t, std::uint64_t) { count_at(0); }

 private:
  Journal& journal_;
  std::span<std::byte> memory_;
};

TEST_F(TrackerBounds, AnEventThatWouldChangeTooMuchIsCutAndCounted) {
  for (int i = 0; i < 6; ++i) definition_.journeys.push_back(checkout::make());
  for (Journey& journey : definition_.journeys) {
    journey.value = {1, StepId{checkout::kPay}, "EUR", 1};
    while (journey.objectives.size() < kObjectivesMax) journey.objectives.push_back(journey.objectives[0]);
    journey.dimensions = {DimensionId{0}};
  }
  const auto record = std::make_unique<JournalRecord>();
  alignas(64) static std::array<std::byte, 256 * 1'024> memory;
  Journal journal(memory.data(), memory.size(), record.get());
  CostlyCells cells(journal, std::span(memory).first(512));
  Counters counters;
  Tracker<CostlyCells> tracker(definition_, std::span(memory).subspan(512), cells, journal, counters);
  for (int i = 0; i < 4; ++i) {
    tracker.on_event(event_of_everything(definition_, i));
    EXPECT_GE(journal.room(), kJournalEntriesMax - kEventWordsMax);
    journal.commit();
  }
  EXPECT_GT(counters.pending(counter::id(EventCount::kTooManyMatches)), 0u);
  EXPECT_GT(tracker.outcomes(checkout::kId, Outcome::kSuperseded), 0u);
  EXPECT_TRUE(tracker.totals(checkout::kId).conserved());
}

TEST_F(TrackerBounds, ManyDeadlinesAtOnceAreCommittedInParts) {
  definition_.limits.sessions_per_core = definition_.limits.attempts_per_core = 4'000;
  for (std::uint64_t v = 1; v <= 4'000; ++v) open(0, v);
  static int commits;
  commits = 0;
  owner().tracker().set_commit({[](void* journal) {
                                  ++commits;
                                  static_cast<Journal*>(journal)->commit();
                                },
                                &owner().journal()});
  owner().tracker().expire(at_second(5'000));
  EXPECT_GT(commits, 1);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandoned), 4'000u);
}

TEST_F(TrackerBounds, ABoundedPollLeavesTheLaterDeadlinesToTheNextOne) {
  definition_.limits.sessions_per_core = definition_.limits.attempts_per_core = 1'000;
  for (std::uint64_t v = 1; v <= 1'000; ++v) open(0, v);
  owner().tracker().set_timers_max(300);
  int polls = 1;
  while (!owner().tracker().expire(at_second(1'900))) {
    EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandoned), 300u * static_cast<unsigned>(polls));
    owner().journal().commit();
    ++polls;
  }
  EXPECT_EQ(polls, 4);
  EXPECT_EQ(owner().counted(EventCount::kLateTimers), 3u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandoned), 1'000u);
}

TEST_F(TrackerBounds, AVisitorsOwnDeadlinesFireBeforeHisEventThoughOthersAreLate) {
  definition_.limits.sessions_per_core = definition_.limits.attempts_per_core = 1'000;
  for (std::uint64_t v = 1; v <= 900; ++v) open(0.001 * static_cast<double>(v), v);
  owner().tracker().set_timers_max(1);
  // Visitor 900's attempt was over at 1,800.9 s: this is another one, and its outcome stands at its deadline.
  open(1'801, 900);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 901u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandoned), 2u) << "the first one due, and his own";
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuperseded), 0u);
  EXPECT_EQ(owner().outcomes.back().end, at_second(1'800.9));
  // Forgotten altogether after another half hour, and met again.
  open(5'500, 900);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuperseded), 0u);
  EXPECT_TRUE(owner().tracker().totals(checkout::kId).conserved());
  owner().tracker().set_timers_max(UINT32_MAX);
  idle(50'000);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandoned), 902u);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 0u);
}

TEST_F(TrackerBounds, DeadlinesFireInTheirOrder) {
  const double seconds[] = {0, 0.000000001, 0.5, 3, 3, 900, 1'700};
  std::uint64_t visitor = 1;
  for (const double second : seconds) {
    for (int i = 0; i < 3; ++i) open(second, visitor = (visitor * 5 + 3) % 64);
  }
  idle(50'000);
  ASSERT_EQ(owner().outcomes.size(), 21u);
  for (std::size_t i = 0; i < owner().outcomes.size(); ++i) {
    EXPECT_EQ(owner().outcomes[i].end, at_second(seconds[i / 3]) + 30 * kMinute);
  }
}

}  // namespace
}  // namespace bellrock::journey
