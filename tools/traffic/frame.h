// Builds the frame of one planned packet, with right lengths and checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tools/traffic/connection.h"
#include "tools/traffic/options.h"

namespace bellrock::traffic {

inline constexpr std::size_t kFrameBytesMax = 2'048;

// Returns the frame's length. `payload` is the packet's own bytes. `out` holds kFrameBytesMax.
std::size_t build_frame(std::uint8_t* out, const ConnectionSpec& connection, const PlannedPacket& packet,
                        std::string_view payload, Link link);

// A packet that is no TCP segment; says in `reason` why a reader of TCP must drop it.
enum class Noise : std::uint8_t { kArp, kUdp, kFragment, kIcmp };
std::size_t build_noise(std::uint8_t* out, Noise noise, Link link, std::uint16_t id, std::string_view& reason);

}  // namespace bellrock::traffic
