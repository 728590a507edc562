#include "control/config/composite.h"

#include <algorithm>

#include "control/config/policy.h"

namespace bellrock::config {
namespace {

constexpr std::size_t kCompositesMax = 100;
constexpr std::size_t kPartsMax = 64;
constexpr std::uint64_t kWeightMax = 1'000;
constexpr Choice<CompositeBy> kBys[] = {{"attempt", CompositeBy::kAttempt},
                                        {"weighted", CompositeBy::kWeighted},
                                        {"least_healthy", CompositeBy::kLeastHealthy}};

// None: there is no such objective.
const journey::Objective* find(const Tables& tables, const std::string& journey, const std::string& objective) {
  for (const auto& one : tables.definition.journeys) {
    if (one.name != journey) continue;
    const auto found = std::find_if(one.objectives.begin(), one.objectives.end(),
                                    [&](const auto& known) { return known.name == objective; });
    if (found != one.objectives.end()) return &*found;
  }
  return nullptr;
}

void add_part(const Value& value, const std::string& text, std::uint32_t weight, const Tables& tables,
              Composite& composite) {
  const std::size_t slash = text.find('/');
  CompositePart part{text.substr(0, slash), slash == std::string::npos ? "" : text.substr(slash + 1), weight};
  const auto* const objective = find(tables, part.journey, part.objective);
  if (!objective) return value.error(Code::kNoObjective, shown(text) + " is no objective of these journeys");
  if (composite.by == CompositeBy::kLeastHealthy && objective->target_e9 == 0) {
    return value.error(Code::kComposite, shown(text) + " has no target, so nobody knows how healthy it is",
                       "give the objective a target");
  }
  const bool twice = std::any_of(composite.parts.begin(), composite.parts.end(), [&](const auto& other) {
    return other.journey == part.journey && other.objective == part.objective;
  });
  if (twice) return value.error(Code::kDuplicateName, shown(text) + " is part of it already", "name it once");
  composite.parts.push_back(std::move(part));
}

// "checkout/success", or {objective: checkout/success, weight: 5}.
void read_part(const Value& value, const Tables& tables, Composite& composite) {
  if (!value.is_map()) {
    if (const auto text = read_text(value)) add_part(value, *text, 1, tables, composite);
    return;
  }
  Fields fields(value);
  std::string text;
  std::uint32_t weight = 1;
  const bool named = fields.need_into("objective", text, read_text);
  const bool weighted = fields.into("weight", weight, read_unsigned, std::uint64_t{1}, kWeightMax);
  fields.finish();
  if (weighted && composite.by != CompositeBy::kWeighted) {
    return value.error(Code::kComposite, "a weight counts in a composite by: weighted only",
                       "write by: weighted, or leave the weight out");
  }
  if (named) add_part(value, text, weight, tables, composite);
}

void read_target(const Value& place, Fields& spec, Composite& composite) {
  if (composite.by != CompositeBy::kLeastHealthy) {
    spec.need_into("target", composite.target_e9, read_ratio_e9);
    spec.into("strict", composite.strict, read_bool);
    return;
  }
  for (const std::string_view key : {"target", "strict"}) {
    if (!spec.find(key)) continue;
    place.error(Code::kComposite, "with by: least_healthy each objective is held against its own target",
                "leave `" + std::string(key) + "` out");
  }
}

}  // namespace

void read_composite(const std::string& name, const Value& place, Fields& spec, const Tables& tables,
                    std::vector<Composite>& composites) {
  Composite composite;
  composite.name = name;
  if (const auto by = spec.find("by")) composite.by = read_choice(*by, kBys).value_or(composite.by);
  if (const auto list = spec.need("objectives", "add objectives: [JOURNEY/OBJECTIVE, …]")) {
    for (const Value& value : read_list(*list, kPartsMax).value_or(std::vector<Value>{})) {
      read_part(value, tables, composite);
    }
  }
  read_target(place, spec, composite);
  composite.has_max_unknown = spec.into("max_unknown", composite.max_unknown_e9, read_ratio_e9);
  if (const auto window = spec.find("window")) {
    composite.window_at = window->place();
    composite.window = read_period(*window).value_or(composite.window);
  }
  if (composites.size() == kCompositesMax) {
    place.error(Code::kTooMany, "more than " + std::to_string(kCompositesMax) + " composites");
  } else {
    composites.push_back(std::move(composite));
  }
}

}  // namespace bellrock::config
