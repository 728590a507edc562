// The VLAN tags of a frame in one word, so that an answer goes back under the same ones: bits 0-11 the inner (or only)
// VLAN id, 12-23 the outer one, 24-25 how many there are, 26-27 the outer EtherType. Priorities are not kept: answers
// have priority 0. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/wire/ethernet.h"

namespace bellrock::responder {

inline constexpr std::array<std::uint16_t, 4> kTagTypes{0x8100, 0x88a8, 0x9100, 0x9200};

constexpr std::uint32_t tag_count(std::uint32_t tags) { return tags >> 24 & 3; }
// Outer << 12 | inner, as in Flow::vlans.
constexpr std::uint32_t vlans_of(std::uint32_t tags) { return tags & 0xffffff; }

// Reads up to two tags from behind the addresses; false: there are more, or the frame ends. `at` becomes the offset of
// the EtherType.
inline bool read_tags(Bytes frame, std::size_t& at, std::uint32_t& tags) {
  tags = 0;
  for (at = 12; wire::is_vlan_tag(load_be16(frame.data() + at)); at += wire::kVlanTagBytes) {
    if (tag_count(tags) == 2 || frame.size() < at + wire::kVlanTagBytes + 2) return false;
    const std::uint32_t count = tag_count(tags) + 1;
    std::uint32_t type = tags >> 26;
    if (count == 1) {
      while (kTagTypes[type] != load_be16(frame.data() + at)) ++type;
    }
    tags = (vlans_of(tags) << 12 | (load_be16(frame.data() + at + 2) & 0x0fffU)) & 0xffffff;
    tags |= count << 24 | type << 26;
  }
  return true;
}

// Writes them and returns where the EtherType comes.
inline std::uint8_t* write_tags(std::uint8_t* at, std::uint32_t tags) {
  const std::uint32_t count = tag_count(tags);
  for (std::uint32_t i = 0; i < count; ++i, at += wire::kVlanTagBytes) {
    store_be16(at, i == 0 ? kTagTypes[tags >> 26] : kTagTypes[0]);
    store_be16(at + 2, static_cast<std::uint16_t>(i + 1 == count ? tags & 0xfff : tags >> 12 & 0xfff));
  }
  return at;
}

}  // namespace bellrock::responder
