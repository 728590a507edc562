// About how many visitors had a bad attempt, held against visitors whose attempts are known.
#include "control/plane/users_lost.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "control/flow/distinct.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

// `n` visitors, of whom each makes one to `most` attempts; bad ones by chance.
struct Played {
  std::uint64_t visitors = 0, affected = 0, good = 0, bad = 0;
};

Played play(std::uint64_t visitors, int most, double failing, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Played played{visitors};
  for (std::uint64_t i = 0; i < visitors; ++i) {
    const int attempts = 1 + static_cast<int>(random() % static_cast<unsigned>(most));
    bool hit = false;
    for (int attempt = 0; attempt < attempts; ++attempt) {
      const bool bad = static_cast<double>(random() >> 11) * 0x1p-53 < failing;
      ++(bad ? played.bad : played.good);
      hit |= bad;
    }
    played.affected += hit;
  }
  return played;
}

TEST(UsersLost, AreAboutThoseWhoHadABadAttempt) {
  for (const int most : {1, 2, 5}) {
    for (const double failing : {0.01, 0.2, 0.9}) {
      const Played played = play(20'000, most, failing, 7);
      const auto known = static_cast<double>(played.good + played.bad);
      const double found = affected_sessions(20'000, static_cast<double>(played.bad), known);
      EXPECT_NEAR(found, static_cast<double>(played.affected), 0.05 * 20'000) << most << " " << failing;
      if (most != 1) continue;
      EXPECT_NEAR(found, static_cast<double>(played.affected), 1) << failing;
    }
  }
}

TEST(UsersLost, AreNeverMoreThanVisitorsOrBadAttempts) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 10'000; ++i) {
    const auto sessions = static_cast<double>(random() % 1'000);
    const auto known = static_cast<double>(random() % 5'000);
    const auto bad = known == 0 ? 0 : static_cast<double>(random() % (static_cast<std::uint64_t>(known) + 1));
    const double lost = affected_sessions(sessions, bad, known);
    ASSERT_GE(lost, 0);
    ASSERT_LE(lost, bad);
    ASSERT_LE(lost, sessions);
  }
}

void add_sessions(control::DeltaFrame& frame, std::uint64_t n) {
  std::mt19937_64 random(1);
  for (std::uint64_t i = 0; i < n; ++i) {
    const Coupon coupon = coupon_of(SessionKey{{random(), random()}}, JourneyId{0u});
    auto& cell = frame.windows[store::kStart][series(CellKind::kDistinct, control::distinct_item(coupon.cell).c_str())];
    add_latency(cell, control::kBucketMin + coupon.slot, 1);
    ++frame.recorded;
  }
}

TEST(UsersLost, TheBacklogSaysThemOfJourneysThatCountSessions) {
  Centre centre;
  const Played played = play(4'000, 3, 0.1, 5);
  auto frame = shop_frame(1);
  frame.windows.clear();
  frame.recorded = 0;
  for (const auto& [verdict, n] : {std::pair{"good", played.good}, {"bad", played.bad}}) {
    frame.windows[store::kStart][series(CellKind::kObjective, "success", verdict)].n = n;
    frame.recorded += n;
  }
  add_sessions(frame, played.visitors);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const auto users_of = [&] { return centre.json("/api/v1/backlog?range=24h")["items"][0]["users_lost"]; };
  const Json users = users_of();
  const auto estimate = users["estimate"].get<double>(), affected = static_cast<double>(played.affected);
  EXPECT_NEAR(estimate, affected, 0.1 * affected);
  EXPECT_LE(users["low"].get<double>(), estimate);
  EXPECT_GE(users["high"].get<double>(), estimate);
  EXPECT_LT(estimate, static_cast<double>(played.bad)) << "some failed twice";
  centre.catalog.journeys[0].distinct_sessions = false;
  EXPECT_TRUE(users_of().is_null());
}

}  // namespace
}  // namespace bellrock::plane
