// Bots, synthetic visitors and those who opted out begin no attempt and say nothing about others' channels; an attempt
// that was open before goes on.
#include <gtest/gtest.h>

#include "tests/unit/dataplane/journey/player.h"

namespace bellrock::journey {
namespace {

const Vector kVectors[] = {
    {"open! 0, pay! 5, ok! 6, confirmed! 7", ""},
    {"open! 0, open 3, pay 5, ok 6, confirmed 7", "success 4"},
    // What opened as a person's attempt goes on, with what comes as a bot's.
    {"open 0, pay! 5, ok! 6, confirmed! 7", "success 7"},
    {"open 0, pay 5, ok 6, beacon! 20, beacon! 60", "silent_failure 36"},
    {"open 0, http! 900", "abandoned 2700"},
    {"open 0, pay 5, closes! 17", "abandoned.waiting 17"},
    {"open 0, beacon#1 1, pay 5, ok 6, beacon#3! 20, beacon#4 60", "unknown 36"},
    // It begins nothing: neither a start that would supersede, nor a retry.
    {"open 0, open! 10, pay 15, ok 16, confirmed 17", "success 17"},
    {"open 0, pay 5, 5xx 6, pay! 12, ok! 13, confirmed! 14", "failed.system 6"},
    {"open 0, pay 5, 5xx 6, pay! 12, pay 13, ok 14, confirmed 15", "failed.system 6, success 2"},
    // Behind the end it keeps nobody active, and its number is nobody's.
    {"open 0, left 5, open! 900, open 1000, left 1001", "cancelled 5, cancelled 1"},
    {"open 0, left#1 5, beacon#2! 6, open#2 7, left#3 9", "cancelled 5, cancelled 2"},
};

TEST(Filters, ABotsMessagesBeginNothingAndAnAttemptThatWasOpenGoesOn) {
  for (const Vector& vector : kVectors) {
    Player player(checkout::kId);
    player.play_all(vector.events);
    EXPECT_EQ(player.tracked(), vector.outcomes) << vector.events;
    EXPECT_EQ(player.by_reference(), vector.outcomes) << vector.events;
  }
}

TEST(Filters, MessagesAndStartsAreCountedApart) {
  Player player(checkout::kId);
  player.play_all("open! 0, pay! 1, beacon! 2, open 3, open! 4, left 5, confirmed! 6");
  EXPECT_EQ(player.owner().counted(EventCount::kFilteredBot), 4u);  // what came while an attempt was open is not
  EXPECT_EQ(player.owner().counted(EventCount::kFilteredStarts), 2u);
  EXPECT_EQ(player.owner().counted(EventCount::kFlagged), 1u);
  EXPECT_EQ(player.owner().counted(EventCount::kLateSuccess), 0u);
  EXPECT_EQ(player.owner().counted(EventCount::kOrphanSuccess), 0u);
  EXPECT_EQ(player.owner().tracker().starts(checkout::kId), 1u);
  EXPECT_EQ(player.owner().tracker().open(checkout::kId), 0u);
}

TEST(Filters, EachReasonHasItsOwnCountAndAnAttemptKeepsTheFirst) {
  Player player(checkout::kId);
  Owner& owner = player.owner();
  Event event = make_event(7, at_second(1), Channel::kBeacon);
  for (const Filter filter : {Filter::kSynthetic, Filter::kOptedOut, Filter::kOptedOut}) {
    event.filter = filter;
    owner.apply(event);
  }
  EXPECT_EQ(owner.counted(EventCount::kFilteredSynthetic), 1u);
  EXPECT_EQ(owner.counted(EventCount::kFilteredOptedOut), 2u);
  Event open = make_event(7, at_second(2), Channel::kHttpRequest);
  add_match(open, checkout::kId, checkout::kOpen);
  owner.apply(open);
  event.time = event.edge_time = at_second(3);
  event.filter = Filter::kOptedOut;
  owner.apply(event);
  event.time = event.edge_time = at_second(4);
  event.filter = Filter::kBot;
  add_match(event, checkout::kId, checkout::kLeft);
  owner.apply(event);
  ASSERT_EQ(owner.outcomes.size(), 1u);
  EXPECT_EQ(owner.outcomes[0].flagged, Filter::kOptedOut);
  EXPECT_EQ(owner.counted(EventCount::kFlagged), 1u);
}

// The checkout, as a journey of probes, and the search of everybody else.
struct Probes {
  Probes() { d.journeys[checkout::kId.index()].synthetic = true; }
  Definition d = make_definition();
};

TEST(AJourneyOfSyntheticVisitors, FollowsThemAndNobodyElse) {
  const Probes probes;
  Owner owner(probes.d);
  for (const Filter filter : {Filter::kNone, Filter::kSynthetic, Filter::kBot, Filter::kOptedOut}) {
    Event open = make_event(1 + static_cast<std::uint64_t>(filter), at_second(1), Channel::kHttpRequest);
    open.filter = filter;
    add_match(open, checkout::kId, checkout::kOpen);
    owner.apply(open);
  }
  EXPECT_EQ(owner.tracker().starts(checkout::kId), 1u);
  EXPECT_EQ(owner.counted(EventCount::kFilteredStarts), 0u) << "nobody is left out of what was never about him";
  EXPECT_EQ(owner.counted(EventCount::kFilteredSynthetic), 0u);
  EXPECT_EQ(owner.counted(EventCount::kFilteredBot), 1u);
}

TEST(AJourneyOfSyntheticVisitors, LeavesThemOutOfTheOthers) {
  const Probes probes;
  Owner owner(probes.d);
  Event both = make_event(1, at_second(1), Channel::kHttpRequest);
  both.filter = Filter::kSynthetic;
  add_match(both, checkout::kId, checkout::kOpen);
  add_match(both, search::kId, search::kQuery);
  owner.apply(both);
  EXPECT_EQ(owner.tracker().starts(checkout::kId), 1u);
  EXPECT_EQ(owner.tracker().starts(search::kId), 0u);
  EXPECT_EQ(owner.counted(EventCount::kFilteredStarts), 1u);
}

TEST(AJourneyOfSyntheticVisitors, HearsTheirOtherMessagesAndMarksNobody) {
  const Probes probes;
  Owner owner(probes.d);
  const auto says = [&owner](double second, Channel channel, int step) {
    Event event = make_event(1, at_second(second), channel);
    event.filter = Filter::kSynthetic;
    if (step >= 0) add_match(event, checkout::kId, static_cast<std::uint8_t>(step));
    owner.apply(event);
  };
  says(0, Channel::kHttpRequest, checkout::kOpen);
  says(5, Channel::kHttpRequest, checkout::kPay);
  says(6, Channel::kHttpResponse, checkout::kPayOk);
  says(20, Channel::kBeacon, -1);
  says(60, Channel::kBeacon, -1);
  ASSERT_EQ(owner.outcomes.size(), 1u);
  EXPECT_EQ(owner.outcomes[0].outcome, Outcome::kSilentFailure);
  EXPECT_EQ(owner.outcomes[0].flagged, Filter::kNone);
  EXPECT_EQ(owner.counted(EventCount::kFlagged), 0u);
}

}  // namespace
}  // namespace bellrock::journey
