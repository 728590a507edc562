// How many of a journey's steps, and of their clocks, one message can bring at once. The dataplane's event has room for
// kEventMatchesMax and kEventClocksMax of one journey; the rest does not count (`too_many_matches`).
//
// Conservative: the messages that are tried are those that are exactly what one condition of the journey asks for, and
// a step counts only when such a message certainly matches it. So a warning is always right, and there may be none
// where conditions that are independent of each other meet.
#include "control/config/one_message.h"

#include <algorithm>
#include <set>

#include "control/config/journey_scope.h"
#include "dataplane/base/limits.h"
#include "dataplane/journey/conditions.h"

namespace bellrock::config {
namespace {

using journey::Compare;
using journey::Condition;
using journey::Definition;
using journey::Leaf;
using journey::LeafKind;
using journey::Literal;
using journey::Node;
using journey::NodeOp;

constexpr std::size_t kMessagesMax = 512;  // tried for one journey

enum class Holds : std::uint8_t { kNo, kPerhaps, kYes };

bool same(const Condition& a, const Condition& b) {
  return a.name == b.name && a.op == b.op &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
                    [](auto& x, auto& y) { return x.type == y.type && x.text == y.text && x.number == y.number; });
}

// Whether a value that is exactly this meets the condition, as the edge compares.
bool attr_meets(const Condition& condition, const Literal& value) {
  Beacon beacon;
  beacon.attrs[0] = {condition.name, static_cast<Attr::Type>(value.type), value.text, value.number};
  beacon.attr_count = 1;
  return journey::attrs_hold({condition}, beacon);
}
bool query_meets(const Condition& condition, const Literal& value) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string query;
  const auto add = [&](std::string_view text) {
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      query.append({'%', kDigits[byte / 16], kDigits[byte % 16]});
    }
  };
  add(condition.name);
  query += '=';
  add(value.text);
  return journey::query_holds({condition}, query);
}
using Meets = bool (*)(const Condition&, const Literal&);

// Above the one bound is above the other, or below: 5 < x is 3 <= x.
bool within_bound(const Condition& bound, const Condition& asked) {
  const auto is_lower = [](Compare op) { return op == Compare::kGt || op == Compare::kGte; };
  const auto is_bound = [&](Compare op) { return is_lower(op) || op == Compare::kLt || op == Compare::kLte; };
  if (!is_bound(bound.op) || !is_bound(asked.op) || is_lower(bound.op) != is_lower(asked.op)) return false;
  const double has = bound.values[0].number, needs = asked.values[0].number;
  if (has == needs) return bound.op == asked.op || asked.op == Compare::kGte || asked.op == Compare::kLte;
  return is_lower(asked.op) ? has > needs : has < needs;
}

// Whatever meets `met` meets `asked`. False where that is not certain.
bool implies(const Condition& met, const Condition& asked, Meets meets) {
  if (met.name != asked.name) return false;
  if (asked.op == Compare::kPresent || same(asked, met) || within_bound(met, asked)) return true;
  if (met.op != Compare::kEq && met.op != Compare::kIn) return false;
  return std::all_of(met.values.begin(), met.values.end(), [&](const Literal& value) { return meets(asked, value); });
}

// No value meets both.
bool contradict(const Condition& a, const Condition& b, Meets meets) {
  if (a.name != b.name) return false;
  if (b.op == Compare::kEq || b.op == Compare::kIn) {
    return std::none_of(b.values.begin(), b.values.end(), [&](const Literal& value) { return meets(a, value); });
  }
  const bool low = a.op == Compare::kGt || a.op == Compare::kGte, high = b.op == Compare::kLt || b.op == Compare::kLte;
  if (!low || !high) return false;
  const double least = a.values[0].number, most = b.values[0].number;
  return least > most || (least == most && !(a.op == Compare::kGte && b.op == Compare::kLte));
}

bool any_contradict(const std::vector<Condition>& some, const std::vector<Condition>& others, Meets meets) {
  return std::any_of(some.begin(), some.end(), [&](const Condition& a) {
    return std::any_of(others.begin(), others.end(),
                       [&](const Condition& b) { return contradict(a, b, meets) || contradict(b, a, meets); });
  });
}

// Every condition of `asked` is one that the message is known to meet.
bool all_met(const std::vector<Condition>& asked, const std::vector<Condition>& message, Meets meets) {
  return std::all_of(asked.begin(), asked.end(), [&](const Condition& one) {
    return std::any_of(message.begin(), message.end(), [&](const Condition& met) { return implies(met, one, meets); });
  });
}

Holds text_holds(std::string_view asked, std::string_view message) {
  if (asked.empty() || asked == message) return Holds::kYes;
  return message.empty() ? Holds::kPerhaps : Holds::kNo;
}

Holds template_holds(TemplateId asked, TemplateId message) {
  if (asked.value == 0 || asked.value == message.value) return Holds::kYes;
  return message.value == 0 ? Holds::kPerhaps : Holds::kNo;
}

// Every answer that the message may be is one of those asked for.
Holds answer_holds(const Leaf& asked, const Leaf& message) {
  const auto has = [&asked](std::uint16_t status) {
    return (asked.status_classes >> (status / 100) & 1) != 0 ||
           std::find(asked.statuses.begin(), asked.statuses.end(), status) != asked.statuses.end();
  };
  const bool all = (message.status_classes & ~asked.status_classes) == 0 &&
                   std::all_of(message.statuses.begin(), message.statuses.end(), has) &&
                   (!message.none || asked.none) && (!message.aborted || asked.aborted);
  if (all) return Holds::kYes;
  const auto may_be = [&message](std::uint16_t status) { return (message.status_classes >> (status / 100) & 1) != 0; };
  const bool some = (message.status_classes & asked.status_classes) != 0 ||
                    std::any_of(message.statuses.begin(), message.statuses.end(), has) ||
                    std::any_of(asked.statuses.begin(), asked.statuses.end(), may_be) || (message.none && asked.none) ||
                    (message.aborted && asked.aborted);
  return some ? Holds::kPerhaps : Holds::kNo;
}

