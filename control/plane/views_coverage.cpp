// Which pages were heard of by beacons, and where their time and that of calls went: sums of flow/page_sight.h's cells.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "control/plane/page_sums.h"
#include "dataplane/flow/page_sight.h"
#include "dataplane/flow/visitor.h"

namespace bellrock::plane {
namespace {

// None: of another version.
template <std::size_t size>
std::optional<std::size_t> item_of(const std::array<CoverageName, size>& names, std::string_view item,
                                   std::string_view detail) {
  for (std::size_t i = 0; i < size; ++i) {
    if (names[i].item == item && names[i].detail == detail) return i;
  }
  return std::nullopt;
}

Json time_of(const control::Distribution& of, double q) {
  const auto time = control::quantile(of, q);
  return time ? Json(*time) : Json(nullptr);
}

// --- Coverage.

using Counts = std::array<std::uint64_t, kCoverageItems>;

struct Covered {
  Counts all{};
  std::map<std::pair<std::string, std::string>, Counts> groups;  // by browser and place
};

void add_covered(const control::SeriesSum& sum, std::map<std::string, Covered>& pages) {
  const control::SeriesKey& key = sum.key;
  const auto item = item_of(kCoverageNames, key.item, key.detail);
  if (!item || key.scope == CellScope::kOverflow) return;
  Covered& page = pages[key.journey];
  Counts& counts =
      key.scope == CellScope::kTotal ? page.all : page.groups[{value_of(key, "browser"), value_of(key, "place")}];
  counts[*item] += sum.total.n;
}

Json counts_json(const Counts& counts) {
  const auto n = [&counts](CoverageItem item) { return counts[static_cast<std::size_t>(item)]; };
  const std::uint64_t covered = n(CoverageItem::kCovered), uncovered = n(CoverageItem::kUncovered);
  Json json{{"seen", n(CoverageItem::kSeen)},
            {"covered", covered},
            {"uncovered", uncovered},
            {"share", nullptr},
            {"unknown",
             {{"restart", n(CoverageItem::kUnknownRestart)},
              {"forgotten", n(CoverageItem::kUnknownForgotten)},
              {"crowded", n(CoverageItem::kUnknownCrowded)},
              {"no_key", n(CoverageItem::kUnknownNoKey)}}},
            {"beacons",
             {{"further", n(CoverageItem::kBeaconFurther)},
              {"unseen", n(CoverageItem::kBeaconUnseen)},
              {"no_key", n(CoverageItem::kBeaconNoKey)}}}};
  if (covered + uncovered != 0) {
    json["share"] = static_cast<double>(covered) / static_cast<double>(covered + uncovered);
  }
  return json;
}

Json covered_json(const std::string& name, const Covered& page) {
  Json json = counts_json(page.all);
  json["page"] = name;
  json["groups"] = Json::array();
  for (const auto& [of, counts] : page.groups) {
    Json group = counts_json(counts);
    group["browser"] = of.first;
    group["place"] = of.second.empty() ? Json(nullptr) : Json(of.second);
    json["groups"].push_back(std::move(group));
  }
  return json;
}

// --- Split.

constexpr std::array<std::string_view, 3> kParts{"server", "network", "client"};

struct Part {
  std::uint64_t clamped = 0;
  control::Distribution all;
};
using Parts = std::array<Part, kParts.size()>;

struct Split {
  Parts all;
  std::map<std::string, std::uint64_t> unmatched;
  std::map<std::string, Parts> devices;
};

void add_split(const control::SeriesSum& sum, std::string_view name, std::map<std::string, Split>& pages) {
  const control::SeriesKey& key = sum.key;
  const auto item = item_of(kSplitNames, name, key.detail);
  if (!item || key.scope == CellScope::kOverflow) return;
  Split& page = pages[key.journey];
  const bool total = key.scope == CellScope::kTotal;
  if (!is_measured(static_cast<SplitItem>(*item))) {
    if (total) page.unmatched[key.detail] += sum.total.n;
    return;
  }
  const auto place = std::find(kParts.begin(), kParts.end(), name) - kParts.begin();
  Part& part = (total ? page.all : page.devices[value_of(key, "device")])[static_cast<std::size_t>(place)];
  if (!key.detail.empty()) part.clamped += sum.total.n;
  merge(part.all, sum.total);
}

Json parts_json(const Parts& parts) {
  Json json = Json::array();
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    const control::Distribution& all = parts[i].all;
    json.push_back({{"part", kParts[i]},
                    {"count", all.n},
                    {"clamped", parts[i].clamped},
                    {"p50_ns", time_of(all, 0.5)},
                    {"p75_ns", time_of(all, 0.75)},
                    {"p95_ns", time_of(all, 0.95)}});
  }
  return json;
}

Json split_json(const char* what, const std::string& name, const Split& page) {
  Json json{{what, name}, {"parts", parts_json(page.all)}};
  for (const CoverageName& of : kSplitNames) {
    if (of.item != "unmatched") continue;
    const auto at = page.unmatched.find(std::string(of.detail));
    json["unmatched"][std::string(of.detail)] = at == page.unmatched.end() ? 0 : at->second;
  }
  json["devices"] = Json::array();
  for (const auto& [device, parts] : page.devices) {
    json["devices"].push_back({{"device", device}, {"parts", parts_json(parts)}});
  }
  return json;
}

}  // namespace

View coverage_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  return pages_view<Covered>(snapshot, range, now, CellKind::kCoverage, add_covered, covered_json);
}

View split_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  std::map<std::string, Split> calls;
  const auto add = [&calls](const control::SeriesSum& sum, std::map<std::string, Split>& pages) {
    const SplitName name = split_name(sum.key.item);
    add_split(sum, name.item, name.call ? calls : pages);
  };
  const auto page_json = [](const std::string& name, const Split& page) { return split_json("page", name, page); };
  TRY_ASSIGN(Json document, pages_view<Split>(snapshot, range, now, CellKind::kSplit, add, page_json));
  document["calls"] = Json::array();
  for (const auto& [name, call] : calls) document["calls"].push_back(split_json("call", name, call));
  return document;
}

}  // namespace bellrock::plane
