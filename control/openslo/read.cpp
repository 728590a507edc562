// The stream of documents, and SLO itself.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "control/config/files.h"
#include "control/config/policy.h"
#include "control/config/units.h"
#include "control/openslo/extras.h"
#include "control/openslo/reader.h"

namespace bellrock::openslo {
namespace {

using config::Choice;
using config::Code;
using config::Fields;
using config::Report;
using config::Value;

// In the order in which they are read: each refers only to those before it.
enum class Kind { kService, kDataSource, kSli, kCondition, kPolicy, kSlo };
constexpr Choice<Kind> kKinds[] = {
    {"Service", Kind::kService},          {"DataSource", Kind::kDataSource}, {"SLI", Kind::kSli},
    {"AlertCondition", Kind::kCondition}, {"AlertPolicy", Kind::kPolicy},    {"SLO", Kind::kSlo}};
constexpr std::string_view kOtherKinds[] = {"AlertNotificationTarget", "BudgetAdjustment"};
constexpr Choice<bool> kMethods[] = {{"Occurrences", true}};
constexpr std::string_view kOtherMethods[] = {"Timeslices", "RatioTimeslices"};

// "99.2" → 992'000'000, with at most seven places.
std::optional<std::uint64_t> percent_e9(const std::string& text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string whole = text.substr(0, point), rest = point < text.size() ? text.substr(point + 1) : "";
  if (whole.empty() || whole.size() > 2 || rest.size() > 7 || (point < text.size() && rest.empty()))
    return std::nullopt;
  if (whole.size() == 1) whole.insert(0, "0");
  return config::parse_decimal_e9("0." + whole + rest);
}

struct Target {
  std::uint64_t e9;
  Value at;
};

std::optional<Target> read_target(Fields& objective, const Value& place) {
  const auto target = objective.find("target"), percent = objective.find("targetPercent");
  if (target.has_value() == percent.has_value()) {
    place.error(Code::kMissingKey, "an objective has exactly one of `target` and `targetPercent`",
                "write one of the two");
    return std::nullopt;
  }
  if (target) {
    const auto ratio = config::read_ratio_e9(*target);
    return ratio ? std::optional(Target{*ratio, *target}) : std::nullopt;
  }
  const auto parts = percent->is_scalar() ? percent_e9(percent->node->text) : std::nullopt;
  if (parts && *parts > 0 && *parts < slo::kOne) return Target{*parts, *percent};
  percent->error(Code::kDecimal, "the target is no percentage below 100", "write for example targetPercent: 99.2");
  return std::nullopt;
}

std::optional<Target> read_objective(const Value& value) {
  Fields fields(value);
  expect_text(fields, "displayName");
  fields.later({"timeSliceTarget", "timeSliceWindow", "compositeWeight"});
  fields.later({"indicator", "indicatorRef"}, "move it from the objective to the `spec` of the SLO");
  for (const char* key : {"op", "value"}) {
    if (const auto given = fields.find(key)) {
      given->warning(Code::kUnknownKey, std::string("`") + key + "` means nothing with a ratio");
    }
  }
  auto target = read_target(fields, value);
  fields.finish();
  return target;
}

std::optional<std::int64_t> read_window(const Value& list) {
  const auto windows = config::read_list(list, 2).value_or(std::vector<Value>{});
  if (windows.size() != 1) {
    list.error(Code::kTooMany, "an SLO has exactly one time window", "keep one of them");
    return std::nullopt;
  }
  Fields fields(windows[0]);
  fields.later({"calendar"});
  const auto rolling = fields.find("isRolling");
  if (rolling && !config::read_bool(*rolling).value_or(true)) {
    rolling->later("isRolling: false", "write `isRolling: true`");
  }
  const auto duration = fields.need("duration");
  fields.finish();
  const auto seconds =
      duration ? read_duration(*duration, false, "write whole days, at most 45: `30d` for a month") : std::nullopt;
  if (!seconds) return std::nullopt;
  if (*seconds % slo::kHourSeconds == 0 && *seconds <= 45 * slo::kDaySeconds) return seconds;
  duration->error(Code::kRange, "the window is outside what can be looked at", "write whole hours, at most 45d");
  return std::nullopt;
}

std::optional<Indicator> indicator_of(Fields& spec, const Tables& tables) {
  const auto inlined = spec.find("indicator"), ref = spec.find("indicatorRef");
  if (inlined.has_value() == ref.has_value()) {
    spec.map().error(Code::kMissingKey, "an SLO has exactly one of `indicator` and `indicatorRef`",
                     "write one of the two");
    return std::nullopt;
  }
  if (ref) {
    const auto found = tables.indicators.find(ref->is_scalar() ? ref->node->text : "");
    if (found != tables.indicators.end()) return found->second;
    ref->error(Code::kNoObjective, "there is no SLI of this name", "add it, or correct the name");
    return std::nullopt;
  }
  Fields fields(*inlined);
  read_metadata(fields);
  const auto body = fields.need("spec");
  fields.finish();
  if (!body) return std::nullopt;
  Fields inner(*body);
  const auto indicator = read_indicator(inner, tables);
  inner.finish();
  return indicator;
}

// A name, {alertPolicyRef: name}, or the policy itself.
std::optional<Condition> policy_condition(const Value& value, const Tables& tables) {
  AlertPolicy policy;
  const Value* name = value.is_scalar() ? &value : nullptr;
  std::optional<Value> ref;
  if (!name) {
    Fields fields(value);
    ref = fields.find("alertPolicyRef");
    name = ref ? &*ref : nullptr;
    if (!name) {
      expect_head(fields, "AlertPolicy");
      read_metadata(fields);
      if (const auto body = fields.need("spec")) {
        Fields inner(*body);
        policy = read_alert_policy(inner);
        inner.finish();
      }
    }
    fields.finish();
  }
  if (name) {
    const auto found = tables.policies.find(name->is_scalar() ? name->node->text : "");
    if (found == tables.policies.end()) {
      name->error(Code::kNoObjective, "there is no AlertPolicy of this name", "add it, or correct the name");
      return std::nullopt;
    }
    policy = found->second;
  }
  if (!policy.condition_ref) return policy.condition;
  const auto& place = *policy.condition_ref;
  const auto found = tables.conditions.find(place.is_scalar() ? place.node->text : "");
  if (found != tables.conditions.end()) return found->second;
  place.error(Code::kNoObjective, "there is no AlertCondition of this name", "add it, or correct the name");
  return std::nullopt;
}

struct Document {
  Kind kind;
  Fields top;
};

std::optional<Document> read_head(const Value& value) {
  Document document{Kind::kService, Fields(value)};
  if (!document.top.is_map()) return std::nullopt;
  const auto version = document.top.need("apiVersion", "add apiVersion: openslo/v1");
  if (version && !version->is_word("openslo/v1")) {
    version->error(Code::kApiVersion, "the apiVersion is not openslo/v1", "write apiVersion: openslo/v1");
    return std::nullopt;
  }
  const auto kind = document.top.need("kind");
  if (kind && config::refuse_later(*kind, kOtherKinds, "remove the document, and what refers to it")) {
    return std::nullopt;
  }
  const auto known = kind ? config::read_choice(*kind, kKinds) : std::nullopt;
  if (!known) return std::nullopt;
  document.kind = *known;
  return document;
}

// What of each kind has been named, and which objectives have an SLO.
struct Seen {
  std::map<Kind, std::set<std::string>> names;
  std::set<std::pair<std::string, std::string>> objectives;
};

std::span<const std::string_view> annotations_at(Kind kind) {
  if (kind == Kind::kSlo) return slo_annotations();
  if (kind == Kind::kCondition) return kConditionAnnotations;
  return {};
}

void add_slo(PlacedSlo placed, const Value& place, Seen& seen, Documents& all) {
  auto& [slo, target] = placed;
  if (!seen.objectives.insert({slo.journey, slo.objective}).second) {
    place.error(Code::kTwoPolicies, config::shown(slo.journey + "/" + slo.objective) + " has another SLO",
                "keep one of them");
  } else if (all.slos.size() == config::kPoliciesMax) {
    place.error(Code::kTooMany, "more than " + std::to_string(config::kPoliciesMax) + " SLOs");
  } else {
    all.slos.push_back(std::move(slo));
    all.targets.push_back(std::move(target));
  }
}

void read_document(Document& document, Tables& tables, Seen& seen, Documents& all) {
  const Metadata metadata = read_metadata(document.top, annotations_at(document.kind));
  const auto body = document.top.need("spec");
  document.top.finish();
  if (metadata.name_at && !seen.names[document.kind].insert(metadata.name).second) {
    metadata.name_at->error(Code::kDuplicateName,
                            "another document of this kind is named " + config::shown(metadata.name));
  }
  if (!body) return;
  Fields spec(*body);
  switch (document.kind) {
    case Kind::kService:
      read_service(spec);
      tables.services[metadata.name] = true;
      break;
    case Kind::kDataSource:
      read_data_source(spec);
      tables.sources[metadata.name] = true;
      break;
    case Kind::kSli:
      tables.indicators[metadata.name] = read_indicator(spec, tables);
      break;
    case Kind::kCondition:
      tables.conditions[metadata.name] = read_condition(spec, metadata);
      break;
    case Kind::kPolicy:
      tables.policies[metadata.name] = read_alert_policy(spec);
      break;
    case Kind::kSlo:
      if (auto slo = read_slo(spec, metadata, tables)) add_slo(std::move(*slo), *body, seen, all);
      break;
  }
  spec.finish();
}

bool read_strict(const Metadata& metadata) {
  const auto found = metadata.annotations.find(kStrict);
  if (found == metadata.annotations.end()) return false;
  const std::string& text = found->second.node->text;
  if (text != "true" && text != "false") refuse_annotation(found->second, kStrict, "true");
  return text == "true";
}

}  // namespace

std::optional<PlacedSlo> read_slo(Fields& spec, const Metadata& metadata, const Tables& tables) {
  PlacedSlo placed;
  Slo& slo = placed.slo;
  spec.into("description", slo.description, config::read_text);
  const auto service = spec.need("service");
  if (service && !(service->is_scalar() && tables.services.contains(service->node->text))) {
    service->error(Code::kNoObjective, "there is no Service of this name", "add it, or correct the name");
  }
  const auto indicator = indicator_of(spec, tables);
  const auto window_value = spec.need("timeWindow");
  const auto window = window_value ? read_window(*window_value) : std::nullopt;
  const auto method = spec.need("budgetingMethod");
  if (method) config::read_choice(*method, kMethods, kOtherMethods);
  const auto list = spec.need("objectives");
  constexpr std::size_t kListMax = 100;
  const auto objectives =
      list ? config::read_list(*list, kListMax).value_or(std::vector<Value>{}) : std::vector<Value>{};
  if (objectives.size() > 1) list->later("several objectives in one SLO", "write one SLO for each objective");
  const auto target = objectives.size() == 1 ? read_objective(objectives[0]) : std::nullopt;
  slo.strict = read_strict(metadata);
  slo.extras = read_extras(metadata);
  const auto policies = spec.find("alertPolicies");
  std::vector<Condition> conditions;
  if (policies) {
    for (const Value& one :
         config::read_list_or_none(*policies, config::kPolicyListMax).value_or(std::vector<Value>{})) {
      if (const auto condition = policy_condition(one, tables)) conditions.push_back(*condition);
    }
  }
  if (!indicator || !window || !target) return std::nullopt;
  slo.journey = indicator->journey;
  slo.objective = indicator->objective;
  slo.period_s = *window;
  slo.target_e9 = target->e9;
  const config::Place at = target->at.place();
  placed.target = {at.file, at.mark.line, at.mark.column, at.key};
  for (const auto& condition : conditions) {
    if (const auto pair = pair_of(condition, slo.period_s, slo.target_e9)) slo.pairs.push_back(*pair);
  }
  return placed;
}

bool Documents::ok() const {
  return std::all_of(diagnostics.begin(), diagnostics.end(), [](const auto& one) { return one.warning; });
}

Documents read(const std::string& file, const std::string& text) {
  Report report;
  Documents result;
  const bool readable = config::check_text({file, text}, report, kDocumentsBytesMax);
  const config::yaml::Stream stream = readable ? config::yaml::parse(text) : config::yaml::Stream{};
  for (const auto& problem : stream.problems) report.error(problem.code, {file, problem.mark, ""}, problem.message);
  std::vector<Document> documents;
  for (const auto& node : stream.documents) {
    if (node.type == config::yaml::NodeType::kNull) continue;
    if (auto document = read_head({&node, file, "", &report})) documents.push_back(std::move(*document));
  }
  std::stable_sort(documents.begin(), documents.end(),
                   [](const Document& a, const Document& b) { return a.kind < b.kind; });
  Tables tables;
  Seen seen;
  for (auto& document : documents) read_document(document, tables, seen, result);
  result.diagnostics = report.take();
  return result;
}

}  // namespace bellrock::openslo
