// What the API says of web vitals: sums of frames, by page and rating, and by group where one page is asked for.
#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

TEST(Vitals, AreCountsByRatingOfEachPageAndByGroupOfTheOneAskedFor) {
  const Centre centre;
  auto frame = shop_frame(1);
  auto& cells = frame.windows.begin()->second;
  const auto add = [&](const char* item, const char* rating, std::int32_t bucket, std::uint64_t n) {
    control::SeriesKey key{"/product/{id}", 0, CellKind::kVital, item, rating, CellScope::kTotal, {}};
    add_latency(cells[key], bucket, n);
    key.scope = CellScope::kDimensioned;
    key.dimensions = {{"connection", "4g"}, {"device", "phone"}};
    add_latency(cells[key], bucket, n);
    frame.recorded += 2 * n;
  };
  add("lcp", "good", 63, 70);   // 2 s
  add("lcp", "poor", 191, 30);  // 8 s
  add("load", "unrated", 63, 5);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json document = centre.json("/api/v1/vitals?range=6h");
  ASSERT_EQ(document["pages"].size(), 1u);
  const Json& page = document["pages"][0];
  EXPECT_EQ(page["page"], "/product/{id}");
  ASSERT_EQ(page["vitals"].size(), 2u);
  const Json& lcp = page["vitals"][0];
  EXPECT_EQ(lcp["vital"], "lcp");
  EXPECT_EQ(lcp["count"], 100);
  EXPECT_EQ(lcp["good"], 70);
  EXPECT_EQ(lcp["needs_improvement"], 0);
  EXPECT_EQ(lcp["poor"], 30);
  EXPECT_NEAR(lcp["p75"].get<double>(), 8, 8 * 0.0055);
  EXPECT_EQ(page["vitals"][1]["unrated"], 5);
  EXPECT_FALSE(page.contains("groups"));
  const Json groups = centre.json("/api/v1/vitals/groups?range=6h&page=/product/{id}")["groups"];
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0]["device"], "phone");
  EXPECT_EQ(groups[0]["connection"], "4g");
  EXPECT_EQ(groups[0]["vitals"], page["vitals"]);
  EXPECT_EQ(centre.json("/api/v1/vitals/groups?range=6h&page=/product")["groups"], Json::array());
  EXPECT_EQ(centre.get("/api/v1/vitals/groups?range=6h").status, 400u);
  // A page is no journey.
  EXPECT_EQ(centre.json("/api/v1/journeys")["journeys"][0]["name"], "checkout");
}

TEST(Vitals, OfNamesThatThisCentreDoesNotKnowAreLeftOut) {
  const Centre centre;
  auto frame = shop_frame(1);
  auto& cells = frame.windows.begin()->second;
  for (const char* item : {"fcp", "of_a_later_version"}) {
    control::SeriesKey key{"/cart", 0, CellKind::kVital, item, "good", CellScope::kTotal, {}};
    add_latency(cells[key], 63, 4);
    key.scope = CellScope::kOverflow;  // devices and connections that found no room: in the total only
    add_latency(cells[key], 63, 4);
    frame.recorded += 8;
  }
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json document = centre.json("/api/v1/vitals?range=6h");
  ASSERT_EQ(document["pages"].size(), 1u);
  ASSERT_EQ(document["pages"][0]["vitals"].size(), 1u);
  EXPECT_EQ(document["pages"][0]["vitals"][0]["count"], 4);
  EXPECT_EQ(centre.json("/api/v1/vitals/groups?range=6h&page=/cart")["groups"], Json::array());
}

}  // namespace
}  // namespace bellrock::plane
