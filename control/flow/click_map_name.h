// How the counts of a click grid are called in frames and in the store (CellKind::kClickMap): the journey is the page's
// template, the item the kind of click, the dimension the device. The detail says which part:
//   "50x100/5/0"    places of rows 0-39, of a grid of 50 columns and 100 rows: each a bucket, whose index counts places
//                   from kBucketMin on; "50x100/5/1" rows 40-79, and so on. On none of them were fewer than 5 clicks
//   "suppressed/5"  clicks on places with fewer than 5: how many, not where
//   "unplaced"      clicks that did not say where, or nothing that can be
//   "no_room"       clicks on places that found no room in a core's table
// Together they are all clicks of their page, kind and device. Pure, any thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control/flow/histogram.h"
#include "dataplane/flow/click.h"

namespace bellrock::control {

inline constexpr std::string_view kClickMapDimension = "device";
inline constexpr std::uint16_t kClickBandRows = 40;
inline constexpr std::uint16_t kClickBandPlaces = kClickBandRows * kClickColumns;
inline constexpr std::uint16_t kClickBands = (kClickRows + kClickBandRows - 1) / kClickBandRows;
static_assert(kClickBandPlaces <= kBucketEnd - kBucketMin, "a band is the buckets of one series");

enum class ClickPart : std::uint8_t { kPlaces, kSuppressed, kUnplaced, kNoRoom };

struct ClickDetail {
  ClickPart part = ClickPart::kPlaces;
  std::uint32_t suppress_below = 0;  // of places, and of what was suppressed
  std::uint16_t band = 0;            // of places
  friend bool operator==(const ClickDetail&, const ClickDetail&) = default;
};

inline std::string click_grid_name() { return std::to_string(kClickColumns) + 'x' + std::to_string(kClickRows) + '/'; }

inline std::string click_detail(const ClickDetail& detail) {
  switch (detail.part) {
    case ClickPart::kPlaces:
      return click_grid_name() + std::to_string(detail.suppress_below) + '/' + std::to_string(detail.band);
    case ClickPart::kSuppressed:
      return "suppressed/" + std::to_string(detail.suppress_below);
    case ClickPart::kUnplaced:
      return "unplaced";
    case ClickPart::kNoRoom:
      return "no_room";
  }
  return {};
}

// None: of another version, with another grid.
inline std::optional<ClickDetail> parse_click_detail(std::string_view text) {
  const auto take = [&text](std::string_view head) {
    if (!text.starts_with(head)) return false;
    text.remove_prefix(head.size());
    return true;
  };
  const auto number = [&text](auto& to) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  ClickDetail detail;
  if (text == "unplaced") return detail.part = ClickPart::kUnplaced, detail;
  if (text == "no_room") return detail.part = ClickPart::kNoRoom, detail;
  if (take("suppressed/")) {
    detail.part = ClickPart::kSuppressed;
    return number(detail.suppress_below) && text.empty() ? std::optional(detail) : std::nullopt;
  }
  const bool places = take(click_grid_name()) && number(detail.suppress_below) && take("/") && number(detail.band);
  return places && text.empty() && detail.band < kClickBands ? std::optional(detail) : std::nullopt;
}

// A place as the bucket of its band, and back.
constexpr std::uint16_t click_band_of(std::uint16_t place) { return place / kClickBandPlaces; }
constexpr std::int32_t click_bucket_of(std::uint16_t place) { return kBucketMin + place % kClickBandPlaces; }
// None: of no place of the grid.
constexpr std::optional<std::uint16_t> click_place_of(std::uint16_t band, std::int32_t bucket) {
  const std::int32_t place = band * kClickBandPlaces + bucket - kBucketMin;
  if (bucket < kBucketMin || bucket - kBucketMin >= kClickBandPlaces || place >= kClickPlaces) return std::nullopt;
  return static_cast<std::uint16_t>(place);
}

}  // namespace bellrock::control
