#include "control/config/value.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "control/config/diagnostic.h"

namespace bellrock::config {
namespace {

constexpr std::string_view kWords[] = {"count_from", "target", "objectives", "op"};

TEST(Nearest, FindsTheWordOneSlipAway) {
  EXPECT_EQ(nearest("count_form", kWords), "count_from");  // exchanged
  EXPECT_EQ(nearest("taget", kWords), "target");           // left out
  EXPECT_EQ(nearest("objectivess", kWords), "objectives");
  EXPECT_EQ(nearest("ob", kWords), "op");
}

TEST(Nearest, OffersNothingForAnotherWord) {
  EXPECT_EQ(nearest("retention", kWords), "");
  EXPECT_EQ(nearest("", kWords), "");
  EXPECT_EQ(nearest(std::string(10'000, 'x'), kWords), "");
}

TEST(Shown, StaysOnOneLineAndShort) {
  EXPECT_EQ(shown("a\nb"), "`a?b`");
  EXPECT_LT(shown(std::string(5'000, 'x')).size(), 100u);
}

TEST(Shown, NeverCutsACharacterInTwo) {
  std::string text(79, 'x');
  text += "\xc3\xa9\xc3\xa9";
  EXPECT_EQ(shown(text), "`" + std::string(79, 'x') + "…`");
}

TEST(OneOf, ReadsAsASentenceDoes) {
  constexpr std::string_view kThree[] = {"a", "b", "c"};
  EXPECT_EQ(one_of(kThree), "`a`, `b` or `c`");
}

TEST(Codes, AreUniqueAndExplained) {
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    EXPECT_FALSE(kCodes[i].meaning.empty());
    EXPECT_FALSE(kCodes[i].fix.empty());
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE(kCodes[i].code, kCodes[k].code);
  }
}

TEST(Codes, AreAllInTheGuideToTheConfiguration) {
  std::ifstream file(BELLROCK_SOURCE "/config/README.md");
  const std::string guide(std::istreambuf_iterator<char>(file), {});
  for (const CodeInfo& code : kCodes) {
    const std::string row =
        "| " + std::string(code.code) + " | " + std::string(code.meaning) + " | " + std::string(code.fix) + " |";
    EXPECT_NE(guide.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace bellrock::config
