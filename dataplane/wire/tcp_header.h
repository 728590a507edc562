// TCP header (RFC 9293 3.1). Pure functions over borrowed bytes, any thread. Options are skipped, not read: nothing
// that only observes needs them.
#pragma once

#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/result.h"

namespace bellrock::wire {

inline constexpr std::size_t kTcpBytes = 20;

struct TcpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;
  Bytes payload;
};

// No endpoint acts on a segment without SYN, RST and ACK (RFC 9293 3.10.7.4, fifth), nor on one that opens and closes
// at once: such flags are impossible, and what they carry never reaches an application.
constexpr bool flags_are_possible(std::uint8_t flags) {
  constexpr unsigned kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10;
  if ((flags & kSyn) != 0) return (flags & (kFin | kRst)) == 0;
  return (flags & (kRst | kAck)) != 0;
}

// `segment` is the whole IP payload. In place, since a copy of a header just written costs more than reading it.
inline Status<Drop> parse_tcp(Bytes segment, TcpHeader& header) {
  if (segment.size() < kTcpBytes) return Failure{Drop::kBadTcp};
  const std::uint8_t* at = segment.data();
  const std::size_t header_bytes = std::size_t{at[12]} / 16 * 4;
  if (header_bytes < kTcpBytes || header_bytes > segment.size()) return Failure{Drop::kBadTcp};
  const std::uint8_t flags = at[13];
  if (!flags_are_possible(flags)) return Failure{Drop::kBadTcp};
  header = {
      load_be16(at), load_be16(at + 2), load_be32(at + 4), load_be32(at + 8), flags, segment.subspan(header_bytes)};
  return Done{};
}
inline Result<TcpHeader, Drop> parse_tcp(Bytes segment) {
  TcpHeader header;
  TRY(parse_tcp(segment, header));
  return header;
}

}  // namespace bellrock::wire
