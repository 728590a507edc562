// The program itself, run by a shell: what its standard output and its exit code are to a script.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "control/cli/exit_code.h"

namespace bellrock::cli {
namespace {

struct Ran {
  int exit_code = -1;
  std::string said;
};

// `line` follows the program's name; what comes back is what is left of both outputs after its redirections.
Ran bellrock(const std::string& line) {
  Ran ran;
  FILE* const pipe = ::popen((BELLROCK_BIN "/bellrock " + line).c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) ran.said.append(buffer, n);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ran.exit_code = WEXITSTATUS(status);
  return ran;
}

const std::string kReplay = "replay --config " BELLROCK_SOURCE "/config/shop --pcap " BELLROCK_TEST_DATA "/shop.pcap ";
const std::string kCommands[] = {"version",
                                 "--help",
                                 kReplay,
                                 kReplay + "-o json",
                                 kReplay + "-o jsonl",
                                 std::string("validate -o json ") + BELLROCK_SOURCE + "/config",
                                 std::string("plan ") + BELLROCK_SOURCE + "/config",
                                 std::string("journey test -o json ") + BELLROCK_SOURCE + "/config"};

TEST(Program, EndsBadlyWhenItsOutputHasNoRoom) {
  for (const auto& command : kCommands) {
    const Ran ran = bellrock(command + " 2>&1 >/dev/full");
    EXPECT_EQ(ran.exit_code, kUnusable) << command;
    EXPECT_NE(ran.said.find("bellrock: cannot write standard output: No space left on device\n"), std::string::npos)
        << command << ": " << ran.said;
  }
}

TEST(Program, EndsBadlyWhenItsOutputIsClosed) {
  for (const auto& command : kCommands) {
    const Ran ran = bellrock(command + " 2>&1 >&-");
    EXPECT_EQ(ran.exit_code, kUnusable) << command;
    EXPECT_NE(ran.said.find("cannot write standard output: Bad file descriptor"), std::string::npos) << ran.said;
  }
}

TEST(Program, KeepsAMoreParticularExitCodeThanThatOfItsOutput) {
  const Ran ran = bellrock("validate " BELLROCK_TEST_DATA "/broken-config/syntax.yaml 2>&1 >/dev/full");
  EXPECT_EQ(ran.exit_code, kInvalidConfiguration);
  EXPECT_NE(ran.said.find("cannot write standard output"), std::string::npos);
}

TEST(Program, SaysWhichCommandWasMeant) {
  const auto said = [](const char* line) {
    const Ran ran = bellrock(std::string(line) + " 2>&1");
    EXPECT_EQ(ran.exit_code, kUsage) << line;
    return ran.said;
  };
  EXPECT_EQ(said("repaly --pcap x"), "bellrock: unknown command `repaly`; did you mean `replay`?\n");
  EXPECT_EQ(said("slo lst"), "bellrock: unknown command `lst`; did you mean `list`?\n");
  EXPECT_EQ(said("journey tset"), "bellrock: unknown command `tset`; did you mean `test`?\n");
  EXPECT_EQ(
      said("nonsense"),
      "bellrock: unknown command `nonsense`; commands are `slo`, `change`, `incident`, `backlog`, `status`, `top`, "
      "`validate`, `explain`, `lint`, `plan`, `journey`, `replay` or `version`\n");
  EXPECT_NE(said("").find("subcommand is required"), std::string::npos);
}

TEST(Program, KnowsItsVersion) {
  const Ran ran = bellrock("--version");
  EXPECT_EQ(ran.exit_code, kDone);
  EXPECT_TRUE(ran.said.starts_with("bellrock 0.") && ran.said.ends_with('\n')) << ran.said;
  EXPECT_EQ(bellrock("version").said.substr(0, ran.said.size()), ran.said);
}

TEST(Program, WritesNothingIntoAFileThatWasNotMeant) {
  EXPECT_EQ(bellrock(kReplay + "--transactions /dev/null -o json 2>/dev/null >&-").exit_code, kUnusable);
  const Ran whole = bellrock(kReplay + "-o json");
  EXPECT_EQ(whole.exit_code, kDone);
  EXPECT_EQ(whole.said.substr(0, 12), "{\n  \"packets");
  EXPECT_EQ(whole.said.substr(whole.said.size() - 4), "]\n}\n");
}

}  // namespace
}  // namespace bellrock::cli
