// Silent failures beyond what the vectors say: a page that is expected over HTTP, and beacons that are split or
// repeated.
#include "tests/unit/dataplane/journey/matcher_fixture.h"
#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

// A checkout that is over when the page of thanks has been answered.
class ExpectedPage : public testing::Test {
 protected:
  ExpectedPage() {
    shop_.d.templates.push_back({"/thanks", {"thanks"}});
    shop_.set_match(checkout::kId, checkout::kConfirmed, {ShopBuilder::response(4, 2)});
    SilentFailure& silent = shop_.d.journeys[0].silent;
    silent.by_http = true;
    silent.by_beacon = false;
    shop_.d.limits.sessions_per_core = shop_.d.limits.attempts_per_core = 64;
    begin();
  }

  // A visitor of another day, who has paid.
  void begin() {
    matcher_ = std::make_unique<Matcher>(shop_.d, SessionKeys{kSessionKey}, kOwnerKey, counters_);
    owner_ = std::make_unique<Owner>(shop_.d);
    ask(0, Method::kGet, "GET", "/checkout");
    const RequestTag pay = ask(5, Method::kPost, "POST", "/api/v1/payments");
    answer(6, pay, 200);
  }

  RequestTag ask(double second, Method method, const char* name, const char* path) {
    TextRequest text(method, name, path, "sid=v1");
    text.request.last = at_second(second);
    RequestTag tag = text.tag(*matcher_);
    matcher_->on_request(text.request, tag, [&](Event& event) { apply(event, second); });
    return tag;
  }
  RequestTag ask_thanks(double second) { return ask(second, Method::kGet, "GET", "/thanks"); }
  void answer(double second, const RequestTag& tag, unsigned status) {
    matcher_->on_response({status, at_second(second)}, tag, [&](Event& event) { apply(event, second); });
  }
  void give_up(double second, const RequestTag& tag, TransactionEnd end) {
    Transaction transaction;
    transaction.end = end;
    matcher_->on_transaction(transaction, tag, [&](Event& event) { apply(event, second); });
  }
  void apply(Event& event, double second) {
    event.time = at_second(second);
    owner_->apply(event);
  }
  std::vector<std::pair<Outcome, double>> ends(double until = 10'000) {
    owner_->tracker().expire(at_second(until));
    owner_->journal().commit();
    std::vector<std::pair<Outcome, double>> all;
    for (const OutcomeRecord& o : owner_->outcomes) all.emplace_back(o.outcome, static_cast<double>(o.duration) / 1e9);
    return all;
  }
  using Ends = std::vector<std::pair<Outcome, double>>;

  ShopBuilder shop_;
  Counters counters_;
  std::unique_ptr<Matcher> matcher_;
  std::unique_ptr<Owner> owner_;
};

TEST_F(ExpectedPage, IsSilentWhenTheVisitorAsksForOtherPagesOnly) {
  ask(20, Method::kGet, "GET", "/basket");
  EXPECT_EQ(ends(), (Ends{{Outcome::kSilentFailure, 36}}));
}

TEST_F(ExpectedPage, IsUnknownWhenTheVisitorAsksForNothing) { EXPECT_EQ(ends(), (Ends{{Outcome::kUnknown, 1806}})); }

TEST_F(ExpectedPage, HoldsTheVerdictWhileItIsOnItsWayAtTheWindowsEnd) {
  const RequestTag thanks = ask_thanks(35);
  EXPECT_EQ(ends(100), Ends{});
  answer(100, thanks, 200);
  EXPECT_EQ(ends(), (Ends{{Outcome::kSuccess, 100}}));
}

TEST_F(ExpectedPage, ThatIsAnsweredBadlyIsSilentAtTheWindowsEnd) {
  const RequestTag thanks = ask_thanks(35);
  answer(40, thanks, 500);
  EXPECT_EQ(ends(41), (Ends{{Outcome::kSilentFailure, 36}}));
}

TEST_F(ExpectedPage, WhoseRequestDiesIsSilentAtTheWindowsEnd) {
  for (const TransactionEnd end : {TransactionEnd::kAborted, TransactionEnd::kUnanswered}) {
    begin();
    give_up(50, ask_thanks(35), end);
    EXPECT_EQ(ends(51), (Ends{{Outcome::kSilentFailure, 36}})) << static_cast<int>(end);
  }
}

