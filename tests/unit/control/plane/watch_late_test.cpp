// What late counts make of incidents: the law is that the same counts give the same ones, however they came.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "control/plane/notifier.h"
#include "tests/unit/control/plane/counting_store.h"
#include "tests/unit/control/plane/receiver.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

constexpr std::int64_t kStep = 1'800;  // of what is sent together

// A minute of one node.
struct Minute {
  std::uint64_t good = 0, bad = 0;
};
struct Course {
  std::array<std::vector<Minute>, 2> nodes;
  std::int64_t steps = 0;
};

// Nodes that are well but for some outages, of one of them or of both.
Course any_course(std::mt19937_64& random, std::int64_t steps) {
  Course course;
  course.steps = steps;
  for (auto& node : course.nodes) {
    for (std::int64_t i = 0; i < steps * kStep / 60; ++i) node.push_back({200 + random() % 300, random() % 3});
  }
  const std::size_t minutes = course.nodes[0].size();
  for (int i = 0; i < 6; ++i) {
    const std::size_t from = random() % (minutes - 200), length = 5 + random() % 90;
    const std::uint64_t who = random() % 3, bad = 20 + random() % 400;
    for (std::size_t n = 0; n < 2; ++n) {
      if (who == n) continue;
      for (std::size_t at = from; at < from + length; ++at) course.nodes[n][at].bad += bad;
    }
  }
  return course;
}

// A centre without its address, whose watch may start again.
struct Quiet {
  Quiet() : catalog(make_catalog(shop())), store(std::move(*store::open_sqlite(folder.file("db")))) { start(); }

  void start() { watch = std::make_unique<Watch>(*store, catalog); }

  // Everything that `node` counted in a step; it is there when the watch looks next.
  void send(const Course& course, std::size_t node, std::int64_t step) {
    control::DeltaFrame& frame = sent.emplace_back();
    frame.node = node == 0 ? "one" : "two";
    frame.boot[0] = static_cast<std::uint8_t>(1 + node);
    frame.seq = frame.oldest_seq_held = ++seq[node];
    frame.sent_unix_ms = kNow * 1'000;
    const std::int64_t begin = step * kStep;
    for (std::int64_t at = begin; at < begin + kStep; at += 60) {
      const Minute& minute = course.nodes[node][static_cast<std::size_t>(at / 60)];
      auto& cells = frame.windows[store::kStart + at];
      cells[series(CellKind::kObjective, "success", "good")].n = minute.good;
      cells[series(CellKind::kObjective, "success", "bad")].n = minute.bad;
      frame.recorded += minute.good + minute.bad;
    }
  }

  void apply() {
    std::vector<store::ReceivedFrame> received;
    for (const auto& frame : sent) {
      received.push_back({&frame, {}, frame.sent_unix_ms});
      received.back().digest[0] = static_cast<std::uint8_t>(frame.seq);
    }
    const auto applied = store->apply(received);
    ASSERT_TRUE(applied.ok());
    for (const auto one : *applied) ASSERT_EQ(one, store::Applied::kApplied);
    sent.clear();
  }

  // `written`: false when the centre dies before it can write down what it found.
  void look(std::int64_t step, bool written = true) {
    apply();
    const auto news = watch->run(store::kStart + (step + 1) * kStep + kWatchSettleSeconds);
    ASSERT_TRUE(news.ok()) << news.error().message;
    if (!written) return;
    for (const auto& one : news->incidents) ASSERT_TRUE(store->write_journal(to_entry(one)).ok());
  }

  [[nodiscard]] std::vector<KeptIncident> listed() const {
    const auto snapshot = store->snapshot();
    return *read_incidents(**snapshot);
  }

  // By what is listed and was not withdrawn, in the order of time.
  [[nodiscard]] std::vector<std::string> incidents() const {
    std::vector<std::pair<std::int64_t, std::string>> all;
    for (KeptIncident one : listed()) {
      if (one.withdrawn) continue;
      one.id = one.known = 0;  // differ
      one.key.clear();
      all.emplace_back(one.incident.onset, to_json(one).dump());
    }
    std::sort(all.begin(), all.end());
    std::vector<std::string> texts;
    for (auto& [onset, text] : all) texts.push_back(std::move(text));
    return texts;
  }

  // What fires, with all that is known of it.
  [[nodiscard]] std::vector<std::optional<slo::Alert>> alerts() const {
    std::vector<std::optional<slo::Alert>> all;
    for (const auto& one : *watch->state()) {
      for (const auto& alert : one.alerts) all.push_back(alert.firing ? std::optional(alert) : std::nullopt);
    }
    return all;
  }

