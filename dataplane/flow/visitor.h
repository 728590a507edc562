// What a message's headers and beacon say of who sent it, by the rules of journey/visitor_rules.h. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bellrock {

enum class VisitorClass : std::uint8_t { kUnknown, kHuman, kBot, kSynthetic, kCount };
inline constexpr std::array<std::string_view, 4> kVisitorClassNames{"unknown", "human", "bot", "synthetic"};

enum class Device : std::uint8_t { kUnknown, kPhone, kTablet, kDesktop, kCount };
inline constexpr std::array<std::string_view, 4> kDeviceNames{"unknown", "phone", "tablet", "desktop"};

// Why a message begins no attempt. The first that holds.
enum class Filter : std::uint8_t { kNone, kBot, kSynthetic, kOptedOut, kCount };
inline constexpr std::array<std::string_view, 4> kFilterNames{"none", "bot", "synthetic", "opted_out"};

struct VisitorSigns {
  VisitorClass kind = VisitorClass::kUnknown;
  Device device = Device::kUnknown;
  std::uint8_t browser = 0;  // 1 + index into VisitorRules::browsers; 0: unknown
  friend constexpr bool operator==(const VisitorSigns&, const VisitorSigns&) = default;
};

}  // namespace bellrock
