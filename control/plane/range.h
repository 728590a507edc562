// Spans of time that the API shows: how far back, and cut into how many slices. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bellrock::plane {

inline constexpr std::int64_t kHourSeconds = 3'600;
inline constexpr std::int64_t kDaySeconds = 24 * kHourSeconds;

// Windows of 10 s are kept for kFineSeconds, minutes for kMinutesSeconds: for the longest period of a policy, 45 days,
// since corrections take whole minutes out of it, and for as long incidents and changes are judged by the minute.
// Ranges that look further back than a day use steps of whole hours.
inline constexpr std::int64_t kFineSeconds = 6 * kHourSeconds;
inline constexpr std::int64_t kMinutesSeconds = 46 * kDaySeconds;

struct Range {
  std::string_view name;
  std::int64_t seconds;
  std::int64_t step_s;
};
inline constexpr std::array<Range, 5> kRanges{{{"1h", kHourSeconds, 60},
                                               {"6h", 6 * kHourSeconds, 300},
                                               {"24h", kDaySeconds, 900},
                                               {"7d", 7 * kDaySeconds, 2 * kHourSeconds},
                                               {"28d", 28 * kDaySeconds, 8 * kHourSeconds}}};
inline constexpr const Range& kDefaultRange = kRanges[2];

struct Span {
  std::int64_t from, to;  // Unix seconds
};

// The slices that end with the one `now` is in.
constexpr Span span_of(const Range& range, std::int64_t now) {
  const std::int64_t to = now - now % range.step_s + range.step_s;
  return {to - range.seconds, to};
}

// The span of what is added up and not shown slice by slice: from a day on in whole hours, which are read ten to a
// hundred times faster than windows, the current one included.
constexpr Span sum_span_of(const Range& range, std::int64_t now) {
  if (range.seconds < kDaySeconds) return span_of(range, now);
  const std::int64_t to = now - now % kHourSeconds + kHourSeconds;
  return {to - range.seconds, to};
}

// Objectives are judged over their period, 28 days unless their policy says otherwise, in whole hours, the current one
// included.
inline constexpr std::int64_t kSloWindowSeconds = 28 * kDaySeconds;
constexpr Span slo_span(std::int64_t now, std::int64_t period_s = kSloWindowSeconds) {
  const std::int64_t to = now - now % kHourSeconds + kHourSeconds;
  return {to - period_s, to};
}

}  // namespace bellrock::plane
