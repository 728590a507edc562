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

// Where on a page: columns from the left, rows from the top, of the page's width and height.
inline constexpr std::uint16_t kClickColumns = 50, kClickRows = 100;
inline constexpr std::uint16_t kClickPlaces = kClickColumns * kClickRows;
inline constexpr std::uint16_t kNoClickPlace = 0xffff;  // it did not say where, or nothing that can be

struct Click {
  std::uint8_t page = 0;    // 1 + index into Definition::click_pages; 0: another page
  std::uint8_t device = 0;  // Device
  ClickKind kind = ClickKind::kClick;
  std::uint16_t place = kNoClickPlace;  // row * kClickColumns + column
};

}  // namespace bellrock
