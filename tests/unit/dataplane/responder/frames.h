// Frames as a peer builds and reads them, byte by byte and slowly, without any of the code under test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bellrock::responder::test {

using Octets = std::vector<std::uint8_t>;

struct TcpFrame {
  Octets to_mac, from_mac;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> tags;  // EtherType and VLAN id, the outer first
  bool ipv6 = false;
  Octets source, destination;  // 4 or 16 bytes
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0, urgent = 0;
  std::optional<std::uint16_t> mss;
  std::optional<unsigned> window_scale;
  bool sack_permitted = false;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> timestamps;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sack;
  Octets payload;
};

void put16(Octets& to, unsigned value);
void put32(Octets& to, std::uint32_t value);
// RFC 1071, two bytes at a time, in network order.
std::uint16_t checksum(const Octets& data);
Octets pseudo_header(const Octets& source, const Octets& destination, unsigned protocol, std::size_t bytes);

Octets link_header(const TcpFrame& frame, unsigned ether_type);
// `options` replaces the options that the fields describe.
Octets build(const TcpFrame& frame, const std::optional<Octets>& options = std::nullopt);
// An IP packet with right checksums around `payload`.
Octets ip_packet(const TcpFrame& frame, unsigned protocol, const Octets& payload);

// Reads a frame that carries TCP; a text says what is wrong with any of its headers or checksums.
struct Read {
  TcpFrame frame;
  std::string problem;
  bool tcp = false;
  unsigned ether_type = 0;
  unsigned protocol = 0;
  Octets network;  // from the IP or ARP header on
};
Read read(const Octets& bytes);

}  // namespace bellrock::responder::test
