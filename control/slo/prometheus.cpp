#include "control/slo/prometheus.h"

#include <cstdio>
#include <set>

#include "control/slo/explain.h"

namespace bellrock::slo {
namespace {

std::string exact(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

// Inside PromQL's double quotes, and those inside YAML's single ones.
std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out.push_back('\\');
    out.push_back(c);
    if (c == '\'') out.push_back('\'');
  }
  return '"' + out + '"';
}

class Group {
 public:
  Group(const Objective& objective, const Policy& policy) : objective_(objective), policy_(policy) {
    labels_ = "{journey=" + quoted(objective.journey) + ",objective=" + quoted(objective.name) + "}";
    budget_ = static_cast<double>(kOne - objective.target_e9) / kOne;
  }

  std::string text() && {
    line("  - name: 'bellrock-slo: " + objective_.journey + "/" + objective_.name + "'");
    line("    interval: 1m");
    line("    rules:");
    for (const std::int64_t window : windows()) counts(window);
    for (const std::int64_t window : windows()) ratio(window);
    meta();
    for (const Severity severity : {Severity::kPage, Severity::kTicket}) alert(severity);
    return std::move(text_);
  }

 private:
  void line(const std::string& text) { text_ += text + '\n'; }

  // Of the pairs, five minutes for the present, and the period.
  [[nodiscard]] std::set<std::int64_t> windows() const {
    std::set<std::int64_t> all{kPresentSeconds, policy_.period_s};
    for (const auto& pair : policy_.pairs) all.insert({pair.long_s, pair.short_s});
    return all;
  }

  void record(const std::string& name, const std::string& expression, bool sloth, const std::string& window = "") {
    line("      - record: '" + name + "'");
    line("        expr: '" + expression + "'");
    line("        labels:");
    line("          journey: '" + objective_.journey + "'");
    line("          objective: '" + objective_.name + "'");
    if (!sloth) return;
    line("          sloth_id: '" + objective_.journey + "-" + objective_.name + "'");
    line("          sloth_service: '" + objective_.journey + "'");
    line("          sloth_slo: '" + objective_.name + "'");
    if (!window.empty()) line("          sloth_window: '" + window + "'");
  }

  [[nodiscard]] std::string increase(const std::string& results, std::int64_t window) const {
    std::string labels = labels_;
    labels.insert(labels.size() - 1, ",result=~\"" + results + "\"");
    return "sum(increase(bellrock_slo_events_total" + labels + "[" + window_name(window) + "]))";
  }

  void counts(std::int64_t window) {
    record("bellrock:slo_bad:increase" + window_name(window), increase("bad", window), false);
    record("bellrock:slo_attempts:increase" + window_name(window), increase("good|bad|unknown", window), false);
  }

  [[nodiscard]] std::string bad(std::int64_t window) const {
    return "bellrock:slo_bad:increase" + window_name(window) + labels_;
  }
  [[nodiscard]] std::string all(std::int64_t window) const {
    return "bellrock:slo_attempts:increase" + window_name(window) + labels_;
  }
  [[nodiscard]] std::string ratio_of(std::int64_t window) const {
    return "slo:sli_error:ratio_rate" + window_name(window) + labels_;
  }

  void ratio(std::int64_t window) {
    const std::string name = window_name(window);
    record("slo:sli_error:ratio_rate" + name, bad(window) + " / (" + all(window) + " > 0)", true, name);
  }

  void meta() {
    const std::string target = decimal_text(objective_.target_e9);
    record("slo:objective:ratio", "vector(" + target + ")", true);
    record("slo:error_budget:ratio", "vector(1 - " + target + ")", true);
    record("slo:time_period:days", "vector(" + exact(static_cast<double>(policy_.period_s) / kDaySeconds) + ")", true);
    record("slo:current_burn_rate:ratio", ratio_of(kPresentSeconds) + " / " + exact(budget_), true);
    record("slo:period_burn_rate:ratio", ratio_of(policy_.period_s) + " / " + exact(budget_), true);
    record("slo:period_error_budget_remaining:ratio", "1 - slo:period_burn_rate:ratio" + labels_, true);
  }

  [[nodiscard]] std::string holds(const BurnPair& pair) const {
    const double p = pair.factor() * budget_;
    const std::string share = exact(p), over = "(" + bad(pair.long_s) + " - " + share + " * " + all(pair.long_s) + ")";
    return "(" + bad(pair.short_s) + " > " + share + " * " + all(pair.short_s) + " and " + bad(pair.long_s) + " > " +
           share + " * " + all(pair.long_s) + " and " + bad(pair.long_s) +
           " >= " + std::to_string(policy_.gate.failures_min) + " and " + over + " ^ 2 > " +
           exact(policy_.gate.z * policy_.gate.z * p * (1 - p)) + " * " + all(pair.long_s) + ")";
  }

  void alert(Severity severity) {
    std::string expression;
    for (const auto& pair : policy_.pairs) {
      if (pair.severity != severity || !can_fire(pair, objective_.target_e9)) continue;
      expression += (expression.empty() ? "" : " or ") + holds(pair);
    }
    if (expression.empty()) return;
    line("      - alert: 'BellrockBudgetBurn'");
    line("        expr: '" + expression + "'");
    line("        labels:");
    line("          severity: '" + std::string(kSeverityNames[static_cast<std::size_t>(severity)]) + "'");
    line("          journey: '" + objective_.journey + "'");
    line("          objective: '" + objective_.name + "'");
    line("        annotations:");
    line("          summary: 'The error budget of " + objective_.journey + "/" + objective_.name +
         " burns too fast (target " + target_text(objective_) + ")'");
  }

  const Objective& objective_;
  const Policy& policy_;
  std::string labels_, text_;
  double budget_ = 0;
};

}  // namespace

std::string window_name(std::int64_t seconds) {
  if (seconds % kDaySeconds == 0) return std::to_string(seconds / kDaySeconds) + "d";
  if (seconds % kHourSeconds == 0) return std::to_string(seconds / kHourSeconds) + "h";
  return seconds % 60 == 0 ? std::to_string(seconds / 60) + "m" : std::to_string(seconds) + "s";
}

std::string prometheus_rules(std::span<const RuledObjective> objectives) {
  std::string text = "groups:\n";
  for (const auto& [objective, policy] : objectives) {
    if (objective->has_budget()) text += Group(*objective, *policy).text();
  }
  return text == "groups:\n" ? "groups: []\n" : text;
}

}  // namespace bellrock::slo
