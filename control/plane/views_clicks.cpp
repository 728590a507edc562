// What is counted by page and device and has no histogram: clicks that tell of trouble, and signs of frustration.
#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "control/plane/page_sums.h"
#include "dataplane/flow/click.h"
#include "dataplane/flow/frustration.h"
#include "dataplane/flow/visitor.h"

namespace bellrock::plane {
namespace {

using Names = std::span<const std::string_view>;
using Counts = std::vector<std::uint64_t>;  // by name

struct Page {
  Counts all;
  std::map<std::string, Counts> by_device;
};

Json counts_json(Names names, const Counts& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) json[std::string(names[i])] = counts.empty() ? 0 : counts[i];
  return json;
}

// A node says what it likes; what is no device that we know is one with all others.
std::string device_of(const std::string& name) {
  const bool known = std::find(kDeviceNames.begin(), kDeviceNames.end(), name) != kDeviceNames.end();
  return known ? name : "__other__";
}

// What found no room for its device is in the total only.
void add(Names names, const control::SeriesSum& sum, std::map<std::string, Page>& pages) {
  const control::SeriesKey& key = sum.key;
  const auto name = std::find(names.begin(), names.end(), key.item);
  if (name == names.end() || key.scope == CellScope::kOverflow) return;
  if (key.scope == CellScope::kDimensioned && key.dimensions.size() != 1) return;
  Page& page = pages[key.journey];
  Counts& counts = key.scope == CellScope::kTotal ? page.all : page.by_device[device_of(key.dimensions[0].second)];
  counts.resize(names.size());
  counts[static_cast<std::size_t>(name - names.begin())] += sum.total.n;
}

Json page_json(Names names, const std::string& name, const Page& page) {
  Json json = counts_json(names, page.all);
  json["page"] = name;
  json["devices"] = Json::array();
  for (const auto& [device, counts] : page.by_device) {
    Json one = counts_json(names, counts);
    one["device"] = device;
    json["devices"].push_back(std::move(one));
  }
  return json;
}

View view_of(CellKind kind, Names names, store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  const auto take = [names](const control::SeriesSum& sum, std::map<std::string, Page>& pages) {
    add(names, sum, pages);
  };
  const auto to_json = [names](const std::string& name, const Page& page) { return page_json(names, name, page); };
  return pages_view<Page>(snapshot, range, now, kind, take, to_json);
}

}  // namespace

View clicks_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  return view_of(CellKind::kClick, kClickKindNames, snapshot, range, now);
}

View frustration_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  return view_of(CellKind::kFrustration, kFrustrationNames, snapshot, range, now);
}

}  // namespace bellrock::plane
