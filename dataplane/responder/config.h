// What a responder is told at construction, with its defaults and their reasons. Read once; one for each core.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/base/siphash.h"
#include "dataplane/base/time.h"

namespace bellrock::responder {

using Mac = std::array<std::uint8_t, 6>;
using Address = std::array<std::uint8_t, 16>;  // IPv4 addresses are mapped, as in flow/segment.h

inline constexpr std::size_t kAddressesMax = 64;

struct Config {
  Mac mac{};
  std::span<const Address> addresses;    // ours, at most kAddressesMax: ARP, neighbour discovery, echo and TCP
  std::span<const std::uint16_t> ports;  // that listen
  std::uint16_t mtu = 1'500;
  SipKey secret;  // of this start and core: cookies, table and stubs

  std::uint32_t connections = 1u << 16;  // at most 2^24
  std::uint32_t time_wait_stubs = 1u << 16;
  std::uint32_t connections_per_source = 0;           // an IPv4 address or IPv6 /64; 0: as many as there are
  std::size_t out_of_order_bytes = 16 * 1024 * 1024;  // of a core, taken at construction
  std::uint16_t receive_window = 0xffff;              // a beacon's body is at most 64 KiB: no window scale of our own

  Duration idle = 75 * kSecond;       // RFC 9112 9.8 leaves it to us; browsers drop idle connections after 60-300 s
  Duration linger = 10 * kSecond;     // for the peer's FIN after ours
  Duration time_wait = 60 * kSecond;  // 2 MSL with the MSL of 30 s that common systems use
  Duration delayed_ack = 32 * kMillisecond;  // at most 40 ms with the wheel's 4 ms (RFC 9293 3.8.6.3: below 500)
  Duration rto_initial = kSecond;            // RFC 6298 2.1
  Duration rto_min = kSecond;                // RFC 6298 2.4
  Duration rto_max = 60 * kSecond;           // RFC 6298 2.5
  std::uint8_t retransmissions = 7;          // then the connection is given up: 1 + 2 + … + 60 s, RFC 9293 3.8.3 (R2)
  std::uint8_t window_probes = 10;           // of a window that stays closed; the peer pins a reply only so long
  // Without an acknowledgement of anything new, for what waits for one: whatever the cause, loss or a closed window.
  // And how far a reply may be behind the slowest rate (kSlowestBytes in stack.h) altogether. RFC 9293 3.8.3 suggests
  // 100 s and leaves it to the application; RFC 6429 4 on closed windows: it may end them.
  Duration reply_timeout = 30 * kSecond;
  Duration challenge_interval = 500 * kMillisecond;  // of one connection (RFC 5961 7)
  std::uint32_t resets_per_second = 1'000;           // of a core
  std::uint32_t echoes_per_second = 1'000;
  std::uint32_t syn_acks_per_second = 0;  // 0: no limit; they cost no memory
};

}  // namespace bellrock::responder
