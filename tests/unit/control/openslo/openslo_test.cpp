#include "control/openslo/openslo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace bellrock::openslo {
namespace {

Slo checkout() {
  Slo slo;
  slo.journey = "checkout";
  slo.objective = "success";
  slo.description = "Says \"yes\" \\ no";
  slo.target_e9 = 992'000'000;
  slo.strict = true;
  slo.period_s = 28 * slo::kDaySeconds;
  slo.pairs = slo::default_pairs(slo.period_s);
  return slo;
}

std::string lines(const Documents& documents) {
  std::string text;
  for (const auto& one : documents.diagnostics) text += config::to_line(one) + '\n';
  return text;
}

TEST(OpenSlo, WhatIsWrittenReadsBackAsItWas) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Slo> slos;
    for (std::size_t i = 0, n = random() % 4; i < n; ++i) {
      Slo one = checkout();
      one.journey = "journey_" + std::to_string(random() % 3);
      one.objective = (random() % 2 ? "fast_" : "fast-") + std::to_string(i);
      if (random() % 2) one.description.clear();
      one.target_e9 = 1 + random() % 999'999'999;
      one.strict = random() % 2;
      one.period_s = static_cast<std::int64_t>(1 + random() % 45) * slo::kDaySeconds;
      one.pairs = slo::default_pairs(one.period_s);
      std::erase_if(one.pairs, [&](const auto& pair) { return !slo::can_fire(pair, one.target_e9); });
      if (random() % 2 && !one.pairs.empty()) one.pairs.resize(1 + random() % one.pairs.size());
      if (random() % 2) {
        one.extras.failures_min = 1 + random() % 100;
        one.extras.keep_firing_s = static_cast<std::int64_t>(1 + random() % 90) * 60;
        one.extras.recovered_s = static_cast<std::int64_t>(1 + random() % 90) * 60;
        one.extras.postmortem_e9 = 1 + random() % 999'999'999;
        one.extras.steps.resize(random() % 4);
        for (auto& step : one.extras.steps)
          step = {1 + random() % slo::kOne, static_cast<slo::BudgetAction>(random() % 3)};
      }
      slos.push_back(std::move(one));
    }
    const std::string text = write(slos);
    const Documents documents = read("out.yaml", text);
    ASSERT_TRUE(documents.ok()) << lines(documents) << text;
    EXPECT_EQ(documents.slos, slos) << text;
    EXPECT_EQ(write(documents.slos), text);
  }
}

// Lower-case letters, digits and what `inner` adds, of a length that a name of ours may have.
std::string long_name(std::mt19937_64& random, const std::string& inner) {
  std::string name = "a";
  while (name.size() < 50 + random() % 14) name += inner[random() % inner.size()];
  return name;
}

TEST(OpenSlo, NamesAsLongAsTheyMayBeReadBackToo) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 100; ++round) {
    std::vector<Slo> slos;
    const std::string journey = long_name(random, "a--__");
    for (std::size_t i = 0; i < 12; ++i) {
      Slo one = checkout();
      one.journey = i % 3 == 0 ? long_name(random, "a-_") : journey;
      one.objective = long_name(random, "a-") + (i < 9 ? std::to_string(i) : "");
      slos.push_back(std::move(one));
    }
    const std::string text = write(slos);
    const Documents documents = read("out.yaml", text);
    ASSERT_TRUE(documents.ok()) << lines(documents);
    EXPECT_EQ(documents.slos, slos);
    EXPECT_EQ(write(documents.slos), text);
  }
}

