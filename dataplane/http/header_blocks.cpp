#include "dataplane/http/header_blocks.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

namespace bellrock::http {
namespace {

// The bytes that decide on a block's set: behind Host, Connection and Content-Length, with which some browsers begin,
// and before where the others say the length; they name the browser.
constexpr std::size_t kHashedBegin = 96, kBytesMin = 224;

constexpr std::uint64_t kSpread = 0x9e37'79b9'7f4a'7c15;
constexpr std::size_t kChains = 4;  // that do not wait for each other
constexpr std::size_t kStep = kChains * sizeof(std::uint64_t);

// Of whole steps.
std::uint64_t hash_of(std::uint64_t hash, Bytes data) {
  std::array<std::uint64_t, kChains> hashes{hash, 1, 2, 3};
  const auto add = [&](const std::uint8_t* from) {
    for (std::size_t i = 0; i < kChains; ++i) {
      const std::uint64_t word = load_le64(from + i * sizeof word);
      hashes[i] = ((hashes[i] ^ word) * kSpread) ^ word >> 32;
    }
  };
  for (std::size_t at = 0; at + kStep <= data.size(); at += kStep) add(data.data() + at);
  hash = ((hashes[0] * kSpread ^ hashes[1]) * kSpread ^ hashes[2]) * kSpread ^ hashes[3];
  return hash * kSpread;
}

std::uint32_t set_hash_of(Bytes block) {
  return static_cast<std::uint32_t>(hash_of(0, block.subspan(kHashedBegin, kBytesMin - kHashedBegin)) >> 32);
}

// Tells blocks of one set apart, by their ends; not by the digits of the length where these are there.
std::uint64_t end_hash_of(std::uint32_t set_hash, Bytes block, std::size_t length_at, std::size_t digits) {
  constexpr std::size_t kEnd = 3 * kStep;
  const std::uint64_t seed = std::uint64_t{set_hash} << 16 | block.size();
  const std::size_t begin = block.size() - kEnd;
  if (length_at + digits <= begin) return hash_of(seed, block.last(kEnd));
  std::array<std::uint8_t, kEnd> end;
  std::memcpy(end.data(), block.data() + begin, kEnd);
  for (std::size_t at = std::max(length_at, begin); at < length_at + digits; ++at) end[at - begin] = 0;
  return hash_of(seed, end);
}

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> numbers{0};
  return 1 + numbers.fetch_add(1, std::memory_order_relaxed);
}

bool is_same(const HeaderBlock& known, const std::uint8_t* block) {
  if (std::memcmp(known.text.data(), block, known.length_at) != 0) return false;
  const std::size_t behind = known.length_at + std::size_t{known.length_digits};
  return std::memcmp(known.text.data() + behind, block + behind, known.bytes - behind) == 0;
}

}  // namespace

HeaderBlocks::HeaderBlocks() : sets_(std::make_unique<std::array<Set, kSets>>()) {}

const HeaderBlock* HeaderBlocks::find(Bytes bytes) {
  if (bytes.size() < kBytesMin) return nullptr;
  const std::uint32_t hash = set_hash_of(bytes);
  const Set& set = (*sets_)[hash % kSets];
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.hashes[way] != hash) continue;
    const HeaderBlock& known = set.ways[way];
    if (known.bytes != 0 && known.bytes <= bytes.size() && is_same(known, bytes.data())) return &known;
  }
  return nullptr;
}

HeaderBlock* HeaderBlocks::place_for(Bytes block, std::string_view length) {
  if (block.size() < kBytesMin || block.size() > HeaderBlock::kBytesMax) return nullptr;
  const std::size_t length_at = length.empty() ? 0 : static_cast<std::size_t>(bytes(length).data() - block.data());
  const std::uint32_t hash = set_hash_of(block);
  Set& set = (*sets_)[hash % kSets];
  const std::uint64_t missed = end_hash_of(hash, block, length_at, length.size());
  if (std::find(set.missed.begin(), set.missed.end(), missed) == set.missed.end()) {
    set.missed[set.next_missed++ % kMissed] = missed;
    return nullptr;
  }
  const std::size_t way = set.next_way++ % kWays;
  HeaderBlock& place = set.ways[way];
  set.hashes[way] = hash;
  place.number = next_number();
  place.bytes = static_cast<std::uint16_t>(block.size());
  place.length_at = static_cast<std::uint16_t>(length_at);
  place.length_digits = static_cast<std::uint8_t>(length.size());
  std::memcpy(place.text.data(), block.data(), block.size());
  return &place;
}

}  // namespace bellrock::http
