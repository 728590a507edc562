// Sizes of the session and attempt memory on the board.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace bellrock::journey {

struct SessionTable {
  // Bytes of 64-byte-aligned memory for this many sessions and attempts, all zero at first.
  static constexpr std::size_t bytes_needed(std::uint32_t sessions, std::uint32_t attempts) {
    return 4'096 + std::size_t{sessions} * 64 + std::size_t{attempts} * 128 +
           std::bit_ceil(std::size_t{sessions} * 2) * 4;
  }
};

}  // namespace bellrock::journey
