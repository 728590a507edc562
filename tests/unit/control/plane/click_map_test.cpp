// What the API says of where clicks were: the sums of frames, and every click in one of four.
#include <gtest/gtest.h>

#include "control/flow/click_map_name.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

using control::ClickPart;

class ClickMap : public testing::Test {
 protected:
  ClickMap() { frame_.windows.begin()->second.clear(), frame_.recorded = 0; }
  control::Histogram& add(const char* device, const control::ClickDetail& detail, std::uint64_t n,
                          const char* kind = "rage") {
    control::SeriesKey key{"/cart",
                           0,
                           CellKind::kClickMap,
                           kind,
                           control::click_detail(detail),
                           CellScope::kDimensioned,
                           {{"device", device}}};
    auto& sum = frame_.windows.begin()->second[key];
    sum.n += n;
    frame_.recorded += n;
    return sum;
  }
  void place(const char* device, std::uint16_t at, std::uint64_t n) {
    add(device, {ClickPart::kPlaces, 5, control::click_band_of(at)}, n).buckets[control::click_bucket_of(at)] += n;
  }
  const Centre centre_;
  control::DeltaFrame frame_ = shop_frame(1);
};

TEST_F(ClickMap, HasThePlacesOfAPageAndWhatIsNotShown) {
  place("phone", 0, 7);
  place("phone", kClickPlaces - 1, 5);
  place("desktop", 0, 6);
  add("phone", {ClickPart::kSuppressed, 5, 0}, 3);
  add("phone", {ClickPart::kUnplaced, 0, 0}, 2);
  add("desktop", {ClickPart::kNoRoom, 0, 0}, 1);
  ASSERT_EQ(centre_.send(frame_).status, 200u);
  const Json all = centre_.json("/api/v1/clicks/map?range=6h&page=/cart");
  EXPECT_EQ(all["columns"], 50);
  EXPECT_EQ(all["rows"], 100);
  EXPECT_EQ(all["suppress_below"], 5);
  EXPECT_TRUE(all["device"].is_null());
  const Json& rage = all["kinds"][1];
  EXPECT_EQ(rage["kind"], "rage");
  EXPECT_EQ(rage["clicks"], 24);
  EXPECT_EQ(rage["placed"], 18);
  EXPECT_EQ(rage["suppressed"], 3);
  EXPECT_EQ(rage["unplaced"], 2);
  EXPECT_EQ(rage["no_room"], 1);
  EXPECT_EQ(rage["places"], Json::parse("[[0,0,13],[49,99,5]]"));
  EXPECT_EQ(all["kinds"][0]["clicks"], 0);
  const Json phone = centre_.json("/api/v1/clicks/map?range=6h&page=/cart&device=phone");
  EXPECT_EQ(phone["kinds"][1]["clicks"], 17);
  EXPECT_EQ(phone["kinds"][1]["places"], Json::parse("[[0,0,7],[49,99,5]]"));
}

TEST_F(ClickMap, OfAPageWithoutClicksIsEmptyAndWithoutAPageAnError) {
  const Json none = centre_.json("/api/v1/clicks/map?page=/nowhere");
  EXPECT_TRUE(none["suppress_below"].is_null());
  EXPECT_TRUE(none["kinds"][1]["places"].empty());
  EXPECT_EQ(centre_.get("/api/v1/clicks/map").status, 400u);
  EXPECT_EQ(centre_.get("/api/v1/clicks/map?page=/cart&device=fridge").status, 400u);
}

// Another grid's counts, or places that are none, are no places here.
TEST_F(ClickMap, LeavesOutWhatItDoesNotKnow) {
  place("phone", 3, 5);
  auto& sum = add("phone", {ClickPart::kPlaces, 5, 2}, 5);
  sum.buckets[control::kBucketMin + 1'999] = 5;  // of row 119
  ASSERT_EQ(centre_.send(frame_).status, 200u);
  EXPECT_EQ(centre_.json("/api/v1/clicks/map?range=6h&page=/cart")["kinds"][1]["clicks"], 5);
}

}  // namespace
}  // namespace bellrock::plane
