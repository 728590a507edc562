// Packed buckets: how a frame and the store write the occupied buckets of one histogram. Pure, any thread.
// The first index stands beside the bytes; then, for each occupied bucket in rising order,
//   varint(count * 2 + gap)  and, where gap is 1, varint(number of empty buckets before it).
// `unpack` takes only what `pack` makes: shortest varints, no empty bucket, no gap of 0, indexes of scale 6 within
// (2^-20 s, 2^12 s]. So equal histograms have equal bytes, and hostile bytes can give at most 2,048 buckets.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "control/flow/histogram.h"
#include "dataplane/base/bytes.h"

namespace bellrock::control {

struct PackedBuckets {
  std::int32_t first = 0;  // 0 without buckets
  std::string bytes;
};

inline void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<char>((value & 0x7f) | 0x80));
  to.push_back(static_cast<char>(value));
}

// Takes a varint off the front. None when it is cut, longer than 64 bits or not the shortest form.
inline std::optional<std::uint64_t> take_varint(Bytes& from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < from.size() && i < 10; ++i) {
    const std::uint64_t part = from[i] & 0x7f;
    if (i == 9 && part > 1) return std::nullopt;
    value |= part << (7 * i);
    if (from[i] & 0x80) continue;
    if (i != 0 && part == 0) return std::nullopt;
    from = from.subspan(i + 1);
    return value;
  }
  return std::nullopt;
}

// Pairs (index, count), indexes rising. Counts are below 2^63, which the frame's bound on `recorded` sees to.
template <typename Range>
PackedBuckets pack(const Range& buckets) {
  PackedBuckets packed;
  if (buckets.empty()) return packed;
  packed.first = buckets.begin()->first;
  std::int32_t next = packed.first;
  for (const auto& [index, count] : buckets) {
    const std::int32_t gap = index - next;
    append_varint(packed.bytes, count * 2 + (gap != 0));
    if (gap != 0) append_varint(packed.bytes, static_cast<std::uint64_t>(gap));
    next = index + 1;
  }
  return packed;
}

inline std::optional<Buckets> unpack(std::int32_t first, Bytes bytes) {
  Buckets buckets;
  if (bytes.empty()) return first == 0 ? std::optional{buckets} : std::nullopt;
  std::int64_t index = first;
  if (index < kBucketMin) return std::nullopt;
  for (bool leading = true; !bytes.empty(); leading = false) {
    const auto word = take_varint(bytes);
    if (!word || *word < 2) return std::nullopt;
    if (*word & 1) {
      const auto gap = take_varint(bytes);
      if (!gap || *gap == 0 || *gap > kBucketEnd - kBucketMin || leading) return std::nullopt;
      index += static_cast<std::int64_t>(*gap);
    }
    if (index >= kBucketEnd) return std::nullopt;
    buckets.emplace_hint(buckets.end(), static_cast<std::int32_t>(index++), *word >> 1);
  }
  return buckets;
}

}  // namespace bellrock::control
