#include "control/plane/policy_json.h"

#include <algorithm>
#include <utility>

#include "control/openslo/openslo.h"
#include "control/plane/nodes_heard.h"
#include "control/slo/explain.h"
#include "control/slo/prometheus.h"

namespace bellrock::plane {
namespace {

using slo::Events;
using slo::kOne;

// Attempts of a window, and how fast they use the budget up: 1 uses it up in exactly one period.
Json reading_json(const Events& events, std::uint64_t target_e9) {
  Json json = to_json(events);
  const auto burn = slo::Burned{events.bad, events.all(), target_e9}.share();
  json["burn_rate"] = or_null(burn);
  return json;
}

// What a pair is judged by where that is less than its long window; null where it is all of it.
Json judged_json(const slo::BurnPair& pair, const slo::Objective& objective, const slo::PairReading* reading,
                 std::int64_t at) {
  if (!reading || reading->judged_from <= at - pair.long_s) return nullptr;
  Json json = reading_json(reading->judged_long, objective.target_e9);
  json["from_unix_s"] = reading->judged_from;
  return json;
}

Json pair_json(const slo::BurnPair& pair, const slo::Objective& objective, const slo::PairReading* reading,
               std::int64_t at) {
  Json json{{"severity", slo::kSeverityNames[static_cast<std::size_t>(pair.severity)]},
            {"long_s", pair.long_s},
            {"short_s", pair.short_s},
            {"factor", pair.factor()}};
  json["error_ratio"] = pair.factor() * static_cast<double>(kOne - objective.target_e9) / kOne;
  json["can_fire"] = slo::can_fire(pair, objective.target_e9);
  json["full_outage_s"] = or_null(slo::seconds_to_hold(pair, objective.target_e9, kOne));
  json["long"] = reading ? reading_json(reading->long_window, objective.target_e9) : Json(nullptr);
  json["short"] = reading ? reading_json(reading->short_window, objective.target_e9) : Json(nullptr);
  json["judged_long"] = judged_json(pair, objective, reading, at);
  json["enough_failures"] = reading ? Json(reading->enough) : Json(nullptr);
  json["holds"] = reading ? Json(reading->holds()) : Json(nullptr);
  return json;
}

Json alert_json(const Watched& watched) {
  for (std::size_t i = 0; i < watched.alerts.size(); ++i) {
    if (!watched.alerts[i].firing) continue;
    return {{"severity", slo::kSeverityNames[i]}, {"since_unix_s", watched.alerts[i].since}};
  }
  return nullptr;
}

// The last step that has been reached.
}  // namespace

Json action_json(const slo::Policy& policy, const slo::Burned& burned) {
  if (burned.target_e9 == 0 || burned.attempts == 0) return nullptr;
  const slo::BudgetStep* reached = nullptr;
  for (const auto& step : policy.steps) {
    const bool further = !reached || step.burned_e9 >= reached->burned_e9;
    if (further && burned.at_least(step.burned_e9)) reached = &step;
  }
  return reached ? Json(slo::kBudgetActionNames[static_cast<std::size_t>(reached->action)]) : Json(nullptr);
}

Events events_of(const control::SloCounts& counts) {
  return {counts.good, counts.bad, counts.unknown, counts.excluded};
}

const Watched* find_watched(const WatchState* watched, const slo::Objective& objective) {
  if (!watched) return nullptr;
  const auto found = std::find_if(watched->begin(), watched->end(), [&](const Watched& one) {
    return one.journey == objective.journey && one.objective == objective.name;
  });
  return found == watched->end() ? nullptr : &*found;
}

namespace {

// Where what is heard of begins. A node whose clock is far behind is heard of in minutes of long ago: those of less
// than an hour, behind which there is nothing for more than a day, are not where anything began.
Result<std::int64_t, store::StoreError> heard_from(store::StoreSnapshot& snapshot, std::int64_t first,
                                                   std::int64_t to) {
  constexpr std::int64_t kStraySeconds = 3'600, kQuietSeconds = kDaySeconds, kMinute = slo::kMinuteSeconds;
  constexpr int kStraysMax = 8;
  for (int i = 0; i < kStraysMax; ++i) {
    const std::int64_t quiet = first + kStraySeconds;
    std::int64_t low = quiet + kQuietSeconds, high = to;
    if (low >= to) return first;
    TRY_ASSIGN(const auto near, snapshot.heard(quiet, low));
    if (near.minutes != 0) return first;
    TRY_ASSIGN(const auto later, snapshot.heard(low, to));
    if (later.minutes == 0) return first;
    while (high - low > kMinute) {  // none before `low`, some before `high`
      const std::int64_t middle = low + (high - low) / 2 / kMinute * kMinute;
      TRY_ASSIGN(const auto some, snapshot.heard(low, middle));
      (some.minutes != 0 ? high : low) = middle;
    }
    first = low;
  }
  return first;
}

}  // namespace

Result<control::Coverage, store::StoreError> read_coverage(store::StoreSnapshot& snapshot, const Span& span,
                                                           std::int64_t now) {
  // The minute that has just begun may still be silent, and so may the one whose frames are on their way: neither is
  // counted, on either side.
  const std::int64_t settled = now - kWatchSettleSeconds;
  const std::int64_t to = std::min(span.to, settled - settled % slo::kMinuteSeconds);
  TRY_ASSIGN(auto heard, snapshot.heard(span.from, std::max(span.from, to)));
  if (!heard.first) return control::Coverage{};
  std::int64_t from = span.from;
  if (*heard.first > span.from) {
    TRY_ASSIGN(from, heard_from(snapshot, *heard.first, to));
    if (from != *heard.first) {
      TRY_ASSIGN(heard, snapshot.heard(from, std::max(from, to)));
    }
  }
  const std::int64_t expected = (to - from) / slo::kMinuteSeconds;
  control::Coverage coverage{heard.minutes, std::max<std::int64_t>(0, expected)};
  if (span.to < now) return coverage;
  TRY_ASSIGN(const auto sources, snapshot.sources());
  if (const NodesHeard nodes = nodes_heard(sources, now); nodes.silent != 0) coverage.silent_nodes = nodes.text();
  return coverage;
}

Json policy_json(const slo::Objective& objective, const slo::Policy& policy, const Events& period, const Events& left,
                 const Watched* watched) {
  const slo::Budget budget = slo::budget_of(period, objective.target_e9);
  Json json{{"window_s", policy.period_s}};
  json["burned"] = or_null(budget.known.share());
  json["burned_upper"] = or_null(budget.upper.share());
  json["budget_action"] = action_json(policy, slo::budget_of(left, objective.target_e9).known);
  json["alert"] = watched ? alert_json(*watched) : Json(nullptr);
  json["burn_rates"] = Json::array();
  for (std::size_t i = 0; i < policy.pairs.size(); ++i) {
    const auto* const reading = watched && i < watched->pairs.size() ? &watched->pairs[i] : nullptr;
    json["burn_rates"].push_back(pair_json(policy.pairs[i], objective, reading, watched ? watched->at_unix_s : 0));
  }
  return json;
}

std::string rules_text(const Catalog& catalog) {
  std::vector<slo::RuledObjective> ruled;
  for (const auto& journey : catalog) {
    for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
      ruled.push_back({&journey.objectives[i], &journey.policies[i]});
    }
  }
  return slo::prometheus_rules(ruled);
}

