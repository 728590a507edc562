// What `bellrock replay -o json` says of the recorded shop.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "control/cli/commands/replay.h"
#include "control/cli/exit_code.h"

namespace bellrock::cli {

inline std::string replay_of_shop(std::vector<std::string> config, unsigned workers = 1) {
  ReplayCommand command;
  command.config = std::move(config);
  command.pcap = BELLROCK_TEST_DATA "/shop.pcap";
  command.workers = workers;
  command.output = "json";
  std::ostringstream out, err;
  EXPECT_EQ(run_replay(command, out, err), kDone) << err.str();
  return out.str();
}

}  // namespace bellrock::cli
