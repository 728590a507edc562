#include "dataplane/journey/matcher.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "tests/unit/dataplane/journey/matcher_case.h"

namespace bellrock::journey {
namespace {

constexpr auto kPhone = "Mozilla/5.0 (iPhone) Mobile";

TEST_F(MatcherTest, ARequestBecomesItsStepWithItsVisitorAndItsPlaceInTime) {
  const TextRequest open(Method::kGet, "GET", "/checkout?x=1", "sid=v1", "shop.example", kPhone);
  const auto events = request(open);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(steps(events[0]), (Steps{{0, checkout::kOpen}}));
  EXPECT_EQ(events[0].channel, Channel::kHttpRequest);
  EXPECT_EQ(events[0].edge_time, open.request.last);
  EXPECT_FALSE(events[0].request_time.seen());
  EXPECT_TRUE(events[0].activity);
  ASSERT_EQ(events[0].dimension_count, 1u);
  EXPECT_EQ(events[0].dimensions[0].value, 1u);
}

TEST_F(MatcherTest, AMessageSaysWhyItsVisitorIsNotFollowedAndItsAnswerToo) {
  const TextRequest pay(Method::kPost, "POST", "/api/v1/payments", "sid=v1", "shop.example", "some bot");
  const auto asked = request(pay), answered = response(200);
  ASSERT_EQ(asked.size(), 1u);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(asked[0].filter, Filter::kBot);
  EXPECT_EQ(answered[0].filter, Filter::kBot);
  Beacon probe = named("order.confirmed");
  EXPECT_EQ(beacon(probe, TextRequest(Method::kPost, "POST", "/rum", ""))[0].filter, Filter::kNone);
  probe.synthetic = true;
  EXPECT_EQ(beacon(probe, TextRequest(Method::kPost, "POST", "/rum", ""))[0].filter, Filter::kSynthetic);
}

TEST_F(MatcherTest, EachMessageCountsOnceByTheClassOfWhoSentItFilteredOrNot) {
  request(TextRequest(Method::kPost, "POST", "/api/v1/payments", "sid=v1", "shop.example", "some bot"));
  response(200);  // is its request's
  request(TextRequest(Method::kGet, "GET", "/checkout", "sid=v1", "shop.example", "nothing that a rule knows"));
  request(TextRequest(Method::kGet, "GET", "/checkout", "", "shop.example", "some bot"));  // nobody's
  Beacon probe = named("order.confirmed");
  probe.synthetic = true;
  beacon(probe, TextRequest(Method::kPost, "POST", "/rum", "", "shop.example", "some bot"));
  EXPECT_EQ(counted(EventCount::kClassBot), 1u);
  EXPECT_EQ(counted(EventCount::kClassUnknown), 1u);
  EXPECT_EQ(counted(EventCount::kClassSynthetic), 1u) << "what it says itself comes before its agent";
  EXPECT_EQ(counted(EventCount::kClassHuman), 0u);
}

TEST_F(MatcherTest, TheKeyIsAHashOfTheValueUnderItsIdentitysOwnKeyNotOfTheSource) {
  const auto by_cookie = request(TextRequest(Method::kGet, "GET", "/", "a=b; sid=v1"));
  const auto by_field = beacon(named("x"), TextRequest(Method::kPost, "POST", "/rum", ""));
  const auto other = beacon(named("x", "v2"), TextRequest(Method::kPost, "POST", "/rum", ""));
  ASSERT_EQ(by_cookie.size(), 1u);
  ASSERT_EQ(by_field.size(), 1u);
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(by_cookie[0].key, by_field[0].key);
  EXPECT_EQ(by_cookie[0].owner_hash, by_field[0].owner_hash);
  EXPECT_NE(by_cookie[0].key, other[0].key);
  const auto of_web = [](SipKey key) {
    const Hash128 own = siphash128(key, bytes("web"));
    return SipKey{own.low, own.high};
  };
  const Hash128 expected = siphash13_128(of_web(kSessionKey), bytes("v1"));
  EXPECT_EQ(by_cookie[0].key, (SessionKey{{expected.low, expected.high}}));
  EXPECT_EQ(by_cookie[0].owner_hash, static_cast<std::uint32_t>(siphash13_64(of_web(kOwnerKey), bytes("v1"))));
}

TEST_F(MatcherTest, TheFirstPresentKeyOfTheListCounts) {
  const auto events = beacon(named("x", "from_field"), TextRequest(Method::kPost, "POST", "/rum", "sid=from_cookie"));
  const auto cookie = request(TextRequest(Method::kGet, "GET", "/", "sid=from_cookie"));
  const auto empty = beacon(named("x", "v1"), TextRequest(Method::kPost, "POST", "/rum", "sid="));
  const auto field = beacon(named("x", "v1"), TextRequest(Method::kPost, "POST", "/rum", ""));
  EXPECT_EQ(events[0].key, cookie[0].key);
  EXPECT_EQ(empty[0].key, field[0].key);
}

TEST_F(MatcherTest, AnUnmatchedRequestOfAVisitorIsActivityAndOfNobodyNothing) {
  const auto events = request(TextRequest(Method::kGet, "GET", "/style.css", "sid=v1"));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].match_count, 0u);
  EXPECT_TRUE(request(TextRequest(Method::kGet, "GET", "/style.css", "")).empty());
  EXPECT_EQ(counted(EventCount::kNoIdentity), 0u);
}

