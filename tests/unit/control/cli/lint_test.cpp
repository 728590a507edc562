// `bellrock lint`, and what `explain` shows: each example has its finding, and mended it has not.
#include "control/cli/commands/lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "control/cli/commands/explain.h"
#include "control/cli/exit_code.h"
#include "control/cli/lint/explanations.h"
#include "control/cli/lint/observed.h"
#include "control/cli/lint/rules.h"
#include "control/config/codes.h"
#include "tests/unit/control/cli/scratch_files.h"

namespace bellrock::cli {
namespace {

const std::string kIdentity =
    "apiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: web}\nspec: {keys: [{cookie: sid}, {beacon: "
    "sid}]}\n---\n";
const std::string kSteps = R"(  steps:
    - {name: query, kind: start, match: {http: {at: request, path: /search}}}
    - {name: page, kind: ack, match: {http: {at: response, path: /search, status: 2xx}}}
    - {name: results, kind: success, match: {beacon: {event: search.results}}}
    - {name: broken, kind: failure, class: system, match: {http: {at: response, path: /search, status: 5xx}}}
)";
const std::string kFast =
    "  objectives: [{name: fast, sli: latency, from: query, to: results, clock: {client: beacon.dur}, op: lte, value: "
    "1s, "
    "target: 0.9}]\n";

std::string search(const std::string& spec) {
  return kIdentity + "apiVersion: bellrock/v1\nkind: Journey\nmetadata: {name: search}\nspec:\n  identity: web\n" +
         spec;
}

// The piece of an explanation as a whole configuration.
std::string whole(std::string_view piece) {
  if (piece.starts_with("apiVersion")) return search(kSteps + kFast) + "---\n" + std::string(piece);
  std::string spec;
  std::istringstream lines{std::string(piece)};
  for (std::string line; std::getline(lines, line);) spec += "  " + line + '\n';
  return search((piece.starts_with("steps:") ? "" : kSteps) + spec);
}

config::Loaded load(const std::string& text) {
  const config::SourceText source{"lint.yaml", text};
  return config::load_texts({&source, 1});
}

std::vector<config::Diagnostic> findings(const std::string& text, const ObservedWaits& observed = {}) {
  const config::Loaded loaded = load(text);
  auto all = loaded.diagnostics;
  if (!loaded.ok()) return all;
  for (auto& one : lint(loaded, observed)) all.push_back(std::move(one));
  return all;
}

bool has(const std::vector<config::Diagnostic>& all, std::string_view code) {
  return std::any_of(all.begin(), all.end(), [code](const auto& one) { return one.code == code; });
}

std::string lines(const std::vector<config::Diagnostic>& all) {
  std::string text;
  for (const auto& one : all) text += to_line(one) + '\n';
  return text;
}

// What a centre would have seen: one in a hundred after five seconds.
const ObservedWaits kSeen{{"search", {5'000, 5e9, true}}};

TEST(Explanations, HaveTheFindingAndMendedHaveItNot) {
  std::size_t examples = 0;
  std::vector<std::string_view> codes;
  for (const auto& info : config::kCodes) codes.push_back(info.code);
  for (const auto& code : kLintCodes) codes.push_back(code.code);
  for (const std::string_view code : codes) {
    const Explanation* const explanation = explanation_of(code);
    if (explanation == nullptr) continue;
    ++examples;
    const auto wrong = findings(whole(explanation->wrong), kSeen), right = findings(whole(explanation->right), kSeen);
    EXPECT_TRUE(has(wrong, code)) << code << '\n' << lines(wrong);
    EXPECT_FALSE(has(right, code)) << code << '\n' << lines(right);
    EXPECT_TRUE(load(whole(explanation->right)).ok()) << code << '\n' << lines(right);
  }
  EXPECT_GE(examples, 13u);
}

TEST(Explanations, AreThereForEveryRuleOfLint) {
  for (const auto& code : kLintCodes) EXPECT_NE(explanation_of(code.code), nullptr) << code.code;
  for (const char* code : {"BR1302", "BR1402", "BR1508", "BR1901", "BR1902", "BR1905"}) {
    EXPECT_NE(explanation_of(code), nullptr) << code << " is a rule of journeys too";
  }
}

TEST(Explanations, StandUnderTheLineOfTheirCode) {
  std::ostringstream out, err;
  EXPECT_EQ(run_explain("br2001", out, err), kDone);
  EXPECT_TRUE(out.str().starts_with("BR2001 (note): with `lt` a duration of exactly the threshold is bad\n"))
      << out.str();
  EXPECT_NE(out.str().find("\n  has it:\n    objectives:\n"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("\n  does not:\n    objectives:\n"), std::string::npos) << out.str();
}

TEST(Lint, SaysWhereAndHowToMendIt) {
  const auto all =
      findings(search(kSteps + "  objectives:\n"
                               "    - {name: quick, sli: latency, from: query, to: results, clock: {client: "
                               "beacon.dur}, op: lt, value: 1s, target: 0.95}\n"));
  ASSERT_EQ(all.size(), 1u) << lines(all);
  EXPECT_EQ(
      to_line(all[0]),
      "lint.yaml:17:94: note BR2001 [spec.objectives[0].op]: `quick`: an attempt that took exactly 1 s is bad; fix: "
      "write op: lte if exactly the threshold is good");
}

TEST(Lint, LooksAtTheLatencyOfAStepToo) {
  const std::string steps = R"(  steps:
    - {name: query, kind: start, match: {http: {at: request, path: /search}}}
    - {name: page, kind: success, match: {http: {at: response, path: /search}}, latency: {from: query, op: lt, value: 1s, target: 0.9}}
)";
  const auto all = findings(search(steps));
  ASSERT_TRUE(has(all, "BR2001")) << lines(all);
  EXPECT_TRUE(has(all, "BR2004")) << "13.44 times what may be bad is more than everything";
  EXPECT_EQ(all[0].line, 13);
}

TEST(Lint, KnowsThatAPolicyWithAlertsHasNoDefaults) {
  const std::string policy =
      "---\napiVersion: bellrock/v1\nkind: Policy\nmetadata: {name: all}\nspec: {alerts: [{severity: page, burned: "
      "0.05, "
      "in: 6h, and: 30m}]}\n";
  EXPECT_TRUE(has(findings(search(kSteps + kFast)), "BR2004"));
  EXPECT_FALSE(has(findings(search(kSteps + kFast) + policy), "BR2004"));
  const std::string other = "---\napiVersion: bellrock/v1\nkind: Policy\nmetadata: {name: all}\nspec: {window: 7d}\n";
  EXPECT_FALSE(has(findings(search(kSteps + kFast) + other), "BR2004")) << "slower pairs for a shorter period";
}

TEST(Lint, LeavesAWindowAloneOfWhichLittleIsKnown) {
  const std::string text = search(kSteps + "  silent_failure: {after: page, expect: results, within: 2s}\n");
  EXPECT_TRUE(has(findings(text, {{"search", {1'000, 5e9, false}}}), "BR2003"));
  EXPECT_FALSE(has(findings(text, {{"search", {999, 5e9, true}}}), "BR2003"));
  EXPECT_FALSE(has(findings(text, {{"search", {1'000, 1.9e9, true}}}), "BR2003"));
  EXPECT_FALSE(has(findings(text, {}), "BR2003"));
}

TEST(Lint, ReadsFromACentreHowLongASuccessTakes) {
  const auto loaded = load(search(kSteps + "  silent_failure: {after: page, expect: results, within: 2s}\n"));
  const journey::Journey& journey = loaded.definition.journeys[0];
  EXPECT_FALSE(objective_between(journey).has_value());
  const Json journeys = Json::parse(R"({"journeys": [{"name": "search", "funnel": [
      {"step": "page", "count": 2000, "p50_ns": 1e8, "p95_ns": 2e8, "p99_ns": 1e9},
      {"step": "results", "count": 1500, "p50_ns": 2e9, "p95_ns": 6e9, "p99_ns": 9e9}]}]})");
  const auto wait = wait_of(journey, journeys, nullptr);
  ASSERT_TRUE(wait.has_value());
  EXPECT_EQ(wait->attempts, 1'500u);
  EXPECT_EQ(wait->p99_ns, 5e9) << "later than 6 s in one of 20, while the ack is later than 1 s in one of 100";
  EXPECT_FALSE(wait->exact);
  const Json objective = Json::parse(R"({"slo": {"latency_ns": {"measured": 1200, "p99": 4e9}}})");
  EXPECT_EQ(wait_of(journey, journeys, objective)->p99_ns, 4e9);
  EXPECT_TRUE(wait_of(journey, journeys, objective)->exact);
  EXPECT_FALSE(wait_of(journey, Json::parse(R"({"journeys": []})"), nullptr).has_value());
}

TEST(Lint, FindsAStepThatAnotherTakesOnlyWhereThatIsCertain) {
  const std::string particular = R"(  steps:
    - {name: query, kind: start, match: {http: {at: request, path: /search}}}
    - {name: phone, kind: observe, repeatable: true, match: {beacon: {event: shown, attr: {by: phone}}}}
    - {name: shown, kind: success, match: {beacon: {event: shown}}}
)";
  EXPECT_FALSE(has(findings(search(particular)), "BR2005"));
  const std::string once = R"(  steps:
    - {name: query, kind: start, match: {http: {at: request, path: /search}}}
    - {name: first, kind: observe, match: {beacon: {event: shown}}}
    - {name: second, kind: success, match: {beacon: {event: shown}}}
)";
  EXPECT_FALSE(has(findings(search(once)), "BR2005")) << "the second of two";
  const std::string start = R"(  steps:
    - {name: query, kind: start, match: {http: {at: request, path: /search}}}
    - {name: again, kind: cancel, match: {http: {at: request, path: /search, method: POST}}}
)";
  EXPECT_TRUE(has(findings(search(start)), "BR2005"));
  EXPECT_TRUE(has(findings(search(start)), "BR2006"));
  EXPECT_FALSE(has(findings(search("  attempt: {restart: continue}\n" + start)), "BR2005"));
}

// On an edge that serves.
std::vector<config::Diagnostic> served(const std::string& steps) {
  return findings(search("  steps:\n" + steps) +
                  "---\napiVersion: bellrock/v1\nkind: Edge\nspec: {mode: terminate, port: {xdp: {interface: eth0}}, "
                  "terminate: {addresses: [192.0.2.1]}}\n");
}

TEST(Lint, TellsWhichPartOfAJourneyAnEdgeThatServesNeverSees) {
  const std::string http = "match: {http: {at: request, path: /search}}}\n", beacon = "match: {beacon: {event: x}}}\n";
  const auto step = [](const std::string& name, const std::string& match) {
    return "    - {name: " + name + ", kind: " + name + ", " + match;
  };
  const auto said = [](const std::vector<config::Diagnostic>& all) {
    std::string text;
    for (const auto& one : all) {
      if (one.code == "BR2007") text += std::to_string(one.line) + ": " + one.message + '\n';
    }
    return text;
  };
  EXPECT_EQ(said(served(step("start", http) + step("success", http))),
            "12: `search` never begins where `mode: terminate` sees beacons only: `start` is an HTTP message\n");
  EXPECT_EQ(said(served(step("start", beacon) + step("commit", http) + step("success", http))),
            "13: `search` never commits where `mode: terminate` sees beacons only: `commit` is an HTTP message\n"
            "14: `search` never succeeds where `mode: terminate` sees beacons only: `success` is an HTTP message\n");
  EXPECT_EQ(said(served(step("start", beacon) + step("cancel", http))),
            "13: `search` never ends but by time where `mode: terminate` sees beacons only: `cancel` is an HTTP "
            "message\n");
  EXPECT_EQ(said(served(step("start", beacon) + step("cancel", http) + step("success", beacon))), "");
  EXPECT_EQ(said(findings(search("  steps:\n" + step("start", http) + step("success", http)))), "") << "it observes";
}

TEST(Lint, KnowsWhichMatchesABeaconMeets) {
  const auto begins = [](const std::string& match) {
    return !has(served("    - {name: open, kind: start, match: " + match +
                       "}\n    - {name: done, kind: success, match: {beacon: {event: done}}}\n"),
                "BR2007");
  };
  const std::string http = "{http: {at: request, path: /a}}", beacon = "{beacon: {event: a}}";
  EXPECT_TRUE(begins("{any: [" + http + ", " + beacon + "]}"));
  EXPECT_TRUE(begins("{all: [" + beacon + ", {not: " + http + "}]}"));
  EXPECT_FALSE(begins("{any: [" + http + ", {http: {at: response, path: /a}}]}"));
  EXPECT_FALSE(begins("{all: [" + http + ", {not: " + beacon + "}]}"));
  EXPECT_FALSE(begins("{all: [{any: [" + http + "]}, {http: {at: request, method: GET}}]}"));
}

struct Ran {
  int exit_code;
  std::string out, err;
};
Ran run(const LintOptions& options) {
  std::ostringstream out, err;
  const int exit_code = run_lint(options, out, err);
  return {exit_code, out.str(), err.str()};
}

TEST(LintCommand, EndsWithOneForWarningsAndForNotesThatAreDenied) {
  const ScratchFiles scratch;
  const std::string notes = scratch.write("notes.yaml", whole(explanation_of("BR2001")->wrong)),
                    warnings = scratch.write("warn.yaml", whole(explanation_of("BR1902")->wrong));
  EXPECT_EQ(run({.files = {notes}}).exit_code, kDone);
  EXPECT_EQ(run({.files = {notes}, .deny_notes = true}).exit_code, kDifferent);
  EXPECT_EQ(run({.files = {warnings}}).exit_code, kDifferent);
  EXPECT_EQ(run({.files = {BELLROCK_TEST_DATA "/broken-config/no-end.yaml"}}).exit_code, kInvalidConfiguration);
}

TEST(LintCommand, WritesFindingsInEveryFormat) {
  const ScratchFiles scratch;
  const std::string file = scratch.write("a.yaml", whole(explanation_of("BR1902")->wrong));
  const Json json = Json::parse(run({.files = {file}, .output = "json"}).out);
  EXPECT_EQ(json["warnings"], 1);
  EXPECT_EQ(json["notes"], 1);
  EXPECT_EQ(json["findings"][0]["code"], "BR1902");
  EXPECT_EQ(json["findings"][1]["severity"], "note");
  const Ran table = run({.files = {file}});
  EXPECT_NE(table.out.find(": warning BR1902 ["), std::string::npos) << table.out;
  EXPECT_EQ(table.err, "0 errors, 1 warnings, 1 notes\n");
}

TEST(LintCommand, SaysWhenTheCentreDoesNotAnswer) {
  const ScratchFiles scratch;
  const std::string file = scratch.write("a.yaml", search(kSteps));
  const Ran ran = run({.files = {file}, .from = "http://127.0.0.1:1", .timeout_s = 0.5});
  EXPECT_EQ(ran.exit_code, kUnreachable);
  EXPECT_EQ(ran.out, "");
}

TEST(LintCommand, SaysATargetWithAllItsPlaces) {
  const ScratchFiles scratch;
  const std::string file = scratch.write(
      "a.yaml", search(kSteps + "  objectives: [{name: found, sli: success, target: 0.999999999, strict: true}]\n"));
  const Ran ran = run({.files = {file}});
  EXPECT_NE(ran.out.find("only above 99.9999999 %"), std::string::npos) << ran.out;
}

TEST(LintCommand, HasOnlyNotesForTheShop) {
  const Ran ran = run({.files = {BELLROCK_SOURCE "/config"}});
  EXPECT_EQ(ran.exit_code, kDone) << ran.out;
  EXPECT_NE(ran.out.find("BR2002 [spec.objectives[0].strict]"), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace bellrock::cli
