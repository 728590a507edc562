// `bellrock journey test`: the tests of definitions, played.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "control/cli/commands/journey.h"
#include "control/cli/exit_code.h"
#include "control/cli/output.h"
#include "tests/unit/control/cli/scratch_files.h"

namespace bellrock::cli {
namespace {

const std::string kVectors = BELLROCK_TEST_DATA "/definition-tests/checkout.yaml";

struct Ran {
  int exit_code;
  std::string out, err;
};
Ran run(const JourneyTestOptions& options) {
  std::ostringstream out, err;
  const int exit_code = run_journey_test(options, false, out, err);
  return {exit_code, out.str(), err.str()};
}

// A journey of search, whose result may come as an answer or by a beacon.
const std::string kHead = R"(apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec: {keys: [{cookie: RT, subfield: si}, {beacon: sid}]}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: search}
spec:
  identity: web
  attempt: {idle: 5m}
  steps:
    - {name: query, kind: start, match: {http: {at: request, method: GET, path: /search, query: {q: present, page: {lt: 3}}}}}
    - {name: page, kind: ack, match: {http: {at: response, path: /search, status: 2xx}}}
    - name: results
      kind: success
      match:
        any:
          - {beacon: {event: search.results, attr: {result_count: {gte: 5, lt: 6}}}}
          - {http: {at: response, path: "/results/{id}", status: [200, 203]}}
    - name: broken
      kind: failure
      class: system
      match: {any: [{http: {at: response, path: /search, status: [5xx, none]}}, {beacon: {event: search.error}}]}
    - {name: gone, kind: cancel, match: {http: {at: response, path: /search, status: aborted}}}
    - {name: more, kind: observe, match: {http: {at: request, path: /more}}}
    - {name: more_ok, kind: observe, match: {http: {at: response, path: /more}}}
  dimensions: {device: {set: [phone, desktop]}}
  tests:
)";

Ran run_tests(const std::string& tests, const std::string& output = "table", bool verbose = false) {
  const ScratchFiles scratch;
  return run({{scratch.write("search.yaml", kHead + tests)}, "", verbose, output});
}

void expect_pass(const std::string& test) {
  const Ran ran = run_tests("    - " + test + "\n", "table", true);
  EXPECT_EQ(ran.exit_code, kDone) << ran.out << ran.err;
}

TEST(JourneyTest, PassesEveryVectorOfTheRules) {
  const Ran ran = run({{kVectors}, "", true, "table"});
  EXPECT_EQ(ran.exit_code, kDone) << ran.out;
  EXPECT_EQ(ran.err, "16 tests, 0 failed\n");
}

TEST(JourneyTest, PlaysVisitorsWithSeveralKeys) {
  const Ran ran = run({{BELLROCK_TEST_DATA "/definition-tests/linked.yaml"}, "", true, "table"});
  EXPECT_EQ(ran.exit_code, kDone) << ran.out;
  EXPECT_EQ(ran.err, "4 tests, 0 failed\n");
}

TEST(JourneyTest, PlaysProbesAndReports) {
  const Ran ran = run({{BELLROCK_TEST_DATA "/definition-tests/probes.yaml"}, "", true, "table"});
  EXPECT_EQ(ran.exit_code, kDone) << ran.out;
  EXPECT_EQ(ran.err, "5 tests, 0 failed\n");
}

TEST(JourneyTest, SaysThatOneKeyCannotHaveTwoIds) {
  const Ran ran = run_tests("    - {events: [{at: 0, step: query, ids: [A, B]}], expect: none}\n");
  EXPECT_EQ(ran.exit_code, kInvalidConfiguration);
  EXPECT_NE(ran.err.find("does not link its keys"), std::string::npos) << ran.err;
}

TEST(JourneyTest, PassesForTheShop) {
  const Ran ran = run({{BELLROCK_SOURCE "/config/shop"}, "", true, "table"});
  EXPECT_EQ(ran.exit_code, kDone) << ran.out << ran.err;
}

TEST(JourneyTest, MakesMessagesThatTheMatchesAskFor) {
  expect_pass(R"({events: ["0 query", "0.2 page", "1 results"], expect: [success]})");
  expect_pass(R"({events: ["0 query", "0.2 broken"], expect: [failed.system]})");
  expect_pass(R"({events: ["0 query", {at: 4, step: broken, status: none}], expect: [failed.system]})");
  expect_pass(R"({events: ["0 query", {at: 4, step: broken, status: 503}], expect: [failed.system]})");
  expect_pass(R"({events: ["0 query", {at: 1, step: broken, channel: beacon}], expect: [failed.system]})");
  expect_pass(R"({events: ["0 query", {at: 1, step: results, channel: http}], expect: [success]})");
  expect_pass(R"({events: ["0 query", {at: 1, step: results, channel: http, status: 203}], expect: [success]})");
  expect_pass(R"({events: ["0 query", "2 gone"], expect: [cancelled]})");
  expect_pass(R"({events: ["0 query", "2 aborted"], expect: [cancelled]})");
}

TEST(JourneyTest, KeepsVisitorsApart) {
  expect_pass(R"({events: [{at: 0, step: query, id: A}, {at: 0.5, step: query, id: B}, {at: 1, step: broken, id: A, )"
              R"(channel: beacon}, {at: 2, step: results, id: B}], )"
              R"(expect: [{outcome: failed, after: 1}, {outcome: success, after: 1.5}]})");
}

TEST(JourneyTest, StopsAtAnEventThatCannotBe) {
  const Ran unsent = run_tests("    - {events: [\"0 query\", \"1 more_ok\"], expect: none}\n");
  EXPECT_EQ(unsent.exit_code, kDifferent);
  EXPECT_NE(unsent.out.find("no request waits for this answer: write `more`"), std::string::npos) << unsent.out;
  const Ran status = run_tests("    - {events: [\"0 query\", {at: 1, step: page, status: 404}], expect: none}\n");
  EXPECT_NE(status.out.find("no answer like that is `page`"), std::string::npos) << status.out;
  const Ran attrs =
      run_tests("    - {events: [\"0 query\", {at: 1, step: results, attrs: {result_count: 9}}], expect: success}\n");
  EXPECT_EQ(attrs.exit_code, kDifferent);
  EXPECT_NE(attrs.out.find("no message could be made that `results` matches"), std::string::npos) << attrs.out;
  const Ran nothing = run_tests("    - {events: [\"0 aborted\"], expect: none}\n");
  EXPECT_NE(nothing.out.find("no request of this visitor waits for an answer"), std::string::npos) << nothing.out;
}

TEST(JourneyTest, SaysWhenAMessageIsNobodys) {
  const ScratchFiles scratch;
  std::string text = kHead + "    - {events: [\"0 query\"], expect: abandoned}\n";
  const std::string cookie = "{cookie: RT, subfield: si}, ";
  text.erase(text.find(cookie), cookie.size());
  const Ran ran = run({{scratch.write("search.yaml", text)}, "", false, "table"});
  EXPECT_EQ(ran.exit_code, kDifferent);
  EXPECT_NE(ran.out.find("nobody's: the identity `web` has no key that an HTTP request carries"), std::string::npos)
      << ran.out;
}

TEST(JourneyTest, ShowsTheFirstEventThatDiverges) {
  const Ran ran = run_tests(
      "    - name: wrong\n      events:\n        - \"0 query\"\n        - \"0.2 page\"\n        - \"1 broken\"\n"
      "        - \"2 query\"\n      expect: [success, abandoned]\n");
  EXPECT_EQ(ran.exit_code, kDifferent);
  EXPECT_TRUE(ran.out.starts_with("FAIL search wrong (")) << ran.out;
  EXPECT_NE(ran.out.find("\n  at 1 s, `broken` ("), std::string::npos) << ran.out;
  EXPECT_NE(
      ran.out.find("search.yaml:34:11): expected attempt 1: success; happened: attempt 1: failed.system after 1 s\n"),
      std::string::npos)
      << ran.out;
  EXPECT_NE(ran.out.find("\n  >   1 s  broken  an attempt ends: failed.system after 1 s; `broken` counts\n"),
            std::string::npos)
      << ran.out;
  EXPECT_EQ(ran.err, "1 tests, 1 failed\n");
}

TEST(JourneyTest, ShowsADeadlineThatDiverges) {
  const Ran ran = run_tests("    - {events: [\"0 query\"], expect: unknown}\n");
  EXPECT_NE(ran.out.find("at 300 s, by time alone"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("> 300 s  (time)  an attempt ends: abandoned after 300 s\n"), std::string::npos) << ran.out;
}

TEST(JourneyTest, ShowsWhatIsMissingAtTheEnd) {
  const Ran more = run_tests("    - {events: [\"0 query\", \"1 results\"], expect: [success, success]}\n");
  EXPECT_NE(more.out.find("at the end"), std::string::npos) << more.out;
  EXPECT_NE(more.out.find("expected attempt 2: success; happened: no further attempt begins"), std::string::npos);
  const Ran counter = run_tests("    - {events: [\"0 results\"], expect: {counters: {orphan_success: 2}}}\n");
  EXPECT_NE(counter.out.find("expected orphan_success 2; happened: orphan_success 1"), std::string::npos)
      << counter.out;
  const Ran begins = run_tests("    - {events: [\"0 query\"], expect: none}\n");
  EXPECT_NE(begins.out.find("at 0 s, `query`"), std::string::npos) << begins.out;
  EXPECT_NE(begins.out.find("expected no attempt; happened: attempt 1 begins"), std::string::npos) << begins.out;
}

TEST(JourneyTest, WritesWhatHappenedAsJson) {
  const Json json =
      Json::parse(run_tests("    - {events: [\"0 query\", \"1 results\"], expect: cancelled}\n", "json").out);
  EXPECT_EQ(json["failed"], 1);
  const Json& test = json["tests"][0];
  EXPECT_EQ(test["journey"], "search");
  EXPECT_FALSE(test["passed"].get<bool>());
  EXPECT_EQ(test["outcomes"], "success after 1 s");
  EXPECT_EQ(test["diverges"]["at_ns"], 1'000'000'000);
  EXPECT_EQ(test["timeline"].size(), 2u);
}

TEST(JourneyTest, SaysWhenThereIsNothingToTest) {
  const Ran ran = run({{kVectors}, "another", false, "table"});
  EXPECT_EQ(ran.exit_code, kInconclusive);
  EXPECT_NE(ran.err.find("no journey here has tests"), std::string::npos);
}

TEST(JourneyTest, RefusesAnInvalidTestBeforeItPlays) {
  const Ran ran = run_tests("    - {events: [\"0 qurey\"], expect: success}\n");
  EXPECT_EQ(ran.exit_code, kInvalidConfiguration);
  EXPECT_NE(ran.err.find("search.yaml:30:17: error BR1204 [spec.tests[0].events[0]]"), std::string::npos) << ran.err;
}

// Beacons that overtook each other: what the visitor did first is written second.
Ran run_overtaking(const std::string& wait, const std::string& rest) {
  const ScratchFiles scratch;
  std::string text = kHead + "    - " + rest + "\n";
  text.replace(text.find("spec: {keys:"), 7, "spec: {" + wait);
  return run({{scratch.write("search.yaml", text)}, "", true, "table"});
}

TEST(JourneyTest, PutsBeaconsInOrderWhereTheirIdentityLetsThemWait) {
  const std::string test =
      "{events: [\"0 query\", \"0.2 page\", {at: 1, step: results, attrs: {result_count: 5}, n: 3, pv: a}, {at: 1.5, "
      "step: broken, channel: beacon, n: 2, pv: a}, \"5 beacon\"], expect: [failed.system]}";
  const Ran waits = run_overtaking("reorder_wait: 1s, ", test);
  EXPECT_EQ(waits.exit_code, kDone) << waits.out << waits.err;
  EXPECT_NE(run_overtaking("", test).exit_code, kDone);
  EXPECT_NE(run_overtaking("reorder_wait: 400ms, ", test).exit_code, kDone) << "too late for that";
}

TEST(JourneyTest, WithAWaitPassesEveryVectorOfTheRules) {
  std::ifstream in(kVectors);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const std::size_t keys = text.find("keys:");
  ASSERT_NE(keys, std::string::npos);
  for (const char* wait : {"reorder_wait: 1s", "reorder_wait: 20s"}) {
    std::string changed = text;
    const bool flow = changed[keys - 1] == '{';
    changed.insert(keys, wait + std::string(flow ? ", " : "\n  "));
    const ScratchFiles scratch;
    const Ran ran = run({{scratch.write("checkout.yaml", changed)}, "", true, "table"});
    EXPECT_EQ(ran.exit_code, kDone) << wait << ran.out << ran.err;
    EXPECT_EQ(ran.err, "16 tests, 0 failed\n");
  }
}

}  // namespace
}  // namespace bellrock::cli
