#include "control/plane/api.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <sstream>
#include <thread>

#include "control/plane/nodes_heard.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

const Json& slo_named(const Json& document, const std::string& name) {
  for (const auto& slo : document["slos"]) {
    if (slo["objective"] == name) return slo;
  }
  ADD_FAILURE() << name;
  return document;
}

TEST(Api, ShowsEveryObjectiveBeforeThereIsAnyData) {
  const Centre centre;
  const Json document = centre.json("/api/v1/slos");
  ASSERT_EQ(document["slos"].size(), 2u);
  for (const auto& slo : document["slos"]) {
    EXPECT_EQ(slo["state"], "no_data");
    EXPECT_TRUE(slo["ratio"].is_null() && slo["budget"].is_null() && slo["lower"].is_null());
  }
}

TEST(Api, CountsAreThoseOfTheFrames) {
  const Centre centre;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) ASSERT_EQ(centre.send(shop_frame(seq)).status, 200u);
  const Json document = centre.json("/api/v1/slos");
  const Json& success = slo_named(document, "success");
  EXPECT_EQ(success["counts"]["good"], 360);
  EXPECT_EQ(success["counts"]["bad"], 12);
  EXPECT_EQ(success["counts"]["unknown"], 8);
  EXPECT_EQ(success["counts"]["funnel"], 20);
  EXPECT_EQ(success["state"], "missed");
  EXPECT_DOUBLE_EQ(success["ratio"].get<double>(), 360.0 / 372);
  EXPECT_TRUE(success["latency_ns"].is_null());
  const Json& fast = slo_named(document, "fast");
  EXPECT_EQ(fast["counts"]["good"], 320);
  EXPECT_EQ(fast["counts"]["bad"], 52);
  EXPECT_EQ(fast["counts"]["bad_failed"], 12);
  EXPECT_EQ(fast["latency_ns"]["measured"], 360);
  EXPECT_NEAR(fast["latency_ns"]["p50"].get<double>(), 0.505e9, 0.505e9 * 0.0055);
  EXPECT_NEAR(fast["latency_ns"]["p95"].get<double>(), 2e9, 2e9 * 0.0055);
}

TEST(Api, LostBoardsMakeAttemptsUnknown) {
  const Centre centre;
  auto frame = shop_frame(1);
  frame.board_lost = {{"checkout", 7}};
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json document = centre.json("/api/v1/slos");
  EXPECT_EQ(slo_named(document, "success")["counts"]["unknown"], 9);
  EXPECT_EQ(slo_named(document, "success")["counts"]["board_lost"], 7);
}

