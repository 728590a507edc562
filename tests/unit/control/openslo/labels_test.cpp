#include "control/openslo/labels.h"

#include <gtest/gtest.h>

namespace bellrock::openslo {
namespace {

TEST(Labels, ANameThatFitsStaysAsItIs) {
  Labels labels;
  EXPECT_EQ(labels.label("checkout-success"), "checkout-success");
  EXPECT_EQ(labels.label("checkout-success", "-1"), "checkout-success-1");
  EXPECT_EQ(labels.label("search_v2"), "search-v2");
}

TEST(Labels, TheSameNameTwiceIsNumbered) {
  Labels labels;
  EXPECT_EQ(labels.label("a_b"), "a-b");
  EXPECT_EQ(labels.label("a-b"), "a-b-2");
  EXPECT_EQ(labels.label("a-b"), "a-b-3");
  EXPECT_EQ(labels.label("a", "-b"), "a-2-b");
}

TEST(Labels, WhatIsTooLongIsCutBeforeItsSuffixAndNeverEndsWithAHyphen) {
  Labels labels;
  const std::string text(60, 'a');
  EXPECT_EQ(labels.label(text, "-condition"), std::string(53, 'a') + "-condition");
  EXPECT_EQ(labels.label(text, "-condition"), std::string(51, 'a') + "-2-condition");
  EXPECT_EQ(labels.label(std::string(62, 'b') + "-c"), std::string(62, 'b'));
}

}  // namespace
}  // namespace bellrock::openslo
