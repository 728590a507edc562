#include "dataplane/journey/session_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

constexpr std::uint32_t kSessions = 20;
constexpr std::uint32_t kAttempts = 40;

class SessionTableTest : public testing::Test {
 protected:
  Attempt open_attempt() {
    Attempt attempt;
    attempt.state = AttemptState::kOpen;
    return attempt;
  }
  void end(Slot slot) {
    journal_.set(table_.attempt(slot).state, AttemptState::kEnded);
    table_.append_ended(slot);
  }

  TableMemory memory_{kSessions, kAttempts};
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  Journal journal_{memory_.span().data(), memory_.span().size(), record_.get()};
  SessionTable table_{memory_.span(), kSessions, kAttempts, journal_};
};

TEST_F(SessionTableTest, MemoryIsWhatBytesNeededSays) {
  EXPECT_EQ(SessionTable::bytes_needed(1, 0) - SessionTable::bytes_needed(0, 0), 80u + 4u);
  EXPECT_EQ(SessionTable::bytes_needed(0, 1) - SessionTable::bytes_needed(0, 0), 128u);
}

TEST_F(SessionTableTest, AVisitorGoesWithHisLastAttempt) {
  const Visitor key{visitor_key(1)};
  EXPECT_EQ(table_.find(key), 0u);
  const Slot session = table_.add_session(key, {}, kDay);
  const Slot one = table_.add_attempt(session, open_attempt());
  const Slot two = table_.add_attempt(session, open_attempt());
  EXPECT_EQ(table_.find(key), session);
  EXPECT_EQ(table_.session(session).newest, two);
  EXPECT_EQ(table_.attempt(two).older, one);
  table_.remove_attempt(two);
  EXPECT_EQ(table_.find(key), session);
  table_.remove_attempt(one);
  EXPECT_EQ(table_.find(key), 0u);
}

TEST_F(SessionTableTest, ARecordIsFoundUnderBothKeysAndAfterItsKeyChangedUnderTheOneBefore) {
  const Visitor before{visitor_key(1), {}, 9};
  const Visitor after{visitor_key(2), visitor_key(1), 9};
  const Slot session = table_.add_session(before, {}, kDay);
  EXPECT_EQ(table_.find(after), session);
  EXPECT_EQ(table_.find({visitor_key(2), {}, 9}), 0u);
  const std::vector<std::byte> whole(memory_.span().begin(), memory_.span().end());
  journal_.commit();
  table_.rekey(session, after);
  journal_.roll_back();
  EXPECT_TRUE(std::equal(whole.begin(), whole.end(), memory_.span().begin()));
  table_.rekey(session, after);
  journal_.commit();
  EXPECT_EQ(table_.find({visitor_key(2), {}, 9}), session);
  EXPECT_EQ(table_.find(before), session);
  table_.rekey(session, before);  // changes nothing back
  EXPECT_EQ(table_.session(session).key, visitor_key(2));
}

TEST_F(SessionTableTest, AFreeRecordKeepsNothingOfItsVisitor) {
  const Slot session = table_.add_session({visitor_key(1), visitor_key(2), 9}, {}, kDay);
  table_.remove_attempt(table_.add_attempt(session, open_attempt()));
  EXPECT_TRUE(table_.session(session).key.none());
  EXPECT_TRUE(table_.session(session).previous.none());
  EXPECT_EQ(table_.session(session).hash, 0u);
}

TEST_F(SessionTableTest, FullIsFullAndEveryRecordComesBack) {
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t v = 0; v < kSessions; ++v) {
      ASSERT_FALSE(table_.sessions_full());
      const Slot session = table_.add_session({visitor_key(v)}, {}, kDay);
      for (std::uint32_t a = 0; a < kAttempts / kSessions; ++a) {
        ASSERT_TRUE(table_.has_room_for(1));
        table_.add_attempt(session, open_attempt());
      }
    }
    EXPECT_TRUE(table_.sessions_full());
    EXPECT_FALSE(table_.has_room_for(1));
    for (Slot slot = 1; slot <= kAttempts; ++slot) table_.remove_attempt(slot);
    journal_.commit();
  }
}

// Random operations against lists and maps, each of them undone once before it is made for good.
TEST_F(SessionTableTest, BehavesAsItsOracleAndEveryChangeCanBeUndone) {
  std::mt19937_64 random(3);
  std::map<std::uint64_t, std::vector<Slot>> visitors;  // newest attempt first
  std::vector<Slot> ended;                              // oldest first
  const auto remove = [&](Slot slot) {
    std::erase(ended, slot);
    for (auto at = visitors.begin(); at != visitors.end(); ++at) {
      if (std::erase(at->second, slot) == 0) continue;
      if (at->second.empty()) visitors.erase(at);
      break;
    }
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::vector<std::byte> before(memory_.span().begin(), memory_.span().end());
    const std::uint64_t visitor = random() % (2 * kSessions);
    const auto choice = random() % 3;
    const auto some = static_cast<Slot>(1 + random() % kAttempts);
    for (const bool for_good : {false, true}) {
      Slot session = table_.find({visitor_key(visitor)});
      if (choice == 0 && table_.has_room_for(1) && (session != 0 || !table_.sessions_full())) {
        if (session == 0) session = table_.add_session({visitor_key(visitor)}, {}, kDay);
        const Slot slot = table_.add_attempt(session, open_attempt());
        if (for_good) visitors[visitor].insert(visitors[visitor].begin(), slot);
      } else if (choice == 1 && table_.attempt(some).open()) {
        end(some);
        if (for_good) ended.push_back(some);
      } else if (choice == 2 && table_.attempt(some).state != AttemptState::kFree) {
        table_.remove_attempt(some);
        if (for_good) remove(some);
      }
      if (for_good) break;
      journal_.roll_back();
      ASSERT_TRUE(std::equal(before.begin(), before.end(), memory_.span().begin()));
    }
    journal_.commit();
    ASSERT_EQ(table_.oldest_ended(), ended.empty() ? 0u : ended.front());
    std::vector<Slot> in_order;
    for (Slot slot = table_.oldest_ended(); slot != 0; slot = table_.attempt(slot).ending.after)
      in_order.push_back(slot);
    ASSERT_EQ(in_order, ended);
    for (std::uint64_t v = 0; v < 2 * kSessions; ++v) {
      const Slot session = table_.find({visitor_key(v)});
      ASSERT_EQ(session != 0, visitors.contains(v));
      std::vector<Slot> attempts;
      for (Slot slot = session != 0 ? table_.session(session).newest : 0; slot != 0;
           slot = table_.attempt(slot).older) {
        attempts.push_back(slot);
      }
      ASSERT_EQ(attempts, visitors.contains(v) ? visitors[v] : std::vector<Slot>{});
    }
  }
}

}  // namespace
}  // namespace bellrock::journey
