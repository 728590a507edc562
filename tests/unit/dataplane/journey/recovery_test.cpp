// Whether visitors get over errors: what recovers one and until when, what becomes of those that nobody remembers, and
// that none is lost: errors = recovered + not recovered + unknown + open, at any moment.
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

constexpr Duration kWithin = 2 * kMinute;

Definition recovering() {
  Definition d = make_definition();
  d.journeys[search::kId.index()].recovery = {kWithin, 5};
  return d;
}

using Counts = std::array<std::uint64_t, kRecoveryKinds>;

Counts counts_in(const FakeCells& cells) {
  Counts counts{};
  for (const auto& [at, cell] : cells.windows()) {
    const CellKey& key = at.second;
    if (key.kind != CellKind::kRecovery) continue;
    EXPECT_EQ(key.journey, search::kId);
    EXPECT_EQ(key.item, search::kBroken);
    EXPECT_EQ(key.scope, CellScope::kTotal);
    counts[key.detail] += cell.count;
  }
  return counts;
}

class Errors : public testing::Test {
 protected:
  Owner& owner() {
    if (!owner_) owner_ = std::make_unique<Owner>(definition_);
    return *owner_;
  }
  void at(Instant time, std::uint8_t step, std::uint64_t visitor = 1) {
    Event event = make_event(visitor, time, step == search::kQuery ? Channel::kHttpRequest : Channel::kBeacon);
    add_match(event, search::kId, step);
    owner().apply(event);
  }
  void fails_at(double second, std::uint64_t visitor = 1) {
    at(at_second(second) - kSecond / 2, search::kQuery, visitor);
    at(at_second(second), search::kBroken, visitor);
  }
  void goes_on_to(double second) {
    owner().roll_to(at_second(second));
    owner().tracker().expire(at_second(second));
    owner().journal().commit();
  }
  Counts counts() {
    const Counts counts = counts_in(owner().cells);
    EXPECT_EQ(counts[0], counts[1] + counts[2] + counts[3] + owner().tracker().open_errors());
    return counts;
  }

  Definition definition_ = recovering();
  std::unique_ptr<Owner> owner_;
};

TEST_F(Errors, AreRecoveredByASuccessWithinTheTimeItsEndIncluded) {
  fails_at(10);
  EXPECT_EQ(counts(), (Counts{1, 0, 0, 0}));
  at(at_second(100), search::kQuery);
  at(at_second(130), search::kResults);
  EXPECT_EQ(counts(), (Counts{1, 1, 0, 0}));
  fails_at(200);
  at(at_second(320) + 1, search::kResults);
  EXPECT_EQ(counts(), (Counts{2, 1, 1, 0}));
}

TEST_F(Errors, AreRecoveredByALateSuccessToo) {
  fails_at(10);
  at(at_second(11), search::kResults);
  EXPECT_EQ(owner().counted(EventCount::kLateSuccess), 1u);
  EXPECT_EQ(counts(), (Counts{1, 1, 0, 0}));
}

