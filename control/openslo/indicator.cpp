// Service, DataSource and SLI, and what all kinds share.
#include <algorithm>

#include "control/config/units.h"
#include "control/openslo/reader.h"

namespace bellrock::openslo {
namespace {

using config::Code;
using config::Fields;
using config::Value;

// RFC 1123: at most 63 lower-case letters, digits and '-', neither first nor last.
bool is_label(const std::string& text) {
  const auto inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), inner) && text.front() != '-' &&
         text.back() != '-';
}

// {metricSource: {metricSourceRef?, type, spec: {journey, objective, result}}}
std::optional<Indicator> read_metric(const Value& value, const std::string& result, const Tables& tables) {
  Fields fields(value);
  const auto source_value = fields.need("metricSource");
  fields.finish();
  if (!source_value) return std::nullopt;
  Fields source(*source_value);
  if (const auto ref = source.find("metricSourceRef")) {
    const bool known = ref->is_scalar() && tables.sources.contains(ref->node->text);
    if (!known) ref->error(Code::kNoObjective, "there is no DataSource of this name", "add it, or correct the name");
  }
  const auto type = source.find("type");
  if (type && !type->is_word("bellrock")) {
    type->later("a metric source of another type than bellrock",
                "write `type: bellrock`, and `journey`, `objective` and `result` in its `spec`");
  }
  const auto spec_value = source.need("spec");
  source.finish();
  if (!spec_value || (type && !type->is_word("bellrock"))) return std::nullopt;
  Fields spec(*spec_value);
  Indicator indicator;
  std::string said;
  bool whole = spec.need_into("journey", indicator.journey, config::read_name);
  whole &= spec.need_into("objective", indicator.objective, config::read_name);
  whole &= spec.need_into("result", said, config::read_text);
  spec.finish();
  if (whole && said != result) {
    spec_value->error(Code::kChoice, "the result here must be " + config::shown(result), "write result: " + result);
  }
  return whole && said == result ? std::optional(indicator) : std::nullopt;
}

// One of ours that means nothing here is a typing error, or belongs elsewhere.
void check_annotation(const Value& value, const std::string& key, std::span<const std::string_view> ours) {
  if (!value.is_scalar()) {
    value.error(Code::kWrongType, "an annotation is a text", "write it in quotes");
  } else if (key.starts_with("bellrock.dev/") && std::find(ours.begin(), ours.end(), key) == ours.end()) {
    const std::string_view near = config::nearest(key, ours);
    value.error(Code::kUnknownKey, "the annotation " + config::shown(key) + " means nothing here",
                near.empty() ? "remove it" : "write " + std::string(near) + ", or remove it");
  }
}

// {key: text or list of texts}
void check_labels(const Value& labels) {
  constexpr std::size_t kLabelsMax = 100;
  for (const auto& [key, one] : config::read_entries(labels, kLabelsMax).value_or(std::vector<config::Entry>{})) {
    const auto& parts = config::elements(one, kLabelsMax);
    const bool texts = std::all_of(parts.begin(), parts.end(), [](const Value& part) { return part.is_scalar(); });
    if (!texts) one.error(Code::kWrongType, "a label is a text or a list of texts", "write it in quotes");
  }
}

}  // namespace

void refuse_annotation(const Value& value, const std::string& key, const std::string& example) {
  value.error(Code::kText,
              "the annotation " + key + " is " + config::shown(value.node->text) + ", which cannot be read",
              "write for example \"" + example + "\"");
}

void expect_text(Fields& fields, std::string_view key) {
  const auto value = fields.find(key);
  if (value && !value->is_scalar()) {
    value->error(Code::kWrongType, "`" + std::string(key) + "` is a text", "write a text, or leave it out");
  }
}

void expect_head(Fields& fields, std::string_view kind) {
  const auto version = fields.find("apiVersion"), said = fields.need("kind");
  if (version && !version->is_word("openslo/v1")) {
    version->error(Code::kApiVersion, "the apiVersion is not openslo/v1", "write apiVersion: openslo/v1");
  }
  if (said && !said->is_word(kind)) {
    said->error(Code::kChoice, "the kind here is " + std::string(kind), "write kind: " + std::string(kind));
  }
}

