// Frames for the fixtures, header by header. Lengths and checksums that the program does not read stay zero.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace bellrock::steer {

using Address = std::array<std::uint8_t, 16>;

inline Address address(const std::string& text) {
  Address bytes{};
  if (text.find(':') != std::string::npos) {
    inet_pton(AF_INET6, text.c_str(), bytes.data());
  } else {
    bytes[10] = bytes[11] = 0xff;
    inet_pton(AF_INET, text.c_str(), bytes.data() + 12);
  }
  return bytes;
}

class Frame {
 public:
  Frame& ethernet(std::uint16_t type) {
    bytes_.insert(bytes_.end(), {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2});
    return be16(type);
  }
  // A tag in front of what follows: `outer` was the type that announced it.
  Frame& tag(std::uint16_t next_type, std::uint16_t id = 5) { return be16(id).be16(next_type); }

  struct Ipv4 {
    std::uint8_t version_and_words = 0x45;
    std::uint16_t fragment = 0;
    std::uint8_t protocol = 6;
  };
  Frame& ipv4(const std::string& to, Ipv4 ip) {
    bytes_.insert(bytes_.end(), {ip.version_and_words, 0});
    be16(0).be16(0).be16(ip.fragment);
    bytes_.insert(bytes_.end(), {64, ip.protocol});
    be16(0);
    append_v4("192.0.2.9");
    append_v4(to);
    for (int words = 5; words < (ip.version_and_words & 15); ++words) bytes_.insert(bytes_.end(), {1, 1, 1, 0});
    return *this;
  }
  Frame& ipv6(const std::string& to, std::uint8_t next = 6, std::uint8_t version = 0x60) {
    bytes_.insert(bytes_.end(), {version, 0, 0, 0, 0, 0, next, 255});
    append_v6("2001:db8::9");
    return append_v6(to);
  }
  Frame& tcp(std::uint16_t port, std::uint8_t words = 5) {
    be16(40'000).be16(port);
    bytes_.insert(bytes_.end(), {0, 0, 0, 1, 0, 0, 0, 0, static_cast<std::uint8_t>(words << 4), 2, 1, 0, 0, 0, 0, 0});
    return *this;
  }
  Frame& icmp(std::uint8_t type, std::uint8_t code = 0) {
    bytes_.insert(bytes_.end(), {type, code, 0, 0, 0, 0, 0, 0});
    return *this;
  }
  // What an error quotes: a segment that this address and port sent, or something else.
  struct Quote {
    std::uint8_t first = 0;  // of the IP header; 0: as it should be
    std::uint8_t protocol = 6;
  };
  Frame& quote4(const std::string& from, std::uint16_t port, Quote quote) {
    const std::uint8_t first = quote.first == 0 ? 0x45 : quote.first;
    bytes_.insert(bytes_.end(), {first, 0, 5, 220, 0, 0, 0x40, 0, 64, quote.protocol, 0, 0});
    append_v4(from).append_v4("192.0.2.9");
    return be16(port).be16(40'000).be16(0).be16(1);
  }
  Frame& quote6(const std::string& from, std::uint16_t port, Quote quote) {
    const std::uint8_t first = quote.first == 0 ? 0x60 : quote.first;
    bytes_.insert(bytes_.end(), {first, 0, 0, 0, 5, 180, quote.protocol, 64});
    append_v6(from).append_v6("2001:db8::9");
    return be16(port).be16(40'000).be16(0).be16(1);
  }
  struct Arp {
    std::uint16_t hardware = 1, protocol = 0x0800;
    std::uint8_t hardware_bytes = 6, protocol_bytes = 4;
    std::uint16_t operation = 1;
  };
  Frame& arp(const std::string& target, Arp arp) {
    be16(arp.hardware).be16(arp.protocol);
    bytes_.insert(bytes_.end(), {arp.hardware_bytes, arp.protocol_bytes});
    be16(arp.operation);
    bytes_.insert(bytes_.end(), {2, 0, 0, 0, 0, 2});
    append_v4("192.0.2.9");
    bytes_.insert(bytes_.end(), {0, 0, 0, 0, 0, 0});
    return append_v4(target);
  }
  Frame& append_v6(const std::string& text) {
    const Address a = address(text);
    bytes_.insert(bytes_.end(), a.begin(), a.end());
    return *this;
  }
  Frame& append_v4(const std::string& text) {
    const Address a = address(text);
    bytes_.insert(bytes_.end(), a.begin() + 12, a.end());
    return *this;
  }
  Frame& payload(std::size_t count) {
    bytes_.insert(bytes_.end(), count, 0xab);
    return *this;
  }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  [[nodiscard]] Frame cut_to(std::size_t count) const {
    Frame cut = *this;
    cut.bytes_.resize(count);
    return cut;
  }

 private:
  Frame& be16(std::uint16_t value) {
    bytes_.insert(bytes_.end(), {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)});
    return *this;
  }
  std::vector<std::uint8_t> bytes_;
};

}  // namespace bellrock::steer
