#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "control/flow/click_map_name.h"
#include "control/plane/views.h"
#include "dataplane/flow/click.h"

namespace bellrock::plane {
namespace {

using control::ClickPart;

// Of one kind of click.
struct Map {
  std::map<std::uint16_t, std::uint64_t> places;
  std::uint64_t placed = 0, suppressed = 0, unplaced = 0, no_room = 0;
};

struct Maps {
  std::array<Map, kClickKinds> kinds;
  std::optional<std::uint32_t> suppress_below;  // the least that held
};

std::uint64_t& part_of(Map& map, ClickPart part) {
  switch (part) {
    case ClickPart::kSuppressed:
      return map.suppressed;
    case ClickPart::kUnplaced:
      return map.unplaced;
    case ClickPart::kNoRoom:
      return map.no_room;
    case ClickPart::kPlaces:
      break;
  }
  return map.placed;
}

// What a node of another version says of another grid is left out.
void add(const control::SeriesSum& sum, const std::string& page, const std::string& device, Maps& maps) {
  const control::SeriesKey& key = sum.key;
  const auto kind = std::find(kClickKindNames.begin(), kClickKindNames.end(), key.item);
  const auto detail = control::parse_click_detail(key.detail);
  if (key.journey != page || kind == kClickKindNames.end() || !detail || key.dimensions.size() != 1) return;
  if (!device.empty() && key.dimensions[0].second != device) return;
  Map& map = maps.kinds[static_cast<std::size_t>(kind - kClickKindNames.begin())];
  if (detail->suppress_below != 0) {
    maps.suppress_below = std::min(maps.suppress_below.value_or(detail->suppress_below), detail->suppress_below);
  }
  if (detail->part != ClickPart::kPlaces) {
    part_of(map, detail->part) += sum.total.n;
    return;
  }
  for (const auto& [bucket, n] : sum.total.buckets) {
    const auto place = control::click_place_of(detail->band, bucket);
    if (!place) continue;
    map.places[*place] += n;
    map.placed += n;
  }
}

Json map_json(std::string_view kind, const Map& map) {
  Json places = Json::array();
  for (const auto& [place, n] : map.places) places.push_back({place % kClickColumns, place / kClickColumns, n});
  return {{"kind", kind},
          {"clicks", map.placed + map.suppressed + map.unplaced + map.no_room},
          {"placed", map.placed},
          {"suppressed", map.suppressed},
          {"unplaced", map.unplaced},
          {"no_room", map.no_room},
          {"places", std::move(places)}};
}

}  // namespace

View click_map_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now, const std::string& page,
                    const std::string& device) {
  const Span span = sum_span_of(range, now);
  store::SeriesQuery query;
  query.kind = CellKind::kClickMap;
  query.journey = page;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  Maps maps;
  for (const control::SeriesSum& sum : sums) add(sum, page, device, maps);
  Json kinds = Json::array();
  for (std::size_t i = 0; i < kClickKinds; ++i) kinds.push_back(map_json(kClickKindNames[i], maps.kinds[i]));
  return Json{{"now_unix_s", now},
              {"range", range.name},
              {"from_unix_s", span.from},
              {"to_unix_s", span.to},
              {"page", page},
              {"device", device.empty() ? Json() : Json(device)},
              {"columns", kClickColumns},
              {"rows", kClickRows},
              {"suppress_below", maps.suppress_below ? Json(*maps.suppress_below) : Json()},
              {"kinds", std::move(kinds)}};
}

}  // namespace bellrock::plane
