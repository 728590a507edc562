#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "dataplane/beacon/draft.h"
#include "dataplane/beacon/fields.h"
#include "dataplane/beacon/json_scalars.h"

namespace bellrock::beacon {
namespace {

// The value if all of `text` is a number.
bool parse(const std::string& text, double& value) {
  return parse_number(text.data(), text.data() + text.size(), value) == text.data() + text.size();
}

TEST(JsonNumber, HasTheGrammarOfRfc8259) {
  double value = 0;
  for (const char* good :
       {"0", "-0", "1", "10", "0.0", "0.10", "1e5", "1E5", "1e+5", "1e-5", "1e05", "-1.5e-0", "812", "812.0",
        "8.12e+02", "1e-400", "0e999", "18446744073709551616", "0.00000000000000000000001"}) {
    EXPECT_TRUE(parse(good, value)) << good;
    EXPECT_EQ(value, std::strtod(good, nullptr)) << good;
  }
  for (const char* bad :
       {"",     "-",     "+1",  "01",       "-01",       ".5",    "5.",     "1.e5",  "1e",  "1e+", "e5",
        "0x10", "1_000", "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1.5.5", "1-1", " 1",  "1 "}) {
    EXPECT_FALSE(parse(bad, value)) << bad;
  }
  EXPECT_FALSE(parse(std::string(400, '9'), value));
  EXPECT_FALSE(parse(std::string(400, '9') + ".5", value));
  EXPECT_TRUE(parse("0." + std::string(400, '0') + "1", value));
  EXPECT_EQ(value, 0);
  EXPECT_FALSE(parse(std::string(400, '9') + "e-50", value));
  EXPECT_FALSE(parse("-0." + std::string(400, '0') + "1e+900", value));
  EXPECT_TRUE(parse("0." + std::string(400, '0') + "1e+50", value));
  EXPECT_EQ(value, 0);
  EXPECT_TRUE(parse("1" + std::string(400, '0') + "e-400", value));
  EXPECT_EQ(value, 1);
  EXPECT_TRUE(parse("0e99999999999999999999", value));
  EXPECT_FALSE(parse("1e99999999999999999999", value));
  EXPECT_TRUE(parse("1e-99999999999999999999", value));
}

// Where more text follows, as in an object, there is a short way for the most frequent numbers.
TEST(JsonNumber, IsTheSameWhateverFollows) {
  std::mt19937_64 random(4);
  constexpr std::string_view kPieces = "00123456789.-+eE,}x";
  for (int i = 0; i < 300'000; ++i) {
    std::string text;
    for (std::size_t left = 1 + random() % 24; left > 0; --left) {
      text += random() % 3 == 0 ? kPieces[random() % kPieces.size()] : static_cast<char>('0' + random() % 10);
    }
    const std::size_t behind = random() % 4 == 0 ? random() % 20 : 40;  // with 40 bytes there is the short way
    const std::string followed = text + std::string(behind, random() % 2 == 0 ? ',' : '}');
    const char* const begin = followed.data();
    const char* const limit = begin + followed.size();
    double value = 0, any = 0;
    const char* const end = parse_number(begin, limit, value);
    ASSERT_EQ(end, parse_any_number(begin, limit, any)) << followed;
    if (end == nullptr) continue;
    ASSERT_EQ(value, any) << followed;
  }
}

// Words have eight digits, and the short way takes fifteen.
TEST(JsonNumber, IsTheSameWhereverItsDigitsEnd) {
  constexpr std::string_view kDigits = "1234567890123456789";
  const std::string rest(40, ',');
  for (std::size_t whole = 0; whole <= kDigits.size(); ++whole) {
    for (std::size_t fraction = 0; fraction <= kDigits.size(); ++fraction) {
      for (const char* const end : {"", ".", "e3", "x", "0"}) {
        std::string text(kDigits.substr(0, whole));
        if (fraction != 0) (text += '.') += kDigits.substr(0, fraction);
        text += end + rest;
        double value = 0, any = 0;
        const char* const limit = text.data() + text.size();
        const char* const stop = parse_number(text.data(), limit, value);
        ASSERT_EQ(stop, parse_any_number(text.data(), limit, any)) << text;
        if (stop == nullptr) continue;
        ASSERT_EQ(value, any) << text;
      }
    }
  }
}

TEST(JsonNumber, IsTheNearestDouble) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    std::string text = random() % 4 == 0 ? "-" : "";
    const std::size_t whole = 1 + random() % (random() % 8 == 0 ? 30 : 9);
    text += static_cast<char>('1' + random() % 9);
    while (text.size() < whole) text += static_cast<char>('0' + random() % 10);
    if (random() % 2 == 0) {
      text += '.';
      for (std::size_t digits = 1 + random() % 20; digits > 0; --digits) text += static_cast<char>('0' + random() % 10);
    }
    if (random() % 4 == 0) text += "e" + std::to_string(static_cast<int>(random() % 600) - 300);
    double value = 0;
    const double expected = std::strtod(text.c_str(), nullptr);
    ASSERT_EQ(parse(text, value), std::isfinite(expected)) << text;
    if (std::isfinite(expected)) {
      ASSERT_EQ(value, expected) << text;
    }
  }
}

