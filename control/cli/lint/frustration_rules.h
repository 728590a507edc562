// Lint of a Site's `frustration`: thresholds that nothing can meet, that are cut short by others, or that count what
// another sign counts already. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "control/cli/lint/rules.h"
#include "dataplane/journey/definition.h"

namespace bellrock::cli {

struct FrustrationFinding {
  LintRule rule = LintRule::kCount;
  std::vector<std::string> places;  // names in config::Places; the first that is written
  std::string message;
};

std::vector<FrustrationFinding> lint_frustration(const journey::Definition& definition);

}  // namespace bellrock::cli
