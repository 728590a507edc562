#include "control/config/match.h"

#include <algorithm>
#include <array>
#include <utility>

#include "control/config/fields.h"
#include "control/config/units.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::Leaf;
using journey::LeafKind;
using journey::Node;
using journey::NodeOp;

std::optional<std::string> read_method(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  if (std::all_of(text->begin(), text->end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; })) {
    return text;
  }
  value.error(Code::kText, shown(*text) + " is not a method", "methods are compared as written: GET, POST, …");
  return std::nullopt;
}

// 2xx, 404, none, aborted.
void read_status(const Value& value, Leaf& leaf) {
  const auto text = read_text(value);
  if (!text) return;
  const auto code = parse_unsigned(*text);
  if (*text == "none") {
    leaf.none = true;
  } else if (*text == "aborted") {
    leaf.aborted = true;
  } else if (text->size() == 3 && text->ends_with("xx") && (*text)[0] >= '1' && (*text)[0] <= '5') {
    leaf.status_classes = static_cast<std::uint8_t>(leaf.status_classes | 1u << ((*text)[0] - '0'));
  } else if (code && *code >= 100 && *code <= 599) {
    leaf.statuses.push_back(static_cast<std::uint16_t>(*code));
  } else {
    value.error(Code::kChoice, shown(*text) + " is not a status",
                "write a class (2xx), a code (404), `none` for no answer, or `aborted` for a client that left");
  }
}

void read_host_of(const Value& value, Leaf& leaf, const Tables& tables) {
  const auto host = read_host(value);
  if (!host) return;
  leaf.host = *host;
  const auto& sites = tables.definition.sites;
  const bool listed = std::any_of(sites.begin(), sites.end(), [&host](const journey::Site& site) {
    return site.hosts.empty() || std::find(site.hosts.begin(), site.hosts.end(), *host) != site.hosts.end();
  });
  if (!listed) value.error(Code::kNoHost, "no site lists the host " + shown(*host));
}

void read_path_of(const Value& value, Leaf& leaf, Tables& tables) {
  const auto path = read_template(value, tables);
  if (!path) return;
  leaf.path_template = *path;
  refuse_beacon_path(value, tables);
}

Leaf read_http(const Value& value, Tables& tables) {
  constexpr Choice<LeafKind> kAt[] = {{"request", LeafKind::kHttpRequest}, {"response", LeafKind::kHttpResponse}};
  Leaf leaf;
  Fields fields(value);
  if (const auto at = fields.need("at", "add `at: request` or `at: response`")) {
    if (const auto kind = read_choice(*at, kAt)) leaf.kind = *kind;
  }
  fields.into("method", leaf.method, read_method);
  if (const auto host = fields.find("host")) read_host_of(*host, leaf, tables);
  if (const auto path = fields.find("path")) read_path_of(*path, leaf, tables);
  if (const auto query = fields.find("query")) leaf.query = read_conditions(*query, ConditionSubject::kQuery);
  const auto status = fields.find("status");
  if (status && leaf.kind == LeafKind::kHttpRequest) {
    status->error(Code::kStatusAtRequest, "a request has no status yet", "write `at: response`, or remove `status`");
  } else if (status && status->is_list() && status->node->items.empty()) {
    status->error(Code::kEmpty, "the list is empty");
  } else if (status) {
    for (const Value& one : elements(*status, kStatusesMax)) read_status(one, leaf);
  } else if (leaf.kind == LeafKind::kHttpResponse) {
    leaf.status_classes = 0b111110;  // any response, but no missing one
  }
  fields.finish();
  return leaf;
}

Leaf read_beacon(const Value& value, Tables& tables) {
  Leaf leaf;
  leaf.kind = LeafKind::kBeacon;
  Fields fields(value);
  fields.into("event", leaf.event, read_text);
  if (const auto url = fields.find("url")) {
    if (const auto path = read_template(*url, tables)) leaf.url_template = *path;
  }
  if (const auto attr = fields.find("attr")) leaf.attrs = read_conditions(*attr, ConditionSubject::kAttr);
  fields.finish();
  return leaf;
}

// What a match can hold for.
struct Reach {
  std::uint8_t channels = 0;    // kinds of message
  bool without_leaves = false;  // it holds when none of its leaves does
};

class MatchReader {
 public:
  explicit MatchReader(Tables& tables) : tables_(tables) {}

