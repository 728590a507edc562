#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "control/plane/views.h"
#include "dataplane/flow/click.h"
#include "dataplane/flow/visitor.h"

namespace bellrock::plane {
namespace {

using Clicks = std::array<std::uint64_t, kClickKinds>;

struct Page {
  Clicks all{};
  std::map<std::string, Clicks> by_device;
};

Json clicks_json(const Clicks& clicks) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kClickKinds; ++i) json[std::string(kClickKindNames[i])] = clicks[i];
  return json;
}

// A node says what it likes; what is no device that we know is one with all others.
std::string device_of(const std::string& name) {
  const bool known = std::find(kDeviceNames.begin(), kDeviceNames.end(), name) != kDeviceNames.end();
  return known ? name : "__other__";
}

// What found no room for its device is in the total only.
void add(const control::SeriesSum& sum, std::map<std::string, Page>& pages) {
  const control::SeriesKey& key = sum.key;
  const auto kind = std::find(kClickKindNames.begin(), kClickKindNames.end(), key.item);
  if (kind == kClickKindNames.end() || key.scope == CellScope::kOverflow) return;
  if (key.scope == CellScope::kDimensioned && key.dimensions.size() != 1) return;
  Page& page = pages[key.journey];
  Clicks& clicks = key.scope == CellScope::kTotal ? page.all : page.by_device[device_of(key.dimensions[0].second)];
  clicks[static_cast<std::size_t>(kind - kClickKindNames.begin())] += sum.total.n;
}

Json page_json(const std::string& name, const Page& page) {
  Json json = clicks_json(page.all);
  json["page"] = name;
  json["devices"] = Json::array();
  for (const auto& [device, clicks] : page.by_device) {
    Json one = clicks_json(clicks);
    one["device"] = device;
    json["devices"].push_back(std::move(one));
  }
  return json;
}

}  // namespace

View clicks_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  const Span span = sum_span_of(range, now);
  store::SeriesQuery query;
  query.kind = CellKind::kClick;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  std::map<std::string, Page> pages;
  for (const control::SeriesSum& sum : sums) add(sum, pages);
  Json list = Json::array();
  for (const auto& [name, page] : pages) list.push_back(page_json(name, page));
  return Json{{"now_unix_s", now},
              {"range", range.name},
              {"from_unix_s", span.from},
              {"to_unix_s", span.to},
              {"pages", std::move(list)}};
}

}  // namespace bellrock::plane
