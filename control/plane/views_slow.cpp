// Which page templates the server is slow on: its time, as the split measures it, ranked by what 95 of 100 stayed
// below.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/plane/page_sums.h"
#include "dataplane/flow/page_sight.h"

namespace bellrock::plane {
namespace {

constexpr std::string_view kMeasured = kSplitNames[static_cast<std::size_t>(SplitItem::kServer)].item;

// One template, and how many of its page loads have no measured time.
struct Page {
  control::Distribution server;
  std::uint64_t unmeasured = 0;
};

// A time without a page says nothing of the server.
void add(const control::SeriesSum& sum, std::map<std::string, Page>& pages) {
  const control::SeriesKey& key = sum.key;
  if (key.scope != CellScope::kTotal) return;
  if (key.item == kMeasured && key.detail.empty()) merge(pages[key.journey].server, sum.total);
  if (key.item == "unmatched" && key.detail != "no_page") pages[key.journey].unmeasured += sum.total.n;
}

struct Ranked {
  std::string name;
  std::uint64_t count = 0, unmeasured = 0;
  std::optional<double> p50, p95;  // nanoseconds; none without enough page loads
};

Ranked ranked_of(const std::string& name, const Page& page) {
  Ranked ranked{name, page.server.n, page.unmeasured, {}, {}};
  if (ranked.count < kSlowMin) return ranked;
  ranked.p50 = control::quantile(page.server, 0.5);
  ranked.p95 = control::quantile(page.server, 0.95);
  return ranked;
}

// The slowest first, those without enough page loads last; equals by name.
bool before(const Ranked& a, const Ranked& b) {
  if (a.p95 != b.p95) return a.p95 > b.p95;
  return a.name < b.name;
}

Json number_json(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

Json page_json(const Ranked& page, const Json& rank) {
  const bool has_ratio = page.p50 && *page.p50 > 0;
  return {{"rank", rank},
          {"page", page.name},
          {"count", page.count},
          {"unmeasured", page.unmeasured},
          {"p50_ns", number_json(page.p50)},
          {"p95_ns", number_json(page.p95)},
          {"p95_to_p50", has_ratio ? Json(*page.p95 / *page.p50) : Json(nullptr)},
          {"reason", page.p95 ? Json(nullptr) : Json("few_page_loads")}};
}

// Templates of one p95 have one rank, and the next one the rank that it would have had otherwise.
Json ranking_of(std::vector<Ranked> pages) {
  std::sort(pages.begin(), pages.end(), before);
  Json list = Json::array();
  std::size_t rank = 0;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    if (i == 0 || pages[i].p95 != pages[i - 1].p95) rank = i + 1;
    list.push_back(page_json(pages[i], pages[i].p95 ? Json(rank) : Json(nullptr)));
  }
  return list;
}

}  // namespace

View slow_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  std::vector<Ranked> all;
  TRY_ASSIGN(Json document,
             pages_view<Page>(snapshot, range, now, CellKind::kSplit, add, [&all](const auto& name, const auto& page) {
               all.push_back(ranked_of(name, page));
               return Json();
             }));
  document["pages"] = ranking_of(std::move(all));
  document["min_page_loads"] = kSlowMin;
  return document;
}

}  // namespace bellrock::plane
