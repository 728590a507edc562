#include <gtest/gtest.h>

#include <sstream>

#include "control/cli/commands/replay.h"
#include "control/cli/exit_code.h"

namespace bellrock::cli {
namespace {

struct Ran {
  int exit_code;
  std::string out, err;
};

Ran replay(std::vector<std::string> restart_at, unsigned workers = 1) {
  ReplayCommand command;
  command.config = {BELLROCK_SOURCE "/config/shop"};
  command.pcap = BELLROCK_TEST_DATA "/shop.pcap";
  command.workers = workers;
  command.restart_at = std::move(restart_at);
  command.output = "jsonl";
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
  for (const char* wrong : {"", "x", "7:", ":1", "7:1:2", "7;1", "-7", "7:-1", "7 "}) {
    const Ran ran = replay({wrong});
    EXPECT_EQ(ran.exit_code, kUsage) << wrong;
    EXPECT_NE(ran.err.find("--restart-at"), std::string::npos);
  }
  EXPECT_EQ(replay({"7:1"}, 2).exit_code, kUsage);
}

}  // namespace
}  // namespace bellrock::cli
