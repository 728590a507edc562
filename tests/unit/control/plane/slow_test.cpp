// Which page templates the API calls slow: ranks by p95 of the server's time, of those with enough page loads.
#include <gtest/gtest.h>

#include "control/flow/histogram.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

class SlowApi : public testing::Test {
 protected:
  // So many page loads whose server's time was in this bucket, in total and of phones.
  void add(const char* page, std::uint64_t n, std::int32_t bucket, const char* item = "server",
           const char* detail = "") {
    control::SeriesKey key{page, 0, CellKind::kSplit, item, detail, CellScope::kTotal, {}};
    for (const CellScope scope : {CellScope::kTotal, CellScope::kDimensioned}) {
      key.scope = scope;
      if (scope == CellScope::kDimensioned) key.dimensions = {{"device", "phone"}};
      control::Histogram& histogram = frame_.windows.begin()->second[key];
      const auto lower = static_cast<std::uint64_t>(control::bucket_lower_ns(bucket)) + 1;
      const auto upper = static_cast<std::uint64_t>(control::bucket_upper_ns(bucket));
      histogram.min_ns = histogram.n == 0 ? lower : std::min(histogram.min_ns, lower);
      histogram.max_ns = std::max(histogram.max_ns, upper);
      histogram.n += n;
      histogram.buckets[bucket] += n;
      histogram.sum_ns += n * upper;
      frame_.recorded += n;
    }
  }
  void add_unmatched(const char* page, const char* detail, std::uint64_t n) {
    frame_.windows.begin()->second[{page, 0, CellKind::kSplit, "unmatched", detail, CellScope::kTotal, {}}].n += n;
    frame_.recorded += n;
  }
  Json answer() {
    EXPECT_EQ(centre_.send(frame_).status, 200u);
    return centre_.json("/api/v1/slow?range=6h");
  }

  Centre centre_;
  control::DeltaFrame frame_ = shop_frame(1);
};

// 2^(bucket/64) seconds.
constexpr std::int32_t kQuarter = -128, kSecondBucket = 0, kFour = 128;

TEST_F(SlowApi, RanksTemplatesByWhat95Of100StayedBelow) {
  add("/fast", 100, kQuarter);
  add("/uneven", 90, kQuarter);
  add("/uneven", 10, kFour);
  add("/even", 100, kSecondBucket);
  const Json document = answer();
  EXPECT_EQ(document["min_page_loads"], 30);
  const Json& pages = document["pages"];
  ASSERT_EQ(pages.size(), 3u);
  EXPECT_EQ(pages[0]["page"], "/uneven");
  EXPECT_EQ(pages[0]["rank"], 1);
  EXPECT_EQ(pages[0]["count"], 100) << "phones are not counted twice";
  EXPECT_NEAR(pages[0]["p95_ns"].get<double>(), 4e9, 0.05e9);
  EXPECT_NEAR(pages[0]["p50_ns"].get<double>(), 0.25e9, 0.01e9);
  EXPECT_NEAR(pages[0]["p95_to_p50"].get<double>(), 16, 0.5);
  EXPECT_EQ(pages[1]["page"], "/even");
  EXPECT_NEAR(pages[1]["p95_to_p50"].get<double>(), 1, 0.02);
  EXPECT_EQ(pages[2]["rank"], 3);
  EXPECT_EQ(pages[2]["reason"], nullptr);
}

TEST_F(SlowApi, GivesTemplatesOfOneP95OneRank) {
  for (const char* const page : {"/b", "/a", "/c"}) add(page, 40, kSecondBucket);
  add("/slower", 40, kFour);
  add("/faster", 40, kQuarter);
  std::vector<std::pair<std::string, int>> ranks;
  const Json document = answer();
  for (const Json& page : document["pages"]) ranks.emplace_back(page["page"], page["rank"]);
  EXPECT_EQ(ranks, (std::vector<std::pair<std::string, int>>{
                       {"/slower", 1}, {"/a", 2}, {"/b", 2}, {"/c", 2}, {"/faster", 5}}));
}

TEST_F(SlowApi, GivesNoRankForFewPageLoadsAndSaysHowManyAreNotMeasured) {
  add("/rare", 29, kFour);
  add("/cart", 30, kQuarter);
  add("/cart", 500, kFour, "network");
  add_unmatched("/cart", "no_timing", 3);
  add_unmatched("/cart", "forgotten", 4);
  add_unmatched("/cart", "not_followed", 5);
  add_unmatched("/cart", "no_page", 600);
  add_unmatched("/unheard", "no_timing", 2);
  const Json pages = answer()["pages"];
  ASSERT_EQ(pages.size(), 3u);
  EXPECT_EQ(pages[0]["page"], "/cart");
  EXPECT_EQ(pages[0]["rank"], 1);
  EXPECT_EQ(pages[0]["count"], 30) << "of the server's time";
  EXPECT_EQ(pages[0]["unmeasured"], 12);
  for (const std::size_t few : {1u, 2u}) {
    EXPECT_EQ(pages[few]["reason"], "few_page_loads");
    for (const char* const figure : {"rank", "p50_ns", "p95_ns", "p95_to_p50"}) EXPECT_EQ(pages[few][figure], nullptr);
  }
  EXPECT_EQ(pages[1]["page"], "/rare");
  EXPECT_EQ(pages[1]["count"], 29);
  EXPECT_EQ(pages[2]["unmeasured"], 2);
}

TEST_F(SlowApi, IsEmptyWhereNobodyAsks) {
  EXPECT_TRUE(centre_.json("/api/v1/slow")["pages"].empty());
  EXPECT_EQ(centre_.get("/api/v1/slow?page=/").status, 400u);
}

}  // namespace
}  // namespace bellrock::plane
