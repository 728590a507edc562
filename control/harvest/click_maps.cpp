#include "control/harvest/click_maps.h"

#include <string>

#include "control/flow/click_map_name.h"
#include "dataplane/flow/visitor.h"

namespace bellrock::harvest {

void ClickMaps::add(std::int64_t start_s, const journey::ClickCount& count) {
  const Click& click = count.click;
  Group& group = groups_[{start_s, {click.page, click.device, static_cast<std::uint8_t>(click.kind)}}];
  if (count.no_room) {
    group.no_room += count.n;
  } else if (click.place == kNoClickPlace) {
    group.unplaced += count.n;
  } else {
    group.places[click.place] += count.n;
  }
}

void ClickMaps::take_into(const journey::Definition& definition, control::DeltaFrame& frame) {
  using control::ClickDetail, control::ClickPart;
  const std::uint32_t least = definition.click_grid.suppress_below;
  for (const auto& [of, group] : groups_) {
    const auto& [page, device, kind] = of.second;
    auto& window = frame.windows[of.first];
    control::SeriesKey key;
    key.journey = definition.templates[definition.click_pages[page - 1u].index()].text;
    key.kind = CellKind::kClickMap;
    key.item = kClickKindNames[kind];
    key.scope = CellScope::kDimensioned;
    key.dimensions = {{std::string(control::kClickMapDimension), std::string(kDeviceNames[device])}};
    const auto at = [&](const ClickDetail& detail, std::uint64_t n) -> control::Histogram& {
      key.detail = control::click_detail(detail);
      frame.recorded += n;
      control::Histogram& sum = window[key];
      sum.n += n;
      return sum;
    };
    for (const auto& [place, n] : group.places) {
      if (n < least) {
        at({ClickPart::kSuppressed, least, 0}, n);
      } else {
        const std::uint16_t band = control::click_band_of(place);
        at({ClickPart::kPlaces, least, band}, n).buckets[control::click_bucket_of(place)] += n;
      }
    }
    if (group.unplaced != 0) at({ClickPart::kUnplaced, 0, 0}, group.unplaced);
    if (group.no_room != 0) at({ClickPart::kNoRoom, 0, 0}, group.no_room);
  }
  groups_.clear();
}

}  // namespace bellrock::harvest
