// The exported rules, checked and run by promtool over counters made from our own counts: its ratios are our ratios and
// its alerts fire when ours do.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "control/slo/alerts.h"
#include "control/slo/budget.h"
#include "control/slo/explain.h"
#include "control/slo/prometheus.h"

namespace bellrock::slo {
namespace {

constexpr int kMinutes = 12 * 60;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "bellrock_promtool_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void write(const char* name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  // Runs promtool in the folder; its exit code, and what it said.
  [[nodiscard]] int run(const std::string& arguments, std::string& said) const {
    const std::string command = "cd '" + path_.string() + "' && promtool " + arguments + " 2>&1";
    FILE* const pipe = ::popen(command.c_str(), "r");
    if (!pipe) return -1;
    char buffer[4'096];
    said.clear();
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, n);
    return ::pclose(pipe);
  }

 private:
  std::filesystem::path path_;
};

struct Case {
  Objective objective;
  Policy policy;
  std::vector<Events> minutes;
  History history;
};

// Quiet, an outage that grows, quiet again; and a low-traffic objective with a failure now and then.
Case make_case(const char* journey, std::uint64_t target_e9, int days, double attempts, double outage) {
  Case one;
  one.objective.journey = journey;
  one.objective.name = "success";
  one.objective.target_e9 = target_e9;
  one.objective.strict = true;
  one.policy.period_s = days * kDaySeconds;
  one.policy.pairs = default_pairs(one.policy.period_s);
  std::mt19937_64 random(static_cast<std::uint64_t>(days) + target_e9);
  for (int minute = 0; minute < kMinutes; ++minute) {
    const double background = static_cast<double>(kOne - target_e9) / kOne / 3;
    const bool out = minute >= 400 && minute < 460;
    const auto n = std::poisson_distribution<std::uint64_t>(attempts)(random);
    const auto unknown = n / 100;
    const auto bad = std::binomial_distribution<std::uint64_t>(n - unknown, out ? outage : background)(random);
    one.minutes.push_back({n - unknown - bad, bad, unknown, 0});
    one.history.add(60 * minute, one.minutes.back());
  }
  return one;
}

std::string counter(const Case& one, const char* result, control::Uint128 Events::*member) {
  std::string values = "0";
  std::uint64_t sum = 0;
  for (const auto& minute : one.minutes)
    values += " " + std::to_string(sum += static_cast<std::uint64_t>(minute.*member));
  return "      - series: 'bellrock_slo_events_total{instance=\"a\",journey=\"" + one.objective.journey +
         "\",objective=\"success\",result=\"" + result + "\"}'\n        values: '" + values + "'\n";
}

bool ours_fires(const Case& one, Severity severity, int minute) {
  const Alerts alerts(one.objective.target_e9, one.policy);
  for (const auto& pair : one.policy.pairs) {
    if (pair.severity == severity && alerts.read(pair, 60 * minute, one.history, {}).holds()) return true;
  }
  return false;
}

std::string expected_alerts(const std::vector<Case>& cases, int minute, std::size_t& firing) {
  std::string text = "      - eval_time: " + std::to_string(minute) + "m\n        alertname: BellrockBudgetBurn\n";
  std::string alerts;
  for (const auto& one : cases) {
    for (const Severity severity : {Severity::kPage, Severity::kTicket}) {
      if (!ours_fires(one, severity, minute)) continue;
      ++firing;
      alerts += "          - exp_labels:\n              severity: " +
                std::string(kSeverityNames[static_cast<std::size_t>(severity)]) +
                "\n              journey: " + one.objective.journey +
                "\n              objective: success\n            exp_annotations:\n" +
                "              summary: 'The error budget of " + one.objective.journey +
                "/success burns too fast (target " + target_text(one.objective) + ")'\n";
    }
  }
  return text + (alerts.empty() ? "        exp_alerts: []\n" : "        exp_alerts:\n" + alerts);
}

std::string expected_ratio(const Case& one, const std::string& metric, int minute, double value) {
  char number[40];
  std::snprintf(number, sizeof number, "%.17g", value);
  const std::string& journey = one.objective.journey;
  std::string window;
  if (const auto at = metric.find("ratio_rate"); at != std::string::npos) {
    window = ",sloth_window=\"" + metric.substr(at + 10) + "\"";
  }
  return "      - expr: " + metric + "{journey=\"" + journey + "\"}\n        eval_time: " + std::to_string(minute) +
         "m\n        exp_samples:\n          - labels: '" + metric + "{journey=\"" + journey +
         "\",objective=\"success\",sloth_id=\"" + journey + "-success\",sloth_service=\"" + journey +
         "\",sloth_slo=\"success\"" + window + "}'\n            value: " + number + "\n";
}

std::string ratios(const Case& one, int minute) {
  std::string text;
  for (const std::int64_t window : {300ll, 1'800ll, 3'600ll, 21'600ll}) {
    const Events events = one.history.sum(60 * minute - window, 60 * minute);
    if (events.all() == 0) continue;
    text += expected_ratio(one, "slo:sli_error:ratio_rate" + window_name(window), minute,
                           static_cast<double>(events.bad) / static_cast<double>(events.all()));
  }
  return text;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  cases.push_back(make_case("checkout", 992'000'000, 30, 400, 0.5));
  cases.push_back(make_case("search", 950'000'000, 28, 90, 1.0));
  cases.push_back(make_case("signup", 999'000'000, 28, 0.1, 0.5));  // six attempts an hour
  return cases;
}

TEST(PrometheusRules, AreAcceptedByPromtool) {
  auto cases = all_cases();
  // Names that read alike when they are put together.
  for (const auto& [journey, objective] : {std::pair("a", "b-c"), std::pair("a-b", "c")}) {
    cases.push_back(cases[0]);
    cases.back().objective.journey = journey;
    cases.back().objective.name = objective;
  }
  std::vector<RuledObjective> ruled;
  for (const auto& one : cases) ruled.push_back({&one.objective, &one.policy});
  const Folder folder;
  folder.write("rules.yaml", prometheus_rules(ruled));
  folder.write("none.yaml", prometheus_rules({}));
  std::string said;
  EXPECT_EQ(folder.run("check rules rules.yaml none.yaml", said), 0) << said << prometheus_rules(ruled);
  EXPECT_NE(said.find("rules found"), std::string::npos) << said;
  EXPECT_EQ(said.find("FAILED"), std::string::npos) << said;
}

TEST(PrometheusRules, GiveOurRatiosAndFireWhenOursDo) {
  const auto cases = all_cases();
  std::vector<RuledObjective> ruled;
  for (const auto& one : cases) ruled.push_back({&one.objective, &one.policy});
  const Folder folder;
  folder.write("rules.yaml", prometheus_rules(ruled));
  std::string series, alerts, expressions;
  for (const auto& one : cases) {
    series += counter(one, "good", &Events::good) + counter(one, "bad", &Events::bad) +
              counter(one, "unknown", &Events::unknown);
  }
  std::size_t firing = 0, evaluated = 0;
  for (int minute = 10; minute<kMinutes; minute += minute> 395 && minute < 470 ? 1 : 17, ++evaluated) {
    alerts += expected_alerts(cases, minute, firing);
    if (evaluated % 4 == 0) {
      for (const auto& one : cases) expressions += ratios(one, minute);
    }
  }
  EXPECT_GT(firing, 30u);
  EXPECT_LT(firing, 3 * evaluated);
  folder.write("test.yaml",
               "rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n" +
                   series + "    alert_rule_test:\n" + alerts + "    promql_expr_test:\n" + expressions);
  std::string said;
  EXPECT_EQ(folder.run("test rules test.yaml", said), 0) << said.substr(0, 6'000);
}

TEST(PrometheusRules, LeaveOutPairsThatCanNeverFire) {
  const Case loose = make_case("search", 900'000'000, 30, 10, 1.0);
  const RuledObjective one{&loose.objective, &loose.policy};
  const std::string rules = prometheus_rules({&one, 1});
  EXPECT_EQ(rules.find("bellrock:slo_bad:increase5m{journey=\"search\",objective=\"success\"} >"), std::string::npos);
  EXPECT_NE(rules.find("bellrock:slo_bad:increase30m{journey=\"search\",objective=\"success\"} >"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::slo
