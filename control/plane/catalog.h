// The journeys and objectives that the centre knows from its configuration, in their written order. Read-only after
// start, shared by all threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/config/loader.h"
#include "control/slo/objective.h"

namespace bellrock::plane {

struct CatalogStep {
  std::string name;
  std::string kind;  // start, commit, ack, success, failure, cancel, observe
};

struct CatalogJourney {
  std::string name;
  std::string owner;
  std::vector<CatalogStep> steps;
  std::vector<slo::Objective> objectives;
};

using Catalog = std::vector<CatalogJourney>;

Catalog make_catalog(const journey::Definition& definition);

const CatalogJourney* find_journey(const Catalog& catalog, std::string_view name);
const slo::Objective* find_objective(const Catalog& catalog, std::string_view journey, std::string_view objective);

}  // namespace bellrock::plane
