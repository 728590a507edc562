// `match:` of a step → leaves and nodes of the definition, and what kinds of message can satisfy it. Start-up only.
#pragma once

#include <cstdint>
#include <optional>

#include "control/config/tables.h"

namespace bellrock::config {

// The kinds of message a match can hold for: a mask of these. One event is one message.
inline constexpr std::uint8_t kRequestChannel = 1;
inline constexpr std::uint8_t kResponseChannel = 2;
inline constexpr std::uint8_t kBeaconChannel = 4;
inline constexpr std::uint8_t kReportChannel = 8;
inline constexpr std::uint8_t kHttpChannels = kRequestChannel | kResponseChannel;
inline constexpr std::uint8_t kAllChannels = kHttpChannels | kBeaconChannel | kReportChannel;

struct Match {
  std::uint16_t root = 0;  // in Definition::nodes
  std::uint8_t channels = 0;
  bool synthetic = false;  // it asks for a message of a synthetic visitor
};
// Nothing when it could not be read; why has been reported.
std::optional<Match> read_match(const Value& value, Tables& tables);

// Conditions on query parameters, whose values are always strings, or on attrs, whose types are as written.
enum class ConditionSubject { kQuery, kAttr };
std::vector<journey::Condition> read_conditions(const Value& value, ConditionSubject subject);

}  // namespace bellrock::config
