// What requests, answers and beacons say of pages and calls: which are one, and what of them travels to the owner core.
#include "tests/unit/dataplane/journey/matcher_case.h"

namespace bellrock::journey {
namespace {

class PageSights : public MatcherTest {
 protected:
  PageSights() {
    shop_.d.coverage_pages = {TemplateId{3}};
    shop_.d.coverage = {.on = true, .identity = {}, .within = kMinute, .has_place = false, .place = {}, .split = true};
  }
  std::vector<Event> answered(const TextRequest& r, unsigned status = 200, bool html = true) {
    request(r);
    return collect([&](auto emit) { matcher().on_response({status, kDay + 40 * kMillisecond, html}, tag_, emit); });
  }
  static std::vector<PageSight> sights(const std::vector<Event>& events) {
    std::vector<PageSight> all;
    for (const Event& event : events) {
      if (const PageSight* sight = event.extras.sight()) all.push_back(*sight);
    }
    return all;
  }
};

TEST_F(PageSights, AreAnswersOfHtmlToAGetOfSomebodyWhoIsNotFiltered) {
  const TextRequest get(Method::kGet, "GET", "/checkout?x=1", "sid=v1", "shop.example", "iPhone");
  const auto events = answered(get);
  ASSERT_EQ(sights(events).size(), 1u);
  const PageSight sight = sights(events)[0];
  EXPECT_EQ(sight.what, PageSight::What::kPage);
  EXPECT_EQ(sight.path, TemplateId{1});
  EXPECT_EQ(sight.page, 0) << "not a listed one";
  EXPECT_EQ(sight.device, static_cast<std::uint8_t>(Device::kPhone));
  EXPECT_EQ(sight.first_us, 40'000u);
  EXPECT_TRUE(sights(answered(get, 304)).empty());
  EXPECT_TRUE(sights(answered(get, 500)).empty());
  EXPECT_TRUE(sights(answered(get, 200, false)).empty());
  EXPECT_EQ(sights(answered(get, 299)).size(), 1u);
  EXPECT_TRUE(sights(answered(TextRequest(Method::kPost, "POST", "/checkout", "sid=v1"))).empty());
  EXPECT_TRUE(sights(answered(TextRequest(Method::kGet, "GET", "/checkout", "sid=v1", "other.example"))).empty());
  EXPECT_TRUE(sights(answered(TextRequest(Method::kGet, "GET", "/", "sid=v1", "shop.example", "bot"))).empty());
  EXPECT_EQ(sights(answered(TextRequest(Method::kGet, "GET", "/search", "sid=v1")))[0].page, 1);
}

TEST_F(PageSights, WithoutTheVisitorsKeyAreOfNobody) {
  const auto events = answered(TextRequest(Method::kGet, "GET", "/checkout", ""));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].key.none());
  ASSERT_EQ(sights(events).size(), 1u);
}

TEST_F(PageSights, OfBeaconsHaveTheBeaconsNumberSoThatTheyWaitWithIt) {
  Beacon b = named({});
  b.type = BeaconType::kVitals;
  b.page = "/search";
  b.n = 7;
  b.pv = "a";
  const auto events = beacon(b, TextRequest(Method::kPost, "POST", "/rum", ""));
  ASSERT_EQ(events.size(), 2u);
  ASSERT_NE(events[1].extras.sight(), nullptr);
  EXPECT_TRUE(events[1].numbered);
  EXPECT_EQ(events[1].number, 7u);
  EXPECT_EQ(events[1].page_view, events[0].page_view);
}

TEST_F(PageSights, OfBeaconsSayPageViewAndTimes) {
  Beacon b = named({});
  b.type = BeaconType::kVitals;
  b.page = "/search";
  b.n = 1;
  b.pv = "a";
  b.ttfb = 123.4567;
  b.load = 900;
  const TextRequest carrier(Method::kPost, "POST", "/rum", "");
  auto sight = sights(beacon(b, carrier)).at(0);
  EXPECT_EQ(sight.what, PageSight::What::kBeacon);
  EXPECT_EQ(sight.page, 1);
  EXPECT_TRUE(sight.first);
  EXPECT_NE(sight.view, 0u);
  EXPECT_EQ(sight.first_us, 123'457u);
  EXPECT_EQ(sight.load_us, 900'000u);
  b.n = 2;
  b.ttfb = -1;
  b.load = 1e12;
  sight = sights(beacon(b, carrier)).at(0);
  EXPECT_FALSE(sight.first);
  EXPECT_EQ(sight.first_us, kNoPageTime);
  EXPECT_EQ(sight.load_us, kNoPageTime);
  b.type = BeaconType::kStep;
  b.ttfb = 5;
  EXPECT_EQ(sights(beacon(b, carrier)).at(0).first_us, kNoPageTime) << "only vitals have times";
  b.page = {};
  EXPECT_TRUE(sights(beacon(b, carrier)).empty());
}

TEST_F(PageSights, SayTheConfiguredPlace) {
  shop_.d.dimensions.push_back(
      {"place", {SourceKind::kHeader, static_cast<std::uint8_t>(Header::kOrigin), "", ""}, {"de", "fr"}, {}});
  shop_.d.coverage.has_place = true;
  shop_.d.coverage.place = DimensionId{2};
  HeaderValues headers{};
  TextRequest get(Method::kGet, "GET", "/checkout", "sid=v1");
  headers = *get.request.headers;
  headers[static_cast<std::size_t>(Header::kOrigin)] = "fr";
  get.request.headers = &headers;
  EXPECT_EQ(sights(answered(get)).at(0).place, 2);
  headers[static_cast<std::size_t>(Header::kOrigin)] = "xx";
  EXPECT_EQ(sights(answered(get)).at(0).place, 0);
}

class CallSights : public PageSights {
 protected:
  CallSights() { shop_.d.coverage_calls = {{TemplateId{2}, "api.pay"}}; }
};

TEST_F(CallSights, AreFinalAnswersToAnyRequestOfTheirPathButABrowsersOwn) {
  const auto sent = [](Method method, const char* name, const char* agent = "iPhone") {
    return TextRequest(method, name, "/api/v1/payments?x=1", "sid=v1", "shop.example", agent);
  };
  for (const unsigned status : {200U, 204U, 302U, 404U, 503U}) {
    const auto all = sights(answered(sent(Method::kPost, "POST"), status, false));
    ASSERT_EQ(all.size(), 1u) << status;
    EXPECT_EQ(all[0].what, PageSight::What::kCall);
    EXPECT_EQ(all[0].path, TemplateId{2});
    EXPECT_EQ(all[0].page, 2) << "behind the page";
    EXPECT_EQ(all[0].device, static_cast<std::uint8_t>(Device::kPhone));
    EXPECT_EQ(all[0].first_us, 40'000u);
  }
  EXPECT_EQ(sights(answered(sent(Method::kGet, "GET"))).at(0).what, PageSight::What::kCall) << "of html, too";
  EXPECT_TRUE(sights(answered(sent(Method::kOptions, "OPTIONS"))).empty());
  EXPECT_TRUE(sights(answered(sent(Method::kPost, "POST", "bot"))).empty());
  EXPECT_TRUE(sights(ends(TransactionEnd::kUnanswered)).empty());
  EXPECT_TRUE(sights(answered(TextRequest(Method::kPost, "POST", "/api/v1/payments", "", "other.example"))).empty());
  EXPECT_TRUE(sights(answered(TextRequest(Method::kPost, "POST", "/checkout", "sid=v1"))).empty());
  const auto unknown = answered(TextRequest(Method::kPost, "POST", "/api/v1/payments", ""), 200, false);
  ASSERT_EQ(sights(unknown).size(), 1u);
  EXPECT_TRUE(unknown.back().key.none());
}

TEST_F(CallSights, OfBeaconsAreActionsAndStepsOfTheirEventWithATime) {
  const TextRequest carrier(Method::kPost, "POST", "/rum", "");
  Beacon b = named("api.pay");
  b.page = {};
  for (const BeaconType type : {BeaconType::kStep, BeaconType::kAction}) {
    b.type = type;
    b.dur = 500.25;
    b.ttfb = 123.4567;
    PageSight sight = sights(beacon(b, carrier)).at(0);
    EXPECT_EQ(sight.what, PageSight::What::kCallBeacon);
    EXPECT_EQ(sight.path, TemplateId{2});
    EXPECT_EQ(sight.page, 2);
    EXPECT_EQ(sight.first_us, 123'457u);
    EXPECT_EQ(sight.load_us, 500'250u);
    b.ttfb = -1;
    sight = sights(beacon(b, carrier)).at(0);
    EXPECT_EQ(sight.first_us, 500'250u) << "the whole call, where its first byte is no time";
    EXPECT_EQ(sight.load_us, kNoPageTime);
    b.dur = Beacon::kAbsent;
    EXPECT_TRUE(sights(beacon(b, carrier)).empty()) << "it says no time";
    b.dur = 500;
  }
  b.type = BeaconType::kVitals;
  EXPECT_TRUE(sights(beacon(b, carrier)).empty());
  b.type = BeaconType::kAction;
  b.name = "api.pays";
  EXPECT_TRUE(sights(beacon(b, carrier)).empty());
  b.name = "api.pay";
  b.page = "/api/v1/payments";
  const auto both = sights(beacon(b, carrier));
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].what, PageSight::What::kBeacon) << "of its page, and of its call";
  EXPECT_EQ(both[0].page, 0) << "a call's path is no page's";
}

TEST_F(PageSights, ChangeNothingOfWhatJourneysAreTold) {
  ShopBuilder plain;
  Counters counters;
  Matcher without(plain.d, SessionKeys{kSessionKey}, kOwnerKey, counters);
  const TextRequest get(Method::kGet, "GET", "/search?q=1", "sid=v1");
  RequestTag tag = get.tag(without);
  std::size_t wanted = 0;
  const auto count = [&wanted](Event&) { ++wanted; };
  without.on_request(get.request, tag, count);
  without.on_response({200, kDay + kSecond, true}, tag, count);
  const Beacon b = named("search.results");
  without.on_beacon(b, get.request, tag, count);
  std::size_t told = request(get).size();
  for (const auto& events : {collect([&](auto emit) {
                               matcher().on_response({200, kDay + kSecond, true}, tag_, emit);
                             }),
                             beacon(b, get)}) {
    told += events.size() - sights(events).size();
    EXPECT_EQ(sights(events).size(), 1u);
  }
  EXPECT_EQ(told, wanted);
}

}  // namespace
}  // namespace bellrock::journey