// The smallest SLO that is read, with `rest` put at the end of its spec and `objective` as its one objective.
std::string slo_text(const std::string& rest = "", const std::string& objective = "{target: 0.992}",
                     const std::string& window = "{duration: 4w, isRolling: true}") {
  return "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\nspec: {description: x}\n---\n"
         "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: works}\nspec:\n  ratioMetric:\n    counter: true\n"
         "    good: {metricSource: {type: bellrock, spec: {journey: checkout, objective: success, result: good}}}\n"
         "    total: {metricSource: {type: bellrock, spec: {journey: checkout, objective: success, result: "
         "attempts}}}\n"
         "---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {name: one, displayName: One, labels: {team: pay}}\nspec:\n"
         "  service: shop\n  indicatorRef: works\n  timeWindow: [" +
         window +
         "]\n  budgetingMethod: Occurrences\n"
         "  objectives: [" +
         objective + "]\n" + rest;
}

// The code and, where a feature is refused, that it is named.
std::string finding(const std::string& text) {
  const Documents documents = read("in.yaml", text);
  for (const auto& one : documents.diagnostics) {
    EXPECT_GT(one.line, 0);
    EXPECT_FALSE(one.fix.empty());
  }
  return documents.diagnostics.empty() ? "" : documents.diagnostics[0].code;
}

void expect_named(const std::string& text, const std::string& feature) {
  const Documents documents = read("in.yaml", text);
  const bool named = std::any_of(documents.diagnostics.begin(), documents.diagnostics.end(), [&](const auto& one) {
    return one.code == "BR1801" && one.message.find(feature) != std::string::npos;
  });
  EXPECT_TRUE(named) << feature << "\n" << lines(documents);
  EXPECT_FALSE(documents.ok());
}

TEST(OpenSlo, AnAnnotationOfOursThatCannotBeReadIsRefusedByItsName) {
  for (const char* const bad :
       {"failures-min: \"0\"", "keep-firing: \"90s\"", "recovered: \"soon\"", "budget: \"0.5 panic\"",
        "budget: \"0.5 gate 7\"", "budget: \"\"", "budget: \"1.5 gate\"", "postmortem: \"1\"", "strict: \"yes\"",
        "strickt: \"true\"", "short-window: 5m", "postmortem: [0.2]"}) {
    std::string text = slo_text();
    const std::string before = "labels: {team: pay}";
    text.replace(text.find(before), before.size(), std::string("annotations: {bellrock.dev/") + bad + "}");
    const Documents documents = read("in.yaml", text);
    EXPECT_FALSE(documents.ok()) << bad;
    EXPECT_NE(lines(documents).find("in.yaml:17"), std::string::npos) << lines(documents);
    EXPECT_NE(lines(documents).find("bellrock.dev/" + std::string(bad, std::string(bad).find(':'))), std::string::npos)
        << lines(documents);
  }
}

TEST(OpenSlo, TakesTheShortFormsThatPeopleWrite) {
  const Documents documents = read("in.yaml", slo_text("", "{displayName: good, targetPercent: 99.2}"));
  ASSERT_TRUE(documents.ok()) << lines(documents);
  ASSERT_EQ(documents.slos.size(), 1u);
  EXPECT_EQ(documents.slos[0].target_e9, 992'000'000u);
  EXPECT_EQ(documents.slos[0].period_s, 28 * slo::kDaySeconds);
  EXPECT_FALSE(documents.slos[0].strict);
  EXPECT_TRUE(documents.slos[0].pairs.empty());
}

TEST(OpenSlo, ReadsInlineAlertPoliciesAndConditions) {
  const Documents documents =
      read("in.yaml", slo_text("  alertPolicies:\n    - kind: AlertPolicy\n      metadata: {name: fast}\n      spec:\n "
                               "       alertWhenBreaching: true\n"
                               "        conditions:\n          - kind: AlertCondition\n            metadata: {name: "
                               "burn}\n            spec:\n"
                               "              severity: page\n              condition: {kind: burnrate, op: gt, "
                               "threshold: 13.44, lookbackWindow: 1h, alertAfter: 0m}\n"));
  ASSERT_TRUE(documents.ok()) << lines(documents);
  ASSERT_EQ(documents.slos[0].pairs.size(), 1u);
  EXPECT_EQ(documents.slos[0].pairs[0], slo::default_pairs(28 * slo::kDaySeconds)[0]);
}

