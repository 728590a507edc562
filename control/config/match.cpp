#include "control/config/match.h"

#include <algorithm>
#include <array>
#include <utility>

#include "control/config/fields.h"
#include "control/config/one_message.h"
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

// {event: order.confirmed}, or of a report {type: network-error}.
Leaf read_beacon(const Value& value, LeafKind kind, Tables& tables) {
  Leaf leaf;
  leaf.kind = kind;
  Fields fields(value);
  fields.into(kind == LeafKind::kReport ? "type" : "event", leaf.event, read_text);
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

std::uint8_t channel_of(LeafKind kind) {
  constexpr std::uint8_t kChannels[] = {kRequestChannel, kResponseChannel, kBeaconChannel, kReportChannel};
  return kChannels[static_cast<std::size_t>(kind)];
}

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
    const auto report = fields.find("report");
    const auto probe = fields.find("synthetic");
    fields.finish();
    if (!fields.is_map()) return std::nullopt;
    const auto given = std::size_t{http.has_value()} + beacon.has_value() + any.has_value() + all.has_value() +
                       none.has_value() + report.has_value() + probe.has_value();
    if (given != 1) {
      value.error(Code::kChoice, "a match is exactly one of http, beacon, report, synthetic, any, all and not",
                  "combine several with any: [{…}, {…}] or all: [{…}, {…}]");
      return std::nullopt;
    }
    if (http) return leaf(*http, read_http(*http, tables_), at);
    if (beacon) return leaf(*beacon, read_beacon(*beacon, LeafKind::kBeacon, tables_), at);
    if (report) return leaf(*report, read_beacon(*report, LeafKind::kReport, tables_), at);
    if (probe) return synthetic(*probe, at);
    if (none) {
      ++negations_;
      const auto reach = group(*none, {*none}, NodeOp::kNot, at, depth);
      --negations_;
      return reach;
    }
    const Value& list = any ? *any : *all;
    const auto children = read_list(list, kMatchNodesMax);
    if (!children) return std::nullopt;
    return group(list, *children, any ? NodeOp::kAny : NodeOp::kAll, at, depth);
  }

  // Whether something read asks for it.
  [[nodiscard]] bool synthetic() const { return synthetic_; }

 private:
  // A beacon, in a journey of those who send such: the journey sees to it that nobody else begins an attempt.
  std::optional<Reach> synthetic(const Value& value, std::size_t at) {
    if (negations_ != 0) {
      value.error(Code::kNeverMatches,
                  "a journey with `synthetic` follows synthetic visitors only, so this never holds",
                  "remove it: other journeys leave synthetic visitors out by themselves");
      return std::nullopt;
    }
    synthetic_ = true;
    return leaf(value, read_beacon(value, LeafKind::kBeacon, tables_), at);
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
    return Reach{channel_of(kind)};
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
    value.error(Code::kNeverMatches,
                "no message is all of these: a request, a response, a beacon and a report are four",
                "use `any`, or make them steps of their own");
    return std::nullopt;
  }

  Tables& tables_;
  int negations_ = 0;  // `not` around what is being read
  bool synthetic_ = false;
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
  MatchReader reader(tables);
  const auto reach = reader.read(value, root, 1);
  if (!reach) return std::nullopt;
  // The matcher looks at a step when one of its leaves holds: it would never see the messages that this asks for.
  if (reach->without_leaves) {
    value.error(Code::kOpenMatch, "this holds for nearly every message: none of its conditions has to");
    return std::nullopt;
  }
  if (never_matches(tables.definition, root)) {
    value.error(Code::kNeverMatches, "no message is all of this: its conditions contradict each other",
                "use `any` for what different messages are, or make them steps of their own");
    return std::nullopt;
  }
  return Match{static_cast<std::uint16_t>(root), reach->channels, reader.synthetic()};
}

}  // namespace bellrock::config
