#include "control/config/outcomes.h"

#include <algorithm>
#include <iterator>

namespace bellrock::config {
namespace {

using journey::outcome_bit;
using journey::Step;
using journey::StepKind;

struct OutcomeWord {
  std::string_view word;
  std::uint16_t mask;
  bool general;
};
constexpr OutcomeWord kWords[] = {
    {"failed",
     outcome_bit(Outcome::kFailedUser) | outcome_bit(Outcome::kFailedBusiness) | outcome_bit(Outcome::kFailedSystem),
     true},
    {"failed.user", outcome_bit(Outcome::kFailedUser), false},
    {"failed.business", outcome_bit(Outcome::kFailedBusiness), false},
    {"failed.system", outcome_bit(Outcome::kFailedSystem), false},
    {"silent_failure", outcome_bit(Outcome::kSilentFailure), false},
    {"abandoned", outcome_bit(Outcome::kAbandoned) | outcome_bit(Outcome::kAbandonedWaiting), true},
    {"abandoned.waiting", outcome_bit(Outcome::kAbandonedWaiting), false},
    {"cancelled", outcome_bit(Outcome::kCancelled), false},
    {"superseded", outcome_bit(Outcome::kSuperseded), false},
};

struct Lists {
  std::uint16_t general = 0, particular = 0;
};

void read_outcome(const Value& value, Lists& lists) {
  if (value.is_word("success") || value.is_word("unknown")) {
    value.error(Code::kOutcome, "`" + value.node->text + "` is what it is, and no choice", "remove it from the list");
    return;
  }
  std::vector<std::string_view> words;
  for (const OutcomeWord& known : kWords) words.push_back(known.word);
  const auto index = read_word(value, words, {});
  if (!index) return;
  std::uint16_t& mask = kWords[*index].general ? lists.general : lists.particular;
  mask = static_cast<std::uint16_t>(mask | kWords[*index].mask);
}

// {abandoned.waiting: {waited_over: 3s}}
void read_waiting(const Value& value, bool in_bad, Lists& lists, journey::Objective& objective) {
  Fields outer(value);
  const auto waiting = outer.need("abandoned.waiting", "write {abandoned.waiting: {waited_over: 3s}}");
  outer.finish();
  if (!waiting) return;
  if (!in_bad) {
    value.error(Code::kOutcome, "a waiting time divides bad from excluded, so it belongs into `bad`",
                "move it to `bad`, or write abandoned.waiting without a time");
    return;
  }
  Fields inner(*waiting);
  inner.need_into("waited_over", objective.waited_over, read_duration);
  inner.finish();
  lists.particular = static_cast<std::uint16_t>(lists.particular | outcome_bit(Outcome::kAbandonedWaiting));
}

std::string names_of(std::uint16_t mask) {
  std::string names;
  for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) {
    if ((std::size_t{mask} >> i & 1u) == 0) continue;
    names += (names.empty() ? "`" : ", `") + std::string(kOutcomeNames[i]) + '`';
  }
  return names;
}

std::uint16_t failure_bits(const journey::Journey& journey) {
  std::uint16_t mask = 0;
  for (const Step& step : journey.steps) {
    if (step.kind == StepKind::kCancel) mask = static_cast<std::uint16_t>(mask | outcome_bit(Outcome::kCancelled));
    if (step.kind != StepKind::kFailure) continue;
    constexpr Outcome kByClass[] = {Outcome::kFailedUser, Outcome::kFailedBusiness, Outcome::kFailedSystem};
    mask = static_cast<std::uint16_t>(mask | outcome_bit(kByClass[static_cast<std::size_t>(step.failure_class)]));
  }
  return mask;
}

// What an attempt that reached `count_from` can end as. Only an attempt that has not committed is abandoned or
// superseded; only one that waits for the answer to an HTTP request can be abandoned waiting.
std::uint16_t possible_outcomes(const journey::Objective& objective, const JourneyScope& scope) {
  const auto& journey = scope.journey;
  const StepKind committing = journey.has_commit ? StepKind::kCommit : StepKind::kAck;
  std::uint16_t mask = failure_bits(journey);
  if (journey.steps[objective.count_from.index()].kind != committing) {
    mask = static_cast<std::uint16_t>(mask | outcome_bit(Outcome::kAbandoned) | outcome_bit(Outcome::kSuperseded));
  }
  if (journey.silent.watched) mask = static_cast<std::uint16_t>(mask | outcome_bit(Outcome::kSilentFailure));
  const StepKind waiting = journey.has_commit ? StepKind::kCommit : StepKind::kStart;
  for (std::size_t i = 0; i < journey.steps.size(); ++i) {
    if (journey.steps[i].kind != waiting || (scope.notes[i].channels & kRequestChannel) == 0) continue;
    mask = static_cast<std::uint16_t>(mask | outcome_bit(Outcome::kAbandonedWaiting));
  }
  return mask;
}

}  // namespace

void read_outcome_lists(Fields& fields, journey::Objective& objective) {
  Lists bad, exclude;
  const auto bad_value = fields.find("bad");
  const auto exclude_value = fields.find("exclude");
  const auto read = [&objective](const std::optional<Value>& list, bool in_bad, Lists& lists) {
    if (!list) return;
    for (const Value& value : read_list(*list, 2 * std::size(kWords)).value_or(std::vector<Value>{})) {
      if (value.is_map()) {
        read_waiting(value, in_bad, lists, objective);
      } else {
        read_outcome(value, lists);
      }
    }
  };
  read(bad_value, true, bad);
  read(exclude_value, false, exclude);
  const auto named = static_cast<std::uint16_t>(bad.particular | exclude.particular);
  const auto both =
      static_cast<std::uint16_t>((bad.particular & exclude.particular) | (bad.general & exclude.general & ~named));
  if (both != 0) {
    exclude_value->error(Code::kOutcomeTwice, names_of(both) + " in `bad` and in `exclude`");
  }
  objective.bad = static_cast<std::uint16_t>(bad.particular | (bad.general & ~exclude.particular));
  objective.exclude = static_cast<std::uint16_t>(exclude.particular | (exclude.general & ~bad.particular));
}

std::optional<std::uint16_t> read_outcomes(const Value& list) {
  const auto values = read_list(list, 2 * std::size(kWords));
  if (!values) return std::nullopt;
  std::uint16_t mask = 0;
  for (const Value& value : *values) {
    Lists one;
    read_outcome(value, one);
    const auto read = static_cast<std::uint16_t>(one.general | one.particular);
    if (read == 0) return std::nullopt;
    mask = static_cast<std::uint16_t>(mask | read);
  }
  return mask == 0 ? std::nullopt : std::optional(mask);
}

void lint_outcome_lists(const Value& objective_value, const journey::Objective& objective, const JourneyScope& scope) {
  const auto unnamed =
      static_cast<std::uint16_t>(possible_outcomes(objective, scope) & ~(objective.bad | objective.exclude));
  if (unnamed == 0) return;
  objective_value.warning(Code::kUnnamedOutcomes, names_of(unnamed) + " neither in `bad` nor in `exclude`: left out");
}

}  // namespace bellrock::config
