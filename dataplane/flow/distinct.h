// How many different visitors there were, without saying who: coupons of Flajolet and Martin ("Probabilistic Counting
// Algorithms for Data Base Applications", 1985). A hash picks one of kDistinctRegisters registers and, with half the
// chance each time, a level in it; what is kept is which levels of which registers have been seen. That is all that a
// HyperLogLog or an UltraLogLog of as many registers keeps, and the lower levels as well: merging is a union, so it can
// be done by adding up how often each was seen, as histograms are, in any order, over cores, windows and nodes.
// control/flow/distinct.h reads it. Plain values and pure functions.
//
// The hash is SipHash-2-4 under the visitor's own key, which is secret, of this board and of one day (session_keys.h):
// without it nobody can tell from a frame whether somebody was there, and what two boards or two days saw of the same
// visitor has nothing in common.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/siphash.h"
#include "dataplane/base/time.h"

namespace bellrock {

// A cell of CellKind::kDistinct is a histogram whose octaves are the levels, and whose buckets in each are registers.
inline constexpr std::size_t kDistinctCells = 16;
inline constexpr std::size_t kDistinctPerCell = 64;  // buckets of an octave
inline constexpr std::size_t kDistinctLevels = 32;   // octaves
inline constexpr std::size_t kDistinctRegisters = kDistinctCells * kDistinctPerCell;

struct Coupon {
  std::uint8_t cell = 0;
  std::uint16_t slot = 0;  // of the histogram: 64 * level + register
};

constexpr Coupon coupon_of(std::uint64_t hash) {
  const auto cell = static_cast<std::uint8_t>(hash % kDistinctCells);
  const std::uint64_t place = hash / kDistinctCells % kDistinctPerCell;
  const std::uint64_t rest = hash / kDistinctRegisters;
  const std::size_t level = std::min<std::size_t>(static_cast<unsigned>(std::countr_zero(rest)), kDistinctLevels - 1);
  return {cell, static_cast<std::uint16_t>(level * kDistinctPerCell + place)};
}

inline Coupon coupon_of(const SessionKey& visitor, JourneyId journey) {
  const std::uint8_t of[2] = {static_cast<std::uint8_t>(journey.value), static_cast<std::uint8_t>(journey.value >> 8)};
  return coupon_of(siphash64({visitor.words[0], visitor.words[1]}, Bytes(of)));
}

// A duration that a histogram counts in this slot: the middle of its bucket. For tables that are made at start.
inline Duration coupon_time(std::size_t slot) {
  return std::llrint(std::exp2((static_cast<double>(slot) + 0.5) / double{kDistinctPerCell} - 20.0) * 1e9);
}

}  // namespace bellrock
