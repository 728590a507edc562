// Small distinct integer types, so that a step cannot be passed where a journey is meant. All of them index tables of
// the compiled configuration (journey/definition.h).
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace bellrock {

template <typename Tag, typename Rep>
struct Id {
  Rep value = 0;

  constexpr Id() = default;
  constexpr explicit Id(std::size_t v) : value(static_cast<Rep>(v)) {}
  friend constexpr auto operator<=>(Id, Id) = default;
  [[nodiscard]] constexpr std::size_t index() const { return value; }
};

using JourneyId = Id<struct JourneyTag, std::uint16_t>;
using StepId = Id<struct StepTag, std::uint8_t>;            // within its journey
using ObjectiveId = Id<struct ObjectiveTag, std::uint8_t>;  // within its journey
using IdentityId = Id<struct IdentityTag, std::uint8_t>;
using TemplateId = Id<struct TemplateTag, std::uint16_t>;   // 0: the path matches no template
using DimensionId = Id<struct DimensionTag, std::uint8_t>;  // index into Definition::dimensions
using ClockId = Id<struct ClockTag, std::uint8_t>;          // index into Definition::clocks

// A visitor's key: a keyed hash of identity name and raw value. The raw value is never kept.
struct SessionKey {
  std::array<std::uint64_t, 2> words{};
  friend constexpr auto operator<=>(const SessionKey&, const SessionKey&) = default;
  // Without a call, which std::array's own comparison makes; keys are compared once an event.
  friend constexpr bool operator==(const SessionKey& a, const SessionKey& b) {
    return ((a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1])) == 0;
  }
  [[nodiscard]] constexpr bool none() const { return words[0] == 0 && words[1] == 0; }
};

}  // namespace bellrock