Holds conditions_hold(const std::vector<Condition>& asked, const std::vector<Condition>& message, Meets meets) {
  if (any_contradict(asked, message, meets)) return Holds::kNo;
  return all_met(asked, message, meets) ? Holds::kYes : Holds::kPerhaps;
}

Holds leaf_holds(const Leaf& asked, const Leaf& message) {
  if (asked.kind != message.kind) return Holds::kNo;
  const Holds parts[] = {text_holds(asked.host, message.host),
                         text_holds(asked.method, message.method),
                         template_holds(asked.path_template, message.path_template),
                         conditions_hold(asked.query, message.query, query_meets),
                         answer_holds(asked, message),
                         text_holds(asked.event, message.event),
                         template_holds(asked.url_template, message.url_template),
                         conditions_hold(asked.attrs, message.attrs, attr_meets)};
  return *std::min_element(std::begin(parts), std::end(parts));
}

Holds node_holds(const Definition& definition, std::size_t at, const Leaf& message) {
  const Node& node = definition.nodes[at];
  if (node.op == NodeOp::kLeaf) return leaf_holds(definition.leaves[node.first], message);
  Holds least = Holds::kYes, most = Holds::kNo;
  for (std::size_t i = 0; i < node.count; ++i) {
    const Holds child = node_holds(definition, node.first + i, message);
    least = std::min(least, child);
    most = std::max(most, child);
  }
  if (node.op == NodeOp::kAll) return least;
  if (node.op == NodeOp::kAny) return most;
  return most == Holds::kYes ? Holds::kNo : most == Holds::kNo ? Holds::kYes : Holds::kPerhaps;
}

void collect_leaves(const Definition& definition, std::size_t at, std::vector<std::size_t>& leaves) {
  const Node& node = definition.nodes[at];
  if (node.op == NodeOp::kLeaf) leaves.push_back(node.first);
  for (std::size_t i = 0; node.op != NodeOp::kLeaf && i < node.count; ++i) {
    collect_leaves(definition, node.first + i, leaves);
  }
}

std::vector<std::size_t> steps_of(const Leaf& message, const JourneyScope& scope) {
  std::vector<std::size_t> steps;
  for (std::size_t i = 0; i < scope.journey.steps.size(); ++i) {
    const std::size_t root = scope.journey.steps[i].root;
    if (node_holds(scope.tables.definition, root, message) == Holds::kYes) steps.push_back(i);
  }
  return steps;
}

// The clocks that a beacon of these steps is read for; the step that is one too many.
std::optional<std::size_t> step_past_the_clocks(const std::vector<std::size_t>& steps, const JourneyScope& scope) {
  std::set<std::size_t> clocks;
  for (const std::size_t step : steps) {
    for (const journey::Objective& objective : scope.journey.objectives) {
      const bool ends_here = objective.sli == journey::Sli::kLatency && objective.to.index() == step;
      if (ends_here && objective.has_client_clock) clocks.insert(objective.client_clock.index());
    }
    if (clocks.size() > kEventClocksMax) return step;
  }
  return std::nullopt;
}

}  // namespace

bool surely_matches(const Definition& definition, std::size_t root, const Leaf& leaf) {
  return node_holds(definition, root, leaf) == Holds::kYes;
}

bool never_matches(const Definition& definition, std::size_t root) {
  std::vector<std::size_t> leaves;
  collect_leaves(definition, root, leaves);
  return std::all_of(leaves.begin(), leaves.end(), [&](std::size_t leaf) {
    return node_holds(definition, root, definition.leaves[leaf]) == Holds::kNo;
  });
}

void lint_one_message(const JourneyScope& scope) {
  const Definition& definition = scope.tables.definition;
  std::vector<std::size_t> leaves;
  for (const journey::Step& step : scope.journey.steps) collect_leaves(definition, step.root, leaves);
  leaves.resize(std::min(leaves.size(), kMessagesMax));
  bool crowded = false, many_clocks = false;
  for (const std::size_t leaf : leaves) {
    const Leaf& message = definition.leaves[leaf];
    const std::vector<std::size_t> steps = steps_of(message, scope);
    if (!crowded && steps.size() > kEventMatchesMax) {
      crowded = true;
      scope.notes[steps[kEventMatchesMax]].value.warning(
          Code::kManySteps, "one message matches " + std::to_string(steps.size()) +
                                " steps of the journey, and only the first " + std::to_string(kEventMatchesMax) +
                                " count: those from " + shown(scope.journey.steps[steps[kEventMatchesMax]].name) +
                                " on do not");
    }
    const auto last = message.kind == LeafKind::kBeacon ? step_past_the_clocks(steps, scope) : std::nullopt;
    if (many_clocks || !last) continue;
    many_clocks = true;
    scope.notes[*last].value.warning(Code::kManyClocks, "one beacon is read for more than " +
                                                            std::to_string(kEventClocksMax) +
                                                            " client clocks of the journey, and only the first " +
                                                            std::to_string(kEventClocksMax) + " that it has count");
  }
}

}  // namespace bellrock::config
