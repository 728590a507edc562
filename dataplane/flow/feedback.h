// What visitors answer when they are asked how it went, as beacons of type `feedback` say it, and how item, detail and
// values of a cell of CellKind::kFeedback say which question was answered, how the attempt ended, what the answer was
// and how long the latency took that the journey asks about. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/base/ids.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/outcome.h"

namespace bellrock {

enum class Question : std::uint8_t {
  kCes,   // customer effort score
  kCsat,  // customer satisfaction
  kNps,   // net promoter score
  kCount
};
inline constexpr std::array<std::string_view, 3> kQuestionNames{"ces", "csat", "nps"};
inline constexpr std::size_t kQuestions = kQuestionNames.size();

// Answers are whole numbers, both ends included.
struct AnswerRange {
  std::uint8_t first = 0, last = 0;
};
inline constexpr std::array<AnswerRange, kQuestions> kAnswerRanges{{{1, 7}, {1, 5}, {0, 10}}};
inline constexpr std::array<std::string_view, 11> kAnswerNames{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"};
inline constexpr std::size_t kAnswerSlots = kAnswerNames.size();

constexpr AnswerRange range_of(Question question) { return kAnswerRanges[static_cast<std::size_t>(question)]; }
constexpr bool can_answer(Question question, std::size_t answer) {
  return answer >= range_of(question).first && answer <= range_of(question).last;
}
constexpr std::uint8_t question_bit(Question question) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(question));
}
inline constexpr std::uint8_t kQuestionMask = (1u << kQuestions) - 1;
// How many answers a journey that asks these can get.
constexpr std::size_t answers_of(std::uint8_t questions) {
  std::size_t answers = 0;
  for (std::size_t i = 0; i < kQuestions; ++i) {
    if ((questions >> i & 1) != 0) answers += std::size_t{1} + kAnswerRanges[i].last - kAnswerRanges[i].first;
  }
  return answers;
}

// A cell's item; its detail is the answer.
constexpr std::uint8_t feedback_item(std::size_t question, std::size_t outcome) {
  return static_cast<std::uint8_t>(question << 4 | outcome);
}
constexpr std::size_t question_of(std::uint8_t item) { return item >> 4; }
constexpr std::size_t outcome_of_feedback(std::uint8_t item) { return item & 15; }
static_assert(kOutcomeNames.size() <= 16);

// The first value of a dimensioned cell: how long the latency took. Each band is some of the bands of effect_cell.h.
inline constexpr std::array<std::string_view, 8> kAnswerBandNames{"unmeasured", "0ms",    "200ms",  "400ms",
                                                                  "800ms",      "1600ms", "3200ms", "6400ms"};
inline constexpr std::size_t kAnswerBands = kAnswerBandNames.size();
inline constexpr std::array<std::uint16_t, kAnswerBands> kAnswerBandFromMs{0, 0, 200, 400, 800, 1'600, 3'200, 6'400};
constexpr std::uint8_t answer_band_of(Duration latency) {
  std::size_t band = kAnswerBands - 1;
  while (band > 1 && latency < kAnswerBandFromMs[band] * kMillisecond) --band;
  return static_cast<std::uint8_t>(band);
}

// Of one beacon.
struct Answer {
  Question question = Question::kCount;  // kCount: it brings none
  std::uint8_t answer = 0;
  IdentityId identity{};      // whose attempts are looked through
  std::uint16_t journey = 0;  // 1 + the only journey that it may be about; 0: any that asks the question
};

}  // namespace bellrock
