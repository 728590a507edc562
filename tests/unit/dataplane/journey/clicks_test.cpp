// Clicks that tell of trouble: counted once for each beacon, by page, kind and device, whoever's they are; and each
// that came is in a cell or has a reason.
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <string>
#include <tuple>

#include "tests/unit/dataplane/journey/matcher_case.h"

namespace bellrock::journey {
namespace {

class Clicks : public MatcherTest {
 protected:
  Clicks() { shop_.d.click_pages = {TemplateId{3}, TemplateId{1}}; }
  static Beacon click(std::string_view kind, std::string_view page = "/search", std::string_view sid = "v1") {
    Beacon b = named({}, sid);
    b.type = BeaconType::kClick;
    b.page = page;
    b.kind = kind;
    return b;
  }
  // Sent, and applied at a tracker that all of them come to.
  void send(const Beacon& b, const char* agent = "Mozilla/5.0") {
    if (!owner_) owner_ = std::make_unique<Owner>(shop_.d);
    for (const Event& event : beacon(b, TextRequest(Method::kPost, "POST", "/rum", "", "shop.example", agent))) {
      Event timed = event;
      timed.time = at_second(1);
      owner_->apply(timed);
    }
  }
  using Counts = std::map<std::tuple<int, std::string, int>, std::uint64_t>;
  Counts counts(CellScope scope) {
    Counts counts;
    for (const auto& [at, cell] : owner_->cells.windows()) {
      const CellKey& key = at.second;
      if (key.kind != CellKind::kClick || key.scope != scope || cell.count == 0) continue;
      counts[{key.journey.value, std::string(kClickKindNames[key.item]), key.values[0]}] += cell.count;
    }
    return counts;
  }
  static std::uint64_t sum(const Counts& counts) {
    std::uint64_t sum = 0;
    for (const auto& [of, n] : counts) sum += n;
    return sum;
  }
  // Of the matcher and of the tracker.
  std::uint64_t both(EventCount what) { return counted(what) + owner_->counted(what); }

