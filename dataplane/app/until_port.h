// A capture that stops before a packet: where a replayed process is taken to have died, and where all workers of a
// board meet before it is made anew for another number of them.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/io/pcap_file.h"

namespace bellrock::app {

struct UntilPort {
  io::PcapFile& file;
  std::uint64_t end;     // ordinal of the first packet that is not given
  bool stopped = false;  // it has come to that packet

  std::span<const Packet> rx_burst(Instant tick) {
    auto burst = file.rx_burst(tick);
    while (!burst.empty() && burst.back().ordinal >= end) burst = burst.first(burst.size() - 1), stopped = true;
    return burst;
  }
  void release(std::span<const Packet> burst) { file.release(burst); }
  [[nodiscard]] bool ended() const { return !stopped && file.ended(); }
};

}  // namespace bellrock::app
