// What a step's latency did to attempts, as it is counted: bands of latency, and how item and detail of a cell of
// CellKind::kEffect say which of a journey's effects, how the attempt ended, and how long it waited. Each attempt that
// came to where the latency begins is in exactly one cell, which also adds up how long those in it waited: so that a
// band has its exact mean, and the time that was spent waiting inside it follows from that.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/outcome.h"

namespace bellrock {

// Two bands for each doubling. A band begins here and ends before the next one; the last has no end.
inline constexpr std::size_t kBands = 20;
inline constexpr std::array<std::uint16_t, kBands> kBandFromMs{
    0, 50, 71, 100, 141, 200, 283, 400, 566, 800, 1131, 1600, 2263, 3200, 4525, 6400, 9051, 12'800, 18'102, 25'600};
inline constexpr std::array<std::string_view, kBands> kBandNames{
    "0ms",    "50ms",   "71ms",   "100ms",  "141ms",  "200ms",  "283ms",  "400ms",   "566ms",   "800ms",
    "1131ms", "1600ms", "2263ms", "3200ms", "4525ms", "6400ms", "9051ms", "12800ms", "18102ms", "25600ms"};

constexpr Duration band_from(std::size_t band) { return kBandFromMs[band] * kMillisecond; }
constexpr std::size_t band_of(Duration waited) {
  std::size_t band = kBands - 1;
  while (band > 0 && waited < band_from(band)) --band;
  return band;
}

// How the wait for the step came to its end.
enum class Wait : std::uint8_t {
  kAnswered,  // the step came, and its latency was measured
  kEnded,     // the attempt ended before it, at a known time
  kUndated,   // it came unmeasured or never, and nobody knows how long that was waited for; has no bands
};
inline constexpr std::array<std::string_view, 3> kWaitNames{"answered", "ended", "undated"};

inline constexpr std::size_t kWaitSlots = 2 * kBands + 1;
constexpr std::uint8_t wait_slot(Wait wait, std::size_t band) {
  return static_cast<std::uint8_t>(wait == Wait::kUndated ? 2 * kBands
                                                          : static_cast<std::size_t>(wait) * kBands + band);
}
constexpr Wait wait_of(std::size_t slot) { return static_cast<Wait>(slot / kBands); }
constexpr std::size_t band_of_slot(std::size_t slot) { return slot % kBands; }

// A cell's item; its detail is the slot.
constexpr std::uint8_t effect_item(std::size_t effect, Outcome outcome) {
  return static_cast<std::uint8_t>(effect << 4 | static_cast<std::size_t>(outcome));
}
constexpr std::size_t effect_of(std::uint8_t item) { return item >> 4; }
constexpr std::size_t outcome_of_effect(std::uint8_t item) { return item & 15; }
static_assert(kEffectsMax <= 16 && kOutcomeNames.size() <= 16);

// As it is added up: a wait of more than 16 minutes counts as one of that, so that the sum of 18 million fits.
constexpr std::uint64_t waited_amount(Duration waited) {
  return std::min(static_cast<std::uint64_t>(std::max<Duration>(waited, 0)), kAmountMax);
}

}  // namespace bellrock
