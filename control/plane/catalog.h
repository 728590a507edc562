// The journeys and objectives that the centre knows from its configuration, in their written order. Read-only after
// start, shared by all threads.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/loader.h"
#include "control/slo/composite.h"
#include "control/slo/objective.h"
#include "control/slo/policy.h"

namespace bellrock::plane {

struct CatalogStep {
  std::string name;
  std::string kind;  // start, commit, ack, success, failure, cancel, observe
};

// What a journey correlates the latency of a step with.
struct CatalogEffect {
  std::string name;
  std::string from, step;             // the latency, from step to step
  std::vector<std::string> outcomes;  // that are the effect
  std::vector<std::string> strata;
  bool table = false, hazard = false;
  std::uint64_t version = 0;
};

// What a journey asks its visitors.
struct CatalogFeedback {
  std::vector<std::string> questions;  // none: nothing
  std::string step;                    // by the latency of this one; empty: by none
  std::uint64_t version = 0;
};

struct CatalogJourney {
  std::string name;
  std::string owner;
  std::vector<CatalogStep> steps;
  std::vector<slo::Objective> objectives;
  std::vector<slo::Policy> policies;  // of each objective
  std::vector<CatalogEffect> effects;
  CatalogFeedback feedback;
  std::uint64_t version = 0;  // of its attempts
  bool distinct_sessions = false;
  Duration recovery_within = 0;  // 0: errors are not followed
  std::uint64_t recovery_version = 0;
};

struct Catalog {
  std::vector<CatalogJourney> journeys;
  std::vector<slo::Composite> composites;  // of objectives that are in `journeys`

  [[nodiscard]] auto begin() const { return journeys.begin(); }
  [[nodiscard]] auto end() const { return journeys.end(); }
  [[nodiscard]] std::size_t size() const { return journeys.size(); }
  const CatalogJourney& operator[](std::size_t i) const { return journeys[i]; }
};

Catalog make_catalog(const journey::Definition& definition, std::span<const config::Policy> policies = {},
                     std::span<const config::Composite> composites = {});

// A policy of the configuration, as the engine takes it.
slo::Policy make_policy(const config::Policy& from);

const CatalogJourney* find_journey(const Catalog& catalog, std::string_view name);
const slo::Objective* find_objective(const Catalog& catalog, std::string_view journey, std::string_view objective);
// Of an objective of the catalog; the default policy for any other.
const slo::Policy& policy_of(const Catalog& catalog, const slo::Objective& objective);

}  // namespace bellrock::plane