TEST(Api, OnlyTheSloWindowCounts) {
  const Centre centre;
  ASSERT_EQ(centre.send(shop_frame(1, store::kStart)).status, 200u);
  ASSERT_EQ(centre.send(shop_frame(2, store::kStart - 29 * 86'400)).status, 200u);
  EXPECT_EQ(slo_named(centre.json("/api/v1/slos"), "success")["counts"]["good"], 90);
}

TEST(Api, ExplainsAnObjective) {
  const Centre centre;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    ASSERT_EQ(centre.send(shop_frame(seq, store::kStart + static_cast<std::int64_t>(seq) * 1'000)).status, 200u);
  }
  auto other = shop_frame(5);
  other.windows.begin()->second[series(CellKind::kObjective, "success", "good", 77)].n = 5;
  other.recorded += 5;
  ASSERT_EQ(centre.send(other).status, 200u);
  const Json document = centre.json("/api/v1/slos/checkout/success?range=24h");
  EXPECT_EQ(document["slo"]["counts"]["good"], 450);
  EXPECT_EQ(document["slo"]["other_versions"], 5);
  EXPECT_EQ(document["explanation"][0], "ratio = good / (good + bad) = 450 / (450 + 15) = 96.774 %");
  EXPECT_EQ(document["outcomes"]["success"], 450);
  EXPECT_EQ(document["outcomes"]["failed.system"], 15);
  std::uint64_t good = 0;
  for (const auto& slice : document["course"]["slices"]) {
    EXPECT_EQ((slice["start_unix_s"].get<std::int64_t>() - document["course"]["from_unix_s"].get<std::int64_t>()) % 900,
              0);
    good += slice["good"].get<std::uint64_t>();
  }
  EXPECT_EQ(good, 450u);
  EXPECT_EQ(document["dimensions"][0]["name"], "device");
  EXPECT_EQ(document["dimensions"][0]["values"][0]["value"], "phone");  // the most bad attempts first
  EXPECT_EQ(document["dimensions"][0]["values"][0]["bad"], 15);
}

TEST(Api, HeatmapHoldsEveryMeasuredAttemptInTheRowOfItsLatency) {
  const Centre centre;
  ASSERT_EQ(centre.send(shop_frame(1, store::kStart)).status, 200u);
  ASSERT_EQ(centre.send(shop_frame(2, store::kStart + 3'600)).status, 200u);
  const Json map = centre.json("/api/v1/heatmap?journey=checkout&objective=fast&range=6h");
  EXPECT_EQ(map["measured"], 180);
  EXPECT_EQ(map["threshold_ns"], kSecond);
  std::uint64_t sum = map["below_range"].get<std::uint64_t>() + map["above_range"].get<std::uint64_t>(), slow = 0;
  std::set<std::int64_t> columns;
  for (const auto& cell : map["cells"]) {
    sum += cell[2].get<std::uint64_t>();
    columns.insert(cell[0].get<std::int64_t>());
    ASSERT_LT(cell[0].get<std::int64_t>(), map["columns"].get<std::int64_t>());
    const Json& row = map["rows"][cell[1].get<std::size_t>()];
    if (row["lower_ns"].get<double>() < 2e9 && row["upper_ns"].get<double>() >= 2e9 * (1 - 1e-9))
      slow += cell[2].get<std::uint64_t>();
  }
  EXPECT_EQ(sum, 180u);
  EXPECT_EQ(slow, 20u);
  EXPECT_EQ(columns.size(), 2u);
  for (std::size_t i = 1; i < map["rows"].size(); ++i)
    EXPECT_EQ(map["rows"][i]["lower_ns"], map["rows"][i - 1]["upper_ns"]);
}

TEST(Api, JourneysHaveFunnelOutcomesAndABalancedLedger) {
  const Centre centre;
  for (std::uint64_t seq = 1; seq <= 3; ++seq) ASSERT_EQ(centre.send(shop_frame(seq)).status, 200u);
  const Json journeys = centre.json("/api/v1/journeys?range=6h")["journeys"];
  ASSERT_EQ(journeys.size(), 1u);
  EXPECT_EQ(journeys[0]["starts"], 301);
  EXPECT_EQ(journeys[0]["funnel"][1]["step"], "pay");
  EXPECT_EQ(journeys[0]["funnel"][1]["count"], 285);
  EXPECT_EQ(journeys[0]["outcomes"]["abandoned"], 15);
  EXPECT_EQ(journeys[0]["ledger"],
            (Json{{"starts", 301}, {"ended", 300}, {"open", 1}, {"board_lost", 0}, {"balanced", true}}));
  EXPECT_EQ(journeys[0]["slices"][0]["outcomes"]["success"], 270);
}

TEST(Api, JourneysSayWhatTheirAttemptsWereWorth) {
  const Centre centre;
  auto frame = shop_frame(1);
  for (const auto& [outcome, cents] : {std::pair{"success", 123'456u}, std::pair{"failed.system", 1'999u}}) {
    auto& sum = frame.windows.begin()->second[{.journey = "checkout",
                                               .version = 9,
                                               .kind = CellKind::kValue,
                                               .item = outcome,
                                               .detail = "EUR",
                                               .scope = CellScope::kTotal,
                                               .dimensions = {}}];
    sum = {.n = 3, .sum_ns = cents, .buckets = {}};
    frame.recorded += 3;
  }
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json journeys = centre.json("/api/v1/journeys?range=6h")["journeys"];
  EXPECT_EQ(journeys[0]["values"],
            Json::parse(R"([{"outcome":"failed.system","currency":"EUR","attempts":3,"minor_units":1999},
                            {"outcome":"success","currency":"EUR","attempts":3,"minor_units":123456}])"));
}

TEST(Api, NodesSayWhenTheyWereHeardOf) {
  Centre centre;
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  EXPECT_FALSE(centre.json("/api/v1/nodes")["nodes"][0]["stale"].get<bool>());
  EXPECT_TRUE(centre.json("/api/v1/status")["healthy"].get<bool>());
  centre.now += kStaleSeconds + 1;
  const Json node = centre.json("/api/v1/nodes")["nodes"][0];
  EXPECT_TRUE(node["stale"].get<bool>());
  EXPECT_EQ(node["node"], "edge");
  EXPECT_EQ(node["counters"]["packets"], 1'000);
  EXPECT_EQ(node["boot"].get<std::string>().size(), 32u);
  EXPECT_FALSE(centre.json("/api/v1/status")["healthy"].get<bool>());
}

TEST(Api, ARefusedFrameIsAProblemForADayAndCountedForEver) {
  Centre centre;
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  EXPECT_EQ(centre.post("junk").status, 422u);
  Json status;
  // It is kept aside after it was answered.
  for (int i = 0; i < 200; ++i) {
    status = centre.json("/api/v1/status");
    if (status["frames"]["kept_aside"] == 1) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_FALSE(status["healthy"].get<bool>());
  EXPECT_NE(status["problems"][0].get<std::string>().find("1 frames refused, the last at 20"), std::string::npos)
      << status["problems"];
  centre.now += kDaySeconds + 1;
  auto frame = shop_frame(2);
  ASSERT_EQ(centre.send(frame).status, 200u);
  status = centre.json("/api/v1/status");
  EXPECT_TRUE(status["healthy"].get<bool>()) << status["problems"];
  EXPECT_EQ(status["frames"]["refused"], 1);
}

TEST(Api, ANodeThatWasTakenAwayIsNoProblemAsLongAsOthersAreHeardOf) {
  Centre centre;
  auto frame = shop_frame(1);
  frame.node = "retired";
  ASSERT_EQ(centre.send(frame).status, 200u);
  centre.now += kGoneSeconds + 1;
  Json status = centre.json("/api/v1/status");
  EXPECT_FALSE(status["healthy"].get<bool>());  // nobody else is there
  EXPECT_NE(status["problems"][0].get<std::string>().find("no node is heard of"), std::string::npos);
  frame = shop_frame(1);
  frame.boot[0] = 8;
  ASSERT_EQ(centre.send(frame).status, 200u);
  status = centre.json("/api/v1/status");
  EXPECT_TRUE(status["healthy"].get<bool>()) << status["problems"];
  EXPECT_EQ(status["nodes"]["total"], 1);
  EXPECT_EQ(status["nodes"]["gone"], 1);
  EXPECT_EQ(status["nodes"]["stale"], 0);
}

TEST(Api, ANodeWhoseClockIsCertainlyWrongIsAProblemUntilItIsRightOrSilent) {
  Centre centre;
  std::uint64_t seq = 0;
  const auto after = [&](std::optional<control::ClockState> clock) {
    auto frame = shop_frame(++seq);
    frame.clock = clock;
    EXPECT_EQ(centre.send(frame).status, 200u);
    return centre.json("/api/v1/status")["problems"];
  };
  EXPECT_EQ(after(std::nullopt), Json::array());
  Json node = centre.json("/api/v1/nodes")["nodes"][0];
  EXPECT_TRUE(node["clock_offset_ms"].is_null() && node["clock_uncertain_ms"].is_null());
  EXPECT_FALSE(node["clock_wrong"].get<bool>());
  EXPECT_EQ(centre.get("/metrics").body.find("bellrock_node_clock_offset_seconds{"), std::string::npos);

  EXPECT_EQ(after({{-61'540, 40}}), Json({"node edge: its clock is 61.5 s ahead: what it counts is in wrong minutes"}));
  node = centre.json("/api/v1/nodes")["nodes"][0];
  EXPECT_EQ(node["clock_offset_ms"], -61'540);
  EXPECT_EQ(node["clock_uncertain_ms"], 40);
  EXPECT_TRUE(node["clock_wrong"].get<bool>());
  const std::string page = centre.get("/metrics").body;
  EXPECT_NE(page.find("bellrock_node_clock_offset_seconds{node=\"edge\"} -61.54\n"), std::string::npos) << page;
  EXPECT_NE(page.find("bellrock_node_clock_uncertain_seconds{node=\"edge\"} 0.04\n"), std::string::npos) << page;

  EXPECT_EQ(after({{2'040, 40}}), Json::array());  // it may be right to two seconds
  EXPECT_EQ(after({{2'041, 40}}), Json({"node edge: its clock is 2.0 s behind: what it counts is in wrong minutes"}));
  EXPECT_EQ(after({{30'000, 40'000}}), Json::array());
  EXPECT_EQ(after({{control::kClockMsMax, control::kClockMsMax}}), Json::array());
  EXPECT_NE(after({{control::kClockMsMax, 0}}), Json::array());
  centre.now += kStaleSeconds + 1;  // whoever is silent is judged by that alone
  EXPECT_EQ(centre.json("/api/v1/status")["problems"].size(), 1u);
}

TEST(Api, AnAgentWhoseEdgeIsDownIsHeardOfAndSaysSinceWhen) {
  Centre centre;
  auto frame = shop_frame(1);
  ASSERT_EQ(centre.send(frame).status, 200u);
  EXPECT_TRUE(centre.json("/api/v1/nodes")["nodes"][0]["edge"].is_null());
  frame = shop_frame(2);
  frame.edge = {false, 1'700'000'000'000};
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json node = centre.json("/api/v1/nodes")["nodes"][0];
  EXPECT_EQ(node["edge"], (Json{{"running", false}, {"since_unix_ms", 1'700'000'000'000}}));
  EXPECT_FALSE(node["stale"].get<bool>());
  Json status = centre.json("/api/v1/status");
  EXPECT_EQ(status["problems"], Json({"node edge: agent up, edge not running since 2023-11-14T22:13:20Z"}));
  EXPECT_EQ(status["nodes"]["edges_down"], 1);
  centre.now += kStaleSeconds + 1;  // nothing is known of its edge any more
  status = centre.json("/api/v1/status");
  EXPECT_EQ(status["nodes"]["edges_down"], 0);
  EXPECT_NE(status["problems"][0].get<std::string>().find("not heard of"), std::string::npos);
  frame = shop_frame(3);
  frame.edge = {true, 1'700'000'000'000};
  ASSERT_EQ(centre.send(frame).status, 200u);
  EXPECT_TRUE(centre.json("/api/v1/status")["healthy"].get<bool>());
}

TEST(Api, StatusReportsAJourneyThatStaysUnbalanced) {
  Centre centre;
  auto frame = shop_frame(1);
  frame.open = {{"checkout", 3}};
  ASSERT_EQ(centre.send(frame).status, 200u);
  EXPECT_TRUE(centre.json("/api/v1/status")["healthy"].get<bool>());  // more may be on its way
  centre.now += 60;
  const Json status = centre.json("/api/v1/status");
  ASSERT_EQ(status["problems"].size(), 1u);
  EXPECT_NE(status["problems"][0].get<std::string>().find("checkout"), std::string::npos);
}

TEST(Api, RefusesWhatItDoesNotKnow) {
  const Centre centre;
  EXPECT_EQ(centre.get("/nothing").status, 404u);
  EXPECT_EQ(centre.get("/api/v1/slos/checkout/none").status, 404u);
  EXPECT_EQ(centre.get("/api/v1/slos/checkout").status, 404u);
  EXPECT_EQ(centre.get("/api/v1/slos/checkout/fast?range=2h").status, 400u);
  EXPECT_EQ(centre.get("/api/v1/heatmap?journey=checkout&objective=fast&range=x").status, 400u);
  EXPECT_EQ(centre.get("/v1/frames").status, 405u);
  EXPECT_EQ(net::http_post(centre.url("/v1/frames"), "text/plain", "x")->status, 415u);
  EXPECT_EQ(net::http_post(centre.url("/api/v1/slos"), "a/b", "")->status, 405u);
  EXPECT_EQ(centre.get("/healthz").status, 200u);
  EXPECT_EQ(centre.get("/readyz").status, 200u);
}

// name{labels} → value, of a page that follows the OpenMetrics text format.
std::map<std::string, std::string> parse_metrics(const std::string& page) {
  std::map<std::string, std::string> samples;
  std::map<std::string, std::string> types;
  EXPECT_TRUE(page.ends_with("# EOF\n"));
  std::istringstream lines(page);
  for (std::string line, family; std::getline(lines, line);) {
    if (line == "# EOF" || line.starts_with("# HELP " + family + " ")) continue;
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string type;
      words >> family >> type;
      EXPECT_TRUE(types.emplace(family, type).second) << family << " twice";
      continue;
    }
    const std::size_t space = line.rfind(' ');
    const std::string name = line.substr(0, space);
    EXPECT_EQ(name.substr(0, name.find('{')), types[family] == "counter" ? family + "_total" : family) << line;
    EXPECT_TRUE(samples.emplace(name, line.substr(space + 1)).second) << line;
  }
  return samples;
}

TEST(Api, MetricsAreOpenMetricsAndNeverGoBackWhenOldWindowsAreDeleted) {
  const Centre centre;
  for (std::uint64_t seq = 1; seq <= 2; ++seq) ASSERT_EQ(centre.send(shop_frame(seq)).status, 200u);
  const std::string good = R"(bellrock_slo_events_total{journey="checkout",objective="success",result="good"})";
  auto samples = parse_metrics(centre.get("/metrics").body);
  EXPECT_EQ(samples[good], "180");
  EXPECT_EQ(samples[R"(bellrock_journey_starts_total{journey="checkout"})"], "201");
  EXPECT_EQ(samples[R"(bellrock_journey_open{journey="checkout"})"], "1");
  EXPECT_EQ(samples[R"(bellrock_central_frames_total{result="applied"})"], "2");
  EXPECT_EQ(samples[R"(bellrock_slo_target_ratio{journey="checkout",objective="success"})"], "0.992");
  ASSERT_TRUE(centre.store->trim({store::kEver, store::kEver, store::kEver}).ok());
  samples = parse_metrics(centre.get("/metrics").body);
  EXPECT_EQ(samples[good], "180");
  EXPECT_EQ(samples["bellrock_central_kept"], "0");
  EXPECT_EQ(samples["bellrock_central_trimmed_total"], samples["bellrock_central_recorded_total"]);
}

TEST(Api, MetricsHaveTheNamesThatSlothsDashboardsRead) {
  Centre centre;
  Traffic traffic(centre);
  traffic.minutes(120, 490, 10);
  const auto number = [&](const std::string& name, const std::string& window = "") {
    const auto samples = parse_metrics(centre.get("/metrics").body);
    const std::string more = window.empty() ? "" : R"(,sloth_window=")" + window + '"';
    const std::string labels = R"({sloth_id="checkout-success",sloth_service="checkout",sloth_slo="success")" + more;
    const auto found = samples.find(name + labels + '}');
    return found == samples.end() ? -1.0 : std::stod(found->second);
  };
  EXPECT_EQ(number("slo:sli_error:ratio_rate5m", "5m"), -1) << "nobody has looked yet";
  centre.look();
  EXPECT_DOUBLE_EQ(number("slo:objective:ratio"), 0.992);
  EXPECT_NEAR(number("slo:error_budget:ratio"), 0.008, 1e-12);
  EXPECT_DOUBLE_EQ(number("slo:time_period:days"), 28);
  EXPECT_DOUBLE_EQ(number("slo:sli_error:ratio_rate5m", "5m"), 0.02);
  EXPECT_DOUBLE_EQ(number("slo:sli_error:ratio_rate1h", "1h"), 0.02);
  EXPECT_DOUBLE_EQ(number("slo:sli_error:ratio_rate28d", "28d"), 0.02);
  EXPECT_NEAR(number("slo:current_burn_rate:ratio"), 2.5, 1e-9);
  EXPECT_NEAR(number("slo:period_burn_rate:ratio"), 2.5, 1e-9);
  EXPECT_NEAR(number("slo:period_error_budget_remaining:ratio"), -1.5, 1e-9);
}

}  // namespace
}  // namespace bellrock::plane
