// Numbers of the pcap and pcapng file formats, shared by reader and writer. Any thread.
// Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng, https://www.tcpdump.org/linktypes.html
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/flow/packet.h"

namespace bellrock::io::pcap {

inline constexpr std::uint32_t kMagicMicro = 0xa1b2c3d4;
inline constexpr std::uint32_t kMagicNano = 0xa1b23c4d;
inline constexpr std::size_t kFileHeaderBytes = 24;
inline constexpr std::size_t kRecordHeaderBytes = 16;

// What libpcap accepts as well (MAXIMUM_SNAPLEN, and its bound for a block): a longer one is damage, not a packet.
inline constexpr std::uint32_t kRecordBytesMax = 256 * 1024;
inline constexpr std::uint32_t kBlockBytesMax = 16 * 1024 * 1024;

inline constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;  // reads the same in both byte orders
inline constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
inline constexpr std::uint32_t kInterfaceBlock = 1;
inline constexpr std::uint32_t kObsoletePacketBlock = 2;
inline constexpr std::uint32_t kSimplePacketBlock = 3;
inline constexpr std::uint32_t kEnhancedPacketBlock = 6;
inline constexpr std::size_t kBlockBytesMin = 12;
inline constexpr std::uint16_t kOptionEnd = 0;
inline constexpr std::uint16_t kOptionTsResolution = 9;
inline constexpr std::uint16_t kOptionTsOffset = 14;

constexpr LinkType link_of(std::uint32_t code) {
  switch (code) {
    case 1:
      return LinkType::kEthernet;
    case 0:    // NULL: family in the capturing host's byte order
    case 108:  // LOOP: in network byte order
      return LinkType::kNull;
    case 12:   // DLT_RAW, written as such by some systems
    case 14:   // the same on OpenBSD
    case 101:  // RAW
    case 228:  // IPV4
    case 229:  // IPV6
      return LinkType::kRawIp;
    case 113:
      return LinkType::kLinuxCooked;
    case 239:
      return LinkType::kNflog;
    case 276:
      return LinkType::kLinuxCooked2;
    default:
      return LinkType::kOther;
  }
}

constexpr std::uint32_t code_of(LinkType link) {
  switch (link) {
    case LinkType::kEthernet:
      return 1;
    case LinkType::kLinuxCooked:
      return 113;
    case LinkType::kLinuxCooked2:
      return 276;
    case LinkType::kRawIp:
      return 101;
    case LinkType::kNflog:
      return 239;
    case LinkType::kNull:
      return 0;
    case LinkType::kOther:
      break;
  }
  return 147;  // USER0: reserved for private use, read back as kOther
}

// Integers in the byte order of whoever wrote the file.
struct Order {
  bool swapped = false;

  [[nodiscard]] std::uint16_t u16(const std::uint8_t* at) const {
    std::uint16_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return swapped ? __builtin_bswap16(raw) : raw;
  }
  [[nodiscard]] std::uint32_t u32(const std::uint8_t* at) const {
    std::uint32_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return swapped ? __builtin_bswap32(raw) : raw;
  }
  [[nodiscard]] std::uint64_t u64(const std::uint8_t* at) const {
    std::uint64_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return swapped ? __builtin_bswap64(raw) : raw;
  }
};

}  // namespace bellrock::io::pcap
