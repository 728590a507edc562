// What is kept of attempts and visits: what tells them apart, what they are worth, how they are counted.
#include "support.h"

namespace bellrock::config {
namespace {

TEST(AttemptReader, AConsistencyIsOfALatencyWhereverThatIsListed) {
  const std::string steady = "{name: steady, sli: consistency, of: fast, min_attempts: 3, target: 0.9}";
  const std::string fast = "{name: fast, sli: latency, from: pay, to: ok, op: lt, value: 800ms, target: 0.9}";
  for (const std::string& list : {steady + ", " + fast, fast + ", " + steady}) {
    const Loaded loaded = load_text(journey_text("  objectives: [" + list + "]\n"));
    EXPECT_EQ(lines(loaded), "");
    for (const journey::Objective& objective : loaded.definition.journeys.at(0).objectives) {
      EXPECT_NE(objective.version, 0u);
      if (objective.sli != journey::Sli::kConsistency) continue;
      EXPECT_EQ(loaded.definition.journeys[0].objectives.at(objective.of.index()).name, "fast");
      EXPECT_EQ(objective.min_attempts, 3u);
    }
  }
  const auto code = [&](const std::string& list) { return load_text(journey_text("  objectives: [" + list + "]\n")); };
  EXPECT_TRUE(has_code(code(steady), "BR1509"));
  EXPECT_TRUE(has_code(code("{name: steady, sli: consistency, of: steady, target: 0.9}"), "BR1509"));
  EXPECT_TRUE(has_code(code("{name: steady, sli: consistency, target: 0.9}"), "BR1102"));
  EXPECT_TRUE(has_code(code("{name: steady, sli: consistency, of: fast, min_attempts: 64, target: 0.9}"), "BR1107"));
  EXPECT_TRUE(has_code(code(fast + ", {name: steady, sli: consistency, of: fast}"), "BR1102")) << "no target";
}

TEST(AttemptReader, SessionsAreCountedWhereAttemptsEndBeforeThem) {
  const std::string objectives =
      "  objectives: [{name: success, sli: success, count_from: pay, target: 0.9, bad: [failed, abandoned, "
      "superseded]}]\n";
  const auto with = [&](const std::string& lifetime, const std::string& attempt) {
    std::string text = journey_text("  attempt: {count: session" + attempt + "}\n" + objectives);
    return load_text(text.replace(text.find("{keys:"), 6, "{" + lifetime + "keys:"));
  };
  const Loaded loaded = with("", "");
  EXPECT_TRUE(loaded.ok()) << lines(loaded);
  EXPECT_TRUE(loaded.definition.journeys.at(0).per_session);
  EXPECT_EQ(loaded.definition.identities.at(0).idle, 30 * kMinute);
  EXPECT_EQ(with("lifetime: {max: 10m}, ", ", idle: 5m").definition.identities.at(0).idle, 10 * kMinute);
  EXPECT_TRUE(with("lifetime: {idle: 5m}, ", ", idle: 5m").ok());
  EXPECT_TRUE(has_code(with("lifetime: {idle: 5m}, ", ""), "BR1601"));
  EXPECT_TRUE(has_code(with("lifetime: {idle: 5h}, ", ""), "BR1601")) << "longer than max";
}

TEST(AttemptReader, AnIdentityLinksItsKeysIfItHasSeveral) {
  const auto with = [](const std::string& link) {
    std::string text = journey_text("");
    return load_text(text.replace(text.find("{keys:"), 6, "{" + link + "keys:"));
  };
  EXPECT_FALSE(with("").definition.identities.at(0).link);
  const Loaded loaded = with("link: true, ");
  EXPECT_EQ(lines(loaded), "");
  EXPECT_TRUE(loaded.definition.identities.at(0).link);
  const std::string head = "apiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: web}\nspec: ";
  EXPECT_NE(lines(load_text(head + "{keys: [{cookie: sid}], link: true}\n")).find("only one"), std::string::npos);
}

TEST(AttemptReader, AnIdentitysEventsWaitForAsLongAsItSays) {
  const auto with = [](const std::string& wait) {
    std::string text = journey_text("");
    return load_text(text.replace(text.find("{keys:"), 6, "{" + wait + "keys:"));
  };
  EXPECT_EQ(with("").definition.identities.at(0).reorder_wait, 0);
  const Loaded loaded = with("reorder_wait: 1.5s, ");
  EXPECT_EQ(lines(loaded), "");
  EXPECT_EQ(loaded.definition.identities.at(0).reorder_wait, 1'500 * kMillisecond);
  EXPECT_TRUE(with("reorder_wait: 30s, ").ok());
  EXPECT_TRUE(with("reorder_wait: 0s, ").ok());
  for (const auto& [wait, code] : {std::pair{"30001ms", "BR1107"}, {"1", "BR1105"}, {"[1s]", "BR1103"}}) {
    EXPECT_TRUE(has_code(with(std::string("reorder_wait: ") + wait + ", "), code)) << wait;
  }
}

TEST(AttemptReader, AnOpenEndedDimensionSaysHowManyValuesAreToldApart) {
  const auto with = [](const std::string& map) { return load_text(journey_text("  dimensions: {" + map + "}\n")); };
  const Loaded loaded = with("release: {top: 6}, campaign: {from: query.c, top: 100}");
  EXPECT_EQ(lines(loaded), "");
  ASSERT_EQ(loaded.definition.dimensions.size(), 2u);
  EXPECT_EQ(loaded.definition.dimensions[0].top, 6u);
  EXPECT_EQ(loaded.definition.dimensions[1].top, 100u);
  EXPECT_TRUE(has_code(with("release: {top: 6, set: [a]}"), "BR1101"));
  EXPECT_TRUE(has_code(with("device: {top: 2}"), "BR1101"));
  EXPECT_TRUE(has_code(with("release: {top: 101}"), "BR1107"));
  EXPECT_TRUE(has_code(with("campaign: {top: 6}"), "BR1102")) << "from where";
  EXPECT_TRUE(with("a: {from: query.a, top: 6}, b: {from: query.b, top: 6}, c: {from: query.c, top: 6}, "
                   "d: {from: query.d, top: 6}")
                  .ok());
  EXPECT_TRUE(has_code(with("a: {from: query.a, top: 6}, b: {from: query.b, top: 6}, c: {from: query.c, top: 6}, "
                            "d: {from: query.d, top: 6}, e: {from: query.e, top: 6}"),
                       "BR1201"));
}

TEST(AttemptReader, AValueIsReadWhereItsStepCarriesIt) {
  const auto with = [](const char* value) { return load_text(journey_text(std::string("  value: ") + value + "\n")); };
  const Loaded loaded = with("{from: header.x-total, currency: EUR, at: pay}");
  EXPECT_EQ(lines(loaded), "");
  const journey::MoneyValue& value = loaded.definition.journeys.at(0).value;
  EXPECT_EQ(value.amount, 1u);
  EXPECT_EQ(value.at, StepId{1u});
  EXPECT_EQ(value.currency, "EUR");
  EXPECT_NE(value.version, 0u);
  EXPECT_EQ(loaded.definition.amounts.at(0).kind, journey::SourceKind::kHeader);
  EXPECT_TRUE(with("{from: beacon.attrs.total, currency: EUR, at: done}").ok());
  EXPECT_TRUE(with("{from: header.x-total, currency: EUR, at: done}").ok()) << "of the beacon's carrier";
  EXPECT_TRUE(has_code(with("{from: beacon.attrs.total, currency: EUR, at: pay}"), "BR1410"));
  EXPECT_TRUE(has_code(with("{from: header.x-total, currency: EUR, at: ok}"), "BR1410"));
  EXPECT_TRUE(has_code(with("{from: header.x-total, currency: euro, at: pay}"), "BR1112"));
  EXPECT_TRUE(has_code(with("{from: header.x-total, currency: EUR, at: paid}"), "BR1204"));
  EXPECT_TRUE(has_code(with("{from: header.x-total, at: pay}"), "BR1102"));
}

TEST(AttemptReader, AttemptsAreToldApartByTheFirstSourceThatIsThere) {
  const Loaded loaded =
      load_text(journey_text("  attempt: {correlate: {from: [query.cart_id, beacon.attrs.cart_id]}}\n"));
  EXPECT_EQ(lines(loaded), "");
  ASSERT_EQ(loaded.definition.journeys.at(0).correlate, 1u);
  const auto& sources = loaded.definition.correlates.at(0).from;
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[0].kind, journey::SourceKind::kQuery);
  EXPECT_EQ(sources[1].kind, journey::SourceKind::kBeaconAttr);
  EXPECT_EQ(load_text(journey_text("  attempt: {correlate: {from: query.cart}}\n")).definition.correlates.size(), 1u);
}

TEST(AttemptReader, WhatTellsAttemptsApartMustSayFromWhere) {
  EXPECT_TRUE(has_code(load_text(journey_text("  attempt: {correlate: {}}\n")), "BR1102"));
  EXPECT_TRUE(has_code(load_text(journey_text("  attempt: {correlate: {from: []}}\n")), "BR1111"));
  EXPECT_TRUE(has_code(load_text(journey_text("  attempt: {correlate: {from: [cart]}}\n")), "BR1108"));
  std::string many = kIdentity;
  for (int i = 0; i < 5; ++i) {
    const std::string n = std::to_string(i);
    many +=
        journey_text("  attempt: {correlate: {from: query.c" + n + "}}\n", "j" + n).substr(kIdentity.size()) + "---\n";
  }
  EXPECT_TRUE(has_code(load_text(many), "BR1201"));
}

}  // namespace
}  // namespace bellrock::config
