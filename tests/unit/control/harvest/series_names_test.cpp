#include "control/harvest/series_names.h"

#include <gtest/gtest.h>

#include <set>

#include "dataplane/flow/effect_cell.h"
#include "dataplane/journey/top_values.h"
#include "tests/unit/control/harvest/harvest_fixture.h"

namespace bellrock::harvest {
namespace {

class SeriesNamesTest : public testing::Test {
 protected:
  journey::Definition definition_ = shop();
  SeriesNames names_{definition_};
};

TEST_F(SeriesNamesTest, EachKindHasItsItemDetailAndVersion) {
  const auto start = names_.series(cell_key(1, CellKind::kStart));
  ASSERT_TRUE(start);
  EXPECT_EQ(*start, (control::SeriesKey{.journey = "search",
                                        .version = 21,
                                        .kind = CellKind::kStart,
                                        .item = "",
                                        .detail = "",
                                        .scope = CellScope::kTotal,
                                        .dimensions = {}}));
  const auto step = names_.series(cell_key(0, CellKind::kStep, 1));
  ASSERT_TRUE(step);
  EXPECT_EQ(step->item, "pay");
  EXPECT_EQ(step->version, 11u);
  const auto outcome =
      names_.series(cell_key(0, CellKind::kOutcome, static_cast<unsigned>(Outcome::kAbandonedWaiting)));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->item, "abandoned.waiting");
  const auto objective = names_.series(cell_key(0, CellKind::kObjective, 0, 1));
  ASSERT_TRUE(objective);
  EXPECT_EQ(objective->item, "fast");
  EXPECT_EQ(objective->detail, "bad");
  EXPECT_EQ(objective->version, 12u);
}

TEST_F(SeriesNamesTest, AValueIsNamedByItsOutcomeAndCurrency) {
  const CellKey key = cell_key(0, CellKind::kValue, static_cast<unsigned>(Outcome::kSuccess));
  EXPECT_FALSE(names_.series(key)) << "the journey has none";
  definition_.journeys[0].value = {1, StepId{1u}, "EUR", 13};
  const auto series = names_.series(key);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->item, "success");
  EXPECT_EQ(series->detail, "EUR");
  EXPECT_EQ(series->version, 13u);
  EXPECT_FALSE(names_.series(cell_key(0, CellKind::kValue, kOutcomeNames.size())));
}

TEST_F(SeriesNamesTest, AVitalIsNamedByItsPageAndRating) {
  CellKey key = cell_key(1, CellKind::kVital, 0, 2);
  EXPECT_FALSE(names_.series(key)) << "no page's are counted";
  definition_.templates = {{}, {"/a", {"a"}}, {"/product/{id}", {"product", ""}}};
  definition_.vital_pages = {TemplateId{2}};
  const auto series = names_.series(key);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->journey, "/product/{id}");
  EXPECT_EQ(series->item, "lcp");
  EXPECT_EQ(series->detail, "poor");
  key.scope = CellScope::kDimensioned;
  key.values = {1, 4};
  using Dimensions = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(names_.series(key)->dimensions, (Dimensions{{"connection", "slow-2g"}, {"device", "phone"}}));
  EXPECT_EQ(names_.series(cell_key(0, CellKind::kVital, 5, 3))->journey, "__other__");
  for (CellKey wrong :
       {cell_key(2, CellKind::kVital), cell_key(0, CellKind::kVital, 7), cell_key(0, CellKind::kVital, 0, 3),
        cell_key(0, CellKind::kVital, 5, 0), cell_key(0, CellKind::kVital, 0, 4)}) {
    EXPECT_FALSE(names_.series(wrong));
  }
  for (const auto& values : {std::array<std::uint8_t, 3>{4, 0, 0}, {0, 5, 0}, {0, 0, 1}}) {
    std::copy(values.begin(), values.end(), key.values.begin());
    EXPECT_FALSE(names_.series(key));
  }
}

