// The online commands against a whole centre at a port of its own.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "control/cli/commands/slo.h"
#include "control/cli/commands/status.h"
#include "control/cli/exit_code.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::cli {
namespace {

struct Ran {
  int exit_code;
  std::string out, err;
};

CentreOptions at(const std::string& url, const char* output = "table") { return {url, 5, output}; }

Ran list(const CentreOptions& options) {
  std::ostringstream out, err;
  const int code = run_slo_list(options, false, out, err);
  return {code, out.str(), err.str()};
}

Ran explain(const CentreOptions& options, const std::string& name, const std::string& range = "6h") {
  std::ostringstream out, err;
  const int code = run_slo_explain(options, name, range, false, out, err);
  return {code, out.str(), err.str()};
}

Ran status(const CentreOptions& options) {
  std::ostringstream out, err;
  const int code = run_status(options, false, out, err);
  return {code, out.str(), err.str()};
}

TEST(SloList, ShowsTheTable) {
  const plane::Centre centre;
  ASSERT_EQ(centre.send(plane::shop_frame(1)).status, 200u);
  const Ran ran = list(at(centre.url("/")));
  EXPECT_EQ(ran.exit_code, kDone);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(
      ran.out,
      "JOURNEY   OBJECTIVE    TARGET  GOOD  BAD  UNKNOWN     RATIO              BOUNDS  STATE   BUDGET LEFT     P95\n"
      "checkout  success    > 99.2 %    90    3        2  96.774 %  94.736 .. 96.842 %  missed     -303.2 %       -\n"
      "checkout  fast         ≥ 95 %    80   13        0  86.021 %            86.021 %  missed     -179.6 %  1.99 s\n");
}

TEST(SloList, WritesWhatTheCentreSaidAsJsonAndLines) {
  const plane::Centre centre;
  ASSERT_EQ(centre.send(plane::shop_frame(1)).status, 200u);
  const Json document = Json::parse(list(at(centre.url(), "json")).out);
  EXPECT_EQ(document, centre.json("/api/v1/slos"));
  std::istringstream lines(list(at(centre.url(), "jsonl")).out);
  std::string line;
  for (const auto& slo : document["slos"]) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(Json::parse(line), slo);
  }
  EXPECT_FALSE(std::getline(lines, line));
  EXPECT_EQ(list(at(centre.url(), "yaml")).out, to_yaml(document));
}

TEST(SloList, NoDataIsShownAsSuch) {
  const plane::Centre centre;
  const Ran ran = list(at(centre.url()));
  EXPECT_NE(ran.out.find("no data"), std::string::npos);
  EXPECT_EQ(ran.out.find("NaN"), std::string::npos);
}

TEST(SloExplain, TellsCountsSumsOutcomesAndDimensions) {
  const plane::Centre centre;
  ASSERT_EQ(centre.send(plane::shop_frame(1)).status, 200u);
  const Ran ran = explain(at(centre.url()), "success");
  EXPECT_EQ(ran.exit_code, kDone) << ran.err;
  for (const char* part : {"checkout / success  missed", "ratio = good / (good + bad) = 90 / (90 + 3) = 96.774 %",
                           "funnel only 5", "failed.system         3", "DEVICE", "Most bad attempts in the last 6h"}) {
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
  }
  EXPECT_NE(explain(at(centre.url()), "checkout/fast").out.find("p95 1.99 s"), std::string::npos);
  EXPECT_EQ(Json::parse(explain(at(centre.url(), "json"), "checkout/fast").out),
            centre.json("/api/v1/slos/checkout/fast?range=6h"));
}

TEST(SloExplain, ListsTheChoicesWhenANameIsNoneOrSeveral) {
  const plane::Centre centre;
  for (const char* name : {"checkout", "nothing"}) {
    const Ran ran = explain(at(centre.url()), name);
    EXPECT_EQ(ran.exit_code, kUsage);
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("  checkout/success\n  checkout/fast\n"), std::string::npos) << ran.err;
  }
  EXPECT_EQ(explain(at(centre.url()), "fast", "3h").exit_code, kUsage);
}

TEST(Status, IsOneWhenSomethingNeedsALook) {
  plane::Centre centre;
  ASSERT_EQ(centre.send(plane::shop_frame(1)).status, 200u);
  const Ran healthy = status(at(centre.url()));
  EXPECT_EQ(healthy.exit_code, kDone);
  EXPECT_NE(healthy.out.find("Test  healthy"), std::string::npos);
  EXPECT_NE(healthy.out.find("checkout     101    100     1     0  yes"), std::string::npos) << healthy.out;
  centre.now += 500;
  const Ran stale = status(at(centre.url()));
  EXPECT_EQ(stale.exit_code, kDifferent);
  EXPECT_NE(stale.out.find("! node edge: not heard of for 500 s"), std::string::npos) << stale.out;
  const Json document = Json::parse(status(at(centre.url(), "json")).out);
  EXPECT_EQ(document["node_list"].size(), 1u);
}

