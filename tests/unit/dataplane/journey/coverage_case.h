// Pages that are seen, calls, and beacons that speak of them, as a tracker is told, and what it counts of all three.
#pragma once

#include <gtest/gtest.h>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {

using Counts = std::map<std::string, std::uint64_t>;

inline constexpr Duration kWithin = kMinute;
inline constexpr std::uint16_t kCallPath = 3;
inline constexpr JourneyId kCallNumber{std::uint16_t{2}};  // behind the one page that is listed

struct Seen {
  double second = 0;
  std::uint64_t visitor = 1;
  std::uint16_t path = 1;
  std::uint32_t server_us = 100'000;
};
struct Spoken {
  double second = 0;
  std::uint64_t visitor = 1;
  std::uint16_t path = 1;
  std::uint32_t view = 0;
  std::uint32_t ttfb_us = kNoPageTime, load_us = kNoPageTime;
  bool first = true;
  std::uint32_t age_ms = kNoPageTime;
};

// A call that was answered, and a beacon that tells of one.
struct Called {
  double second = 0;
  std::uint64_t visitor = 1;
  std::uint32_t server_us = 100'000;
};
struct Told {
  double second = 0;
  std::uint64_t visitor = 1;
  std::uint32_t ttfb_us = kNoPageTime, dur_us = 200'000;
};

inline Definition covering(std::uint32_t pages = 4'096) {
  Definition d = make_definition();
  d.coverage_pages = {TemplateId{1}};
  d.coverage = {.on = true, .identity = {}, .within = kWithin, .has_place = false, .place = {}, .split = true};
  d.limits.seen_pages_per_core = pages;
  return d;
}

inline Definition calling(std::uint32_t pages = 4'096) {
  Definition d = covering(pages);
  d.coverage_calls = {{TemplateId{std::size_t{kCallPath}}, "api.search"}};
  return d;
}

inline Event sight_event(double second, std::uint64_t visitor, const PageSight& sight) {
  const bool page = sight.what == PageSight::What::kPage || sight.what == PageSight::What::kCall;
  Event event = visitor == 0 ? Event{} : make_event(visitor, {}, page ? Channel::kHttpResponse : Channel::kBeacon);
  event.time = at_second(second);
  event.activity = false;
  event.extras.say().sight = sight;
  return event;
}
inline Event event_of(const Seen& seen) {
  return sight_event(seen.second, seen.visitor,
                     {.what = PageSight::What::kPage,
                      .page = static_cast<std::uint8_t>(seen.path == 1 ? 1 : 0),
                      .device = 2,
                      .path = TemplateId{std::size_t{seen.path}},
                      .first_us = seen.server_us});
}
inline Event event_of(const Spoken& spoken) {
  return sight_event(spoken.second, spoken.visitor,
                     {.what = PageSight::What::kBeacon,
                      .page = static_cast<std::uint8_t>(spoken.path == 1 ? 1 : 0),
                      .device = 2,
                      .first = spoken.first,
                      .path = TemplateId{std::size_t{spoken.path}},
                      .view = spoken.view,
                      .first_us = spoken.ttfb_us,
                      .load_us = spoken.load_us,
                      .age_ms = spoken.age_ms});
}

inline PageSight call_sight(PageSight::What what) {
  return {.what = what,
          .page = static_cast<std::uint8_t>(kCallNumber.index()),
          .device = 2,
          .path = TemplateId{std::size_t{kCallPath}}};
}
inline Event event_of(const Called& called) {
  PageSight sight = call_sight(PageSight::What::kCall);
  sight.first_us = called.server_us;
  return sight_event(called.second, called.visitor, sight);
}
inline Event event_of(const Told& told) {
  PageSight sight = call_sight(PageSight::What::kCallBeacon);
  sight.first_us = told.ttfb_us == kNoPageTime ? told.dur_us : told.ttfb_us;
  if (told.ttfb_us != kNoPageTime) sight.load_us = told.dur_us;
  return sight_event(told.second, told.visitor, sight);
}

inline std::string name_of(const CoverageName& of) {
  return std::string(of.item) + (of.detail.empty() ? "" : "/") + std::string(of.detail);
}

inline void count_cells(const FakeCells& cells, CellScope scope, Counts& counts) {
  for (const auto& [at, cell] : cells.windows()) {
    const CellKey& key = at.second;
    if (key.scope != scope || cell.count == 0) continue;
    if (key.kind == CellKind::kCoverage) counts[name_of(kCoverageNames[key.item])] += cell.count;
    const char* const what = key.journey == kCallNumber ? "call " : "split ";
    if (key.kind == CellKind::kSplit) counts[what + name_of(kSplitNames[key.item])] += cell.count;
  }
}

}  // namespace bellrock::journey