TEST(OpenSlo, AThresholdThatSomebodyWroteComesBackAsHeWroteIt) {
  const std::string head = "apiVersion: openslo/v1\nkind: ";
  int taken = 0;
  for (const char* const period : {"28d", "30d", "4w"}) {
    for (const char* const window : {"5m", "30m", "1h", "2h", "6h", "1d", "3d"}) {
      for (const char* const threshold :
           {"0.5",  "0.75", "1",     "1.25", "2",     "2.5",    "3",    "3.36", "5.6", "6",  "7.2",
            "9.99", "10",   "13.44", "14.4", "14.41", "14.444", "16.8", "20",   "36",  "100"}) {
        const std::string text =
            slo_text("  alertPolicies: [fast]\n", "{target: 0.999}",
                     std::string("{duration: ") + period + ", isRolling: true}") +
            "---\n" + head + "AlertPolicy\nmetadata: {name: fast}\nspec: {conditions: [{conditionRef: burn}]}\n---\n" +
            head + "AlertCondition\nmetadata: {name: burn}\nspec: {severity: page, condition: " +
            "{kind: burnrate, op: gt, threshold: " + threshold + ", lookbackWindow: " + window + "}}\n";
        const Documents first = read("in.yaml", text);
        if (!first.ok()) {
          EXPECT_NE(lines(first).find("burns all"), std::string::npos) << lines(first);
          continue;
        }
        ++taken;
        const std::string written = write(first.slos);
        EXPECT_NE(written.find("    threshold: " + std::string(threshold) + "\n"), std::string::npos)
            << period << ' ' << window << ' ' << threshold << '\n'
            << written;
        const Documents second = read("out.yaml", written);
        ASSERT_TRUE(second.ok()) << lines(second);
        EXPECT_EQ(second.slos, first.slos);
        EXPECT_EQ(write(second.slos), written);
      }
    }
  }
  EXPECT_GT(taken, 300);
}

TEST(OpenSlo, RefusesByNameWhatItDoesNotHave) {
  expect_named(slo_text("", "{target: 0.9, timeSliceTarget: 0.9}"), "timeSliceTarget");
  expect_named(slo_text("", "{target: 0.9, timeSliceWindow: 5m}"), "timeSliceWindow");
  expect_named(slo_text("", "{target: 0.9, compositeWeight: 2}"), "compositeWeight");
  expect_named(slo_text("", "{target: 0.9, indicatorRef: works}"), "indicatorRef");
  expect_named(slo_text("", "{target: 0.9, indicator: {}}"), "indicator");
  expect_named(slo_text("", "{target: 0.9}, {target: 0.99}"), "several objectives");
  expect_named(slo_text("", "{target: 0.9}", "{duration: 1M, isRolling: true}"), "1M");
  expect_named(slo_text("", "{target: 0.9}", "{duration: 4w, isRolling: false}"), "isRolling");
  expect_named(slo_text("", "{target: 0.9}", "{duration: 4w, calendar: {startTime: x, timeZone: y}}"), "calendar");
  for (const char* method : {"Timeslices", "RatioTimeslices"}) {
    std::string text = slo_text();
    text.replace(text.find("Occurrences"), 11, method);
    expect_named(text, method);
  }
  const std::string head = "apiVersion: openslo/v1\nkind: ";
  expect_named(head + "AlertNotificationTarget\nmetadata: {name: x}\nspec: {target: email}\n",
               "AlertNotificationTarget");
  expect_named(head + "DataSource\nmetadata: {name: x}\nspec: {type: Prometheus, connectionDetails: {}}\n",
               "data source");
  expect_named(head + "SLI\nmetadata: {name: x}\nspec: {thresholdMetric: {metricSource: {}}}\n", "thresholdMetric");
  expect_named(head + "SLI\nmetadata: {name: x}\nspec: {ratioMetric: {counter: true, raw: {}, rawType: success}}\n",
               "rawType");
  const std::string policy = head + "AlertPolicy\nmetadata: {name: x}\nspec: {conditions: [{conditionRef: y}], ";
  expect_named(policy + "alertWhenNoData: true}\n", "alertWhenNoData");
  expect_named(policy + "alertWhenBreaching: false}\n", "alertWhenBreaching");
  expect_named(policy + "alertWhenResolved: false}\n", "alertWhenResolved");
  expect_named(policy + "notificationTargets: [{targetRef: z}]}\n", "notificationTargets");
  const std::string condition =
      head + "AlertCondition\nmetadata: {name: x}\nspec: {severity: page, condition: {kind: burnrate, ";
  expect_named(condition + "op: lt, threshold: 1, lookbackWindow: 1h}}\n", "lt");
  expect_named(condition + "op: gt, threshold: 1, lookbackWindow: 1h, alertAfter: 5m}}\n", "alertAfter");
}

