// A TCP segment: its flow and sequence numbers by value, its payload borrowed from the packet.
#pragma once

#include <array>
#include <cstring>

#include "dataplane/base/bytes.h"
#include "dataplane/base/time.h"

namespace bellrock {

enum class Direction : std::uint8_t { kToServer, kToClient };
constexpr Direction opposite(Direction d) {
  return d == Direction::kToServer ? Direction::kToClient : Direction::kToServer;
}

// An address and port. IPv4 addresses are mapped (RFC 4291 2.5.5.2), so that one comparison serves both families.
struct Endpoint {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

struct Flow {
  Endpoint source;
  Endpoint destination;
  std::uint32_t vlans = 0;  // outer and inner VLAN id, 12 bits each: equal addresses on two VLANs are two flows
  friend constexpr auto operator<=>(const Flow&, const Flow&) = default;
};

namespace tcp_flag {
inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kPsh = 0x08;
inline constexpr std::uint8_t kAck = 0x10;
}  // namespace tcp_flag

struct Segment {
  Flow flow;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;
  Bytes payload;
  Instant time;
};

}  // namespace bellrock
