// What a Composite document says: several objectives as one. Plain structs with their defaults. Only the centre uses
// it. config/README.md explains each key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/config/fields.h"
#include "control/config/tables.h"

namespace bellrock::config {

// In the order of slo::CompositeKind.
enum class CompositeBy : std::uint8_t { kAttempt, kWeighted, kLeastHealthy };

struct CompositePart {
  std::string journey, objective;
  std::uint32_t weight = 1;  // of kWeighted
};

struct Composite {
  std::string name;
  CompositeBy by = CompositeBy::kAttempt;
  std::vector<CompositePart> parts;
  std::uint64_t target_e9 = 0;  // not of kLeastHealthy, where each part has its own
  bool strict = false;
  bool has_max_unknown = false;
  std::uint64_t max_unknown_e9 = 0;
  Duration window = 28 * 24 * kHour;
  Place window_at;  // where it is written
};

// Journeys have been read.
void read_composite(const std::string& name, const Value& place, Fields& spec, const Tables& tables,
                    std::vector<Composite>& composites);

}  // namespace bellrock::config
