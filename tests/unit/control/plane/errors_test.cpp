// What the API says of errors: sums of frames, by page and code.
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

class ErrorsApi : public testing::Test {
 protected:
  // In total, and by its code; nullptr: it found no room.
  void add(const char* page, const char* code, std::uint64_t n) {
    control::SeriesKey key{page, 0, CellKind::kError, "", "", CellScope::kTotal, {}};
    auto& cells = frame_.windows.begin()->second;
    cells[key].n += n;
    key.scope = code == nullptr ? CellScope::kOverflow : CellScope::kDimensioned;
    if (code != nullptr) key.dimensions = {{"code", code}};
    cells[key].n += n;
    frame_.recorded += 2 * n;
  }
  Json answer() {
    EXPECT_EQ(centre_.send(frame_).status, 200u);
    return centre_.json("/api/v1/errors?range=6h");
  }
  static std::vector<std::pair<std::string, std::uint64_t>> codes(const Json& of) {
    std::vector<std::pair<std::string, std::uint64_t>> codes;
    for (const Json& one : of["codes"]) codes.emplace_back(one["code"], one["errors"]);
    return codes;
  }

  Centre centre_;
  control::DeltaFrame frame_ = shop_frame(1);
};

using Codes = std::vector<std::pair<std::string, std::uint64_t>>;

TEST_F(ErrorsApi, RanksCodesOfAllPagesAndOfEach) {
  add("/cart", "E42", 7);
  add("/cart", "R1", 2);
  add("/search", "R1", 6);
  add("/search", "A", 2);
  add("/search", "__other__", 50);
  add("/search", nullptr, 3);
  const Json document = answer();
  EXPECT_EQ(document["errors"], 70);
  EXPECT_EQ(codes(document), (Codes{{"R1", 8}, {"E42", 7}, {"A", 2}, {"__other__", 53}}));
  ASSERT_EQ(document["pages"].size(), 2u);
  EXPECT_EQ(document["pages"][0]["page"], "/cart");
  EXPECT_EQ(document["pages"][0]["errors"], 9);
  EXPECT_EQ(codes(document["pages"][1]), (Codes{{"R1", 6}, {"A", 2}, {"__other__", 53}}));
}

TEST_F(ErrorsApi, PutsCodesOfOneCountIntoTheOrderOfTheirNames) {
  for (const char* const code : {"c", "a", "b"}) add("/cart", code, 4);
  EXPECT_EQ(codes(answer()), (Codes{{"a", 4}, {"b", 4}, {"c", 4}}));
}

TEST_F(ErrorsApi, AddsUpToAllHoweverManyCodesNodesTellApart) {
  std::uint64_t all = 0;
  for (std::uint64_t i = 1; i <= 250; ++i) {
    add("/cart", ("code" + std::to_string(i)).c_str(), i);
    all += i;
  }
  const Json document = answer();
  const auto ranked = codes(document);
  ASSERT_EQ(ranked.size(), 101u) << "a hundred and the others";
  EXPECT_EQ(ranked.front(), std::pair(std::string("code250"), std::uint64_t{250}));
  EXPECT_EQ(ranked.back().first, "__other__");
  std::uint64_t sum = 0;
  for (const auto& [code, errors] : ranked) sum += errors;
  EXPECT_EQ(sum, all);
  EXPECT_EQ(document["errors"], all);
}

// A node may be anybody's. (A frame with control characters in a name is refused as a whole.)
TEST_F(ErrorsApi, ShowsNoCodeThatNoNodeOfOursCouldSay) {
  add("/cart", std::string(kTopTextBytesMax + 1, 'x').c_str(), 2);
  add("/cart", "", 8);
  add("/cart", "<script>", 16);
  EXPECT_EQ(codes(answer()), (Codes{{"<script>", 16}, {"__other__", 10}})) << "text, and JSON says it as text";
}

TEST_F(ErrorsApi, IsEmptyWhereNobodyAsks) {
  const Json document = centre_.json("/api/v1/errors");
  EXPECT_EQ(document["errors"], 0);
  EXPECT_TRUE(document["codes"].empty() && document["pages"].empty());
  EXPECT_EQ(centre_.get("/api/v1/errors?page=/").status, 400u);
}

}  // namespace
}  // namespace bellrock::plane
