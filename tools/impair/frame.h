// Where things are in an Ethernet frame, and checksums after a change. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/base/bytes.h"

namespace bellrock::impair {

using Frame = std::vector<std::uint8_t>;

// An IP packet in a frame, behind at most four VLAN tags.
struct IpPlace {
  std::size_t at = 0;   // of the IP header
  std::size_t end = 0;  // behind the packet's last byte; what follows in the frame is padding
  bool v6 = false;
};
// None: not IP, or lengths that are not true.
std::optional<IpPlace> find_ip(Bytes frame);

// A TCP segment that is whole: no fragment, header and lengths true.
struct TcpPlace {
  IpPlace ip;
  std::size_t at = 0;
  std::size_t payload = 0;
};
std::optional<TcpPlace> find_tcp(Bytes frame);

bool tcp_checksum_is_right(Bytes frame, const TcpPlace& tcp);
// Fills in the checksum of TCP, and that of the IPv4 header.
void write_checksums(Frame& frame, const TcpPlace& tcp);
void write_ipv4_checksum(Frame& frame, std::size_t at);

}  // namespace bellrock::impair
