// What a visitor's page views tell of his frustration: each definition at its boundaries, and all of them against
// lists of views that are looked through again and again.
#include "dataplane/journey/trail.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace bellrock::journey {
namespace {

// Views of one visitor one after another, as the tracker takes them.
class Walk {
 public:
  explicit Walk(const Frustration& rules) : rules_(rules) {}

  // The signs of a view, by their first letters; `page` from 0.
  std::string view(std::uint8_t page, std::uint32_t tick, std::uint32_t id = 0) {
    const ViewAdded added = add_view(trail_, {static_cast<std::uint8_t>(page + 1), 1, true, false, id, 0}, tick);
    if (!added.is_new) return "known";
    trail_ = added.trail;
    std::string signs;
    if (const BackFrom back = back_from(trail_, rules_); back.is_back) signs += "b" + std::to_string(back.page);
    if (is_loop(trail_, rules_.of(page))) {
      signs += "l";
      trail_.counts.loop = 1;
    }
    if (is_thrash(trail_, rules_.of(page))) {
      signs += "t";
      trail_.counts.thrash = 0;
    }
    return signs;
  }
  void step() { trail_.counts.thrash = 0; }
  // Signs of views of these pages, all so many ticks after the one before.
  std::string views(const std::string& pages, std::uint32_t apart) {
    std::string signs;
    for (const char page : pages) signs += view(static_cast<std::uint8_t>(page - 'A'), now_ += apart) + '.';
    return signs;
  }

