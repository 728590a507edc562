#include "control/config/value.h"

#include <algorithm>
#include <numeric>

#include "control/config/units.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

std::string_view type_name(const yaml::Node& node) {
  switch (node.type) {
    case yaml::NodeType::kNull:
      return "nothing";
    case yaml::NodeType::kScalar:
      return "a single value";
    case yaml::NodeType::kList:
      return "a list";
    case yaml::NodeType::kMap:
      return "a mapping";
  }
  return "";
}

bool expect_scalar(const Value& value, std::string_view wanted) {
  if (value.is_scalar()) return true;
  value.error(Code::kWrongType,
              "here must be " + std::string(wanted) + ", and there is " + std::string(type_name(*value.node)));
  return false;
}

bool is_text(const std::string& text, const Place& place, Report& report) {
  if (text.empty()) {
    report.error(Code::kEmpty, place, "the text is empty", "write a text");
    return false;
  }
  if (text.size() > kConfigTextBytesMax) {
    report.error(Code::kTooMany, place,
                 "a text of " + std::to_string(text.size()) + " bytes, and there is room for " +
                     std::to_string(kConfigTextBytesMax),
                 "shorten the text");
    return false;
  }
  const bool has_control =
      std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (has_control) report.error(Code::kText, place, "the text holds a control character", "write it on one line");
  return !has_control;
}

// Levenshtein distance where exchanging two neighbours is one step.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_back(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], two_back[j - 2] + 1);
      }
    }
    two_back.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

}  // namespace

void Value::error(Code code, std::string message, std::string fix) const {
  report->error(code, place(), std::move(message), std::move(fix));
}
void Value::warning(Code code, std::string message, std::string fix) const {
  report->warning(code, place(), std::move(message), std::move(fix));
}
void Value::later(std::string_view feature, std::string fix) const {
  const std::string name(feature);
  if (fix.empty()) fix = "remove `" + name + "`";
  error(Code::kLater, "`" + name + "` is not in this version", std::move(fix));
}

std::vector<Value> elements(const Value& list, std::size_t max) {
  if (!list.is_list()) return {list};
  if (list.node->items.size() > max) {
    list.error(Code::kTooMany,
               std::to_string(list.node->items.size()) + " entries, and there is room for " + std::to_string(max));
  }
  std::vector<Value> values;
  for (const yaml::Node& item : list.node->items) {
    if (values.size() == max) break;
    values.push_back({&item, list.file, list.path + '[' + std::to_string(values.size()) + ']', list.report});
  }
  return values;
}

std::optional<std::vector<Value>> read_list(const Value& value, std::size_t max) {
  if (!value.is_list()) {
    value.error(Code::kWrongType, "here must be a list, and there is " + std::string(type_name(*value.node)),
                "write [entry, …], or one `- entry` a line");
    return std::nullopt;
  }
  if (value.node->items.empty()) {
    value.error(Code::kEmpty, "the list is empty");
    return std::nullopt;
  }
  return elements(value, max);
}

std::optional<std::vector<Value>> read_list_or_none(const Value& value, std::size_t max) {
  if (value.is_list() && value.node->items.empty()) return std::vector<Value>{};
  return read_list(value, max);
}

std::optional<std::vector<Entry>> read_entries(const Value& value, std::size_t max) {
  if (!value.is_map()) {
    value.error(Code::kWrongType, "here must be a mapping, and there is " + std::string(type_name(*value.node)),
                "write {name: value, …}");
    return std::nullopt;
  }
  if (value.node->keys.size() > max) {
    value.error(Code::kTooMany,
                std::to_string(value.node->keys.size()) + " entries, and there is room for " + std::to_string(max));
  }
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < value.node->keys.size() && i < max; ++i) {
    const yaml::Key& key = value.node->keys[i];
    Place place{value.file, key.mark, value.path + '.' + clipped(key.text)};
    if (!is_text(key.text, place, *value.report)) continue;
    entries.push_back({key.text, {&value.node->items[i], value.file, std::move(place.key), value.report}});
  }
  return entries;
}

std::optional<std::string> read_text(const Value& value) {
  if (!expect_scalar(value, "a text") || !is_text(value.node->text, value.place(), *value.report)) return std::nullopt;
  return value.node->text;
}

