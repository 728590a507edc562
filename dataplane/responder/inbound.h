// A frame that came in, read: for whom it is, and a TCP segment's fields. Pure functions over borrowed bytes.
// Everything that is not a whole, valid TCP segment for one of our addresses has a verdict; ARP, neighbour discovery
// and ICMP are told apart here and answered by neighbour.h.
// Bounds: two VLAN tags, no IPv4 options, no IPv6 extension headers (those are the kernel's), 40 bytes of TCP options.
#pragma once

#include <bitset>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/flow/packet.h"
#include "dataplane/responder/config.h"

namespace bellrock::responder {

enum class Kind : std::uint8_t { kRefused, kSegment, kArp, kIcmp4, kIcmp6 };

struct Inbound {
  Kind kind = Kind::kRefused;
  FrameVerdict verdict = FrameVerdict::kCount;  // of kRefused
  std::uint8_t address = 0;                     // ours
  bool ipv6 = false;
  bool has_timestamps = false;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  std::uint32_t tags = 0;
  const std::uint8_t* mac = nullptr;  // the sender's
  std::array<std::uint64_t, 2> peer{};
  std::uint16_t peer_port = 0;
  std::uint16_t local_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint32_t ts_value = 0;
  std::uint32_t ts_echo = 0;
  Bytes options;                          // TCP's
  Bytes payload;                          // TCP's or ICMP's (with its header); all of ARP
  const std::uint8_t* network = nullptr;  // the IP header

  // What it takes of the sequence space (RFC 9293 3.4).
  [[nodiscard]] std::uint32_t length() const {
    return static_cast<std::uint32_t>(payload.size()) + (flags & 1U) + (flags >> 1 & 1U);
  }
  [[nodiscard]] std::uint32_t end() const { return sequence + length(); }
  [[nodiscard]] bool has(unsigned mask) const { return (flags & mask) != 0; }
};

// What a SYN offers. Without an MSS option, or with one of 0, RFC 9293 3.7.1: 536 for IPv4, 1220 for IPv6.
struct Offer {
  std::uint16_t mss = 0;
  std::uint8_t window_scale = kNoScale;
  bool sack = false;
  static constexpr std::uint8_t kNoScale = 15;
};

class Reader {
 public:
  explicit Reader(const Config& config);

  // In place: a copy of what was just written costs as much as making it.
  void read(const Packet& packet, Inbound& in) const;
  // The options were found to be well formed by read().
  [[nodiscard]] static Offer offer(const Inbound& syn);
  // The index of one of our addresses, or kAddressesMax.
  [[nodiscard]] std::size_t ours(const std::uint8_t* address) const {
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), address, 16);
    for (std::size_t i = 0; i < count_; ++i) {
      if (addresses_[i] == words) return i;
    }
    return kAddressesMax;
  }
  [[nodiscard]] bool listens(std::uint16_t port) const { return ports_[port]; }

 private:
  [[nodiscard]] FrameVerdict read_ipv4(Bytes packet, Inbound& in) const;
  [[nodiscard]] FrameVerdict read_ipv6(Bytes packet, Inbound& in, bool to_us) const;
  [[nodiscard]] FrameVerdict read_tcp(Bytes segment, std::uint64_t pseudo_sum, Inbound& in) const;

  Mac mac_;
  std::array<std::array<std::uint64_t, 2>, kAddressesMax> addresses_{};
  std::size_t count_;
  std::bitset<65'536> ports_;
};

}  // namespace bellrock::responder
