// Answers of visitors: what is an answer, which attempt it is joined to, and that none is lost or counted twice.
#include <limits>
#include <random>

#include "tests/unit/dataplane/journey/matcher_case.h"
#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

constexpr std::uint8_t kAllQuestions = kQuestionMask;

// --- At the tracker.

class FeedbackTest : public TrackerTest {
 protected:
  FeedbackTest() { checkout_journey().feedback = {kAllQuestions, true, ObjectiveId{checkout::kPayLatency}, 1}; }
  static Event answering(double second, Question question, std::uint8_t answer, std::uint64_t visitor = 1) {
    Event event = make_event(visitor, at_second(second), Channel::kBeacon);
    event.extras.say().answer = {.question = question, .answer = answer};
    return event;
  }
  void says(double second, Question question, std::uint8_t answer, std::uint64_t visitor = 1) {
    play(answering(second, question, answer, visitor));
  }
  void bought(double second) {
    open(second);
    pay(second + 5);
    pay_ok(second + 5.3, second + 5);
    confirmed(second + 6);
  }
  static CellKey key(Question question, Outcome outcome, std::uint8_t answer) {
    return {.journey = checkout::kId,
            .kind = CellKind::kFeedback,
            .item = feedback_item(static_cast<std::size_t>(question), static_cast<std::size_t>(outcome)),
            .detail = answer};
  }
  std::uint64_t total(Question question, Outcome outcome, std::uint8_t answer) {
    return owner().cells.cell(key(question, outcome, answer)).count;
  }
  std::uint64_t in_band(Question question, Outcome outcome, std::uint8_t answer, std::uint8_t band) {
    CellKey of = key(question, outcome, answer);
    of.scope = CellScope::kDimensioned;
    of.values[0] = band;
    return owner().cells.cell(of).count;
  }
  std::uint64_t all(CellScope scope) {
    std::uint64_t sum = 0;
    for (const auto& [at, cell] : owner().cells.windows()) {
      if (at.second.kind == CellKind::kFeedback && at.second.scope == scope) sum += cell.count;
    }
    return sum;
  }
  std::uint64_t counted(EventCount what) { return owner().counted(what); }
};

TEST(AnswerBands, BeginAtTheirBoundAndAreSomeOfTheBandsOfEffects) {
  for (std::size_t band = 1; band < kAnswerBands; ++band) {
    EXPECT_EQ(kAnswerBandNames[band], std::to_string(kAnswerBandFromMs[band]) + "ms");
    EXPECT_NE(std::find(kBandFromMs.begin(), kBandFromMs.end(), kAnswerBandFromMs[band]), kBandFromMs.end());
    const Duration from = kAnswerBandFromMs[band] * kMillisecond;
    EXPECT_EQ(answer_band_of(from), band);
    if (band == 1) continue;
    EXPECT_EQ(answer_band_of(from - 1), band - 1);
  }
  EXPECT_EQ(answer_band_of(4 * kHour), kAnswerBands - 1);
}

TEST(AnswersOfAnAttempt, AreKeptBesideItsValueWhateverTheyAre) {
  Attempt attempt;
  attempt.worth = attempt.worth_with(1 + kAmountMax);
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const auto question = static_cast<Question>(i);
    for (std::uint8_t answer = range_of(question).first; answer <= range_of(question).last; ++answer) {
      Attempt answered = attempt;
      EXPECT_FALSE(answered.answered(question));
      answered.worth = answered.worth_with(question, answer);
      EXPECT_EQ(answered.answer(question), answer);
      EXPECT_EQ(answered.amount(), 1 + kAmountMax);
      EXPECT_EQ(answered.worth_with(5) & Attempt::kAmountMask, 5u);
      for (std::size_t other = 0; other < kQuestions; ++other) {
        EXPECT_EQ(answered.answered(static_cast<Question>(other)), other == i);
      }
    }
  }
}

