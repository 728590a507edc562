#include "control/plane/kept_incidents.h"

#include <gtest/gtest.h>

namespace bellrock::plane {
namespace {

using slo::Incident;

constexpr std::int64_t kAt = 1'764'126'000;

Incident incident(std::int64_t detected, std::int64_t closed) {
  Incident one;
  one.onset = detected - 300;
  one.detected = one.paged = detected;
  if (closed != 0) one.recovered = closed - 60, one.closed = closed;
  return one;
}

std::vector<KeptIncident> reconcile(KeptIncidents& kept, const std::vector<Incident>& found, std::int64_t now) {
  return kept.reconcile(found, kAt - 86'400, now);
}

TEST(KeptIncidents, WhatIsNotFoundAgainIsWithdrawnAndHasItsEntryBackWhenItIsFoundAfterAll) {
  KeptIncidents kept("checkout", "success", 7);
  const auto first = reconcile(kept, {incident(kAt, 0)}, kAt + 60);
  ASSERT_EQ(first.size(), 1u);
  const auto gone = reconcile(kept, {}, kAt + 120);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_TRUE(gone[0].withdrawn);
  EXPECT_EQ(gone[0].key, first[0].key);
  EXPECT_EQ(gone[0].incident.closed, kAt + 120);
  EXPECT_EQ(gone[0].known, kAt + 120);
  EXPECT_TRUE(kept.incidents().empty());
  EXPECT_TRUE(reconcile(kept, {}, kAt + 180).empty());
  const auto back = reconcile(kept, {incident(kAt, 0)}, kAt + 240);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_FALSE(back[0].withdrawn);
  EXPECT_EQ(back[0].key, first[0].key);
  EXPECT_EQ(back[0].again, 1);
  EXPECT_EQ(kept.incidents().size(), 1u);
}

TEST(KeptIncidents, OneThatMovedKeepsItsNameAndSaysWhenItTookAnotherTurn) {
  KeptIncidents kept("checkout", "success", 7);
  const std::string key = reconcile(kept, {incident(kAt, 0)}, kAt)[0].key;
  auto news = reconcile(kept, {incident(kAt - 600, 0)}, kAt + 60);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].key, key);
  EXPECT_EQ(news[0].known, kAt);  // it is open, as it was
  news = reconcile(kept, {incident(kAt - 600, kAt + 600)}, kAt + 660);
  EXPECT_EQ(news.at(0).known, kAt + 660);
  news = reconcile(kept, {incident(kAt - 600, 0)}, kAt + 720);  // it had not been over
  EXPECT_EQ(news.at(0).key, key);
  EXPECT_EQ(news.at(0).known, kAt + 720);
  EXPECT_EQ(news.at(0).again, 1);
}

TEST(KeptIncidents, WhatWasOverWhenItWasFoundWasKnownAtNoTime) {
  KeptIncidents kept("checkout", "success", 7);
  const auto news = reconcile(kept, {incident(kAt, kAt + 600)}, kAt + 7'200);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].known, 0);
}

TEST(KeptIncidents, AnotherPolicyWithdrawsNothingAndLeavesNothingOpen) {
  KeptIncidents before("checkout", "success", 7);
  auto entries = reconcile(before, {incident(kAt, kAt + 600), incident(kAt + 1'200, 0)}, kAt + 1'260);
  ASSERT_EQ(entries.size(), 2u);
  KeptIncidents after("checkout", "success", 8);
  after.remember(entries);
  const auto news = reconcile(after, {}, kAt + 1'320);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].key, entries[1].key);
  EXPECT_FALSE(news[0].incident.open());
  EXPECT_FALSE(news[0].withdrawn);
  EXPECT_TRUE(news[0].retired);
  EXPECT_EQ(news[0].incident.recovered, 0);
}

TEST(KeptIncidents, AreTheSameAfterTheyWereWrittenDown) {
  KeptIncidents kept("checkout", "success", 0xfedc'ba98'7654'3210);
  reconcile(kept, {incident(kAt, 0)}, kAt);
  reconcile(kept, {}, kAt + 60);
  KeptIncident one = reconcile(kept, {incident(kAt, 0)}, kAt + 120).at(0);
  one.incident.events = {10, 20, 30, 0};
  const auto read = incident_of(to_entry(one));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->incident, one.incident);
  EXPECT_EQ(read->known, one.known);
  EXPECT_EQ(read->withdrawn, one.withdrawn);
  EXPECT_TRUE(incident_of(to_entry(KeptIncidents::retire(one, kAt + 600)))->retired);
  EXPECT_EQ(read->rules, one.rules);
  EXPECT_EQ(read->again, 1);
}

}  // namespace
}  // namespace bellrock::plane
