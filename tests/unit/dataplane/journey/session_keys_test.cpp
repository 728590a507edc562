#include "dataplane/journey/session_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

constexpr SipKey kFirst{0x1111'2222'3333'4444, 0x5555'6666'7777'8888};

bool same(SipKey a, SipKey b) { return a.k0 == b.k0 && a.k1 == b.k1; }

struct Chains {
  KeyChain chain[2]{};
  JournalRecord record;
  Journal journal{reinterpret_cast<std::byte*>(this), sizeof(chain), &record};
};

TEST(SessionKeys, TheFirstDayTakesTheKeyThatIsThereAndEachNextDayAnother) {
  auto chains = std::make_unique<Chains>();
  KeyChain& chain = chains->chain[0];
  chain.current = kFirst;
  rotate_to(chain, 20'000, chains->journal);
  EXPECT_TRUE(same(chain.current, kFirst));
  EXPECT_FALSE(keys_at(chain, Instant{19'999 * kKeyLife}, kHour).use_previous);
  rotate_to(chain, 20'001, chains->journal);
  EXPECT_TRUE(same(chain.previous, kFirst));
  EXPECT_TRUE(same(chain.current, next_session_key(kFirst)));
  EXPECT_FALSE(same(chain.current, kFirst));
  rotate_to(chain, 20'000, chains->journal);
  EXPECT_EQ(chain.day, 20'001);
}

TEST(SessionKeys, ThePreviousKeyIsAskedForOnlyWhileARecordMayBeUnderIt) {
  auto chains = std::make_unique<Chains>();
  KeyChain& chain = chains->chain[0];
  chain.current = kFirst;
  rotate_to(chain, 20'000, chains->journal);
  rotate_to(chain, 20'001, chains->journal);
  const Instant midnight{20'000 * kKeyLife};
  EXPECT_EQ(key_day_of(midnight), 20'001);
  EXPECT_EQ(key_day_of(midnight - 1), 20'000);
  EXPECT_TRUE(keys_at(chain, midnight, kHour).use_previous);
  EXPECT_TRUE(keys_at(chain, midnight + kHour, kHour).use_previous);
  EXPECT_FALSE(keys_at(chain, midnight + kHour + 1, kHour).use_previous);
}

TEST(SessionKeys, ACoreThatSawNothingForDaysComesToTheSameKeysAsOneThatSawEach) {
  auto chains = std::make_unique<Chains>();
  for (KeyChain& chain : chains->chain) {
    chain.current = kFirst;
    rotate_to(chain, 5, chains->journal);
  }
  for (std::int64_t day = 6; day <= 40; ++day) rotate_to(chains->chain[0], day, chains->journal);
  rotate_to(chains->chain[1], 40, chains->journal);
  EXPECT_TRUE(same(chains->chain[0].current, chains->chain[1].current));
  EXPECT_TRUE(same(chains->chain[0].previous, chains->chain[1].previous));
}

TEST(SessionKeys, AfterTwoRotationsTheOldKeyStandsNowhere) {
  auto chains = std::make_unique<Chains>();
  chains->chain[0].current = kFirst;
  const auto holds = [&chains](std::uint64_t word) {
    const auto* at = reinterpret_cast<const std::uint64_t*>(chains.get());
    return std::find(at, at + sizeof(Chains) / 8, word) != at + sizeof(Chains) / 8;
  };
  rotate_to(chains->chain[0], 5, chains->journal);
  rotate_to(chains->chain[0], 6, chains->journal);
  EXPECT_TRUE(holds(kFirst.k0));  // as the previous one
  rotate_to(chains->chain[0], 7, chains->journal);
  EXPECT_FALSE(holds(kFirst.k0));
  EXPECT_FALSE(holds(kFirst.k1));
}

TEST(SessionKeys, ARotationThatWasCutOffIsUndone) {
  auto chains = std::make_unique<Chains>();
  KeyChain& chain = chains->chain[0];
  chain.current = kFirst;
  rotate_to(chain, 5, chains->journal);
  KeyChain torn = chain;
  torn.previous = torn.current;
  torn.current = next_session_key(torn.current);
  chains->journal.set_record(chain, torn);
  ASSERT_TRUE(chains->journal.roll_back());
  EXPECT_TRUE(same(chain.current, kFirst));
  EXPECT_EQ(chain.day, 5);
}

// --- A visitor over a rotation. His keys of three days in turn.

class Rotation : public TrackerTest {
 protected:
  static SessionKey key_of_day(std::uint64_t day) { return visitor_key(100 + day); }
  Event on_day(Event event, std::uint64_t day) {
    event.key = key_of_day(day);
    event.previous_key = day > 0 ? key_of_day(day - 1) : SessionKey{};
    event.owner_hash = 7;
    return event;
  }
  void confirmed_on(double second, std::uint64_t day) {
    play(on_day(step(second, checkout::kConfirmed, Channel::kBeacon), day));
  }
};

TEST_F(Rotation, ASessionThatGoesOverTheBoundaryStaysOneWithOneAttempt) {
  play(on_day(step(0, checkout::kOpen, Channel::kHttpRequest), 0));
  play(on_day(step(5, checkout::kPay, Channel::kHttpRequest), 1));
  confirmed_on(6, 1);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 1u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 0u);
}

TEST_F(Rotation, ASessionSeenOnEachDayLastsOverManyRotations) {
  play(on_day(step(0, checkout::kOpen, Channel::kHttpRequest), 0));
  for (std::uint64_t day = 1; day <= 5; ++day) {
    play(on_day(make_event(1, at_second(10 * static_cast<double>(day)), Channel::kBeacon), day));
  }
  confirmed_on(60, 5);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 1u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u);
}

// An answer carries the key of its request's day, and another request may have changed the record's key meanwhile.
TEST_F(Rotation, AnAnswerToARequestOfTheDayBeforeFindsItsSession) {
  play(on_day(step(0, checkout::kOpen, Channel::kHttpRequest), 0));
  play(on_day(step(5, checkout::kPay, Channel::kHttpRequest), 0));
  play(on_day(make_event(1, at_second(5.5), Channel::kBeacon), 1));
  Event answer = step(6, checkout::kBroken, Channel::kHttpResponse);
  answer.key = key_of_day(0);
  answer.owner_hash = 7;
  answer.request_time = at_second(5);
  play(answer);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kFailedSystem), 1u);
  confirmed_on(7, 1);  // and the record has not gone back to the old key
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 1u);
}

TEST_F(Rotation, ASessionNotSeenForTwoRotationsIsAnotherOneAndItsAttemptEndsByItself) {
  play(on_day(step(0, checkout::kOpen, Channel::kHttpRequest), 0));
  confirmed_on(10, 2);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 0u);
  EXPECT_EQ(owner().tracker().open(checkout::kId), 1u);
  idle(2'000);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandoned), 1u);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 1u);
}

TEST_F(Rotation, AKeyChangeThatWasCutOffLeavesTheSessionUnderItsOldKey) {
  play(on_day(step(0, checkout::kOpen, Channel::kHttpRequest), 0));
  owner().tracker().on_event(on_day(step(5, checkout::kPay, Channel::kHttpRequest), 1));
  owner().restart();  // without its commit
  play(on_day(step(5, checkout::kPay, Channel::kHttpRequest), 1));
  confirmed_on(6, 1);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 1u);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kSuccess), 1u);
}

}  // namespace
}  // namespace bellrock::journey
