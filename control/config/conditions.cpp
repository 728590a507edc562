#include <algorithm>
#include <iterator>

#include "control/config/match.h"
#include "control/config/units.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::Compare;
using journey::Condition;
using journey::Literal;
using journey::ValueType;

bool needs_number(Compare op) {
  return op == Compare::kGt || op == Compare::kGte || op == Compare::kLt || op == Compare::kLte;
}

// A value with the type it is written as: true, 3.5, "3.5" and word are a boolean, a number and two strings.
std::optional<Literal> read_literal(const Value& value, Compare op, ConditionSubject subject) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const auto number = value.node->quoted ? std::nullopt : parse_number(*text);
  if (needs_number(op)) {
    if (number) return Literal{ValueType::kNumber, *text, *number};
    value.error(Code::kOperator, shown(*text) + " is not a number, and sizes are compared between numbers",
                "write a number, or use eq, ne or in");
    return std::nullopt;
  }
  if (subject == ConditionSubject::kQuery) return Literal{ValueType::kString, *text, 0};
  if (number) return Literal{ValueType::kNumber, *text, *number};
  if (value.is_word("true") || value.is_word("false")) {
    return Literal{ValueType::kBool, *text, value.is_word("true") ? 1.0 : 0.0};
  }
  return Literal{ValueType::kString, *text, 0};
}

std::optional<Condition> read_operator(const std::string& name, const Entry& entry, ConditionSubject subject) {
  constexpr std::string_view kNames[] = {"eq", "ne", "gt", "gte", "lt", "lte", "in", "present"};  // order of Compare
  const auto* const found = std::find(std::begin(kNames), std::end(kNames), entry.key);
  if (found == std::end(kNames)) {
    const std::string_view meant = nearest(entry.key, kNames);
    entry.value.error(Code::kChoice, shown(entry.key) + " is not an operator",
                      meant.empty() ? "use " + one_of(kNames) : "did you mean `" + std::string(meant) + "`?");
    return std::nullopt;
  }
  Condition condition{name, static_cast<Compare>(found - std::begin(kNames)), {}};
  if (condition.op == Compare::kPresent) {
    if (entry.value.is_word("true")) return condition;
    entry.value.error(Code::kOperator, "`present` takes only true", "write present: true, or put it under `not`");
    return std::nullopt;
  }
  if (condition.op == Compare::kIn && !entry.value.is_list()) {
    entry.value.error(Code::kOperator, "`in` needs a list", "write in: [one, other]");
    return std::nullopt;
  }
  if (condition.op != Compare::kIn && entry.value.is_list()) {
    entry.value.error(Code::kOperator, "only `in` takes a list", "write in: [one, other], or a single value");
    return std::nullopt;
  }
  if (condition.op == Compare::kIn && !read_list(entry.value, kConditionValuesMax)) return std::nullopt;
  for (const Value& value : elements(entry.value, kConditionValuesMax)) {
    auto literal = read_literal(value, condition.op, subject);
    if (!literal) return std::nullopt;
    condition.values.push_back(std::move(*literal));
  }
  return condition;
}

}  // namespace

std::vector<Condition> read_conditions(const Value& value, ConditionSubject subject) {
  std::vector<Condition> conditions;
  for (const Entry& entry : read_entries(value, kConditionsMax).value_or(std::vector<Entry>{})) {
    if (entry.value.is_word("present")) {
      conditions.push_back({entry.key, Compare::kPresent, {}});
    } else if (entry.value.is_map()) {
      for (const Entry& op : read_entries(entry.value, kConditionsMax).value_or(std::vector<Entry>{})) {
        if (auto condition = read_operator(entry.key, op, subject)) conditions.push_back(std::move(*condition));
      }
      if (entry.value.node->keys.empty()) entry.value.error(Code::kEmpty, "a condition without operator");
    } else if (auto literal = read_literal(entry.value, Compare::kEq, subject)) {
      conditions.push_back({entry.key, Compare::kEq, {std::move(*literal)}});
    }
  }
  if (conditions.size() > kConditionsMax) {
    value.error(Code::kTooMany, "more than " + std::to_string(kConditionsMax) + " conditions");
  }
  return conditions;
}

}  // namespace bellrock::config
