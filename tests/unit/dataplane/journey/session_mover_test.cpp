#include "dataplane/journey/session_mover.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <tuple>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

// The tables of some cores.
class Cores {
 public:
  Cores(std::size_t count, std::uint32_t sessions, std::uint32_t attempts) {
    for (std::size_t i = 0; i < count; ++i) {
      parts_.push_back(std::make_unique<Part>(sessions, attempts));
      cores_.push_back(
          {&parts_.back()->table, &parts_.back()->journal, sessions, attempts, nullptr, 0, parts_.back()->trails});
    }
  }
  [[nodiscard]] std::span<const TableOfCore> all() const { return cores_; }
  SessionTable& table(std::size_t core) { return parts_[core]->table; }
  Journal& journal(std::size_t core) { return parts_[core]->journal; }
  [[nodiscard]] std::size_t size() const { return parts_.size(); }

  // As a worker would: the visitor's core is what his hash says.
  Slot add(std::uint64_t visitor, JourneyId journey, Outcome outcome, Instant at) {
    const Visitor who{visitor_key(visitor), visitor_key(visitor + 1'000), hash(visitor)};
    const std::size_t core = who.hash % size();
    Slot session = table(core).find(who);
    if (session == 0) session = table(core).add_session(who, {}, at);
    Attempt attempt;
    attempt.state = AttemptState::kOpen;
    attempt.journey = journey;
    attempt.start = at;
    const Slot slot = table(core).add_attempt(session, attempt);
    trail_of(core, slot).steps[0].offset_ms = told_at(at);
    JourneyTotals& totals = table(core).totals(journey);
    journal(core).add(totals.starts, 1);
    if (outcome == Outcome::kCount) {
      journal(core).add(totals.open, 1);
    } else {
      journal(core).set(table(core).attempt(slot).state, AttemptState::kEnded);
      journal(core).set(table(core).attempt(slot).outcome, outcome);
      journal(core).set(table(core).attempt(slot).ending.at, at + kSecond);
      table(core).append_ended(slot);
      journal(core).add(totals.outcomes[static_cast<std::size_t>(outcome)], 1);
    }
    journal(core).commit();
    return slot;
  }
  StoryTrail& trail_of(std::size_t core, Slot slot) { return parts_[core]->trails[slot - 1]; }
  // What an attempt did stays its own: here that is when it began.
  static std::uint32_t told_at(Instant start) { return static_cast<std::uint32_t>((start - kDay) / kSecond); }
  static std::uint32_t hash(std::uint64_t visitor) { return static_cast<std::uint32_t>(visitor * 0x9e37'79b1); }

  // All that is known of the visitors, whichever core has it.
  using Known = std::map<std::uint64_t, std::vector<std::tuple<Instant, AttemptState, Outcome, std::uint16_t>>>;
  Known known() {
    Known all;
    for (std::size_t core = 0; core < size(); ++core) {
      for (std::uint64_t visitor = 0; visitor < 200; ++visitor) {
        const Slot session = table(core).find({visitor_key(visitor), {}, hash(visitor)});
        if (session == 0) continue;
        EXPECT_EQ(hash(visitor) % size(), core);
        EXPECT_EQ(table(core).session(session).previous, visitor_key(visitor + 1'000));
        for (Slot slot = table(core).session(session).newest; slot != 0; slot = table(core).attempt(slot).older) {
          const Attempt& a = table(core).attempt(slot);
          EXPECT_EQ(trail_of(core, slot).steps[0].offset_ms, told_at(a.start));
          all[visitor].emplace_back(a.start, a.state, a.outcome, a.journey.value);
        }
      }
    }
    return all;
  }
  JourneyTotals totals(JourneyId journey) {
    JourneyTotals sum{};
    for (std::size_t core = 0; core < size(); ++core) {
      const JourneyTotals& part = table(core).totals(journey);
      EXPECT_TRUE(part.conserved()) << core;
      sum.starts += part.starts;
      sum.open += part.open;
      for (std::size_t o = 0; o < sum.outcomes.size(); ++o) sum.outcomes[o] += part.outcomes[o];
    }
    return sum;
  }

 private:
  struct Part {
    Part(std::uint32_t sessions, std::uint32_t attempts)
        : memory(sessions, attempts),
          journal(memory.span().data(), memory.span().size(), record.get()),
          table(memory.span(), sessions, attempts, journal),
          trails(attempts) {}
    TableMemory memory;
    std::unique_ptr<JournalRecord> record = std::make_unique<JournalRecord>();
    Journal journal;
    SessionTable table;
    std::vector<StoryTrail> trails;
  };
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<TableOfCore> cores_;
};

void fill(Cores& cores, int attempts) {
  std::mt19937_64 random(5);
  for (int i = 0; i < attempts; ++i) {
    const auto outcome =
        random() % 3 == 0 ? static_cast<Outcome>(random() % static_cast<unsigned>(Outcome::kCount)) : Outcome::kCount;
    cores.add(random() % 150, JourneyId{random() % 2}, outcome, kDay + i * kSecond);
  }
}

TEST(MoveSessions, FromAnyNumberOfCoresToAnyOtherNothingIsLostOrDoubled) {
  const Definition definition = make_definition();
  for (const std::size_t from : {1u, 2u, 3u, 7u}) {
    for (const std::size_t to : {1u, 2u, 4u, 5u}) {
      Cores old_cores(from, 300, 500), new_cores(to, 300, 500);
      fill(old_cores, 400);
      const auto moved = move_sessions(definition, old_cores.all(), new_cores.all());
      ASSERT_TRUE(moved.ok()) << moved.error().what;
      EXPECT_EQ(new_cores.known(), old_cores.known()) << from << " to " << to;
      for (const JourneyId journey : {checkout::kId, search::kId}) {
        const JourneyTotals before = old_cores.totals(journey), after = new_cores.totals(journey);
        EXPECT_EQ(before.starts, after.starts);
        EXPECT_EQ(before.open, after.open);
        EXPECT_EQ(before.outcomes, after.outcomes);
      }
    }
  }
}

TEST(MoveSessions, EndedAttemptsStandInTheOrderOfTheirEnds) {
  Cores old_cores(3, 300, 500), new_cores(1, 300, 500);
  fill(old_cores, 400);
  ASSERT_TRUE(move_sessions(make_definition(), old_cores.all(), new_cores.all()).ok());
  SessionTable& table = new_cores.table(0);
  Instant last;
  std::size_t ended = 0;
  for (Slot slot = table.oldest_ended(); slot != 0; slot = table.attempt(slot).ending.after, ++ended) {
    EXPECT_GE(table.attempt(slot).ending.at, last);
    last = table.attempt(slot).ending.at;
  }
  EXPECT_GT(ended, 100u);
}

TEST(MoveSessions, EndedAttemptsGiveWayAndOpenOnesWithoutRoomAreAnError) {
  Cores old_cores(4, 300, 500), tight(1, 150, 290), too_small(1, 150, 200);
  fill(old_cores, 400);
  const auto open = old_cores.totals(checkout::kId).open + old_cores.totals(search::kId).open;
  ASSERT_GT(open, 200u);
  ASSERT_LE(open, 290u);
  ASSERT_TRUE(move_sessions(make_definition(), old_cores.all(), tight.all()).ok());
  EXPECT_EQ(tight.table(0).attempts_used(), open);
  EXPECT_EQ(tight.totals(checkout::kId).starts, old_cores.totals(checkout::kId).starts);
  EXPECT_FALSE(move_sessions(make_definition(), old_cores.all(), too_small.all()).ok());
}

TEST(MoveSessions, WhatContradictsItselfIsRefused) {
  const std::function<void(Cores&)> damages[] = {
      [](Cores& c) { c.table(0).attempt(3).older = 3; },
      [](Cores& c) { c.table(0).attempt(3).older = 0xffff'ffff; },
      [](Cores& c) { c.table(1).attempt(1).session = 77; },
      [](Cores& c) { c.table(1).attempt(1).journey = JourneyId{200}; },
      [](Cores& c) { c.table(1).attempt(1).outcome = static_cast<Outcome>(99); },
      [](Cores& c) { c.table(1).attempt(1).state = static_cast<AttemptState>(9); },
      [](Cores& c) { c.table(1).attempt(1).opened_by = StepId{60}; },
      [](Cores& c) { c.table(0).session(1).newest = 100'000; },
      [](Cores& c) { c.table(0).session(1).identity = IdentityId{9}; },
      [](Cores& c) { c.table(1).totals(checkout::kId).open += 1; },
      [](Cores& c) { c.table(1).totals(search::kId).starts -= 1; },
  };
  for (const auto& damage : damages) {
    Cores old_cores(2, 300, 500), new_cores(3, 300, 500);
    fill(old_cores, 300);
    damage(old_cores);
    EXPECT_FALSE(move_sessions(make_definition(), old_cores.all(), new_cores.all()).ok()) << (&damage - damages);
  }
}

}  // namespace
}  // namespace bellrock::journey
