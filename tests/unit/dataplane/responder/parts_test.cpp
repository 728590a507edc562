// The responder's smaller parts: wheel, stubs, limits, replies, tags, cookies.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>

#include "dataplane/responder/cookie.h"
#include "dataplane/responder/limits.h"
#include "dataplane/responder/link_tags.h"
#include "dataplane/responder/outbox.h"
#include "dataplane/responder/reply_table.h"
#include "dataplane/responder/time_wait.h"
#include "dataplane/responder/wheel.h"

namespace bellrock::responder {
namespace {

// 32 bits at a time.
struct Random {
  explicit Random(unsigned seed) : engine(seed) {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine()); }
  std::mt19937 engine;
};

TEST(Wheel, EachTimerPopsInItsTickAndNoneIsLost) {
  constexpr std::uint32_t kConnections = 200;
  Table table(kConnections, {1, 2});
  Wheel wheel(table);
  Random random(3);
  std::vector<std::uint32_t> due(kConnections, 0);  // 0: not in the wheel
  for (std::uint32_t i = 0; i < kConnections; ++i) ASSERT_EQ(table.acquire({{0, i}, i, 0, 0}), i);
  std::uint32_t popped = 0;
  for (std::uint32_t now = 0; now < 200'000; now += 1 + random() % 3'000) {
    while (wheel.cursor() < now) {
      wheel.step(now);
      for (ConnectionIndex c = wheel.pop(); c != kNoConnection; c = wheel.pop()) {
        ASSERT_EQ(due[c], wheel.cursor());
        due[c] = 0;
        ++popped;
      }
    }
    for (int i = 0; i < 20; ++i) {
      const ConnectionIndex c = random() % kConnections;
      if (random() % 5 == 0) {
        wheel.remove(c);
        due[c] = 0;
        continue;
      }
      const std::uint32_t at = now + random() % 2'000;
      wheel.require(c, static_cast<Tick>(at));
      const std::uint32_t wanted = std::clamp(at, now + 1, now + kWheelSlots - 1);
      due[c] = due[c] == 0 ? wanted : std::min(due[c], wanted);
    }
    for (std::uint32_t c = 0; c < kConnections; ++c) ASSERT_TRUE(due[c] == 0 || due[c] > now) << "a lost timer";
  }
  EXPECT_GT(popped, 100U);
}

TEST(TimeWait, FindsWhatWasAddedUntilItEnds) {
  TimeWait stubs(64);
  for (std::uint64_t i = 1; i <= 8; ++i) {
    Stub stub;
    stub.fingerprint = i * 0x9e3779b97f4a7c15;
    stub.rcv_nxt = static_cast<std::uint32_t>(i);
    stub.ends_at = 10;
    stubs.add(stub, 0);
  }
  for (std::uint64_t i = 1; i <= 8; ++i) {
    const Stub* found = stubs.find(i * 0x9e3779b97f4a7c15, 9);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->rcv_nxt, i);
    EXPECT_EQ(stubs.find(i, 9), nullptr);
  }
  EXPECT_EQ(stubs.find(0x9e3779b97f4a7c15, 10), nullptr);
  stubs.sweep(stubs.capacity(), 10);
  EXPECT_EQ(stubs.live(), 0U);
}

TEST(TimeWait, AFullSetForgetsTheOneThatEndsFirst) {
  TimeWait stubs(8);
  const auto stub_of = [](std::uint64_t fingerprint, std::uint16_t ends_at) {
    Stub stub;
    stub.fingerprint = fingerprint;
    stub.ends_at = ends_at;
    return stub;
  };
  for (std::uint16_t i = 1; i <= 8; ++i) EXPECT_FALSE(stubs.add(stub_of(i, static_cast<std::uint16_t>(100 - i)), 0));
  EXPECT_TRUE(stubs.add(stub_of(99, 100), 0));
  EXPECT_EQ(stubs.find(8, 0), nullptr);
  EXPECT_NE(stubs.find(1, 0), nullptr);
  EXPECT_NE(stubs.find(99, 0), nullptr);
}

