// correlate_with: what is read, what is refused, and what makes its counts other counts.
#include "support.h"

namespace bellrock::config {
namespace {

using journey::Effect;
using journey::Journey;

// Latencies pay → ok and open → done, dimensions device and plan.
std::string with(const std::string& effects) {
  return journey_text(R"(  objectives:
    - {name: paid, sli: latency, from: pay, to: ok, op: lt, value: 1s, target: 0.9}
    - {name: slow, sli: latency, from: pay, to: done, op: lt, value: 1s, target: 0.9, clock: {client: beacon.dur}}
    - {name: long, sli: latency, from: open, to: done, op: lt, value: 1s, target: 0.9, clock: {client: beacon.dur}}
  dimensions: {device: {set: [phone, tablet]}, plan: {from: query.plan, top: 3}}
  correlate_with: )" + effects +
                      "\n");
}
const std::string kFull =
    "[{cause: {step: ok, latency: true}, effect: [abandoned], method: [table, hazard], strata: [plan, returning]}]";

Journey read(const std::string& effects) {
  Loaded loaded = load_text(with(effects));
  EXPECT_TRUE(loaded.ok()) << lines(loaded);
  return loaded.definition.journeys.at(0);
}

TEST(CorrelateWith, IsReadAsWritten) {
  const Journey journey = read(kFull);
  ASSERT_EQ(journey.effects.size(), 1u);
  const Effect& effect = journey.effects[0];
  EXPECT_EQ(effect.name, "ok");
  EXPECT_EQ(journey.objectives[effect.of.index()].name, "paid");
  EXPECT_EQ(effect.outcomes,
            journey::outcome_bit(Outcome::kAbandoned) | journey::outcome_bit(Outcome::kAbandonedWaiting));
  EXPECT_TRUE(effect.table && effect.hazard);
  EXPECT_EQ(effect.strata, (std::vector<std::uint8_t>{1, Effect::kReturning}));
  EXPECT_NE(effect.version, 0u);
}

TEST(CorrelateWith, TakesBothMethodsAndNoStrataWhereItSaysNothing) {
  const Effect effect = read("[{cause: {step: ok, latency: true}, effect: [failed.user]}]").effects.at(0);
  EXPECT_TRUE(effect.table && effect.hazard && effect.strata.empty());
  EXPECT_EQ(effect.outcomes, journey::outcome_bit(Outcome::kFailedUser));
  const Effect table = read("[{cause: {step: ok, latency: true}, effect: [abandoned], method: [table]}]").effects.at(0);
  EXPECT_TRUE(table.table && !table.hazard);
}

TEST(CorrelateWith, RefusesWhatItCannotCount) {
  const auto code = [](const std::string& effects) { return load_text(with(effects)); };
  const std::string cause = "cause: {step: ok, latency: true}";
  EXPECT_TRUE(has_code(code("[{cause: {step: done, latency: true}, effect: [abandoned]}]"), "BR1510"))
      << "two latencies end there";
  EXPECT_TRUE(has_code(code("[{cause: {step: pay, latency: true}, effect: [abandoned]}]"), "BR1510"));
  EXPECT_TRUE(has_code(code("[{cause: {step: ok, latency: false}, effect: [abandoned]}]"), "BR1108"));
  EXPECT_TRUE(has_code(code("[{cause: {step: ok}, effect: [abandoned]}]"), "BR1102"));
  EXPECT_TRUE(has_code(code("[{" + cause + ", effect: [success]}]"), "BR1507"));
  EXPECT_TRUE(has_code(code("[{" + cause + ", effect: []}]"), "BR1111"));
  EXPECT_TRUE(has_code(code("[{" + cause + ", effect: [abandoned], strata: [device, device]}]"), "BR1202"));
  EXPECT_TRUE(has_code(code("[{" + cause + ", effect: [abandoned], strata: [country]}]"), "BR1209"));
  EXPECT_TRUE(has_code(code("[{" + cause + ", effect: [abandoned], stratum: [device]}]"), "BR1101"));
  EXPECT_TRUE(has_code(code("[{" + cause + ", effect: [abandoned]}, {" + cause + ", effect: [failed]}]"), "BR1202"));
  EXPECT_TRUE(
      load_text(with("[{" + cause + ", effect: [abandoned]}, {name: two, " + cause + ", effect: [failed]}]")).ok());
}

TEST(CorrelateWith, CountsAnewWhereItsStrataOrItsLatencyChange) {
  const auto version = [](const std::string& effects) { return read(effects).effects.at(0).version; };
  const std::string head = "[{cause: {step: ok, latency: true}, ";
  EXPECT_EQ(version(kFull), version(kFull));
  EXPECT_NE(version(head + "effect: [abandoned]}]"), version(head + "effect: [abandoned], strata: [device]}]"));
  EXPECT_EQ(version(head + "effect: [abandoned]}]"), version(head + "effect: [failed]}]"))
      << "every outcome is counted, whichever is asked about";
}

TEST(CorrelateWith, LeavesVersionsOfTheJourneyAndItsObjectivesAsTheyWere) {
  std::string text = with("");
  text.erase(text.find("  correlate_with:"));
  const Journey with_it = read(kFull), without = load_text(text).definition.journeys.at(0);
  EXPECT_EQ(with_it.version, without.version);
  for (std::size_t i = 0; i < without.objectives.size(); ++i) {
    EXPECT_EQ(with_it.objectives[i].version, without.objectives[i].version);
  }
}

}  // namespace
}  // namespace bellrock::config
