#include "control/plane/catalog.h"

#include <algorithm>
#include <array>

namespace bellrock::plane {
namespace {

constexpr std::array<std::string_view, 7> kStepKindNames{"start",   "commit", "ack",    "success",
                                                         "failure", "cancel", "observe"};

std::string step_name(const journey::Journey& journey, StepId step) {
  return step.index() < journey.steps.size() ? journey.steps[step.index()].name : std::string();
}

std::vector<std::string> outcome_names(std::uint16_t mask) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) {
    if (mask & journey::outcome_bit(static_cast<Outcome>(i))) names.emplace_back(kOutcomeNames[i]);
  }
  return names;
}

slo::Objective make_objective(const journey::Journey& journey, const journey::Objective& from) {
  slo::Objective objective;
  objective.journey = journey.name;
  objective.name = from.name;
  objective.version = from.version;
  objective.is_latency = from.sli == journey::Sli::kLatency;
  objective.is_consistency = from.sli == journey::Sli::kConsistency;
  objective.per_session = journey.per_session && from.sli == journey::Sli::kSuccess;
  objective.target_e9 = from.target_e9;
  objective.strict = from.strict;
  objective.has_max_unknown = from.has_max_unknown;
  objective.max_unknown_e9 = from.max_unknown_e9;
  if (objective.is_latency) {
    objective.threshold = from.threshold;
    objective.or_equal = from.or_equal;
    objective.from = step_name(journey, from.from);
    objective.to = step_name(journey, from.to);
  } else if (objective.is_consistency) {
    objective.of = journey.objectives[from.of.index()].name;
    objective.min_attempts = from.min_attempts;
  } else {
    objective.count_from = step_name(journey, from.count_from);
    objective.bad = outcome_names(from.bad);
    objective.excluded = outcome_names(from.exclude);
  }
  return objective;
}

CatalogEffect make_effect(const journey::Definition& definition, const journey::Journey& journey,
                          const journey::Effect& from) {
  const journey::Objective& latency = journey.objectives[from.of.index()];
  CatalogEffect effect{from.name,
                       step_name(journey, latency.from),
                       step_name(journey, latency.to),
                       outcome_names(from.outcomes),
                       {},
                       from.table,
                       from.hazard,
                       from.version};
  for (const std::uint8_t stratum : from.strata) {
    const bool returning = stratum == journey::Effect::kReturning;
    effect.strata.push_back(returning ? "returning" : definition.dimensions[journey.dimensions[stratum].index()].name);
  }
  return effect;
}

CatalogFeedback make_feedback(const journey::Journey& journey) {
  const journey::Feedback& from = journey.feedback;
  CatalogFeedback feedback{{}, {}, from.version};
  for (std::size_t i = 0; i < kQuestions; ++i) {
    if ((from.questions & question_bit(static_cast<Question>(i))) != 0) {
      feedback.questions.emplace_back(kQuestionNames[i]);
    }
  }
  if (from.has_latency) feedback.step = step_name(journey, journey.objectives[from.of.index()].to);
  return feedback;
}

}  // namespace

slo::Policy make_policy(const config::Policy& from) {
  slo::Policy policy;
  policy.period_s = from.window / kSecond;
  policy.pairs = slo::default_pairs(policy.period_s);
  policy.gate.failures_min = from.failures_min;
  policy.keep_firing_s = from.keep_firing / kSecond;
  policy.recovered_s = from.recovered / kSecond;
  policy.postmortem_e9 = from.postmortem_e9;
  if (from.has_alerts) policy.pairs.clear();
  for (const auto& alert : from.alerts) {
    policy.pairs.push_back({alert.page ? slo::Severity::kPage : slo::Severity::kTicket, alert.long_window / kSecond,
                            alert.short_window / kSecond, alert.burned_e9, policy.period_s});
  }
  if (from.has_budget) policy.steps.clear();
  for (const auto& step : from.budget) {
    policy.steps.push_back({step.burned_e9, static_cast<slo::BudgetAction>(step.action)});
  }
  return policy;
}

namespace {

slo::Policy policy_for(const std::string& journey, const std::string& objective,
                       std::span<const config::Policy> policies) {
  const config::Policy* const policy = config::policy_of(policies, journey, objective);
  return policy ? make_policy(*policy) : slo::Policy{};
}

slo::Composite make_composite(const config::Composite& from) {
  slo::Composite composite;
  composite.name = from.name;
  composite.kind = static_cast<slo::CompositeKind>(from.by);
  for (const auto& part : from.parts) composite.parts.push_back({part.journey, part.objective, part.weight});
  composite.target_e9 = from.target_e9;
  composite.strict = from.strict;
  if (from.has_max_unknown) composite.max_unknown_e9 = from.max_unknown_e9;
  composite.period_s = from.window / kSecond;
  return composite;
}

}  // namespace

Catalog make_catalog(const journey::Definition& definition, std::span<const config::Policy> policies,
                     std::span<const config::Composite> composites) {
  Catalog catalog;
  for (const auto& journey : definition.journeys) {
    CatalogJourney entry{journey.name,
                         journey.owner,
                         {},
                         {},
                         {},
                         {},
                         make_feedback(journey),
                         journey.version,
                         journey.distinct_sessions,
                         journey.recovery.within,
                         journey.recovery.version};
    for (const auto& step : journey.steps) {
      entry.steps.push_back({step.name, std::string(kStepKindNames[static_cast<std::size_t>(step.kind)])});
    }
    for (const auto& objective : journey.objectives) entry.objectives.push_back(make_objective(journey, objective));
    for (const auto& objective : journey.objectives) {
      entry.policies.push_back(policy_for(journey.name, objective.name, policies));
    }
    for (const auto& effect : journey.effects) entry.effects.push_back(make_effect(definition, journey, effect));
    catalog.journeys.push_back(std::move(entry));
  }
  for (const auto& composite : composites) catalog.composites.push_back(make_composite(composite));
  return catalog;
}

const CatalogJourney* find_journey(const Catalog& catalog, std::string_view name) {
  const auto found =
      std::find_if(catalog.begin(), catalog.end(), [&](const auto& journey) { return journey.name == name; });
  return found == catalog.end() ? nullptr : &*found;
}

const slo::Objective* find_objective(const Catalog& catalog, std::string_view journey, std::string_view objective) {
  const CatalogJourney* const entry = find_journey(catalog, journey);
  if (!entry) return nullptr;
  const auto found = std::find_if(entry->objectives.begin(), entry->objectives.end(),
                                  [&](const auto& one) { return one.name == objective; });
  return found == entry->objectives.end() ? nullptr : &*found;
}

const slo::Policy& policy_of(const Catalog& catalog, const slo::Objective& objective) {
  static const slo::Policy kDefault;
  const CatalogJourney* const entry = find_journey(catalog, objective.journey);
  if (!entry) return kDefault;
  for (std::size_t i = 0; i < entry->objectives.size(); ++i) {
    if (entry->objectives[i].name == objective.name) return entry->policies[i];
  }
  return kDefault;
}

}  // namespace bellrock::plane
