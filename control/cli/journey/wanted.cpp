#include "control/cli/journey/wanted.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataplane/journey/conditions.h"

namespace bellrock::cli {
namespace {

using config::TestAnswer;
using journey::Condition;
using journey::Definition;
using journey::Leaf;
using journey::LeafKind;
using journey::Literal;
using journey::Node;
using journey::NodeOp;
using journey::ValueType;

bool merge_text(const std::string& from, std::string& into) {
  if (from.empty() || from == into) return true;
  if (!into.empty()) return false;
  into = from;
  return true;
}

bool merge_template(TemplateId from, TemplateId& into) {
  if (from.value == 0 || from == into) return true;
  if (into.value != 0) return false;
  into = from;
  return true;
}

bool allows(const Leaf& leaf, const RequestEnd& answer) {
  if (answer.what == TestAnswer::kUnanswered) return leaf.none;
  if (answer.what == TestAnswer::kAborted) return leaf.aborted;
  const bool any = leaf.status_classes == 0 && leaf.statuses.empty() && !leaf.none && !leaf.aborted;
  return any || (leaf.status_classes >> (answer.status / 100) & 1) != 0 ||
         std::find(leaf.statuses.begin(), leaf.statuses.end(), answer.status) != leaf.statuses.end();
}

RequestEnd first_answer(const Leaf& leaf) {
  for (unsigned c = 1; c < 6; ++c) {
    if ((leaf.status_classes >> c & 1) != 0) return {TestAnswer::kStatus, c * 100};
  }
  if (!leaf.statuses.empty()) return {TestAnswer::kStatus, leaf.statuses.front()};
  if (leaf.none) return {TestAnswer::kUnanswered, 0};
  if (leaf.aborted) return {TestAnswer::kAborted, 0};
  return {TestAnswer::kStatus, 200};
}

bool merge(const Leaf& leaf, Wanted& wanted) {
  if (leaf.kind != wanted.kind) return false;
  if (!merge_text(leaf.host, wanted.host) || !merge_text(leaf.method, wanted.method) ||
      !merge_text(leaf.event, wanted.event) || !merge_template(leaf.path_template, wanted.path) ||
      !merge_template(leaf.url_template, wanted.page)) {
    return false;
  }
  if (leaf.kind == LeafKind::kHttpResponse) {
    if (wanted.answer.what == TestAnswer::kNone) wanted.answer = first_answer(leaf);
    if (!allows(leaf, wanted.answer)) return false;
  }
  wanted.query.insert(wanted.query.end(), leaf.query.begin(), leaf.query.end());
  wanted.attrs.insert(wanted.attrs.end(), leaf.attrs.begin(), leaf.attrs.end());
  return true;
}

bool pick(const Definition& definition, std::size_t at, Wanted& wanted) {
  const Node& node = definition.nodes[at];
  if (node.op == NodeOp::kLeaf) return merge(definition.leaves[node.first], wanted);
  if (node.op == NodeOp::kNot) return true;
  for (std::size_t i = 0; i < node.count; ++i) {
    const std::size_t child = node.first + i;
    if (node.op == NodeOp::kAny && definition.nodes[child].op == NodeOp::kNot) continue;
    Wanted with = wanted;
    const bool holds = pick(definition, child, with);
    if (holds) wanted = std::move(with);
    if (holds == (node.op == NodeOp::kAny)) return holds;
  }
  return node.op == NodeOp::kAll;
}

// Values that a person would try.
std::vector<Literal> candidates(const std::vector<Condition>& conditions) {
  std::vector<Literal> all;
  const auto add_number = [&all](double number) {
    all.push_back({ValueType::kNumber, fmt::format("{}", number), number});
  };
  for (const Condition& condition : conditions) {
    for (const Literal& value : condition.values) {
      all.push_back(value);
      if (value.type != ValueType::kNumber) continue;
      for (const double step : {1.0, -1.0, 0.5, -0.5}) add_number(value.number + step);
    }
  }
  all.push_back({ValueType::kString, "x", 0});
  add_number(1);
  all.push_back({ValueType::kBool, "true", 1});
  all.push_back({ValueType::kBool, "false", 0});
  return all;
}

// Conditions that speak of one name are met together.
template <typename Meets>
std::vector<std::pair<std::string, Literal>> values_for(const std::vector<Condition>& conditions, Meets&& meets) {
  std::vector<std::pair<std::string, Literal>> values;
  for (const Condition& condition : conditions) {
    const auto known = [&condition](const auto& value) { return value.first == condition.name; };
    if (std::any_of(values.begin(), values.end(), known)) continue;
    std::vector<Condition> same;
    std::copy_if(conditions.begin(), conditions.end(), std::back_inserter(same),
                 [&condition](const Condition& other) { return other.name == condition.name; });
    const std::vector<Literal> all = candidates(same);
    const auto good =
        std::find_if(all.begin(), all.end(), [&](const Literal& value) { return meets(same, condition.name, value); });
    if (good != all.end()) values.emplace_back(condition.name, *good);
  }
  return values;
}

}  // namespace

std::optional<Wanted> wanted_of(const Definition& definition, std::size_t root, LeafKind kind, RequestEnd answer) {
  Wanted wanted;
  wanted.kind = kind;
  wanted.answer = answer;
  if (!pick(definition, root, wanted)) return std::nullopt;
  return wanted;
}

std::string query_part(std::string_view name, std::string_view value) {
  const auto encode = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                         c == '.' || c == '_' || c == '~';
      out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
  };
  return encode(name) + '=' + encode(value);
}

std::string query_for(const std::vector<Condition>& conditions) {
  std::string query;
  const auto meets = [](const std::vector<Condition>& same, const std::string& name, const Literal& value) {
    return journey::query_holds(same, query_part(name, value.text));
  };
  for (const auto& [name, value] : values_for(conditions, meets)) {
    query += (query.empty() ? "" : "&") + query_part(name, value.text);
  }
  return query;
}

std::vector<std::pair<std::string, Literal>> attrs_for(const std::vector<Condition>& conditions) {
  return values_for(conditions, [](const std::vector<Condition>& same, const std::string& name, const Literal& value) {
    Beacon beacon;
    beacon.attrs[0] = {name, static_cast<Attr::Type>(value.type), value.text, value.number};
    beacon.attr_count = 1;
    return journey::attrs_hold(same, beacon);
  });
}

}  // namespace bellrock::cli