// `wrong` is refused; the fix says `said`, and with `right` in its place, which is that, the document is read.
void expect_followed(const std::string& text, const std::string& wrong, const std::string& right,
                     const std::string& said) {
  const Documents refused = read("in.yaml", text);
  ASSERT_EQ(refused.diagnostics.size(), 1u) << wrong << '\n' << lines(refused);
  EXPECT_EQ(refused.diagnostics[0].code, "BR1801");
  EXPECT_NE(refused.diagnostics[0].fix.find(said), std::string::npos) << lines(refused);
  std::string mended = text;
  mended.replace(mended.find(wrong), wrong.size(), right);
  const Documents read_now = read("in.yaml", mended);
  EXPECT_TRUE(read_now.ok()) << mended << lines(read_now);
}

TEST(OpenSlo, AFixOfWhatIsRefusedCanBeFollowed) {
  const auto slo = [](const std::string& wrong, const std::string& right, const std::string& said) {
    std::string text = slo_text();
    text.replace(text.find(right), right.size(), wrong);
    expect_followed(text, wrong, right, said);
  };
  slo("budgetingMethod: Timeslices", "budgetingMethod: Occurrences", "write `Occurrences`");
  slo("duration: 1M,", "duration: 4w,", "whole days, at most 45: `30d`");
  slo("isRolling: false", "isRolling: true", "write `isRolling: true`");
  slo("counter: false", "counter: true", "write `counter: true`");
  const auto alert = [](const std::string& wrong, const std::string& right, const std::string& said) {
    std::string text = slo_text(
        "  alertPolicies:\n    - {kind: AlertPolicy, metadata: {name: fast}, spec: {alertWhenBreaching: true, "
        "alertWhenResolved: true, alertWhenNoData: false, notificationTargets: [], conditions: [{kind: AlertCondition, "
        "metadata: {name: burn}, spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 6, "
        "lookbackWindow: 1h, alertAfter: 0m}}}]}}\n");
    text.replace(text.find(right), right.size(), wrong);
    expect_followed(text, wrong, right, said);
  };
  alert("op: gte", "op: gt", "write `gt`");
  alert("lookbackWindow: 1M", "lookbackWindow: 1h", "write hours or days, at most `3d`");
  alert("alertAfter: 5m", "alertAfter: 0m", "write `0m`");
  alert("alertAfter: 1M", "alertAfter: 0m", "write `0m`");
  alert("alertWhenBreaching: false", "alertWhenBreaching: true", "write `alertWhenBreaching: true`");
  alert("alertWhenResolved: false", "alertWhenResolved: true", "write `alertWhenResolved: true`");
  alert("alertWhenNoData: true", "alertWhenNoData: false", "write `alertWhenNoData: false`");
  alert("notificationTargets: [{targetRef: z}]", "notificationTargets: []", "write `notificationTargets: []`");
}

