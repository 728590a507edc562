// Signs of frustration as messages bring them: what is a page view, whose, on which page and device; what a step does
// to it; and that visitors count the same on any number of cores.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <tuple>

#include "tests/unit/dataplane/journey/matcher_case.h"

namespace bellrock::journey {
namespace {

using Signs = std::map<std::string, std::uint64_t>;

// "page sign" or, by device, "page sign device".
Signs signs_in(const FakeCells& cells, CellScope scope) {
  Signs signs;
  for (const auto& [at, cell] : cells.windows()) {
    const CellKey& key = at.second;
    if (key.kind != CellKind::kFrustration || key.scope != scope || cell.count == 0) continue;
    std::string name = std::to_string(key.journey.value) + ' ' + std::string(kFrustrationNames[key.item]);
    if (scope == CellScope::kDimensioned) name += ' ' + std::string(kDeviceNames[key.values[0]]);
    signs[name] += cell.count;
  }
  return signs;
}

class FrustrationTest : public MatcherTest {
 protected:
  FrustrationTest() {
    Frustration& frustration = shop_.d.frustration;
    frustration.on = true;
    shop_.d.frustration_pages = {TemplateId{3}, TemplateId{1}};  // 1: /search, 2: /checkout
    frustration.pages.assign(2, {});
  }
  Owner& owner() {
    if (!owner_) owner_ = std::make_unique<Owner>(shop_.d);
    return *owner_;
  }
  // A beacon of a page view, `age_ms` after that began.
  void see(double second, std::string_view page, std::string_view view, std::string_view name = {}, double age_ms = 0,
           const char* agent = "Mozilla/5.0", BeaconType type = BeaconType::kStep) {
    Beacon b = named(name);
    b.type = type;
    b.page = page;
    b.pv = view;
    b.t = age_ms;
    TextRequest carrier(Method::kPost, "POST", "/rum", "", "shop.example", agent);
    carrier.request.last = at_second(second);
    apply(beacon(b, carrier), second);
  }
  void get(double second, const char* target, Method method = Method::kGet, const char* cookie = "sid=v1") {
    TextRequest r(method, method == Method::kGet ? "GET" : "POST", target, cookie, "shop.example", "iPhone");
    r.request.last = at_second(second);
    apply(request(r), second);
  }
  void apply(std::vector<Event> events, double second) {
    for (Event& event : events) {
      event.time = at_second(second);
      owner().apply(event);
    }
  }
  Signs total() { return signs_in(owner().cells, CellScope::kTotal); }

