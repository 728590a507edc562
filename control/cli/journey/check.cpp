#include "control/cli/journey/check.h"

#include <algorithm>

#include "control/config/test_expectation.h"

namespace bellrock::cli {
namespace {

using config::DefinitionTest;
using config::ExpectedOutcome;
using config::seconds_text;
using journey::outcome_bit;

struct Attempt {
  std::size_t begun_in = 0, ended_in = 0;  // happenings
  Duration start = 0;
  std::optional<PlayedOutcome> outcome;
};

// In the order in which they began.
std::vector<Attempt> attempts_of(const Played& played) {
  std::vector<Attempt> attempts;
  for (std::size_t i = 0; i < played.happenings.size(); ++i) {
    for (const Duration start : played.happenings[i].begun) attempts.push_back({i, i, start, {}});
    for (const PlayedOutcome& ended : played.happenings[i].ended) {
      const auto own = std::find_if(attempts.begin(), attempts.end(), [&ended](const Attempt& attempt) {
        return !attempt.outcome && attempt.start == ended.start;
      });
      if (own == attempts.end()) continue;
      own->outcome = ended;
      own->ended_in = i;
    }
  }
  return attempts;
}

std::string text_of_expected(const ExpectedOutcome& expected) {
  std::string text = expected.word;
  if (expected.after) text += " after " + seconds_text(*expected.after) + " s";
  if (expected.waited) text += " (waited " + seconds_text(*expected.waited) + " s)";
  return text;
}

bool meets(const PlayedOutcome& outcome, const ExpectedOutcome& expected) {
  return (expected.mask & outcome_bit(outcome.outcome)) != 0 && (!expected.after || *expected.after == outcome.after) &&
         (!expected.waited || *expected.waited == outcome.waited);
}

// Keeps the earliest.
class Finder {
 public:
  explicit Finder(const Played& played) : end_(played.happenings.size()) {}
  void found(std::size_t happening, std::string expected, std::string happened) {
    if (first_ && first_->happening <= happening) return;
    first_ = Divergence{happening, std::move(expected), std::move(happened)};
  }
  void at_end(std::string expected, std::string happened) { found(end_, std::move(expected), std::move(happened)); }
  std::optional<Divergence> take() { return std::move(first_); }

 private:
  std::size_t end_;
  std::optional<Divergence> first_;
};

void check_outcomes(const std::vector<ExpectedOutcome>& expected, const Played& played, Finder& finder) {
  const std::vector<Attempt> attempts = attempts_of(played);
  for (std::size_t k = 0; k < attempts.size(); ++k) {
    const Attempt& attempt = attempts[k];
    const std::string which = "attempt " + std::to_string(k + 1) + ": ";
    if (k >= expected.size()) {
      finder.found(attempt.begun_in, expected.empty() ? "no attempt" : std::to_string(expected.size()) + " attempts",
                   "attempt " + std::to_string(k + 1) + " begins");
    } else if (!attempt.outcome) {
      finder.at_end(which + text_of_expected(expected[k]), which + "it has not ended");
    } else if (!meets(*attempt.outcome, expected[k])) {
      finder.found(attempt.ended_in, which + text_of_expected(expected[k]), which + text_of(*attempt.outcome));
    }
  }
  if (attempts.size() < expected.size()) {
    finder.at_end("attempt " + std::to_string(attempts.size() + 1) + ": " + text_of_expected(expected[attempts.size()]),
                  attempts.empty() ? "no attempt begins" : "no further attempt begins");
  }
}

// `of` tells what a happening adds.
template <typename Of>
void check_sum(std::string_view name, std::uint64_t expected, const Played& played, Finder& finder, Of&& of) {
  const auto text = [name](std::uint64_t count) { return std::string(name) + ' ' + std::to_string(count); };
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < played.happenings.size(); ++i) {
    sum += of(played.happenings[i]);
    if (sum > expected) finder.found(i, text(expected), text(sum));
  }
  if (sum < expected) finder.at_end(text(expected), text(sum));
}

void check_counter(const config::ExpectedCount& expected, const Played& played, Finder& finder) {
  const auto of = [&expected](const Happening& happening) {
    std::uint64_t sum = 0;
    for (const auto& [what, by] : happening.counters) sum += what == expected.what ? by : 0;
    return sum;
  };
  check_sum(kEventCountNames[static_cast<std::size_t>(expected.what)], expected.count, played, finder, of);
}

void check_signs(const config::ExpectedSigns& expected, const Played& played, Finder& finder) {
  const auto of = [&expected](const Happening& happening) {
    return static_cast<std::uint64_t>(
        std::count_if(happening.signs.begin(), happening.signs.end(),
                      [&](const PlayedSign& sign) { return sign.kind == expected.what; }));
  };
  check_sum(kFrustrationNames[static_cast<std::size_t>(expected.what)], expected.count, played, finder, of);
}

void check_verdicts(const journey::Journey& journey, const config::ExpectedVerdicts& expected, const Played& played,
                    Finder& finder) {
  const std::string name = journey.objectives[expected.objective.index()].name + ": ";
  const auto& words = expected.verdicts;
  std::size_t k = 0;
  for (std::size_t i = 0; i < played.happenings.size(); ++i) {
    for (const auto& [objective, verdict] : played.happenings[i].verdicts) {
      if (objective != expected.objective) continue;
      const std::string happened = name + std::string(kVerdictNames[static_cast<std::size_t>(verdict)]);
      if (k >= words.size()) {
        finder.found(i, name + std::to_string(words.size()) + " verdicts", happened + ", one more");
      } else if ((words[k].mask >> static_cast<unsigned>(verdict) & 1) == 0) {
        finder.found(i, name + words[k].word, happened);
      }
      ++k;
    }
  }
  if (k < words.size()) finder.at_end(name + words[k].word, name + "no verdict");
}

void add(std::string& text, const std::string& more) { text += (text.empty() ? "" : "; ") + more; }

std::string text_of(const PlayedSign& sign) {
  const std::string page = sign.page.empty() ? "another page" : sign.page;
  if (sign.kind == FrustrationKind::kView) return "a view of " + page;
  return std::string(kFrustrationNames[static_cast<std::size_t>(sign.kind)]) + " at " + page;
}

}  // namespace