TEST(OpenSlo, FindsMistakesAtTheirPlace) {
  EXPECT_EQ(finding(slo_text()), "");
  EXPECT_EQ(finding("apiVersion: openslo/v2\nkind: SLO\n"), "BR1104");
  EXPECT_EQ(finding(slo_text("  colour: red\n")), "BR1101");
  EXPECT_EQ(finding(slo_text("", "{target: 1.5}")), "BR1110");
  EXPECT_EQ(finding(slo_text("", "{targetPercent: 100}")), "BR1110");
  EXPECT_EQ(finding(slo_text("", "{targetPercent: 99.}")), "BR1110");
  EXPECT_EQ(finding(slo_text("", "{target: 0.9, targetPercent: 90}")), "BR1102");
  EXPECT_EQ(finding(slo_text("", "{displayName: x}")), "BR1102");
  EXPECT_EQ(finding(slo_text("", "{target: 0.9}", "{duration: 90m}")), "BR1107");
  EXPECT_EQ(finding(slo_text("", "{target: 0.9}", "{duration: 10s}")), "BR1105");
  EXPECT_EQ(finding(slo_text("", "{target: 0.9}", "{duration: 1d}, {duration: 2d}")), "BR1201");
  EXPECT_EQ(finding(slo_text("  alertPolicies: [none]\n")), "BR1207");
  EXPECT_EQ(finding(slo_text("  indicator: {}\n")), "BR1102");
  EXPECT_EQ(finding("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: My_Shop}\nspec: {}\n"), "BR1109");
  EXPECT_EQ(finding("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: x}\nspec: [\n"), "BR1002");
}

// What is wrong with an alert of the smallest SLO, over four weeks at 0.992; nothing when it becomes a pair.
std::string alert_finding(const std::string& threshold, const std::string& window,
                          const std::string& annotations = "{}") {
  const std::string head = "apiVersion: openslo/v1\nkind: ";
  return finding(slo_text("  alertPolicies: [fast]\n") + "---\n" + head +
                 "AlertPolicy\nmetadata: {name: fast}\nspec: {conditions: [{conditionRef: burn}]}\n---\n" + head +
                 "AlertCondition\nmetadata: {name: burn, annotations: " + annotations +
                 "}\nspec: {severity: page, condition: {kind: burnrate, op: gt, threshold: " + threshold +
                 ", lookbackWindow: " + window + "}}\n");
}

TEST(OpenSlo, AnAlertThatNoPolicyCanHaveIsRefusedWhereItIsWritten) {
  EXPECT_EQ(alert_finding("13.44", "1h"), "");
  EXPECT_EQ(alert_finding("13.44", "1h", "{bellrock.dev/short-window: 10m, bellrock.dev/budget-share: \"0.02\"}"), "");
  EXPECT_EQ(alert_finding("1", "3d"), "");
  EXPECT_EQ(alert_finding("1", "2m"), "");
  EXPECT_EQ(alert_finding("1", "1m"), "BR1107");
  EXPECT_EQ(alert_finding("1", "4d"), "BR1107");
  EXPECT_EQ(alert_finding("0.0000001", "1h"), "BR1107");
  EXPECT_EQ(alert_finding("999999", "1h"), "BR1107");
  EXPECT_EQ(alert_finding("130", "1h"), "BR1508");
  EXPECT_EQ(alert_finding("1", "1h", "{bellrock.dev/short-window: 1h}"), "BR1601");
  EXPECT_EQ(alert_finding("1", "1h", "{bellrock.dev/short-window: 1s}"), "BR1105");
  EXPECT_EQ(alert_finding("13.44", "1h", "{bellrock.dev/budget-share: zzz}"), "BR1112");
  EXPECT_EQ(alert_finding("13.44", "1h", "{bellrock.dev/budget-share: \"0.03\"}"), "BR1601");
  EXPECT_EQ(finding(slo_text("  alertPolicies: one\n")), "BR1103");
  std::string many = "  alertPolicies: [one";
  for (int i = 0; i < 16; ++i) many += ", one";
  EXPECT_EQ(finding(slo_text(many + "]\n")), "BR1201");
}