std::string unescaped_text(const std::string& text, bool& good) {
  std::string out(text.size() + 1, '#');
  const char* end = unescape(text, out.data());
  good = end != nullptr;
  return good ? out.substr(0, static_cast<std::size_t>(end - out.data())) : "";
}

TEST(JsonEscapes, AreUndone) {
  bool good = false;
  const std::pair<std::string, std::string> cases[] = {
      {"", ""},
      {"plain", "plain"},
      {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
      {R"(a\u0041b)", "aAb"},
      {R"(\u00e9\u20AC\ud83d\uDE00)", "é€😀"},
      {R"(\u0000)", std::string(1, '\0')},
      {R"(\ud83d)", "\ufffd"},
      {R"(\ude00)", "\ufffd"},
      {R"(\ud83dx)", "\ufffdx"},
      {R"(\ud83d\n)", "\ufffd\n"},
      {R"(\ud83d\u0041)", "\ufffdA"},
      {R"(\ud83d\ud83d\ude00)", "\ufffd😀"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(unescaped_text(text, good), expected) << text;
    EXPECT_TRUE(good) << text;
  }
  for (const char* bad : {"\\", "\\q", "\\u", "\\u12", "\\u123g", "\\ud83d\\u12", "\\x41", "\\U0041", "\\ud83d\\"}) {
    unescaped_text(bad, good);
    EXPECT_FALSE(good) << bad;
  }
}

TEST(FieldNames, AreFoundAndNothingElse) {
  for (std::size_t i = 0; i < kFields; ++i) {
    std::string name(kFieldNames[i]);
    const auto field = [](std::string text) {
      const std::size_t bytes = text.size();
      text.append(16, 'c');  // what stands behind a key must not matter
      return field_of(text.data(), bytes);
    };
    EXPECT_EQ(field(name), static_cast<Field>(i)) << name;
    for (std::size_t at = 0; at < name.size(); ++at) {
      std::string near = name;
      near[at] = static_cast<char>(near[at] ^ 0x20);
      EXPECT_EQ(field(near), Field::kUnknown) << near;
    }
    EXPECT_EQ(field(name + "#"), Field::kUnknown);
    EXPECT_EQ(field(name + std::string(1, '\0')), Field::kUnknown);
    EXPECT_EQ(field(name + std::string(300, 'x')), Field::kUnknown);
  }
  EXPECT_EQ(field_of("\0\0\0\0\0\0\0\0", 0), Field::kUnknown);
}

TEST(Page, IsCutToItsPath) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"/cart", "/cart"},
      {"/cart?x=1#top", "/cart"},
      {"/cart#top?x", "/cart"},
      {"https://shop.example/cart?x=1", "/cart"},
      {"https://shop.example:8443/a/b#c", "/a/b"},
      {"http://shop.example", "/"},
      {"http://shop.example?x=/y", "/"},
      {"http://shop.example#/route", "/"},
      {"app://local/index.html", "/index.html"},
      {"/login?to=https://evil.example/x", "/login"},
      {"/a://b/c", "/a://b/c"},
      {"cart", "cart"},
      {"", "/"},
      {"?x", "/"},
      {"//cart", "//cart"},
  };
  for (const auto& [page, path] : cases) EXPECT_EQ(path_of(page), path) << page;
}

}  // namespace
}  // namespace bellrock::beacon