  store::ScratchFolder folder;
  Catalog catalog;
  std::unique_ptr<store::SeriesStore> store;
  std::unique_ptr<Watch> watch;
  std::array<std::uint64_t, 2> seq{};
  std::vector<control::DeltaFrame> sent;
};

void send_in_order(Quiet& centre, const Course& course) {
  for (std::int64_t step = 0; step < course.steps; ++step) {
    for (std::size_t node = 0; node < 2; ++node) centre.send(course, node, step);
    centre.look(step);
  }
}

// The second node's steps come up to a day late and in any order; the last ones are on time.
void send_late(Quiet& centre, const Course& course, std::mt19937_64& random, bool starts) {
  std::vector<std::pair<std::int64_t, std::int64_t>> due;  // when, which
  for (std::int64_t step = 0; step < course.steps; ++step) {
    const std::int64_t late = random() % 3 == 0 ? 0 : static_cast<std::int64_t>(random() % 48);
    due.emplace_back(std::min(step + late, std::max(step, course.steps - 3)), step);
  }
  std::sort(due.begin(), due.end());
  auto next = due.begin();
  for (std::int64_t step = 0; step < course.steps; ++step) {
    centre.send(course, 0, step);
    for (; next != due.end() && next->first <= step; ++next) centre.send(course, 1, next->second);
    const bool start = starts && random() % 6 == 0 && step + 3 < course.steps;
    if (start && random() % 2 == 0) centre.start();
    centre.look(step, !start);
    if (start) centre.start();
  }
}

TEST(LateCounts, TheSameCountsGiveTheSameIncidentsHoweverTheyCame) {
  std::size_t found = 0, withdrawn = 0, fired = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const Course course = any_course(random, 60);
    Quiet in_order, late, started;
    send_in_order(in_order, course);
    send_late(late, course, random, false);
    send_late(started, course, random, true);
    const auto expected = in_order.incidents();
    EXPECT_EQ(late.incidents(), expected);
    EXPECT_EQ(started.incidents(), expected);
    const auto firing = in_order.alerts();
    EXPECT_EQ(late.alerts(), firing);
    EXPECT_EQ(started.alerts(), firing);
    in_order.start();
    in_order.look(course.steps - 1);
    EXPECT_EQ(in_order.alerts(), firing);
    EXPECT_EQ(in_order.incidents(), expected);
    fired += static_cast<std::size_t>(std::count_if(firing.begin(), firing.end(), [](const auto& a) { return !!a; }));
    found += expected.size();
    withdrawn += late.listed().size() - expected.size();
  }
  EXPECT_GE(found, 6u);  // the courses have something to find
  EXPECT_GE(fired, 1u);
  EXPECT_GE(withdrawn, 1u);  // and what was found by half of the counts does not always stand
}

TEST(LateCounts, AnOutageThatGoesOnIsKnownFromWhenItWasFound) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(60, 500, 1);
  const std::int64_t began = traffic.at;
  traffic.minutes(200, 5, 0);
  centre.look();
  const std::int64_t then = traffic.at;
  traffic.at = began;
  traffic.minutes(200, 0, 500);  // of a node that could not be reached
  centre.now = then + kWatchSettleSeconds + 60;
  centre.look();
  const Json listed = centre.json("/api/v1/incidents")["incidents"];
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0]["state"], "open");
  EXPECT_EQ(listed[0]["known_unix_s"], then + 60);
  EXPECT_LT(listed[0]["paged_unix_s"], began + 3'600);
  EXPECT_EQ(centre.json("/api/v1/slos")["slos"][0]["alert"]["severity"], "page");
}

