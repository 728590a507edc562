// Sequence numbers are compared modulo 2^32 (RFC 9293 3.4).
#pragma once

#include <cstdint>

namespace bellrock {

// How far `to` lies after `from`; negative when it lies before. Right for numbers less than 2 GiB apart.
constexpr std::int32_t distance(std::uint32_t from, std::uint32_t to) { return static_cast<std::int32_t>(to - from); }
constexpr bool before(std::uint32_t a, std::uint32_t b) { return distance(a, b) > 0; }

}  // namespace bellrock
