#include "control/plane/notifier.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/in_the_end.h"
#include "tests/unit/control/plane/receiver.h"

namespace bellrock::plane {
namespace {

constexpr std::int64_t kBegin = 1'764'126'000;

WatchState state(bool fires) {
  Watched one{"checkout", "success", kBegin, {}, {}, {}, {}};
  one.alerts[0] = {fires, kBegin, kBegin, 0};
  return {one};
}

WatchNews incident(bool paged, bool closed) {
  KeptIncident kept{1, "checkout/success/1", "checkout", "success", {}};
  kept.incident.onset = kBegin - 300;
  kept.incident.detected = kBegin;
  kept.known = kBegin;
  if (paged) kept.incident.paged = kept.known = kBegin + 60;
  if (closed) kept.incident.recovered = kBegin + 600, kept.incident.closed = kept.known = kBegin + 900;
  return {{kept}};
}

TEST(AlertMessages, AreWhatAlertmanagersApiTakes) {
  Notice notice{"checkout", "success", slo::Severity::kPage, kBegin};
  Json body = alertmanager_body({&notice, 1}, kBegin + 60, 300, "http://centre");
  ASSERT_EQ(body.size(), 1u);
  EXPECT_EQ(body[0]["labels"]["severity"], "page");
  EXPECT_EQ(body[0]["startsAt"], "2025-11-26T03:00:00Z");
  EXPECT_EQ(body[0]["endsAt"], "2025-11-26T03:06:00Z");
  notice.resolved = kBegin + 30;
  body = alertmanager_body({&notice, 1}, kBegin + 60, 300, "");
  EXPECT_EQ(body[0]["endsAt"], "2025-11-26T03:00:30Z");
}

TEST(AlertMessages, ASignatureIsTheHmacOfTimeAndBody) {
  // printf '%s' '1764126000.{"a":1}' | openssl dgst -sha256 -hmac secret
  EXPECT_EQ(signature("secret", kBegin, R"({"a":1})"),
            "t=1764126000,v1=f9af2e357db319f1ac64679c17a818b8d029565ff6f8cc110f6fa9650bb7330f");
}

// A receiver that did not take its first message, and an outbox in which that waits for a minute.
TEST(Notifier, WhoIsNoLongerToBeToldGetsNothingThatWaited) {
  Refused first(503);
  auto& [receiver, outbox] = first;
  const Notifier notifier({}, outbox, [] { return kBegin * 1'000; });
  EXPECT_EQ(outbox.counts().dropped, 1u);
}

TEST(Notifier, AWebhookIsToldTheNumberOfTheIncidentOrThatItHasNoneYet) {
  Receiver receiver;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.webhooks = {{receiver.url(), ""}};
  Notifier notifier(targets, outbox, [] { return kBegin * 1'000; });
  auto news = incident(false, false);
  notifier.update({}, news, NodesHeard{});
  news.incidents[0].key += "0";
  news.incidents[0].id = 0;
  notifier.update({}, news, NodesHeard{});
  const auto bodies = receiver.wait_for(2);
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0]["incident"]["id"], 1);
  EXPECT_EQ(bodies[1]["incident"]["id"], nullptr);
}

TEST(Notifier, FiresAgainEveryMinuteAndOnceMoreWhenItIsOver) {
  Receiver receiver;
  Outbox outbox(fast());
  std::int64_t now = kBegin;
  AlertTargets targets;
  targets.alertmanagers = {receiver.url()};
  Notifier notifier(targets, outbox, [&] { return now * 1'000; });
  notifier.update(state(false), {}, NodesHeard{});
  notifier.update(state(true), {}, NodesHeard{});
  now += 10;
  notifier.update(state(true), {}, NodesHeard{});  // nothing new
  now += 60;
  notifier.update(state(true), {}, NodesHeard{});
  now += 10;
  notifier.update(state(false), {}, NodesHeard{});
  notifier.update(state(false), {}, NodesHeard{});
  const auto bodies = receiver.wait_for(3);
  ASSERT_EQ(bodies.size(), 3u);
  EXPECT_EQ(bodies[0][0]["endsAt"], rfc3339(kBegin + kAliveSeconds));
  EXPECT_EQ(bodies[1][0]["startsAt"], rfc3339(kBegin));
  EXPECT_EQ(bodies[2][0]["endsAt"], rfc3339(kBegin + 80));
}

NodesHeard nodes(std::size_t heard, std::size_t silent) { return {heard, silent, 0, kBegin - 60, "edge-7"}; }

TEST(Notifier, ABudgetAlertHasTheSameLabelsWhetherOrNotNodesAreHeardOf) {
  Receiver receiver;
  Outbox outbox(fast());
  std::int64_t now = kBegin;
  AlertTargets targets;
  targets.alertmanagers = {receiver.url()};
  Notifier notifier(targets, outbox, [&] { return now * 1'000; });
  notifier.update(state(true), {}, nodes(3, 0));
  now += 10;
  notifier.update(state(true), {}, nodes(2, 1));
  now += 10;
  notifier.update(state(true), {}, nodes(3, 0));
  const auto bodies = receiver.wait_for(3);
  ASSERT_EQ(bodies.size(), 3u);
  for (const auto& body : bodies) {
    EXPECT_EQ(body[0]["labels"], (Json{{"alertname", "BellrockBudgetBurn"},
                                       {"severity", "page"},
                                       {"journey", "checkout"},
                                       {"objective", "success"}}));
  }
}

TEST(Notifier, NodesThatAreNotHeardOfAreAnAlertOfTheirOwn) {
  Receiver receiver;
  Outbox outbox(fast());
  std::int64_t now = kBegin;
  AlertTargets targets;
  targets.alertmanagers = {receiver.url()};
  Notifier notifier(targets, outbox, [&] { return now * 1'000; });
  notifier.update(state(false), {}, nodes(3, 1));
  now += 10;
  notifier.update(state(false), {}, std::nullopt);  // nothing can be said: what was told stays
  NodesHeard other = nodes(3, 1);
  other.silent_since = kBegin + 5;  // the first is back, another is not: still the same alert
  notifier.update(state(false), {}, other);
  now += 10;
  notifier.update(state(false), {}, nodes(1, 3));
  now += 10;
  notifier.update(state(false), {}, nodes(4, 0));
  const auto bodies = receiver.wait_for(3);
  ASSERT_EQ(bodies.size(), 3u);
  EXPECT_EQ(bodies[0][0]["labels"], (Json{{"alertname", "BellrockCollectorSuspect"}, {"severity", "ticket"}}));
  EXPECT_EQ(bodies[0][0]["startsAt"], rfc3339(kBegin - 60));
  EXPECT_EQ(bodies[0][0]["annotations"]["summary"],
            "What fires may be the collector's own doing: 1 of 4 nodes are not heard of, since 2025-11-26T02:59:00Z "
            "first edge-7");
  EXPECT_EQ(bodies[1][0]["labels"]["severity"], "page");  // more are silent than heard of
  EXPECT_EQ(bodies[1][1]["labels"]["severity"], "ticket");
  EXPECT_EQ(bodies[1][1]["endsAt"], rfc3339(kBegin + 20));
  EXPECT_EQ(bodies[2][0]["endsAt"], rfc3339(kBegin + 30));
}

NodesHeard awaited(std::size_t heard, std::size_t n) { return {heard, 0, 0, kBegin - 60, "edge-7", n}; }

TEST(Notifier, AStartTellsOfNoNodesForWhichItStillWaits) {
  Receiver receiver;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.alertmanagers = {receiver.url()};
  Notifier notifier(targets, outbox, [] { return kBegin * 1'000; });
  notifier.update(state(false), {}, awaited(0, 3));
  EXPECT_FALSE(notifier.take_suspect());
  notifier.update(state(true), {}, nodes(3, 0));
  const auto bodies = receiver.wait_for(1);
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_EQ(bodies[0].size(), 1u);
  EXPECT_EQ(bodies[0][0]["labels"]["alertname"], "BellrockBudgetBurn");
}

TEST(Notifier, WhatWasToldOfNodesBeforeAStartGoesOnUntilTheyAreHeardOf) {
  Receiver receiver;
  Outbox outbox(fast());
  std::int64_t now = kBegin;
  AlertTargets targets;
  targets.alertmanagers = {receiver.url()};
  const auto clock = [&] { return now * 1'000; };
  std::optional<store::JournalEntry> kept;
  {
    Notifier before(targets, outbox, clock);
    before.update(state(false), {}, nodes(3, 1));
    kept = before.take_suspect();
    EXPECT_FALSE(before.take_suspect());
  }
  ASSERT_TRUE(kept);
  ASSERT_EQ(receiver.wait_for(1).size(), 1u);
  now += 200;
  Notifier notifier(targets, outbox, clock);
  notifier.remember({&*kept, 1});
  notifier.update(state(false), {}, awaited(1, 3));  // the same ticket, neither over nor a page
  now += 70;
  notifier.update(state(false), {}, nodes(4, 0));
  const auto bodies = receiver.wait_for(3);
  ASSERT_EQ(bodies.size(), 3u);
  EXPECT_EQ(bodies[1].size(), 1u);
  EXPECT_EQ(bodies[1][0]["labels"], bodies[0][0]["labels"]);
  EXPECT_EQ(bodies[1][0]["startsAt"], bodies[0][0]["startsAt"]);
  EXPECT_EQ(bodies[1][0]["annotations"], bodies[0][0]["annotations"]);
  EXPECT_EQ(bodies[1][0]["endsAt"], rfc3339(kBegin + 200 + kAliveSeconds));
  EXPECT_EQ(bodies[2][0]["endsAt"], rfc3339(kBegin + 270));
  kept = notifier.take_suspect();
  ASSERT_TRUE(kept);
  EXPECT_FALSE(suspect_of(*kept, now, kAliveSeconds));  // it is over
}

TEST(AlertMessages, WhatAnAlertmanagerHasForgottenOfNodesIsNotToldOnAfterAStart) {
  const Notice page{"", "", slo::Severity::kPage, kBegin - 60, 0, "4 of 4 nodes are not heard of"};
  auto entry = suspect_entry(page, kBegin);
  const auto known = suspect_of(entry, kBegin + kAliveSeconds - 1, kAliveSeconds);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->severity, slo::Severity::kPage);
  EXPECT_EQ(known->since, kBegin - 60);
  EXPECT_EQ(known->says, page.says);
  EXPECT_FALSE(suspect_of(entry, kBegin + kAliveSeconds, kAliveSeconds));
  for (const char* const other : {"", "[]", "{}", R"({"told_unix_s":0,"alert":{"severity":1}})"}) {
    entry.body = other;
    EXPECT_FALSE(suspect_of(entry, kBegin, kAliveSeconds)) << other;
  }
}

TEST(Notifier, WebhooksHearEachChangeOfAnIncidentOnce) {
  Receiver receiver;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.webhooks = {{receiver.url() + "/hook", "secret"}};
  Notifier notifier(targets, outbox, [] { return (kBegin + 900) * 1'000; });
  for (const bool paged : {false, false, true, true})
    notifier.update(state(true), incident(paged, false), NodesHeard{});
  for (int i = 0; i < 2; ++i) notifier.update(state(false), incident(true, true), NodesHeard{});
  const auto bodies = receiver.wait_for(3);
  ASSERT_EQ(bodies.size(), 3u);
  EXPECT_EQ(bodies[0]["event"], "incident.opened");
  EXPECT_EQ(bodies[1]["event"], "incident.paged");
  EXPECT_EQ(bodies[2]["event"], "incident.closed");
  EXPECT_EQ(bodies[2]["delivery"], "checkout/success/1/closed");
  EXPECT_EQ(bodies[2]["incident"]["seconds_to_recover"], 900);
}

TEST(Notifier, AWebhookThatIsNamedTwiceIsToldTwiceAndThatIsAll) {
  Receiver receiver;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.webhooks = {{receiver.url(), "old"}, {receiver.url(), "new"}};
  Notifier notifier(targets, outbox, [] { return kBegin * 1'000; });
  notifier.update(state(true), incident(false, false), NodesHeard{});
  ASSERT_TRUE(in_the_end([&] { return outbox.counts().sent == 2; }));
  const auto taken = notifier.update(state(true), incident(false, false), NodesHeard{});
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_TRUE(taken[0].told.has(Turn::kOpened));
  EXPECT_EQ(receiver.wait_for(2).size(), 2u);
}

TEST(Notifier, AnIncidentThatBeginsWithAPageIsOpenedToo) {
  Receiver receiver;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.webhooks = {{receiver.url() + "/hook", ""}};
  Notifier notifier(targets, outbox, [] { return (kBegin + 60) * 1'000; });
  for (int i = 0; i < 2; ++i) notifier.update(state(true), incident(true, false), NodesHeard{});
  notifier.update(state(false), incident(true, true), NodesHeard{});
  const auto bodies = receiver.wait_for(3);
  ASSERT_EQ(bodies.size(), 3u);
  EXPECT_EQ(bodies[0]["event"], "incident.opened");
  EXPECT_EQ(bodies[0]["delivery"], "checkout/success/1/opened");
  EXPECT_EQ(bodies[1]["event"], "incident.paged");
  EXPECT_EQ(bodies[2]["event"], "incident.closed");
}

TEST(Notifier, AStartDoesNotTellOfWhatIsLongOver) {
  Receiver receiver;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.webhooks = {{receiver.url(), ""}};
  std::int64_t now = kBegin + 90'000;
  Notifier notifier(targets, outbox, [&] { return now * 1'000; });
  notifier.update(state(false), incident(true, true), NodesHeard{});
  now = kBegin + 900;
  WatchNews other = incident(true, true);
  other.incidents[0].key = "checkout/success/2";
  other.incidents[0].incident.detected -= 86'400;  // it began long ago, and has just ended
  other.incidents[0].incident.paged -= 86'400;
  notifier.update(state(false), other, NodesHeard{});
  const auto bodies = receiver.wait_for(1);
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_EQ(bodies[0]["delivery"], "checkout/success/2/closed");
}

// What a webhook is told of incidents, one after the other, all at once in the end.
std::vector<Json> told(std::int64_t now, const std::vector<KeptIncident>& incidents, std::size_t n) {
  Receiver receiver;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.webhooks = {{receiver.url(), ""}};
  Notifier notifier(targets, outbox, [&] { return now * 1'000; });
  for (const auto& one : incidents) notifier.update(state(false), {{one}}, NodesHeard{});
  receiver.wait_for(n);
  outbox.stop();
  return receiver.wait_for(n);
}

TEST(Notifier, OfIncidentsThatWereOverAllAtOnceTheNewestAreToldAndTheRestCounted) {
  Receiver receiver;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.webhooks = {{receiver.url(), ""}};
  std::int64_t now = kBegin + 90'000;
  Notifier notifier(targets, outbox, [&] { return now * 1'000; });
  WatchNews news;
  for (int i = 0; i < 300; ++i) {  // one each ten minutes, half of them more than a day ago
    KeptIncident one = incident(true, true).incidents[0];
    for (auto* at : {&one.incident.onset, &one.incident.detected, &one.incident.paged, &one.incident.recovered,
                     &one.incident.closed}) {
      *at += 86'400 - 600 * i;
    }
    one.key = "checkout/success/" + std::to_string(i);
    one.known = 0;
    news.incidents.push_back(one);
  }
  const auto kept = notifier.update(state(false), news, NodesHeard{});
  ASSERT_EQ(kept.size(), 300u);
  ASSERT_TRUE(in_the_end([&] { return outbox.counts().sent >= 60; }));
  const auto taken = notifier.update(state(false), {}, NodesHeard{});
  EXPECT_LE(taken.size(), kPastToldMax);  // whom messages went out about; the others wait for nobody
  std::map<std::string, Turns> told;      // as it is written down in the end
  for (const auto* const some : {&kept, &taken}) {
    for (const auto& one : *some) told[one.key] = incident_of(to_entry(one))->told;
  }
  for (const auto& one : kept) EXPECT_EQ(told[one.key], turns_taken(one.incident)) << one.key;
  EXPECT_GT(notifier.passed_over(), 100u);
  EXPECT_LT(notifier.passed_over(), 150u);
  notifier.update(state(false), {kept}, NodesHeard{});  // again after a replay
  news.incidents.resize(1);
  news.incidents[0].key = "checkout/success/other";
  notifier.update(state(false), news, NodesHeard{});  // the hour is not over
  now += 3'600;
  news.incidents[0].key = "checkout/success/next";
  notifier.update(state(false), news, NodesHeard{});
  const auto bodies = receiver.wait_for(63);
  ASSERT_EQ(bodies.size(), 63u);
  EXPECT_EQ(bodies[0]["delivery"], "checkout/success/19/opened");
  EXPECT_EQ(bodies[59]["delivery"], "checkout/success/0/closed");
  EXPECT_EQ(bodies[62]["delivery"], "checkout/success/next/closed");
}

TEST(Notifier, AnIncidentThatLateCountsFoundIsToldAlsoWhenItIsOver) {
  KeptIncident going = incident(true, false).incidents[0], over = incident(true, true).incidents[0];
  over.key = "checkout/success/2";
  over.known = 0;
  const std::int64_t now = kBegin + 40'000;
  going.known = now - 30;
  const auto bodies = told(now, {over, going}, 5);
  ASSERT_EQ(bodies.size(), 5u);
  EXPECT_EQ(bodies[0]["delivery"], "checkout/success/2/opened");
  EXPECT_EQ(bodies[1]["delivery"], "checkout/success/2/paged");
  EXPECT_EQ(bodies[2]["delivery"], "checkout/success/2/closed");
  EXPECT_TRUE(bodies[2]["incident"]["known_unix_s"].is_null());
  EXPECT_EQ(bodies[3]["delivery"], "checkout/success/1/opened");
  EXPECT_EQ(bodies[4]["delivery"], "checkout/success/1/paged");
  EXPECT_EQ(bodies[4]["incident"]["known_unix_s"], now - 30);
}

TEST(Notifier, AnIncidentThatIsWithdrawnIsClosedAndOneThatGoesOnAfterAllIsOpenedAgain) {
  KeptIncident open = incident(true, false).incidents[0], gone = incident(true, true).incidents[0], again = open;
  gone.withdrawn = true;
  again.again = 1;
  const auto bodies = told(kBegin + 900, {open, gone, again, again}, 5);
  ASSERT_EQ(bodies.size(), 5u);
  EXPECT_EQ(bodies[2]["event"], "incident.closed");
  EXPECT_TRUE(bodies[2]["incident"]["withdrawn"].get<bool>());
  EXPECT_EQ(bodies[3]["delivery"], "checkout/success/1/opened/2");
  EXPECT_EQ(bodies[4]["delivery"], "checkout/success/1/paged/2");
}

}  // namespace
}  // namespace bellrock::plane