TEST_F(MatcherTest, AStepOfNobodyIsCounted) {
  EXPECT_TRUE(request(TextRequest(Method::kGet, "GET", "/checkout", "")).empty());
  EXPECT_EQ(counted(EventCount::kNoIdentity), 1u);
  EXPECT_TRUE(beacon(named("order.confirmed", ""), TextRequest(Method::kPost, "POST", "/rum", "")).empty());
  EXPECT_EQ(counted(EventCount::kNoIdentity), 2u);
}

TEST_F(MatcherTest, MethodQueryAndHostMustFit) {
  EXPECT_TRUE(steps(request(TextRequest(Method::kPost, "POST", "/checkout", "sid=v1"))[0]).empty());
  EXPECT_TRUE(steps(request(TextRequest(Method::kGet, "GET", "/search", "sid=v1"))[0]).empty());
  EXPECT_EQ(steps(request(TextRequest(Method::kGet, "GET", "/search?q=", "sid=v1"))[0]), (Steps{{1, search::kQuery}}));
  EXPECT_TRUE(request(TextRequest(Method::kGet, "GET", "/checkout", "sid=v1", "other.example")).empty());
  EXPECT_EQ(request(TextRequest(Method::kGet, "GET", "/checkout", "sid=v1", "SHOP.example:8080")).size(), 1u);
}

TEST_F(MatcherTest, AResponseIsReadWithWhatItsRequestWas) {
  request(TextRequest(Method::kPost, "POST", "/api/v1/payments", "sid=v1", "shop.example", kPhone));
  const auto ok = response(204);
  ASSERT_EQ(ok.size(), 1u);
  EXPECT_EQ(steps(ok[0]), (Steps{{0, checkout::kPayOk}}));
  EXPECT_EQ(ok[0].channel, Channel::kHttpResponse);
  EXPECT_EQ(ok[0].edge_time, kDay + kSecond);
  EXPECT_EQ(ok[0].request_time, kDay);
  EXPECT_EQ(ok[0].dimension_count, 1u);
  EXPECT_EQ(steps(response(503)[0]), (Steps{{0, checkout::kBroken}}));
  EXPECT_TRUE(response(404).empty());
  EXPECT_TRUE(ends(TransactionEnd::kAnswered).empty());
}