  std::unique_ptr<Owner> owner_;
};

TEST_F(Clicks, AreCountedByPageKindAndDevice) {
  send(click("rage"), "iPhone");
  send(click("rage"), "iPhone");
  send(click("rage"));
  send(click("dead", "/checkout"));
  send(click("error", "/elsewhere"));
  send(click({}));  // says no kind
  const int phone = static_cast<int>(Device::kPhone), desktop = static_cast<int>(Device::kDesktop);
  EXPECT_EQ(counts(CellScope::kTotal),
            (Counts{{{1, "rage", 0}, 3}, {{2, "dead", 0}, 1}, {{0, "error", 0}, 1}, {{1, "click", 0}, 1}}));
  EXPECT_EQ(counts(CellScope::kDimensioned), (Counts{{{1, "rage", phone}, 2},
                                                     {{1, "rage", desktop}, 1},
                                                     {{2, "dead", desktop}, 1},
                                                     {{0, "error", desktop}, 1},
                                                     {{1, "click", desktop}, 1}}));
}

TEST_F(Clicks, OfNobodyWeKnowCountAndOfSeveralIdentitiesOnce) {
  send(click("dead", "/search", ""));
  EXPECT_EQ(sum(counts(CellScope::kTotal)), 1u);
  shop_.d.identities.push_back({"other", {{SourceKind::kBeaconField, 0, "sid", ""}}});
  shop_.d.journeys[search::kId.index()].identity = IdentityId{1};
  matcher_.reset();
  send(click("dead"));
  EXPECT_EQ(sum(counts(CellScope::kTotal)), 2u);
  EXPECT_EQ(sum(counts(CellScope::kDimensioned)), 2u);
}

TEST_F(Clicks, OfPagesThatNobodyAsksForAreNotLookedAt) {
  shop_.d.click_pages.clear();
  send(click("rage"));
  EXPECT_EQ(counted(EventCount::kClicks), 0u);
  EXPECT_TRUE(counts(CellScope::kTotal).empty());
}

TEST_F(Clicks, StandBesideVitalsOfOtherPages) {
  shop_.d.vital_pages = {TemplateId{1}};
  send(click("rage", "/checkout"));
  Beacon b = click({}, "/checkout");
  b.type = BeaconType::kVitals;
  b.lcp = 1;
  send(b);
  EXPECT_EQ(counts(CellScope::kTotal), (Counts{{{2, "rage", 0}, 1}}));
  EXPECT_EQ(owner_->counted(EventCount::kVitals), 1u);
  EXPECT_EQ(owner_->cells.cell({.journey = JourneyId{1}, .kind = CellKind::kVital}).count, 1u);
}

class PlacesOfClicks : public Clicks {
 protected:
  PlacesOfClicks() { shop_.d.click_grid.on = true; }
  std::uint16_t place(double x, double y, double w = 1'000, double h = 2'000, std::string_view page = "/search") {
    Beacon b = click("rage", page);
    b.x = x;
    b.y = y;
    b.w = w;
    b.h = h;
    return beacon(b, TextRequest(Method::kPost, "POST", "/rum", "", "shop.example", "Mozilla/5.0"))
        .at(0)
        .extras.click()
        ->place;
  }
};

TEST_F(PlacesOfClicks, AreSharesOfThePagesWidthAndHeight) {
  EXPECT_EQ(place(0, 0), 0);
  EXPECT_EQ(place(19.9, 19.9), 0);
  EXPECT_EQ(place(20, 0), 1);
  EXPECT_EQ(place(0, 20), kClickColumns);
  EXPECT_EQ(place(1'000, 2'000), kClickPlaces - 1) << "the edge is on the page";
  EXPECT_EQ(place(0.5, 0.5, 1, 1), 50 * kClickColumns + 25);
  EXPECT_EQ(counted(EventCount::kBadClickPlace), 0u);
}

TEST_F(PlacesOfClicks, ThatCannotBeAreNoneAndCounted) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double bad[][4] = {{-1, 0, 9, 9},
                           {10, 0, 9, 9},
                           {0, 9.1, 9, 9},
                           {0, 0, 0, 9},
                           {0, 0, -5, 9},
                           {1e308, 0, 1e308, 9},
                           {0, 0, 9, 1e300},
                           {kInfinity, 0, kInfinity, 9},
                           {0, Beacon::kAbsent, 9, 9},
                           {1, 1, Beacon::kAbsent, 9}};
  for (const auto& [x, y, w, h] : bad)
    EXPECT_EQ(place(x, y, w, h), kNoClickPlace) << x << ' ' << y << ' ' << w << ' ' << h;
  EXPECT_EQ(counted(EventCount::kBadClickPlace), std::size(bad));
  EXPECT_EQ(place(Beacon::kAbsent, Beacon::kAbsent), kNoClickPlace);
  EXPECT_EQ(counted(EventCount::kClicksUnplaced), 1u);
}

TEST_F(PlacesOfClicks, OfPagesThatAreNotListedAreNotLookedAt) {
  EXPECT_EQ(place(-1, 0, 9, 9, "/elsewhere"), kNoClickPlace);
  shop_.d.click_grid.on = false;
  matcher_.reset();
  EXPECT_EQ(place(-1, 0, 9, 9), kNoClickPlace);
  EXPECT_EQ(counted(EventCount::kBadClickPlace), 0u);
}

// Clicks that came = those in cells + those of no kind + those dropped.
TEST_F(Clicks, AreAllInACellOrUnderAReason) {
  std::mt19937_64 random(11);
  const char* const kKinds[] = {"click", "rage", "dead", "error", "double", "RAGE"};
  const char* const kPages[] = {"/search", "/checkout", "/elsewhere"};
  const char* const kVisitors[] = {"v1", "v2", ""};
  constexpr std::uint64_t kSent = 5'000;
  // An attempt of v1 is open, so that his numbers are known.
  Event open = beacon(named("checkout.address"), TextRequest(Method::kPost, "POST", "/rum", "")).at(0);
  open.time = at_second(1);
  open.match_count = 0;
  add_match(open, checkout::kId, checkout::kOpen);
  owner_ = std::make_unique<Owner>(shop_.d);
  owner_->apply(open);
  for (std::uint64_t i = 0; i < kSent; ++i) {
    Beacon b = click(kKinds[random() % 6], kPages[random() % 3], kVisitors[random() % 3]);
    if (random() % 2 == 0) b.n = static_cast<double>(random() % 64);
    send(b, random() % 4 == 0 ? "a bot" : "");
  }
  const std::uint64_t in_cells = sum(counts(CellScope::kTotal));
  EXPECT_EQ(counted(EventCount::kClicks), kSent);
  EXPECT_EQ(kSent, in_cells + both(EventCount::kBadClick) + both(EventCount::kClicksDropped));
  EXPECT_EQ(sum(counts(CellScope::kDimensioned)), in_cells);
  EXPECT_GT(owner_->counted(EventCount::kDuplicateBeacon), 0u);
  EXPECT_GT(owner_->counted(EventCount::kFilteredBot), 0u);
  EXPECT_GT(in_cells, kSent / 4);
}

}  // namespace
}  // namespace bellrock::journey
