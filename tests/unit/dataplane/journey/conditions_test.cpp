#include "dataplane/journey/conditions.h"

#include <gtest/gtest.h>

#include <random>

namespace bellrock::journey {
namespace {

Literal text(std::string value) { return {ValueType::kString, std::move(value), 0}; }
Literal number(double value) { return {ValueType::kNumber, "", value}; }
Literal boolean(bool value) { return {ValueType::kBool, "", value ? 1.0 : 0.0}; }

bool query(std::string_view query, Compare op, std::vector<Literal> values = {}) {
  return query_holds({{"q", op, std::move(values)}}, query);
}

TEST(QueryConditions, PresentIncludesTheEmptyValueAndTheBareName) {
  EXPECT_TRUE(query("q=", Compare::kPresent));
  EXPECT_TRUE(query("q", Compare::kPresent));
  EXPECT_TRUE(query("a=1&q=x", Compare::kPresent));
  EXPECT_TRUE(query("%71=x", Compare::kPresent));
  EXPECT_FALSE(query("", Compare::kPresent));
  EXPECT_FALSE(query("Q=1&qq=2&a=q", Compare::kPresent));
}

TEST(QueryConditions, ValuesAreComparedDecoded) {
  EXPECT_TRUE(query("q=red+shoes", Compare::kEq, {text("red shoes")}));
  EXPECT_TRUE(query("q=red%20shoes", Compare::kEq, {text("red shoes")}));
  EXPECT_TRUE(query("q=%C3%A9", Compare::kEq, {text("\u00e9")}));
  EXPECT_TRUE(query("q=100%", Compare::kEq, {text("100%")}));
  EXPECT_TRUE(query("q=%zz", Compare::kEq, {text("%zz")}));
  EXPECT_TRUE(query("q=a=b", Compare::kEq, {text("a=b")}));
  EXPECT_FALSE(query("q=red", Compare::kEq, {text("red shoes")}));
  EXPECT_FALSE(query("q=red+shoes", Compare::kEq, {text("red")}));
}

TEST(QueryConditions, TheFirstParameterOfANameCounts) {
  EXPECT_TRUE(query("q=1&q=2", Compare::kEq, {text("1")}));
  EXPECT_FALSE(query("q=1&q=2", Compare::kEq, {text("2")}));
}

TEST(QueryConditions, ANumberInAQueryIsReadAsOne) {
  EXPECT_TRUE(query("q=2", Compare::kGte, {number(2)}));
  EXPECT_TRUE(query("q=2.50", Compare::kEq, {number(2.5)}));
  EXPECT_FALSE(query("q=2x", Compare::kGte, {number(1)}));
  EXPECT_FALSE(query("q=", Compare::kGte, {number(0)}));
  EXPECT_FALSE(query("q=nan", Compare::kGte, {number(0)}));
  EXPECT_FALSE(query("q=" + std::string(65, '1'), Compare::kGt, {number(0)}));
}

TEST(QueryConditions, InIsAnyOfItsValuesAndNeNeedsAValue) {
  EXPECT_TRUE(query("q=b", Compare::kIn, {text("a"), text("b")}));
  EXPECT_FALSE(query("q=c", Compare::kIn, {text("a"), text("b")}));
  EXPECT_TRUE(query("q=c", Compare::kNe, {text("a")}));
  EXPECT_FALSE(query("q=a", Compare::kNe, {text("a")}));
  EXPECT_FALSE(query("x=a", Compare::kNe, {text("a")}));
}

// Decoding on the fly is decoding.
TEST(QueryConditions, DecodesToIsDecodingAndComparing) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 100'000; ++i) {
    std::string raw;
    for (std::size_t k = random() % 8; k > 0; --k) raw += "%2aA+x"[random() % 6];
    std::string decoded;
    for (std::size_t at = 0; at < raw.size(); ++at) {
      const bool escape =
          raw[at] == '%' && at + 2 < raw.size() && std::isxdigit(raw[at + 1]) != 0 && std::isxdigit(raw[at + 2]) != 0;
      if (escape) {
        decoded += static_cast<char>(std::stoi(raw.substr(at + 1, 2), nullptr, 16));
        at += 2;
      } else {
        decoded += raw[at] == '+' ? ' ' : raw[at];
      }
    }
    ASSERT_TRUE(decodes_to(raw, decoded)) << raw;
    ASSERT_FALSE(decodes_to(raw, decoded + "x")) << raw;
    if (!decoded.empty()) {
      ASSERT_FALSE(decodes_to(raw, decoded.substr(0, decoded.size() - 1))) << raw;
      decoded[random() % decoded.size()] ^= 1;
      ASSERT_FALSE(decodes_to(raw, decoded)) << raw;
    }
  }
}

class AttrConditions : public testing::Test {
 protected:
  AttrConditions() {
    beacon_.attrs[0] = {"n", Attr::Type::kNumber, {}, 5};
    beacon_.attrs[1] = {"s", Attr::Type::kString, "5", 0};
    beacon_.attrs[2] = {"b", Attr::Type::kBool, {}, 1};
    beacon_.attr_count = 3;
  }
  bool holds(const char* name, Compare op, std::vector<Literal> values = {}) const {
    return attrs_hold({{name, op, std::move(values)}}, beacon_);
  }
  Beacon beacon_;
};

TEST_F(AttrConditions, KeepTheTypeTheyWereSentWith) {
  EXPECT_TRUE(holds("n", Compare::kEq, {number(5)}));
  EXPECT_FALSE(holds("n", Compare::kEq, {text("5")}));
  EXPECT_TRUE(holds("s", Compare::kEq, {text("5")}));
  EXPECT_FALSE(holds("s", Compare::kEq, {number(5)}));
  EXPECT_FALSE(holds("s", Compare::kGte, {number(0)}));
  EXPECT_TRUE(holds("s", Compare::kNe, {number(5)}));
  EXPECT_TRUE(holds("b", Compare::kEq, {boolean(true)}));
  EXPECT_FALSE(holds("b", Compare::kEq, {boolean(false)}));
  EXPECT_FALSE(holds("b", Compare::kEq, {number(1)}));
  EXPECT_FALSE(holds("n", Compare::kEq, {boolean(true)}));
}

TEST_F(AttrConditions, EachOperatorHasItsOwnBound) {
  for (const double bound : {4.0, 5.0, 6.0}) {
    EXPECT_EQ(holds("n", Compare::kGt, {number(bound)}), 5 > bound);
    EXPECT_EQ(holds("n", Compare::kGte, {number(bound)}), 5 >= bound);
    EXPECT_EQ(holds("n", Compare::kLt, {number(bound)}), 5 < bound);
    EXPECT_EQ(holds("n", Compare::kLte, {number(bound)}), 5 <= bound);
    EXPECT_EQ(holds("n", Compare::kNe, {number(bound)}), 5 != bound);
  }
  EXPECT_TRUE(holds("n", Compare::kIn, {text("5"), number(5)}));
}

TEST_F(AttrConditions, WhatWasNotSentHoldsNothingAndAllMustHold) {
  EXPECT_FALSE(holds("x", Compare::kPresent));
  EXPECT_FALSE(holds("x", Compare::kNe, {number(1)}));
  EXPECT_TRUE(attrs_hold({}, beacon_));
  EXPECT_FALSE(attrs_hold({{"n", Compare::kPresent, {}}, {"x", Compare::kPresent, {}}}, beacon_));
}

}  // namespace
}  // namespace bellrock::journey
