#include "control/agent/health.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

namespace bellrock::agent {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

AgentStatus well() {
  AgentStatus status;
  status.node = "edge";
  status.loop_unix_ms = kNow;
  status.board_open = status.edge_running = true;
  status.core_stalled = {false, false};
  status.counters = {{"packets", 10},
                     {"passed", 7},
                     {"drops.not_tcp", 2},
                     {"drops.bad_ip", 1},
                     {"beacons_seen", 5},
                     {"beacons_accepted", 4},
                     {"beacon_reject.not_json", 1},
                     {"event.recorded", 30},
                     {"event.value_rejected", 2},
                     {"template./a\"b", 1}};
  status.ledger.harvested = 28;
  status.ledger.journeys["checkout"] = {.starts = 6, .outcomes = 4, .open = 2};
  status.spool.bytes_max = 1'000;
  return status;
}

net::Response get(const std::string& path, const AgentStatus& status) {
  net::Request request;
  request.method = "GET";
  request.path = path;
  return answer(request, status, kNow);
}

TEST(Health, IsWellWhenEverythingHolds) {
  EXPECT_EQ(get("/healthz", well()).status, 200u);
  EXPECT_EQ(get("/readyz", well()).body, "{\"ok\":true,\"reasons\":[]}\n");
  EXPECT_EQ(get("/nothing", well()).status, 404u);
}

TEST(Health, EveryTroubleHasItsReason) {
  const std::vector<std::pair<void (*)(AgentStatus&), const char*>> troubles{
      {[](AgentStatus& s) { s.loop_unix_ms = kNow - 60'000; }, "stuck"},
      {[](AgentStatus& s) { s.core_stalled[1] = true; }, "core_stalled: core 1"},
      {[](AgentStatus& s) { s.board_open = false; }, "no board"},
      {[](AgentStatus& s) { s.edge_running = false; }, "no edge"},
      {[](AgentStatus& s) { s.configuration_pending = true; }, "older configuration"},
      {[](AgentStatus& s) { s.board_file_gone = true; }, "removed"},
      {[](AgentStatus& s) { s.spool.bytes = 950; }, "nearly full"},
      {[](AgentStatus& s) { s.trouble = "disk \"x\" full"; }, "disk \\\"x\\\" full"}};
  for (const auto& [make, reason] : troubles) {
    AgentStatus status = well();
    make(status);
    const net::Response ready = get("/readyz", status);
    EXPECT_EQ(ready.status, 503u) << reason;
    EXPECT_NE(ready.body.find(reason), std::string::npos) << ready.body;
  }
  AgentStatus stalled = well();
  stalled.core_stalled[0] = true;
  EXPECT_EQ(get("/healthz", stalled).status, 503u);
  AgentStatus pending = well();
  pending.configuration_pending = true;
  EXPECT_EQ(get("/healthz", pending).status, 200u);  // alive, but not ready
}

TEST(Health, SaysHowFarTheClockIsOffOnceThatIsKnown) {
  AgentStatus status = well();
  EXPECT_EQ(get("/metrics", status).body.find("clock_offset"), std::string::npos);
  status.uplink.clock = {-30'250, 12};
  const std::string page = get("/metrics", status).body;
  EXPECT_NE(page.find("bellrock_clock_offset_seconds -30.25\n"), std::string::npos) << page;
  EXPECT_NE(page.find("bellrock_clock_uncertain_seconds 0.012\n"), std::string::npos) << page;
}

TEST(Health, ASumThatDoesNotHoldShows) {
  for (const auto& sum : conservation(well())) EXPECT_FALSE(sum.broken()) << sum.name;
  const std::vector<std::pair<void (*)(AgentStatus&), std::string>> breaks{
      {[](AgentStatus& s) { ++s.counters["passed"]; }, "sum=\"packets\",journey=\"\""},
      {[](AgentStatus& s) { ++s.counters["beacon_reject.too_large"]; }, "sum=\"beacons\",journey=\"\""},
      {[](AgentStatus& s) { --s.ledger.harvested; }, "sum=\"recorded\",journey=\"\""},
      {[](AgentStatus& s) { ++s.ledger.journeys["checkout"].open; }, "sum=\"attempts\",journey=\"checkout\""}};
  for (const auto& [make, labels] : breaks) {
    AgentStatus status = well();
    EXPECT_NE(metrics_text(status, kNow).find("bellrock_conservation_broken{" + labels + "} 0\n"), std::string::npos);
    make(status);
    EXPECT_NE(metrics_text(status, kNow).find("bellrock_conservation_broken{" + labels + "} 1\n"), std::string::npos);
  }
}

// OpenMetrics 1.0: each family once, TYPE before its samples, samples of a counter end in _total, the last line is EOF.
TEST(Health, MetricsAreWellFormed) {
  std::istringstream lines(metrics_text(well(), kNow));
  const std::regex sample(R"(([a-z_]+)(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? [0-9]+)");
  std::set<std::string> families;
  std::string family, type, last, line;
  while (std::getline(lines, line)) {
    last = line;
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      words >> family >> type;
      EXPECT_TRUE(families.insert(family).second) << family;
    } else if (!line.starts_with("# ")) {
      std::smatch match;
      ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
      EXPECT_EQ(match[1].str(), type == "counter" ? family + "_total" : family);
    }
  }
  EXPECT_EQ(last, "# EOF");
  EXPECT_TRUE(families.contains("bellrock_spool_bytes"));
}

}  // namespace
}  // namespace bellrock::agent
