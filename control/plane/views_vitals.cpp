#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "control/plane/page_sums.h"
#include "dataplane/flow/vital.h"

namespace bellrock::plane {
namespace {

// One vital of one page, of all visitors or of those with one device and connection.
struct Rated {
  std::map<std::string, std::uint64_t> by_rating;
  control::Distribution all;
};

Json rated_json(const Rated& rated, std::string_view vital) {
  Json json{{"vital", vital}, {"count", rated.all.n}};
  for (const std::string_view rating : kRatingNames) {
    const auto at = rated.by_rating.find(std::string(rating));
    json[std::string(rating)] = at == rated.by_rating.end() ? 0 : at->second;
  }
  const auto p75 = control::quantile(rated.all, 0.75);
  json["p75"] = p75 ? Json(*p75 / 1e9) : Json(nullptr);
  return json;
}

// Device and connection, empty in total, to vitals in the order of kVitalNames.
using Group = std::map<std::size_t, Rated>;
using Page = std::map<std::pair<std::string, std::string>, Group>;

void add(const control::SeriesSum& sum, std::map<std::string, Page>& pages) {
  const auto& key = sum.key;
  const auto vital = std::find(kVitalNames.begin(), kVitalNames.end(), key.item);
  if (vital == kVitalNames.end() || key.scope == CellScope::kOverflow) return;
  Group& group = pages[key.journey][{value_of(key, "device"), value_of(key, "connection")}];
  Rated& rated = group[static_cast<std::size_t>(vital - kVitalNames.begin())];
  rated.by_rating[key.detail] += sum.total.n;
  merge(rated.all, sum.total);
}

Json vitals_json(const Group& group) {
  Json vitals = Json::array();
  for (const auto& [vital, rated] : group) vitals.push_back(rated_json(rated, kVitalNames[vital]));
  return vitals;
}

Json page_json(const std::string& name, const Page& page) {
  Json groups = Json::array();
  Json totals = Json::array();
  for (const auto& [of, group] : page) {
    if (of.first.empty()) {
      totals = vitals_json(group);
    } else {
      groups.push_back({{"device", of.first}, {"connection", of.second}, {"vitals", vitals_json(group)}});
    }
  }
  return {{"page", name}, {"vitals", std::move(totals)}, {"groups", std::move(groups)}};
}

}  // namespace

View vitals_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  return pages_view<Page>(snapshot, range, now, CellKind::kVital, add, page_json);
}

}  // namespace bellrock::plane
