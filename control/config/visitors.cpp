#include "control/config/visitors.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "control/config/builtin_text.h"
#include "control/config/documents.h"
#include "control/config/yaml_tree.h"
#include "dataplane/base/check.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::VisitorAspect;
using journey::VisitorField;
using journey::VisitorRule;
using journey::VisitorRules;

constexpr Choice<VisitorField> kFields[] = {{"agent", VisitorField::kAgent},
                                            {"brands", VisitorField::kBrands},
                                            {"mobile", VisitorField::kMobile},
                                            {"platform", VisitorField::kPlatform}};
constexpr Choice<Filter> kFilters[] = {
    {"bot", Filter::kBot}, {"synthetic", Filter::kSynthetic}, {"opted_out", Filter::kOptedOut}};

std::optional<std::string> read_rule_text(const Value& value) {
  const auto text = read_text(value);
  if (!text || text->size() <= kVisitorRuleBytesMax) return text;
  value.error(Code::kText, "a text of more than " + std::to_string(kVisitorRuleBytesMax) + " bytes",
              "write the part that tells it apart");
  return std::nullopt;
}

std::vector<std::string> read_rule_texts(const Value& value, std::size_t max) {
  std::vector<std::string> texts;
  for (const Value& one : elements(value, max)) {
    if (auto text = read_rule_text(one)) texts.push_back(std::move(*text));
  }
  return texts;
}

// What the rule says it is: a word of the aspect's, or any name of a browser.
std::optional<std::uint8_t> read_what(const Value& value, VisitorAspect aspect, VisitorRules& rules) {
  const auto word_of = [&](std::span<const std::string_view> words) -> std::optional<std::uint8_t> {
    const auto index = read_word(value, words, {});
    if (!index) return std::nullopt;
    return static_cast<std::uint8_t>(*index + 1);  // the first of all is unknown
  };
  if (aspect == VisitorAspect::kClass) return word_of(std::span(kVisitorClassNames).subspan(1));
  if (aspect == VisitorAspect::kDevice) return word_of(std::span(kDeviceNames).subspan(1));
  const auto name = read_name(value);
  if (!name) return std::nullopt;
  const auto known = std::find(rules.browsers.begin(), rules.browsers.end(), *name);
  const auto index = static_cast<std::size_t>(known - rules.browsers.begin());
  if (index == kBrowsersMax) {
    value.error(Code::kTooMany, "more than " + std::to_string(kBrowsersMax) + " browsers");
    return std::nullopt;
  }
  if (known == rules.browsers.end()) rules.browsers.push_back(*name);
  return static_cast<std::uint8_t>(index + 1);
}

// One entry of a list is a rule for each of its texts.
void read_rule(const Value& value, VisitorAspect aspect, VisitorRules& known, std::vector<VisitorRule>& rules) {
  Fields fields(value);
  VisitorRule rule;
  rule.aspect = aspect;
  const auto is = fields.need("is");
  const auto in = fields.find("in");
  const auto has = fields.find("has");
  const auto starts = fields.find("starts");
  const auto lacks = fields.find("lacks");
  fields.finish();
  if (!is) return;
  if (has && starts) {
    starts->error(Code::kUnknownKey, "`has` and `starts` are two rules", "write one of them, and another rule");
    return;
  }
  const auto what = read_what(*is, aspect, known);
  const auto field = in ? read_choice(*in, kFields) : std::optional{VisitorField::kAgent};
  if (!what || !field) return;
  rule.value = *what;
  rule.field = *field;
  rule.at_start = starts.has_value();
  if (lacks) rule.lacks = read_rule_texts(*lacks, kVisitorLacksMax);
  std::vector<std::string> texts{std::string()};
  if (has || starts) texts = read_rule_texts(has ? *has : *starts, kVisitorRulesMax);
  for (std::string& text : texts) {
    rule.text = std::move(text);
    rules.push_back(rule);
  }
}

// The lists of one document, in the order of the aspects.
std::vector<VisitorRule> read_rules(Fields& spec, VisitorRules& known) {
  constexpr std::pair<const char*, VisitorAspect> kLists[] = {
      {"class", VisitorAspect::kClass}, {"device", VisitorAspect::kDevice}, {"browser", VisitorAspect::kBrowser}};
  std::vector<VisitorRule> rules;
  for (const auto& [key, aspect] : kLists) {
    const auto list = spec.find(key);
    if (!list) continue;
    for (const Value& rule : read_list(*list, kVisitorRulesMax).value_or(std::vector<Value>{})) {
      read_rule(rule, aspect, known, rules);
    }
  }
  return rules;
}

std::size_t texts_in(const std::vector<VisitorRule>& rules) {
  std::size_t texts = 0;
  for (const VisitorRule& rule : rules) texts += 1 + rule.lacks.size();
  return texts;
}

void read_filter(const Value& value, VisitorRules& rules) {
  rules.filtered = 0;
  const auto list = value.is_word("none") ? std::optional{std::vector<Value>{}} : read_list(value, std::size(kFilters));
  for (const Value& one : list.value_or(std::vector<Value>{})) {
    const auto filter = read_choice(one, kFilters);
    if (filter) rules.filtered = static_cast<std::uint8_t>(rules.filtered | journey::filter_bit(*filter));
  }
}

VisitorRules parse_builtin() {
  Report report;
  const yaml::Stream stream = yaml::parse(kBuiltinVisitors);
  CHECK(stream.problems.empty() && stream.documents.size() == 1);
  Fields spec({&stream.documents.front(), "config/visitors.rules", "", &report});
  VisitorRules rules;
  spec.need_into("version", rules.version, read_text);
  rules.rules = read_rules(spec, rules);
  spec.finish();
  CHECK(!report.has_errors());
  return rules;
}

}  // namespace

const VisitorRules& builtin_visitors() {
  static const VisitorRules rules = parse_builtin();
  return rules;
}

void read_visitors(Fields& spec, Tables& tables) {
  VisitorRules& rules = tables.definition.visitors;
  std::string version;
  const auto named = spec.find("version");
  if (named) version = read_name(*named).value_or(std::string());
  if (const auto filter = spec.find("filter")) read_filter(*filter, rules);
  std::vector<VisitorRule> own = read_rules(spec, rules);
  if (!own.empty() && !named) {
    spec.need("version", "name the rules, so that it can be said by which ones something was counted: version: ours-1");
  }
  rules.rules.insert(rules.rules.begin(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  if (rules.rules.size() > kVisitorRulesMax || texts_in(rules.rules) > kVisitorTokensMax) {
    spec.map().error(Code::kTooMany,
                     "more than " + std::to_string(kVisitorRulesMax) + " rules, the built-in ones included");
  }
  if (!version.empty()) rules.version += "+" + version;
}

}  // namespace bellrock::config
