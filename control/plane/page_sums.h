// The views of what is counted by page: sums over a range, page by page, as one document. Any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "control/plane/views.h"

namespace bellrock::plane {

// Of a series' dimension; empty where it has none of the name.
inline std::string value_of(const control::SeriesKey& key, std::string_view dimension) {
  for (const auto& [name, value] : key.dimensions) {
    if (name == dimension) return value;
  }
  return {};
}

// `add(sum, pages)` takes each series of `kind`, and of `scope` where one is named, into the std::map<std::string,
// Page> by name, `to_json(name, page)` says what became of one.
template <typename Page, typename Add, typename ToJson>
View pages_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now, CellKind kind, Add&& add,
                ToJson&& to_json, std::optional<CellScope> scope = {}) {
  const Span span = sum_span_of(range, now);
  store::SeriesQuery query;
  query.kind = kind;
  query.scope = scope;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  std::map<std::string, Page> pages;
  for (const control::SeriesSum& sum : sums) add(sum, pages);
  Json list = Json::array();
  for (const auto& [name, page] : pages) list.push_back(to_json(name, page));
  return Json{{"now_unix_s", now},
              {"range", range.name},
              {"from_unix_s", span.from},
              {"to_unix_s", span.to},
              {"pages", std::move(list)}};
}

}  // namespace bellrock::plane
