// Which packets of an interface are Bellrock's, as the rest of the program says it. Plain data, any thread.
// Bounds: STEER_ADDRESSES_MAX addresses, STEER_PORTS_MAX ports each (bpf/abi/steer.h).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "bpf/abi/steer.h"

namespace bellrock::steer {

struct Rule {
  std::array<std::uint8_t, 16> address{};  // IPv4 as ::ffff:a.b.c.d
  // ARP, neighbour discovery, echo requests, errors and every TCP port of the address are Bellrock's. Never set it for
  // an address that the kernel has: the machine would no longer be reached there.
  bool owned = false;
  std::vector<std::uint16_t> ports;  // TCP, as numbers
};
using Rules = std::span<const Rule>;

// Packets by verdict, summed over CPUs.
using Counts = std::array<std::uint64_t, STEER_VERDICTS>;

inline constexpr std::array<const char*, STEER_VERDICTS> kVerdictNames{
#define BELLROCK_VERDICT_NAME(symbol, name) name,
    STEER_VERDICT_LIST(BELLROCK_VERDICT_NAME)
#undef BELLROCK_VERDICT_NAME
};

}  // namespace bellrock::steer