std::string text_of(const PlayedOutcome& outcome) {
  std::string text(kOutcomeNames[static_cast<std::size_t>(outcome.outcome)]);
  text += " after " + seconds_text(outcome.after) + " s";
  if (outcome.waited != 0) text += " (waited " + seconds_text(outcome.waited) + " s)";
  return text;
}

// Every request and beacon counts in its sender's: that is nothing that happened.
bool is_of_class(EventCount what) { return what >= EventCount::kClassUnknown && what <= EventCount::kClassSynthetic; }

std::string text_of(const journey::Journey& journey, const Happening& happening) {
  std::string text;
  for (const PlayedOutcome& ended : happening.ended) add(text, "an attempt ends: " + text_of(ended));
  for (std::size_t i = 0; i < happening.begun.size(); ++i) add(text, "an attempt begins");
  for (const StepId step : happening.steps) add(text, '`' + journey.steps[step.index()].name + "` counts");
  for (const auto& [objective, verdict] : happening.verdicts) {
    add(text, journey.objectives[objective.index()].name + ": " +
                  std::string(kVerdictNames[static_cast<std::size_t>(verdict)]));
  }
  for (const auto& [what, by] : happening.counters) {
    if (is_of_class(what)) continue;
    add(text, std::string(kEventCountNames[static_cast<std::size_t>(what)]) + ' ' + std::to_string(by));
  }
  for (const PlayedSign& sign : happening.signs) add(text, text_of(sign));
  for (const std::string& note : happening.notes) add(text, note);
  return text.empty() ? "nothing" : text;
}

std::string outcomes_text(const Played& played) {
  std::string text;
  for (const Attempt& attempt : attempts_of(played)) {
    text += (text.empty() ? "" : ", ") + (attempt.outcome ? text_of(*attempt.outcome) : std::string("not ended"));
  }
  return text.empty() ? "no attempt" : text;
}

std::optional<Divergence> first_divergence(const journey::Journey& journey, const DefinitionTest& test,
                                           const Played& played) {
  if (played.stuck) {
    return Divergence{played.happenings.size() - 1, "an event that can be played", *played.stuck};
  }
  Finder finder(played);
  if (test.outcomes) check_outcomes(*test.outcomes, played, finder);
  for (const auto& expected : test.counters) check_counter(expected, played, finder);
  for (const auto& expected : test.objectives) check_verdicts(journey, expected, played, finder);
  for (const auto& expected : test.frustration) check_signs(expected, played, finder);
  return finder.take();
}

}  // namespace bellrock::cli
