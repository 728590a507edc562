#include "tools/impair/impairment.h"

#include <gtest/gtest.h>

#include "dataplane/wire/checksum.h"
#include "tests/unit/tools/impair/packets.h"

namespace bellrock::impair {
namespace {

// Numbered by their sequence, so that each can be told from the others.
Frame numbered(std::uint32_t number, std::size_t bytes = 40) {
  return build({.v6 = number % 2 == 1, .sequence = number, .payload = some_text(bytes)});
}
std::uint32_t number_of(const Frame& frame) { return load_be32(&frame[find_tcp(frame)->at + 4]); }

std::vector<Outgoing> run(Impairment& impairment, std::uint32_t frames, std::size_t bytes = 40) {
  std::vector<Outgoing> out;
  for (std::uint32_t i = 0; i < frames; ++i) impairment.apply(numbered(i, bytes), out);
  return out;
}

void expect_conserved(const Statistics& s) {
  EXPECT_EQ(s.received + s.pieces_added + s.duplicated, s.given + s.lost + s.too_big);
}

TEST(Impairment, GivesEveryFrameAsItCameWithoutRates) {
  Impairment impairment({}, 1);
  const std::vector<Outgoing> out = run(impairment, 1'000);
  ASSERT_EQ(out.size(), 1'000U);
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out[i].frame, numbered(i));
    EXPECT_EQ(out[i].delay_us, 0);
    EXPECT_FALSE(out[i].to_sender);
  }
}

TEST(Impairment, IsTheSameForTheSameSeedOnly) {
  const Rates rates{
      .loss = 0.1, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.1, .delay_us = 3, .jitter_us = 50, .pieces = {1, 20}};
  Impairment one(rates, 7), same(rates, 7), other(rates, 8);
  const auto a = run(one, 500), b = run(same, 500), c = run(other, 500);
  const auto equal = [](const Outgoing& x, const Outgoing& y) {
    return x.delay_us == y.delay_us && x.frame == y.frame;
  };
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end(), equal));
  EXPECT_FALSE(std::equal(a.begin(), a.end(), c.begin(), c.end(), equal));
}