TEST(Status, HasAColumnForTheClockOfEachNode) {
  plane::Centre centre;
  const std::pair<std::optional<control::ClockState>, const char*> cases[] = {
      {std::nullopt, "CLOCK"}, {{{-3, 5}}, "right"}, {{{-30, 5}}, "0.030 s ahead"}, {{{61'540, 5}}, "61.5 s behind"}};
  std::uint64_t seq = 0;
  for (const auto& [clock, said] : cases) {
    auto frame = plane::shop_frame(++seq);
    frame.clock = clock;
    ASSERT_EQ(centre.send(frame).status, 200u);
    const Ran ran = status(at(centre.url()));
    EXPECT_EQ(ran.exit_code, clock && clock->certainly_off(2'000) ? kDifferent : kDone);
    EXPECT_NE(ran.out.find(said), std::string::npos) << ran.out;
  }
  EXPECT_NE(status(at(centre.url())).out.find("! node edge: its clock is 61.5 s behind"), std::string::npos);
}

TEST(Status, TellsAnAgentWithoutEdgeFromASilentOne) {
  plane::Centre centre;
  auto frame = plane::shop_frame(1);
  frame.edge = {false, (centre.now - 600) * 1'000};
  ASSERT_EQ(centre.send(frame).status, 200u);
  Ran ran = status(at(centre.url()));
  EXPECT_EQ(ran.exit_code, kDifferent);
  EXPECT_NE(ran.out.find("! node edge: agent up, edge not running since 20"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("down for 10 min"), std::string::npos) << ran.out;
  frame = plane::shop_frame(2);
  frame.edge = {true, centre.now * 1'000};
  ASSERT_EQ(centre.send(frame).status, 200u);
  ran = status(at(centre.url()));
  EXPECT_EQ(ran.exit_code, kDone);
  EXPECT_NE(ran.out.find("running"), std::string::npos) << ran.out;
}

TEST(Commands, SayWhyTheCentreCannotBeAsked) {
  for (const auto& command : {list, status}) {
    const Ran refused = command(at("http://127.0.0.1:1"));
    EXPECT_EQ(refused.exit_code, kUnreachable);
    EXPECT_NE(refused.err.find("Is bellrock-central running?"), std::string::npos);
    EXPECT_EQ(refused.out, "");
    EXPECT_EQ(command(at("127.0.0.1:1")).exit_code, kUsage);
  }
}

// A server that is no centre, or of another version.
Ran list_from(unsigned code, const std::string& body) {
  auto server = net::HttpServer::start({}, [&](const net::Request&, const net::Respond& respond) {
    respond({code, "application/json", body, {}});
  });
  const Ran ran = list(at("http://127.0.0.1:" + std::to_string((*server)->port())));
  EXPECT_EQ(ran.out.find("TARGET"), std::string::npos);
  return ran;
}

TEST(Commands, TakeNoAnswerForDataThatIsNone) {
  EXPECT_EQ(list_from(200, "<html>").exit_code, kUnreachable);
  EXPECT_EQ(list_from(200, "[]").exit_code, kUnreachable);
  EXPECT_EQ(list_from(200, "{}").exit_code, kUnreachable);
  EXPECT_EQ(list_from(200, R"({"slos": [{"journey": 5}]})").exit_code, kUnreachable);
  EXPECT_EQ(list_from(503, R"({"message": "the store failed"})").exit_code, kUnreachable);
  EXPECT_NE(list_from(503, R"({"message": "the store failed"})").err.find("the store failed"), std::string::npos);
  EXPECT_EQ(list_from(403, "").exit_code, kNotAuthorised);
}

TEST(Commands, AreParsedWithTheirOptions) {
  const plane::Centre centre;
  const auto run = [](std::string line) {
    CLI::App app("test", "bellrock");
    int exit_code = -1;
    add_slo(app, exit_code);
    add_status(app, exit_code);
    try {
      app.parse(std::move(line));
    } catch (const CLI::ParseError&) {
      return static_cast<int>(kUsage);
    }
    return exit_code;
  };
  testing::internal::CaptureStdout();
  EXPECT_EQ(run("slo list -o json --centre " + centre.url() + " --timeout 2"), kDone);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("\"slos\""), std::string::npos);
  EXPECT_EQ(run("slo list -o xml"), kUsage);
  EXPECT_EQ(run("slo explain"), kUsage);
  EXPECT_EQ(run("slo"), kUsage);
  EXPECT_EQ(run("status --timeout 0"), kUsage);
}

TEST(Commands, EncodeNamesInPaths) { EXPECT_EQ(encode_percent("a/b c%é"), "a%2Fb%20c%25%C3%A9"); }

}  // namespace
}  // namespace bellrock::cli
