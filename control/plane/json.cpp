#include "control/plane/json.h"

#include <cstdio>

#include "control/slo/explain.h"

namespace bellrock::plane {
namespace {

Json counts_json(const control::SloCounts& counts) {
  return {{"good", counts.good},           {"bad", counts.bad},           {"bad_failed", counts.bad_failed},
          {"bad_ended", counts.bad_ended}, {"unknown", counts.unknown},   {"board_lost", counts.board_lost},
          {"excluded", counts.excluded},   {"censored", counts.censored}, {"funnel", counts.funnel}};
}

Json budget_json(const control::ErrorBudget& budget) {
  return {{"allowed", budget.allowed},
          {"left", budget.left},
          {"left_ratio", or_null(budget.left_ratio)},
          {"left_ratio_lower", or_null(budget.left_ratio_lower)},
          {"left_ratio_upper", or_null(budget.left_ratio_upper)}};
}

Json latency_json(const control::LatencySummary& latency) {
  return {{"measured", latency.measured}, {"p50", latency.p50_ns},   {"p75", latency.p75_ns}, {"p95", latency.p95_ns},
          {"p99", latency.p99_ns},        {"mean", latency.mean_ns}, {"min", latency.min_ns}, {"max", latency.max_ns}};
}

}  // namespace

Json to_json(const slo::Objective& objective, const control::SloStatus& status, std::uint64_t other_versions) {
  char version[17];
  std::snprintf(version, sizeof version, "%016llx", static_cast<unsigned long long>(objective.version));
  Json json{{"journey", objective.journey},
            {"objective", objective.name},
            {"version", version},
            {"sli", objective.is_latency       ? "latency"
                    : objective.is_consistency ? "consistency"
                                               : "success"},
            {"rule", slo::rule_text(objective)},
            {"target", static_cast<double>(objective.target_e9) / slo::kOne},
            {"target_text", slo::target_text(objective)},
            {"strict", objective.strict}};
  json["threshold_ns"] = objective.is_latency ? Json(objective.threshold) : Json(nullptr);
  json["state"] = control::kSloStateNames[static_cast<std::size_t>(status.state)];
  json["partial"] = status.data == control::DataState::kPartial;
  json["partial_because"] = slo::partial_because(objective, status);
  json["data"] = control::kDataStateNames[static_cast<std::size_t>(status.data)];
  json["counts"] = counts_json(status.counts);
  json["ratio"] = or_null(status.ratio);
  json["lower"] = or_null(status.lower);
  json["upper"] = or_null(status.upper);
  json["budget"] = status.budget ? budget_json(*status.budget) : Json(nullptr);
  json["latency_ns"] = status.latency ? latency_json(*status.latency) : Json(nullptr);
  json["other_versions"] = other_versions;
  return json;
}

}  // namespace bellrock::plane