TEST_F(SeriesNamesTest, ValuesOfOpenEndedDimensionsHaveTheTextOfTheirCore) {
  definition_.dimensions[0] = {"release", {}, {}, {}, 6};
  auto board = make_board(definition_, 1);
  const auto sessions = board.core(0).sessions;
  Journal journal = board.journal(0);
  journey::SessionTable table(sessions, 8, 8, journal);
  journey::TopValues values(table.top_table(1), 6, kHour, journal);
  CellKey key = cell_key(0, CellKind::kOutcome);
  key.scope = CellScope::kDimensioned;
  key.values = {values.counted(values.see("2025.11", {})), 3};
  const auto series = names_.series(key, sessions);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->dimensions,
            (std::vector<std::pair<std::string, std::string>>{{"device", "desktop"}, {"release", "2025.11"}}));
  EXPECT_FALSE(names_.series(key)) << "of no core";
  key.values[0] = 2;
  EXPECT_FALSE(names_.series(key, sessions)) << "no such value";
  table.top_table(1).seats[1] = 255;
  EXPECT_FALSE(names_.series(key, sessions)) << "a seat of nobody";
  table.top_table(1).seats[1] = 2;
  table.top_table(1).entries[1].state = journey::TopState::kToldApart;
  table.top_table(1).entries[1].size = 255;
  EXPECT_FALSE(names_.series(key, sessions)) << "a text without end";
  table.top_table(1).entries[1].size = 1;
  table.top_table(1).entries[1].text[0] = '\n';
  EXPECT_FALSE(names_.series(key, sessions)) << "a text that nobody put there";
}

TEST_F(SeriesNamesTest, DimensionsAreSortedByNameAndZeroIsOther) {
  CellKey key = cell_key(0, CellKind::kOutcome);
  key.scope = CellScope::kDimensioned;
  key.values = {0, 3};
  const auto series = names_.series(key);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->dimensions,
            (std::vector<std::pair<std::string, std::string>>{{"device", "desktop"}, {"release", "__other__"}}));
}

TEST_F(SeriesNamesTest, KeysThatPointOutsideTheDefinitionAreRefused) {
  std::vector<CellKey> bad{
      cell_key(2, CellKind::kStart),        cell_key(0, CellKind::kStart, 1),
      cell_key(0, CellKind::kStep, 2),      cell_key(0, CellKind::kOutcome, kOutcomeNames.size()),
      cell_key(0, CellKind::kObjective, 1), cell_key(0, CellKind::kObjective, 0, kVerdictNames.size()),
      cell_key(0, static_cast<CellKind>(5))};
  CellKey key = cell_key(0, CellKind::kOutcome);
  key.values[0] = 1;  // a total has no dimensions
  bad.push_back(key);
  key.scope = CellScope::kDimensioned;
  key.values = {3, 0};  // two releases only
  bad.push_back(key);
  key.values = {1, 1, 1};  // two dimensions only
  bad.push_back(key);
  key = cell_key(0, CellKind::kOutcome);
  key.scope = static_cast<CellScope>(3);
  bad.push_back(key);
  for (const CellKey& each : bad) EXPECT_FALSE(names_.series(each));
}

TEST_F(SeriesNamesTest, CountersAreNamedByTheirGroup) {
  EXPECT_EQ(names_.counter(counter::id(PacketCount::kPackets)), "packets");
  EXPECT_EQ(names_.counter(counter::id(Drop::kNotTcp)), "drops.not_tcp");
  EXPECT_EQ(names_.counter(counter::id(StreamCount::kGaps)), "stream.gaps");
  EXPECT_EQ(names_.counter(counter::id(HttpError::kBadChunk)), "http_error.bad_chunk");
  EXPECT_EQ(names_.counter(counter::id(BeaconReject::kNotJson)), "beacon_reject.not_json");
  EXPECT_EQ(names_.counter(counter::id(EventCount::kRecorded)), "event.recorded");
  EXPECT_EQ(names_.counter(counter::id(Method::kPost)), "method.POST");
  EXPECT_EQ(names_.counter(counter::id(Dialect::kNativeForm)), "dialect.native_form");
  EXPECT_EQ(names_.counter(counter::id(BeaconType::kVitals)), "beacon_type.vitals");
  EXPECT_EQ(names_.counter(counter::status(404)), "status.404");
  EXPECT_EQ(names_.counter(counter::path_template(2)), "template./product/{id}");
  EXPECT_EQ(names_.counter(counter::path_template(0)), "template.__other__");
}

