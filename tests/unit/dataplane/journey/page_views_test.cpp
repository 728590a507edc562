#include "dataplane/journey/page_views.h"

#include <gtest/gtest.h>

namespace bellrock::journey {
namespace {

using What = PageViews::What;

What put(PageViews& views, std::uint32_t page, std::uint32_t number) {
  const PageViews::Place place = views.place(page, number);
  if (place.what != What::kDuplicate && place.what != What::kTooOld) views.put(place, page, number);
  return place.what;
}

TEST(PageViewsTest, ANumberCountsOnceOnItsPageView) {
  PageViews views;
  EXPECT_EQ(put(views, 7, 3), What::kBegins);
  EXPECT_EQ(put(views, 7, 5), What::kNumber);
  EXPECT_EQ(put(views, 7, 4), What::kNumber);
  EXPECT_EQ(put(views, 7, 4), What::kDuplicate);
  EXPECT_EQ(put(views, 7, 3), What::kDuplicate);
  EXPECT_EQ(put(views, 7, 2), What::kNumber);
}

TEST(PageViewsTest, WhatIsMissingCanBeFilledWhileItIsKept) {
  PageViews views;
  put(views, 1, 10);
  put(views, 1, 12);
  EXPECT_TRUE(misses(views.latest[0], 11));
  EXPECT_FALSE(misses(views.latest[0], 12));
  EXPECT_FALSE(gives_up(views.latest[0], 42, 11));
  EXPECT_TRUE(gives_up(views.latest[0], 43, 11)) << "12 - 1 is then 32 below the highest";
  EXPECT_FALSE(gives_up(views.latest[0], 43, 12));
  EXPECT_TRUE(gives_up(views.latest[0], 100, 13)) << "13 was never there at all";
  put(views, 1, 11);
  EXPECT_FALSE(misses(views.latest[0], 11));
}

TEST(PageViewsTest, OfNumbersThatAreNoLongerKeptNothingIsSaid) {
  PageViews views;
  put(views, 1, 10);
  put(views, 1, 41);
  EXPECT_EQ(put(views, 1, 10), What::kDuplicate);
  put(views, 1, 42);
  EXPECT_EQ(put(views, 1, 10), What::kTooOld);
}

TEST(PageViewsTest, APageViewGoesOnWithHigherNumbersAndSharesThem) {
  PageViews views;
  put(views, 1, 5);
  EXPECT_EQ(put(views, 2, 7), What::kContinues);
  EXPECT_TRUE(misses(views.latest[0], 6));
  EXPECT_EQ(put(views, 1, 6), What::kNumber);
  EXPECT_FALSE(misses(views.latest[0], 6));
  EXPECT_FALSE(misses(views.latest[1], 6));
}

TEST(PageViewsTest, APageViewThatBeginsLowerHasNumbersOfItsOwn) {
  PageViews views;
  put(views, 1, 5);
  EXPECT_EQ(put(views, 2, 1), What::kBegins);
  EXPECT_FALSE(misses(views.latest[0], 1));
  EXPECT_EQ(put(views, 2, 3), What::kNumber);
  EXPECT_TRUE(misses(views.latest[0], 1));
  EXPECT_FALSE(misses(views.latest[1], 5)) << "the numbers of the one say nothing about the other's";
  EXPECT_EQ(put(views, 3, 0), What::kBegins);
  EXPECT_EQ(put(views, 1, 5), What::kContinues) << "two page views are known; a third pushed this one out";
}

TEST(PageViewsTest, AMarkIsFoundAgainAbove65535) {
  PageView view{1, 70'000, 1};
  EXPECT_EQ(marked_number(view, number_mark(69'998)), 69'998);
  EXPECT_EQ(marked_number(view, number_mark(70'001)), 70'001);
  EXPECT_EQ(marked_number(view, 0), 1);
}

}  // namespace
}  // namespace bellrock::journey
