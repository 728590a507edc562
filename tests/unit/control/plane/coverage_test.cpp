// What the API says of pages that were waited for: sums of frames, by page, browser, place and device.
#include <gtest/gtest.h>

#include "control/flow/histogram.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

using Dimensions = std::vector<std::pair<std::string, std::string>>;

class CoverageApi : public testing::Test {
 protected:
  // In total and by dimension.
  void add(CellKind kind, const char* item, const char* detail, const Dimensions& dimensions, std::uint64_t n,
           std::int32_t bucket = 0) {
    control::SeriesKey key{"/cart", 0, kind, item, detail, CellScope::kTotal, {}};
    for (const CellScope scope : {CellScope::kTotal, CellScope::kDimensioned}) {
      key.scope = scope;
      if (scope == CellScope::kDimensioned) key.dimensions = dimensions;
      control::Histogram& histogram = frame_.windows.begin()->second[key];
      histogram.n += n;
      if (bucket != 0) {
        histogram.buckets[bucket] += n;
        histogram.max_ns = static_cast<std::uint64_t>(control::bucket_upper_ns(bucket));
        histogram.min_ns = static_cast<std::uint64_t>(control::bucket_lower_ns(bucket));
        histogram.sum_ns += n * histogram.max_ns;
      }
      frame_.recorded += n;
    }
  }
  Json page(const char* of) {
    EXPECT_EQ(centre_.send(frame_).status, 200u);
    const Json document = centre_.json(std::string("/api/v1/") + of + "?range=6h");
    EXPECT_EQ(document["pages"].size(), 1u);
    return document["pages"][0];
  }

  Centre centre_;
  control::DeltaFrame frame_ = shop_frame(1);
};

TEST_F(CoverageApi, AddsUpWhatBecameOfPages) {
  const Dimensions chrome{{"browser", "chrome"}, {"place", "de"}},
      other{{"browser", "unknown"}, {"place", "__other__"}};
  add(CellKind::kCoverage, "seen", "", chrome, 12);
  add(CellKind::kCoverage, "covered", "", chrome, 6);
  add(CellKind::kCoverage, "uncovered", "", other, 2);
  add(CellKind::kCoverage, "unknown", "restart", other, 3);
  add(CellKind::kCoverage, "unknown", "of_another_version", other, 30);
  add(CellKind::kCoverage, "beacon", "unseen", chrome, 4);
  const Json cart = page("coverage");
  EXPECT_EQ(cart["page"], "/cart");
  EXPECT_EQ(cart["seen"], 12);
  EXPECT_EQ(cart["covered"], 6);
  EXPECT_EQ(cart["uncovered"], 2);
  EXPECT_EQ(cart["share"], 0.75);
  EXPECT_EQ(cart["unknown"]["restart"], 3);
  EXPECT_EQ(cart["beacons"]["unseen"], 4);
  ASSERT_EQ(cart["groups"].size(), 2u);
  EXPECT_EQ(cart["groups"][0]["browser"], "chrome");
  EXPECT_EQ(cart["groups"][0]["place"], "de");
  EXPECT_EQ(cart["groups"][0]["share"], 1);
  EXPECT_EQ(cart["groups"][1]["uncovered"], 2);
}

TEST_F(CoverageApi, HasNoPlaceWhereNoneIsConfiguredAndNoShareOfNothing) {
  add(CellKind::kCoverage, "seen", "", {{"browser", "chrome"}}, 1);
  const Json cart = page("coverage");
  EXPECT_EQ(cart["share"], nullptr);
  EXPECT_EQ(cart["groups"][0]["place"], nullptr);
}

TEST_F(CoverageApi, SaysWhereTheTimeOfLoadsWent) {
  const Dimensions phone{{"device", "phone"}};
  add(CellKind::kSplit, "server", "", phone, 5, -128);  // a quarter of a second
  add(CellKind::kSplit, "network", "", phone, 4, -192);
  add(CellKind::kSplit, "network", "clamped", phone, 1, -700);
  add(CellKind::kSplit, "unmatched", "no_page", phone, 7);
  const Json cart = page("split");
  ASSERT_EQ(cart["parts"].size(), 3u);
  EXPECT_EQ(cart["parts"][0]["part"], "server");
  EXPECT_EQ(cart["parts"][0]["count"], 5);
  EXPECT_NEAR(cart["parts"][0]["p50_ns"].get<double>(), 0.25e9, 0.01e9);
  EXPECT_EQ(cart["parts"][1]["count"], 5);
  EXPECT_EQ(cart["parts"][1]["clamped"], 1);
  EXPECT_EQ(cart["parts"][2]["p50_ns"], nullptr);
  EXPECT_EQ(cart["unmatched"]["no_page"], 7);
  EXPECT_EQ(cart["unmatched"]["no_timing"], 0);
  ASSERT_EQ(cart["devices"].size(), 1u);
  EXPECT_EQ(cart["devices"][0]["device"], "phone");
}

TEST_F(CoverageApi, TellsCallsApartFromPages) {
  const Dimensions phone{{"device", "phone"}};
  add(CellKind::kSplit, "server", "", phone, 5, -128);
  add(CellKind::kSplit, "call_server", "", phone, 3, -192);
  add(CellKind::kSplit, "call_network", "clamped", phone, 2, -700);
  add(CellKind::kSplit, "call_unmatched", "no_timing", phone, 4);
  EXPECT_EQ(centre_.send(frame_).status, 200u);
  const Json document = centre_.json("/api/v1/split?range=6h");
  ASSERT_EQ(document["pages"].size(), 1u);
  EXPECT_EQ(document["pages"][0]["parts"][0]["count"], 5);
  ASSERT_EQ(document["calls"].size(), 1u);
  const Json& call = document["calls"][0];
  EXPECT_EQ(call["call"], "/cart");
  EXPECT_EQ(call["parts"][0]["count"], 3);
  EXPECT_EQ(call["parts"][1]["clamped"], 2);
  EXPECT_EQ(call["unmatched"]["no_timing"], 4);
  EXPECT_EQ(call["devices"][0]["parts"][0]["count"], 3);
}

TEST_F(CoverageApi, IsEmptyWhereNobodyAsks) {
  EXPECT_TRUE(centre_.json("/api/v1/coverage")["pages"].empty());
  EXPECT_TRUE(centre_.json("/api/v1/split")["pages"].empty());
  EXPECT_TRUE(centre_.json("/api/v1/split")["calls"].empty());
  EXPECT_EQ(centre_.get("/api/v1/coverage?page=/").status, 400u);
}

}  // namespace
}  // namespace bellrock::plane
