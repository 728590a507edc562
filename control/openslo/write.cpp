#include <map>

#include "control/openslo/extras.h"
#include "control/openslo/labels.h"
#include "control/openslo/openslo.h"
#include "control/openslo/threshold.h"
#include "control/slo/explain.h"

namespace bellrock::openslo {
namespace {

// In YAML's double quotes, which are JSON's.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) continue;
    out.push_back(c);
  }
  return out + '"';
}

class Writer {
 public:
  std::string write(std::span<const Slo> slos) && {
    head("DataSource", labels_.label("bellrock"), {});
    line("spec: {type: bellrock, connectionDetails: {}}");
    for (const auto& one : slos) service(one.journey);
    for (const auto& one : slos) slo(one);
    return std::move(text_);
  }

 private:
  void line(const std::string& text) { text_ += text + '\n'; }

  void head(const std::string& kind, const std::string& name, const std::map<std::string, std::string>& annotations) {
    if (!text_.empty()) line("---");
    line("apiVersion: openslo/v1");
    line("kind: " + kind);
    line("metadata:");
    line("  name: " + name);
    if (!annotations.empty()) line("  annotations:");
    for (const auto& [key, value] : annotations) line("    " + key + ": " + quoted(value));
  }

  void service(const std::string& journey) {
    if (services_.contains(journey)) return;
    services_[journey] = labels_.label(journey);
    head("Service", services_[journey], {});
    line("spec: {description: " + quoted("The journey " + journey) + "}");
  }

  void metric(const char* which, const Slo& one, const char* result) {
    line(std::string("        ") + which + ":");
    line("          metricSource:");
    line("            metricSourceRef: bellrock");
    line("            type: bellrock");
    line("            spec: {journey: " + quoted(one.journey) + ", objective: " + quoted(one.objective) +
         ", result: " + result + "}");
  }

  void slo(const Slo& one) {
    const std::string name = labels_.label(one.journey + "-" + one.objective);
    std::vector<std::string> policies;
    for (std::size_t i = 0; i < one.pairs.size(); ++i)
      policies.push_back(labels_.label(name, "-" + std::to_string(i + 1)));
    auto annotations = annotations_of(one.extras);
    if (one.strict) annotations["bellrock.dev/strict"] = "true";
    head("SLO", name, annotations);
    line("spec:");
    if (!one.description.empty()) line("  description: " + quoted(one.description));
    line("  service: " + services_[one.journey]);
    line("  indicator:");
    line("    metadata: {name: " + name + "}");
    line("    spec:");
    line("      ratioMetric:");
    line("        counter: true");
    metric("good", one, "good");
    metric("total", one, "attempts");
    line("  timeWindow:");
    line("    - {duration: " + duration_text(one.period_s) + ", isRolling: true}");
    line("  budgetingMethod: Occurrences");
    line("  objectives:");
    line("    - {target: " + slo::decimal_text(one.target_e9) + "}");
    if (!policies.empty()) line("  alertPolicies:");
    for (const auto& policy : policies) line("    - {alertPolicyRef: " + policy + "}");
    for (std::size_t i = 0; i < one.pairs.size(); ++i) alert(one.pairs[i], policies[i]);
  }

  void alert(const slo::BurnPair& pair, const std::string& name) {
    const std::string condition = labels_.label(name, "-condition");
    head("AlertPolicy", name, {});
    line("spec:");
    line("  alertWhenBreaching: true");
    line("  alertWhenResolved: true");
    line("  alertWhenNoData: false");
    line("  conditions:");
    line("    - {conditionRef: " + condition + "}");
    line("  notificationTargets: []");
    head("AlertCondition", condition,
         {{"bellrock.dev/short-window", duration_text(pair.short_s)},
          {"bellrock.dev/budget-share", slo::decimal_text(pair.share_e9)}});
    line("spec:");
    line("  severity: " + std::string(slo::kSeverityNames[static_cast<std::size_t>(pair.severity)]));
    line("  condition:");
    line("    kind: burnrate");
    line("    op: gt");
    line("    threshold: " + threshold_text(pair));
    line("    lookbackWindow: " + duration_text(pair.long_s));
    line("    alertAfter: 0m");
  }

  Labels labels_;
  std::map<std::string, std::string> services_;
  std::string text_;
};

}  // namespace

std::string duration_text(std::int64_t seconds) {
  const std::int64_t minutes = seconds / 60;
  if (minutes != 0 && minutes % (24 * 60) == 0) return std::to_string(minutes / (24 * 60)) + "d";
  if (minutes != 0 && minutes % 60 == 0) return std::to_string(minutes / 60) + "h";
  return std::to_string(minutes) + "m";
}

std::string write(std::span<const Slo> slos) { return Writer().write(slos); }

}  // namespace bellrock::openslo
