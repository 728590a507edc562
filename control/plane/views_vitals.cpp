#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "control/plane/page_sums.h"
#include "dataplane/flow/vital.h"

namespace bellrock::plane {
namespace {

// One vital of one page, of all visitors or of some.
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

// By place in kVitalNames.
using Vitals = std::map<std::size_t, Rated>;

// A node of another version may name vitals that this centre does not know: they are left out.
void add(const control::SeriesSum& sum, Vitals& vitals) {
  const auto vital = std::find(kVitalNames.begin(), kVitalNames.end(), sum.key.item);
  if (vital == kVitalNames.end()) return;
  Rated& rated = vitals[static_cast<std::size_t>(vital - kVitalNames.begin())];
  rated.by_rating[sum.key.detail] += sum.total.n;
  merge(rated.all, sum.total);
}

Json vitals_json(const Vitals& vitals) {
  Json list = Json::array();
  for (const auto& [vital, rated] : vitals) list.push_back(rated_json(rated, kVitalNames[vital]));
  return list;
}

}  // namespace

View vitals_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  const auto take = [](const control::SeriesSum& sum, auto& pages) { add(sum, pages[sum.key.journey]); };
  const auto to_json = [](const std::string& name, const Vitals& vitals) -> Json {
    return {{"page", name}, {"vitals", vitals_json(vitals)}};
  };
  return pages_view<Vitals>(snapshot, range, now, CellKind::kVital, take, to_json, CellScope::kTotal);
}

View vital_groups_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now, const std::string& page) {
  const Span span = sum_span_of(range, now);
  store::SeriesQuery query;
  query.journey = page;
  query.kind = CellKind::kVital;
  query.scope = CellScope::kDimensioned;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  std::map<std::pair<std::string, std::string>, Vitals> groups;  // by device and connection
  for (const auto& sum : sums) add(sum, groups[{value_of(sum.key, "device"), value_of(sum.key, "connection")}]);
  Json list = Json::array();
  for (const auto& [of, vitals] : groups) {
    list.push_back({{"device", of.first}, {"connection", of.second}, {"vitals", vitals_json(vitals)}});
  }
  return Json{{"now_unix_s", now},    {"range", range.name}, {"from_unix_s", span.from},
              {"to_unix_s", span.to}, {"page", page},        {"groups", std::move(list)}};
}

}  // namespace bellrock::plane
