// Rules for what browsers say of themselves, against the same rules read slowly; what was read before is the same when
// it comes again, whatever came in between.
#include "dataplane/journey/visitor_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/dataplane/journey/slow_visitor_rules.h"

namespace bellrock::journey {
namespace {

using Texts = VisitorReader::Texts;

VisitorRule rule(VisitorAspect aspect, std::uint8_t value, std::string text, bool at_start = false,
                 std::vector<std::string> lacks = {}, VisitorField field = VisitorField::kAgent) {
  return {aspect, field, at_start, value, std::move(text), std::move(lacks)};
}

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return random_() % n; }
  // Few letters, so that tokens overlap, begin each other and occur.
  std::string text(std::size_t most) {
    std::string made;
    for (std::size_t left = below(most + 1); left > 0; --left) made += "abABc/"[below(6)];
    return made;
  }
  std::string token() {
    std::string made = text(4);
    return made.empty() ? "b" : made;
  }
  VisitorRules rules() {
    VisitorRules made;
    made.browsers = {"one", "two", "three"};
    for (std::size_t left = 1 + below(40); left > 0; --left) {
      VisitorRule one = rule(static_cast<VisitorAspect>(below(3)), static_cast<std::uint8_t>(1 + below(3)), text(4),
                             below(3) == 0, {}, static_cast<VisitorField>(below(4)));
      for (std::size_t lacking = below(3); lacking > 0; --lacking) one.lacks.push_back(token());
      made.rules.push_back(one);
    }
    return made;
  }

 private:
  std::mt19937 random_;
};

TEST(VisitorReaders, AgreeWithTheRulesReadSlowlyOnAnyTextAndAnyRules) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Maker maker(seed);
    const VisitorRules rules = maker.rules();
    VisitorReader reader(rules);
    for (int i = 0; i < 200; ++i) {
      const std::string fields[] = {maker.text(30), maker.text(10), maker.text(4), maker.text(4)};
      const Texts texts{fields[0], fields[1], fields[2], fields[3]};
      const VisitorSigns slow = slow_signs(rules, texts);
      ASSERT_EQ(reader.evaluate(texts), slow) << "seed " << seed << ": " << fields[0];
      ASSERT_EQ(reader.read(texts), slow) << "seed " << seed << ": " << fields[0];
      ASSERT_EQ(reader.read(texts), slow) << "seed " << seed << ": " << fields[0];
    }
  }
}

TEST(VisitorReaders, WhatIsKeptOfOneTextIsNotTakenForAnother) {
  VisitorRules rules;
  rules.rules = {rule(VisitorAspect::kClass, 2, "bot"), rule(VisitorAspect::kClass, 1, "")};
  VisitorReader reader(rules);
  // More than are kept, of one length, and the same bytes divided otherwise between the fields.
  for (int round = 0; round < 3; ++round) {
    for (int i = 1'000; i < 3'000; ++i) {
      const std::string agent = std::to_string(i) + (i % 3 == 0 ? "bot" : "cat");
      EXPECT_EQ(reader.read(Texts{agent, {}, {}, {}}).kind, i % 3 == 0 ? VisitorClass::kBot : VisitorClass::kHuman);
      EXPECT_EQ(reader.read(Texts{"x", agent, {}, {}}).kind, VisitorClass::kHuman);
      EXPECT_EQ(reader.read(Texts{std::string_view{}, agent, {}, {}}).kind, VisitorClass::kUnknown);
    }
  }
}

