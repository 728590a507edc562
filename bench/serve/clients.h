// Clients as Linux is one, with timestamps (RFC 7323) on every segment, for a server at 192.0.2.1:80. Writes their
// frames, reads the server's: sums, numbers and, where there is one, the status of the answer must be right.
#pragma once

#include <cstring>
#include <string_view>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/flow/out_frame.h"
#include "dataplane/flow/segment.h"
#include "dataplane/wire/ethernet.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::bench {

struct Client {
  std::uint32_t next = 1'000;  // its own next number
  std::uint32_t ack = 0;       // what it has heard
  std::uint32_t stamp = 0;     // the server's last time stamp
  std::uint32_t frames = 0;    // heard
  bool fin = false;            // heard
};

// Of what is sent: its bytes lie behind the headers already.
struct Payload {
  std::size_t bytes = 0;
  std::uint64_t sum = 0;  // of the bytes, as wire::add_to_sum gives it
};

class Clients {
 public:
  static constexpr std::size_t kTcp = wire::kEthernetBytes + wire::kIpv4Bytes;
  static constexpr std::size_t kHeaders = kTcp + wire::kTcpBytes + 12;
  static constexpr std::array<std::uint8_t, 6> kServerMac{2, 0, 0, 0, 0, 1};
  static constexpr std::uint32_t kServer = 0xc0000201;

  explicit Clients(std::uint32_t count) : all_(count) {
    for (std::uint32_t i = 0; i < count; ++i) all_[i].next = i * 7'919;
  }
  Client& operator[](std::size_t i) { return all_[i]; }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

  // A segment of client `i`, with right checksums; returns the frame's bytes.
  std::size_t write(std::uint8_t* at, std::size_t i, unsigned flags, const Payload& payload, Instant now) {
    Client& client = all_[i];
    const bool syn = (flags & tcp_flag::kSyn) != 0;
    const std::size_t header = wire::kTcpBytes + (syn ? 20 : 12);
    write_ip(at, i, header + payload.bytes);
    std::uint8_t* tcp = at + kTcp;
    std::memset(tcp, 0, wire::kTcpBytes);
    store_be16(tcp, port_of(i));
    store_be16(tcp + 2, 80);
    store_be32(tcp + 4, client.next);
    store_be32(tcp + 8, client.ack);
    tcp[12] = static_cast<std::uint8_t>(header << 2);
    tcp[13] = static_cast<std::uint8_t>(flags);
    store_be16(tcp + 14, 0x01f6);
    write_options(tcp + wire::kTcpBytes, syn, static_cast<std::uint32_t>(now.ns / kMillisecond), client.stamp);
    const std::uint64_t pseudo =
        wire::pseudo_header_sum(Bytes(at + 26, 4), Bytes(at + 30, 4), wire::kProtocolTcp, header + payload.bytes);
    const std::uint16_t sum = wire::checksum_of(wire::add_to_sum(pseudo + payload.sum, Bytes(tcp, header)));
    std::memcpy(tcp + 16, &sum, 2);
    client.next +=
        static_cast<std::uint32_t>(payload.bytes) + ((flags & (tcp_flag::kSyn | tcp_flag::kFin)) != 0 ? 1 : 0);
    return kTcp + header + payload.bytes;
  }

  // What the server sent to one of them. False when anything about it is wrong, or it does not say `status` where it
  // carries bytes.
  bool hear(const OutFrame& frame, std::string_view status) {
    const std::uint8_t* tcp = frame.data + kTcp;
    const std::size_t i = std::size_t{load_be32(frame.data + 30) - kNet} * kPorts + load_be16(tcp + 2) - kFirstPort;
    if (frame.bytes < kTcp + wire::kTcpBytes || i >= all_.size()) return false;
    const std::size_t segment = frame.bytes - kTcp, header = tcp[12] / 16 * std::size_t{4};
    const std::uint64_t pseudo =
        wire::pseudo_header_sum(Bytes(frame.data + 26, 4), Bytes(frame.data + 30, 4), wire::kProtocolTcp, segment);
    if (!wire::sum_is_valid(wire::add_to_sum(0, Bytes(frame.data + 14, 20)))) return false;
    if (!wire::sum_is_valid(wire::add_to_sum(pseudo, Bytes(tcp, segment)))) return false;
    Client& client = all_[i];
    const bool syn = (tcp[13] & tcp_flag::kSyn) != 0, fin = (tcp[13] & tcp_flag::kFin) != 0;
    if ((tcp[13] & tcp_flag::kRst) != 0 || load_be32(tcp + 8) != client.next) return false;
    if (!syn && load_be32(tcp + 4) != client.ack) return false;
    client.stamp = load_be32(tcp + wire::kTcpBytes + (syn ? 8 : 4));
    client.ack = load_be32(tcp + 4) + static_cast<std::uint32_t>(segment - header) + (syn || fin ? 1 : 0);
    client.fin |= fin;
    ++client.frames;
    return segment == header || text(Bytes(tcp + header, segment - header)).starts_with(status);
  }

 private:
  static constexpr std::uint32_t kNet = 0x0a000000, kPorts = 50;
  static constexpr std::uint16_t kFirstPort = 10'000;
  static std::uint16_t port_of(std::size_t i) { return static_cast<std::uint16_t>(kFirstPort + i % kPorts); }

  static void write_ip(std::uint8_t* at, std::size_t i, std::size_t segment) {
    std::memcpy(at, kServerMac.data(), 6);
    std::memset(at + 6, 9, 6);
    store_be16(at + 12, wire::kEtherTypeIpv4);
    std::uint8_t* ip = at + wire::kEthernetBytes;
    std::memset(ip, 0, wire::kIpv4Bytes);
    ip[0] = 0x45;
    store_be16(ip + 2, static_cast<std::uint16_t>(wire::kIpv4Bytes + segment));
    ip[6] = 0x40;
    ip[8] = 64;
    ip[9] = wire::kProtocolTcp;
    store_be32(ip + 12, kNet + static_cast<std::uint32_t>(i / kPorts));
    store_be32(ip + 16, kServer);
    const std::uint16_t sum = wire::checksum_of(wire::add_to_sum(0, Bytes(ip, wire::kIpv4Bytes)));
    std::memcpy(ip + 10, &sum, 2);
  }
  // In the order in which Linux writes them.
  static void write_options(std::uint8_t* at, bool syn, std::uint32_t stamp, std::uint32_t echo) {
    if (syn) {
      store_be32(at, 0x020405b4);      // 1,460 bytes in a segment
      store_be32(at + 4, 0x0402080a);  // SACK, and the time stamp's begin
      store_be32(at + 8, stamp);
      store_be32(at + 12, 0);
      store_be32(at + 16, 0x01030307);  // window scale
    } else {
      store_be32(at, 0x0101080a);
      store_be32(at + 4, stamp);
      store_be32(at + 8, echo);
    }
  }

  std::vector<Client> all_;
};

}  // namespace bellrock::bench
