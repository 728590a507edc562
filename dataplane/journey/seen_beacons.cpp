#include "dataplane/journey/seen_beacons.h"

#include <algorithm>

namespace bellrock::journey {

// The finalizer of MurmurHash3, twice: a key is 128 secret bits, so that it need not resist more than chance.
std::uint64_t SeenBeacons::mark_of(const SessionKey& key, std::uint32_t page_view, std::uint32_t number) {
  const auto mix = [](std::uint64_t word) {
    word = (word ^ word >> 33) * 0xff51'afd7'ed55'8ccd;
    word = (word ^ word >> 33) * 0xc4ce'b9fe'1a85'ec53;
    return word ^ word >> 33;
  };
  const std::uint64_t mark = mix(mix(key.words[0] ^ (std::uint64_t{page_view} << 32 | number)) ^ key.words[1]);
  return mark == 0 ? 1 : mark;
}

bool SeenBeacons::see(const VisitorKey& visitor, std::uint32_t page_view, std::uint32_t number) {
  for (const SessionKey& key : {visitor.key, visitor.previous}) {
    if (key.none()) continue;
    const std::uint64_t mark = mark_of(key, page_view, number);
    const Set& set = set_of(mark);
    if (std::find(set.begin(), set.end(), mark) != set.end()) return false;
  }
  const std::uint64_t mark = mark_of(visitor.key, page_view, number);
  Set& set = set_of(mark);
  auto* at = std::find(set.begin(), set.end(), std::uint64_t{0});
  if (at == set.end()) at = &set[mark % kWays];
  journal_.set(*at, mark);
  return true;
}

}  // namespace bellrock::journey
