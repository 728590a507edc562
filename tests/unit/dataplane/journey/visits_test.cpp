// Objectives that count visits: success by session, and consistency. Each line of text goes through the tracker and
// through the reference.
#include <gtest/gtest.h>

#include "dataplane/journey/session_mover.h"
#include "tests/unit/dataplane/journey/player.h"

namespace bellrock::journey {
namespace {

constexpr std::uint8_t kSteady = 3;

// Half an hour parts two visits, and an attempt may be idle for as long.
Definition with_visits() {
  Definition d = make_definition();
  Journey& journey = d.journeys[checkout::kId.index()];
  journey.per_session = true;
  journey.objectives.push_back(make_consistency("steady", checkout::kPayLatency));
  return d;
}

struct Sessions {
  const char* events;
  const char* verdicts;
};

void expect_verdicts(std::uint8_t objective, const Sessions& v) {
  Player player(checkout::kId, with_visits());
  player.play_all(v.events);
  EXPECT_EQ(player.verdicts(player.owner().cells.windows(), objective), v.verdicts) << v.events;
  EXPECT_EQ(player.verdicts(player.reference().cells, objective), v.verdicts) << v.events;
  EXPECT_TRUE(player.owner().tracker().idle()) << v.events;
}

TEST(Visits, ASessionIsWhatItsAttemptWasThatWasDecidedLast) {
  for (const Sessions& v : {
           Sessions{"open 0, pay 5, confirmed 7", "good 1"},
           Sessions{"open 0, pay 5, 5xx 6, open 10, pay 12, confirmed 14", "good 1"},
           Sessions{"open 0, pay 5, confirmed 7, open 10, pay 12, 5xx 14", "bad 1"},
           Sessions{"open 0, pay 5, confirmed 7, open 10, pay 12, declined 14", "excluded 1"},
           Sessions{"open 0, pay 5, 5xx 6, pay 8, confirmed 9", "good 1"},
           Sessions{"open 0, pay 5, open 10, pay 12, confirmed 14", "unknown 1"},
           Sessions{"open 0, pay 5, ok 6, beacon 24, open 25, pay 30, ok 31, confirmed 33", "excluded 1"},
           // What never came to `count_from` is no part of it.
           Sessions{"open 0, left 9", "funnel 1"},
           Sessions{"open 0, beacon 20", "funnel 1"},
           Sessions{"open 0, pay 5, confirmed 7, open 10, left 12", "good 1"},
           Sessions{"open 0, pay 5, confirmed 7, open 10", "good 1"},
           // A visit ends after half an hour without anything, the end included.
           Sessions{"open 0, pay 5, confirmed 7, open 1807, pay 1808, 5xx 1809", "bad 1"},
           Sessions{"open 0, pay 5, confirmed 7, open 1807.000001, pay 1808, 5xx 1809", "good 1, bad 1"},
           Sessions{"open 0, pay 5, confirmed 7, beacon 1000, open 2700, pay 2701, 5xx 2702", "bad 1"},
           Sessions{"open 0, pay 5, confirmed 7, closes@3 1000, open 2700, pay 2701, 5xx 2702", "good 1, bad 1"},
           Sessions{"confirmed 7", ""},
       }) {
    expect_verdicts(checkout::kSuccess, v);
  }
}

TEST(Visits, AreConsistentWhenAllOfEnoughAttemptsMetTheObjective) {
  for (const Sessions& v : {
           Sessions{"open 0, pay 5, ok 5.5, confirmed 7", "excluded 1"},
           Sessions{"open 0, pay 5, ok 5.5, confirmed 7, open 10, pay 15, ok 15.5, confirmed 17", "good 1"},
           Sessions{"open 0, pay 5, ok 5.5, confirmed 7, open 10, pay 15, ok 16, confirmed 17", "bad 1"},
           Sessions{"open 0, pay 5, ok 6, confirmed 7, open 10, pay 15, ok 15.5, confirmed 17", "bad 1"},
           Sessions{"open 0, pay 5, ok 5.5, confirmed 7, open 10, pay 15, confirmed 17", "unknown 1"},
           Sessions{"open 0, pay 5, ok 6, confirmed 7, open 10, pay 15, confirmed 17", "bad 1"},
           Sessions{"open 0, pay 5, ok 5.5, confirmed 7, open 10, pay 15, 5xx 15.2", "bad 1"},
           // Only good, bad and unknown attempts count.
           Sessions{"open 0, pay 5, ok 5.5, confirmed 7, open 10, confirmed 17", "excluded 1"},
           Sessions{"open 0, pay 5, ok 5.5, confirmed 7, open 10, pay 15, closes 15.2", "excluded 1"},
           Sessions{"open 0, pay 5, ok 5.5, confirmed 7, open 1808, pay 1815, ok 1815.5, confirmed 1817", "excluded 2"},
       }) {
    expect_verdicts(kSteady, v);
  }
}

TEST(Visits, LeaveAttemptsTheirOwnCountsAndLatencies) {
  Player player(checkout::kId, with_visits());
  player.play_all("open 0, pay 5, ok 5.5, confirmed 7, open 10, pay 15, ok 16, confirmed 17");
  EXPECT_EQ(player.tracked(), "success 7, success 7");
  EXPECT_EQ(player.verdicts(player.owner().cells.windows(), checkout::kPayLatency), "good 1, bad 1");
  EXPECT_EQ(player.owner().tracker().starts(checkout::kId), 2u);
}

TEST(Visits, CountAsMuchOverAThousandAttemptsAsTheyMust) {
  Definition d = with_visits();
  d.journeys[checkout::kId.index()].objectives[kSteady].min_attempts = kMinAttemptsMax;
  std::string events;
  for (int i = 0; i < 1'000; ++i) {
    const std::string at = std::to_string(10 * i);
    events += (i == 0 ? "open " : ", open ") + at + ", pay " + at + ".1, ok " + at + ".2, confirmed " + at + ".3";
  }
  Player player(checkout::kId, d);
  player.play_all(events);
  EXPECT_EQ(player.verdicts(player.owner().cells.windows(), kSteady), "good 1");
  EXPECT_EQ(player.verdicts(player.owner().cells.windows(), checkout::kSuccess), "good 1");
}

TEST(Visits, AreCountedByTheDimensionsOfTheAttemptThatEndedLast) {
  const Definition d = with_visits();
  Owner owner(d);
  for (const std::uint8_t device : {std::uint8_t{1}, std::uint8_t{3}}) {
    Event event = make_event(1, at_second(device), Channel::kHttpRequest);
    add_match(event, checkout::kId, checkout::kOpen);
    event.dimensions[event.dimension_count++] = {DimensionId{0}, device};
    owner.apply(event);
  }
  owner.tracker().expire(at_second(10'000));
  CellKey key{.journey = checkout::kId,
              .kind = CellKind::kObjective,
              .scope = CellScope::kDimensioned,
              .item = checkout::kSuccess,
              .detail = static_cast<std::uint8_t>(Verdict::kFunnel)};
  key.values[0] = 3;
  EXPECT_EQ(owner.cells.cell(key).count, 1u);
}

TEST(Visits, TakeTheRoomOfOneAttemptAndRefuseStartsWithoutIt) {
  Definition d = with_visits();
  d.limits.attempts_per_core = 3;
  Owner owner(d);
  const auto open = [&](std::uint64_t visitor, double second) {
    Event event = make_event(visitor, at_second(second), Channel::kHttpRequest);
    add_match(event, checkout::kId, checkout::kOpen);
    owner.apply(event);
  };
  open(1, 0);
  open(2, 1);
  EXPECT_EQ(owner.counted(EventCount::kAttemptsFull), 1u) << "a visit and an attempt, and there is one place";
  EXPECT_EQ(owner.tracker().open(checkout::kId), 1u);
  EXPECT_EQ(owner.tracker().outcomes(checkout::kId, Outcome::kUnknown), 1u);
  open(1, 2);
  EXPECT_EQ(owner.tracker().starts(checkout::kId), 3u);
  EXPECT_EQ(owner.counted(EventCount::kAttemptsFull), 1u) << "the visit has its place already";
  EXPECT_TRUE(owner.tracker().totals(checkout::kId).conserved());
}

TEST(Visits, MoveToABoardOfAnotherNumberOfCoresAndGoOn) {
  const Definition d = with_visits();
  Owner from(d);
  const auto play = [](Owner& owner, std::uint64_t visitor, double second, std::uint8_t step, Channel channel) {
    Event event = make_event(visitor, at_second(second), channel);
    add_match(event, checkout::kId, step);
    owner.apply(event);
  };
  for (std::uint64_t visitor = 1; visitor <= 8; ++visitor) {
    play(from, visitor, 1, checkout::kOpen, Channel::kHttpRequest);
    play(from, visitor, 2, checkout::kPay, Channel::kHttpRequest);
    play(from, visitor, 3, checkout::kConfirmed, Channel::kBeacon);
  }
  Owner first(d), second(d);
  SessionTable old(from.memory(), 64, 128, from.journal());
  SessionTable one(first.memory(), 64, 128, first.journal()), other(second.memory(), 64, 128, second.journal());
  const TableOfCore sources[] = {{&old, &from.journal(), 64, 128}};
  const TableOfCore targets[] = {{&one, &first.journal(), 64, 128}, {&other, &second.journal(), 64, 128}};
  ASSERT_TRUE(move_sessions(d, sources, targets).ok());
  EXPECT_EQ(one.visits() + other.visits(), 8u);
  std::uint64_t good = 0;
  for (Owner* owner : {&first, &second}) {
    owner->restart();
    owner->tracker().expire(at_second(10'000));
    good +=
        owner->cells.cell({.journey = checkout::kId, .kind = CellKind::kObjective, .item = checkout::kSuccess}).count;
    EXPECT_TRUE(owner->tracker().idle());
  }
  EXPECT_EQ(good, 8u);
}

TEST(Visits, TakeTheTextsOfTheirValuesAlongToAnotherCore) {
  Definition d = with_visits();
  d.dimensions.push_back({.name = "release", .source = {}, .values = {}, .bounds = {}, .top = 3});
  d.journeys[checkout::kId.index()].dimensions = {DimensionId{1}};
  Owner from(d), to(d);
  const char* const releases[] = {"r1", "r2", "r3"};
  for (std::uint64_t visitor = 0; visitor < 3; ++visitor) {
    Event event = make_event(visitor + 1, at_second(static_cast<double>(visitor)), Channel::kHttpRequest);
    add_match(event, checkout::kId, checkout::kOpen);
    add_top(event, DimensionId{1}, releases[visitor]);
    from.apply(event);
  }
  SessionTable old(from.memory(), 64, 128, from.journal()), young(to.memory(), 64, 128, to.journal());
  const TableOfCore sources[] = {{&old, &from.journal(), 64, 128}};
  const TableOfCore targets[] = {{&young, &to.journal(), 64, 128}};
  ASSERT_TRUE(move_sessions(d, sources, targets).ok());
  to.restart();
  to.tracker().expire(at_second(10'000));
  std::map<std::string, std::uint64_t> by_text;
  for (const auto& [at, cell] : to.cells.windows()) {
    const CellKey& key = at.second;
    if (key.kind == CellKind::kOutcome && key.scope == CellScope::kDimensioned)
      by_text[to.top_text(DimensionId{1}, key.values[0])] += cell.count;
  }
  EXPECT_EQ(by_text, (std::map<std::string, std::uint64_t>{{"r1", 1}, {"r2", 1}, {"r3", 1}}));
}

TEST(Visits, OfABoardThatSomebodyWroteAreRefusedWhereTheyMakeNoSense) {
  const Definition d = with_visits();
  const Journey& journey = d.journeys[checkout::kId.index()];
  Tallies tallies{};
  EXPECT_TRUE(plausible(journey, tallies));
  EXPECT_FALSE(plausible(d.journeys[search::kId.index()], tallies)) << "that journey counts none";
  tallies[checkout::kSuccess] = 1 + static_cast<std::uint8_t>(Verdict::kFunnel);
  EXPECT_TRUE(plausible(journey, tallies));
  tallies[checkout::kSuccess] += 1;
  EXPECT_FALSE(plausible(journey, tallies)) << "no verdict";
  tallies = {};
  tallies[checkout::kPayLatency] = 1;
  EXPECT_FALSE(plausible(journey, tallies)) << "a latency counts attempts";
}

}  // namespace
}  // namespace bellrock::journey
