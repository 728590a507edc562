#include "control/config/test_expectation.h"

#include <algorithm>

#include "control/config/units.h"

namespace bellrock::config {
namespace {

constexpr std::uint64_t kCountMax = 1'000'000;

template <typename Names>
std::vector<std::string_view> words_of(const Names& names, std::initializer_list<std::string_view> general) {
  std::vector<std::string_view> words(names.begin(), names.end());
  words.insert(words.end(), general);
  return words;
}

// A general word stands for itself and for what has its name before a dot: failed, and bad.
template <typename Names>
std::uint16_t mask_of(const Names& names, std::string_view word) {
  unsigned mask = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool particular = names[i].size() > word.size() && names[i].starts_with(word) && names[i][word.size()] == '.';
    if (names[i] == word || particular) mask |= 1u << i;
  }
  return static_cast<std::uint16_t>(mask);
}

std::optional<ExpectedOutcome> read_outcome_word(const Value& value) {
  static const auto kWords = words_of(kOutcomeNames, {"failed"});
  const auto index = read_word(value, kWords, {});
  if (!index) return std::nullopt;
  const std::string word(kWords[*index]);
  return ExpectedOutcome{word, mask_of(kOutcomeNames, word), {}, {}};
}

// failed, or {outcome: failed, after: 6, waited: 2}
std::optional<ExpectedOutcome> read_outcome(const Value& value) {
  if (!value.is_map()) return read_outcome_word(value);
  Fields fields(value);
  const auto word = fields.need("outcome");
  auto outcome = word ? read_outcome_word(*word) : std::nullopt;
  ExpectedOutcome times;
  fields.into("after", times.after, read_seconds);
  fields.into("waited", times.waited, read_seconds);
  fields.finish();
  if (!outcome) return std::nullopt;
  outcome->after = times.after;
  outcome->waited = times.waited;
  return outcome;
}

// An empty list, and `none`, say that no attempt begins.
void read_outcomes(const Value& value, DefinitionTest& test) {
  test.outcomes.emplace();
  if (value.is_word("none") || (value.is_list() && value.node->items.empty())) return;
  for (const Value& one : elements(value, kTestEventsMax)) {
    if (auto outcome = read_outcome(one)) test.outcomes->push_back(std::move(*outcome));
  }
}

// Counts by name; `keep` takes each, and which of the names it is.
template <typename Names, typename Keep>
void read_counts(const Value& map, const Names& all, const char* are, Keep&& keep) {
  std::vector<std::string_view> names(all.begin(), all.end());
  for (const Entry& entry : read_entries(map, names.size()).value_or(std::vector<Entry>{})) {
    const auto found = std::find(names.begin(), names.end(), entry.key);
    if (found == names.end()) {
      const std::string_view meant = nearest(entry.key, names);
      entry.value.error(Code::kChoice, shown(entry.key) + " is not a " + are,
                        meant.empty() ? "use " + one_of(names) : "did you mean `" + std::string(meant) + "`?");
      continue;
    }
    if (const auto count = read_unsigned(entry.value, 0, kCountMax)) {
      keep(static_cast<std::size_t>(found - names.begin()), *count);
    }
  }
}

void read_counters(const Value& map, DefinitionTest& test) {
  read_counts(map, kEventCountNames, "counter of events", [&test](std::size_t what, std::uint64_t count) {
    test.counters.push_back({static_cast<EventCount>(what), count});
  });
}

void read_signs(const Value& map, DefinitionTest& test, const JourneyScope& scope) {
  if (!scope.tables.definition.frustration.on) {
    map.error(Code::kMissingKey, "no Site asks for `frustration`, so none is ever counted",
              "add `frustration` to the Site, or expect none");
  }
  read_counts(map, kFrustrationNames, "sign of frustration", [&test](std::size_t what, std::uint64_t count) {
    test.frustration.push_back({static_cast<FrustrationKind>(what), count});
  });
}

std::optional<ObjectiveId> find_objective(const Entry& entry, const JourneyScope& scope) {
  std::vector<std::string_view> names;
  for (const auto& objective : scope.journey.objectives) names.push_back(objective.name);
  const auto found = std::find(names.begin(), names.end(), entry.key);
  if (found != names.end()) return ObjectiveId(static_cast<std::size_t>(found - names.begin()));
  const std::string_view meant = nearest(entry.key, names);
  entry.value.error(Code::kNoObjective, "the journey has no objective named " + shown(entry.key),
                    !meant.empty()  ? "did you mean `" + std::string(meant) + "`?"
                    : names.empty() ? "remove it: the journey has no objectives"
                                    : "use one of its objectives: " + one_of(names));
  return std::nullopt;
}

void read_objectives_of(const Value& map, DefinitionTest& test, const JourneyScope& scope) {
  static const auto kWords = words_of(kVerdictNames, {});
  for (const Entry& entry : read_entries(map, kObjectivesMax).value_or(std::vector<Entry>{})) {
    const auto objective = find_objective(entry, scope);
    if (!objective) continue;
    ExpectedVerdicts expected{*objective, {}};
    for (const Value& value : elements(entry.value, kTestEventsMax)) {
      const auto index = read_word(value, kWords, {});
      if (!index) continue;
      const std::string word(kWords[*index]);
      expected.verdicts.push_back({word, mask_of(kVerdictNames, word)});
    }
    test.objectives.push_back(std::move(expected));
  }
}

}  // namespace

void read_expectation(const Value& value, DefinitionTest& test, const JourneyScope& scope) {
  if (!value.is_map()) return read_outcomes(value, test);
  Fields fields(value);
  if (fields.find("outcome")) return read_outcomes(value, test);
  const auto outcomes = fields.find("outcomes");
  const auto counters = fields.find("counters");
  const auto objectives = fields.find("objectives");
  const auto frustration = fields.find("frustration");
  fields.finish();
  if (outcomes) read_outcomes(*outcomes, test);
  if (counters) read_counters(*counters, test);
  if (objectives) read_objectives_of(*objectives, test, scope);
  if (frustration) read_signs(*frustration, test, scope);
  if (fields.is_map() && !outcomes && !counters && !objectives && !frustration) {
    value.error(Code::kMissingKey, "nothing is expected", "add outcomes, counters, objectives or frustration");
  }
}

std::optional<Duration> parse_seconds(std::string_view text) {
  if (const auto duration = parse_duration(text)) return duration;
  return parse_duration(std::string(text) + 's');
}

std::optional<Duration> read_seconds(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const auto time = parse_seconds(*text);
  if (!time) value.error(Code::kDuration, shown(*text) + " is not a number of seconds", "write for example 6 or 0.4");
  return time;
}

std::string seconds_text(Duration duration) {
  std::string text = std::to_string(duration / kSecond);
  std::string fraction = std::to_string(duration % kSecond + kSecond).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + '.' + fraction;
}

}  // namespace bellrock::config
