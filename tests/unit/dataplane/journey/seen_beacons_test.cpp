// Beacons of visitors without a record that come twice: counted once, whoever they are, as long as they are known.
#include "dataplane/journey/seen_beacons.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

class Strangers : public testing::Test {
 protected:
  static VisitorKey who(std::uint64_t number) { return {visitor_key(number), {}, 7}; }
  bool see(const VisitorKey& visitor, std::uint32_t view, std::uint32_t number) {
    const bool is_new = seen_.see(visitor, view, number);
    journal_.commit();
    return is_new;
  }
  static constexpr std::size_t kBytes = SeenBeacons::bytes_needed(SeenBeacons::kRoom);
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(kBytes / 8 + 8);
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  Journal journal_{reinterpret_cast<std::byte*>(words_.data()), kBytes, record_.get()};
  SeenBeacons seen_{std::as_writable_bytes(std::span(words_)).first(kBytes), journal_};
};

TEST_F(Strangers, BeaconsAreKnownByVisitorPageViewAndNumber) {
  EXPECT_TRUE(see(who(1), 5, 1));
  EXPECT_TRUE(see(who(1), 5, 2));
  EXPECT_TRUE(see(who(1), 6, 1));
  EXPECT_TRUE(see(who(2), 5, 1));
  EXPECT_FALSE(see(who(1), 5, 1));
  EXPECT_FALSE(see(who(2), 5, 1));
}

TEST_F(Strangers, BeaconsAreKnownAfterTheirKeyHasRotated) {
  EXPECT_TRUE(see(who(1), 5, 1));
  VisitorKey rotated = who(9);
  rotated.previous = who(1).key;
  EXPECT_FALSE(see(rotated, 5, 1));
  EXPECT_TRUE(see(rotated, 5, 2));
}

TEST_F(Strangers, BeaconThatWasNotCommittedIsNew) {
  EXPECT_TRUE(seen_.see(who(1), 5, 1));
  ASSERT_TRUE(journal_.roll_back());
  EXPECT_TRUE(see(who(1), 5, 1));
  EXPECT_FALSE(see(who(1), 5, 1));
}

// Against a set of all: never taken for another one, and of half as many as there is room for nearly all are known.
TEST_F(Strangers, BeaconsThatAreNewAreNeverTakenForOthers) {
  std::mt19937_64 random(7);
  std::set<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>> all;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t visitor = random();
    const auto view = static_cast<std::uint32_t>(random()), number = static_cast<std::uint32_t>(random() % 50);
    ASSERT_EQ(see(who(visitor), view, number), all.emplace(visitor, view, number).second) << i;
  }
}

TEST_F(Strangers, BeaconsOfHalfTheRoomAreAlmostAllKnown) {
  constexpr std::uint32_t kBeacons = SeenBeacons::kRoom / 2;
  for (std::uint32_t i = 0; i < kBeacons; ++i) EXPECT_TRUE(see(who(i), i, 1));
  std::uint32_t known = 0;
  for (std::uint32_t i = 0; i < kBeacons; ++i) known += see(who(i), i, 1) ? 0u : 1u;
  EXPECT_GT(known, kBeacons * 97 / 100);
}

class StrangersClicks : public TrackerTest {
 protected:
  void click(std::uint64_t visitor, std::uint32_t number, double second) {
    Event event = make_event(visitor, at_second(second), Channel::kBeacon);
    event.numbered = true;
    event.number = number;
    event.page_view = 3;
    event.extras.say_click({.page = 1, .device = 1, .kind = ClickKind::kDead, .place = kNoClickPlace});
    play(event);
  }
  std::uint64_t clicks() {
    std::uint64_t all = 0;
    for (const auto& [at, cell] : owner().cells.windows()) {
      if (at.second.kind == CellKind::kClick && at.second.scope == CellScope::kTotal) all += cell.count;
    }
    return all;
  }
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(SeenBeacons::bytes_needed(64) / 8);
};

TEST_F(StrangersClicks, CountOnceWithAnAttemptAndWithout) {
  definition_.click_pages = {TemplateId{1}};
  SeenBeacons seen(std::as_writable_bytes(std::span(words_)), owner().journal());
  owner().tracker().set_seen_beacons(seen);
  click(1, 1, 1);
  click(1, 1, 2);
  EXPECT_EQ(clicks(), 1u);
  EXPECT_EQ(owner().counted(EventCount::kDuplicateBeacon), 1u);
  EXPECT_EQ(owner().counted(EventCount::kClicksDropped), 1u);
  open(3);
  click(1, 2, 4);
  click(1, 2, 5);
  click(2, 2, 6);
  EXPECT_EQ(clicks(), 3u);
  EXPECT_EQ(owner().counted(EventCount::kDuplicateBeacon), 2u);
}

}  // namespace
}  // namespace bellrock::journey
