// A captured packet, borrowed from its port for the length of one burst.
#pragma once

#include "dataplane/base/bytes.h"
#include "dataplane/base/time.h"

namespace bellrock {

// kOther: a link layer that is not read; its packets are counted and dropped.
enum class LinkType : std::uint8_t { kEthernet, kLinuxCooked, kLinuxCooked2, kRawIp, kNflog, kNull, kOther };

struct Packet {
  Bytes data;                // captured bytes
  std::uint32_t wire_bytes;  // bytes on the wire; larger than data.size() when the capture cut the packet
  LinkType link;
  Instant time;            // capture time, clamped so that it never goes back
  std::uint64_t ordinal;   // position in the capture, from 0; the same for every worker
  void* buffer = nullptr;  // the port's own handle
};

}  // namespace bellrock
