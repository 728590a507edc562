// Packet → Segment: link layer, VLAN tags, IP and TCP headers, each checked once. Called by the pipeline for every
// packet, on the worker that polls the port. Keeps nothing; the segment's payload is borrowed from the packet.
// A packet that is no whole TCP segment is a Drop. Fragments are not put together (Drop::kIpFragment).
#pragma once

#include "dataplane/base/counters.h"
#include "dataplane/base/result.h"
#include "dataplane/flow/packet.h"
#include "dataplane/flow/segment.h"

namespace bellrock::tcp {

// verify_checksums: also check the IPv4 header's and TCP's checksum. Off by default: packets captured on the host that
// sends them have not got theirs yet (offload). The segment is built in place, and meaningless after a Drop.
Status<Drop> parse_segment(const Packet& packet, bool verify_checksums, Segment& segment);

inline Result<Segment, Drop> parse_segment(const Packet& packet, bool verify_checksums) {
  Segment segment;
  if (const auto parsed = parse_segment(packet, verify_checksums, segment); !parsed.ok()) {
    return Failure{parsed.error()};
  }
  return segment;
}

}  // namespace bellrock::tcp