TEST_F(SeriesNamesTest, NoTwoCountersShareAName) {
  std::set<std::string> seen;
  for (CounterId id = 0; id < counter::kCount; ++id) {
    const std::string name = names_.counter(id);
    if (id >= counter::path_template(static_cast<unsigned>(definition_.templates.size()))) {
      EXPECT_TRUE(name.empty());
    } else {
      EXPECT_TRUE(!name.empty() && seen.insert(name).second) << id << " " << name;
    }
  }
}

journey::Definition with_effect() {
  journey::Definition definition = shop();
  journey::Journey& checkout = definition.journeys[0];
  checkout.objectives[0].sli = journey::Sli::kLatency;
  journey::Effect effect;
  effect.name = "pay";
  effect.outcomes = journey::outcome_bit(Outcome::kAbandoned);
  effect.table = true;
  effect.version = 13;
  effect.strata = {1, journey::Effect::kReturning};
  checkout.effects = {effect};
  return definition;
}

TEST(SeriesNamesOfEffects, SayWaitBandOutcomeAndStrata) {
  const journey::Definition definition = with_effect();
  const SeriesNames names(definition);
  CellKey key = cell_key(0, CellKind::kEffect, effect_item(0, Outcome::kAbandonedWaiting), wait_slot(Wait::kEnded, 6));
  const auto total = names.series(key);
  ASSERT_TRUE(total);
  EXPECT_EQ(total->item, "pay");
  EXPECT_EQ(total->detail, "ended/283ms/abandoned.waiting");
  EXPECT_EQ(total->version, 13u);
  EXPECT_TRUE(total->dimensions.empty());
  key.scope = CellScope::kDimensioned;
  key.values = {3, 2};
  const auto by_strata = names.series(key);
  ASSERT_TRUE(by_strata);
  EXPECT_EQ(by_strata->dimensions,
            (std::vector<std::pair<std::string, std::string>>{{"device", "desktop"}, {"returning", "yes"}}));
}

TEST(SeriesNamesOfEffects, RefuseWhatPointsOutsideTheDefinition) {
  const journey::Definition definition = with_effect();
  const SeriesNames names(definition);
  const auto series = [&](std::size_t effect, std::size_t outcome, std::size_t slot, CellScope scope,
                          std::array<std::uint8_t, kJourneyDimensionsMax> values) {
    CellKey key =
        cell_key(0, CellKind::kEffect, static_cast<unsigned>(effect << 4 | outcome), static_cast<unsigned>(slot));
    key.scope = scope;
    key.values = values;
    return names.series(key).has_value();
  };
  EXPECT_TRUE(series(0, 9, kWaitSlots - 1, CellScope::kOverflow, {}));
  EXPECT_FALSE(series(1, 9, 0, CellScope::kTotal, {}));
  EXPECT_FALSE(series(0, 10, 0, CellScope::kTotal, {}));
  EXPECT_FALSE(series(0, 9, kWaitSlots, CellScope::kTotal, {}));
  EXPECT_FALSE(series(0, 9, 0, CellScope::kTotal, {1}));
  EXPECT_FALSE(series(0, 9, 0, CellScope::kDimensioned, {4, 1}));
  EXPECT_FALSE(series(0, 9, 0, CellScope::kDimensioned, {1, 0}));
  EXPECT_FALSE(series(0, 9, 0, CellScope::kDimensioned, {1, 3}));
  EXPECT_FALSE(series(0, 9, 0, CellScope::kDimensioned, {1, 1, 1}));
}

TEST(SeriesNamesOfFeedback, SayOutcomeQuestionAnswerAndBand) {
  journey::Definition definition = shop();
  definition.journeys[0].feedback = {question_bit(Question::kNps), true, {}, 21};
  const SeriesNames names(definition);
  const auto series = [&](std::size_t question, std::size_t outcome, unsigned answer, CellScope scope,
                          std::array<std::uint8_t, kJourneyDimensionsMax> values) {
    CellKey key = cell_key(0, CellKind::kFeedback, feedback_item(question, outcome), answer);
    key.scope = scope;
    key.values = values;
    return names.series(key);
  };
  const auto named = series(2, 0, 10, CellScope::kDimensioned, {2});
  ASSERT_TRUE(named);
  EXPECT_EQ(named->item, "success");
  EXPECT_EQ(named->detail, "nps/10");
  EXPECT_EQ(named->version, 21u);
  EXPECT_EQ(named->dimensions, (std::vector<std::pair<std::string, std::string>>{{"latency", "200ms"}}));
  EXPECT_TRUE(series(2, 9, 0, CellScope::kOverflow, {})->dimensions.empty());
  EXPECT_FALSE(series(0, 0, 5, CellScope::kTotal, {})) << "ces is not asked";
  EXPECT_FALSE(series(3, 0, 5, CellScope::kTotal, {}));
  EXPECT_FALSE(series(2, 10, 5, CellScope::kTotal, {}));
  EXPECT_FALSE(series(2, 0, 11, CellScope::kTotal, {}));
  EXPECT_FALSE(series(2, 0, 5, CellScope::kTotal, {1}));
  EXPECT_FALSE(series(2, 0, 5, CellScope::kDimensioned, {8}));
  EXPECT_FALSE(series(2, 0, 5, CellScope::kDimensioned, {1, 1}));
}