TEST_F(FeedbackTest, AnAnswerAfterTheEndIsCountedByHowItEndedAndByItsLatency) {
  bought(0);
  says(8, Question::kCes, 7);
  EXPECT_EQ(total(Question::kCes, Outcome::kSuccess, 7), 1u);
  EXPECT_EQ(in_band(Question::kCes, Outcome::kSuccess, 7, answer_band_of(300 * kMillisecond)), 1u);
  EXPECT_EQ(all(CellScope::kTotal), 1u);
  EXPECT_EQ(all(CellScope::kDimensioned), 1u);
  EXPECT_EQ(counted(EventCount::kFeedbackJoined), 1u);
}

TEST_F(FeedbackTest, AnAnswerDuringTheAttemptWaitsForItsEnd) {
  open(0);
  says(3, Question::kNps, 0);
  EXPECT_EQ(all(CellScope::kTotal), 0u);
  EXPECT_EQ(counted(EventCount::kFeedbackJoined), 1u);
  pay(5);
  declined(6);
  EXPECT_EQ(total(Question::kNps, Outcome::kFailedUser, 0), 1u);
  EXPECT_EQ(in_band(Question::kNps, Outcome::kFailedUser, 0, 0), 1u) << "the latency was not measured";
}

TEST_F(FeedbackTest, IsJoinedToTheLatestAttempt) {
  open(0);
  left(3);
  bought(10);
  says(20, Question::kCsat, 5);
  EXPECT_EQ(total(Question::kCsat, Outcome::kSuccess, 5), 1u);
  EXPECT_EQ(total(Question::kCsat, Outcome::kCancelled, 5), 0u);
}

