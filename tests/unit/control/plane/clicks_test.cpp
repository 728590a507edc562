// What the API says of clicks: sums of frames, by page, kind and device.
#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

TEST(Clicks, AreCountsByKindOfEachPageInTotalAndByDevice) {
  const Centre centre;
  auto frame = shop_frame(1);
  auto& cells = frame.windows.begin()->second;
  const auto add = [&](const char* page, const char* kind, const char* device, std::uint64_t n) {
    control::SeriesKey key{page, 0, CellKind::kClick, kind, "", CellScope::kTotal, {}};
    cells[key].n += n;
    key.scope = device == nullptr ? CellScope::kOverflow : CellScope::kDimensioned;
    if (device != nullptr) key.dimensions = {{"device", device}};
    cells[key].n += n;
    frame.recorded += 2 * n;
  };
  add("/cart", "rage", "phone", 7);
  add("/cart", "rage", "desktop", 2);
  add("/cart", "dead", nullptr, 3);  // found no room
  add("__other__", "error", "phone", 1);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json document = centre.json("/api/v1/clicks?range=6h");
  ASSERT_EQ(document["pages"].size(), 2u);
  const Json& cart = document["pages"][0];
  EXPECT_EQ(cart["page"], "/cart");
  EXPECT_EQ(cart["rage"], 9);
  EXPECT_EQ(cart["dead"], 3);
  EXPECT_EQ(cart["error"], 0);
  ASSERT_EQ(cart["devices"].size(), 2u);
  EXPECT_EQ(cart["devices"][1]["device"], "phone");
  EXPECT_EQ(cart["devices"][1]["rage"], 7);
  EXPECT_EQ(document["pages"][1]["page"], "__other__");
  EXPECT_EQ(document["pages"][1]["error"], 1);
}

TEST(Clicks, OfDevicesThatNobodyKnowsAreOfOneOther) {
  const Centre centre;
  auto frame = shop_frame(1);
  control::SeriesKey key{"/cart", 0, CellKind::kClick, "rage", "", CellScope::kDimensioned, {}};
  for (const char* const device : {"phone", "fridge", "<script>", "__other__"}) {
    key.dimensions = {{"device", device}};
    frame.windows.begin()->second[key].n = 5;
    frame.recorded += 5;
  }
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json devices = centre.json("/api/v1/clicks?range=6h")["pages"][0]["devices"];
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[0]["device"], "__other__");
  EXPECT_EQ(devices[0]["rage"], 15);
  EXPECT_EQ(devices[1]["device"], "phone");
  EXPECT_EQ(devices[1]["rage"], 5);
}

TEST(Clicks, OfNobodyAreNoPages) {
  const Centre centre;
  EXPECT_TRUE(centre.json("/api/v1/clicks")["pages"].empty());
  EXPECT_EQ(centre.get("/api/v1/clicks?page=/").status, 400u);
}

}  // namespace
}  // namespace bellrock::plane
