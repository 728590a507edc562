// What a message must be so that a step's match holds: the conditions of its tree put together. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/config/journey_tests.h"
#include "dataplane/journey/definition.h"

namespace bellrock::cli {

// How a request ends.
struct RequestEnd {
  config::TestAnswer what = config::TestAnswer::kNone;
  unsigned status = 0;
};

struct Wanted {
  journey::LeafKind kind = journey::LeafKind::kHttpRequest;
  std::string host, method;  // empty: any
  TemplateId path;           // 0: any
  std::vector<journey::Condition> query;
  RequestEnd answer;  // of a response
  std::string event;
  TemplateId page;
  std::vector<journey::Condition> attrs;
};

// The first of the tree's ways to hold for a message of this kind; of a response, with this answer if one is given.
// Nothing: no message of this kind can be it. What stands under `not` is not looked at, so the result is to be tried.
std::optional<Wanted> wanted_of(const journey::Definition& definition, std::size_t root, journey::LeafKind kind,
                                RequestEnd answer);

// A query that meets the conditions, and attrs that do. Conditions that no value among those near their literals meets
// are left out.
std::string query_for(const std::vector<journey::Condition>& conditions);
std::vector<std::pair<std::string, journey::Literal>> attrs_for(const std::vector<journey::Condition>& conditions);
std::string query_part(std::string_view name, std::string_view value);  // "name=value", percent-encoded

}  // namespace bellrock::cli
