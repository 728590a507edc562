// What webhooks are told of incidents that late counts found, around a start of the centre.
#include <gtest/gtest.h>

#include <chrono>

#include "control/plane/notifier.h"
#include "tests/support/in_the_end.h"
#include "tests/unit/control/plane/receiver.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

// As the centre does each minute: what was told is written down with the incidents.
void look_and_tell(Centre& centre, Watch& watch, Notifier& notifier) {
  auto news = watch.run(centre.now);
  ASSERT_TRUE(news.ok());
  for (const auto& one : notifier.update(*watch.state(), std::move(*news), NodesHeard{})) {
    ASSERT_TRUE(centre.store->write_journal(to_entry(one)).ok());
  }
}

TEST(LateCountsTold, AnOutageThatIsOverIsListedAndWebhooksAreToldOnceAlsoAfterAStart) {
  Centre centre;
  Receiver manager, hook;
  Traffic traffic(centre);
  const std::int64_t began = traffic.at;
  traffic.at += 20 * 60;
  traffic.minutes(600, 500, 1);
  centre.look();
  const std::int64_t then = traffic.at;
  traffic.at = began;
  traffic.minutes(20, 0, 500);
  traffic.at = then;
  traffic.minutes(1, 500, 1);
  AlertTargets targets;
  targets.alertmanagers = {manager.url()};
  targets.webhooks = {{hook.url(), ""}};
  Outbox outbox(fast());
  Notifier notifier(targets, outbox, centre.clock);
  look_and_tell(centre, centre.watch, notifier);
  ASSERT_TRUE(in_the_end([&] { return outbox.counts().sent >= 3; }));
  look_and_tell(centre, centre.watch, notifier);  // that they were taken is written down
  Watch again(*centre.store, centre.catalog);
  Notifier started(targets, outbox, centre.clock);
  look_and_tell(centre, again, started);
  traffic.minutes(12, 0, 500);  // one that is told as it happens
  look_and_tell(centre, again, started);
  const auto told = hook.wait_for(5);
  ASSERT_EQ(told.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    const char* const events[] = {"incident.opened", "incident.paged", "incident.closed", "incident.opened",
                                  "incident.paged"};
    EXPECT_EQ(told[i]["event"], events[i]) << i;
    EXPECT_EQ(told[i]["incident"]["known_unix_s"].is_null(), i < 3) << i;
  }
  const auto alerts = manager.wait_for(1);
  ASSERT_EQ(alerts.size(), 1u);  // of the second outage only
  EXPECT_EQ(alerts[0][0]["labels"]["objective"], "success");
  const Json listed = centre.json("/api/v1/incidents")["incidents"];
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[1]["severity"], "page");
  EXPECT_EQ(listed[1]["state"], "closed");
  EXPECT_EQ(listed[1]["onset_unix_s"], began);
  EXPECT_TRUE(listed[1]["known_unix_s"].is_null());
}

TEST(LateCountsTold, AnEscalationAfterAStartIsToldWithoutOpeningTheIncidentAgain) {
  Centre centre;
  Traffic traffic(centre);
  Receiver hook;
  AlertTargets targets;
  targets.webhooks = {{hook.url(), ""}};
  Outbox outbox(fast());
  traffic.minutes(120, 500, 0);
  Notifier before(targets, outbox, centre.clock);
  look_and_tell(centre, centre.watch, before);
  traffic.minutes(300, 484, 16);  // four times the rate that the budget allows: a ticket
  look_and_tell(centre, centre.watch, before);
  ASSERT_EQ(hook.wait_for(1).size(), 1u);
  ASSERT_TRUE(in_the_end([&] { return outbox.counts().sent != 0; }));
  look_and_tell(centre, centre.watch, before);  // that it was taken is written down
  Watch again(*centre.store, centre.catalog);
  Notifier after(targets, outbox, centre.clock);
  look_and_tell(centre, again, after);
  traffic.minutes(12, 0, 500);
  look_and_tell(centre, again, after);
  const auto told = hook.wait_for(2);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0]["event"], "incident.opened");
  EXPECT_EQ(told[0]["incident"]["severity"], "ticket");
  EXPECT_EQ(told[1]["event"], "incident.paged");
  EXPECT_EQ(told[1]["incident"]["key"], told[0]["incident"]["key"]);
}

TEST(LateCountsTold, WhatNobodyTookBeforeAStartIsToldAfterIt) {
  Centre centre;
  Traffic traffic(centre);
  Receiver hook;
  hook.answer({503});
  AlertTargets targets;
  targets.webhooks = {{hook.url(), ""}};
  traffic.minutes(120, 500, 0);
  {
    OutboxLimits patient = fast();
    patient.first_pause = std::chrono::minutes(1);
    Outbox outbox(patient);
    Notifier before(targets, outbox, centre.clock);
    look_and_tell(centre, centre.watch, before);
    traffic.minutes(12, 0, 500);
    look_and_tell(centre, centre.watch, before);
    hook.wait_for(1);
    look_and_tell(centre, centre.watch, before);
  }
  Outbox outbox(fast());
  Watch again(*centre.store, centre.catalog);
  Notifier after(targets, outbox, centre.clock);
  look_and_tell(centre, again, after);
  const auto told = hook.wait_for(3);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0]["delivery"], told[1]["delivery"]);
  EXPECT_EQ(told[1]["event"], "incident.opened");
  EXPECT_EQ(told[2]["event"], "incident.paged");
}

}  // namespace
}  // namespace bellrock::plane
