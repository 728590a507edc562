// How a cell of CellKind::kFeedback is called in frames and in the store: its item is the outcome, its detail "ces/5",
// and its dimension says how long the latency took. Pure, any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/flow/feedback.h"

namespace bellrock::control {

inline constexpr const char* kAnswerDimension = "latency";

struct FeedbackName {
  Question question = Question::kCes;
  std::uint8_t answer = 0;
};

inline std::string feedback_detail(Question question, std::size_t answer) {
  return std::string(kQuestionNames[static_cast<std::size_t>(question)]) + '/' + std::string(kAnswerNames[answer]);
}

// Nothing for what is no such name: frames come from outside.
inline std::optional<FeedbackName> read_feedback_detail(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto question = std::find(kQuestionNames.begin(), kQuestionNames.end(), text.substr(0, slash));
  const auto answer = std::find(kAnswerNames.begin(), kAnswerNames.end(), text.substr(slash + 1));
  if (question == kQuestionNames.end() || answer == kAnswerNames.end()) return std::nullopt;
  const auto asked = static_cast<Question>(question - kQuestionNames.begin());
  const auto given = static_cast<std::size_t>(answer - kAnswerNames.begin());
  if (!can_answer(asked, given)) return std::nullopt;
  return FeedbackName{asked, static_cast<std::uint8_t>(given)};
}

}  // namespace bellrock::control
