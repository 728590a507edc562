// Errors that pages told of, by code: sums of CellKind::kError, in all and page by page, the most frequent first.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/plane/page_sums.h"
#include "dataplane/base/limits.h"

namespace bellrock::plane {
namespace {

constexpr const char* kOther = "__other__";

using Codes = std::map<std::string, std::uint64_t>;

struct Page {
  std::uint64_t errors = 0;
  Codes codes;
};

// A node says what it likes; what no node of ours can say is one with all others.
std::string shown_code(const std::string& code) {
  const bool visible = std::all_of(code.begin(), code.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return visible && !code.empty() && code.size() <= kTopTextBytesMax ? code : kOther;
}

// What found no room for its code is one of the others.
void add(const control::SeriesSum& sum, std::map<std::string, Page>& pages, Page& all) {
  const control::SeriesKey& key = sum.key;
  for (Page* const page : {&pages[key.journey], &all}) {
    if (key.scope == CellScope::kTotal) {
      page->errors += sum.total.n;
    } else {
      page->codes[key.scope == CellScope::kDimensioned ? shown_code(value_of(key, "code")) : kOther] += sum.total.n;
    }
  }
}

// Every core and every window may have told others apart, so that there can be more than one core's table holds: from
// the hundred-and-first on they are others. Those of one count are in the order of their names.
Json codes_json(const Codes& codes) {
  std::uint64_t others = 0;
  std::vector<std::pair<std::string, std::uint64_t>> ranked;
  for (const auto& [code, errors] : codes) {
    code == kOther ? void(others += errors) : void(ranked.emplace_back(code, errors));
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  for (std::size_t i = kTopMax; i < ranked.size(); ++i) others += ranked[i].second;
  ranked.resize(std::min(ranked.size(), kTopMax));
  if (others != 0) ranked.emplace_back(kOther, others);
  Json list = Json::array();
  for (const auto& [code, errors] : ranked) list.push_back({{"code", code}, {"errors", errors}});
  return list;
}

}  // namespace

View errors_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now) {
  Page all;
  TRY_ASSIGN(Json document, pages_view<Page>(
                                snapshot, range, now, CellKind::kError,
                                [&all](const control::SeriesSum& sum, auto& pages) { add(sum, pages, all); },
                                [](const std::string& name, const Page& page) -> Json {
                                  return {{"page", name}, {"errors", page.errors}, {"codes", codes_json(page.codes)}};
                                }));
  document["errors"] = all.errors;
  document["codes"] = codes_json(all.codes);
  return document;
}

}  // namespace bellrock::plane