TEST_F(MatcherTest, NoneAndAbortedAreToldApart) {
  request(TextRequest(Method::kPost, "POST", "/api/v1/payments", "sid=v1"));
  const auto none = ends(TransactionEnd::kUnanswered);
  ASSERT_EQ(none.size(), 1u);
  EXPECT_EQ(steps(none[0]), (Steps{{0, checkout::kBroken}}));
  EXPECT_FALSE(none[0].activity);
  EXPECT_FALSE(none[0].aborted);
  const auto aborted = ends(TransactionEnd::kAborted);
  ASSERT_EQ(aborted.size(), 1u);
  EXPECT_TRUE(steps(aborted[0]).empty());
  EXPECT_TRUE(aborted[0].aborted);
  EXPECT_FALSE(aborted[0].activity);
  EXPECT_EQ(aborted[0].edge_time, kDay + 2 * kSecond);
  EXPECT_EQ(aborted[0].request_time, kDay);
}

TEST_F(MatcherTest, AnAnswerThatMayHaveBeenMissedIsNeitherNoneNorAborted) {
  request(TextRequest(Method::kPost, "POST", "/api/v1/payments", "sid=v1"));
  for (const Event& event : ends(TransactionEnd::kUnknown)) {
    EXPECT_TRUE(steps(event).empty());
    EXPECT_FALSE(event.aborted);
  }
}

TEST_F(MatcherTest, ARequestWithoutAStepMayBeAbortedButIsNotAnswered) {
  request(TextRequest(Method::kGet, "GET", "/style.css", "sid=v1"));
  EXPECT_TRUE(response(200).empty());
  EXPECT_TRUE(ends(TransactionEnd::kUnanswered).empty());
  EXPECT_EQ(ends(TransactionEnd::kAborted).size(), 1u);
}

TEST_F(MatcherTest, AResponseOfNobodyIsCountedOnlyWhereItMatches) {
  request(TextRequest(Method::kPost, "POST", "/api/v1/payments", ""));
  EXPECT_EQ(counted(EventCount::kNoIdentity), 1u);
  EXPECT_TRUE(response(404).empty());
  EXPECT_EQ(counted(EventCount::kNoIdentity), 1u);
  EXPECT_TRUE(response(200).empty());
  EXPECT_EQ(counted(EventCount::kNoIdentity), 2u);
}

TEST_F(MatcherTest, ARequestThatWasCutIsNoStepButMayBeAnswered) {
  TextRequest cut(Method::kPost, "POST", "/api/v1/payments", "sid=v1");
  cut.request.last = {};
  EXPECT_TRUE(request(cut).empty());
  const auto early = response(500);
  ASSERT_EQ(early.size(), 1u);
  EXPECT_EQ(steps(early[0]), (Steps{{0, checkout::kBroken}}));
  EXPECT_FALSE(early[0].request_time.seen());
}

TEST_F(MatcherTest, BeaconPathsGiveNoHttpEvents) {
  shop_.set_match(checkout::kId, checkout::kOpen, {ShopBuilder::http(LeafKind::kHttpRequest, "", 0)});
  EXPECT_TRUE(request(TextRequest(Method::kPost, "POST", "/rum", "sid=v1")).empty());
  EXPECT_TRUE(response(500).empty());
  EXPECT_TRUE(ends(TransactionEnd::kAborted).empty());
  EXPECT_EQ(request(TextRequest(Method::kPost, "POST", "/rum2", "sid=v1")).size(), 1u);
}

TEST_F(MatcherTest, ABeaconIsItsNameWhateverItsType) {
  Beacon b = named("order.confirmed");
  for (const BeaconType type : {BeaconType::kStep, BeaconType::kError}) {
    b.type = type;
    const auto events = beacon(b, TextRequest(Method::kPost, "POST", "/rum", ""));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(steps(events[0]), (Steps{{0, checkout::kConfirmed}}));
    EXPECT_EQ(events[0].channel, Channel::kBeacon);
    EXPECT_EQ(events[0].edge_time, kDay);
  }
  EXPECT_TRUE(steps(beacon(named("order.confirmed2"), TextRequest(Method::kPost, "POST", "/rum", ""))[0]).empty());
}

