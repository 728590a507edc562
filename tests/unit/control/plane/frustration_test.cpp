// What the API says of frustration: sums of frames, by page, sign and device.
#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

TEST(Frustration, IsCountsBySignOfEachPageInTotalAndByDevice) {
  const Centre centre;
  auto frame = shop_frame(1);
  auto& cells = frame.windows.begin()->second;
  const auto add = [&](const char* page, const char* sign, const char* device, std::uint64_t n) {
    control::SeriesKey key{page, 0, CellKind::kFrustration, sign, "", CellScope::kTotal, {}};
    cells[key].n += n;
    key.scope = CellScope::kDimensioned;
    key.dimensions = {{"device", device}};
    cells[key].n += n;
    frame.recorded += 2 * n;
  };
  add("/cart", "views", "phone", 70);
  add("/cart", "back", "phone", 7);
  add("/cart", "back", "fridge", 2);
  add("/cart", "sighs", "phone", 5);  // no sign that we know
  add("__other__", "thrash", "desktop", 1);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json document = centre.json("/api/v1/frustration?range=6h");
  ASSERT_EQ(document["pages"].size(), 2u);
  const Json& cart = document["pages"][0];
  EXPECT_EQ(cart["page"], "/cart");
  EXPECT_EQ(cart["views"], 70);
  EXPECT_EQ(cart["back"], 9);
  EXPECT_EQ(cart["retry"], 0);
  EXPECT_FALSE(cart.contains("sighs"));
  ASSERT_EQ(cart["devices"].size(), 2u);
  EXPECT_EQ(cart["devices"][0]["device"], "__other__");
  EXPECT_EQ(cart["devices"][0]["back"], 2);
  EXPECT_EQ(cart["devices"][1]["back"], 7);
  EXPECT_EQ(document["pages"][1]["thrash"], 1);
}

TEST(Frustration, OfNobodyIsNoPages) {
  const Centre centre;
  EXPECT_TRUE(centre.json("/api/v1/frustration")["pages"].empty());
  EXPECT_EQ(centre.get("/api/v1/frustration?page=/").status, 400u);
}

}  // namespace
}  // namespace bellrock::plane