TEST(SeriesNamesOfClicks, SayPageKindAndDevice) {
  journey::Definition definition = shop();
  CellKey key = cell_key(1, CellKind::kClick, 1);
  EXPECT_FALSE(SeriesNames(definition).series(key)) << "no page's are counted";
  definition.click_pages = {TemplateId{2}};
  const SeriesNames names(definition);
  EXPECT_EQ(names.series(key)->journey, "/product/{id}");
  EXPECT_EQ(names.series(key)->item, "rage");
  EXPECT_EQ(names.series(cell_key(0, CellKind::kClick, 3))->journey, "__other__");
  key.scope = CellScope::kDimensioned;
  key.values = {2};
  EXPECT_EQ(names.series(key)->dimensions, (std::vector<std::pair<std::string, std::string>>{{"device", "tablet"}}));
  for (const CellKey& wrong :
       {cell_key(2, CellKind::kClick), cell_key(1, CellKind::kClick, 4), cell_key(1, CellKind::kClick, 1, 1)}) {
    EXPECT_FALSE(names.series(wrong));
  }
  key.values = {4};
  EXPECT_FALSE(names.series(key));
  key.values = {2, 1};
  EXPECT_FALSE(names.series(key));
}

TEST(SeriesNamesOfFrustration, SayPageSignAndDevice) {
  journey::Definition definition = shop();
  CellKey key = cell_key(1, CellKind::kFrustration, 2);
  EXPECT_FALSE(SeriesNames(definition).series(key)) << "nobody asks";
  definition.frustration.on = true;
  EXPECT_EQ(SeriesNames(definition).series(cell_key(0, CellKind::kFrustration, 3))->item, "thrash");
  EXPECT_FALSE(SeriesNames(definition).series(key)) << "no page is listed";
  definition.frustration_pages = {TemplateId{2}};
  definition.frustration.pages.resize(1);
  const SeriesNames names(definition);
  EXPECT_EQ(names.series(key)->journey, "/product/{id}");
  EXPECT_EQ(names.series(key)->item, "loop");
  key.scope = CellScope::kDimensioned;
  key.values = {1};
  EXPECT_EQ(names.series(key)->dimensions, (std::vector<std::pair<std::string, std::string>>{{"device", "phone"}}));
  EXPECT_FALSE(names.series(cell_key(1, CellKind::kFrustration, 5)));
  EXPECT_FALSE(names.series(cell_key(1, CellKind::kFrustration, 1, 1)));
}

TEST(SeriesNamesOfRecovery, SayStepAndWhatBecameOfTheErrors) {
  journey::Definition definition = shop();
  journey::Journey& journey = definition.journeys[0];
  journey.steps[1].kind = journey::StepKind::kFailure;
  const CellKey key = cell_key(0, CellKind::kRecovery, 1, 2);
  EXPECT_FALSE(SeriesNames(definition).series(key)) << "nobody asks";
  journey.recovery = {kMinute, 21};
  const SeriesNames names(definition);
  EXPECT_EQ(names.series(key)->item, journey.steps[1].name);
  EXPECT_EQ(names.series(key)->detail, "not_recovered");
  EXPECT_EQ(names.series(key)->version, 21u);
  EXPECT_FALSE(names.series(cell_key(0, CellKind::kRecovery, 0, 0))) << "no failure";
  EXPECT_FALSE(names.series(cell_key(0, CellKind::kRecovery, 1, 4)));
}

