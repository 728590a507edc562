#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "control/flow/feedback_name.h"
#include "control/plane/views.h"

namespace bellrock::plane {
namespace {

// By answer.
struct Answers {
  std::array<std::uint64_t, kAnswerSlots> counts{};

  [[nodiscard]] std::uint64_t between(std::size_t first, std::size_t last) const {
    std::uint64_t sum = 0;
    for (std::size_t i = first; i <= last; ++i) sum += counts[i];
    return sum;
  }
  [[nodiscard]] std::uint64_t n() const { return between(0, kAnswerSlots - 1); }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < kAnswerSlots; ++i) sum += static_cast<double>(i) * static_cast<double>(counts[i]);
    return sum / static_cast<double>(n());
  }
};

// Of one question and one outcome, in all and by band.
struct Asked {
  Answers all;
  std::array<Answers, kAnswerBands> bands;
};

using ByQuestion = std::array<Asked, kQuestions>;

struct Counts {
  std::map<std::string, ByQuestion> by_outcome;
  std::map<std::string, std::uint64_t> attempts;  // by outcome
  std::uint64_t other_versions = 0, unplaced = 0;
};

// As they are published: promoters give 9 or 10 and detractors 6 or less; the satisfied give 4 or 5.
double score_of(Question question, const Answers& answers) {
  const auto share = [&](std::size_t first, std::size_t last) {
    return static_cast<double>(answers.between(first, last)) / static_cast<double>(answers.n());
  };
  if (question == Question::kNps) return share(9, 10) - share(0, 6);
  return question == Question::kCsat ? share(4, 5) : answers.mean();
}

Json answers_json(Question question, const Answers& answers) {
  const bool enough = answers.n() >= kAnswersMin;
  Json json{{"answers", answers.n()}, {"reason", nullptr}, {"counts", nullptr}, {"mean", nullptr}, {"score", nullptr}};
  if (!enough) {
    json["reason"] = "fewer than " + std::to_string(kAnswersMin) + " answers";
    return json;
  }
  Json counts = Json::object();
  for (std::size_t i = range_of(question).first; i <= range_of(question).last; ++i) {
    counts[std::string(kAnswerNames[i])] = answers.counts[i];
  }
  json["counts"] = std::move(counts);
  json["mean"] = answers.mean();
  json["score"] = score_of(question, answers);
  return json;
}

void add(const control::SeriesSum& sum, const CatalogFeedback& feedback, Counts& counts) {
  const control::SeriesKey& key = sum.key;
  const auto name = control::read_feedback_detail(key.detail);
  if (!name) return;
  if (key.version != feedback.version) {
    if (key.scope == CellScope::kTotal) counts.other_versions += sum.total.n;
    return;
  }
  if (key.scope == CellScope::kOverflow) {
    counts.unplaced += sum.total.n;
    return;
  }
  Asked& asked = counts.by_outcome[key.item][static_cast<std::size_t>(name->question)];
  if (key.scope == CellScope::kTotal) {
    asked.all.counts[name->answer] += sum.total.n;
  } else if (key.dimensions.size() == 1) {
    const auto band = std::find(kAnswerBandNames.begin(), kAnswerBandNames.end(), key.dimensions[0].second);
    if (band == kAnswerBandNames.end()) return;
    asked.bands[static_cast<std::size_t>(band - kAnswerBandNames.begin())].counts[name->answer] += sum.total.n;
  }
}

Result<Counts, store::StoreError> counts_of(store::StoreSnapshot& snapshot, const CatalogJourney& journey,
                                            const Span& span) {
  store::SeriesQuery query;
  query.journey = journey.name;
  query.kind = CellKind::kFeedback;
  query.from = span.from;
  query.to = span.to;
  Counts counts;
  TRY_ASSIGN(const auto answers, snapshot.sums(query));
  for (const control::SeriesSum& sum : answers) add(sum, journey.feedback, counts);
  query.kind = CellKind::kOutcome;
  TRY_ASSIGN(const auto outcomes, snapshot.sums(query));
  for (const control::SeriesSum& sum : outcomes) {
    const control::SeriesKey& key = sum.key;
    if (key.scope != CellScope::kTotal || key.version != journey.version) continue;
    counts.attempts[key.item] += sum.total.n;
    counts.by_outcome[key.item];
  }
  return counts;
}

Json question_json(Question question, const Asked& asked, std::uint64_t attempts, bool by_latency) {
  Json json = answers_json(question, asked.all);
  json["question"] = kQuestionNames[static_cast<std::size_t>(question)];
  const bool rated = asked.all.n() >= kAnswersMin && attempts != 0;
  json["response_rate"] =
      rated ? Json(static_cast<double>(asked.all.n()) / static_cast<double>(attempts)) : Json(nullptr);
  Json bands = Json::array();
  for (std::size_t band = 0; by_latency && band < kAnswerBands; ++band) {
    if (asked.bands[band].n() == 0) continue;
    bands.push_back(answers_json(question, asked.bands[band]));
    bands.back()["latency"] = kAnswerBandNames[band];
  }
  json["by_latency"] = std::move(bands);
  return json;
}

Json outcome_json(const CatalogFeedback& feedback, const std::string& outcome, const Counts& counts) {
  const ByQuestion& asked = counts.by_outcome.at(outcome);
  const auto attempts = counts.attempts.find(outcome);
  const std::uint64_t n = attempts == counts.attempts.end() ? 0 : attempts->second;
  Json questions = Json::array();
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const auto& names = feedback.questions;
    if (std::find(names.begin(), names.end(), kQuestionNames[i]) == names.end()) continue;
    questions.push_back(question_json(static_cast<Question>(i), asked[i], n, !feedback.step.empty()));
  }
  return {{"outcome", outcome}, {"attempts", n}, {"questions", std::move(questions)}};
}

Json journey_json(const CatalogJourney& journey, const Counts& counts) {
  Json outcomes = Json::array();
  for (const std::string_view name : kOutcomeNames) {
    const std::string outcome(name);
    if (counts.by_outcome.contains(outcome)) outcomes.push_back(outcome_json(journey.feedback, outcome, counts));
  }
  return {{"journey", journey.name},
          {"step", journey.feedback.step.empty() ? Json(nullptr) : Json(journey.feedback.step)},
          {"other_versions", counts.other_versions},
          {"unplaced", counts.unplaced},
          {"outcomes", std::move(outcomes)}};
}

}  // namespace

View feedback_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                   std::string_view only) {
  const Span span = sum_span_of(range, now);
  Json journeys = Json::array();
  for (const CatalogJourney& journey : catalog) {
    if (journey.feedback.questions.empty() || (!only.empty() && journey.name != only)) continue;
    TRY_ASSIGN(const Counts counts, counts_of(snapshot, journey, span));
    journeys.push_back(journey_json(journey, counts));
  }
  return Json{{"now_unix_s", now},    {"range", range.name},        {"from_unix_s", span.from},
              {"to_unix_s", span.to}, {"min_answers", kAnswersMin}, {"feedback", std::move(journeys)}};
}

}  // namespace bellrock::plane
