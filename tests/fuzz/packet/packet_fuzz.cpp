// Any bytes as a packet of any link layer: the parser reads nothing outside them and its payload lies inside.
// Input: one byte link type, one byte options, the packet.
#include <cstdint>
#include <memory>

#include "dataplane/base/check.h"
#include "dataplane/tcp/flow_hash.h"
#include "dataplane/tcp/segment_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bellrock;
  if (size < 2) return 0;
  const std::size_t bytes = size - 2;
  const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[bytes]);  // so that a sanitizer sees its end
  if (bytes > 0) std::memcpy(exact.get(), data + 2, bytes);
  const Packet packet{Bytes(exact.get(), bytes),
                      static_cast<std::uint32_t>(bytes),
                      static_cast<LinkType>(data[0] % 7),
                      {1},
                      0,
                      nullptr};
  const auto segment = tcp::parse_segment(packet, (data[1] & 1) != 0);
  if (!segment.ok()) {
    CHECK(segment.error() < Drop::kCount);
    return 0;
  }
  const Bytes payload = segment->payload;
  CHECK(payload.data() >= exact.get() && payload.data() + payload.size() <= exact.get() + bytes);
  const Flow back{segment->flow.destination, segment->flow.source, segment->flow.vlans};
  CHECK(tcp::flow_hash(segment->flow) == tcp::flow_hash(back));
  return 0;
}
