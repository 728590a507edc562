// An error, as beacons of type `error` say it, by what it is counted under. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/base/limits.h"

namespace bellrock {

struct PageError {
  bool said = false;
  std::uint8_t page = 0;  // 1 + index into Definition::error_pages; 0: another page
  std::uint8_t size = 0;  // 0: it says nothing that it could be told apart by
  std::array<char, kTopTextBytesMax> text{};

  [[nodiscard]] std::string_view code() const { return {text.data(), size}; }
};

}  // namespace bellrock
