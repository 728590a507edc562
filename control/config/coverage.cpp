// What a Site says of pages whose beacons are waited for.
#include <algorithm>

#include "control/config/documents.h"
#include "control/config/units.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::Coverage;

// place: {from: header.x-country, set: [de, fr]}
void read_place(const Value& value, Coverage& coverage, Tables& tables) {
  Fields fields(value);
  journey::Dimension dimension;
  dimension.name = "place";
  const auto from = fields.need("from", "say where it is read, for example from: header.x-country");
  const auto set = fields.need("set", "list the places to tell apart, for example set: [de, fr]");
  fields.finish();
  const auto source = from ? read_source(*from, tables) : std::nullopt;
  if (!source || !set) return;
  dimension.source = *source;
  for (const Value& each : read_list(*set, kDimensionValuesMax).value_or(std::vector<Value>{})) {
    const auto text = read_text(each);
    if (!text) continue;
    if (std::find(dimension.values.begin(), dimension.values.end(), *text) != dimension.values.end()) {
      each.error(Code::kDuplicateName, shown(*text) + " is in the set twice", "remove one of them");
    } else {
      dimension.values.push_back(*text);
    }
  }
  const auto id = add_dimension(value, std::move(dimension), tables);
  coverage.has_place = id.has_value();
  if (id) coverage.place = *id;
}

// {path: /api/{ver}/search, event: api.search}, which another site may say again.
void read_call(const Value& value, Tables& tables) {
  Fields fields(value);
  const auto path = fields.need("path", "write the template of the requests, for example path: /api/{ver}/search");
  const auto event = fields.need("event", "name the event of the beacons that tell of them");
  fields.finish();
  const auto id = path ? read_template(*path, tables) : std::nullopt;
  const auto name = event ? read_text(*event) : std::nullopt;
  if (!id || !name) return;
  std::vector<journey::CoverageCall>& calls = tables.definition.coverage_calls;
  for (const journey::CoverageCall& known : calls) {
    if (known.path == *id && known.event == *name) return;
    if (known.path != *id && known.event != *name) continue;
    const Value& twice = known.path == *id ? *path : *event;
    return twice.error(Code::kDuplicateName, shown(twice.node->text) + " is of another call already",
                       "give each path one event, and each event one path");
  }
  if (calls.size() == kCoverageCallsMax) {
    return path->error(Code::kTooMany, "more than " + std::to_string(kCoverageCallsMax) + " calls");
  }
  calls.push_back({*id, *name});
  tables.coverage_call_paths.push_back(*path);
}

void check_calls(const Tables& tables) {
  const std::vector<TemplateId>& pages = tables.definition.coverage_pages;
  for (std::size_t i = 0; i < tables.coverage_call_paths.size(); ++i) {
    const Value& path = tables.coverage_call_paths[i];
    refuse_beacon_path(path, tables);
    if (std::find(pages.begin(), pages.end(), tables.definition.coverage_calls[i].path) == pages.end()) continue;
    path.error(Code::kPageAndCall, shown(path.node->text) + " is one of coverage's pages, and its calls are split",
               "list it under `pages` or under `calls`");
  }
}

bool same(const Coverage& a, const Coverage& b) {
  return a.within == b.within && a.has_place == b.has_place && a.place == b.place && a.split == b.split;
}

}  // namespace

// One for all sites, as the click grid is.
void read_coverage(const Value& value, Tables& tables) {
  Coverage coverage;
  coverage.on = true;
  Fields fields(value);
  if (const auto identity = fields.need("identity", "name the identity whose keys requests and beacons share")) {
    tables.coverage_identities.push_back(*identity);
  }
  if (const auto pages = fields.find("pages")) {
    read_pages(*pages, kCoveragePagesMax, "coverage", tables.definition.coverage_pages, tables);
  }
  if (const auto within = fields.find("within")) {
    const auto time = read_duration(*within);
    if (time && (*time < kSecond || *time > kCoverageWithinMax)) {
      within->error(Code::kRange, shown(within->node->text) + " is no time that a page waits for its beacons",
                    "write 1s to 30m");
    } else if (time) {
      coverage.within = *time;
    }
  }
  if (const auto place = fields.find("place")) read_place(*place, coverage, tables);
  fields.into("split", coverage.split, read_bool);
  if (const auto calls = fields.find("calls")) {
    for (const Value& call : read_list(*calls, kCoverageCallsMax).value_or(std::vector<Value>{})) {
      read_call(call, tables);
    }
    if (!coverage.split) calls->error(Code::kMissingKey, "calls are only split", "add `split: true` beside `calls`");
  }
  fields.finish();
  Coverage& known = tables.definition.coverage;
  if (known.on && !same(known, coverage)) {
    value.error(Code::kRange, "another site asks for another coverage",
                "write the same within, place and split at every site");
  }
  known = coverage;
}

void finish_coverage(Tables& tables) {
  check_calls(tables);
  const auto& identities = tables.definition.identities;
  const Value* first = nullptr;
  for (const Value& value : tables.coverage_identities) {
    const auto name = read_text(value);
    if (!name) continue;
    const auto known = std::find_if(identities.begin(), identities.end(),
                                    [&](const journey::Identity& identity) { return identity.name == *name; });
    if (known == identities.end()) {
      value.error(Code::kNoIdentity, "no identity is named " + shown(*name), "name one, or add a kind: Identity");
      continue;
    }
    if (first != nullptr && first->node->text != *name) {
      value.error(Code::kRange, "another site's coverage has the identity " + shown(first->node->text),
                  "name the same identity at every site");
      continue;
    }
    const bool by_request = std::any_of(known->keys.begin(), known->keys.end(), [](const journey::Source& key) {
      return key.kind != journey::SourceKind::kBeaconField && key.kind != journey::SourceKind::kBeaconAttr;
    });
    if (!by_request) {
      value.error(Code::kNoIdentity, "only beacons carry keys of " + shown(*name) + ", so no page is anybody's",
                  "add a cookie or a header that requests carry to its keys");
      continue;
    }
    if (first == nullptr) first = &value;
    tables.definition.coverage.identity = IdentityId(static_cast<std::size_t>(known - identities.begin()));
  }
}

}  // namespace bellrock::config
