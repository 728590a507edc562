// A status in words and sums: how each figure follows from the counts. Pure. Percentages are cut, not rounded, so that
// 99.1999 % never reads as a target of 99.2 % that was reached.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/flow/slo_status.h"
#include "control/slo/objective.h"

namespace bellrock::slo {

std::string percent_text(double ratio);               // "99.391 %"
std::string decimal_text(std::uint64_t parts_e9);     // 992000000 → "0.992"
std::string target_text(const Objective& objective);  // "> 99.2 %"
std::string rule_text(const Objective& objective);    // "pay → confirmed < 3 s"
std::string duration_text(double ns);                 // "3 s", "812 ms", "95 µs"

std::string target_text(std::uint64_t target_e9, bool strict);

// What nobody reported of a window: "no node reported in 3 of 60 minutes", and which nodes are silent.
std::vector<std::string> missing(const control::Coverage& coverage);
// Why an objective's data are partial, a text each; none where they are not.
std::vector<std::string> partial_because(const Objective& objective, const control::SloStatus& status);

std::vector<std::string> explain(const Objective& objective, const control::SloStatus& status);

}  // namespace bellrock::slo
