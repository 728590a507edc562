// Value ↔ bucket of the latency histogram: base-2 exponential buckets of scale 6 over seconds, upper bounds inclusive,
// exactly those of an OpenTelemetry exponential histogram of scale 6 and of a Prometheus native histogram of schema 6.
// Pure functions; no libm on the hot path. Source: OpenTelemetry metrics data model, "Exponential buckets".
//
// Bucket i holds (2^(i/64), 2^((i+1)/64)] seconds. A slot is a bucket's number from the smallest one kept, 2^-20 s.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "dataplane/base/time.h"

namespace bellrock::sketch {

inline constexpr std::int32_t kBucketsPerOctave = 64;
inline constexpr std::int32_t kOctaves = 32;                          // 2^-20 s … 2^12 s
inline constexpr std::int32_t kSlots = kBucketsPerOctave * kOctaves;  // 2,048
inline constexpr std::int32_t kFirstIndex = -20 * kBucketsPerOctave;  // bucket of slot 0
inline constexpr std::int32_t kZeroSlot = -1;                         // at most 2^-20 s
inline constexpr std::int32_t kOverflowSlot = kSlots;                 // more than 2^12 s

namespace internal {

// The mantissas at which buckets begin inside an octave: floor(2^52 · 2^(k/64)) − 2^52, from exact integer roots.
inline constexpr std::array<std::uint64_t, 64> kEdges{
    0x0000000000000, 0x02c9a3e778060, 0x059b0d3158574, 0x0874518759bc8, 0x0b5586cf9890f, 0x0e3ec32d3d1a2,
    0x11301d0125b50, 0x1429aaea92ddf, 0x172b83c7d517a, 0x1a35beb6fcb75, 0x1d4873168b9aa, 0x2063b88628cd6,
    0x2387a6e756238, 0x26b4565e27cdd, 0x29e9df51fdee1, 0x2d285a6e4030b, 0x306fe0a31b715, 0x33c08b26416ff,
    0x371a7373aa9ca, 0x3a7db34e59ff6, 0x3dea64c123422, 0x4160a21f72e29, 0x44e086061892d, 0x486a2b5c13cd0,
    0x4bfdad5362a27, 0x4f9b2769d2ca6, 0x5342b569d4f81, 0x56f4736b527da, 0x5ab07dd485429, 0x5e76f15ad2148,
    0x6247eb03a5584, 0x6623882552224, 0x6a09e667f3bcc, 0x6dfb23c651a2e, 0x71f75e8ec5f73, 0x75feb564267c8,
    0x7a11473eb0186, 0x7e2f336cf4e62, 0x82589994cce12, 0x868d99b4492ec, 0x8ace5422aa0db, 0x8f1ae99157736,
    0x93737b0cdc5e4, 0x97d829fde4e4f, 0x9c49182a3f090, 0xa0c667b5de564, 0xa5503b23e255c, 0xa9e6b5579fdbf,
    0xae89f995ad3ad, 0xb33a2b84f15fa, 0xb7f76f2fb5e46, 0xbcc1e904bc1d2, 0xc199bdd85529c, 0xc67f12e57d14b,
    0xcb720dcef9069, 0xd072d4a07897b, 0xd5818dcfba487, 0xda9e603db3285, 0xdfc97337b9b5e, 0xe502ee78b3ff6,
    0xea4afa2a490d9, 0xefa1bee615a27, 0xf50765b6e4540, 0xfa7c1819e90d8};

// An octave is cut into 128 pieces, each narrower than the narrowest bucket, so a piece holds one edge at most. Its
// entry has the bucket of its start in the top 12 bits, and below that what makes a mantissa past the edge carry.
consteval std::array<std::uint64_t, 128> make_pieces() {
  std::array<std::uint64_t, 128> pieces{};
  for (std::uint64_t piece = 0; piece < pieces.size(); ++piece) {
    const std::uint64_t begin = piece << 45, end = (piece + 1) << 45;
    std::uint64_t bucket = 0, addend = 0;
    for (std::uint64_t k = 1; k < kEdges.size(); ++k) {
      if (kEdges[k] <= begin) bucket = k;
      if (kEdges[k] > begin && kEdges[k] < end) addend = (std::uint64_t{1} << 52) - kEdges[k];
    }
    pieces[piece] = (bucket << 52) + addend;
  }
  return pieces;
}
inline constexpr std::array<std::uint64_t, 128> kPieces = make_pieces();

}  // namespace internal

// The bucket of a positive normal number of seconds.
constexpr std::int32_t index(double seconds) {
  const std::uint64_t below = std::bit_cast<std::uint64_t>(seconds) - 1;  // upper bounds are inclusive
  const std::uint64_t mantissa = below & ((std::uint64_t{1} << 52) - 1);
  const std::uint64_t bucket = (mantissa + internal::kPieces[mantissa >> 45]) >> 52;
  return (static_cast<std::int32_t>(below >> 52) - 1023) * kBucketsPerOctave + static_cast<std::int32_t>(bucket);
}

// The slot of a duration that is not negative; kZeroSlot and kOverflowSlot outside the range.
constexpr std::int32_t slot_of(Duration value) {
  if (value == 0) return kZeroSlot;
  const std::int32_t slot = index(static_cast<double>(value) * 1e-9) - kFirstIndex;
  return slot < 0 ? kZeroSlot : slot >= kSlots ? kOverflowSlot : slot;
}

constexpr std::int32_t index_of_slot(std::int32_t slot) { return slot + kFirstIndex; }

}  // namespace bellrock::sketch