  std::unique_ptr<Owner> owner_;
};

TEST_F(FrustrationTest, IsCountedByPageAndDevice) {
  see(0, "/search", "a");
  see(2, "/checkout", "b");
  see(4, "/search", "c", {}, 0, "iPhone");
  see(6, "/elsewhere", "d", {}, 0, "iPhone");
  EXPECT_EQ(total(), (Signs{{"0 views", 1}, {"1 views", 2}, {"2 views", 1}, {"2 back", 1}}));
  EXPECT_EQ(signs_in(owner().cells, CellScope::kDimensioned), (Signs{{"0 views phone", 1},
                                                                     {"1 views desktop", 1},
                                                                     {"1 views phone", 1},
                                                                     {"2 views desktop", 1},
                                                                     {"2 back phone", 1}}));
}

TEST_F(FrustrationTest, TakesBeaconsOfOneViewForOneAndThoseWithoutAViewForNone) {
  see(0, "/search", "a");
  see(1, "/search", "a");
  see(2, "/checkout", "b");
  see(3, "/search", "a");  // said when it was left
  see(3, "/search", "");
  see(4, "/checkout", "b");
  EXPECT_EQ(total(), (Signs{{"1 views", 1}, {"2 views", 1}}));
}

TEST_F(FrustrationTest, TakesTheTimeWhenThePageViewBegan) {
  // Each is heard of when it is left: /checkout was there for 20 seconds.
  see(10, "/search", "a", {}, 10'000);
  see(30, "/checkout", "b", {}, 20'000);
  see(33, "/search", "c", {}, 3'000);
  EXPECT_EQ(total(), (Signs{{"1 views", 2}, {"2 views", 1}}));
  see(36, "/checkout", "d", {}, 3'000);
  EXPECT_EQ(total(), (Signs{{"1 views", 2}, {"1 back", 1}, {"2 views", 2}}));
}

TEST_F(FrustrationTest, TakesRoutesForViewsOfTheirOwnAndVitalsOfTheirPageForNone) {
  // A page that was loaded at 0 and has said nothing before its routes; `t` runs since then.
  const auto route = [&](double second, std::string_view page, std::string_view view) {
    see(second, page, view, "route", second * 1'000, "Mozilla/5.0", BeaconType::kAction);
  };
  route(10, "/search", "a");
  route(20, "/checkout", "b");
  route(22, "/search", "c");
  see(30, "/search", "loaded", {}, 30'000, "Mozilla/5.0", BeaconType::kVitals);
  EXPECT_EQ(total(), (Signs{{"1 views", 2}, {"2 views", 1}, {"2 back", 1}}));
  see(33, "/checkout", "next", {}, 2'000, "Mozilla/5.0", BeaconType::kVitals);
  EXPECT_EQ(total().at("2 views"), 2u) << "vitals may be all that a page says";
}

TEST_F(FrustrationTest, OfRequestsIsThatOfListedPagesThatAreGot) {
  shop_.d.frustration.by_requests = true;
  get(0, "/search");
  get(1, "/app.js");
  get(1.5, "/search", Method::kPost);
  get(2, "/checkout");
  get(3, "/search", Method::kGet, "");  // of nobody we know
  see(3, "/search", "a");
  get(4, "/search");
  EXPECT_EQ(total(), (Signs{{"1 views", 2}, {"2 views", 1}, {"2 back", 1}}));
  EXPECT_EQ(signs_in(owner().cells, CellScope::kDimensioned).at("2 back phone"), 1u);
}

TEST_F(FrustrationTest, IsNoneOfPageViewsThatLedToAStep) {
  const auto walk = [&](const char* step_at_third) {
    for (int i = 0; i < 7; ++i) {
      see(20 + i, "/search", std::string(1, static_cast<char>('a' + i)), i == 2 ? step_at_third : "");
    }
  };
  get(10, "/checkout");
  walk("checkout.address");
  EXPECT_EQ(total(), (Signs{{"1 views", 7}})) << "four since the step";
  owner_.reset();
  walk("");
  EXPECT_EQ(total(), (Signs{{"1 views", 7}, {"1 thrash", 1}}));
}

TEST_F(FrustrationTest, OfAStepAgainIsARetryOnThePageWhereTheVisitorIs) {
  see(0, "/checkout", "a");
  get(10, "/checkout");
  get(40, "/checkout");     // the same start, 30 s later
  get(70.01, "/checkout");  // a little more than that
  EXPECT_EQ(total(), (Signs{{"2 views", 1}, {"2 retry", 1}}));
  get(80, "/api/1/payments", Method::kPost);
  get(81, "/api/1/payments", Method::kPost);  // before its answer
  EXPECT_EQ(total().at("2 retry"), 2u);
  see(85, "/checkout", "a", "payment.declined");
  get(90, "/api/1/payments", Method::kPost);  // after it failed
  EXPECT_EQ(total().at("2 retry"), 3u);
  see(95, "/checkout", "a", "order.confirmed");
  get(96, "/checkout");  // another order
  EXPECT_EQ(total().at("2 retry"), 3u);
}

TEST_F(FrustrationTest, OfBotsAndWhereNobodyAsksIsNotCounted) {
  see(0, "/search", "a", {}, 0, "bot");
  EXPECT_TRUE(total().empty());
  shop_.d.frustration.on = false;
  owner_.reset();
  matcher_.reset();
  see(0, "/search", "a");
  EXPECT_TRUE(total().empty());
  EXPECT_TRUE(owner().cells.reserved().empty() || owner().cells.reserved().back().kind != CellKind::kFrustration);
}

TEST_F(FrustrationTest, SurvivesAProcessThatIsKilledAndStartsAgain) {
  see(0, "/search", "a");
  see(1, "/checkout", "b");
  owner().restart();
  see(2, "/search", "c");
  EXPECT_EQ(total().at("2 back"), 1u);
}

TEST_F(FrustrationTest, IsTheSameOnOneTwoAndFourCores) {
  std::vector<Event> events;
  std::mt19937_64 random(5);
  for (int i = 0; i < 4'000; ++i) {
    Beacon b = named(random() % 20 == 0 ? "checkout.address" : "", "");
    const std::string sid = 'v' + std::to_string(random() % 12), view = std::to_string(i);
    b.sid = sid;
    b.pv = view;
    b.page = std::array{"/search", "/checkout", "/other"}[random() % 3];
    TextRequest carrier(Method::kPost, "POST", "/rum", "", "shop.example", "iPhone");
    carrier.request.last = at_second(i * 0.1);
    for (Event& event : beacon(b, carrier)) {
      event.time = at_second(i * 0.1);
      events.push_back(event);
    }
  }
  Signs on_one;
  for (const std::size_t cores : {1u, 2u, 4u}) {
    std::vector<std::unique_ptr<Owner>> owners;
    for (std::size_t core = 0; core < cores; ++core) owners.push_back(std::make_unique<Owner>(shop_.d));
    for (const Event& event : events) owners[event.owner_hash % cores]->apply(event);
    Signs sum;
    for (const auto& one : owners) {
      for (const auto& [sign, n] : signs_in(one->cells, CellScope::kDimensioned)) sum[sign] += n;
      EXPECT_EQ(one->counted(EventCount::kTrailsEvicted), 0u);
    }
    if (cores == 1) on_one = sum;
    EXPECT_EQ(sum, on_one);
  }
  for (const char* const sign : {"views", "back", "loop", "thrash"}) {
    EXPECT_GT(on_one["1 " + std::string(sign) + " phone"], 5u) << sign;
  }
}

}  // namespace
}  // namespace bellrock::journey
