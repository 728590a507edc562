// What an error is counted under: short, visible, and never the text of its message.
#include "dataplane/journey/error_code.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "dataplane/journey/top_table.h"

namespace bellrock::journey {
namespace {

std::string code_of(std::string_view code, std::string_view message = {}, std::string_view name = {}) {
  Beacon beacon;
  beacon.type = BeaconType::kError;
  beacon.code = code;
  beacon.msg = message;
  beacon.name = name;
  std::array<char, kTopTextBytesMax> text{};
  const std::size_t size = write_error_code(beacon, text);
  return {text.data(), size};
}

bool is_hash(const std::string& code) {
  return code.size() == 9 && code[0] == '#' && code.find_first_not_of("0123456789abcdef", 1) == std::string::npos;
}

TEST(ErrorCode, IsTheBeaconsOwnElseAHashOfItsMessageElseItsName) {
  EXPECT_EQ(code_of("R1", "results did not render", "search.error"), "R1");
  EXPECT_TRUE(is_hash(code_of({}, "results did not render", "search.error")));
  EXPECT_EQ(code_of({}, {}, "search.error"), "search.error");
  EXPECT_EQ(code_of({}), "");
  EXPECT_EQ(code_of("", "", ""), "");
}

TEST(ErrorCode, OfAMessageIsTheSameEverywhereAndAnotherOfAnother) {
  EXPECT_EQ(code_of({}, "x is undefined"), code_of("", "x is undefined", "TypeError"));
  std::set<std::string> hashes;
  for (int i = 0; i < 10'000; ++i) hashes.insert(code_of({}, "failed for order " + std::to_string(i)));
  EXPECT_GE(hashes.size(), 9'998u) << "of 2^32";
  EXPECT_EQ(code_of({}, "results did not render"), "#7fbb9fdd") << "also of another node and version";
}

TEST(ErrorCode, ThatCannotBeShownIsAHashToo) {
  EXPECT_EQ(code_of(std::string(kTopTextBytesMax, 'c')), std::string(kTopTextBytesMax, 'c'));
  for (const std::string& hostile :
       {std::string(kTopTextBytesMax + 1, 'c'), std::string("a\nb"), std::string("a\0b", 3), std::string("\x1b[2J"),
        std::string("\xc3\xa9"), std::string("__other__"), std::string("#0badc0de")}) {
    EXPECT_TRUE(is_hash(code_of(hostile))) << hostile;
    EXPECT_NE(code_of(hostile), hostile);
    EXPECT_TRUE(is_hash(code_of({}, {}, hostile)));
  }
  EXPECT_EQ(code_of("<script>alert(1)</script>"), "<script>alert(1)</script>")
      << "text, for whoever shows it to escape";
}

TEST(ErrorCode, IsAlwaysATextThatTheTableTakes) {
  for (int c = 0; c < 256; ++c) {
    const std::string odd(1, static_cast<char>(c));
    for (const std::string& code : {code_of(odd), code_of({}, odd), code_of({}, {}, odd)}) {
      EXPECT_TRUE(is_top_text(code)) << c;
    }
  }
}

}  // namespace
}  // namespace bellrock::journey