namespace {

openslo::Extras extras_of(const slo::Policy& policy) {
  return {policy.gate.failures_min, policy.keep_firing_s, policy.recovered_s, policy.steps, policy.postmortem_e9};
}

}  // namespace

std::string openslo_text(const Catalog& catalog) {
  std::vector<openslo::Slo> slos;
  std::string left_out;
  for (const auto& journey : catalog) {
    for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
      const auto& objective = journey.objectives[i];
      if (!objective.has_budget()) {
        left_out += "# Left out: " + journey.name + "/" + objective.name + ", which has no target\n";
        continue;
      }
      auto pairs = journey.policies[i].pairs;
      std::erase_if(pairs, [&](const auto& pair) { return !slo::can_fire(pair, objective.target_e9); });
      slos.push_back({journey.name, objective.name, slo::rule_text(objective), objective.target_e9, objective.strict,
                      journey.policies[i].period_s, std::move(pairs), extras_of(journey.policies[i])});
    }
  }
  for (const auto& composite : catalog.composites)
    left_out += "# Left out: the composite " + composite.name + ", for which OpenSLO v1 has no document\n";
  return left_out + openslo::write(slos);
}

Json corrected_json(const slo::Objective& objective, const Events& left) {
  Json json{{"counts", to_json(left)}};
  json["state"] =
      control::kSloStateNames[static_cast<std::size_t>(slo::state_of(left, objective.target_e9, objective.strict))];
  json["burned"] = or_null(slo::budget_of(left, objective.target_e9).known.share());
  return json;
}

}  // namespace bellrock::plane