TEST(OpenSlo, AnAlertIsShorterThanTheWindowOfItsSlo) {
  const std::string alert =
      "  alertPolicies:\n    - kind: AlertPolicy\n      metadata: {name: fast}\n      spec:\n"
      "        conditions: [{kind: AlertCondition, metadata: {name: burn}, spec: {severity: page, condition: "
      "{kind: burnrate, op: gt, threshold: 0.5, lookbackWindow: 1h}}}]\n";
  EXPECT_EQ(finding(slo_text(alert, "{target: 0.9}", "{duration: 2h}")), "");
  EXPECT_EQ(finding(slo_text(alert, "{target: 0.9}", "{duration: 1h}")), "BR1601");
}

TEST(OpenSlo, ANameOrAnObjectiveTwiceIsRefused) {
  const std::string head = "---\napiVersion: openslo/v1\nkind: ";
  EXPECT_EQ(finding(slo_text() + head + "Service\nmetadata: {name: shop}\nspec: {}\n"), "BR1202");
  EXPECT_EQ(finding(slo_text() + head + "Service\nmetadata: {name: works}\nspec: {}\n"), "") << "another kind";
  std::string slo = slo_text();
  slo = slo.substr(slo.rfind("---\n"));
  EXPECT_EQ(finding(slo_text() + slo), "BR1202");
  slo.replace(slo.find("name: one"), 9, "name: two");
  EXPECT_EQ(finding(slo_text() + slo), "BR1208");
}

TEST(OpenSlo, FieldsThatAreTakenAndNotUsedAreWhatV1Says) {
  const std::string head = "apiVersion: openslo/v1\nkind: ";
  const auto service = [&](const std::string& metadata, const std::string& spec) {
    return finding(head + "Service\nmetadata: {name: x" + metadata + "}\nspec: {" + spec + "}\n");
  };
  EXPECT_EQ(service(", displayName: \"\", labels: {team: [a, b], tier: 1}, annotations: {x: y}", "description: z"), "");
  EXPECT_EQ(service(", displayName: {a: b}", ""), "BR1103");
  EXPECT_EQ(service(", labels: [a]", ""), "BR1103");
  EXPECT_EQ(service(", labels: {team: {a: b}}", ""), "BR1103");
  EXPECT_EQ(service(", annotations: {x: {y: z}}", ""), "BR1103");
  EXPECT_EQ(service("", "description: [z]"), "BR1103");
  const auto source = [&](const std::string& details) {
    return finding(head + "DataSource\nmetadata: {name: x}\nspec: {type: bellrock, connectionDetails: " + details +
                   "}\n");
  };
  EXPECT_EQ(source("{url: x, more: [1, {a: b}]}"), "");
  EXPECT_EQ(source("[x]"), "BR1103");
  EXPECT_EQ(finding(slo_text("  alertPolicies: [{kind: SLO, metadata: {name: x}, spec: {conditions: []}}]\n")),
            "BR1108");
}

TEST(OpenSlo, AnOperatorBesideARatioIsOnlyAWarning) {
  const Documents documents = read("in.yaml", slo_text("", "{target: 0.9, op: lt, value: 1}"));
  EXPECT_TRUE(documents.ok()) << lines(documents);
  EXPECT_EQ(documents.diagnostics.size(), 2u);
  EXPECT_EQ(documents.slos.size(), 1u);
}

TEST(OpenSlo, DurationsAreWrittenInTheLargestUnitThatDividesThem) {
  EXPECT_EQ(duration_text(28 * slo::kDaySeconds), "28d");
  EXPECT_EQ(duration_text(36 * 3'600), "36h");
  EXPECT_EQ(duration_text(5 * 60), "5m");
}

}  // namespace
}  // namespace bellrock::openslo
