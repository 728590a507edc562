// JSON as the API writes it: keys in the order they were set.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "control/flow/slo_status.h"
#include "control/slo/objective.h"

namespace bellrock::plane {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// The documented form of one objective's status (control/plane/README.md).
Json to_json(const slo::Objective& objective, const control::SloStatus& status, std::uint64_t other_versions);

}  // namespace bellrock::plane