TEST(RateLimit, GivesItsRateInTheLongRun) {
  RateLimit limit(100);
  unsigned taken = 0;
  for (std::uint32_t now = 0; now < 10'000; ++now) {
    for (int i = 0; i < 5; ++i) taken += limit.take(now) ? 1U : 0U;
  }
  EXPECT_GE(taken, 1'095U);  // 100 at once, and 100 a second
  EXPECT_LE(taken, 1'105U);
}

TEST(SourceCounts, AreNeverBelowTheTruth) {
  SourceCounts counts(1'000, {1, 2});
  std::vector<unsigned> truth(300, 0);
  Random random(9);
  for (int i = 0; i < 5'000; ++i) {
    const std::size_t source = random() % truth.size();
    if (random() % 2 == 0) {
      counts.add(source);
      ++truth[source];
    } else if (truth[source] > 0) {
      counts.remove(source);
      --truth[source];
    }
  }
  for (std::size_t source = 0; source < truth.size(); ++source) EXPECT_GE(counts.of(source), truth[source]);
  for (std::size_t source = 0; source < truth.size(); ++source) {
    for (; truth[source] > 0; --truth[source]) counts.remove(source);
  }
  for (std::size_t source = 0; source < truth.size(); ++source) EXPECT_EQ(counts.of(source), 0U);
}

TEST(ReplyTable, NumbersComeBackWhenTheyAreRemoved) {
  const auto table = std::make_unique<ReplyTable>();
  std::set<ReplyId> ids;
  for (std::size_t i = 0; i < kRepliesMax; ++i) ids.insert(table->add(bytes("x")));
  EXPECT_EQ(ids.size(), kRepliesMax);
  EXPECT_EQ(table->add(bytes("y")), kNoReply);
  table->remove(7);
  EXPECT_EQ(table->add(bytes("another")), 7);
  EXPECT_EQ(text(table->bytes(7)), "another");
}

TEST(ReplyTable, ARevokedReplyKeepsNumberAndSizeUntilNobodyUsesIt) {
  const auto table = std::make_unique<ReplyTable>();
  const ReplyId id = table->add(bytes("held"));
  table->use(id);
  table->use(id);
  table->revoke(id);
  EXPECT_TRUE(table->is_revoked(id));
  EXPECT_EQ(table->size(id), 4U);
  EXPECT_NE(table->add(bytes("new")), id);
  table->unuse(id);
  EXPECT_NE(table->add(bytes("newer")), id);
  table->unuse(id);
  EXPECT_EQ(table->add(bytes("newest")), id);
  EXPECT_FALSE(table->is_revoked(id));
  table->revoke(id);  // in nobody's use: at once
  EXPECT_EQ(table->add(bytes("last")), id);
}

TEST(Outbox, EmptyBuffersMoveUpInTheirOrderWhenFullOnesAreSent) {
  Outbox outbox;
  std::array<std::array<std::uint8_t, 4>, 3> buffers{};
  for (auto& buffer : buffers) EXPECT_TRUE(outbox.offer(buffer.data()));
  EXPECT_EQ(outbox.next(), buffers[0].data());
  outbox.filled(2);
  ASSERT_EQ(outbox.ready().size(), 1U);
  EXPECT_EQ(outbox.ready()[0].bytes, 2U);
  outbox.sent();
  EXPECT_EQ(outbox.offered(), 2U);
  EXPECT_EQ(outbox.next(), buffers[1].data());
}

// However many are filled and offered in between: no buffer is lost, and none is in use twice.
TEST(Outbox, EveryBufferIsSentOrStaysEmpty) {
  constexpr std::size_t kBuffers = 40;
  std::array<std::uint8_t, kBuffers> buffers{};
  std::set<std::uint8_t*> outside;
  for (std::uint8_t& buffer : buffers) outside.insert(&buffer);
  Outbox outbox;
  for (std::size_t round = 0; round < 1'000; ++round) {
    for (std::size_t i = round % 7; i > 0 && !outside.empty(); --i) {
      EXPECT_TRUE(outbox.offer(*outside.begin()));
      outside.erase(outside.begin());
    }
    const std::size_t offered = outbox.offered(), filled = std::min(round * 5 % 11, offered);
    for (std::size_t i = 0; i < filled; ++i) {
      *outbox.next() = static_cast<std::uint8_t>(i);
      outbox.filled(i + 1);
    }
    ASSERT_EQ(outbox.ready().size(), filled);
    for (std::size_t i = 0; i < filled; ++i) {
      EXPECT_EQ(outbox.ready()[i].bytes, i + 1);
      EXPECT_EQ(*outbox.ready()[i].data, i);
      EXPECT_TRUE(outside.insert(outbox.ready()[i].data).second);
    }
    outbox.sent();
    ASSERT_EQ(outbox.offered(), offered - filled);
    ASSERT_EQ(outbox.offered() + outside.size(), kBuffers);
  }
}

TEST(LinkTags, ReadAndWrittenTagsAreTheSame) {
  const std::array<std::uint8_t, 24> frame{0,    0,    0,    0, 0,    0, 0,    0,    0, 0, 0, 0,
                                           0x88, 0xa8, 0x20, 7, 0x81, 0, 0x0f, 0xff, 8, 0, 0, 0};
  std::size_t at = 0;
  std::uint32_t tags = 0;
  ASSERT_TRUE(read_tags(frame, at, tags));
  EXPECT_EQ(at, 20U);
  EXPECT_EQ(vlans_of(tags), 7U << 12 | 0xfff);
  std::array<std::uint8_t, 16> out{};
  EXPECT_EQ(write_tags(out.data(), tags), out.data() + 8);
  const std::array<std::uint8_t, 8> wanted{0x88, 0xa8, 0, 7, 0x81, 0, 0x0f, 0xff};  // without the priority
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), out.begin()));
}