Metadata read_metadata(Fields& document, std::span<const std::string_view> ours) {
  Metadata metadata;
  const auto value = document.need("metadata", "add metadata: {name: …}");
  if (!value) return metadata;
  Fields fields(*value);
  if (const auto name = fields.need("name")) {
    metadata.name_at = name;
    metadata.name = config::read_text(*name).value_or("");
    if (!is_label(metadata.name)) {
      name->error(Code::kName, config::shown(metadata.name) + " is no DNS label",
                  "use at most 63 lower-case letters, digits and -");
    }
  }
  expect_text(fields, "displayName");
  if (const auto labels = fields.find("labels")) check_labels(*labels);
  if (const auto annotations = fields.find("annotations")) {
    constexpr std::size_t kAnnotationsMax = 100;
    const auto entries = config::read_entries(*annotations, kAnnotationsMax);
    for (const auto& [key, one] : entries.value_or(std::vector<config::Entry>{})) {
      check_annotation(one, key, ours);
      if (one.is_scalar()) metadata.annotations.emplace(key, one);
    }
  }
  fields.finish();
  return metadata;
}

void read_service(Fields& spec) { expect_text(spec, "description"); }

void read_data_source(Fields& spec) {
  expect_text(spec, "description");
  const auto type = spec.need("type");
  if (type && !type->is_word("bellrock")) {
    type->later("a data source of another type than bellrock", "write `type: bellrock`");
  }
  // Whatever another system wants to know; it is a mapping, or reported as none.
  if (const auto details = spec.find("connectionDetails")) Fields{*details};
}

std::optional<Indicator> read_indicator(Fields& spec, const Tables& tables) {
  expect_text(spec, "description");
  spec.later({"thresholdMetric"}, "write `ratioMetric` with `good` and `total`");
  const auto value = spec.find("ratioMetric");
  if (!value) {
    if (!spec.find("thresholdMetric")) spec.need("ratioMetric");
    return std::nullopt;
  }
  Fields ratio(*value);
  ratio.later({"raw", "rawType"}, "write `good` and `total`");
  const auto counter = ratio.find("counter");
  if (counter && !config::read_bool(*counter).value_or(true)) counter->later("counter: false", "write `counter: true`");
  const auto good = ratio.find("good"), bad = ratio.find("bad");
  const auto total = ratio.need("total");
  ratio.finish();
  if (good.has_value() == bad.has_value()) {
    value->error(Code::kMissingKey, "a ratio has exactly one of `good` and `bad`", "write one of the two");
    return std::nullopt;
  }
  const auto part = good ? read_metric(*good, "good", tables) : read_metric(*bad, "bad", tables);
  const auto all = total ? read_metric(*total, "attempts", tables) : std::nullopt;
  if (!part || !all) return std::nullopt;
  if (part->journey != all->journey || part->objective != all->objective) {
    value->error(Code::kNoObjective, "both parts of a ratio are of one objective",
                 "name the same journey and objective");
    return std::nullopt;
  }
  return part;
}

std::optional<std::int64_t> read_duration(const Value& value, bool may_be_zero, const std::string& fix) {
  const std::string text = value.is_scalar() ? value.node->text : std::string();
  const auto number = text.empty() ? std::nullopt : config::parse_unsigned(text.substr(0, text.size() - 1));
  constexpr std::uint64_t kNumberMax = 100'000;
  if (number && *number <= kNumberMax && (*number > 0 || may_be_zero)) {
    switch (text.back()) {
      case 'm':
        return static_cast<std::int64_t>(*number) * 60;
      case 'h':
        return static_cast<std::int64_t>(*number) * 3'600;
      case 'd':
        return static_cast<std::int64_t>(*number) * 86'400;
      case 'w':
        return static_cast<std::int64_t>(*number) * 7 * 86'400;
      case 'M':
      case 'Q':
      case 'Y':
        value.later(text + ", whose length varies", fix);
        return std::nullopt;
      default:
        break;
    }
  }
  value.error(Code::kDuration, config::shown(text) + " is no duration of OpenSLO", "write a number and one of m h d w");
  return std::nullopt;
}

}  // namespace bellrock::openslo