TEST_F(MatcherTest, ABeaconLeafMayAskForAPageAndForAttrsAndForNoName) {
  Leaf any = ShopBuilder::beacon("");
  any.url_template = TemplateId{std::size_t{1}};
  any.attrs = {{"ok", Compare::kEq, {{ValueType::kNumber, "", 1}}}};
  shop_.set_match(checkout::kId, checkout::kLeft, {any});
  const TextRequest carrier(Method::kPost, "POST", "/rum", "");
  Beacon b = named("whatever");
  b.attrs[0] = {"ok", Attr::Type::kNumber, {}, 1};
  b.attr_count = 1;
  EXPECT_EQ(steps(beacon(b, carrier)[0]), (Steps{{0, checkout::kLeft}}));
  b.name = {};
  EXPECT_EQ(steps(beacon(b, carrier)[0]), (Steps{{0, checkout::kLeft}}));
  b.page = "/search";
  EXPECT_TRUE(steps(beacon(b, carrier)[0]).empty());
  b.page = "/checkout";
  b.attrs[0].number = 2;
  EXPECT_TRUE(steps(beacon(b, carrier)[0]).empty());
}

TEST_F(MatcherTest, HttpAndBeaconLeavesStandSideBySide) {
  request(TextRequest(Method::kGet, "GET", "/search?q=a", "sid=v1"));
  EXPECT_EQ(steps(response(500)[0]), (Steps{{1, search::kBroken}}));
  EXPECT_EQ(steps(beacon(named("search.error"), TextRequest(Method::kPost, "POST", "/rum", ""))[0]),
            (Steps{{1, search::kBroken}}));
}