Inbound syn_of(Random& random) {
  Inbound in;
  in.peer = {0, random()};
  in.peer_port = static_cast<std::uint16_t>(random());
  in.local_port = 80;
  in.sequence = static_cast<std::uint32_t>(random());
  in.has_timestamps = random() % 2 == 0;
  return in;
}

TEST(Cookies, EveryOfferSurvivesTheHandshake) {
  const Cookies cookies({3, 4});
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    Inbound in = syn_of(random);
    const Offer offer{static_cast<std::uint16_t>(random() % 3'000), static_cast<std::uint8_t>(random() % 16),
                      random() % 2 == 0};
    const auto now = static_cast<std::uint32_t>(random());
    const Cookie cookie = cookies.make(in, offer, now);
    in.acknowledgement = cookie.isn + 1;
    ++in.sequence;
    const Handshake good = cookies.check(in, now + random() % kCookiePeriodMs);
    ASSERT_EQ(good.verdict, CookieVerdict::kGood);
    EXPECT_LE(good.mss, std::max<std::uint16_t>(offer.mss, kMssTable[0]));
    EXPECT_EQ(good.window_scale, offer.window_scale == Offer::kNoScale ? 0 : offer.window_scale);
    EXPECT_EQ(good.sack, offer.sack);
    EXPECT_EQ(good.ts_offset, cookie.ts_offset);
    EXPECT_NE(cookies.check(in, now + 2 * kCookiePeriodMs).verdict, CookieVerdict::kGood);
    in.sequence += 1 + random() % 65'534;
    EXPECT_EQ(cookies.check(in, now).verdict, CookieVerdict::kEarly);
  }
}

TEST(Cookies, GiveSegmentsNearTheSizeThatIsAskedFor) {
  const Cookies cookies({3, 4});
  Random random(5);
  for (std::uint16_t mss = kMssTable.front(); mss <= kMssTable.back(); ++mss) {
    Inbound in = syn_of(random);
    in.acknowledgement = cookies.make(in, {mss, 7, true}, 1'000).isn + 1;
    ++in.sequence;
    const std::uint16_t given = cookies.check(in, 1'000).mss;
    EXPECT_LE(given, mss);
    EXPECT_GE(given * 8, mss * 3) << mss;
    if (mss >= kMssTable[4]) {
      EXPECT_GE(given * 10, mss * 9) << mss;
    }
  }
}

TEST(Cookies, AreNotGuessedMoreOftenThanTheirBitsSay) {
  const Cookies cookies({3, 4});
  Random random(2);
  unsigned good = 0;
  for (int i = 0; i < 2'000'000; ++i) {
    Inbound in = syn_of(random);
    in.acknowledgement = static_cast<std::uint32_t>(random());
    good += cookies.check(in, 1'000'000).verdict == CookieVerdict::kGood ? 1U : 0U;
  }
  EXPECT_LE(good, 4U);  // expected: 2,000,000 / 2^23 = 0.24
}

}  // namespace
}  // namespace bellrock::responder