std::optional<std::string> read_name(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  const bool good = text->size() <= 63 && text->front() != '-' && text->front() != '_' &&
                    std::all_of(text->begin(), text->end(), is_inner);
  if (good) return text;
  value.error(Code::kName, shown(*text) + " is not a name",
              "use at most 63 lower-case letters, digits, - and _, and begin with a letter or digit");
  return std::nullopt;
}

std::optional<bool> read_bool(const Value& value) {
  if (value.is_word("true")) return true;
  if (value.is_word("false")) return false;
  value.error(Code::kWrongType, "here must be true or false", "write true or false, without quotes");
  return std::nullopt;
}

std::optional<Duration> read_duration(const Value& value) {
  if (!expect_scalar(value, "a duration")) return std::nullopt;
  const std::string& text = value.node->text;
  const auto duration = parse_duration(text);
  if (duration && *duration > 0) return duration;
  if (duration) {
    value.error(Code::kRange, "a duration of nothing", "write a duration above 0");
  } else if (exceeds_durations(text)) {
    value.error(Code::kRange, "the duration " + shown(text) + " is too long",
                "write at most 106751d, in 18 digits or less");
  } else if (parse_number(text)) {
    value.error(Code::kDuration, "the duration " + shown(text) + " has no unit",
                "write a unit, for example 5s or 800ms");
  } else {
    value.error(Code::kDuration, shown(text) + " is not a duration");
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_size(const Value& value) {
  if (!expect_scalar(value, "a size")) return std::nullopt;
  const std::string& text = value.node->text;
  if (const auto size = parse_size(text)) return size;
  if (parse_number(text)) {
    value.error(Code::kSize, "the size " + shown(text) + " has no unit", "write a unit, for example 64KiB");
  } else {
    value.error(Code::kSize, shown(text) + " is not a size");
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_unsigned(const Value& value, std::uint64_t min, std::uint64_t max) {
  if (!expect_scalar(value, "a whole number")) return std::nullopt;
  const auto number = value.node->quoted ? std::nullopt : parse_unsigned(value.node->text);
  const std::string range = std::to_string(min) + " to " + std::to_string(max);
  if (!number) {
    value.error(Code::kWrongType, shown(value.node->text) + " is not a whole number",
                "write a whole number from " + range);
    return std::nullopt;
  }
  if (*number >= min && *number <= max) return number;
  value.error(Code::kRange, shown(value.node->text) + " is outside the range", "write a number from " + range);
  return std::nullopt;
}

std::optional<std::uint64_t> read_ratio_e9(const Value& value) {
  if (!expect_scalar(value, "a decimal between 0 and 1")) return std::nullopt;
  const auto ratio = value.node->quoted ? std::nullopt : parse_decimal_e9(value.node->text);
  if (ratio && *ratio > 0 && *ratio < 1'000'000'000) return ratio;
  value.error(Code::kDecimal, shown(value.node->text) + " is not a decimal above 0 and below 1",
              "write 99.2 % as 0.992, with at most nine places");
  return std::nullopt;
}

bool refuse_later(const Value& value, std::span<const std::string_view> later_words, const std::string& fix) {
  if (!value.is_scalar()) return false;
  const bool is_later = std::find(later_words.begin(), later_words.end(), value.node->text) != later_words.end();
  if (is_later) value.later(value.node->text, fix);
  return is_later;
}

std::optional<std::size_t> read_word(const Value& value, std::span<const std::string_view> words,
                                     std::span<const std::string_view> later_words) {
  if (!expect_scalar(value, one_of(words))) return std::nullopt;
  const std::string& text = value.node->text;
  const auto found = std::find(words.begin(), words.end(), text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  if (refuse_later(value, later_words, "write " + one_of(words))) return std::nullopt;
  const std::string_view meant = nearest(text, words);
  value.error(Code::kChoice, shown(text) + " is not one of the choices",
              meant.empty() ? "write " + one_of(words) : "did you mean `" + std::string(meant) + "`?");
  return std::nullopt;
}

std::string one_of(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += '`' + std::string(words[i]) + '`';
  }
  return text;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t kWordBytesMax = 64;  // bounds the work; no key is longer
  if (word.size() > kWordBytesMax) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace bellrock::config
