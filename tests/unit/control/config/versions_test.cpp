// A version changes with everything that decides its counts, and with nothing else.
#include "dataplane/base/bytes.h"
#include "support.h"

namespace bellrock::config {
namespace {

const std::string kObjectives = R"(  objectives:
    - {name: success, sli: success, count_from: pay, target: 0.9, bad: [abandoned.waiting]}
    - {name: fast, sli: latency, from: pay, to: ok, op: lt, value: 800ms, target: 0.9}
)";

struct Versions {
  std::uint64_t journey, success, fast;
};

Versions versions_of(const std::string& text) {
  const Loaded loaded = load_text(text);
  EXPECT_TRUE(loaded.ok()) << lines(loaded);
  for (const auto& journey : loaded.definition.journeys) {
    if (journey.name == "checkout") {
      return {journey.version, journey.objectives.at(0).version, journey.objectives.at(1).version};
    }
  }
  return {};
}

std::string with(const std::string& from, const std::string& to) {
  std::string text = journey_text(kObjectives);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

const Versions kBase = versions_of(journey_text(kObjectives));

TEST(Version, IsNeverNothing) {
  EXPECT_NE(kBase.journey, 0u);
  EXPECT_NE(kBase.success, kBase.fast);
}

TEST(Version, StaysWithATarget) {
  const Versions changed = versions_of(with("target: 0.9, bad", "target: 0.95, strict: true, max_unknown: 0.1, bad"));
  EXPECT_EQ(changed.journey, kBase.journey);
  EXPECT_EQ(changed.success, kBase.success);
}

TEST(Version, OfOneObjectiveChangesWithItsThreshold) {
  for (const char* other : {"op: lt, value: 801ms", "op: lte, value: 800ms", "op: lt, value: 800ms, superseded: bad"}) {
    const Versions changed = versions_of(with("op: lt, value: 800ms", other));
    EXPECT_NE(changed.fast, kBase.fast);
    EXPECT_EQ(changed.success, kBase.success);
    EXPECT_EQ(changed.journey, kBase.journey);
  }
}

TEST(Version, OfAllChangesWithTheirJourney) {
  const std::pair<const char*, const char*> changes[] = {
      {"path: /checkout", "path: /kasse"},
      {"method: POST", "method: PUT"},
      {"status: 2xx", "status: [2xx, 3xx]"},
      {"event: order.confirmed", "event: order.done"},
      {"kind: ack", "kind: observe"},
      {"cookie: sid", "cookie: session"},
      {"  identity: web\n", "  identity: web\n  attempt: {idle: 5m}\n"},
      {"  identity: web\n", "  identity: web\n  attempt: {restart: continue}\n"},
      {"  identity: web\n", "  identity: web\n  attempt: {correlate: {from: [query.cart]}}\n"},
      {"  objectives:\n", "  silent_failure: {after: ok, expect: done, within: 30s}\n  objectives:\n"}};
  for (const auto& [from, to] : changes) {
    const Versions changed = versions_of(with(from, to));
    EXPECT_NE(changed.journey, kBase.journey) << to;
    EXPECT_NE(changed.success, kBase.success) << to;
    EXPECT_NE(changed.fast, kBase.fast) << to;
  }
}

TEST(Version, OfAValueChangesWithItAndChangesNoOther) {
  const auto with_value = [](const char* value) {
    return load_text(journey_text(kObjectives + "  value: {from: header.x-total, currency: " + value + "}\n"))
        .definition.journeys.at(0);
  };
  const auto euros = with_value("EUR, at: pay");
  EXPECT_EQ(euros.version, kBase.journey);
  EXPECT_EQ(euros.objectives.at(0).version, kBase.success);
  EXPECT_NE(euros.value.version, with_value("USD, at: pay").value.version);
  EXPECT_NE(euros.value.version, with_value("EUR, at: open").value.version);
}

TEST(Version, OfWhatCountsSessionsChangesWithThemAndTheirIdleTime) {
  const auto load = [](const std::string& count, const std::string& idle) {
    std::string text = journey_text("  attempt: {count: " + count + ", idle: 5m}\n" + kObjectives +
                                    "    - {name: steady, sli: consistency, of: fast, target: 0.9}\n");
    text.replace(text.find("{keys:"), 6, "{lifetime: {idle: " + idle + "}, keys:");
    const Loaded loaded = load_text(text);
    EXPECT_TRUE(loaded.ok()) << lines(loaded);
    return loaded.definition.journeys.at(0).objectives;
  };
  const auto base = load("attempt", "20m"), sessions = load("session", "20m"), shorter = load("session", "10m");
  EXPECT_NE(base.at(0).version, sessions.at(0).version);
  EXPECT_NE(sessions.at(0).version, shorter.at(0).version);
  EXPECT_EQ(base.at(1).version, shorter.at(1).version) << "latencies are attempts'";
  EXPECT_EQ(base.at(2).version, sessions.at(2).version);
  EXPECT_NE(sessions.at(2).version, shorter.at(2).version);
}

TEST(Version, ChangesWhenEventsWaitForTheirOrder) {
  const Versions waits = versions_of(with("{keys:", "{reorder_wait: 1s, keys:"));
  const Versions longer = versions_of(with("{keys:", "{reorder_wait: 2s, keys:"));
  EXPECT_NE(waits.journey, kBase.journey);
  EXPECT_NE(waits.success, kBase.success);
  EXPECT_NE(longer.fast, waits.fast);
}

TEST(Version, StaysWhenOtherDocumentsComeAndGo) {
  const std::string site =
      "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: s}\nspec: {templates: [/a, /b, /pay]}\n---\n";
  const std::string other = journey_text("", "another").substr(kIdentity.size()) + "---\n";
  const Versions changed = versions_of(site + other + journey_text(kObjectives));
  EXPECT_EQ(changed.journey, kBase.journey);
  EXPECT_EQ(changed.success, kBase.success);
  EXPECT_EQ(changed.fast, kBase.fast);
}

TEST(ContentHash, IsTheSameOnMachinesOfDifferentSize) {
  const std::string text = journey_text(kObjectives);
  const std::string edge = "---\napiVersion: bellrock/v1\nkind: Edge\nspec: {workers: 8, port: {pcap: a.pcap}}\n";
  EXPECT_EQ(content_hash(load_text(text).definition), content_hash(load_text(text + edge).definition));
}

TEST(ContentHash, ChangesWithATarget) {
  EXPECT_NE(content_hash(load_text(journey_text(kObjectives)).definition),
            content_hash(load_text(with("target: 0.9,", "target: 0.91,")).definition));
}

}  // namespace
}  // namespace bellrock::config
