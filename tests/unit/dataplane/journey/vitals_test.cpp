// Web vitals: what a beacon says becomes counts of its page by the published thresholds, once for each beacon,
// whoever's it is.
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/dataplane/journey/matcher_case.h"

namespace bellrock::journey {
namespace {

class Vitals : public MatcherTest {
 protected:
  Vitals() { shop_.d.vital_pages = {TemplateId{3}, TemplateId{1}}; }
  static Beacon vitals(std::string_view page, std::string_view sid = "v1") {
    Beacon b = named({}, sid);
    b.type = BeaconType::kVitals;
    b.page = page;
    return b;
  }
  std::vector<Event> sent(const Beacon& b, const char* agent = "") {
    return beacon(b, TextRequest(Method::kPost, "POST", "/rum", "", "shop.example", agent));
  }
  // All that the beacons count, by page, vital and rating.
  using Counts = std::map<std::tuple<int, std::string, std::string>, std::uint64_t>;
  static Counts counted_of(const std::vector<Event>& events, const Definition& definition, CellScope scope) {
    Owner owner(definition);
    for (const Event& event : events) {
      Event timed = event;
      timed.time = at_second(1);
      owner.apply(timed);
    }
    Counts counts;
    for (const auto& [at, cell] : owner.cells.windows()) {
      const CellKey& key = at.second;
      if (key.kind != CellKind::kVital || key.scope != scope || cell.count == 0) continue;
      counts[{key.journey.value, std::string(kVitalNames[key.item]), std::string(kRatingNames[key.detail])}] +=
          cell.count;
    }
    return counts;
  }
};

TEST_F(Vitals, AreRatedByThePublishedThresholdsEndsIncluded) {
  struct Case {
    double Beacon::*field;
    const char* name;
    double good, poor;
  };
  const Case cases[] = {{&Beacon::lcp, "lcp", 2'500, 4'000},
                        {&Beacon::inp, "inp", 200, 500},
                        {&Beacon::cls, "cls", 0.1, 0.25},
                        {&Beacon::fcp, "fcp", 1'800, 3'000},
                        {&Beacon::ttfb, "ttfb", 800, 1'800}};
  for (const Case& c : cases) {
    std::vector<Event> events;
    const double unit = c.field == &Beacon::cls ? 1e-6 : 1e-3;
    for (const double value : {0.0, c.good, c.good + unit, c.poor, c.poor + unit}) {
      Beacon b = vitals("/search");
      b.*c.field = value;
      for (const Event& event : sent(b)) events.push_back(event);
    }
    const Counts wanted{{{1, c.name, "good"}, 2}, {{1, c.name, "needs_improvement"}, 2}, {{1, c.name, "poor"}, 1}};
    EXPECT_EQ(counted_of(events, shop_.d, CellScope::kTotal), wanted) << c.name;
    EXPECT_EQ(counted_of(events, shop_.d, CellScope::kDimensioned), wanted) << c.name;
  }
}

TEST_F(Vitals, SayPageDeviceAndConnection) {
  Beacon b = vitals("/checkout");
  b.load = 1'234.5678;
  b.cls = 0.1234;
  b.conn = "3g";
  const auto events = sent(b, "iPhone");
  ASSERT_EQ(events.size(), 1u);
  const VitalValues* view = events[0].extras.vitals();
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->page, 2);
  EXPECT_EQ(static_cast<Device>(view->device), Device::kPhone);
  EXPECT_EQ(static_cast<Connection>(view->connection), Connection::k3g);
  EXPECT_EQ(view->said, 1u << static_cast<unsigned>(Vital::kCls) | 1u << static_cast<unsigned>(Vital::kLoad));
  EXPECT_EQ(view->values[static_cast<std::size_t>(Vital::kCls)], 123'400u);
  EXPECT_EQ(view->values[static_cast<std::size_t>(Vital::kLoad)], 1'234'568u);
  b.page = "/elsewhere";
  b.conn = "5g";
  EXPECT_EQ(sent(b)[0].extras.vitals()->page, 0);
  EXPECT_EQ(sent(b)[0].extras.vitals()->connection, 0);
}

TEST_F(Vitals, OfNobodyWeKnowCountAndOfSeveralIdentitiesOnce) {
  Beacon b = vitals("/search", "");
  b.lcp = 1;
  auto events = sent(b);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].key.none());
  EXPECT_EQ(counted_of(events, shop_.d, CellScope::kTotal), (Counts{{{1, "lcp", "good"}, 1}}));
  shop_.d.identities.push_back({"other", {{SourceKind::kBeaconField, 0, "sid", ""}}});
  shop_.d.journeys[search::kId.index()].identity = IdentityId{1};
  matcher_.reset();
  b.sid = "v1";
  events = sent(b);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(counted_of(events, shop_.d, CellScope::kTotal), (Counts{{{1, "lcp", "good"}, 1}}));
}

TEST_F(Vitals, ThatAreNoDurationsAreCountedApart) {
  Beacon b = vitals("/search");
  b.lcp = -1;
  b.inp = std::numeric_limits<double>::infinity();
  b.fcp = 3'600'001;
  b.ttfb = 3'600'000;
  const auto events = sent(b);
  EXPECT_EQ(counted(EventCount::kBadVital), 3u);
  EXPECT_EQ(counted_of(events, shop_.d, CellScope::kTotal), (Counts{{{1, "ttfb", "poor"}, 1}}));
}

TEST_F(Vitals, OfBotsAndOfPagesThatNobodyAsksForAreNotCounted) {
  Beacon b = vitals("/search");
  b.lcp = 1;
  EXPECT_TRUE(counted_of(sent(b, "a bot"), shop_.d, CellScope::kTotal).empty());
  shop_.d.vital_pages.clear();
  matcher_.reset();
  const auto events = sent(b);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].extras.vitals(), nullptr);
  b.sid = "";
  EXPECT_TRUE(sent(b).empty());
}

}  // namespace
}  // namespace bellrock::journey
