#include <algorithm>

#include "control/config/journey_scope.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::Source;
using journey::SourceKind;

// Dimensions that need no `from`.
std::optional<Source> built_in(const Value& value, std::string_view name, Tables& tables) {
  if (name == "device") return Source{SourceKind::kDevice, 0, {}, {}};
  if (name == "browser") return Source{SourceKind::kBrowser, 0, {}, {}};
  if (name == "release") return Source{SourceKind::kBeaconField, 0, "rel", {}};
  if (name == "country") return header_source(value, "x-country", tables);
  if (name == "returning") {
    value.later(name);
    return std::nullopt;
  }
  value.error(Code::kMissingKey, "the dimension " + shown(name) + " does not say where its values come from",
              "add from, for example from: beacon.attrs." + clipped(name));
  return std::nullopt;
}

// All values that a built-in dimension can have; none: any.
std::vector<std::string_view> words_of(SourceKind kind, const journey::VisitorRules& visitors) {
  if (kind == SourceKind::kDevice) return {kDeviceNames.begin() + 1, kDeviceNames.end()};
  if (kind == SourceKind::kBrowser) return {visitors.browsers.begin(), visitors.browsers.end()};
  return {};
}

// [100ms, 1s]: answers that took at most so long, each value those that are none of the shorter.
void read_times(const Value& list, journey::Dimension& dimension) {
  for (const Value& value : read_list(list, kDimensionValuesMax).value_or(std::vector<Value>{})) {
    const auto time = read_duration(value);
    if (!time) continue;
    if (!dimension.bounds.empty() && *time <= dimension.bounds.back()) {
      value.error(Code::kChoice, shown(value.node->text) + " is not above the time before it",
                  "list the times from the shortest to the longest");
      continue;
    }
    dimension.bounds.push_back(*time);
    dimension.values.push_back(value.node->text);
  }
}

void read_values(const Value& list, std::span<const std::string_view> words, journey::Dimension& dimension) {
  for (const Value& value : read_list(list, kDimensionValuesMax).value_or(std::vector<Value>{})) {
    const bool known = words.empty() || !value.is_scalar() || read_word(value, words, {});
    const auto text = known ? read_text(value) : std::nullopt;
    if (!text) continue;
    if (*text == "__other__") {
      value.error(Code::kName, "`__other__` is always there", "remove it from the set");
    } else if (std::find(dimension.values.begin(), dimension.values.end(), *text) != dimension.values.end()) {
      value.error(Code::kDuplicateName, shown(*text) + " is in the set twice", "remove one of them");
    } else {
      dimension.values.push_back(*text);
    }
  }
}

// top: 20
bool read_top(const Value& value, const Source& source, const JourneyScope& scope, journey::Dimension& dimension) {
  if (source.kind == SourceKind::kDevice) {
    value.error(Code::kUnknownKey, "devices are three", "write set: [phone, tablet, desktop]");
    return false;
  }
  if (source.kind == SourceKind::kBrowser) {
    value.error(Code::kUnknownKey, "browsers are few", "write set: [chrome, safari, firefox, edge]");
    return false;
  }
  if (source.kind == SourceKind::kAnswerTime) {
    value.error(Code::kUnknownKey, "hardly two answers take the same time", "write set: [100ms, 1s]");
    return false;
  }
  const auto top = read_unsigned(value, 1, kTopMax);
  if (!top) return false;
  dimension.top = static_cast<std::uint8_t>(*top);
  const auto& known = scope.tables.definition.dimensions;
  const auto open_ended = std::count_if(known.begin(), known.end(), [](const auto& d) { return d.top != 0; });
  if (static_cast<std::size_t>(open_ended) < kTopDimensionsMax || is_known(dimension, known)) return true;
  value.error(Code::kTooMany, "more than " + std::to_string(kTopDimensionsMax) + " different dimensions with `top`");
  return false;
}

// Only what a step of the journey took is known.
void check_answers(const Value& from, const JourneyScope& scope) {
  const auto answers = [](const StepNote& note) {
    return note.channels == 0 || (note.channels & kResponseChannel) != 0;
  };
  if (std::any_of(scope.notes.begin(), scope.notes.end(), answers)) return;
  from.error(Code::kValueStep, "no step of the journey is an answer, so that nobody asks how long one took",
             "add a step that matches http with at: response");
}

std::optional<Source> read_from(const Value& value, Tables& tables) {
  if (value.is_scalar() && value.node->text == kAnswerTimeSource) return Source{SourceKind::kAnswerTime, 0, {}, {}};
  return read_source(value, tables);
}

void read_dimension(const Entry& entry, JourneyScope& scope) {
  Fields fields(entry.value);
  journey::Dimension dimension;
  dimension.name = entry.key;
  const auto set = fields.find("set");
  const auto from = fields.find("from");
  const auto top = fields.find("top");
  fields.finish();
  if (!fields.is_map()) return;
  const auto source = from ? read_from(*from, scope.tables) : built_in(entry.value, entry.key, scope.tables);
  if (set && top) {
    top->error(Code::kUnknownKey, "the values are a set already", "remove `top` or `set`");
    return;
  }
  if (!set && !top) {
    if (source) fields.need("set", "add the values to tell apart, set: [one, other], or how many: top: 20");
    return;
  }
  if (!source) return;
  dimension.source = *source;
  if (top) {
    if (!read_top(*top, *source, scope, dimension)) return;
  } else if (source->kind == SourceKind::kAnswerTime) {
    read_times(*set, dimension);
    check_answers(*from, scope);
  } else {
    read_values(*set, words_of(source->kind, scope.tables.definition.visitors), dimension);
  }
  if (const auto id = add_dimension(entry.value, std::move(dimension), scope.tables)) {
    scope.journey.dimensions.push_back(*id);
  }
}

bool is_dimension_name(const Entry& entry) {
  const auto inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  if (entry.key.size() <= 63 && entry.key.front() >= 'a' && entry.key.front() <= 'z' &&
      std::all_of(entry.key.begin(), entry.key.end(), inner)) {
    return true;
  }
  entry.value.error(Code::kName, shown(entry.key) + " is not a name of a dimension");
  return false;
}

}  // namespace

void read_dimensions(const Value& map, JourneyScope& scope) {
  for (const Entry& entry : read_entries(map, kJourneyDimensionsMax).value_or(std::vector<Entry>{})) {
    if (is_dimension_name(entry)) read_dimension(entry, scope);
  }
}

}  // namespace bellrock::config
