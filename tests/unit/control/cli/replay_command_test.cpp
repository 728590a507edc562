#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "control/cli/commands/replay.h"
#include "control/cli/exit_code.h"
#include "control/cli/output.h"

namespace bellrock::cli {
namespace {

struct Ran {
  int exit_code;
  std::string out, err;
};

Ran replay(std::vector<std::string> restart_at, unsigned workers = 1, const char* output = "jsonl") {
  ReplayCommand command;
  command.config = {BELLROCK_SOURCE "/config/shop"};
  command.pcap = BELLROCK_TEST_DATA "/shop.pcap";
  command.workers = workers;
  command.restart_at = std::move(restart_at);
  command.output = output;
  std::ostringstream out, err;
  const int code = run_replay(command, out, err);
  return {code, out.str(), err.str()};
}

TEST(ReplayCommand, ReplaysKillsBeforePacketsAndInsideThem) {
  const Ran before = replay({"100", "700:0"});
  EXPECT_EQ(before.exit_code, kDone) << before.err;
  const Ran inside = replay({"100:1", "100:2", "700:1"});
  EXPECT_EQ(inside.exit_code, kDone) << inside.err;
  EXPECT_EQ(inside.out.find("\"packets\":3033"), 1u) << inside.out.substr(0, 80);
}

TEST(ReplayCommand, RefusesWhatIsNoPlaceOfAKill) {
  for (const char* wrong : {"", "x", "7:", ":1", "7:1:2", "7;1", "-7", "7:-1", "7 ", "7+", "7+0", "0+1", "7+1:1"}) {
    const Ran ran = replay({wrong});
    EXPECT_EQ(ran.exit_code, kUsage) << wrong;
    EXPECT_NE(ran.err.find("--restart-at"), std::string::npos);
  }
  EXPECT_EQ(replay({"7:1"}, 2).exit_code, kUsage);
}

TEST(ReplayCommand, SaysTheSameInEveryFormat) {
  const Ran json = replay({}, 1, "json");
  ASSERT_EQ(json.exit_code, kDone) << json.err;
  Json document = Json::parse(json.out);
  EXPECT_EQ(replay({}, 1, "yaml").out, to_yaml(document));
  EXPECT_EQ(replay({}, 1, "table").out.substr(0, 13), "3033 packets,");

  std::istringstream lines(replay({}, 1, "jsonl").out);
  std::string line;
  std::getline(lines, line);
  const Json series = document["series"];
  document.erase("series");
  EXPECT_EQ(Json::parse(line), document);
  ASSERT_GT(series.size(), 10u);
  for (const auto& one : series) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(Json::parse(line), one);
  }
  EXPECT_FALSE(std::getline(lines, line));
}

// The exit code of a command line; kUsage where it is refused before anything runs.
int parsed(const std::string& options) {
  CLI::App app("test", "bellrock");
  int exit_code = -1;
  add_replay(app, exit_code);
  try {
    app.parse("replay --config " BELLROCK_SOURCE "/config/shop --pcap " BELLROCK_TEST_DATA "/shop.pcap " + options);
  } catch (const CLI::ParseError&) {
    return kUsage;
  }
  return exit_code;
}

TEST(ReplayCommand, TakesTheFormatsThatAllCommandsTake) {
  testing::internal::CaptureStdout();
  for (const auto& name : kFormatNames) EXPECT_EQ(parsed("-o " + name), kDone) << name;
  EXPECT_NE(testing::internal::GetCapturedStdout().find("\"packets\": 3033\n"), std::string::npos);
  EXPECT_EQ(parsed("-o xml"), kUsage);
}

TEST(ReplayCommand, TakesWholeNumbersOnly) {
  for (const char* wrong : {"--seed=-1", "--seed=010", "--seed=0x1", "--seed=1.5", "--workers=-1", "--workers=01",
                            "--seed=18446744073709551616", "--workers=0"}) {
    EXPECT_EQ(parsed(wrong), kUsage) << wrong;
  }
  testing::internal::CaptureStdout();
  EXPECT_EQ(parsed("--seed 18446744073709551615 --workers 2"), kDone);
  testing::internal::GetCapturedStdout();
}

TEST(ReplayCommand, SaysWhyACaptureCannotBeRead) {
  ReplayCommand command;
  command.config = {BELLROCK_SOURCE "/config/shop"};
  command.pcap = "/nonexistent.pcap";
  std::ostringstream out, err;
  EXPECT_EQ(run_replay(command, out, err), kUnusable);
  EXPECT_EQ(err.str(), "bellrock: /nonexistent.pcap: cannot open the capture file: No such file or directory\n");
}

}  // namespace
}  // namespace bellrock::cli