TEST(Impairment, KeepsItsRates) {
  Impairment impairment({.loss = 0.05, .duplicate = 0.1, .reorder = 0.2, .corrupt = 0.02}, 3);
  const std::uint32_t frames = 100'000;
  const auto out = run(impairment, frames);
  const Statistics& s = impairment.statistics();
  // Six standard deviations; the seed is fixed, so this is about the code and not about luck.
  EXPECT_NEAR(static_cast<double>(s.lost), 5'000, 420);
  EXPECT_NEAR(static_cast<double>(s.duplicated), 9'500, 560);
  EXPECT_NEAR(static_cast<double>(s.reordered), 19'000, 760);
  EXPECT_NEAR(static_cast<double>(s.corrupted), 1'900, 260);
  EXPECT_EQ(s.given, out.size());
  expect_conserved(s);
}

TEST(Impairment, ChangesNoOtherDecisionWithOneRate) {
  const auto lost_of = [](const Rates& rates) {
    Impairment impairment(rates, 11);
    std::vector<bool> arrived(2'000);
    for (const Outgoing& out : run(impairment, 2'000)) arrived[number_of(out.frame)] = true;
    return arrived;
  };
  const auto alone = lost_of({.loss = 0.1});
  EXPECT_EQ(lost_of({.loss = 0.1, .duplicate = 0.5}), alone);
  EXPECT_EQ(lost_of({.loss = 0.1, .reorder = 0.5, .jitter_us = 90}), alone);
  EXPECT_NE(lost_of({.loss = 0.2}), alone);
}

TEST(Impairment, HoldsBackWhatItReorders) {
  Impairment impairment({.reorder = 0.3, .delay_us = 100, .reorder_us = 777}, 5);
  std::uint64_t late = 0;
  for (const Outgoing& out : run(impairment, 1'000)) {
    EXPECT_TRUE(out.delay_us == 100 || out.delay_us == 877);
    late += out.delay_us == 877 ? 1 : 0;
  }
  EXPECT_EQ(late, impairment.statistics().reordered);
  EXPECT_GT(late, 200U);
}

TEST(Impairment, SpreadsDelaysOverTheJitter) {
  Impairment impairment({.delay_us = 100, .jitter_us = 10}, 5);
  std::array<int, 11> seen{};
  for (const Outgoing& out : run(impairment, 1'100)) {
    ASSERT_TRUE(out.delay_us >= 100 && out.delay_us <= 110);
    ++seen[static_cast<std::size_t>(out.delay_us - 100)];
  }
  for (const int count : seen) EXPECT_GT(count, 50);
}

TEST(Impairment, DuplicatesAreEqualAndFollowAtOnce) {
  Impairment impairment({.duplicate = 1}, 5);
  const auto out = run(impairment, 100);
  ASSERT_EQ(out.size(), 200U);
  for (std::size_t i = 0; i < out.size(); i += 2) EXPECT_EQ(out[i].frame, out[i + 1].frame);
}

// One byte of the packet differs, no other; and a checksum shows it, except in the few fields of IPv6 that none covers.
TEST(Impairment, CorruptsOneByteThatAChecksumShows) {
  Impairment impairment({.corrupt = 1}, 5);
  const std::uint32_t frames = 5'000;
  const auto out = run(impairment, frames);
  ASSERT_EQ(out.size(), frames);
  for (std::uint32_t i = 0; i < frames; ++i) {
    const Frame before = numbered(i);
    ASSERT_EQ(out[i].frame.size(), before.size());
    std::size_t changed = 0, where = 0;
    for (std::size_t at = 0; at < before.size(); ++at) {
      if (out[i].frame[at] == before[at]) continue;
      ++changed;
      where = at;
    }
    EXPECT_EQ(changed, 1U);
    ASSERT_GE(where, 14U) << "the link header stays";
    const Bytes after(out[i].frame);
    const auto tcp = find_tcp(before);
    const bool ip_is_right = tcp->ip.v6 || wire::sum_is_valid(wire::add_to_sum(0, after.subspan(14, 20)));
    const bool unprotected = tcp->ip.v6 && where < 14 + 8;
    EXPECT_TRUE(unprotected || !ip_is_right || !tcp_checksum_is_right(after, *tcp)) << where;
  }
}

TEST(Impairment, OnlyDelaysWhatIsNotIp) {
  Impairment impairment(
      {.loss = 1, .duplicate = 1, .reorder = 1, .corrupt = 1, .delay_us = 9, .pieces = {1, 1}, .mtu = 68}, 5);
  std::vector<Outgoing> out;
  impairment.apply(arp(), out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].frame, arp());
  EXPECT_EQ(out[0].delay_us, 9);
  expect_conserved(impairment.statistics());
}

TEST(Impairment, DropsWhatIsTooBigAndTellsItsSender) {
  Impairment impairment({.mtu = 1'000}, 5);
  std::vector<Outgoing> out;
  impairment.apply(numbered(0, 1'400), out);
  impairment.apply(numbered(1, 900), out);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_TRUE(out[0].to_sender);
  EXPECT_FALSE(out[1].to_sender);
  const Statistics& s = impairment.statistics();
  EXPECT_EQ(s.too_big, 1U);
  EXPECT_EQ(s.too_big_said, 1U);
  expect_conserved(s);
}

TEST(Impairment, ConservesFramesUnderEverythingAtOnce) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Impairment impairment(
        {.loss = 0.2, .duplicate = 0.3, .reorder = 0.4, .corrupt = 0.1, .pieces = {1, 64}, .mtu = 1'000}, seed);
    const auto out = run(impairment, 200, seed % 2 == 0 ? 800 : 1'100);
    const Statistics& s = impairment.statistics();
    EXPECT_EQ(s.given + s.too_big_said, out.size());
    expect_conserved(s);
  }
}

// Whatever arrives on a wire: no frame is too short or too strange.
TEST(Impairment, TakesAnyBytesAsAFrame) {
  traffic::Random random(1);
  Impairment impairment({.loss = 0.1, .duplicate = 0.1, .corrupt = 0.5, .pieces = {1, 3}, .mtu = 68}, 5);
  const Frame seeds[] = {build({.vlan_tags = 1, .payload = some_text(30)}),
                         build({.v6 = true, .payload = some_text(30)})};
  std::vector<Outgoing> out;
  for (int i = 0; i < 100'000; ++i) {
    Frame frame = seeds[i % 2];
    frame.resize(random.below(frame.size() + 1));
    frame.shrink_to_fit();
    for (auto changes = random.below(4); changes > 0 && !frame.empty(); --changes) {
      frame[random.below(frame.size())] = static_cast<std::uint8_t>(random.next());
    }
    impairment.apply(frame, out);
    if (out.size() > 1'000) out.clear();
  }
  expect_conserved(impairment.statistics());
}

}  // namespace
}  // namespace bellrock::impair