TEST(LateCounts, ThatComeOneAfterTheOtherAreLookedAtInTurns) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(2 * 24 * 60, 500, 1);
  centre.look();
  const std::int64_t then = traffic.at;
  const auto late_outage = [&](std::int64_t at) {
    traffic.at = at;
    traffic.minutes(30, 0, 5'000);
    centre.now = then + kWatchSettleSeconds;
    traffic.at = then;
  };
  const auto found = [&] { return centre.json("/api/v1/incidents")["incidents"].size(); };
  late_outage(then - 40 * 3'600);
  centre.look();
  EXPECT_EQ(found(), 1u);
  late_outage(then - 20 * 3'600);
  centre.now += 10;
  centre.look();
  EXPECT_EQ(found(), 1u);
  centre.now += 40 * 3'600 / kReplayPace;
  centre.look();
  EXPECT_EQ(found(), 2u);
}

TEST(LateCounts, OneThatIsAMonthLateEachSecondDoesNotHaveTheMonthReadEachSecond) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  store::CountingStore counted(*centre.store);
  Watch watch(counted, centre.catalog);
  ASSERT_TRUE(watch.run(centre.now).ok());
  const std::int64_t then = traffic.at, begin = counted.seconds();
  constexpr std::int64_t kLooks = 90, kEvery = 10;
  for (std::int64_t i = 1; i <= kLooks; ++i) {
    traffic.at = then - 30 * slo::kDaySeconds;
    traffic.minutes(1, 0, 1);
    ASSERT_TRUE(watch.run(then + kWatchSettleSeconds + i * kEvery).ok());
  }
  const auto objectives = static_cast<std::int64_t>(watch.state()->size());
  const std::int64_t turns = kLooks * kEvery * kReplayPace / kReplaySeconds + 1;
  const std::int64_t bound = turns * (kReplaySeconds + kWindowSeconds) + kLooks * kLateSeconds;
  EXPECT_LE(counted.seconds() - begin, objectives * bound);
  EXPECT_GE(counted.seconds() - begin, objectives * kReplaySeconds);  // it is looked at, in its turn
}

TEST(LateCounts, AnIncidentThatTheyTookBackIsOverAfterAStart) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  traffic.minutes(12, 0, 500);
  centre.look();
  ASSERT_EQ(centre.json("/api/v1/incidents?open=true")["incidents"].size(), 1u);
  const std::int64_t then = traffic.at;
  traffic.at = then - 12 * 60;  // all was well on a node that was cut off meanwhile
  traffic.minutes(12, 5'000'000, 0);
  traffic.at = then;
  traffic.minutes(1, 500, 1);
  Watch again(*centre.store, centre.catalog);
  const auto news = again.run(centre.now);
  ASSERT_TRUE(news.ok());
  ASSERT_EQ(news->incidents.size(), 1u);
  EXPECT_FALSE(news->incidents[0].incident.open());
  EXPECT_TRUE(news->incidents[0].withdrawn);
  ASSERT_TRUE(centre.store->write_journal(to_entry(news->incidents[0])).ok());
  const Json listed = centre.json("/api/v1/incidents")["incidents"];
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_TRUE(listed[0]["withdrawn"].get<bool>());
  EXPECT_EQ(listed[0]["state"], "closed");
  traffic.minutes(60, 500, 1);
  traffic.minutes(600, 0, 500);  // a real outage takes nobody's place
  const auto other = again.run(centre.now);
  ASSERT_TRUE(other.ok());
  ASSERT_EQ(other->incidents.size(), 1u);
  EXPECT_TRUE(other->incidents[0].incident.open());
  EXPECT_NE(other->incidents[0].key, news->incidents[0].key);
}

TEST(LateCounts, AFalseIncidentIsWithdrawnAndWhoWasToldOfItsAlertIsToldThatItIsOver) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  traffic.minutes(12, 0, 500);
  Receiver manager, hook;
  Outbox outbox(fast());
  AlertTargets targets;
  targets.alertmanagers = {manager.url()};
  targets.webhooks = {{hook.url(), ""}};
  Notifier notifier(targets, outbox, centre.clock);
  const auto look = [&] {
    const auto news = centre.watch.run(centre.now);
    ASSERT_TRUE(news.ok());
    notifier.update(*centre.watch.state(), *news, NodesHeard{});
  };
  look();
  ASSERT_EQ(manager.wait_for(1).size(), 1u);
  ASSERT_EQ(hook.wait_for(2).size(), 2u);
  traffic.at -= 12 * 60;
  traffic.minutes(12, 5'000'000, 0);  // all was well on a node that could not be reached
  look();
  const auto alerts = manager.wait_for(2);
  ASSERT_EQ(alerts.size(), 2u);
  EXPECT_EQ(alerts[0][0]["labels"], alerts[1][0]["labels"]);
  EXPECT_EQ(alerts[1][0]["endsAt"], rfc3339(centre.now));
  const auto told = hook.wait_for(3);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[2]["event"], "incident.closed");
  EXPECT_TRUE(told[2]["incident"]["withdrawn"].get<bool>());
}

}  // namespace
}  // namespace bellrock::plane