TEST(SeriesNamesOfCoverage, SayPageBrowserPlaceAndDevice) {
  journey::Definition definition = shop();
  CellKey key = cell_key(0, CellKind::kCoverage, 3);
  EXPECT_FALSE(SeriesNames(definition).series(key)) << "no page is waited for";
  definition.coverage.on = true;
  definition.visitors.browsers = {"chrome"};
  const SeriesNames names(definition);
  EXPECT_EQ(names.series(key)->journey, "__other__") << "also where no page is listed";
  EXPECT_EQ(names.series(key)->item, "unknown");
  EXPECT_EQ(names.series(key)->detail, "restart");
  EXPECT_FALSE(names.series(cell_key(1, CellKind::kCoverage)));
  EXPECT_FALSE(names.series(cell_key(0, CellKind::kCoverage, 10)));
  EXPECT_FALSE(names.series(cell_key(0, CellKind::kCoverage, 1, 1)));
  EXPECT_FALSE(names.series(cell_key(0, CellKind::kSplit))) << "nobody asks for it";
  key.scope = CellScope::kDimensioned;
  key.values = {1};
  using Dimensions = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(names.series(key)->dimensions, (Dimensions{{"browser", "chrome"}}));
  key.values = {0, 1};
  EXPECT_FALSE(names.series(key)) << "no place is configured";
  definition.coverage.has_place = definition.coverage.split = true;
  definition.coverage.place = DimensionId{0};
  EXPECT_EQ(names.series(key)->dimensions, (Dimensions{{"browser", "unknown"}, {"place", "r1"}}));
  key.values = {2};
  EXPECT_FALSE(names.series(key));
  key.kind = CellKind::kSplit;
  EXPECT_EQ(names.series(key)->dimensions, (Dimensions{{"device", "tablet"}}));
  key.item = 9;
  EXPECT_FALSE(names.series(key));
}

TEST(SeriesNamesOfCalls, SayTheCallAndThatItIsOne) {
  journey::Definition definition = shop();
  definition.coverage.on = definition.coverage.split = true;
  definition.coverage_pages = {TemplateId{1}};
  const SeriesNames names(definition);
  EXPECT_FALSE(names.series(cell_key(2, CellKind::kSplit))) << "no call is split";
  definition.coverage_calls = {{TemplateId{2}, "api.call"}};
  CellKey key = cell_key(2, CellKind::kSplit, 5);
  EXPECT_EQ(names.series(key)->journey, definition.templates[2].text);
  EXPECT_EQ(names.series(key)->item, "call_unmatched");
  EXPECT_EQ(names.series(key)->detail, "no_timing");
  EXPECT_EQ(names.series(cell_key(1, CellKind::kSplit))->item, "server") << "a page";
  key.scope = CellScope::kDimensioned;
  key.values = {1};
  EXPECT_EQ(names.series(key)->dimensions.at(0), (std::pair<std::string, std::string>{"device", "phone"}));
  EXPECT_FALSE(names.series(cell_key(2, CellKind::kCoverage))) << "calls are not covered";
  EXPECT_FALSE(names.series(cell_key(2, CellKind::kSplit, 9)));
  EXPECT_FALSE(names.series(cell_key(3, CellKind::kSplit)));
  for (const CoverageName& of : kSplitNames)
    EXPECT_FALSE(split_name(of.item).call) << "no page's item is taken for a call's";
}

TEST(SeriesNamesOfDistinctSessions, SayHowManyRegistersThereAreAndWhich) {
  journey::Definition definition = shop();
  EXPECT_FALSE(SeriesNames(definition).series(cell_key(0, CellKind::kDistinct))) << "nobody asks";
  definition.journeys[0].distinct_sessions = true;
  const SeriesNames names(definition);
  EXPECT_EQ(names.series(cell_key(0, CellKind::kDistinct, 15))->item, "1024/15");
  EXPECT_EQ(names.series(cell_key(0, CellKind::kDistinct))->version, 11u);
  EXPECT_FALSE(names.series(cell_key(0, CellKind::kDistinct, 16)));
  EXPECT_FALSE(names.series(cell_key(0, CellKind::kDistinct, 0, 1)));
  EXPECT_FALSE(names.series(cell_key(1, CellKind::kDistinct)));
}

}  // namespace
}  // namespace bellrock::harvest
