// What was lost: attempts, and what they were worth.
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

void add_value(control::DeltaFrame& frame, const char* outcome, const char* currency, std::uint64_t attempts,
               std::uint64_t minor_units, std::int64_t window = store::kStart) {
  auto& cell = frame.windows[window][series(CellKind::kValue, outcome, currency)];
  cell.n = attempts;
  cell.sum_ns = minor_units;
  frame.recorded += attempts;
}

Json item(const Json& backlog, const char* objective) {
  for (const auto& one : backlog["items"]) {
    if (one["objective"] == objective) return one;
  }
  ADD_FAILURE() << objective;
  return {};
}

TEST(Backlog, SaysWhatWasLostByCurrencyAndWhatMayHaveBeen) {
  const Centre centre;
  auto frame = shop_frame(1);
  add_value(frame, "success", "EUR", 80, 400'000);
  add_value(frame, "failed.system", "EUR", 2, 9'000);
  add_value(frame, "failed.system", "USD", 1, 700);
  add_value(frame, "abandoned", "EUR", 1, 50'000);  // the objective does not call it bad
  add_value(frame, "unknown", "EUR", 2, 3'000);
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json backlog = centre.json("/api/v1/backlog?range=24h");
  const Json success = item(backlog, "success");
  EXPECT_EQ(success["counts"]["bad"], 3);
  EXPECT_EQ(success["counts"]["unknown"], 2);
  EXPECT_EQ(success["value_lost"].dump(),
            R"([{"currency":"EUR","attempts":2,"minor_units":9000,"unknown_attempts":2,"unknown_minor_units":3000},)"
            R"({"currency":"USD","attempts":1,"minor_units":700,"unknown_attempts":0,"unknown_minor_units":0}])");
  EXPECT_EQ(item(backlog, "fast")["value_lost"], nullptr);  // by outcome, not by verdict
  EXPECT_EQ(item(backlog, "fast")["counts"]["bad"], 13);
}

TEST(Backlog, WithoutValuesTheyAreNotMeasuredAndNotNothing) {
  const Centre centre;
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  EXPECT_EQ(item(centre.json("/api/v1/backlog"), "success")["value_lost"], nullptr);
  EXPECT_EQ(centre.get("/api/v1/backlog?range=2h").status, 400u);
}

TEST(Backlog, AnIncidentSaysWhatWasLostInIt) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(60, 500, 1);
  const std::int64_t outage = traffic.at;
  traffic.minutes(12, 0, 500);
  auto frame = shop_frame(++traffic.seq, outage + 180);
  add_value(frame, "failed.system", "EUR", 4, 1'234, outage + 240);
  add_value(frame, "failed.system", "EUR", 1, 99, outage - 1'800);  // before it
  ASSERT_EQ(centre.send(frame).status, 200u);
  centre.look();
  const Json incident = centre.json("/api/v1/incidents/1");
  ASSERT_EQ(incident["value_lost"].size(), 1u) << incident.dump();
  EXPECT_EQ(incident["value_lost"][0]["minor_units"], 1'234);
  EXPECT_EQ(incident["value_lost"][0]["attempts"], 4);
}

}  // namespace
}  // namespace bellrock::plane