TEST_F(FeedbackTest, IsJoinedWhileTheRecordOfTheEndedAttemptIsKeptAndUnjoinedThen) {
  bought(0);
  says(6 + 1'800, Question::kCes, 1);
  EXPECT_EQ(total(Question::kCes, Outcome::kSuccess, 1), 1u);
  idle(20'000);
  says(20'001, Question::kNps, 9);
  EXPECT_EQ(counted(EventCount::kFeedbackUnjoined), 1u);
  says(20'002, Question::kNps, 9, 99);
  EXPECT_EQ(counted(EventCount::kFeedbackUnjoined), 2u) << "a visitor of whom nothing is known";
  EXPECT_EQ(all(CellScope::kTotal), 1u);
}

TEST_F(FeedbackTest, AnAttemptAnswersEachQuestionOnce) {
  bought(0);
  says(8, Question::kCes, 7);
  says(9, Question::kCes, 1);
  says(10, Question::kNps, 10);
  EXPECT_EQ(total(Question::kCes, Outcome::kSuccess, 7), 1u);
  EXPECT_EQ(total(Question::kCes, Outcome::kSuccess, 1), 0u);
  EXPECT_EQ(total(Question::kNps, Outcome::kSuccess, 10), 1u);
  EXPECT_EQ(counted(EventCount::kFeedbackRepeated), 1u);
}

TEST_F(FeedbackTest, OfABeaconThatHadBeenHereIsRepeated) {
  open(0);
  Event event = answering(3, Question::kCes, 4);
  add_number(event, 1, 7);
  play(event);
  play(event);
  EXPECT_EQ(counted(EventCount::kFeedbackJoined), 1u);
  EXPECT_EQ(counted(EventCount::kFeedbackRepeated), 1u);
  EXPECT_EQ(counted(EventCount::kDuplicateBeacon), 1u);
}

TEST_F(FeedbackTest, OfABotWithoutAnAttemptIsFiltered) {
  Event event = answering(3, Question::kCes, 4);
  event.filter = Filter::kBot;
  play(event);
  EXPECT_EQ(counted(EventCount::kFeedbackFiltered), 1u);
  EXPECT_EQ(counted(EventCount::kFeedbackUnjoined), 0u);
}

TEST_F(FeedbackTest, OfAJourneyThatIsNamedIsNoOthers) {
  definition_.journeys[1].feedback = {question_bit(Question::kCes), false, {}, 2};
  bought(0);
  Event query = make_event(1, at_second(10), Channel::kHttpRequest);
  add_match(query, search::kId, search::kQuery);
  play(query);
  Event event = answering(11, Question::kCes, 6);
  event.extras.say().answer.journey = 1 + checkout::kId.value;
  play(event);
  EXPECT_EQ(total(Question::kCes, Outcome::kSuccess, 6), 1u);
  says(12, Question::kCes, 2);  // the latest attempt that asks
  says(12, Question::kNps, 2);  // a search does not ask this
  EXPECT_EQ(total(Question::kNps, Outcome::kSuccess, 2), 1u);
  idle(4'000);
  EXPECT_EQ(owner()
                .cells
                .cell({.journey = search::kId,
                       .kind = CellKind::kFeedback,
                       .item = feedback_item(0, static_cast<std::size_t>(Outcome::kAbandoned)),
                       .detail = 2})
                .count,
            1u);
}

TEST_F(FeedbackTest, SurvivesARestartBetweenTheAnswerAndTheEnd) {
  open(0);
  says(3, Question::kCsat, 2);
  owner().restart();
  left(5);
  EXPECT_EQ(total(Question::kCsat, Outcome::kCancelled, 2), 1u);
}

// Whatever comes in whatever order: answers = joined + unjoined + repeated + filtered, what is joined is in one total
// and in one band once its attempt has ended, and no attempt answers a question twice.
TEST_F(FeedbackTest, LosesNoAnswerAndCountsNoneTwice) {
  std::mt19937_64 random(7);
  const auto below = [&random](std::uint64_t n) { return random() % n; };
  std::uint64_t sent = 0;
  double second = 0;
  for (int i = 0; i < 20'000; ++i) {
    second += static_cast<double>(below(100)) / 4;
    const std::uint64_t visitor = 1 + below(80);  // more than there are records for
    const auto any = static_cast<std::uint8_t>(below(8));
    Event event = make_event(visitor, at_second(second),
                             any == 3 || any == 6 ? Channel::kHttpResponse
                             : below(2) == 0      ? Channel::kBeacon
                                                  : Channel::kHttpRequest);
    if (below(3) == 0) {
      event.channel = Channel::kBeacon;
      const auto question = static_cast<Question>(below(3));
      const AnswerRange range = range_of(question);
      const auto answer = static_cast<std::uint8_t>(range.first + below(1u + range.last - range.first));
      event.extras.say().answer = {.question = question, .answer = answer};
      if (below(10) == 0) event.filter = Filter::kBot;
      if (below(4) == 0) add_number(event, 1, static_cast<std::uint32_t>(below(40)));
      ++sent;
    }
    if (below(4) != 0) add_match(event, checkout::kId, any);
    play(event);
  }
  idle(second + 100'000);
  const std::uint64_t joined = counted(EventCount::kFeedbackJoined);
  EXPECT_EQ(sent, joined + counted(EventCount::kFeedbackUnjoined) + counted(EventCount::kFeedbackRepeated) +
                      counted(EventCount::kFeedbackFiltered));
  EXPECT_EQ(all(CellScope::kTotal), joined);
  EXPECT_EQ(all(CellScope::kDimensioned), joined);
  EXPECT_GT(joined, 100u);
  for (std::size_t outcome = 0; outcome < kOutcomeNames.size(); ++outcome) {
    const std::uint64_t attempts = cell(CellKind::kOutcome, static_cast<std::uint8_t>(outcome)).count;
    for (std::size_t i = 0; i < kQuestions; ++i) {
      std::uint64_t answers = 0;
      for (std::uint8_t answer = 0; answer < kAnswerSlots; ++answer) {
        answers += total(static_cast<Question>(i), static_cast<Outcome>(outcome), answer);
      }
      EXPECT_LE(answers, attempts) << kOutcomeNames[outcome];
    }
  }
}

// --- At the matcher.

class Answers : public MatcherTest {
 protected:
  Answers() { shop_.d.journeys[0].feedback.questions = kAllQuestions; }
  static Beacon answer(std::string_view kind, double score, std::string_view sid = "v1") {
    Beacon b = named({}, sid);
    b.type = BeaconType::kFeedback;
    b.kind = kind;
    b.score = score;
    return b;
  }
  std::vector<Event> sent(const Beacon& b) { return beacon(b, TextRequest(Method::kPost, "POST", "/rum", "")); }
  bool taken(const Beacon& b) {
    const auto events = sent(b);
    return !events.empty() && events[0].extras.answer() != nullptr;
  }
};

TEST_F(Answers, AreWholeNumbersOfTheirQuestionsRangeEndsIncluded) {
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const AnswerRange range = kAnswerRanges[i];
    for (int score = -2; score <= 13; ++score) {
      const bool good = score >= range.first && score <= range.last;
      const auto events = sent(answer(kQuestionNames[i], score));
      ASSERT_EQ(events.size(), 1u);
      const Answer* said = events[0].extras.answer();
      ASSERT_EQ(said != nullptr, good) << kQuestionNames[i] << ' ' << score;
      if (!good) continue;
      EXPECT_EQ(static_cast<std::size_t>(said->question), i);
      EXPECT_EQ(said->answer, score);
      EXPECT_EQ(said->journey, 0u);
    }
  }
}

TEST_F(Answers, ThatAreNoneAreCountedUnderTheirReason) {
  EXPECT_FALSE(taken(answer("ces", 0)));
  EXPECT_FALSE(taken(answer("csat", 6)));
  EXPECT_FALSE(taken(answer("nps", 10.5)));
  EXPECT_FALSE(taken(answer("nps", std::numeric_limits<double>::infinity())));
  EXPECT_FALSE(taken(answer("nps", Beacon::kAbsent)));
  EXPECT_EQ(counted(EventCount::kFeedbackBadScore), 5u);
  EXPECT_FALSE(taken(answer("stars", 3)));
  EXPECT_FALSE(taken(answer({}, 3)));
  EXPECT_EQ(counted(EventCount::kFeedbackBadQuestion), 2u);
  EXPECT_FALSE(taken(answer("ces", 3, "")));  // nobody's
  EXPECT_EQ(counted(EventCount::kFeedbackUnjoined), 1u);
  EXPECT_TRUE(taken(answer("ces", 3)));
  EXPECT_EQ(counted(EventCount::kFeedback), 9u) << "8 that are none, and 1";
}

TEST_F(Answers, ThatNameAJourneyAreOfThatOneOrOfNobody) {
  shop_.d.journeys[1].feedback.questions = question_bit(Question::kCes);
  Beacon b = answer("ces", 3);
  b.name = "search";
  EXPECT_EQ(sent(b).at(0).extras.answer()->journey, 1u + search::kId.value);
  b.name = "returns";
  EXPECT_FALSE(taken(b));
  b.name = "search";
  b.kind = "nps";
  EXPECT_FALSE(taken(b)) << "that one asks something else";
  EXPECT_EQ(counted(EventCount::kFeedbackUnjoined), 2u);
}

TEST_F(Answers, OfAVisitorWithSeveralIdentitiesAreOfTheOneThatIsAsked) {
  shop_.d.identities.push_back({"other", {{SourceKind::kBeaconField, 0, "sid", ""}}});
  shop_.d.journeys[0].feedback.questions = 0;
  shop_.d.journeys[1].feedback.questions = kAllQuestions;
  shop_.d.journeys[1].identity = IdentityId{1};
  const auto events = sent(answer("nps", 10));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].extras.answer()->identity, IdentityId{1});
  EXPECT_EQ(answer_of(events[0]), nullptr);
  EXPECT_NE(answer_of(events[1]), nullptr);
}

TEST_F(Answers, WhereNobodyAsksAreNotLookedAt) {
  shop_.d.journeys[0].feedback.questions = 0;
  EXPECT_FALSE(taken(answer("ces", 3)));
  EXPECT_EQ(counted(EventCount::kFeedback), 0u);
}

}  // namespace
}  // namespace bellrock::journey