TEST_F(MatcherTest, ClientDurationsComeInNanosecondsHalfToEven) {
  const TextRequest carrier(Method::kPost, "POST", "/rum", "");
  Beacon b = named("order.confirmed");
  EXPECT_EQ(beacon(b, carrier)[0].clock_count, 0u);
  b.attr_count = 1;
  const auto duration = [&](double milliseconds) {
    b.attrs[0] = {"pay_to_confirmed_ms", Attr::Type::kNumber, {}, milliseconds};
    const auto event = beacon(b, carrier)[0];
    EXPECT_EQ(event.clock_count, 1u);
    return event.clocks[0];
  };
  EXPECT_EQ(duration(1234.5).duration, 1'234'500'000);
  EXPECT_EQ(duration(0.0000005).duration, 0);
  EXPECT_EQ(duration(0.0000015).duration, 2);
  EXPECT_EQ(duration(0).duration, 0);
  EXPECT_TRUE(duration(0).valid);
  EXPECT_FALSE(duration(-1).valid);
  EXPECT_FALSE(duration(std::numeric_limits<double>::infinity()).valid);
  EXPECT_FALSE(duration(1e300).valid);
  b.attrs[0] = {"pay_to_confirmed_ms", Attr::Type::kString, "1234", 0};
  EXPECT_FALSE(beacon(b, carrier)[0].clocks[0].valid);
}

TEST_F(MatcherTest, ABeaconsNumberIsAWholeOneOfItsPageView) {
  const TextRequest carrier(Method::kPost, "POST", "/rum", "");
  Beacon b = named("checkout.address");
  const auto event_of = [&](double n, std::string_view page_view) {
    b.n = n;
    b.pv = page_view;
    return beacon(b, carrier).at(0);
  };
  const Event first = event_of(12, "abc");
  EXPECT_TRUE(first.numbered);
  EXPECT_EQ(first.number, 12u);
  EXPECT_EQ(event_of(13, "abc").page_view, first.page_view);
  EXPECT_NE(event_of(13, "abd").page_view, first.page_view);
  EXPECT_TRUE(event_of(0, {}).numbered);
  for (const double n : {-1.0, 1.5, 5e9, std::numeric_limits<double>::infinity(), Beacon::kAbsent}) {
    EXPECT_FALSE(event_of(n, "abc").numbered) << n;
  }
}

TEST_F(MatcherTest, ABeaconsOwnDurationIsAClockToo) {
  Beacon b = named("search.results");
  b.dur = 250;
  const auto events = beacon(b, TextRequest(Method::kPost, "POST", "/rum", ""));
  ASSERT_EQ(events[0].clock_count, 1u);
  EXPECT_EQ(events[0].clocks[0].clock, ClockId{std::size_t{1}});
  EXPECT_EQ(events[0].clocks[0].duration, 250 * kMillisecond);
}

TEST_F(MatcherTest, EachIdentityGetsItsOwnJourneysSteps) {
  shop_.d.identities.push_back(
      {"app", {{SourceKind::kHeader, static_cast<std::uint8_t>(Header::kOrigin), "", ""}}, kHour});
  shop_.d.journeys.push_back(search::make());
  shop_.d.journeys[2].identity = IdentityId{std::size_t{1}};
  for (Step& step : shop_.d.journeys[2].steps) step.root = shop_.d.journeys[1].steps[search::kQuery].root;
  const TextRequest both(Method::kGet, "GET", "/search?q=1", "sid=v1");
  HeaderValues headers = *both.request.headers;
  headers[static_cast<std::size_t>(Header::kOrigin)] = "v1";
  HttpRequest request = both.request;
  request.headers = &headers;
  RequestTag tag = both.tag(matcher());
  const auto events = collect([&](auto emit) { matcher().on_request(request, tag, emit); });
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(steps(events[0]), (Steps{{1, search::kQuery}}));
  EXPECT_EQ(steps(events[1]), (Steps{{2, 0}, {2, 1}, {2, 2}, {2, 3}}));
  EXPECT_NE(events[0].key, events[1].key);
  EXPECT_EQ(events[1].identity, IdentityId{std::size_t{1}});
}

TEST_F(MatcherTest, MoreJourneysThanAnEventHoldsAreSeveralEventsWithWholeJourneys) {
  while (shop_.d.journeys.size() < kJourneysMax) {
    shop_.d.journeys.push_back(search::make());
    std::vector<Step>& steps = shop_.d.journeys.back().steps;
    steps.resize(3);
    for (Step& step : steps) step.root = shop_.d.journeys[1].steps[search::kQuery].root;
  }
  const auto events = request(TextRequest(Method::kGet, "GET", "/search?q=1", "sid=v1"));
  Steps expected{{1, search::kQuery}};
  for (std::uint16_t j = 2; j < kJourneysMax; ++j) {
    for (std::uint8_t s = 0; s < 3; ++s) expected.emplace_back(j, s);
  }
  Steps all;
  for (const Event& event : events) {
    const Steps some = steps(event);
    ASSERT_FALSE(some.empty());
    EXPECT_TRUE(all.empty() || all.back().first != some.front().first);
    all.insert(all.end(), some.begin(), some.end());
  }
  EXPECT_EQ(all, expected);
  EXPECT_EQ(counted(EventCount::kTooManyMatches), 0u);
}

TEST_F(MatcherTest, WhatOneJourneyMatchesBeyondAnEventIsCounted) {
  shop_.d.journeys.push_back(search::make());
  std::vector<Step>& steps_of_one = shop_.d.journeys.back().steps;
  while (steps_of_one.size() < kEventMatchesMax + 2) steps_of_one.push_back(steps_of_one.back());
  for (Step& step : steps_of_one) step.root = shop_.d.journeys[1].steps[search::kQuery].root;
  const auto events = request(TextRequest(Method::kGet, "GET", "/search?q=1", "sid=v1"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].match_count, kEventMatchesMax);
  EXPECT_EQ(counted(EventCount::kTooManyMatches), 1u);
}

TEST_F(MatcherTest, AValueTooLongForAKeyIsNone) {
  const std::string longest(kIdentityValueBytesMax, 'k');
  EXPECT_EQ(request(TextRequest(Method::kGet, "GET", "/", "sid=" + longest)).size(), 1u);
  EXPECT_TRUE(request(TextRequest(Method::kGet, "GET", "/", "sid=" + longest + "k")).empty());
}

TEST_F(MatcherTest, ExactStatusesAndClassesAndNoConditionAtAll) {
  Leaf exact = ShopBuilder::response(1, 2);
  exact.status_classes = 0;
  exact.statuses = {302, 404};
  Leaf any = exact;
  any.statuses.clear();
  shop_.set_match(checkout::kId, checkout::kPayOk, {exact});
  shop_.set_match(checkout::kId, checkout::kBroken, {any});
  request(TextRequest(Method::kGet, "GET", "/checkout", "sid=v1"));
  EXPECT_EQ(steps(response(404)[0]), (Steps{{0, checkout::kPayOk}, {0, checkout::kBroken}}));
  EXPECT_EQ(steps(response(200)[0]), (Steps{{0, checkout::kBroken}}));
  EXPECT_TRUE(ends(TransactionEnd::kUnanswered).empty());
}

class Reports : public MatcherTest {
 protected:
  Reports() {
    Leaf refused = ShopBuilder::beacon("network-error");
    refused.kind = LeafKind::kReport;
    refused.url_template = TemplateId{std::size_t{2}};
    refused.attrs = {{"type", Compare::kEq, {{ValueType::kString, "tcp.refused", 0}}}};
    shop_.set_match(checkout::kId, checkout::kBroken, {refused});
  }
  static Beacon report(std::string_view type, std::string_view what) {
    Beacon b;
    b.type = BeaconType::kReport;
    b.name = type;
    b.page = "/api/v1/payments";
    b.attrs[b.attr_count++] = {"type", Attr::Type::kString, what, 0};
    return b;
  }
};

TEST_F(Reports, AreStepsByTypePageAndBodyAndTheirCarrierSaysWhose) {
  const TextRequest carrier(Method::kPost, "POST", "/rum", "sid=v1");
  const auto events = beacon(report("network-error", "tcp.refused"), carrier);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(steps(events[0]), (Steps{{0, checkout::kBroken}}));
  EXPECT_EQ(events[0].channel, Channel::kReport);
  EXPECT_FALSE(events[0].activity);
  const auto asked = request(TextRequest(Method::kGet, "GET", "/checkout", "sid=v1"));
  EXPECT_EQ(events[0].key, asked.at(0).key) << "the visitor whose cookie the upload has";
  EXPECT_TRUE(beacon(report("network-error", "tcp.reset"), carrier).empty());
  EXPECT_TRUE(beacon(report("csp-violation", "tcp.refused"), carrier).empty());
}

TEST_F(Reports, OfNobodyAreCounted) {
  EXPECT_TRUE(beacon(report("network-error", "tcp.refused"), TextRequest(Method::kPost, "POST", "/rum", "")).empty());
  EXPECT_EQ(counted(EventCount::kNoIdentity), 1u);
}

TEST_F(Reports, AreNoBeaconsAndBeaconsAreNoReports) {
  const TextRequest carrier(Method::kPost, "POST", "/rum", "sid=v1");
  shop_.set_match(checkout::kId, checkout::kConfirmed, {ShopBuilder::beacon("")});
  EXPECT_TRUE(steps(beacon(report("network-error", "tcp.refused"), carrier).at(0)) == (Steps{{0, checkout::kBroken}}));
  EXPECT_EQ(steps(beacon(named("network-error"), carrier).at(0)), (Steps{{0, checkout::kConfirmed}}));
}

// What a report's body says stands under names of its own, which are not a beacon's.
TEST_F(Reports, GiveNoDimensionsOfBeacons) {
  Beacon b = report("network-error", "tcp.refused");
  b.attrs[b.attr_count++] = {"method", Attr::Type::kString, "card", 0};
  const auto events = beacon(b, TextRequest(Method::kPost, "POST", "/rum", "sid=v1"));
  for (std::size_t i = 0; i < events.at(0).dimension_count; ++i) {
    EXPECT_NE(events[0].dimensions[i].dimension, DimensionId{1});
  }
}

}  // namespace
}  // namespace bellrock::journey