TEST_F(ExpectedPage, WhoseAnswerWasNotCapturedMayHaveBeenTheSuccess) {
  give_up(50, ask_thanks(35), TransactionEnd::kUnknown);
  EXPECT_EQ(ends(51), (Ends{{Outcome::kUnknown, 36}}));
}

TEST_F(ExpectedPage, IsASuccessThoughAnAnswerBeforeWasNotCaptured) {
  give_up(21, ask_thanks(20), TransactionEnd::kUnknown);
  answer(31, ask_thanks(30), 200);
  EXPECT_EQ(ends(), (Ends{{Outcome::kSuccess, 31}}));
}

TEST_F(ExpectedPage, AskedForAfterTheWindowHoldsNothing) {
  const RequestTag thanks = ask_thanks(37);
  answer(38, thanks, 200);
  EXPECT_EQ(ends(), (Ends{{Outcome::kSilentFailure, 36}}));
  EXPECT_EQ(owner_->counted(EventCount::kLateSuccess), 1u);
}

TEST_F(ExpectedPage, SurvivesARestartBetweenItsRequestAndItsAnswer) {
  const RequestTag thanks = ask_thanks(35);
  owner_->restart();
  EXPECT_EQ(ends(60), Ends{});
  owner_->restart();
  answer(61, thanks, 404);
  EXPECT_EQ(ends(62), (Ends{{Outcome::kSilentFailure, 36}}));
}

TEST_F(ExpectedPage, AnsweredOtherwiseKeepsNobodyActive) {
  const RequestTag thanks = ask_thanks(7);
  owner_->apply(make_event(2, at_second(7), Channel::kHttpRequest));
  matcher_->on_response({404, at_second(8)}, thanks, [](Event& event) { EXPECT_FALSE(event.activity); });
}

class NumberedBeacons : public TrackerTest {
 protected:
  Event numbered(double second, std::uint8_t which, std::uint32_t number) {
    Event event = step(second, which, Channel::kBeacon);
    add_number(event, 1, number);
    return event;
  }
};

TEST_F(NumberedBeacons, AreOneMessageHoweverManyEventsTheyMake) {
  open(0);
  play(numbered(1, checkout::kAddress, 1));
  Event more = numbered(1, checkout::kAddress, 1);
  more.continued = true;
  play(more);
  EXPECT_EQ(cell(CellKind::kStep, checkout::kAddress).count, 2u);
  EXPECT_EQ(owner().counted(EventCount::kDuplicateBeacon), 0u);
}

TEST_F(NumberedBeacons, AreDroppedWithAllTheirEventsWhenTheyComeAgain) {
  open(0);
  play(numbered(1, checkout::kAddress, 1));
  play(numbered(2, checkout::kAddress, 1));
  Event more = numbered(2, checkout::kLeft, 1);
  more.continued = true;
  play(more);
  EXPECT_EQ(cell(CellKind::kStep, checkout::kAddress).count, 1u);
  EXPECT_EQ(owner().counted(EventCount::kDuplicateBeacon), 1u);
  EXPECT_EQ(owner().tracker().live(), 1u);
  left(3);
  EXPECT_EQ(owner().tracker().live(), 0u);
}

TEST_F(NumberedBeacons, ThatComeAgainKeepNobodyActive) {
  open(0);
  play(numbered(1'000, checkout::kAddress, 1));
  play(numbered(1'500, checkout::kAddress, 1));
  idle(2'801);
  EXPECT_EQ(owner().tracker().outcomes(checkout::kId, Outcome::kAbandoned), 1u);
}

TEST_F(TrackerTest, AStartBeforeTheCommitGoesOnWithItsAttemptWhereRestartsContinue) {
  checkout_journey().restart_continues = true;
  open(0);
  open(3);
  pay(5);
  open(7);
  confirmed(9);
  EXPECT_EQ(owner().tracker().starts(checkout::kId), 2u);
  ASSERT_EQ(owner().outcomes.size(), 1u);
  EXPECT_EQ(owner().outcomes[0].outcome, Outcome::kSuccess);
  EXPECT_EQ(owner().outcomes[0].duration, 9 * kSecond);
}

}  // namespace
}  // namespace bellrock::journey
