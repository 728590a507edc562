// What a message says beside its steps.
#include "tests/unit/dataplane/journey/matcher_case.h"

namespace bellrock::journey {
namespace {

using MatcherValues = MatcherTest;

TEST_F(MatcherValues, WhatTellsAttemptsApartIsTheFirstSourceThatIsThereHoweverItWasSent) {
  shop_.d.correlates = {{{{SourceKind::kQuery, 0, "cart", ""}, {SourceKind::kBeaconAttr, 0, "cart_id", ""}}}};
  const auto value_of = [](const std::vector<Event>& events) { return events.at(0).extras.correlate(0); };
  const auto pay = [&](const char* path) { return value_of(request({Method::kPost, "POST", path, "sid=v1"})); };
  const auto confirmed = [&](Attr attr) {
    Beacon b = named("order.confirmed");
    b.attrs[b.attr_count++] = attr;
    return value_of(beacon(b, {Method::kPost, "POST", "/rum", ""}));
  };
  const std::uint32_t seven = pay("/api/v1/payments?cart=1000007");
  EXPECT_NE(seven, 0u);
  EXPECT_NE(pay("/api/v1/payments?cart=8"), seven);
  EXPECT_EQ(pay("/api/v1/payments?cart=%31000007"), seven);
  EXPECT_EQ(pay("/api/v1/payments?cart="), 0u);
  EXPECT_EQ(pay("/api/v1/payments"), 0u);
  EXPECT_EQ(pay(("/api/v1/payments?cart=" + std::string(257, '7')).c_str()), 0u) << "longer than is read";
  EXPECT_EQ(confirmed({"cart_id", Attr::Type::kString, "1000007", 0}), seven);
  EXPECT_EQ(confirmed({"cart_id", Attr::Type::kNumber, "", 1'000'007}), seven);
  EXPECT_EQ(value_of(request({Method::kGet, "GET", "/style.css?cart=1000007", "sid=v1"})), 0u) << "no step";
  request({Method::kPost, "POST", "/api/v1/payments?cart=1000007", "sid=v1"});
  EXPECT_EQ(value_of(response(200)), seven) << "as its request had it";
}

TEST_F(MatcherValues, AValueIsAWholeNumberOfMinorUnitsReadWhereItsStepTakesIt) {
  shop_.d.amounts = {{SourceKind::kQuery, 0, "total", ""}, {SourceKind::kBeaconAttr, 0, "cents", ""}};
  shop_.d.journeys[checkout::kId.index()].value = {1, StepId{checkout::kPay}, "EUR", 1};
  shop_.d.journeys[search::kId.index()].value = {2, StepId{search::kResults}, "EUR", 1};
  const auto said = [&](const std::string& total) {
    return request({Method::kPost, "POST", "/api/v1/payments?total=" + total, "sid=v1"}).at(0).extras.amount(0);
  };
  EXPECT_EQ(said("1999"), 2'000u);
  EXPECT_EQ(said("0"), 1u);
  EXPECT_EQ(said("0019"), 20u);
  EXPECT_EQ(said("%31"), 2u);
  EXPECT_EQ(said(std::to_string(kAmountMax)), kAmountMax + 1);
  for (const char* bad : {"19.99", "-1", "%2B5", "", "1e3", "12x", " 5", "1000000000001", "99999999999999999999999"}) {
    EXPECT_EQ(said(bad), kBadAmount) << bad;
  }
  EXPECT_EQ(said(std::string(200, '1')), kBadAmount);
  EXPECT_EQ(request({Method::kPost, "POST", "/api/v1/payments", "sid=v1"}).at(0).extras.amount(0), 0u);
  EXPECT_EQ(request({Method::kGet, "GET", "/checkout?total=5", "sid=v1"}).at(0).extras.amount(0), 0u) << "another step";
  const auto found = [&](Attr attr) {
    Beacon b = named("search.results");
    b.attrs[b.attr_count++] = attr;
    return beacon(b, {Method::kPost, "POST", "/rum", ""}).at(0).extras.amount(1);
  };
  EXPECT_EQ(found({"cents", Attr::Type::kNumber, "", 2'000'000}), 2'000'001u);
  EXPECT_EQ(found({"cents", Attr::Type::kNumber, "", 0.5}), kBadAmount);
  EXPECT_EQ(found({"cents", Attr::Type::kNumber, "", -1}), kBadAmount);
  EXPECT_EQ(found({"cents", Attr::Type::kBool, "", 1}), kBadAmount);
  EXPECT_EQ(found({"cents", Attr::Type::kString, "12", 0}), 13u);
}

TEST_F(MatcherValues, ValuesOfOpenEndedDimensionsTravelAsTextOrAsNoneToBeToldApart) {
  shop_.d.dimensions.push_back({"campaign", {SourceKind::kQuery, 0, "c", ""}, {}, {}, 5});
  shop_.d.dimensions.push_back({"build", {SourceKind::kBeaconAttr, 0, "build", ""}, {}, {}, 5});
  const auto said = [](const std::vector<Event>& events) {
    std::vector<std::pair<int, std::string>> all;
    for (const TopText& top : events.at(0).extras.tops()) {
      all.emplace_back(top.dimension.value, std::string(top.text.data(), top.size));
    }
    return all;
  };
  using Said = std::vector<std::pair<int, std::string>>;
  const auto get = [&](const std::string& target) { return said(request({Method::kGet, "GET", target, "sid=v1"})); };
  EXPECT_EQ(get("/style.css?c=spring+sale"), (Said{{2, "spring sale"}}));
  EXPECT_EQ(get("/style.css"), Said{});
  EXPECT_EQ(get("/style.css?c="), (Said{{2, ""}}));
  EXPECT_EQ(get("/style.css?c=" + std::string(38, 'x')), (Said{{2, std::string(38, 'x')}}));
  EXPECT_EQ(get("/style.css?c=" + std::string(39, 'x')), (Said{{2, ""}}));
  EXPECT_EQ(get("/style.css?c=%0a"), (Said{{2, ""}}));
  Beacon b = named("x");
  b.attrs[b.attr_count++] = {"build", Attr::Type::kNumber, "", 1'000'000};
  EXPECT_EQ(said(beacon(b, {Method::kPost, "POST", "/rum", ""})), (Said{{3, "1000000"}}));
}

TEST_F(MatcherValues, AnAnswersTimeIsTheShortestThatItIsWithinAndStandsWithAStepOnly) {
  shop_.d.dimensions.push_back(
      {"speed", {SourceKind::kAnswerTime, 0, "", ""}, {"100ms", "1s"}, {100 * kMillisecond, kSecond}});
  const auto value_after = [&](Duration took) -> int {
    request({Method::kPost, "POST", "/api/v1/payments", "sid=v1"});
    const auto events = collect([&](auto emit) { matcher().on_response({200, kDay + took}, tag_, emit); });
    for (std::size_t i = 0; i < events.at(0).dimension_count; ++i) {
      if (events[0].dimensions[i].dimension == DimensionId{2}) return events[0].dimensions[i].value;
    }
    return -1;
  };
  EXPECT_EQ(value_after(0), 1);
  EXPECT_EQ(value_after(100 * kMillisecond), 1);
  EXPECT_EQ(value_after(100 * kMillisecond + 1), 2);
  EXPECT_EQ(value_after(kSecond), 2);
  EXPECT_EQ(value_after(kSecond + 1), 0) << "longer than all is one of the others";
  EXPECT_EQ(value_after(-kMillisecond), 1) << "an answer before its request was whole";
  EXPECT_EQ(request({Method::kPost, "POST", "/api/v1/payments", "sid=v1"})[0].dimension_count,
            request({Method::kGet, "GET", "/checkout", "sid=v1"})[0].dimension_count)
      << "requests have no time";
}

}  // namespace
}  // namespace bellrock::journey
