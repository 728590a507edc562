// Web vitals and page timings, as beacons of type `vitals` say them, and what they are worth by the thresholds that
// web.dev publishes for each ("Web Vitals", "Time to First Byte", "First Contentful Paint"): good up to the first,
// poor above the second. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bellrock {

enum class Vital : std::uint8_t { kLcp, kInp, kCls, kFcp, kTtfb, kDcl, kLoad, kCount };
inline constexpr std::array<std::string_view, 7> kVitalNames{"lcp", "inp", "cls", "fcp", "ttfb", "dcl", "load"};
inline constexpr std::size_t kVitals = kVitalNames.size();

enum class Rating : std::uint8_t { kGood, kNeedsImprovement, kPoor, kUnrated, kCount };
inline constexpr std::array<std::string_view, 4> kRatingNames{"good", "needs_improvement", "poor", "unrated"};
inline constexpr std::size_t kRatings = kRatingNames.size();

// By navigator.connection.effectiveType.
enum class Connection : std::uint8_t { kUnknown, k4g, k3g, k2g, kSlow2g, kCount };
inline constexpr std::array<std::string_view, 5> kConnectionNames{"unknown", "4g", "3g", "2g", "slow-2g"};

struct VitalThresholds {
  std::uint32_t good = 0, poor = 0;  // microseconds; of CLS, which has no unit, millionths. Both 0: it has none
};
inline constexpr std::array<VitalThresholds, kVitals> kVitalThresholds{{{2'500'000, 4'000'000},
                                                                        {200'000, 500'000},
                                                                        {100'000, 250'000},
                                                                        {1'800'000, 3'000'000},
                                                                        {800'000, 1'800'000},
                                                                        {},
                                                                        {}}};

constexpr Rating rating_of(Vital vital, std::uint32_t value) {
  const VitalThresholds& is = kVitalThresholds[static_cast<std::size_t>(vital)];
  if (is.poor == 0) return Rating::kUnrated;
  return value <= is.good ? Rating::kGood : value <= is.poor ? Rating::kNeedsImprovement : Rating::kPoor;
}
// A vital with thresholds has the first three, another one the last.
constexpr bool can_be(Vital vital, Rating rating) {
  return (kVitalThresholds[static_cast<std::size_t>(vital)].poor == 0) == (rating == Rating::kUnrated);
}

// Counts that one page has: of each vital by rating.
inline constexpr std::size_t kVitalItems = [] {
  std::size_t items = 0;
  for (std::size_t vital = 0; vital < kVitals; ++vital) {
    for (std::size_t rating = 0; rating < kRatings; ++rating) {
      if (can_be(static_cast<Vital>(vital), static_cast<Rating>(rating))) ++items;
    }
  }
  return items;
}();
static_assert(kVitalItems == 17);

// Of one page view.
struct VitalValues {
  std::uint8_t page = 0;                        // 1 + index into Definition::vital_pages; 0: another page
  std::uint8_t device = 0;                      // Device
  std::uint8_t connection = 0;                  // Connection
  std::uint8_t said = 0;                        // bit i: values[i] is there
  std::array<std::uint32_t, kVitals> values{};  // in the thresholds' units
};

}  // namespace bellrock