TEST(VisitorReaders, TheSameHeaderLinesAreReadOnceAndOthersInTheirPlaceAreReadAgain) {
  VisitorRules rules;
  rules.rules = {rule(VisitorAspect::kClass, 2, "bot"), rule(VisitorAspect::kClass, 1, "")};
  VisitorReader reader(rules);
  HeaderValues headers{};
  HttpRequest request;
  request.headers = &headers;
  const auto kind = [&](std::uint64_t header_block, std::string_view agent) {
    request.header_block = header_block;
    headers[static_cast<std::size_t>(Header::kUserAgent)] = agent;
    return reader.read(request).kind;
  };
  EXPECT_EQ(kind(7, "a bot"), VisitorClass::kBot);
  EXPECT_EQ(kind(7, "a bot"), VisitorClass::kBot);
  EXPECT_EQ(kind(7 + 256, "a cat"), VisitorClass::kHuman);
  EXPECT_EQ(kind(7, "a bot"), VisitorClass::kBot);
  EXPECT_EQ(kind(0, "a cat"), VisitorClass::kHuman);
  EXPECT_EQ(kind(0, "a bot"), VisitorClass::kBot);
}

TEST(VisitorReaders, OfALongTextItsBeginningCounts) {
  VisitorRules rules;
  rules.rules = {rule(VisitorAspect::kClass, 2, "bot"), rule(VisitorAspect::kClass, 1, "")};
  VisitorReader reader(rules);
  for (const std::size_t before : {kVisitorTextBytesMax - 3, kVisitorTextBytesMax - 2, std::size_t{30'000}}) {
    const std::string agent = std::string(before, 'x') + "bot";
    const bool seen = before + 3 <= kVisitorTextBytesMax;
    EXPECT_EQ(reader.read(Texts{agent, {}, {}, {}}).kind, seen ? VisitorClass::kBot : VisitorClass::kHuman);
  }
}

TEST(VisitorReaders, WithoutRulesEverybodyIsUnknown) {
  VisitorReader reader(VisitorRules{});
  EXPECT_EQ(reader.read(Texts{"Mozilla/5.0 bot", "\"Chromium\"", "?1", "\"Android\""}), VisitorSigns{});
  EXPECT_EQ(reader.read(Texts{}), VisitorSigns{});
}

class FilterReasons : public testing::Test {
 protected:
  FilterReasons() { request_.headers = &headers_; }
  void set(Header header, std::string_view value) { headers_[static_cast<std::size_t>(header)] = value; }
  [[nodiscard]] Filter filter(VisitorClass kind, bool synthetic, std::uint8_t filtered = kFiltersAll) const {
    VisitorRules rules;
    rules.filtered = filtered;
    return VisitorReader(rules).filter({.kind = kind}, request_, synthetic);
  }
  HeaderValues headers_{};
  HttpRequest request_;
};

TEST_F(FilterReasons, AMessageHasOneReasonAndOnlyOneThatIsConfigured) {
  EXPECT_EQ(filter(VisitorClass::kHuman, false), Filter::kNone);
  EXPECT_EQ(filter(VisitorClass::kUnknown, false), Filter::kNone);
  EXPECT_EQ(filter(VisitorClass::kBot, true), Filter::kBot);
  EXPECT_EQ(filter(VisitorClass::kSynthetic, false), Filter::kSynthetic);
  EXPECT_EQ(filter(VisitorClass::kHuman, true), Filter::kSynthetic);
  set(Header::kDnt, "1");
  EXPECT_EQ(filter(VisitorClass::kHuman, false), Filter::kOptedOut);
  EXPECT_EQ(filter(VisitorClass::kBot, false), Filter::kBot);
  EXPECT_EQ(filter(VisitorClass::kBot, false, filter_bit(Filter::kOptedOut)), Filter::kOptedOut);
  EXPECT_EQ(filter(VisitorClass::kBot, true, filter_bit(Filter::kSynthetic)), Filter::kSynthetic);
  EXPECT_EQ(filter(VisitorClass::kBot, true, 0), Filter::kNone);
  set(Header::kDnt, "0");
  EXPECT_EQ(filter(VisitorClass::kHuman, false), Filter::kNone);
  set(Header::kSecGpc, "1");
  EXPECT_EQ(filter(VisitorClass::kHuman, false), Filter::kOptedOut);
}

}  // namespace
}  // namespace bellrock::journey