 private:
  const Frustration& rules_;
  Trail trail_;
  std::uint32_t now_ = 4'294'967'000;  // soon past the end of 32 bits
};

Frustration only(FrustrationRules rules) {
  Frustration frustration;
  frustration.on = true;
  frustration.other = rules;
  frustration.pages.assign(3, rules);
  return frustration;
}
const FrustrationRules kNothing{.back = 0, .loop = 0, .thrash = 0, .retry = 0};

TEST(Trail, HasABackWhenThePageWasLeftForLessThanTheTimeItsEndIncluded) {
  FrustrationRules rules = kNothing;
  rules.back = 5 * kSecond;
  const Frustration back = only(rules);
  EXPECT_EQ(Walk(back).views("ABA", 50), "..b1.");
  EXPECT_EQ(Walk(back).views("ABA", 51), "...");
  EXPECT_EQ(Walk(back).views("ABAB", 10), "..b1.b0.") << "and there again";
  EXPECT_EQ(Walk(back).views("ABC", 10), "...");
}

TEST(Trail, TakesAReloadForNoLeaving) {
  FrustrationRules rules = kNothing;
  rules.back = 5 * kSecond;
  const Frustration back = only(rules);
  EXPECT_EQ(Walk(back).views("AAA", 10), "...");
  EXPECT_EQ(Walk(back).views("ABBA", 25), "...b1.") << "five seconds since A was left";
  EXPECT_EQ(Walk(back).views("ABBA", 26), "....");
  EXPECT_EQ(Walk(back).views("ABBBBBBBBA", 1), "..........") << "whence he came is no longer known";
}

TEST(Trail, HasALoopAtTheReturnThatIsOneTooManyAndThenBeginsAnew) {
  FrustrationRules rules = kNothing;
  rules.loop = 9 * kSecond;
  const Frustration loop = only(rules);
  EXPECT_EQ(Walk(loop).views("ABABA", 20), "....l.");
  EXPECT_EQ(Walk(loop).views("ACABA", 20), "....l.") << "by whatever pages";
  EXPECT_EQ(Walk(loop).views("ABABA", 23), ".....") << "9.2 seconds";
  EXPECT_EQ(Walk(loop).views("ABABABABA", 20), "....l....l.");
  EXPECT_EQ(Walk(loop).views("AAABAAABAA", 5), "........l..") << "reloads return to nothing";
  rules.loop_returns = 1;
  const Frustration once = only(rules);
  EXPECT_EQ(Walk(once).views("ABA", 20), "..l.");
  rules.loop_returns = 3;
  const Frustration thrice = only(rules);
  EXPECT_EQ(Walk(thrice).views("ABABABA", 10), "......l.");
}

TEST(Trail, IsThrashWithSoManyViewsAndNoStepAmongThem) {
  FrustrationRules rules = kNothing;
  rules.thrash = 3 * kSecond;
  rules.thrash_views = 4;
  const Frustration thrash = only(rules);
  EXPECT_EQ(Walk(thrash).views("ABCA", 10), "...t.");
  EXPECT_EQ(Walk(thrash).views("AAAAAAAA", 10), "...t....t.") << "reloads too, each counted once";
  EXPECT_EQ(Walk(thrash).views("ABCA", 11), "....");
  Walk walk(thrash);
  EXPECT_EQ(walk.views("AB", 10), "..");
  walk.step();
  EXPECT_EQ(walk.views("CAB", 10), "...");
  EXPECT_EQ(walk.views("C", 10), "t.");
}

TEST(Trail, GoesByTheThresholdsOfEachPage) {
  Frustration rules;
  rules.other = kNothing;
  rules.pages.assign(2, kNothing);
  rules.pages[1].back = kSecond;
  EXPECT_EQ(Walk(rules).views("ACA", 10), "..b2.") << "the page that was turned back from decides";
  EXPECT_EQ(Walk(rules).views("ABA", 10), "...");
  EXPECT_EQ(Walk(rules).views("CAC", 10), "...");
}

TEST(Trail, KnowsTheTwoLatestPageViewsAgain) {
  const Frustration rules = only(kNothing);
  Walk walk(rules);
  EXPECT_EQ(walk.view(0, 10, 7), "");
  EXPECT_EQ(walk.view(1, 20, 8), "");
  EXPECT_EQ(walk.view(0, 30, 7), "known");
  EXPECT_EQ(walk.view(1, 50'000, 8), "known") << "after hours on the page, too";
  EXPECT_EQ(walk.view(2, 50'001, 9), "");
  EXPECT_EQ(walk.view(0, 50'002, 7), "") << "too long ago";
}

TEST(Trail, EndsWithHalfAnHourWithoutAView) {
  FrustrationRules rules = kNothing;
  rules.thrash = kTrailKept;
  rules.thrash_views = 2;
  const Frustration thrash = only(rules);
  EXPECT_EQ(Walk(thrash).views("AB", trail_ticks(kTrailKept)), ".t.");
  EXPECT_EQ(Walk(thrash).views("AB", trail_ticks(kTrailKept) + 1), "..");
  // Two times round what 16 bits of ticks hold.
  Walk walk(thrash);
  EXPECT_EQ(walk.view(0, 1), "");
  EXPECT_EQ(walk.view(0, 1 + 2 * 65'536), "");
}

// --- The same from plain lists.

struct Seen {
  std::uint8_t page = 0;
  std::int64_t tick = 0;
};

class Reference {
 public:
  explicit Reference(const Frustration& rules) : rules_(rules) {}

  std::string view(std::uint8_t page, std::int64_t tick) {
    if (!views_.empty() && tick - views_.back().tick > kKept) views_.clear();
    if (views_.empty()) loop_from_ = thrash_from_ = 0;
    views_.push_back({page, tick});
    std::string signs;
    if (const int left = turned_back(); left >= 0) signs += "b" + std::to_string(left);
    if (loops()) {
      signs += "l";
      loop_from_ = views_.size() - 1;
    }
    if (thrashes()) {
      signs += "t";
      step();
    }
    return signs;
  }
  void step() { thrash_from_ = views_.size(); }

 private:
  static constexpr std::int64_t kKept = kTrailKept / kTrailTick;
  static constexpr std::int64_t kTick = kTrailTick;

  [[nodiscard]] bool known(std::size_t at) const {
    return at + kTrailViews >= views_.size() && views_.back().tick - views_[at].tick <= kKept;
  }
  [[nodiscard]] Duration ago(std::size_t at) const { return (views_.back().tick - views_[at].tick) * kTick; }

  // The page that the last view turned back from, or -1.
  [[nodiscard]] int turned_back() const {
    const std::size_t last = views_.size() - 1;
    std::size_t from = last;
    while (from > 0 && views_[from - 1].page == views_[last - 1].page) --from;
    if (last == 0 || views_[last - 1].page == views_[last].page) return -1;
    if (from == 0 || !known(from - 1) || views_[from - 1].page != views_[last].page) return -1;
    const std::uint8_t left = views_[from].page;
    return rules_.of(left).back != 0 && ago(from) <= rules_.of(left).back ? left : -1;
  }
  [[nodiscard]] bool loops() const {
    const std::size_t last = views_.size() - 1;
    const FrustrationRules& rules = rules_.of(views_[last].page);
    if (rules.loop == 0 || last == 0 || views_[last - 1].page == views_[last].page) return false;
    unsigned returns = 0;
    bool was_there = false;
    std::size_t first = loop_from_;
    while (!known(first)) ++first;
    for (std::size_t at = first; at <= last; ++at) {
      const bool arrives = at == first || views_[at - 1].page != views_[at].page;
      if (views_[at].page != views_[last].page || !arrives || ago(at) > rules.loop) continue;
      returns += was_there ? 1U : 0U;
      was_there = true;
    }
    return returns >= rules.loop_returns;
  }
  [[nodiscard]] bool thrashes() const {
    const FrustrationRules& rules = rules_.of(views_.back().page);
    unsigned views = 0;
    for (std::size_t at = thrash_from_; at < views_.size(); ++at) {
      views += known(at) && ago(at) <= rules.thrash ? 1U : 0U;
    }
    return rules.thrash != 0 && views >= rules.thrash_views;
  }

  const Frustration& rules_;
  std::vector<Seen> views_;
  std::size_t loop_from_ = 0, thrash_from_ = 0;
};

FrustrationRules random_rules(std::mt19937_64& random) {
  const auto time = [&]() -> Duration {
    return random() % 8 == 0 ? 0 : static_cast<Duration>(random() % 400) * kTrailTick;
  };
  return {.back = time(),
          .loop_returns = static_cast<std::uint8_t>(1 + random() % kLoopReturnsMax),
          .loop = random() % 9 == 0 ? kTrailKept : time(),
          .thrash_views = static_cast<std::uint8_t>(2 + random() % (kThrashViewsMax - 1)),
          .thrash = time(),
          .retry = 0};
}

TEST(Trail, SaysOfRandomWalksWhatListsOfAllViewsSay) {
  std::mt19937_64 random(20'261);
  std::size_t signs = 0;
  for (int round = 0; round < 2'000; ++round) {
    Frustration rules;
    rules.other = random_rules(random);
    for (int page = 0; page < 3; ++page) rules.pages.push_back(random_rules(random));
    Walk walk(rules);
    Reference reference(rules);
    std::int64_t tick = static_cast<std::int64_t>(random() % 4'000'000'000);
    const std::uint64_t pages = 2 + random() % 3;
    for (int i = 0; i < 150; ++i) {
      const std::uint64_t gap = random() % 60 == 0 ? random() % 20'000 : random() % 80;
      tick += static_cast<std::int64_t>(gap);
      if (random() % 10 == 0) {
        walk.step();
        reference.step();
      }
      const auto page = static_cast<std::uint8_t>(random() % pages);
      const std::string said = walk.view(page, static_cast<std::uint32_t>(tick));
      ASSERT_EQ(said, reference.view(page, tick)) << "round " << round << ", view " << i;
      signs += said.empty() ? 0U : 1U;
    }
  }
  EXPECT_GT(signs, 10'000u);
}

// --- Where trails are.

class Trails : public testing::Test {
 protected:
  static constexpr std::uint32_t kTrails = 2 * kTrailWays;
  static VisitorKey visitor(std::uint64_t number, std::uint32_t hash = 0) { return {{{number, 1}}, {}, hash}; }
  void view(const VisitorKey& who, std::uint32_t tick) {
    Trail* at = table_.find(who);
    evicted_ = false;
    if (at == nullptr) {
      const TrailTable::Room room = table_.room_for(who, tick);
      at = room.trail;
      evicted_ = room.evicts;
    }
    table_.write(*at, add_view(at->tag == who.key.words[0] ? *at : Trail{}, {1, 0, true, false, 0, 0}, tick).trail, who,
                 IdentityId{3});
    journal_.commit();
  }

  static constexpr std::size_t kBytes = TrailTable::bytes_needed(kTrails);
  alignas(64) std::array<std::byte, kBytes> memory_{};
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  Journal journal_{memory_.data(), memory_.size(), record_.get()};
  TrailTable table_{memory_, kTrails, journal_};
  bool evicted_ = false;
};

TEST_F(Trails, AreFoundUnderTheKeyBeforeAndKeptUnderTheNewOne) {
  view(visitor(5), 10);
  VisitorKey rotated = visitor(6);
  EXPECT_EQ(table_.find(rotated), nullptr);
  rotated.previous = visitor(5).key;
  Trail* const trail = table_.find(rotated);
  ASSERT_NE(trail, nullptr);
  table_.write(*trail, *trail, rotated, {});
  EXPECT_EQ(table_.find(visitor(6)), trail);
  EXPECT_EQ(table_.find(visitor(5)), nullptr);
}

TEST_F(Trails, OfOneSetGiveTheOneUpThatWasSilentForLongest) {
  for (std::uint32_t i = 0; i < kTrailWays; ++i) {
    view(visitor(100 + i), 1'000 + i);
    EXPECT_FALSE(evicted_);
  }
  view(visitor(100), 1'100);
  view(visitor(200), 1'200);
  EXPECT_TRUE(evicted_);
  EXPECT_EQ(table_.find(visitor(101)), nullptr);
  EXPECT_NE(table_.find(visitor(100)), nullptr);
  view(visitor(201), 1'003 + trail_ticks(kTrailKept));
  EXPECT_FALSE(evicted_) << "that one's was over";
}

TEST_F(Trails, OfAnotherBoardAreAddedTheLatestFirstWhateverTheirOrder) {
  for (const std::uint32_t newest : {1'000u, 1'003u, 1'001u, 1'007u, 1'002u, 1'009u, 1'004u, 1'008u}) {
    view(visitor(newest), newest);
  }
  std::vector<Trail> all;
  table_.each([&](const Trail& trail) { all.push_back(trail); });
  ASSERT_EQ(all.size(), kTrailWays);
  EXPECT_EQ(all[0].identity, IdentityId{3});
  alignas(64) std::array<std::byte, kBytes> other_memory{};
  JournalRecord other_record{};
  Journal other_journal{other_memory.data(), other_memory.size(), &other_record};
  TrailTable other{other_memory, kTrails, other_journal};
  const auto add = [&](Trail trail, std::uint64_t visitor) {
    trail.tag = static_cast<std::uint32_t>(visitor);
    const bool added = other.add(trail, 1'010);
    other_journal.commit();
    return added;
  };
  for (const Trail& trail : all) EXPECT_TRUE(add(trail, trail.newest));
  Trail later = all[0];
  later.newest = 1'010;
  EXPECT_FALSE(add(later, 1'010)) << "somebody had to go";
  EXPECT_FALSE(add(all[0], 1'000)) << "and this one has not come";
  EXPECT_EQ(other.find(visitor(1'000)), nullptr);
  EXPECT_NE(other.find(visitor(1'010)), nullptr);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_NE(other.find(visitor(all[i].newest)), nullptr);
  Trail over = all[0];
  over.newest = 1'010 - trail_ticks(kTrailKept) - 1;
  EXPECT_TRUE(add(over, 5)) << "it was over";
  EXPECT_EQ(other.find(visitor(5)), nullptr);
}

TEST_F(Trails, TakeFortyEightBytesAVisitor) {
  EXPECT_EQ(TrailTable::bytes_needed(1'000), 1'000u * 48);
  EXPECT_EQ(TrailTable::bytes_needed(0), 0u);
  EXPECT_LE(sizeof(Session) + sizeof(Attempt) + sizeof(Trail), 256u);
}

}  // namespace
}  // namespace bellrock::journey