  // Reads `value` into nodes[at]; nothing when it could not be read.
  std::optional<Reach> read(const Value& value, std::size_t at, std::size_t depth) {
    if (depth > kMatchDepthMax) {
      value.error(Code::kTooMany, "a match is nested more than " + std::to_string(kMatchDepthMax) + " deep");
      return std::nullopt;
    }
    Fields fields(value);
    const auto http = fields.find("http");
    const auto beacon = fields.find("beacon");
    const auto any = fields.find("any");
    const auto all = fields.find("all");
    const auto none = fields.find("not");
    const std::size_t later = count_later(fields);
    fields.finish();
    if (!fields.is_map()) return std::nullopt;
    const auto given =
        std::size_t{http.has_value()} + beacon.has_value() + any.has_value() + all.has_value() + none.has_value();
    if (given != 1 || later != 0) {
      if (later == 0) {
        value.error(Code::kChoice, "a match is exactly one of http, beacon, any, all and not",
                    "combine several with any: [{…}, {…}] or all: [{…}, {…}]");
      }
      return std::nullopt;
    }
    if (http) return leaf(*http, read_http(*http, tables_), at);
    if (beacon) return leaf(*beacon, read_beacon(*beacon, tables_), at);
    if (none) return group(*none, {*none}, NodeOp::kNot, at, depth);
    const Value& list = any ? *any : *all;
    const auto children = read_list(list, kMatchNodesMax);
    if (!children) return std::nullopt;
    return group(list, *children, any ? NodeOp::kAny : NodeOp::kAll, at, depth);
  }

 private:
  static std::size_t count_later(Fields& fields) {
    fields.later({"report", "synthetic"});
    return std::size_t{fields.find("report").has_value()} + fields.find("synthetic").has_value();
  }

  std::vector<Node>& nodes() { return tables_.definition.nodes; }

  std::optional<Reach> leaf(const Value& value, Leaf read, std::size_t at) {
    auto& leaves = tables_.definition.leaves;
    const auto responses = [&leaves] {
      return static_cast<std::size_t>(
          std::count_if(leaves.begin(), leaves.end(), [](const Leaf& l) { return l.kind == LeafKind::kHttpResponse; }));
    };
    if (read.kind == LeafKind::kHttpResponse && responses() == kResponseLeavesMax) {
      value.error(Code::kTooMany, "more than " + std::to_string(kResponseLeavesMax) + " matches on responses");
      return std::nullopt;
    }
    nodes()[at] = {NodeOp::kLeaf, static_cast<std::uint16_t>(leaves.size()), 0};
    const LeafKind kind = read.kind;
    leaves.push_back(std::move(read));
    return Reach{kind == LeafKind::kHttpRequest    ? kRequestChannel
                 : kind == LeafKind::kHttpResponse ? kResponseChannel
                                                   : kBeaconChannel};
  }

  std::optional<Reach> group(const Value& value, const std::vector<Value>& children, NodeOp op, std::size_t at,
                             std::size_t depth) {
    const std::size_t first = nodes().size();
    if (first + children.size() > kMatchNodesMax) {
      value.error(Code::kTooMany, "more than " + std::to_string(kMatchNodesMax) + " conditions in all matches");
      return std::nullopt;
    }
    nodes().resize(first + children.size());
    nodes()[at] = {op, static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(children.size())};
    Reach any, all{kAllChannels, true};
    bool good = true;
    for (std::size_t i = 0; i < children.size(); ++i) {
      const auto child = read(children[i], first + i, depth + 1);
      good = good && child.has_value();
      if (!child) continue;
      any.channels = static_cast<std::uint8_t>(any.channels | child->channels);
      any.without_leaves = any.without_leaves || child->without_leaves;
      all.channels = static_cast<std::uint8_t>(all.channels & child->channels);
      all.without_leaves = all.without_leaves && child->without_leaves;
    }
    if (!good) return std::nullopt;
    if (op == NodeOp::kNot) return Reach{kAllChannels, !any.without_leaves};
    if (op == NodeOp::kAny) return any;
    if (all.channels != 0) return all;
    value.error(Code::kNeverMatches, "no message is all of these: a request, a response and a beacon are three",
                "use `any`, or make them steps of their own");
    return std::nullopt;
  }

  Tables& tables_;
};

}  // namespace

std::optional<Match> read_match(const Value& value, Tables& tables) {
  auto& nodes = tables.definition.nodes;
  if (nodes.size() == kMatchNodesMax) {
    value.error(Code::kTooMany, "more than " + std::to_string(kMatchNodesMax) + " conditions in all matches");
    return std::nullopt;
  }
  const std::size_t root = nodes.size();
  nodes.emplace_back();
  const auto reach = MatchReader(tables).read(value, root, 1);
  if (!reach) return std::nullopt;
  // The matcher looks at a step when one of its leaves holds: it would never see the messages that this asks for.
  if (reach->without_leaves) {
    value.error(Code::kOpenMatch, "this holds for nearly every message: none of its conditions has to");
    return std::nullopt;
  }
  return Match{static_cast<std::uint16_t>(root), reach->channels};
}

}  // namespace bellrock::config
