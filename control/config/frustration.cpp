// `frustration` of a Site: what counts as a sign of it, and on which pages it is told apart.
#include <algorithm>
#include <string>

#include "control/config/documents.h"
#include "control/config/path_template.h"
#include "dataplane/base/limits.h"
#include "dataplane/journey/trail.h"

namespace bellrock::config {
namespace {

using journey::FrustrationRules;

// Windows are compared in whole ticks, so that one which is none would not be what is written.
void read_within(const Value& value, Duration& within) {
  const auto duration = read_duration(value);
  if (!duration) return;
  if (*duration > kTrailKept || *duration % journey::kTrailTick != 0) {
    value.error(Code::kRange, shown(value.node->text) + " is no time in which page views are looked at",
                "write whole tenths of a second, up to 30m");
    return;
  }
  within = *duration;
}

// `off`, or a time.
void read_time(Fields& fields, std::string_view key, Duration& within) {
  const auto value = fields.find(key);
  if (!value) return;
  if (value->is_word("off")) {
    within = 0;
  } else {
    read_within(*value, within);
  }
}

// `off`, or a number of `what` and a time.
void read_count(Fields& fields, std::string_view key, std::string_view what, std::uint64_t min, std::uint64_t max,
                std::uint8_t& count, Duration& within) {
  const auto value = fields.find(key);
  if (!value) return;
  if (value->is_word("off")) {
    within = 0;
    return;
  }
  const FrustrationRules defaults;
  if (within == 0) within = key == "loop" ? defaults.loop : defaults.thrash;
  Fields of(*value);
  of.into(what, count, read_unsigned, min, max);
  if (const auto time = of.find("within")) read_within(*time, within);
  of.finish();
}

void read_rules(Fields& fields, FrustrationRules& rules) {
  read_time(fields, "back", rules.back);
  read_count(fields, "loop", "returns", 1, kLoopReturnsMax, rules.loop_returns, rules.loop);
  read_count(fields, "thrash", "views", 2, kThrashViewsMax, rules.thrash_views, rules.thrash);
  read_time(fields, "retry", rules.retry);
}

// A path, or one with rules of its own.
void read_page(const Value& value, FrustrationRules rules, Tables& tables) {
  std::optional<TemplateId> page;
  if (value.is_map()) {
    Fields fields(value);
    const auto path = fields.need("path", "add path, for example path: /cart");
    read_rules(fields, rules);
    fields.finish();
    if (path) page = read_template(*path, tables);
  } else {
    page = read_template(value, tables);
  }
  auto& pages = tables.definition.frustration_pages;
  if (!page) return;
  if (std::find(pages.begin(), pages.end(), *page) != pages.end()) {
    const std::size_t at = static_cast<std::size_t>(std::find(pages.begin(), pages.end(), *page) - pages.begin());
    if (tables.definition.frustration.pages[at] == rules) return;
    value.error(Code::kRange, "this page is listed with other thresholds", "write the same ones, or list it once");
    return;
  }
  if (pages.size() == kFrustrationPagesMax) {
    value.error(Code::kTooMany, "more than " + std::to_string(kFrustrationPagesMax) + " pages with frustration");
    return;
  }
  pages.push_back(*page);
  tables.definition.frustration.pages.push_back(rules);
}

}  // namespace

void read_frustration(const Value& value, Tables& tables) {
  static constexpr Choice<bool> kChannels[] = {{"beacons", false}, {"requests", true}};
  journey::Frustration& known = tables.definition.frustration;
  journey::Frustration read;
  read.on = true;
  Fields fields(value);
  if (!fields.is_map()) return fields.finish();
  keep_frustration_places(value, tables);
  if (const auto from = fields.find("from")) read.by_requests = read_choice(*from, kChannels).value_or(false);
  read_rules(fields, read.other);
  const auto pages = fields.find("pages");
  fields.finish();
  if (known.on && (known.by_requests != read.by_requests || known.other != read.other)) {
    value.error(Code::kRange, "another site has other thresholds",
                "write the same at every site, and what is a page's own at the page");
    return;
  }
  read.pages = known.pages;
  known = read;
  if (read.by_requests && !pages) {
    value.error(Code::kMissingKey, "requests are page views of listed pages only, and none is listed",
                "add pages, for example pages: [/cart]");
  }
  if (!pages) return;
  for (const Value& page : read_list(*pages, kFrustrationPagesMax + 1).value_or(std::vector<Value>{})) {
    read_page(page, read.other, tables);
  }
}

}  // namespace bellrock::config