TEST_F(Errors, ThatAreOpenAreAllRecoveredAtOnceAndEachOnce) {
  fails_at(10);
  fails_at(20);
  fails_at(30, 2);
  at(at_second(40), search::kResults);
  at(at_second(41), search::kResults);
  EXPECT_EQ(counts(), (Counts{3, 2, 0, 0})) << "the other visitor's is open";
  goes_on_to(1'000);
  EXPECT_EQ(counts(), (Counts{3, 2, 1, 0}));
  EXPECT_EQ(owner().counted(EventCount::kErrors), 3u);
  EXPECT_EQ(owner().counted(EventCount::kErrorsRecovered), 2u);
  EXPECT_EQ(owner().counted(EventCount::kErrorsNotRecovered), 1u);
}

TEST_F(Errors, AreNotRecoveredByTimeAloneWhoeverComes) {
  fails_at(10);
  goes_on_to(130);
  EXPECT_EQ(counts(), (Counts{1, 0, 0, 0})) << "the last moment";
  goes_on_to(130.001);
  EXPECT_EQ(counts(), (Counts{1, 0, 1, 0}));
  at(at_second(131), search::kResults);
  EXPECT_EQ(owner().counted(EventCount::kLateSuccess), 1u) << "the attempt is still known";
  EXPECT_EQ(counts(), (Counts{1, 0, 1, 0}));
}

TEST_F(Errors, OfAttemptsThatGiveWayAreUnknown) {
  for (int i = 0; i < 6; ++i) fails_at(10 + i);
  EXPECT_EQ(counts(), (Counts{6, 0, 0, 2})) << "four ended ones of a visitor are kept";
  at(at_second(20), search::kResults);
  EXPECT_EQ(counts(), (Counts{6, 4, 0, 2}));
  EXPECT_EQ(owner().counted(EventCount::kErrorsUnknown), 2u);
}

TEST_F(Errors, OfAFullTableAreUnknown) {
  definition_.limits.sessions_per_core = definition_.limits.attempts_per_core = 4;
  for (std::uint64_t visitor = 1; visitor <= 9; ++visitor) fails_at(10 + static_cast<double>(visitor), visitor);
  EXPECT_EQ(counts(), (Counts{9, 0, 0, 5}));
}

TEST_F(Errors, AreNoneWhereNobodyAsks) {
  Event open = make_event(1, at_second(1), Channel::kHttpRequest), left = make_event(1, at_second(2), Channel::kBeacon);
  add_match(open, checkout::kId, checkout::kOpen);
  add_match(left, checkout::kId, checkout::kDeclined);
  owner().apply(open);
  owner().apply(left);
  EXPECT_EQ(counts(), Counts{});
}

TEST_F(Errors, SurviveAProcessThatIsKilledAndStartsAgain) {
  fails_at(10);
  fails_at(15, 2);
  owner().restart();
  at(at_second(60), search::kResults);
  goes_on_to(140);
  EXPECT_EQ(counts(), (Counts{2, 1, 1, 0}));
}

// --- The same from the list of what happened.

class Reference {
 public:
  // The outcomes that the event, or the time before it, brought.
  void on_event(Instant now, std::uint8_t step, std::span<const OutcomeRecord> outcomes) {
    pass(now);
    for (const OutcomeRecord& outcome : outcomes) {
      if (outcome.outcome == Outcome::kSuccess || outcome.outcome == Outcome::kFailedSystem) continue;
      ended_.push_back({outcome.end, false});
    }
    if (step == search::kQuery) make_room();
    if (step == search::kResults) {
      for (Ended& one : ended_) {
        counts[1] += one.open ? 1U : 0U;
        one.open = false;
      }
    }
    for (const OutcomeRecord& outcome : outcomes) {
      const bool failed = outcome.outcome == Outcome::kFailedSystem;
      if (failed) ++counts[0];
      if (failed || outcome.outcome == Outcome::kSuccess) ended_.push_back({outcome.end, failed});
    }
  }
  void pass(Instant now) {
    for (Ended& one : ended_) {
      if (!one.open || one.at + kWithin >= now) continue;
      ++counts[2];
      one.open = false;
    }
    while (!ended_.empty() && ended_.front().at + search::make().idle < now) ended_.pop_front();
  }
  Counts counts{};

 private:
  struct Ended {
    Instant at;
    bool open = false;
  };
  void make_room() {
    while (ended_.size() >= kEndedKeptMax) {
      counts[3] += ended_.front().open ? 1U : 0U;
      ended_.pop_front();
    }
  }
  std::deque<Ended> ended_;
};

TEST(ErrorsOfRandomVisits, AreWhatTheListOfWhatHappenedSays) {
  const Definition definition = recovering();
  std::mt19937_64 random(77);
  Counts all{};
  for (int round = 0; round < 400; ++round) {
    Owner owner(definition);
    Reference reference;
    Instant now = kDay;
    std::size_t known = 0;
    for (int i = 0; i < 80; ++i) {
      now = now + static_cast<Duration>(random() % (random() % 6 == 0 ? 300 : 40)) * kSecond;
      const auto step = std::array<std::uint8_t, 5>{search::kQuery, search::kQuery, search::kBroken, search::kBroken,
                                                    search::kResults}[random() % 5];
      Event event = make_event(1, now, step == search::kQuery ? Channel::kHttpRequest : Channel::kBeacon);
      add_match(event, search::kId, step);
      owner.apply(event);
      reference.on_event(now, step, std::span(owner.outcomes).subspan(known));
      known = owner.outcomes.size();
      const Counts counts = counts_in(owner.cells);
      ASSERT_EQ(counts, reference.counts) << "round " << round << ", event " << i;
      ASSERT_EQ(counts[0], counts[1] + counts[2] + counts[3] + owner.tracker().open_errors());
    }
    owner.tracker().expire(now + kHour);
    owner.journal().commit();
    reference.pass(now + kHour);
    ASSERT_EQ(counts_in(owner.cells), reference.counts);
    EXPECT_EQ(owner.tracker().open_errors(), 0u);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += reference.counts[i];
  }
  for (const std::uint64_t n : all) EXPECT_GT(n, 100u);
  EXPECT_EQ(all[0], all[1] + all[2] + all[3]);
}

TEST(ErrorsOfRandomVisits, AreTheSameOnOneTwoAndFourCores) {
  const Definition definition = recovering();
  std::mt19937_64 random(78);
  std::vector<Event> events;
  for (int i = 0; i < 5'000; ++i) {
    const auto step = std::array<std::uint8_t, 3>{search::kQuery, search::kBroken, search::kResults}[random() % 3];
    const Channel channel = step == search::kQuery ? Channel::kHttpRequest : Channel::kBeacon;
    Event event = make_event(1 + random() % 10, at_second(i), channel);
    add_match(event, search::kId, step);
    events.push_back(event);
  }
  Counts on_one{};
  for (const std::size_t cores : {1u, 2u, 4u}) {
    std::vector<std::unique_ptr<Owner>> owners;
    for (std::size_t core = 0; core < cores; ++core) owners.push_back(std::make_unique<Owner>(definition));
    for (const Event& event : events) owners[event.owner_hash % cores]->apply(event);
    Counts sum{};
    for (const auto& owner : owners) {
      owner->tracker().expire(at_second(10'000));
      owner->journal().commit();
      const Counts part = counts_in(owner->cells);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
    }
    if (cores == 1) on_one = sum;
    EXPECT_EQ(sum, on_one);
  }
  EXPECT_GT(on_one[1], 100u);
}

}  // namespace
}  // namespace bellrock::journey
