// Clicks that tell of trouble, as beacons of type `click` say them. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bellrock {

enum class ClickKind : std::uint8_t {
  kClick,  // any, where a page tells all of them
  kRage,   // several at one place in a moment
  kDead,   // on something that promises to do something, and nothing happened
  kError,  // an error followed at once
  kCount
};
inline constexpr std::array<std::string_view, 4> kClickKindNames{"click", "rage", "dead", "error"};
inline constexpr std::size_t kClickKinds = kClickKindNames.size();

struct Click {
  std::uint8_t page = 0;    // 1 + index into Definition::click_pages; 0: another page
  std::uint8_t device = 0;  // Device
  ClickKind kind = ClickKind::kClick;
};

}  // namespace bellrock
