// What the API says of answers: sums of frames, figures from 30 answers on, and how many answered at all.
#include <gtest/gtest.h>

#include "control/flow/feedback_name.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

class Answered {
 public:
  void add(const std::string& outcome, Question question, std::size_t answer, std::uint64_t n, const char* band) {
    control::SeriesKey key;
    key.journey = "checkout";
    key.version = version;
    key.kind = CellKind::kFeedback;
    key.item = outcome;
    key.detail = control::feedback_detail(question, answer);
    put(key, n);
    key.scope = band == nullptr ? CellScope::kOverflow : CellScope::kDimensioned;
    if (band != nullptr) key.dimensions = {{control::kAnswerDimension, band}};
    put(key, n);
  }
  void attempts(const std::string& outcome, std::uint64_t n) {
    put({"checkout", shop().journeys[0].version, CellKind::kOutcome, outcome, "", CellScope::kTotal, {}}, n);
  }
  void put(const control::SeriesKey& key, std::uint64_t n) {
    frame_.windows[store::kStart][key].n += n;
    frame_.recorded += n;
  }
  void send(const Centre& centre) {
    frame_.node = "edge";
    frame_.boot[0] = 1;
    frame_.seq = frame_.oldest_seq_held = 1;
    frame_.sent_unix_ms = kNow * 1'000;
    EXPECT_EQ(centre.send(frame_).status, 200u);
  }
  std::uint64_t version = shop().journeys[0].feedback.version;

 private:
  control::DeltaFrame frame_;
};

Json feedback_of(const Centre& centre) {
  const Json answer = centre.json("/api/v1/feedback?range=24h&journey=checkout");
  EXPECT_EQ(answer["min_answers"], 30);
  EXPECT_EQ(answer["feedback"].size(), 1u);
  return answer["feedback"].at(0);
}

TEST(Feedback, IsCountedByOutcomeQuestionAndBandWithItsFiguresAndItsRate) {
  const Centre centre;
  Answered answered;
  answered.add("success", Question::kNps, 10, 25, "0ms");
  answered.add("success", Question::kNps, 8, 5, "0ms");
  answered.add("success", Question::kNps, 2, 10, "1600ms");
  answered.attempts("success", 400);
  answered.send(centre);
  const Json feedback = feedback_of(centre);
  EXPECT_EQ(feedback["journey"], "checkout");
  EXPECT_EQ(feedback["step"], "paid");
  ASSERT_EQ(feedback["outcomes"].size(), 1u);
  const Json& outcome = feedback["outcomes"][0];
  EXPECT_EQ(outcome["outcome"], "success");
  EXPECT_EQ(outcome["attempts"], 400);
  ASSERT_EQ(outcome["questions"].size(), 2u) << "csat is not asked";
  const Json& nps = outcome["questions"][1];
  EXPECT_EQ(nps["question"], "nps");
  EXPECT_EQ(nps["answers"], 40);
  EXPECT_EQ(nps["counts"]["10"], 25);
  EXPECT_EQ(nps["counts"]["0"], 0);
  EXPECT_TRUE(nps["reason"].is_null());
  EXPECT_DOUBLE_EQ(nps["response_rate"].get<double>(), 0.1);
  EXPECT_DOUBLE_EQ(nps["score"].get<double>(), (25 - 10) / 40.0);
  EXPECT_DOUBLE_EQ(nps["mean"].get<double>(), (250 + 40 + 20) / 40.0);
  ASSERT_EQ(nps["by_latency"].size(), 2u);
  EXPECT_EQ(nps["by_latency"][0]["latency"], "0ms");
  EXPECT_EQ(nps["by_latency"][0]["answers"], 30);
  EXPECT_DOUBLE_EQ(nps["by_latency"][0]["score"].get<double>(), 25 / 30.0);
  EXPECT_EQ(nps["by_latency"][1]["answers"], 10);
  EXPECT_TRUE(nps["by_latency"][1]["score"].is_null()) << "ten answers are no figure";
  EXPECT_EQ(outcome["questions"][0]["answers"], 0);
}

TEST(Feedback, OfFewerThanThirtyAnswersIsNoFigureAndSaysSo) {
  for (const std::uint64_t n : {29u, 30u}) {
    const Centre centre;
    Answered answered;
    answered.add("abandoned", Question::kCes, 2, n, "unmeasured");
    answered.attempts("abandoned", 100);
    answered.send(centre);
    const Json ces = feedback_of(centre)["outcomes"][0]["questions"][0];
    EXPECT_EQ(ces["answers"], n);
    for (const char* figure : {"counts", "mean", "score", "response_rate"}) {
      EXPECT_EQ(ces[figure].is_null(), n < 30) << figure;
    }
    EXPECT_EQ(ces["reason"].is_null(), n >= 30);
    if (n == 30) continue;
    EXPECT_EQ(ces["reason"], "fewer than 30 answers");
  }
}

TEST(Feedback, OfOtherRulesAndWithoutRoomIsInNoFigure) {
  const Centre centre;
  Answered answered;
  answered.add("success", Question::kCes, 7, 31, nullptr);
  answered.version += 1;
  answered.add("success", Question::kCes, 1, 50, "0ms");
  answered.send(centre);
  const Json feedback = feedback_of(centre);
  EXPECT_EQ(feedback["other_versions"], 50);
  EXPECT_EQ(feedback["unplaced"], 31);
  const Json& ces = feedback["outcomes"][0]["questions"][0];
  EXPECT_EQ(ces["answers"], 31);
  EXPECT_EQ(ces["mean"], 7);
  EXPECT_TRUE(ces["response_rate"].is_null()) << "nobody knows of how many attempts";
  EXPECT_TRUE(ces["by_latency"].empty());
}

TEST(Feedback, OfNamesThatAreNoneIsLeftOut) {
  EXPECT_FALSE(control::read_feedback_detail("ces/0"));
  EXPECT_FALSE(control::read_feedback_detail("csat/6"));
  EXPECT_FALSE(control::read_feedback_detail("nps/11"));
  EXPECT_FALSE(control::read_feedback_detail("stars/1"));
  EXPECT_FALSE(control::read_feedback_detail("nps"));
  EXPECT_FALSE(control::read_feedback_detail("/"));
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const auto question = static_cast<Question>(i);
    for (std::size_t answer = range_of(question).first; answer <= range_of(question).last; ++answer) {
      const auto name = control::read_feedback_detail(control::feedback_detail(question, answer));
      ASSERT_TRUE(name);
      EXPECT_EQ(name->question, question);
      EXPECT_EQ(name->answer, answer);
    }
  }
}

TEST(Feedback, AsksForAJourneyThatThereIs) {
  const Centre centre;
  EXPECT_EQ(centre.get("/api/v1/feedback?journey=returns").status, 404u);
  EXPECT_EQ(centre.get("/api/v1/feedback?page=/").status, 400u);
  EXPECT_EQ(centre.json("/api/v1/feedback")["feedback"].size(), 1u);
}

}  // namespace
}  // namespace bellrock::plane
