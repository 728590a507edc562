// `bellrock backlog rank`, and composites in `slo list` and `slo explain`, against a whole centre.
#include "control/cli/commands/backlog.h"

#include <sstream>

#include "control/cli/commands/slo.h"
#include "control/cli/exit_code.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::cli {
namespace {

struct Ran {
  int exit_code;
  std::string out, err;
};

Ran rank(const plane::Centre& centre, const BacklogQuestion& question, const char* output = "json") {
  std::ostringstream out, err;
  const int code = run_backlog_rank({centre.url(), 5, output}, question, false, out, err);
  return {code, out.str(), err.str()};
}

void send_values(const plane::Centre& centre, std::initializer_list<const char*> currencies) {
  auto frame = plane::shop_frame(1);
  for (const char* const currency : currencies) {
    auto& cell = frame.windows[store::kStart][plane::series(CellKind::kValue, "failed.system", currency)];
    cell.n = 1;
    cell.sum_ns = 4'200;
    ++frame.recorded;
  }
  ASSERT_EQ(centre.send(frame).status, 200u);
}

TEST(BacklogRank, PutsTheLargestLossForTheEffortFirst) {
  const plane::Centre centre;
  send_values(centre, {"EUR"});
  const Json by_value = Json::parse(rank(centre, {}).out);
  EXPECT_EQ(by_value["currency"], "EUR");
  EXPECT_EQ(by_value["ranking"][0]["objective"], "success");  // fast has lost more attempts, and no value
  EXPECT_EQ(by_value["ranking"][0]["effort"], nullptr);
  const Json by_attempts = Json::parse(rank(centre, {.by = "attempts"}).out);
  EXPECT_EQ(by_attempts["ranking"][0]["objective"], "fast");  // 13 against 3
  const Json cheap = Json::parse(rank(centre, {.by = "attempts", .efforts = {"checkout/fast=8.5"}}).out);
  EXPECT_EQ(cheap["ranking"][0]["objective"], "success");  // 3 / 1 against 13 / 8.5
  EXPECT_EQ(cheap["ranking"][1]["effort"], 8.5);
}

TEST(BacklogRank, ShowsTiesInItsTable) {
  const plane::Centre centre;
  send_values(centre, {"EUR"});
  // 3 and up to 2 unknown; 13 / 3 lies between.
  const Ran ran = rank(centre, {.by = "attempts", .efforts = {"checkout/fast=3"}}, "table");
  EXPECT_EQ(ran.exit_code, kDone) << ran.err;
  EXPECT_NE(ran.out.find("3 (+ up to 2)"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("1="), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("checkout/success\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("4,200"), std::string::npos) << ran.out;
}

TEST(BacklogRank, RefusesWhatItCannotCompare) {
  const plane::Centre centre;
  send_values(centre, {"EUR", "USD"});
  EXPECT_EQ(rank(centre, {}).exit_code, kUsage);
  EXPECT_NE(rank(centre, {}).err.find("EUR, USD"), std::string::npos);
  EXPECT_EQ(rank(centre, {.currency = "USD"}).exit_code, kDone);
  for (const char* const effort : {"checkout/success", "checkout/none=1", "checkout/success=0", "checkout/success=-1",
                                   "checkout/success=1.2345", "checkout/success=x", "=1", "checkout/success=1."}) {
    const Ran ran = rank(centre, {.currency = "EUR", .efforts = {effort}});
    EXPECT_EQ(ran.exit_code, kUsage) << effort;
    EXPECT_NE(ran.err.find("JOURNEY/OBJECTIVE=DAYS"), std::string::npos) << effort;
  }
}

TEST(BacklogRank, RefusesACurrencyThatNothingWasLostInAndAnEffortGivenTwice) {
  const plane::Centre centre;
  send_values(centre, {"EUR", "USD"});
  for (const char* const by : {"value", "attempts"}) {
    const Ran ran = rank(centre, {.by = by, .currency = "eur"});
    EXPECT_EQ(ran.exit_code, kUsage);
    EXPECT_NE(ran.err.find("EUR, USD"), std::string::npos) << ran.err;
  }
  const Ran twice = rank(centre, {.currency = "EUR", .efforts = {"checkout/fast=1", "checkout/fast=2"}});
  EXPECT_EQ(twice.exit_code, kUsage);
  EXPECT_NE(twice.err.find("checkout/fast"), std::string::npos) << twice.err;
}

TEST(BacklogRank, ByAttemptsNoCurrencyNeedsToBeChosen) {
  const plane::Centre centre;
  send_values(centre, {"EUR", "USD"});
  const Ran ran = rank(centre, {.by = "attempts"});
  ASSERT_EQ(ran.exit_code, kDone) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["currency"], nullptr);
  const Ran table = rank(centre, {.by = "attempts"}, "table");
  EXPECT_NE(table.out.find("4,200 EUR, 4,200 USD"), std::string::npos) << table.out;
}

TEST(BacklogRank, ByUsersItRanksVisitsThatHadABadAttempt) {
  const plane::Centre centre;
  auto frame = plane::shop_frame(1);
  for (int slot = 0; slot < 40; ++slot) {  // some forty sessions
    plane::add_latency(frame.windows[store::kStart][plane::series(CellKind::kDistinct, "1024/0")],
                       control::kBucketMin + slot, 1);
    ++frame.recorded;
  }
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json by_users = Json::parse(rank(centre, {.by = "users"}).out);
  EXPECT_EQ(by_users["by"], "users");
  EXPECT_EQ(by_users["ranking"][0]["objective"], "fast");
  EXPECT_GT(by_users["ranking"][0]["users_lost"]["estimate"], 0);
  const Ran table = rank(centre, {.by = "users"}, "table");
  EXPECT_NE(table.out.find("about "), std::string::npos) << table.out;
}

TEST(BacklogRank, WhereNothingHasAValueTiesByAttemptsAreShown) {
  const plane::Centre centre;
  ASSERT_EQ(centre.send(plane::shop_frame(1)).status, 200u);
  const Json by_default = Json::parse(rank(centre, {.efforts = {"checkout/fast=3"}}).out);
  EXPECT_EQ(by_default["by"], "attempts");
  EXPECT_EQ(by_default["ranking"][0]["ties"][0], "checkout/success");
  EXPECT_EQ(by_default, Json::parse(rank(centre, {.by = "attempts", .efforts = {"checkout/fast=3"}}).out));
}

TEST(Composites, AreListedAndExplainedByName) {
  plane::Centre centre;
  slo::Composite shop;
  shop.name = "shop";
  shop.kind = slo::CompositeKind::kLeastHealthy;
  shop.parts = {{"checkout", "success", 1}, {"checkout", "fast", 1}};
  shop.period_s = 24 * 3'600;
  centre.catalog.composites = {shop};
  ASSERT_EQ(centre.send(plane::shop_frame(1)).status, 200u);
  std::ostringstream out, err;
  EXPECT_EQ(run_slo_list({centre.url(), 5, "table"}, false, out, err), kDone);
  EXPECT_NE(out.str().find("least healthy: checkout/success"), std::string::npos) << out.str();
  std::ostringstream text;
  EXPECT_EQ(run_slo_explain({centre.url(), 5, "table"}, "shop", "6h", false, text, err), kDone) << err.str();
  EXPECT_NE(text.str().find("least healthy: checkout/success"), std::string::npos) << text.str();
  EXPECT_NE(text.str().find("checkout/fast"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::cli
